"""What is learnt from a case, and what is left out of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bemanna.models.exits import ExitModel
from bemanna.pipelines.learning import (
    against_model,
    describing,
    exit_curve,
    spell_exits,
)
from bemanna.pipelines.registers import Case, read_case, rows_for_exits
from bemanna.pipelines.synthetic import simulate_default


def rows(n: int = 40) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "household": [f"H{i}" for i in range(n)],
            "segment": "vuxna",
            "unit": np.where(np.arange(n) % 2, "Norr", "Söder"),
            "month": pd.Timestamp("2024-01-01"),
            "caseload": 40.0,
            "spell_no": [str(i % 5) for i in range(n)],
            "age": [str(20 + i) for i in range(n)],
            "handler": [f"handläggare {i}" for i in range(n)],
            "hard": [str(i % 2) for i in range(n)],
            "same": "x",
        }
    )


def test_names_and_constants_describe_nobody() -> None:
    kept = describing(rows())
    assert list(kept.columns) == ["segment", "unit", "age", "hard"]


def test_a_number_written_as_text_is_a_number() -> None:
    assert pd.api.types.is_numeric_dtype(describing(rows())["age"])


def test_without_hazards_the_curve_is_an_empty_table() -> None:
    curve = exit_curve(None, {})  # type: ignore[arg-type]
    assert curve.empty
    assert list(curve.columns) == ["segment", "elapsed", "hazard", "lo-95", "hi-95"]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder: Path = tmp_path_factory.mktemp("three")
    simulate_default(folder, seed=4, months=60, cases=450)
    return read_case(folder)


def test_expected_exits_of_all_units_are_those_observed(three: Case) -> None:
    rows_, outcome = rows_for_exits(three)
    model = ExitModel().fit(rows_[["segment"]], outcome)
    hazard = model.hazard_by_destination(three.segments, 120).sum(-1)
    table = against_model(rows_, outcome, hazard, three)
    within = outcome["exit"].notna() & (outcome["stop"] <= 120)
    assert table["observed"].sum() == within.sum()
    assert table["expected"].sum() == pytest.approx(table["observed"].sum(), rel=0.03)


def test_a_small_unit_borrows_and_is_less_sure(three: Case) -> None:
    assert three.spells is not None
    small, *others = three.units
    spells = three.spells
    names = spells.loc[spells["unit"] == small, "household"].unique()[:8]
    kept = (spells["unit"] != small) | spells["household"].isin(names)
    thinned = replace(three, spells=spells[kept])
    draws, _ = spell_exits(thinned, np.random.default_rng(1), 300)
    logs = {unit: np.log(draws[unit][:, :, 6]) for unit in three.units}
    spread = {unit: table.std(0).mean() for unit, table in logs.items()}
    assert spread[small] >= 0.9 * max(spread[unit] for unit in others)
    # eight households may say anything; the unit stays near the others
    apart = np.abs(logs[small].mean() - np.mean([logs[u].mean() for u in others]))
    assert apart < 0.5
