"""One month of a household: leave, return, age. Written once.

The simulated register moves single households (counts of one), the digital twin
moves groups of them; both are the same step on integer counts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .domain import Array

Counts = NDArray[np.int64]


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
    if drawn.any():
        drawn = np.broadcast_to(drawn, cases.shape)
        chances = np.broadcast_to(share, cases.shape)[drawn]
        older[drawn] = rng.binomial(cases[drawn], chances)
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
