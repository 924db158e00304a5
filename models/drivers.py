"""The effect of a driver, such as unemployment, on the monthly inflow of a panel.

Month t of series i against the same month a year before, with the driver x read L
months earlier, is a binomial share whose log odds are linear in the driver:

    y[t] / (y[t] + y[t-m])  ~  logit = a[i] + c[t] + b[i] (x[t-L] - x[t-m-L])

Level and season are conditioned away, also those of small counts (McCullagh & Nelder
1989, 7.2). b is seen from two sources. *Common*: months in which the driver moves
everywhere, blurred by whatever else moves the whole panel, c[t]. *Own*: how series with
different drivers part, where c[t] cancels. Each weighs by a robust variance of its own,
so that neither the many series of one county nor a shock to all passes for evidence.
"""

from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from .domain import Array, Interval

#: Chance that a driver without effect counts as significant.
ALPHA = 0.05
#: Probability inside the interval of the pooled effect, and its normal reach.
LEVEL = 0.95
REACH = float(stats.norm.ppf((1 + LEVEL) / 2))
#: Seasons over which a shock to yearly differences may linger.
LINGERING = 2
#: A change of the driver that is smaller than this is rounding.
STILL = 1e-9


class Factors(NamedTuple):
    """What the driver does to each series, and the future it was read from.

    Attributes
    ----------
    history : array (..., n, T)
    future : array (..., n, H)
        Multiplicative; about 1 on average over the history.
    scenario : array (n, H)
        The driver's future that was assumed.
    is_flat : bool
        Whether no scenario was given, so that the last known value was held.
    """

    history: Array
    future: Array
    scenario: Array
    is_flat: bool


