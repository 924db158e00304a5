"""Applications become sums by unit and month; what is wrong is told by row."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from casefolder import faults_of, flow_rows, only, read, staff_rows, write

from bemanna.models.domain import Severity
from bemanna.pipelines.applications import Applications

INTAKE = """
[intake]
hours_new = 4
hours_renewed = 0.5
hours_day = 6.5
"""
COUNTS = "unit;month;kind;applications;within_day\n"
DAYS = "unit;date;kind;complete;decided\n"


def asked(folder: Path, text: str, toml: str = INTAKE) -> Path:
    write(folder, toml=toml)
    (folder / "applications.csv").write_text(text, "utf-8")
    return folder


def of(folder: Path) -> Applications:
    found = read(folder).applications
    assert found is not None
    return found


def test_counts_are_added_by_unit_month_and_kind(tmp_path: Path) -> None:
    rows = (
        "Provköping;2025-03;ny;8;5\nProvköping;2025-03;NYANSÖKAN;2;2\n"
        "Provköping;2025-03;återansökan;90;\n"
    )
    table = of(asked(tmp_path, COUNTS + rows)).monthly.set_index("kind")
    assert table.loc["new", ["applications", "within_day"]].tolist() == [10, 7]
    assert table.loc["renewed", "applications"] == 90
    assert np.isnan(table.loc["renewed", "within_day"])


def test_a_row_for_each_application_is_counted_by_working_days(tmp_path: Path) -> None:
    # 2025-03-07 is a Friday
    rows = [
        "2025-03-07;new;2025-03-07;2025-03-10",  # the next working day
        "2025-03-07;new;2025-03-07;2025-03-11",
        "2025-03-07;new;2025-03-10;2025-03-11",  # complete on Monday
        "2025-03-08;renewal;;2025-03-10",  # came in on a Saturday
        "2025-03-08;renewal;;",  # not decided
    ]
    text = DAYS + "".join(f"Provköping;{row}\n" for row in rows)
    table = of(asked(tmp_path, text)).monthly.set_index("kind")
    assert table["applications"].to_dict() == {"new": 3, "renewed": 2}
    assert table["within_day"].to_dict() == {"new": 2, "renewed": 1}


@pytest.mark.parametrize("true", [4.0, np.inf])
def test_how_much_days_differ_is_found_again(tmp_path: Path, true: float) -> None:
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2024-01-01", "2025-12-31")
    good = np.ones(len(days))
    if np.isfinite(true):
        good = rng.gamma(true, 1 / true, len(days))
    number = rng.poisson(12 * good)
    text = "".join(
        f"Provköping;{day:%Y-%m-%d};new;;\n" for day in np.repeat(days, number)
    )
    found = of(asked(tmp_path, DAYS + text, "")).dispersion
    assert found is not None
    # 522 days: a coefficient of variation to within a few hundredths
    assert found**-0.5 == pytest.approx(true**-0.5, abs=0.08)


def test_a_day_of_weekend_is_a_day_of_monday(tmp_path: Path) -> None:
    every = pd.date_range("2024-01-01", "2025-12-30")
    text = "".join(f"Provköping;{day:%Y-%m-%d};new;;\n" for day in every)
    # three on Mondays and one on other days: variance 0.64 at mean 1.4
    assert of(asked(tmp_path, DAYS + text, "")).dispersion == np.inf


@pytest.mark.parametrize(
    ("rule", "rows", "column", "value"),
    [
        ("unknown_kind", "Provköping;2025-03;nysökan;8;5\n", "kind", "nysökan"),
        ("bad_month", "Provköping;i mars;new;8;5\n", "month", "i mars"),
        ("empty_text", "Provköping;;new;8;5\n", "month", ""),
        ("empty_text", "Provköping;2025-03;;8;5\n", "kind", ""),
        ("future_month", "Provköping;2027-03;new;8;5\n", "month", "2027-03"),
        ("not_a_number", "Provköping;2025-03;new;åtta;5\n", "applications", "åtta"),
        ("negative_count", "Provköping;2025-03;new;-8;\n", "applications", "-8"),
        ("within_day_more", "Provköping;2025-03;new;8;9\n", "within_day", "9"),
    ],
)
def test_what_is_wrong_in_counts_is_told_by_row(
    tmp_path: Path, rule: str, rows: str, column: str, value: str
) -> None:
    sound = "Provköping;2025-02;new;8;5\n"
    found = [
        f
        for f in faults_of(asked(tmp_path, COUNTS + sound + rows))
        if f.file == "applications.csv" and f.severity is Severity.FAULT
    ]
    assert [(f.rule, f.row, f.column, f.value) for f in found] == [
        (rule, 3, column, value)
    ]
    english = faults_of(tmp_path, "en")
    assert any(f.rule == rule and f.message != found[0].message for f in english)


@pytest.mark.parametrize(
    ("rule", "row", "column"),
    [
        ("bad_day", "2025-03;new;;", "date"),
        ("empty_text", ";new;;", "date"),
        ("bad_day", "2025-03-03;new;;i går", "decided"),
        ("decided_early", "2025-03-03;new;;2025-03-01", "decided"),
    ],
)
def test_what_is_wrong_in_days_is_told_by_row(
    tmp_path: Path, rule: str, row: str, column: str
) -> None:
    fault = only(asked(tmp_path, f"{DAYS}Provköping;{row}\n"), rule)
    assert (fault.row, fault.column) == (2, column)


def test_every_fault_comes_at_once(tmp_path: Path) -> None:
    rows = "Provköping;i mars;new;8;5\nProvköping;2025-03;gammal;åtta;5\n"
    found = {(f.rule, f.row) for f in faults_of(asked(tmp_path, COUNTS + rows))}
    assert {("bad_month", 2), ("unknown_kind", 3), ("not_a_number", 3)} <= found


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    text = "unit;month;kind;antal\nProvköping;2025-03;new;8\n"
    assert only(asked(tmp_path, text), "missing_column").column == "applications"
    mapped = INTAKE + '[columns.applications]\napplications = "antal"\n'
    assert of(asked(tmp_path / "b", text, mapped)).monthly["applications"].sum() == 8


def test_units_of_only_one_file_are_warned_of(tmp_path: Path) -> None:
    text = COUNTS + "Provköpng;2025-03;new;8;5\n"
    found = {f.rule: f for f in faults_of(asked(tmp_path, text))}
    missing = found["applications_missing_unit"]
    unknown = found["applications_unknown_unit"]
    assert (missing.value, unknown.value) == ("Provköping", "Provköpng")
    assert missing.severity == unknown.severity == "warning"
    assert "Provköping" in unknown.remedy


def test_without_hours_they_are_not_used_and_it_is_said(tmp_path: Path) -> None:
    text = COUNTS + "Provköping;2025-03;new;8;5\n"
    fault = only(asked(tmp_path, text, ""), "applications_unused")
    assert fault.severity == "warning"


def test_nobody_who_applied_is_kept(tmp_path: Path) -> None:
    text = "unit;date;kind;household\n" + "Provköping;2025-03-03;new;H1\n" * 3
    case = read(asked(tmp_path, text))
    for one in fields(case):
        value = getattr(case, one.name)
        table = value.monthly if isinstance(value, Applications) else value
        assert not (isinstance(table, pd.DataFrame) and "household" in table)
    number = "unit;date;kind;household\nProvköping;2025-03-03;new;19121212-1212\n"
    fault = only(asked(tmp_path / "b", number), "personnummer_text")
    assert "1212" not in fault.message


HOURS = "[intake]\nhours_new = {}\nhours_renewed = {}\nhours_day = {}\n"


@pytest.mark.parametrize(
    ("text", "rule", "column"),
    [
        (HOURS.format(0, 1, 7), "wrong_value", "intake.hours_new"),
        (HOURS.format(4, -1, 7), "wrong_value", "intake.hours_renewed"),
        (HOURS.format(4, 1, 25), "wrong_value", "intake.hours_day"),
        (
            "[intake]\nhours_new = 4\nhours_day = 7\n",
            "missing_key",
            "intake.hours_renewed",
        ),
        (
            INTAKE + "decide_within_day_share = 95\n",
            "share_as_percent",
            "intake.decide_within_day_share",
        ),
        (
            INTAKE + "decide_within_day_share = 1.0\n",
            "wrong_value",
            "intake.decide_within_day_share",
        ),
        (INTAKE + "day_dispersion = 0\n", "wrong_value", "intake.day_dispersion"),
        (INTAKE + "hour_new = 4\n", "unknown_key", "intake.hour_new"),
    ],
)
def test_what_is_wrong_in_the_section_is_told(
    tmp_path: Path, text: str, rule: str, column: str
) -> None:
    fault = only(write(tmp_path, toml=text), rule)
    assert (fault.file, fault.column) == ("kommun.toml", column)
    # the tables are looked at too
    rows = flow_rows()
    rows[0][4] = "sju"
    rules = {f.rule for f in faults_of(write(tmp_path / "b", rows, toml=text))}
    assert {rule, "not_a_number"} <= rules


def test_hours_that_leave_no_time_for_cases_are_refused(tmp_path: Path) -> None:
    # 107 to 153 cases, 3.5 handlers of 21 days x 7 hours: 514 hours a month
    spare, much = HOURS.format(4, 2.5, 7), HOURS.format(4, 3.5, 7)
    assert not faults_of(write(tmp_path / "a", toml=spare))
    fault = only(write(tmp_path / "b", toml=much), "intake_too_much")
    assert fault.column == "intake"
    assert "Provköping" in fault.message
    promise = spare + "decide_within_day_share = 0.99\n"
    assert only(write(tmp_path / "c", toml=promise), "intake_too_much")
    more = staff_rows()
    for row in more:
        row[2] = "8"
    assert not faults_of(write(tmp_path / "d", staff=more, toml=much))
