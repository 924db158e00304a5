"""The sheet of the forecast: whole years, and month by month with intervals."""

from dataclasses import dataclass

import numpy as np

from ..models.domain import Array, Paths
from .layout import Desk
from .tables import too_few
from .wording import risk
from .workbookcells import Checked, block_of
from .workbookcharts import Band, Series, lines
from .workbooklooks import CHART_ROWS
from .workbooknodes import thousands, too_small
from .workbookpages import FIRST, Sheet


@dataclass(frozen=True)
class _Quantity:
    """What is forecast: its name, futures, kind of number, and the title of its chart.

    One without a title gets no chart.
    """

    name: str
    paths: Paths
    numbers: str
    title: str


def write_forecast(sheet: Sheet, desk: Desk) -> list[Checked]:
    """Write the full-year forecast, and month by month with 80 % intervals."""
    row, checked = _years(sheet, desk, FIRST)
    say, forecast = desk.say, desk.outcome.forecast
    sheet.text(row, 0, say("Month by month, as today, all units"), "part")
    parts = _quantities(desk)
    if not parts:
        sheet.text(row + 1, 0, say("Too few households to show."), "note")
        return checked
    drawn = [part for part in parts if part.title]
    charts, row = row + 1, row + 1 + CHART_ROWS * bool(drawn)
    sheet.text(row, 0, say("Month"), "head")
    months = sheet.months(row + 1, 0, forecast.months)
    # what only the charts need stands last
    column, last = 1, 1 + 3 * len(parts)
    for part in parts:
        ends = (say("mean"), say("80% low"), say("80% high"))
        sheet.head(row, [f"{part.name}, {end}" for end in ends], column)
        mean, low, high = (
            sheet.numbers(row + 1, column + k, values, part.numbers)
            for k, values in enumerate(_shown(part.paths, part.numbers))
        )
        column += 3
        if not part.title:
            continue
        place = drawn.index(part)
        at = last + place
        sheet.head(row, [say("{what}, width of the band", what=part.name)], at)
        width = [
            sheet.live(line, at, b - a, part.numbers)
            for line, (a, b) in enumerate(zip(low, high, strict=True), row + 1)
        ]
        band = Band(say("80% interval"), block_of(low), block_of(width))
        line = [Series(say("mean"), block_of(mean))]
        form = "thousands" if part.numbers == "thousands" else "whole"
        chart = lines(sheet.book, part.title, months, line, band, form)
        text = say("A line for the mean and a band for the 80% interval.")
        sheet.chart(charts, chart, f"{part.title}. {text}", place)
    sheet.repeat(row)
    return checked


def _quantities(desk: Desk) -> list[_Quantity]:
    say, forecast, unit = desk.say, desk.outcome.forecast, thousands(desk)
    households = say("Households per month, as today, with 80% interval")
    paid = say("Paid per month, {unit}, as today, with 80% interval", unit=unit)
    known = (
        (say("Households served"), forecast.served, "tenths", households),
        (say("Paid, {unit}", unit=unit), forecast.paid, "thousands", paid),
        (say("New cases"), forecast.inflow, "tenths", ""),
        (say("Exits"), forecast.exits, "tenths", ""),
    )
    return [
        _Quantity(name, paths, numbers, title)
        for name, paths, numbers, title in known
        if paths is not None and not too_small(desk.outcome)
    ]


def _years(sheet: Sheet, desk: Desk, row: int) -> tuple[int, list[Checked]]:
    """Write the full-year forecast against the budget."""
    table, say = desk.outcome.year.table, desk.say
    if table.empty or too_small(desk.outcome):
        return row, []
    unit = thousands(desk)
    sheet.text(row, 0, say("Full-year forecast, as today, {unit}", unit=unit), "part")
    heads = [say("Year"), say("Outcome so far"), say("Forecast of the rest")]
    heads += [say("Full year"), say("80% low"), say("80% high"), say("Budget")]
    sheet.head(row + 1, [*heads, say("Deviation"), say("Risk of overrun")])
    checked = []
    for at, one in enumerate(table.to_dict("records"), row + 2):
        year = int(one["year"])
        sheet.text(at, 0, str(year))
        known = [
            sheet.number(at, column, one[key], "thousands")
            for column, key in ((1, "so_far_sek"), (2, "forecast_sek"))
        ]
        total = sheet.live(at, 3, known[0] + known[1], "thousands", "sum")
        for column, key in ((4, "lo-80"), (5, "hi-80"), (6, "budget_sek")):
            cell = sheet.number(at, column, one[key], "thousands")
        if np.isfinite(one["budget_sek"]):
            sheet.live(at, 7, cell - total, "thousands", "sum")
            sheet.text(at, 8, risk(one["probability_exceeds"], desk.sprak), "right")
        name = say("Full-year forecast {year}", year=year)
        checked.append(Checked(name, total, float(one["total_sek"])))
    row += 2 + len(table)
    for note in desk.outcome.year.notes:
        sheet.text(row, 0, note, "note")
        row += 1
    return row + 1, checked


def _shown(paths: Paths, numbers: str) -> tuple[Array, Array, Array]:
    """Mean and 80 % interval of all units; counts of too few are left out."""
    total = paths.total()
    mean, low, high = total.mean()[0], total.quantile(0.1)[0], total.quantile(0.9)[0]
    if numbers != "thousands":
        few = np.array([too_few(value) for value in mean])
        mean, low, high = (np.where(few, np.nan, v) for v in (mean, low, high))
    return mean, low, high
