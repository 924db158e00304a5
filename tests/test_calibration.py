"""The calibration of the exit model as table and figure, without few exits."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from outcomes import SEGMENTS, outcome
from test_figures import texts

from bemanna.pipelines.calibrationfigure import calibration_picture
from bemanna.pipelines.modelruns import EXIT_FILES, model_runs
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.page import write_results
from bemanna.pipelines.tables import calibration_table, read_table


def checked(sick: float = 3.0) -> Outcome:
    """Give an outcome whose exits are as expected, `sick` of them in one group."""
    observed = [40.0, sick, 60.0 - sick]
    groups = {
        "decile": [(str(i + 1), 10.0) for i in range(10)],
        "segment": list(zip(SEGMENTS, observed, strict=True)),
        "destination": [("work", 70.0), ("sickness_compensation", 30.0)],
    }
    rows = [(by, *group) for by, held in groups.items() for group in held]
    check = pd.DataFrame(rows, columns=["by", "group", "observed"])
    expected = check["observed"].clip(lower=1) * np.linspace(0.9, 1.1, len(check))
    ratio = check["observed"] / expected
    check = check.assign(
        months=expected * 25,
        expected=expected,
        ratio=ratio,
        low=0.7 * ratio,
        high=1.4 * ratio,
    )
    return replace(outcome("hires"), exit_check=check)


def test_few_exits_and_what_gives_them_away_are_blank() -> None:
    table = calibration_table(checked().exit_check).set_index(["by", "group"])
    blank = table["observed"].isna()
    # three of 100 exits, and the next smallest: else 100 - 40 - 57 tells
    assert set(table.index[blank]) == {
        ("segment", SEGMENTS[0]),
        ("segment", SEGMENTS[1]),
    }
    assert table.loc[blank, ["ratio", "low", "high"]].isna().all(axis=None)
    assert table["expected"].notna().all()
    assert not calibration_table(checked(20.0).exit_check).isna().any(axis=None)


def test_the_figure_shows_what_the_table_shows() -> None:
    picture = calibration_picture(checked(20.0), "sv")
    assert picture is not None
    said = texts(picture)
    for word in (*SEGMENTS, "Arbete", "Sjukersättning", "Väntat per månad, %"):
        assert word in said
    assert "15 av 15 intervall (95 %)" in picture.description
    hidden = calibration_picture(checked(), "en")
    assert hidden is not None
    assert SEGMENTS[1] not in texts(hidden)
    assert "Work" in texts(hidden)
    assert calibration_picture(outcome("hires")) is None


def test_files_and_numbers_of_the_exit_model(tmp_path: Path) -> None:
    found = checked()
    write_results(tmp_path, found)
    table = read_table(tmp_path / "calibration.csv")
    assert table["observed"].isna().sum() == 2
    page = (tmp_path / "resultat.html").read_text("utf-8")
    exits = next(run for run in model_runs(found)[1] if run.name == "exits")
    assert exits.files == EXIT_FILES
    for name in EXIT_FILES:
        assert (tmp_path / name).exists()
        assert name in page
    told = [name for name in exits.metrics if name.startswith("observed_over")]
    assert len(told) == 3 * (len(table) - 2)
    assert not [name for name in told if SEGMENTS[1] in name]
