"""Files of statistics as cells of text, before anything is known of their layout.

`reading` reads a table whose first row is its header; here nothing is taken for one.
"""

import csv
import zipfile
from io import BytesIO
from typing import Any, NamedTuple

import pandas as pd

from .faults import Report
from .language import translator
from .reading import DAMAGED, decode, separator

#: First bytes of a workbook, and of an old or encrypted one.
_WORKBOOK, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class Grid(NamedTuple):
    """Cells of a file as text; `lines` are numbered as an editor or Excel does."""

    name: str
    cells: list[list[str]]
    lines: list[int]
    decimal_point: bool


def read_grid(name: str, data: bytes, report: Report) -> Grid | None:
    """Give the cells of a file as they stand, rows of title and notes too.

    Parameters
    ----------
    name : str
        The file's name, for faults.
    data : bytes
        CSV in UTF-8, UTF-16 or Windows-1252, separated by semicolon, TAB or comma; or
        a workbook, told by its content.
    report : Report
        Gets the fault where there are no cells; None is given then.
    """
    if data.startswith(_OLD_EXCEL):
        report.add("old_excel", file=name)
        return None
    if data.startswith(_WORKBOOK):
        try:
            sheet = pd.read_excel(BytesIO(data), header=None, dtype=object)
        except (ValueError, KeyError, SyntaxError, zipfile.BadZipFile):
            _damaged(name, report)
            return None
        cells = [[_text(cell) for cell in row] for row in sheet.to_numpy()]
        return Grid(name, cells, list(range(1, len(cells) + 1)), True)
    text = decode(data, name, report)
    if text is None:
        return None
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        report.add("file_empty", file=name)
        return None
    # a title may hold a comma where the table has semicolons: most lines decide
    marks = [separator(line) for line in lines if separator(line) in line]
    mark = max(";\t,", key=marks.count)
    reader = csv.reader(text.split("\n"), delimiter=mark)
    try:
        read = [([_bare(cell) for cell in row], reader.line_num) for row in reader]
    except csv.Error:  # a quotation mark that is never closed
        _damaged(name, report)
        return None
    return Grid(name, [row for row, _ in read], [n for _, n in read], mark == ",")


def _damaged(name: str, report: Report) -> None:
    reason = translator(report.sprak)(DAMAGED)
    report.add("file_unreadable", file=name, reason=reason)


def _bare(cell: str) -> str:
    """Take away space around a cell, and no-break spaces in it."""
    return cell.replace("\u00a0", " ").strip()


def _text(cell: Any) -> str:
    """Text of a workbook's cell; numbers with a decimal point."""
    if pd.isna(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return _bare(str(cell))
