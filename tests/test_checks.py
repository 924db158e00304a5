"""Every rule is caught, in its place, with its own words; and only what is wrong."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from casefolder import (
    TOML,
    faults_of,
    flow_rows,
    lines,
    only,
    read,
    staff_rows,
    write,
)
from faultcases import BROKEN, SPELLS, WARNED, Broken, changed, spells
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.console import Console

from bemanna.models.domain import Fault, Severity
from bemanna.pipelines import language
from bemanna.pipelines.faults import faults_json, print_faults
from bemanna.pipelines.ruletexts import RULES


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


def test_totals_are_not_found_where_there_are_none(tmp_path: Path) -> None:
    """Two groups alike, or one that always is about half, are nobody's total."""
    rows = flow_rows()
    same = [[r[0], "unga", *r[2:]] for r in rows]
    assert faults_of(write(tmp_path / "two", rows + same)) == []
    third = [
        [r[0], "äldre", r[2], str(2 * int(r[3]) + 1), "14", "10", "1700000"]
        for r in rows
    ]
    assert faults_of(write(tmp_path / "near", rows + same + third)) == []


def test_payments_in_another_currency_are_not_judged_in_kronor(tmp_path: Path) -> None:
    rows = [[*r[:6], "45000"] for r in flow_rows()]
    assert {f.rule for f in faults_of(write(tmp_path / "sek", rows))} == {"paid_absurd"}
    abroad = TOML.replace("[economy]", '[economy]\ncurrency = "EUR"')
    abroad = abroad.replace("38600", "3860\nhire_cost_sek = 30000")
    assert faults_of(write(tmp_path / "eur", rows, base=abroad)) == []


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
