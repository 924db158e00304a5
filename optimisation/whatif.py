"""What-if questions on a plan, answered by the program that already stands in HiGHS.

Other staffing, budgets, hiring limits and inflow move bounds and right-hand sides
alone: the program is changed where it stands and solved on from its last optimum.
Another effect, cap, robot or price is another program, which is built once and kept.

Everything is in fractions of handlers, the plan too, so that differences are free of
rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from ..models.domain import InfeasibleError
from .binding import Bind, binding
from .certificate import Certificate, lower_bound
from .costs import robot_cost
from .course import Course, course_of
from .formulation import build
from .optimum import Optimum
from .policy import Policy, growing, policy_of, today_policy
from .problem import Budget, Problem, Unit
from .programme import relaxed
from .question import (
    Change,
    capped,
    changed_world,
    every_year,
    hire_limits,
    kept_staff,
)
from .solution import Solution, UnitSolution
from .standing import Standing
from .value import follow

__all__ = ["Answer", "Bind", "Change", "WhatIf"]


@dataclass(frozen=True)
class Answer:
    """What a question leads to, beside today and the plan in the same world.

    Attributes
    ----------
    change : Change
    unit : Unit
        As it would be; its levels are those that a plan may use.
    course, plan, today : Course
        The answer, the plan and today's staffing. Where more than staffing changes,
        the plan's staffing is kept and followed in the changed world.
    policy : Policy
        The answer as a rule that can be followed in any world.
    certificate : Certificate
        Of the answer: how much cheaper any other answer could be.
    binds : tuple of Bind
    """

    change: Change
    unit: Unit
    course: Course
    plan: Course
    today: Course
    policy: Policy
    certificate: Certificate
    binds: tuple[Bind, ...]

    def saving_by_year(self, against: Course) -> pd.DataFrame:
        """Cash saved per calendar year, SEK: `benefit_sek, staff_sek`, index `year`."""
        return against.cash_by_year() - self.course.cash_by_year()


class WhatIf:
    """One unit's plan, ready for questions.

    Parameters
    ----------
    problem : Problem
        One unit, no scenarios. A robot it may buy is decided anew in every answer.
    months : pandas.DatetimeIndex, length T
    observed : Unit, optional
        The same unit with levels out to the caseload of today, for today's staffing
        and for looser caps.
    under : callable, optional
        From a log hazard ratio of halving the caseload to the unit as it would be,
        with levels as in `observed`. Needed where `Change.log_hr` is asked for.
    capped : bool
        As in `plan.make_plan`.

    Raises
    ------
    InfeasibleError
        Already the plan itself cannot satisfy every limit.
    """

    def __init__(
        self,
        problem: Problem,
        months: pd.DatetimeIndex,
        *,
        observed: Unit | None = None,
        under: Callable[[float], Unit] | None = None,
        capped: bool = True,
    ) -> None:
        if len(problem.units) != 1 or problem.scenarios:
            raise ValueError("problem must have one unit and no scenarios")
        self.problem, self.months = relaxed(problem), months
        self.unit = self.problem.units[0]
        self.wide = self.unit if observed is None else observed
        # questions in a row ask about few effects, and few other worlds
        self.under, self.capped = under and cache(under), capped
        self._standing: dict[Change, Standing] = {}
        self._followed: dict[Change, tuple[Course, Course]] = {}
        self.budgets = every_year(problem, months)
        standing = self._stand(Change())
        solution, optimum = self._solve(standing, Change())
        self.policy = self._policy(self.unit, solution.units[0], "plan")
        self._plan = course_of(self.unit, solution.units[0], "plan", months)
        self.today = follow(self.wide, today_policy(self.wide), months)
        self.plan = self._answer(standing, Change(), solution, optimum)

    def ask(self, change: Change) -> Answer:
        """Answer one question.

        Raises
        ------
        InfeasibleError
            With the rows and bounds that cannot hold together.
        SolverError
            No proven optimum by any route.
        ValueError
            The cap is heavier than any known level, or the effect cannot be changed.
        """
        standing = self._stand(change)
        return self._answer(standing, change, *self._solve(standing, change))

    def _answer(
        self,
        standing: Standing,
        change: Change,
        solution: Solution,
        optimum: Optimum,
    ) -> Answer:
        unit = self._unit(change)
        best = solution.units[0]
        if change.handlers is not None:  # who keeps a number replaces leavers at once
            best = replace(best, replaces=True)
        plan, today = self._kept(change.outside)
        return Answer(
            change=change,
            unit=unit,
            course=course_of(unit, best, "answer", self.months),
            plan=plan,
            today=today,
            policy=self._policy(unit, best, "answer"),
            certificate=self._certificate(unit, change, solution),
            binds=binding(
                unit,
                self._limits(change),
                solution,
                optimum,
                standing.resident.rows,
                standing.programme.staff[0],
                given=change.handlers is not None,
            ),
        )

    def _kept(self, outside: Change) -> tuple[Course, Course]:
        """Follow the plan's staffing and today's in a changed world."""
        if not outside.world:
            return self._plan, self.today
        if outside not in self._followed:
            wide = changed_world(self._wide(outside), outside)
            self._followed[outside] = (
                follow(self._within(wide), self.policy, self.months),
                follow(wide, today_policy(wide), self.months),
            )
        return self._followed[outside]

    def _policy(self, unit: Unit, solution: UnitSolution, name: str) -> Policy:
        policy = policy_of(unit, solution, name)
        return policy if self.capped else growing(policy)

    def _wide(self, change: Change) -> Unit:
        """Every known level, under the effect asked about."""
        if change.log_hr is None:
            return self.wide
        if self.under is None:
            raise ValueError("under must be given where the effect is asked about")
        return self.under(change.log_hr)

    def _within(self, wide: Unit) -> Unit:
        """Only the levels that the plan itself may use."""
        keep = np.isin(wide.caseloads, self.unit.caseloads)
        return replace(
            wide,
            caseloads=wide.caseloads[keep],
            exit_probability=wide.exit_probability[..., keep],
            automation=self.unit.automation,
            fair_floor=self.unit.fair_floor,
            integer_hires=False,
        )

    def _unit(self, change: Change) -> Unit:
        """Return the unit as it would be, with the levels that a plan may use."""
        wide = self._wide(change)
        unit = self._within(changed_world(wide, change))
        if change.caseload_max is not None:
            whole = replace(unit, caseloads=wide.caseloads)
            whole = replace(whole, exit_probability=wide.exit_probability)
            lightest = float(self.unit.caseloads.min())
            unit = capped(whole, change.caseload_max, lightest)
        if change.robot is not None:
            unit = replace(unit, automation=change.robot)
        if change.triage_share is not None and unit.triage is not None:
            may = unit.triage.share_max > 0
            share = np.where(may, change.triage_share, 0.0)
            unit = replace(unit, triage=replace(unit.triage, share_max=share))
        return replace(unit, hire_max=hire_limits(unit, change))

    def _limits(self, change: Change) -> tuple[Budget, ...]:
        """Every budget row with its limit, infinite where there is none."""
        asked = {budget.months: budget.limit for budget in change.budgets}
        return tuple(
            replace(b, limit=asked.get(b.months, b.limit)) for b in self.budgets
        )

    def _stand(self, change: Change) -> Standing:
        """Build the program of a form, or take the one that stands."""
        form = change.form
        if form not in self._standing:
            unit = self._unit(form)
            # an open row needs a limit of a likely size, or it would spoil the scaling
            likely = unit.cost_handler * (unit.handlers + 1)
            budgets = tuple(
                replace(b, limit=likely * len(b.months)) for b in self.budgets
            )
            whole = replace(self.problem, units=(unit,), budgets=budgets)
            programme = build(whole, bare=True)
            resident = programme.resident()
            if change.robot is not None:
                resident.relax()
                at = np.array([programme.staff[0].robot])
                resident.hold(at, np.ones(1), np.ones(1))
            self._standing[form] = Standing(unit, programme, resident)
        return self._standing[form]

    def _solve(self, standing: Standing, change: Change) -> tuple[Solution, Optimum]:
        """Set everything that the form leaves open, and solve."""
        resident, programme = standing.resident, standing.programme
        staff, unit = programme.staff[0], standing.unit
        limits = np.array([budget.limit for budget in self._limits(change)])
        resident.right_side(programme.budgets, np.full(len(limits), -np.inf), limits)
        if change.inflow != standing.inflow:
            standing.take_inflow(change)
        hires, releases = hire_limits(unit, change), unit.release_max
        low = np.zeros((2, unit.shape[2]))
        if change.handlers is not None:
            hires, releases = kept_staff(unit, change, self.policy)
            low = np.stack([hires, releases])
        resident.hold(staff.hires, low[0], hires)
        resident.hold(staff.releases, low[1], releases)
        try:
            optimum = resident.optimum()
        except InfeasibleError as error:
            if change.handlers is None:
                raise
            names = [key.replace("hire_max", "fixed_hires") for key in error.conflict]
            raise InfeasibleError(str(error), names) from error
        return programme.solution(optimum), optimum

    def _certificate(
        self, unit: Unit, change: Change, solution: Solution
    ) -> Certificate:
        """Bound what any other answer could cost."""
        limits = self._limits(change)
        finite = [i for i, budget in enumerate(limits) if np.isfinite(budget.limit)]
        extra = 0.0
        if change.robot is not None:  # bought, so its price is no choice
            extra = robot_cost(unit)
            free = replace(change.robot, fixed_cost=0.0, running_cost=0.0)
            unit = replace(unit, automation=free)
        given = None
        if change.handlers is not None:
            given = solution.units[0].hires, solution.units[0].releases
        budgets = tuple(limits[i] for i in finite)
        if change.robot is not None and self.problem.lever_costs_in_budget:
            spent = change.robot.spending(unit.shape[2])
            budgets = tuple(budget.after(spent) for budget in budgets)
        problem = replace(self.problem, units=(unit,), budgets=budgets)
        priced = replace(solution, budget_duals=solution.budget_duals[finite])
        bound = lower_bound(problem, priced, given).bound + extra
        size = max(abs(solution.objective), np.finfo(float).tiny)
        return Certificate(bound, (solution.objective - bound) / size)
