"""`bemanna backtest`, from a case folder to tables, figure and tracked runs."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ..models.accuracy import ALL, MIX, MODELS, SCORES
from ..models.domain import Array
from .backtest import ORIGINS, Backtest, Step, backtest
from .backtestfigure import backtest_picture
from .backtesttables import accuracy_table, windows_table
from .language import translator
from .modelruns import ModelRun
from .registers import read_case
from .tables import write_table
from .tracking import tracked
from .writing import Place, whole_folder


def run_backtest(
    folder: Path,
    out: Path | None = None,
    sprak: str = "sv",
    *,
    horizon: int | None = None,
    origins: int = ORIGINS,
    step: Step = lambda text: None,
) -> tuple[Backtest, Place]:
    """Backtest a case folder and write what came out, whole or not at all.

    Parameters
    ----------
    folder : Path
        Case folder with kommun.toml.
    out : Path, optional
        Where results and the MLflow store are kept; `out` in the folder unless given.
    sprak : {"sv", "en"}
    horizon, origins : int
        As in `backtest.backtest`.
    step : callable
        Told what is being done.

    Returns
    -------
    found : Backtest
    place : Place
        Holds `backtest.csv`, `backtest_windows.csv`, `backtest.svg` and
        `backtest.png`.

    Raises
    ------
    InputError
        The input is faulty or too short; every fault is in it.
    """
    _ = translator(sprak)
    out = folder / "out" if out is None else out
    step(_("Reads and checks the input"))
    case = read_case(folder, sprak)
    # before anything is opened, so that faulty input leaves nothing behind
    found = backtest(case, horizon, origins, sprak, step)
    name = f"backtest-{pd.Timestamp.now():%Y-%m-%d-%H%M%S}"
    tags = {"municipality": case.settings.municipality.name}
    with (
        tracked(name, out, sprak, tags) as tracker,
        whole_folder(out / name) as place,
    ):
        step(_("Writes the results"))
        write_table(place / "backtest.csv", accuracy_table(found), sprak)
        write_table(place / "backtest_windows.csv", windows_table(found), sprak)
        backtest_picture(found, sprak).save(place)
        step(_("Tracks the run in MLflow"))
        tracker.log(*backtest_runs(found, name, origins), place)
    return found, Place(out / name, tracker.run, tracker.command, tracker.warning)


def backtest_runs(
    found: Backtest, name: str, origins: int
) -> tuple[ModelRun, list[ModelRun]]:
    """Give the record of the backtest, and one for each model that forecast something.

    Returns
    -------
    parent : ModelRun
        How it was made, and how the mix did.
    children : list of ModelRun
        Scores by quantity as metrics, and by month ahead as series whose step is the
        month ahead.
    """
    case = found.case
    params = {
        "bemanna_version": version("bemanna"),
        "simulated": case.simulated,
        "horizon": found.horizon,
        "origins_asked": origins,
        "origins": found.windows["cutoff"].nunique(),
        "quantities": ", ".join(found.quantities),
        "series": found.windows["unique_id"].nunique(),
        "first_month": f"{case.months[0]:%Y-%m}",
        "last_month": f"{case.months[-1]:%Y-%m}",
    }
    parent = ModelRun(name, params, dict(_scores(found, MIX)))
    children = []
    for model in MODELS:
        metrics = dict(_scores(found, model))
        if metrics:
            series = dict(_by_month(found, model))
            children.append(ModelRun(model, {"model": model}, metrics, series))
    return parent, children


def _scores(found: Backtest, model: str) -> Iterator[tuple[str, float]]:
    table = found.accuracy
    whole = (table["months_ahead"] == ALL) & (table["size"] == ALL)
    for row in table[whole & (table["model"] == model)].to_dict("records"):
        for score in (*SCORES, "windows"):
            yield f"{row['quantity']}/{score}", float(row[score])


def _by_month(found: Backtest, model: str) -> Iterator[tuple[str, Array]]:
    table = found.by_month[found.by_month["model"] == model]
    for quantity, rows in table.groupby("quantity", sort=False):
        scores = rows.set_index("step").reindex(range(found.horizon + 1))
        for score in SCORES:
            # from 0, where there is none, so that the step is the month ahead
            yield f"{quantity}/{score}_by_month", scores[score].to_numpy(float)
