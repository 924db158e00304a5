"""The picture of why next year costs another sum, and what the plan does to it."""

from ..models.domain import Interval
from .drawing import Picture
from .language import money, translator
from .outcome import Outcome
from .waterfall import Panel, Row, waterfall_picture
from .wording import amount, interval, span
from .yearbridge import YearBridge, year_bridge

#: What each part is called.
NAMES = {
    "cases": "Cases at the start",
    "inflow": "New cases",
    "exits": "How many leave",
    "amount": "Assistance per household",
    "staff": "Handlers",
}


def year_bridge_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """Draw the way from the last twelve months to next year, and on to the plan."""
    found = year_bridge(outcome.case, outcome.forecast, outcome.plans)
    if found is None:
        return None
    _, currency = translator(sprak), outcome.case.settings.economy.currency
    year, names = found.year, {key: _(name) for key, name in NAMES.items()}
    rows = [Row(_since(found, sprak), found.start, "total")]
    for bar in found.bars:
        known = bar.values.min() == bar.values.max()
        whisker = None if known else bar.interval
        rows.append(Row(names[bar.name], bar.mean, "step", whisker))
    kept = _("{year} as today").format(year=year)
    rows.append(Row(kept, found.end.mean, "total", found.end))
    if found.plan is not None and found.with_plan is not None:
        then = _("{year} with the plan").format(year=year)
        rows.append(Row(_("The plan"), found.plan.mean, "step", found.plan))
        rows.append(Row(then, found.with_plan.mean, "total", found.with_plan))
    heading = _("Assistance and staff, {unit} a year (80% interval)")
    if not found.knows_staff:
        heading = _("Assistance, {unit} a year (80% interval)")
    title = _("Why {year} costs another sum than the last twelve months")
    return waterfall_picture(
        "yearbridge",
        title.format(year=year),
        why_next_year(found, sprak, currency),
        [Panel(heading, rows)],
        sprak,
        currency,
        close=True,
    )


def why_next_year(found: YearBridge, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say how much next year differs, what does most to it, and what the plan adds."""
    _ = translator(sprak)
    end, most = found.end, max(found.bars, key=lambda bar: abs(bar.mean))
    before = found.start
    change = Interval(end.mean - before, end.low - before, end.high - before)
    text = _(
        "With today's staffing {year} is expected to cost {x}, against {before} in "
        "{since}: {change}. What does most to it: {part}, {most}."
    )
    told = text.format(
        year=found.year,
        x=interval(end, sprak, currency),
        before=money(before, sprak, currency),
        since=span(found.since[0], found.since[-1], sprak),
        change=_more(change, sprak, currency),
        part=_(NAMES[most.name]).lower(),
        most=_more(Interval.of(most.values), sprak, currency),
    )
    if found.plan is None:
        return told
    plan = _("The plan changes the cost of that year by {x}.")
    return f"{told} {plan.format(x=_more(found.plan, sprak, currency))}"


def _more(found: Interval, sprak: str, currency: str) -> str:
    """Write a change with its sign and its interval."""
    text = interval(found, sprak, currency)
    return text if amount(found.mean)[0] in "0−" else f"+{text}"


def _since(found: YearBridge, sprak: str) -> str:
    first, last = found.since[0], found.since[-1]
    return str(first.year) if first.year == last.year else span(first, last, sprak)
