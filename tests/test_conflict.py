"""Limits that clash, and a solver that is not believed."""

import numpy as np
import pulp
import pytest
from instances import SMALL, generator, optimum, plain, random_linear

from bemanna.models.domain import InfeasibleError, SolverError
from bemanna.optimisation.problem import Budget, Problem
from bemanna.optimisation.programme import build, solve


def clash(problem: Problem) -> list[str]:
    with pytest.raises(InfeasibleError) as error:
        solve(problem)
    return list(error.value.conflict)


@pytest.mark.parametrize("seed", range(30))
def test_a_conflict_is_one_and_nothing_more(seed: int) -> None:
    problem = random_linear(generator(500 + seed), SMALL, overtime_max=0.3)
    if optimum(problem) is not None:
        return
    conflict = clash(problem)
    programme = build(problem)
    keys = list(programme.sheet.row_keys)
    rows = dict(zip(keys, programme.lp.constraints(), strict=True))
    named = [key for key in conflict if key in rows]
    assert named
    assert len(set(conflict)) == len(conflict)

    def has_plan(kept: list[str]) -> bool:
        trial = pulp.LpProblem("trial", pulp.LpMinimize)
        trial.setObjective(pulp.LpAffineExpression())
        for key in kept:
            trial.addConstraint(rows[key])
        trial.solve(pulp.PULP_CBC_CMD(msg=False))
        return bool(trial.status == pulp.LpStatusOptimal)

    assert not has_plan(named)
    for spared in named[:4]:
        assert has_plan([key for key in named if key != spared]), spared


def test_bounds_are_named_in_words() -> None:
    unit = plain(
        handlers=0.0,
        overtime_max=0.0,
        hire_max=np.full(10, 0.1),
        release_max=np.zeros(10),
    )
    conflict = clash(Problem((unit,)))
    assert {"cap[0]", "head[0]", "hire_max[0]", "overtime_max"} <= set(conflict)
    assert not any(name.startswith("release_max") for name in conflict)


def test_given_staffing_is_named() -> None:
    unit = plain(overtime_max=0.0, handlers=50.0, release_max=np.full(10, 50.0))
    with pytest.raises(InfeasibleError) as error:
        solve(Problem((unit,)), fixed_releases=np.r_[50.0, np.zeros(9)])
    assert "fixed_releases[0]" in error.value.conflict


def test_a_message_names_what_a_planner_can_change_first() -> None:
    unit = plain()
    budget = Budget((0, 1), 1.0, "2027")
    with pytest.raises(InfeasibleError, match=r"together: budget\[0\]") as error:
        solve(Problem((unit,), (budget,)))
    assert len(str(error.value)) < 300


def test_a_solver_that_stops_early_is_not_believed() -> None:
    resident = build(Problem((plain(),))).resident()
    resident._highs.setOptionValue("time_limit", 0.0)
    with pytest.raises(SolverError, match="no proven optimum"):
        resident.optimum()


def test_wrong_values_are_no_optimum() -> None:
    resident = build(Problem((plain(),))).resident()
    found = resident.optimum()
    assert resident.rows.fault(found.primal, found.duals) == ""
    assert "row" in resident.rows.fault(found.primal * 1.001, found.duals)
    assert "differ" in resident.rows.fault(found.primal, found.duals * 0.99)
    assert "sign" in resident.rows.fault(found.primal, found.duals * 1.5)
