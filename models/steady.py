r"""Exits by months on assistance, from what yearly statistics say of a steady caseload.

Where neither inflow nor exits are published, two yearly figures still tell of them. Let
one household come every month, S(k) be the share that is still served after k months
and L = sum_k S(k) the mean months on assistance. Of the households of a calendar year

    L + 11                      are served in it (open in January, or new later)
    12 L / (L + 11)             is their mean number of months in the year
    (sum_{k>=9} S(k) + 2 S(9)) / (L + 11)   are served in ten months of it or more

for a household open in January is served ten months if it is served nine more, and of
those that come later only they of February and March can be. The hazard

    h(k) = logistic(a - g log(1 + k))

has a level and a shape, so the two shares give both. Nobody is taken to come back
within the year: spells are counted with their gaps.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from .caseload import MONTHS, occupancy
from .domain import Array

#: Where levels and shapes are sought.
_LEVELS, _SHAPES = (-9.0, 3.0), (0.0, 1.5)
_YEAR, _LONG = 12, 9


class YearOfCases(NamedTuple):
    """A calendar year of a steady caseload, per household that comes in a month.

    Attributes
    ----------
    stock : float
        Served in a month.
    households : float
        Served in the year.
    mean_months : float
    long_share : float
        Served in ten months of the year or more.
    """

    stock: float
    households: float
    mean_months: float
    long_share: float


def year_of(hazard: Array) -> YearOfCases:
    """Describe a calendar year under a monthly hazard (M,).

    Examples
    --------
    Where a tenth leave every month they stay ten months, and 21 are met in a year:

    >>> year = year_of(np.full(120, 0.1))
    >>> round(year.stock, 6), round(year.households, 6), round(year.mean_months, 4)
    (10.0, 21.0, 5.7143)
    """
    served = occupancy(hazard[None])[0]
    stock = float(served.sum())
    households = stock + _YEAR - 1
    long = stock - float(served[:_LONG].sum()) + 2 * float(served[_LONG])
    return YearOfCases(stock, households, _YEAR * stock / households, long / households)


def hazard_of(mean_months: float, shape: float) -> Array:
    """Monthly hazard (MONTHS,) of a given shape that gives mean months in a year.

    Raises
    ------
    ValueError
        No level gives them: a year has twelve months, and who comes has one.
    """
    powers = shape * np.log1p(np.arange(MONTHS))

    def at(level: float) -> Array:
        hazard: Array = expit(level - powers)
        return hazard

    def short(level: float) -> float:
        return year_of(at(level)).mean_months - mean_months

    if short(_LEVELS[0]) < 0 or short(_LEVELS[1]) > 0:
        raise ValueError(f"no steady caseload has {mean_months:.3g} months in a year")
    return at(float(brentq(short, *_LEVELS, xtol=1e-10)))


def shape_of(mean_months: float, long_share: float) -> float:
    """How fast exits fall with time, from mean months and the share of long cases.

    Raises
    ------
    ValueError
        No falling hazard gives both.
    """

    def short(shape: float) -> float:
        return year_of(hazard_of(mean_months, shape)).long_share - long_share

    if short(_SHAPES[0]) > 0 or short(_SHAPES[1]) < 0:
        raise ValueError(
            f"no falling hazard gives {mean_months:.3g} months in a year and "
            f"{long_share:.0%} with ten months or more"
        )
    return float(brentq(short, *_SHAPES, xtol=1e-8))


def spared_months(hazard: Array) -> Array:
    """Months on assistance that one more exit spares, mean over who would leave.

    More effort raises exits in proportion, so the extra exits come where exits do, and
    each spares what those who stay one more month have left on average.

    Parameters
    ----------
    hazard : array (n, M)

    Returns
    -------
    array (n,)

    Examples
    --------
    Where a tenth leave every month, ten months are left to whoever is still there:

    >>> spared_months(np.full((1, 120), 0.1)).round(6).tolist()
    [10.0]
    """
    stays = np.cumprod(1 - hazard, axis=1)  # served one month more
    served = np.concatenate([np.ones((len(hazard), 1)), stays[:, :-1]], axis=1)
    # the last month's hazard goes on for ever
    after = stays[:, -1:] * (1 - hazard[:, -1:]) / hazard[:, -1:]
    left = (np.cumsum(stays[:, ::-1], axis=1)[:, ::-1] + after) / stays
    exits = served * hazard
    exits[:, -1] = served[:, -1]
    months: Array = (exits * left).sum(1)
    return months
