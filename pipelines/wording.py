"""Findings as sentences that a committee can read, in Swedish or English.

No saving is praised that is not there: it is claimed only where the whole interval is
above nought, what costs more is called a cost, and nought is never written with a sign.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..models.domain import Interval
from ..optimisation.plan import FLAT_SEK, Limit, StaffingPlan
from .findings import NOUGHT_SEK, Findings, findings
from .language import SCALES, money, month_name, number, percent, translator
from .outcome import Outcome

#: A change in handlers smaller than this share is not dated.
NEAR = 0.05
#: What a `Limit.kind` is called.
LIMITS = {
    "shortage": "Too few handlers, so that time is bought",
    "caseload_cap": "The cap on cases per handler",
    "lead_time": "The time before a hire is in place",
    "hire_max": "The most hires per month",
    "release_max": "The most posts that end per month",
    "fair_floor": "The least time for every group",
    "budget": "The staff budget",
}


def amount(value: float, sprak: str = "sv", currency: str = "SEK") -> str:
    """Write money; less than would be seen is nought, without a sign."""
    return money(0.0 if abs(value) < NOUGHT_SEK else value, sprak, currency)


def interval(found: Interval, sprak: str = "sv", currency: str = "SEK") -> str:
    """Write a mean with its interval.

    >>> interval(Interval(3.2e6, -1e6, 5.9e6), "en").split()[:3]
    ['3.2', 'MSEK', '(80']
    """
    _ = translator(sprak)
    mean, low, high = (
        amount(v, sprak, currency) for v in (found.mean, found.low, found.high)
    )
    level = percent(found.level, 0, sprak)
    return _("{mean} ({level} interval {low} to {high})").format(
        mean=mean, level=level, low=low, high=high
    )


def people(value: float, sprak: str = "sv") -> str:
    """Write handlers: whole where they are many or whole, else with one decimal."""
    whole = value >= 20 or abs(value - round(value)) < 0.05
    return number(value, 0 if whole else 1, sprak)


def cases(value: float, sprak: str = "sv") -> str:
    """Write cases per handler: unknown where nobody works."""
    return number(value, 0, sprak) if np.isfinite(value) else "–"


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
    change = settled / found.today.handlers[0] - 1
    if abs(change) < NEAR:
        return _("From {now} handlers today to {then}.").format(
            now=now, then=people(settled, sprak)
        )
    # people leave between two hires: nearly there is there
    near = (
        course >= (1 - NEAR) * settled if change > 0 else course <= (1 + NEAR) * settled
    )
    return _("From {now} handlers today to {then}, in place by {month}.").format(
        now=now,
        then=people(settled, sprak),
        month=month_name(found.months[int(np.argmax(near))], sprak),
    )


def expected(outcome: Outcome, sprak: str = "sv") -> str:
    """Say how many households are served today and at the end of the forecast."""
    paths, flows = outcome.forecast.served, outcome.case.flows
    if paths is None:
        return ""
    counts = flows["served"].fillna(flows["start"]).fillna(flows["end"])
    last = flows["month"] == outcome.case.months[-1]
    total = paths.total()
    low, high = (total.quantile(q)[0, -1] for q in (0.1, 0.9))
    text = translator(sprak)(
        "Households on assistance: {now} in {first}; forecast {then} in {last} (80 % "
        "interval {low} to {high})."
    )
    return text.format(
        now=number(counts[last].sum(), 0, sprak),
        first=month_name(outcome.case.months[-1], sprak),
        then=number(total.mean()[0, -1], 0, sprak),
        last=month_name(total.months[-1], sprak),
        low=number(low, 0, sprak),
        high=number(high, 0, sprak),
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
        text = _("The plan costs more in cash over {n} months: {cost}.").format(
            n=months, cost=interval(cost, sprak, currency)
        )
        if found.after.mean + cash.mean <= NOUGHT_SEK:
            return text
        later = _("It pays only if the value after the period is counted: {after}.")
        return f"{text} {later.format(after=interval(found.after, sprak, currency))}"
    return _(
        "No saving is certain: over {n} months the outcome lies between {low} and "
        "{high} ({level} interval), expected {mean}."
    ).format(
        n=months,
        low=direction(cash.low, sprak, currency),
        high=direction(cash.high, sprak, currency),
        mean=direction(cash.mean, sprak, currency),
        level=percent(cash.level, 0, sprak),
    )


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
        "It is not certain that more leave: what is paid in assistance changes by "
        "{low} to {high} over {n} months ({level} interval)."
    ).format(
        n=months,
        low=amount(-part.high, sprak, currency),
        high=amount(-part.low, sprak, currency),
        level=percent(part.level, 0, sprak),
    )


def direction(value: float, sprak: str = "sv", currency: str = "SEK") -> str:
    """Write a difference in words: a saving, an extra cost, or none."""
    _ = translator(sprak)
    if abs(value) < NOUGHT_SEK:
        return _("no difference")
    text = _("a saving of {x}") if value > 0 else _("an extra cost of {x}")
    return text.format(x=money(abs(value), sprak, currency))


def caseload(found: Findings, sprak: str = "sv") -> str:
    """Say how many cases a handler has today, and at the end of the plan."""
    _ = translator(sprak)
    now, then = found.today.caseload, found.plan.caseload
    return _(
        "Cases per handler: {now} today; at the end {then} with the plan and {kept} "
        "with today's staffing."
    ).format(
        now=cases(now[0], sprak),
        then=cases(then[-1], sprak),
        kept=cases(now[-1], sprak),
    )


def breakeven(outcome: Outcome, plan: StaffingPlan, sprak: str = "sv") -> str:
    """Say how strong the effect of a lighter caseload must be for the plan to pay."""
    _ = translator(sprak)
    effect = outcome.effect
    half = 1.2816 * effect.sd  # 80 % of a normal
    ends = [effect.mean - half, effect.mean + half]
    low, high = (percent(float(np.expm1(end)), 0, sprak) for end in ends)
    assumed = _("assumed: {mean}, 80 % interval {low} to {high}").format(
        mean=percent(float(np.expm1(effect.mean)), 0, sprak), low=low, high=high
    )
    found = findings((plan,))
    if found is None or not found.changes:
        return ""
    if plan.breakeven_log_hr is None:
        return _(
            "No effect of a lighter caseload within reason makes the plan and today "
            "cost the same ({assumed})."
        ).format(assumed=assumed)
    grows = plan.proposed.handlers.mean() > plan.today.handlers.mean()
    text = (
        _(
            "The plan pays if halving the cases per handler raises exits by at least "
            "{x} ({assumed})."
        )
        if grows
        else _(
            "The plan pays as long as halving the cases per handler would raise exits "
            "by no more than {x} ({assumed})."
        )
    )
    level = float(np.expm1(plan.breakeven_log_hr))
    return text.format(x=percent(level, 1, sprak), assumed=assumed)


def reallocation(plan: StaffingPlan, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what today's handlers could gain by sharing their time differently."""
    _ = translator(sprak)
    gain = plan.today.total_sek - plan.reallocated.total_sek
    if gain < NOUGHT_SEK:
        return _("Sharing today's time differently between groups gains nothing.")
    return _(
        "Of the plan's whole value, {gain} comes from sharing today's time differently "
        "between groups, without more handlers."
    ).format(gain=amount(gain, sprak, currency))


