"""Municipalities under one budget, one at a time, against the program in one piece."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import LARGEST, generator, random_shape, random_unit, with_levers
from staffing import make_unit

from bemanna.models.domain import Array, InfeasibleError
from bemanna.optimisation import national as national_room
from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.curvature import Curvature
from bemanna.optimisation.national import (
    Nation,
    NationalPlan,
    grants,
    national_plan,
    today_spending,
)
from bemanna.optimisation.nationalvalue import floor_costs, frontier, next_handler
from bemanna.optimisation.problem import Budget, Problem, Scenario, Unit
from bemanna.optimisation.programme import build, solve
from bemanna.optimisation.solver import Resident

#: Roomy units: every budget down to what nobody can go below has a plan.
ROOMY: dict[str, Any] = {"overtime_max": None, "fair_floor": None}


def towns(seed: int, number: int, months: int = 8, **changes: Any) -> tuple[Unit, ...]:
    """Draw municipalities of differing shapes over the same months."""
    rng = generator(seed)
    made = []
    for k in range(number):
        s, d, _, levels = random_shape(rng, LARGEST)
        unit = random_unit(rng, (s, d, months, levels), **{**ROOMY, **changes})
        made.append(replace(unit, name=f"town {k}"))
    return tuple(made)


def steady_towns(number: int) -> tuple[Unit, ...]:
    """Give municipalities of sizes far apart that are staffed for what comes."""
    return tuple(
        replace(
            make_unit(cases=60.0 * 2**k, segments=2, months=12, levels=4, seed=k),
            name=f"town {k}",
        )
        for k in range(number)
    )


def under(units: tuple[Unit, ...], factors: dict[tuple[int, ...], float]) -> Problem:
    """Put budgets on months, as multiples of what would be spent without any."""
    open_ended = tuple(Budget(months, 1e12) for months in factors)
    free = national_plan(Problem(units, open_ended)).spending.sum(0)
    limits = (float(limit) for limit in free * list(factors.values()))
    budgets = (
        Budget(months, limit, f"year {i}")
        for i, (months, limit) in enumerate(zip(factors, limits, strict=True))
    )
    return Problem(units, tuple(budgets))


def agrees(problem: Problem, **options: Any) -> NationalPlan | None:
    """Compare with the program in one piece; None where both have no plan."""
    try:
        expected = solve(problem, relax=True).objective
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            national_plan(problem, **options)
        return None
    plan = national_plan(problem, **options)
    found = plan.solution
    assert found.objective == pytest.approx(expected, rel=1.01e-6)
    assert found.bound <= expected * (1 + 1e-9)
    assert 0 <= plan.gap <= 1e-6
    keeps_to_the_rows(problem, plan)
    return plan


def keeps_to_the_rows(problem: Problem, plan: NationalPlan) -> None:
    """Put the plan into the rows of the program in one piece."""
    programme = build(problem)
    rows = programme.resident().rows
    primal = np.full(len(rows.cost), np.nan)
    for staff, block, unit in zip(
        programme.staff, programme.blocks, plan.solution.units, strict=True
    ):
        for at, values in (
            (staff.handlers, unit.handlers),
            (staff.hires, unit.hires),
            (staff.releases, unit.releases),
            (block.overtime, unit.overtime),
            (block.served, unit.served),
        ):
            primal[at] = values
    # what follows from the rest is left out, with the rows that it stands in
    known = ~np.isnan(primal)
    other = abs(rows.matrix[:, ~known]).sum(1).A1 > 0 if not known.all() else False
    use = ~np.broadcast_to(other, len(rows.row_low))
    activity = rows.matrix[:, known] @ primal[known]
    size = 1 + abs(rows.matrix[:, known]) @ np.abs(primal[known])
    assert (activity - rows.row_high)[use].max(initial=0) <= 1e-8 * size.max()
    assert (rows.row_low - activity)[use].max(initial=0) <= 1e-8 * size.max()
    limits = np.array([budget.limit for budget in problem.budgets])
    assert (plan.spending.sum(0) <= limits * (1 + 1e-8)).all()
    if known.all():
        total = float(rows.cost @ primal)
        assert plan.solution.objective == pytest.approx(total, rel=1e-9)
    assert plan.costs.sum() == pytest.approx(plan.solution.objective, rel=1e-12)


# -- the optimum -----------------------------------------------------------------


def random_nation(seed: int) -> Problem:
    """Draw three to eight municipalities under two budgets that may share months."""
    rng = generator(seed)
    units = towns(seed, int(rng.integers(3, 9)), int(rng.integers(4, 9)))
    months = units[0].shape[2]
    first = int(rng.integers(1, months))
    second = int(rng.integers(0, first + 1))
    factors = rng.uniform(0.75, 1.15, 2).tolist()
    budgets = (tuple(range(first)), tuple(range(second, months)))
    return under(units, dict(zip(budgets, factors, strict=True)))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_equals_the_program_in_one_piece(seed: int) -> None:
    agrees(random_nation(seed))


@pytest.mark.parametrize(
    "seed",
    [
        20_098,  # the dual simplex cannot say whether the one piece has a plan
        20_180,  # spending stops falling while prices still rise
        265,  # steps between facets, the best prices at the edge of the box
    ],
)
def test_nations_that_were_hard(seed: int) -> None:
    agrees(random_nation(seed))


@pytest.mark.soak
@pytest.mark.parametrize("block", range(10))
def test_two_hundred_nations_against_the_program_in_one_piece(block: int) -> None:
    plans = [agrees(random_nation(20_000 + 20 * block + i)) for i in range(20)]
    assert sum(plan is not None for plan in plans) >= 5


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_with_every_bound_that_a_unit_can_have(seed: int) -> None:
    """Bought time and time per group are bounded: many have no plan at all."""
    rng = generator(seed)
    units = tuple(
        random_unit(rng, (2, 3, 5, 3)) for _ in range(int(rng.integers(1, 5)))
    )
    limit = float(today_spending(Problem(units, (Budget(range(5), 1),))).sum())  # type: ignore[arg-type]
    budget = Budget(tuple(range(5)), limit * float(rng.uniform(1, 4)))
    agrees(Problem(units, (budget,)))


def test_a_budget_with_room_has_no_price() -> None:
    plan = agrees(under(towns(0, 4), {tuple(range(8)): 1.2}))
    assert plan is not None
    assert plan.net == pytest.approx([0.0])
    assert plan.gross == pytest.approx([1.0])


def test_without_budgets_municipalities_are_alone() -> None:
    problem = Problem(towns(1, 3))
    plan = national_plan(problem)
    alone = [solve(Problem((unit,))).objective for unit in problem.units]
    assert plan.costs == pytest.approx(alone)
    assert plan.net.shape == (0,)


def test_one_municipality_alone() -> None:
    plan = agrees(under(towns(2, 1), {(0, 1, 2): 0.97, tuple(range(8)): 0.98}))
    assert plan is not None


def test_nobody_comes_and_one_case() -> None:
    still, tiny, *others = towns(3, 4)
    still = replace(still, inflow=np.zeros_like(still.inflow))
    stock = np.zeros_like(tiny.stock)
    stock[0, 0] = 1.0
    tiny = replace(
        tiny, stock=stock, inflow=np.zeros_like(tiny.inflow), handlers=1 / 40
    )
    plan = agrees(under((still, tiny, *others), {tuple(range(8)): 0.95}))
    assert plan is not None


def test_levers_in_the_budget() -> None:
    rng = generator(4)
    units = tuple(with_levers(rng, unit) for unit in towns(4, 3))
    problem = under(units, {tuple(range(8)): 0.95})
    agrees(replace(problem, lever_costs_in_budget=True))


def test_whole_hires_are_let_be_fractions() -> None:
    units = tuple(replace(unit, integer_hires=True) for unit in towns(5, 3))
    agrees(under(units, {tuple(range(8)): 0.95}))


def test_a_sample_of_many_says_where_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(national_room, "SOME", (2, 3))
    problem = under(steady_towns(8), {tuple(range(6)): 0.97, tuple(range(6, 12)): 0.97})
    plan = agrees(problem)
    assert plan is not None
    assert (plan.net > 0).any()


def test_the_same_on_every_run() -> None:
    problem = under(towns(7, 4), {tuple(range(8)): 0.95})
    first, second = national_plan(problem), national_plan(problem)
    assert first.solution.objective == second.solution.objective
    assert np.array_equal(first.net, second.net)
    assert np.array_equal(first.spending, second.spending)


def test_the_certificate_proves_it_without_a_solver() -> None:
    problem = under(towns(8, 4), {(0, 1, 2, 3): 0.95, (4, 5, 6, 7): 0.9})
    plan = national_plan(problem)
    proof = lower_bound(problem, plan.solution)
    assert proof.gap <= 1e-6 + 1e-9
    assert proof.bound == pytest.approx(plan.solution.bound, rel=1e-8)


def test_the_price_is_what_one_more_krona_saves() -> None:
    problem = under(towns(9, 4), {tuple(range(8)): 0.95})
    plan = national_plan(problem, tolerance=1e-9)
    budget = problem.budgets[0]
    step = 1e-4 * budget.limit
    richer, poorer = (
        solve(replace(problem, budgets=(replace(budget, limit=budget.limit + more),)))
        for more in (step, -step)
    )
    saved = (plan.solution.objective - richer.objective) / step
    lost = (poorer.objective - plan.solution.objective) / step
    assert 0 < saved * 0.999 <= plan.net[0] <= lost * 1.001


# -- no plan ---------------------------------------------------------------------


def test_a_budget_below_what_cannot_be_released_is_refused() -> None:
    fixed = np.zeros(8)
    idle = towns(10, 3, hire_max=fixed, release_max=fixed)
    units = tuple(replace(unit, handlers=3 * unit.stock.sum()) for unit in idle)
    spent = today_spending(Problem(units, (Budget(tuple(range(8)), 0.0),)))
    problem = Problem(units, (Budget(tuple(range(8)), 0.5 * spent.sum(), "2027"),))
    with pytest.raises(InfeasibleError, match="2027") as refused:
        national_plan(problem)
    assert refused.value.conflict[0] == "budget[0]"
    # nobody may be released, and that is what keeps it up
    assert any(name.startswith("release_max[") for name in refused.value.conflict)
    with pytest.raises(InfeasibleError):
        solve(problem)


def test_what_is_lacking_is_what_is_lacking() -> None:
    """With so much more a plan exists, and with a little less it does not."""
    problem = under(towns(11, 3), {tuple(range(8)): 0.3})
    with pytest.raises(InfeasibleError, match="are lacking") as refused:
        national_plan(problem)
    said = str(refused.value).split("at least ")[1].split(" SEK")[0]
    lacking = float(said.replace(",", ""))
    budget = problem.budgets[0]
    enough = replace(budget, limit=budget.limit + lacking + 1)
    short = replace(budget, limit=budget.limit + lacking - 1)
    agrees(replace(problem, budgets=(enough,)))
    with pytest.raises(InfeasibleError):
        national_plan(replace(problem, budgets=(short,)))


def test_a_municipality_without_a_plan_is_named() -> None:
    *others, poor = towns(12, 3)
    poor = replace(poor, overtime_max=0.0, handlers=0.0, hire_max=np.zeros(8))
    with pytest.raises(InfeasibleError, match="town 2") as refused:
        national_plan(Problem((*others, poor), (Budget((0,), 1e9),)))
    assert "overtime_max[2]" in refused.value.conflict


def test_what_is_no_nation_is_refused() -> None:
    units = towns(13, 2)
    with pytest.raises(ValueError, match="scenarios"):
        national_plan(Problem(units[:1], (), (Scenario(1.0, units[0]),)))
    with pytest.raises(ValueError, match=r"floor must have shape \(2, 8\)"):
        national_plan(Problem(units), floor=np.ones(2))
    with pytest.raises(ValueError, match=r"as many months; got \[6, 8\]"):
        national_plan(Problem((units[0], *towns(13, 1, 6))))
    with pytest.raises(ValueError, match="budget 0 must have a limit; got inf"):
        national_plan(Problem(units, (Budget((0,), np.inf),)))


def test_nothing_to_spend_and_nothing_to_do() -> None:
    months = np.zeros(8)
    units = tuple(
        replace(
            unit,
            stock=np.zeros_like(unit.stock),
            inflow=np.zeros_like(unit.inflow),
            intake_extra=months,
            handlers=0.0,
        )
        for unit in towns(21, 2)
    )
    plan = agrees(Problem(units, (Budget(tuple(range(8)), 0.0),)))
    assert plan is not None
    assert plan.spending.sum() == 0.0


# -- the floor -------------------------------------------------------------------


def held_above(problem: Problem, floor: Array) -> float:
    """Solve the program in one piece with handlers held up."""
    programme = build(problem)
    resident: Resident = programme.resident()
    for staff, least in zip(programme.staff, floor, strict=True):
        resident.hold(staff.handlers, least, np.full(len(least), np.inf))
    return resident.optimum().objective


@pytest.mark.parametrize("factor", [0.95, 2.0])
def test_the_floor_holds_and_has_its_price(factor: float) -> None:
    units = towns(14, 3, hire_max=np.full(8, 2.0), release_max=np.full(8, 0.5))
    problem = under(units, {tuple(range(8)): factor})
    free = national_plan(problem)
    needed = np.array([unit.handlers for unit in free.solution.units])
    floor = np.zeros_like(needed)
    floor[0, 3:] = needed[0, 3:] + 0.1
    floor[1] = 0.5 * needed[1]
    nation = Nation(problem, floor)
    plan = nation.plan(1e-9)
    handlers = np.array([unit.handlers for unit in plan.solution.units])
    assert (handlers >= floor - 1e-6).all()
    total = held_above(problem, floor)
    assert plan.solution.objective == pytest.approx(total, rel=1e-7)
    costs = floor_costs(nation, plan)
    rounding = 1e-8 * total
    for k in range(3):
        without = floor.copy()
        without[k] = 0.0
        fell = total - held_above(problem, without)
        assert fell <= costs[k] + rounding
        if factor > 1:  # no price moves
            assert fell == pytest.approx(costs[k], abs=rounding)
    assert costs[0] > rounding
    assert costs[2] == 0.0


# -- grants, the next handler, the frontier --------------------------------------


def test_grants_are_what_is_spent_beyond_today() -> None:
    problem = under(towns(15, 3), {(0, 1, 2, 3): 0.97, (4, 5, 6, 7): 0.97})
    plan = national_plan(problem)
    given_more = grants(problem, plan)
    for k, unit in enumerate(problem.units):
        staff = plan.solution.units[k]
        spent = unit.cost_handler * staff.handlers + unit.cost_hire * staff.hires
        spent = spent + unit.cost_release * staff.releases
        spent = spent + unit.cost_overtime * staff.overtime
        today = np.full(8, unit.cost_handler * unit.handlers)
        today[1:] += unit.cost_hire * unit.turnover * unit.handlers
        expected = (spent - today).reshape(2, 4).sum(1)
        assert given_more[k] == pytest.approx(expected, rel=1e-6, abs=1e-6)
    used = given_more.sum(0) + today_spending(problem).sum(0)
    limits = [budget.limit for budget in problem.budgets]
    assert used[plan.net > 1e-6] == pytest.approx(
        np.array(limits)[plan.net > 1e-6], rel=1e-7
    )


def lent(problem: Problem, k: int, handlers: float) -> float:
    """Solve the program in one piece with handlers lent to one municipality."""
    unit = problem.units[k]
    kept = unit.kept_for_intake - handlers * (1 - unit.absence)
    units = list(problem.units)
    units[k] = replace(unit, intake_extra=kept)
    return solve(replace(problem, units=tuple(units))).objective


def test_the_next_handler_against_the_program_in_one_piece() -> None:
    problem = under(towns(16, 4), {tuple(range(8)): 0.97})
    nation = Nation(problem)
    plan = nation.plan(1e-10)
    total, years = solve(problem).objective, 8 / 12
    whole = next_handler(nation, plan)
    little = next_handler(nation, plan, handlers=1e-3)
    for k in range(4):
        # one moves the nation's prices, a thousandth does not
        assert (total - lent(problem, k, 1.0)) / years <= whole.more[k] + 1e-6 * total
        saved = (total - lent(problem, k, 1e-3)) / (1e-3 * years)
        lost = (lent(problem, k, -1e-3) - total) / (1e-3 * years)
        assert little.more[k] == pytest.approx(saved, rel=0.02, abs=1e-6 * total)
        assert little.fewer[k] == pytest.approx(lost, rel=0.02, abs=1e-6 * total)
    assert (little.more <= little.fewer * (1 + 1e-6)).all()
    assert (whole.more <= little.more * (1 + 1e-6)).all()
    worth = (whole.more - whole.price)[whole.order]
    assert (np.diff(worth) <= 0).all()
    wage = [12 * (1 + plan.net[0]) * unit.cost_handler for unit in problem.units]
    assert (whole.price <= np.array(wage) * (1 + 1e-12)).all()
    # nothing of the asking is left behind
    assert nation.plan(1e-10).solution.objective == plan.solution.objective


def test_the_next_handler_from_today() -> None:
    problem = under(towns(17, 3), {tuple(range(8)): 2.0})  # prices are nil
    nation = Nation(problem)
    plan = nation.plan()
    found = next_handler(nation, plan, today=True)
    for k, unit in enumerate(problem.units):
        hires = np.full(8, unit.turnover * unit.handlers)
        hires[0] = 0.0
        costs = []
        for handlers in (-1.0, 0.0, 1.0):
            kept = unit.kept_for_intake - handlers * (1 - unit.absence)
            alone = Problem((replace(unit, intake_extra=kept),))
            costs.append(solve(alone, hires, np.zeros(8)).objective)
        lost, saved = -np.diff(costs) / (8 / 12)
        assert found.more[k] == pytest.approx(saved, rel=1e-6, abs=1e-6)
        assert found.fewer[k] == pytest.approx(lost, rel=1e-6, abs=1e-6)


def test_the_frontier_is_convex_and_never_rises() -> None:
    first, second = tuple(range(6)), tuple(range(6, 12))
    problem = under(steady_towns(4), {first: 1.0, second: 1.0})
    nation = Nation(problem)
    plan = nation.plan()
    found = frontier(nation, np.linspace(0, 2, 9).tolist(), 1e-6)
    assert 0.0 in found.impossible
    assert len(found.factors) + len(found.impossible) == 9
    assert len(found.factors) >= 3
    slopes = np.diff(found.totals) / np.diff(found.factors)
    size = 1e-9 * found.totals.max()
    assert (slopes <= size).all()
    assert (np.diff(slopes) >= -size).all()
    assert (found.gaps <= 1e-6).all()
    today = today_spending(problem).sum(0)
    for factor, total in zip(found.factors, found.totals, strict=True):
        budgets = (
            replace(budget, limit=factor * spent)
            for budget, spent in zip(problem.budgets, today, strict=True)
        )
        expected = solve(replace(problem, budgets=tuple(budgets))).objective
        assert total == pytest.approx(expected, rel=1.01e-6)
    # the nation's own budgets are as they were
    assert nation.plan().solution.objective == pytest.approx(
        plan.solution.objective, rel=2e-6
    )


# -- the parts -------------------------------------------------------------------


def test_the_curvature_of_a_quadratic_is_found() -> None:
    rng = generator(19)
    root = rng.normal(size=(3, 3))
    true, goal = root @ root.T + np.eye(3), np.array([1.0, 0.5, 2.0])
    curvature, prices = Curvature(), np.zeros(3)
    assert curvature.best(prices, np.ones(3)) is None
    for _ in range(30):
        moved = rng.normal(size=3) * 0.1
        curvature.learn(moved, true @ moved)
    top = curvature.best(prices, true @ (goal - prices))
    assert top == pytest.approx(goal, rel=0.05)


def test_steps_grow_where_spending_does_not_fall() -> None:
    curvature, prices, slope = Curvature(), np.zeros(1), np.ones(1)
    curvature.learn(np.ones(1), np.ones(1))
    steps = []
    for _ in range(5):
        top = curvature.best(prices, slope)
        assert top is not None
        steps.append(float(top[0]))
        curvature.learn(top, np.zeros(1))
    assert (np.diff(steps) > 0).all()
    assert steps[-1] > 100 * steps[0]


def test_resident_costs_can_be_changed() -> None:
    unit = towns(20, 1, handler_value=0.0, month_value=0.0)[0]
    programme = build(Problem((unit,)))
    resident = programme.resident()
    before = resident.optimum().objective
    at = programme.staff[0].handlers
    resident.reprice(at, 3 * resident.rows.cost[at])
    dearer = replace(unit, cost_handler=3 * unit.cost_handler)
    expected = solve(Problem((dearer,))).objective
    assert resident.optimum().objective == pytest.approx(expected, rel=1e-9)
    assert expected > before
