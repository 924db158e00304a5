"""Solve a staffing problem: to a proven optimum, or in whole handlers.

The mathematics stands in `formulation`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..models.domain import Array
from .formulation import Given, Programme, build
from .optimum import Optimum, cheapest
from .problem import Problem
from .rows import Staff
from .solution import Solution, UnitSolution
from .solver import Resident
from .terminal import handler_value, long_run_capacity_price, terminal_value

__all__ = [
    "Programme",
    "build",
    "handler_value",
    "long_run_capacity_price",
    "relaxed",
    "solve",
    "solve_each",
    "terminal_value",
    "whole_by_total",
    "whole_handlers",
]

#: Where the running total of hires is rounded up, in the order of trying.
THRESHOLDS = (0.5, 0.75, 0.25, 1.0)


def solve(
    problem: Problem,
    fixed_hires: Given = None,
    fixed_releases: Given = None,
    *,
    relax: bool = False,
) -> Solution:
    """Solve a staffing problem to a proven optimum.

    Parameters
    ----------
    problem : Problem
    fixed_hires, fixed_releases : array (T,), or (units, T), or None
        See `build`.
    relax : bool
        Let whole hires and the robot be fractions: the linear relaxation.

    Raises
    ------
    InfeasibleError
        Naming the rows and bounds that cannot hold together.
    SolverError
        No proven optimum by any route.
    """
    problem = relaxed(problem) if relax else problem
    programme = build(problem, fixed_hires, fixed_releases, bare=True)
    resident = programme.resident()
    if relax:
        resident.relax()  # levers too
    return programme.solution(resident.optimum())


def solve_each(problems: Iterable[Problem]) -> Iterator[Solution]:
    """Solve problems one by one, each starting from where the first one ended.

    Municipalities differ in numbers more than in who is best given time when, so the
    optimal basis of one is a good start for another of the same shape: a tenth of the
    time from nothing. All start from the first, not from the one before, so that an
    answer does not depend on the order of the others.

    Parameters
    ----------
    problems : iterable of Problem
        Those whose program has whole columns, or another shape than the first, are
        solved from nothing.

    Yields
    ------
    Solution
        To a proven optimum, as from `solve`.

    Raises
    ------
    InfeasibleError, SolverError
        As `solve`.
    """
    first: Resident | None = None
    for problem in problems:
        programme = build(problem, bare=True)
        resident = programme.resident()
        if first is None:
            first = resident
        elif resident.is_like(first):
            resident.start_from(first)
        yield programme.solution(resident.optimum())


def relaxed(problem: Problem, *, whole: bool = False) -> Problem:
    """Return the problem with hires and releases in fractions (or whole)."""
    units = tuple(replace(unit, integer_hires=whole) for unit in problem.units)
    scenarios = tuple(
        replace(scenario, unit=replace(scenario.unit, integer_hires=whole))
        for scenario in problem.scenarios
    )
    return replace(problem, units=units, scenarios=scenarios)


class Start(NamedTuple):
    """A program with its optimum in fractions, levers held at it, before rounding.

    Attributes
    ----------
    programme : Programme
    resident : Resident
        Nothing in it has to be whole any more.
    first : Optimum
        In fractions.
    plans : list of (Staff, UnitSolution)
        Of each unit; under scenarios one, for the staffing is the same.
    """

    programme: Programme
    resident: Resident
    first: Optimum
    plans: list[tuple[Staff, UnitSolution]]

    def rounded(self, best: Optimum) -> Solution:
        """Read a rounding as a solution, its gap to the optimum with fractions."""
        bound = min(self.first.bound, best.objective)
        size = max(abs(best.objective), np.finfo(float).tiny)
        gap = (best.objective - bound) / size
        found = self.programme.solution(best)
        return replace(found, bound=bound, integrality_gap=gap)


def ready(problem: Problem) -> Start:
    """Solve with fractions, and let the choice of levers stand: the rest is linear."""
    programme = build(relaxed(problem), bare=True)
    resident = programme.resident()
    first = resident.optimum()
    plans = list(zip(programme.staff, programme.solution(first).units, strict=True))
    plans = plans[:1] if problem.scenarios else plans
    for staff, plan in plans:
        for lever, chosen in ((staff.robot, plan.robot), (staff.process, plan.process)):
            if lever is not None:
                held = np.array([float(bool(chosen))])
                resident.hold(np.array([lever]), held, held)
    resident.relax()
    return Start(programme, resident, first, plans)


def whole_handlers(problem: Problem) -> Solution:
    """Round the running totals of hires and releases, and solve again.

    Handlers are hired and released whole, although turnover, an expectation, leaves
    fractions employed. Totals are rounded, not months, so that a third of a hire a
    month becomes a hire a quarter; a bound of a third lets one through a quarter
    likewise. A rounding that a budget or a bound forbids gives way to one further
    down; of those that stand the cheapest is taken. Where none does, branch and
    bound finds the best whole plan.

    Returns
    -------
    Solution
        `bound` and `integrality_gap` refer to the optimum with fractions.

    Raises
    ------
    InfeasibleError
        Already the program with fractions has no plan, or no whole one exists.
    """
    start = ready(problem)
    resident, first, plans = start.resident, start.first, start.plans
    at = np.concatenate([np.r_[staff.hires, staff.releases] for staff, _ in plans])
    most = resident.rows.high[at].copy()
    totals = [part for _, plan in plans for part in (plan.hires, plan.releases)]
    months = most.reshape(len(totals), -1)

    def trials() -> Iterator[None]:
        for threshold in THRESHOLDS:
            parts = [
                whole_by_total(fraction, limit, threshold)
                for fraction, limit in zip(totals, months, strict=True)
            ]
            whole = np.concatenate(parts)
            resident.hold(at, whole, whole)
            yield

    best = cheapest(trials(), lambda: resident.optimum(explain=False))
    if best is None:
        whole_problem = relaxed(problem, whole=True)
        best = build(whole_problem, bare=True).resident().optimum()
    elif (above := best.primal[at] > most).any():
        # fractional bounds were saved up for a whole hire: the plan is compared with
        # fractions that may do the same
        resident.hold(at, np.zeros(len(at)), np.where(above, best.primal[at], most))
        first = resident.optimum()
    return start._replace(first=first).rounded(best)


def whole_by_total(fraction: Array, most: Array, threshold: float) -> Array:
    """Whole numbers whose running total follows that of fractions.

    Parameters
    ----------
    fraction, most : array (T,)
        Numbers per month, and the most allowed in each.
    threshold : float
        A running total is rounded up from this fraction on.

    Examples
    --------
    >>> whole_by_total(np.full(6, 1 / 3), np.ones(6), 0.5).tolist()
    [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]
    """
    # 1e-9: a total of 2.9999999999 from the solver is 3
    total = np.floor(np.cumsum(fraction) + 1 - threshold + 1e-9)
    # the lower of two totals that never go down does not either
    allowed = np.floor(np.cumsum(most) + 1e-9)
    return np.diff(np.minimum(total, allowed), prepend=0.0)
