"""What is proposed and what it rests on, as sentences for page and terminal alike."""

import numpy as np
import pandas as pd

from ..optimisation.plan import StaffingPlan
from . import leverwords
from .findings import Findings, findings, kind_of
from .language import month_name, number, percent, translator
from .outcome import Outcome
from .tables import SMALLEST, too_few
from .wording import amount, around, cases, people, span

#: A change in handlers smaller than this share is not dated.
NEAR = 0.05
#: Months with hires that a sentence can name.
MOST_DATES = 12
#: Less of a post in a month is people who leave and come.
NEW_POST = 0.05
#: What a limit is called, by `findings.kind_of`.
LIMITS = {
    "shortage": "Too few handlers, so that time is bought",
    "caseload_cap": "The cap on cases per handler",
    "caseload_today": "The heaviest caseload that today's staffing leads to (no cap "
    "is stated)",
    "lead_time": "The time before a hire is in place",
    "hire_max": "The most hires per month",
    "release_max": "The most posts that end per month",
    "fair_floor": "The least time for every group",
    "intake_extra": "The 24-hour rule",
    "client_time": "The least direct time with clients",
    "waiting": "The most days that an application's work may wait",
    "triage_staff": "The number of labour-market staff",
    "triage_share": "The largest share of new cases that may go to labour-market staff",
    "budget": "The staff budget",
}


def headline(outcome: Outcome, sprak: str = "sv") -> str:
    """Say what is proposed, in one sentence."""
    _ = translator(sprak)
    found = findings(outcome.plans)
    if found is None:
        return _(
            "These figures do not tell enough for a staffing plan; the forecast and "
            "the full-year forecast stand below."
        )
    now = people(found.today.handlers[0], sprak)
    if not found.changes:
        if found.claims_saving:
            return _("Keep {now} handlers, but share their time differently.").format(
                now=now
            )
        return _("Keep today's {now} handlers: no other staffing is better.").format(
            now=now
        )
    settled, course = found.settled_handlers, found.plan.handlers
    then = people(settled, sprak)
    if not then.isdecimal():  # whole people are hired, but some leave in between
        then = _("{n} on average").format(n=then)
    change = settled / found.today.handlers[0] - 1
    if abs(change) < NEAR:
        return _("From {now} handlers today to {then}.").format(now=now, then=then)
    # people leave between two hires: nearly there is there
    near = (
        course >= (1 - NEAR) * settled if change > 0 else course <= (1 + NEAR) * settled
    )
    return _("From {now} handlers today to {then}, in place by {month}.").format(
        now=now,
        then=then,
        month=month_name(found.months[int(np.argmax(near))], sprak),
    )


def status_quo(sprak: str = "sv") -> str:
    """Say what the plan is compared with."""
    _ = translator(sprak)
    return _(
        "The plan is compared with today's staffing in the same model: today's number "
        "of handlers is kept, who leaves is replaced at once, and every case gets "
        "equal time."
    )


def eighty(sprak: str = "sv") -> str:
    """Explain the interval that every result carries."""
    _ = translator(sprak)
    return _(
        "Intervals are 80% intervals: in eight cases of ten the outcome is expected to "
        "lie inside."
    )


def caseload(found: Findings, sprak: str = "sv") -> str:
    """Say how many cases a handler has today, and in the last year of the plan."""
    _ = translator(sprak)
    return _(
        "Cases per handler: {now} today. In the last year {then} on average with the "
        "plan and {kept} with today's staffing."
    ).format(
        now=cases(found.today.caseload[0], sprak),
        then=cases(found.plan.late_caseload, sprak),
        kept=cases(found.today.late_caseload, sprak),
    )


def hiring(found: Findings, sprak: str = "sv") -> str:
    """Say when there are new posts, when posts lapse, and when they are ended."""
    _ = translator(sprak)
    step = np.diff(found.plan.handlers, prepend=found.today.handlers[0])
    said = []
    for text, many, number_of in (
        (_("New posts: {list}."), _("New posts in {n} of the months."), step),
        (
            _("Posts to end: {list}."),
            _("Posts to end in {n} of the months."),
            found.plan.releases,
        ),
    ):
        when = np.flatnonzero(number_of >= NEW_POST)
        if len(when) > MOST_DATES:
            said.append(f"{many.format(n=len(when))} {_('plan.csv has each month.')}")
        elif len(when):
            dates = [
                _("{n} in {month}").format(
                    n=people(size, sprak), month=month_name(month, sprak)
                )
                for size, month in zip(number_of[when], found.months[when], strict=True)
            ]
            said.append(text.format(list=", ".join(dates)))
    lapsed = -np.minimum(step + found.plan.releases, 0.0).sum()
    if lapsed >= NEW_POST:
        text = _("Leave {n} posts empty as people leave; plan.csv has each month.")
        said.append(text.format(n=people(lapsed, sprak)))
    return " ".join(said)


