"""The first sections of the result page: plan, economy, units, the year."""

from ..optimisation.plan import StaffingPlan
from . import sentences, verdict
from .findings import Findings, findings, steps
from .language import percent
from .layout import Desk, Grid, Part
from .tables import small_units
from .wording import Scale, cases, direction, people, risk, span, year_name


def plan_part(desk: Desk) -> Part | None:
    """Handlers month by month."""
    found = desk.found
    if found is None:
        return None
    say, sprak = desk.say, desk.sprak
    rows = [
        (
            say("today"),
            people(found.today.handlers[0], sprak),
            "",
            "",
            cases(found.today.caseload[0], sprak),
        )
    ]
    rows += [
        (
            span(step.first, step.last, sprak),
            people(step.handlers, sprak),
            people(step.hires, sprak),
            people(step.releases, sprak),
            cases(step.caseload, sprak),
        )
        for step in steps(found)
    ]
    head = ("Months", "Handlers", "Hired", "Ended", "Cases per handler")
    grid = Grid(
        say("Proposed handlers; months with the same number are joined"),
        tuple(say(name) for name in head),
        tuple(rows),
    )
    held: list[tuple[float, str]] = []
    for plan in desk.outcome.plans:
        for limit, text in zip(
            plan.limits, sentences.limits(desk.outcome, plan, sprak), strict=True
        ):
            one = len(desk.outcome.plans) == 1
            named = text if one else f"{plan.unit.name}: {text}"
            held.append((limit.price_sek, named))
    told = tuple(text for __, text in sorted(held, reverse=True))
    title = (
        say("What limits the plan, dearest first")
        if held
        else say("Nothing limits the plan beyond its own costs")
    )
    return Part(
        "plan",
        say("The plan"),
        texts=tuple(
            filter(
                None,
                (
                    sentences.hiring(found, sprak),
                    sentences.leavers(desk.outcome, sprak),
                    sentences.caseload(found, sprak),
                ),
            )
        ),
        pictures=desk.pictures("plan"),
        tables=(grid,),
        items_title=title,
        items=told[:6],
        more_title=say("More limits"),
        more=told[6:],
    )


def economy_part(desk: Desk) -> Part | None:
    """Cash per calendar year, and what comes after."""
    found = desk.found
    if found is None:
        return None
    say, sprak, plans = desk.say, desk.sprak, desk.outcome.plans
    texts = [
        sentences.status_quo(sprak),
        verdict.payback(found, sprak, desk.currency),
        verdict.from_exits(found, sprak, desk.currency),
    ]
    if len(plans) == 1:
        plan = plans[0]
        texts += [
            verdict.chance(plan, sprak) if found.changes else "",
            "" if desk.outcome.doubts else verdict.flat(plan, sprak, desk.currency),
            verdict.reallocation(plan, sprak, desk.currency),
            *sentences.levers(plan, sprak, desk.currency),
        ]
    return Part(
        "economy",
        say("Economy"),
        texts=tuple(filter(None, texts)),
        pictures=desk.pictures("saving", "costcurve"),
        tables=(cash_grid(desk, found),),
        notes=(
            say(
                "Cash is what is paid out, without interest. Staff includes hires and "
                "bought time."
            ),
            say(
                "Value after the period: the plan leaves another number of open cases "
                "and handlers behind it than today's staffing does. An open case "
                "counts as what it is expected to cost until it is closed for good, a "
                "handler as what it costs to hire and train another, both at {rate} "
                "interest. It is no money in any year's budget.",
                rate=percent(
                    desk.outcome.case.settings.run.discount_year_share, 1, sprak
                ),
            ),
            sentences.eighty(sprak),
        ),
    )


def cash_grid(desk: Desk, found: Findings, scale: Scale | None = None) -> Grid:
    """Set cash per calendar year beside today's, in the unit that fits unless given."""
    say, sprak = desk.say, desk.sprak
    money = found.cash.drop(columns="year")
    if scale is None:
        scale = Scale.of(money.to_numpy(float), sprak, desk.currency)
    names = ["benefit_today", "benefit_plan", "staff_today", "staff_plan"]
    rows = []
    for row in found.cash.to_dict("records"):
        cells = [scale.write(row[f"{name}_sek"]) for name in [*names, "saving"]]
        ends = scale.between(row["saving_lo_80"], row["saving_hi_80"])
        year = year_name(row["year"], found.months, sprak)
        rows.append((year, *cells, ends))
    sums = [scale.write(money[f"{name}_sek"].sum()) for name in names]
    for name, cells, part in (
        (say("In all"), sums, found.saving),
        (say("Value after the period"), ["", "", "", ""], found.after),
    ):
        ends = scale.between(part.low, part.high)
        rows.append((name, *cells, scale.write(part.mean), ends))
    head = (
        "Year",
        "Benefit today",
        "Benefit, plan",
        "Staff today",
        "Staff, plan",
        "Saving",
        "80% interval",
    )
    return Grid(
        say(
            "Cash per calendar year, {unit} (saving = today minus plan)",
            unit=scale.unit,
        ),
        tuple(say(name) for name in head),
        tuple(rows),
        totals=frozenset({len(rows) - 1, len(rows) - 2}),
    )


