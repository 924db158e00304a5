from dataclasses import replace

import numpy as np
import pytest
from staffing import BUCKETS, calendar, make_twin, make_unit

from bemanna.models.caseload import Buckets
from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.course import course_of
from bemanna.optimisation.policy import (
    growing,
    policy_of,
    share_time,
    today_policy,
)
from bemanna.optimisation.problem import Automation, Problem, Unit
from bemanna.optimisation.programme import relaxed, solve, whole_handlers
from bemanna.optimisation.simulation import check_on_grid, check_on_twin
from bemanna.optimisation.twin import Twin, simulate, simulate_pair
from bemanna.optimisation.value import follow, today
from bemanna.optimisation.workforce import Workforce

ROBOT = Automation(fixed_cost=1e5, running_cost=5e3, freed_share=0.2, handlers_max=40.0)


def random_unit(seed: int, months: int = 18) -> Unit:
    """Every feature of the program, switched on by chance."""
    rng = np.random.default_rng(seed)
    unit = make_unit(
        seed=seed,
        cases=float(rng.uniform(20, 400)),
        log_hr=float(rng.choice([0.0, 0.15, 0.4, 0.8])),
        segments=int(rng.integers(1, 4)),
        months=months,
        levels=int(rng.integers(2, 7)),
        reentry=bool(rng.integers(2)),
        intake_effort=float(rng.choice([0.0, 0.01])),
        renewal_effort=float(rng.choice([0.0, 0.002])),
        release_max=np.full(months, rng.choice([0.0, 0.5, 3.0])),
        cost_overtime=float(rng.uniform(70e3, 200e3)),
        turnover=float(rng.uniform(0, 0.03)),
        automation=ROBOT if rng.integers(3) == 0 else None,
    )
    if rng.integers(3) == 0:  # too many handlers, and an incentive to let them go
        unit = replace(unit, handlers=2 * unit.handlers)
    return unit


def assert_bounded(seed: int, replications: int) -> None:
    problem = Problem((random_unit(seed),))
    root = solve(relaxed(problem), relax=True)
    bound = lower_bound(relaxed(problem), root).bound
    chosen = whole_handlers(problem).units[0]
    rng = np.random.default_rng(seed)
    for solution in (chosen, solve(relaxed(problem)).units[0]):
        check = check_on_grid(problem.units[0], solution, bound, rng, replications)
        assert check.ok, (seed, check.mean_sek, check.bound_sek, check.se_sek)
        # chance may only add to what the program says that this very plan costs
        assert check.mean_sek >= check.model_sek - 3 * check.se_sek
        # levels are dealt in shares, so that cases are unbiased
        assert check.cases == pytest.approx(solution.served.sum((0, 1, 3)), rel=0.02)


@pytest.mark.parametrize("seed", range(8))
def test_chance_never_beats_the_program(seed: int) -> None:
    assert_bounded(seed, 2_000)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 200))
def test_chance_never_beats_the_program_at_full_size(seed: int) -> None:
    assert_bounded(seed, 10_000)


def test_a_bound_that_is_too_high_is_seen() -> None:
    unit = make_unit(months=12)
    solution = solve(Problem((unit,)))
    bound = 1.05 * solution.objective
    rng = np.random.default_rng(0)
    assert not check_on_grid(unit, solution.units[0], bound, rng, 1_000).ok


def test_without_chance_to_buy_anything_the_program_is_met_exactly() -> None:
    # nothing binds: no turnover, spare time, so the cost is linear in what happens
    unit = make_unit(months=12, turnover=0.0, handlers=60.0, lightest=30)
    unit = replace(unit, release_max=np.zeros(12))
    solution = solve(Problem((unit,)))
    rng = np.random.default_rng(3)
    check = check_on_grid(
        unit, solution.units[0], solution.objective, rng, replications=20_000
    )
    assert check.shortage.max() == 0
    assert abs(check.mean_sek - solution.objective) <= 3 * check.se_sek


