"""A municipality beside others: who is similar, what stands in the table, the words."""

import json
import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from casefolder import TOML
from hypothesis import given
from hypothesis import settings as thoroughly
from hypothesis import strategies as st
from typer.testing import CliRunner
from websites import Site

from bemanna.models.similarity import distances, nearest
from bemanna.pipelines import compare as comparing
from bemanna.pipelines.cases import packaged_table
from bemanna.pipelines.cli import app
from bemanna.pipelines.compare import Comparison, compare
from bemanna.pipelines.comparefigure import comparison_picture
from bemanna.pipelines.comparetable import header, neighbour_rows, rows, star
from bemanna.pipelines.comparewords import conclusions, sentences, signed
from bemanna.pipelines.config import Settings
from bemanna.pipelines.drawing import SVG
from bemanna.pipelines.fetching import Manners
from bemanna.pipelines.kolada import HOUSEHOLDS, PAID_TKR, fetch_kolada
from bemanna.pipelines.published import BESIDE, figures_beside, published_figures

#: Of Stockholm county, a county without figures, one year, two years, one municipality.
HUDDINGE, GAVLE, UPPSALA, LULEA, GOTLAND = "0126", "2180", "0380", "2580", "0980"
KINDS = (HUDDINGE, GAVLE, UPPSALA, LULEA, GOTLAND)
#: Tables as they lie in the package, read without the code under test.
LEDGER = packaged_table("riket-n31002.csv", {"code": str}).set_index("code")
PEOPLE = packaged_table("riket-befolkning.csv", {"code": str}).set_index("code")
NATION = packaged_table("riket-national.csv", {"year": int}).set_index("year")
YEARS = range(2012, 2025)


def of_nation(metric: str, year: int) -> float:
    found = NATION.loc[[year]].set_index("metric")["value"]
    return float(found[metric])


def settings_of(code: str = GAVLE, simulated: bool = False) -> Settings:
    return Settings.model_validate(
        {
            "municipality": {"code": code, "name": "Provköping"},
            "data": {"simulated": simulated},
            "economy": {
                "price_year": 2023,
                "salary_month_sek": 38_600,
                "employer_charge_share": 0.4453,
                "overhead_share": 0.2,
            },
        }
    )


def fetched(times: dict[str, float] | None = None, left_out: str = "") -> pd.DataFrame:
    """Every municipality's figures at the nation's rate, some at `times` it."""
    share = PEOPLE["2019"] / PEOPLE["2019"].sum()
    factor = pd.Series(1.0, share.index).mul(pd.Series(times or {}), fill_value=1.0)
    parts = []
    for year in YEARS:
        households = of_nation("households", year)
        paid = of_nation("paid_per_inhabitant", year) * 10e6
        part = pd.DataFrame(
            {
                "households": households * share * factor,
                "paid_sek": paid * share * factor,
                "source": "Kolada",
            }
        )
        parts.append(part.assign(year=year).rename_axis("code").reset_index())
    table = pd.concat(parts, ignore_index=True)
    return table[table["code"] != left_out].reset_index(drop=True)


# -- the distance ----------------------------------------------------------------


def test_distance_by_hand() -> None:
    # spreads are 2 and 10: (0, 0) to (4, 0) is two in one of two features
    features = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 20.0], [4.0, 20.0]])
    expected = [0.0, math.sqrt(2), math.sqrt(2), 2.0]
    np.testing.assert_allclose(distances(features, 0), expected)
    assert nearest(distances(features, 0), 0, 2).tolist() == [1, 2]


@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(1, 4))
def test_distance_is_symmetric_and_nobody_is_their_own(
    seed: int, n: int, f: int
) -> None:
    features = np.random.default_rng(seed).normal(size=(n, f))
    table = np.array([distances(features, unit) for unit in range(n)])
    np.testing.assert_allclose(table, table.T, atol=1e-12)
    assert (table.diagonal() == 0).all()
    for unit in range(n):
        near = nearest(table[unit], unit, n)
        assert sorted(near) == [other for other in range(n) if other != unit]
        assert (np.diff(table[unit][near]) >= 0).all()


@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
def test_distance_does_not_know_the_unit_of_measurement(
    seed: int, times: float
) -> None:
    residents = np.random.default_rng(seed).lognormal(10, 1, size=(12, 2))
    plain, scaled = (distances(np.log(x), 3) for x in (residents, times * residents))
    np.testing.assert_allclose(plain, scaled, rtol=1e-6, atol=1e-9)


