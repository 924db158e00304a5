"""Partial pooling: a small unit borrows from its county, and that from the nation.

With O observed exits against E that a model expects of unit u in group g,

    O[u] ~ Poisson(f[u] E[u]),    f[u] ~ Gamma(mean f[g], shape k),

a unit's factor is drawn towards its group's as far as its own exits leave it open,

    E(f[u] | O) = w O/E + (1 - w) f[g],    w = E f[g] / (E f[g] + k),

and the group's likewise towards the whole (Clayton & Kaldor 1987). The shape k of each
step is where the negative binomial likelihood of all its units is highest: large where
units are alike. Counts of 0 need no special rule.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import optimize, stats

from .domain import Array

#: Range of the shape: units that differ by a factor of ten, and not at all.
LEAST_SHAPE, MOST_SHAPE = 0.2, 1e6


def pool(
    table: pd.DataFrame, levels: Sequence[str] = ("unit",), level: float = 0.95
) -> pd.DataFrame:
    """Shrink observed over expected exits, level by level.

    Parameters
    ----------
    table : frame with columns observed, expected, and one per level
        Rows of one unit are summed. Exits of a unit are at least 0 and expected ones
        above 0.
    levels : sequence of str
        From the widest to the narrowest, e.g. ``("county", "unit")``; the whole lies
        above them all, with the factor observed in all.
    level : float
        Of the intervals.

    Returns
    -------
    frame indexed by the narrowest level
        `observed, expected, own` (O/E), `group` (factor borrowed from), `factor`,
        `low`, `high`, `weight` (share of its own evidence), `shape`.

    Raises
    ------
    ValueError
        No units, or a unit without expected exits.
    """
    names = list(levels)
    sums = table.groupby(names, observed=True, sort=True)[["observed", "expected"]]
    units = sums.sum().reset_index()
    if units.empty or not (units["expected"] > 0).all():
        raise ValueError("every unit must have expected exits above 0")
    total = units[["observed", "expected"]].sum()
    borrowed = np.full(len(units), total["observed"] / total["expected"])
    for depth in range(1, len(names) + 1):
        by = units.groupby(names[:depth], observed=True, sort=True)
        code = by.ngroup().to_numpy()
        counts = [units[c].to_numpy(float) for c in ("observed", "expected")]
        observed, expected = (np.bincount(code, c).astype(float) for c in counts)
        group = np.bincount(code, borrowed) / np.bincount(code)
        shape = shape_between(observed, expected * group)
        # posterior of each factor: Gamma(shape + O) with mean (shape + O) / rate
        rate = shape / np.maximum(group, 1e-12) + expected
        factor = (shape + observed) / rate
        borrowed = factor[code]
    tail = (1 - level) / 2
    low, high = (
        stats.gamma.ppf(chance, shape + observed, scale=1 / rate)
        for chance in (tail, 1 - tail)
    )
    index = pd.Index(units[names[-1]], name=names[-1])
    return pd.DataFrame(
        {
            "observed": observed,
            "expected": expected,
            "own": observed / expected,
            "group": group,
            "factor": factor,
            "low": low,
            "high": high,
            "weight": expected / rate,
            "shape": shape,
        },
        index=index,
    )


def draw_factors(pooled: pd.DataFrame, rng: np.random.Generator, n: int) -> Array:
    """Draw factors of units as `pool` found them, (n, units)."""
    shape = (pooled["shape"] + pooled["observed"]).to_numpy(float)
    scale = pooled["factor"].to_numpy(float) / shape
    drawn: Array = rng.gamma(shape, scale, (n, len(shape)))
    return drawn


def shape_between(observed: Array, expected: Array) -> float:
    """Shape of the gamma from which units' factors come, by maximum likelihood.

    Parameters
    ----------
    observed, expected : arrays of shape (U,)
        `MOST_SHAPE`, units that do not differ, where there is one unit alone.
    """
    if len(observed) < 2:
        return MOST_SHAPE

    def loss(log_shape: float) -> float:
        shape = np.exp(log_shape)
        chance = shape / (shape + expected)
        return -float(stats.nbinom.logpmf(observed, shape, chance).sum())

    bounds = (np.log(LEAST_SHAPE), np.log(MOST_SHAPE))
    found = optimize.minimize_scalar(loss, bounds=bounds, method="bounded")
    return float(np.exp(found.x))
