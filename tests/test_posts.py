"""Plans in whole posts: leavers replaced, limits kept, never dearer than today's."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from staffing import calendar, make_unit

from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.policy import policy_of
from bemanna.optimisation.posts import posts_path, steady, whole_posts
from bemanna.optimisation.problem import Budget, Problem
from bemanna.optimisation.programme import relaxed, solve
from bemanna.optimisation.simulation import check_on_grid
from bemanna.optimisation.strain import Strain
from bemanna.optimisation.value import follow, today


@pytest.mark.parametrize("cases", [15, 30, 60, 120, 600])
@pytest.mark.parametrize("log_hr", [0.0, 0.15, 0.6])
def test_nothing_forces_hiring(cases: float, log_hr: float) -> None:
    """However small the unit, the plan is no dearer than today's posts kept."""
    unit = make_unit(cases=cases, log_hr=log_hr, months=24, heaviest=90)
    unit = replace(unit, hire_max=np.maximum(unit.hire_max, 0.015 * unit.handlers))
    found = whole_posts(Problem((unit,)))
    own = found.units[0]
    held = today(unit, calendar(unit))
    assert found.objective <= held.total_sek * (1 + 1e-9)
    assert found.bound <= found.objective * (1 + 1e-12)
    posts = own.handlers - unit.handlers
    rising = np.flatnonzero(np.diff(posts) > 1e-6) + 1
    assert posts[rising] == pytest.approx(np.rint(posts[rising]), abs=1e-6)
    again = follow(unit, policy_of(unit, own, "plan"), calendar(unit))
    assert again.total_sek == pytest.approx(found.objective, rel=1e-9)


def test_half_posts_are_nearer_the_optimum() -> None:
    problem = Problem((make_unit(cases=40, log_hr=0.6, months=24),))
    whole, half = whole_posts(problem), whole_posts(problem, 0.5)
    assert half.objective <= whole.objective
    posts = half.units[0].handlers - problem.units[0].handlers
    rising = np.flatnonzero(np.diff(posts) > 1e-6) + 1
    assert len(rising)
    assert 2 * posts[rising] == pytest.approx(np.rint(2 * posts[rising]), abs=1e-6)


@pytest.mark.parametrize("cases", [30, 300])
def test_a_plan_in_posts_can_be_lived(cases: float) -> None:
    unit = make_unit(cases=cases, log_hr=0.6, months=18)
    problem = Problem((unit,))
    found = whole_posts(problem)
    bound = lower_bound(problem, solve(relaxed(problem))).bound
    rng = np.random.default_rng(3)
    check = check_on_grid(unit, found.units[0], bound, rng, 3_000)
    assert check.ok
    # posts are filled: what chance takes of handlers costs little
    assert check.mean_sek == pytest.approx(check.model_sek, rel=0.04)


def test_a_budget_lets_posts_lapse() -> None:
    unit = make_unit(months=18, log_hr=0.6)
    months = tuple(range(18))
    spent = unit.cost_handler * unit.handlers * 18
    problem = Problem((unit,), (Budget(months, 0.95 * spent),))
    own = whole_posts(problem).units[0]
    paid = unit.cost_handler * own.handlers + unit.cost_hire * own.hires
    paid = paid + unit.cost_overtime * own.overtime + unit.cost_release * own.releases
    assert paid.sum() <= 0.95 * spent * (1 + 1e-9)
    assert own.handlers[-1] < unit.handlers


def test_posts_where_leavers_follow_the_caseload() -> None:
    unit = make_unit(months=18, log_hr=0.6, strain=Strain(45.0, turnover=0.5))
    found = whole_posts(Problem((unit,)))
    again = follow(unit, policy_of(unit, found.units[0], "plan"), calendar(unit))
    assert again.total_sek == pytest.approx(found.objective, rel=1e-6)


@given(
    st.lists(st.floats(-3, 5), min_size=1, max_size=24),
    st.sampled_from([0.25, 0.5, 0.75, 1.0]),
)
def test_posts_are_not_filled_and_left_in_turn(
    months: list[float], threshold: float
) -> None:
    extra = np.array(months)
    posts = steady(extra, threshold)
    assert posts == pytest.approx(np.rint(posts))
    assert (posts - extra < 1 + 1e-6).all()
    assert (extra - posts < threshold + 1e-6).all()
    # a change of less than what separates up from down moves nothing
    hovering = steady(0.5 + 0.2 * np.sign(np.sin(np.arange(12.0) + 0.5)), 0.6)
    assert (np.diff(hovering) >= 0).all()


@given(
    st.lists(st.tuples(st.integers(-3, 5), st.floats(0, 3)), min_size=4, max_size=24),
    st.floats(0, 0.2),
    st.floats(0.5, 12),
)
def test_paths_keep_every_limit(
    months: list[tuple[int, float]], turnover: float, handlers: float
) -> None:
    more, most = (np.array(side, float) for side in zip(*months, strict=True))
    unit = make_unit(months=len(more), turnover=turnover, handlers=handlers)
    unit = replace(unit, hire_max=most, release_max=np.full(len(more), 0.3))
    path, hires, releases = posts_path(unit, more)
    before = np.append(handlers, (1 - turnover) * path[:-1])
    assert path == pytest.approx(before + hires - releases)
    assert (hires >= 0).all()
    assert (releases >= 0).all()
    assert (releases <= 0.3 + 1e-12).all()
    # less than one hire is ever saved for a whole post
    assert (hires <= most + 1 + 1e-9).all()
    assert (np.cumsum(hires) <= np.cumsum(most) + 1e-6).all()
    assert (path <= np.maximum(before, handlers + np.maximum(more, -3)) + 1e-9).all()
