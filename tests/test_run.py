"""A whole run as a user meets it: the command, its exit code, the files it leaves."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient
from shared import ROOT, shared_data
from typer.testing import CliRunner

from bemanna.models.domain import InputError
from bemanna.pipelines import surface
from bemanna.pipelines.cli import app
from bemanna.pipelines.documents import DOCUMENTS
from bemanna.pipelines.newcase import new_case
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.registers import read_case
from bemanna.pipelines.registry import versions
from bemanna.pipelines.run import find_out, run_case
from bemanna.pipelines.writing import Place

RUN = """[run]
horizon_months = 12
replications = 200
paths = 120
documents = false
"""
COMMAND = [sys.executable, "-c", "from bemanna.pipelines.cli import main; main()"]


def small_case(folder: Path, *more: str) -> Path:
    """Write the templates' example with a short horizon and further settings."""
    new_case(folder)
    toml = folder / "kommun.toml"
    text = toml.read_text("utf-8")
    text = text[: text.index("[run]")] + RUN
    for section in more:
        text = with_settings(text, section)
    toml.write_text(text, encoding="utf-8")
    return folder


def with_settings(text: str, section: str) -> str:
    """Put settings under their heading, or add the heading."""
    heading, _, body = section.partition("\n")
    if f"\n{heading}" in text:
        return text.replace(f"\n{heading}", f"\n{heading}\n{body}", 1)
    return f"{text}\n{section}\n"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Place, Path]:
    folder = small_case(tmp_path_factory.mktemp("kommun") / "case")
    out = folder / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surface, "BENEFITS", (1.0,))  # a smaller grid
        patch.setattr(surface, "AROUND", (0.0, 2.0))
        outcome, place = run_case(folder, out, seed=7, documents=True)
    return outcome, place, out


def test_the_files_are_there_and_read(ran: tuple[Outcome, Place, Path]) -> None:
    outcome, place, out = ran
    names = {path.name for path in place.folder.iterdir()}
    wanted = {"resultat.html", "resultat.json", "plan.csv", "forecast.csv"}
    assert wanted | {"helarsprognos.csv", "plan.svg", "plan.png"} <= names
    assert set(DOCUMENTS) <= names
    pictures = {"yearbridge.svg", "costcurve.svg"}
    assert pictures <= names
    page = (place.folder / "resultat.html").read_text("utf-8")
    assert all(f'href="{name}"' in page for name in DOCUMENTS)
    assert '<html lang="sv"' in page
    assert not re.search(r"(src|href)=[\"']?https?://", page)
    assert str(place.mlflow_run) in page
    assert outcome.plans[0].certificate.gap <= 1e-8
    hidden = [p.name for p in out.iterdir() if p.name.startswith(".")]
    assert not hidden


def test_one_exit_forecast_in_a_report(ran: tuple[Outcome, Place, Path]) -> None:
    """Today's staffing in the program gives the inflow, cases and exits forecast."""
    outcome = ran[0]
    forecast = outcome.forecast.frame()
    for plan in outcome.plans:
        for s, segment in enumerate(plan.unit.segments):
            series = forecast[
                (forecast["unit"] == plan.unit.name) & (forecast["segment"] == segment)
            ]
            for quantity, found in (
                ("exits", plan.today.exits[s]),
                ("served", plan.today.cases[s]),
            ):
                wanted = series.loc[series["quantity"] == quantity, "mean"]
                np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


def test_mlflow_has_a_parent_and_a_run_per_model(
    ran: tuple[Outcome, Place, Path],
) -> None:
    _, place, out = ran
    client = MlflowClient(f"sqlite:///{(out / 'mlflow.db').resolve()}")
    parent = client.get_run(str(place.mlflow_run))
    assert parent.info.status == "FINISHED"
    assert parent.data.params["seed"] == "7"
    experiment = parent.info.experiment_id
    mine = f"tags.`mlflow.parentRunId` = '{place.mlflow_run}'"
    children = client.search_runs([experiment], mine)
    names = {run.info.run_name for run in children}
    assert {"inflow", "exits", "effect"} < names
    artefacts = {item.path for item in client.list_artifacts(str(place.mlflow_run))}
    assert "resultat.html" in artefacts


def test_exit_models_of_a_run_are_versions_with_their_calibration(
    ran: tuple[Outcome, Place, Path],
) -> None:
    outcome, place, out = ran
    client = MlflowClient(f"sqlite:///{(out / 'mlflow.db').resolve()}")
    found = {version.alias: version for version in versions(client)}
    assert set(found) == {"antagen", "utmanare"}
    assert outcome.exit_contest is not None
    assert found["antagen"].won
    assert found["antagen"].number_of("gain") == abs(outcome.exit_contest.gain)
    assert found["antagen"].tags["run"] == place.mlflow_run
    assert found["antagen"].name.endswith("-simulerat")
    exits = client.get_model_version(found["antagen"].name, "1").run_id
    assert client.get_run(exits).info.run_name == "exits"
    files = {item.path for item in client.list_artifacts(exits)}
    assert files == {"models", "calibration.csv", "calibration.svg", "calibration.png"}


