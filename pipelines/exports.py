"""Tables as statistics databases export them, to one row per figure.

Rows of title above the header, notes below the table, one or two header rows, years
and months as rows or as columns, one measure in the title or several in columns: what
Socialstyrelsen's and SCB's databases give as CSV and Excel.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import pandas as pd

from . import parsing
from .faults import Report
from .grids import Grid, read_grid

#: Rows in which a header is looked for.
TOP = 40
YEAR = r"(?:19|20)\d\d"
_REGION = re.compile(r"(region|kommun|område|municipality)[ _-]?(kod|code)?")
#: Headings, folded, by what the column holds.
_ROLES = {
    **dict.fromkeys(("år", "year"), "year"),
    **dict.fromkeys(("månad", "month"), "month"),
    **dict.fromkeys(("tid", "time", "period"), "period"),
    **dict.fromkeys(("mått", "tabellinnehåll", "observations"), "measure"),
}
#: Headings of groups of people or households; never figures, even where they look so.
_GROUPS = re.compile(r"(kön|ålder|sex|age|inrikes|hushållstyp|bakgrund)")
#: Columns of ours, while a table is read.
_OURS = {
    *("region", "text", "measure", "when", "column", "value", "hidden"),
    *("year", "month", "code", "file", "told", "line"),
}
#: A figure hidden for confidentiality; "--", "..", "-" and empty are not known.
_HIDDEN = r"[xX]|[<≤]\s*\d+"


class Export(NamedTuple):
    """What an export holds.

    Attributes
    ----------
    rows : DataFrame, index = line of the file
        `region, measure` (text), `year` (Int64), `month` (NaT in yearly tables),
        `value` (NaN where not known), `hidden` (bool), `column` (heading of the
        figure), and the columns in `groups`.
    groups : tuple of str
        Columns that split people or households: sex, age, where they were born.
    title : str
        Rows above the header.
    """

    rows: pd.DataFrame
    groups: tuple[str, ...]
    title: str


def read_export(name: str, data: bytes, report: Report) -> Export | None:
    """Read an exported table; None, with faults in `report`, if it fails.

    Parameters
    ----------
    name : str
        The file's name, for faults.
    data : bytes
        CSV in UTF-8, UTF-16 or Windows-1252, separated by semicolon, TAB or comma; or
        a workbook, told by its content.
    report : Report
    """
    grid = read_grid(name, data, report)
    if grid is None:
        return None
    top = _header(grid)
    if top is None:
        report.add("official_header", file=grid.name)
        return None
    first, last = top
    title = ", ".join(cell for row in grid.cells[:first] for cell in row if cell)
    heads = _headings(grid, first, last)
    folded = pd.Series(heads).str.casefold()
    twice = folded.duplicated() & (folded != "")
    for head in pd.Series(heads)[twice]:
        report.add("duplicate_header", file=name, row=grid.lines[last], value=head)
    if twice.any():
        return None
    body = _body(grid, last, len(heads))
    if body.empty:
        report.add("file_empty", file=grid.name)
        return None
    roles = [_role(head, body[i], grid.decimal_point) for i, head in enumerate(heads)]
    return _long(grid, body, heads, roles, title, report)


def _header(grid: Grid) -> tuple[int, int] | None:
    """First and last row of the header: the one with the regions' heading, or two.

    Years and months are in two rows where both are columns; the regions' heading is in
    the lower one, or, where cells were merged, in the upper.
    """
    for i, row in enumerate(grid.cells[:TOP]):
        at = [j for j, cell in enumerate(row) if _REGION.fullmatch(cell.casefold())]
        if not at or sum(map(bool, row)) < 2:
            continue
        below = grid.cells[i + 1] if i + 1 < len(grid.cells) else []
        if not "".join(below[: at[0] + 1]) and any(map(_is_time, below)):
            return i, i + 1
        above = grid.cells[i - 1] if i else []
        two = any(map(_is_time, above)) and not above[0]
        return (i - 1 if two else i), i
    return None


def _headings(grid: Grid, first: int, last: int) -> list[str]:
    """Headings; where years and months are two rows, both in one: "Mars 2024"."""
    lower = grid.cells[last]
    if first == last:
        return lower
    width = max(len(lower), len(grid.cells[first]))
    upper, lower = (
        row + [""] * (width - len(row)) for row in (grid.cells[first], lower)
    )
    told, over = [], ""
    for up, down in zip(upper, lower, strict=True):
        over = up or over  # a merged cell has its text in its first column only
        pair = f"{down} {over}" if re.fullmatch(YEAR, over) else f"{over} {down}"
        told.append(pair if down and _is_month(pair) else down or up)
    return told


def _is_time(text: str) -> bool:
    """Whether a text is a year, a month or the name of a month."""
    return (
        bool(re.fullmatch(YEAR, text)) or _is_month(text) or _is_month(f"{text} 2000")
    )


@cache
def _is_month(text: str) -> bool:
    return bool(parsing.months(pd.Series([text])).notna()[0])


def _body(grid: Grid, top: int, width: int) -> pd.DataFrame:
    """Rows below the header that have more than one cell: not notes; by position."""
    rows = {
        line: (row + [""] * width)[:width]
        for line, row in zip(grid.lines[top + 1 :], grid.cells[top + 1 :], strict=True)
        if sum(bool(cell) for cell in row) > 1
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=range(width))


def _role(head: str, cells: "pd.Series[str]", point: bool) -> str:
    """Tell what a column holds: region, year, month, period, measure, group, figure."""
    name = head.casefold()
    if _REGION.fullmatch(name):
        return "region"
    if name in _ROLES:
        return _ROLES[name]
    if _period(head)[1]:
        return "figure"
    if not name or _GROUPS.match(name):
        return "group" if name else ""
    if not cells.any():
        return ""
    # what is hidden or not known says nothing of its column
    read = parsing.numbers(_known(cells), point)
    texts, told = int(read.wrong.sum()), int((~read.missing).sum())
    return "figure" if 2 * texts <= told else "group"


def _period(head: str) -> tuple[str, str]:
    """Split a heading in measure and period: "Folkmängd 2024", "2024M03", "Mars"."""
    if _is_time(head):
        return "", head
    found = re.fullmatch(rf"(.*\S)\s+({YEAR}(?:M\d\d)?)", head)
    return (found[1], found[2]) if found else (head, "")


def _known(cells: "pd.Series[str]") -> "pd.Series[str]":
    """Text of figures, empty where the table says that there is none."""
    return cells.mask(cells.str.fullmatch(r"-{2,}|\.{1,3}|:"), "")


def _long(
    grid: Grid,
    body: pd.DataFrame,
    heads: Sequence[str],
    roles: Sequence[str],
    title: str,
    report: Report,
) -> Export | None:
    """One row per figure."""
    at = {role: i for i, role in reversed(list(enumerate(roles)))}
    # of a code and a name the code is surer
    coded = [
        i for i, role in enumerate(roles) if role == "region" and "kod" in heads[i]
    ]
    at["region"] = coded[0] if coded else at["region"]
    groups = [i for i, role in enumerate(roles) if role == "group"]
    names = tuple(group_name(heads[i]) for i in groups)
    figures = [i for i, role in enumerate(roles) if role == "figure"]
    # notes below the table have no figures
    body = body[(body[figures] != "").any(axis=1)]
    parts = []
    for i in figures:
        measure, period = _period(heads[i])
        part = pd.DataFrame({"region": body[at["region"]], "text": body[i]})
        part["measure"] = body[at["measure"]] if "measure" in at else measure
        part["when"] = _when(body, at, period, title)
        part["column"] = heads[i]
        for group, name in zip(groups, names, strict=True):
            part[name] = body[group]
        parts.append(part)
    if not parts:
        report.add("official_header", file=grid.name)
        return None
    rows = pd.concat(parts)
    rows["month"] = parsing.months(rows["when"])
    year = rows["when"].where(rows["when"].str.fullmatch(YEAR))
    rows["year"] = (
        rows["month"]
        .dt.year.astype("Int64")
        .fillna(pd.to_numeric(year).astype("Int64"))
    )
    unread = rows[rows["year"].isna()]
    for line, row in unread[~unread.duplicated(["when"])].iterrows():
        where = {"row": int(str(line)), "value": row["when"]}
        report.add("official_period", file=grid.name, column=row["column"], **where)
    rows["hidden"] = rows["text"].str.fullmatch(_HIDDEN)
    read = parsing.numbers(_known(rows["text"]), grid.decimal_point)
    rows["value"] = read.values
    for rule, wrong in (
        ("not_a_number", read.wrong),
        ("thousands_point", read.ambiguous),
    ):
        for line, row in rows[wrong].iterrows():
            where = {"row": int(str(line)), "column": row["column"]}
            report.add(rule, file=grid.name, value=row["text"], **where)
    columns = ["region", "measure", "year", "month", "value", "hidden", "column"]
    return Export(rows[[*columns, *names]], names, title)


def group_name(heading: str) -> str:
    """Name of a column of groups, apart from the columns that every table has."""
    return f"({heading})" if heading in _OURS else heading


def _when(
    body: pd.DataFrame, at: dict[str, int], period: str, title: str
) -> "pd.Series[str]":
    """Year or month of every figure of a column, as text."""
    if re.fullmatch(YEAR, period) or (period and _is_month(period)):
        return pd.Series(period, index=body.index)
    if "period" in at:
        return body[at["period"]]
    told = set(re.findall(rf"\b{YEAR}\b", title))
    only = told.pop() if len(told) == 1 else ""
    year = body[at["year"]] if "year" in at else pd.Series(only, index=body.index)
    month = body[at["month"]] if "month" in at else period
    return year if isinstance(month, str) and not month else _joined(month, year)


def _joined(month: "pd.Series[str] | str", year: "pd.Series[str]") -> "pd.Series[str]":
    """Name or number of a month with its year: "Mars 2024", "2024-3"."""
    months = pd.Series(month, index=year.index) if isinstance(month, str) else month
    number = months.str.fullmatch(r"\d{1,2}")
    # a month that has its year already stays as it is
    whole = months.str.contains(YEAR)
    joined = (months + " " + year).where(~number, year + "-" + months)
    return joined.where(~whole, months)
