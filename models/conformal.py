"""Intervals and whole futures from how wrong earlier forecasts turned out to be.

Errors are measured on the square-root scale, where the noise of counts is even, and
divided by a scale that each series had when the forecast was made; so they can be
pooled over a panel. With z the scaled error at step h of series i,

    |z| ~ sigma_h * r_i * shape,     sigma_h^2 = a h^b,   0 <= b <= 2

where `sigma` grows with the horizon, `r` is a series' own error level shrunk to the
panel's, and `shape` is the conformal (empirical) quantile function of what remains,
widened by Student's t over the normal where few independent windows were seen.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from .domain import Array

#: Two-sided probabilities at which the pooled shape is kept.
SHAPE_GRID = np.linspace(0, 0.999, 1000)
#: A single error counts for at most this many times the median one.
WILDEST = 5.0
#: Width, in log steps, over which the members' errors are compared.
NEIGHBOURHOOD = 0.5
#: Beyond this the widening stays: a quantile so far out is not learnt from 6 windows.
WIDEN_TO = 0.99
#: Origins that the panel's error level counts for against a series' own.
PRIOR_ORIGINS = 4.0
#: A scale never falls under this share of what the whole history shows.
SCALE_FLOOR = 0.1
#: Midpoints over which the mean of a predictive distribution is taken.
MIDPOINTS = (np.arange(400) + 0.5) / 400
#: Series whose error paths are lent to the others when futures are drawn.
DONORS = 8


@dataclass(frozen=True)
class Backcast:
    """What the members said at earlier origins, and what came.

    Attributes
    ----------
    actual : array (origins, series, horizon)
        Unit of the series; NaN where not yet observed, or interpolated.
    members : array (origins, series, members, horizon)
    naive_scale, root_scale : array (origins, series)
        Of the history before the origin, in units and in square-root units.
    span : array (series,)
        Months between the first origin and the end of the history.
    """

    actual: Array
    members: Array
    naive_scale: Array
    root_scale: Array
    span: Array

    def without(self, origin: int) -> "Backcast":
        """Leave one origin out; the only one there is stays."""
        keep = np.arange(len(self.actual)) != origin
        if not np.isfinite(self.actual[keep]).any():
            return self
        return Backcast(
            self.actual[keep],
            self.members[keep],
            self.naive_scale[keep],
            self.root_scale[keep],
            self.span,
        )

    def weights(self, sharpness: float, floor: int) -> Array:
        """Weights of the members by step, (members, horizon), columns sum to 1.

        Proportional to exp(-sharpness (loss / best loss - 1)), with the winsorised
        absolute scaled error as loss, pooled over the panel and over steps near each
        other: what is best next month need not be best in three years. The mix then
        shares with the member `floor` by the same rule, so that it gives way where it
        loses to it.
        """
        losses = self._losses(self.members)
        mix = _shares(losses, sharpness)
        mixed = self._losses(self.mix(mix)[:, :, None])
        share = _shares(np.concatenate([mixed, losses[[floor]]]), sharpness)
        weights: Array = mix * share[0]
        weights[floor] += share[1]
        return weights

    def mix(self, weights: Array) -> Array:
        """Forecasts of the weighted members, (origins, series, horizon)."""
        return np.asarray(np.einsum("kh,onkh->onh", weights, self.members))

    def _losses(self, forecasts: Array) -> Array:
        """Loss by forecast and step, (k, horizon), smoothed over neighbouring steps."""
        error = np.abs(self.actual[:, :, None] - forecasts)
        error /= self.naive_scale[:, :, None, None]
        seen = np.isfinite(self.actual).sum((0, 1))
        step = np.arange(1, len(seen) + 1)
        loss = np.zeros(error.shape[2:])
        for h in np.flatnonzero(seen):
            at = error[..., h][np.isfinite(self.actual[..., h])]  # (windows, k)
            top = WILDEST * np.median(at, axis=0)
            top[top == 0] = np.inf
            loss[:, h] = np.minimum(at, top).mean(axis=0)
        near = np.log(step[:, None] / step) / NEIGHBOURHOOD
        kernel = seen[:, None] * np.exp(-(near**2) / 2)
        return np.asarray(loss @ (kernel / kernel.sum(0)))


def _shares(losses: Array, sharpness: float) -> Array:
    """Weights by loss, (k, horizon); a step without any loss goes to who is exact."""
    best = losses.min(axis=0)
    ratio = np.divide(losses, best, out=np.where(losses > 0, np.inf, 1), where=best > 0)
    weights = np.exp(-sharpness * (ratio - 1))
    return np.asarray(weights / weights.sum(axis=0))


def root_scale(y: Array, season: int) -> float:
    """Typical change of a series on the square-root scale, by month and by season."""
    z = np.sqrt(y)
    steps = [np.abs(z[lag:] - z[:-lag]).mean() for lag in (1, season) if z.size > lag]
    return float(np.mean(steps))


@dataclass(frozen=True)
class Conformal:
    """Predictive distributions and whole futures learnt from a backcast.

    Attributes
    ----------
    sigma : array (horizon,)
        Error level by step, in scaled square-root units.
    relative : array (series,)
        Error level of each series relative to the panel's.
    shape : array (horizon, len(SHAPE_GRID))
        Two-sided quantiles of the standardised error, widened.
    errors : array (origins, series, horizon)
        Standardised whole error paths, prolonged by reflection where the history
        ended before the horizon did.
    """

    sigma: Array
    relative: Array
    shape: Array
    errors: Array

    @classmethod
    def learn(cls, back: Backcast, weights: Array) -> "Conformal":
        """Learn error levels and shape from the combination's earlier errors."""
        point = back.mix(weights)
        z = (np.sqrt(back.actual) - np.sqrt(point)) / back.root_scale[..., None]
        seen = np.isfinite(z)
        square = np.where(seen, z, 0) ** 2
        sigma = _growth(square.sum((0, 1)), seen.sum((0, 1)))
        standard = square / sigma**2
        own = standard.sum((0, 2)) / np.maximum(seen.sum((0, 2)), 1)
        origins = seen.any(-1).sum(0)
        relative = np.sqrt((PRIOR_ORIGINS + origins * own) / (PRIOR_ORIGINS + origins))
        errors = np.where(seen, z, np.nan) / sigma / relative[:, None]
        pool = np.abs(errors[seen])
        if not pool.any():  # never wrong so far: nothing to learn a spread from
            pool = np.zeros(1)
        shape = np.quantile(pool, SHAPE_GRID)
        steps = np.arange(1, z.shape[-1] + 1)
        windows = np.minimum(
            np.maximum(seen.sum(0), 1), np.maximum(back.span[:, None] / steps, 1)
        ).sum(0)
        return cls(sigma, relative, shape * _widening(windows), _reflect(errors))

    def at(self, chances: Array, point: Array, scale: Array) -> Array:
        """Quantiles of the predictive distributions.

        Parameters
        ----------
        chances : array (..., series, horizon)
            Probabilities in (0, 1).
        point : array (series, horizon)
            Means.
        scale : array (series,)
            `root_scale` of the history.

        Returns
        -------
        array (..., series, horizon)
            Non-negative. The distribution's mean is `point`.
        """
        spread = scale[:, None] * self.sigma * self.relative[:, None]
        root = np.sqrt(point)
        middle = np.maximum(root + spread * self._deviates(MIDPOINTS[:, None, None]), 0)
        mean = np.square(middle).mean(0)
        centre = np.divide(point, mean, out=np.ones_like(point), where=mean > 0)
        value = np.maximum(root + spread * self._deviates(chances), 0) ** 2 * centre
        return np.asarray(value, dtype=float)

    def _deviates(self, chances: Array) -> Array:
        """Standardised errors at probabilities (..., series or 1, horizon or 1)."""
        two_sided = np.abs(2 * chances - 1)
        full = np.broadcast_to(two_sided, (*two_sided.shape[:-1], len(self.sigma)))
        columns = [
            np.interp(full[..., h], SHAPE_GRID, row) for h, row in enumerate(self.shape)
        ]
        signed: Array = np.sign(chances - 0.5) * np.stack(columns, axis=-1)
        return signed

    def draw_chances(self, rng: np.random.Generator, n: int) -> Array:
        """Probabilities (n, series, horizon) whose pattern over months is real.

        Each future is a random combination of whole error paths, so that months hang
        together as they did in the backtest. Half its variance comes from the series'
        own paths with multipliers shared by all series, which keeps half of their
        correlation (the rest is noise in so few windows); half is lent by the panel.
        Multipliers are normal, so each month's margin is uniform.
        """
        origins, series, horizon = self.errors.shape
        chosen = np.unique(np.linspace(0, series - 1, min(series, DONORS)).astype(int))
        lent = self.errors[:, chosen].reshape(-1, horizon)
        shared = rng.standard_normal((n, origins))
        result = np.empty((n, series, horizon))
        for i in range(series):
            own = _unit(shared, self.errors[:, i])
            other = _unit(rng.standard_normal((n, len(lent))), lent)
            result[:, i] = norm.cdf(np.sqrt(0.5) * (own + other))
        return result


