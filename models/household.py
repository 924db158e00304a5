"""One month of a household: leave, return, age. Written once.

The simulated register moves single households (counts of one), the digital twin
moves groups of them; both are the same step on integer counts.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .domain import Array

Counts = NDArray[np.int64]

#: From so many expected exits on numpy's own binomial is quicker.
_MANY = 8.0


class Month(NamedTuple):
    """What one month did to the cases served in it.

    Attributes
    ----------
    stay : int array, shape (...)
        Still on assistance and in the same duration state.
    older : int array, shape (...)
        Still on assistance and moved to the next duration state.
    exits : int array, shape (..., destinations)
        Left, by destination.
    """

    stay: Counts
    older: Counts
    exits: Counts


def household_month(
    cases: Counts, hazard: Array, ageing: Array | float, rng: np.random.Generator
) -> Month:
    """Draw who leaves, by destination, and who of the others grows older.

    Parameters
    ----------
    cases : int array, shape (...)
        Cases served in the month.
    hazard : array, shape (..., destinations)
        Monthly exit probability by destination; sums to at most 1.
    ageing : array broadcastable to `cases`, or float
        Probability that a case that stays passes to the next duration state
        (1 where a state is one month).
    rng : numpy.random.Generator

    Returns
    -------
    Month
        `stay + older + exits.sum(-1) == cases` everywhere.
    """
    if hazard.shape[-1] == 1:  # one destination: a binomial is several times cheaper
        exits = rng.binomial(cases, hazard[..., 0])[..., None]
    else:
        stays = np.clip(1 - hazard.sum(-1, keepdims=True), 0, 1)
        chances = np.concatenate([hazard, stays], axis=-1)
        exits = rng.multinomial(cases, chances)[..., :-1]
    left = cases - exits.sum(-1)
    older = grow_older(left, ageing, rng)
    return Month(left - older, older, exits)


def draw_by_odds(cases: Counts, odds: Array, rng: np.random.Generator) -> Counts:
    """Draw who leaves, quickly where in most cells nobody does.

    Of n cases nobody leaves with chance (1-p)^n >= 1 - n p >= 1 - n odds: luck of n
    odds or more decides without a power. Only the rest is drawn by inversion.

    Parameters
    ----------
    cases : int array, shape (...)
    odds : array, shape (...)
        p / (1-p), finite.
    rng : numpy.random.Generator

    Returns
    -------
    int array, shape (...)
    """
    cells = cases.ravel()
    drawn = np.zeros(cells.shape, dtype=np.int64)
    most, luck = cells * odds.ravel(), rng.random(cells.shape)
    at = np.flatnonzero(luck < most)
    n, ratio, luck, most = cells[at], odds.ravel()[at], luck[at], most[at]
    if (many := most >= _MANY).any():  # inversion would take as many steps
        drawn[at[many]] = rng.binomial(n[many], ratio[many] / (1 + ratio[many]))
        few = np.flatnonzero(~many)
        at, n, ratio, luck = at[few], n[few], ratio[few], luck[few]
    chance = np.exp(-n * np.log1p(ratio))  # that k leave
    more, k = 1 - chance, 0  # that more than k do
    while len(at):
        drawn[at] += luck < more
        k += 1
        chance *= ratio * ((n - k + 1) / k)
        more -= chance
        left = np.flatnonzero((luck < more) & (n > k))
        at, n, ratio, luck = at[left], n[left], ratio[left], luck[left]
        chance, more = chance[left], more[left]
    return drawn.reshape(cases.shape)


def grow_older(
    cases: Counts, ageing: Array | float, rng: np.random.Generator
) -> Counts:
    """Draw how many of the cases that stay pass to the next duration state.

    Parameters
    ----------
    cases : int array, shape (...)
    ageing : array broadcastable to `cases`, or float
        Probability of passing; luck is only drawn where it lies between 0 and 1.
    rng : numpy.random.Generator

    Returns
    -------
    int array, shape (...)
    """
    share = np.asarray(ageing, dtype=float)
    older: Counts = np.where(share >= 1, cases, 0)
    drawn = (share > 0) & (share < 1)
    if drawn.all():
        return rng.binomial(cases, share)
    if drawn.any():  # states are the last axes, of which only some are looked into
        share = np.broadcast_to(share, cases.shape[-share.ndim :])
        at: Any = (..., *np.nonzero((share > 0) & (share < 1)))
        older[at] = rng.binomial(cases[at], share[at])
    return older


def draw_returns(
    exits: Counts, return_share: Array, rng: np.random.Generator
) -> Counts:
    """Draw after how many months the households that left come back.

    Parameters
    ----------
    exits : int array, shape (...)
    return_share : array, shape (..., lags)
        Probability of returning exactly 1, 2, ... months after the exit; sums to at
        most 1, the rest never return.

    Returns
    -------
    int array, shape (..., lags)
        Returns due in 1, 2, ... months.
    """
    never = np.clip(1 - return_share.sum(-1, keepdims=True), 0, 1)
    chances = np.concatenate([return_share, never], axis=-1)
    due: Counts = rng.multinomial(exits, chances)[..., :-1]
    return due
