"""Plans that cost about as much as the best one, found by the program itself."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from staffing import make_unit

from bemanna.models.domain import InfeasibleError
from bemanna.optimisation.alternatives import (
    BEST,
    KINDS,
    SAME,
    Alternative,
    alternatives,
    distinct,
)
from bemanna.optimisation.problem import Automation, Problem
from bemanna.optimisation.programme import solve
from bemanna.optimisation.solution import Solution

SLACK = 0.01
FACTS = {"segments": 2, "levels": 5, "cases": 400}


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem((make_unit(**FACTS),))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def best(problem: Problem) -> Solution:
    return solve(problem)


@pytest.fixture(scope="module")
def found(problem: Problem, best: Solution) -> dict[str, Alternative]:
    near = alternatives(problem, best, (1 + SLACK) * best.objective)
    assert [one.kind for one in near] == [
        k for k in KINDS if k in {n.kind for n in near}
    ]
    return {one.kind: one for one in near}


def test_they_keep_to_the_ceiling_and_are_plans(
    problem: Problem, best: Solution, found: dict[str, Alternative]
) -> None:
    for one in found.values():
        assert one.cost_sek <= (1 + SLACK) * best.objective * (1 + 1e-7)
        assert one.above_sek == pytest.approx(one.cost_sek - best.objective)
        # the program, its staffing held to theirs, agrees on what they cost at most
        held = solve(problem, one.hires, one.releases)
        assert held.units[0].handlers == pytest.approx(one.handlers, abs=1e-6)
        assert held.objective <= one.cost_sek * (1 + 1e-7)
    assert found[BEST].above_sek == 0
    assert found[BEST].handlers == pytest.approx(best.units[0].handlers)


def test_those_shown_are_truly_different(found: dict[str, Alternative]) -> None:
    shown = distinct(list(found.values()))
    assert shown[0].kind == BEST
    assert 4 <= len(shown) <= len(found)
    apart = SAME * found[BEST].handlers.max()
    for one, other in combinations(shown, 2):
        assert np.abs(one.handlers - other.handlers).max() > apart
    assert distinct([shown[0], *shown]) == shown


def test_fewest_and_most_are_the_ends(
    problem: Problem, best: Solution, found: dict[str, Alternative]
) -> None:
    low, high = (found[kind].handlers.mean() for kind in ("fewest", "most"))
    for one in found.values():
        assert low - 1e-6 <= one.handlers.mean() <= high + 1e-6
    # with a fee or a prize for handlers the program itself goes no further at the cost
    ceiling = (1 + SLACK) * best.objective
    for fee in (-20e3, -5e3, 5e3, 20e3):
        dearer = replace(problem.units[0], cost_handler=62e3 + fee)
        plan = solve(Problem((dearer,))).units[0]
        if solve(problem, plan.hires, plan.releases).objective <= ceiling:
            assert low - 1e-6 <= plan.handlers.mean() <= high + 1e-6


@pytest.mark.parametrize("months", [6, 15])
def test_more_slack_leads_further(months: int) -> None:
    problem = Problem((make_unit(months=months, cases=150),))
    best = solve(problem)
    spans = []
    for slack in (1e-9, 0.003, 0.01):
        near = alternatives(problem, best, best.objective * (1 + slack))
        means = [one.handlers.mean() for one in near]
        assert min(means) >= means[1] - 1e-6
        assert max(means) <= means[2] + 1e-6
        spans.append(means[2] - means[1])
    assert -1e-4 < spans[0] < spans[1] < spans[2]


def test_time_of_hiring_moves_and_the_end_does_not(
    found: dict[str, Alternative],
) -> None:
    late, early = found["later"], found["earlier"]
    for one in (late, early):
        expected = found[BEST].late_handlers
        assert one.late_handlers == pytest.approx(expected, rel=1e-6)
    assert late.handlers.mean() < found[BEST].handlers.mean() < early.handlers.mean()
    # by the middle of the period the early plan has hired more
    assert early.hires[:12].sum() > late.hires[:12].sum() + 0.1


def test_nobody_hires_less(found: dict[str, Alternative]) -> None:
    fewest = found["fewest_hires"].hires.sum()
    assert fewest <= min(one.hires.sum() for one in found.values()) + 1e-6


def test_without_slack_there_is_only_the_best(problem: Problem, best: Solution) -> None:
    near = distinct(alternatives(problem, best, best.objective * (1 + 1e-9)))
    assert [one.kind for one in near] == [BEST]
    with pytest.raises(InfeasibleError):
        alternatives(problem, best, 0.9 * best.objective)


def test_a_robot_is_bought_or_not(problem: Problem) -> None:
    """A robot hardly worth its price may be left out, and is never bought in part."""
    robot = Automation(0.0, 0.0, 0.05, handlers_max=60)
    unit = replace(problem.units[0], automation=robot)
    saves = solve(problem).objective - solve(Problem((unit,))).objective
    priced = replace(robot, fixed_cost=saves - 1e5)
    bought = Problem((replace(unit, automation=priced),))
    best = solve(bought)
    near = alternatives(bought, best, (1 + SLACK) * best.objective)
    assert best.units[0].robot
    assert {one.robot for one in near} == {True, False}
    for one in near:
        if not one.robot:
            held = solve(problem, one.hires, one.releases)
            assert held.objective <= one.cost_sek * (1 + 1e-7)
