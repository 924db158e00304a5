"""MLflow holds what was run, and never costs a result."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from outcomes import outcome

from bemanna.pipelines.modelruns import ModelRun, model_runs
from bemanna.pipelines.privacy import PrivacyError
from bemanna.pipelines.tracking import Tracker, tracked
from bemanna.pipelines.writing import whole_folder, write_text

PARENT = ModelRun("run", {"seed": 1}, {"saving_sek": 2.5e6, "missing": float("nan")})
CHILDREN = [
    ModelRun("exits", {"segments": "Arbetslösa, sjuka"}, {"loglik": -0.21}),
    ModelRun("plan", {}, {}, {"handlers": np.array([8.0, 9.0, 11.0])}),
]


def one_run(out: Path, name: str) -> Tracker:
    with tracked(name, out) as tracker, whole_folder(out / name) as folder:
        write_text(folder / "resultat.html", f"<p>{tracker.run}</p>")
        tracker.log(PARENT, CHILDREN, folder)
    return tracker


def runs(out: Path) -> dict[str, Run]:
    client = MlflowClient(f"sqlite:///{out / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("bemanna")
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id])
    return {run.info.run_name: run for run in found}


def test_parent_children_series_and_files_are_tracked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    tracker = one_run(tmp_path, "gavle-1")
    assert tracker.warning == ""
    found = runs(tmp_path)
    assert set(found) == {"gavle-1", "exits", "plan"}
    parent = found["gavle-1"]
    assert parent.info.run_id == tracker.run
    assert parent.data.metrics == {"saving_sek": 2.5e6}  # no NaN
    assert {run.info.status for run in found.values()} == {"FINISHED"}
    for name in ("exits", "plan"):
        assert found[name].data.tags["mlflow.parentRunId"] == tracker.run
    assert found["exits"].data.params == {"segments": "Arbetslösa, sjuka"}
    client = MlflowClient(tracker.uri)
    history = client.get_metric_history(found["plan"].info.run_id, "handlers")
    assert [(m.step, m.value) for m in history] == [(0, 8.0), (1, 9.0), (2, 11.0)]
    assert [f.path for f in client.list_artifacts(str(tracker.run))] == [
        "resultat.html"
    ]
    assert (tmp_path / "gavle-1" / "resultat.html").read_text() == (
        f"<p>{tracker.run}</p>"
    )
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""  # no migrations, no git, no advice
    assert "sqlite:///" in tracker.command
    assert "mlflow ui" in tracker.command


def test_a_run_that_fails_is_not_finished(out: Path) -> None:
    one_run(out, "good")
    with (
        pytest.raises(OSError, match="disk full"),
        tracked("bad", out),
        whole_folder(out / "bad"),
    ):
        raise OSError("disk full")
    found = runs(out)
    assert found["bad"].info.status == "FAILED"
    assert found["good"].info.status == "FINISHED"
    assert not (out / "bad").exists()


def test_a_personnummer_is_never_sent(out: Path) -> None:
    leaky = ModelRun("exits", {"household": "19121212-1212"})
    with pytest.raises(PrivacyError), tracked("leak", out) as tracker:
        tracker.log(PARENT, [leaky], out)
    folder = out / "files"
    folder.mkdir()
    (folder / "plan.csv").write_text("19121212-1212", encoding="utf-8")
    with pytest.raises(PrivacyError), tracked("leak2", out) as tracker:
        tracker.log(PARENT, CHILDREN, folder)
    found = runs(out)
    assert set(found) == {"leak", "leak2"}  # no child, and nothing in the parents
    assert all(not run.data.params for run in found.values())
    assert not (out / "mlartifacts").exists()


def test_a_dead_server_costs_a_warning_and_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    start = time.monotonic()
    tracker = one_run(tmp_path, "alone")
    assert time.monotonic() - start < 15
    assert tracker.run is None
    assert "MLflow" in tracker.warning
    assert "servern svarar inte" in tracker.warning
    assert "secret" not in tracker.warning
    assert (tmp_path / "alone" / "resultat.html").exists()


def test_a_store_of_ones_own_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "elsewhere"
    own.mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{own / 'mlflow.db'}")
    monkeypatch.chdir(own)  # a store without a place for files uses the working folder
    tracker = one_run(tmp_path / "out", "run")
    assert tracker.run is not None
    assert not (tmp_path / "out" / "mlflow.db").exists()
    assert set(runs(own)) == {"run", "exits", "plan"}


@pytest.mark.skipif(os.name == "nt", reason="kills by POSIX signal")
def test_a_killed_run_is_never_finished_and_the_next_one_works(out: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from bemanna.pipelines.tracking import tracked\n"
        "with tracked('killed', Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW")}
    killed = subprocess.run(
        [sys.executable, "-c", script, str(out)], env=environment, check=False
    )
    assert killed.returncode == -9
    assert runs(out)["killed"].info.status == "RUNNING"
    one_run(out, "next")
    found = runs(out)
    assert found["killed"].info.status == "KILLED"
    assert found["next"].info.status == "FINISHED"


def test_more_numbers_than_one_call_may_carry(out: Path) -> None:
    many = ModelRun(
        "many",
        {f"p{i}": i for i in range(230)},
        {f"m{i}": float(i) for i in range(1100)},
    )
    with tracked("run", out) as tracker:
        (out / "files").mkdir()
        tracker.log(PARENT, [many], out / "files")
    found = runs(out)["many"].data
    assert tracker.warning == ""
    assert len(found.params) == 230
    assert len(found.metrics) == 1100


def test_a_whole_outcome_is_tracked_with_its_models(out: Path) -> None:
    found = outcome("hires", ("Centrum", "Sätra"))
    (out / "files").mkdir()
    with tracked("run", out) as tracker:
        tracker.log(*model_runs(found), out / "files")
    assert tracker.warning == ""
    tracked_runs = runs(out)
    assert set(tracked_runs) == {
        "run",
        "inflow",
        "exits",
        "effect",
        "plan Centrum",
        "plan Sätra",
    }
    parent = tracked_runs["run"].data
    assert parent.params["economy.salary_month_sek"] == "38600.0"
    saved = sum(plan.saving_total.mean for plan in found.plans)
    assert parent.metrics["saving_sek"] == pytest.approx(saved)
    assert parent.metrics["year_2027_deviation_sek"] == 2.0e6
    assert tracked_runs["inflow"].data.metrics["served/mase"] == 0.74
    assert tracked_runs["effect"].data.params == {"borrowed": "True"}
    assert tracked_runs["plan Sätra"].data.metrics["breakeven_log_hr"] == 0.081


def test_stock_alone_is_tracked_too() -> None:
    parent, models = model_runs(outcome("stock"))
    assert [model.name for model in models] == ["inflow", "effect"]
    assert "saving_sek" not in parent.metrics
