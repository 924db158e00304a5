"""Rolling open cases forward: nobody is lost, and chance has the right mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bemanna.models.caseload import occupancy
from bemanna.models.cohort import ExitLevel, roll_forward, round_at_random

HAZARD = np.stack([0.03 + 0.2 / np.sqrt(np.arange(1, 121)), np.full(120, 0.1)])


def steady(inflow: float) -> np.ndarray:
    """Open cases, (S, M), at the start of a month in a caseload that is steady."""
    stay = inflow * occupancy(HAZARD) * (1 - HAZARD)
    start: np.ndarray = np.zeros_like(stay)
    start[:, 1:] = stay[:, :-1]
    start[:, -1] += stay[:, -1]
    return start


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_nobody_is_lost_or_doubled(seed: int, drawn: bool) -> None:
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 30, (2, 6)).astype(float)
    inflow = rng.integers(0, 20, (5, 2, 8)).astype(float)
    hazard = rng.random((5, 2, 6))
    flow = roll_forward(start, inflow, hazard, rng if drawn else None)
    end = flow.served - flow.exits
    np.testing.assert_allclose(flow.served[..., 0], start.sum(1) + inflow[..., 0])
    np.testing.assert_allclose(flow.served[..., 1:], end[..., :-1] + inflow[..., 1:])
    assert (end >= -1e-9).all()
    assert (flow.exits >= 0).all()
    if drawn:
        assert (flow.exits == np.round(flow.exits)).all()


def test_a_steady_caseload_stays_steady() -> None:
    inflow = np.full((1, 2, 36), 12.0)
    flow = roll_forward(steady(12.0), inflow, HAZARD)
    np.testing.assert_allclose(flow.exits, 12.0, rtol=1e-9)
    np.testing.assert_allclose(
        flow.served[0, :, -1], 12 * occupancy(HAZARD).sum(1), rtol=1e-9
    )


def test_drawn_households_have_the_expected_mean() -> None:
    n = 2000
    inflow = np.full((n, 2, 24), 2.3)  # fractions are rounded at random
    start = steady(2.3)
    drawn = roll_forward(start, inflow, HAZARD, np.random.default_rng(1))
    fluid = roll_forward(start, inflow[:1], HAZARD)
    for ours, truth in zip(drawn, fluid, strict=True):
        error = ours.std(axis=0) / np.sqrt(n)
        assert (np.abs(ours.mean(axis=0) - truth[0]) < 4.5 * error).all()


def test_the_last_month_holds_everyone_who_has_been_longer() -> None:
    inflow = np.full((1, 1, 48), 5.0)
    short = roll_forward(np.zeros((1, 2)), inflow, np.full((1, 2), 0.07))
    long = roll_forward(np.zeros((1, 120)), inflow, np.full((1, 120), 0.07))
    np.testing.assert_allclose(short.served, long.served, rtol=1e-12)


def test_certain_exit_and_no_exit() -> None:
    start, inflow = np.array([[0.0, 7.0]]), np.full((3, 1, 4), 2.0)
    rng = np.random.default_rng(2)
    gone = roll_forward(start, inflow, np.ones((1, 2)), rng)
    np.testing.assert_array_equal(gone.served[0, 0], [9, 2, 2, 2])
    kept = roll_forward(start, inflow, np.zeros((1, 2)), rng)
    np.testing.assert_array_equal(kept.served[0, 0], [9, 11, 13, 15])


def test_a_factor_moves_its_own_month_and_never_past_certainty() -> None:
    start, inflow = np.array([[0.0, 100.0]]), np.zeros((1, 1, 3))
    factor = np.array([[[1.0, 2.0, 50.0]]])
    flow = roll_forward(start, inflow, np.full((1, 2), 0.1), factor=factor)
    np.testing.assert_allclose(flow.exits[0, 0], [10, 18, 72])


@pytest.mark.parametrize(
    ("start", "inflow", "hazard", "says"),
    [
        (np.zeros((1, 3)), np.zeros((1, 4)), np.zeros((1, 3)), "inflow must have"),
        (np.zeros((2, 3)), np.zeros((1, 1, 4)), np.zeros((1, 3)), "start must have"),
        (np.zeros((1, 3)), np.zeros((1, 1, 4)), np.zeros((1, 2)), "hazard must have"),
        (
            np.zeros((1, 3)),
            np.zeros((1, 1, 4)),
            np.full((1, 3), 1.1),
            "hazard must lie",
        ),
        (np.zeros((1, 3)), -np.ones((1, 1, 4)), np.zeros((1, 3)), "inflow must lie"),
    ],
)
def test_what_does_not_fit_is_refused(
    start: np.ndarray, inflow: np.ndarray, hazard: np.ndarray, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        roll_forward(start, inflow, hazard)


def test_rounding_at_random_keeps_the_mean() -> None:
    values = np.full(200_000, 2.3)
    whole = round_at_random(values, np.random.default_rng(1))
    assert set(whole) == {2, 3}
    assert whole.mean() == pytest.approx(2.3, abs=0.005)


def history(
    rng: np.random.Generator, factor: float, wobble: float, rho: float, months: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Observed and expected exits and cases, (1, T), with a known level."""
    noise = np.zeros(months)
    for t in range(1, months):
        noise[t] = rho * noise[t - 1] + np.sqrt(1 - rho**2) * rng.standard_normal()
    served = np.full((1, months), 2000.0)
    expected = served * 0.1
    chance = 0.1 * factor * np.exp(wobble * noise - wobble**2 / 2)
    return rng.binomial(2000, chance)[None].astype(float), expected, served