def flat_twin(hazard: float, back: float = 0.0, months: int = 24) -> Twin:
    """One segment, one bucket, the same hazard always, arrivals of ten a month."""
    unit = make_unit(segments=1, months=months, buckets=Buckets((0,)), reentry=False)
    returns = np.array([[back, 0.0]])
    return Twin(
        unit=replace(unit, reentry=returns),
        buckets=Buckets((0,)),
        stock=np.array([[100, 50, 50]]),
        hazard=np.full((1, 1, 3), hazard),
        theta=np.zeros(1),
        inflow=np.full((1, 1, months), 10.0),
        benefit=np.full((1, 1), 9_000.0),
        caseload_reference=45.0,
        return_share=returns,
        poisson=True,
    )


def test_cases_follow_the_closed_form() -> None:
    twin = flat_twin(0.1)
    course = simulate(twin, today_policy(twin.unit), np.random.default_rng(1), 4_000)
    t = np.arange(24)
    expected = 200 * 0.9**t + 10 * (1 - 0.9**t) / 0.1
    se = course.cases.std(0) / np.sqrt(4_000)
    assert (np.abs(course.cases.mean(0) - expected) <= 4 * se + 1e-9).all()
    assert np.array_equal(course.benefit, 9_000 * course.cases)


def test_everybody_who_left_comes_back_where_returns_are_certain() -> None:
    twin = replace(flat_twin(0.2, back=1.0), inflow=np.zeros((1, 1, 24)))
    course = simulate(twin, today_policy(twin.unit), np.random.default_rng(1), 50)
    assert (course.cases == 200).all()


def test_nobody_leaves_at_hazard_zero() -> None:
    twin = flat_twin(0.1)
    hazard = np.array([[[0.0, 0.0, 1e-12]]])
    twin = replace(twin, hazard=hazard, inflow=np.full((1, 1, 24), 10.0), poisson=False)
    course = simulate(twin, today_policy(twin.unit), np.random.default_rng(1), 20)
    assert np.array_equal(course.cases, np.tile(200 + 10 * np.arange(24), (20, 1)))


def test_half_the_caseload_multiplies_the_odds() -> None:
    twin = replace(flat_twin(0.1, months=4), theta=np.array([0.8]))
    policy = today_policy(twin.unit)
    rich = replace(twin, unit=replace(twin.unit, handlers=1e4))
    level = replace(policy, handlers=np.full(4, 1e4), caseload_min=22.5)
    course = simulate(rich, level, np.random.default_rng(1), 20_000)
    odds = 0.1 / 0.9 * 2**0.8
    left = 210 - course.cases[:, 1].mean()
    assert left == pytest.approx(200 * odds / (1 + odds), rel=0.01)


def test_without_effect_no_saving_from_exits_is_claimed() -> None:
    unit = make_unit(log_hr=0.3, months=18)
    plan = policy_of(unit, whole_handlers(Problem((unit,))).units[0], "plan")
    twin = make_twin(unit, log_hr=np.zeros(300))
    one, two = simulate_pair(
        twin, plan, today_policy(unit), np.random.default_rng(4), 300
    )
    assert plan.handlers.mean() > 1.2 * unit.handlers  # the plan believes in an effect
    assert np.array_equal(one.benefit, two.benefit)
    assert (one.cash - two.cash).sum(1).mean() > 0


def test_pairs_have_the_same_margins_and_less_noise() -> None:
    unit = make_unit(log_hr=0.2, months=18, cases=120)
    plan = policy_of(unit, whole_handlers(Problem((unit,))).units[0], "plan")
    twin = make_twin(unit, log_hr=np.array([0.2]), spread=0.0).known()
    runs = 3_000
    quo = today_policy(unit)
    one, two = simulate_pair(twin, plan, quo, np.random.default_rng(5), runs)
    alone = simulate(twin, plan, np.random.default_rng(6), runs)
    other = simulate(twin, quo, np.random.default_rng(7), runs)
    for paired, single in ((one, alone), (two, other)):
        for field in ("benefit", "staff", "cases", "shortage"):
            a, b = getattr(paired, field).sum(1), getattr(single, field).sum(1)
            se = np.sqrt((a.var() + b.var()) / runs)
            assert abs(a.mean() - b.mean()) <= 4 * se + 1e-6, field
            if field != "shortage":  # too rare for its spread to be told
                assert a.std() == pytest.approx(b.std(), rel=0.12), field
    coupled = (two.cash - one.cash).sum(1)
    apart = (other.cash - alone.cash).sum(1)
    assert coupled.var() < 0.6 * apart.var()


