"""Charts of the workbook: native, titled with their units, in the colours of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .drawing import COLOURS
from .workbookcells import Block
from .workbooklooks import shown_as
from .workbookpages import Book

#: Role -> how a line is drawn; never by colour alone.
_LINES = {
    "plan": {"color": COLOURS["plan"], "width": 2.5},
    "today": {"color": COLOURS["today"], "width": 2.0, "dash_type": "dash"},
}
_TEXT = {"size": 9, "color": COLOURS["ink"]}


@dataclass(frozen=True)
class Series:
    """A line or a set of columns.

    Attributes
    ----------
    name : str
    cells : Block
    role : {"plan", "today"}
    """

    name: str
    cells: Block
    role: str = "plan"


@dataclass(frozen=True)
class Band:
    """An interval around a line: its lower end, and how far it is to the upper."""

    name: str
    low: Block
    width: Block


def lines(
    book: Book,
    title: str,
    months: Block,
    series: Sequence[Series],
    band: Band | None = None,
    numbers: str = "whole",
) -> Any:
    """Draw months as lines, with a band behind them."""
    front = book.file.add_chart({"type": "line"})
    for one in series:
        line = {"line": _LINES[one.role]}
        front.add_series(_series(one.name, months, one.cells, line))
    chart = front
    if band is not None:
        chart = book.file.add_chart({"type": "area", "subtype": "stacked"})
        for name, cells, fill in (
            ("", band.low, {"none": True}),
            (band.name, band.width, {"color": COLOURS["band"]}),
        ):
            look: dict[str, Any] = {"fill": fill, "border": {"none": True}}
            chart.add_series(_series(name, months, cells, look))
        chart.combine(front)
    axis: dict[str, Any] = {"date_axis": True, "major_unit": 6}
    axis |= {"num_format": shown_as("short month", book.desk.sprak)}
    _dress(book, chart, title, numbers, axis | {"major_unit_type": "months"})
    hidden = {"delete_series": [0]} if band is not None else {}
    chart.set_legend({"position": "bottom", "font": _TEXT, **hidden})
    return chart


def columns(
    book: Book, title: str, heads: Block, series: Sequence[Series], numbers: str
) -> Any:
    """Draw years as columns side by side."""
    chart = book.file.add_chart({"type": "column"})
    for one in series:
        look = {"fill": {"color": COLOURS[one.role]}, "gap": 80}
        chart.add_series(_series(one.name, heads, one.cells, look))
    _dress(book, chart, title, numbers, {})
    chart.set_legend({"position": "bottom", "font": _TEXT})
    return chart


def _series(
    name: str, heads: Block, cells: Block, look: Mapping[str, Any]
) -> dict[str, Any]:
    """Tell what a series reads, and how it looks."""
    where = {"categories": f"={heads.formula}", "values": f"={cells.formula}"}
    return {"name": name, **where, **look}


def _dress(
    book: Book, chart: Any, title: str, numbers: str, axis: dict[str, Any]
) -> None:
    font = {"name_font": _TEXT, "num_font": _TEXT}
    chart.set_title(
        {"name": title, "name_font": {"size": 12, "bold": True}, "overlay": False}
    )
    chart.set_x_axis({**font, **axis, "line": {"color": COLOURS["muted"]}})
    grid = {"visible": True, "line": {"color": COLOURS["grid"], "width": 0.75}}
    chart.set_y_axis(
        {
            **font,
            "num_format": shown_as(numbers, book.desk.sprak),
            "min": 0,
            "major_gridlines": grid,
            "line": {"none": True},
        }
    )
    chart.set_chartarea({"border": {"none": True}})
