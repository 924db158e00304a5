"""The stage after planning: it asks how sure the plans are.

It never stops a run: where a doubt cannot be put into figures it is None, and the page
says so.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

import numpy as np

from ..models.domain import Array, InfeasibleError, SolverError
from ..models.effect import EffortEffect
from ..models.power import LotteryPlan
from ..optimisation.information import Information, information
from ..optimisation.plan import StaffingPlan
from ..optimisation.problem import Unit
from ..optimisation.regret import RegretTable, regret_table
from .doubts import NODES, PLAN, Doubts
from .futures import Future
from .planning import ProgramUnit, program_unit, unit_problem, with_allowed
from .privacy import SMALLEST
from .registers import Case

T = TypeVar("T")

#: Months of the pilot that is priced.
PILOT_MONTHS = 6
#: Relative to cost: less than is written, at half the rounds.
REGRET_TOLERANCE = 1e-5


def doubts_of(
    case: Case,
    planned: Sequence[tuple[Future, StaffingPlan]],
    effect: EffortEffect,
) -> tuple[Doubts, ...]:
    """Put the doubts about every plan into figures; one pilot is held in all units."""
    plans = [plan for _, plan in planned]
    pilot = pilot_in(plans) if plans else None
    return tuple(_unit(case, future, plan, effect, pilot) for future, plan in planned)


def pilot_in(plans: Sequence[StaffingPlan]) -> LotteryPlan | None:
    """Give the six-month pilot: half of all households drawn by lot to half the load.

    None where there are too few to tell, or where nobody leaves.
    """
    cases = sum(cases_now(plan) for plan in plans)
    served = sum(float(plan.today.cases.sum()) for plan in plans)
    left = sum(float(plan.today.exits.sum()) for plan in plans)
    if cases < SMALLEST or not 0 < left < served:
        return None
    return LotteryPlan(cases=cases, months=PILOT_MONTHS, hazard=left / served)


def cases_now(plan: StaffingPlan) -> float:
    """Cases served in the first month."""
    return float(plan.today.cases[:, 0].sum())


def _unit(
    case: Case,
    future: Future,
    plan: StaffingPlan,
    effect: EffortEffect,
    pilot: LotteryPlan | None,
) -> Doubts:
    problem = unit_problem(plan.unit, case.settings, future)

    @cache
    def world(log_hr: float) -> ProgramUnit:
        return program_unit(case, future, log_hr)

    def under(log_hr: float) -> Unit:
        return with_allowed(world(log_hr))

    def observed(log_hr: float) -> Unit:
        return world(log_hr).unit

    def regretted() -> RegretTable:
        plans = {PLAN: _staffing(plan)}
        return regret_table(
            problem,
            under,
            effect.mean,
            plans,
            observed=observed,
            tolerance=REGRET_TOLERANCE,
        )

    def valued() -> Information:
        here = None if pilot is None else pilot.share * cases_now(plan)
        return information(problem, under, effect, pilot=pilot, cases=here, nodes=NODES)

    multiples = effect.mean > 0 and not plan.unit.strain.turnover
    return Doubts(
        regret=_if_possible(regretted) if multiples else None,
        information=_if_possible(valued) if effect.sd > 0 else None,
        pilot=pilot,
    )


def _if_possible(find: Callable[[], T]) -> T | None:
    """Find out, unless some effect leaves no plan; the plan itself still stands."""
    try:
        return find()
    except (InfeasibleError, SolverError):
        return None


def _staffing(plan: StaffingPlan) -> Array:
    """Read a plan as staffing, in the order of `recourse.decisions`."""
    unit, bought = plan.unit, plan.policy.levers
    levers = [lever for lever in (unit.process, unit.automation) if lever is not None]
    return np.concatenate(
        [
            plan.proposed.hires,
            plan.proposed.releases,
            [float(lever in bought) for lever in levers],
        ]
    )
