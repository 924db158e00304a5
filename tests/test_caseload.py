"""The bucketed chain keeps the monthly chain's stock, exits and time on assistance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bemanna.models.caseload import (
    Buckets,
    bucket_ageing,
    bucket_hazards,
    effort_levels,
    observed_occupancy,
    occupancy,
)

BUCKETS = Buckets()


def monthly(segments: int, months: int, seed: int) -> np.ndarray:
    """Hazards that fall with time on assistance, and some that jump about."""
    rng = np.random.default_rng(seed)
    falling = 0.12 / np.sqrt(1 + np.arange(months))
    return np.clip(falling * rng.uniform(0.3, 3, (segments, months)), 0.002, 0.9)


def bucket_stock(p: np.ndarray, a: np.ndarray, inflow: float) -> np.ndarray:
    """Stationary stock of the bucketed chain, bucket by bucket."""
    stock, enters = [], inflow
    for d in range(len(p)):
        leaves_or_ages = 1 - (1 - p[d]) * (1 - a[d])
        stock.append(enters / leaves_or_ages)
        enters = stock[-1] * (1 - p[d]) * a[d]
    return np.array(stock)


@given(st.integers(0, 10_000), st.integers(25, 150))
def test_bucketed_chain_has_the_monthly_stock_and_outflow(seed: int, m: int) -> None:
    hazard = monthly(2, m, seed)
    served = occupancy(hazard)
    p = bucket_hazards(hazard, served, BUCKETS)
    a = bucket_ageing(hazard, served, BUCKETS)
    bucket = BUCKETS.of(np.arange(m))
    for s in range(2):
        expected = np.bincount(bucket, served[s])
        stock = bucket_stock(p[s], a[s], 1.0)
        assert stock == pytest.approx(expected, rel=1e-9)
        # one in, one out: total exits equal the inflow
        assert stock @ p[s] == pytest.approx(1, rel=1e-9)


def test_constant_hazard_is_the_same_in_every_bucket() -> None:
    hazard = np.full((1, 120), 0.04)
    served = occupancy(hazard)
    p = bucket_hazards(hazard, served, BUCKETS)
    a = bucket_ageing(hazard, served, BUCKETS)
    assert p == pytest.approx(0.04)
    assert served.sum() == pytest.approx(25)  # mean time 1 / hazard
    assert bucket_stock(p[0], a[0], 8.0).sum() == pytest.approx(200)
    # with exits underway fewer than 1/width stand at the bucket's end
    assert (a[0, :-1] < [1 / 3, 1 / 3, 1 / 6, 1 / 12]).all()
    assert a[0, -1] == 0


def test_ageing_is_one_over_width_where_nobody_leaves() -> None:
    hazard = np.zeros((1, 40))
    a = bucket_ageing(hazard, np.ones((1, 40)), BUCKETS)
    assert a[0] == pytest.approx([1 / 3, 1 / 3, 1 / 6, 1 / 12, 0])


def test_further_axes_stay() -> None:
    hazard = monthly(2, 60, 1)
    served = occupancy(hazard)
    stacked = np.stack([hazard, 2 * hazard], axis=-1)
    p = bucket_hazards(stacked, served, BUCKETS)
    assert p.shape == (2, 5, 2)
    assert p[..., 0] == pytest.approx(bucket_hazards(hazard, served, BUCKETS))
    assert p[..., 1] == pytest.approx(2 * p[..., 0])


def test_an_empty_bucket_gets_the_plain_mean() -> None:
    hazard = monthly(1, 60, 2)
    nobody = np.zeros((1, 60))
    p = bucket_hazards(hazard, nobody, BUCKETS)
    assert p[0, 2] == pytest.approx(hazard[0, 6:12].mean())


def test_only_the_absorbing_last_month_gathers() -> None:
    hazard = np.full((1, 12), 0.1)
    cut, gathered = occupancy(hazard, "cut"), occupancy(hazard)
    assert cut[0, :11] == pytest.approx(gathered[0, :11])
    assert cut[0, 11] == pytest.approx(0.9**11)
    assert gathered[0, 11] == pytest.approx(0.9**11 / 0.1)


def test_observed_households_are_counted_once() -> None:
    table = observed_occupancy([0, 3, 3, 500], [0, 1, 1, 1], 2, months=120)
    assert table.sum() == 4
    assert table[0, 0] == 1
    assert table[1, 3] == 2
    assert table[1, 119] == 1


def test_levels_are_equally_spaced_in_effort_heaviest_first() -> None:
    levels = effort_levels(25, 75, 8)
    assert levels[0] == 75
    assert levels[-1] == 25
    assert np.diff(1 / levels) == pytest.approx((1 / 25 - 1 / 75) / 7)
    assert effort_levels(40, 40, 1).tolist() == [40]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: effort_levels(60, 30, 4), "lightest <= heaviest"),
        (lambda: effort_levels(0, 30, 4), "lightest <= heaviest"),
        (lambda: effort_levels(30, 60, 1), "at least 2"),
        (lambda: Buckets((1, 3)), "rise strictly from 0"),
        (lambda: Buckets((0, 3, 3)), "rise strictly from 0"),
        (lambda: BUCKETS.of([-1]), "must be >= 0"),
        (lambda: occupancy(np.array([[0.1, 0.0]])), "no limit"),
        (lambda: occupancy(np.array([[0.1, 1.2]])), r"values in \[0, 1\]"),
        (lambda: bucket_hazards(np.ones((1, 9)), np.ones((1, 9)), BUCKETS), "M > 24"),
        (lambda: observed_occupancy([1], [3], 2), "0..1"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        call()