def test_the_same_seed_gives_the_same_plan(ran: tuple[Outcome, Place, Path]) -> None:
    outcome = ran[0]
    again = find_out(read_case(outcome.case.folder), seed=7)
    pd.testing.assert_frame_equal(again.plans[0].cash, outcome.plans[0].cash)
    pd.testing.assert_frame_equal(again.forecast.frame(), outcome.forecast.frame())


def test_without_any_effect_no_saving_from_exits_is_claimed(tmp_path: Path) -> None:
    nothing = "[effort]\nlog_hr_mean = 0.0\nlog_hr_sd = 0.001\nsource = 'noll'"
    folder = small_case(tmp_path / "case", nothing)
    for plan in find_out(read_case(folder), seed=3).plans:
        assert not plan.benefit_saving.low > 0
        paid = plan.today.benefit_sek.sum()
        assert abs(plan.benefit_saving.mean) < 1e-3 * paid
        assert plan.proposed.handlers.mean() <= plan.today.handlers.mean() + 0.5


def test_faults_come_all_at_once_with_exit_code_2(tmp_path: Path) -> None:
    folder = small_case(tmp_path / "case")
    flows = folder / "flows.csv"
    lines = flows.read_text("utf-8").splitlines()
    lines[3] = lines[3].replace(";", ";-", 4)
    lines[5] = lines[4]
    flows.write_text("\n".join(lines), encoding="utf-8")
    answer = CliRunner().invoke(app, ["check", str(folder), "--json"])
    assert answer.exit_code == 2
    rules = {fault["rule"] for fault in json.loads(answer.stdout)["faults"]}
    assert len(rules) >= 2
    ran = CliRunner().invoke(app, ["run", str(folder)])
    assert ran.exit_code == 2
    assert "Traceback" not in ran.output
    assert not (folder / "out").exists()


def test_limits_that_clash_are_named_with_exit_code_3(tmp_path: Path) -> None:
    folder = small_case(tmp_path / "case")
    last = read_case(folder).months[-1]
    tight = f'[staff_budget]\n"{last.year + 1}" = 1000.0'
    toml = folder / "kommun.toml"
    toml.write_text(with_settings(toml.read_text("utf-8"), tight), encoding="utf-8")
    answer = CliRunner().invoke(app, ["run", str(folder)])
    assert answer.exit_code == 3
    assert f"personalbudgeten {last.year + 1}" in answer.output
    results = list((folder / "out").glob("*/resultat.html"))
    assert not results


def test_a_missing_folder_is_the_users_mistake(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["run", str(tmp_path / "nowhere")])
    assert answer.exit_code == 2
    assert "Traceback" not in answer.output
    with pytest.raises(InputError):
        read_case(tmp_path / "nowhere")


def test_solve_answers_json_alone(tmp_path: Path) -> None:
    file = shared_data("oracle/core-02-level-mix.json")
    answer = CliRunner().invoke(app, ["solve", str(file)])
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["objective"] == pytest.approx(51630, rel=1e-9)
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    assert CliRunner().invoke(app, ["solve", str(broken)]).exit_code == 2


def test_help_is_in_both_languages() -> None:
    for sprak, word in (("sv", "bemanningsplan"), ("en", "staffing plans")):
        text = subprocess.run(
            [*COMMAND, "--sprak", sprak, "--help"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert word in text


@pytest.mark.parametrize(
    ("name", "plans"),
    [
        pytest.param("california", 3, id="california", marks=pytest.mark.soak),
        pytest.param("dalarna", 0, id="dalarna"),
    ],
)
def test_real_caseloads_run_by_settings_alone(
    name: str, plans: int, tmp_path: Path
) -> None:
    shared_data("us_california_general_relief_monthly_county.csv")
    folder = ROOT / "docs" / "real-data" / name
    told = ["--out", str(tmp_path / "out"), "--json", "--no-documents"]
    answer = CliRunner().invoke(app, ["run", str(folder), *told])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert len(found["units"]) == plans
    assert found["cannot_tell"]
    tables = list((tmp_path / "out").glob("*/forecast.csv"))
    assert len(tables) == 1
    quantities = set(pd.read_csv(tables[0], sep=None, engine="python")["quantity"])
    assert ("inflow" in quantities) == bool(plans)


def kill_at_random(folder: Path, times: int, longest: float, seed: int) -> None:
    """Kill runs at random moments; what is seen in the output folder is whole."""
    rng, out = random.Random(seed), folder / "out"
    for _ in range(times):
        with subprocess.Popen(
            [*COMMAND, "run", str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            time.sleep(rng.uniform(0.5, longest))
            os.kill(process.pid, signal.SIGKILL)
        for seen in out.glob("[!.]*/"):
            if seen.name != "mlartifacts":
                assert (seen / "resultat.html").exists()
                assert (seen / "plan.csv").exists()
    place = run_case(folder, out)[1]
    assert place.mlflow_run
    assert not place.warning
    assert not list(out.glob(".*"))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not known there")
def test_a_killed_run_leaves_nothing_half_written(tmp_path: Path) -> None:
    kill_at_random(small_case(tmp_path / "case"), times=2, longest=9.0, seed=5)


@pytest.mark.soak
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not known there")
def test_twenty_killed_runs_leave_nothing_half_written(tmp_path: Path) -> None:
    kill_at_random(small_case(tmp_path / "case"), times=20, longest=12.0, seed=6)