def test_a_feature_that_all_share_tells_nobody_apart() -> None:
    assert distances(np.array([[1.1], [1.1], [1.1]]), 0).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="finite"):
        distances(np.array([[1.0], [np.nan]]), 0)


# -- who is similar --------------------------------------------------------------


def test_nobody_is_their_own_neighbour_and_all_are_different() -> None:
    for code in PEOPLE.index[::20]:
        found = compare(code)
        assert found.name == PEOPLE["municipality"][code]
        for measured in (found.paid, found.households):
            if measured is None:
                continue
            codes = [neighbour.code for neighbour in measured.neighbours]
            assert code not in codes
            assert len(set(codes)) == len(codes) in (0, comparing.SIMILAR)
            away = [neighbour.distance for neighbour in measured.neighbours]
            assert away == sorted(away)


def test_the_distance_between_two_is_the_same_from_either() -> None:
    everyone = LEDGER.index.drop("0140")  # Nykvarn has no figure of 2012
    away: dict[tuple[str, str], float] = {}
    for code in everyone[:8]:
        paid = compare(code, k=15).paid
        assert paid is not None
        away |= {(code, other.code): other.distance for other in paid.neighbours}
    both = [pair for pair in away if pair[::-1] in away]
    assert len(both) > 10
    for one, other in both:
        assert away[one, other] == pytest.approx(away[other, one], rel=1e-12)


def test_ten_times_the_people_everywhere_chooses_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = {code: compare(code).paid for code in KINDS}

    def scaled(name: str, types: dict[str, type]) -> pd.DataFrame:
        table = packaged_table(name, types)
        years = [column for column in table if str(column).isdigit()]
        return table.assign(**{str(year): 10 * table[year] for year in years})

    monkeypatch.setattr(comparing, "packaged_table", scaled)
    for code, paid in before.items():
        after = compare(code).paid
        assert paid is not None
        assert after is not None
        pairs = zip(paid.neighbours, after.neighbours, strict=True)
        for one, other in pairs:
            assert (one.code, one.value) == (other.code, other.value)
            assert one.distance == pytest.approx(other.distance, rel=1e-9)
            assert 10 * one.residents == other.residents


def test_compared_years_do_not_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = compare(HUDDINGE).paid
    assert plain is not None
    assert plain.start == (2012, 2013, 2014)
    assert plain.table["compared"].tolist() == [False] * 3 + [True] * 4
    true = published_figures()

    def changed(years: range) -> list[str]:
        values = true["ledger"].values.copy()
        mixed = np.random.default_rng(1).permutation(values.index[:26])
        values.loc[values.index[:26], list(years)] = values.loc[
            mixed, list(years)
        ].to_numpy()
        figures = true | {"ledger": replace(true["ledger"], values=values)}
        monkeypatch.setattr(comparing, "published_figures", lambda *unused: figures)
        paid = compare(HUDDINGE).paid
        assert paid is not None
        return [neighbour.code for neighbour in paid.neighbours]

    chosen = [neighbour.code for neighbour in plain.neighbours]
    assert changed(range(2015, 2019)) == chosen
    assert changed(range(2013, 2015)) != chosen


def test_those_that_began_alike_tell_more_than_size_and_more_than_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cost = np.log(LEDGER["2018"][LEDGER["2012"].notna()])

    def miss() -> float:
        tables = [compare(code).paid for code in cost.index]
        last = [paid.table.loc[2018] for paid in tables if paid is not None]
        return float(
            np.mean([abs(np.log(row["own"] / row["similar"])) for row in last])
        )

    began = miss()
    monkeypatch.setattr(comparing, "LEAST_YEARS", 99)
    size = miss()
    everyone = np.mean([abs(cost[c] - cost.drop(c).median()) for c in cost.index])
    assert began < size < everyone


# -- what stands in the table ----------------------------------------------------


