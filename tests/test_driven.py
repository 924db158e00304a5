"""A driver that leads inflow: found, used by scenario, and said when it is flat."""

import numpy as np
import pandas as pd
import pytest

from bemanna.models.driven import held
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
    assert not told.driven_.is_flat
    assert error(told, later) < 0.5 * error(plain, later)
    mean = told.predict().set_index(["unique_id", "ds"])["mean"].unstack()  # noqa: PD010
    counties = mean.loc[[f"county=c{i}" for i in range(6)]].sum()
    np.testing.assert_allclose(mean.loc["total"], counties, atol=1e-8)


def test_without_a_scenario_the_level_is_held_and_said() -> None:
    known, later = simulated()
    model = PanelForecaster(AHEAD, driver="rate").fit(known)
    assert model.driven_ is not None
    assert model.driven_.is_flat
    table = model.driven_.scenario
    assert list(table) == ["unique_id", "ds", "rate"]
    assert table["ds"].min() == later["ds"].min()
    spread = table.groupby("unique_id")["rate"].agg(np.ptp)
    assert spread.max() < 0.5


def test_a_driver_without_effect_changes_nothing() -> None:
    known, later = simulated(effect=0.0)
    plain = PanelForecaster(AHEAD).fit(known).predict()
    driven = PanelForecaster(AHEAD, driver="rate").fit(known, scenario=later).predict()
    pd.testing.assert_frame_equal(plain, driven)


def test_a_held_level_keeps_its_season() -> None:
    t = np.arange(60)
    season = np.cos(t * np.pi / 6)
    found = held(np.array([8 + season, np.full(60, 5.0)]), 12, 12)
    np.testing.assert_allclose(found[0], 8 + season[:12], atol=0.05)
    np.testing.assert_allclose(found[1], 5)


def test_a_scenario_with_gaps_or_no_driver_is_refused() -> None:
    known, later = simulated()
    model = PanelForecaster(AHEAD, driver="rate")
    gap = later[~((later["unique_id"] == "s03") & (later["ds"] == later["ds"].max()))]
    with pytest.raises(ValueError, match=r"rate of every series.*s03 in 2025-12"):
        model.fit(known, scenario=gap)
    with pytest.raises(ValueError, match="column rate of numbers"):
        model.fit(known.drop(columns="rate"))
