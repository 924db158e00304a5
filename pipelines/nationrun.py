"""`bemanna national`, from published tables to the page, from beginning to end."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ..models.domain import InfeasibleError
from ..models.steady import spared_months
from .bridge import bridge
from .bridgefigure import bridge_picture
from .bridgetable import bridge_table
from .conflicts import named_limits
from .language import translator
from .municipalities import known_figures
from .nation import Assumptions, Locality, draw_world, national_case
from .nationalinputs import NationalInputs, Sourced
from .nationbudget import budgeted
from .nationfigures import county_picture, frontier_picture, tornado_picture
from .nationpage import PAGE, nation_page
from .nationrecord import nation_json, nation_runs
from .nationreport import NationReport
from .nationresult import PlannedNation
from .nationwork import plan_nation
from .outcome import RunInfo
from .tables import write_table
from .tracking import tracked
from .writing import Place, whole_folder, write_text

#: Where a national run goes when no folder is named, and where it keeps its parts.
FOLDER, PARTS = Path("riket"), "delar"
#: Progress is told at each so-manieth municipality.
TOLD = 10

Step = Callable[[str], None]


def run_nation(
    out: Path | None = None,
    sprak: str = "sv",
    *,
    assumed: Assumptions | None = None,
    more: pd.DataFrame | None = None,
    sources: tuple[str, ...] = (),
    budget: float = 1.0,
    floor: float = 0.0,
    workers: int = 2,
    cluster: str | None = None,
    step: Step = lambda text: None,
) -> tuple[NationReport, Place]:
    """Plan all municipalities and write what came out, whole or not at all.

    Parameters
    ----------
    out : Path, optional
        Where results, finished municipalities and the MLflow store are kept.
    sprak : {"sv", "en"}
    assumed : Assumptions, optional
    more : DataFrame, optional
        What the user has fetched, see `municipalities`.
    sources : tuple of str
        Its source lines.
    budget, floor : float
        See `nationbudget.budgeted`.
    workers : int
    cluster : str, optional
        See `nationwork.plan_nation`.
    step : callable
        Told what is being done.

    Returns
    -------
    found : NationReport
    place : Place
        Holds `riket.html`, `riket.json`, `kommuner.csv`, `bridge.csv` and pictures.

    Raises
    ------
    InputError
        Faulty figures of the user's, or a cluster that does not answer.
    InfeasibleError
        No staffing keeps the budget.
    """
    _ = translator(sprak)
    assumed, started = assumed or Assumptions(), time.monotonic()
    out = FOLDER / "out" if out is None else out
    name = f"riket-{pd.Timestamp.now():%Y-%m-%d-%H%M%S}"
    step(_("Allocates national totals to municipalities"))
    for_world, for_places = np.random.default_rng(assumed.seed).spawn(2)
    known = known_figures(assumed.year, more, sprak)
    table = known.table()
    drawn = known.draws(assumed.replications, for_places)
    world = draw_world(assumed, for_world)
    places = [
        Locality(str(code), str(called), drawn[:, 0, k], drawn[:, 1, k])
        for k, (code, called) in enumerate(table["municipality"].items())
    ]

    def tell(done: int, of: int, left: float) -> None:
        if done % TOLD and done < of:
            return
        text = _("Plans the municipalities: {done} of {all}").format(done=done, all=of)
        if np.isfinite(left) and done < of:
            text += _(", {seconds} s left").format(seconds=round(left))
        step(text)

    planned = plan_nation(
        places,
        world,
        assumed,
        out / PARTS,
        workers=workers,
        cluster=cluster,
        sprak=sprak,
        tell=tell,
    )
    nation = PlannedNation(assumed, world, places, planned)
    step(_("Plans all under one budget"))
    try:
        under = budgeted(places, world, assumed, budget, floor)
    except InfeasibleError as clash:
        years = [_("year {n}").format(n=y + 1) for y in range(assumed.horizon_months)]
        limits = named_limits(clash.conflict, years, sprak)
        text = _("Nobody can keep to that: {limits}. Raise --budget or lower --floor.")
        raise InfeasibleError(
            text.format(limits=limits), list(clash.conflict)
        ) from clash
    report = NationReport(
        nation=nation,
        table=table,
        budget=under,
        bridge=bridge(inputs_of(nation, sprak)),
        sources=sources,
        info=RunInfo(
            run_id=name,
            started=pd.Timestamp.now(),
            version=version("bemanna"),
            seed=assumed.seed,
            seconds=time.monotonic() - started,
            command=command_of(assumed, budget, floor),
        ),
    )
    with (
        tracked(name, out, sprak, {"municipality": "riket"}) as tracker,
        whole_folder(out / name) as place,
    ):
        step(_("Writes the results"))
        write_nation(place, report, sprak, tracker.run, tracker.command)
        step(_("Tracks the run in MLflow"))
        tracker.log(*nation_runs(report), place)
    return report, Place(out / name, tracker.run, tracker.command, tracker.warning)


def command_of(assumed: Assumptions, budget: float, floor: float) -> str:
    """Write the command that repeats a run; fetched files are named by their source."""
    usual = Assumptions()
    told = {
        "--seed": (assumed.seed, None),
        "--draws": (assumed.replications, usual.replications),
        "--cases-per-handler": (assumed.cases_per_handler, usual.cases_per_handler),
        "--budget": (budget, 1.0),
        "--floor": (floor, 0.0),
    }
    options = [f"{k} {v:g}" for k, (v, default) in told.items() if v != default]
    return " ".join(["bemanna national", *options])


def inputs_of(nation: PlannedNation, sprak: str = "sv") -> NationalInputs:
    """Gather what the bridge ends in from what was drawn and planned."""
    _ = translator(sprak)
    assumed, world = nation.assumed, nation.world
    cost = national_case(nation.places[0], assumed).settings.economy
    year_sek = 12 * cost.handler_cost_month_sek * world.handler_cost
    published = NationalInputs.published(
        Sourced(
            year_sek,
            _("Pay and employer charges, overhead from none to {share} %").format(
                share=round(100 * assumed.overhead_share)
            ),
            assumed.cost_year,
        ),
        Sourced(
            spared_months(world.hazard),
            _("Modelled from mean months and long-term share"),
            assumed.year,
        ),
        Sourced(world.log_hr, _("Published evidence"), assumed.year),
        Sourced(nation.lasting, _("All municipalities planned"), assumed.year),
    )
    months = Sourced(
        world.mean_months,
        _("Published for 2013, and implied by payments in 2024"),
        assumed.year,
    )
    return replace(published, mean_months=months)


def write_nation(
    folder: Path,
    found: NationReport,
    sprak: str = "sv",
    mlflow_run: str | None = None,
    mlflow_command: str = "",
) -> None:
    """Write tables, pictures, JSON and the page."""
    budget = found.budget
    pictures = {
        "bridge": bridge_picture(found.bridge, sprak),
        "counties": county_picture(found.counties(), sprak),
        "tornado": tornado_picture(
            found.nation.swings(), float(found.nation.lasting.mean()), sprak
        ),
        "frontier": frontier_picture(
            budget.frontier.factors,
            budget.today_sek - budget.frontier.totals,
            budget.frontier.impossible,
            sprak,
        ),
    }
    written = [
        write_table(folder / "bridge.csv", bridge_table(found.bridge, sprak), sprak),
        write_table(folder / "kommuner.csv", found.municipal_rows(), sprak),
    ]
    for picture in pictures.values():
        written += picture.save(folder)
    text = json.dumps(nation_json(found), ensure_ascii=False, indent=1)
    written.append(write_text(folder / "riket.json", text + "\n"))
    names = [path.name for path in written]
    page = nation_page(found, pictures, names, sprak, mlflow_run, mlflow_command)
    write_text(folder / PAGE, page)
