"""SCB's tables: CSV or JSON-stat 2 of its database, from file or by address.

Full-year equivalents on assistance by municipality and month (HE0000T02N2, TAB1386) and
residents by municipality and year (BE0101) among them. Terms:
https://www.scb.se/vara-tjanster/oppna-data/ (CC0; SCB is not to be named as the source
of what others have worked out).
"""

import json
import math
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from . import parsing
from .exports import YEAR, read_export
from .faults import Report
from .fetching import Manners, fetch
from .fetchtexts import tell
from .official import (
    Body,
    Official,
    Source,
    bodies_of,
    refuse_conflicts,
)
from .regions import BEYOND, municipality_names, region_codes

PUBLISHER = "SCB"
CC0 = "Licence CC0."
NOT_THEIRS = "The figures as worked out here are not the publisher's."
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".json")
KEYS = ["code", "year", "month", "measure"]
#: Roles of dimensions in JSON-stat, and what SCB calls them where none is given.
_ROLES = (("time", "Tid"), ("geo", "Region"), ("metric", "ContentsCode"))
#: SCB bears ten questions in ten seconds.
ONE_A_SECOND = Manners(pause=1.0)


def read_scb(
    given: Path | Sequence[Path],
    *,
    names: Mapping[str, str] | None = None,
    sprak: str = "sv",
) -> Official:
    """Read saved tables.

    Parameters
    ----------
    given : Path or sequence of Path
        A file, several (of the same table), or a folder.
    names : mapping of str to str, optional
        Municipality by code; those of SCB unless given.
    sprak : {"sv", "en"}

    Returns
    -------
    Official
        `code` ("0180"; "00" = the nation), `year`, `month` (NaT in yearly tables),
        `measure` (as the table names it), a column for each other dimension (sex,
        age), `value`. Figures that are missing ("..", "-") are left out and counted in
        the source.

    Raises
    ------
    InputError
        With every fault in every file.
    """
    report = Report(sprak)
    bodies = bodies_of(given, SUFFIXES, report)
    return _official(bodies, names, report, saved=True)


def fetch_scb(
    url: str,
    cache: Path,
    *,
    names: Mapping[str, str] | None = None,
    manners: Manners = ONE_A_SECOND,
    sprak: str = "sv",
) -> Official:
    """Fetch a table by the address that answers with it; the same as `read_scb`.

    Parameters
    ----------
    url : str
        Of CSV or JSON-stat 2, e.g. `.../api/v2/tables/TAB1386/data?...` with the
        selection of regions and months; the database shows it for a table.
    cache : Path
        Folder where the answer is kept.
    names, sprak
        See `read_scb`.
    manners : Manners

    Raises
    ------
    InputError
        As `read_scb`, and where nobody answers and no copy is kept.
    """
    report = Report(sprak)
    got = fetch(url, cache, manners=manners, sound=_is_answer, sprak=sprak)
    body = Body(url, got.body, got.when.date())
    return _official([body], names, report, stale=got.stale)


def _is_answer(body: bytes) -> bool:
    """Whether a body can be a table: a page of HTML is not."""
    return bool(body.strip()) and not body.lstrip().startswith(b"<")


def _official(
    bodies: Sequence[Body],
    names: Mapping[str, str] | None,
    report: Report,
    *,
    saved: bool = False,
    stale: bool = False,
) -> Official:
    """Tidy table of every file; raises everything found."""
    names = municipality_names() if names is None else names
    parts: list[Part] = []
    for body in bodies:
        part = _part(body, report)
        if part is not None:
            codes = region_codes(part.rows["region"], names, body.name, report)
            rows = part.rows.drop(columns="region").assign(code=codes, file=body.name)
            parts.append(part._replace(rows=rows))
    report.stop_if_faulty()
    rows = pd.concat([part.rows for part in parts])
    inside = rows["code"] != BEYOND
    missing = inside & rows["value"].isna()
    used = rows[inside & ~missing]
    others = [str(c) for c in used if c not in (*KEYS, "value", "file")]
    table = refuse_conflicts(used, [*KEYS, *others], report)
    report.stop_if_faulty()
    publishers = sorted({part.publisher for part in parts})
    source = Source(
        publisher=", ".join(publishers),
        table="; ".join(dict.fromkeys(part.title for part in parts)),
        terms=CC0,
        processed_terms=NOT_THEIRS,
        origins=tuple(publishers),
        day=min(body.day for body in bodies),
        saved=saved,
        stale=stale,
        left_out={"missing": int(missing.sum()), "beyond": int((~inside).sum())},
    )
    order = [*KEYS, *others, "value"]
    return Official(table[order].sort_values(order[:-1]).reset_index(drop=True), source)


