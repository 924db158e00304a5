"""MLflow: one parent run per pipeline run, one child per model.

Only this room, `registry` and `served` know MLflow, and they import it late: two
seconds that `--help` and `check` need not wait for. A run is opened before the results
are written, so that the page can name it, and closed as FINISHED only after the output
folder is in place: a run killed in between stays visibly unfinished. Versions of its
models are made then too. Tracking never costs a result: a server
that does not answer is a warning, and the files are written all the same.
"""

import logging
import math
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..models.domain import BemannaError
from .modelruns import ModelRun
from .offers import Offer
from .privacy import guard
from .registry import register
from .trackwords import told
from .writing import is_alive

EXPERIMENT = "bemanna"
#: Tag with the process of a run.
PID = "bemanna.pid"
#: What a person could read in a file, and so what a personnummer could stand in.
TEXTS = {".html", ".csv", ".json", ".md", ".svg", ".txt", ".toml"}
#: Most parameters and metrics that one call to a tracking server may carry.
MOST_PARAMS, MOST_METRICS = 100, 1000
#: Said before the import: nothing is reported home, a dead server is soon given up.
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}


@dataclass
class Tracker:
    """A run being tracked; `run` is None where MLflow could not be reached.

    Attributes
    ----------
    run : str or None
        MLflow's id of the parent run.
    uri : str
        The tracking store.
    warning : str
        Why tracking failed, in the reader's language; empty if it did not.
    """

    run: str | None
    uri: str
    warning: str = ""
    _client: Any = None
    _experiment: str = ""
    _sprak: str = "sv"
    _open: list[str] = field(default_factory=list)
    _children: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """What shows the run in a browser; empty where a server shows it already."""
        local = self.uri.startswith("sqlite")
        return f"mlflow ui --backend-store-uri {self.uri}" if local else ""

    def log(self, parent: ModelRun, models: list[ModelRun], folder: Path) -> None:
        """Log parameters, metrics and one child per model, then the files of `folder`.

        Raises
        ------
        PrivacyError
            If a text holds a personnummer: that stops the run, nothing is sent.
        """
        for model in [parent, *models]:
            for name, value in model.params.items():
                guard(f"{name}: {value}")
        for path in folder.rglob("*"):
            if path.suffix in TEXTS:
                guard(path.read_text("utf-8"))
        self._try(lambda: self._log_all(parent, models, folder))

    def register(self, offered: Offer | None) -> None:
        """Make versions of the run's exit models, once its files are in place."""
        if offered is not None:
            run = self._children.get("exits", str(self.run))
            self._try(lambda: register(self._client, run, offered))

    def close(self, status: str) -> None:
        """End every open run with `FINISHED` or `FAILED`; what was cut short failed."""
        runs, self._open = self._open, []
        with suppress(Exception):  # a server that is gone has been told of already
            for run in reversed(runs):  # the parent last
                end = "FAILED" if self.warning else status
                self._client.set_terminated(run, end)

    def _log_all(self, parent: ModelRun, models: list[ModelRun], folder: Path) -> None:
        self._log_one(str(self.run), parent)
        for model in models:
            tags = {"mlflow.parentRunId": self.run, **_owner()}
            child = self._client.create_run(
                self._experiment, run_name=model.name, tags=tags
            ).info.run_id
            self._open.append(child)
            self._children[model.name] = child
            self._log_one(child, model)
            for name in model.files:
                if (folder / name).exists():
                    self._client.log_artifact(child, str(folder / name))
        self._client.log_artifacts(self.run, str(folder))

    def _log_one(self, run: str, model: ModelRun) -> None:
        from mlflow.entities import Metric, Param

        now = int(time.time() * 1000)
        values = [(_key(k), float(v), 0) for k, v in model.metrics.items()]
        for name, series in model.series.items():
            values += [(_key(name), float(v), t) for t, v in enumerate(series)]
        metrics = [Metric(k, v, now, t) for k, v, t in values if math.isfinite(v)]
        params = [Param(_key(k), str(v)[:500]) for k, v in model.params.items()]
        batches = max(len(params) / MOST_PARAMS, len(metrics) / MOST_METRICS)
        for i in range(math.ceil(batches)):
            self._client.log_batch(
                run,
                params=params[i * MOST_PARAMS : (i + 1) * MOST_PARAMS],
                metrics=metrics[i * MOST_METRICS : (i + 1) * MOST_METRICS],
            )

    def _try(self, action: Callable[[], object]) -> None:
        """Do it unless tracking has already failed; a failure becomes the warning."""
        if self.warning:
            return
        try:
            action()
        except BemannaError:
            raise
        except Exception as error:  # whatever a server or a full disk answers
            self.warning = told(error, self.uri, self._sprak)


