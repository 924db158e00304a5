"""Exports of official statistics, in every shape that offices save, are read as one."""

import json
import math
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shared import shared_data
from websites import Site

from bemanna.models.domain import InputError
from bemanna.pipelines.faults import Report
from bemanna.pipelines.fetching import Manners
from bemanna.pipelines.municipalities import municipalities
from bemanna.pipelines.official import (
    Official,
    merge_years,
    municipality_names,
    region_codes,
    source_line,
)
from bemanna.pipelines.scb import fetch_scb, read_scb
from bemanna.pipelines.socialstyrelsen import read_monthly, yearly

MONTHS = [
    *("Januari", "Februari", "Mars", "April", "Maj", "Juni", "Juli", "Augusti"),
    *("September", "Oktober", "November", "December"),
]
NAMES = {"0180": "Stockholm", "0114": "Upplands Väsby", "1480": "Göteborg"}
TITLE = "Ekonomiskt bistånd, Antal hushåll"
PAID = "Ekonomiskt bistånd, Utbetalt ekonomiskt bistånd tkr"
#: What stands in a cell, and what it means: a figure, or not known, or hidden.
CELLS = {"X": None, "--": math.nan, "..": math.nan, "-": math.nan, "": math.nan}


def save(
    path: Path, rows: list[list[str]], sep: str = ";", code: str = "utf-8"
) -> Path:
    if path.suffix == ".xlsx":
        width = max(map(len, rows))
        padded = [row + [""] * (width - len(row)) for row in rows]
        cells = pd.DataFrame([[as_cell(c) for c in row] for row in padded])
        cells.to_excel(path, header=False, index=False)
        return path
    quoted = [[f'"{c}"' if sep in c else c for c in row] for row in rows]
    text = "\r\n".join(sep.join(row) for row in quoted)
    path.write_bytes(text.encode(code, errors="strict"))
    return path


def as_cell(text: str) -> Any:
    return int(text) if text.isdigit() and text[:1] != "0" else text or None


def read(path: Path | list[Path]) -> Official:
    return read_monthly(path, names=NAMES)


def rules(path: Path, **names: Any) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InputError) as error:
        read_monthly(path, **({"names": NAMES} | names))
    return [(f.rule, f.row, f.value) for f in error.value.faults]


def wide_by_year(
    values: dict[tuple[str, int, int], str], regions: dict[str, str]
) -> list[list[str]]:
    """Years in rows and months in columns, as most save it."""
    years = sorted({year for _, year, _ in values})
    rows = [["Region", "År", *MONTHS]]
    for code, shown in regions.items():
        for year in years:
            cells = [values.get((code, year, m), "--") for m in range(1, 13)]
            rows.append([shown, str(year), *cells])
    return [[TITLE], *rows, [], ["Källa: Socialstyrelsen"], ["Uttag; 2025", "2024"]]


def two_headers(
    values: dict[tuple[str, int, int], str], regions: dict[str, str]
) -> list[list[str]]:
    """Years and months in columns, each year's cell merged over its months."""
    years = sorted({year for _, year, _ in values})
    top = [cell for year in years for cell in (str(year), *[""] * 11)]
    rows = [["", *top], ["Region", *MONTHS * len(years)]]
    for code, shown in regions.items():
        cells = [values.get((code, y, m), "--") for y in years for m in range(1, 13)]
        rows.append([shown, *cells])
    return [[f"{TITLE}, {years[0]}"], [], *rows]


def merged_down(
    values: dict[tuple[str, int, int], str], regions: dict[str, str]
) -> list[list[str]]:
    """As `two_headers`, with the regions' heading in the upper row."""
    rows = two_headers(values, regions)
    rows[2][0], rows[3][0] = rows[3][0], ""
    return rows


def long(
    values: dict[tuple[str, int, int], str], regions: dict[str, str]
) -> list[list[str]]:
    """One row per figure."""
    rows = [["Region", "År", "Månad", "Antal hushåll"]]
    return rows + [
        [regions[code], str(year), MONTHS[month - 1], cell]
        for (code, year, month), cell in values.items()
    ]


