from dataclasses import replace
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest
from staffing import calendar, make_twin, make_unit

from bemanna.models.caseload import Buckets
from bemanna.models.domain import InfeasibleError
from bemanna.optimisation.course import course_of
from bemanna.optimisation.limits import breakeven, limits_of
from bemanna.optimisation.plan import StaffingPlan, make_plan
from bemanna.optimisation.policy import policy_of, today_policy
from bemanna.optimisation.problem import Automation, Budget, Problem, Scenario, Unit
from bemanna.optimisation.programme import relaxed, solve, whole_handlers
from bemanna.optimisation.simulation import simulate_pair
from bemanna.optimisation.value import follow, today, with_level


def random_unit(seed: int) -> Unit:
    rng = np.random.default_rng(seed)
    return make_unit(
        seed=seed,
        cases=float(rng.uniform(20, 400)),
        log_hr=float(rng.choice([0.0, 0.15, 0.4])),
        months=15,
        levels=5,
        caseload=float(rng.uniform(30, 55)),
        reentry=bool(rng.integers(2)),
        intake_effort=float(rng.choice([0.0, 0.01])),
        renewal_effort=float(rng.choice([0.0, 0.001])),
        turnover=float(rng.uniform(0, 0.03)),
    )


@pytest.mark.parametrize("seed", range(6))
def test_courses_cost_what_the_program_says(seed: int) -> None:
    unit = random_unit(seed)
    months = calendar(unit)
    problem = Problem((unit,))
    solution = solve(problem)
    course = course_of(unit, solution.units[0], "relaxed", months)
    assert course.total_sek == pytest.approx(solution.objective, rel=1e-9)
    again = follow(unit, policy_of(unit, solution.units[0], "relaxed"), months)
    assert again.total_sek == pytest.approx(solution.objective, rel=1e-6)
    assert again.cases == pytest.approx(course.cases, rel=1e-6)
    assert course.cases[:, 0] == pytest.approx(unit.stock.sum(1))


