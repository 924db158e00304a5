"""How good a forecast was: the measures of the M4 competition and their peers.

Every function scores one series, so that panels of unequal length need no padding;
average over the series afterwards. Lower is better except for `coverage`.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.tsa.seasonal import seasonal_decompose
from statsmodels.tsa.stattools import acf

from .domain import Array

SEASON = 12
#: Two-sided 90 % point of the seasonality test in Naive2.
Z90 = 1.645


def _pair(actual: ArrayLike, other: ArrayLike, name: str) -> tuple[Array, Array]:
    """Both as floats of one shape, or say what differs."""
    a, b = np.asarray(actual, dtype=float), np.asarray(other, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or not a.size:
        raise ValueError(
            f"{name} must be one value per month of actual, shape {a.shape}; "
            f"got shape {b.shape}"
        )
    return a, b


def naive_scale(history: ArrayLike, season: int = SEASON) -> float:
    """Mean absolute error of the seasonal naive inside the history.

    Parameters
    ----------
    history : array (n_months,)
    season : int
        Months in a season.

    Returns
    -------
    float
        In the unit of the series. Falls back on monthly differences where a season
        is not covered or never changes, and on 1 for a constant series.
    """
    y = np.asarray(history, dtype=float)
    for lag in (season, 1):
        if y.size > lag:
            scale = float(np.abs(y[lag:] - y[:-lag]).mean())
            if scale > 0:
                return scale
    return 1.0


def mase(actual: ArrayLike, forecast: ArrayLike, scale: float) -> float:
    """Mean absolute scaled error (Hyndman & Koehler 2006).

    Parameters
    ----------
    actual, forecast : array (horizon,)
    scale : float
        `naive_scale` of the history known when the forecast was made.

    >>> mase([10, 12], [11, 11], scale=2)
    0.5
    """
    if not scale > 0:
        raise ValueError(f"scale must be positive, got {scale}")
    a, f = _pair(actual, forecast, "forecast")
    return float(np.abs(a - f).mean() / scale)


def smape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Symmetric mean absolute percentage error, 0 to 200; 0/0 counts as no error."""
    a, f = _pair(actual, forecast, "forecast")
    size = np.abs(a) + np.abs(f)
    error = np.divide(np.abs(a - f), size, out=np.zeros_like(size), where=size > 0)
    return float(200 * error.mean())


def seasonal_naive(history: ArrayLike, horizon: int, season: int = SEASON) -> Array:
    """Repeat the last season; the last value where no season is known.

    >>> seasonal_naive([1, 2, 3, 4], 3, season=2).tolist()
    [3.0, 4.0, 3.0]
    """
    y = np.asarray(history, dtype=float)
    last = y[-season:] if y.size >= season else y[-1:]
    return np.resize(last, horizon)


def is_seasonal(history: ArrayLike, season: int = SEASON) -> bool:
    """Seasonality test of M4: autocorrelation at one season beyond its 90 % limit."""
    y = np.asarray(history, dtype=float)
    if y.size < 3 * season or np.ptp(y) == 0:
        return False
    r = acf(y, nlags=season, fft=False)[1:]
    limit = Z90 * np.sqrt((1 + 2 * np.sum(r[:-1] ** 2)) / y.size)
    return bool(abs(r[-1]) > limit)


def naive2(history: ArrayLike, horizon: int, season: int = SEASON) -> Array:
    """Last seasonally adjusted value, with the season put back (M4's benchmark)."""
    y = np.asarray(history, dtype=float)
    if not is_seasonal(y, season) or y.min() <= 0:
        return np.full(horizon, y[-1])
    index = seasonal_decompose(y, model="multiplicative", period=season).seasonal
    ahead: Array = y[-1] / index[-1] * np.resize(index[-season:], horizon)
    return ahead


def owa(
    cases: Iterable[tuple[ArrayLike, ArrayLike, ArrayLike]], season: int = SEASON
) -> float:
    """Overall weighted average of M4: mean of sMAPE and MASE relative to Naive2.

    Parameters
    ----------
    cases : iterable of (history, actual, forecast)
        One triple per series; the ratios are of panel means, as in M4.

    Raises
    ------
    ValueError
        Without series, or where Naive2 makes no error to compare with.
    """
    rows = []
    for history, actual, forecast in cases:
        scale = naive_scale(history, season)
        plain = naive2(history, np.size(actual), season)
        rows.append(
            (
                smape(actual, forecast),
                smape(actual, plain),
                mase(actual, forecast, scale),
                mase(actual, plain, scale),
            )
        )
    if not rows:
        raise ValueError("owa needs at least one series, got none")
    s, s2, m, m2 = np.mean(rows, axis=0)
    if s2 == 0 or m2 == 0:
        raise ValueError("Naive2 is exact on every series: OWA is not defined")
    return float(0.5 * (s / s2 + m / m2))


def scrps(
    actual: ArrayLike, quantiles: ArrayLike, probabilities: ArrayLike, scale: float
) -> float:
    """Scaled continuous ranked probability score, from quantiles.

    Parameters
    ----------
    actual : array (horizon,)
    quantiles : array (horizon, n_quantiles)
    probabilities : array (n_quantiles,)
        Strictly inside (0, 1).
    scale : float
        `naive_scale` of the history.

    Returns
    -------
    float
        Twice the mean pinball loss over the quantiles, divided by `scale`. With the
        median alone it is the MASE.
    """
    a, p = np.asarray(actual, dtype=float), np.asarray(probabilities, dtype=float)
    q = np.asarray(quantiles, dtype=float)
    if q.shape != (a.size, p.size):
        raise ValueError(
            f"quantiles must have shape ({a.size}, {p.size}), got {q.shape}"
        )
    if not np.all((p > 0) & (p < 1)):
        raise ValueError(f"probabilities must lie in (0, 1), got {p}")
    if not scale > 0:
        raise ValueError(f"scale must be positive, got {scale}")
    error = a[:, None] - q
    return float(2 * np.maximum(p * error, (p - 1) * error).mean() / scale)


def coverage(actual: ArrayLike, low: ArrayLike, high: ArrayLike) -> float:
    """Share of outcomes inside [low, high]; should equal the stated level."""
    a, lo = _pair(actual, low, "low")
    _, hi = _pair(actual, high, "high")
    return float(((a >= lo) & (a <= hi)).mean())


def msis(
    actual: ArrayLike, low: ArrayLike, high: ArrayLike, scale: float, level: int = 95
) -> float:
    """Mean scaled interval score of M4: width plus a fine for every miss.

    Parameters
    ----------
    actual, low, high : array (horizon,)
    scale : float
        `naive_scale` of the history.
    level : int
        Nominal level in per cent.
    """
    if not 0 < level < 100:
        raise ValueError(f"level must lie in (0, 100) per cent, got {level}")
    if not scale > 0:
        raise ValueError(f"scale must be positive, got {scale}")
    a, lo = _pair(actual, low, "low")
    _, hi = _pair(actual, high, "high")
    fine = 2 / (1 - level / 100)
    miss = np.maximum(lo - a, 0) + np.maximum(a - hi, 0)
    return float((hi - lo + fine * miss).mean() / scale)
