"""A run, from a case folder to results: read, forecast, learn, plan, write, track."""

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ..models.domain import InfeasibleError
from ..optimisation.plan import StaffingPlan
from .assumptions import assumptions
from .conflicts import in_words
from .documents import propose
from .doubting import doubts_of
from .durationmix import cannot_say
from .forecast import Forecast, forecast_flows
from .futures import Future, unit_future
from .language import translator
from .learning import Learned, learn
from .modelruns import model_runs
from .offers import offer
from .outcome import Outcome, RunInfo
from .page import write_results
from .planning import plan_unit, staff_budgets
from .registers import Case, read_case
from .tracking import tracked
from .writing import Place, whole_folder
from .yearforecast import helarsprognos

Step = Callable[[str], None]


def run_case(
    folder: Path,
    out: Path | None = None,
    sprak: str = "sv",
    *,
    seed: int | None = None,
    documents: bool | None = None,
    step: Step = lambda text: None,
) -> tuple[Outcome, Place]:
    """Run a case folder and write what came out, whole or not at all.

    Parameters
    ----------
    folder : Path
        Case folder with kommun.toml.
    out : Path, optional
        Where runs and the MLflow store are kept; `out` in the folder unless given.
    sprak : {"sv", "en"}
    seed : int, optional
        Instead of the one in kommun.toml.
    documents : bool, optional
        Whether to draw up the budget proposal's documents; as kommun.toml says unless
        given.
    step : callable
        Told what is being done.

    Raises
    ------
    InputError
        The input is faulty; every fault is in it.
    InfeasibleError
        The stated limits cannot hold together.
    """
    _ = translator(sprak)
    started = time.monotonic()
    out = folder / "out" if out is None else out
    step(_("Reads and checks the input"))
    case = read_case(folder, sprak)
    seed = case.settings.run.seed if seed is None else seed
    name = f"{pd.Timestamp.now():%Y-%m-%d-%H%M%S}"
    about = {"municipality": case.settings.municipality.name}
    with tracked(name, out, sprak, about) as tracker:
        with whole_folder(out / name) as place:
            outcome = find_out(case, seed, name, sprak, step, started)
            proposal = None
            if documents or (documents is None and case.settings.run.documents):
                step(_("Solves what-if questions for the documents"))
                proposal = propose(outcome, sprak)
            step(_("Writes the results"))
            write_results(place, outcome, sprak, tracker.run, tracker.command, proposal)
            step(_("Tracks the run in MLflow"))
            tracker.log(*model_runs(outcome), place)
            offered = offer(outcome, tracker.run)
        tracker.register(offered)
    return outcome, Place(out / name, tracker.run, tracker.command, tracker.warning)


def find_out(
    case: Case,
    seed: int,
    name: str = "",
    sprak: str = "sv",
    step: Step = lambda text: None,
    started: float | None = None,
) -> Outcome:
    """Find out what a case holds; touches no file."""
    _ = translator(sprak)
    started = time.monotonic() if started is None else started
    for_learning, for_forecast, for_plans = np.random.default_rng(seed).spawn(3)

    step(_("Learns who leaves assistance, and when"))
    learned = learn(case, for_learning, case.settings.run.paths)
    step(_("Forecasts inflow, cases and payments"))
    forecast = forecast_flows(
        case,
        for_forecast,
        learned.exit_draws or None,
        learned.benefit_draws or None,
        sprak=sprak,
    )
    year = helarsprognos(case, forecast, sprak=sprak)
    planned, cannot = plan_units(case, learned, forecast, for_plans, sprak, step)
    futures, plans = zip(*planned, strict=True) if planned else ((), ())
    if plans:
        step(_("Asks how sure the plan is"))
    doubts = doubts_of(case, planned, learned.effect)
    return Outcome(
        case=case,
        forecast=forecast,
        year=year,
        effect=learned.effect,
        plans=plans,
        exit_curve=learned.curve,
        cannot_tell=cannot,
        assumptions=assumptions(case, learned, forecast, plans, sprak),
        backtest=forecast.backtest,
        info=RunInfo(
            run_id=name,
            started=pd.Timestamp.now(),
            version=version("bemanna"),
            seed=seed,
            seconds=time.monotonic() - started,
            command=f"bemanna run {case.folder} --seed {seed}",
        ),
        exit_contest=learned.exit_contest,
        exit_check=learned.exit_check,
        exit_models=learned.exit_models,
        duration_mix=learned.duration_mix,
        doubts=doubts,
        futures=futures,
    )


def plan_units(
    case: Case,
    learned: Learned,
    forecast: Forecast,
    rng: np.random.Generator,
    sprak: str,
    step: Step,
) -> tuple[tuple[tuple[Future, StaffingPlan], ...], tuple[str, ...]]:
    """Plan every unit that the register tells enough about, and say what it does not.

    Raises
    ------
    InfeasibleError
        Naming the unit whose limits cannot hold together.
    """
    _ = translator(sprak)
    if not learned.exit_draws:
        text = _(
            "Who comes and who leaves: the register has no inflow and exits, so no "
            "staffing plan can be made."
        )
        return (), (text,)
    cannot = []
    if case.spells is None:
        cannot.append(cannot_say(learned.duration_mix, case, sprak))
        cannot.append(_("How many of those who leave come back."))
    if not learned.benefit_draws:
        cannot.append(
            _("What assistance costs: payments are missing, so no plan can be valued.")
        )
        return (), tuple(cannot)
    pilot = case.settings.effort.pilot
    if pilot is not None and learned.effect.borrowed:
        text = _(
            "What the pilot in {unit} shows: it cannot be judged, since controls are "
            "too few or its caseload did not become lighter."
        )
        cannot.append(text.format(unit=pilot.unit))
    elif learned.effect.borrowed and case.settings.effort.log_hr_mean is None:
        cannot.append(
            _(
                "What a lighter caseload does here: there is no pilot of your own with "
                "controls, so the effect is borrowed from published studies."
            )
        )
    planned = []
    for unit, own in zip(case.units, rng.spawn(len(case.units)), strict=True):
        step(_("Plans and checks {unit}").format(unit=unit))
        future = unit_future(case, unit, learned, forecast)
        if not future.is_open:
            text = _("{unit}: it has no handlers or no cases, so it has no plan.")
            cannot.append(text.format(unit=unit))
            continue
        try:
            planned.append((future, plan_unit(case, future, learned.effect, own)))
        except InfeasibleError as error:
            years = [b.label for b in staff_budgets(case.settings, future)]
            text = f"{unit}: {in_words(error.conflict, years, sprak)}"
            raise InfeasibleError(text, list(error.conflict)) from error
    return tuple(planned), tuple(cannot)