class Part(NamedTuple):
    """One answer: its figures, its title, and whose statistics they are."""

    rows: pd.DataFrame
    title: str
    publisher: str


def _part(body: Body, report: Report) -> Part | None:
    """Read one table, told by its content; None, with faults, if it fails."""
    if body.data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return _cube(body, report)
    export = read_export(body.name, body.data, report)
    if export is None:
        return None
    rows = export.rows.drop(columns=["hidden", "column"])
    rows["measure"] = rows["measure"].where(rows["measure"] != "", export.title)
    return Part(rows, export.title or body.name, PUBLISHER)


def _cube(body: Body, report: Report) -> Part | None:
    """Unfold JSON-stat 2: every combination of the dimensions, the last one fastest."""
    try:
        data = json.loads(body.data.decode("utf-8-sig"))
        dimensions = {name: _categories(data["dimension"][name]) for name in data["id"]}
        sizes = [len(labels) for labels in dimensions.values()]
        values = _values(data["value"], math.prod(sizes))
        if sizes != list(data["size"]):
            raise ValueError(f"size {data['size']}")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        why = f"{type(error).__name__} {error}"
        tell(report, "official_json", file=body.name, reason=f"JSON-stat 2: {why}")
        return None
    time, region, measure = (
        next(iter((data.get("role") or {}).get(role) or []), usual)
        for role, usual in _ROLES
    )
    if lacking := {time, region} - {*dimensions}:
        tell(
            report,
            "official_shape",
            file=body.name,
            column="id",
            value=", ".join(dimensions),
            allowed=", ".join(sorted(lacking)),
        )
        return None
    cells = pd.DataFrame(list(product(*dimensions.values())), columns=[*dimensions])
    when = cells[time]
    months = parsing.months(when)
    years = pd.to_numeric(when.where(when.str.fullmatch(YEAR))).astype("Int64")
    years = months.dt.year.astype("Int64").fillna(years)
    for text in when[years.isna()].unique():
        where = {"file": body.name, "column": time, "value": text}
        tell(report, "official_period", **where)
    title = str(data.get("label") or "")
    rows = pd.DataFrame({"region": cells[region], "year": years, "month": months})
    rows["measure"] = title
    for name in [n for n in dimensions if n not in (time, region)]:
        label = data["dimension"][name].get("label") or name
        column = "measure" if name == measure else label
        rows[column] = cells[name].map(dimensions[name])
    rows = rows.assign(value=values).set_axis([0] * len(rows))
    table = ((data.get("extension") or {}).get("px") or {}).get("tableid") or ""
    whole = f"{table} {title}".strip() or body.name
    return Part(rows, whole, str(data.get("source") or PUBLISHER))


def _categories(dimension: dict[str, Any]) -> dict[str, str]:
    """Labels of a dimension by code, in order; the index may be a list or positions."""
    category = dimension["category"]
    labels = category.get("label") or {}
    index = category.get("index") or list(labels)
    codes = sorted(index, key=index.__getitem__) if isinstance(index, dict) else index
    return {code: str(labels.get(code, code)) for code in codes}


def _values(values: Any, n: int) -> list[float]:
    """Every value of a cube, NaN where there is none; a sparse one gives positions."""
    if isinstance(values, dict):
        sparse = {int(at): value for at, value in values.items()}
        if sparse and not 0 <= min(sparse) <= max(sparse) < n:
            raise ValueError(f"value {max(sparse)}")
        values = [sparse.get(i) for i in range(n)]
    if len(values) != n:
        raise ValueError(f"{len(values)} values, {n} cells")
    return [math.nan if value is None else float(value) for value in values]