def units_part(desk: Desk) -> Part | None:
    """One row per unit, where there are several."""
    plans, say, sprak = desk.outcome.plans, desk.say, desk.sprak
    if len(plans) < 2:
        return None
    each = [one for plan in plans if (one := findings((plan,))) is not None]
    ends = [v for one in each for v in (one.saving.low, one.saving.high)]
    scale = Scale.of(ends, sprak, desk.currency)
    small = small_units(desk.outcome.case)
    rows = tuple(
        (
            plan.unit.name,
            people(one.today.handlers[0], sprak),
            people(one.settled_handlers, sprak),
            *_loads(one, sprak, small=bool(small.get(plan.unit.name, False))),
            scale.write(one.saving.mean),
            scale.between(one.saving.low, one.saving.high),
        )
        for plan, one in zip(plans, each, strict=True)
    )
    head = (
        say("Unit"),
        say("Handlers today"),
        say("Handlers, plan"),
        say("Cases per handler today"),
        say("Cases per handler, last year of the plan"),
        say("Saving, {unit}", unit=scale.unit),
        say("80% interval"),
    )
    return Part(
        "units",
        say("Per unit"),
        tables=(Grid(say("Plan and cash saving per unit"), head, rows),),
        items=tuple(
            f"{plan.unit.name}: {text}"
            for plan, one in zip(plans, each, strict=True)
            if (text := _unit_text(desk, plan, one))
        ),
        notes=(
            say(
                "Intervals of the whole are the units' limits added up: exact if "
                "the effect turns out the same everywhere, else too wide."
            ),
        ),
    )


def _loads(one: Findings, sprak: str, *, small: bool) -> tuple[str, str]:
    """Write cases per handler; times handlers they are the number of households."""
    if small:
        return "–", "–"
    return (
        cases(one.today.caseload[0], sprak),
        cases(one.plan.late_caseload, sprak),
    )


def _unit_text(desk: Desk, plan: StaffingPlan, one: Findings) -> str:
    hire = sentences.hiring(one, desk.sprak)
    pays = verdict.breakeven(desk.outcome, plan, desk.sprak, source=False)
    bought = sentences.levers(plan, desk.sprak, desk.currency)
    return " ".join(filter(None, (hire, pays, *bought)))


def year_part(desk: Desk) -> Part | None:
    """Full-year forecast against the budget."""
    table, say, sprak = desk.outcome.year.table, desk.say, desk.sprak
    if table.empty:
        return None
    sums = ["so_far_sek", "forecast_sek", "total_sek", "lo-80", "hi-80"]
    scale = Scale.of(table[sums].to_numpy(float), sprak, desk.currency)
    rows: tuple[tuple[str, ...], ...] = tuple(
        (
            str(row["year"]),
            scale.write(row["so_far_sek"]),
            scale.write(row["forecast_sek"]),
            scale.write(row["total_sek"]),
            scale.between(row["lo-80"], row["hi-80"]),
            scale.write(row["budget_sek"]),
            scale.write(row["deviation_sek"]),
            risk(row["probability_exceeds"], sprak),
        )
        for row in table.to_dict("records")
    )
    head: tuple[str, ...] = (
        "Year",
        "So far",
        "Forecast of the rest",
        "Full year",
        "80% interval",
        "Budget",
        "Deviation",
        "Risk of overrun",
    )
    caption = say(
        "Full-year forecast, {unit}; deviation = budget minus full year",
        unit=scale.unit,
    )
    if table["budget_sek"].isna().all():  # nothing to compare with
        caption = say("Full-year forecast, {unit}", unit=scale.unit)
        head, rows = head[:5], tuple(row[:5] for row in rows)
    return Part(
        "year",
        say("Full-year forecast"),
        texts=_with_plan(desk),
        pictures=desk.pictures("year", "yearbridge"),
        tables=(Grid(caption, tuple(say(name) for name in head), rows),),
        notes=desk.outcome.year.notes,
    )


def _with_plan(desk: Desk) -> tuple[str, ...]:
    """Say that the forecast is today's staffing, and what the plan would change."""
    said = desk.say("The full-year forecast is for today's staffing.")
    found, year = desk.found, int(desk.outcome.year.table["year"].iloc[0])
    if found is None or not found.changes or year not in set(found.cash["year"]):
        return (said,)
    change = found.cash.set_index("year")["saving_sek"][year]
    words = direction(change, desk.sprak, desk.currency)
    with_plan = desk.say(
        "For {year} the plan is expected to mean {x}.", year=year, x=words
    )
    return (f"{said} {with_plan}",)