def measured(
    values: dict[tuple[str, int, int], str], regions: dict[str, str]
) -> list[list[str]]:
    """One row per figure, the measure in a column."""
    rows = [["Region", "Period", "Mått", "Värde"]]
    return rows + [
        [regions[code], f"{year}M{month:02}", "Antal hushåll", cell]
        for (code, year, month), cell in values.items()
    ]


def by_month(
    values: dict[tuple[str, int, int], str], regions: dict[str, str]
) -> list[list[str]]:
    """Months in columns, one header row."""
    months = sorted({(year, month) for _, year, month in values})
    rows = [["Region", *(f"{year}-{month:02}" for year, month in months)]]
    for code, shown in regions.items():
        rows.append([shown, *(values.get((code, *m), "--") for m in months)])
    return [[TITLE], *rows]


REGIONS = {
    "name": dict(NAMES, **{"00": "Riket"}),
    "code and name": {"00": "00 Riket"} | {c: f"{c} {n}" for c, n in NAMES.items()},
    "code": {"00": "00"} | {c: c for c in NAMES},
    "shortened": {"00": "0"} | {c: str(int(c)) for c in NAMES},
}
FIGURES = st.one_of(
    st.integers(1, 2_000_000).map(lambda n: f"{n:,}".replace(",", "\u00a0")),
    st.integers(1, 5000).map(str),
    st.sampled_from(list(CELLS)),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    values=st.dictionaries(
        st.tuples(
            st.sampled_from(["00", *NAMES]),
            st.sampled_from([2023, 2024]),
            st.integers(1, 12),
        ),
        FIGURES,
        min_size=1,
    ),
    shape=st.sampled_from(
        [wide_by_year, two_headers, merged_down, long, measured, by_month]
    ),
    regions=st.sampled_from(list(REGIONS.values())),
    sep=st.sampled_from([";", "\t", ","]),
    code=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
)
def test_any_shape_gives_the_same_table(
    values: dict[tuple[str, int, int], str],
    shape: Any,
    regions: dict[str, str],
    sep: str,
    code: str,
    tmp_path: Path,
) -> None:
    values = {("0180", 2024, 1): "7", ("1480", 2024, 2): "1\u00a0234"} | values
    table = read(save(tmp_path / "a.csv", shape(values, regions), sep, code)).table
    when = table["month"].dt
    keys = zip(table["code"], when.year, when.month, strict=True)
    cells = zip(table["households"], table["households_hidden"], strict=True)
    got = dict(zip(keys, cells, strict=True))
    known = {
        key: (
            math.nan if cell == "X" else float(cell.replace("\u00a0", "")),
            cell == "X",
        )
        for key, cell in values.items()
        if cell == "X" or cell not in CELLS
    }
    assert got.keys() == known.keys()
    for key, (value, hidden) in known.items():
        assert got[key][0] == pytest.approx(value, nan_ok=True)
        assert got[key][1] == hidden
    assert table["paid_sek"].isna().all()
    assert not table["paid_hidden"].any()


@pytest.mark.parametrize("shape", [wide_by_year, two_headers, long, by_month])
@pytest.mark.parametrize("regions", ["name", "code and name"])
def test_workbooks_are_read_as_text_files_are(
    shape: Any, regions: str, tmp_path: Path
) -> None:
    values = {
        (code, year, month): str(1000 * int(code) + month)
        for code in NAMES
        for year in (2023, 2024)
        for month in range(1, 13)
    } | {("0180", 2024, 3): "X", ("0180", 2024, 4): "--", ("1480", 2023, 1): "1 234"}
    rows = shape(values, REGIONS[regions])
    plain = read(save(tmp_path / "a.csv", rows)).table
    book = read(save(tmp_path / "a.xlsx", rows)).table
    pd.testing.assert_frame_equal(plain, book)
    assert len(plain) == len(values) - 1


