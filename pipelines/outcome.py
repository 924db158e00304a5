"""Everything a run found, in one frozen value that page, figures and tracking read."""

from dataclasses import dataclass, field

import pandas as pd

from ..models.effect import EffortEffect
from ..models.selection import Contest
from ..optimisation.plan import StaffingPlan
from .assumption import Assumption
from .doubts import Doubts
from .exittrial import Candidates
from .forecast import Forecast, YearForecast
from .futures import Future
from .registers import Case


@dataclass(frozen=True)
class RunInfo:
    """What identifies a run and lets another person repeat it.

    Attributes
    ----------
    run_id : str
        Name of the output folder and tag of the MLflow run.
    started : pandas.Timestamp
    version : str
        Version of bemanna.
    seed : int
    seconds : float
        Wall-clock time until the plan was made.
    command : str
        The command that repeats the run.
    """

    run_id: str
    started: pd.Timestamp
    version: str
    seed: int
    seconds: float
    command: str


@dataclass(frozen=True)
class Outcome:
    """What the run found.

    Attributes
    ----------
    case : Case
        The input as read, with its warnings.
    forecast : Forecast
    year : YearForecast
        Outcome so far plus forecast against the budget, per calendar year.
    effect : EffortEffect
        What a lighter caseload is assumed to do to exits, with its evidence.
    plans : tuple of StaffingPlan
        One per unit; empty where the register does not tell enough.
    exit_curve : pandas.DataFrame
        `segment, elapsed, hazard, lo-95, hi-95` at today's caseload; may be empty.
    cannot_tell : tuple of str
        What this register cannot tell, in the reader's language.
    assumptions : tuple of Assumption
    backtest : pandas.DataFrame
        Accuracy of the forecast on held-back months; may be empty.
    info : RunInfo
    exit_contest : Contest or None
        How the challenger of the exit model did; None where they were not compared.
    exit_check : pandas.DataFrame
        Exits against what was expected out of sample (`models.reliability`).
    exit_models : Candidates or None
        The exit models compared, as they may be stored.
    duration_mix : pandas.DataFrame
        What other courses of the exit probability would change, where only totals are
        known (`models.duration_mix`).
    doubts : tuple of Doubts
        What speaks against each plan, in their order; may be empty.
    futures : tuple of Future
        What each plan rests on, in their order.
    """

    case: Case
    forecast: Forecast
    year: YearForecast
    effect: EffortEffect
    plans: tuple[StaffingPlan, ...]
    exit_curve: pd.DataFrame
    cannot_tell: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    backtest: pd.DataFrame
    info: RunInfo
    exit_contest: Contest | None = None
    exit_check: pd.DataFrame = field(default_factory=pd.DataFrame)
    exit_models: Candidates | None = None
    duration_mix: pd.DataFrame = field(default_factory=pd.DataFrame)
    doubts: tuple[Doubts, ...] = ()
    futures: tuple[Future, ...] = ()
