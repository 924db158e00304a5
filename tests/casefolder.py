"""A small sound case folder that tests break in one place at a time."""

from pathlib import Path

import pandas as pd

from bemanna.models.domain import Fault, InputError
from bemanna.pipelines.registers import Case, read_case

TOML = """
[municipality]
code = "2180"
name = "Provköping"
[data]
as_of = 2026-01-15
[economy]
price_year = 2023
salary_month_sek = 38600
employer_charge_share = 0.4453
overhead_share = 0.2
"""
HEADER = "unit;segment;month;stock;inflow;exits;paid_sek"
Rows = list[list[str]]


def flow_rows(
    first: str = "2024-01", months: int = 24, unit: str = "Provköping"
) -> Rows:
    """Rows whose stock, inflow and exits agree: 100 cases, then 7 in and 5 out."""
    stamps = pd.date_range(first, periods=months, freq="MS").strftime("%Y-%m")
    return [
        [unit, "vuxna", month, str(100 + 2 * t), "7", "5", "850000"]
        for t, month in enumerate(stamps)
    ]


def staff_rows(
    first: str = "2024-01", months: int = 24, unit: str = "Provköping"
) -> Rows:
    """Three and a half handlers, every month."""
    stamps = pd.date_range(first, periods=months, freq="MS").strftime("%Y-%m")
    return [[unit, month, "3,5"] for month in stamps]


def lines(header: str, rows: Rows, mark: str = ";") -> str:
    """Join header and rows to the text of a file."""
    return "\n".join([header.replace(";", mark), *(mark.join(r) for r in rows)]) + "\n"


def write(
    folder: Path,
    flows: Rows | str | bytes | None = None,
    staff: Rows | str | None = None,
    spells: str | None = None,
    toml: str = "",
    base: str = TOML,
) -> Path:
    """Write a case folder; what is not given is sound, `staff=""` leaves it out."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kommun.toml").write_text(base + toml, "utf-8")
    flows = flow_rows() if flows is None else flows
    data = lines(HEADER, flows) if isinstance(flows, list) else flows
    if data:
        text = data if isinstance(data, bytes) else data.encode()
        (folder / "flows.csv").write_bytes(text)
    staff = staff_rows() if staff is None else staff
    text_ = (
        lines("unit;month;handlers_fte", staff) if isinstance(staff, list) else staff
    )
    if text_:
        (folder / "staff.csv").write_text(text_, "utf-8")
    if spells:
        (folder / "spells.csv").write_text(spells, "utf-8")
    return folder


def faults_of(folder: Path, sprak: str = "sv") -> list[Fault]:
    """Everything found in a folder: faults, or warnings where it could be read."""
    try:
        return list(read_case(folder, sprak).warnings)
    except InputError as error:
        return list(error.faults)


def only(folder: Path, rule: str) -> Fault:
    """Give the one fault of a rule, and check that nothing else stops the run."""
    found = faults_of(folder)
    stops = {f.rule for f in found if f.severity == "fault"}
    assert stops <= {rule}, stops
    (fault,) = [f for f in found if f.rule == rule]
    return fault


def read(folder: Path) -> Case:
    """Read a folder that must be sound."""
    return read_case(folder)
