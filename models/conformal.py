"""Intervals and whole futures from how wrong earlier forecasts turned out to be.

An error at step h is measured in the width that the smoothing models themselves saw
ahead, to its own side, so that one of them counts as one normal standard deviation:

    z = (y - point) / (up / 1.28)  above,     (y - point) / (down / 1.28)  below.

Pooled over series and origins for steps near h, the quantiles of z around their median
are the conformal part. They are drawn towards the models' own normal quantiles: by a
quarter at least, since the windows of a panel share what happened in those months and
so may all have been rough, or calm; and the more, the fewer windows there are.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from .domain import Array, Ints
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
NEAR_STEPS = 4
#: An error beyond this many widths counts as this many.
WILDEST = 8.0
#: Series whose error paths are lent to the others when futures are drawn.
DONORS = 16
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

    def errors(self, actual: Array) -> Array:
        """Errors in normal standard deviations, (n, horizon)."""
        error = actual - self.point
        width = np.where(error >= 0, self.up, self.down)
        return np.clip(TENTH * error / width, -WILDEST, WILDEST)

    def at(self, z: Array) -> Array:
        """Values (..., n, horizon) at errors in normal deviations; never below 0."""
        width = np.where(z >= 0, self.up, self.down) / TENTH
        return np.maximum(self.point + width * z, 0)


@dataclass(frozen=True)
class Conformal:
    """Predictive distributions and whole futures learnt from a backcast.

    Attributes
    ----------
    quantiles : array (horizon, len(CHANCES))
        Errors in normal standard deviations, by step.
    paths : array (W, horizon)
        Whole error paths, each step of size about 1, prolonged by reflection where the
        history ended before the horizon did.
    series, origin : int array (W,)
        Whose they are, and from which origin.
    """

    quantiles: Array
    paths: Array
    series: Ints
    origin: Ints

    @classmethod
    def learn(cls, back: Backcast, point: Array) -> "Conformal":
        """Learn from what a combination said (W, horizon) and what came."""
        z = Widths.of(back.ahead, point).errors(back.actual)
        seen = np.isfinite(z)
        horizon = z.shape[1]
        quantiles: Array = np.tile(SCORES, (horizon, 1))
        pool = z[seen]
        windows = int(seen.any(1).sum())
        own = max(OWN_SHARE, PRIOR_WINDOWS / (PRIOR_WINDOWS + windows))
        for h in range(horizon if windows else 0):
            near = z[:, max(0, h - NEAR_STEPS) : h + NEAR_STEPS + 1]
            near = near[np.isfinite(near)]
            learnt: Array = np.quantile(near if near.size else pool, CHANCES)
            learnt -= learnt[len(CHANCES) // 2]
            quantiles[h] = (1 - own) * learnt + own * SCORES
        size = np.sqrt(np.mean(quantiles**2, axis=1))
        paths = _reflect(np.where(seen, z, np.nan) / size)
        return cls(quantiles, paths, back.series, back.origin)

    @staticmethod
    def score(chance: float) -> Array:
        """Give the normal score of a probability, shaped for `errors`."""
        return np.full((1, 1), norm.ppf(chance))

    def errors(self, scores: Array) -> Array:
        """Errors at normal scores (..., n or 1, horizon), in standard deviations."""
        shape = np.broadcast_shapes(scores.shape, (len(self.quantiles),))
        scores = np.broadcast_to(scores, shape)
        result = np.empty(shape)
        for h, row in enumerate(self.quantiles):
            at = scores[..., h]
            inside = np.interp(at, SCORES, row)
            # beyond the outermost quantiles: on at the normal pace
            inside += (at - SCORES[-1]).clip(0) * row[-1] / SCORES[-1]
            inside += (at - SCORES[0]).clip(None, 0) * row[0] / SCORES[0]
            result[..., h] = inside
        return result

    def mean(self, widths: Widths) -> Array:
        """Means of the predictive distributions, (n, horizon)."""
        values = widths.at(self.errors(MIDPOINTS[:, None, None]))
        return np.asarray(values.mean(0), dtype=float)

    def draw_scores(self, rng: np.random.Generator, n: int, series: int) -> Array:
        """Draw normal scores (n, series, horizon) whose pattern over months is real.

        Each future is a random combination of whole error paths, so that months hang
        together as they did in the backtest. Half its variance comes from the series'
        own paths with multipliers shared by all series, which keeps half of their
        correlation (the rest is noise in so few windows); half is lent by the panel.
        Multipliers are normal, so each month's margin is normal too.
        """
        whole = np.isfinite(self.paths).all(1)
        horizon = self.paths.shape[1]
        if not whole.any():
            # nothing was ever tried: months of a future hang together fully
            own = rng.standard_normal((n, series, 1))
            return np.broadcast_to(own, (n, series, horizon)).copy()
        chosen = np.unique(np.linspace(0, whole.sum() - 1, DONORS).astype(int))
        lent = self.paths[whole][chosen]
        shared = rng.standard_normal((n, int(self.origin.max()) + 1))
        result = np.empty((n, series, horizon))
        for i in range(series):
            mine = whole & (self.series == i)
            other = _unit(rng.standard_normal((n, len(lent))), lent)
            if mine.any():
                own = _unit(shared[:, self.origin[mine]], self.paths[mine])
                other = np.sqrt(0.5) * (own + other)
            result[:, i] = other
        return result


def _unit(multipliers: Array, paths: Array) -> Array:
    """Combine paths (p, h) by multipliers (n, p) into standard normal margins."""
    size = np.sqrt(np.square(paths).sum(0))
    # a step at which every path was exact has no direction of its own
    unit = np.where(size > 0, paths / np.where(size > 0, size, 1), len(paths) ** -0.5)
    combined: Array = multipliers @ unit
    return combined


def _reflect(errors: Array) -> Array:
    """Prolong error paths (W, horizon) past their last observed step by reflection."""
    filled = np.full(errors.shape, np.nan)
    for path, row in zip(filled, errors, strict=True):
        known = row[np.isfinite(row)]
        if known.size:
            path[:] = np.pad(known, (0, row.size), mode="symmetric")[: row.size]
    return filled
