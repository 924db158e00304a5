"""What a planner reads when the run is done, in 80 columns; and the same as JSON."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .certainty import other_effect
from .documents import DOCUMENTS
from .findings import Findings, findings, steps
from .language import translator
from .outcome import Outcome
from .printing import aligned, fitted, paragraph, progress, section, where
from .sentences import (
    caseload,
    caveats,
    eighty,
    expected,
    headline,
    hiring,
    levers,
    limits,
    status_quo,
)
from .summary import summary_json
from .verdict import (
    breakeven,
    flat,
    from_exits,
    known,
    payback,
    saving,
    worth,
)
from .wording import Scale, cases, people, risk, span, year_name
from .writing import Place

__all__ = ["print_summary", "progress", "summary_json"]

#: Units that the terminal lists; all are on the page and in plan.csv.
MOST_UNITS = 12


def print_summary(
    outcome: Outcome, place: Place, sprak: str = "sv", console: Console | None = None
) -> None:
    """Print the summary.

    Parameters
    ----------
    place : Place
        Where the results are.
    console : rich.console.Console, optional
        Default stdout.
    """
    _ = translator(sprak)
    out = fitted(console)
    found = findings(outcome.plans)
    currency = outcome.case.settings.economy.currency
    out.print()
    out.print(Text(_title(outcome, sprak), style="bold"))
    if outcome.case.simulated:
        paragraph(out, _("Simulated register: nobody's real figures."), style="yellow")
    paragraph(out, headline(outcome, sprak))
    if found is not None:
        paragraph(out, saving(found, sprak, currency))
        paragraph(out, worth(found, sprak, currency))
    for caveat in caveats(outcome, sprak):
        paragraph(out, caveat, style="yellow")
    if found is not None:
        out.print()
        out.print(_handlers(found, sprak))
        out.print()
        out.print(_cash(found, sprak, currency))
        paragraph(
            out, f"{_('Saving = today minus plan.')} {eighty(sprak)}", style="dim"
        )
        if len(outcome.plans) > 1:
            out.print()
            out.print(_units(outcome, sprak, currency))
        section(out, _("What lies behind"), _facts(outcome, found, sprak, currency))
    ahead = expected(outcome, sprak)
    if ahead:
        section(out, _("The forecast"), [ahead])
    if not outcome.year.table.empty:
        out.print()
        out.print(_year(outcome, sprak, currency))
    if outcome.cannot_tell:
        title = _("What these figures cannot tell")
        section(out, title, list(outcome.cannot_tell))
    where(out, place, sprak, "resultat.html", DOCUMENTS)


def _title(outcome: Outcome, sprak: str) -> str:
    _ = translator(sprak)
    name = outcome.case.settings.municipality.name
    if not outcome.plans:
        return _("{name}: forecast").format(name=name)
    months = outcome.plans[0].months
    when = span(months[0], months[-1], sprak)
    return _("{name}: staffing plan {when}").format(name=name, when=when)


def _handlers(found: Findings, sprak: str) -> Table:
    _ = translator(sprak)
    names = [_("Months"), _("Handlers"), _("Hired"), _("Ended"), _("Cases per handler")]
    table = aligned(_("Handlers"), names)
    now = [people(found.today.handlers[0], sprak), "", ""]
    table.add_row(_("today"), *now, cases(found.today.caseload[0], sprak))
    for step in steps(found):
        table.add_row(
            span(step.first, step.last, sprak),
            people(step.handlers, sprak),
            people(step.hires, sprak),
            people(step.releases, sprak),
            cases(step.caseload, sprak),
        )
    return table


def _cash(found: Findings, sprak: str, currency: str) -> Table:
    _ = translator(sprak)
    cash = found.cash
    money = cash.drop(columns="year")
    scale = Scale.of([*money.to_numpy(float).ravel()], sprak, currency)
    title = _("Cash per calendar year, {unit}")
    table = aligned(
        title.format(unit=scale.unit),
        [
            _("Year"),
            _("Benefit today"),
            _("plan"),
            _("Staff today"),
            _("plan"),
            _("Saving"),
            _("80 % from"),
            _("to"),
        ],
    )
    columns = ["benefit_today", "benefit_plan", "staff_today", "staff_plan", "saving"]
    for row in cash.to_dict("records"):
        cells = [scale.write(row[f"{column}_sek"]) for column in columns]
        ends = [scale.write(row[f"saving_{end}_80"]) for end in ("lo", "hi")]
        table.add_row(year_name(row["year"], found.months, sprak), *cells, *ends)
    total = [scale.write(money[f"{column}_sek"].sum()) for column in columns[:4]]
    for name, cells, part in (
        (_("In all"), total, found.saving),
        (_("Value after"), [""] * 4, found.after),
    ):
        parts = [scale.write(v) for v in (part.mean, part.low, part.high)]
        table.add_row(name, *cells, *parts, style="bold")
    return table


def _units(outcome: Outcome, sprak: str, currency: str) -> Table:
    _ = translator(sprak)
    found = [findings((plan,)) for plan in outcome.plans[:MOST_UNITS]]
    known = [one for one in found if one is not None]
    ends = [v for one in known for v in (one.saving.low, one.saving.high)]
    scale = Scale.of(ends, sprak, currency)
    names = [
        _("Unit"),
        _("Handlers"),
        _("plan"),
        _("Saving, {unit}").format(unit=scale.unit),
        _("80% interval"),
    ]
    table = aligned(_("Per unit"), names)
    for plan, one in zip(outcome.plans, known, strict=False):
        table.add_row(
            plan.unit.name,
            people(one.today.handlers[0], sprak),
            people(one.settled_handlers, sprak),
            scale.write(one.saving.mean),
            scale.between(one.saving.low, one.saving.high),
        )
    if len(outcome.plans) > MOST_UNITS:
        table.add_row(
            _("... and {n} more").format(n=len(outcome.plans) - MOST_UNITS),
            *[""] * 4,
        )
    return table


def _facts(outcome: Outcome, found: Findings, sprak: str, currency: str) -> list[str]:
    lines = [
        status_quo(sprak),
        payback(found, sprak, currency),
        caseload(found, sprak),
        from_exits(found, sprak, currency),
    ]
    _ = translator(sprak)
    if len(outcome.plans) > 1:
        about = _("Effect of half as many cases per handler on exits.")
        return [*lines, f"{about} {known(outcome.effect, sprak)}"]
    plan = outcome.plans[0]
    lines.insert(0, hiring(found, sprak))
    held = limits(outcome, plan, sprak)
    if held:
        lines.append(
            _("What limits the plan: {limits}.").format(limits="; ".join(held))
        )
    lines += levers(plan, sprak, currency)
    lines.append(breakeven(outcome, plan, sprak))
    if outcome.doubts:
        lines.append(other_effect(outcome, sprak))
    return [*lines, flat(plan, sprak, currency)]


def _year(outcome: Outcome, sprak: str, currency: str) -> Table:
    _ = translator(sprak)
    table = outcome.year.table
    columns = ["so_far_sek", "total_sek", "lo-80", "hi-80", "budget_sek"]
    scale = Scale.of(table[columns].to_numpy(float), sprak, currency)
    head = [_("Year"), _("So far"), _("Full year"), _("80% interval")]
    title = _("Full-year forecast, {unit}")
    budgeted = bool(table["budget_sek"].notna().any())
    if budgeted:
        head += [_("Budget"), _("Deviation"), _("Risk of overrun")]
        title = _("Full-year forecast, {unit} (deviation = budget minus forecast)")
    shown = aligned(title.format(unit=scale.unit), head)
    for row in table.to_dict("records"):
        cells = [
            scale.write(row["so_far_sek"]),
            scale.write(row["total_sek"]),
            scale.between(row["lo-80"], row["hi-80"]),
        ]
        if budgeted:
            cells += [
                scale.write(row["budget_sek"]),
                scale.write(row["deviation_sek"]),
                risk(row["probability_exceeds"], sprak),
            ]
        shown.add_row(str(row["year"]), *cells)
    return shown
