"""Findings as sentences that a committee can read: the same on page and terminal.

No saving is praised that is not there: it is claimed only where the whole interval is
above nought, and what costs more is called a cost. Cash and the value after the period
are told apart, and a plan that rests on the latter says so.
"""

import numpy as np
import pandas as pd
from scipy import stats

from ..models.domain import Interval
from ..models.effect import EffortEffect
from ..optimisation.plan import FLAT_SEK, StaffingPlan
from .findings import NOUGHT_SEK, Findings, findings, kind_of
from .language import money, month_name, number, percent, translator
from .outcome import Outcome
from .tables import SMALLEST, too_few
from .wording import (
    amount,
    around,
    cases,
    direction,
    halving,
    interval,
    people,
    risk,
    span,
)

#: A change in handlers smaller than this share is not dated.
NEAR = 0.05
#: Months with hires that a sentence can name.
MOST_DATES = 12
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


def saving(found: Findings, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what the plan saves in cash, or that no saving is certain."""
    _ = translator(sprak)
    months, cash = len(found.months), found.saving
    if found.nothing_saved:
        return _("It makes no difference to what is paid over {n} months.").format(
            n=months
        )
    if found.claims_saving:
        return _("Expected saving in cash over {n} months: {saving}.").format(
            n=months, saving=interval(cash, sprak, currency)
        )
    if found.costs_more:
        cost = Interval(-cash.mean, -cash.high, -cash.low, cash.level)
        return _("The plan costs more in cash over {n} months: {cost}.").format(
            n=months, cost=interval(cost, sprak, currency)
        )
    return _(
        "No saving is certain. Expected in cash over {n} months: {mean}. The outcome "
        "lies between {low} and {high} ({level}% interval)."
    ).format(
        n=months,
        low=direction(cash.low, sprak, currency),
        high=direction(cash.high, sprak, currency),
        mean=direction(cash.mean, sprak, currency),
        level=number(100 * cash.level, 0, sprak),
    )


def worth(found: Findings, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what the plan is worth with the value after the period, and how surely.

    This is why a plan is proposed that costs cash, so it stands beside the cash.
    """
    _ = translator(sprak)
    total = found.total
    if not found.changes or found.nothing_saved:
        return ""
    whole = interval(total, sprak, currency)
    if total.mean <= NOUGHT_SEK:
        return _(
            "With the value after the period counted, the plan is not expected to "
            "pay: {x}. Read it as an example, not as a proposal."
        ).format(x=whole)
    if found.claims_saving:
        return _("With the value after the period counted: {x}.").format(x=whole)
    text = (
        _(
            "The plan is proposed because it is expected to be worth more than it "
            "costs once the value after the period is counted: {x}."
        )
        if found.saving.mean < NOUGHT_SEK
        else _("With the value after the period counted, it is expected to pay: {x}.")
    )
    if total.low > NOUGHT_SEK:
        return text.format(x=whole)
    return f"{text.format(x=whole)} {_('That is not certain either.')}"


def payback(found: Findings, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say when the plan has paid for itself in cash, as expected by calendar year."""
    _ = translator(sprak)
    if not found.changes or found.nothing_saved:
        return ""
    years, saved = found.cash["year"].to_numpy(), found.cash["saving_sek"].to_numpy()
    back = _years_since(saved.cumsum() > -NOUGHT_SEK)
    if back == len(saved):
        return _("In cash the plan is expected never to be behind at a year's end.")
    if back:
        text = _("In cash the plan is expected to have paid for itself during {year}.")
        return text.format(year=years[-back])
    owed = amount(-saved.sum(), sprak, currency)
    gains = _years_since(saved > NOUGHT_SEK)
    if gains:
        return _(
            "In cash each year from {year} is expected to save, but {x} of the cost "
            "is not won back within the planning period."
        ).format(year=years[-gains], x=owed)
    return _(
        "In cash the cost is not won back within the planning period: {x} is left."
    ).format(x=owed)


def _years_since(holds: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> int:
    """How many of the last years it has held without a break."""
    return int(np.cumprod(holds[::-1]).sum())


def from_exits(found: Findings, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what more exits save in assistance, or that this is not certain."""
    _ = translator(sprak)
    part, months = found.benefit, len(found.months)
    if found.nothing_saved or not found.changes:
        return ""
    if part.low > NOUGHT_SEK:
        text = _("Assistance not paid because more leave, over {n} months: {x}.")
        return text.format(n=months, x=interval(part, sprak, currency))
    return _(
        "It is not certain that assistance falls: over {n} months it changes by {low} "
        "to {high} ({level}% interval)."
    ).format(
        n=months,
        low=amount(-part.high, sprak, currency),
        high=amount(-part.low, sprak, currency),
        level=number(100 * part.level, 0, sprak),
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
    """Say when to hire and when to end posts."""
    _ = translator(sprak)
    said = []
    for text, many, number_of in (
        (_("Hire {list}."), _("Hire in {n} of the months."), found.plan.hires),
        (_("End {list}."), _("End posts in {n} of the months."), found.plan.releases),
    ):
        when = np.flatnonzero(number_of >= 0.05)
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
    return " ".join(said)


def leavers(outcome: Outcome, sprak: str = "sv") -> str:
    """Say why handlers have decimals, and hires go on."""
    share = outcome.case.settings.staff.turnover_year_share
    if share <= 0:
        return ""
    _ = translator(sprak)
    return _(
        "The number of handlers is an average: about {share} are expected to leave in "
        "a year, and the hires replace them too."
    ).format(share=percent(share, 0, sprak))


def known(effect: EffortEffect, sprak: str = "sv") -> str:
    """Say what effect of a lighter caseload is counted with, and whose word it is."""
    _ = translator(sprak)
    texts = {
        "evidence": _("Borrowed from published studies, without a pilot here: {x}."),
        "assumed": _("Assumed by the municipality: {x}."),
        "pilot": _("From a pilot here: {x}."),
        "both": _("From studies and a pilot here: {x}."),
    }
    return texts[effect.parts[-1].name].format(x=halving(effect, sprak))


def breakeven(
    outcome: Outcome, plan: StaffingPlan, sprak: str = "sv", *, source: bool = True
) -> str:
    """Say how strong the effect of a lighter caseload must be for the plan to pay.

    Parameters
    ----------
    source : bool
        Whether to say what effect is counted with, and whose word it is.
    """
    _ = translator(sprak)
    effect, found = outcome.effect, findings((plan,))
    if found is None or not found.changes:
        return ""
    if plan.breakeven_log_hr is None:
        text = _(
            "No effect of a lighter caseload within reason makes the plan and today "
            "cost the same."
        )
        return f"{text} {known(effect, sprak) * source}".strip()
    grows = plan.proposed.handlers.mean() > plan.today.handlers.mean()
    text = (
        _(
            "The plan pays if halving the cases per handler raises exits by at least "
            "{x}, the value after the period counted."
        )
        if grows
        else _(
            "The plan pays as long as halving the cases per handler would raise exits "
            "by no more than {x}, the value after the period counted."
        )
    )
    level = float(np.expm1(plan.breakeven_log_hr))
    said = [text.format(x=percent(level, 1, sprak))] + [known(effect, sprak)] * source
    if effect.sd > 0:
        far = (plan.breakeven_log_hr - effect.mean) / effect.sd
        below = float(stats.t.cdf(far, effect.df))
        chance_of = risk(1 - below if grows else below, sprak)
        said.append(
            _(
                "Counting only how unsure the effect is, it pays with a probability "
                "of {p}."
            ).format(p=chance_of)
        )
    return " ".join(said)


def reallocation(plan: StaffingPlan, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what today's handlers could gain by sharing their time differently."""
    _ = translator(sprak)
    gain = plan.today.total_sek - plan.reallocated.total_sek
    if gain < NOUGHT_SEK:
        return _("Sharing today's time differently between groups gains nothing.")
    return _(
        "Only sharing today's time differently between groups, without more handlers, "
        "is expected to be worth {gain}, the value after the period counted."
    ).format(gain=amount(gain, sprak, currency))


def chance(plan: StaffingPlan, sprak: str = "sv") -> str:
    """Say in how many simulated futures cash is saved."""
    _ = translator(sprak)
    return _("Cash is saved in {p} of the simulated futures.").format(
        p=risk(plan.probability_saves, sprak)
    )


def flat(plan: StaffingPlan, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say how many handlers do about as well."""
    _ = translator(sprak)
    text = _(
        "The exact number matters little: between {low} and {high} handlers on average "
        "the total cost differs by less than 1% or {x}, whichever is more."
    )
    low, high = people(plan.flat_low, sprak), people(plan.flat_high, sprak)
    return text.format(low=low, high=high, x=money(FLAT_SEK, sprak, currency))


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
