import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bemanna.models.household import (
    draw_by_odds,
    draw_returns,
    grow_older,
    household_month,
)

COUNTS = arrays(np.int64, (3, 4), elements=st.integers(0, 500))
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def chances(draw: st.DrawFn, outcomes: int) -> np.ndarray:
    """Probabilities (3, 4, outcomes) that leave something over."""
    raw = draw(arrays(float, (3, 4, outcomes + 1), elements=st.floats(0, 1)))
    total = raw.sum(-1, keepdims=True)
    shares = np.divide(raw, total, out=np.zeros_like(raw), where=total > 0)
    kept: np.ndarray = shares[..., :-1]
    return kept


@given(COUNTS, st.data(), st.integers(1, 4), SEEDS)
def test_nobody_appears_or_vanishes(
    cases: np.ndarray, data: st.DataObject, destinations: int, seed: int
) -> None:
    hazard = data.draw(chances(destinations))
    ageing = data.draw(arrays(float, (4,), elements=st.floats(0, 1)))
    month = household_month(cases, hazard, ageing, np.random.default_rng(seed))
    assert np.array_equal(month.stay + month.older + month.exits.sum(-1), cases)
    assert min(month.stay.min(), month.older.min(), month.exits.min()) >= 0
    assert not month.exits[hazard == 0].any()


@given(COUNTS, SEEDS)
def test_sure_things_need_no_luck(cases: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = rng.bit_generator.state
    older = grow_older(cases, np.array([1.0, 0.0, 1.0, 0.0]), rng)
    assert np.array_equal(older, cases * [1, 0, 1, 0])
    assert rng.bit_generator.state == before


@given(COUNTS, st.data(), SEEDS)
def test_returns_are_among_those_who_left(
    exits: np.ndarray, data: st.DataObject, seed: int
) -> None:
    share = data.draw(chances(5))
    due = draw_returns(exits, share, np.random.default_rng(seed))
    assert due.min() >= 0
    assert (due.sum(-1) <= exits).all()
    assert not due[share == 0].any()


@pytest.mark.parametrize("hazard", [[0.3], [0.2, 0.1]])
def test_means_and_variances_are_binomial(hazard: list[float]) -> None:
    rng = np.random.default_rng(1)
    cases = np.full(40_000, 20)
    month = household_month(cases, np.array(hazard), 0.25, rng)
    left = month.exits.sum(-1)
    assert left.mean() == pytest.approx(6.0, abs=4 * np.sqrt(4.2 / 40_000))
    assert left.var() == pytest.approx(4.2, rel=0.05)
    assert month.exits.mean(0) == pytest.approx(20 * np.array(hazard), rel=0.02)
    assert month.older.mean() == pytest.approx(3.5, rel=0.02)


def test_mixed_ageing_draws_only_where_it_is_open() -> None:
    older = grow_older(
        np.full((20_000, 3), 10), np.array([1.0, 0.3, 0.0]), np.random.default_rng(2)
    )
    assert (older[:, 0] == 10).all()
    assert older[:, 1].mean() == pytest.approx(3.0, rel=0.02)
    assert not older[:, 2].any()


def test_rare_exits_are_binomial() -> None:
    rng = np.random.default_rng(0)
    n = np.array([0, 1, 3, 30, 400, 5000])[:, None].repeat(6, 1)
    p = np.array([0.0, 1e-4, 0.01, 0.1, 0.6, 1 - 1e-9])[None].repeat(6, 0)
    runs = 40_000
    drawn = draw_by_odds(
        np.broadcast_to(n, (runs, 6, 6)),
        np.broadcast_to(p / (1 - p), (runs, 6, 6)),
        rng,
    )
    assert ((drawn >= 0) & (drawn <= n)).all()
    variance = n * p * (1 - p)
    off = np.abs(drawn.mean(0) - n * p)
    assert (off <= 5 * np.sqrt(variance / runs) + 1e-6 * n).all()
    usual = variance > 0.01  # rarer than that, few draws tell of the spread
    assert drawn.var(0)[usual] == pytest.approx(variance[usual], rel=0.06)
    # and cell by cell what chance says of nobody, one, two and three
    few = drawn[:, 2, 3]
    shares = np.bincount(few, minlength=4) / runs
    assert shares == pytest.approx([0.729, 0.243, 0.027, 0.001], abs=0.01)
