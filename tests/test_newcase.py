"""`bemanna new`: templates that explain everything and run as they are."""

import re
import tomllib
from pathlib import Path

import pytest
from test_config import every_field

from bemanna.models.domain import InputError
from bemanna.pipelines.config import Settings
from bemanna.pipelines.newcase import TEMPLATES, new_case
from bemanna.pipelines.registers import Case, read_case, rows_for_exits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ny") / "djupt" / "ärende"
    written = new_case(path)
    assert {p.name for p in written} == set(TEMPLATES)
    return path


@pytest.fixture(scope="module")
def case(folder: Path) -> Case:
    return read_case(folder)


def test_the_example_is_sound_and_labelled_made_up(case: Case) -> None:
    assert case.warnings == ()
    assert case.simulated
    assert case.knows_flows
    assert len(case.months) == 36
    assert len(case.segments) == 2
    assert 60 < case.flows.groupby("month")["served"].sum().mean() < 120


def test_its_spells_and_flows_tell_the_same_story(case: Case) -> None:
    _, outcome = rows_for_exits(case)
    assert (outcome["stop"] - outcome["entry"]).sum() == case.flows["served"].sum()
    assert outcome["exit"].notna().sum() == case.flows["exits"].sum()


def test_the_template_mentions_every_setting(folder: Path) -> None:
    text = (folder / "kommun.toml").read_text("utf-8")
    for name, _ in every_field():
        key = name.split(".")[1]
        assert key in text, name


def test_the_template_still_holds_with_its_options_taken(folder: Path) -> None:
    """Every commented setting is right: take the # away and the file is valid."""
    text = (folder / "kommun.toml").read_text("utf-8")
    option = re.compile(r"^# (?=\[[\w.]+\]|[\w\"]+ = )", re.MULTILINE)
    data = tomllib.loads(option.sub("", text))
    kept = Settings.model_validate(data)
    assert kept.levers.robot is not None
    assert kept.effort.pilot is not None
    assert kept.columns.flows["paid_sek"].scale == 1000


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "flows.csv").write_text("mina siffror", "utf-8")
    with pytest.raises(InputError) as caught:
        new_case(tmp_path)
    (fault,) = caught.value.faults
    assert fault.rule == "file_exists"
    assert [p.name for p in tmp_path.iterdir()] == ["flows.csv"]
    assert (tmp_path / "flows.csv").read_text("utf-8") == "mina siffror"


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("", "utf-8")
    with pytest.raises(InputError, match="inte en mapp"):
        new_case(tmp_path / "x")