def chance(plan: StaffingPlan, sprak: str = "sv") -> str:
    """Say in how many simulated futures cash is saved."""
    _ = translator(sprak)
    return _("Cash is saved in {p} of the simulated futures.").format(
        p=risk(plan.probability_saves, sprak)
    )


def flat(plan: StaffingPlan, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say how many handlers do about as well."""
    text = translator(sprak)(
        "{low} to {high} handlers on average cost about the same in total: they "
        "differ by less than 1 % or {x}, whichever is more."
    )
    low, high = people(plan.flat_low, sprak), people(plan.flat_high, sprak)
    return text.format(low=low, high=high, x=money(FLAT_SEK, sprak, currency))


def limits(plan: StaffingPlan, sprak: str = "sv", currency: str = "SEK") -> list[str]:
    """Say what holds the plan back, and what one more unit of it would be worth."""
    return [_limit(limit, plan, sprak, currency) for limit in plan.limits]


def _limit(limit: Limit, plan: StaffingPlan, sprak: str, currency: str) -> str:
    _ = translator(sprak)
    months = [plan.months[t] for t in limit.months]
    return _("{what} ({when}): costs {price}").format(
        what=_(LIMITS.get(limit.kind, limit.kind)),
        when=span(months[0], months[-1], sprak),
        price=amount(limit.price_sek, sprak, currency),
    )


def span(first: pd.Timestamp, last: pd.Timestamp, sprak: str = "sv") -> str:
    """Write first and last month, once where they are the same.

    >>> span(pd.Timestamp("2026-11-01"), pd.Timestamp("2027-02-01"))
    'nov 2026–feb 2027'
    """
    ends = [short_month(month, sprak) for month in (first, last)]
    return "–".join(dict.fromkeys(ends))


def short_month(month: pd.Timestamp, sprak: str = "sv") -> str:
    """Write a month with three letters and its year."""
    name, year = month_name(month, sprak).split(" ")
    return f"{name[:3]} {year}"


def risk(value: float, sprak: str) -> str:
    """Write a probability; never quite 0 or 100 %, for simulation cannot tell that.

    >>> risk(0.0004, "sv").split()
    ['under', '1', '%']
    """
    if not np.isfinite(value):
        return "–"
    _ = translator(sprak)
    if value < 0.01:
        return _("below {x}").format(x=percent(0.01, 0, sprak))
    if value > 0.99:
        return _("above {x}").format(x=percent(0.99, 0, sprak))
    return percent(value, 0, sprak)


def year_name(year: int, months: pd.DatetimeIndex, sprak: str = "sv") -> str:
    """Write a calendar year, with the number of months where it is not whole.

    >>> year_name(2026, pd.date_range("2026-11-01", periods=14, freq="MS"))
    '2026 (2 mån)'
    """
    count = int((months.year == year).sum())
    text = translator(sprak)("{year} ({n} mo)")
    return str(year) if count == 12 else text.format(year=year, n=count)


@dataclass(frozen=True)
class Scale:
    """One unit of money for a whole table, so that its figures can be compared."""

    divisor: float
    unit: str
    decimals: int
    sprak: str

    @classmethod
    def of(cls, values: ArrayLike, sprak: str = "sv", currency: str = "SEK") -> "Scale":
        """Choose the unit in which the largest value has one to four digits."""
        largest = float(np.nanmax(np.abs(np.asarray(values, dtype=float)), initial=0))
        divisor = next((s[0] for s in SCALES if largest >= s[0]), 1.0)
        unit = money(divisor, sprak, currency).split("\u00a0", 1)[1]
        decimals = 0 if divisor < 1e6 else (2 if largest < 10 * divisor else 1)
        return cls(divisor, unit, decimals, sprak)

    def write(self, value: float) -> str:
        """Write a sum in the unit, without naming it; unknown is a dash."""
        if not np.isfinite(value):
            return "–"
        return number(value / self.divisor, self.decimals, self.sprak)

    def between(self, low: float, high: float) -> str:
        """Write an interval."""
        to = translator(self.sprak)("to")
        return f"{self.write(low)} {to} {self.write(high)}"
