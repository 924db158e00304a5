"""Spells become flows, rows of the exit model and what stands today; to the case."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from casefolder import TOML, flow_rows, read, staff_rows, write

from bemanna.models.domain import DESTINATIONS
from bemanna.pipelines.exposure import open_by_elapsed
from bemanna.pipelines.registers import (
    Case,
    flows_from_spells,
    read_case,
    rows_for_exits,
)


@pytest.fixture(scope="module")
def register() -> pd.DataFrame:
    """Spells drawn at random, some begun before the register and some still open."""
    rng = np.random.default_rng(7)
    n = 900
    start = rng.integers(-24, 36, n)
    end = start + rng.geometric(0.12, n) - 1
    seen = end >= 0
    months = pd.date_range("2021-01", "2030-01", freq="MS")
    frame = pd.DataFrame(
        {
            "household": [f"H{i}" for i in range(n)],
            "unit": rng.choice(["Norr", "Söder", "Väst"], n),
            "segment": rng.choice(["unga", "äldre"], n),
            "start": months[start + 24],
            "end": pd.Series(months[np.minimum(end, 80) + 24]).where(end < 36),
            "destination": np.where(end < 36, rng.choice(DESTINATIONS, n), ""),
            "hard": rng.integers(0, 2, n),
        }
    )
    return frame[seen].reset_index(drop=True)


@pytest.fixture(scope="module")
def case(register: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("case")
    base = TOML.replace("2026-01-15", "2026-01-15\nfrom_month = '2023-01'")
    toml = (
        "[staff]\nassumed_cases_per_handler = 40\n"
        '[effort.pilot]\nunit = "Norr"\nfrom_month = "2024-07"\n'
    )
    write(folder, flows="", staff="", toml=toml, base=base)
    register.to_parquet(folder / "spells.parquet")
    return read_case(folder)


def test_spells_alone_become_flows_to_the_last_case(
    case: Case, register: pd.DataFrame
) -> None:
    month = pd.Timestamp("2024-03-01")
    keys = ["unit", "segment", "month"]
    row = case.flows.set_index(keys).xs(("Norr", "unga", month))
    own = register[(register["unit"] == "Norr") & (register["segment"] == "unga")]
    served = (own["start"] <= month) & ~(own["end"] < month)
    assert row["served"] == served.sum()
    assert row["inflow"] == (own["start"] == month).sum()
    assert row["exits"] == (own["end"] == month).sum()
    assert (
        row["exits_work"]
        == ((own["end"] == month) & (own["destination"] == "work")).sum()
    )
    start = case.flows.groupby(["unit", "segment"])["start"].shift(-1).dropna()
    assert (start == case.flows.loc[start.index, "end"]).all()


@pytest.mark.parametrize("monthly", [False, True])
def test_rows_hold_every_month_and_exit_once(case: Case, monthly: bool) -> None:
    features, outcome = rows_for_exits(case, monthly=monthly)
    assert (outcome["stop"] > outcome["entry"]).all()
    months = (outcome["stop"] - outcome["entry"]).groupby(features["unit"]).sum()
    served = case.flows.groupby("unit")["served"].sum()
    assert months.to_dict() == served.to_dict()
    exits = outcome["exit"].value_counts()
    for name in DESTINATIONS:
        assert exits[name] == case.flows[f"exits_{name}"].sum()
    # the rows of a spell join up, and begin where the register first saw it
    step = outcome.groupby(features["household"])["stop"].shift()
    assert (step.dropna() == outcome.loc[step.notna(), "entry"]).all()
    first = outcome.groupby(features["household"])["entry"].first()
    assert case.spells is not None
    begun = case.spells.set_index("household")["start"]
    before = (2023 * 12) - (begun.dt.year * 12 + begun.dt.month - 1)
    assert (first == before.clip(lower=0).reindex(first.index)).all()
    assert {"segment", "unit", "caseload", "hard", "month"} <= set(features)


def test_no_row_runs_over_the_pilots_first_month(case: Case) -> None:
    features, outcome = rows_for_exits(case)
    number = features["month"].dt.year * 12 + features["month"].dt.month - 1
    last = number + outcome["stop"] - outcome["entry"] - 1
    pilot = 2024 * 12 + 6
    assert not ((number < pilot) & (last >= pilot)).any()


def test_rows_carry_the_caseload_of_their_months(tmp_path: Path) -> None:
    spells = "household;unit;segment;start;end;destination\n" + "".join(
        f"H{i};Provköping;vuxna;2023-01;{'2025-12;work' if i == 50 else ';'}\n"
        for i in range(100)
    )
    staff = [[u, m, "5" if m < "2025-01" else "10"] for u, m, _ in staff_rows()]
    flows = [[u, s, m, "100", "0", "0", p] for u, s, m, _, _, _, p in flow_rows()]
    features, outcome = rows_for_exits(read(write(tmp_path, flows, staff, spells)))
    assert features["caseload"].unique().tolist() == [20.0, 10.0]
    assert outcome["entry"].unique().tolist() == [12, 24]
    assert outcome["stop"].unique().tolist() == [24, 36]
    assert outcome["exit"].dropna().tolist() == ["work"]


def test_what_stands_at_the_start_of_the_forecast(case: Case) -> None:
    hazards = {unit: np.full((2, 24), 0.1) for unit in case.units}
    tables = open_by_elapsed(case, hazards, case.months[-1])
    for unit, table in tables.items():
        final = case.flows[case.flows["month"] == case.months[-1]]
        last = final[final["unit"] == unit].set_index("segment")["end"]
        assert table.shape == (2, 24)
        assert table.sum(axis=1).tolist() == last[list(case.segments)].tolist()
        assert (table[:, 0] == 0).all()
    assert case.spells is not None
    new = case.spells["start"] == case.months[-1]
    still = case.spells["end"].isna()
    wanted = (new & still).groupby(case.spells["unit"]).sum()
    assert tables["Norr"][:, 1].sum() == wanted["Norr"]


def test_later_exits_are_unknown_when_months_are_left_out(
    register: pd.DataFrame, tmp_path: Path
) -> None:
    base = TOML.replace(
        "2026-01-15", "2026-01-15\nfrom_month = '2023-01'\nprovisional_months = 6"
    )
    toml = "[staff]\nassumed_cases_per_handler = 40\n"
    write(tmp_path, flows="", staff="", toml=toml, base=base)
    register.to_parquet(tmp_path / "spells.parquet")
    case = read_case(tmp_path)
    assert case.spells is not None
    assert case.months[-1] == pd.Timestamp("2025-06-01")
    assert not (case.spells["end"] > case.months[-1]).any()
    features, outcome = rows_for_exits(case)
    assert (outcome["stop"] - outcome["entry"]).sum() == case.flows["served"].sum()
    assert set(features["unit"]) == set(case.units)


def test_spells_that_tell_another_story_are_warned_of(
    register: pd.DataFrame, tmp_path: Path
) -> None:
    months = (pd.Timestamp("2023-01"), pd.Timestamp("2025-12"))
    flows = flows_from_spells(register, *months)
    flows["month"] = flows["month"].dt.strftime("%Y-%m")
    flows = flows.rename(columns={"start": "stock"})
    keep = ["unit", "segment", "month", "stock", "inflow", "exits"]
    toml = "[staff]\nassumed_cases_per_handler = 40\n"
    folder = write(tmp_path, flows[keep].to_csv(index=False), staff="", toml=toml)
    register.to_parquet(folder / "spells.parquet")
    assert {f.rule for f in read(folder).warnings} == {"staff_assumed"}
    lost = (register["segment"] == "äldre") & (register.index % 5 == 0)
    register[~lost].to_parquet(folder / "spells.parquet")
    told = [f for f in read(folder).warnings if f.rule == "spells_disagree"]
    assert {f.message.split(" för ")[1].split(", månads")[0] for f in told} == {
        "Norr, äldre",
        "Söder, äldre",
        "Väst, äldre",
    }
    assert all(f.file == "spells.parquet" for f in told)
    assert {f.message.split()[3] for f in told} <= {"ärendemånader", "nya", "avslut"}
