"""All 290 municipalities: what is published is kept, the rest said to be estimated."""

import numpy as np
import pandas as pd
import pytest
from shared import shared_data

from bemanna.models.domain import InputError
from bemanna.pipelines import cases
from bemanna.pipelines import municipalities as room
from bemanna.pipelines.fetchtexts import MORE
from bemanna.pipelines.language import catalogue
from bemanna.pipelines.morefigures import COLUMNS


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return room.municipalities()


@pytest.fixture(scope="module")
def nation() -> pd.DataFrame:
    return cases.national_figures()


def whole_country(table: pd.DataFrame, times: float = 1.0) -> pd.DataFrame:
    """Every municipality fetched for 2024, households `times` what they are."""
    return pd.DataFrame(
        {
            "code": table.index,
            "year": 2024,
            "households": (table["households"] * times).round(),
            "paid_sek": table["paid_sek"].round(),
            "source": "Socialstyrelsen, Ekonomiskt bistånd, årsstatistik",
        }
    )


def test_every_municipality_is_there_once(table: pd.DataFrame) -> None:
    assert len(table) == 290
    assert table.index.is_unique
    assert table.index.str.fullmatch(r"\d{4}").all()
    assert table["municipality"].is_unique
    assert table["county"].nunique() == 21
    assert not table.isna().any(axis=None)
    stockholm = table.loc["0180"]
    assert stockholm["municipality"] == "Stockholm"
    assert stockholm["county_code"] == "01"
    assert stockholm["county"] == "Stockholms län"
    typed = cases.municipal_figures().drop_duplicates("code").set_index("code")
    for name in ("municipality", "county"):
        assert (typed[name] == table[name].reindex(typed.index)).all()


def test_the_nation_is_the_sum(table: pd.DataFrame, nation: pd.DataFrame) -> None:
    total = nation.loc[2024]
    assert table["households"].sum() == pytest.approx(total["households"], rel=1e-12)
    assert table["paid_sek"].sum() == pytest.approx(total["paid_sek"], rel=1e-12)
    by_residents = total["paid_sek"] / total["paid_per_inhabitant_sek"]
    assert table["residents"].sum() == pytest.approx(by_residents, rel=1e-12)


def test_it_says_what_is_published_and_what_is_estimated(table: pd.DataFrame) -> None:
    assert list(table.index[table["households_is_published"]]) == ["0980"]
    gotland = table.loc["0980"]
    for name, value in {"households": 880, "paid_sek": 55_646_000}.items():
        told = [gotland[f"{name}{end}"] for end in ("", "_low", "_high")]
        assert told == [value] * 3
        assert gotland[f"{name}_source"] == "Regionfakta/Socialstyrelsen 2024"
        rest = table.drop(index="0980")
        assert not rest[f"{name}_is_published"].any()
        # what is worked out may not name a database as its source
        assert (rest[f"{name}_source"] == room.ESTIMATED).all()
        assert (rest[f"{name}_low"] < rest[name]).all()
        assert (rest[name] < rest[f"{name}_high"]).all()
    assert (table["residents_source"] == room.ESTIMATED).all()
    earlier = room.municipalities(2017)
    assert (earlier["residents_source"] == "SCB 2017").all()
    assert earlier["residents_is_published"].all()
    assert earlier["households_is_published"].sum() == 36
    assert earlier.loc["1862", "households"] == 147  # doubtful, and still as published


def test_a_municipality_known_to_be_rich_is_no_average(table: pd.DataFrame) -> None:
    """What Stockholm county's municipalities booked as paid tells them apart."""
    rate = table["paid_sek"] / table["residents"]
    mean = table["paid_sek"].sum() / table["residents"].sum()
    assert rate["0162"] < 0.6 * mean  # Danderyd
    assert rate["0181"] > 1.4 * mean  # Södertälje
    told = room._figures(room._nation())
    ledger = told["measure"] == "ledger"
    assert told[ledger]["code"].str[:2].eq("01").all()
    assert not told[~ledger]["source"].str.contains("Kolada").any()


