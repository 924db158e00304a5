"""A driver that leads inflow: found, used by scenario, and said when one is assumed."""

import numpy as np
import pandas as pd
import pytest

from bemanna.models.driven import returning
from bemanna.models.inflow import PanelForecaster

MONTHS, AHEAD, LEAD, EFFECT = 108, 12, 3, 0.1


def simulated(effect: float = EFFECT) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw counts of 24 series in 6 counties, before and after the last known month."""
    rng = np.random.default_rng(3)
    t = np.arange(MONTHS + AHEAD + LEAD)
    # a recession begins as the history ends: nothing but the driver tells
    nation = 7 + np.sin(t / 11) + 2.5 * (t >= MONTHS + LEAD - 2)
    county = nation + rng.normal(0, 0.15, (6, len(t))).cumsum(1) * 0.3
    leading, seen = county[:, :-LEAD], county[:, LEAD:]
    level = rng.uniform(30, 90, 24)
    mean = level[:, None] * np.exp(effect * np.repeat(leading - 7, 4, axis=0))
    y = rng.poisson(mean).astype(float)
    months = pd.date_range("2016-01-01", periods=MONTHS + AHEAD, freq="MS")
    table = pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{i:02d}" for i in range(24)], len(months)),
            "county": np.repeat([f"c{i // 4}" for i in range(24)], len(months)),
            "ds": np.tile(months, 24),
            "y": y.ravel(),
            "rate": np.repeat(seen, 4, axis=0).ravel(),
        }
    )
    known = table["ds"] < months[MONTHS]
    return table[known], table[~known]


def error(model: PanelForecaster, later: pd.DataFrame) -> float:
    """Mean absolute error of the sum over all series, relative to it."""
    forecast = model.predict().query("unique_id == 'total'")["mean"].to_numpy()
    came = later.groupby("ds")["y"].sum().to_numpy()
    return float(np.abs(forecast / came - 1).mean())


def test_a_true_scenario_tells_what_history_cannot() -> None:
    known, later = simulated()
    plain = PanelForecaster(AHEAD).fit(known)
    told = PanelForecaster(AHEAD, driver="rate").fit(known, scenario=later)
    assert told.driven_ is not None
    assert abs(told.driven_.effect.lag_ - LEAD) <= 1
    assert not told.driven_.is_assumed
    assert error(told, later) < 0.5 * error(plain, later)
    mean = told.predict().set_index(["unique_id", "ds"])["mean"].unstack()  # noqa: PD010
    counties = mean.loc[[f"county=c{i}" for i in range(6)]].sum()
    np.testing.assert_allclose(mean.loc["total"], counties, atol=1e-8)


def test_without_a_scenario_one_is_assumed_and_said() -> None:
    known, later = simulated()
    model = PanelForecaster(AHEAD, driver="rate").fit(known)
    assert model.driven_ is not None
    assert model.driven_.is_assumed
    table = model.driven_.scenario
    assert list(table) == ["unique_id", "ds", "rate"]
    assert table["ds"].min() == later["ds"].min()
    wide = table.pivot(index="unique_id", columns="ds", values="rate")  # noqa: PD010
    mean = known.groupby("unique_id")["rate"].mean().to_numpy()[:, None]
    # the recession is assumed to pass, not to deepen
    apart = wide.to_numpy() - mean
    assert (np.abs(apart[:, -1]) < np.abs(apart[:, 0])).all()


def test_a_driver_without_effect_changes_nothing() -> None:
    known, later = simulated(effect=0.0)
    plain = PanelForecaster(AHEAD).fit(known).predict()
    driven = PanelForecaster(AHEAD, driver="rate").fit(known, scenario=later).predict()
    pd.testing.assert_frame_equal(plain, driven)


def test_a_driver_returns_at_its_own_pace_and_keeps_its_season() -> None:
    rng = np.random.default_rng(5)
    t = np.arange(400)
    season = np.cos(t * np.pi / 6)
    cycle = np.zeros((20, 400))
    for month in t[1:]:
        cycle[:, month] = 0.95 * cycle[:, month - 1] + rng.normal(0, 0.3, 20)
    found = returning(8 + cycle + season, 24, 12)
    left = found - season[4:28] - (8 + cycle).mean(1, keepdims=True)
    last = (8 + cycle)[:, -3:].mean(1) - (8 + cycle).mean(1)
    far = np.abs(last) > 0.5
    assert 0.90 < np.median(left[far, 0] / last[far]) < 0.98
    assert 0.2 < np.median(left[far, 23] / left[far, 0]) < 0.45  # 0.95 ** 23 = 0.31


def test_a_driver_without_a_year_of_changes_stays() -> None:
    np.testing.assert_allclose(returning(np.full((1, 60), 5.0), 12, 12), 5)
    np.testing.assert_allclose(returning(np.full((1, 7), 5.0), 12, 12), 5)


def test_a_scenario_with_gaps_or_no_driver_is_refused() -> None:
    known, later = simulated()
    model = PanelForecaster(AHEAD, driver="rate")
    gap = later[~((later["unique_id"] == "s03") & (later["ds"] == later["ds"].max()))]
    with pytest.raises(ValueError, match=r"rate of every series.*s03 in 2025-12"):
        model.fit(known, scenario=gap)
    with pytest.raises(ValueError, match="column rate of numbers"):
        model.fit(known.drop(columns="rate"))
