"""Applications as sums by unit and month: what one household asked goes no further.

The file has either a number for each unit, month and kind, or one row for each
application with the day it came in; days also show how even they are.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import parsing
from .checks import by_schema
from .config import Settings
from .faults import Report

NEW, RENEWED = "new", "renewed"
#: What the kinds may be called, apart from upper and lower case.
KINDS = {
    NEW: (NEW, "ny", "nyansökan"),
    RENEWED: (RENEWED, "renewal", "återansökan", "förnyad"),
}
KEYS = ["unit", "month", "kind"]


@dataclass(frozen=True)
class Applications:
    """Applications that came in.

    Attributes
    ----------
    monthly : pandas.DataFrame
        `unit, month, kind` ("new" or "renewed"), `applications, within_day`: how many,
        and how many of them were decided within a working day (NaN where not known).
    dispersion : float or None
        k of a day, whose number has variance m + m^2 / k; infinity where days differ
        no more than by chance, None where days are not known.
    """

    monthly: pd.DataFrame
    dispersion: float | None = None


def counted(
    table: pd.DataFrame | None,
    flows: pd.DataFrame,
    settings: Settings,
    last: pd.Timestamp,
    file: str,
    report: Report,
) -> Applications | None:
    """Check applications and add them up.

    Parameters
    ----------
    table : DataFrame or None
        `unit, kind` and either `month, applications`, perhaps `within_day`, or `date`,
        perhaps `complete, decided`; index = line of the file. Rows of the same unit,
        month and kind are added.
    flows : DataFrame
        Whose units applications should have.
    settings : Settings
    last : Timestamp
        Latest month that can have been.
    file : str
    report : Report

    Returns
    -------
    Applications or None
        None without a file, or where it cannot be read.
    """
    if table is None:
        return None
    by_day = "date" in table
    missing = [] if by_day else [n for n in ("month", "applications") if n not in table]
    for name in missing:
        report.add(
            "missing_column",
            file=file,
            column=name,
            value=name,
            table="applications",
            known=", ".join(map(str, table)),
            nearest=report.nearest(name, map(str, table)),
        )
    if missing:
        return None
    if settings.intake is None:
        report.add("applications_unused", file=file)
    table = table.assign(kind=_kinds(table["kind"], file, report))
    table = (_from_days if by_day else _from_months)(table, file, report)
    columns = [*KEYS, "applications", "within_day"]
    by_schema(table[columns], "applications", last, file, report)
    more = table["within_day"] > table["applications"]
    report.add_rows(
        "within_day_more",
        table.loc[more, "within_day"].map("{:g}".format),
        file=file,
        column="within_day",
        got=table.loc[more, "applications"].map("{:g}".format),
    )
    _check_units(table, flows, file, report)
    known = table.dropna(subset=["month", "applications"])
    sums = known.groupby(KEYS)[["applications", "within_day"]].sum()
    unknown = known["within_day"].isna().groupby([known[k] for k in KEYS]).any()
    sums["within_day"] = sums["within_day"].mask(unknown)
    days = by_day and len(known) > 0
    return Applications(sums.reset_index(), _dispersion(known) if days else None)


def _kinds(texts: "pd.Series[str]", file: str, report: Report) -> "pd.Series[str]":
    """Give the kinds their names; an unknown word is a fault."""
    names = {word: kind for kind, words in KINDS.items() for word in words}
    kinds = texts.str.casefold().map(names)
    wrong = texts[kinds.isna() & (texts != "")]
    near = {text: report.nearest(text, names) for text in wrong.unique()}
    report.add_rows(
        "unknown_kind", wrong, file=file, column="kind", nearest=wrong.map(near)
    )
    return kinds.mask(wrong.reindex(kinds.index).notna(), NEW).fillna("").astype("str")


def _from_months(table: pd.DataFrame, file: str, report: Report) -> pd.DataFrame:
    """Read the month of each row."""
    read, text = parsing.months(table["month"]), table["month"]
    report.add_rows(
        "bad_month", text[read.isna() & (text != "")], file=file, column="month"
    )
    report.add_rows("empty_text", text[text == ""], file=file, column="month")
    table = table.assign(month=read)
    return table if "within_day" in table else table.assign(within_day=np.nan)


def _from_days(table: pd.DataFrame, file: str, report: Report) -> pd.DataFrame:
    """Make counts of single applications, decided within a working day or not.

    The clock starts when an application is complete, where that is known. What comes
    in on a weekend comes in on Monday.
    """
    days = {
        name: _days(table[name], name, file, report)
        for name in ("date", "complete", "decided")
        if name in table
    }
    day = days["date"]
    within = pd.Series(np.nan, index=table.index)
    if "decided" in days:
        start, decided = days.get("complete", day).fillna(day), days["decided"]
        early = decided < day
        shown = decided[early].dt.strftime("%Y-%m-%d")
        report.add_rows("decided_early", shown, file=file, column="decided")
        both = start.notna() & decided.notna()
        spent = np.busday_count(_plain(start[both]), _plain(decided[both]))
        within = within.where(day.isna(), 0.0)  # not decided yet: not within a day
        within[both] = (spent <= 1).astype(float)
    month = day.dt.to_period("M").dt.to_timestamp()
    return table.assign(month=month, day=day, applications=1.0, within_day=within)


def _days(
    text: "pd.Series[str]", name: str, file: str, report: Report
) -> "pd.Series[pd.Timestamp]":
    day = pd.to_datetime(text.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    report.add_rows("bad_day", text[day.isna() & (text != "")], file=file, column=name)
    if name == "date":
        report.add_rows("empty_text", text[text == ""], file=file, column=name)
    return day


def _plain(days: "pd.Series[pd.Timestamp]") -> NDArray[np.datetime64]:
    return days.to_numpy().astype("datetime64[D]")


def _dispersion(known: pd.DataFrame) -> float:
    """Estimate k of a day by moments, within each unit and month.

    sum (variance - mean) estimates sum mean^2 / k over units and months.
    """
    working = np.busday_offset(_plain(known["day"]), 0, roll="forward")
    daily = known.assign(day=working)
    first, last = working.min(), working.max()
    every = pd.bdate_range(first, last, name="day")
    wide = pd.crosstab(daily["day"], daily["unit"]).reindex(every, fill_value=0)
    months = wide.groupby(every.to_period("M"))
    mean, variance = months.mean(), months.var()
    whole = months.size() > 1
    over = float((variance - mean)[whole].to_numpy().sum())
    square = float((mean**2)[whole].to_numpy().sum())
    return square / over if over > 0 else np.inf


def _check_units(
    table: pd.DataFrame, flows: pd.DataFrame, file: str, report: Report
) -> None:
    """Warn of units that only one of the two files knows."""
    units = pd.Index(flows["unit"].unique())
    named = pd.Index(table["unit"].unique())
    for rule, values, known in (
        ("applications_missing_unit", units.difference(named), named),
        ("applications_unknown_unit", named.difference([*units, ""]), units),
    ):
        for unit in values:
            near = report.nearest(unit, known)
            report.add(rule, file=file, column="unit", value=unit, nearest=near)
