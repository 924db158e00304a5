"""The proof of optimality: tight at the optimum, a bound at any prices."""

from dataclasses import replace

import numpy as np
import pytest
from instances import (
    LARGEST,
    SMALL,
    draw,
    feasible,
    generator,
    optimum,
    plain,
    random_stochastic,
)

from bemanna.models.domain import Array, InfeasibleError
from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.problem import Problem
from bemanna.optimisation.programme import solve, whole_handlers
from bemanna.optimisation.solution import Solution


def disturbed(solution: Solution, rng: np.random.Generator, size: float) -> Solution:
    """Give the same plan with prices that are off, also in sign."""

    def off(prices: Array) -> Array:
        typical = np.abs(prices).mean() if prices.size else 0.0
        noise = rng.normal(0, size, prices.shape)
        return prices * (1 + noise) + typical * rng.normal(0, size, prices.shape)

    units = tuple(
        replace(
            unit,
            head=off(unit.head),
            capacity=off(unit.capacity),
            fairness=off(unit.fairness),
            automation=off(unit.automation),
        )
        for unit in solution.units
    )
    return replace(
        solution,
        units=units,
        budget_duals=off(solution.budget_duals),
        risk_duals=off(solution.risk_duals),
    )


@pytest.mark.parametrize("kind", ["linear", "whole", "robot", "extras", "stochastic"])
@pytest.mark.parametrize("seed", range(8))
def test_the_relaxation_is_proven(kind: str, seed: int) -> None:
    problem = draw(kind, generator(300 + seed))
    try:
        solution = solve(problem, relax=True)
    except InfeasibleError:
        return
    certificate = lower_bound(problem, solution)
    assert abs(certificate.gap) <= 1e-8
    assert certificate.bound == pytest.approx(solution.objective, rel=1e-8)


@pytest.mark.parametrize(
    "kind", ["linear", "whole", "robot", "extras", "stochastic", "everything", "levers"]
)
@pytest.mark.parametrize("seed", range(6))
def test_any_prices_give_a_bound(kind: str, seed: int) -> None:
    rng = generator(400 + seed)
    problem = draw(kind, rng)
    best = optimum(problem)
    if best is None:
        return
    solution = solve(problem, relax=True)
    for size in (1e-6, 0.01, 0.3, 3.0):
        certificate = lower_bound(problem, disturbed(solution, rng, size))
        assert certificate.bound <= best * (1 + 1e-12)
    # a little off costs little
    near = lower_bound(problem, disturbed(solution, rng, 1e-9))
    assert near.gap <= 1e-6


def test_worthless_prices_still_bound() -> None:
    problem = Problem((plain(),))
    solution = solve(problem)
    own = solution.units[0]
    for times in (0.0, 1e6, -1.0):
        units = (
            replace(
                own,
                head=own.head * times,
                capacity=own.capacity * times,
                fairness=own.fairness * times,
            ),
        )
        bound = lower_bound(problem, replace(solution, units=units)).bound
        assert bound <= solution.objective


def test_a_worse_plan_has_a_gap() -> None:
    problem = Problem((plain(hire_max=np.full(10, 2.0)),))
    best = solve(problem)
    hires = best.units[0].hires + 0.5
    worse = solve(problem, fixed_hires=hires)
    prices = replace(best, objective=worse.objective)
    certificate = lower_bound(problem, prices)
    assert certificate.bound == pytest.approx(best.objective, rel=1e-8)
    gap = 1 - best.objective / worse.objective
    assert certificate.gap == pytest.approx(gap, rel=1e-6)
    assert certificate.gap > 1e-4


def test_whole_plans_lie_above_the_bound() -> None:
    problem = Problem((plain(hire_max=np.full(10, 1.0)),))
    relaxation = lower_bound(problem, solve(problem))
    whole = whole_handlers(problem)
    assert relaxation.bound <= whole.objective
    assert whole.bound == pytest.approx(relaxation.bound, rel=1e-8)


def test_the_bound_does_not_read_the_cases_served() -> None:
    # it must not lean on the plan that it judges
    (problem,) = feasible(1, 2, LARGEST)
    solution = solve(problem)
    blank = tuple(
        replace(
            unit,
            served=np.full_like(unit.served, np.nan),
            handlers=np.full_like(unit.handlers, np.nan),
            hires=np.full_like(unit.hires, np.nan),
            overtime=np.full_like(unit.overtime, np.nan),
            balance=np.full_like(unit.balance, np.nan),
        )
        for unit in solution.units
    )
    assert lower_bound(problem, replace(solution, units=blank)) == lower_bound(
        problem, solution
    )


def test_futures_are_weighed_within_what_risk_aversion_allows() -> None:
    for seed in range(40):
        problem = random_stochastic(generator(seed), SMALL)
        if problem.cvar is None or optimum(problem) is None:
            continue
        solution = solve(problem)
        for risk in (np.zeros_like(solution.risk_duals), solution.risk_duals * 100):
            off = replace(solution, risk_duals=risk)
            bound = lower_bound(problem, off).bound
            assert bound <= solution.objective * (1 + 1e-12)
        return
    raise AssertionError("no risk-averse problem drawn")
