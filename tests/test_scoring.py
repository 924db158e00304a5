"""The measures agree with published scores, with each other and with arithmetic."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared_data

from bemanna.models import scoring

values = st.lists(st.floats(0, 1e9), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("panel", "published"),
    [("m3", 1.1413), ("hospital", 0.9098), ("m1", 1.2990), ("tourism", 1.5340)],
)
def test_seasonal_naive_reproduces_known_scores(panel: str, published: float) -> None:
    frame = pd.read_parquet(shared_data(f"bench/{panel}_monthly.parquet"))
    scores = []
    for _, rows in frame.groupby("unique_id", observed=True):
        history = rows["y"][rows["split"] == "train"].to_numpy(float)
        actual = rows["y"][rows["split"] == "test"].to_numpy(float)
        forecast = scoring.seasonal_naive(history, len(actual))
        scores.append(scoring.mase(actual, forecast, scoring.naive_scale(history)))
    assert np.mean(scores) == pytest.approx(published, abs=5e-5)


@given(values)
def test_smape_of_itself_is_zero_and_never_over_200(y: list[float]) -> None:
    other = np.zeros(len(y))
    assert scoring.smape(y, y) == 0
    assert 0 <= scoring.smape(y, other) <= 200
    assert scoring.smape(y, other) == scoring.smape(other, y)


def test_scale_falls_back_where_no_season_is_known() -> None:
    assert scoring.naive_scale(np.arange(24.0)) == 12
    assert scoring.naive_scale([1, 3, 5]) == 2  # shorter than a season
    assert scoring.naive_scale(np.tile(np.arange(12.0), 4)) > 0  # perfect season
    assert scoring.naive_scale([7.0] * 40) == 1


def test_owa_is_one_for_its_own_benchmark_and_zero_for_the_truth() -> None:
    rng = np.random.default_rng(3)
    season = 1 + 0.4 * np.sin(np.arange(72) * np.pi / 6)
    cases = []
    for level in (50, 400):
        y = level * season * rng.lognormal(0, 0.05, 72)
        cases.append((y[:60], y[60:], scoring.naive2(y[:60], 12)))
    assert scoring.owa(cases) == pytest.approx(1)
    assert scoring.owa((h, a, a) for h, a, _ in cases) == 0
    with pytest.raises(ValueError, match="at least one series"):
        scoring.owa([])


def test_naive2_repeats_a_clean_season_and_else_the_last_value() -> None:
    y = 100 * np.tile(1 + 0.5 * np.sin(np.arange(12) * np.pi / 6), 5)
    np.testing.assert_allclose(scoring.naive2(y, 12), y[:12], rtol=1e-9)
    walk = np.random.default_rng(1).normal(0, 1, 60).cumsum() + 100
    assert set(scoring.naive2(walk, 6)) == {walk[-1]}
    assert set(scoring.naive2(np.zeros(60), 6)) == {0.0}


def test_crps_of_the_median_is_the_scaled_error() -> None:
    y, median = np.array([3.0, 9.0]), np.array([5.0, 5.0])
    assert scoring.scrps(y, median[:, None], [0.5], 2.0) == scoring.mase(y, median, 2.0)


def test_crps_rewards_the_true_distribution() -> None:
    rng = np.random.default_rng(5)
    p = np.arange(0.05, 1, 0.05)
    y = rng.normal(100, 10, 4000)
    sharp, right, wide = (
        scoring.scrps(
            y, np.tile(np.quantile(rng.normal(100, s, 9999), p), (4000, 1)), p, 1
        )
        for s in (3, 10, 30)
    )
    assert right < sharp
    assert right < wide


def test_interval_scores_by_hand() -> None:
    y, low, high = np.array([1.0, 5.0]), np.array([0.0, 6.0]), np.array([2.0, 8.0])
    assert scoring.coverage(y, low, high) == 0.5
    # widths 2 and 2, one miss of 1 fined 2 / 0.2
    assert scoring.msis(y, low, high, scale=2.0, level=80) == pytest.approx(3.5)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: scoring.mase([1, 2], [1], 1.0),
        lambda: scoring.mase([1], [1], 0.0),
        lambda: scoring.smape([], []),
        lambda: scoring.scrps([1, 2], np.ones((2, 3)), [0.5], 1.0),
        lambda: scoring.scrps([1], np.ones((1, 1)), [1.0], 1.0),
        lambda: scoring.msis([1], [0], [2], 1.0, level=100),
        lambda: scoring.coverage([1, 2], [0, 0], [1]),
    ],
)
def test_arguments_that_do_not_fit_are_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="must"):
        wrong()  # type: ignore[operator]
