"""The plan and the answers as a planner reads them, in 80 columns."""

from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..models.domain import Array
from ..optimisation.course import Course
from .findings import NOUGHT_SEK, YEAR
from .findings import late_caseload as of_courses
from .language import number, translator
from .printing import aligned, fitted, paragraph, section
from .sentences import LIMITS, eighty, status_quo
from .whatif import Replies, Reply
from .wording import Scale, amount, interval, people, span, year_name

#: A limit that saves less than this for one more is not named.
_WORTH = 1_000.0


def together(reply: Reply, which: str, of: Callable[[Course], Array]) -> Array:
    """Add up one figure over units: `which` is course, plan or today."""
    total: Array = np.sum([of(getattr(part, which)) for part in reply.parts], axis=0)
    return total


def late_handlers(reply: Reply, which: str) -> float:
    """Mean number of handlers in the last twelve months."""
    return float(together(reply, which, lambda c: c.handlers)[-YEAR:].mean())


def late_caseload(reply: Reply, which: str) -> float:
    """Cases per handler over the last twelve months."""
    return of_courses([getattr(part, which) for part in reply.parts])


def total(reply: Reply, which: str) -> float:
    """All costs together with the value after the horizon, discounted SEK."""
    return float(together(reply, which, lambda c: np.array(c.total_sek)))


def staff(course: Course) -> Array:
    """SEK per month of staff, bought time included."""
    return course.staff_sek + course.shortage_sek


def print_replies(
    found: Replies, sprak: str = "sv", console: Console | None = None
) -> None:
    """Print the plan, or the plan and the answers beside each other."""
    _ = translator(sprak)
    out = fitted(console)
    months = found.months
    currency = found.case.settings.economy.currency
    out.print()
    text = (
        _("{name}: plan and what if {when}")
        if found.answers
        else _("{name}: plan {when}")
    )
    name = found.case.settings.municipality.name
    when = span(months[0], months[-1], sprak)
    out.print(Text(text.format(name=name, when=when), style="bold"))
    if found.case.simulated:
        paragraph(out, _("Simulated register: nobody's real figures."), style="yellow")
    for unit in found.left_out:
        text = _("{unit}: it has no handlers or no cases, so it has no plan.")
        paragraph(out, text.format(unit=unit), style="yellow")
    out.print()
    if len(found.answers) > 1:
        out.print(_rows(found, sprak, currency))
    else:
        out.print(_columns(found, sprak, currency))
    if len(found.answers) < 2:
        out.print()
        out.print(_quarters(found, sprak))
    for reply in found.answers or (found.plan,):
        title = _("What if {text}").format(text=reply.text) if reply.text else _("Plan")
        section(out, title, _facts(found, reply, sprak, currency))
    section(out, _("How to read this"), _explained(found, sprak))


def _columns(found: Replies, sprak: str, currency: str) -> Table:
    """One question: today, the plan and the answer, and the differences."""
    _ = translator(sprak)
    reply = found.answers[0] if found.answers else found.plan
    which = ["today", "plan", "course"] if found.answers else ["today", "course"]
    names = (
        [_("Today"), _("Plan"), _("What if")]
        if found.answers
        else [_("Today"), _("Plan")]
    )
    names += [_("against today")] + [_("against the plan")] * bool(found.answers)
    years = found.months.year
    money = {}
    for kind, of in ((_("Benefit"), lambda c: c.benefit_sek), (_("Staff"), staff)):
        for year in years.unique():
            label = f"{kind} {year_name(year, found.months, sprak)}"
            money[label] = [together(reply, w, of)[years == year].sum() for w in which]
    money[_("Cash in all")] = np.sum(list(money.values()), axis=0).tolist()
    money[_("All costs, discounted, with value after")] = [
        total(reply, w) for w in which
    ]
    scale = Scale.of(np.array(list(money.values())), sprak, currency)
    title = _("{what}; money in {unit}").format(
        what=reply.text or _("Plan"), unit=scale.unit
    )
    table = aligned(title, ["", *names])

    def line(label: str, values: list[float], write: Callable[[float], str]) -> None:
        cells = [write(value) for value in values]
        others = values[:1] if len(values) == 2 else values[:2]
        cells += [_signed(values[-1] - other, write) for other in others]
        bold = label == _("Cash in all")
        table.add_row(label, *cells, style="bold" if bold else "")

    def count(value: float) -> str:
        return people(round(value, 1), sprak)

    line(_("Handlers, last year"), [late_handlers(reply, w) for w in which], count)
    hires = [float(together(reply, w, lambda c: c.hires).sum()) for w in which]
    line(_("Hires, leavers replaced too"), hires, count)
    line(
        _("Cases per handler, last year"),
        [late_caseload(reply, w) for w in which],
        count,
    )
    bought = [float(together(reply, w, lambda c: c.shortage).sum()) for w in which]
    if max(bought) >= 0.05:
        line(_("Bought time, months"), bought, count)
    for label, values in money.items():
        line(label, values, scale.write)
    return table


def _quarters(found: Replies, sprak: str) -> Table:
    """Handlers and hires, three months at a time."""
    _ = translator(sprak)
    reply = found.answers[0] if found.answers else found.plan
    which = {_("Plan"): "plan", _("What if"): "course"}
    if not found.answers:
        which.pop(_("What if"))
    heads = [f"{_(what)} {w}" for what in ("Handlers", "Hired") for w in which]
    table = aligned(_("Month by month, in quarters"), [_("Months"), *heads])
    handlers = [together(reply, w, lambda c: c.handlers) for w in which.values()]
    hires = [together(reply, w, lambda c: c.hires) for w in which.values()]
    for first in range(0, len(found.months), 3):
        part = slice(first, first + 3)
        inside = found.months[part]
        cells = [float(values[part].mean()) for values in handlers]
        cells += [float(values[part].sum()) for values in hires]
        shown = [people(round(value, 1), sprak) for value in cells]
        table.add_row(span(inside[0], inside[-1], sprak), *shown)
    return table


