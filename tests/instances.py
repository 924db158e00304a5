"""Random staffing problems for the tests: every feature, small and honest."""

from dataclasses import replace
from typing import Any

import numpy as np

from bemanna.models.domain import InfeasibleError
from bemanna.optimisation.problem import (
    Automation,
    Budget,
    CVaR,
    Problem,
    Scenario,
    Unit,
)
from bemanna.optimisation.programme import solve
from bemanna.optimisation.strain import Strain
from bemanna.optimisation.triage import with_triage

Shape = tuple[int, int, int, int]

#: Segments, buckets, months, levels.
LARGEST: Shape = (3, 4, 12, 5)
SMALL: Shape = (2, 3, 5, 3)


def random_shape(rng: np.random.Generator, most: Shape) -> Shape:
    s, d, t, levels = (int(rng.integers(1, top + 1)) for top in most)
    return s, d, t, levels


def random_unit(rng: np.random.Generator, shape: Shape, **changes: Any) -> Unit:
    """Draw a unit; what a unit may or may not have, it has half of the time."""
    s, d, t, levels = shape
    caseloads = 1 / np.linspace(1 / 80, 1 / 20, levels + 1)[-levels:]
    lightest = rng.uniform(0.01, 0.15, (s, d, 1, 1))
    season = rng.uniform(0.7, 1.3, (s, d, t, 1))
    uplift = (80 / caseloads) ** rng.uniform(0, 0.9, (s, 1, 1, 1))
    ageing = rng.uniform(0, 0.5, (s, d))
    ageing[:, -1] = 0.0
    stock = rng.uniform(0, 60, (s, d)) * (rng.random((s, d)) < 0.9)
    has = rng.random(7) < 0.5
    lags = int(rng.integers(1, 5)) if has[0] else 0
    returns = rng.dirichlet(np.ones(lags + 1), s)[:, :lags] * 0.6
    unit = Unit(
        name="unit",
        weight=rng.uniform(0.5, 2, (s, 1)) * rng.uniform(0.9, 1.1, (s, t)),
        benefit=rng.uniform(5, 12, (s, 1)) * rng.uniform(0.9, 1.1, (s, t)),
        caseloads=caseloads,
        exit_probability=np.minimum(lightest * season * uplift, 0.95),
        ageing=ageing,
        stock=stock,
        inflow=rng.uniform(0, 8, (s, t)),
        terminal_value=rng.uniform(0, 300, (s, d)),
        absence=rng.uniform(0, 0.25, t),
        turnover=float(rng.uniform(0, 0.05)),
        discount=float(rng.uniform(0.99, 1.0)),
        cost_handler=float(rng.uniform(30, 70)),
        cost_hire=float(rng.uniform(0, 100)),
        cost_release=float(rng.uniform(0, 60)),
        cost_overtime=float(rng.uniform(80, 300)),
        handlers=float(stock.sum() / rng.uniform(40, 90)),
        hire_max=rng.uniform(0, 3, t) * (rng.random(t) < 0.7),
        release_max=rng.uniform(0, 1, t) * (rng.random(t) < 0.5),
        ramp=np.sort(rng.uniform(0.2, 1, int(rng.integers(0, 5)))),
        overtime_max=float(rng.uniform(2, 12)) if has[1] else None,
        fair_floor=float(rng.uniform(45, 90)) if has[2] else None,
        intake_effort=float(rng.uniform(0, 0.02)) if has[3] else 0.0,
        renewal_effort=float(rng.uniform(0, 0.005)) if has[4] else 0.0,
        reentry=returns if lags else np.zeros((s, 0)),
        handler_value=float(rng.uniform(0, 50)) if has[5] else 0.0,
        month_value=float(rng.spawn(1)[0].uniform(0, 50)) if has[5] else 0.0,
        intake_extra=rng.spawn(1)[0].uniform(0, 0.5, t) if has[6] else np.zeros(1),
    )
    return replace(unit, **changes)


def with_extras(rng: np.random.Generator, unit: Unit, *, alone: bool = True) -> Unit:
    """Add what few units have, each half of the time.

    `alone` is False for a future of several, which share their handlers.
    """
    has = rng.random(4) < 0.5
    if has[0]:
        loads, follows = rng.uniform(30, 80), rng.uniform(0, 1, 2)
        strain = Strain(float(loads), float(follows[0]) * alone, float(follows[1]))
        unit = replace(unit, strain=strain)
    if has[1]:
        unit = replace(unit, waiting_max=float(rng.uniform(0, 1)), intake_effort=0.02)
    if has[2]:
        unit = replace(unit, client_time_floor=float(rng.uniform(0.2, 0.9)))
    if has[3]:
        sources = np.flatnonzero(rng.random(unit.shape[0]) < 0.7)
        share = rng.uniform(0, 1, (len(sources), unit.shape[2]))
        cost, most = rng.uniform(0.3, 1.2) * unit.cost_overtime, rng.uniform(0, 3)
        unit = with_triage(unit, share, float(cost), float(most), sources)
    return unit


def random_linear(
    rng: np.random.Generator, most: Shape = LARGEST, **changes: Any
) -> Problem:
    """Draw a problem of one to three units, most of them under budgets."""
    shape = random_shape(rng, most)
    shapes = [shape]
    for _ in range(int(rng.choice([0, 0, 0, 1, 2]))):
        s, d, _, levels = random_shape(rng, most)
        shapes.append((s, d, shape[2], levels))
    units = tuple(random_unit(rng, each, **changes) for each in shapes)
    return Problem(units, random_budgets(rng, units))