@contextmanager
def tracked(
    run_name: str, out_root: Path, sprak: str = "sv", tags: Mapping[str, str] = {}
) -> Iterator[Tracker]:
    """Open the parent run; it is FINISHED only if the block ends well.

    Enter it before `whole_folder`, so that the folder is in place when the run closes::

        with tracked(name, out, sprak) as tracker, whole_folder(out / name) as folder:
            ...                                  # write, with `tracker.run` on the page
            tracker.log(*model_runs(outcome), folder)

    Parameters
    ----------
    run_name : str
        Name of the output folder.
    out_root : Path
        Holds `mlflow.db` and `mlartifacts` unless MLFLOW_TRACKING_URI names a store.
    tags : mapping
        More tags of the parent run, e.g. the municipality.
    """
    uri = store_uri(out_root)
    tracker = Tracker(run=None, uri=uri, _sprak=sprak)
    guard(" ".join([run_name, *tags.values()]))
    tracker._try(lambda: _open_run(tracker, run_name, out_root, tags))
    try:
        yield tracker
    except BaseException:
        tracker.close("FAILED")
        raise
    tracker.close("FINISHED")


def store_uri(out_root: Path) -> str:
    """Where runs are tracked: MLFLOW_TRACKING_URI, or the folder's own database."""
    return os.environ.get("MLFLOW_TRACKING_URI") or _default_uri(out_root)


def open_store(out_root: Path) -> Any:
    """Open the store that holds the runs of a folder of results, with its client.

    Raises
    ------
    FileNotFoundError
        The folder has no runs; none is made.
    """
    uri = store_uri(out_root)
    if uri == _default_uri(out_root) and not (out_root / "mlflow.db").exists():
        raise FileNotFoundError(out_root)
    return _client(uri)


def knows_run(client: Any, name: str) -> bool:
    """Whether a run of that name or id was tracked."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        return False
    words = f"'{name}'" if "'" not in name else f'"{name}"'
    ways = (f"attributes.run_name = {words}", f"attributes.run_id = {words}")
    where = [found.experiment_id]
    return any(client.search_runs(where, way, max_results=1) for way in ways)


def _open_run(
    tracker: Tracker, name: str, out_root: Path, tags: Mapping[str, str]
) -> None:
    artefacts = None
    if tracker.uri == _default_uri(out_root):
        _make_store(out_root)
        artefacts = (out_root / "mlartifacts").resolve().as_uri()
    client = _client(tracker.uri)
    found = client.get_experiment_by_name(EXPERIMENT)
    tracker._client = client
    tracker._experiment = (
        found.experiment_id
        if found
        else client.create_experiment(EXPERIMENT, artifact_location=artefacts)
    )
    if artefacts:
        _end_killed(client, tracker._experiment)
    source = {"mlflow.source.name": "bemanna", "mlflow.source.type": "LOCAL"}
    all_tags = {**source, **_owner(), **tags}
    run = client.create_run(tracker._experiment, run_name=name, tags=all_tags)
    tracker.run = run.info.run_id
    tracker._open.append(run.info.run_id)


def _owner() -> dict[str, str]:
    return {PID: str(os.getpid())}


def _end_killed(client: Any, experiment: str) -> None:
    """Mark runs whose process is gone as KILLED: they would look busy for ever."""
    running = "attributes.status = 'RUNNING'"
    for run in client.search_runs([experiment], running, max_results=1000):
        pid = run.data.tags.get(PID, "")
        if pid.isdigit() and not is_alive(int(pid)):
            client.set_terminated(run.info.run_id, "KILLED")


def _default_uri(out_root: Path) -> str:
    return f"sqlite:///{(out_root / 'mlflow.db').resolve()}"


def _make_store(out_root: Path) -> None:
    """Create the database beside its place and move it there in one step.

    MLflow builds its tables in dozens of migrations: killed between two of them, it
    could not open the file again.
    """
    file = out_root / "mlflow.db"
    out_root.mkdir(parents=True, exist_ok=True)
    if file.exists() or os.name == "nt":  # an open file cannot be moved there
        return
    part = out_root / f".mlflow.db.part-{os.getpid()}"
    _client(f"sqlite:///{part.resolve()}").search_experiments(max_results=1)
    part.replace(file)


def _client(uri: str) -> Any:
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=uri)


def _key(name: str) -> str:
    """Keep what MLflow allows in a name: a segment may be called anything."""
    return re.sub(r"[^\w.\- /]", "_", name)[:250]
