"""Count and amount apart: known amounts come back, prices and parts add up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import shared_data

from bemanna.models.amounts import (
    ALL,
    BANDS,
    COLUMNS,
    apart,
    benefit_table,
    price_index,
)
from bemanna.models.domain import Array

TRUE = {"0-5": 8_200.0, "6-11": 9_000.0, "12-23": 9_600.0, "24-35": 9_900.0}


def payments(
    rng: np.random.Generator,
    years: int = 3,
    noise: float = 0.03,
    growth: float = 0.0,
    households: float = 120.0,
) -> pd.DataFrame:
    """Draw payments by duration whose true SEK per household-month is `TRUE`."""
    months = pd.date_range("2020-01-01", periods=12 * years, freq="MS")
    frames = []
    for band, amount in TRUE.items():
        count = rng.poisson(households, len(months)).astype(float)
        level = amount * (1 + growth) ** (months.year - 2020)
        paid = count * level * (1 + rng.normal(0, noise, len(months)))
        frames.append(
            pd.DataFrame(
                {
                    "segment": "vuxna",
                    "duration": band,
                    "month": months,
                    "household_months": count,
                    "paid_sek": paid,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def row(
    table: pd.DataFrame, year: int, duration: str = ALL, segment: str = ALL
) -> dict:
    found = table[
        (table["year"] == year)
        & (table["duration"] == duration)
        & (table["segment"] == segment)
    ]
    (only,) = found.to_dict("records")
    return only


def test_intervals_hold_the_true_amounts_of_each_duration() -> None:
    rng, inside = np.random.default_rng(1), []
    for _ in range(60):
        table = benefit_table(payments(rng, years=1))
        for band, amount in TRUE.items():
            got = row(table, 2020, band)
            inside.append(got["lo-95"] <= amount <= got["hi-95"])
            assert got["sek_month"] == pytest.approx(amount, rel=0.05)
    assert 0.925 <= np.mean(inside) <= 0.985


def test_growth_that_prices_explain_is_none_in_fixed_prices() -> None:
    table = benefit_table(
        payments(np.random.default_rng(2), noise=0.0, growth=0.05),
        {2020: 200.0, 2021: 210.0, 2022: 220.5},
    )
    bands = table[table["duration"] != ALL]
    later = bands[bands["year"] > 2020]
    assert later["amount_change_share"].to_numpy() == pytest.approx(0.05)
    assert later["real_change_share"].to_numpy() == pytest.approx(0.0, abs=1e-12)
    assert (table["price_year"] == 2022).all()
    last = table[table["year"] == 2022]
    assert last["sek_month_fixed"].to_numpy() == pytest.approx(last["sek_month"])


def test_without_an_index_there_are_no_fixed_prices() -> None:
    drawn = payments(np.random.default_rng(3))
    bare, part = benefit_table(drawn), benefit_table(drawn, {2020: 200.0, 2021: 210.0})
    assert bare["sek_month_fixed"].isna().all()
    assert bare["price_year"].isna().all()
    assert part.loc[part["year"] == 2022, "sek_month_fixed"].isna().all()
    assert part.loc[part["year"] < 2022, "sek_month_fixed"].notna().all()
    assert (part["price_year"] == 2021).all()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), segments=st.integers(1, 4), years=st.integers(1, 3))
def test_parts_add_up_to_the_whole(seed: int, segments: int, years: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = pd.concat(
        [payments(rng, years).assign(segment=f"grupp {s}") for s in range(segments)]
    )
    table = benefit_table(drawn, price_index())
    assert list(table) == COLUMNS
    for year in range(2020, 2020 + years):
        whole, mine = row(table, year), table[table["year"] == year]
        by_segment = mine[(mine["segment"] != ALL) & (mine["duration"] == ALL)]
        by_band = mine[(mine["segment"] == ALL) & (mine["duration"] != ALL)]
        assert len(by_segment) == segments
        for parts in (by_segment, by_band):
            for name in ("household_months", "paid_sek"):
                assert parts[name].sum() == pytest.approx(whole[name])
            assert np.average(
                parts["sek_month"], weights=parts["household_months"]
            ) == pytest.approx(whole["sek_month"])
        inside = drawn["month"].dt.year == year
        assert whole["paid_sek"] == pytest.approx(drawn.loc[inside, "paid_sek"].sum())
    later = table[table["count_change_share"].notna()]
    both = (1 + later["count_change_share"]) * (1 + later["amount_change_share"])
    series = table.groupby(["segment", "duration"])["paid_sek"]
    change = (table["paid_sek"] / series.shift()).loc[later.index]
    assert both.to_numpy() == pytest.approx(change.to_numpy())


def test_only_whole_years_are_compared_and_the_whole_needs_every_segment() -> None:
    drawn = payments(np.random.default_rng(4))
    late = drawn.assign(segment="ny")
    late = late[late["month"] >= "2021-01-01"]
    drawn = drawn[drawn["month"] < "2022-11-01"]
    table = benefit_table(pd.concat([drawn, late]))
    years = table.groupby("segment")["year"].agg(["min", "max"])
    assert list(years.loc["vuxna"]) == [2020, 2021]
    assert list(years.loc["ny"]) == [2021, 2022]
    assert list(years.loc[ALL]) == [2021, 2021]
    both = pd.concat([payments(np.random.default_rng(4)), late])
    holed = (both["month"].dt.year == 2021) & (both["segment"] == "vuxna")
    again = benefit_table(both[~holed])
    skipped = again[(again["segment"] == "vuxna") & (again["year"] == 2022)]
    assert skipped["amount_change_share"].isna().all()  # 2020 is no year before
    hole = drawn["month"] == "2021-05-01"
    short = benefit_table(drawn.assign(paid_sek=drawn["paid_sek"].mask(hole)))
    assert short["year"].unique().tolist() == [2020]
    assert benefit_table(drawn.assign(paid_sek=np.nan)).empty


def test_without_durations_there_is_one_row_per_segment_and_year() -> None:
    drawn = payments(np.random.default_rng(5))
    table = benefit_table(drawn.drop(columns="duration"))
    assert (table["duration"] == ALL).all()
    assert len(table) == 2 * 3


def test_months_that_hang_together_are_less_sure() -> None:
    def drifting(rho: float) -> Array:
        widths = []
        for seed in range(30):
            rng = np.random.default_rng(seed)
            drawn = payments(rng, years=1, noise=0.0)
            error = np.zeros(12)
            for t in range(12):
                error[t] = rho * error[t - 1] + rng.normal(0, 0.03)
            error = error - error.mean()
            drawn["paid_sek"] *= 1 + np.tile(error, len(TRUE)) * 0.03 / error.std()
            got = row(benefit_table(drawn), 2020)
            widths.append(got["hi-95"] - got["lo-95"])
        return np.array(widths)

    assert np.median(drifting(0.8)) > 1.2 * np.median(drifting(0.0))


def test_durations_stand_in_their_order() -> None:
    drawn = payments(np.random.default_rng(6)).sample(frac=1, random_state=1)
    table = benefit_table(drawn)
    first = table[(table["year"] == 2020) & (table["segment"] == "vuxna")]
    assert first["duration"].tolist() == ["", *list(BANDS.labels)[:4]]


def test_the_index_is_the_published_one() -> None:
    monthly = pd.read_csv(shared_data("se_kpif_monthly.csv"))
    years = monthly.groupby(monthly["month"].str[:4].astype(int))["kpif_index_1987_100"]
    mean = years.mean()[years.size() == 12]
    index = price_index()
    assert set(index) == set(mean.index)
    assert [index[y] for y in mean.index] == pytest.approx(mean.to_numpy(), abs=0.005)


def test_the_nations_count_fell_and_its_amount_rose() -> None:
    long = pd.read_csv(shared_data("se_national_ekonomiskt_bistand_yearly.csv"))
    metrics = ["households", "paid_per_household"]
    wide = long.pivot_table(index="year", columns="metric", values="value")[metrics]

    def between(first: int, last: int) -> pd.Series:
        two = wide.loc[[first, last]].reset_index()
        two.columns = pd.Index(["year", "household_months", "sek_month"])
        prices = two["year"].map(price_index())
        two["sek_month_fixed"] = two["sek_month"] / prices
        return apart(two.assign(segment=ALL, duration=ALL)).iloc[-1]

    eight = between(2016, 2024)
    assert eight["count_change_share"] == pytest.approx(-0.34, abs=0.005)
    assert eight["amount_change_share"] == pytest.approx(0.57, abs=0.005)
    assert np.isnan(eight["real_change_share"])  # prices of 2024 are not in the table
    six = between(2016, 2022)
    assert six["amount_change_share"] == pytest.approx(0.403, abs=0.001)
    assert six["real_change_share"] == pytest.approx(0.196, abs=0.001)


def test_dalarnas_amounts_are_those_of_its_register() -> None:
    monthly = pd.read_csv(shared_data("se_dalarna_ekonomiskt_bistand_monthly.csv"))
    drawn = pd.DataFrame(
        {
            "segment": "alla",
            "month": pd.to_datetime(monthly["month"]),
            "household_months": monthly["households"],
            "paid_sek": 1000.0 * monthly["paid_tkr"],
        }
    )
    table = benefit_table(drawn, price_index())
    amounts = {year: row(table, year)["sek_month"] for year in (2018, 2024)}
    assert amounts[2018] == pytest.approx(7_502, abs=1)
    assert amounts[2024] == pytest.approx(9_559, abs=1)
    assert 2016 not in set(table["year"])  # a month of it is missing
    counts = [row(table, year)["household_months"] / 12 for year in (2018, 2024)]
    assert counts == pytest.approx([4_050, 3_007], abs=1)
