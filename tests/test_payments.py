"""Payments by household become sums by months on assistance, and nothing else."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from casefolder import faults_of, only, write

from bemanna.models.amounts import BANDS
from bemanna.models.benefit import BenefitModel
from bemanna.pipelines.benefits import benefit_lines
from bemanna.pipelines.registers import Case, read_case
from bemanna.pipelines.synthetic import simulate_default

#: SEK per household-month by duration band, the truth of these tests.
TRUE = np.array([7_600.0, 8_400.0, 9_000.0, 9_500.0, 9_900.0])


def paid_out(folder: Path, rng: np.random.Generator) -> pd.DataFrame:
    """Pay every household of the folder's spells in each of its months."""
    spells = read_case(folder).spells
    assert spells is not None
    last = read_case(folder).months[-1]
    first = read_case(folder).months[0]
    rows = [
        (household, month, k)
        for household, start, end in zip(
            spells["household"],
            spells["start"],
            spells["end"].fillna(last),
            strict=True,
        )
        for k, month in enumerate(pd.date_range(start, end, freq="MS"))
        if month >= first
    ]
    table = pd.DataFrame(rows, columns=["household", "month", "elapsed"])
    amount = TRUE[BANDS.of(table.pop("elapsed"))]
    table["paid_sek"] = (amount * rng.gamma(100, 1 / 100, len(table))).round(2)
    table["month"] = table["month"].dt.strftime("%Y-%m")
    return table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulate a register, with payments by household whose truth is known."""
    place: Path = tmp_path_factory.mktemp("paid")
    simulate_default(place, seed=5, months=60, cases=200)
    table = paid_out(place, np.random.default_rng(1))
    table.to_csv(place / "payments.csv", sep=";", decimal=",", index=False)
    flows = pd.read_csv(place / "flows.csv", sep=";", decimal=",", dtype=str)
    flows.drop(columns="paid_sek").to_csv(place / "flows.csv", sep=";", index=False)
    return place


@pytest.fixture(scope="module")
def case(folder: Path) -> Case:
    return read_case(folder)


def test_the_true_amounts_lie_in_their_intervals(case: Case) -> None:
    table = benefit_lines(case)
    bands = table[(table["segment"] == "") & (table["duration"] != "")].dropna(
        subset="lo-95"
    )
    true = bands["duration"].map(dict(zip(BANDS.labels, TRUE, strict=True)))
    inside = (bands["lo-95"] <= true) & (true <= bands["hi-95"])
    assert len(bands) >= 10
    assert inside.mean() >= 0.85
    assert bands["sek_month"].to_numpy() == pytest.approx(true.to_numpy(), rel=0.04)


def test_sums_are_those_of_the_file_and_no_household_is_kept(
    case: Case, folder: Path
) -> None:
    raw = pd.read_csv(folder / "payments.csv", sep=";", decimal=",")
    assert case.payments is not None
    assert case.payments["paid_sek"].sum() == pytest.approx(raw["paid_sek"].sum())
    assert case.payments["household_months"].sum() == len(raw)
    assert "household" not in case.payments
    holders = [f.name for f in fields(case) if f.name not in ("spells", "edge")]
    for name in holders:
        value = getattr(case, name)
        assert not (isinstance(value, pd.DataFrame) and "household" in value)


def test_monthly_figures_without_payments_get_their_sums(case: Case) -> None:
    assert case.payments is not None
    assert case.flows["paid_sek"].sum() == pytest.approx(
        case.payments["paid_sek"].sum()
    )
    model = BenefitModel(case.segments).fit(case.flows, case.payments)
    ratio = model.by_duration_ / model.by_duration_[:, :1]
    assert ratio == pytest.approx(np.tile(TRUE / TRUE[0], (3, 1)), rel=0.06)


SPELLS = (
    "household;unit;segment;start;end;destination\n"
    "H1;Provköping;vuxna;2024-01;;\n"
    "H2;Provköping;vuxna;2024-03;2024-09;work\n"
)


def small(folder: Path, rows: str, spells: str | None = SPELLS) -> Path:
    write(folder, spells=spells)
    text = "household;month;paid_sek\n" + rows
    (folder / "payments.csv").write_text(text, "utf-8")
    return folder


def test_without_spells_they_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    fault = only(small(tmp_path, "H1;2024-02;8000\n", None), "payments_without_spells")
    assert fault.severity == "warning"
    assert read_case(tmp_path).payments is None


def test_what_is_wrong_in_the_file_is_told_by_row(tmp_path: Path) -> None:
    rows = "H1;2024-02;åtta tusen\nH1;2027-02;8000\n;2024-03;8000\n"
    found = {(f.rule, f.row) for f in faults_of(small(tmp_path, rows))}
    assert {("not_a_number", 2), ("future_month", 3), ("empty_text", 4)} <= found


def unplaced(folder: Path, rows: str) -> list[str]:
    found = faults_of(small(folder, rows))
    return [str(f.value) for f in found if f.rule == "payments_unplaced"]


def test_payments_outside_their_spells_are_counted(tmp_path: Path) -> None:
    rows = "H1;2024-01;8000\nH1;2024-01;-500\nH2;2024-10;8000\nH3;2024-05;7000\n"
    assert unplaced(tmp_path / "some", rows) == ["2"]
    assert unplaced(tmp_path / "none", "H1;2024-02;8000\n") == []


def test_sums_that_part_from_the_monthly_figures_are_told(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("kommun.toml", "spells.csv", "staff.csv", "drivers.csv"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "payments.csv").write_bytes((folder / "payments.csv").read_bytes())
    known = read_case(folder).flows
    flows = known.assign(
        stock=known["start"], month=known["month"].dt.strftime("%Y-%m")
    )
    for factor, told in ((1.0, False), (1.5, True)):
        kept = flows.assign(paid_sek=flows["paid_sek"] * factor)
        columns = ["unit", "segment", "month", "stock", "inflow", "exits", "paid_sek"]
        kept[columns].to_csv(tmp_path / "flows.csv", sep=";", decimal=",", index=False)
        rules = {f.rule for f in faults_of(tmp_path)}
        assert ("payments_apart" in rules) == told


def test_a_personnummer_is_refused_here_too(tmp_path: Path) -> None:
    fault = only(
        small(tmp_path, "19121212-1212;2024-02;8000\n"), "personnummer_household"
    )
    assert fault.file == "payments.csv"
    assert "1212-1212" not in fault.message