def random_budgets(
    rng: np.random.Generator, units: tuple[Unit, ...]
) -> tuple[Budget, ...]:
    """Draw no budget, or one or two parts of the horizon; sometimes too little."""
    if rng.random() < 0.3:
        return ()
    months = units[0].inflow.shape[1]
    split = int(rng.integers(1, months + 1))
    parts = [part for part in (range(split), range(split, months)) if len(part)]
    budgets = []
    for part in parts:
        # what it takes to serve everyone at a middling caseload, in bought time
        needed = sum(
            unit.cost_overtime * unit.stock.sum() * unit.weight.mean() / 60
            + unit.cost_handler * unit.handlers
            for unit in units
        )
        limit = float(needed * len(part) * rng.uniform(0.8, 2.5))
        budgets.append(Budget(tuple(part), limit))
    return tuple(budgets)


def random_robot(rng: np.random.Generator, unit: Unit) -> Automation:
    """Draw a robot about worth its price."""
    return Automation(
        fixed_cost=float(rng.uniform(0, 300)),
        running_cost=float(rng.uniform(0, 20)),
        freed_share=float(rng.uniform(0.05, 0.5)),
        handlers_max=float(unit.handlers + unit.hire_max.sum() * rng.uniform(0.5, 1.2)),
        # sometimes after the horizon, mostly at once
        from_month=int(rng.integers(-unit.shape[2], unit.shape[2] + 2).clip(0)),
    )


def with_levers(rng: np.random.Generator, unit: Unit) -> Unit:
    """Offer a robot, and half of the time a change of process that must precede it."""
    robot, process = random_robot(rng, unit), random_robot(rng, unit)
    return replace(
        unit,
        automation=robot if rng.random() < 0.8 else None,
        process=process if rng.random() < 0.5 else None,
    )


def random_stochastic(
    rng: np.random.Generator, most: Shape = SMALL, **changes: Any
) -> Problem:
    """Draw a unit under two to four futures, half of the time with CVaR."""
    shape = random_shape(rng, most)
    base = random_unit(rng, shape, **changes)
    number = int(rng.integers(2, 5))
    chances = rng.dirichlet(np.ones(number))
    scenarios = []
    for chance in chances.tolist():
        other = random_unit(rng, shape)
        unit = replace(
            base,
            exit_probability=other.exit_probability,
            inflow=other.inflow,
            stock=other.stock,
            terminal_value=other.terminal_value,
            absence=other.absence,
            cost_handler=base.cost_handler * float(rng.uniform(0.9, 1.1)),
        )
        scenarios.append(Scenario(chance, unit))
    cvar = None
    if rng.random() < 0.6:
        cvar = CVaR(float(rng.uniform(0.1, 1)), float(rng.uniform(0, 0.95)))
    budgets = random_budgets(rng, (base,))
    return Problem((base,), budgets, tuple(scenarios), cvar)


def generator(seed: int) -> np.random.Generator:
    """Seed a generator."""
    return np.random.default_rng(seed)


def optimum(problem: Problem) -> float | None:
    """Give the optimal cost, or None without a plan."""
    try:
        return solve(problem).objective
    except InfeasibleError:
        return None


def feasible(number: int, first: int, most: Shape, **changes: Any) -> list[Problem]:
    """Draw linear problems until so many have a plan."""
    found: list[Problem] = []
    while len(found) < number:
        problem = random_linear(generator(first), most, **changes)
        first += 1
        if optimum(problem) is not None:
            found.append(problem)
    return found


def plain(**changes: Any) -> Unit:
    """Give a unit with everything a unit can have, and unbounded bought capacity."""
    rng = generator(12)
    fixed: dict[str, Any] = {
        "overtime_max": None,
        "fair_floor": None,
        "intake_effort": 0.01,
        "renewal_effort": 0.002,
        "intake_extra": np.full(1, 0.3),
        "reentry": np.array([[0.1, 0.05, 0.02], [0.0, 0.2, 0.0]]),
    }
    return random_unit(rng, (2, 3, 10, 4), **{**fixed, **changes})


def draw(kind: str, rng: np.random.Generator) -> Problem:
    """Draw a small problem of a kind."""
    if kind == "linear":
        return random_linear(rng, SMALL)
    if kind == "whole":
        return random_linear(rng, SMALL, integer_hires=True)
    if kind == "robot":
        problem = random_linear(rng, SMALL)
        units = tuple(with_levers(rng, unit) for unit in problem.units)
        return replace(
            problem, units=units, lever_costs_in_budget=bool(rng.random() < 0.5)
        )
    if kind == "extras":
        problem = random_linear(rng, SMALL)
        units = tuple(with_extras(rng, unit) for unit in problem.units)
        return replace(problem, units=units)
    problem = random_stochastic(rng, integer_hires=kind in ("everything", "levers"))
    if kind in ("everything", "levers"):
        offered = with_levers(rng, problem.units[0])
        if kind == "everything":
            robot = random_robot(rng, problem.units[0])
            offered = replace(offered, automation=robot, process=None)
        scenarios = tuple(
            replace(
                scenario,
                unit=replace(
                    scenario.unit,
                    automation=offered.automation,
                    process=offered.process,
                ),
            )
            for scenario in problem.scenarios
        )
        problem = replace(problem, scenarios=scenarios)
    return problem
