"""Which limits hold a solved plan back, and what one more of each would save."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..models.domain import Array
from .optimum import Optimum, Rows
from .problem import Budget, Unit
from .question import first_arrival
from .rows import Staff
from .solution import Solution

_SMALL = 1e-6


@dataclass(frozen=True)
class Bind:
    """A limit that holds the answer back.

    Attributes
    ----------
    kind : str
        As `limits.Limit.kind`.
    months : tuple of int
        Where it binds, 0-based.
    worth_sek : float
        Discounted SEK that one more would save: hire, end of a post, krona of budget
        (net of the krona itself); for a shortage what is paid for bought capacity; NaN
        for a cap.
    """

    kind: str
    months: tuple[int, ...]
    worth_sek: float = np.nan


def binding(
    unit: Unit,
    budgets: tuple[Budget, ...],
    solution: Solution,
    optimum: Optimum,
    rows: Rows,
    staff: Staff,
    *,
    given: bool,
) -> tuple[Bind, ...]:
    """Name every limit that binds.

    Parameters
    ----------
    unit : Unit
    budgets : tuple of Budget
        As in the program, infinite where there is no limit.
    solution, optimum : Solution, Optimum
        The same plan, by its place and as the solver gives it.
    rows : Rows
        The program.
    staff : Staff
        Where staffing stands in it.
    given : bool
        Whether hires and releases are given, so that their limits do not matter.
    """
    plan, found = solution.units[0], []
    short = plan.overtime > _SMALL
    if short.any():
        paid = (
            unit.cost_overtime * plan.overtime @ unit.discount ** np.arange(len(short))
        )
        found.append(Bind("shortage", _months(short), float(paid)))
    at_cap = plan.served[..., np.argmax(unit.caseloads)].sum((0, 1)) > _SMALL
    if at_cap.any():
        found.append(Bind("caseload_cap", _months(at_cap)))
    if not given:
        saves = -(rows.cost - rows.matrix.T @ optimum.duals)
        waiting = np.arange(len(short)) < first_arrival(unit)
        late = ~waiting
        for kind, columns, where in (
            ("lead_time", staff.hires, waiting),
            ("hire_max", staff.hires, late),
            ("release_max", staff.releases, late | waiting),
        ):
            worth: Array = saves[columns]
            held = where & (worth > 1.0)
            if held.any():
                found.append(Bind(kind, _months(held), float(worth[held].max())))
    if plan.fairness.max(initial=0.0) > _SMALL:
        found.append(Bind("fair_floor", _months(plan.fairness.max(0) > _SMALL)))
    for budget, dual in zip(budgets, solution.budget_duals, strict=True):
        if dual < -_SMALL:
            found.append(Bind("budget", budget.months, float(-dual)))
    return tuple(found)


def _months(where: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(t) for t in np.flatnonzero(where))
