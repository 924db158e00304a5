"""Official statistics that users fetch themselves: what was read, and whose it is.

Shared by `kolada`, `scb` and `socialstyrelsen`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .faults import Report
from .language import number, translator
from .reading import reason

#: Parts of a source line.
SOURCE = "Source: {publisher}, {table}."
PROCESSED = "Own calculations on figures from {origin}, {table}."
FETCHED = "Fetched {day}."
FETCHED_STALE = "Fetched {day}, {n} days ago; nobody answered now."
SAVED = "File saved {day}."
LEFT_OUT = {
    "deleted": "{n} figures were withdrawn by the publisher and are not used.",
    "missing": "{n} figures are missing at the publisher.",
    "suppressed": "{n} figures are suppressed for confidentiality.",
    "beyond": "{n} figures of counties, regions or groups are not used.",
    "incomplete": "{n} years without all twelve months have no yearly amount.",
}


@dataclass(frozen=True)
class Source:
    """Where a table comes from, and what may be said of that.

    Attributes
    ----------
    publisher : str
        Whom the figures as they stand are quoted from.
    table : str
        Table, indicators or file.
    terms, processed_terms : str
        Terms of use that a reader must be told, for figures as they stand and for
        figures worked on; message ids.
    origins : tuple of str
        Whom processed figures are from: a database may forbid that it is named as the
        source of what others have worked out. Message ids where they are not names.
    day : date or None
        When the figures were fetched, or the file saved; the oldest of several.
    saved : bool
        Whether `day` is the file's, not a download's.
    stale : bool
        Whether an older copy was used since nobody answered.
    left_out : mapping of str to int
        Figures not used, by reason; keys of `LEFT_OUT`.
    """

    publisher: str
    table: str
    terms: str
    processed_terms: str
    origins: tuple[str, ...]
    day: date | None = None
    saved: bool = False
    stale: bool = False
    left_out: Mapping[str, int] | None = None

    def of(self, table: str) -> "Source":
        """Give the source of some of the figures; what is left out is told of all."""
        return replace(self, table=table, left_out=None)


class Official(NamedTuple):
    """A table of official figures and its source."""

    table: pd.DataFrame
    source: Source


def source_line(
    source: Source, processed: bool, sprak: str = "sv", today: date | None = None
) -> str:
    """Give the line to print with the figures.

    Parameters
    ----------
    source : Source
    processed : bool
        Whether the figures were worked on: summed, allocated, corrected for prices.
        Figures only sorted or in another unit were not.
    sprak : {"sv", "en"}
    today : date, optional
        The day from which the age of an older copy is counted.
    """
    _ = translator(sprak)
    text = _(PROCESSED) if processed else _(SOURCE)
    origin = ", ".join(map(_, source.origins))
    words = {"publisher": source.publisher, "origin": origin, "table": _(source.table)}
    parts = [text.format(**words)]
    if source.day is not None:
        age = ((today or datetime.now(UTC).date()) - source.day).days
        when = SAVED if source.saved else FETCHED_STALE if source.stale else FETCHED
        parts.append(
            _(when).format(day=source.day.isoformat(), n=number(age, 0, sprak))
        )
    parts.append(_(source.processed_terms if processed else source.terms))
    parts += [
        _(LEFT_OUT[why]).format(n=number(n, 0, sprak))
        for why, n in (source.left_out or {}).items()
        if n
    ]
    return " ".join(part for part in parts if part)


class Body(NamedTuple):
    """What a file or an address holds: its name, the bytes, the day they are from."""

    name: str
    data: bytes
    day: date


def bodies_of(
    given: Path | Sequence[Path], suffixes: tuple[str, ...], report: Report
) -> list[Body]:
    """Read a file, several, or those of a folder in order of their names.

    What is missing or cannot be read is a fault in `report`.
    """
    bodies = []
    known = ", ".join(suffixes)
    if not isinstance(given, Path) and not given:
        report.add("official_missing", value="[]", address="[]", known=known)
    for path in [given] if isinstance(given, Path) else given:
        inside = [path] if path.is_file() else []
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in suffixes)
        if not inside:
            report.add(
                "official_missing",
                file=path.name,
                value=path,
                address=path,
                known=known,
            )
        for file in inside:
            try:
                saved = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
                bodies.append(Body(file.name, file.read_bytes(), saved))
            except OSError as error:
                why = reason(error, report.sprak)
                report.add("file_unreadable", file=file.name, reason=why)
    return bodies


def refuse_conflicts(
    table: pd.DataFrame, keys: list[str], report: Report
) -> pd.DataFrame:
    """Keep each key once; a key with two different figures is a fault.

    Parameters
    ----------
    table : DataFrame
        `keys`, `value` and `file`; the index is the line of the file, 0 if it has none.
    keys : list of str
    report : Report
    """
    same = table.drop_duplicates([*keys, "value"])
    again = same.duplicated(keys).to_numpy()
    which = same.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    first = dict(zip(which[~again], same["value"][~again], strict=True))
    for at in np.flatnonzero(again).tolist():
        row = same.iloc[at]
        report.add(
            "official_conflict",
            file=row["file"],
            row=int(same.index[at]) or None,
            column="value",
            value=_shown(row["value"]),
            got=_shown(first[which[at]]),
            series=", ".join(_shown(row[key]) for key in keys if pd.notna(row[key])),
        )
    return same[~again]


def merge_years(*tables: pd.DataFrame) -> pd.DataFrame:
    """Give one row per municipality and year, as `municipalities` takes it.

    Parameters
    ----------
    *tables : DataFrame
        `code, year, households, paid_sek, source`, as each database's `yearly` gives
        them. Of a figure that several have, the first table's is used.

    Returns
    -------
    DataFrame
        The same columns; `source` names every table that a figure is from.
    """
    figures = ["households", "paid_sek"]
    parts = [table.set_index(["code", "year"]).sort_index() for table in tables]
    rows = pd.MultiIndex.from_tuples(
        sorted({key for part in parts for key in part.index}), names=["code", "year"]
    )
    merged = pd.DataFrame(float("nan"), index=rows, columns=figures)
    source = pd.Series("", index=rows)
    for part in parts:
        here = part[figures].reindex(rows)
        used = here.notna() & merged.isna()
        merged = merged.where(~used, here)
        line = part["source"].reindex(rows).where(used.any(axis=1), "")
        source = (source + " " + line).str.strip()
    return merged.assign(source=source).reset_index()


def _shown(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m}"
    if isinstance(value, float):
        return "–" if pd.isna(value) else f"{value:.10g}"
    return str(value)
