"""Months of a series that are rather an error than a fact: told, and set aside."""

import numpy as np
import pandas as pd

from .domain import Array, Flags

#: A single month is a spike where it stands this many times further out than any other
#: month of the series does, and this many robust standard deviations.
SPIKE_ALONE, SPIKE_FAR = 4.0, 10.0
#: Months to each side that a spike is compared with.
SPIKE_SIDE = 3
#: Fewest known months in which a spike can be told.
SPIKE_MONTHS = 12
#: A series has stopped where it ends in so many months of nought, up to a year, after
#: a year whose months were at least so large on average and, before, no run of noughts
#: half as long: rather not reported than no one there.
STOPPED_MONTHS, STOPPED_FROM = 3, 5.0
YEAR = 12
#: From median absolute deviation to standard deviation.
NORMAL_MAD = 1.4826


def spikes(values: Array) -> Flags:
    """Mark months that stand alone far out, (n, T).

    A typing error, or a payment made at once.

    Parameters
    ----------
    values : array (n, T)
        Monthly series, NaN where not known.
    """
    rows = [np.roll(values, k, axis=1) for k in range(-SPIKE_SIDE, SPIKE_SIDE + 1)]
    near = np.stack([row for k, row in enumerate(rows) if k != SPIKE_SIDE])
    none = np.zeros(values.shape, bool)
    known = np.isfinite(values)
    enough = (known.sum(1) >= SPIKE_MONTHS) & (values.shape[1] > 2 * SPIKE_SIDE)
    if not enough.any():
        return none
    whole = known & np.isfinite(near).all(0)
    whole[:, :SPIKE_SIDE] = whole[:, -SPIKE_SIDE:] = False
    gap = np.where(whole, np.abs(values - np.median(near, axis=0)), 0.0)
    place = gap.argmax(1)
    rows_ = np.arange(len(values))
    largest = gap[rows_, place]
    others = gap.copy()
    others[rows_, place] = 0
    calm = np.where(whole, gap, np.nan)
    spread = NORMAL_MAD * np.nan_to_num(_median(calm))
    found = largest > np.maximum(SPIKE_ALONE * others.max(1), SPIKE_FAR * spread)
    # a series that is nought but once has no calm level to return to
    found &= enough & (spread > 0)
    none[rows_[found], place[found]] = True
    return none


def stopped_months(values: Array) -> Flags:
    """Mark noughts that a series ends in but never had so many of in a row, (n, T).

    Parameters
    ----------
    values : array (n, T)
        Monthly series, right-aligned, NaN where not known.
    """
    n, months = values.shape
    column = np.arange(months)
    going = ~(values == 0)
    latest = np.maximum.accumulate(np.where(going, column, -1), axis=1)
    last = latest[:, -1]
    run = months - 1 - last
    earlier = np.where(column <= last[:, None], column - latest, 0).max(1)
    total = np.cumsum(np.pad(np.nan_to_num(values), ((0, 0), (1, 0))), axis=1)
    rows = np.arange(n)
    year = total[rows, last + 1] - total[rows, np.maximum(last + 1 - YEAR, 0)]
    found = (run >= np.maximum(STOPPED_MONTHS, 2 * earlier)) & (run <= YEAR)
    found &= year >= YEAR * STOPPED_FROM
    aside: Flags = found[:, None] & (column > last[:, None])
    return aside


def _median(values: Array) -> Array:
    """Row medians, NaN where nothing is known."""
    return pd.DataFrame(values).median(axis=1).to_numpy()
