"""Seasonal ARIMA over fixed structures and coefficients, for every series at once.

With w the (seasonally) differenced series, mu its mean where the model has a constant,

    phi(B) Phi(B^m) (w[t] - mu) = theta(B) Theta(B^m) e[t],

nothing before the first difference (w = mu, e = 0 there), so that one linear filter
gives the one-step errors and its inverse, with no more errors, the forecasts. The
conditional Gaussian likelihood weighs the models (Box & Jenkins 1970, ch. 7).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.linalg import hankel
from scipy.signal import lfilter

from .averaging import Fits, akaike
from .domain import Array, Flags
from .seasons import MONTHS_BEYOND

ONE = np.ones(1)
Coefficients = tuple[tuple[float, ...], ...]
#: Autoregressions of order 1 and 2.
AR1: Coefficients = ((0.3,), (0.55,), (0.75,), (0.9,))
AR2: Coefficients = ((0.3, 0.25), (0.5, 0.3), (0.5, 0.45), (1.2, -0.35))
#: After a difference also negative ones: what rose falls back.
AR_DIFFERENCED: Coefficients = ((), (0.3,), (0.55,), (-0.3,), (-0.4, -0.2))
MA: Coefficients = ((), (0.2,), (0.4,), (0.6,), (0.75,), (0.9,))
SEASON_MA = (0.3, 0.6, 0.85)
SEASON_AR = (0.3, 0.6, 0.85)
#: A variance is never divided by less.
FEWEST_COUNTED = 3


class Model(NamedTuple):
    """One structure with its coefficients.

    Attributes
    ----------
    ar, ma : array
        Polynomials in the lag, starting with 1.
    seasonal : Seasonal
    constant : bool
    free : int
        Parameters that AICc charges for, with the variance.
    """

    ar: Array
    ma: Array
    seasonal: "Seasonal"
    constant: bool
    free: int

    def polynomials(self, m: int) -> tuple[Array, Array]:
        """Whole AR polynomial, differences multiplied in, and whole MA polynomial."""
        s = self.seasonal
        differences = [_lags((1.0,))] * s.d + [_lags((1.0,), m)] * s.seasonal_d
        ar = reduce(np.convolve, [_lags(s.ar, m), *differences], self.ar)
        return ar, np.convolve(self.ma, _lags(s.ma, m))


class Seasonal(NamedTuple):
    """What many models share: differences, and coefficients at a season's lag."""

    d: int
    seasonal_d: int
    ar: tuple[float, ...]
    ma: tuple[float, ...]

    @property
    def is_plain(self) -> bool:
        """Whether nothing reaches back a season."""
        return not (self.seasonal_d or self.ar or self.ma)


def _lags(coefficients: Sequence[float], step: int = 1) -> Array:
    """Polynomial 1 - c1 B^step - c2 B^(2 step) ..."""
    polynomial = np.zeros(len(coefficients) * step + 1)
    polynomial[0] = 1
    polynomial[step::step] = -np.asarray(coefficients)
    return polynomial