def test_plan_and_twin_agree_on_monthly_hazards() -> None:
    unit = make_unit(log_hr=0.3, months=24)
    months = calendar(unit)
    chosen = whole_handlers(Problem((unit,))).units[0]
    twin = make_twin(unit, log_hr=np.array([0.3]), spread=0.0)
    plan = course_of(unit, chosen, "plan", months)
    rng = np.random.default_rng(8)
    policy = policy_of(unit, chosen, "plan")
    check = check_on_twin(twin, policy, plan, 0.0, rng, 1_000)
    assert check.ok
    assert abs(check.model_error_share) < 0.01
    assert check.cases == pytest.approx(plan.cases.sum(0), rel=0.03)
    quo = check_on_twin(twin, today_policy(unit), today(unit, months), 0.0, rng, 1_000)
    assert abs(quo.model_error_share) < 0.01


def test_a_twin_of_another_town_is_a_model_error() -> None:
    unit = make_unit(months=12)
    twin = make_twin(unit, log_hr=np.array([0.3]), spread=0.0)
    twin = replace(twin, hazard=0.5 * twin.hazard)
    course = today(unit, calendar(unit))
    rng = np.random.default_rng(0)
    check = check_on_twin(twin, today_policy(unit), course, 0.0, rng, 200)
    assert not check.ok
    assert check.model_error_share > 0.05


def test_today_replaces_who_leaves_and_buys_nothing() -> None:
    unit = make_unit(months=24, turnover=0.05, handlers=7.6)
    twin = make_twin(unit, log_hr=np.zeros(50))
    course = simulate(twin, today_policy(unit), np.random.default_rng(2), 400)
    assert course.handlers == pytest.approx(7.6)
    assert not course.shortage.any()
    hired = (course.staff - 7.6 * unit.cost_handler) / unit.cost_hire
    assert hired.sum(1).mean() == pytest.approx(23 * 0.05 * 7.6, rel=0.06)


@pytest.mark.parametrize(
    ("cases", "log_hr", "turnover"),
    [(60, 0.15, 0.03), (300, 0.0, 0.03), (300, 0.4, 0.015), (20_000, 0.15, 0.015)],
)
def test_a_plan_keeps_close_to_its_staff(
    cases: float, log_hr: float, turnover: float
) -> None:
    unit = make_unit(cases=cases, log_hr=log_hr, months=24, turnover=turnover)
    unit = replace(unit, hire_max=np.r_[np.zeros(3), np.full(21, unit.handlers + 1)])
    plan = policy_of(unit, whole_handlers(Problem((unit,))).units[0], "plan")
    twin = make_twin(unit, log_hr=np.array([log_hr]), spread=0.0).known()
    course = simulate(twin, plan, np.random.default_rng(3), 3_000)
    spread = course.handlers.std(0)
    # chance adds and takes, in no month more of one than of the other
    off = np.abs(course.handlers.mean(0) - plan.handlers)
    assert (off <= 4 * spread / np.sqrt(3_000) + 1e-9).all()
    # and what it did is made good: left alone, turnover alone spreads more
    stays = (1 - turnover) ** np.arange(24)
    assert spread[-1] ** 2 <= 1.1 * (unit.handlers * stays * (1 - stays))[-1] + 1.0
    staff = course.staff - unit.cost_handler * course.handlers
    planned = unit.cost_hire * plan.hires + unit.cost_release * plan.releases
    assert staff.sum(1).mean() == pytest.approx(planned.sum(), rel=0.03)


