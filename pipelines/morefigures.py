"""Municipal figures that a user has fetched: checked, every fault gathered.

Texts are English message ids; Swedish lies in `templates/sv-municipalities.po`.
"""

from typing import Any

import numpy as np
import pandas as pd

from .faults import Report

#: Columns of fetched figures; a figure may be missing, the rest not.
COLUMNS = ("code", "year", "households", "paid_sek", "source")
FIGURES = ("households", "paid_sek")
#: A rate this many times the nation's, or as far below, is a mistaken unit: Sweden's
#: municipalities lie between a tenth and three times of it.
ABSURD = 30.0
#: From this share of the residents on, published values must nearly make the nation.
#: They are a little more: a household that moves is counted in two municipalities.
COVERED, NEARLY = 0.9, 0.1


def checked(
    more: pd.DataFrame, shares: pd.DataFrame, nation: pd.DataFrame, sprak: str = "sv"
) -> pd.DataFrame:
    """Check what a user has fetched, every fault gathered.

    Parameters
    ----------
    more : DataFrame with columns code, year, households, paid_sek, source
        A row per municipality and year: households in the year (not in an average
        month), SEK paid in it; missing where not known. Other columns are ignored.
    shares : DataFrame, years as columns, indexed by code
        Of the residents; each column sums to 1.
    nation : DataFrame with columns households, paid_sek, indexed by year
        The nation's, of the same years.
    sprak : {"sv", "en"}
        Language of the errors.

    Returns
    -------
    DataFrame with the columns of `COLUMNS`
        Codes of four digits, figures as floats; rows without a figure are left out.

    Raises
    ------
    InputError
        With everything found: a missing column, an unknown code or year, a figure that
        is no number above 0, no source, two rows of a municipality and year, a mistaken
        unit, or sums that do not make the nation's.
    """
    report = Report(sprak)
    for column in (name for name in COLUMNS if name not in more.columns):
        report.add("more_column", column=column, columns=", ".join(COLUMNS))
    report.stop_if_faulty()
    table = more[list(COLUMNS)].reset_index(drop=True)
    code = table["code"].astype(str).str.strip().str.zfill(4)
    year = pd.to_numeric(table["year"], errors="coerce")
    strange = ~code.isin(shares.index)
    untimely = ~year.isin(nation.index)
    span = {"first": nation.index.min(), "last": nation.index.max()}
    source = table["source"].fillna("").astype(str).str.strip()
    _tell_rows(report, "more_code", "code", table["code"][strange])
    _tell_rows(report, "more_year", "year", table["year"][untimely], **span)
    _tell_rows(report, "more_source", "source", source[source == ""])
    placed = pd.DataFrame({"code": code, "year": year})[~strange & ~untimely]
    placed = placed.astype({"year": int})
    again = placed[placed.duplicated()]
    for row, found in again.iterrows():
        words = {"code": found["code"], "year": found["year"]}
        report.add("more_twice", row=_line(row), column="code", **words)
    clean = placed.assign(source=source)
    for column in FIGURES:
        given = table[column].notna() & (table[column].astype(str).str.strip() != "")
        value = pd.to_numeric(table[column], errors="coerce").astype(float)
        wrong = given & ~((value > 0) & np.isfinite(value))
        _tell_rows(report, "more_figure", column, table[column][wrong])
        clean[column] = value.where(given & ~wrong)
        _check_rates(report, clean, column, shares, nation)
    report.stop_if_faulty()
    return clean.loc[clean[list(FIGURES)].notna().any(axis=1), list(COLUMNS)]


def _check_rates(
    report: Report,
    clean: pd.DataFrame,
    column: str,
    shares: pd.DataFrame,
    nation: pd.DataFrame,
) -> None:
    """Find figures in a mistaken unit, one by one and by their sums."""
    seen = clean.dropna(subset=[column])
    unit = shares.index.get_indexer(pd.Index(seen["code"]))
    at = nation.index.get_indexer(pd.Index(seen["year"]))
    total = nation[column].to_numpy()[at]
    share = shares[nation.index].to_numpy()[unit, at]
    times = seen[column] / total / share
    for row in np.flatnonzero((times > ABSURD) | (times < 1 / ABSURD)).tolist():
        report.add(
            "more_absurd",
            row=_line(seen.index[row]),
            column=column,
            value=f"{seen[column].iloc[row]:.0f}",
            times=f"{times.iloc[row]:.3g}",
            code=seen["code"].iloc[row],
        )
    for place in np.unique(at):
        of_year, known = at == place, nation[column].iloc[place]
        covered, got = share[of_year].sum(), seen[column][of_year].sum() / known
        off = abs(got / covered - 1) > NEARLY if covered >= COVERED else got >= 1
        if off:
            words = {"year": nation.index[place], "total": f"{known:.0f}"}
            value = f"{got * known:.0f}"
            report.add("more_sum", column=column, value=value, **words)


def _line(row: Any) -> int:
    """Line of a table's row as an editor counts it (header = 1)."""
    return int(row) + 2


def _tell_rows(
    report: Report, rule: str, column: str, values: pd.Series, **words: object
) -> None:
    """Add a fault per value."""
    texts = {name: str(word) for name, word in words.items()}
    for row, value in values.items():
        report.add(rule, file="", row=_line(row), column=column, value=value, **texts)
