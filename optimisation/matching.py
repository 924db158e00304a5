"""One exit forecast in a report: the program's exits are carried to the forecast's."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..models.domain import Array, SolverError
from .policy import today_policy
from .problem import Unit
from .value import follow, today

#: Highest monthly exit probability that a factor may lead to.
MOST_EXITS = 0.99
_CLOSE = 1e-9


def match_exits(
    unit: Unit, exits: Array, months: pd.DatetimeIndex
) -> tuple[Unit, Array]:
    """Scale exit probabilities so that today's staffing gives the forecast's exits.

    The program follows groups of months and lets a growing caseload slow exits down;
    the forecast follows single months. One factor per segment and month closes the
    gap. Month t depends only on the months before it, so that following today's
    staffing once, each month's exits put right as it passes, gives every factor. Where
    the bound on probabilities bites, what it takes is made up for in further rounds.

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

    def steer(month: int, gone: Array) -> Array:
        had = gone.sum(1)
        factor[:, month] = np.divide(
            exits[:, month], had, out=np.ones_like(had), where=had > 0
        )
        return gone * factor[:, month, None]

    follow(unit, today_policy(unit), months, steer)
    scaled = _scaled(unit, factor)
    for _round in range(2 * exits.shape[1]):
        reached = today(scaled, months).exits
        ratio = np.divide(exits, reached, out=np.ones_like(exits), where=reached > 0)
        if np.abs(ratio - 1).max(initial=0.0) < _CLOSE:
            return scaled, factor
        factor *= ratio
        scaled = _scaled(unit, factor)
    raise SolverError(
        f"{unit.name}: the forecast's exits cannot be reached by the plan's model"
    )


def _scaled(unit: Unit, factor: Array) -> Unit:
    chance = unit.exit_probability * factor[:, None, :, None]
    return replace(unit, exit_probability=np.minimum(chance, MOST_EXITS))
