"""What is written is whole or not there, and holds no personnummer."""

import inspect
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bemanna.models.domain import InputError
from bemanna.pipelines.privacy import PrivacyError
from bemanna.pipelines.writing import clean_leftovers, whole_folder, write_text

FILES, LINES = 25, 400


def visible(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if not p.name.startswith("."))


def write_runs(root: Path) -> None:
    """Write one run after the other until killed."""
    for run in range(10_000):
        with whole_folder(root / f"run-{os.getpid()}-{run}") as folder:
            (folder / "figures").mkdir()
            for i in range(FILES):
                place = folder / "figures" if i % 3 == 0 else folder
                write_text(place / f"{i}.csv", "månad;ärenden\n" * LINES)


#: A process of its own, not a fork: a fork of a process with threads may never wake.
WRITER = f"""
import os, sys
from pathlib import Path
from bemanna.pipelines.writing import whole_folder, write_text
FILES, LINES = {FILES}, {LINES}
{inspect.getsource(write_runs)}
print("ready", flush=True)
write_runs(Path(sys.argv[1]))
"""


def started(code: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True
    )


def assert_whole(folder: Path) -> None:
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert len(files) == FILES
    assert {p.read_text("utf-8").count("\n") for p in files} == {LINES}


@pytest.mark.skipif(os.name == "nt", reason="kills by POSIX signal")
@pytest.mark.parametrize("kills", [8, pytest.param(60, marks=pytest.mark.soak)])
def test_killed_at_any_moment_no_reader_meets_a_half_written_run(
    tmp_path: Path, kills: int
) -> None:
    rng = np.random.default_rng(20261122)
    left_hidden = 0
    for _ in range(kills):
        with started(WRITER, str(tmp_path)) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0.01, 0.15))
            writer.kill()
        for folder in visible(tmp_path):
            assert_whole(folder)
        left_hidden += len(list(tmp_path.glob(".*.part-*"))) > 0
        # the next run works and cleans up after the killed one
        with whole_folder(tmp_path / f"after-{writer.pid}") as folder:
            (folder / "figures").mkdir()
            for i in range(FILES):
                write_text(folder / f"{i}.csv", "månad;ärenden\n" * LINES)
        assert not list(tmp_path.glob(".*.part-*"))
    assert left_hidden > 0, "no kill hit a run in the middle: the test shows nothing"
    assert len(visible(tmp_path)) >= kills


def test_folder_is_hidden_until_the_block_ends(tmp_path: Path) -> None:
    final = tmp_path / "out" / "run"
    with whole_folder(final) as folder:
        write_text(folder / "plan.csv", "a;b\n")
        assert folder.parent == final.parent
        assert folder.name.startswith(".run.part-")
        assert visible(final.parent) == []
    assert visible(final.parent) == [final]
    assert (final / "plan.csv").read_text("utf-8") == "a;b\n"


def test_nothing_is_left_when_writing_fails(tmp_path: Path) -> None:
    def fill_the_disk() -> None:
        with whole_folder(tmp_path / "run") as folder:
            write_text(folder / "plan.csv", "a;b\n")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fill_the_disk()
    assert list(tmp_path.iterdir()) == []


def test_a_finished_run_is_never_overwritten(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "run") as folder:
        write_text(folder / "plan.csv", "first\n")
    with pytest.raises(InputError) as caught, whole_folder(tmp_path / "run"):
        pytest.fail("the block must not start")
    assert caught.value.faults[0].rule == "output_exists"
    assert (tmp_path / "run" / "plan.csv").read_text() == "first\n"


def test_a_personnummer_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    def leak() -> None:
        with whole_folder(tmp_path / "run") as folder:
            write_text(folder / "a.csv", "fine\n")
            write_text(folder / "b.csv", "hushåll 19121212-1212\n")

    with pytest.raises(PrivacyError):
        leak()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_the_living_and_other_folders_stay(tmp_path: Path) -> None:
    with started("") as dead:
        pass
    gone = tmp_path / f".old.part-{dead.pid}"
    (gone / "figures").mkdir(parents=True)
    database = tmp_path / f".mlflow.db.part-{dead.pid}-journal"
    database.write_text("")
    kept = [
        tmp_path / f".mine.part-{os.getpid()}",
        tmp_path / f".parents.part-{os.getppid()}",
        tmp_path / ".cache",
        tmp_path / "old.part-1234567",
    ]
    for folder in kept:
        folder.mkdir()
    assert set(clean_leftovers(tmp_path)) == {gone, database}
    assert sorted(tmp_path.iterdir()) == sorted(kept)
