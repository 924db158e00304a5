"""The simple forecasters that `PanelForecaster` combines, each from statsmodels.

A member maps one complete, non-negative monthly series to its expected future.
Members work on the square-root or log scale, where the noise of counts is even, and
are brought back by smearing (Duan 1983): the mean of the back-transformed residuals
is added, else the sum of a year's forecasts would be too low.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
from statsmodels.tools.sm_exceptions import ModelWarning
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from .domain import Array
from .scoring import seasonal_naive

#: history (n,), horizon, season -> forecast (horizon,)
Member = Callable[[Array, int, int], Array]

#: An autoregression may leave the range of its history by this much (natural log).
LOG_ROOM = 1.0


@contextmanager
def quiet() -> Iterator[None]:
    """Optimiser complaints say nothing to a planner: the backtest judges a member."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def smoothing(y: Array, horizon: int, season: int, *, seasonal: bool) -> Array:
    """Exponential smoothing with damped trend on the square-root scale (ETS A,Ad,*)."""
    size = y.mean()  # the optimiser likes numbers near 1; undone below
    z = np.sqrt(y / size)
    model = ExponentialSmoothing(
        z,
        trend="add",
        damped_trend=True,
        seasonal="add" if seasonal else None,
        seasonal_periods=season if seasonal else None,
        initialization_method="heuristic",
    )
    with quiet():
        fit = model.fit(use_brute=False)
    ahead = np.maximum(np.asarray(fit.forecast(horizon)), 0)
    spread = float(np.mean(np.square(np.asarray(fit.resid))))
    smeared: Array = (ahead**2 + spread) * size
    return smeared


def damped(y: Array, horizon: int, season: int) -> Array:
    """Level and damped trend, no season."""
    return smoothing(y, horizon, season, seasonal=False)


def damped_seasonal(y: Array, horizon: int, season: int) -> Array:
    """Level, damped trend and additive season; plain `damped` under two seasons."""
    return smoothing(y, horizon, season, seasonal=y.size >= 2 * season)


def theta(y: Array, horizon: int, season: int) -> Array:
    """Theta with a season where M3's own test finds one (Assimakopoulos 2000)."""
    model = ThetaModel(
        pd.Series(y),
        period=season,
        deseasonalize=y.size >= 2 * season,
        method="multiplicative" if y.min() > 0 else "additive",
    )
    with quiet():
        return np.asarray(model.fit().forecast(horizon), dtype=float)


def autoregression(y: Array, horizon: int, season: int) -> Array:
    """Autoregression by least squares on log(1 + y), with the season as lags."""
    lags = [1, 2]
    if y.size >= 4 * season:
        lags += [3, season, season + 1]
    z = np.log1p(y)
    with quiet():
        fit = AutoReg(z, lags=lags, trend="c").fit()
        ahead = np.asarray(fit.forecast(horizon))
    # an explosive root must not run away over a planning horizon
    ahead = np.clip(ahead, z.min() - LOG_ROOM, z.max() + LOG_ROOM)
    smear = float(np.mean(np.exp(np.clip(fit.resid, -LOG_ROOM, LOG_ROOM))))
    return np.asarray(np.exp(ahead) * smear - 1)


#: In the order they are reported. The seasonal naive is the floor.
MEMBERS: dict[str, Member] = {
    "damped": damped,
    "damped_seasonal": damped_seasonal,
    "theta": theta,
    "autoregression": autoregression,
    "seasonal_naive": seasonal_naive,
}


def member_forecasts(y: Array, horizon: int, season: int) -> Array:
    """Every member's forecast of one series.

    Parameters
    ----------
    y : array (n_months,)
        Complete and non-negative, at least 8 months.
    horizon, season : int

    Returns
    -------
    array (members, horizon)
        In the order of `MEMBERS`, finite and non-negative. A constant series stays
        constant. A member that breaks down repeats the floor.
    """
    if np.ptp(y) == 0:
        return np.full((len(MEMBERS), horizon), y[-1])
    floor = seasonal_naive(y, horizon, season)
    table = np.empty((len(MEMBERS), horizon))
    for row, member in enumerate(MEMBERS.values()):
        try:
            table[row] = member(y, horizon, season)
        except (ValueError, np.linalg.LinAlgError):
            table[row] = floor
        if not np.isfinite(table[row]).all():
            table[row] = floor
    # no history supports more than its steepest climb, prolonged from its peak
    most = y.max() + horizon * np.abs(np.diff(y)).max()
    return np.clip(table, 0, most)