def test_level_of_exits_is_recovered_without_inventing_wobble() -> None:
    rng = np.random.default_rng(3)
    levels = [ExitLevel.learn(*history(rng, 1.3, 0, 0, 60)) for _ in range(40)]
    factors = np.array([level.factor[0] for level in levels])
    assert factors.mean() == pytest.approx(1.3, abs=0.02)
    assert np.median([level.wobble[0] for level in levels]) < 0.02


def test_wobble_and_persistence_are_recovered() -> None:
    rng = np.random.default_rng(4)
    levels = [ExitLevel.learn(*history(rng, 1.0, 0.2, 0.7, 120)) for _ in range(40)]
    assert np.mean([x.wobble[0] for x in levels]) == pytest.approx(0.2, abs=0.03)
    assert np.mean([x.persistence[0] for x in levels]) == pytest.approx(0.7, abs=0.12)


def test_few_exits_hardly_move_the_level() -> None:
    served = np.full((1, 24), 10.0)
    level = ExitLevel.learn(np.zeros((1, 24)), served * 0.02, served)
    assert 0.8 < level.factor[0] < 1


def test_a_high_draw_of_the_hazards_is_scaled_to_the_same_exits() -> None:
    level = ExitLevel(
        np.array([1e5]), np.array([1e5]), np.array([0.1]), np.array([0.5])
    )
    relative = np.repeat([[0.8], [1.25]], 4000, axis=0)
    factor = level.draws(np.random.default_rng(5), 6, relative)
    product = (factor * relative[..., None]).reshape(2, 4000, 6).mean(axis=1)
    np.testing.assert_allclose(product, 1, atol=0.01)
    logs = np.log(factor[:4000, 0])
    assert logs.std() == pytest.approx(0.1, rel=0.05)
    assert np.corrcoef(logs[:, 2], logs[:, 3])[0, 1] == pytest.approx(0.5, abs=0.05)


def test_unknown_months_are_left_out_of_the_level() -> None:
    observed, expected, served = history(np.random.default_rng(6), 1.2, 0, 0, 60)
    holes = observed.copy()
    holes[0, [20, 55]] = np.nan
    assert ExitLevel.learn(holes, expected, served).factor[0] == pytest.approx(
        ExitLevel.learn(observed, expected, served).factor[0], abs=0.02
    )
