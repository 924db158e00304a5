"""What the result rests on, number by number, with where each comes from."""

import numpy as np

from ..models.effect import EffortEffect
from ..optimisation.plan import StaffingPlan
from .assumption import Assumption
from .durationmix import course_assumption
from .forecast import Forecast
from .intakewords import intake_assumptions
from .language import money, number, percent, translator
from .learning import Learned
from .levels import LIGHTEST
from .leverwords import assumed
from .registers import Case
from .scenario import counted_effects, effects, when
from .wording import halving, per_unit


def assumptions(
    case: Case,
    learned: Learned,
    forecast: Forecast,
    plans: tuple[StaffingPlan, ...],
    sprak: str = "sv",
) -> tuple[Assumption, ...]:
    """List every number that a reader may want to question."""
    _ = translator(sprak)
    rows = [*_effect(learned.effect, sprak), *_people(case, learned, sprak)]
    if plans:
        rows += [*_money(case, sprak), *_staff(case, sprak), *_range(case, sprak)]
        rows += [*intake_assumptions(case, plans, sprak), *assumed(case, sprak)]
    if not forecast.calibration.empty:
        observed = forecast.calibration["observed_exits"].sum()
        expected = forecast.calibration["expected_exits"].sum()
        ratio = observed / expected if expected > 0 else np.nan
        rows.append(
            Assumption(
                _("Exits in the last 12 months against what the exit model expects"),
                percent(ratio, sprak=sprak),
                _("the register"),
            )
        )
    return (*rows, *_events(case, forecast, sprak))


def _events(case: Case, forecast: Forecast, sprak: str) -> list[Assumption]:
    """Dated events that are counted, as the user assumes them."""
    _ = translator(sprak)
    known = (forecast.inflow is not None, forecast.paid is not None)
    counted = counted_effects(flows=known[0], payments=known[1])
    rows = []
    for event in case.events:
        inside = [name for name in counted if event.effect(name)]
        changes = event.changes_after(case.months[-1], forecast.months)
        if event.active and changes and inside:
            rows.append(
                Assumption(
                    _("Scenario: {name}, {when}").format(
                        name=event.name, when=when(event, sprak)
                    ),
                    effects(event, inside, sprak),
                    event.source,
                )
            )
    return rows


def _effect(effect: EffortEffect, sprak: str) -> list[Assumption]:
    _ = translator(sprak)
    text = _("this many more exits: {x}").format(x=halving(effect, sprak))
    sources = {
        "evidence": _("published studies"),
        "assumed": "; ".join(effect.sources) or _("assumed in kommun.toml"),
        "pilot": _("a pilot here"),
        "both": _("published studies and a pilot here"),
    }
    source = sources[effect.parts[-1].name]
    return [Assumption(_("Half as many cases per handler gives"), text, source)]


def _people(case: Case, learned: Learned, sprak: str) -> list[Assumption]:
    _ = translator(sprak)
    rows = []
    judged = learned.exit_contest
    if judged is not None:
        text = (
            _("boosted trees; they predicted unseen households better than the logit")
            if judged.is_won
            else _("a logit; boosted trees did not predict unseen households better")
        )
        source = _("the register, {n} households in {folds} folds")
        rows.append(
            Assumption(
                _("Model of who leaves"),
                text,
                source.format(
                    n=number(judged.households, sprak=sprak), folds=judged.folds
                ),
            )
        )
    if case.spells is None and learned.exit_draws:
        rows.append(course_assumption(learned.duration_mix, sprak))
    if learned.reentry.size:
        share = float(learned.reentry.sum(1).mean())
        rows.append(
            Assumption(
                _("Households that come back within a year"),
                percent(share, sprak=sprak),
                _("the register, mean of the groups"),
            )
        )
    if learned.benefit is not None:
        mean = float(learned.benefit.mean_.mean())
        assumed = bool(learned.benefit.assumed_.any())
        rows.append(
            Assumption(
                _("Assistance per household and month"),
                per_unit(mean, sprak, case.settings.economy.currency),
                _("assumed in kommun.toml")
                if assumed
                else _("the register, last 12 months, mean of the groups"),
            )
        )
    if case.staff_assumed:
        rows.append(
            Assumption(
                _("Today's handlers"),
                _("follow from an assumed caseload"),
                _("assumed in kommun.toml"),
            )
        )
    return rows


def _money(case: Case, sprak: str) -> list[Assumption]:
    _ = translator(sprak)
    economy, code = case.settings.economy, case.settings.economy.currency
    source = economy.handler_cost_source or "kommun.toml"
    cost = _("{cost} ({year} prices)").format(
        cost=money(12 * economy.handler_cost_month_sek, sprak, code),
        year=economy.price_year,
    )
    return [
        Assumption(_("A handler for a year, everything included"), cost, source),
        Assumption(
            _("Cost of a hire"),
            money(economy.hire_cost_sek, sprak, code),
            "kommun.toml",
        ),
        Assumption(
            _("Bought time compared with an employed handler"),
            _("{factor} times the price").format(
                factor=number(economy.overtime_factor, 1, sprak)
            ),
            "kommun.toml",
        ),
        Assumption(
            _("Interest for comparing years"),
            percent(case.settings.run.discount_year_share, 1, sprak),
            "kommun.toml",
        ),
    ]


def _staff(case: Case, sprak: str) -> list[Assumption]:
    _ = translator(sprak)
    staff = case.settings.staff
    ramp = ", ".join(percent(share, sprak=sprak) for share in staff.ramp)
    return [
        Assumption(
            _("Handlers who leave in a year"),
            percent(staff.turnover_year_share, 1, sprak),
            "kommun.toml",
        ),
        Assumption(_("Absence"), percent(staff.absence_share, 1, sprak), "kommun.toml"),
        Assumption(
            _("Months from decision to a hire in place"),
            number(staff.lead_months, 0, sprak),
            "kommun.toml",
        ),
        Assumption(
            _("What a new handler manages in the first months"),
            ramp or percent(1.0, sprak=sprak),
            "kommun.toml",
        ),
    ]


def _range(case: Case, sprak: str) -> list[Assumption]:
    _ = translator(sprak)
    levers = case.settings.levers
    cap = (
        _("what today's staffing leads to")
        if levers.caseload_max is None
        else number(levers.caseload_max, 0, sprak)
    )
    lightest = (
        _("{share} of today's: evidence does not reach further").format(
            share=percent(LIGHTEST, sprak=sprak)
        )
        if levers.caseload_min is None
        else number(levers.caseload_min, 0, sprak)
    )
    stated = levers.caseload_max is not None
    return [
        Assumption(
            _("Heaviest caseload allowed")
            if stated
            else _("Heaviest caseload considered"),
            cap,
            "kommun.toml" if stated else _("no cap is stated in kommun.toml"),
        ),
        Assumption(
            _("Lightest caseload considered"),
            lightest,
            "kommun.toml"
            if levers.caseload_min
            else _("no floor is stated in kommun.toml"),
        ),
    ]