def test_a_well_known_municipality_has_the_narrower_interval(
    table: pd.DataFrame,
) -> None:
    width = np.log(table["households_high"] / table["households_low"])
    assert width["1880"] < 0.7 * width["2180"]  # Örebro 2020, Gävle never


def test_draws_are_joint_and_have_the_table_as_their_mean(table: pd.DataFrame) -> None:
    households, paid = room.municipal_draws(2024, 500, np.random.default_rng(7))
    assert households.shape == paid.shape == (500, 290)
    np.testing.assert_allclose(households.sum(1), table["households"].sum())
    np.testing.assert_allclose(paid.sum(1), table["paid_sek"].sum())
    rest = (table.index != "0980").nonzero()[0]
    error = households.std(axis=0) / np.sqrt(500)
    gap = households.mean(axis=0) - table["households"].to_numpy()
    gap = gap[rest] / error[rest]
    assert np.abs(gap).max() < 5
    rows = [np.log(households[:, u]) for u in rest], [np.log(paid[:, u]) for u in rest]
    together = [np.corrcoef(h, p)[0, 1] for h, p in zip(*rows, strict=True)]
    assert np.median(together) > 0.6
    again, _ = room.municipal_draws(2024, 500, np.random.default_rng(7))
    assert (again == households).all()


def test_the_nation_of_a_year_follows_from_what_is_published(
    nation: pd.DataFrame,
) -> None:
    ours = room._nation()
    assert list(ours.index) == list(range(2012, 2025))
    assert (ours["households"] == nation.loc[2012:, "households"]).all()
    exact = [2016, 2017, 2020, 2021, 2022, 2024]
    assert (ours["paid_sek"][exact] == nation["paid_sek"][exact]).all()
    # amounts per inhabitant times the year's mean residents, where both are there
    counted = room._residents().drop(columns="municipality").sum()
    for year in (2016, 2017):
        mean = counted[[year - 1, year]].mean()
        follows = nation["paid_per_inhabitant_sek"][year] * mean
        assert follows == pytest.approx(nation["paid_sek"][year], rel=0.001)
    # rounded totals agree with what follows for their years
    for year in (2012, 2014, 2015):
        assert ours.loc[year, "paid_sek"] == pytest.approx(
            nation.loc[year, "paid_sek"], abs=5.1e7
        )
    assert ours["residents"].is_monotonic_increasing
    assert ours.loc[2019, "residents"] == 10_327_589


def test_what_a_user_fetched_replaces_estimates(table: pd.DataFrame) -> None:
    more = pd.DataFrame(
        {
            "code": ["2180", "980", "0180"],
            "year": [2024, 2024, 2023],
            "households": [1_500, 881, 14_000],
            "paid_sek": [None, 55_000_000, 1.2e9],
            "source": ["Socialstyrelsen", "Socialstyrelsen", "Socialstyrelsen"],
        }
    )
    with_it = room.municipalities(more=more)
    gavle, gotland = with_it.loc["2180"], with_it.loc["0980"]
    for end in ("", "_low", "_high"):
        assert gavle[f"households{end}"] == 1_500
    assert gavle["households_source"] == gotland["paid_sek_source"] == "Socialstyrelsen"
    assert not gavle["paid_sek_is_published"]
    assert gotland["households"] == 881
    assert gotland["paid_sek"] == 55_000_000
    assert with_it["households"].sum() == pytest.approx(table["households"].sum())
    # known last year, Stockholm is known better this year; households tell of payments
    for code, name in {"0180": "households", "2180": "paid_sek"}.items():
        before, after = (
            np.log(t[f"{name}_high"][code] / t[f"{name}_low"][code])
            for t in (table, with_it)
        )
        assert after < 0.7 * before