def test_households_and_amounts_are_joined(tmp_path: Path) -> None:
    paths = [
        save(tmp_path / "a.csv", [[TITLE], ["Region", "2024-01"], ["Stockholm", "8"]]),
        save(
            tmp_path / "b.csv",
            [
                [PAID],
                ["Region", "2024-01", "2024-02"],
                ["Stockholm", "64,5", "X"],
                ["Göteborg", "1 000", ".."],
            ],
        ),
    ]
    table, source = read(paths)
    assert table.drop(columns="month").fillna(-1).to_numpy().tolist() == [
        ["0180", 8, 64_500, False, False],
        ["0180", -1, -1, False, True],
        ["1480", -1, 1_000_000, False, False],
    ]
    assert source.left_out == {"missing": 1, "suppressed": 1, "beyond": 0}
    pd.testing.assert_frame_equal(read(tmp_path).table, table)


def test_both_measures_may_stand_in_one_file(tmp_path: Path) -> None:
    rows = [
        ["Regionkod", "Region", "År", "Månad", "Antal hushåll", "Utbetalt bistånd, kr"],
        ["180", "Stockholms stad", "2024", "1", "8", "64500"],
        ["01", "Stockholms län", "2024", "1", "80", "645000"],
    ]
    table, source = read(save(tmp_path / "a.csv", rows))
    assert table[["code", "households", "paid_sek"]].to_numpy().tolist() == [
        ["0180", 8, 64_500]
    ]
    assert source.left_out is not None
    assert source.left_out["beyond"] == 2


HERE, ABROAD = "Inrikes födda", "En av sökande/sambo utrikesfödd"


def born(*kinds: str, cells: tuple[str, ...] = ("44", "50", "94")) -> list[list[str]]:
    rows = [["Stockholm", kind, cell] for kind, cell in zip(kinds, cells, strict=False)]
    head = ["Region", "Inrikes- eller utrikesfödda hushåll", "Mars"]
    return [[f"{TITLE}, 2017"], ["", "", "2017"], head, *rows]


def test_kinds_of_households_are_added_only_where_they_are_all(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert read(save(path, born(HERE, ABROAD))).table["households"].tolist() == [94]
    everyone = born("Samtliga", HERE, ABROAD, cells=("99", "44", "50"))
    assert read(save(path, everyone)).table["households"].tolist() == [99]
    hidden = read(save(path, born(HERE, ABROAD, cells=("44", "X")))).table
    assert hidden["households"].isna().all()
    assert hidden["households_hidden"].all()
    # where a kind has no row the sum is not known
    alone = [*born(HERE, ABROAD), ["Göteborg", HERE, "7"]]
    assert read(save(path, alone)).table["code"].tolist() == ["0180"]
    twice = [*born(HERE, ABROAD), ["0180", HERE, "7"]]
    assert rules(save(path, twice)) == [("official_conflict", 6, "7")]
    ((rule, _, value),) = rules(save(path, born(HERE)))
    assert (rule, value) == (
        "official_part",
        f"Inrikes- eller utrikesfödda hushåll: {HERE}",
    )
    # of one kind alone the title says so
    rows = [[f"{TITLE}, {HERE}"], ["Region", "2024-01"], ["Stockholm", "8"]]
    assert rules(save(path, rows))[0][0] == "official_part"


def test_every_fault_has_its_line(tmp_path: Path) -> None:
    rows = [
        [TITLE],
        [],
        ["Region", "2024-01", "2024-02"],
        ["Stokholm", "8", "9"],
        ["Göteborg", "åtta", "9"],
        ["9999", "1", "2"],
        ["Upplands Väsby", "-3", "1.234"],
    ]
    path = save(tmp_path / "a.csv", rows)
    assert rules(path) == [
        ("official_region", 4, "Stokholm"),
        ("not_a_number", 5, "åtta"),
        ("official_region", 6, "9999"),
        ("thousands_point", 7, "1.234"),
        ("negative_count", 7, "-3"),
    ]
    with pytest.raises(InputError) as error:
        read(path)
    assert "Menade du Stockholm?" in error.value.faults[0].remedy
    assert "Stokholm är varken" in error.value.faults[0].message
    assert rules(path, sprak="en") == rules(path)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([["Kommun", "2024"], ["Stockholm", "8"]], "official_measure"),
        ([["Andel hushåll"], ["Region", "2024-01"], ["0180", "8"]], "official_measure"),
        ([["Utbetalt"], ["Region", "2024-01"], ["0180", "8"]], "official_unit"),
        ([[TITLE], ["Region", "2024"], ["0180", "8"]], "bad_month"),
        ([["Region", "Antal hushåll"], ["0180", "8"]], "official_period"),
        ([["Enhet", "2024-01"], ["0180", "8"]], "official_header"),
        ([["Region", "Kön"], ["0180", "M"]], "official_header"),
        ([[TITLE], ["Region", "2024-01"]], "file_empty"),
        ([[""]], "file_empty"),
    ],
)
def test_what_is_no_monthly_export_is_told(
    rows: list[list[str]], rule: str, tmp_path: Path
) -> None:
    assert rule in [found for found, *_ in rules(save(tmp_path / "a.csv", rows))]


