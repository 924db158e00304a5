"""Exponential smoothing over a fixed grid, for every series of a panel at once.

Additive-error state space (Hyndman et al. 2008), level l, damped trend b, season s:

    mu[t] = l[t-1] + phi b[t-1] + s[t-m]          e[t] = y[t] - mu[t]
    l[t]  = l[t-1] + phi b[t-1] + alpha e[t]
    b[t]  = phi b[t-1] + beta e[t]
    s[t]  = s[t-m] + gamma e[t]

No parameter is searched for: each series runs through the whole grid and the models
are averaged with Akaike weights, exp(-AICc / 2). So there is no optimiser, no failure
to converge, and the same input gives the same forecast.
"""

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np

from .averaging import Fits, akaike, chunks
from .domain import Array

#: Speeds at which a level follows the data.
LEVEL_SPEEDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.95)
LEVEL_SEASON_SPEEDS = (0.0, 0.05, 0.15, 0.3)
#: With a trend: of the level, of the trend relative to it, damping, and of the season
#: relative to what the level leaves.
TREND_LEVEL_SPEEDS = (0.05, 0.15, 0.3, 0.5, 0.8)
TREND_SPEEDS = (0.01, 0.06, 0.2)
DAMPINGS = (0.8, 0.9, 0.97)
TREND_SEASON_SPEEDS = (0.0, 0.1, 0.25)
#: Months from which the first level and slope are read.
FEWEST_FIRST, MOST_FIRST = 8, 30
#: A first slope is part noise.
SLOPE_KEPT = 0.7
#: A steady drift is this share of the slope of the whole history, as in theta.
DRIFT_KEPT = 0.5
#: Months that a first level is the mean of.
LEVEL_MONTHS = 6


class Grid(NamedTuple):
    """Parameters of K models, each an array (K,).

    `phi` is 0 without a trend; `free` counts the parameters that AICc charges for.
    """

    alpha: Array
    beta: Array
    phi: Array
    gamma: Array
    free: Array

    @classmethod
    def of(cls, rows: list[tuple[float, ...]]) -> "Grid":
        """Transpose rows of parameters."""
        return cls(*np.array(rows, dtype=float).T)


def level_grid(seasonal: bool, season: int) -> Grid:
    """Models without a trend."""
    speeds = LEVEL_SEASON_SPEEDS if seasonal else (0.0,)
    months = season - 1 if seasonal else 0
    return Grid.of(
        [
            (a, 0.0, 0.0, g, 2 + months + (g > 0))
            for a, g in product(LEVEL_SPEEDS, speeds)
        ]
    )


def drift_grid(seasonal: bool, season: int) -> Grid:
    """Models with a steady drift: the slope never changes."""
    grid = level_grid(seasonal, season)
    return grid._replace(phi=np.ones_like(grid.phi), free=grid.free + 1)


def trend_grid(seasonal: bool, season: int) -> Grid:
    """Models with a damped trend."""
    speeds = TREND_SEASON_SPEEDS if seasonal else (0.0,)
    months = season - 1 if seasonal else 0
    return Grid.of(
        [
            (a, a * b, phi, g * (1 - a), 4 + months + (g > 0))
            for a, b, phi, g in product(
                TREND_LEVEL_SPEEDS, TREND_SPEEDS, DAMPINGS, speeds
            )
        ]
    )


class States(NamedTuple):
    """What a pass leaves behind, for n series and K models.

    Attributes
    ----------
    level, slope : array (n, K)
    seasons : array (m, n, K)
        By month; index j belongs to months t with t % m == j.
    square : array (n, K)
        Sum of squared one-step errors.
    """

    level: Array
    slope: Array
    seasons: Array
    square: Array


def one_step(
    y: Array, first: Array, level: Array, slope: Array, seasons: Array, grid: Grid
) -> States:
    """Run every series through every model.

    Parameters
    ----------
    y : array (n, T)
        Right-aligned; months before the first are not read.
    first : int array (n,)
        Index of the first month; not decreasing, so that open series are a prefix.
    level, slope : array (n,)
        States before the first month.
    seasons : array (n, m)
        Season before the first month, by t % m; zeros without a season.
    grid : Grid
    """
    n, months = y.shape
    m, k = seasons.shape[1], len(grid.alpha)
    shape = (n, k)
    at = np.repeat(level[:, None], k, 1)
    trend = np.repeat(slope[:, None], k, 1) * (grid.phi > 0)
    state = np.repeat(seasons.T[:, :, None], k, 2)
    square, error, move = np.zeros(shape), np.empty(shape), np.empty(shape)
    trended, moving = bool(grid.phi.any()), bool(grid.gamma.any())
    seasonal = moving or bool(np.any(seasons))
    begun = np.searchsorted(first, np.arange(months), side="right")
    for t in range(int(first[0]), months):
        open_ = slice(0, begun[t])
        now, b, s = at[open_], trend[open_], state[t % m, open_]
        e, d = error[open_], move[open_]
        if trended:
            b *= grid.phi
            now += b
        np.subtract(y[open_, t, None], now, out=e)
        if seasonal:
            e -= s
        np.multiply(e, e, out=d)
        square[open_] += d
        np.multiply(e, grid.alpha, out=d)
        now += d
        if trended:
            np.multiply(e, grid.beta, out=d)
            b += d
        if moving:
            np.multiply(e, grid.gamma, out=d)
            s += d
    return States(at, trend, state, square)


