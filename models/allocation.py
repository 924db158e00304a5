"""What a national total leaves to each unit, seen before or never.

Given what was seen of some units, the logarithms of all units' values in a year are
normal with a known mean and covariance C (see `shares`); what is published has no
variance left. That the values sum to the published total is learned the same way: a
draw moves along C times the shares until it does. So units of which little is known
take most of a difference, a well known one hardly moves, a published one not at all.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .domain import Array, Flags
from .shares import TINY, Components, Units, conditional

#: What is allocated, in the order of the arrays.
QUANTITIES = ("households", "paid")
#: Where what is not published has less of the residents, the total is no bound: a
#: household that moves is counted in two municipalities and once in the nation.
LEAST_LEFT = 0.1
#: Newton steps until a draw's sum is the total, and how near (relative) that is.
RAKES, NEAR = 50, 1e-10


@dataclass(frozen=True)
class Target:
    """The year that is shared out.

    Attributes
    ----------
    year : int
    shares : Array, shape (n,)
        Of the residents; sums to 1.
    totals : Array, shape (2,)
        Of the nation, in the order of `QUANTITIES`: households in the year (not in an
        average month), SEK paid.
    published : Array, shape (2, n)
        The same of each unit; NaN where not published.
    """

    year: int
    shares: Array
    totals: Array
    published: Array

    @property
    def raked(self) -> Flags:
        """Which quantities' estimates are made to sum to what is left, (2,)."""
        missing = np.isnan(self.published)
        return np.asarray((missing * self.shares).sum(axis=1) >= LEAST_LEFT)

    @property
    def left(self) -> Array:
        """What the published values leave of the totals, (2,)."""
        left: Array = self.totals - np.nansum(self.published, axis=1)
        return left


def allocate(
    cells: pd.DataFrame,
    units: Units,
    target: Target,
    components: Components,
    n: int,
    rng: np.random.Generator,
) -> Array:
    """Draw every unit's values of a year, given all that was seen and the totals.

    Parameters
    ----------
    cells : frame with columns unit, year, measure, log_ratio
        As `shares.conditional` takes them, the target year's published values among
        them.
    units : Units
    target : Target
    components : Components
        From `shares.estimate_components`.
    n : int
        Draws.
    rng : numpy Generator

    Returns
    -------
    Array, shape (n, 2, units)
        Households in the year and SEK paid, drawn jointly. Published values are as
        published in every draw; the others sum to what those leave of the total, unless
        they are of less than `LEAST_LEFT` of the residents.

    Raises
    ------
    ValueError
        The published values leave nothing to units that must have something.
    """
    if (target.raked & (target.left <= 0)).any():
        raise ValueError("published values leave nothing of the total to the others")
    values = np.repeat(target.published[None], n, axis=0)
    quantity, unit = np.nonzero(np.isnan(target.published))
    if not len(unit):
        return values
    measure = np.array(QUANTITIES)[quantity]
    asked = pd.DataFrame({"unit": unit, "year": target.year, "measure": measure})
    mean, covariance = conditional(cells, asked, units, components)
    mean = mean + np.log(target.totals[quantity] * target.shares[unit])
    root = np.linalg.cholesky(covariance + TINY * np.eye(len(mean)))
    draws = mean + rng.standard_normal((n, len(mean))) @ root.T
    sums = (quantity == np.flatnonzero(target.raked)[:, None]).astype(float)
    expected = np.exp(mean + np.diag(covariance) / 2)
    along = covariance @ (sums * expected).T
    values[:, quantity, unit] = _rake(draws, along, sums, target.left[target.raked])
    return values


def _rake(draws: Array, along: Array, sums: Array, aim: Array) -> Array:
    """Move each draw until its values sum to the aim.

    Parameters
    ----------
    draws : Array, shape (n, m)
        Logarithms of values.
    along : Array, shape (m, k)
        Directions in which a draw may move.
    sums : Array, shape (k, m)
        1 where a value belongs to a sum; each to at most one.
    aim : Array, shape (k,)

    Returns
    -------
    Array, shape (n, m)
        Values, no longer logarithms.
    """
    along = along / np.abs(along).max(axis=0)
    for _ in range(RAKES):
        values = np.exp(draws)
        got = values @ sums.T
        gap = np.log(aim / got)
        if not (np.abs(gap) > NEAR).any():
            break
        slope = np.einsum("nm,km,ml->nkl", values, sums, along) / got[:, :, None]
        step = np.linalg.solve(slope, gap[:, :, None])[:, :, 0]
        # a long step overshoots: the logarithm of a sum is no straight line
        step /= np.maximum(np.abs(step).max(axis=1, keepdims=True), 1.0)
        draws = draws + step @ along.T
    # what rounding leaves is spread over all
    return values * np.where(sums.any(axis=0), (aim / got) @ sums, 1.0)
