"""What-if answers: never cheaper under tighter limits, and the same as built anew."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from instances import plain

from bemanna.models.domain import Array, InfeasibleError
from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.problem import Automation, Budget, Problem, Unit
from bemanna.optimisation.programme import (
    build,
    handler_value,
    long_run_capacity_price,
    solve,
    terminal_value,
)
from bemanna.optimisation.question import (
    capped,
    changed_world,
    hire_limits,
    kept_staff,
)
from bemanna.optimisation.triage import with_triage
from bemanna.optimisation.whatif import Answer, Change, WhatIf

MONTHS = pd.date_range("2026-09-01", periods=10, freq="MS")
FIRST, SECOND = tuple(range(4)), tuple(range(4, 10))
ROBOT = Automation(fixed_cost=120.0, running_cost=4.0, freed_share=0.2, handlers_max=90)


def unit(**changes: object) -> Unit:
    """Give a unit whose hires wait three months, valued by its own prices."""
    limits = np.where(np.arange(10) < 3, 0.02, 6.0)
    fixed = {"hire_max": limits, "release_max": np.full(10, 0.3), "turnover": 0.01}
    own = plain(**{**fixed, **changes})
    own = replace(
        own,
        handler_value=handler_value(own),
        month_value=long_run_capacity_price(own),
    )
    return replace(own, terminal_value=terminal_value(own))


@cache
def desk(limited: bool = False) -> WhatIf:
    own = unit()
    budgets = limit(2.0) if limited else ()
    return WhatIf(Problem((own,), budgets), MONTHS, under=lambda _: own)


def cost(change: Change, limited: bool = False) -> float:
    return desk(limited).ask(change).course.total_sek


def limit(share: float, months: tuple[int, ...] = SECOND) -> tuple[Budget, ...]:
    """Part of what the plan spends on staff in those months."""
    course = desk().plan.course
    spent = (course.staff_sek + course.shortage_sek)[list(months)].sum()
    return (Budget(months, share * float(spent)),)


CHANGES = {
    "nothing": Change(),
    "more": Change(handlers=2.0),
    "fewer": Change(handlers=-1.5, since=2),
    "held": Change(handlers=9.0, relative=False, since=0),
    "hires": Change(hire_max=0.3),
    "waiting": Change(lead_months=6),
    "inflow": Change(inflow=1.2),
    "cap": Change(caseload_max=37.0),
    "robot": Change(robot=ROBOT),
    "benefit": Change(benefit=0.8),
    "pay": Change(handler_cost=1.1),
    "all": Change(inflow=0.9, lead_months=5, hire_max=0.8, caseload_max=42.0),
    "robot and staff": Change(robot=ROBOT, handlers=1.0, inflow=1.1),
}


@pytest.mark.parametrize("limited", [False, True], ids=["free", "budget"])
@pytest.mark.parametrize("name", CHANGES)
def test_an_answer_is_that_of_a_program_built_anew(name: str, limited: bool) -> None:
    change = CHANGES[name]
    found = desk(limited).ask(change)
    problem = replace(desk(limited).problem, units=(found.unit,))
    given: tuple[Array | None, Array | None] = (None, None)
    if change.handlers is not None:
        given = kept_staff(found.unit, change, desk(limited).policy)
    programme = build(problem, *given)
    resident = programme.resident()
    if change.robot is not None:
        resident.relax()
        resident.hold(np.array([programme.staff[0].robot]), np.ones(1), np.ones(1))
    anew = programme.solution(resident.optimum())
    assert found.course.total_sek == pytest.approx(anew.objective, rel=1e-7)
    assert abs(found.certificate.gap) < 1e-8


def test_no_change_is_the_plan() -> None:
    for limited in (False, True):
        plan = solve(desk(limited).problem)
        for _ in range(2):  # and leaves nothing behind
            cost(Change(handlers=1.0, inflow=1.3), limited)
            assert cost(Change(), limited) == pytest.approx(plan.objective, rel=1e-9)
    np.testing.assert_allclose(
        desk().ask(Change()).course.handlers, desk().plan.course.handlers, rtol=1e-9
    )


@pytest.mark.parametrize("more", [-2.0, -0.5, 0.0, 0.7, 3.0])
@pytest.mark.parametrize("since", [None, 3, 5])
def test_other_staffing_never_costs_less_than_the_plan(
    more: float, since: int | None
) -> None:
    best = cost(Change())
    found = desk().ask(Change(handlers=more, since=since))
    assert found.course.total_sek >= best * (1 - 1e-9)
    beside = found.course.handlers - desk().plan.course.handlers
    first = 3 if since is None else since
    np.testing.assert_allclose(beside[:first], 0, atol=1e-8)
    np.testing.assert_allclose(beside[first:], more, atol=1e-8)


def rising(costs: list[float]) -> bool:
    return bool((np.diff(costs) >= -1e-9 * abs(costs[0])).all())


def test_tighter_limits_are_never_cheaper() -> None:
    assert rising([cost(Change(budgets=limit(x))) for x in (2, 1, 0.97, 0.95)])
    caps = (45.7, 44.0, 37.0, 30.0, 24.0)
    assert rising([cost(Change(caseload_max=cap)) for cap in caps])
    assert rising([cost(Change(hire_max=most)) for most in (3.0, 1.0, 0.4, 0.1)])
    assert rising([cost(Change(lead_months=n)) for n in (0, 2, 5, 9)])


def test_cheaper_time_costs_less_and_a_robot_is_paid_for() -> None:
    assert rising([cost(Change(handler_cost=x)) for x in (0.8, 1.0, 1.2)])
    assert rising([cost(Change(benefit=x)) for x in (0.8, 1.0, 1.2)])
    free = Change(robot=replace(ROBOT, fixed_cost=0.0, running_cost=0.0))
    bought = cost(Change(robot=ROBOT))
    course = desk().ask(free).course
    assert course.total_sek <= cost(Change()) * (1 + 1e-9)
    paid = 120 + 4 * (desk().unit.discount ** np.arange(10)).sum()
    assert bought - course.total_sek == pytest.approx(paid)


def test_savings_are_counted_in_the_same_world() -> None:
    found = desk().ask(Change(inflow=1.25))
    assert found.today.total_sek > desk().today.total_sek
    assert found.plan.total_sek >= found.course.total_sek * (1 - 1e-9)
    staffing_alone = desk().ask(Change(hire_max=0.2))
    assert staffing_alone.today is desk().today
    by_year = found.saving_by_year(found.today)
    assert list(by_year.index) == [2026, 2027]
    cash = found.today.cash_sek.sum() - found.course.cash_sek.sum()
    assert by_year.to_numpy().sum() == pytest.approx(cash)


def kinds(found: Answer) -> dict[str, float]:
    return {bind.kind: bind.worth_sek for bind in found.binds}


def test_what_binds_is_named_and_worth_what_it_says() -> None:
    (tight,) = limit(0.96)
    found = desk().ask(Change(budgets=(tight,)))
    worth = kinds(found)["budget"]
    step = replace(tight, limit=tight.limit + 0.01)
    saved = found.course.total_sek - cost(Change(budgets=(step,)))
    assert saved == pytest.approx(0.01 * worth, rel=0.05)
    waiting = desk().ask(Change(lead_months=9, hire_max=1.0))
    assert kinds(waiting)["lead_time"] > 0


def test_limits_that_collide_are_named() -> None:
    with pytest.raises(InfeasibleError) as error:
        cost(Change(budgets=(Budget(SECOND, 1.0),)))
    assert any(key.startswith("budget") for key in error.value.conflict)
    with pytest.raises(InfeasibleError) as error:
        cost(Change(handlers=5.0, budgets=limit(0.9)))
    assert not any(key.startswith("hire_max") for key in error.value.conflict)
    assert cost(Change()) == pytest.approx(desk().plan.course.total_sek, rel=1e-9)


def test_a_cap_beyond_what_is_known_is_refused() -> None:
    with pytest.raises(ValueError, match="caseload_max"):
        cost(Change(caseload_max=1000.0))
    own = unit()
    between = capped(own, 37.0, float(own.caseloads.min()))
    assert between.caseloads[0] == 37.0
    assert (np.diff(between.caseloads) < 0).all()
    assert (np.diff(between.exit_probability, axis=-1) >= -1e-12).all()


def test_who_leaves_can_be_replaced_whatever_the_limit() -> None:
    own = unit()
    limits = hire_limits(own, Change(hire_max=0.0, lead_months=4))
    np.testing.assert_allclose(limits, own.turnover * own.handlers)


def test_a_bound_holds_for_given_staff() -> None:
    problem = Problem((unit(),))
    hires, releases = np.full(10, 0.4), np.full(10, 0.1)
    solution = solve(problem, hires, releases)
    found = lower_bound(problem, solution, (hires, releases))
    assert abs(found.gap) < 1e-8
    assert lower_bound(problem, solution).bound <= found.bound + 1e-6


def test_a_forced_robot_is_paid_from_the_budget_and_proven() -> None:
    found = desk().plan.course
    spent = float((found.staff_sek + found.shortage_sek).sum())
    budget = (Budget(tuple(range(10)), 0.98 * spent),)
    problem = Problem((unit(),), budget, lever_costs_in_budget=True)
    answer = WhatIf(problem, MONTHS).ask(Change(robot=ROBOT))
    assert abs(answer.certificate.gap) <= 1e-8
    course = answer.course
    paid = float((course.staff_sek + course.shortage_sek).sum())
    assert paid <= budget[0].limit * (1 + 1e-9)


def test_triage_and_waiting_follow_the_inflow() -> None:
    own = with_triage(unit(waiting_max=0.4), 0.3, 70.0, 1.0)
    asked = WhatIf(Problem((own,)), MONTHS)
    answer = asked.ask(Change(inflow=1.3))
    more = changed_world(own, Change(inflow=1.3))
    assert answer.course.total_sek == pytest.approx(
        solve(Problem((more,))).objective, rel=1e-9
    )
    assert abs(answer.certificate.gap) <= 1e-8


def test_more_triage_never_costs_more_than_less() -> None:
    own = with_triage(unit(), 0.2, 70.0, 5.0)
    asked = WhatIf(Problem((own,)), MONTHS)
    costs = [
        asked.ask(Change(triage_share=share)).course.total_sek
        for share in (0.0, 0.2, 0.6)
    ]
    assert costs[0] > costs[1] > costs[2]
    assert costs[1] == pytest.approx(asked.plan.course.total_sek, rel=1e-9)
    assert asked.ask(Change(triage_share=0.0)).course.partners.sum() == 0
