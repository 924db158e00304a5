"""The sheet of the plan, month by month, and what it comes to per calendar year."""

from collections.abc import Iterable, Sequence

import numpy as np

from ..models.domain import Array
from ..optimisation.course import Course
from ..optimisation.plan import StaffingPlan
from .findings import Findings
from .layout import Desk
from .tables import small_units
from .wording import year_name
from .workbookcells import Checked, Live, block_of, when
from .workbookcharts import Band, Series, lines
from .workbooklooks import CHART_ROWS
from .workbooknodes import thousands, too_small
from .workbookpages import FIRST, Sheet

#: Columns after unit and month, and the kind of number.
_KINDS = {
    "handlers_today": "exact",
    "handlers": "exact",
    "hires": "exact",
    "releases": "exact",
    "shortage": "exact",
    "cases_today": "tenths",
    "cases": "tenths",
    "cases_low": "tenths",
    "cases_high": "tenths",
    "caseload_today": "tenths",
    "caseload": "tenths",
    "benefit_today": "thousands",
    "benefit": "thousands",
    "staff_today": "thousands",
    "staff": "thousands",
    "cash_today": "thousands",
    "cash": "thousands",
    "cases_width": "tenths",
}
#: What shows the number of households of a small unit.
_TELLS = ("cases", "caseload", "benefit", "cash")
_ADDS_UP = ("hires", "releases", "shortage", "benefit", "staff", "cash")


def write_plan(sheet: Sheet, desk: Desk) -> list[Checked]:
    """Write the plan beside today's staffing: all units, then each."""
    say, plans = desk.say, desk.outcome.plans
    hidden, row = too_small(desk.outcome), FIRST + CHART_ROWS
    sheet.head(
        row, [say("Unit"), say("Month"), *_heads(desk, _kinds(plans)).values()], left=2
    )
    sheet.repeat(row, 2)
    many = len(plans) > 1
    name = say("All units") if many else plans[0].unit.name
    columns = _rows(sheet, row + 1, name, plans, hidden=hidden)
    _charts(sheet, desk, row + 1, columns)
    row += 1 + len(plans[0].months)
    checked = _sums(sheet, desk, row, columns)
    small = small_units(desk.outcome.case)
    for plan in plans if many else ():
        row += 2
        few = bool(small.get(plan.unit.name, False))
        _rows(sheet, row, plan.unit.name, (plan,), hidden=few)
        row += len(plan.months) - 1
    return checked


def write_proposal(
    sheet: Sheet, desk: Desk, found: Findings, row: int
) -> list[Checked]:
    """Write the run's own plan in cash per calendar year, with its interval."""
    say, cash, unit = desk.say, found.cash, thousands(desk)
    title = say("The plan that the program proposes, all units, {unit}", unit=unit)
    sheet.text(row, 0, title, "part")
    if too_small(desk.outcome):
        sheet.text(row + 1, 0, say("Too few households to show."), "note")
        return []
    years = [year_name(int(y), found.months, desk.sprak) for y in cash["year"]]
    sheet.head(row + 1, ["", *years, say("Sum")])
    lines_ = (
        ("benefit_today_sek", say("Benefit, as today")),
        ("staff_today_sek", say("Staff, as today")),
        ("benefit_plan_sek", say("Benefit, plan")),
        ("staff_plan_sek", say("Staff, plan")),
    )
    at = row + 2
    cells: dict[str, list[Live]] = {}
    for key, name in lines_:
        sheet.text(at, 0, name)
        cells[key] = [
            sheet.number(at, column, value, "thousands")
            for column, value in enumerate(cash[key], 1)
        ]
        total = block_of(cells[key]).total()
        cells[key].append(sheet.live(at, len(years) + 1, total, "thousands"))
        at += 1
    sheet.text(at, 0, say("Saved in cash: today's minus the plan's"), "sum")
    saving = []
    for column, four in enumerate(zip(*cells.values(), strict=True), 1):
        cell = four[0] + four[1] - four[2] - four[3]
        saving.append(sheet.live(at, column, cell, "thousands", "sum"))
    whole = found.saving
    for key, name, end in (
        ("saving_lo_80", say("80% interval, lower end"), whole.low),
        ("saving_hi_80", say("80% interval, upper end"), whole.high),
    ):
        at += 1
        sheet.text(at, 0, name)
        for column, value in enumerate([*cash[key], end], 1):
            sheet.number(at, column, value, "thousands")
    name = say("The plan: saved in cash over the months")
    return [Checked(name, saving[-1], whole.mean)]


def _kinds(plans: Sequence[StaffingPlan]) -> dict[str, str]:
    """Columns that are known; futures may not have been simulated."""
    unknown = any(plan.fans is None for plan in plans)
    left_out = ("cases_low", "cases_high", "cases_width") if unknown else ()
    return {key: form for key, form in _KINDS.items() if key not in left_out}


def _heads(desk: Desk, kinds: Iterable[str]) -> dict[str, str]:
    say, unit = desk.say, thousands(desk)
    names = {
        "handlers": say("Handlers"),
        "hires": say("Hired"),
        "releases": say("Ended"),
        "shortage": say("Bought time, months"),
        "cases": say("Cases"),
        "caseload": say("Cases per handler"),
        "benefit": say("Benefit, {unit}", unit=unit),
        "staff": say("Staff, {unit}", unit=unit),
        "cash": say("Cash, {unit}", unit=unit),
    }
    sides = {
        "": say("plan"),
        "today": say("as today"),
        "low": say("plan, 80% low"),
        "high": say("plan, 80% high"),
        "width": say("plan, width of the band"),
    }
    parts = {key: key.partition("_") for key in kinds}
    return {
        key: f"{names[what]}, {sides[end]}" for key, (what, _, end) in parts.items()
    }


