"""Every rule is caught, in its place, with its own words; and only what is wrong."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from casefolder import (
    HEADER,
    TOML,
    Rows,
    faults_of,
    flow_rows,
    lines,
    only,
    read,
    staff_rows,
    write,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.console import Console

from bemanna.models.domain import Fault, Severity
from bemanna.pipelines import language
from bemanna.pipelines.faults import faults_json, print_faults
from bemanna.pipelines.ruletexts import RULES

SPELLS = "household;unit;segment;start;end;destination\n"
SPELL = "{};Provköping;vuxna;{};{};{}\n"


def changed(row: int, column: int, value: str) -> Rows:
    """Sound rows with one cell changed; `row` is the line in the file."""
    rows = flow_rows()
    rows[row - 2][column] = value
    return rows


def spells(*rows: tuple[str, str, str, str]) -> str:
    return SPELLS + "".join(SPELL.format(*row) for row in rows)


@dataclass(frozen=True)
class Broken:
    """A folder broken in one place, and what must be said of it."""

    rule: str
    write: Callable[[Path], Path]
    file: str = "flows.csv"
    row: int | None = None
    column: str = ""
    value: str = ""
    also: frozenset[str] = field(default_factory=frozenset)


def cell(rule: str, row: int, column: str, value: str, shown: str = "") -> Broken:
    number = HEADER.split(";").index(column)
    return Broken(
        rule,
        lambda p: write(p, changed(row, number, value)),
        row=row,
        column=column,
        value=shown or value,
    )


def toml(rule: str, text: str, column: str, value: str) -> Broken:
    return Broken(
        rule,
        lambda p: write(p, toml=text),
        file="kommun.toml",
        column=column,
        value=value,
    )


def spell(
    rule: str, column: str, value: str, *rows: tuple[str, str, str, str]
) -> Broken:
    return Broken(
        rule,
        lambda p: write(p, spells=spells(*rows)),
        file="spells.csv",
        row=1 + len(rows),
        column=column,
        value=value,
    )


def without(column: str) -> str:
    at = HEADER.split(";").index(column)
    rows = [[v for i, v in enumerate(r) if i != at] for r in flow_rows()]
    return lines(";".join(h for h in HEADER.split(";") if h != column), rows)


LAST = 25  # line of the last month
BROKEN = [
    Broken("missing_column", lambda p: write(p, without("stock")), column="stock",
           value="stock"),
    toml("unknown_mapping", '[columns.flows]\nstock = "hushål"\n',
         "columns.flows.stock", "hushål"),
    toml("unknown_canonical", '[columns.flows]\nstok = "stock"\n',
         "columns.flows.stok", "stok"),
    Broken("row_filter_empty",
           lambda p: write(p, toml='[rows.flows]\nunit = ["Provköping", "Lund"]\n'),
           column="unit", value="Lund"),
    cell("not_a_number", 7, "stock", "hundra"),
    cell("thousands_point", 7, "paid_sek", "850.000,5"),
    cell("thousands_point", 9, "paid_sek", "850.000"),
    cell("negative_count", 5, "inflow", "−7", "-7"),
    cell("bad_month", 9, "month", "maj"),
    cell("empty_text", 9, "segment", ""),
    Broken("duplicate_row", lambda p: write(p, [*flow_rows(), flow_rows()[3]]),
           row=26, value="Provköping, vuxna, 2024-04"),
    Broken("gap_in_months", lambda p: write(p, flow_rows()[:8] + flow_rows()[9:]),
           row=10, column="month", value="2024-08 – 2024-10"),
    cell("stock_identity", 25, "stock", "190", "+44"),
    Broken("ends_early",
           lambda p: write(p, flow_rows() + [
               [r[0], "unga", *r[2:]] for r in flow_rows()[:14]]),
           row=39, column="month", value="2025-02"),
    Broken("future_month", lambda p: write(p, flow_rows("2024-06")), row=22,
           column="month", value="2026-02", also=frozenset({"many"})),
    Broken("too_few_months", lambda p: write(p, flow_rows(months=11)),
           column="month", value="11"),
    Broken("file_empty", lambda p: write(p, HEADER + "\n")),
    Broken("file_empty", lambda p: write(p, " \n")),
    Broken("encoding", lambda p: write(p, HEADER.encode() + b"\nK\x8fping;a;b\n")),
    Broken("mojibake",
           lambda p: write(p, lines(HEADER, flow_rows()).encode().decode("cp1252")),
           row=2, value="ProvkÃ¶ping;vuxna;2024-01;100;7;5;850000"),
    Broken("row_too_long", lambda p: write(p, changed(6, 6, "850;000")), row=6),
    Broken("duplicate_header",
           lambda p: write(p, lines(HEADER + ";Stock", flow_rows())), row=1,
           value="Stock"),
    Broken("column_empty",
           lambda p: write(p, [[*r[:3], "..", *r[4:]] for r in flow_rows()]),
           column="stock", value="stock"),
    Broken("exits_by_destination",
           lambda p: write(p, lines(HEADER + ";exits_work;exits_moved", [
               [*r, "4", "1" if i != 5 else "3"] for i, r in enumerate(flow_rows())])),
           row=7, column="exits", value="7"),
    Broken("exits_exceed_cases",
           lambda p: write(p, [[*r[:3], "5", "7", "7" if i != 4 else "50", r[6]]
                               for i, r in enumerate(flow_rows())]),
           row=6, column="exits", value="50", also=frozenset({"stock_identity"})),
    spell("end_before_start", "", "2024-02", ("H1", "2024-03", "2024-02", "work")),
    spell("unknown_destination", "destination", "wrk",
          ("H1", "2024-02", "2024-03", "wrk")),
    spell("overlapping_spells", "start", "2024-05",
          ("H1", "2024-02", "2024-05", "work"), ("H1", "2024-05", "", "")),
    spell("overlapping_spells", "start", "2024-05",
          ("H1", "2024-02", "", ""), ("H2", "2024-05", "", ""),
          ("H1", "2024-05", "2024-06", "work")),
    spell("destination_open", "", "Provköping, vuxna, H1",
          ("H1", "2024-02", "", "work")),
    Broken("zero_handlers",
           lambda p: write(p, staff=[[*r[:2], "0" if i == 3 else r[2]]
                                     for i, r in enumerate(staff_rows())]),
           file="staff.csv", row=5, column="handlers_fte", value="0"),
    Broken("staff_missing", lambda p: write(p, staff=""), file="kommun.toml",
           column="staff"),
    Broken("staff_missing_unit",
           lambda p: write(p, staff=staff_rows(unit="Provkoping")),
           file="staff.csv", column="unit", value="Provköping"),
    toml("unknown_segment", '[segments.vuxn]\nweight = 1.2\n', "segments.vuxn", "vuxn"),
    toml("unknown_pilot_unit",
         '[effort.pilot]\nunit = "Norr"\nfrom_month = "2025-01"\n',
         "effort.pilot.unit", "Norr"),
    toml("file_missing", '[files]\nstaff = "personal.csv"\n', "files.staff",
         "personal.csv"),
    Broken("missing_key",
           lambda p: write(p, base=TOML.replace("salary_month_sek = 38600", "")),
           file="kommun.toml", row=6, column="economy.salary_month_sek"),
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=lambda b: b.rule)
def test_a_fault_is_caught_where_it_is_in_both_languages(
    broken: Broken, tmp_path: Path
) -> None:
    found = faults_of(broken.write(tmp_path))
    hits = [f for f in found if f.rule == broken.rule]
    assert hits, [f.rule for f in found]
    if "many" not in broken.also:
        assert len(hits) == 1
    stops = {f.rule for f in found if f.severity is Severity.FAULT}
    assert broken.rule in stops
    assert stops - broken.also == {broken.rule}
    fault = hits[0]
    assert (fault.file, fault.column) == (broken.file, broken.column)
    if broken.file != "kommun.toml":
        assert fault.row == broken.row
    assert fault.value == broken.value
    for sv, en in zip(found, faults_of(tmp_path, "en"), strict=True):
        assert (sv.rule, sv.file, sv.row, sv.value) == (
            en.rule,
            en.file,
            en.row,
            en.value,
        )
        assert sv.message != en.message
        assert "{" not in sv.message + sv.remedy + en.message + en.remedy


def test_every_rule_has_swedish_words_for_the_same_places() -> None:
    for name, text in RULES.items():
        for english in (text.message, text.remedy):
            swedish = language.catalogue()[english]
            places = english.split("{")[1:]
            assert {p.split("}")[0] for p in places} == {
                p.split("}")[0] for p in swedish.split("{")[1:]
            }, name


WARNED = [
    ("suppressed", lambda p: write(p, changed(8, 5, "<5")), "<5"),
    ("suppressed", lambda p: write(p, changed(8, 6, "..")), ".."),
    ("negative_paid", lambda p: write(p, changed(8, 6, "-1200")), "-1200"),
    ("stock_identity_near", lambda p: write(p, changed(25, 3, "148")), "+2"),
    ("short_history", lambda p: write(p, flow_rows(months=23)), "23"),
    ("staff_gap", lambda p: write(p, staff=staff_rows()[:20]), "4"),
    ("provisional", lambda p: write(
        p, base=TOML.replace("[data]", "[data]\nprovisional_months = 2")), "2"),
    ("staff_assumed", lambda p: write(
        p, staff="", toml="[staff]\nassumed_cases_per_handler = 40\n"), "40"),
    ("budget_absurd", lambda p: write(p, toml="[budget]\n2026 = 10500\n"), "10500"),
    ("staff_unknown_unit", lambda p: write(
        p, staff=staff_rows() + staff_rows(unit="Annan")), "Annan"),
    ("destination_missing", lambda p: write(
        p, spells=spells(("H1", "2024-02", "2024-03", ""))), "Provköping, vuxna, H1"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "make", "value"), WARNED, ids=lambda v: str(v)[:20])
def test_a_warning_is_said_and_does_not_stop(
    rule: str, make: Callable[[Path], Path], value: str, tmp_path: Path
) -> None:
    case = read(make(tmp_path))
    (warning,) = [f for f in case.warnings if f.rule == rule]
    assert warning.severity is Severity.WARNING
    assert warning.value == value


def test_a_sound_folder_has_nothing_to_say(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path)) == []


def test_unknown_words_suggest_the_nearest(tmp_path: Path) -> None:
    text = spells(("H1", "2024-02", "2024-03", "aktivitetstöd"))
    fault = only(write(tmp_path, spells=text), "unknown_destination")
    assert "Menade du aktivitetsstöd?" in fault.remedy
    assert '"aktivitetstöd" = "work"' in fault.remedy


def test_tolerance_decides_what_stops(tmp_path: Path) -> None:
    rows = changed(12, 3, "160")
    wide = TOML.replace("[data]", "[data]\nidentity_tolerance_cases = 40")
    assert {f.rule for f in read(write(tmp_path, rows, base=wide)).warnings} == {
        "stock_identity_near"
    }


def test_faults_of_every_table_come_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        changed(7, 3, "abc"),
        staff=[[*r[:2], "-1" if i == 2 else r[2]] for i, r in enumerate(staff_rows())],
        spells=spells(("H1", "2024-03", "2024-02", "work")),
        toml="[segments.'okänd']\n",
    )
    assert {f.rule for f in faults_of(folder) if f.severity == "fault"} == {
        "not_a_number",
        "negative_count",
        "end_before_start",
        "unknown_segment",
    }


def shown(faults: list[Fault], sprak: str = "sv") -> str:
    stream = io.StringIO()
    print_faults(faults, sprak, Console(file=stream, width=100))
    return stream.getvalue()


def test_terminal_shows_the_first_rows_and_counts_the_rest(tmp_path: Path) -> None:
    rows = [[*r[:4], "[bold]x", *r[5:]] for r in flow_rows()]
    found = faults_of(write(tmp_path, rows))
    text = shown(found)
    assert text.count("FEL") == 5
    assert "och 19 till" in text
    assert "[bold]x är inte ett tal" in text.replace("\n", " ")
    assert "24 fel. Inget körs förrän felen är rättade." in text
    assert len(faults_json(found)) == 24
    json.dumps(faults_json(found))
    assert "24 faults" in shown(faults_of(tmp_path, "en"), "en")


def test_terminal_names_the_place_once(tmp_path: Path) -> None:
    base = TOML.replace("salary_month_sek = 38600", "salary_month_sek = 38.6")
    text = shown(faults_of(write(tmp_path, base=base)))
    assert text.count("economy.salary_month_sek") == 1
    assert "FEL kommun.toml, rad 9: " in text
    text = shown(faults_of(write(tmp_path, changed(7, 3, "abc"))))
    assert "FEL flows.csv, rad 7, kolumn stock: abc är inte ett tal." in text


def test_terminal_says_when_all_is_well(tmp_path: Path) -> None:
    assert shown([]).strip() == "Inga fel."
    warned = faults_of(write(tmp_path, changed(8, 5, "<5")))
    assert "Inga fel. 1 varning." in shown(warned)


SLIPS = st.sampled_from(
    ["", "..", "-", "abc", "-5", "1.234,5", "1e400", "2030-01", "2024-13", "202405",
     "nan", "åäö", '"', "0", "99999999", "Provköping", "vuxna", " ", "1;2", "\u00a0"]
)  # fmt: skip


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_slips_of_the_pen_never_crash(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever a cell holds, the answer is a case or faults, never a traceback."""
    flows, staff = flow_rows(months=14), staff_rows(months=14)
    spell_rows = [["H1", "Provköping", "vuxna", "2024-02", "2024-05", "work"],
                  ["H2", "Provköping", "vuxna", "2024-03", "", ""]]  # fmt: skip
    for _ in range(data.draw(st.integers(1, 4))):
        table = data.draw(st.sampled_from([flows, staff, spell_rows]))
        row = data.draw(st.integers(0, len(table) - 1))
        column = data.draw(st.integers(0, len(table[0]) - 1))
        table[row][column] = data.draw(SLIPS)
    folder = write(tmp_path, flows, staff, lines(SPELLS.strip(), spell_rows))
    found = faults_of(folder)
    if any(fault.severity is Severity.FAULT for fault in found):
        return
    case = read(folder)
    known = case.flows[["inflow", "exits", "served"]].dropna()
    assert (known >= 0).all(axis=None)
    assert (known["exits"] <= known["served"]).all()
