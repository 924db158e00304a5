"""The staffing program: against other solvers, and against what must be true."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from instances import (
    SMALL,
    draw,
    feasible,
    generator,
    optimum,
    plain,
    random_unit,
)
from naive import naive_optimum
from programs import against_cbc

from bemanna.optimisation.problem import Budget, CVaR, Problem, Scenario, Unit
from bemanna.optimisation.programme import build, solve, solve_each

# -- against other solvers, and another formulation ------------------------------


@pytest.mark.parametrize("block", range(4))
def test_linear_against_cbc_and_the_certificate(block: int) -> None:
    assert_proven(against_cbc(range(10 * block, 10 * block + 10)))


@pytest.mark.soak
def test_five_hundred_linear_against_cbc_and_the_certificate() -> None:
    assert_proven(against_cbc())


def assert_proven(table: pd.DataFrame) -> None:
    assert not table["outcome"].isin(["failed", "disagree"]).any()
    assert table["cbc"].max() <= 1e-7
    assert table["gap"].max() <= 1e-8


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    "kind", ["linear", "whole", "robot", "extras", "stochastic", "everything", "levers"]
)
def test_every_form_against_a_naive_formulation(kind: str, seed: int) -> None:
    problem = draw(kind, generator(100 + seed))
    expected = naive_optimum(problem)
    found = optimum(problem)
    if expected is None:
        assert found is None
    else:
        assert found == pytest.approx(expected, rel=1e-9)


# -- one after another -----------------------------------------------------------


@pytest.mark.parametrize("kind", ["linear", "whole", "everything"])
def test_solved_in_a_row_is_solved_alone(kind: str) -> None:
    """Where one ended is a start for the next, and no part of its answer."""
    drawn = [draw(kind, generator(300 + seed)) for seed in range(12)]
    twin = replace(drawn[0].units[0], inflow=1.3 * drawn[0].units[0].inflow)
    problems = [drawn[0], replace(drawn[0], units=(twin, *drawn[0].units[1:]))]
    problems += drawn[1:]
    problems = [each for each in problems if optimum(each) is not None]
    alone = [solve(each).objective for each in problems]
    row = [found.objective for found in solve_each(problems)]
    assert row == pytest.approx(alone, rel=1e-9)
    backwards = [
        found.objective for found in solve_each([problems[0], *problems[:0:-1]])
    ]
    assert backwards[1:] == [*row[:0:-1]]


# -- duals are derivatives -------------------------------------------------------


@pytest.mark.parametrize("which", ["stock", "handlers", "limit", "inflow", "extra"])
def test_duals_lie_between_the_slopes(which: str) -> None:
    unit = plain()
    free = solve(Problem((unit,)))
    staff = unit.cost_handler * free.units[0].handlers.sum()
    staff += unit.cost_overtime * free.units[0].overtime.sum()
    budget = Budget(tuple(range(10)), float(staff))
    problem = Problem((unit,), (budget,))
    solution = solve(problem)
    own = solution.units[0]

    def moved(by: float) -> Problem:
        if which == "limit":
            limit = replace(budget, limit=budget.limit + by)
            return replace(problem, budgets=(limit,))
        if which == "handlers":
            changed = replace(unit, handlers=unit.handlers + by)
        elif which == "extra":
            extra = unit.kept_for_intake.copy()
            extra[4] += by
            changed = replace(unit, intake_extra=extra)
        elif which == "stock":
            stock = unit.stock.copy()
            stock[1, 1] += by
            changed = replace(unit, stock=stock)
        else:
            inflow = unit.inflow.copy()
            inflow[0, 4] += by
            changed = replace(unit, inflow=inflow)
        return replace(problem, units=(changed,))

    dual = {
        "limit": solution.budget_duals[0],
        "handlers": own.head[0],
        # time kept for intake is time that nobody else has
        "extra": -own.capacity[4],
        "stock": own.balance[1, 1, 0],
        # a new case is one more case, and loads its intake
        "inflow": own.balance[0, 0, 4] - unit.intake_effort * own.capacity[4],
    }[which]
    step = 1e-3 if which != "limit" else 0.1
    here = solution.objective
    left = (here - solve(moved(-step)).objective) / step
    right = (solve(moved(step)).objective - here) / step
    slack = 1e-6 * max(1.0, abs(dual))
    assert left - slack <= dual <= right + slack
    assert solution.budget_duals[0] < 0


# -- what must be true -----------------------------------------------------------


WIDER: dict[str, Callable[[Unit], Any]] = {
    "absence": lambda u: u.absence * 0.8,
    "hire_max": lambda u: u.hire_max + 0.5,
    "release_max": lambda u: u.release_max + 0.5,
    "overtime_max": lambda u: u.overtime_max and u.overtime_max + 1,
    "fair_floor": lambda u: u.fair_floor and u.fair_floor * 1.2,
    "ramp": lambda u: np.minimum(u.ramp + 0.1, 1),
    "intake_effort": lambda u: u.intake_effort / 2,
    "renewal_effort": lambda u: u.renewal_effort / 2,
    "intake_extra": lambda u: u.intake_extra / 2,
}


@pytest.mark.parametrize("name", WIDER)
def test_more_capacity_never_costs_more(name: str) -> None:
    for problem in feasible(6, 0, SMALL):
        before = solve(problem).objective
        units = tuple(replace(u, **{name: WIDER[name](u)}) for u in problem.units)
        after = solve(replace(problem, units=units)).objective
        assert after <= before * (1 + 1e-9)


def test_nobody_is_hired_where_effort_does_nothing() -> None:
    unit = plain(fair_floor=None, handlers=30.0, release_max=np.zeros(10))
    flat = np.repeat(unit.exit_probability[..., :1], 4, axis=-1)
    solution = solve(Problem((replace(unit, exit_probability=flat),)))
    assert solution.units[0].hires.sum() == pytest.approx(0, abs=1e-9)
    assert solution.units[0].capacity == pytest.approx(0, abs=1e-9)


def test_units_without_a_common_budget_do_not_meet() -> None:
    units = (plain(), random_unit(generator(3), (1, 2, 10, 3), overtime_max=None))
    together = solve(Problem(units))
    alone = [solve(Problem((unit,))) for unit in units]
    assert together.objective == pytest.approx(
        sum(one.objective for one in alone), rel=1e-9
    )
    assert together.units[0].served.shape == (2, 3, 10, 4)


def test_equal_futures_are_one_future() -> None:
    unit = plain()
    one = solve(Problem((unit,)))
    futures = (Scenario(0.3, unit), Scenario(0.7, unit))
    for cvar in (None, CVaR(0.5, 0.9)):
        both = solve(Problem((unit,), scenarios=futures, cvar=cvar))
        assert both.objective == pytest.approx(one.objective, rel=1e-9)


def test_flows_agree_to_the_last_case() -> None:
    unit = plain()
    own = solve(Problem((unit,))).units[0]
    served = own.served.sum(-1)
    assert served[:, :, 0] == pytest.approx(unit.stock)
    exits = (own.served * unit.exit_probability).sum((1, 3))  # (S, T)
    for t in range(1, 10):
        back = sum(
            unit.reentry[:, k - 1] * exits[:, t - k] for k in range(1, min(t, 3) + 1)
        )
        start = served[:, :, t - 1].sum(1) - exits[:, t - 1]
        assert served[:, :, t].sum(1) == pytest.approx(start + unit.inflow[:, t] + back)


@pytest.mark.parametrize("times", [1e-2, 1e3])
def test_a_town_a_thousand_times_larger_costs_a_thousand_times_more(
    times: float,
) -> None:
    unit = plain()
    larger = replace(
        unit,
        stock=unit.stock * times,
        inflow=unit.inflow * times,
        handlers=unit.handlers * times,
        hire_max=unit.hire_max * times,
        release_max=unit.release_max * times,
        intake_extra=unit.intake_extra * times,
    )
    small = solve(Problem((unit,))).objective
    large = solve(Problem((larger,))).objective
    assert large == pytest.approx(small * times, rel=1e-9)


def test_currency_does_not_matter() -> None:
    unit = plain()
    money = ("cost_handler", "cost_hire", "cost_release", "cost_overtime")
    richer = {name: getattr(unit, name) * 1000 for name in (*money, "handler_value")}
    other = replace(
        unit,
        benefit=unit.benefit * 1000,
        terminal_value=unit.terminal_value * 1000,
        **richer,
    )
    ratio = solve(Problem((other,))).objective / solve(Problem((unit,))).objective
    assert ratio == pytest.approx(1000, rel=1e-9)


def test_given_staffing_stands_above_the_bounds() -> None:
    unit = plain()
    hires = np.full(10, np.nan)
    hires[2] = unit.hire_max[2] + 5.5
    solution = solve(Problem((unit,)), fixed_hires=hires, fixed_releases=np.zeros(10))
    assert solution.units[0].hires[2] == pytest.approx(hires[2])
    assert solution.units[0].releases == pytest.approx(np.zeros(10))
    free = solve(Problem((unit,)))
    given_back = solve(
        Problem((unit,)),
        fixed_hires=free.units[0].hires,
        fixed_releases=free.units[0].releases,
    )
    assert given_back.objective == pytest.approx(free.objective, rel=1e-9)


# -- the face of PuLP ------------------------------------------------------------------


def test_rows_and_columns_are_named_and_findable() -> None:
    programme = build(Problem((plain(fair_floor=60.0),)))
    rows = programme.lp.constraints()
    block, staff = programme.blocks[0], programme.staff[0]
    assert programme.sheet.row_keys[block.capacity[3]] == "cap[3]"
    assert rows[block.capacity[3]].name == "cap_3"
    assert programme.sheet.row_keys[block.balance[1, 2, 4]] == "bal[1,2,4]"
    assert programme.sheet.row_keys[staff.head[0]] == "head[0]"
    assert programme.sheet.row_keys[block.fairness[1, 5]] == "fair[1,5]"
    assert programme.sheet.columns[block.served[1, 2, 3, 0]].name == "served_1_2_3_0"
    names = [column.name for column in programme.sheet.columns]
    assert len(set(names)) == len(names)


def test_the_program_can_be_exported(tmp_path: Path) -> None:
    lp = build(Problem((plain(fair_floor=60.0),))).lp
    lp.writeLP(tmp_path / "staffing.lp")
    lp.writeMPS(tmp_path / "staffing.mps")
    text = (tmp_path / "staffing.lp").read_text()
    assert "cap_3:" in text
    assert "served_1_2_9_3" in text
    assert (tmp_path / "staffing.mps").stat().st_size > 0


def test_a_floor_at_the_only_level_is_no_limit() -> None:
    unit = random_unit(generator(1), (2, 2, 3, 1), overtime_max=None, fair_floor=None)
    floor = replace(unit, fair_floor=float(unit.caseloads[0]))
    free = solve(Problem((unit,)))
    assert solve(Problem((floor,))).objective == pytest.approx(free.objective, rel=1e-9)


def test_duals_by_name_are_those_of_the_arrays() -> None:
    solution = solve(Problem((plain(),)))
    named, own = solution.dual_keys(), solution.units[0]
    assert named["cap[3]"] == own.capacity[3]
    assert named["bal[1,2,4]"] == own.balance[1, 2, 4]
    assert named["head[9]"] == own.head[9]
    assert (own.capacity <= 0).all()


def test_a_resident_program_answers_like_a_new_one() -> None:
    unit = plain()
    programme = build(Problem((unit,)))
    resident = programme.resident()
    resident.optimum()
    hires = programme.staff[0].hires
    for most in (0.0, 0.4, 2.0):
        high = np.full(10, most)
        resident.hold(hires, np.zeros(10), high)
        new = solve(Problem((replace(unit, hire_max=high),)))
        assert resident.optimum().objective == pytest.approx(new.objective, rel=1e-9)
    resident.hold(hires, np.zeros(10), unit.hire_max)
    stock = unit.stock * 1.1
    rows = programme.blocks[0].balance[:, :, 0].ravel()
    resident.right_side(rows, stock.ravel(), stock.ravel())
    new = solve(Problem((replace(unit, stock=stock),)))
    assert resident.optimum().objective == pytest.approx(new.objective, rel=1e-9)