def test_figures_are_the_published_ones() -> None:
    found = compare(HUDDINGE)
    paid = found.paid
    assert paid is not None
    assert (found.status, found.name, paid.measure) == (
        "compared",
        "Huddinge",
        "ledger",
    )
    own = LEDGER.drop(columns="municipality").loc[HUDDINGE]
    assert list(paid.table["own"]) == list(own)
    for year, row in paid.table.iterrows():
        here = LEDGER[str(year)].astype(float)
        people = PEOPLE[str(year)].reindex(here.index).where(here.notna())
        county = (here * people).sum() / people.sum()
        assert row["county"] == pytest.approx(county, rel=1e-12)
        assert row["nation"] == of_nation("paid_per_inhabitant", int(str(year)))
        others = here[[neighbour.code for neighbour in paid.neighbours]]
        assert row["similar"] == sorted(others)[3]
        assert row["similar_mean"] == pytest.approx(others.mean())
        assert row["similar_low"] == pytest.approx(sum(sorted(others)[1:3]) / 2)
        assert row["similar_high"] == pytest.approx(sum(sorted(others)[4:6]) / 2)
    assert (paid.county_known, paid.county_all) == (25, 26)
    assert paid.publishers == ("RKA/Kolada N31002",)
    assert found.households is None  # none are published of the county


def test_a_county_without_large_towns_is_not_their_mean() -> None:
    paid = compare(UPPSALA).paid
    assert paid is not None
    figures = packaged_table("riket-kommuner.csv", {"code": str, "year": int})
    here = figures[(figures["year"] == 2017) & figures["code"].str.startswith("03")]
    each = here.set_index("code")["sek_per_inhabitant"].astype(float)
    weighed = np.average(each, weights=PEOPLE["2017"].reindex(each.index))
    assert paid.table.loc[2017, "county"] == pytest.approx(weighed)
    assert abs(weighed - each.mean()) > 50  # a plain mean would be seen


def test_households_are_per_thousand_inhabitants() -> None:
    households = compare(GOTLAND).households
    assert households is not None
    own = households.table["own"]
    assert own[2017] == pytest.approx(1000 * 1232 / PEOPLE["2017"][GOTLAND])
    nation = 1000 * of_nation("households", 2017) / PEOPLE["2017"].sum()
    assert households.table.loc[2017, "nation"] == pytest.approx(nation)


def test_means_are_of_the_same_municipalities_every_year() -> None:
    for code in KINDS:
        found = compare(code)
        figures = published_figures()
        for measured in (found.paid, found.households):
            if measured is None:
                continue
            codes = [neighbour.code for neighbour in measured.neighbours]
            years = measured.table.index[measured.table["similar"].notna()]
            values = figures[measured.measure].values.loc[codes, years]
            assert values.notna().all().all()


def test_a_county_of_one_municipality_is_not_compared_with_itself() -> None:
    found = compare(GOTLAND)
    assert found.households is not None
    assert found.households.table["county"].isna().all()
    assert "Länet är kommunen själv" in " ".join(sentences(found))
    assert "Länet visas inte" in " ".join(sentences(compare(GAVLE)))


def test_doubtful_figures_are_not_compared() -> None:
    statistics = published_figures()["statistics"].values
    assert statistics.loc["0181"].isna().all()  # Södertälje's own rounded costs
    assert statistics.loc[GOTLAND, 2022] == 862


# -- Gävle, fetched figures, and what is missing ----------------------------------


def test_gavle_is_not_published_and_says_so() -> None:
    found = compare(GAVLE)
    assert (found.status, found.name) == ("unpublished", "Gävle")
    assert found.paid is not None
    assert found.paid.table["own"].isna().all()
    assert len(found.paid.neighbours) == comparing.SIMILAR
    told = sentences(found)
    assert "Ingen publicerad uppgift om Gävle" in told[0]
    assert "bemanna compare 2180 --fetch" in told[0]
    assert not any("Gävle betalade" in text for text in told)
    assert rows(found.paid)[0][1] == "–"


def test_fetched_figures_compare_gavle_with_everyone() -> None:
    found = compare(GAVLE, fetched({GAVLE: 1.5}), ("En källrad.",))
    paid, households = found.paid, found.households
    assert found.status == "compared"
    assert paid is not None
    assert households is not None
    assert paid.measure == "statistics"
    assert paid.table.index.tolist() == list(YEARS)
    assert paid.candidates == 289
    assert (paid.county_known, paid.county_all) == (10, 10)
    last = paid.table.loc[2019]
    expected = 1.5 * of_nation("paid_per_inhabitant", 2019) * 10e6
    assert last["own"] == pytest.approx(expected / PEOPLE["2019"].sum())
    assert last["own"] / last["similar"] == pytest.approx(1.5)
    assert found.sources == ("En källrad.",)
    told = sentences(found)
    assert told[-1] == "En källrad."
    assert any("Invånare efter 2019" in text for text in told)
    assert not any("--fetch" in text for text in told)


