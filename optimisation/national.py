r"""All municipalities under national budgets, one municipality at a time.

The program is that of `formulation` with many units k and budgets i,

    min  sum_k c_k x_k    s.t.  x_k in X_k for every k,   sum_k u_ki x_k <= B_i

and only the budgets tie the municipalities together. At prices lambda of the budgets
they come apart (Dantzig and Wolfe, 1960):

    L(lambda) = sum_k min_{x in X_k} (c_k + lambda u_k) x - lambda B

bounds the optimum from below, whatever the prices >= 0. Every plan that a municipality
answers with goes to a master (`nationalmaster`) that mixes them, within the budgets,
at least cost: the mix is a plan, for the units are linear, and bounds the optimum from
above. The next prices are those of a quadratic (`curvature`) or of the master, which a
box around the best so far keeps from leaping about (du Merle et al., 1999). A few
municipalities of all sizes, solved first, say where to begin. Nothing depends on a
clock or on threads.

Budgets that no mix keeps are refused after a phase without costs, which finds the
least by which they are missed.

References
----------
Dantzig and Wolfe (1960), "Decomposition principle for linear programs"; du Merle,
Villeneuve, Desrosiers and Hansen (1999), "Stabilized column generation".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..models.domain import Array, InfeasibleError, SolverError
from .curvature import Curvature
from .municipality import Municipality
from .nationalmaster import PriceMaster
from .nationalrounds import Found, Rounds, known_at
from .optimum import Status
from .policy import today_policy
from .problem import Problem, Unit
from .programme import relaxed
from .solution import Solution

#: So many municipalities are solved first, where there are more than twice as many.
SOME = (3, 12)
#: Half of the first box around prices of which nothing, or something, is known,
#: relative to 1 + price.
_BOX, _KNOWN = 1.0, 0.05
#: What better prices would bring the few, relative, when theirs are good enough.
_SETTLED = 1e-6


@dataclass(frozen=True)
class NationalPlan:
    """Plans of all municipalities that together keep to the budgets.

    Attributes
    ----------
    solution : Solution
        As from `solve` on the program in one piece: a plan per unit, and prices. The
        plans are mixes of vertices, so they may have more mixed levels than needed.
    costs : array (U,)
        What each municipality costs, discounted SEK.
    spending : array (U, B)
        What it spends within each budget, undiscounted SEK.
    gap : float
        (objective - bound) / objective.
    rounds : int
        In which every municipality was asked, beyond what was known before.
    """

    solution: Solution
    costs: Array
    spending: Array
    gap: float
    rounds: int

    @property
    def net(self) -> Array:
        """SEK saved by one more krona in each budget, that krona paid, shape (B,)."""
        prices: Array = -self.solution.budget_duals
        return prices

    @property
    def gross(self) -> Array:
        """SEK saved by one more krona in each budget before it is paid, shape (B,).

        Undiscounted: a krona of staff costs a krona.
        """
        return self.net + 1.0


def national_plan(
    problem: Problem, *, tolerance: float = 1e-6, floor: Array | None = None
) -> NationalPlan:
    """Solve many units under budgets, one unit at a time; see `Nation.plan`."""
    return Nation(problem, floor).plan(tolerance)


def today_spending(problem: Problem) -> Array:
    """Sum what today's staffing spends in each budget, undiscounted SEK, shape (U, B).

    Today's handlers are kept and whoever leaves is replaced, at ordinary turnover.
    """
    months = [list(budget.months) for budget in problem.budgets]
    spent = [[_today(unit)[at].sum() for at in months] for unit in problem.units]
    return np.array(spent, float).reshape(len(problem.units), len(months))


def grants(problem: Problem, plan: NationalPlan) -> Array:
    """Say what each municipality spends beyond today in each budget, SEK, shape (U, B).

    Negative where the national plan needs less than today's staffing.
    """
    return plan.spending - today_spending(problem)


class Nation:
    """Municipalities kept resident, to be planned together again and again.

    Parameters
    ----------
    problem : Problem
        Many units of as many months, with budgets, without scenarios. Whole hires and
        levers are let be fractions.
    floor : array (U, T) or None
        Equity: handlers of a municipality are never fewer.

    Raises
    ------
    InfeasibleError
        A municipality has no plan whatever the budgets.
    ValueError
        Scenarios, municipalities of differing months, a budget without a limit, or a
        floor of another shape.
    """

    def __init__(self, problem: Problem, floor: Array | None = None) -> None:
        _check(problem, floor)
        shape = len(problem.units), problem.units[0].shape[2]
        self.problem, self._floor = relaxed(problem), floor
        self.limits = np.array([budget.limit for budget in problem.budgets], float)
        self.today = today_spending(problem)
        self._parts: dict[int, Municipality] = {}
        self._start, self._curvature = np.zeros(len(self.limits)), Curvature()
        self._master: PriceMaster | None = None
        self._settled = self.limits
        for number in SOME:
            if 2 * number < shape[0]:
                self._settle(number, self.limits)
        self._reside(range(shape[0]))
        self.parts = [self._parts[k] for k in range(shape[0])]

    def plan(self, tolerance: float = 1e-6) -> NationalPlan:
        """Find the plan under the problem's budgets.

        Parameters
        ----------
        tolerance : float
            Largest `gap`.

        Raises
        ------
        InfeasibleError
            No staffing keeps the budgets; with the limits that cannot hold together.
        SolverError
            The gap did not close, or no proven optimum of one part.
        """
        found = self.solve(self.limits, tolerance)
        master = self._master
        assert master is not None
        mixed = [plan.primal * 0.0 for plan in master.plans[: len(self.parts)]]
        spending = np.zeros((len(self.parts), len(self.limits)))
        costs = np.zeros(len(self.parts))
        for j in np.flatnonzero(found.mix.weights):
            k, share, plan = master.of[j], float(found.mix.weights[j]), master.plans[j]
            mixed[k] = mixed[k] + share * plan.primal
            spending[k] += share * plan.spending
            costs[k] += share * plan.cost
        kept = found.kept or [part.answer(found.prices) for part in self.parts]
        units = tuple(
            part.solution(primal.toarray()[0], answer.duals)
            for part, primal, answer in zip(self.parts, mixed, kept, strict=True)
        )
        solution = Solution(
            status=Status.OPTIMAL,
            objective=float(costs.sum()),
            units=units,
            budget_duals=-found.prices,
            risk_duals=np.zeros(0),
            bound=found.bound,
            route="dantzig_wolfe",
        )
        return NationalPlan(solution, costs, spending, found.gap, found.rounds)

    def solve(self, limits: Array, tolerance: float) -> Found:
        """Find prices and a mix of plans under other limits (B,); raises as `plan`."""
        if self._master is None:
            self._master = known_at(self.parts, limits, self._start)
        rounds = self._rounds(self.parts, self._master, limits)
        if (found := rounds.known(tolerance)) is not None:
            return found
        if not np.array_equal(limits, self._settled) and len(self.parts) > 2 * SOME[-1]:
            if few := self._settle(SOME[-1], limits):
                # a neighbour's optimum is nearer than one's own at other prices
                for k in sorted(set(self._parts) - set(few)):
                    self._parts[k].start(self._start, self._parts[self._near(k, few)])
                rounds.ask(self._start)
            else:
                rounds.check()
        return rounds.run(self._radius, tolerance)

    def _rounds(
        self, parts: Sequence[Municipality], master: PriceMaster, limits: Array
    ) -> Rounds:
        return Rounds(parts, master, limits, self.problem.budgets, self._curvature)

    @property
    def _radius(self) -> float:
        return _KNOWN if self._start.any() else _BOX

    def _settle(self, number: int, limits: Array) -> list[int]:
        """Find prices were so many municipalities of all sizes the whole nation.

        Returns
        -------
        list of int
            These municipalities; none where they show no way.
        """
        order = np.argsort(self.today.sum(1), kind="stable")
        which = order[np.linspace(0, len(order) - 1, number).astype(int)].tolist()
        self._reside(which)
        # their share of the budgets is that of today's spending
        whole = np.maximum(self.today.sum(0), np.finfo(float).tiny)
        share = limits * self.today[which].sum(0) / whole
        parts = [self._parts[k] for k in which]
        rounds = self._rounds(parts, known_at(parts, share, self._start), share)
        try:
            self._start = rounds.run(self._radius, _SETTLED, settle=True).prices
        except (InfeasibleError, SolverError):
            return []  # the few may lack what the many have
        self._settled = limits
        return [int(k) for k in which]

    def _reside(self, which: Iterable[int]) -> None:
        """Make municipalities resident, at the prices where the others are.

        Each starts from the one most like it in size of those there before.
        """
        there = list(self._parts)
        tagged = len(self.today) > 1
        for k in which:
            if k in self._parts:
                continue
            part = Municipality(
                self.problem.units[k],
                self.problem.budgets,
                self.problem.lever_costs_in_budget,
                None if self._floor is None else self._floor[k],
                f"{k}," if tagged else "",
            )
            near = self._parts[self._near(k, there)] if there else None
            part.start(self._start, near)
            self._parts[k] = part
            if not there:
                part.answer(self._start)
                there = [k]

    def _near(self, k: int, among: Sequence[int]) -> int:
        """Find which of some municipalities is most like one in size."""
        size = np.log1p(self.today.sum(1))
        return min(among, key=lambda j: float(abs(size[j] - size[k])))


def _check(problem: Problem, floor: Array | None) -> None:
    faults = []
    months = sorted({unit.shape[2] for unit in problem.units})
    if problem.scenarios:
        faults.append("a national plan has municipalities, not scenarios")
    if len(months) > 1:
        faults.append(f"municipalities must have as many months; got {months}")
    for i, budget in enumerate(problem.budgets):
        if not np.isfinite(budget.limit):
            faults.append(f"budget {i} must have a limit; got {budget.limit}")
    shape = len(problem.units), months[0]
    if floor is not None and floor.shape != shape:
        faults.append(f"floor must have shape {shape}; got {floor.shape}")
    if faults:
        raise ValueError("; ".join(faults))


def _today(unit: Unit) -> Array:
    """Staff cost of today's staffing, SEK per month, shape (T,)."""
    policy = today_policy(unit)
    spent: Array = unit.cost_handler * policy.handlers + unit.cost_hire * policy.hires
    return spent