def _unit(multipliers: Array, paths: Array) -> Array:
    """Combine paths (p, h) by multipliers (n, p) into standard normal margins."""
    size = np.sqrt(np.square(paths).sum(0))
    unit = np.divide(paths, size, out=np.zeros_like(paths), where=size > 0)
    combined: Array = multipliers @ unit
    return combined


def _growth(square: Array, count: Array) -> Array:
    """Error level by step from sums of squares: a power law, so that it extrapolates.

    Parameters
    ----------
    square, count : array (horizon,)
        Sum of squared scaled errors and how many, per step.
    """
    steps = np.arange(1, len(square) + 1)
    used = (count > 0) & (square > 0)
    if not used.any():
        return np.ones(len(square))
    x, weight = np.log(steps[used]), np.sqrt(count[used])
    level = np.log(square[used] / count[used])
    slope = 1.0  # a random walk, where one step alone was seen
    if used.sum() > 2:
        slope = float(np.clip(np.polyfit(x, level, 1, w=weight)[0], 0, 2))
    start = np.average(level - slope * x, weights=weight**2)
    sigma: Array = np.exp((start + slope * np.log(steps)) / 2)
    return sigma


def _widening(windows: Array) -> Array:
    """Student's t over the normal by independent windows, (horizon, grid)."""
    upper = (1 + np.clip(SHAPE_GRID, 0.01, WIDEN_TO)) / 2
    freedom = np.maximum(windows, 3)[:, None]
    ratio: Array = t.ppf(upper, freedom) / norm.ppf(upper)
    return ratio


def _reflect(errors: Array) -> Array:
    """Prolong each error path (last axis) past its last observed step by reflection."""
    flat = errors.reshape(-1, errors.shape[-1])
    filled = np.zeros_like(flat)
    for path, row in zip(filled, flat, strict=True):
        known = row[np.isfinite(row)]
        if known.size:
            path[:] = np.pad(known, (0, row.size), mode="symmetric")[: row.size]
    return filled.reshape(errors.shape)
