"""The learning stage: who leaves, who returns, what is paid, what effort does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from ..models.benefit import BenefitModel
from ..models.domain import Array
from ..models.effect import EffortEffect
from ..models.exits import ExitModel
from ..models.pilot import difference_in_differences, observed_expected
from ..models.pooling import draw_factors, pool
from ..models.returns import return_shares
from ..models.selection import Contest
from .durationmix import learn_duration_mix
from .exittrial import Candidates, Trial, exit_model
from .exposure import MONTHS, monthly
from .registers import Case, rows_for_exits

#: Columns of the exit rows that name or date a row instead of describing it.
NOT_COVARIATES = ["household", "month", "caseload", "spell_no"]
#: A covariate with more levels than this is a name, not a description.
MOST_LEVELS = 12


@dataclass(frozen=True)
class Learned:
    """What a register teaches.

    Attributes
    ----------
    exit_draws : mapping unit -> array (n, S, M)
        Draws of the monthly exit probability by segment and elapsed month at today's
        caseload; empty where the register does not tell.
    benefit_draws : mapping unit -> array (n, S)
        SEK per household-month; empty where payments are unknown.
    reentry : array (S, R)
        Share of exits that return 1, 2, ... months later; zero where unknown.
    effect : EffortEffect
    curve : pandas.DataFrame
        `segment, elapsed, hazard, lo-95, hi-95`.
    benefit : BenefitModel or None
    exit_contest : Contest or None
        How the challenger did against the exit model; None where they were not
        compared.
    exit_check : pandas.DataFrame
        Exits against what was expected out of sample (`models.reliability`).
    exit_models : Candidates or None
        The models compared, as they may be stored.
    duration_mix : pandas.DataFrame
        What other courses of the exit probability would change, where only totals are
        known (`models.duration_mix`).
    """

    effect: EffortEffect
    reentry: Array
    exit_draws: Mapping[str, Array] = field(default_factory=dict)
    benefit_draws: Mapping[str, Array] = field(default_factory=dict)
    curve: pd.DataFrame = field(default_factory=pd.DataFrame)
    benefit: BenefitModel | None = None
    exit_contest: Contest | None = None
    exit_check: pd.DataFrame = field(default_factory=pd.DataFrame)
    exit_models: Candidates | None = None
    duration_mix: pd.DataFrame = field(default_factory=pd.DataFrame)


def learn(case: Case, rng: np.random.Generator, draws: int) -> Learned:
    """Learn everything that a case can teach.

    Parameters
    ----------
    case : Case
    rng : numpy.random.Generator
    draws : int
        How many draws carry the uncertainty on.
    """
    for_exits, for_benefit = rng.spawn(2)
    exit_draws, trial = learn_exits(case, for_exits, draws)
    benefit_draws, benefit = learn_benefit(case, for_benefit, draws)
    return Learned(
        effect=learn_effect(case),
        reentry=learn_returns(case),
        exit_draws=exit_draws,
        benefit_draws=benefit_draws,
        curve=exit_curve(case, exit_draws),
        benefit=benefit,
        exit_contest=None if trial is None else trial.judged,
        exit_check=pd.DataFrame() if trial is None else trial.check,
        exit_models=None if trial is None else trial.candidates,
        duration_mix=learn_duration_mix(case) if exit_draws else pd.DataFrame(),
    )


def learn_exits(
    case: Case, rng: np.random.Generator, draws: int
) -> tuple[dict[str, Array], Trial | None]:
    """Exit probability by unit, segment and months on assistance.

    From spells it is that of the exit model, or of its challenger where that one
    predicted households it had not seen clearly better.

    The caseload is left out on purpose: in routine data it goes with how hard cases
    are, and what it does to exits is the effect's business.
    """
    if case.spells is not None:
        return spell_exits(case, rng, draws)
    if not case.knows_flows:
        return {}, None
    by_unit = {}
    for unit in case.units:
        start, served, end, exits = (
            monthly(case, unit, column, case.months)
            for column in ("start", "served", "end", "exits")
        )
        told = np.asarray(np.isfinite(served + exits).any(axis=1))
        has = np.isfinite(np.stack([start, served, end])).any((0, 2))
        if (has & ~told).any() or not told.any():
            return {}, None  # a group whose exits nobody knows
        names = tuple(np.array(case.segments)[told])
        totals = ExitModel.from_flows(served[told], exits[told], names)
        drawn = totals.draws(rng, draws, names, MONTHS)
        # a group that the unit does not have gets the others' mean, for no cases
        by_unit[unit] = np.repeat(drawn.mean(1, keepdims=True), told.size, axis=1)
        by_unit[unit][:, told] = drawn
    return by_unit, None


def spell_exits(
    case: Case, rng: np.random.Generator, draws: int
) -> tuple[dict[str, Array], Trial | None]:
    """Exit probability of each unit from spells.

    Units share one model, and each differs from it by a factor on its exits that is
    drawn towards the others' as far as its own exits leave it open (`models.pooling`).
    """
    rows, outcome = rows_for_exits(case)
    covariates = describing(rows).drop(columns="unit", errors="ignore")
    model, trial = exit_model(covariates, outcome, rows["household"], rng)
    if len(case.units) == 1:
        shared = model.draws(rng, draws, case.segments, MONTHS)
        return {case.units[0]: shared}, trial
    hazard = model.hazard_by_destination(case.segments, MONTHS).sum(-1)
    pooled = pool(against_model(rows, outcome, hazard, case)).reindex(case.units)
    factors = draw_factors(pooled.dropna(), rng, draws)
    place = {unit: i for i, unit in enumerate(pooled.dropna().index)}
    units = len(case.units)
    every = model.draws(rng, draws * units, case.segments, MONTHS)
    by_unit = dict(zip(case.units, np.split(every, units), strict=True))
    for unit, at in place.items():  # where nobody was served there are no own exits
        own = np.log(factors[:, at, None, None])
        by_unit[unit] = expit(logit(by_unit[unit]) + own)
    return by_unit, trial


def against_model(
    rows: pd.DataFrame, outcome: pd.DataFrame, hazard: Array, case: Case
) -> pd.DataFrame:
    """Observed exits of each unit, and those that hazards (S, M) would have given."""
    segments, months = hazard.shape
    unit = pd.Index(case.units).get_indexer(pd.Index(rows["unit"]))
    segment = pd.Index(case.segments).get_indexer(pd.Index(rows["segment"]))
    first, after = (
        np.minimum(outcome[c].to_numpy(int), months) for c in ("entry", "stop")
    )
    came = np.zeros((len(case.units), segments, months + 1))
    np.add.at(came, (unit, segment, first), 1)
    np.add.at(came, (unit, segment, after), -1)
    at_risk = came.cumsum(-1)[..., :months]
    left = outcome["exit"].notna() & (outcome["stop"] <= months)
    table = pd.DataFrame(
        {
            "unit": case.units,
            "observed": np.bincount(unit[left], minlength=len(case.units)),
            "expected": np.einsum("usm,sm->u", at_risk, hazard),
        }
    )
    return table[table["expected"] > 0]


def describing(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep what describes a household: not its name, nor what never varies.

    A text of many levels is a number written as text, such as an age, or a name.
    """
    kept = rows.drop(columns=NOT_COVARIATES, errors="ignore")
    for name in kept.columns.difference(["segment", "unit"]):
        if kept[name].nunique() > MOST_LEVELS:
            kept[name] = pd.to_numeric(kept[name], errors="coerce")
    levels = kept.nunique()
    known = kept.notna().all() & (levels > 1)
    return kept.loc[:, known | (kept.columns == "segment")]


