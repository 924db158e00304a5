"""The staffing plan of one unit, with everything a reader needs to trust or doubt it.

Relaxed optimum and its certificate; the plan in whole handlers; today's staffing in
the same model, as it is and at its best; both run as a pair through the twin under
everything that is uncertain; the flat optimum, the break-even and the limits.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..models.domain import Array, Interval
from .alternatives import Alternative, alternatives, distinct
from .certificate import Certificate, lower_bound
from .course import Course, course_of
from .fans import Fan
from .levers import LeverWorth, worth_of
from .limits import Limit, breakeven, limits_of
from .policy import Policy, growing, policy_of, today_policy
from .posts import whole_posts
from .prices import Prices, prices_of
from .problem import Problem, Unit
from .programme import relaxed, solve
from .side import SimulatedCourse
from .simulation import SimulationCheck, check_on_grid, check_on_twin
from .twin import Twin, simulate_pair
from .value import follow, with_level

__all__ = ["Limit", "StaffingPlan", "make_plan"]

#: What a reader cannot tell from the best: this share of its cost, or this much.
FLAT_SHARE, FLAT_SEK = 0.01, 1_000_000.0


@dataclass(frozen=True)
class StaffingPlan:
    """How many handlers, month by month, and what comes of it.

    Attributes
    ----------
    unit : Unit
    months : pandas.DatetimeIndex, length T
    proposed : Course
        The plan, in whole posts.
    relaxed : Course
        The optimum with fractions of handlers, which the certificate bounds.
    today : Course
        Today's handlers held, in the same model: savings count from here.
    reallocated : Course
        Today's handlers, their time put to its best use.
    certificate : Certificate
        Proof, independent of the solver, of how good `relaxed` is.
    integrality_gap : float
        How far above the certified bound `proposed` lies, relative.
    cash : pandas.DataFrame
        `year, benefit_today_sek, benefit_plan_sek, staff_today_sek, staff_plan_sek,
        saving_sek, saving_lo_80, saving_hi_80`: undiscounted, means over the twin's
        replications; staff includes bought capacity.
    saving_total : Interval
        Cash saved over the horizon, SEK.
    benefit_saving : Interval
        The part of it that comes from more exits: assistance not paid over the
        horizon, SEK.
    after_horizon : Interval
        What the plan's better state after the last month is worth, discounted SEK.
    total_saving : Interval
        Cash and the value after the horizon together, discounted to month 0, SEK.
    probability_saves : float
        Share of replications in which cash is saved over the horizon.
    probability_pays : float
        Share of replications in which all costs together are lower.
    breakeven_log_hr : float or None
        See `limits.breakeven`.
    flat_low, flat_high : float
        Mean handlers between which nothing differs by more than 1 % or 1 MSEK.
    limits : tuple of Limit
        Dearest first.
    check_grid, check_continuous : SimulationCheck
    claims_saving : bool
        Whether the lower end of the 80 % interval of the cash saving is above 0.
    levers : tuple of LeverWorth
        What could be bought once, and what it is worth.
    policy, status_quo : Policy
        The plan, and today's staffing, as rules that can be followed in any world.
    alternatives : tuple of Alternative
        Plans within the same ceiling that differ from the best, which comes first.
    prices : Prices or None
        What one more case, handler, month or krona costs.
    fans : tuple of Fan or None
        How the plan, and today's staffing, may spread; from the same futures.
    """

    unit: Unit
    months: pd.DatetimeIndex
    proposed: Course
    relaxed: Course
    today: Course
    reallocated: Course
    certificate: Certificate
    integrality_gap: float
    cash: pd.DataFrame
    saving_total: Interval
    benefit_saving: Interval
    after_horizon: Interval
    total_saving: Interval
    probability_saves: float
    probability_pays: float
    breakeven_log_hr: float | None
    flat_low: float
    flat_high: float
    limits: tuple[Limit, ...]
    check_grid: SimulationCheck
    check_continuous: SimulationCheck
    claims_saving: bool
    policy: Policy
    status_quo: Policy
    levers: tuple[LeverWorth, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    prices: Prices | None = None
    fans: tuple[Fan, Fan] | None = None


def make_plan(
    problem: Problem,
    months: pd.DatetimeIndex,
    twin: Twin,
    rng: np.random.Generator,
    *,
    under: Callable[[float], Unit] | None = None,
    observed: Unit | None = None,
    replications: int = 10_000,
    pairs: int = 1_000,
    capped: bool = True,
    post_step: float = 1.0,
) -> StaffingPlan:
    """Plan the staffing of one unit.

    Parameters
    ----------
    problem : Problem
        One unit, budgets allowed, no scenarios.
    months : pandas.DatetimeIndex, length T
    twin : Twin
        Of the same unit, with draws of what is uncertain.
    rng : numpy.random.Generator
    under : callable or None
        From a log hazard ratio of halving the caseload to the unit as it would be,
        with levels as in `observed`. None: no break-even is sought.
    observed : Unit or None
        The same unit with levels out to the caseload of today, for today's staffing.
        None: the unit's own levels, carried on in a straight line.
    replications : int
        Of each of the two simulation checks.
    pairs : int
        Replications of plan and today together under uncertainty.
    capped : bool
        Whether the heaviest level is a promise, kept by buying capacity when more
        cases come than planned; otherwise the caseload rises then, as today's does,
        and only what the plan itself buys is bought.
    post_step : float
        Smallest part of a post that can be added.

    Returns
    -------
    StaffingPlan

    Raises
    ------
    InfeasibleError
        No plan satisfies every limit.
    SolverError
        No proven optimum by any route.
    ValueError
        `problem` has several units or scenarios.
    """
    if len(problem.units) != 1 or problem.scenarios:
        raise ValueError(
            "problem must have one unit and no scenarios, got "
            f"{len(problem.units)} units and {len(problem.scenarios)} scenarios"
        )
    unit = problem.units[0]
    wide = unit if observed is None else observed
    optimum = solve(relaxed(problem))
    root = solve(problem, relax=True) if unit.levers else optimum
    certificate = lower_bound(relaxed(problem), root)
    chosen = whole_posts(problem, post_step).units[0]
    proposed = course_of(unit, chosen, "proposed", months)
    policy, status_quo = policy_of(unit, chosen, "proposed"), today_policy(wide)
    policy = policy if capped else growing(policy)
    today = follow(wide, status_quo, months)

    for_grid, for_twin, for_pairs = rng.spawn(3)
    check_grid = check_on_grid(unit, chosen, certificate.bound, for_grid, replications)
    check_twin = check_on_twin(
        twin, policy, proposed, certificate.bound, for_twin, replications
    )
    under_plan, under_today = simulate_pair(twin, policy, status_quo, for_pairs, pairs)
    saved = (under_today.cash - under_plan.cash).sum(1)
    saving = Interval.of(saved)
    whole = under_today.total(unit.discount) - under_plan.total(unit.discount)
    ceiling = proposed.total_sek + max(FLAT_SHARE * abs(proposed.total_sek), FLAT_SEK)
    near = alternatives(problem, optimum, ceiling)
    means = {one.kind: float(one.handlers.mean()) for one in near}
    return StaffingPlan(
        unit=unit,
        months=months,
        proposed=proposed,
        relaxed=course_of(unit, optimum.units[0], "relaxed", months),
        today=today,
        reallocated=_best_use(unit, wide, status_quo, today, months),
        certificate=certificate,
        integrality_gap=(proposed.total_sek - certificate.bound)
        / max(abs(proposed.total_sek), 1e-9),
        cash=cash_table(under_plan, under_today, months),
        saving_total=saving,
        benefit_saving=Interval.of((under_today.benefit - under_plan.benefit).sum(1)),
        after_horizon=Interval.of(under_today.terminal - under_plan.terminal),
        total_saving=Interval.of(whole),
        probability_saves=float(np.mean(saved > 0)),
        probability_pays=float(np.mean(whole > 0)),
        breakeven_log_hr=None if under is None else breakeven(under, policy, months),
        flat_low=means["fewest"],
        flat_high=means["most"],
        limits=limits_of(problem, optimum, proposed, observed),
        check_grid=check_grid,
        check_continuous=check_twin,
        claims_saving=saving.low > 0,
        policy=policy,
        status_quo=status_quo,
        levers=worth_of(problem),
        prices=prices_of(problem, optimum, months),
        fans=(Fan.of(under_plan), Fan.of(under_today)),
        alternatives=distinct(near),
    )


def _best_use(
    unit: Unit,
    wide: Unit,
    status_quo: Policy,
    today: Course,
    months: pd.DatetimeIndex,
) -> Course:
    """Today's handlers in the program, free to choose who gets their time.

    Limits that today's staffing itself does not keep give way as far as it needs, so
    that it is one of the choices; nothing may be bought.
    """
    # 1 %: at the very edge the solver's tolerance would decide
    needed = 1.01 * float(today.segment_caseload.max())
    heaviest = max(float(unit.caseloads.max()), needed)
    if heaviest not in wide.caseloads:
        wide = with_level(wide, heaviest)
    keep = wide.caseloads <= heaviest
    free = replace(
        wide,
        caseloads=wide.caseloads[keep],
        exit_probability=wide.exit_probability[..., keep],
        overtime_max=0.0,
        fair_floor=unit.fair_floor and max(unit.fair_floor, needed),
        automation=None,
        process=None,
        waiting_max=0.0,
        client_time_floor=None,
        triage=None if wide.triage is None else replace(wide.triage, staff_max=0.0),
    )
    best = solve(relaxed(Problem((free,))), today.hires, status_quo.releases)
    return course_of(free, best.units[0], "reallocated", months)


def cash_table(
    plan: SimulatedCourse, today: SimulatedCourse, months: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return cash per calendar year: means, and the interval of the paired saving.

    Parameters
    ----------
    plan, today : SimulatedCourse
        Run as a pair.
    months : pandas.DatetimeIndex

    Returns
    -------
    pandas.DataFrame
        Columns as `StaffingPlan.cash`.
    """
    years, starts = np.unique(months.year, return_index=True)

    def yearly(monthly: Array) -> Array:
        totals: Array = np.add.reduceat(monthly, starts, axis=1)
        return totals

    saved = yearly(today.cash - plan.cash)
    intervals = [Interval.of(column) for column in saved.T]
    return pd.DataFrame(
        {
            "year": years,
            "benefit_today_sek": yearly(today.benefit).mean(0),
            "benefit_plan_sek": yearly(plan.benefit).mean(0),
            "staff_today_sek": yearly(today.staff + today.shortage_sek).mean(0),
            "staff_plan_sek": yearly(plan.staff + plan.shortage_sek).mean(0),
            "saving_sek": [interval.mean for interval in intervals],
            "saving_lo_80": [interval.low for interval in intervals],
            "saving_hi_80": [interval.high for interval in intervals],
        }
    )