def ahead(states: States, grid: Grid, months: int, horizon: int) -> Array:
    """Forecasts (horizon, n, K)."""
    m = len(states.seasons)
    means = states.level + _climbed(grid, horizon)[:, None] * states.slope
    means += states.seasons[(months + np.arange(horizon)) % m]
    return means


def growth(grid: Grid, m: int, horizon: int) -> Array:
    """Forecast variance in units of the one-step variance, (horizon, K).

    Cumulated squares of `1, c[1], c[2], ...` with `c[j] = alpha + beta (phi + .. +
    phi^j) + gamma [j % m == 0]` (Hyndman et al. 2008, table 6.1).
    """
    response = np.ones((horizon, len(grid.alpha)))
    response[1:] = grid.alpha + grid.beta * _climbed(grid, horizon)[:-1]
    turn = np.arange(1, horizon) % m == 0
    response[1:] += np.where(turn[:, None], grid.gamma, 0)
    return np.cumsum(response**2, axis=0)


def _climbed(grid: Grid, horizon: int) -> Array:
    """How many slopes a damped trend has climbed, (horizon, K)."""
    return np.cumsum(grid.phi ** np.arange(1, horizon + 1)[:, None], axis=0)


def first_states(y: Array, first: Array) -> tuple[Array, Array]:
    """Level and slope before the first month, each (n,), from the first months.

    A line through the first 8 to 30 months gives the slope, part of which is kept.
    """
    months = y.shape[1]
    known = months - first
    used = np.clip(known // 2, np.minimum(FEWEST_FIRST, known), MOST_FIRST)
    x = np.arange(months) - first[:, None]
    inside = (x >= 0) & (x < used[:, None])
    z = np.where(inside, y, 0.0)
    weight = inside / used[:, None]
    x_mean = (weight * x).sum(1)
    gap = np.where(inside, x - x_mean[:, None], 0.0)
    size = np.maximum((gap**2).sum(1), 1)
    slope = SLOPE_KEPT * (gap * z).sum(1) / size
    slope = np.where(used > 3, slope, 0.0)
    early = np.minimum(LEVEL_MONTHS, known)
    level = first_level(y, first) - slope * (early + 1) / 2
    return level, slope


def whole_slope(y: Array, first: Array) -> Array:
    """Slope of a straight line through the whole history, (n,)."""
    x = np.arange(y.shape[1]) - first[:, None]
    known = np.maximum((x >= 0).sum(1, keepdims=True), 1)
    gap = np.where(x >= 0, x - (known - 1) / 2, 0.0)
    size = np.maximum((gap**2).sum(1), 1)
    slope: Array = (gap * np.where(x >= 0, y, 0.0)).sum(1) / size
    return slope


def first_level(y: Array, first: Array) -> Array:
    """Mean of the first six months, (n,)."""
    x = np.arange(y.shape[1]) - first[:, None]
    early = (x >= 0) & (x < LEVEL_MONTHS)
    level: Array = np.where(early, y, 0.0).sum(1) / np.maximum(early.sum(1), 1)
    return level


def drift_states(y: Array, first: Array) -> tuple[Array, Array]:
    """Level and drift before the first month, each (n,), from the whole history."""
    drift = DRIFT_KEPT * whole_slope(y, first)
    x = np.arange(y.shape[1]) - first[:, None]
    return first_level(y - drift[:, None] * x, first) - drift, drift


#: Models without a trend, with a damped one and with a steady one, and their start.
KINDS: tuple[
    tuple[Callable[[bool, int], Grid], Callable[[Array, Array], tuple[Array, Array]]],
    ...,
] = (
    (level_grid, first_states),
    (trend_grid, first_states),
    (drift_grid, drift_states),
)


def fit(y: Array, first: Array, seasons: Array, horizon: int) -> Fits:
    """Run every series through the whole grid.

    Parameters
    ----------
    y : array (n, T)
        Right-aligned, complete from `first` on, on the scale where errors are even.
    first : int array (n,)
        Not decreasing.
    seasons : array (n, m)
        First season by t % m; a row of zeros gives the models without a season alone.
    horizon : int
    """
    m = seasons.shape[1]
    widest = max(len(grid(True, m).alpha) for grid, _start in KINDS)
    return Fits.below(
        [
            _fit(y[rows], first[rows], seasons[rows], horizon)
            for rows in chunks(len(y), widest)
        ]
    )


def _fit(y: Array, first: Array, seasons: Array, horizon: int) -> Fits:
    """Run a few series through the whole grid."""
    months, m = y.shape[1], seasons.shape[1]
    known = (months - first)[:, None].astype(float)
    parts = []
    for seasonal in (False, True):
        season = seasons if seasonal else np.zeros_like(seasons)
        without = y - season[:, np.arange(months) % m]
        for grid_of, start in KINDS:
            grid = grid_of(seasonal, m)
            widening = growth(grid, m, horizon)
            if seasonal and not seasons.any():
                parts.append(Fits.none(len(y), widening))
                continue
            level, slope = start(without, first)
            states = one_step(y, first, level, slope, season, grid)
            means = ahead(states, grid, months, horizon)
            criteria = akaike(states.square, known, grid.free)
            if seasonal:
                criteria[~seasons.any(1)] = np.inf
            spread = states.square / np.maximum(known - 0.6 * grid.free, 4)
            parts.append(Fits(means, widening, spread, criteria))
    return Fits.beside(parts)
