"""What a solver may answer, and whether the answer holds.

A status alone is never trusted: bounds, rows, the signs of the duals, and that primal
and dual agree, are checked against the rows themselves.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import highspy
import numpy as np

from ..models.domain import Array, InfeasibleError

#: Largest relative violation, and gap between primal and dual, of an optimum.
TOLERANCE = 1e-9


class Status(StrEnum):
    """What is known about the program."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    UNSOLVED = "unsolved"


class Termination(StrEnum):
    """Why HiGHS stopped."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    INFEASIBLE_OR_UNBOUNDED = "infeasible_or_unbounded"
    UNBOUNDED = "unbounded"
    TIME_LIMIT = "time_limit"
    ITERATION_LIMIT = "iteration_limit"
    INTERRUPTED = "interrupted"
    ERROR = "error"
    UNKNOWN = "unknown"


class Route(StrEnum):
    """How an optimum was reached."""

    AGAIN = "simplex_from_last_optimum"
    INTERIOR_POINT = "interior_point"
    WITHOUT_PRESOLVE = "interior_point_without_presolve"
    SIMPLEX = "simplex"


_MODEL = highspy.HighsModelStatus
TERMINATIONS = {
    _MODEL.kOptimal: Termination.OPTIMAL,
    _MODEL.kModelEmpty: Termination.OPTIMAL,
    _MODEL.kInfeasible: Termination.INFEASIBLE,
    _MODEL.kUnboundedOrInfeasible: Termination.INFEASIBLE_OR_UNBOUNDED,
    _MODEL.kUnbounded: Termination.UNBOUNDED,
    _MODEL.kTimeLimit: Termination.TIME_LIMIT,
    _MODEL.kIterationLimit: Termination.ITERATION_LIMIT,
    _MODEL.kInterrupt: Termination.INTERRUPTED,
    _MODEL.kLoadError: Termination.ERROR,
    _MODEL.kModelError: Termination.ERROR,
    _MODEL.kPresolveError: Termination.ERROR,
    _MODEL.kSolveError: Termination.ERROR,
    _MODEL.kPostsolveError: Termination.ERROR,
}
STATUSES = {
    Termination.OPTIMAL: Status.OPTIMAL,
    Termination.INFEASIBLE: Status.INFEASIBLE,
    Termination.UNBOUNDED: Status.UNBOUNDED,
}


@dataclass(frozen=True)
class Optimum:
    """A checked optimum.

    Attributes
    ----------
    objective : float
        Recomputed from the primal values.
    primal : array (n,)
        Value by column.
    duals : array (m,)
        d(objective)/d(right-hand side) by row; where columns are whole, with these
        held at their optimum.
    bound : float
        Proven lower bound: the objective itself, or the one of branch and bound.
    route : Route
    """

    objective: float
    primal: Array
    duals: Array
    bound: float
    route: Route


@dataclass(frozen=True)
class Rows:
    """A linear program as arrays: m rows, n columns, infinite where there is no bound.

    Attributes
    ----------
    matrix : scipy.sparse.csr_matrix (m, n)
    row_low, row_high : array (m,)
    low, high, cost : array (n,)
    """

    matrix: Any
    row_low: Array
    row_high: Array
    low: Array
    high: Array
    cost: Array

    def fault(self, primal: Array, duals: Array) -> str:
        """Say why values are no optimum; empty where they are one.

        Parameters
        ----------
        primal : array (n,)
            Within the bounds of the columns.
        duals : array (m,)
            Zero on the side of a row that has no bound.
        """
        activity = self.matrix @ primal
        # of the size of what is added up, so that it means the same in every row
        size = 1 + abs(self.matrix) @ np.abs(primal)
        miss = np.maximum(self.row_low - activity, activity - self.row_high) / size
        if miss.max(initial=0.0) > TOLERANCE:
            return f"a row is missed by {miss.max():.1e}"
        reduced = self.cost - self.matrix.T @ duals
        rests = np.where(reduced > 0, self.low, self.high)
        wrong = np.where(np.isfinite(rests), 0.0, np.abs(reduced))
        wrong = wrong.max(initial=0.0) / np.abs(self.cost).max(initial=1e-300)
        if wrong > 10 * TOLERANCE:
            return f"a reduced cost has the wrong sign by {wrong:.1e}"
        side = np.where(duals > 0, self.row_low, self.row_high)
        dual = duals @ np.where(duals == 0, 0.0, side)
        dual += reduced @ np.where(np.isfinite(rests), rests, primal)
        paid = self.cost * primal
        gap = abs(paid.sum() - dual) / np.abs(paid).max(initial=1e-300)
        return f"primal and dual differ by {gap:.1e}" if gap > TOLERANCE else ""


def cheapest(trials: Iterable[object], solve: Callable[[], Optimum]) -> Optimum | None:
    """Solve at every step of `trials`, which changes the program, and keep the best.

    Returns
    -------
    Optimum or None
        None where no trial has a plan.
    """
    best: Optimum | None = None
    for _trial in trials:
        try:
            found = solve()
        except InfeasibleError:
            continue
        if best is None or found.objective < best.objective:
            best = found
    return best
