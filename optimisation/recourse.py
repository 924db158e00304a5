"""One future of a staffing plan: what it costs at a given staffing, and its slope.

With staffing z = (h, f, y) held, the program of `formulation` for scenario k has the
optimal value C_k(z), convex in z, and its reduced costs g of the held columns give

    C_k(z') >= C_k(z) + g (z' - z)                     for every other staffing z'

Where z leaves no plan, as little as possible is bought beyond the bounds and budgets:
v_k(z), the sum of what they lack, is convex too, and 0 >= v_k(z) + g (z' - z) must
hold wherever there is a plan.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from ..models.domain import Array, InfeasibleError
from .baresheet import BareSheet
from .costs import block_cost, budget_terms
from .problem import Problem, Unit
from .rows import Staff, write_cases, write_staff
from .sheet import AT_MOST, Index
from .solution import UnitSolution
from .solver import Resident

_TINY = 1e-9


@dataclass(frozen=True)
class Tangent:
    """A linear bound from below, true at every staffing and met at one.

    Attributes
    ----------
    staffing : array (n,)
        Where it is met, in the order of `decisions`.
    value : float
        SEK; where there is no plan, what is lacking (without unit, above 0).
    slope : array (n,)
        Per hire, release and lever.
    feasible : bool
        Whether `value` is a cost.
    """

    staffing: Array
    value: float
    slope: Array
    feasible: bool


def decisions(staff: Staff) -> Index:
    """Columns decided before the future is known: hires, releases, levers."""
    levers = np.array(staff.levers, dtype=np.int64)
    return np.concatenate([staff.hires, staff.releases, levers])


def staffing_of(unit: Unit, plan: UnitSolution) -> Array:
    """Read a solution as staffing, in the order of `decisions`."""
    levers = ((unit.process, plan.process), (unit.automation, plan.robot))
    bought = [float(bool(yes)) for lever, yes in levers if lever is not None]
    return np.concatenate([plan.hires, plan.releases, bought])


def handlers_of(unit: Unit, staffing: Array) -> Array:
    """Employed handlers, shape (T,), of a staffing in the order of `decisions`."""
    months = unit.shape[2]
    moved = staffing[:months] - staffing[months : 2 * months]
    handlers = np.zeros(months)
    before = unit.handlers / (1 - unit.turnover)  # it first strikes after month 0
    for t, net in enumerate(moved.tolist()):
        before = handlers[t] = (1 - unit.turnover) * before + net
    return handlers


class Recourse:
    """The program of one scenario, resident, its staffing held from outside.

    Parameters
    ----------
    problem : Problem
        With scenarios.
    k : int
        Which of them.
    """

    def __init__(self, problem: Problem, k: int) -> None:
        unit = problem.scenarios[k].unit
        free = np.full(unit.shape[2], np.nan)
        sheet = BareSheet()
        staff = write_staff(sheet, unit, free, free, "")
        block = write_cases(sheet, unit, staff, "", "")
        levers, rows = problem.lever_costs_in_budget, list(block.capacity)
        for i, budget in enumerate(problem.budgets):
            terms = budget_terms(sheet, unit, staff, block, budget.months, levers)
            rows.append(sheet.row(f"budget[{i}]", terms, AT_MOST, budget.limit))
        cost = block_cost(sheet, unit, staff, block)
        self.held = decisions(staff)
        self.resident = sheet.resident(cost, relax=True)
        low, high = self.resident.rows.low, self.resident.rows.high
        self._free = low[self.held], high[self.held]
        self._soft = np.array(rows, dtype=np.int64)
        self._lacking: Resident | None = None

    def start_from(self, other: "Recourse", staffing: Array) -> None:
        """Begin where another scenario ended."""
        self.resident.hold(self.held, staffing, staffing)
        self.resident.start_from(other.resident)

    def at(self, staffing: Array) -> Tangent:
        """Value and slope at a staffing, in the order of `decisions`.

        Raises
        ------
        InfeasibleError
            No staffing whatever gives a plan in this scenario.
        SolverError
            No proven optimum by any route.
        """
        try:
            value, slope = self._tangent(self.resident, staffing)
            return Tangent(staffing, value, slope, feasible=True)
        except InfeasibleError:
            if self._lacking is None:
                self._lacking = self._elastic()
            value, slope = self._tangent(self._lacking, staffing)
            return Tangent(staffing, value, slope, feasible=False)

    def best(self) -> tuple[float, Array]:
        """Least cost and best staffing were this future known, levers in fractions.

        The cost bounds `at` from below for every staffing.
        """
        self.resident.hold(self.held, *self._free)
        found = self.resident.optimum()
        return found.objective, found.primal[self.held]

    def _tangent(self, resident: Resident, staffing: Array) -> tuple[float, Array]:
        resident.hold(self.held, staffing, staffing)
        found = resident.optimum(explain=False)
        rows = resident.rows
        slope = rows.cost - rows.matrix.T @ found.duals
        return found.objective, slope[self.held]

    def _elastic(self) -> Resident:
        """Write what capacity and budgets lack as new columns of the same rows."""
        rows = self.resident.rows
        n, soft = len(self._soft), self._soft
        heaviest = abs(rows.matrix[soft]).max(axis=1).toarray().ravel()
        relief = sparse.csr_matrix(
            (-heaviest, (soft, np.arange(n))), shape=(rows.matrix.shape[0], n)
        )
        elastic = replace(
            rows,
            matrix=sparse.hstack([rows.matrix, relief], format="csr"),
            low=np.append(rows.low, np.zeros(n)),
            high=np.append(rows.high, np.full(n, np.inf)),
            cost=np.append(np.zeros_like(rows.cost), np.ones(n)),
        )
        limits = [*self.resident.limits, *["lacking"] * n]
        whole = np.zeros(len(elastic.cost), bool)
        return Resident.of(elastic, whole, limits, self.resident.row_keys)


class Futures:
    """All scenarios of a problem, each written when it is first asked for.

    Neighbours in the order of their likely cost are much alike: each new one starts
    from the basis of the one before it.

    Parameters
    ----------
    problem : Problem
    less : array (N,) or None
        SEK taken off every cost of a scenario, such as what it costs at best.

    Attributes
    ----------
    order : int array (N,)
        Scenarios, likely cheapest first.
    known : dict
        Tangents so far, by scenario.
    """

    def __init__(self, problem: Problem, less: Array | None = None) -> None:
        self.problem = problem
        self.less = np.zeros(len(problem.scenarios)) if less is None else less
        self.known: dict[int, list[Tangent]] = {}
        self._programs: dict[int, Recourse] = {}
        units = [scenario.unit for scenario in problem.scenarios]
        likely = [
            (unit.stock.sum() + unit.inflow.sum())
            / max(float(unit.exit_probability.mean()), _TINY)
            for unit in units
        ]
        self.order = np.argsort(likely, kind="stable")

    def at(self, staffing: Array, which: Index) -> list[Tangent]:
        """Tangents at a staffing of some scenarios, in the order given."""
        before: Recourse | None = None
        found = {}
        for k in self.order[np.isin(self.order, which)].tolist():
            new, program = k not in self._programs, self._program(k)
            if new and before is not None:
                program.start_from(before, staffing)
            found[k] = met = program.at(staffing)
            if met.feasible:
                found[k] = replace(met, value=met.value - float(self.less[k]))
            self.known.setdefault(k, []).append(found[k])
            before = program
        return [found[k] for k in which.tolist()]

    def best(self, k: int) -> tuple[float, Array]:
        """Least cost and best staffing of a scenario were it known."""
        value, staffing = self._program(k).best()
        return value - float(self.less[k]), staffing

    def _program(self, k: int) -> Recourse:
        if k not in self._programs:
            self._programs[k] = Recourse(self.problem, k)
        return self._programs[k]
