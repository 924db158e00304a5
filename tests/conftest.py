"""Helpers beside the tests, and the benchmarks they sample, can be imported."""

import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "benchmarks")]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store with tables and no run: MLflow takes two seconds for it."""
    from bemanna.pipelines.tracking import _make_store

    folder = tmp_path_factory.mktemp("store")
    _make_store(folder)
    return folder / "mlflow.db"


@pytest.fixture
def out(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an output root with an empty store."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return Path(shutil.copy(empty_store, tmp_path / "mlflow.db")).parent