def structures(seasonal: bool) -> Iterator[Model]:
    """Models of the grid: parsimonious ones that monthly counts follow."""

    def model(
        ar: tuple[float, ...] = (),
        seasonal_ar: tuple[float, ...] = (),
        d: int = 0,
        seasonal_d: int = 0,
        ma: tuple[float, ...] = (),
        seasonal_ma: tuple[float, ...] = (),
        constant: int = 0,
    ) -> Model:
        orders = map(len, (ar, seasonal_ar, ma, seasonal_ma))
        shared = Seasonal(d, seasonal_d, seasonal_ar, seasonal_ma)
        free = sum(orders) + constant + 1
        return Model(_lags(ar), _lags(ma), shared, bool(constant), free)

    season_ma: list[tuple[float, ...]] = [(coefficient,) for coefficient in SEASON_MA]
    season_ar: list[tuple[float, ...]] = [(coefficient,) for coefficient in SEASON_AR]
    back: tuple[tuple[float, ...], ...] = ((), (-0.3,), (0.3,))
    for ma, ar, c in product(MA, AR_DIFFERENCED, (0, 1)):
        yield model(ar, d=1, ma=ma, constant=c)
    for ar in (*AR1, *AR2):
        yield model(ar, constant=1)
    if not seasonal:
        return
    for ar, last, c in product(((), *AR1, *AR2), ((), *season_ma), (0, 1)):
        yield model(ar, seasonal_d=1, seasonal_ma=last, constant=c)
    for ar, ma, last in product(back, MA, season_ma):
        yield model(ar, d=1, seasonal_d=1, ma=ma, seasonal_ma=last)
    for ma, last, ar in product(MA, season_ar, back[:2]):
        yield model(ar, last, d=1, ma=ma)
        if last[0] > 0.5:
            yield model(ar, last, d=1, ma=ma, seasonal_ma=(-0.4,))
    for ar, last in product((*AR1, *AR2), season_ar):
        yield model(ar, last, constant=1)


def difference(y: Array, d: int, seasonal_d: int, m: int) -> Array:
    """Differences (n, T), NaN where a month before is not known."""
    for lag in (*[1] * d, *[m] * seasonal_d):
        before = np.full_like(y, np.nan)
        before[:, lag:] = y[:, :-lag]
        y = y - before
    return y


def filtered(x: Array, ar: Array, ma: Array) -> Array:
    """One-step errors ar(B) x / ma(B) along axis 1, nothing before the first column."""
    e = x
    for lag, coefficient in enumerate(ar[1:], start=1):
        # shifted sums: lfilter without a denominator convolves row by row
        e = x.copy() if e is x else e
        e[:, lag:] += coefficient * x[:, :-lag]
    return e if len(ma) == 1 else np.asarray(lfilter(ONE, ma, e, axis=1))