def test_damaged_and_old_workbooks_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 damaged")
    assert rules(path)[0][0] == "file_unreadable"
    path.write_bytes(b"\xd0\xcf\x11\xe0 old")
    assert rules(path)[0][0] == "old_excel"


def test_two_figures_for_one_month_are_refused(tmp_path: Path) -> None:
    rows = [[TITLE], ["Region", "2024-01"], ["Stockholm", "8"], ["0180", "8"]]
    assert len(read(save(tmp_path / "a.csv", rows)).table) == 1
    rows[-1][-1] = "9"
    path = save(tmp_path / "a.csv", rows)
    assert rules(path) == [("official_conflict", 4, "9")]


def test_only_whole_years_have_an_amount_and_none_has_households(
    tmp_path: Path,
) -> None:
    months = [f"{year}-{m:02}" for year in (2023, 2024) for m in range(1, 13)]
    stock = ["100"] * 12 + ["110"] * 12
    goth = ["10"] * 23 + ["--"]
    a = [[TITLE], ["Region", *months], ["Stockholm", *stock], ["Göteborg", *goth]]
    b = [[PAID], ["Region", *months], ["Stockholm", *stock], ["Göteborg", *goth]]
    official = read([save(tmp_path / "a.csv", a), save(tmp_path / "b.csv", b)])
    table = yearly(official)
    assert list(table)[:5] == ["code", "year", "households", "paid_sek", "source"]
    assert table["households"].isna().all()
    rows = table[["code", "year", "paid_sek", "households_month_mean"]]
    assert rows.to_numpy().tolist() == [
        ["0180", 2023, 1_200_000, 100],
        ["0180", 2024, 1_320_000, 110],
        ["1480", 2023, 120_000, 10],
    ]
    line = table["source"].iloc[0]
    assert line.startswith("Egen bearbetning av uppgifter från Socialstyrelsen, måna")
    assert "officiell statistik" in line
    assert "utan årsbelopp: 1." in line
    assert "Källa: Socialstyrelsen" in source_line(official.source, False)


def test_what_one_source_lacks_another_gives() -> None:
    one = pd.DataFrame(
        {
            "code": ["0180", "0114"],
            "year": [2024, 2024],
            "households": [100.0, 7.0],
            "paid_sek": [float("nan"), 9.0],
            "source": "A.",
        }
    )
    other = one.assign(
        code=["0180", "1480"], households=float("nan"), paid_sek=[5.0, 6.0], source="B."
    )
    merged = merge_years(one, other)
    assert merged.fillna(-1).to_numpy().tolist() == [
        ["0114", 2024, 7, 9, "A."],
        ["0180", 2024, 100, 5, "A. B."],
        ["1480", 2024, -1, 6, "B."],
    ]
    kept = merge_years(other, one).set_index("code")["paid_sek"]
    assert kept.to_dict() == {"0114": 9, "0180": 5, "1480": 6}
    assert merge_years(one.iloc[:0]).empty


