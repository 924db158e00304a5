"""Intervals and whole futures from how wrong earlier forecasts turned out to be.

An error at step h is measured in the width that the smoothing models themselves saw
ahead, to its own side, so that one of them counts as one normal standard deviation:

    z = (y - point) / (up / 1.28)  above,     (y - point) / (down / 1.28)  below.

Pooled over series and origins for steps near h, the quantiles of z around their median
are the conformal part. They are drawn towards the models' own normal quantiles: by a
quarter at least, since the windows of a panel share what happened in those months and
so may all have been rough, or calm; and the more, the fewer windows there are. A series
whose own errors were larger or smaller than the panel's gets wider or narrower ones, as
far as its few windows say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from .domain import Array, Flags, Ints
from .members import TENTH, Ahead
from .weighing import Backcast

#: Probabilities at which quantiles are kept, and their normal scores.
CHANCES = np.r_[0.005, np.arange(1, 100) / 100, 0.995]
SCORES = norm.ppf(CHANCES)
#: Least share of the models' own width.
OWN_SHARE = 0.25
#: Windows that the models' own width counts for.
PRIOR_WINDOWS = 20.0
#: Errors up to this many steps away are pooled.
NEAR_STEPS = 2
#: An error beyond this many widths counts as this many.
WILDEST = 8.0
#: Most that an error is taken to keep from one month to the next, and the least part of
#: a correlation over months that fades steadily.
LASTING, LEAST_STEADY = 0.98, 0.05
#: Windows in which a series is taken to err as the panel does, before its own are
#: counted, and an error beyond which no more is counted.
OWN_WINDOWS, OWN_WILDEST = 8.0, 3.0
#: Midpoints over which the mean of a predictive distribution is taken.
MIDPOINTS = norm.ppf((np.arange(100) + 0.5) / 100)


@dataclass(frozen=True)
class Widths:
    """Where the predictive distributions of n series lie.

    Attributes
    ----------
    point, up, down : array (n, horizon)
        Median, and distances from it to the 90th and 10th percentile as the smoothing
        models see them.
    """

    point: Array
    up: Array
    down: Array

    @classmethod
    def of(cls, ahead: Ahead, point: Array) -> "Widths":
        """Take the widths that the members saw around a combined forecast."""
        return cls(point, ahead.up, ahead.down)

    def leaning(self, lean: Array) -> "Widths":
        """Move every median by so many normal standard deviations, (horizon,)."""
        moved = self.point + np.where(lean >= 0, self.up, self.down) * lean / TENTH
        return replace(self, point=np.maximum(moved, 0))

    def times(self, size: Array) -> "Widths":
        """Widen each series by a factor, (n,)."""
        return Widths(self.point, self.up * size[:, None], self.down * size[:, None])

    def errors(self, actual: Array) -> Array:
        """Errors in normal standard deviations, (n, horizon)."""
        error = actual - self.point
        width = np.where(error >= 0, self.up, self.down)
        return np.clip(TENTH * error / width, -WILDEST, WILDEST)

    def at(self, z: Array) -> Array:
        """Values (..., n, horizon) at errors in normal deviations; never below 0."""
        value = np.maximum(z, 0) * (self.up / TENTH)
        value += np.minimum(z, 0) * (self.down / TENTH)
        value += self.point
        return np.maximum(value, 0, out=value)


@dataclass(frozen=True)
class Conformal:
    """Predictive distributions and whole futures learnt from a backcast.

    Attributes
    ----------
    quantiles : array (horizon, len(CHANCES))
        Errors in normal standard deviations, by step.
    months : array (horizon, horizon)
        Correlation of the errors over steps, the same for all series.
    shared : array (n, k)
        How the errors of the series hang together: rows of length 1 or 0, whose
        products are correlations.
    """

    quantiles: Array
    months: Array
    shared: Array

    @classmethod
    def learn(cls, z: Array, back: Backcast, n: int) -> "Conformal":
        """Learn from errors (W, horizon) of n series, in normal standard deviations."""
        seen = np.isfinite(z)
        horizon = z.shape[1]
        quantiles = np.tile(SCORES, (horizon, 1))
        pool = z[seen]
        windows = int(seen.any(1).sum())
        own = max(OWN_SHARE, PRIOR_WINDOWS / (PRIOR_WINDOWS + windows))
        for h in range(horizon if windows else 0):
            near = z[:, max(0, h - NEAR_STEPS) : h + NEAR_STEPS + 1]
            near = near[np.isfinite(near)]
            learnt = np.quantile(near if near.size else pool, CHANCES)
            apart = learnt - np.take(learnt, len(CHANCES) // 2)
            quantiles[h] = (1 - own) * apart + own * SCORES
        z = np.where(seen, z, 0.0) / np.sqrt(np.mean(quantiles**2, axis=1))
        by_origin = np.zeros((n, int(back.origin.max(initial=0)) + 1, horizon))
        by_origin[back.series, back.origin] = z
        shared = by_origin.reshape(n, -1)
        size = np.sqrt(np.square(shared).sum(1, keepdims=True))
        shared = np.divide(shared, size, out=np.zeros_like(shared), where=size > 0)
        return cls(quantiles, _months(z, seen), shared)

    @staticmethod
    def scores(chances: Sequence[float]) -> Array:
        """Give normal scores of probabilities, (len(chances), 1, 1), for `errors`."""
        scores: Array = norm.ppf(np.array(chances))[:, None, None]
        return scores

    def errors(self, scores: Array) -> Array:
        """Errors at normal scores (..., n or 1, horizon), in standard deviations."""
        shape = np.broadcast_shapes(scores.shape, (len(self.quantiles),))
        scores = np.broadcast_to(scores, shape)
        result = np.empty(shape)
        for h, row in enumerate(self.quantiles):
            at = scores[..., h]
            found = np.interp(at, SCORES, row)
            # beyond the outermost quantiles: on at the normal pace
            for beyond, end in ((at > SCORES[-1], -1), (at < SCORES[0], 0)):
                found[beyond] = at[beyond] * row[end] / SCORES[end]
            result[..., h] = found
        return result

    def mean(self, widths: Widths) -> Array:
        """Means of the predictive distributions, (n, horizon)."""
        values = widths.at(self.errors(MIDPOINTS[:, None, None]))
        return np.asarray(values.mean(0), dtype=float)

    def draw_scores(
        self, rng: np.random.Generator, n: int, cross: Array | None = None
    ) -> Array:
        """Draw normal scores (n, series, horizon) whose pattern is real.

        Months of a future hang together as they did in the backtest. So do series: by
        `cross` where it is given, else by half of the correlation seen (the rest is
        noise in so few windows).

        Parameters
        ----------
        rng : numpy.random.Generator
        n : int
            Number of futures.
        cross : array (series, k), optional
            Rows of length 1, whose products are the series' correlations.
        """
        factor = np.sqrt(0.5) * self.shared if cross is None else cross
        alone = np.sqrt(np.maximum(1 - np.square(factor).sum(1, keepdims=True), 0))
        over = np.linalg.cholesky(self.months).T
        horizon = len(over)
        common = rng.standard_normal((factor.shape[1], n * horizon))
        drawn = (factor @ common).reshape(-1, n, horizon).swapaxes(0, 1)
        if alone.any():
            drawn = drawn + alone * rng.standard_normal(drawn.shape)
        scores: Array = drawn @ over
        return scores


def own_sizes(z: Array, series: Ints, n: int) -> tuple[Array, Array]:
    """How large the errors of each series are against the panel's, about 1.

    Parameters
    ----------
    z : array (W, horizon)
        Errors in normal standard deviations; NaN where not known.
    series : int array (W,)
        Whose they are.
    n : int
        Number of series.

    Returns
    -------
    array (n,)
        By series.
    array (W,)
        By window, as its series' other windows say: what is learnt from its errors
        must not have seen them.
    """
    square = np.square(np.clip(z, -OWN_WILDEST, OWN_WILDEST))
    seen = np.isfinite(square)
    square = np.where(seen, square, 0.0)
    usual = square.sum(0) / np.maximum(seen.sum(0), 1)
    relative = np.divide(square, usual, out=np.zeros_like(square), where=usual > 0)
    own, windows = relative.mean(1), seen.mean(1)
    total = OWN_WINDOWS + np.bincount(series, own, n)
    count = OWN_WINDOWS + np.bincount(series, windows, n)
    others = (total[series] - own) / (count[series] - windows)
    return np.sqrt(total / count), np.sqrt(others)


def _months(z: Array, seen: Flags) -> Array:
    """Correlation over steps (horizon, horizon) of standardised errors (W, horizon).

    Drawn towards one that fades steadily, by what neighbouring steps share, where
    windows are few.
    """
    horizon = z.shape[1]
    both = seen.astype(float).T @ seen
    product = np.divide(z.T @ z, both, out=np.eye(horizon), where=both > 0)
    size = np.sqrt(np.maximum(np.diag(product), 1e-6))
    found = np.where(both > 0, product / np.outer(size, size), 0.0)
    beside = np.diag(found, 1)[np.diag(both, 1) > 0]
    # nothing was ever tried: months of a future hang together as in a random walk
    fading = float(np.clip(beside.mean(), 0, LASTING)) if beside.size else LASTING
    steps = np.arange(horizon)
    steady = fading ** np.abs(steps[:, None] - steps)
    windows = seen.any(1).sum()
    own = max(LEAST_STEADY, PRIOR_WINDOWS / (PRIOR_WINDOWS + windows))
    mixed = (1 - own) * np.where(both > 0, found, steady) + own * steady
    value, vector = np.linalg.eigh(mixed)
    whole = (vector * np.maximum(value, 1e-8)) @ vector.T
    spread = np.sqrt(np.diag(whole))
    correlation: Array = whole / np.outer(spread, spread)
    return correlation
