"""A workbook and its sheets: looks, print, guarded texts, cells that can be named.

Nothing is on disk until every sheet is done: a text that must not be written leaves no
file behind.
"""

import io
import os
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from .layout import Desk
from .privacy import guard
from .workbookcells import ERROR, Block, Live, formula_of
from .workbooklooks import (
    CHART_SIZE,
    FORMULA_SIGNS,
    LINE,
    NARROW,
    format_of,
    widest,
    width_of,
)

#: Rows of every sheet above its own: title, what it is about, whether it agrees.
TITLE, ABOUT, STATUS, FIRST = 0, 1, 2, 4


class Book:
    """A workbook in memory.

    Parameters
    ----------
    desk : layout.Desk
    """

    def __init__(self, desk: Desk) -> None:
        self.desk, self._bytes = desk, io.BytesIO()
        self.file = xlsxwriter.Workbook(
            self._bytes,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "remove_timezone": True,
            },
        )
        self.file.set_size(2600, 1700)
        self.sheets: list[Sheet] = []
        self._formats: dict[tuple[str, str, bool], Any] = {}

    def sheet(
        self, name: str, about: str, colour: str, *, tall: bool = False
    ) -> "Sheet":
        """Add a sheet with its title."""
        made = Sheet(self, guard(name), colour, tall=tall)
        made.text(TITLE, 0, name, "title")
        made.text(ABOUT, 0, about, "note")
        self.sheets.append(made)
        return made

    def name(self, name: str, cell: Live) -> Live:
        """Give a cell a name of its own, and read it by that from now on."""
        self.file.define_name(name, f"={cell.formula}")
        return Live(name, cell.value)

    def look(self, look: str, numbers: str, *, quoted: bool = False) -> Any:
        """Give the format of a look and a kind of number."""
        key = look, numbers, quoted
        if key not in self._formats:
            form = format_of(look, numbers, self.desk.sprak)
            form |= {"quote_prefix": True} if quoted else {}
            self._formats[key] = self.file.add_format(form)
        return self._formats[key]

    def properties(self, about: dict[str, Any], own: dict[str, str]) -> None:
        """Set the properties of the document, and some that have no name there."""
        for value in (*about.values(), *own.values()):
            guard(value) if isinstance(value, str) else None
        self.file.set_properties(about)
        for name, value in own.items():
            self.file.set_custom_property(name, value)

    def save(self, path: Path) -> Path:
        """Write the workbook, whole or not at all."""
        for sheet in self.sheets:
            sheet.finish()
        self.file.close()
        part = path.with_name(f".{path.name}.part-{os.getpid()}")
        part.write_bytes(self._bytes.getvalue())
        return part.replace(path)


