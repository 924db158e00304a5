"""The plan under many futures, by scenario, against the program in one piece."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import draw, generator, optimum, random_robot, random_stochastic
from staffing import make_unit

from bemanna.models.domain import InfeasibleError
from bemanna.optimisation import benders
from bemanna.optimisation.benders import risk_plan, tail_mean
from bemanna.optimisation.problem import Budget, CVaR, Problem, Scenario, Unit
from bemanna.optimisation.programme import relaxed, solve


def futures(number: int, seed: int = 0, **fields: object) -> Problem:
    """One municipality whose inflow, exits and effect of effort are uncertain."""
    rng = generator(seed)
    unit = make_unit(segments=2, months=12, levels=5, **fields)  # type: ignore[arg-type]
    scenarios = []
    for _ in range(number):
        other = make_unit(
            segments=2,
            months=12,
            levels=5,
            log_hr=float(rng.normal(0.3, 0.2)),
            **fields,  # type: ignore[arg-type]
        )
        inflow = unit.inflow * np.exp(rng.normal(0, 0.15))
        scenarios.append(Scenario(1 / number, replace(other, inflow=inflow)))
    return Problem((unit,), (), tuple(scenarios), CVaR(0.3, 0.8))


def agrees(problem: Problem) -> None:
    """Compare with the program in one piece."""
    try:
        plan = risk_plan(problem)
    except InfeasibleError:
        assert optimum(problem) is None
        return
    expected = optimum(problem)
    assert expected is not None
    assert plan.objective == pytest.approx(expected, rel=2e-6, abs=1e-6)
    assert plan.bound <= expected + 1e-6 * abs(expected)
    assert 0 <= plan.benders_gap <= 1e-6
    held = solve(problem, plan.hires, plan.releases)
    assert plan.objective == pytest.approx(held.objective, rel=1e-7)
    assert plan.handlers == pytest.approx(held.units[0].handlers, abs=1e-6)


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("alpha", [0.8, 0.95])
def test_equals_the_program_in_one_piece(weight: float, alpha: float) -> None:
    agrees(replace(futures(12), cvar=CVaR(weight, alpha)))


def test_budgets_hold_in_every_future() -> None:
    problem = futures(8)
    free = risk_plan(problem)
    spent = 62e3 * free.handlers + 90e3 * free.hires + 40e3 * free.releases
    assert spent.sum() > 0
    tight = Budget(tuple(range(12)), 0.97 * float(spent.sum()))
    agrees(replace(problem, budgets=(tight,)))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_small_random_problems(seed: int) -> None:
    agrees(random_stochastic(generator(seed)))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_whole_hires_and_a_robot(seed: int) -> None:
    agrees(draw("everything", generator(seed)))


def with_robot(problem: Problem, fixed: float) -> Problem:
    """Offer a robot in every future."""
    robot = replace(
        random_robot(generator(1), problem.units[0]), fixed_cost=fixed, freed_share=0.2
    )

    def offered(unit: Unit) -> Unit:
        return replace(unit, automation=robot)

    return replace(
        problem,
        units=(offered(problem.units[0]),),
        scenarios=tuple(
            replace(each, unit=offered(each.unit)) for each in problem.scenarios
        ),
    )


@pytest.mark.parametrize(("fixed", "bought"), [(1.0, True), (1e8, False)])
def test_a_robot_is_decided_before_the_future_is_known(
    fixed: float, bought: bool
) -> None:
    problem = with_robot(futures(6), fixed)
    assert risk_plan(problem).robot is bought
    agrees(problem)


def test_whole_handlers() -> None:
    limited = np.r_[np.zeros(3), np.full(9, 0.7)]
    problem = futures(10, cases=500, hire_max=limited)
    plan, fractions = risk_plan(problem, whole=True), risk_plan(problem)
    assert plan.hires == pytest.approx(np.rint(plan.hires), abs=1e-9)
    assert plan.releases == pytest.approx(np.rint(plan.releases), abs=1e-9)
    assert plan.objective > fractions.objective
    gap = (plan.objective - plan.bound) / plan.objective
    assert plan.integrality_gap == pytest.approx(gap)
    best = optimum(relaxed(problem, whole=True))
    assert best is not None
    assert plan.objective <= best * 1.005


def test_some_scenarios_give_the_start_of_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(benders, "MANY", 12)
    monkeypatch.setattr(benders, "SOME", 4)
    agrees(replace(futures(15), cvar=CVaR(0.5, 0.9)))


def test_an_impossible_future_is_named() -> None:
    problem = futures(3)
    poor = replace(problem, budgets=(Budget((0,), 1.0),))
    with pytest.raises(InfeasibleError, match="budget"):
        risk_plan(poor)


def test_tail_mean_is_the_threshold_form() -> None:
    rng = generator(4)
    costs, chance = rng.normal(size=30), rng.dirichlet(np.ones(30))
    for alpha in (0.0, 0.5, 0.8, 0.95):
        above = np.maximum(costs[:, None] - costs, 0)  # (k, threshold)
        least = (costs + chance @ above / (1 - alpha)).min()
        assert tail_mean(costs, chance, alpha) == pytest.approx(least)


def test_scenarios_share_the_staffing_they_start_from() -> None:
    problem = futures(2)
    other = replace(problem.scenarios[1].unit, handlers=1.0)
    mixed = (problem.scenarios[0], Scenario(0.5, other))
    with pytest.raises(ValueError, match="handlers"):
        risk_plan(replace(problem, scenarios=mixed))
    with pytest.raises(ValueError, match="scenarios"):
        risk_plan(replace(problem, scenarios=()))