class DriverEffect(BaseEstimator):
    """Log-linear effect of one lagged driver, pooled over a panel and per series.

    Parameters
    ----------
    max_lag : int
        Longest lag tried, months; fewer where the history is short.
    season_length : int
        Months in a season.

    Attributes
    ----------
    lag_ : int
        Months by which the driver leads.
    effect_, se_ : float
        Log effect of one unit of the driver, and its standard error, which allows for
        series that share a driver and for shocks that last or are shared. With nothing
        to learn from (a constant driver, under two seasons) 0 and infinite.
    effects_ : array (n,)
        Per series, shrunk towards the panel.
    weight_ : array (n,)
        Share of a series' own evidence in its effect, 0 to 1.
    spread_ : float
        Standard deviation of the true effects between series.
    overdispersion_ : float
        Variance of a month is mean + overdispersion * mean ** 2.
    significant_ : bool
        Whether the driver matters at all, after a choice among lags (Bonferroni).
        Where it does not, forecast without it.
    lags_ : pandas.DataFrame
        `lag, effect, se, gain, loss`: quasi-log-likelihood gained over no effect, and
        lost against the best lag.

    Examples
    --------
    >>> t = np.arange(96)
    >>> x = 7 + np.sin(t / 9) + np.zeros((4, 1))
    >>> y = np.round(200 * np.exp(0.1 * np.roll(x, 2, axis=1)))
    >>> model = DriverEffect(max_lag=6).fit(y, x)
    >>> model.lag_, round(model.effect_, 2), model.significant_
    (2, 0.1, True)
    """

    def __init__(self, max_lag: int = 12, season_length: int = 12) -> None:
        self.max_lag = max_lag
        self.season_length = season_length

    def fit(self, y: ArrayLike, x: ArrayLike) -> Self:
        """Find lag and effect.

        Parameters
        ----------
        y : array (n, T)
            Monthly counts, right-aligned, NaN where not known.
        x : array (n, T)
            The driver of each series in its unit, the same for series that share it;
            NaN before its first known month.

        Raises
        ------
        ValueError
            Shapes that differ, counts below 0 or infinite, a driver with gaps.
        """
        m = self.season_length
        if self.max_lag < 0 or m < 1:
            raise ValueError(
                "max_lag must be at least 0 and season_length at least 1, got "
                f"{self.max_lag} and {m}"
            )
        counts, driver = _counts(y), np.asarray(x, dtype=float)
        if driver.shape != counts.shape:
            raise ValueError(
                f"x must have the shape of y, {counts.shape}, got {driver.shape}"
            )
        filled = _driver(driver, len(counts))
        # a season of pairs is kept for the longest lag; all lags see the same pairs
        spare = int(np.isfinite(driver).sum(1).max()) - 2 * m
        lags = np.arange(min(max(spare, 0), self.max_lag) + 1)
        pairs, self.overdispersion_ = _Pairs.of(counts, driver, m, lags[-1]).weighted()
        changes = np.stack(
            [filled[:, pairs.month - k] - filled[:, pairs.month - m - k] for k in lags]
        )
        effect, se = _pooled(pairs, changes, filled, m)
        gain = np.square(effect / se) / 2
        best = int(np.argmax(gain))
        self.lags_ = pd.DataFrame(
            {"lag": lags, "effect": effect, "se": se, "gain": gain}
        ).assign(loss=gain[best] - gain)
        self.lag_, self.effect_, self.se_ = best, float(effect[best]), float(se[best])
        chance = 2 * stats.norm.sf(abs(self.effect_) / self.se_)
        self.significant_ = bool(chance * len(lags) < ALPHA)
        deviation, self.weight_, self.spread_ = _shrunk(
            *_alone(pairs, changes[best], self.effect_, m)
        )
        self.effects_ = self.effect_ + deviation
        return self

    @property
    def interval(self) -> Interval:
        """95 % interval of the pooled effect."""
        check_is_fitted(self)
        low, high = self.effect_ - REACH * self.se_, self.effect_ + REACH * self.se_
        return Interval(self.effect_, low, high, LEVEL)

    def factors(
        self,
        x: ArrayLike,
        horizon_x: ArrayLike | None = None,
        *,
        horizon: int | None = None,
        effects: Array | None = None,
    ) -> Factors:
        """Factors by which the driver raises or lowers history and future.

        Divide a history by its factors, forecast, multiply by those of the future.

        Parameters
        ----------
        x : array (n, T)
            The driver's history, as in `fit`. Where the lag reaches before its first
            known month, that month is held.
        horizon_x : array (n, H), optional
            Scenario of the driver's future; its last `lag_` months have no say yet.
            Without it the last known value is held for `horizon` months.
        horizon : int, optional
            H; needed without a scenario.
        effects : array (..., n), optional
            Used instead of `effects_`: one row of `draw`, or several.
        """
        check_is_fitted(self)
        past = _driver(x, len(self.effects_))
        if horizon_x is not None:
            future = _driver(horizon_x, len(past), gaps=False)
        elif horizon is not None and horizon >= 1:
            future = np.repeat(past[:, -1:], horizon, axis=1)
        else:
            raise ValueError(
                f"without a scenario horizon must be at least 1, got {horizon}"
            )
        if horizon not in (None, future.shape[1]):
            raise ValueError(
                f"the scenario must have {horizon} months, got {future.shape[1]}"
            )
        months = past.shape[1]
        whole = np.concatenate([past, future], axis=1)
        path = whole[:, np.maximum(np.arange(whole.shape[1]) - self.lag_, 0)]
        path -= path[:, :months].mean(1, keepdims=True)
        used = self.effects_ if effects is None else np.asarray(effects, dtype=float)
        factor = np.exp(used[..., None] * path)
        return Factors(
            factor[..., :months], factor[..., months:], future, horizon_x is None
        )

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Draw effects (n, series): the panel's error is shared, the rest is own.

        Without anything to learn from all are 0.
        """
        check_is_fitted(self)
        se = self.se_ if np.isfinite(self.se_) else 0.0
        left = self.spread_ * np.sqrt(1 - self.weight_)
        own = left * rng.normal(size=(n, len(left)))
        drawn: Array = self.effects_ + rng.normal(0, se, (n, 1)) + own
        return drawn


def _counts(y: ArrayLike) -> Array:
    counts = np.asarray(y, dtype=float)
    if counts.ndim != 2 or counts.size == 0:
        raise ValueError(f"y must have shape (series, months), got {counts.shape}")
    if (counts < 0).any() or np.isinf(counts).any():
        wrong = counts[(counts < 0) | np.isinf(counts)][0]
        raise ValueError(f"y must be counts of at least 0 or NaN, got {wrong}")
    return counts


def _driver(x: ArrayLike, n: int, *, gaps: bool = True) -> Array:
    """Check a driver and hold its first value back to the first month."""
    driver = np.asarray(x, dtype=float)
    if driver.ndim != 2 or len(driver) != n or not driver.shape[1]:
        raise ValueError(
            f"the driver must have shape ({n}, months), got {driver.shape}"
        )
    known = np.isfinite(driver)
    first = known.argmax(1)
    allowed = (np.arange(driver.shape[1]) < first[:, None]) & gaps
    if not known.any(1).all() or not (known | (allowed & np.isnan(driver))).all():
        raise ValueError(
            "the driver must be finite from its first known month on, "
            f"got {int((~known).sum())} values that are not"
        )
    filled: Array = np.where(known, driver, driver[np.arange(n), first][:, None])
    return filled


class _Pairs(NamedTuple):
    """Months set against the same months a season before.

    Attributes
    ----------
    now, before : array (n, P)
        Counts, 0 where either is not known.
    month : int array (P,)
        Index of the later month.
    """

    now: Array
    before: Array
    month: NDArray[np.intp]

    @classmethod
    def of(cls, y: Array, x: Array, m: int, top: int) -> "_Pairs":
        """Pair months that are known with the driver up to `top` months earlier."""
        month = np.arange(m + top, y.shape[1])
        now, before = y[:, month], y[:, month - m]
        known = np.isfinite(now + before + x[:, month - m - top])
        now, before = np.where(known, now, 0), np.where(known, before, 0)
        used = (now.sum(0) > 0) & (before.sum(0) > 0)
        return cls(now[:, used], before[:, used], month[used])

    @property
    def both(self) -> Array:
        """Sum of the two (n, P)."""
        total: Array = self.now + self.before
        return total

    @property
    def common(self) -> Array:
        """Log change of the whole panel (P,)."""
        change: Array = np.log(self.now.sum(0) / self.before.sum(0))
        return change

    def share(self, logit: Array) -> Array:
        """Expect of the later month (n, P) a logit plus each series' trend."""
        p: Array = expit(logit)
        short = (self.now - self.both * p).sum(1)
        information = (self.both * p * (1 - p)).sum(1)
        trend = _ratio(short, information)  # one Newton step: p is never far from 1/2
        return np.asarray(expit(logit + trend[:, None]))

    def weighted(self) -> "tuple[_Pairs, float]":
        """Weigh large series down until their variance is their mean.

        Returns the pairs and the overdispersion, found by moments around the panel's
        change and each series' trend.
        """
        both = self.both
        months = np.maximum((both > 0).sum(1), 2)
        mean = both.sum(1) / months / 2
        p = self.share(np.broadcast_to(self.common, both.shape))
        square = _ratio(np.square(self.now - both * p), both * p * (1 - p))
        excess = (square.sum(1) / (months - 1) - 1).sum()
        more = max(float(excess / max(mean.sum(), STILL)), 0.0)
        weight = 1 / (1 + more * mean[:, None])
        return _Pairs(self.now * weight, self.before * weight, self.month), more

    def summed(self, group: NDArray[np.intp]) -> "_Pairs":
        """Sum series that share a driver: the likelihood loses nothing by it."""
        sums = np.zeros((2, int(group.max()) + 1, len(self.month)))
        np.add.at(sums[0], group, self.now)
        np.add.at(sums[1], group, self.before)
        return _Pairs(sums[0], sums[1], self.month)