def _signed(value: float, write: Callable[[float], str]) -> str:
    text = write(value)
    return f"+{text}" if value > 0 and any(c in "123456789" for c in text) else text


def _rows(found: Replies, sprak: str, currency: str) -> Table:
    """Several questions: one row each."""
    _ = translator(sprak)
    replies = (found.plan, *found.answers)
    ends = [v for r in replies for v in (r.against_today.low, r.against_today.high)]
    cash = [float(together(r, "course", lambda c: c.cash_sek).sum()) for r in replies]
    scale, costs = (Scale.of(values, sprak, currency) for values in (ends, cash))
    names = [
        _("Handlers"),
        _("Cases per handler"),
        _("Cash, {unit}").format(unit=costs.unit),
        _("Saving against today, {unit}").format(unit=scale.unit),
        _("80 % from"),
        _("to"),
        _("Saving against the plan"),
    ]
    table = aligned(_("What if: each question is one row"), ["", *names])
    table.columns[0].no_wrap, table.columns[0].overflow = False, "fold"

    def row(name: str, reply: Reply, which: str, saved: list[str]) -> None:
        paid = float(together(reply, which, lambda c: c.cash_sek).sum())
        table.add_row(
            name,
            people(round(late_handlers(reply, which), 1), sprak),
            people(round(late_caseload(reply, which), 1), sprak),
            costs.write(paid),
            *saved,
        )

    row(_("Today"), found.plan, "today", [""] * 4)
    for reply in replies:
        part = reply.against_today
        saved = [scale.write(v) for v in (part.mean, part.low, part.high)]
        beside = scale.write(reply.against_plan.mean) if reply.text else ""
        row(reply.text or _("Plan"), reply, "course", [*saved, beside])
    return table


def _facts(found: Replies, reply: Reply, sprak: str, currency: str) -> list[str]:
    """Say what is saved, with its interval, and what binds."""
    _ = translator(sprak)
    lines = []
    if len(found.answers) < 2:  # otherwise the table says it
        text = _("Cash saved over {n} months against today: {x}.")
        against = interval(reply.against_today, sprak, currency)
        lines.append(text.format(n=len(found.months), x=against))
    if reply.text:
        lines.append(
            _("Against the plan: {x}.").format(
                x=interval(reply.against_plan, sprak, currency)
            )
        )
        whole = total(reply, "plan") - total(reply, "course")
        if abs(whole) >= NOUGHT_SEK:
            text = _("It saves {x} more than the plan, all costs together.")
            less = _("It costs {x} more than the plan, all costs together.")
            shown = amount(abs(whole), sprak, currency)
            lines.append((text if whole > 0 else less).format(x=shown))
        else:
            lines.append(_("All costs together it is as good as the plan."))
    held = _held(found, reply, sprak, currency)
    if held:
        lines.append(_("What limits it: {limits}.").format(limits="; ".join(held)))
    return lines


def _held(found: Replies, reply: Reply, sprak: str, currency: str) -> list[str]:
    """Say what binds; a cap that nobody stated is not named."""
    _ = translator(sprak)
    texts = {
        "shortage": _("{what} ({when}), for {price}"),
        "budget": _("{what} ({when}): one krona more saves {net} kr beside itself"),
    }
    said = []
    capped = found.case.settings.levers.caseload_max is not None
    for part in reply.parts:
        for bind in part.binds:
            cap = bind.kind == "caseload_cap"
            stated = capped or part.change.caseload_max is not None
            small = bind.kind != "budget" and bind.worth_sek < _WORTH
            if (cap and not stated) or (not cap and small):
                continue
            text = (
                _("{what} ({when})")
                if cap
                else texts.get(bind.kind, _("{what} ({when}): one more saves {price}"))
            )
            ends = found.months[[bind.months[0], bind.months[-1]]]
            said.append(
                text.format(
                    what=_(LIMITS[bind.kind]),
                    when=span(ends[0], ends[1], sprak),
                    price=amount(bind.worth_sek, sprak, currency),
                    net="" if cap else number(bind.worth_sek, 2, sprak),
                )
            )
    return said


def _explained(found: Replies, sprak: str) -> list[str]:
    _ = translator(sprak)
    lines = [
        _(
            "Handlers are counted in fractions here; `bemanna run` makes the plan in "
            "whole posts, with simulation checks and a report."
        ),
        status_quo(sprak),
        _(
            "The table is the expectation in the program. Savings are simulated in "
            "pairs, the same futures with and without, and may differ a little."
        ),
        eighty(sprak),
    ]
    replies = (found.plan, *found.answers)
    gap = max(abs(part.certificate.gap) for reply in replies for part in reply.parts)
    text = _("Proven: nothing within the limits is cheaper by more than {gap}%.")
    # a bound is known no better than the sums it is made of
    lines.append(text.format(gap=number(100 * max(gap, 1e-10), 8, sprak)))
    changed = [part.change for reply in found.answers for part in reply.parts]
    if any(change.world for change in changed):
        lines.insert(
            1,
            _(
                "Where more than staffing changes, today and the plan are counted "
                "under the same change: the plan keeps its handlers."
            ),
        )
    if any(change.log_hr is not None for change in changed):
        text = _("An effect that is asked about is taken as certain in its intervals.")
        lines.append(text)
    return lines
