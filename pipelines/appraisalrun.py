"""`bemanna appraise`, from pilot.toml or HASKY to tables, text, figure and MLflow."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ..models.domain import Interval
from ..optimisation.appraisal import Appraisal
from .appraisalfigure import appraisal_picture
from .appraisalreport import TEXT, text
from .appraisaltables import appraisal_json, appraisal_table
from .hasky import hasky
from .language import translator
from .modelruns import ModelRun
from .pilotcase import Appraised, Step, appraised, read_pilot_case
from .tables import write_table
from .tracking import tracked
from .writing import Place, whole_folder, write_text

#: Where HASKY's appraisal goes when no folder is named.
HASKY_FOLDER = Path("hasky")


def run_appraisal(
    folder: Path | None = None,
    out: Path | None = None,
    sprak: str = "sv",
    *,
    published: bool = False,
    seed: int | None = None,
    step: Step = lambda text: None,
) -> tuple[Appraised, Place]:
    """Appraise a pilot and write what came out, whole or not at all.

    Parameters
    ----------
    folder : Path, optional
        Case folder with pilot.toml; HASKY, as published, where left out.
    out : Path, optional
        Where results and the MLflow store are kept; `out` in the folder unless given.
    sprak : {"sv", "en"}
    published : bool
        Appraise HASKY, and use the folder for results alone.
    seed : int, optional
        Of the draws of what is uncertain; 1 unless given.
    step : callable
        Told what is being done.

    Returns
    -------
    found : Appraised
    place : Place
        Holds `appraisal.md`, `.csv`, `.json`, `.svg` and `.png`.

    Raises
    ------
    InputError
        The input is faulty; every fault is in it.
    """
    _ = translator(sprak)
    rng = np.random.default_rng(1 if seed is None else seed)
    out = (folder or HASKY_FOLDER) / "out" if out is None else out
    step(_("Reads and checks the input"))
    # before anything is opened, so that faulty input leaves nothing behind
    if folder is None or published:
        case = hasky(rng, sprak)
    else:
        case = read_pilot_case(folder, rng, sprak)
    found = appraised(case)
    name = f"appraise-{pd.Timestamp.now():%Y-%m-%d-%H%M%S}"
    with (
        tracked(name, out, sprak, {"pilot": case.name}) as tracker,
        whole_folder(out / name) as place,
    ):
        step(_("Writes the results"))
        write_table(place / "appraisal.csv", appraisal_table(found), sprak)
        answer = appraisal_json(found, sprak=sprak)
        written = json.dumps(answer, ensure_ascii=False, indent=1)
        write_text(place / "appraisal.json", written + "\n")
        write_text(place / TEXT, text(found, sprak))
        appraisal_picture(found, sprak).save(place)
        step(_("Tracks the run in MLflow"))
        tracker.log(*appraisal_runs(found, name), place)
    return found, Place(out / name, tracker.run, tracker.command, tracker.warning)


def appraisal_runs(found: Appraised, name: str) -> tuple[ModelRun, list[ModelRun]]:
    """Give the record of the appraisal, and one for each horizon."""
    case, pilot = found.case, found.case.pilot
    params = {
        "bemanna_version": version("bemanna"),
        "pilot": case.name,
        "simulated": case.simulated,
        "currency": case.currency,
        "months": pilot.months,
        "handlers_added": pilot.handlers_added,
        "caseload_before": pilot.caseload_before,
        "caseload_after": pilot.caseload_after,
        "exits": pilot.total,
        "benefit_case_month": case.costs.benefit_case_month_sek,
        "handler_year": case.costs.handler_year_sek.middle,
        "counterfactual": found.year.source or "none",
    }
    children = [
        ModelRun(
            f"{result.horizon_months} months",
            {"horizon_months": result.horizon_months},
            _metrics(result),
        )
        for result in found.results
    ]
    return ModelRun(name, params, _metrics(found.year)), children


def _metrics(result: Appraisal) -> dict[str, float]:
    """Give sums at the middle cost of a handler; what is not known is left out."""
    at = result.middle
    metrics = {
        "benefit_gross_sek": result.benefit_sek.if_all_extra,
        "staff_sek": at.staff_sek,
        "net_gross_sek": at.net_sek.if_all_extra,
        "breakeven_exits": at.breakeven.exits,
    }
    known = {
        "breakeven_log_hr_halving": at.breakeven.log_hr_halving,
        "probability_saves": at.probability_saves,
    }
    metrics |= {name: value for name, value in known.items() if value is not None}
    for name, value in {
        "extra_exits": result.extra_exits,
        "net_sek": at.net_sek.expected,
    }.items():
        metrics |= _ends(name, value)
    return metrics


def _ends(name: str, found: Interval | None) -> dict[str, float]:
    if found is None:
        return {}
    ends = {"": found.mean, "_lo_80": found.low, "_hi_80": found.high}
    return {f"{name}{end}": value for end, value in ends.items()}