def test_a_growing_plan_buys_what_it_planned_and_nothing_beyond() -> None:
    unit = make_unit(log_hr=0.4, months=24)
    solution = solve(Problem((unit,)))
    plan = policy_of(unit, solution.units[0], "plan")
    assert plan.bought.sum() > 1  # where time is worth more than its price
    free = growing(plan)
    course = follow(unit, free, calendar(unit))
    assert course.total_sek == pytest.approx(solution.objective, rel=1e-9)
    twin = make_twin(unit, log_hr=np.array([0.4]), spread=0.0)
    busy = replace(twin, inflow=5 * twin.inflow)
    one, two = simulate_pair(busy, plan, free, np.random.default_rng(3), 300)
    assert two.shortage == pytest.approx(np.tile(plan.bought, (300, 1)))
    assert one.shortage.sum() > two.shortage.sum()
    assert two.caseload[:, -1].min() > unit.caseloads.max()


@pytest.mark.parametrize("ramp", [[], [0.5], [0.3, 0.6, 0.9]])
def test_a_workforce_shrinks_by_turnover_and_learns(ramp: list[float]) -> None:
    unit = make_unit(ramp=np.array(ramp), handlers=10.4, turnover=0.1)
    staff, rng = Workforce(unit, 20_000), np.random.default_rng(0)
    assert not staff.change(np.full(20_000, 2.0), np.zeros(20_000)).any()
    first = ramp[0] if ramp else 1.0
    nobody = np.zeros(20_000)
    assert staff.present(0, nobody) == pytest.approx(0.88 * (10.4 + 2 * first))
    for _ in range(4):
        staff.leave(1 - rng.random((2, *staff.tenure.shape)), nobody)
    assert staff.handlers.mean() == pytest.approx(12.4 * 0.9**4, rel=0.01)
    assert staff.present(0, nobody) == pytest.approx(0.88 * staff.handlers)
    gone = staff.change(np.zeros(20_000), np.full(20_000, 99.0))
    assert staff.handlers == pytest.approx(0.0)
    assert gone.mean() == pytest.approx(12.4 * 0.9**4, rel=0.01)


def test_time_is_shared_out_exactly() -> None:
    rng = np.random.default_rng(0)
    load, relative = rng.uniform(0, 50, (200, 6)), rng.uniform(0.5, 2, 6)
    low, high = 1 / 60, 1 / 20
    capacity = rng.uniform(0.5, 1.5, 200) * load.sum(1) / 35
    effort = share_time(load, relative, capacity, low, high)
    assert ((effort >= low - 1e-12) & (effort <= high + 1e-12)).all()
    used = (load * effort).sum(1)
    possible = np.clip(capacity, low * load.sum(1), high * load.sum(1))
    assert used == pytest.approx(possible, rel=1e-9)
    inside = (effort > low + 1e-9) & (effort < high - 1e-9)
    scale = np.where(inside, effort / relative, np.nan)
    spread = np.nanmax(scale, 1, initial=0) - np.nanmin(scale, 1, initial=9)
    assert (spread[inside.sum(1) > 1] < 1e-9).all()


def test_one_level_leaves_no_choice() -> None:
    assert (share_time(np.ones((2, 3)), np.ones(3), np.ones(2), 0.1, 0.1) == 0.1).all()


def test_twins_are_refused_where_shapes_do_not_fit() -> None:
    twin = make_twin(make_unit(), log_hr=np.zeros(4))
    with pytest.raises(ValueError, match="inflow must have shape"):
        replace(twin, inflow=twin.inflow[:, :, 1:])
    with pytest.raises(ValueError, match="buckets must number 5, got 1"):
        replace(twin, buckets=Buckets((0,)))
    with pytest.raises(ValueError, match="more than 24 months, got 20"):
        replace(twin, stock=twin.stock[:, :20], hazard=twin.hazard[..., :20])
    assert len(BUCKETS) == 5
