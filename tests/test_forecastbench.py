"""What the comparison with peers rests on: scores, ratios, coverage, the page."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from contest import KNOWN_MASE, check_scores, peer
from document import write_part
from forecastscores import (
    CHANCES,
    GRID,
    MEDIAN,
    Actual,
    Ratio,
    Scores,
    inside_by_pit,
    owa,
    randomised_pit,
    redrawn,
    score,
    score_point,
)
from panels import PANELS
from scipy import stats
from shared import shared_data

from bemanna.models import scoring


@pytest.fixture
def actual() -> Actual:
    rng = np.random.default_rng(5)
    rows = [
        {"unique_id": f"s{i}", "ds": ds, "y": y, "split": split}
        for i in range(4)
        for split, n, start in (("train", 60, "2015-01"), ("test", 6, "2020-01"))
        for ds, y in zip(
            pd.date_range(start, periods=n, freq="MS"),
            rng.poisson(3 + 5 * i, n).astype(float),
            strict=True,
        )
    ]
    return Actual.of(pd.DataFrame(rows))


@pytest.mark.parametrize("name", list(KNOWN_MASE))
def test_the_seasonal_naive_scores_what_is_known_of_it(
    name: str, tmp_path: Path
) -> None:
    data = shared_data(f"bench/{name}_monthly.parquet").parents[1]
    actuals = [Actual.of(table) for table in PANELS[name](data)]
    assert check_scores(name, actuals, tmp_path) == pytest.approx(
        KNOWN_MASE[name], abs=5e-5
    )
    moved = [a._replace(y=np.roll(a.y, 1, axis=1)) for a in actuals]
    with pytest.raises(ValueError, match="no score can be trusted"):
        check_scores(name, moved, tmp_path)


def test_a_panel_is_scored_as_its_series_are(actual: Actual) -> None:
    rng = np.random.default_rng(6)
    shape = (*actual.y.shape, len(CHANCES))
    quantiles = np.sort(rng.gamma(3, 3, shape), axis=-1)
    point = rng.gamma(3, 3, actual.y.shape)
    found = score(actual, point, quantiles)
    for i, (y, scale) in enumerate(zip(actual.y, actual.scale, strict=True)):
        low, high = quantiles[i, :, 0], quantiles[i, :, -1]
        assert found.smape[i] == pytest.approx(scoring.smape(y, point[i]))
        assert found.mase[i] == pytest.approx(scoring.mase(y, point[i], scale))
        assert found.msis[i] == pytest.approx(scoring.msis(y, low, high, scale))
        deciles = scoring.scrps(y, quantiles[i, :, 1:-1], CHANCES[1:-1], scale)
        assert found.crps[i] == pytest.approx(deciles)
        inside = [
            scoring.coverage(y, quantiles[i, :, k], quantiles[i, :, -1 - k])
            for k in (1, 0)
        ]
        assert found.inside[i].mean(0) == pytest.approx(inside)
    cases = zip(actual.histories, actual.y, point, strict=True)
    naive2 = score_point(actual, actual.naive2)
    once = np.ones((1, len(point)))
    assert owa(once, found, naive2) == pytest.approx(scoring.owa(cases))
    assert owa(once, naive2, naive2) == pytest.approx(1)


def test_counts_are_told_from_amounts(actual: Actual) -> None:
    assert actual.are_counts
    assert not actual._replace(y=actual.y + 0.5).are_counts
    large = [h + 100 for h in actual.histories]
    assert not actual._replace(histories=large).are_counts


def test_the_same_forecast_has_ratio_one_and_no_interval() -> None:
    weights = redrawn([f"s{i}" for i in range(30)])
    loss = np.random.default_rng(1).gamma(2, size=30)
    same = Ratio.of(weights @ (0.9 * loss) / (weights @ loss))
    assert same == pytest.approx((0.9, 0.9, 0.9))
    assert str(same) == "0.900 (0.900-0.900)"


def test_intervals_of_ratios_cover_the_truth() -> None:
    rng = np.random.default_rng(2)
    weights = redrawn([str(i) for i in range(80)], draws=400)
    covered = 0
    for _ in range(200):
        theirs = rng.gamma(4, size=80)
        mine = 0.95 * theirs + rng.normal(0, 0.3, 80)
        ratio = Ratio.of(weights @ mine / (weights @ theirs))
        covered += ratio.low <= 0.95 <= ratio.high
    assert 0.9 < covered / 200 < 0.99


def test_cuts_of_one_series_are_drawn_together() -> None:
    weights = redrawn(["a", "b", "c", "a", "b", "c"], draws=50)
    assert weights.shape == (51, 6)
    assert (weights[0] == 1).all()
    np.testing.assert_array_equal(weights[:, :3], weights[:, 3:])
    assert (weights.sum(1) == 6).all()


@pytest.mark.parametrize("kind", ["whole quantiles", "continuous quantiles"])
def test_transforms_of_a_right_forecast_are_uniform(kind: str) -> None:
    rng = np.random.default_rng(3)
    if kind == "whole quantiles":
        law = stats.nbinom(3, 0.5)
        y, quantiles = law.rvs((400, 12), random_state=rng), law.ppf(GRID)
    else:
        # a count that rounds a continuous amount, forecast as that amount
        law = stats.gamma(4, scale=2)
        y, quantiles = np.round(law.rvs((400, 12), random_state=rng)), law.ppf(GRID)
    grid = np.broadcast_to(quantiles, (*y.shape, len(GRID)))
    pit = randomised_pit(y, grid, rng)
    # the grid holds a two-hundredth of the probability between its levels
    share = np.histogram(pit, bins=10, range=(0, 1))[0] / pit.size
    assert share == pytest.approx(0.1, abs=0.015)
    assert inside_by_pit(pit).mean((0, 1)) == pytest.approx([0.8, 0.95], abs=0.015)


def test_intervals_too_narrow_or_too_wide_show() -> None:
    rng = np.random.default_rng(4)
    y = stats.poisson(9).rvs((300, 12), random_state=rng)
    for law, lowest, highest in (
        (stats.poisson(7.0), 0.0, 0.75),
        (stats.nbinom(3, 0.25), 0.87, 1.0),
    ):
        grid = np.broadcast_to(law.ppf(GRID), (*y.shape, len(GRID)))
        share = inside_by_pit(randomised_pit(y, grid, rng)).mean((0, 1))[0]
        assert lowest < share < highest


def test_scores_of_cuts_are_stacked(actual: Actual) -> None:
    one = score_point(actual, actual.naive2)
    both = Scores.pooled([one, one])
    assert both.inside.shape == (8, 6, 2)
    np.testing.assert_array_equal(both.mase, np.tile(one.mase, 2))


def test_a_peer_is_read_in_the_order_of_the_series(tmp_path: Path) -> None:
    assert peer(tmp_path, "toy", 0, "AutoETS", ["a", "b"]) is None
    rows = [(label, step) for label in ("b", "a") for step in (2, 1)]
    table = pd.DataFrame(rows, columns=["unique_id", "step"])
    table["mean"] = [102.0, 101.0, 22.0, 21.0]
    for level in (20, 40, 60, 80, 95):
        table[f"lo-{level}"] = table["mean"] - level
        table[f"hi-{level}"] = table["mean"] + level
    table.to_parquet(tmp_path / "toy.0.AutoETS.parquet")
    found = peer(tmp_path, "toy", 0, "AutoETS", ["a", "b"])
    assert found is not None
    np.testing.assert_array_equal(found[..., MEDIAN], [[21, 22], [101, 102]])
    assert (np.diff(found[1], axis=-1) > 0).all()
    # as the peer says it, also below 0
    np.testing.assert_array_equal(found[0, :, 0], [-74, -73])
    with pytest.raises(ValueError, match="other series"):
        peer(tmp_path, "toy", 0, "AutoETS", ["a", "c"])


def test_each_command_writes_its_own_part_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_part("make bench-forecast", "## Forecasts\n", page)
    write_part("make bench", "## Plans", page)
    first = page.read_text("utf-8")
    assert first.index("## Plans") < first.index("## Forecasts")
    write_part("make bench", "## Plans\n\nagain", page)
    text = page.read_text("utf-8")
    assert text == first.replace("## Plans", "## Plans\n\nagain")
    with pytest.raises(ValueError, match="make tea"):
        write_part("make tea", "", page)
