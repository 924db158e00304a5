"""Months against the same months a year before: what a driver's effect is read from.

Month t of a series against t - m is a binomial share whose log odds are linear in the
driver's change (`models.drivers`). Its effect is pooled over a panel from two sources,
each weighed by a robust variance of its own, and found series by series, shrunk by
empirical Bayes (Paule & Mandel 1982).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from .domain import Array

#: Seasons over which a shock to yearly differences may linger.
LINGERING = 2
#: A change of the driver that is smaller than this is rounding.
STILL = 1e-9
#: Probability inside an interval, and its normal reach.
LEVEL = 0.95
REACH = float(stats.norm.ppf((1 + LEVEL) / 2))


class Pairs(NamedTuple):
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
    def of(cls, y: Array, x: Array, m: int, top: int) -> "Pairs":
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

    def weighted(self) -> "tuple[Pairs, float]":
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
        return Pairs(self.now * weight, self.before * weight, self.month), more

    def summed(self, group: NDArray[np.intp]) -> "Pairs":
        """Sum series that share a driver: the likelihood loses nothing by it."""
        sums = np.zeros((2, int(group.max()) + 1, len(self.month)))
        np.add.at(sums[0], group, self.now)
        np.add.at(sums[1], group, self.before)
        return Pairs(sums[0], sums[1], self.month)


def _ratio(a: Array, b: Array) -> Array:
    """Divide, 0 where b is 0."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def pooled(pairs: Pairs, changes: Array, driver: Array, m: int) -> tuple[Array, Array]:
    """Effect and standard error by lag, each (lags,), both sources combined.

    Parameters
    ----------
    pairs : Pairs
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


def _common(pairs: Pairs, change: Array) -> GLM | None:
    """Regression of the panel's sum on the driver's mean change."""
    both = pairs.both.sum(0)
    moved = (pairs.both * change).sum(0) / both
    moved -= np.average(moved, weights=both)
    if np.abs(moved).max() < STILL or len(moved) < 3:
        return None
    design = np.column_stack([moved, np.ones(len(moved))])
    counts = np.column_stack([pairs.now.sum(0), pairs.before.sum(0)])
    return GLM(counts, design, family=Binomial())


def _own(pairs: Pairs, change: Array) -> GLM | None:
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


def _robust(model: GLM, pairs: Pairs, by_cluster: bool, m: int) -> float:
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


def alone_effects(
    pairs: Pairs, change: Array, effect: float, m: int
) -> tuple[Array, Array]:
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


def shrunk(step: Array, variance: Array) -> tuple[Array, Array, float]:
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
