"""Output written whole or not at all: a hidden folder that is renamed when done.

A reader of the output folder never meets a half-written run. Everything is written
to `.<run>.part-<pid>` beside the final folder, forced to disk, and moved into place
by one rename, which the file system does at once or not at all. What a killed run
leaves behind is hidden, and removed when the next run starts.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..models.domain import Fault, InputError
from .privacy import guard

#: `.<run>.part-<pid>`: hidden, and tells whose it is; a database has a journal too.
PART = re.compile(r"^\..+\.part-(?P<pid>\d+)(-journal|-wal|-shm)?$")


@dataclass(frozen=True)
class Place:
    """Where the results of a run are.

    Attributes
    ----------
    folder : Path
        Holds `resultat.html` and every other file.
    mlflow_run : str or None
        MLflow's id of the run; None where it could not be tracked.
    mlflow_command : str
        What shows it in a browser.
    warning : str
        Why it was not tracked; empty if it was.
    """

    folder: Path
    mlflow_run: str | None = None
    mlflow_command: str = ""
    warning: str = ""


@contextmanager
def whole_folder(final: Path) -> Iterator[Path]:
    """Give a hidden folder to write in; it becomes `final` when the block ends well.

    Parameters
    ----------
    final : Path
        The folder that readers will see. Must not exist.

    Yields
    ------
    Path
        A sibling of `final`, on the same file system.

    Raises
    ------
    InputError
        If `final` exists: a finished run is never overwritten.
    """
    if final.exists():
        raise InputError([_taken(final)])
    final.parent.mkdir(parents=True, exist_ok=True)
    clean_leftovers(final.parent)
    part = final.parent / f".{final.name}.part-{os.getpid()}"
    part.mkdir()
    try:
        yield part
        _force_to_disk(part)
        # A rename onto an empty folder would succeed: look once more.
        if final.exists():
            raise InputError([_taken(final)])
        part.rename(final)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(final.parent)


def clean_leftovers(parent: Path) -> list[Path]:
    """Remove what killed runs left in `parent`; the living keep their folders."""
    gone = [path for path in parent.glob(".*.part-*") if _is_abandoned(path)]
    for path in gone:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return gone


def write_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a text that the personnummer guard has passed.

    Raises
    ------
    PrivacyError
        If the text holds a personnummer; nothing is written then.
    """
    guard(text)
    path.write_text(text, encoding=encoding, newline="\n")
    return path


def _taken(final: Path) -> Fault:
    return Fault(
        rule="output_exists",
        message=f"Utdatamappen finns redan: {final} / The output folder exists.",
        remedy="Välj ett annat namn eller flytta mappen. / Choose another name.",
        file=str(final),
    )


def _is_abandoned(path: Path) -> bool:
    found = PART.match(path.name)
    if found is None:
        return False
    pid = int(found["pid"])
    return pid != os.getpid() and not is_alive(pid)


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs; always yes where asking would end it."""
    if os.name == "nt":  # signal 0 is no question there
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's process, and alive
        return True
    return True


def _force_to_disk(folder: Path) -> None:
    """Flush files, then the folders that name them, so that a rename hides nothing."""
    paths = list(folder.rglob("*"))
    for path in [p for p in paths if p.is_file()]:
        _sync(path)
    for path in [p for p in paths if p.is_dir()] + [folder]:
        _sync(path)


def _sync(path: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
