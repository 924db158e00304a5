"""What a plan costs if the effect of effort is not what was assumed."""

from dataclasses import replace

import numpy as np
import pytest
from staffing import calendar, make_unit

from bemanna.models.domain import Array
from bemanna.optimisation.problem import Budget, CVaR, Problem, Unit
from bemanna.optimisation.programme import build, solve
from bemanna.optimisation.recourse import staffing_of
from bemanna.optimisation.regret import FACTORS, LEAST, TODAY, Worlds, regret_table
from bemanna.optimisation.value import today

FACTS = {"segments": 2, "months": 12, "levels": 5, "cases": 400}


def under(log_hr: float) -> Unit:
    """Make a municipality under an assumed effect."""
    limited = np.r_[np.zeros(3), np.full(9, 1.4)]
    return make_unit(log_hr=log_hr, hire_max=limited, **FACTS)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem((under(0.35),))


def in_one_piece(worlds: Worlds) -> float:
    """Least largest regret by the program of all effects in one piece."""
    tail = CVaR(1.0, 1 - 1 / len(worlds.units))
    programme = build(replace(worlds.problem, cvar=tail))
    resident = programme.resident()
    least = -worlds.optimum  # excess + threshold >= cost - optimum
    resident.right_side(programme.risk, least, np.full(len(least), np.inf))
    return resident.optimum().objective


def test_regret_is_zero_where_the_assumption_is_true(problem: Problem) -> None:
    best = {f"{f:g}": solve(Problem((under(0.35 * f),))).units[0] for f in FACTORS}
    plans = {name: staffing_of(under(0.35), plan) for name, plan in best.items()}
    table = regret_table(problem, under, 0.35, plans)
    assert table.names == (TODAY, *plans, LEAST)
    size = np.abs(table.optimum).max()
    assert table.regret.min() >= -1e-9 * size
    own = table.regret[1:-1]
    assert np.diag(own) == pytest.approx(np.zeros(len(FACTORS)), abs=1e-9 * size)
    assert table.best == pytest.approx(np.array(list(plans.values())), abs=1e-6)
    # the program's own plan beats every candidate, strictly here
    assert table.worst[-1] < table.worst[:-1].min()
    frame = table.frame()
    assert len(frame) == table.cost.size
    assert frame.query("plan == @LEAST").regret_sek.max() == table.worst[-1]


def test_least_regret_is_that_of_the_program_in_one_piece(problem: Problem) -> None:
    effects = 0.35 * np.array([0.0, 0.5, 1.0, 1.5])
    worlds = Worlds(problem, under, effects)
    table = regret_table(problem, under, 0.35, {}, (0.0, 0.5, 1.0, 1.5))
    expected = in_one_piece(worlds)
    assert table.worst[-1] == pytest.approx(expected, abs=2e-6 * worlds.optimum.max())


def test_two_effects_by_hand() -> None:
    """One month, one level each: hires cost 100, each saves 300 or nothing.

    With h hires regret is 100 h where effort does nothing and 200 (1 - h) where it
    works: least at h = 2/3, with a regret of 200/3.
    """
    plans = {"none": np.zeros(2), "one": np.array([1.0, 0.0])}

    def world(works: float) -> Unit:
        return one_hire(saves=300.0 * works)

    table = regret_table(Problem((world(1.0),)), world, 1.0, plans, (0.0, 1.0))
    hires = table.staffing[:, 0]
    assert hires == pytest.approx([0, 0, 1, 2 / 3], abs=1e-4)
    assert table.optimum == pytest.approx([1000, 800])
    expected = [[0, 200], [0, 200], [100, 0], [200 / 3, 200 / 3]]
    assert table.regret == pytest.approx(np.array(expected), abs=0.01)


def one_hire(saves: float) -> Unit:
    """Make a case that costs 1000 less what a handler, hired for 100, saves."""
    flat: Array = np.zeros((1, 1))
    return Unit(
        name="toy",
        weight=np.ones((1, 1)),
        benefit=flat,
        caseloads=np.array([1e9, 1.0]),
        exit_probability=np.array([[[[0.0, saves / 1000]]]]),
        ageing=flat,
        stock=np.ones((1, 1)),
        inflow=flat,
        terminal_value=np.full((1, 1), 1000.0),
        absence=np.zeros(1),
        turnover=0.0,
        discount=1.0,
        cost_handler=0.0,
        cost_hire=100.0,
        cost_release=0.0,
        cost_overtime=1e6,
        handlers=1e-6,  # as good as none, but somebody is there today
        hire_max=np.ones(1),
        release_max=np.zeros(1),
    )


def test_whole_handlers_and_budgets(problem: Problem) -> None:
    spent = 62e3 * solve(problem).units[0].handlers.sum()
    tight = replace(problem, budgets=(Budget(tuple(range(12)), 1.02 * spent),))
    table = regret_table(tight, under, 0.35, {}, (0.0, 1.0), whole=True)
    hires = np.vstack([table.staffing[1:, :24], table.best[:, :24]])
    assert hires == pytest.approx(np.rint(hires), abs=1e-9)
    assert table.regret.min() >= -1e-9 * np.abs(table.optimum).max()


def test_today_is_followed_as_it_is_also_beyond_the_cap(problem: Problem) -> None:
    def capped(log_hr: float) -> Unit:
        unit = under(log_hr)
        light = unit.caseloads < 40  # 45 cases each today
        return replace(
            unit,
            caseloads=unit.caseloads[light],
            exit_probability=unit.exit_probability[..., light],
        )

    table = regret_table(
        Problem((capped(0.35),)), capped, 0.35, {}, (0.0, 1.0), observed=under
    )
    months = calendar(under(0.0))
    for cost, log_hr in zip(table.cost[0], (0.0, 0.35), strict=True):
        assert cost == pytest.approx(today(under(log_hr), months).total_sek)
    # hiring to keep the cap is of no use where effort does nothing
    assert table.regret[0, 0] < 0 <= table.regret[1].min() + 1e-6


def test_one_unit_is_asked_for(problem: Problem) -> None:
    two = replace(problem, units=problem.units * 2)
    with pytest.raises(ValueError, match="one unit"):
        regret_table(two, under, 0.35, {})
