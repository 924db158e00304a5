"""One exit forecast in a report: the program's exits are carried to the forecast's."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..models.domain import Array, SolverError
from .problem import Unit
from .value import today

#: Highest monthly exit probability that a factor may lead to.
MOST_EXITS = 0.99
_CLOSE = 1e-9


def match_exits(
    unit: Unit, exits: Array, months: pd.DatetimeIndex
) -> tuple[Unit, Array]:
    """Scale exit probabilities so that today's staffing gives the forecast's exits.

    The program follows groups of months and lets a growing caseload slow exits down;
    the forecast follows single months. One factor per segment and month closes the
    gap. Month t depends only on the months before it, so repeated scaling ends in the
    exact answer after at most T rounds, in practice after a few.

    Parameters
    ----------
    unit : Unit
    exits : array (S, T)
        Expected exits under today's staffing.
    months : pandas.DatetimeIndex, length T

    Returns
    -------
    Unit
        With scaled exit probabilities.
    array (S, T)
        The factor, to be reported.

    Raises
    ------
    SolverError
        The exits cannot be reached, e.g. more leave than there are cases.
    """
    factor = np.ones_like(exits)
    scaled = unit
    for _round in range(2 * exits.shape[1]):
        reached = today(scaled, months).exits
        ratio = np.divide(exits, reached, out=np.ones_like(exits), where=reached > 0)
        if np.abs(ratio - 1).max(initial=0.0) < _CLOSE:
            return scaled, factor
        factor = factor * ratio
        chance = unit.exit_probability * factor[:, None, :, None]
        scaled = replace(unit, exit_probability=np.minimum(chance, MOST_EXITS))
    raise SolverError(
        f"{unit.name}: the forecast's exits cannot be reached by the plan's model"
    )
