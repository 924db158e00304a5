"""The planning stage: from what will happen to a staffing problem and its plan."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..models.caseload import (
    Buckets,
    bucket_ageing,
    bucket_hazards,
    occupancy,
)
from ..models.cohort import round_at_random
from ..models.domain import Array
from ..models.effect import LN2, EffortEffect, shift_odds
from ..optimisation.matching import MOST_EXITS, match_exits
from ..optimisation.plan import StaffingPlan, make_plan
from ..optimisation.problem import Budget, Problem, Unit
from ..optimisation.programme import (
    handler_value,
    long_run_capacity_price,
    terminal_value,
)
from ..optimisation.triage import of_whom
from ..optimisation.twin import Twin
from .arrangements import lever, with_partners, with_quality
from .config import Settings
from .futures import Future
from .levels import allowed_levels, halving, known_levels, level, now_level
from .registers import Case

#: Fewest replications of plan and today as a pair.
PAIRS = 1_000
_TINY = 1e-9


def plan_unit(
    case: Case, future: Future, effect: EffortEffect, rng: np.random.Generator
) -> StaffingPlan:
    """Plan one unit and test the plan.

    Raises
    ------
    InfeasibleError
        The limits in kommun.toml cannot hold together.
    """
    settings = case.settings
    wide = program_unit(case, future, effect.mean)
    for_draws, for_plan = rng.spawn(2)
    return make_plan(
        unit_problem(with_allowed(wide), settings, future),
        future.months,
        unit_twin(case, future, effect, wide, for_draws),
        for_plan,
        under=lambda log_hr: program_unit(case, future, log_hr).unit,
        observed=wide.unit,
        replications=settings.run.replications,
        pairs=max(settings.run.paths, PAIRS),
        capped=settings.levers.caseload_max is not None,
        post_step=settings.staff.post_step,
    )


def unit_twin(
    case: Case,
    future: Future,
    effect: EffortEffect,
    wide: "ProgramUnit",
    rng: np.random.Generator,
) -> Twin:
    """Dress a unit of the program with draws of what is uncertain.

    Parameters
    ----------
    wide : ProgramUnit
        Under the mean effect.
    """
    # what today's drifting caseload does to exits; the rest of the factor only mends
    # the program's groups of months, which the twin does not have
    still = program_unit(case, future, 0.0).factor
    drift = np.divide(wide.factor, still, out=np.ones_like(still), where=still > 0)
    whom, own = of_whom(wide.unit), wide.unit.own
    stock = round_at_random(future.first_month, rng)[whom]
    stock[~own] = 0
    return Twin(
        unit=with_allowed(wide),
        buckets=Buckets(case.settings.run.duration_starts),
        stock=stock,
        hazard=future.hazard_draws[:, whom],
        theta=effect.draws(rng, len(future.hazard_draws))
        * (LN2 / halving(future, wide.unit)),
        inflow=future.new_cases[:, whom] * own[:, None],
        benefit=(future.benefit[..., None] * future.event_benefit)[:, whom],
        caseload_reference=now_level(future, wide.unit),
        return_share=future.reentry[whom],
        hazard_factor=(drift * future.event_exits)[whom],
    )


class ProgramUnit(NamedTuple):
    """A unit of the program under one assumed effect.

    Attributes
    ----------
    unit : Unit
        With levels out to the caseloads that today's staffing leads to.
    factor : array (S, T)
        What carries the program's exits under today's staffing to the forecast.
    allowed : bool array (L,)
        Levels that a plan may use.
    """

    unit: Unit
    factor: Array
    allowed: NDArray[np.bool_]


def program_unit(case: Case, future: Future, log_hr: float) -> ProgramUnit:
    """Build the unit of the program under an assumed effect of halving the caseload.

    Whatever the effect, today's staffing in the program gives the exits of the
    forecast, so that a report has one exit forecast. Dated events vary exits, benefit
    and handling time by month; one that makes cases take longer changes no exits of
    the forecast, but what more handlers are worth.
    """
    buckets = Buckets(case.settings.run.duration_starts)
    mix = occupancy(np.maximum(future.hazard, _TINY))
    unit = staffed_unit(case, future)
    allowed = allowed_levels(case.settings, future, unit)
    levels = known_levels(allowed, future, unit)
    ratio = (now_level(future, unit) / levels) ** (log_hr / halving(future, unit))
    bent = shift_odds(future.hazard[..., None], ratio)  # (S, M, L)
    chance = bucket_hazards(bent, mix, buckets)
    unit = replace(
        unit,
        caseloads=levels,
        exit_probability=_by_month(chance, future.event_exits),
        ageing=bucket_ageing(future.hazard, mix, buckets),
    )
    unit, factor = match_exits(unit, future.exits.mean(0), future.months)
    unit = replace(
        unit,
        handler_value=handler_value(unit),
        month_value=long_run_capacity_price(unit),
    )
    unit = replace(unit, terminal_value=terminal_value(unit))
    unit = with_partners(unit, case, future)
    return ProgramUnit(unit, factor, np.isin(levels, allowed))


def _by_month(chance: Array, factor: Array) -> Array:
    """Exit probability (S, D, T, L) of that of today (S, D, L) and events (S, T)."""
    dated: Array = chance[:, :, None] * factor[:, None, :, None]
    return np.minimum(dated, MOST_EXITS)


def staffed_unit(case: Case, future: Future) -> Unit:
    """Costs, staff, cases and inflow of the unit; how cases leave comes later."""
    settings, horizon = case.settings, len(future.months)
    staff, economy = settings.staff, settings.economy
    buckets = Buckets(settings.run.duration_starts)
    bucket = buckets.of(np.arange(future.start.shape[1]))
    stock = future.first_month @ np.eye(len(buckets))[bucket]
    weight = np.array([settings.weight(name) for name in case.segments])
    # weights are relative: a mean case weighs 1, or the caseload would change meaning
    weight = weight * (stock.sum() + _TINY) / (weight @ stock.sum(1) + _TINY)
    turnover = 1 - (1 - staff.turnover_year_share) ** (1 / 12)
    replaced = turnover * future.handlers  # goes on as before during the lead time
    most = future.handlers + 1 if staff.hire_max_month is None else staff.hire_max_month
    # provisional months have been: nobody is hired or released in them any more
    passed = len(case.edge.months)
    waiting = np.arange(horizon) < passed + staff.lead_months
    empty = np.zeros_like(stock)
    unit = Unit(
        name=future.unit,
        weight=weight[:, None] * future.event_time,
        benefit=future.benefit.mean(0)[:, None] * future.event_benefit,
        caseloads=np.ones(1),
        exit_probability=np.zeros((*stock.shape, horizon, 1)),
        ageing=empty,
        stock=stock,
        inflow=future.new_cases.mean(0),
        terminal_value=empty,
        absence=np.full(horizon, staff.absence_share),
        turnover=turnover,
        discount=(1 + settings.run.discount_year_share) ** (-1 / 12),
        cost_handler=economy.handler_cost_month_sek,
        cost_hire=economy.hire_cost_sek,
        cost_release=economy.release_cost_sek,
        cost_overtime=economy.handler_cost_month_sek * economy.overtime_factor,
        handlers=future.handlers,
        hire_max=np.where(waiting, replaced, max(most, replaced)),
        release_max=np.where(np.arange(horizon) < passed, 0, staff.release_max_month),
        ramp=np.array(staff.ramp),
        reentry=future.reentry,
        automation=lever(settings.levers.robot, future, passed),
        process=lever(settings.levers.process, future, passed),
        intake_effort=future.intake.effort,
        renewal_effort=future.intake.renewal,
        intake_extra=future.intake.extra,
        segments=case.segments,
        buckets=buckets.labels,
        months=tuple(f"{month:%Y-%m}" for month in future.months),
    )
    floor, intake = settings.levers.fair_floor_cases, future.intake.per_case
    unit = replace(unit, fair_floor=floor and level(unit, floor, intake))
    return with_quality(unit, settings, future)


def with_allowed(wide: ProgramUnit) -> Unit:
    """Keep only the levels that a plan may use."""
    return replace(
        wide.unit,
        caseloads=wide.unit.caseloads[wide.allowed],
        exit_probability=wide.unit.exit_probability[..., wide.allowed],
    )


def unit_problem(unit: Unit, settings: Settings, future: Future) -> Problem:
    """Put a unit under its staff budgets, which also pay for levers."""
    budgets = staff_budgets(settings, future)
    return Problem((unit,), budgets, lever_costs_in_budget=True)


def staff_budgets(settings: Settings, future: Future) -> tuple[Budget, ...]:
    """Limits on staff cost per calendar year; a part of a year gets its part."""
    years = future.months.year
    budgets = []
    for year, limit in settings.staff_budget.items():
        inside = tuple(int(t) for t in np.flatnonzero(years == int(year)))
        if inside:
            budgets.append(Budget(inside, limit * len(inside) / 12, year))
    return tuple(budgets)
