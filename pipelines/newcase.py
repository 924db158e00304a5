"""A new case folder: commented templates with a small made-up example that runs."""

from importlib.resources import files
from pathlib import Path

from .faults import Report
from .reading import reason

#: What a new folder holds, each explained in the last.
TEMPLATES = (
    "kommun.toml",
    "flows.csv",
    "spells.csv",
    "staff.csv",
    "events.toml",
    "pilot.toml",
    "LÄSMIG.txt",
)


def new_case(folder: Path, sprak: str = "sv") -> tuple[Path, ...]:
    """Write templates and a made-up example to a folder, which is made if needed.

    Parameters
    ----------
    folder : Path
    sprak : str
        Language of faults; the templates are Swedish.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    InputError
        If a file would be overwritten or the folder cannot be written; nothing is
        written then.
    """
    report = Report(sprak)
    folder = Path(folder)
    targets = {name: folder / name for name in TEMPLATES}
    for name, path in targets.items():
        if path.exists():
            report.add("file_exists", file=str(path), value=name)
    if folder.exists() and not folder.is_dir():
        report.add("not_a_folder", file=str(folder), value=folder.name)
    report.stop_if_faulty()
    source = files(__package__).joinpath("templates")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in targets.items():
            with path.open("xb") as stream:  # never over a file that just appeared
                stream.write(source.joinpath(name).read_bytes())
    except OSError as error:
        why = reason(error, sprak)
        report.add("cannot_write", file=str(folder), reason=why)
        report.stop_if_faulty()
    return tuple(targets.values())
