"""Handlers hired and released whole."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from instances import SMALL, draw, feasible, generator, plain
from naive import naive_optimum

from bemanna.models.domain import InfeasibleError
from bemanna.optimisation.problem import Budget, Problem
from bemanna.optimisation.programme import solve, whole_by_total, whole_handlers


@pytest.mark.parametrize("seed", range(12))
def test_whole_plans_are_whole_within_limits_and_near_the_best(
    seed: int,
) -> None:
    (problem,) = feasible(1, 900 + 50 * seed, SMALL)
    try:
        plan = whole_handlers(problem)
    except InfeasibleError:
        # then no whole plan exists at all
        units = tuple(replace(u, integer_hires=True) for u in problem.units)
        assert naive_optimum(replace(problem, units=units)) is None
        return
    for own, unit in zip(plan.units, problem.units, strict=True):
        for taken, most in (
            (own.hires, unit.hire_max),
            (own.releases, unit.release_max),
        ):
            assert taken == pytest.approx(np.rint(taken))
            assert (np.cumsum(taken) <= np.cumsum(most) + 1e-9).all()
    for budget in problem.budgets:
        months = list(budget.months)
        spent = sum(
            unit.cost_handler * own.handlers[months].sum()
            + unit.cost_hire * own.hires[months].sum()
            + unit.cost_release * own.releases[months].sum()
            + unit.cost_overtime * own.overtime[months].sum()
            for own, unit in zip(plan.units, problem.units, strict=True)
        )
        assert spent <= budget.limit * (1 + 1e-9)
    assert plan.bound <= plan.objective
    assert plan.integrality_gap == pytest.approx(1 - plan.bound / plan.objective)
    assert plan.integrality_gap < 0.1


def test_whole_bounds_hold_month_by_month() -> None:
    unit = plain(hire_max=np.tile([1.0, 0.0], 5), release_max=np.ones(10))
    problem = Problem((unit,))
    plan = whole_handlers(problem)
    assert (plan.units[0].hires <= unit.hire_max).all()
    assert plan.bound == pytest.approx(solve(problem).objective, rel=1e-9)
    exact = naive_optimum(Problem((replace(unit, integer_hires=True),)))
    assert exact is not None
    assert exact * (1 - 1e-9) <= plan.objective <= exact * 1.01


def test_a_budget_rounds_hires_down() -> None:
    unit = plain(hire_max=np.full(10, 2.0), cost_hire=0.0, cost_overtime=1e4)
    relaxation = solve(Problem((unit,)))
    hired = relaxation.units[0].hires.sum()
    assert hired % 1 > 0.05
    # just what the fractional plan takes: not a handler more
    spent = unit.cost_handler * relaxation.units[0].handlers.sum()
    problem = Problem((unit,), (Budget(tuple(range(10)), spent),))
    plan = whole_handlers(problem)
    assert unit.cost_handler * plan.units[0].handlers.sum() <= spent * (1 + 1e-9)


def test_a_robot_and_futures_in_whole_handlers() -> None:
    problem = draw("everything", generator(4))
    # whole bounds, or fractions saved up for a whole hire would beat the best
    scenarios = tuple(
        replace(
            scenario,
            unit=replace(
                scenario.unit,
                hire_max=np.ceil(scenario.unit.hire_max),
                release_max=np.ceil(scenario.unit.release_max),
            ),
        )
        for scenario in problem.scenarios
    )
    problem = replace(problem, scenarios=scenarios)
    plan = whole_handlers(problem)
    assert plan.units[0].robot is not None
    first = plan.units[0]
    for future in plan.units:
        assert future.hires == pytest.approx(np.rint(future.hires))
        assert future.hires == pytest.approx(first.hires)
    best = naive_optimum(problem)
    assert best is not None
    assert plan.objective >= best * (1 - 1e-9)


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1)), min_size=1, max_size=24),
    st.sampled_from([0.25, 0.5, 0.75, 1.0]),
)
def test_rounding_follows_the_total(
    months: list[tuple[float, float]], threshold: float
) -> None:
    most, share = np.array(months).T
    fraction = most * share
    whole = whole_by_total(fraction, most, threshold)
    assert (whole >= 0).all()
    assert whole == pytest.approx(np.rint(whole))
    behind = np.cumsum(fraction) - np.cumsum(whole)
    assert (np.cumsum(whole) <= np.cumsum(most) + 1e-6).all()
    assert (behind < 1).all()
    assert (behind >= threshold - 1 - 1e-6).all()