def test_a_municipality_that_is_missing_in_what_was_fetched() -> None:
    found = compare(GAVLE, fetched(left_out=GAVLE))
    assert found.status == "unpublished"
    assert found.paid is not None
    assert found.paid.table["similar"].notna().all()


def test_a_fetched_figure_goes_before_the_one_built_in() -> None:
    more = pd.DataFrame(
        {
            "code": [UPPSALA],
            "year": [2017],
            "households": [math.nan],
            "paid_sek": [1000.0 * PEOPLE["2017"][UPPSALA]],
            "source": ["Kolada"],
        }
    )
    paid = compare(UPPSALA, more).paid
    assert paid is not None
    assert paid.table.loc[2017, "own"] == pytest.approx(1000)
    assert paid.fetched


def test_no_code_and_an_unknown_code_are_told() -> None:
    none, unknown = compare(settings_of("")), compare("9999")
    assert (none.status, unknown.status) == ("no_code", "unknown")
    for found, word in ((none, "kommunkod"), (unknown, "9999")):
        (told,) = sentences(found)
        assert word in told
        assert comparison_picture(found) is None
        assert found.paid is None


def test_a_simulated_register_is_beside_the_real_municipality() -> None:
    found = compare(settings_of(HUDDINGE, simulated=True))
    first = sentences(found)[0]
    assert "simulerat" in first
    assert "riktiga kommunen Huddinge" in first
    assert found.paid is not None
    assert found.paid.table.equals(compare(HUDDINGE).paid.table)  # type: ignore[union-attr]
    assert "simulerat" not in " ".join(sentences(compare(settings_of(HUDDINGE))))


def test_too_few_similar_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="k must"):
        compare(HUDDINGE, k=2)


# -- words and pictures ------------------------------------------------------------


@pytest.mark.parametrize("code", KINDS)
def test_words_are_whole_in_both_languages(code: str) -> None:
    found = compare(code)
    swedish, english = (" ".join(sentences(found, sprak)) for sprak in ("sv", "en"))
    assert not set(re.findall(r"\w{5,}", swedish)) & {"similar", "county", "compared"}
    assert not set(re.findall(r"\w{5,}", english)) & {"liknande", "kommuner", "riket"}
    for text in (swedish, english):
        assert "{" not in text
        assert "nan" not in re.findall(r"\w+", text)
        assert "SCB" in text
        assert "Regionfakta/Socialstyrelsen" in text


def test_headline_and_change_say_the_table() -> None:
    found = compare(HUDDINGE)
    assert found.paid is not None
    first, second = conclusions(found)
    last, start = found.paid.table.loc[2018], found.paid.table.loc[2014]
    assert f"{last['own']:.0f}\u00a0kr per invånare 2018" in first
    for name in ("similar", "similar_low", "similar_high", "county"):
        assert f"{last[name]:.0f}" in first
    fall = round(100 * (1 - last["own"] / start["own"]))
    assert f"Från 2014 till 2018: Huddinge \u2212{fall}\u00a0%" in second


def test_nought_has_no_sign() -> None:
    assert [signed(x, "en")[0] for x in (0.2, -0.2, 0.001, -0.001)] == [*"+\u221200"]


def test_rows_have_a_column_per_heading_and_a_star_where_chosen() -> None:
    found = compare(HUDDINGE)
    assert found.paid is not None
    told = rows(found.paid)
    assert {len(row) for row in told} == {len(header(found))}
    assert [row[0] for row in told if "*" in row[0]] == ["2012*", "2013*", "2014*"]
    assert star(found.paid).startswith("*")
    assert [row[0] for row in neighbour_rows(found.paid)] == [
        neighbour.name for neighbour in found.paid.neighbours
    ]


@pytest.mark.parametrize("code", KINDS)
@pytest.mark.parametrize("which", ["paid", "households"])
def test_pictures_name_who_is_in_them(code: str, which: Any) -> None:
    found = compare(code)
    picture = comparison_picture(found, "sv", which)
    measured = getattr(found, which)
    if measured is None:
        assert picture is None
        return
    assert picture is not None
    texts = {
        element.text for element in ET.fromstring(picture.svg).iter(f"{{{SVG}}}text")
    }
    assert "riket" in texts
    assert (found.name in texts) == measured.has_own
    assert (found.county in texts) == bool(measured.table["county"].notna().any())
    assert ("liknande" in texts) == bool(measured.neighbours)
    assert picture.description
    again = comparison_picture(found, "sv", which)
    assert again is not None
    assert picture.svg == again.svg


