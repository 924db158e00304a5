"""Triage, waiting, time with clients, and staff who leave because of the caseload."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from instances import SMALL, generator, optimum, random_unit, with_extras
from staffing import calendar, make_twin, make_unit
from test_planning import gathered
from test_run import small_case

from bemanna.models.domain import InfeasibleError
from bemanna.models.effect import EffortEffect
from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.course import course_of
from bemanna.optimisation.levers import worth_of
from bemanna.optimisation.limits import limits_of
from bemanna.optimisation.policy import policy_of, today_policy
from bemanna.optimisation.problem import Problem, Scenario, Unit
from bemanna.optimisation.programme import relaxed, solve
from bemanna.optimisation.simulation import check_on_grid, check_on_twin
from bemanna.optimisation.strain import Strain
from bemanna.optimisation.triage import of_whom, with_triage, without_triage
from bemanna.optimisation.twin import Twin, simulate_pair
from bemanna.optimisation.value import follow, today
from bemanna.pipelines.planning import program_unit, unit_twin, with_allowed
from bemanna.pipelines.registers import read_case

CHEAP = {"share_max": 0.3, "cost": 55e3, "staff_max": 2.0}


def cost(unit: Unit) -> float:
    return solve(Problem((unit,))).objective


def dressed(unit: Unit, twin: Twin) -> Twin:
    """Give the twin the routed segments of the unit, empty."""
    whom, own = of_whom(unit), unit.own
    return replace(
        twin,
        unit=unit,
        stock=twin.stock[whom] * own[:, None],
        hazard=twin.hazard[:, whom],
        inflow=twin.inflow[:, whom] * own[:, None],
        benefit=twin.benefit[:, whom],
        return_share=twin.return_share[whom],
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_costs_what_it_costs_when_followed_and_when_lived(seed: int) -> None:
    rng = generator(3000 + seed)
    unit = with_extras(rng, random_unit(rng, (3, 3, 10, 4)))
    unit = replace(unit, overtime_max=None, release_max=np.zeros(10))
    problem = Problem((unit,))
    try:
        found = solve(problem)
    except InfeasibleError:
        return
    own, months = found.units[0], calendar(unit)
    bound = lower_bound(problem, found)
    assert abs(bound.gap) <= 1e-8
    course = course_of(unit, own, "plan", months)
    assert course.total_sek == pytest.approx(found.objective, rel=1e-9)
    again = follow(unit, policy_of(unit, own, "plan"), months)
    assert again.total_sek == pytest.approx(found.objective, rel=1e-9)
    assert again.hires == pytest.approx(own.hires, abs=1e-6)
    lived = check_on_grid(unit, own, bound.bound, np.random.default_rng(seed), 2_000)
    assert lived.ok


def test_triage_never_costs_and_nothing_dear_is_used() -> None:
    plain = make_unit(months=18)
    cheap = with_triage(plain, **CHEAP)
    assert cost(cheap) < cost(plain)
    more = with_triage(plain, **(CHEAP | {"share_max": 0.6, "staff_max": 4.0}))
    assert cost(more) <= cost(cheap)
    for offer in ({"cost": 1e7}, {"staff_max": 0.0}, {"share_max": 0.0}):
        offered = with_triage(plain, **(CHEAP | offer))
        assert cost(offered) == pytest.approx(cost(plain), rel=1e-8)


def test_triage_is_told_of_by_households_and_undone() -> None:
    plain = make_unit(months=18)
    unit = with_triage(plain, **CHEAP, sources=np.array([0, 2]))
    assert unit.own.tolist() == [True] * 3 + [False] * 2
    own = solve(Problem((unit,))).units[0]
    course = course_of(unit, own, "plan", calendar(unit))
    assert course.cases.shape == (3, 18)
    assert course.cases.sum() == pytest.approx(own.served.sum())
    assert course.partners.max() > 0
    assert (own.routed[:, 0] == 0).all()
    assert (own.routed <= 0.3 * unit.inflow[[0, 2]] + 1e-9).all()
    back = without_triage(unit)
    assert cost(back) == pytest.approx(cost(plain), rel=1e-12)
    with pytest.raises(ValueError, match="share_max"):
        with_triage(plain, 1.2, 1.0, 1.0)
    with pytest.raises(ValueError, match="different"):
        with_triage(plain, 0.2, 1.0, 1.0, np.array([1, 1]))


def test_triage_and_its_limits_have_their_price() -> None:
    unit = with_triage(make_unit(months=18), **CHEAP)
    problem = Problem((unit,))
    found = solve(problem)
    (worth,) = worth_of(problem)
    assert worth.kind == "triage"
    assert worth.bought
    assert worth.net_sek == pytest.approx(cost(without_triage(unit)) - cost(unit))
    course = course_of(unit, found.units[0], "plan", calendar(unit))
    kinds = {limit.kind: limit for limit in limits_of(problem, found, course)}
    held = kinds.keys() & {"triage_share", "triage_staff"}
    assert held
    assert all(kinds[kind].price_sek > 0 for kind in held)


def test_whole_households_are_routed_in_the_planned_share() -> None:
    unit = with_triage(make_unit(months=18, cases=900), **CHEAP)
    own = solve(Problem((unit,))).units[0]
    policy, months = policy_of(unit, own, "plan"), calendar(unit)
    twin = dressed(unit, make_twin(without_triage(unit), log_hr=np.array([0.3])))
    rng = np.random.default_rng(0)
    course = follow(unit, policy, months)
    check = check_on_twin(twin, policy, course, 0.0, rng, 1_000)
    assert check.ok
    assert check.cases[-1] == pytest.approx(course.cases[:, -1].sum(), rel=0.03)
    still = simulate_pair(twin.known(), policy, today_policy(unit), rng, 400)
    assert still[1].cases.mean(0)[-1] == pytest.approx(
        today(unit, months).cases[:, -1].sum(), rel=0.03
    )


def test_where_nothing_follows_the_caseload_nothing_changes() -> None:
    plain = make_unit(months=12)
    none = replace(plain, strain=Strain(caseload=45.0))
    assert cost(none) == cost(plain)


@pytest.mark.parametrize("kind", ["turnover", "absence"])
def test_a_lighter_caseload_gives_staff_back(kind: str) -> None:
    # today's caseload is where the rates are as stated
    plain = make_unit(months=24, log_hr=0.3, turnover=0.03, hire_max=np.full(24, 5.0))
    now = float(plain.stock.sum() / plain.handlers)
    months = calendar(plain)
    costs, hired = [], []
    for share in (0.0, 0.5, 1.0):
        unit = replace(plain, strain=Strain(now, **{kind: share}))
        costs.append(cost(unit) - today(unit, months).total_sek)
        hired.append(solve(Problem((unit,))).units[0].handlers[-1])
    assert costs[0] > costs[1] > costs[2]
    held = replace(plain, strain=Strain(now, turnover=1.0))
    course = today(held, months)
    left = 0.03 * course.cases.sum(0) / now
    assert course.hires[1:] == pytest.approx(left[:-1])


def test_rates_stay_above_nothing_and_futures_share_handlers() -> None:
    with pytest.raises(ValueError, match="turnover must be in"):
        Strain(40.0, turnover=1.5)
    with pytest.raises(ValueError, match="caseload"):
        Strain(0.0)
    unit = make_unit(months=6, strain=Strain(45.0, turnover=0.5))
    with pytest.raises(ValueError, match="share their handlers"):
        Problem((unit,), (), (Scenario(1.0, unit),))


def test_a_floor_on_time_with_clients_holds_and_has_a_price() -> None:
    plain = make_unit(months=18, intake_effort=0.02)
    own = solve(Problem((plain,))).units[0]

    def share(unit: Unit, served: np.ndarray, handlers: np.ndarray) -> np.ndarray:
        spent = (unit.weight[:, None, :, None] / unit.caseloads * served).sum((0, 1, 3))
        return np.asarray(spent / ((1 - unit.absence) * handlers))

    free = share(plain, own.served, own.handlers)
    floor = float(free.min()) + 0.02
    unit = replace(plain, client_time_floor=floor)
    found = solve(Problem((unit,)))
    kept = found.units[0]
    assert share(unit, kept.served, kept.handlers).min() >= floor - 1e-9
    assert kept.client_time.min() >= 0
    assert kept.client_time.max() > 0
    # a little more of the floor costs what its price says
    step = 1e-5
    more = replace(plain, client_time_floor=floor + step)
    present = (1 - unit.absence) * kept.handlers
    said = step * float(kept.client_time @ present)
    assert cost(more) - found.objective == pytest.approx(said, rel=0.05)
    course = course_of(unit, kept, "plan", calendar(unit))
    limits = {limit.kind: limit for limit in limits_of(Problem((unit,)), found, course)}
    assert limits["client_time"].price_sek == pytest.approx(
        found.objective - cost(plain), rel=1e-6
    )


def test_work_that_may_wait_evens_out_a_peak() -> None:
    peaks = 1 + 0.9 * (np.arange(18) % 6 == 4)
    plain = make_unit(months=18, intake_effort=0.15, cost_overtime=400e3)
    plain = replace(plain, inflow=plain.inflow * peaks)
    costs = [cost(replace(plain, waiting_max=m)) for m in (0.0, 0.1, 0.3, 1.0)]
    assert (np.diff(costs) < 0).all()
    unit = replace(plain, waiting_max=0.3)
    own = solve(Problem((unit,))).units[0]
    assert (own.waiting <= unit.waitable + 1e-9).all()
    assert own.waiting[-1] == 0


@pytest.mark.parametrize("seed", range(6))
def test_any_prices_give_a_bound(seed: int) -> None:
    rng = generator(7000 + seed)
    problem = Problem((with_extras(rng, random_unit(rng, SMALL)),))
    best = optimum(problem)
    if best is None:
        return
    found = solve(relaxed(problem))
    own = found.units[0]
    for size in (0.01, 0.5, 5.0):
        noise = {
            name: getattr(own, name) * (1 + rng.normal(0, size))
            for name in ("head", "capacity", "triage", "client_time", "fairness")
        }
        off = replace(found, units=(replace(own, **noise),))
        assert lower_bound(problem, off).bound <= best * (1 + 1e-12)


TRIAGE = """
[levers.triage]
share_max = 0.3
staff_max = 2.0
cost_month_sek = 60_000
from_month = "{month}"

[levers.client_time]
share_today = 0.126
share_least = 0.12
"""


def test_a_case_offers_them(tmp_path: Path) -> None:
    plain = read_case(small_case(tmp_path / "plain"))
    start = f"{plain.months[-1] + pd.DateOffset(months=5):%Y-%m}"
    case, future = gathered(small_case(tmp_path / "case", TRIAGE.format(month=start)))
    wide = program_unit(case, future, 0.2)
    unit = with_allowed(wide)
    assert unit.triage is not None
    assert unit.routable[:, :4].sum() == 0
    assert unit.routable[:, 4:].min() > 0
    # 0.12 of 0.126 of today's time, all of which goes to cases but for the ramp
    assert 0.85 < (unit.client_time_floor or 0) < 0.96
    assert solve(relaxed(Problem((unit,)))).units[0].partners[:4].sum() == 0
    effect = EffortEffect.fixed(0.1, 0.1)
    twin = unit_twin(case, future, effect, wide, np.random.default_rng(1))
    assert twin.stock[~unit.own].sum() == 0
    assert twin.hazard.shape[1] == len(unit.own)
