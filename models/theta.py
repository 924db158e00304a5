"""Theta with drift, for every series of a panel at once.

The seasonally adjusted series follows simple exponential smoothing plus a share of its
own straight line (Hyndman & Billah 2003: half the slope is the theta method of
Assimakopoulos & Nikolopoulos 2000, none is simple smoothing, all is drift in full).
Shares and smoothing speeds run over a fixed grid, averaged by likelihood.
"""

import numpy as np

from . import seasons
from .averaging import Fits, akaike, chunks
from .domain import Array
from .smoothing import Grid, ahead, first_level, growth, one_step, whole_slope

SPEEDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98)
SLOPE_SHARES = (0.0, 0.5, 1.0)

GRID = Grid.of([(speed, 0.0, 0.0, 0.0, 0.0) for speed in SPEEDS])


def fit(y: Array, first: Array, horizon: int, m: int) -> Fits:
    """Run every series through the whole grid; means are in the unit of the series.

    Parameters
    ----------
    y : array (n, T)
        Right-aligned with NaN before the first month, complete from there.
    first : int array (n,)
        Index of the first month; not decreasing.
    horizon, m : int
    """
    months = y.shape[1]
    index = seasons.multiplicative(y, m)
    adjusted = y / index[:, np.arange(months) % m]
    slope = whole_slope(adjusted, first)
    back = index[:, np.arange(months, months + horizon) % m].T[:, :, None]
    parts = [
        _fit(adjusted[rows], first[rows], slope[rows], horizon, m)
        for rows in chunks(len(y), len(SPEEDS) * len(SLOPE_SHARES))
    ]
    fits = Fits.below(parts)
    return fits._replace(means=fits.means * back)


def _fit(y: Array, first: Array, slope: Array, horizon: int, m: int) -> Fits:
    """Run a few seasonally adjusted series through the whole grid."""
    n, months = y.shape
    known = (months - first)[:, None].astype(float)
    widening = growth(GRID, m, horizon)
    parts = []
    for share in SLOPE_SHARES:
        line = share * slope[:, None] * np.arange(months + horizon)
        flat = y - line[:, :months]
        level = first_level(flat, first)
        states = one_step(flat, first, level, np.zeros(n), np.zeros((n, m)), GRID)
        means = ahead(states, GRID, months, horizon)
        means = means + line[:, months:].T[:, :, None]
        criteria = akaike(states.square, known, GRID.free)
        parts.append(Fits(means, widening, states.square / known, criteria))
    return Fits.beside(parts)
