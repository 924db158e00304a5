"""SCB's tables: CSV or JSON-stat 2 of its database, from file or by address.

Full-year equivalents on assistance by municipality and month (HE0000T02N2, TAB1386) and
residents by municipality and year (BE0101) among them. Terms:
https://www.scb.se/vara-tjanster/oppna-data/ (CC0; SCB is not to be named as the source
of what others have worked out).
"""

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pydantic import ValidationError

from . import parsing
from .exports import YEAR, group_name, read_export
from .faults import Report
from .fetching import Manners, fetch
from .jsonstat import Cube, Role
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
#: SCB's names of the dimensions time, place and measure.
USUAL = ("Tid", "Region", "ContentsCode")
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
    """Unfold a cube to one row per figure; None, with faults, if it is none."""
    try:
        cube = Cube.model_validate_json(body.data.removeprefix(BOM_UTF8))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        why = f"JSON-stat 2 {place}: {first['msg']}".replace(" :", ":")
        report.add("official_json", file=body.name, reason=why)
        return None
    role = cube.role or Role()
    time, region, measure = (
        next(iter(told), usual)
        for told, usual in zip((role.time, role.geo, role.metric), USUAL, strict=True)
    )
    if lacking := {time, region} - {*cube.id}:
        report.add(
            "official_shape",
            file=body.name,
            column="id",
            value=", ".join(cube.id),
            allowed=", ".join(sorted(lacking)),
        )
        return None
    cells = pd.DataFrame(list(cube.cells()), columns=list(cube.id), dtype="str")
    when = cells[time]
    months = parsing.months(when)
    years = pd.to_numeric(when.where(when.str.fullmatch(YEAR))).astype("Int64")
    years = months.dt.year.astype("Int64").fillna(years)
    for text in when[years.isna()].unique():
        report.add("official_period", file=body.name, column=time, value=text)
    rows = pd.DataFrame({"region": cells[region], "year": years, "month": months})
    rows["measure"] = cube.label or ""
    for name in [n for n in cube.id if n not in (time, region)]:
        label = cube.dimension[name].label or name
        column = "measure" if name == measure else group_name(label)
        rows[column] = cells[name].map(cube.labels(name))
    rows = rows.assign(value=cube.values()).set_axis([0] * len(rows))
    return Part(rows, cube.title or body.name, cube.source or PUBLISHER)