@dataclass
class Sheet:
    """One sheet; cells are named by row and column from nought.

    Attributes
    ----------
    widths : dict of int to float
        Of columns, in characters.
    wrapped : list of (int, int, str)
        Cells whose text wraps.
    breaks : list of int
        Rows before which a new printed page begins.
    """

    book: Book
    name: str
    colour: str
    tall: bool = False
    widths: dict[int, float] = field(default_factory=dict)
    wrapped: list[tuple[int, int, str]] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 0

    def __post_init__(self) -> None:
        self.page = self.book.file.add_worksheet(self.name)
        self.page.set_tab_color(self.colour)
        self.page.hide_gridlines(2)
        self.page.set_paper(9)  # A4
        self.page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        if not self.tall:
            self.page.set_landscape()
        self.page.fit_to_pages(1, 0)

    def text(
        self, row: int, column: int, text: str, look: str = "", *, fit: bool = True
    ) -> Live:
        """Write a text, which is never read as a formula.

        Parameters
        ----------
        fit : bool
            Whether the column is to be as wide; else the text runs over the next ones.
        """
        said = guard(text, self.name)
        form = self.book.look(look, "", quoted=said.startswith(FORMULA_SIGNS))
        self.page.write_string(row, column, said, form)
        self._grow(row, column, said if fit else "", look)
        return Live(self._cell(row, column), said)

    def number(
        self, row: int, column: int, value: float, numbers: str, look: str = ""
    ) -> Live:
        """Write a number; one that is not known leaves the cell empty."""
        form = self.book.look(look, numbers)
        if np.isfinite(value):
            self.page.write_number(row, column, float(value), form)
        else:
            self.page.write_blank(row, column, None, form)
        self._grow(row, column, width_of(value, numbers), look)
        known = float(value) if np.isfinite(value) else 0.0
        return Live(self._cell(row, column), known)

    def live(
        self,
        row: int,
        column: int,
        cell: Live,
        numbers: str = "",
        look: str = "",
        *,
        fit: bool = True,
    ) -> Live:
        """Write a formula and its value; returns the cell."""
        if cell.value == ERROR:
            raise ValueError(f"{self.name}: {cell.formula} has no value")
        text = formula_of(cell).replace(f"{self._prefix}!", "")
        value = guard(cell.value) if isinstance(cell.value, str) else cell.value
        form = self.book.look(look, numbers)
        self.page.write_formula(row, column, text, form, value)
        shown = value if isinstance(value, str) else width_of(value, numbers)
        self._grow(row, column, shown if fit else "", look)
        return Live(self._cell(row, column), cell.value)

    def head(
        self, row: int, names: Sequence[str], column: int = 0, left: int = 1
    ) -> None:
        """Write the heads of columns; those after the first few stand over numbers."""
        for at, name in enumerate(names, column):
            self.text(row, at, name, "head" if at < left else "number head")

    def numbers(
        self, row: int, column: int, values: Iterable[float], numbers: str
    ) -> list[Live]:
        """Write a column of numbers."""
        return [
            self.number(at, column, value, numbers)
            for at, value in enumerate(values, row)
        ]

    def months(self, row: int, column: int, months: pd.DatetimeIndex) -> Block:
        """Write a column of months."""
        form = self.book.look("words", "month")
        for at, month in enumerate(months, row):
            self.page.write_datetime(at, column, month.to_pydatetime(), form)
        self._grow(row + len(months) - 1, column, "9" * 8, "")
        return self.block(row, column, [0.0] * len(months))

    def block(
        self,
        row: int,
        column: int,
        values: Sequence[float | str],
        *,
        across: bool = False,
    ) -> Block:
        """Name a column of cells, or a row, with what has been written there."""
        down, right = (0, len(values) - 1) if across else (len(values) - 1, 0)
        cells = xl_range_abs(row, column, row + down, column + right)
        cells = f"{self._prefix}!{cells}"
        return Block(cells, tuple(values))

    def status(self, cell: Live) -> None:
        """Repeat at the top whether the workbook agrees with the run."""
        self.live(STATUS, 0, cell, look="bold")

    def repeat(self, row: int, columns: int = 1) -> None:
        """Keep the heads in sight, and repeat them on every printed page."""
        self.page.freeze_panes(row + 1, columns)
        self.page.repeat_rows(row)

    def chart(self, row: int, chart: Any, text: str, place: int = 0) -> None:
        """Set a chart, with the text that stands for it, beside those before it."""
        chart.set_size({"width": CHART_SIZE[0], "height": CHART_SIZE[1]})
        options = {"description": guard(text), "object_position": 2}
        offset = place * (CHART_SIZE[0] + 20)
        self.page.insert_chart(row, 0, chart, {**options, "x_offset": offset})

    def errors(self) -> Live:
        """Count cells with an error below the heading."""
        first = xl_range_abs(FIRST, 0, max(self.last_row, FIRST), self.last_column)
        return Live(f"SUMPRODUCT(--ISERROR({self._prefix}!{first}))", 0)

    def finish(self) -> None:
        """Set widths, heights and what stands at the foot of a printed page.

        Heights are set, for not every program lets a row grow with a text that wraps.
        """
        lines: dict[int, int] = {}
        for row, column, text in self.wrapped:
            width = 0.9 * self.widths.get(column, NARROW)
            count = len(textwrap.wrap(text, int(width)))
            lines[row] = max(lines.get(row, 1), count)
        for row, count in lines.items():
            self.page.set_row(row, LINE * count)
        self.page.set_row(TITLE, 1.7 * LINE)
        self.page.set_h_pagebreaks(self.breaks)
        for column, width in self.widths.items():
            self.page.set_column(column, column, width)
        info = self.book.desk.outcome.info
        about = f"{self.book.desk.outcome.case.settings.municipality.name}"
        about = guard(f"{about}, {info.run_id}").replace("&", "&&")
        self.page.set_footer(f"&L&8{about}&C&8&A&R&8&P / &N")

    def _cell(self, row: int, column: int) -> str:
        cell = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
        return f"{self._prefix}!{cell}"

    @property
    def _prefix(self) -> str:
        return "'" + self.name.replace("'", "''") + "'"

    def _grow(self, row: int, column: int, shown: str, look: str) -> None:
        """Let a column be as wide as what it shows; headings run over the next."""
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)
        if look in ("title", "part", "note") or row == STATUS:
            return
        wraps = look in ("words", "head", "number head")
        if wraps and shown:
            self.wrapped.append((row, column, shown))
        heading = wraps and look != "words"
        longest = max(map(len, shown.split()), default=0) if heading else len(shown)
        width = min(max(NARROW, 1.1 * longest + 2), widest(look))
        self.widths[column] = max(self.widths.get(column, 0.0), width)