def season_filtered(x: Array, seasonal: Seasonal, m: int) -> Array:
    """Take out what months a season apart share: Phi(B^m) x / Theta(B^m), (n, T)."""
    if not (seasonal.ar or seasonal.ma):
        return x
    # each calendar month is a series of its own with lag 1
    years = -(-x.shape[1] // m)
    padded = np.pad(x, ((0, 0), (years * m - x.shape[1], 0)))
    by_year = padded.reshape(len(x), years, m)
    e = filtered(by_year, _lags(seasonal.ar), _lags(seasonal.ma))
    return e.reshape(len(x), -1)[:, -x.shape[1] :]


def fit(y: Array, seasonal: Flags, horizon: int, m: int) -> Fits:
    """Run every series through the whole grid.

    Parameters
    ----------
    y : array (n, T)
        Right-aligned with NaN before the first month, complete from there; quickest
        with the longest first.
    seasonal : bool array (n,)
        Series to which models with a season apply.
    horizon, m : int
    """
    models = list(structures(bool(seasonal.any())))
    shape = (len(y), len(models))
    future = futures(bool(seasonal.any()), horizon, m)
    means = np.zeros((horizon, *shape))
    growth = np.stack([each.growth for each in future], axis=1)
    spread, criteria = np.zeros(shape), np.full(shape, np.inf)
    known = np.isfinite(y).sum(1)
    # all models count the same months, or their likelihoods could not be compared
    spared = np.minimum(m + 2, np.maximum(known // 3, 2))
    start = y.shape[1] - known + spared
    counted = (np.arange(y.shape[1]) >= start[:, None]).astype(float)
    level = np.nan_to_num(y)
    shared: dict[tuple[Seasonal, bool], list[int]] = {}
    for i, model in enumerate(models):
        shared.setdefault((model.seasonal, model.constant), []).append(i)
    for (s, constant), places in shared.items():
        lost = s.d + m * s.seasonal_d
        enough = known - lost - m * len(s.ar) >= m // 2 + MONTHS_BEYOND
        # even a series too short for any model must be able to follow its last value
        fits = np.flatnonzero((enough & seasonal) | s.is_plain)
        if not fits.size:
            continue
        rows = slice(0, fits[-1] + 1)
        w = difference(y[rows], s.d, s.seasonal_d, m)
        inside = np.isfinite(w)
        drift = np.zeros(len(w))
        if constant:
            drift = np.where(inside, w, 0).sum(1) / np.maximum(inside.sum(1), 1)
        w = season_filtered(np.where(inside, w - drift[:, None], 0.0), s, m)
        months = np.maximum(
            known[rows] - np.maximum(spared[rows], lost), FEWEST_COUNTED
        )
        moved: dict[bytes, Array] = {}  # models that share an autoregression
        for i in places:
            model = models[i]
            key = model.ar.tobytes()
            if key not in moved:
                moved[key] = filtered(w, model.ar, ONE)
            e = filtered(moved[key], ONE, model.ma)
            square = np.einsum("nt,nt,nt->n", e, e, counted[rows])
            means[:, rows, i] = ahead(level[rows], e, drift, future[i])
            spread[rows, i] = square / months
            criteria[rows, i] = akaike(square, months, model.free)
            reach = lost + len(model.ar) - 1 + m * len(s.ar)
            criteria[known - reach < m // 2 + MONTHS_BEYOND, i] = np.inf
            if not s.is_plain:
                criteria[~seasonal, i] = np.inf
    # a series too short for any model follows its last value
    criteria[np.isinf(criteria).all(1), 0] = 0
    return Fits(means, growth, spread, criteria)


class Future(NamedTuple):
    """How the months ahead follow from the last ones: linear, the same for all series.

    With the differences multiplied into the autoregression, the future is the filter
    ma / ar without input, started from the last months.

    Attributes
    ----------
    of_errors, of_values : array (reach, horizon)
        What a month's error and value, the latest last, add to the months ahead.
    climb : array (horizon,)
        What the mean of the differenced series adds.
    growth : array (horizon,)
        Growth of the forecast variance.
    """

    of_errors: Array
    of_values: Array
    climb: Array
    growth: Array

    @classmethod
    def of(cls, model: Model, horizon: int, m: int) -> "Future":
        """Solve a model's recursion once."""
        ar, ma = model.polynomials(m)
        size = max(len(ar), len(ma))
        ar, ma = (np.pad(p, (0, size - len(p))) for p in (ar, ma))
        start = np.eye(size - 1)
        ahead = lfilter(ma, ar, np.zeros((size - 1, horizon)), zi=start)[0]
        constant = model.ar.sum() * _lags(model.seasonal.ar).sum()
        impulse = np.zeros(horizon)
        impulse[0] = 1
        return cls(
            (hankel(ma[1:]) @ ahead)[::-1],
            -(hankel(ar[1:]) @ ahead)[::-1],
            constant * lfilter(ONE, ar, np.ones(horizon)),
            np.cumsum(lfilter(ma, ar, impulse) ** 2),
        )


@lru_cache(maxsize=16)
def futures(seasonal: bool, horizon: int, m: int) -> tuple[Future, ...]:
    """Futures of `structures`, solved once for all panels."""
    return tuple(Future.of(model, horizon, m) for model in structures(seasonal))


def ahead(y: Array, e: Array, drift: Array, future: Future) -> Array:
    """Forecasts (horizon, n) from values and errors (n, T) and drifts (n,)."""
    # y is at least as long as a model reaches, or the model does not apply
    last = min(len(future.of_values), y.shape[1])
    mean = e[:, e.shape[1] - last :] @ future.of_errors[-last:]
    mean += y[:, y.shape[1] - last :] @ future.of_values[-last:]
    mean += np.outer(drift, future.climb)
    means: Array = mean.T
    return means