def _rows(
    sheet: Sheet, row: int, name: str, plans: Sequence[StaffingPlan], *, hidden: bool
) -> dict[str, list[Live]]:
    """Write the months of some units together; returns the cells by column."""
    months = plans[0].months
    for at in range(row, row + len(months)):
        sheet.text(at, 0, name)
    sheet.months(row, 1, months)
    known = _added(plans)
    made: dict[str, list[Live]] = {}
    for column, (key, form) in enumerate(_kinds(plans).items(), 2):
        if hidden and key.startswith(_TELLS):
            made[key] = []
            continue
        if key in known:
            made[key] = sheet.numbers(row, column, known[key], form)
            continue
        made[key] = [
            sheet.live(at, column, _worked_out(key, made, k), form)
            for k, at in enumerate(range(row, row + len(months)))
        ]
    return made


def _worked_out(key: str, made: dict[str, list[Live]], k: int) -> Live:
    """Give the formula of a cell that follows from others of its row."""
    what, _, end = key.partition("_")
    tail = f"_{end}" if end == "today" else ""

    def cell(name: str) -> Live:
        return made[f"{name}{tail}"][k]

    if what == "caseload":
        handlers = cell("handlers")
        return when(handlers > 0, cell("cases") / handlers, "")
    if what == "cash":
        return cell("benefit") + cell("staff")
    return made["cases_high"][k] - made["cases_low"][k]


def _added(plans: Sequence[StaffingPlan]) -> dict[str, Array]:
    """Add up units, month by month, by column; ends of intervals are added too.

    What is unsure moves all units the same way, so that the sum of ends is no narrower
    than the interval of the sum.
    """

    def total(values: Sequence[Array]) -> Array:
        summed: Array = np.sum(values, axis=0)
        return summed

    made = {}
    for tail, courses in (
        ("_today", [plan.today for plan in plans]),
        ("", [plan.proposed for plan in plans]),
    ):
        made[f"handlers{tail}"] = total([c.handlers for c in courses])
        made[f"cases{tail}"] = total([c.cases.sum(0) for c in courses])
        made[f"benefit{tail}"] = total([c.benefit_sek for c in courses])
        made[f"staff{tail}"] = total([_staff(c) for c in courses])
    for key in ("hires", "releases", "shortage"):
        made[key] = total([getattr(plan.proposed, key) for plan in plans])
    fans = [plan.fans for plan in plans if plan.fans is not None]
    for key, end in (("cases_low", 0), ("cases_high", 2)):
        if len(fans) == len(plans):
            made[key] = total([fan[0].cases[end] for fan in fans])
    return made


def _staff(course: Course) -> Array:
    return course.staff_sek + course.shortage_sek


def _sums(
    sheet: Sheet, desk: Desk, row: int, columns: dict[str, list[Live]]
) -> list[Checked]:
    """Sum the months, and set the program's own sums beside for the check."""
    say, plans = desk.say, desk.outcome.plans
    sheet.text(row, 0, say("Sum"), "sum")
    made = {}
    for column, (key, form) in enumerate(_kinds(plans).items(), 2):
        if columns[key] and key.startswith(_ADDS_UP):
            total = block_of(columns[key]).total()
            made[key] = sheet.live(row, column, total, form, "sum")
    program = {
        "cash_today": sum(float(plan.today.cash_sek.sum()) for plan in plans),
        "cash": sum(float(plan.proposed.cash_sek.sum()) for plan in plans),
    }
    names = {
        "cash_today": say("The plan's months: cash, as today"),
        "cash": say("The plan's months: cash, plan"),
    }
    return [Checked(names[k], made[k], program[k]) for k in names if k in made]


def _charts(sheet: Sheet, desk: Desk, row: int, columns: dict[str, list[Live]]) -> None:
    """Draw handlers, and cases with the band of simulated futures."""
    say, plan = desk.say, desk.outcome.plans[0]
    months = sheet.block(row, 1, [0.0] * len(plan.months))
    words = say("A dashed line for today's staffing, a full one for the plan.")
    title = say("Handlers per month: today and the plan")
    pair = [
        Series(say("as today"), block_of(columns["handlers_today"]), "today"),
        Series(say("plan"), block_of(columns["handlers"])),
    ]
    chart = lines(sheet.book, title, months, pair, numbers="tenths")
    sheet.chart(FIRST, chart, f"{title}. {words}")
    if not columns["cases"]:
        return
    title, band = say("Cases per month: today and the plan"), None
    pair = [
        Series(say("as today"), block_of(columns["cases_today"]), "today"),
        Series(say("plan"), block_of(columns["cases"])),
    ]
    if "cases_low" in columns:
        title = say("Cases per month: today and the plan with 80% interval")
        low, width = block_of(columns["cases_low"]), block_of(columns["cases_width"])
        band = Band(say("plan, 80% interval"), low, width)
    chart = lines(sheet.book, title, months, pair, band)
    sheet.chart(FIRST, chart, f"{title}. {words}", 1)
