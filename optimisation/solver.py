"""HiGHS, lifted out of PuLP once and kept resident.

PuLP holds the formulation; its own HiGHS adapter reports a solve that ran out of
time as optimal, so the model is lifted out, and every answer is checked.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

import highspy
import numpy as np
import pulp
from numpy.typing import NDArray
from scipy import sparse

from ..models.domain import Array, InfeasibleError, SolverError
from .choices import best_choice
from .conflict import conflict_of
from .optimum import (
    STATUSES,
    TERMINATIONS,
    TOLERANCE,
    Optimum,
    Route,
    Rows,
    Status,
    Termination,
)
from .scaling import power_of_two, row_scale, scaled
from .sheet import lifted

_SHOWN = 8  # rows named in a message; the error carries them all
_HIGHEST = 1024.0  # largest cost and largest right-hand side after scaling
_PRIMAL, _DUAL = 4, 1  # HiGHS' numbers for the kinds of simplex
_PROVEN = 1e-7  # largest relative gap of branch and bound
_ROUTES: tuple[tuple[Route, dict[str, str]], ...] = (
    (Route.AGAIN, {"solver": "simplex", "presolve": "choose"}),
    (Route.INTERIOR_POINT, {"solver": "ipm", "presolve": "choose"}),
    (Route.WITHOUT_PRESOLVE, {"solver": "ipm", "presolve": "off"}),
    (Route.SIMPLEX, {"solver": "simplex", "presolve": "off"}),
)
_OPTIONS = {
    "output_flag": False,
    "parallel": "off",
    "primal_feasibility_tolerance": TOLERANCE,
    "dual_feasibility_tolerance": TOLERANCE,
    "mip_feasibility_tolerance": TOLERANCE,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
}
_OPTIMAL = Termination.OPTIMAL
_WHOLE = highspy.HighsVarType.kInteger
_FREE = highspy.HighsVarType.kContinuous

Index = NDArray[np.int64]


class Resident:
    """One program inside HiGHS, ready to be changed and solved again.

    Costs and rows are scaled by powers of two, and so are all bounds where no column
    is whole (every row is homogeneous, so the optimum scales along). That loses no
    digit, and HiGHS' tolerances, which are absolute, then mean the same for a town of
    fifty households as for a nation.

    Parameters
    ----------
    lp : pulp.LpProblem
    columns : sequence of pulp.LpVariable
        In the order in which `Optimum.primal` is wanted.
    limits, row_keys : sequence of str
        What to call the bound of a column, and a row, in a conflict.
    """

    def __init__(
        self,
        lp: Any,
        columns: Sequence[Any],
        limits: Sequence[str],
        row_keys: Sequence[str],
    ) -> None:
        whole = np.array([c.cat == pulp.LpInteger for c in columns], bool)
        self._take(lifted(lp, columns), whole, limits, row_keys)

    @classmethod
    def of(
        cls, rows: Rows, whole: Array, limits: Sequence[str], row_keys: Sequence[str]
    ) -> "Resident":
        """Take a program that is arrays already; `whole` (n,) marks whole columns."""
        resident = cls.__new__(cls)
        resident._take(rows, whole, limits, row_keys)
        return resident

    def _take(
        self, rows: Rows, whole: Array, limits: Sequence[str], row_keys: Sequence[str]
    ) -> None:
        self.limits, self.row_keys = limits, row_keys
        self.rows, self.whole = rows, whole
        self._row_scale = row_scale(rows.matrix)
        self._money = float(
            power_of_two(_HIGHEST, np.abs(self.rows.cost).max(initial=0.0))
        )
        self._size = 1.0
        if not self.whole.any():
            sides = np.concatenate([self.rows.row_low, self.rows.row_high])
            sides = sides * np.tile(self._row_scale, 2)
            sides = np.abs(sides[np.isfinite(sides)])
            self._size = float(power_of_two(_HIGHEST, sides.max(initial=0.0)))
        self._highs = self._load()
        self._solved = False

    def _load(self) -> Any:
        lp, rows = highspy.HighsLp(), self.rows
        matrix = scaled(rows.matrix, self._row_scale)
        sides = self._row_scale * self._size
        lp.num_row_, lp.num_col_ = matrix.shape
        lp.col_cost_ = rows.cost * self._money
        lp.col_lower_, lp.col_upper_ = rows.low * self._size, rows.high * self._size
        lp.row_lower_, lp.row_upper_ = rows.row_low * sides, rows.row_high * sides
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = matrix.indptr
        lp.a_matrix_.index_ = matrix.indices
        lp.a_matrix_.value_ = matrix.data
        if self.whole.any():
            lp.integrality_ = [_WHOLE if whole else _FREE for whole in self.whole]
        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in _OPTIONS.items():
            highs.setOptionValue(name, value)
        highs.passModel(lp)
        return highs

    def hold(self, columns: Index, low: Array, high: Array) -> None:
        """Set bounds of columns, shape (k,), for the solves to come."""
        self.rows.low[columns], self.rows.high[columns] = low, high
        low, high = self.rows.low[columns], self.rows.high[columns]
        at = columns.astype(np.int32)
        self._highs.changeColsBounds(len(at), at, low * self._size, high * self._size)
        self._by(_DUAL)

    def reprice(self, columns: Index, cost: Array) -> None:
        """Set costs of columns, shape (k,), for the solves to come."""
        self.rows.cost[columns] = cost
        at = columns.astype(np.int32)
        self._highs.changeColsCost(len(at), at, cost * self._money)
        # the last optimum is still feasible, and no longer dual feasible
        self._by(_PRIMAL)

    def right_side(self, rows: Index, low: Array, high: Array) -> None:
        """Set both sides of rows, shape (k,), infinite where open."""
        self.rows.row_low[rows], self.rows.row_high[rows] = low, high
        sides = self._row_scale[rows] * self._size
        low, high = self.rows.row_low[rows] * sides, self.rows.row_high[rows] * sides
        for i, lowest, highest in zip(rows.tolist(), low, high, strict=True):
            self._highs.changeRowBounds(i, lowest, highest)
        self._by(_DUAL)

    def add(self, matrix: Any, low: Array, high: Array) -> None:
        """Add rows: a sparse matrix (k, n) and both sides, shape (k,)."""
        rows, scale = self.rows, row_scale(matrix)
        sides, part = scale * self._size, scaled(matrix, scale)
        at = part.nnz, part.indptr, part.indices, part.data
        self._highs.addRows(len(low), low * sides, high * sides, *at)
        self._row_scale = np.append(self._row_scale, scale)
        self.row_keys = [*self.row_keys, *["added"] * len(low)]
        low, high = np.append(rows.row_low, low), np.append(rows.row_high, high)
        joint = sparse.vstack([rows.matrix, matrix], format="csr")
        self.rows = replace(rows, matrix=joint, row_low=low, row_high=high)
        self._by(_DUAL)

    def is_like(self, other: "Resident") -> bool:
        """Whether `start_from` makes sense: the same shape, and nothing whole."""
        same = self.rows.matrix.shape == other.rows.matrix.shape
        return same and not (self.whole.any() or other.whole.any())

    def start_from(self, other: "Resident") -> None:
        """Start from the last optimum of a program of the same shape."""
        self._highs.setBasis(other._highs.getBasis())
        # of a program with other coefficients it is no dual start: primal simplex
        self._by(_PRIMAL)
        self._run({"solver": "simplex", "presolve": "off"})
        self._by(_DUAL)
        self._solved = True

    def _by(self, simplex: int) -> None:
        """Choose the simplex by what a change leaves of the last optimum."""
        self._highs.setOptionValue("simplex_strategy", simplex)

    def relax(self) -> None:
        """Let whole columns be fractions from now on."""
        self._integrality(_FREE)
        self.whole[:] = False

    def _integrality(self, kind: Any) -> None:
        for i in np.flatnonzero(self.whole).tolist():
            self._highs.changeColIntegrality(i, kind)

    def optimum(self, *, explain: bool = True) -> Optimum:
        """Solve and check.

        Parameters
        ----------
        explain : bool
            Whether to search for the rows that clash where there is no plan.

        Raises
        ------
        InfeasibleError
            With the rows and bounds that cannot hold together.
        SolverError
            When no route gave an optimum that passes the check.
        """
        if not self.whole.any():
            return self.linear(explain)
        if (best := best_choice(self)) is not None:
            return best
        for presolve in ("choose", "off"):
            if self._run({"solver": "choose", "presolve": presolve}) is _OPTIMAL:
                break
        termination = self._termination()
        status = STATUSES.get(termination, Status.UNSOLVED)
        if status is Status.INFEASIBLE:
            self._refuse(explain)
        if status is not Status.OPTIMAL:
            raise SolverError(f"the program is {status}: {termination}")
        bound = self._highs.getInfo().mip_dual_bound / self._money
        best = np.rint(np.asarray(self._highs.getSolution().col_value)[self.whole])
        found = self._with_whole(best, explain)
        if found.objective - bound > _PROVEN * max(1.0, abs(found.objective)):
            raise SolverError(
                f"the best plan in whole numbers costs {found.objective:.9g}, and "
                f"only {bound:.9g} is proven"
            )
        return replace(found, bound=min(bound, found.objective))

    def _with_whole(self, best: Array, explain: bool) -> Optimum:
        """Solve with the whole columns held: exact integers, and true duals."""
        with self.fractions() as at:
            self.hold(at, best, best)
            return self.linear(explain)

    @contextmanager
    def fractions(self) -> Iterator[Index]:
        """Let whole columns, which it gives, be held from outside for a while."""
        at = np.flatnonzero(self.whole)
        low, high = self.rows.low[at], self.rows.high[at]
        self._integrality(_FREE)
        self._solved = False
        try:
            yield at
        finally:
            self.hold(at, low, high)
            self._integrality(_WHOLE)
            self._solved = False

    def linear(self, explain: bool) -> Optimum:
        """Solve as it stands, nothing whole, by the first route that passes the check.

        Raises
        ------
        InfeasibleError, SolverError
            As `optimum`.
        """
        tried = []
        for route, options in _ROUTES[0 if self._solved else 1 :]:
            if route is not Route.AGAIN:
                self._highs.clearSolver()
            termination = self._run(options)
            if termination is _OPTIMAL:
                primal, duals = self._answer()
                fault = self.rows.fault(primal, duals)
                if not fault:
                    self._solved = True
                    objective = float(self.rows.cost @ primal)
                    return Optimum(objective, primal, duals, objective, route)
                tried.append(f"{route}: {fault}")
            else:
                tried.append(f"{route}: {termination}")
        # presolve and interior point may take a degenerate program for an infeasible
        # one: only the last route, the simplex on the program as it is, is believed
        self._solved = False
        status = STATUSES.get(termination, Status.UNSOLVED)
        if status is Status.UNSOLVED:
            status = self._without_costs()
        if status is Status.INFEASIBLE:
            self._refuse(explain)
        raise SolverError(f"no proven optimum, {status}; " + "; ".join(tried))

    def _without_costs(self) -> Status:
        """Ask only whether any plan satisfies every limit, which is an easier question.

        With costs the simplex sometimes gives up on an infeasible program.
        """
        at = np.arange(len(self.rows.cost), dtype=np.int32)
        self._highs.changeColsCost(len(at), at, np.zeros(len(at)))
        for simplex in (_DUAL, _PRIMAL):  # where the one gives up the other may not
            self._by(simplex)
            self._highs.clearSolver()
            status = STATUSES.get(self._run(_ROUTES[-1][1]), Status.UNSOLVED)
            if status is not Status.UNSOLVED:
                break
        self._by(_DUAL)
        self._highs.changeColsCost(len(at), at, self.rows.cost * self._money)
        return Status.INFEASIBLE if status is Status.INFEASIBLE else Status.UNSOLVED

    def _answer(self) -> tuple[Array, Array]:
        """Primal and dual values in SEK and cases, within their valid ranges."""
        solution, rows = self._highs.getSolution(), self.rows
        primal = np.asarray(solution.col_value) / self._size
        duals = np.asarray(solution.row_dual) * self._row_scale / self._money
        duals[np.isinf(rows.row_low)] = np.minimum(duals[np.isinf(rows.row_low)], 0.0)
        duals[np.isinf(rows.row_high)] = np.maximum(duals[np.isinf(rows.row_high)], 0.0)
        return np.clip(primal, rows.low, rows.high), duals

    def _run(self, options: dict[str, str]) -> Termination:
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        self._highs.run()
        return self._termination()

    def _termination(self) -> Termination:
        return TERMINATIONS.get(self._highs.getModelStatus(), Termination.UNKNOWN)

    def _refuse(self, explain: bool) -> NoReturn:
        names = conflict_of(self._highs, self.limits, self.row_keys) if explain else []
        shown = ", ".join(names[:_SHOWN])
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise InfeasibleError(
            "no staffing satisfies every limit; these cannot hold together: "
            + shown
            + more,
            names,
        )
