"""The forecast stage against registers whose truth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from flowcases import BENEFIT, HAZARD, SEGMENTS, case_of, certain, flows_of, spells_of

from bemanna.models.domain import InputError
from bemanna.pipelines.exposure import open_by_elapsed, served_by_elapsed
from bemanna.pipelines.forecast import Forecast, forecast_flows
from bemanna.pipelines.registers import Case

LABELS = tuple(f"Norr|{name}" for name in SEGMENTS)


@pytest.fixture(scope="module")
def case() -> Case:
    return case_of(np.random.default_rng(1))


@pytest.fixture(scope="module")
def forecast(case: Case) -> Forecast:
    benefit = {"Norr": np.full((300, 2), BENEFIT)}
    rng = np.random.default_rng(2)
    return forecast_flows(case, rng, certain(300), benefit, horizon=24)


def known_only(case: Case, *columns: str) -> Case:
    """Hide every column but some, as if never delivered."""
    every = ["start", "inflow", "exits", "served", "end", "paid_sek"]
    unknown = [name for name in every if name not in columns]
    flows = case.flows.assign(**dict.fromkeys(unknown, np.nan))
    return replace(case, flows=flows, spells=None)


def test_flow_identity_holds_path_by_path(case: Case, forecast: Forecast) -> None:
    inflow, served, exits = forecast.inflow, forecast.served, forecast.exits
    assert inflow is not None
    assert served is not None
    assert exits is not None
    assert inflow.labels == served.labels == exits.labels == LABELS
    end = served.values - exits.values
    np.testing.assert_array_equal(
        served.values[..., 1:], end[..., :-1] + inflow.values[..., 1:]
    )
    last = case.flows[case.flows["month"] == case.months[-1]].set_index("segment")
    open_now = last.loc[list(SEGMENTS), "end"].to_numpy()
    np.testing.assert_array_equal(
        served.values[..., 0], open_now + inflow.values[..., 0]
    )
    assert forecast.months[0] == pd.Timestamp("2026-01-01")


def test_payments_follow_the_households(forecast: Forecast) -> None:
    assert forecast.paid is not None
    assert forecast.served is not None
    np.testing.assert_allclose(forecast.paid.values, forecast.served.values * BENEFIT)
    assert forecast.paid.unit == "SEK"


def test_frame_is_the_table_that_is_written(forecast: Forecast) -> None:
    table = forecast.frame()
    assert list(table) == [
        "unit",
        "segment",
        "month",
        "quantity",
        "mean",
        "lo-80",
        "hi-80",
        "lo-95",
        "hi-95",
        "kind",
    ]
    assert set(table["kind"]) == {"forecast"}
    assert len(table) == 4 * 2 * 24
    assert set(table["quantity"]) == {"inflow", "served", "exits", "paid_sek"}
    assert set(table["segment"]) == set(SEGMENTS)
    served = table[(table["quantity"] == "served") & (table["segment"] == SEGMENTS[1])]
    assert forecast.served is not None
    np.testing.assert_allclose(served["mean"], forecast.served.mean()[1])


def test_open_households_are_counted_from_the_spells(case: Case) -> None:
    open_now = open_by_elapsed(case, {"Norr": HAZARD}, case.months[-1])["Norr"]
    last = case.flows[case.flows["month"] == case.months[-1]].set_index("segment")
    np.testing.assert_array_equal(open_now.sum(axis=1), last.loc[list(SEGMENTS), "end"])
    assert (open_now[:, 0] == 0).all()
    # those with one month behind them came in the last month and stayed
    assert open_now[0, 1] <= last.loc[SEGMENTS[0], "inflow"]


def test_cases_by_elapsed_month_add_up_to_the_cases_served(case: Case) -> None:
    months = case.months[-24:]
    table = served_by_elapsed(case, "Norr", HAZARD, months)
    for s, name in enumerate(SEGMENTS):
        rows = case.flows[case.flows["segment"] == name].set_index("month")
        np.testing.assert_array_equal(table[:, s].sum(axis=1), rows["served"][months])
        np.testing.assert_array_equal(table[:, s, 0], rows["inflow"][months])


def test_exits_are_calibrated_to_the_last_year(case: Case) -> None:
    wrong = certain(50, HAZARD * 0.8)
    told = forecast_flows(case, np.random.default_rng(3), wrong, horizon=12)
    right = forecast_flows(case, np.random.default_rng(3), certain(50), horizon=12)
    table = told.calibration.set_index("segment")
    observed = case.flows.groupby("segment")["exits"].agg(lambda x: x.tail(12).sum())
    for name in SEGMENTS:
        assert table.loc[name, "observed_exits"] == observed[name]
    ratio = told.calibration["factor"] / right.calibration["factor"]
    assert ratio.between(1.18, 1.25).all()
    assert (right.calibration["factor"] - 1).abs().max() < 0.15
    assert told.exits is not None
    assert right.exits is not None
    a, b = told.exits.total().mean().sum(), right.exits.total().mean().sum()
    assert a == pytest.approx(b, rel=0.04)
    assert any("avslut" in note.lower() for note in told.notes)


def test_flows_without_spells_are_spread_as_a_steady_caseload(case: Case) -> None:
    bare = replace(case, spells=None)
    open_now = open_by_elapsed(bare, {"Norr": HAZARD}, case.months[-1])["Norr"]
    from_spells = open_by_elapsed(case, {"Norr": HAZARD}, case.months[-1])["Norr"]
    np.testing.assert_allclose(open_now.sum(axis=1), from_spells.sum(axis=1))
    flat = np.full((2, 120), 0.08)
    told = forecast_flows(bare, np.random.default_rng(4), certain(60, flat), horizon=12)
    assert told.served is not None
    assert told.paid is None
    assert any("stabilt" in note for note in told.notes)


def test_stock_and_payments_alone_say_what_they_cannot_tell(case: Case) -> None:
    bare = known_only(case, "start", "paid_sek")
    told = forecast_flows(bare, np.random.default_rng(5), horizon=12, paths=200)
    assert told.inflow is None
    assert told.exits is None
    assert told.served is not None
    assert told.paid is not None
    assert told.calibration.empty
    text = " ".join(told.notes)
    assert "vid månadens början" in text
    assert "bemanning" in text
    english = forecast_flows(
        bare, np.random.default_rng(5), horizon=12, paths=200, sprak="en"
    )
    assert "which staffing is best" in " ".join(english.notes)
    assert set(told.backtest["quantity"]) == {"served", "paid"}
    # SEK per case open at the start is steady, so the two forecasts must agree
    past = case.flows.groupby("month")[["start", "paid_sek"]].sum().tail(12).sum()
    per_case = told.paid.total().mean() / told.served.total().mean()
    np.testing.assert_allclose(per_case, past["paid_sek"] / past["start"], rtol=0.03)


def test_stock_alone_with_a_stated_benefit_gives_payments(case: Case) -> None:
    bare = known_only(case, "end")
    benefit = {"Norr": np.full((200, 2), 8_000.0)}
    told = forecast_flows(bare, np.random.default_rng(6), None, benefit, paths=200)
    assert told.paid is not None
    assert told.served is not None
    np.testing.assert_allclose(told.paid.values, told.served.values * 8_000)
    assert any("vid månadens slut" in note for note in told.notes)


def test_nothing_to_forecast_and_too_little_are_refused(case: Case) -> None:
    with pytest.raises(InputError, match="varken"):
        forecast_flows(known_only(case), np.random.default_rng(7))
    flows = case.flows.copy()
    few = flows["month"] < flows["month"].max() - pd.DateOffset(months=8)
    flows.loc[few, "inflow"] = np.nan
    with pytest.raises(InputError) as caught:
        forecast_flows(replace(case, flows=flows), np.random.default_rng(7), certain(9))
    assert len(caught.value.faults) == 2  # both groups at once
    assert "9 kända månader" in caught.value.faults[0].message


def test_suppressed_months_are_filled_and_said(case: Case) -> None:
    flows = case.flows.copy()
    hidden = flows["month"].isin(pd.to_datetime(["2024-03-01", "2025-12-01"]))
    flows.loc[hidden, "inflow"] = np.nan
    told = forecast_flows(
        replace(case, flows=flows), np.random.default_rng(8), certain(40), horizon=6
    )
    assert any("2024-03, 2025-12" in note for note in told.notes)
    assert told.months[0] == pd.Timestamp("2026-01-01")


def test_groups_that_a_unit_lacks_are_left_out(case: Case) -> None:
    south = case.flows[case.flows["segment"] == SEGMENTS[0]].assign(unit="Söder")
    both = replace(
        case, flows=pd.concat([case.flows, south], ignore_index=True), spells=None
    )
    draws = certain(40) | {"Söder": certain(40)["Norr"]}
    told = forecast_flows(both, np.random.default_rng(9), draws, horizon=6)
    assert told.served is not None
    assert told.served.labels == (*LABELS, f"Söder|{SEGMENTS[0]}")
    assert len(told.calibration) == 3


def test_same_seed_same_forecast(case: Case) -> None:
    once, again = (
        forecast_flows(case, np.random.default_rng(10), certain(40), horizon=6).frame()
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(once, again)


def _coverage(seeds: range) -> tuple[float, np.ndarray]:
    """Share of true futures inside the 80 % intervals, and relative errors."""
    inside, errors = [], []
    for seed in seeds:
        whole = flows_of(spells_of(np.random.default_rng(seed), 72), 72)
        case = case_of(np.random.default_rng(seed), 60)
        past = whole[whole["month"] <= case.months[-1]].reset_index(drop=True)
        case = replace(case, flows=past, spells=None)
        # the exit model knows the truth, so what is tested is the rolling forward
        case = replace(case, spells=_spells(seed))
        told = forecast_flows(
            case, np.random.default_rng(seed), certain(200), horizon=12
        )
        assert told.served is not None
        later = whole[whole["month"] > case.months[-1]]
        truth = later.groupby("month")["served"].sum().to_numpy()
        total = told.served.total()
        low, high = total.quantile(0.1)[0], total.quantile(0.9)[0]
        inside.append((truth >= low) & (truth <= high))
        errors.append(total.mean()[0, -1] / truth[-1] - 1)
    return float(np.mean(inside)), np.array(errors)


def _unbiased(errors: np.ndarray) -> None:
    """Hold the mean error within three standard errors of none."""
    assert errors.std() < 0.1
    assert abs(errors.mean()) < 3 * errors.std(ddof=1) / np.sqrt(len(errors))


def _spells(seed: int) -> pd.DataFrame:
    """Spells of the longer register as they stand after its 60th month."""
    table = spells_of(np.random.default_rng(seed), 72)
    table = table[table["first"] < 60]
    origin = pd.Period("2021-01", "M")
    start = pd.PeriodIndex([origin + int(k) for k in table["first"]]).to_timestamp()
    end = pd.PeriodIndex([origin + int(k) for k in table["last"]]).to_timestamp()
    return pd.DataFrame(
        {
            "unit": "Norr",
            "segment": table["segment"].to_numpy(),
            "start": start,
            "end": pd.Series(end).where(table["last"].to_numpy() < 60),
        }
    )


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    inside, errors = _coverage(range(8))
    assert 0.65 <= inside <= 0.97
    _unbiased(errors)


@pytest.mark.soak
def test_intervals_hold_the_truth_at_full_size() -> None:
    inside, errors = _coverage(range(100, 200))
    assert 0.75 <= inside <= 0.92
    _unbiased(errors)
    assert abs(errors.mean()) < 0.01
