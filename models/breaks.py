"""Levels that change at once: a law, a merger of offices, a new way of registering.

A model learns its pace from the whole history; after one sharp step it would chase
every month from then on, and its width would carry the step for years. So a step that
is clear is taken out: the months before it are moved to the new level, with their
season and noise. On the root scale, without the season, with means of the months
around,

    step[t] = mean(z[t .. t+5]) - mean(z[t-12 .. t-1]),

a step counts where it stands out from all others in the series' own history, most of it
comes within two months, and the level has stayed since.
"""

from typing import NamedTuple

import numpy as np

from .domain import Array, Ints

#: Months that the levels after and before a step are means of.
AFTER, BEFORE = 6, 12
#: A step lies at most this many months back: older ones the models have outlived.
FURTHEST = 36
#: Robust standard deviations of the series' other steps beyond which one is clear.
CLEAR = 6.0
#: Share of a step that two months must bring, and that must last.
SUDDEN, LASTING = 0.6, 0.6
#: Months between a step and those that it is compared with.
APART = 12
#: From median absolute deviation to standard deviation.
NORMAL_MAD = 1.4826
#: The level changes at most by this factor.
MOST_FACTOR = 20.0


class Breaks(NamedTuple):
    """Steps found in N histories.

    Attributes
    ----------
    column : int array (N,)
        First month of the new level; -1 where there is none.
    factor : array (N,)
        New level over old one; 1 where there is none.
    """

    column: Ints
    factor: Array

    def mended(self, y: Array) -> Array:
        """Histories (N, T) with the months before a step moved to the new level."""
        before = np.arange(y.shape[1]) < self.column[:, None]
        return np.where(before, y * self.factor[:, None], y)


def find(y: Array, season: Array) -> Breaks:
    """Find the one clearest recent step of each history.

    Parameters
    ----------
    y : array (N, T)
        Right-aligned, non-negative, NaN before the first month.
    season : array (N, m)
        Additive season of the square roots, by column modulo m.
    """
    n, months = y.shape
    none = Breaks(np.full(n, -1, dtype=np.intp), np.ones(n))
    if months < 2 * BEFORE + AFTER + APART:
        return none
    z = np.sqrt(y) - season[:, np.arange(months) % season.shape[1]]
    total = np.cumsum(np.pad(np.nan_to_num(z), ((0, 0), (1, 0))), axis=1)
    known = np.cumsum(np.pad(np.isfinite(z), ((0, 0), (1, 0))), axis=1)
    at = np.arange(BEFORE, months - AFTER + 1)
    old = (total[:, at] - total[:, at - BEFORE]) / BEFORE
    new = (total[:, at + AFTER] - total[:, at]) / AFTER
    whole = known[:, at] - known[:, at - BEFORE] == BEFORE
    step = np.where(whole, new - old, np.nan)
    recent = np.where(at >= months - FURTHEST, np.abs(step), -1.0)
    best = np.nanargmax(np.nan_to_num(recent, nan=-1.0), axis=1)
    rows = np.arange(n)
    size = step[rows, best]
    others = np.where(np.abs(at - at[best][:, None]) < APART, np.nan, step)
    enough = np.isfinite(others).sum(1) >= BEFORE
    others[~enough] = 0.0
    middle = np.nanmedian(others, axis=1)
    spread = NORMAL_MAD * np.nanmedian(np.abs(others - middle[:, None]), axis=1)
    place = at[best]
    jump = (z[rows, place] + z[rows, np.minimum(place + 1, months - 1)]) / 2
    jump -= (z[rows, place - 1] + z[rows, place - 2]) / 2
    since = total[:, -1] - total[rows, place]
    stayed = since / (months - place) - old[rows, best]
    found = enough & np.isfinite(size) & (spread > 0)
    found &= np.abs(size) > CLEAR * spread
    found &= (jump / np.where(size == 0, 1, size)) > SUDDEN
    found &= (stayed / np.where(size == 0, 1, size)) > LASTING
    # nothing at all is no level to move to: nobody knows whether cases come again
    found &= np.nanmax(np.where(np.arange(months) >= place[:, None], y, 0), axis=1) > 0
    before, after = old[rows, best], new[rows, best]
    found &= (before > 0) & (after > 0)
    ratio = np.square(np.divide(after, before, out=np.ones(n), where=found))
    factor = np.clip(ratio, 1 / MOST_FACTOR, MOST_FACTOR)
    return Breaks(np.where(found, place, -1), np.where(found, factor, 1.0))