# -- the command -------------------------------------------------------------------


def told(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["compare", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout


def folder(place: Path, toml: str = TOML) -> Path:
    place.mkdir(exist_ok=True)
    (place / "kommun.toml").write_text(toml, "utf-8")
    return place


@pytest.mark.parametrize("sprak", ["sv", "en"])
@pytest.mark.parametrize("code", KINDS)
def test_the_terminal_lines_up_in_80_columns(code: str, sprak: str) -> None:
    status, text = told(code, "--sprak", sprak)
    assert status == 0
    assert max(map(len, text.splitlines())) <= 80
    years = [line for line in text.splitlines() if re.match(r"20\d\d[* ]", line)]
    assert years
    assert {len(line.rstrip()) for line in years} <= {len(years[0]), len(years[-1])}


def test_a_folder_needs_no_tables(tmp_path: Path) -> None:
    status, text = told(str(folder(tmp_path)))
    assert status == 0
    assert "bemanna compare MAPP --fetch" in " ".join(text.split())
    status, text = told(str(folder(tmp_path, TOML.replace('"2180"', '""'))))
    assert status == 2
    assert "kommunkod" in text
    assert told(str(tmp_path / "nowhere"))[0] == 2
    assert told("9999")[0] == 2


def test_json_tells_the_same() -> None:
    status, text = told(UPPSALA, "--json", "--sprak", "en")
    answer = json.loads(text)
    found: Comparison = compare(UPPSALA)
    assert status == 0
    assert answer["status"] == "compared"
    assert answer["sentences"] == sentences(found, "en")
    assert found.paid is not None
    (year,) = answer["paid"]["years"]
    assert (year["year"], year["own"]) == (2017, found.paid.table.loc[2017, "own"])
    assert json.loads(told(GAVLE, "--json")[1])["paid"]["years"][0]["own"] is None


def save(place: Path, table: pd.DataFrame) -> None:
    """Write figures as Kolada answers them."""
    values = [
        {
            "kpi": kpi,
            "municipality": row["code"],
            "period": row["year"],
            "values": [{"gender": "T", "count": 1, "status": "", "value": value}],
        }
        for row in table.to_dict("records")
        for kpi, value in (
            ("N31910", row["households"]),
            ("N31857", row["paid_sek"] / 1000),
        )
    ]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"count": len(values), "values": values}), "utf-8")


def test_saved_answers_beside_a_case_are_used(tmp_path: Path) -> None:
    place = folder(tmp_path / "case")
    assert figures_beside(place) == (None, ())
    table = fetched({GAVLE: 1.2})
    save(place / BESIDE / "svar.json", table)
    status, text = told(str(place))
    assert status == 0
    assert "Gävle betalade" in text
    assert "från Socialstyrelsen, N31857, N31910" in " ".join(text.split())
    save(tmp_path / "svar.json", table)
    status, by_file = told(GAVLE, "--kolada", str(tmp_path / "svar.json"))
    assert status == 0
    assert by_file == text


def test_what_was_fetched_once_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    table = fetched()
    save(tmp_path / "answer.json", table)
    body = (tmp_path / "answer.json").read_bytes()
    kind = {"Content-Type": "application/json"}
    with Site((200, kind, body)) as site:
        base = site.url.removesuffix("/page")
        asked = (HOUSEHOLDS, PAID_TKR), list(YEARS), tmp_path / BESIDE
        fetch_kolada(*asked, base=base, manners=Manners(pause=0.0, timeout=5.0))
    more, (source,) = figures_beside(tmp_path)
    assert more is not None
    assert len(more) == len(table)
    assert "Socialstyrelsen" in source


@thoroughly(max_examples=5, deadline=None)
@given(st.sampled_from(list(PEOPLE.index)), st.integers(3, 12))
def test_any_municipality_any_number(code: str, k: int) -> None:
    found = compare(code, k=k)
    assert found.status in ("compared", "unpublished")
    assert sentences(found)
    for measured in (found.paid, found.households):
        if measured is not None:
            low, middle, high = (
                measured.table[name].dropna().to_numpy()
                for name in ("similar_low", "similar", "similar_high")
            )
            assert (low <= middle).all()
            assert (middle <= high).all()