def learn_benefit(
    case: Case, rng: np.random.Generator, draws: int
) -> tuple[dict[str, Array], BenefitModel | None]:
    """SEK per household-month; nothing where payments are unknown and unstated."""
    assumed = case.settings.economy.benefit_sek_month
    paid = case.flows["paid_sek"].where(case.flows["served"] > 0)
    known = (paid > 0).groupby(case.flows["segment"]).any().all()
    if not known and assumed is None:
        return {}, None
    model = BenefitModel(case.segments, assumed_sek_month=assumed)
    model.fit(case.flows, case.payments)
    amounts = model.draws(rng, draws)
    return dict.fromkeys(case.units, amounts), model


def learn_returns(case: Case) -> Array:
    """Share of exits that return, by segment and lag; zero without spells."""
    if case.spells is None:
        return np.zeros((len(case.segments), 0))
    return return_shares(case.spells, case.segments, case.months[-1])


def learn_effect(case: Case) -> EffortEffect:
    """Take published evidence, or an own view, and add an own pilot if there is one."""
    own, pilot = case.settings.effort, case.settings.effort.pilot
    if own.log_hr_mean is not None and own.log_hr_sd is not None:
        effect = EffortEffect.fixed(own.log_hr_mean, own.log_hr_sd, own.source)
    else:
        effect = EffortEffect.from_evidence()
    if pilot is None or case.spells is None:
        return effect
    start = pd.Timestamp(pilot.from_month)
    rows, outcome = rows_for_exits(case, split_at=[start])
    after = (rows["month"] >= start).to_numpy()
    known = describing(rows).assign(unit=rows["unit"], caseload=rows["caseload"])
    try:
        table = observed_expected(ExitModel(), known, outcome, after, [pilot.unit])
        estimate = difference_in_differences(table, [pilot.unit])
    except ValueError:  # too few controls, or no lighter caseload: `run` says it
        return effect
    return EffortEffect.combine(effect, estimate)


def exit_curve(case: Case, exit_draws: Mapping[str, Array]) -> pd.DataFrame:
    """Exit probability by segment and elapsed month, averaged over the units' cases."""
    if not exit_draws:
        return pd.DataFrame(columns=["segment", "elapsed", "hazard", "lo-95", "hi-95"])
    served = case.flows.groupby(["unit", "segment"])["served"].sum()
    weight = np.array(
        [
            [served.get((unit, name), 0.0) for name in case.segments]
            for unit in exit_draws
        ]
    )
    weight = weight / np.maximum(weight.sum(0), 1e-12)  # (U, S)
    draws = np.einsum("us,unsm->nsm", weight, np.array(list(exit_draws.values())))
    months = draws.shape[-1]
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {
            "segment": np.repeat(case.segments, months),
            "elapsed": np.tile(np.arange(months), len(case.segments)),
            "hazard": draws.mean(0).ravel(),
            "lo-95": low.ravel(),
            "hi-95": high.ravel(),
        }
    )