def leavers(outcome: Outcome, sprak: str = "sv") -> str:
    """Say why there are more hires than new posts."""
    share = outcome.case.settings.staff.turnover_year_share
    if share <= 0:
        return ""
    _ = translator(sprak)
    return _(
        "About {share} of handlers are expected to leave in a year. They are replaced, "
        "so that hires are more than the new posts."
    ).format(share=percent(share, 0, sprak))


def limits(outcome: Outcome, plan: StaffingPlan, sprak: str = "sv") -> list[str]:
    """Say what holds the plan back, and what it costs, dearest first."""
    _ = translator(sprak)
    currency = outcome.case.settings.economy.currency
    return [
        _("{what} ({when}): makes the plan {price} dearer").format(
            what=_(LIMITS[kind_of(limit, outcome.case)]),
            when=span(
                plan.months[limit.months[0]], plan.months[limit.months[-1]], sprak
            ),
            price=amount(limit.price_sek, sprak, currency),
        )
        for limit in plan.limits
    ]


def levers(plan: StaffingPlan, sprak: str = "sv", currency: str = "SEK") -> list[str]:
    """Say of each lever whether it is worth its price."""
    _ = translator(sprak)
    said = []
    for lever in plan.levers:
        if lever.kind == "triage":
            said += leverwords.triage(plan, lever, sprak, currency)
            continue
        if lever.bought and lever.kind == "robot":
            text = _("The plan buys the robot. It costs {cost}, and saves {x} more.")
        elif lever.bought:
            text = _(
                "The plan makes the change of process. It costs {cost}, and saves {x} "
                "more, with what it makes possible."
            )
        elif lever.kind == "robot":
            text = _(
                "The robot is not bought: it costs {cost}, {x} more than it saves."
            )
        else:
            text = _(
                "The change of process is not made: it costs {cost}, {x} more than it "
                "saves, with what it makes possible."
            )
        if not np.isfinite(lever.net_sek):
            text = _("The budget has no room for what costs {cost}.")
        said.append(
            text.format(
                cost=amount(lever.cost_sek, sprak, currency),
                x=amount(abs(lever.net_sek), sprak, currency),
            )
        )
        if lever.breakeven_share:  # at 0 it pays by what it makes possible
            said[-1] += " " + _("It pays if it frees at least {share} of time.").format(
                share=percent(lever.breakeven_share, 1, sprak)
            )
    return said + leverwords.strain(plan, sprak, currency)


def caveats(outcome: Outcome, sprak: str = "sv") -> list[str]:
    """Say what a reader must know before the figures: what is assumed, what failed."""
    _ = translator(sprak)
    said = []
    if outcome.case.staff_assumed:
        said.append(_("The number of handlers is an assumption, not a register."))
    if outcome.plans and outcome.case.flows["paid_sek"].isna().all():
        said.append(_("What assistance costs is an assumption, not a register."))
    failed = [
        plan.unit.name
        for plan in outcome.plans
        if not (plan.check_grid.ok and plan.check_continuous.ok)
    ]
    if failed:
        text = _(
            "The simulation does not agree with the plan for {units}: do not rely on "
            "its amounts."
        )
        said.append(text.format(units=", ".join(failed)))
    return said


def expected(outcome: Outcome, sprak: str = "sv") -> str:
    """Say how many households are served today and at the end of the forecast."""
    paths, flows = outcome.forecast.served, outcome.case.flows
    if paths is None:
        return ""
    counts = flows["served"].fillna(flows["start"]).fillna(flows["end"])
    last = flows["month"] == outcome.case.months[-1]
    total = paths.total()
    ends = (total.quantile(q)[0, -1] for q in (0.1, 0.9))
    then, low, high = (
        number(value, 0, sprak) for value in (total.mean()[0, -1], *ends)
    )
    _ = translator(sprak)
    text = _("Households on assistance: {now} in {first}. Forecast in {last}: {then}.")
    now = float(counts[last].sum())
    if too_few(now):
        return _("Fewer than {n} households are on assistance.").format(n=SMALLEST)
    return text.format(
        now=number(now, 0, sprak),
        first=month_name(outcome.case.months[-1], sprak),
        then=around(then, low, high, 0.8, sprak),
        last=month_name(pd.Timestamp(total.months[-1]), sprak),
    )