def test_fetched_years_replace_estimates(tmp_path: Path) -> None:
    months = [f"2024-{m:02}" for m in range(1, 13)]
    before = municipalities(2024).loc["0180"]
    assert not before["paid_sek_is_published"]
    tkr = round(before["paid_sek"] * 1.1 / 12e3)
    rows = [[PAID], ["Region", *months], ["0180 Stockholm", *[str(tkr)] * 12]]
    more = merge_years(yearly(read(save(tmp_path / "a.csv", rows))))
    after = municipalities(2024, more).loc["0180"]
    assert after["paid_sek"] == tkr * 12e3
    assert after["paid_sek_is_published"]
    assert after["paid_sek_source"] == more["source"].iloc[0]
    assert not after["households_is_published"]


def test_the_nation_is_no_municipality_of_the_year(tmp_path: Path) -> None:
    months = [f"2024-{m:02}" for m in range(1, 13)]
    rows = [[PAID], ["Region", *months], ["Riket", *["5"] * 12]]
    assert yearly(read(save(tmp_path / "a.csv", rows))).empty


def test_every_municipality_is_known_by_name_and_code() -> None:
    names = municipality_names()
    assert len(names) == 290
    texts = [
        text
        for code, name in names.items()
        for text in (code, name, f"{code} {name}", f"{name} kommun", f"{name}s kommun")
    ]
    report = Report("sv")
    codes = region_codes(pd.Series(texts), names, "", report)
    assert not report.found
    assert codes.tolist() == [code for code in names for _ in range(5)]


def test_names_are_those_of_the_catalogue() -> None:
    known = pd.read_csv(shared_data("kolada_municipalities.csv"), dtype=str)
    known = known[known["type"] == "K"]
    assert municipality_names() == dict(zip(known["id"], known["name"], strict=True))


def test_a_saved_file_tells_its_day(tmp_path: Path) -> None:
    rows = [[TITLE], ["Region", "2024-01"], ["Stockholm", "8"]]
    path = save(tmp_path / "a.csv", rows)
    then = datetime(2025, 3, 4, 12, tzinfo=UTC).timestamp()
    os.utime(path, (then, then))
    source = read(path).source
    assert source.day == date(2025, 3, 4)
    assert "Filen sparad 2025-03-04." in source_line(source, False)
    assert "File saved 2025-03-04." in source_line(source, True, "en")


# SCB


CUBE: dict[str, Any] = {
    "version": "2.0",
    "class": "dataset",
    "label": "Helårsekvivalenter efter region, kön, tabellinnehåll och månad",
    "source": "SCB",
    "id": ["Region", "Kon", "ContentsCode", "Tid"],
    "size": [3, 2, 1, 2],
    "dimension": {
        "Region": {
            "label": "region",
            "category": {
                # the order is that of the positions, not of the list
                "index": {"0114": 1, "00": 0, "01": 2},
                "label": {
                    "00": "Riket",
                    "0114": "Upplands Väsby",
                    "01": "Stockholms län",
                },
            },
        },
        "Kon": {"label": "kön", "category": {"index": ["1", "2"]}},
        "ContentsCode": {
            "label": "tabellinnehåll",
            "category": {"label": {"0000053B": "Ekonomiskt bistånd"}},
        },
        "Tid": {"label": "månad", "category": {"index": ["2024M01", "2024M02"]}},
    },
    "value": [1, 2, 3, 4, 5, 6, None, 8, 9, 10, 11, 12],
    "role": {"time": ["Tid"], "geo": ["Region"], "metric": ["ContentsCode"]},
    "extension": {"px": {"tableid": "TAB1386"}},
}


def cube(path: Path, **changes: Any) -> Path:
    path.write_text(json.dumps(CUBE | changes, ensure_ascii=False), "utf-8")
    return path


def test_a_cube_is_unfolded_in_the_order_of_its_positions(tmp_path: Path) -> None:
    table, source = read_scb(cube(tmp_path / "a.json"))
    assert list(table) == ["code", "year", "month", "measure", "kön", "value"]
    assert table[["code", "kön", "value"]].to_numpy().tolist() == [
        *(["00", "1", 1.0], ["00", "2", 3.0], ["00", "1", 2.0], ["00", "2", 4.0]),
        *(["0114", "1", 5.0], ["0114", "1", 6.0], ["0114", "2", 8.0]),
    ]
    assert table["measure"].unique().tolist() == ["Ekonomiskt bistånd"]
    assert table["month"].iloc[0] == pd.Timestamp("2024-01-01")
    assert source.left_out == {"missing": 1, "beyond": 4}
    assert "Källa: SCB, TAB1386 Helårsekv" in source_line(source, False)
    worked_out = source_line(source, True)
    assert worked_out.startswith("Egen bearbetning av uppgifter från SCB, TAB1386")
    assert "Källa" not in worked_out


