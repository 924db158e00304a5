"""Exports of official statistics, in every shape that offices save, are read as one."""

import math
import os
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from exported import save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bemanna.models.domain import InputError
from bemanna.pipelines.municipalities import municipalities
from bemanna.pipelines.official import (
    Official,
    merge_years,
    source_line,
)
from bemanna.pipelines.scb import read_scb
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
    assert source.left_out == {
        "missing": 1,
        "suppressed": 1,
        "beyond": 0,
        "incomplete": 2,
    }
    pd.testing.assert_frame_equal(read(tmp_path).table, table)


def test_a_newer_file_fills_what_an_older_did_not_know(tmp_path: Path) -> None:
    head = [TITLE], ["Region", "2024-01", "2024-02"]
    save(tmp_path / "old.csv", [*head, ["Stockholm", "8", "--"]])
    save(tmp_path / "new.csv", [*head, ["Stockholm", "8", "9"]])
    table, source = read(tmp_path)
    assert table["households"].tolist() == [8, 9]
    assert source.left_out is not None
    assert source.left_out["missing"] == 0
    save(tmp_path / "third.csv", [*head, ["Stockholm", "8", "X"]])
    assert rules(tmp_path) == [("official_conflict", 3, "–")]


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


WORDS = [
    *(
        "Region",
        "region",
        "År",
        "Månad",
        "Mått",
        "Tid",
        "kön",
        "value",
        "Antal hushåll",
    ),
    *("Utbetalt bistånd tkr", "2024", "Mars", "2024-03", "2024M13", "Stockholm"),
    *("0180", "Riket", "1 234", "1.234", "1,5", "X", "--", "", '"', "<5", "inf"),
    *("Samtliga", HERE, ABROAD, "Källa: x", "46082", "99999999999999999999"),
]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(st.lists(st.sampled_from(WORDS), max_size=5), max_size=5),
    head=st.lists(st.sampled_from(WORDS), max_size=5),
    reader=st.sampled_from([read_monthly, read_scb]),
)
def test_no_table_however_odd_ends_in_anything_but_faults(
    rows: list[list[str]], head: list[str], reader: Any, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(";".join(row) for row in [["Region", *head], *rows]))
    with suppress(InputError):
        reader(path, names=NAMES)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([["Kommun", "2024"], ["Stockholm", "8"]], "official_measure"),
        ([["Andel hushåll"], ["Region", "2024-01"], ["0180", "8"]], "official_measure"),
        (
            [["Barn i hushåll"], ["Region", "2024-01"], ["0180", "8"]],
            "official_measure",
        ),
        ([["Utbetalt"], ["Region", "2024-01"], ["0180", "8"]], "official_unit"),
        ([[TITLE], ["Region", "2024"], ["0180", "8"]], "bad_month"),
        ([["Region", "Antal hushåll"], ["0180", "8"]], "official_period"),
        ([["Enhet", "2024-01"], ["0180", "8"]], "official_header"),
        ([["Region", "Kön"], ["0180", "M"]], "official_header"),
        ([["Region", "2024-01", "2024-01"], ["0180", "8", "9"]], "duplicate_header"),
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
    open_quote = 'Region;2024-01\n"Stockholm;8\n' + "Stockholm;8\n" * 20_000
    path.write_text(open_quote)
    assert rules(path)[0][0] == "file_unreadable"


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
    told = source_line(official.source, False)
    assert told.startswith("Källa: Socialstyrelsen")
    assert told.endswith("utan årsbelopp: 1.")


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


def test_a_saved_file_tells_its_day(tmp_path: Path) -> None:
    rows = [[TITLE], ["Region", "2024-01"], ["Stockholm", "8"]]
    path = save(tmp_path / "a.csv", rows)
    then = datetime(2025, 3, 4, 12, tzinfo=UTC).timestamp()
    os.utime(path, (then, then))
    source = read(path).source
    assert source.day == date(2025, 3, 4)
    assert "Filen sparad 2025-03-04." in source_line(source, False)
    assert "File saved 2025-03-04." in source_line(source, True, "en")