def test_a_robot_is_paid_for_and_frees_time() -> None:
    robot = Automation(
        fixed_cost=5e5, running_cost=8e3, freed_share=0.3, handlers_max=30.0
    )
    unit = make_unit(months=15, automation=robot)
    months = calendar(unit)
    solution = solve(Problem((unit,)))
    assert solution.units[0].robot
    course = course_of(unit, solution.units[0], "robot", months)
    assert course.total_sek == pytest.approx(solution.objective, rel=1e-9)
    assert course.staff_sek[0] > course.staff_sek[1] + 4e5
    again = follow(unit, policy_of(unit, solution.units[0], "robot"), months)
    assert again.total_sek == pytest.approx(solution.objective, rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_today_is_a_choice_that_the_program_could_make(seed: int) -> None:
    unit = random_unit(seed)
    if seed % 3 == 0:  # far more handlers than cases: time to spare
        unit = replace(unit, handlers=5 * unit.handlers)
    months = calendar(unit)
    course = today(unit, months)
    assert course.segment_caseload.max() <= unit.caseloads.max() + 1e-9
    # every case gets the same
    assert np.ptp(course.segment_caseload, axis=0).max() < 1e-9
    fixed = replace(unit, overtime_max=0.0)
    best = solve(Problem((fixed,)), course.hires, course.releases)
    assert best.objective <= course.total_sek * (1 + 1e-9)
    assert best.units[0].handlers == pytest.approx(course.handlers)


def test_the_price_of_bought_capacity_does_not_touch_today() -> None:
    unit = make_unit(months=15, caseload=75)  # beyond every level of the program
    months = calendar(unit)
    before = today(unit, months)
    dear = replace(unit, cost_overtime=10 * unit.cost_overtime)
    assert today(dear, months).total_sek == before.total_sek
    assert before.segment_caseload.min() > 60
    assert not before.shortage.any()


def test_today_follows_the_closed_form() -> None:
    unit = make_unit(
        segments=1,
        months=12,
        buckets=Buckets((0,)),
        reentry=False,
        log_hr=0.0,
        cases=100,
        handlers=3.0,
        intake_effort=0.01,
    )
    unit = replace(unit, inflow=np.full((1, 12), 8.0), ramp=np.array([0.5]))
    course = today(unit, calendar(unit))
    p = unit.exit_probability[0, 0, 0, 0]
    t = np.arange(12)
    cases = 100 * (1 - p) ** t + 8 * (1 - (1 - p) ** t) / p
    assert course.cases[0] == pytest.approx(cases)
    assert course.exits[0] == pytest.approx(p * cases)
    assert course.hires == pytest.approx(np.r_[0.0, np.full(11, 0.045)])
    time = 0.88 * (3 - 0.5 * course.hires) - 0.08
    assert course.segment_caseload[0] == pytest.approx(0.8 * cases / time)
    staff = 3 * 62e3 + 90e3 * course.hires
    assert course.staff_sek == pytest.approx(staff)
    assert course.benefit_sek == pytest.approx(9_500 * cases)
    left = unit.terminal_value[0, 0] * cases[-1] * (1 - p)
    kept = unit.handler_value * 3 * (1 - 0.015)
    factor = unit.discount ** np.arange(13)
    assert course.terminal_sek == pytest.approx(factor[12] * (left - kept))
    cash = factor[:12] @ (course.staff_sek + course.benefit_sek)
    assert course.total_sek == pytest.approx(cash + course.terminal_sek)


def test_spare_time_is_spent_at_the_lightest_level() -> None:
    unit = make_unit(months=12, handlers=100.0)
    course = today(unit, calendar(unit))
    assert course.segment_caseload == pytest.approx(20.0)


def test_handlers_without_time_are_refused_by_name() -> None:
    unit = make_unit(months=12, handlers=0.2, intake_effort=0.05)
    with pytest.raises(ValueError, match="handlers of 'today' have no time left"):
        today(unit, calendar(unit))


def test_exits_between_and_beyond_levels_lie_on_the_line() -> None:
    unit = make_unit(months=12)
    wider = with_level(unit, 90.0)
    effort, p = 1 / wider.caseloads, wider.exit_probability[0, 0, 0]
    slope = np.diff(p[:2]) / np.diff(effort[:2])
    assert p[-1] == pytest.approx(p[0] + slope[0] * (effort[-1] - effort[0]))
    middle = with_level(unit, 2 / (1 / 60 + 1 / unit.caseloads[1]))
    assert middle.exit_probability[..., -1] == pytest.approx(
        unit.exit_probability[..., :2].mean(-1)
    )


def test_courses_need_a_month_for_every_month() -> None:
    unit = make_unit(months=12)
    with pytest.raises(ValueError, match="months must have length 12, got 11"):
        today(unit, calendar(unit)[:11])


@cache
def small_plan(
    log_hr: float = 0.3, caseload: float = 45, *, capped: bool = True
) -> StaffingPlan:
    unit = make_unit(log_hr=log_hr, caseload=caseload, months=18, cases=200)
    effects = np.random.default_rng(1).normal(log_hr, 0.2, 300)
    return make_plan(
        Problem((unit,)),
        calendar(unit),
        make_twin(unit, log_hr=effects, caseload=caseload),
        np.random.default_rng(2),
        under=world(caseload),
        replications=1_000,
        pairs=300,
        capped=capped,
    )


def world(caseload: float = 45) -> partial[Unit]:
    """From a log hazard ratio of halving to the same town under it."""

    def under(effect: float) -> Unit:
        return make_unit(log_hr=effect, caseload=caseload, months=18, cases=200)

    return partial(under)


@pytest.mark.parametrize("capped", [True, False])
def test_break_even_is_where_both_cost_the_same(capped: bool) -> None:
    plan = small_plan(capped=capped)
    root = plan.breakeven_log_hr
    assert root is not None
    assert 0 < root < 0.3
    assert plan.policy.charged is capped

    def dearer(effect: float) -> float:
        there = world()(effect)
        ours = follow(there, plan.policy, plan.months).total_sek
        return ours - follow(there, today_policy(there), plan.months).total_sek

    assert dearer(root) == pytest.approx(0, abs=1e-4 * plan.today.total_sek)
    assert dearer(root + 0.05) < 0 < dearer(root - 0.05)
    # the plan's own cost in the world it was made for
    assert dearer(0.3) == pytest.approx(
        plan.proposed.total_sek - plan.today.total_sek, rel=0.02
    )


def test_a_plan_that_changes_nothing_has_no_break_even() -> None:
    unit = world()(0.3)
    assert breakeven(world(), today_policy(unit), calendar(unit)) is None


def test_a_plan_adds_up() -> None:
    plan = small_plan()
    cash = plan.cash
    assert list(cash["year"]) == [2026, 2027]
    before = cash["benefit_today_sek"] + cash["staff_today_sek"]
    after = cash["benefit_plan_sek"] + cash["staff_plan_sek"]
    assert cash["saving_sek"].to_numpy() == pytest.approx((before - after).to_numpy())
    assert cash["saving_sek"].sum() == pytest.approx(plan.saving_total.mean)
    assert (cash["saving_lo_80"] < cash["saving_sek"]).all()
    assert (cash["saving_sek"] < cash["saving_hi_80"]).all()
    assert plan.claims_saving == (plan.saving_total.low > 0)
    assert abs(plan.certificate.gap) <= 1e-8
    assert 0 <= plan.integrality_gap < 0.02
    ranking = [plan.relaxed, plan.proposed, plan.reallocated, plan.today]
    costs = [course.total_sek for course in ranking]
    assert costs == sorted(costs)
    assert plan.reallocated.handlers == pytest.approx(plan.today.handlers)
    assert plan.flat_low <= plan.proposed.handlers.mean() <= plan.flat_high
    assert plan.check_grid.ok
    assert plan.check_continuous.ok
    posts = plan.proposed.handlers - plan.today.handlers
    more = np.flatnonzero(np.diff(posts) > 1e-6) + 1
    assert posts[more] == pytest.approx(np.rint(posts[more]), abs=1e-9)
    # what the twin sees today is what the program sees today
    yearly = plan.today.cash_by_year()["staff_sek"].to_numpy()
    assert cash["staff_today_sek"].to_numpy() == pytest.approx(yearly, rel=0.01)
    assert isinstance(plan.months, pd.DatetimeIndex)


def test_today_beyond_the_cap_is_followed_and_improved() -> None:
    plan = small_plan(0.3, 75)
    assert plan.today.segment_caseload.min() > 60
    assert plan.reallocated.total_sek <= plan.today.total_sek
    assert not plan.reallocated.shortage.any()
    assert plan.proposed.segment_caseload.max() <= 60 + 1e-6
    assert {"shortage", "lead_time"} <= {limit.kind for limit in plan.limits}


def test_limits_cost_what_lifting_them_saves() -> None:
    unit = make_unit(months=15, fair_floor=25.0)
    free = solve(Problem((unit,)))
    months = tuple(range(12, 15))
    spent = unit.cost_handler * free.units[0].handlers[12:].sum()
    budget = Budget(months=months, limit=0.9 * spent)
    problem = Problem((unit,), budgets=(budget,))
    optimum = solve(problem)
    proposed = course_of(unit, whole_handlers(problem).units[0], "plan", calendar(unit))
    limits = limits_of(problem, optimum, proposed)
    found = {limit.kind: limit for limit in limits}
    assert found["budget"].months == months
    assert found["budget"].price_sek == pytest.approx(
        optimum.objective - free.objective, rel=1e-6
    )
    assert found["lead_time"].months == (0, 1, 2)
    assert {"shortage", "hire_max", "fair_floor"} <= set(found)
    prices = [limit.price_sek for limit in limits]
    assert prices == sorted(prices, reverse=True)
    at_once = replace(unit, hire_max=np.full(15, 100.0))
    easy = replace(problem, units=(at_once,))
    kinds = {limit.kind for limit in limits_of(easy, solve(easy), proposed)}
    assert not kinds & {"lead_time", "hire_max"}


@pytest.mark.parametrize("log_hr", [0.14, 0.3])
def test_where_effort_works_the_plan_is_cheaper_out_of_sample(log_hr: float) -> None:
    unit = make_unit(log_hr=log_hr, months=24)
    chosen = whole_handlers(Problem((unit,))).units[0]
    twin = make_twin(unit, log_hr=np.full(1, log_hr), spread=0.0).known()
    plan, quo = simulate_pair(
        twin,
        policy_of(unit, chosen, "plan"),
        today_policy(unit),
        np.random.default_rng(7),
        1_000,
    )
    saved = quo.total(unit.discount) - plan.total(unit.discount)
    assert saved.mean() > 3 * saved.std() / np.sqrt(1_000)


def test_where_effort_does_nothing_nobody_is_hired_for_it() -> None:
    plan = small_plan(0.0)
    assert plan.proposed.handlers[:-3].max() <= plan.today.handlers.max() + 1e-9
    benefit = plan.cash["benefit_today_sek"] - plan.cash["benefit_plan_sek"]
    paid = plan.cash["benefit_today_sek"].sum()
    assert abs(benefit.sum()) < 0.01 * paid


def test_the_plan_does_not_end_in_a_rush_of_hires() -> None:
    unit = make_unit(log_hr=0.2, months=24, cases=150)
    unit = replace(unit, hire_max=np.full(24, 50.0))
    plan = solve(Problem((unit,))).units[0]
    # a month's turnover may be caught up with, a staff may not be doubled
    assert plan.hires[-3:].max() < 0.15 * plan.handlers[-4]
    assert plan.handlers[-1] == pytest.approx(plan.handlers[-7], rel=0.2)


def test_a_plan_is_of_one_unit_without_scenarios() -> None:
    unit = make_unit(months=12)
    twin = make_twin(unit, log_hr=np.zeros(2))
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="got 2 units and 0 scenarios"):
        make_plan(Problem((unit, unit)), calendar(unit), twin, rng)
    several = Problem((unit,), scenarios=(Scenario(1.0, unit),))
    with pytest.raises(ValueError, match="got 1 units and 1 scenarios"):
        make_plan(several, calendar(unit), twin, rng)


def test_a_budget_that_cannot_be_kept_is_named() -> None:
    unit = make_unit(months=12, release_max=np.zeros(12))
    tight = Budget(months=tuple(range(12)), limit=1_000.0, label="2026")
    twin = make_twin(unit, log_hr=np.zeros(2))
    with pytest.raises(InfeasibleError) as refused:
        make_plan(
            Problem((unit,), budgets=(tight,)),
            calendar(unit),
            twin,
            np.random.default_rng(0),
        )
    assert "budget[0]" in refused.value.conflict
    assert relaxed(Problem((unit,))).units[0].integer_hires is False
