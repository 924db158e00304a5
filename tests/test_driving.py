"""A driver named in kommun.toml: merged, told of, and refused where it is not there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from casefolder import write

from bemanna.models.domain import InputError
from bemanna.models.inflow import PanelForecaster
from bemanna.pipelines.driving import driver_notes, with_driver
from bemanna.pipelines.registers import Case, read_case
from bemanna.pipelines.wide import long, wide

MONTHS, AHEAD = 96, 12
NAMED = '[run]\ndriver = "arbetslöshet"\n[files]\ndrivers = "drivers.csv"\n'


def case_with(folder: Path, future: int = 0, toml: str = NAMED) -> Case:
    """Write a municipality of five groups whose inflow follows unemployment."""
    rng = np.random.default_rng(2)
    months = pd.date_range("2018-01-01", periods=MONTHS + AHEAD, freq="MS")
    rate = 7 + 1.5 * np.sin(np.arange(MONTHS + AHEAD) / 9)
    stamps = months.strftime("%Y-%m")
    rows = []
    for group in "abcde":
        coming = rng.poisson(60 * np.exp(0.12 * (rate - 7)))
        stock = 500
        for t in range(MONTHS):
            new = int(coming[t])
            rows.append(
                ["Norr", group, stamps[t], str(stock), str(new), str(new), "4250000"]
            )
    stamps_of = [["Norr", stamp, "12"] for stamp in stamps[:MONTHS]]
    write(folder, flows=rows, staff=stamps_of, toml=toml)
    known = MONTHS + future
    table = pd.DataFrame({"month": stamps[:known], "arbetslöshet": rate[:known]})
    table.to_csv(folder / "drivers.csv", sep=";", decimal=",", index=False)
    return read_case(folder)


def fitted(case: Case) -> PanelForecaster:
    rows, scenario = with_driver(case, long(wide(case, "inflow")), AHEAD)
    return PanelForecaster(AHEAD, driver="arbetslöshet").fit(rows, scenario=scenario)


def test_a_scenario_is_read_and_told(tmp_path: Path) -> None:
    model = fitted(case_with(tmp_path, future=AHEAD))
    assert model.driven_ is not None
    assert not model.driven_.is_assumed
    effect, assumed = driver_notes(model.driven_, "arbetslöshet")
    assert "fler nya ärenden" in effect
    assert "95 %" in effect
    assert assumed.startswith("Antagen framtid för arbetslöshet, årsmedel: 2026: ")


def test_without_a_future_one_is_assumed_and_said(tmp_path: Path) -> None:
    model = fitted(case_with(tmp_path))
    assert model.driven_ is not None
    assert model.driven_.is_assumed
    assert "antas gå tillbaka" in driver_notes(model.driven_, "arbetslöshet")[-1]
    assert "assumed to return" in driver_notes(model.driven_, "arbetslöshet", "en")[-1]


@pytest.mark.parametrize(
    ("toml", "rule"),
    [
        (NAMED.replace('driver = "arb', 'driver = "ARB'), "driver_missing"),
        ('[run]\ndriver = "varsel"\n', "driver_missing"),
    ],
)
def test_a_driver_that_is_not_there_is_refused(
    tmp_path: Path, toml: str, rule: str
) -> None:
    case = case_with(tmp_path, toml=toml)
    with pytest.raises(InputError) as error:
        with_driver(case, long(wide(case, "inflow")), AHEAD)
    assert [fault.rule for fault in error.value.faults] == [rule]
    assert error.value.faults[0].value in str(error.value)