def test_a_whole_country_that_was_fetched_is_kept(table: pd.DataFrame) -> None:
    more = whole_country(table)
    full = room.municipalities(more=more)
    assert full["households_is_published"].all()
    assert (full["households"] == more["households"].to_numpy()).all()
    assert (full["paid_sek_high"] == more["paid_sek"].to_numpy()).all()


def test_every_fault_of_fetched_figures_is_gathered() -> None:
    more = pd.DataFrame(
        {
            "code": ["0180", "0180", "9999", "1480", "1280", "0114"],
            "year": [2024, 2024, 2024, 2035, 2024, 2024],
            "households": [14_000, 14_100, 10, 10, -5, "många"],
            "paid_sek": [1.2e9, None, None, 1e9, 3.3e5, None],
            "source": ["S", "S", "S", "S", "", "S"],
        }
    )
    with pytest.raises(InputError) as told:
        room.municipalities(more=more)
    found = {(f.rule, f.row, f.column) for f in told.value.faults}
    assert found == {
        ("more_twice", 3, "code"),
        ("more_code", 4, "code"),
        ("more_year", 5, "year"),
        ("more_figure", 6, "households"),
        ("more_absurd", 6, "paid_sek"),
        ("more_source", 6, "source"),
        ("more_figure", 7, "households"),
    }
    assert "9999 är inte koden för en kommun" in str(told.value)
    with pytest.raises(InputError, match="not the code of a municipality"):
        room.municipal_draws(2024, 1, np.random.default_rng(1), more, "en")
    with pytest.raises(InputError, match="no column source") as missing:
        room.municipalities(more=more[["code", "year"]], sprak="en")
    assert len(missing.value.faults) == len(COLUMNS) - 2


def test_households_of_an_average_month_are_found_out(table: pd.DataFrame) -> None:
    monthly = whole_country(table, times=6.6 / 12)
    with pytest.raises(InputError, match="sum to") as told:
        room.municipalities(more=monthly, sprak="en")
    assert [f.rule for f in told.value.faults] == ["more_sum"]
    assert "average month" in told.value.faults[0].remedy


def test_texts_have_their_swedish() -> None:
    for text in MORE.values():
        assert text.message in catalogue()
        assert text.remedy in catalogue()


def test_a_year_without_national_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="from 2012 to 2024, got 2011"):
        room.municipalities(2011)


def test_typed_tables_equal_the_collected_files() -> None:
    path = shared_data("se_population_municipalities_yearly.csv")
    key = ["municipality_id", "municipality", "year"]
    collected = pd.read_csv(path, dtype={"municipality_id": str})
    typed = room._residents().reset_index(names="municipality_id")
    typed = typed.melt(key[:2], var_name="year", value_name="population")
    typed["year"] = typed["year"].astype(int)
    both = typed.merge(collected, on=key, validate="1:1", how="left")
    assert len(both) == 8 * 290
    assert (both["population_x"] == both["population_y"]).all()
    path = shared_data("se_stockholm_county_kolada_yearly.csv")
    collected = pd.read_csv(path, dtype={"municipality_id": str}).set_index(key[::2])
    told = room._figures(room._nation())
    ledger = told[told["measure"] == "ledger"].set_index(["code", "year"])["value"]
    costs = collected["cost_paid_assistance_sek_per_inhabitant"]
    assert len(ledger) == 26 * 7 - 1  # Nykvarn 2012 is missing
    gap = (ledger - costs.reindex(ledger.index)).abs()
    assert gap.max() <= 0.051  # typed to a tenth
    path = shared_data("se_unemployment_counties_monthly.csv")
    collected = pd.read_csv(path, dtype={"region_code": str})
    names = collected.drop_duplicates("region_code").set_index("region_code")["region"]
    counties = cases.packaged_table("riket-lan.csv", {"code": str})
    ours = counties.set_index("code")["name"]
    assert set(ours.index) == set(names.index) - {"00"}
    assert all(ours[code].startswith(names[code]) for code in ours.index)
