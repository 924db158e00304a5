"""`bemanna adopt`: which exit model of a municipality is `@antagen`."""

from pathlib import Path
from typing import Any, NoReturn

from .adoptwords import beside_held, beside_other, called, upper_first
from .faults import Report
from .privacy import mask
from .registry import ADOPTED, Adoption, Version, adopt, adopted, objection, versions
from .tracking import knows_run, open_store, store_uri
from .trackwords import told_why, without_password


def find_store(run: str | None, out: Path | None) -> tuple[Path, str]:
    """Find the folder of results, and which of its runs is meant.

    Parameters
    ----------
    run : str or None
        Folder of a run's results, folder of a municipality or of many runs (then none
        is meant), or a run's name or id.
    out : Path or None
        Folder of results; `out` here unless given or known from `run`.
    """
    folder = Path(run or "")
    if not run or not folder.is_dir():
        return out or Path("out"), run or ""
    if (folder / "kommun.toml").exists():
        return out or folder / "out", ""
    if (folder / "mlflow.db").exists():
        return folder, ""
    folder = folder.resolve()
    return out or folder.parent, folder.name


def list_versions(root: Path, sprak: str = "sv") -> list[Version]:
    """List every version of every exit model in a store.

    Raises
    ------
    InputError
        There is no store, or it does not answer.
    """
    return _read(root, sprak)[1]


def adopt_run(
    root: Path,
    run: str,
    sprak: str = "sv",
    *,
    kind: str | None = None,
    anyway: str | None = None,
) -> Adoption:
    """Make a run's exit model `@antagen`.

    Parameters
    ----------
    root : Path
        Folder of results.
    run : str
        Name, or MLflow's id.
    kind : {"logit", "trees"}, optional
        The winner of the run's test unless given.
    anyway : str, optional
        Why the test is set aside.

    Raises
    ------
    InputError
        The run is unknown or has no model, or its test does not hold.
    """
    client, found = _read(root, sprak)
    own = [v for v in found if run in (v.tags.get("run"), v.tags.get("run_name"))]
    if not own:
        _no_model(client, run, found, sprak)
    runs = sorted({v.tags["run"] for v in own})
    if len(runs) > 1:
        _stop("adopt_several", sprak, value=run, known=", ".join(runs))
    if anyway is not None and not anyway.strip():
        _stop("adopt_reason", sprak)
    chosen = next(v for v in own if (v.kind == kind if kind else v.won))
    others = [v for v in found if v.name == chosen.name]
    held = adopted(others)
    if held is not None and held.number == chosen.number:
        return Adoption(held, held, "")
    against = objection(chosen, others)
    if against and anyway is None:
        told = beside_other(chosen, sprak)
        if against == "worse" and held is not None:
            told = beside_held(chosen, held, sprak)
        model = upper_first(called(chosen, sprak))
        _stop(f"adopt_{against}", sprak, value=model, told=told)
    adopt(client, chosen, others, mask(anyway or "") if against else "")
    return Adoption(chosen._replace(alias=ADOPTED), held, against)


def _read(root: Path, sprak: str) -> tuple[Any, list[Version]]:
    """Open the store and list its versions."""
    try:
        client = open_store(root)
        return client, versions(client)
    except FileNotFoundError:
        _stop("adopt_no_store", sprak, value=root)
    except Exception as error:  # whatever a server answers
        uri = without_password(store_uri(root))
        _stop("adopt_store", sprak, value=uri, reason=told_why(error, sprak))


def _no_model(client: Any, run: str, found: list[Version], sprak: str) -> NoReturn:
    if knows_run(client, run):
        _stop("adopt_no_model", sprak, value=run)
    names = {v.tags.get("run_name", "") for v in found}
    nearest = Report(sprak).nearest(run, names)
    _stop("adopt_unknown_run", sprak, value=run, nearest=nearest)


def _stop(rule: str, sprak: str, value: object = "", **words: str) -> NoReturn:
    report = Report(sprak)
    report.add(rule, file="", row=None, column="", value=value, **words)
    report.stop_if_faulty()
    raise AssertionError(rule)  # every rule of adoption is a fault
