"""Kolada's key figures, from saved answers of its API or by address.

Versions 2 and 3 of the API are read alike. The figures are yearly: households in a
year (N31910) are those with assistance in any of its months. Terms:
https://www.kolada.se/om-oss/api (name the source, but not of what was worked out).
"""

import math
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from .faults import Report
from .fetching import POLITE, Manners
from .koladapages import (
    API,
    Page,
    addresses,
    fetched_pages,
    items,
    misshapen,
    parts,
    refuse_gaps,
    saved_pages,
)
from .official import Official, Source, bodies_of, refuse_conflicts, source_line
from .regions import BEYOND, NATION

#: Households with assistance in a year; paid in a year, thousands of kronor.
HOUSEHOLDS, PAID_TKR = "N31910", "N31857"
#: Women and men together, men, women.
GENDERS = ("T", "M", "K")
#: Who collects the figures that `yearly` gives (the catalogue's descriptions).
COLLECTED = {HOUSEHOLDS: "Socialstyrelsen", PAID_TKR: "Socialstyrelsen"}
PUBLISHER, KEEPER = "Kolada", "the Council for the Promotion of Municipal Analyses"
NAMED = "Free to use with the source named."
NOT_THEIRS = "The figures as worked out here are not the publisher's."
KEYS = ["code", "year", "kpi", "gender"]


def read_kolada(
    given: Path | Sequence[Path],
    *,
    catalogue: pd.DataFrame | None = None,
    sprak: str = "sv",
) -> Official:
    """Read saved answers.

    Parameters
    ----------
    given : Path or sequence of Path
        A file, several, or a folder of .json; pages of one answer in any order.
    catalogue : DataFrame, optional
        As from `read_catalogue`; tells who collected the figures.
    sprak : {"sv", "en"}

    Returns
    -------
    Official
        `code` ("0180"; "00" = the nation), `year`, `kpi`, `gender` (T, M, K), `value`
        (in the key figure's unit), `status` (text, mostly empty). Withdrawn and missing
        figures are left out and counted in the source.

    Raises
    ------
    InputError
        With every fault: a file that is missing or no answer of the API, a page that
        was not saved, two figures for one key.
    """
    report = Report(sprak)
    bodies = bodies_of(given, (".json",), report)
    pages = saved_pages(bodies, report)
    refuse_gaps(pages, report)
    day = min((body.day for body in bodies), default=None)
    return _official(pages, report, catalogue, day, saved=True)


def fetch_kolada(
    kpis: Sequence[str],
    years: Sequence[int],
    cache: Path,
    *,
    codes: Sequence[str] = (),
    base: str = API,
    catalogue: pd.DataFrame | None = None,
    manners: Manners = POLITE,
    sprak: str = "sv",
) -> Official:
    """Fetch figures, page by page; the same as `read_kolada` gives.

    Parameters
    ----------
    kpis, years, codes, base
        See `koladapages.addresses`.
    cache : Path
        Folder where pages are kept: a download that was cut off goes on from there.
    catalogue, sprak
        See `read_kolada`.
    manners : Manners

    Raises
    ------
    InputError
        As `read_kolada`, and where nobody answers and a page is not kept.
    """
    report = Report(sprak)
    urls = addresses(kpis, years, codes, base)
    pages, day, stale = fetched_pages(urls, cache, manners, report)
    return _official(pages, report, catalogue, day, stale=stale)


def read_catalogue(given: Path | Sequence[Path], *, sprak: str = "sv") -> pd.DataFrame:
    """Read saved answers of the API's catalogue of key figures.

    Returns
    -------
    DataFrame indexed by `kpi`
        `title`, `description`, `auspice` (who keeps it), `by_gender` (bool),
        `collected` (the source that the description names; empty if none).

    Raises
    ------
    InputError
        As `read_kolada`.
    """
    report = Report(sprak)
    pages = saved_pages(bodies_of(given, (".json",), report), report)
    refuse_gaps(pages, report)
    return _catalogue(pages, report)


def fetch_catalogue(
    kpis: Sequence[str],
    cache: Path,
    *,
    base: str = API,
    manners: Manners = POLITE,
    sprak: str = "sv",
) -> pd.DataFrame:
    """Fetch what the catalogue says of some key figures; see `read_catalogue`."""
    report = Report(sprak)
    urls = [f"{base}/kpi/{','.join(part)}" for part in parts(kpis)]
    return _catalogue(fetched_pages(urls, cache, manners, report)[0], report)


def yearly(official: Official, sprak: str = "sv") -> pd.DataFrame:
    """Give households and paid amounts by municipality and year.

    Returns
    -------
    DataFrame
        `code, year, households` (with assistance at some time in the year; NaN = not
        published), `paid_sek` (in the year, SEK), `source`.
    """
    table = official.table
    rows = table[(table["gender"] == "T") & (table["code"] != NATION)]
    wide = rows.pivot(index=["code", "year"], columns="kpi", values="value")  # noqa: PD010
    wide = wide.reindex(columns=[HOUSEHOLDS, PAID_TKR]).dropna(how="all")
    used = ", ".join(sorted(wide.columns[wide.notna().any()]))
    line = source_line(official.source.of(used), processed=False, sprak=sprak)
    return pd.DataFrame(
        {
            "households": wide[HOUSEHOLDS],
            "paid_sek": wide[PAID_TKR] * 1000.0,
            "source": line,
        }
    ).reset_index()


