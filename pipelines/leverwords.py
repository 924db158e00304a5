"""Triage, time with clients and strain as a reader is told of them."""

import numpy as np

from ..optimisation.levers import LeverWorth
from ..optimisation.plan import StaffingPlan
from .assumption import Assumption
from .case import Case
from .language import money, number, percent, translator
from .wording import amount

STATED = "kommun.toml"


def triage(
    plan: StaffingPlan, lever: LeverWorth, sprak: str = "sv", currency: str = "SEK"
) -> list[str]:
    """Say whether labour-market staff are used, and what that is worth."""
    _ = translator(sprak)
    beside, unit = plan.policy.beside, plan.unit
    if not lever.bought or beside is None or unit.triage is None:
        return [_("Labour-market staff are not used: they would save nothing.")]
    new = unit.inflow[unit.triage.source]
    share = float((beside.routed * new).sum() / max(new.sum(), 1e-9))
    return [
        _(
            "Labour-market staff take {share} of new cases, with {n} present on "
            "average. They cost {cost}, and save {x} more."
        ).format(
            share=percent(share, 0, sprak),
            n=number(float(plan.proposed.partners.mean()), 1, sprak),
            cost=amount(lever.cost_sek, sprak, currency),
            x=amount(lever.net_sek, sprak, currency),
        )
    ]


def avoided_hires(plan: StaffingPlan) -> float:
    """Hires that a lighter caseload spares, discounted: fewer leave than usual."""
    unit, course = plan.unit, plan.proposed
    leaving, by_case = unit.strain.leaving(unit.turnover)
    own = course.caseload * course.handlers
    left = leaving * course.handlers + by_case * own
    spared = unit.turnover * course.handlers - left
    return float(spared @ unit.discount ** np.arange(len(spared)))


def strain(plan: StaffingPlan, sprak: str = "sv", currency: str = "SEK") -> list[str]:
    """Say what fewer leavers are worth, and what they must be worth for the plan."""
    _ = translator(sprak)
    if not plan.unit.strain.turnover:
        return []
    spared = avoided_hires(plan)
    said = _(
        "Assumed that turnover follows the caseload with elasticity {e}, the plan "
        "spares {n} hires."
    ).format(e=number(plan.unit.strain.turnover, 1, sprak), n=number(spared, 1, sprak))
    if spared <= 0:
        return [said]
    saves = plan.today.total_sek - plan.proposed.total_sek
    needed = plan.unit.cost_hire - saves / spared
    if needed <= 0:
        return [said + " " + _("It pays even if a spared hire is worth nothing.")]
    text = _("It pays if a spared hire is worth at least {cost}.")
    return [said + " " + text.format(cost=money(needed, sprak, currency))]


def assumed(case: Case, sprak: str = "sv") -> list[Assumption]:
    """List what kommun.toml says of labour-market staff, clients and strain."""
    _ = translator(sprak)
    staff, levers = case.settings.staff, case.settings.levers
    rows = []
    for text, value in (
        (
            _("How turnover follows the caseload (elasticity)"),
            staff.turnover_follows_caseload,
        ),
        (
            _("How absence follows the caseload (elasticity)"),
            staff.absence_follows_caseload,
        ),
    ):
        if value:
            rows.append(Assumption(text, number(value, 2, sprak), STATED))
    if levers.triage is not None:
        said = _("at most {share} of new cases, {n} staff at {cost} a month").format(
            share=percent(levers.triage.share_max, 0, sprak),
            n=number(levers.triage.staff_max, 1, sprak),
            cost=money(
                levers.triage.cost_month_sek, sprak, case.settings.economy.currency
            ),
        )
        rows.append(Assumption(_("Labour-market staff"), said, STATED))
    if levers.client_time is not None:
        said = _("from {now} to at least {least} of working time").format(
            now=percent(levers.client_time.share_today, 1, sprak),
            least=percent(levers.client_time.share_least, 1, sprak),
        )
        rows.append(Assumption(_("Direct time with clients"), said, STATED))
    return rows
