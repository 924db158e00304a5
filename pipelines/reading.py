"""Files as Swedish offices save them: encodings, separators, Excel, line numbers.

A table is read as text, exactly as it stands, with the line number of an editor as
index; `parsing` makes values of it.
"""

import csv
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import language
from .faults import Report

#: First bytes of a workbook (.xlsx), and of an old (.xls) or encrypted one.
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
DAMAGED = "it is damaged, or of another kind than its name says"
#: Room for rows that are longer than the header, so that each can be named.
SPARE = 16
# UTF-8 read as Windows-1252, a replacement sign, or DOS text read as Windows-1252
_BROKEN = re.compile("Ã[¥¤¶…„–\u0085\u0084\u0096]|\ufffd|(?<=[a-z])[†„”](?=[a-z])")


@dataclass(frozen=True)
class RawTable:
    """A file's table as it stands.

    Attributes
    ----------
    name : str
        File name as the user knows it.
    frame : pandas.DataFrame
        Columns by header; text, but for parquet. Index = line as an editor counts.
    decimal_point : bool
        Whether numbers are written with a point (comma-separated file) or, as in
        Swedish files, with a comma.
    """

    name: str
    frame: pd.DataFrame
    decimal_point: bool = False


def read_table(path: Path, report: Report) -> RawTable | None:
    """Read a CSV, Excel or parquet file; None, with faults in `report`, if it fails.

    Parameters
    ----------
    path : Path
        Suffix .parquet, else told by its content: a workbook or text.
    report : Report
    """
    name = path.name
    try:
        if path.suffix.lower() == ".parquet":
            return _typed(name, pd.read_parquet(path), report)
        data = path.read_bytes()
        if data.startswith(_OLD_EXCEL):
            report.add("old_excel", file=name)
            return None
        if data.startswith(_ZIP):  # a workbook, whatever its name says
            cells = pd.read_excel(BytesIO(data), header=None, dtype=object)
            grid, spare, point = _excel_text(cells), 0, False
        else:
            text = decode(data, name, report)
            if text is None:
                return None
            if not text.strip():
                report.add("file_empty", file=name)
                return None
            grid, spare, point = _csv_grid(text, name, report)
    except pd.errors.ParserError as error:
        line = re.search(r"line (\d+)", str(error))
        row = int(line.group(1)) if line else None
        report.add("row_too_long", file=name, row=row)
        return None
    except FileNotFoundError:
        report.add("file_missing", file=name, value=name)
        return None
    except OSError as error:
        report.add("file_unreadable", file=name, reason=reason(error, report.sprak))
        return None
    except (ValueError, KeyError, ImportError, SyntaxError, zipfile.BadZipFile):
        damaged = language.translator(report.sprak)(DAMAGED)
        report.add("file_unreadable", file=name, reason=damaged)
        return None
    return _with_header(name, grid, spare, point, report)


def decode(data: bytes, name: str, report: Report) -> str | None:
    """Text of a file in UTF-8 (with or without mark), UTF-16 or Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codes = ["utf-16"]
    else:
        codes = ["utf-8-sig", "cp1252"]
    for code in codes:
        try:
            text = data.decode(code)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        broken = _BROKEN.search(text)
        if broken:
            row = text.count("\n", 0, broken.start()) + 1
            line = text.split("\n")[row - 1]
            report.add("mojibake", file=name, row=row, value=line.strip())
            return None
        return text
    report.add("encoding", file=name)
    return None


def separator(header: str) -> str:
    r"""Tell the separator from the header: semicolon, TAB or comma.

    >>> separator("enhet;månad;belopp, kr")
    ';'
    """
    bare = re.sub(r'"[^"]*"', "", header)
    return next((mark for mark in ";\t" if mark in bare), ",")


def _csv_grid(text: str, name: str, report: Report) -> tuple[pd.DataFrame, int, bool]:
    """Every field as text (index = line), spare columns, whether a point is decimal."""
    lines = text.split("\n", 50)[:50]
    first = next((i for i, line in enumerate(lines) if _is_header(line)), 0)
    mark = separator(lines[first])
    width = len(next(csv.reader([lines[first]], delimiter=mark)))
    # lines above the header stay as empty lines, so that line numbers hold
    body = "\n" * first + text.split("\n", first)[first]
    grid = pd.read_csv(
        StringIO(body),
        sep=mark,
        header=None,
        names=list(range(width + SPARE)),
        index_col=False,
        dtype=str,
        keep_default_na=False,
        skip_blank_lines=False,
    ).fillna("")
    grid.index = pd.RangeIndex(1, len(grid) + 1)
    if text.rstrip("\n").count("\n") + 1 > len(grid):
        # quoted fields that span lines push the rows below them down
        breaks = sum((grid[c].str.count("\n") for c in grid), pd.Series(0, grid.index))
        grid.index = grid.index + breaks.cumsum().shift(fill_value=0).astype(int)
    return grid, SPARE, mark == ","


def _is_header(line: str) -> bool:
    bare = line.strip(" ;,\t")
    return bool(bare) and not bare.lower().startswith("sep=")


def _excel_text(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells as the same file saved as a Swedish CSV would show them."""

    def text(column: "pd.Series[Any]") -> "pd.Series[str]":
        numbers = pd.to_numeric(column, errors="coerce")
        is_number = column.map(
            lambda cell: (
                isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
            )
        )
        shown = column.where(column.notna(), "").astype(str)
        whole = is_number & (numbers % 1 == 0)
        shown = shown.mask(whole, numbers.where(whole, 0).astype("int64").astype(str))
        part = is_number & ~whole & numbers.notna()
        return shown.mask(part, shown.str.replace(".", ",", regex=False))

    grid = cells.apply(text)
    grid.index = pd.RangeIndex(1, len(grid) + 1)
    return grid.astype(str)


def _with_header(
    name: str, grid: pd.DataFrame, spare: int, point: bool, report: Report
) -> RawTable | None:
    """Take the first row with text as header, drop empty rows and nameless columns."""
    blank = grid.apply(lambda column: column.str.strip() == "").all(axis=1)
    grid = grid[~blank]
    if len(grid) < 2:
        report.add("file_empty", file=name)
        return None
    header = grid.iloc[0].str.strip()
    frame = grid.iloc[1:]
    if spare:
        beyond = frame.iloc[:, -spare:].apply(lambda c: c.str.strip() != "").any(axis=1)
        for row in frame.index[beyond]:
            report.add("row_too_long", file=name, row=int(row))
        frame, header = frame.iloc[:, :-spare], header.iloc[:-spare]
    named = (header != "").to_numpy()
    frame, header = frame.loc[:, named], header[named]
    for title in header[header.str.casefold().duplicated()]:
        report.add("duplicate_header", file=name, row=int(grid.index[0]), value=title)
    frame = frame.set_axis(list(header), axis=1)
    return RawTable(name, frame.loc[:, ~frame.columns.duplicated()], point)


def _typed(name: str, frame: pd.DataFrame, report: Report) -> RawTable | None:
    if frame.empty:
        report.add("file_empty", file=name)
        return None
    frame = frame.set_axis(frame.columns.astype(str), axis=1)
    return RawTable(name, frame.set_axis(pd.RangeIndex(1, len(frame) + 1)), True)


def reason(error: OSError, sprak: str) -> str:
    """Why the system refused, in the reader's language."""
    return language.translator(sprak)(error.strerror or DAMAGED)