def _ratio(a: Array, b: Array) -> Array:
    """Divide, 0 where b is 0."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def _pooled(
    pairs: _Pairs, changes: Array, driver: Array, m: int
) -> tuple[Array, Array]:
    """Effect and standard error by lag, each (lags,), both sources combined.

    Parameters
    ----------
    pairs : _Pairs
        Of n series.
    changes : array (lags, n, P)
        Of the driver over a season.
    driver : array (n, T)
        Series with the same row form a cluster.
    """
    precision, total = np.zeros((2, len(changes)))
    if not len(pairs.month):
        return total, np.full(len(changes), np.inf)
    _, first, group = np.unique(driver, axis=0, return_index=True, return_inverse=True)
    clusters = pairs.summed(group.ravel())
    for source in (_common, _own):
        tried = [source(clusters, change) for change in changes[:, first]]
        places = [i for i, model in enumerate(tried) if model is not None]
        models = [model for model in tried if model is not None]
        if not models:
            continue
        fits = [model.fit() for model in models]
        effect = np.array([fit.params[0] for fit in fits])
        # what the variance would be if counts were the only noise
        unit = np.array([fit.normalized_cov_params[0, 0] for fit in fits])
        best = int(np.argmax(effect**2 / unit))
        # one scale for all lags, or the one with the luckiest variance would win
        scale = _robust(models[best], clusters, source is _own, m) / unit[best]
        precision[places] += 1 / (unit * scale)
        total[places] += effect / (unit * scale)
    se = np.full(len(changes), np.inf)
    se[precision > 0] = precision[precision > 0] ** -0.5
    return _ratio(total, precision), se


def _common(pairs: _Pairs, change: Array) -> GLM | None:
    """Regression of the panel's sum on the driver's mean change."""
    both = pairs.both.sum(0)
    moved = (pairs.both * change).sum(0) / both
    moved -= np.average(moved, weights=both)
    if np.abs(moved).max() < STILL or len(moved) < 3:
        return None
    design = np.column_stack([moved, np.ones(len(moved))])
    counts = np.column_stack([pairs.now.sum(0), pairs.before.sum(0)])
    return GLM(counts, design, family=Binomial())


def _own(pairs: _Pairs, change: Array) -> GLM | None:
    """Regression of each cluster, against the panel, on what its driver does alone."""
    both = pairs.both
    alone = change.copy()
    for _ in range(5):  # months and clusters in turn; unbalanced panels need a few
        alone -= (both * alone).sum(0) / both.sum(0)
        alone -= _ratio((both * alone).sum(1), both.sum(1))[:, None]
    seen = both > 0
    if len(both) < 2 or np.abs(alone[seen]).max() < STILL:
        return None
    counts = np.column_stack([pairs.now[seen], pairs.before[seen]])
    common = np.broadcast_to(pairs.common, seen.shape)[seen]
    return GLM(counts, alone[seen][:, None], family=Binomial(), offset=common)


def _robust(model: GLM, pairs: _Pairs, by_cluster: bool, m: int) -> float:
    """Variance of an effect under shocks that last (Newey & West 1987) or are shared.

    The largest of them counts: with few clusters or seasons each may collapse.
    """
    months = len(pairs.month)
    lag = min(LINGERING * m, months - 1)
    if not by_cluster:
        fits = [model.fit(cov_type="HAC", cov_kwds={"maxlags": lag})]
        b, df = lag / months, months / m
    else:
        cluster = np.nonzero(pairs.both > 0)[0]
        kinds = {
            "cluster": {"groups": cluster},
            "hac-panel": {"groups": cluster, "maxlags": lag},
        }
        fits = [model.fit(cov_type=k, cov_kwds=v) for k, v in kinds.items()]
        b, df = 0.0, len(pairs.now) - 1
    widest = max(float(fit.bse[0]) ** 2 for fit in fits)
    # counts are never less noisy than Poisson
    widest = max(widest, float(fits[0].normalized_cov_params[0, 0]))
    return widest * _uncertain(b, df)


def _uncertain(b: float, df: float) -> float:
    """Factor by which a variance widens that is itself estimated.

    Fixed-b asymptotics of the Bartlett kernel (Kiefer & Vogelsang 2005, table 1), and
    a t distribution over so few seasons or clusters.
    """
    bandwidth = (1.96 + 2.9694 * b + 0.4160 * b**2 - 0.5324 * b**3) / 1.96
    few = float(stats.t.ppf((1 + LEVEL) / 2, max(df, 1))) / REACH
    return (bandwidth * few) ** 2


def _alone(pairs: _Pairs, change: Array, effect: float, m: int) -> tuple[Array, Array]:
    """Each series' own effect minus the pooled one, and its variance, each (n,).

    One Newton step from the pooled effect, with the panel's shocks taken out. The
    variance allows for drifting levels by a factor that all series share.
    """
    both = pairs.both
    moved = change - _ratio((both * change).sum(0), both.sum(0))
    p = pairs.share(pairs.common + effect * moved)
    weight = both * p * (1 - p)
    moved = change - _ratio((weight * change).sum(1), weight.sum(1))[:, None]
    information = (weight * moved**2).sum(1)
    rest = pairs.now - both * p
    step = _ratio((rest * moved).sum(1), information)
    score = (rest - weight * moved * step[:, None]) * moved
    lasting = (score**2).sum()
    kernel = max(min(LINGERING * m, score.shape[1] - 1), 0)
    for k in range(1, kernel + 1):
        lasting += 2 * (1 - k / (kernel + 1)) * (score[:, k:] * score[:, :-k]).sum()
    b = kernel / max(score.shape[1], 1)
    caught = 1 - b + b**2 / 3  # by the kernel on average (Kiefer & Vogelsang 2005)
    # rather too wide: a drift that passes for an own effect does more harm than none
    scale = max(float(lasting / max(information.sum(), STILL)), 1.0) / caught
    known = information > STILL
    return step, np.where(known, scale / np.where(known, information, 1), np.inf)


def _shrunk(step: Array, variance: Array) -> tuple[Array, Array, float]:
    """Deviations from the panel shrunk by empirical Bayes (Paule & Mandel 1982).

    Returns
    -------
    array (n,)
        Deviations that are kept.
    array (n,)
        Share of a series' own evidence.
    float
        Standard deviation of the true deviations.
    """
    seen = np.isfinite(variance)
    if seen.sum() < 2:
        return np.zeros(len(step)), np.zeros(len(step)), 0.0
    d, v = step[seen], variance[seen]

    def excess(between: float) -> float:
        w = 1 / (v + between)
        return float((w * (d - np.average(d, weights=w)) ** 2).sum()) - (len(d) - 1)

    between = 0.0
    if excess(0.0) > 0:
        between = float(brentq(excess, 0, len(d) * np.ptp(d) ** 2))
    weight = between / (between + variance)
    centre = np.average(d, weights=1 / (v + between))
    return weight * np.where(seen, step - centre, 0), weight, float(np.sqrt(between))
