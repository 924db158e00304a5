"""Levers that are bought once: a robot, and the change of process before it."""

from dataclasses import replace

import numpy as np
import pytest
from outcomes import outcome
from staffing import calendar, make_unit

from bemanna.models.domain import InfeasibleError
from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.course import course_of
from bemanna.optimisation.levers import LeverWorth, worth_of
from bemanna.optimisation.policy import policy_of
from bemanna.optimisation.problem import Automation, Budget, Problem, Unit
from bemanna.optimisation.programme import solve, whole_handlers
from bemanna.optimisation.simulation import check_on_grid
from bemanna.optimisation.solution import UnitSolution
from bemanna.optimisation.value import follow
from bemanna.pipelines.sentences import levers

ROBOT = Automation(
    fixed_cost=1e5, running_cost=8e3, freed_share=0.2, handlers_max=30.0, from_month=5
)
PROCESS = Automation(
    fixed_cost=3e5, running_cost=0.0, freed_share=0.05, handlers_max=30.0, from_month=2
)
FREE = {"fixed_cost": 0.0, "running_cost": 0.0}


def unit_with(robot: Automation | None, process: Automation | None = None) -> Unit:
    return make_unit(months=12, automation=robot, process=process)


def test_a_lever_costs_and_frees_from_its_month_on() -> None:
    assert ROBOT.spending(8).tolist() == [0, 0, 0, 0, 0, 108e3, 8e3, 8e3]
    assert ROBOT.freed(np.full(7, 0.5)).tolist() == [0, 0, 0, 0, 0, 0.1, 0.1]
    own = solve(Problem((unit_with(ROBOT),))).units[0]
    assert own.robot
    assert own.process is None
    assert (own.freed[:5] == 0).all()
    assert (own.freed[5:] > 0).all()


def test_a_lever_after_the_horizon_changes_nothing() -> None:
    never = replace(ROBOT, from_month=12)
    without = solve(Problem((unit_with(None),))).objective
    assert solve(Problem((unit_with(never),))).objective == pytest.approx(without)


def test_later_and_dearer_is_never_better() -> None:
    costs = [
        solve(Problem((unit_with(replace(ROBOT, from_month=m)),))).objective
        for m in range(0, 13, 3)
    ]
    assert (np.diff(costs) >= -1e-6 * costs[0]).all()


@pytest.mark.parametrize(
    ("fixed", "bought"), [(0.0, True), (1e5, True), (1e9, False)], ids=str
)
def test_no_robot_without_the_change_of_process(fixed: float, bought: bool) -> None:
    process = replace(PROCESS, fixed_cost=fixed, freed_share=0.0)
    own = solve(Problem((unit_with(ROBOT, process),))).units[0]
    assert (own.robot, own.process) == (bought, bought)


def test_a_change_of_process_alone() -> None:
    dear = replace(ROBOT, fixed_cost=1e9)
    own = solve(Problem((unit_with(dear, replace(PROCESS, **FREE)),))).units[0]
    assert (own.robot, own.process) == (False, True)


def test_courses_cost_what_the_program_says() -> None:
    unit = unit_with(ROBOT, PROCESS)
    months = calendar(unit)
    for solution in (solve(Problem((unit,))), whole_handlers(Problem((unit,)))):
        own = solution.units[0]
        course = course_of(unit, own, "levers", months)
        assert course.total_sek == pytest.approx(solution.objective, rel=1e-9)
        again = follow(unit, policy_of(unit, own, "levers"), months)
        assert again.total_sek == pytest.approx(course.total_sek, rel=2e-3)


@pytest.mark.parametrize("fixed", [1e5, 2e6])
def test_a_lever_is_worth_what_it_changes(fixed: float) -> None:
    problem = Problem((unit_with(replace(ROBOT, fixed_cost=fixed), PROCESS),))
    without = solve(Problem((unit_with(None, PROCESS),))).objective
    with_it = solve(problem)
    process, robot = worth_of(problem)
    assert (process.kind, robot.kind) == ("process", "robot")
    assert robot.bought is (fixed < 1e6)
    assert (robot.net_sek > 0) is robot.bought
    assert with_it.objective == pytest.approx(without - max(robot.net_sek, 0))
    assert robot.breakeven_share is not None
    assert (robot.breakeven_share < ROBOT.freed_share) is robot.bought
    assert worth_of(Problem((unit_with(None),))) == ()


@pytest.mark.parametrize(("months", "charged"), [((3, 4), 0.0), ((5, 6), 116e3)])
def test_the_budget_pays_in_the_months_of_the_lever(
    months: tuple[int, ...], charged: float
) -> None:
    unit = unit_with(ROBOT, replace(PROCESS, **FREE))

    def spent(own: UnitSolution) -> float:
        staff = unit.cost_handler * own.handlers + unit.cost_hire * own.hires
        staff += unit.cost_overtime * own.overtime + unit.cost_release * own.releases
        return float(staff[list(months)].sum())

    free = solve(Problem((unit,)))
    limit = spent(free.units[0])
    budgets = (Budget(months, limit),)
    problem = Problem((unit,), budgets, lever_costs_in_budget=True)
    solution = solve(problem)
    robot = charged if solution.units[0].robot else 0.0
    assert spent(solution.units[0]) + robot <= limit * (1 + 1e-9)
    assert (solution.objective > free.objective * (1 + 1e-6)) == (charged > 0)
    relaxation = solve(problem, relax=True)
    assert abs(lower_bound(problem, relaxation).gap) <= 1e-8


def test_time_kept_for_intake_is_missing_everywhere() -> None:
    unit = make_unit(months=12, intake_extra=np.full(1, 0.4))
    months = calendar(unit)
    solution = solve(Problem((unit,)))
    own = solution.units[0]
    course = course_of(unit, own, "kept", months)
    assert course.total_sek == pytest.approx(solution.objective, rel=1e-9)
    again = follow(unit, policy_of(unit, own, "kept"), months)
    assert again.total_sek == pytest.approx(course.total_sek, rel=2e-3)
    check = check_on_grid(unit, own, solution.objective, np.random.default_rng(1), 500)
    assert check.ok
    without = replace(unit, intake_extra=np.zeros(1))
    assert solve(Problem((without,))).objective < solution.objective


def test_time_that_nobody_has_is_named() -> None:
    unit = make_unit(months=6, overtime_max=0.0, intake_extra=np.full(1, 500.0))
    with pytest.raises(InfeasibleError) as caught:
        solve(Problem((unit,)))
    assert any(name.startswith("intake_extra") for name in caught.value.conflict)


def test_the_reader_is_told_what_levers_are_worth() -> None:
    plan = outcome().plans[0]
    worth = LeverWorth("robot", 3, True, 4e5, 9e5, 0.061)
    lost = LeverWorth("process", 0, False, 4e5, -np.inf, None)
    robot, process = levers(replace(plan, levers=(worth, lost)))
    assert "Planen köper roboten" in robot
    assert "6,1" in robot
    assert "Budgeten har inte plats" in process
    assert levers(replace(plan, levers=())) == []