def _catalogue(pages: list[Page], report: Report) -> pd.DataFrame:
    """One row per key figure; raises everything found."""
    rows = {}
    for page in pages:
        for place, item in items(page, ("id", "title"), report):
            if not isinstance(item["title"], str):
                misshapen(report, page.name, f"{place}.title", item["title"], "text")
            text = str(item.get("description") or "")
            source = re.search(r"Källa:\s*([^.\n]+)", text)
            rows[str(item["id"])] = {
                "title": item["title"],
                "description": text,
                # version 2 has auspices, version 3 auspice
                "auspice": str(item.get("auspice") or item.get("auspices") or ""),
                "by_gender": bool(item.get("is_divided_by_gender")),
                "collected": source[1].strip() if source else "",
            }
    report.stop_if_faulty()
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("kpi")


def _official(
    pages: list[Page],
    report: Report,
    catalogue: pd.DataFrame | None,
    day: date | None,
    *,
    saved: bool = False,
    stale: bool = False,
) -> Official:
    """Table of every page; raises everything found."""
    table, kpis, left_out = _table(pages, report)
    report.stop_if_faulty()
    if not kpis:
        report.add("file_empty", file=", ".join(page.name for page in pages))
        report.stop_if_faulty()
    known = COLLECTED if catalogue is None else catalogue["collected"].to_dict()
    origins = sorted({known.get(kpi) or KEEPER for kpi in kpis})
    source = Source(
        publisher=PUBLISHER,
        table=", ".join(kpis),
        terms=NAMED,
        processed_terms=NOT_THEIRS,
        origins=tuple(origins),
        day=day,
        saved=saved,
        stale=stale,
        left_out=left_out,
    )
    return Official(table, source)


def _table(
    pages: list[Page], report: Report
) -> tuple[pd.DataFrame, list[str], dict[str, int]]:
    """One row per figure; the key figures; how many were left out and why."""
    rows: list[tuple[Any, ...]] = []
    kpis: set[str] = set()
    left_out = {"deleted": 0, "missing": 0, "beyond": 0}
    fields = ("kpi", "municipality", "period", "values")
    for page in pages:
        for place, item in items(page, fields, report):
            code, year = _code(str(item["municipality"])), str(item["period"])
            cells = item["values"]
            kpis.add(str(item["kpi"]))
            if not re.fullmatch(r"(?:19|20)\d\d", year):
                misshapen(report, page.name, f"{place}.period", year, "YYYY")
                continue
            if not isinstance(cells, list):
                misshapen(report, page.name, f"{place}.values", cells, "[…]")
                continue
            for i, cell in enumerate(cells):
                inside = f"{place}.values[{i}]"
                key = (code, int(year), str(item["kpi"]))
                why = _why_not(cell, code)
                if why:
                    left_out[why] += 1
                    if why == "deleted":  # must not stand in an older file either
                        gone = (cell.get("gender"), math.nan, why, page.name)
                        rows.append((*key, *gone))
                elif _is_sound(cell, page.name, inside, report):
                    status = str(cell.get("status") or "")
                    value = float(cell["value"])
                    rows.append((*key, cell["gender"], value, status, page.name))
    columns = [*KEYS, "value", "status", "file"]
    table = pd.DataFrame(rows, index=[0] * len(rows), columns=columns)
    table = refuse_conflicts(table, KEYS, report)
    table = table.dropna(subset=["value"]).drop(columns="file")
    return table.sort_values(KEYS).reset_index(drop=True), sorted(kpis), left_out


def _code(identity: str) -> str:
    """SCB's code of a municipality or the nation; `BEYOND` for other identities.

    >>> _code("0180"), _code("0000"), _code("0001"), _code("G35874")
    ('0180', '00', '', '')
    """
    if identity == "0000":
        return NATION
    return identity if re.fullmatch(r"(?!00)\d{4}", identity) else BEYOND


def _why_not(cell: Any, code: str) -> str:
    """Why a figure is left out; empty if it is used."""
    if not isinstance(cell, dict):
        return ""
    if cell.get("isdeleted"):
        return "deleted"
    missing = str(cell.get("status") or "").casefold() == "missing"
    if missing or cell.get("value") is None:
        return "missing"
    return "" if code else "beyond"


def _is_sound(cell: Any, file: str, place: str, report: Report) -> bool:
    """Whether a figure has a gender and a number; its faults go to `report`."""
    if not isinstance(cell, dict):
        misshapen(report, file, place, cell, "{gender, value}")
        return False
    gender, value = cell.get("gender"), cell["value"]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if gender not in GENDERS:
        misshapen(report, file, f"{place}.gender", gender, "T, M, K")
    if not number or not math.isfinite(value):
        misshapen(report, file, f"{place}.value", value, "1234.5")
        return False
    return gender in GENDERS