def test_a_sparse_cube_without_roles_is_the_same(tmp_path: Path) -> None:
    dense = read_scb(cube(tmp_path / "a.json")).table
    values = {str(i): v for i, v in enumerate(CUBE["value"]) if v is not None}
    sparse = read_scb(cube(tmp_path / "b.json", value=values, role={})).table
    pd.testing.assert_frame_equal(dense, sparse)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"value": [1, 2]}, "official_json"),
        ({"value": {"12": 1}}, "official_json"),
        ({"value": {"0": "many"}}, "official_json"),
        ({"size": [2, 2, 1, 3]}, "official_json"),
        ({"id": ["Region"]}, "official_json"),
        ({"dimension": {}}, "official_json"),
        ({"role": {"time": ["Year"], "geo": ["Region"]}}, "official_shape"),
    ],
)
def test_a_broken_cube_is_told(
    changes: dict[str, Any], rule: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as error:
        read_scb(cube(tmp_path / "a.json", **changes))
    assert [f.rule for f in error.value.faults] == [rule]


RESIDENTS = [
    ["Folkmängden efter region, kön och år"],
    [],
    ["region", "kön", "Folkmängd 2018", "Folkmängd 2019"],
    ["00 Riket", "män", "5142438", "5195814"],
    ["0114 Upplands Väsby", "män", "22780", ".."],
    ["0114 Upplands Väsby", "kvinnor", "22763", "23296"],
]


@pytest.mark.parametrize("sep", [";", "\t", ","])
def test_a_table_saved_as_text_is_tidy(sep: str, tmp_path: Path) -> None:
    table, source = read_scb(save(tmp_path / "a.csv", RESIDENTS, sep, "cp1252"))
    assert table.drop(columns="month").to_numpy().tolist() == [
        ["00", 2018, "Folkmängd", "män", 5142438.0],
        ["00", 2019, "Folkmängd", "män", 5195814.0],
        ["0114", 2018, "Folkmängd", "kvinnor", 22763.0],
        ["0114", 2018, "Folkmängd", "män", 22780.0],
        ["0114", 2019, "Folkmängd", "kvinnor", 23296.0],
    ]
    assert table["month"].isna().all()
    assert source.left_out == {"missing": 1, "beyond": 0}
    assert source.table == "Folkmängden efter region, kön och år"


def test_a_table_in_long_form_is_the_same(tmp_path: Path) -> None:
    wide = read_scb(save(tmp_path / "a.csv", RESIDENTS)).table
    head, *rows = RESIDENTS[2:]
    tall = [["region", "kön", "år", "Folkmängd"]]
    for row in rows:
        tall += [[*row[:2], h[-4:], c] for h, c in zip(head[2:], row[2:], strict=True)]
    pd.testing.assert_frame_equal(read_scb(save(tmp_path / "b.csv", tall)).table, wide)


def test_a_table_by_address_is_kept_for_when_nobody_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    body = cube(tmp_path / "a.json").read_bytes()
    saved = read_scb(tmp_path / "a.json").table
    cache, quick = tmp_path / "cache", Manners(pause=0.0, fresh=timedelta(0))
    with Site((200, {}, body), (200, {}, b"<html>Log in</html>")) as site:
        first = fetch_scb(site.url, cache, manners=quick)
        again = fetch_scb(site.url, cache, manners=quick)
    pd.testing.assert_frame_equal(first.table, saved)
    pd.testing.assert_frame_equal(again.table, saved)
    assert "Hämtad " in source_line(first.source, False)
    assert "ingen svarade nu" in source_line(again.source, False)
    with pytest.raises(InputError) as error:
        fetch_scb(site.url, tmp_path / "empty", manners=quick)
    assert [f.rule for f in error.value.faults] == ["fetch_unreachable"]
