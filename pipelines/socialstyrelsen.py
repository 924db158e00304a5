"""Socialstyrelsen's monthly statistics of financial assistance, as exported.

https://sdb.socialstyrelsen.se/if_ekb_manad: households with assistance and paid amounts
by municipality and month from 2014, preliminary. The figures are saved there as CSV or
Excel, one measure at a time: "Antal hushåll" or "Utbetalt ekonomiskt bistånd tkr".
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from .exports import Export, read_export
from .faults import Report
from .official import (
    Official,
    Source,
    bodies_of,
    refuse_conflicts,
    source_line,
)
from .regions import BEYOND, NATION, municipality_names, region_codes

PUBLISHER = "Socialstyrelsen"
TABLE = "monthly statistics of financial assistance, preliminary"
NAMED = "Free to use with the source named."
NOT_OFFICIAL = (
    "The figures as worked out here are not the publisher's, nor official statistics."
)
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx")
MEASURES = ("households", "paid_sek")
KEYS = ["code", "month"]
#: Words of measures that are neither households nor what they were paid together.
_OTHER = re.compile(r"\bper\b|andel|procent|%|medel|\bbarn|person|individ|mottagare")
#: A row that counts everybody, folded, among rows that split people or households.
_ALL = {"samtliga", "totalt", "total", "alla", "alla hushåll", "samtliga hushåll"}
#: The two kinds of households by birth are all households between them.
_BORN_HERE, _BORN_ABROAD = re.compile("inrikes född"), re.compile("utrikes ?född")


def read_monthly(
    given: Path | Sequence[Path],
    *,
    names: Mapping[str, str] | None = None,
    sprak: str = "sv",
) -> Official:
    """Read exports of the monthly database: households, paid amounts, or both.

    Parameters
    ----------
    given : Path or sequence of Path
        A file, several, or a folder.
    names : mapping of str to str, optional
        Municipality by code; those of SCB unless given.
    sprak : {"sv", "en"}

    Returns
    -------
    Official
        `code` ("0180"; "00" = the nation), `month`, `households` (with assistance that
        month), `paid_sek` (SEK that month), `households_hidden`, `paid_hidden` (whether
        the figure is suppressed for confidentiality). NaN where not known; months of
        which nothing is known are left out and counted in the source.

    Raises
    ------
    InputError
        With every fault in every file.
    """
    report = Report(sprak)
    names = municipality_names() if names is None else names
    bodies = bodies_of(given, SUFFIXES, report)
    parts = []
    for body in bodies:
        export = read_export(body.name, body.data, report)
        if export is not None:
            parts.append(_figures(export, body.name, names, report))
    report.stop_if_faulty()
    rows = pd.concat(parts)
    beyond = rows["code"] == BEYOND
    told = rows["value"].notna() | rows["hidden"]
    keys = [*KEYS, "measure"]
    # what one file does not know yet another may
    known = refuse_conflicts(rows[told & ~beyond], keys, report)
    report.stop_if_faulty()
    left_out = {
        "missing": len(rows[~beyond].drop_duplicates(keys)) - len(known),
        "suppressed": int(known["hidden"].sum()),
        "beyond": int(beyond.sum()),
    }
    table = pd.DataFrame(
        index=pd.MultiIndex.from_frame(known[KEYS]).unique().sort_values()
    )
    for measure in MEASURES:
        one = known[known["measure"] == measure].set_index(KEYS)
        table[measure] = one["value"].reindex(table.index)
        hidden = one["hidden"].astype(bool).reindex(table.index, fill_value=False)
        table[f"{measure.removesuffix('_sek')}_hidden"] = hidden
    table = table[[*MEASURES, "households_hidden", "paid_hidden"]].reset_index()
    paid = table.groupby(["code", table["month"].dt.year])["paid_sek"].count()
    left_out["incomplete"] = int(paid.between(1, 11).sum())
    source = Source(
        publisher=PUBLISHER,
        table=TABLE,
        terms=NAMED,
        processed_terms=NOT_OFFICIAL,
        origins=(PUBLISHER,),
        day=min(body.day for body in bodies),
        saved=True,
        left_out=left_out,
    )
    return Official(table, source)


def yearly(official: Official, sprak: str = "sv") -> pd.DataFrame:
    """Sum paid amounts to years.

    Households cannot be summed: those of a year are all that had assistance in any of
    its months, neither the sum nor the mean of the monthly counts. They stay unknown,
    and the mean is kept apart.

    Returns
    -------
    DataFrame
        `code, year, households` (NaN), `paid_sek` (SEK in the year; NaN unless all
        twelve months are known), `source`, `households_month_mean` (in an average
        month; NaN likewise).
    """
    table = official.table[official.table["code"] != NATION]
    by_year = table.groupby(["code", table["month"].dt.year.rename("year")])
    whole = by_year[list(MEASURES)].count() == 12
    paid = by_year["paid_sek"].sum().where(whole["paid_sek"])
    mean = by_year["households"].mean().where(whole["households"])
    source = official.source.of(official.source.table)
    years = pd.DataFrame(
        {
            "households": float("nan"),
            "paid_sek": paid,
            "source": source_line(source, processed=True, sprak=sprak),
            "households_month_mean": mean,
        }
    )
    return years[whole.any(axis=1)].reset_index()


def _figures(
    export: Export, file: str, names: Mapping[str, str], report: Report
) -> pd.DataFrame:
    """Give code, month, measure, value, hidden and file; the line as index."""
    rows = export.rows
    own = rows["measure"]
    told = (export.title + ", " + own).str.strip(", ")
    measures = own.map({text: _measure(text, export.title) for text in own.unique()})
    rows = rows.assign(measure=measures, told=told, file=file)
    if not rows["measure"].isin(MEASURES).any():
        shown = "; ".join(told.unique()[:3])
        report.add("official_measure", file=file, value=shown)
        return rows.iloc[:0].assign(code="")
    rows = rows[rows["measure"].isin(MEASURES)]
    yearly_rows = rows[rows["month"].isna() & rows["year"].notna()]
    for line, row in yearly_rows[~yearly_rows.duplicated("year")].iterrows():
        where = {"row": int(str(line)), "column": row["column"]}
        report.add("bad_month", file=file, value=row["year"], **where)
    rows["code"] = region_codes(rows["region"], names, file, report)
    for measure, rule in (
        ("households", "negative_count"),
        ("paid_sek", "negative_paid"),
    ):
        wrong = rows[(rows["measure"] == measure) & (rows["value"] < 0)]
        for line, row in wrong.iterrows():
            where = {"row": int(str(line)), "column": row["column"]}
            report.add(rule, file=file, value=f"{row['value']:.10g}", **where)
    rows["value"] *= _unit(rows, file, report)
    _refuse_part(export, file, report)
    return _whole(rows, export.groups, file, report)


def _measure(*texts: str) -> str:
    """Tell what is counted: by the first text that says it; empty if something else."""
    for text in texts:
        folded = text.casefold()
        if _OTHER.search(folded):
            return ""
        if "utbetal" in folded:
            return "paid_sek"
        if "hushåll" in folded:
            return "households"
    return ""


def _unit(rows: pd.DataFrame, file: str, report: Report) -> "pd.Series[float]":
    """SEK in one unit of each figure; 1 for households."""
    folded = rows["told"].str.casefold()
    unit = pd.Series(float("nan"), index=rows.index)
    for words, sek in ((r"\bkr\b|kronor|\bsek\b", 1.0), (r"\btkr\b|tusen", 1e3)):
        unit = unit.mask(folded.str.contains(words), sek)
    unit = unit.mask(rows["measure"] == "households", 1.0)
    unsaid = rows[unit.isna()]
    if len(unsaid):
        report.add("official_unit", file=file, value=unsaid["told"].iloc[0])
    return unit


def _refuse_part(export: Export, file: str, report: Report) -> None:
    """Refuse an export of which the title says that it has some households only."""
    last = export.title.rsplit(",", 1)[-1].casefold()
    part = bool(_BORN_HERE.search(last)) != bool(_BORN_ABROAD.search(last))
    if part and not export.groups:
        report.add("official_part", file=file, value=export.title)


def _whole(
    rows: pd.DataFrame, groups: tuple[str, ...], file: str, report: Report
) -> pd.DataFrame:
    """All households: the row that counts them, or the sum of every kind of them."""
    columns = [*KEYS, "measure", "value", "hidden", "file"]
    for group in groups:
        folded = rows[group].str.casefold()
        if folded.isin(_ALL).any():
            rows = rows[folded.isin(_ALL)]
            continue
        named = folded.unique()
        here = [name for name in named if _BORN_HERE.search(name)]
        abroad = [name for name in named if _BORN_ABROAD.search(name)]
        if (len(named), len(here), len(abroad)) != (2, 1, 1):
            shown = f"{group}: {', '.join(rows[group].unique()[:5])}"
            report.add("official_part", file=file, value=shown)
    if not groups:
        return rows[columns]
    rows = refuse_conflicts(rows, [*KEYS, "measure", *groups], report)
    kinds = len(rows[list(groups)].drop_duplicates())
    parts = rows.assign(line=rows.index).groupby(
        [*KEYS, "measure", "file"], dropna=False
    )
    # a sum with a part unknown is unknown
    total = parts["value"].sum().where(parts["value"].count() == kinds)
    whole = pd.DataFrame({"value": total, "hidden": parts["hidden"].any()})
    whole["line"] = parts["line"].first()
    return whole.reset_index().set_index("line")[columns]
