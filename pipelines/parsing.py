"""Text to values: Swedish numbers, months, codes that a spreadsheet shortened."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from babel.dates import get_month_names

from ..models.domain import DESTINATIONS

#: What stands where a count was too small to publish, or is not known; lower case.
SUPPRESSED = (
    *("", "-", "–", "—", "−", "*", "**", ".", "..", "...", "…", "x"),
    *("saknas", "uppgift saknas", "na", "n/a", "nan", "null", "none"),
    *("#saknas!", "#n/a"),
)
#: Spaces that group thousands: plain, no-break, figure, thin, narrow no-break.
_SPACES = "[ \t\u00a0\u2007\u2009\u202f']"
#: Names of months, whole or by their first three letters: "mars 2026", "mar-26".
_MONTHS = {
    word: number
    for language in ("sv", "en")
    for number, name in get_month_names("wide", locale=language).items()
    for word in (name.casefold(), name[:3].casefold())
}
#: Days in Excel's count, from 1982 on; a month column of plain numbers shows them.
_EXCEL_DAY = r"[34567]\d{4}"
#: Swedish words for the destinations, so that most registers need no translation.
SWEDISH_DESTINATIONS = {
    "arbete": "work",
    "egen försörjning": "work",
    "sjukersättning": "sickness_compensation",
    "aktivitetsersättning": "sickness_compensation",
    "aktivitetsstöd": "activity_support",
    "studier": "studies",
    "flyttat": "moved",
    "flytt": "moved",
    "annat": "other",
    "övrigt": "other",
}


class Numbers(NamedTuple):
    """Numbers read from text, and masks of what could not be read.

    Attributes
    ----------
    values : Series of float
        NaN where missing or unreadable.
    wrong, ambiguous, missing : Series of bool
        Not a number; a sign that may group thousands; suppressed or empty.
    """

    values: "pd.Series[float]"
    wrong: "pd.Series[bool]"
    ambiguous: "pd.Series[bool]"
    missing: "pd.Series[bool]"


def numbers(texts: "pd.Series[Any]", decimal_point: bool) -> Numbers:
    """Read numbers as Swedes write them.

    Spaces of every kind group thousands, U+2212 is a minus, the decimal sign is a
    comma. A point is a decimal sign too, unless it may group thousands: "1.234,5"
    always, and "1.234" in a file whose numbers have a decimal comma, unless other
    numbers of the column show that points are decimal signs. In a file with decimal
    points a quoted "1,234" is as unclear.

    Parameters
    ----------
    texts : Series of str, or numeric (parquet)
    decimal_point : bool
        Whether the file is comma-separated, so that a point is its decimal sign.
    """
    if pd.api.types.is_numeric_dtype(texts):
        values = texts.astype(float)
        no = pd.Series(False, index=texts.index)
        return Numbers(values, no | np.isinf(values), no, values.isna())
    bare = texts.fillna("").astype(str).str.strip()
    missing = bare.str.casefold().isin(SUPPRESSED) | bare.str.fullmatch(r"[<≤]\s*\d+")
    bare = bare.str.replace(_SPACES, "", regex=True).str.replace("−", "-", regex=False)
    sign = "," if decimal_point else r"\."
    other = r"\." if decimal_point else ","
    groups = bare.str.fullmatch(rf"-?[1-9]\d{{0,2}}(?:{sign}\d{{3}})+")
    # where other values of the column show the same sign as a decimal, it is one
    decimal = bare.str.fullmatch(rf"-?\d*{sign}\d+") & ~groups
    if decimal.any() and not bare.str.contains(other).any():
        groups &= False
    ambiguous = groups | bare.str.fullmatch(r"-?\d+(?:[.,]\d+){2,}")
    plain = bare.str.replace(",", ".", regex=False)
    readable = plain.str.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
    good = readable & ~ambiguous & ~missing
    values = pd.to_numeric(plain.where(good), errors="coerce").astype(float)
    return Numbers(values, ~readable & ~ambiguous & ~missing, ambiguous, missing)


def months(texts: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    """Read months as month starts; NaT where the text is not a month.

    YYYY-MM, YYYY-M, YYYY-MM-DD (with or without a time), YYYYMM, YYYYMMDD, YYYYMnn, a
    month's name and year ("mars 2026", "mar-26"), and the day as Excel counts it.

    >>> months(pd.Series(["2026-3", "202603", "mar-26", "46082", "x"])).notna().tolist()
    [True, True, True, True, False]
    """
    if pd.api.types.is_datetime64_any_dtype(texts):
        naive = texts.dt.tz_localize(None)
        start: pd.Series[pd.Timestamp] = naive.dt.to_period("M").dt.to_timestamp()
        return start
    # a register has few months and many rows: read each month once
    codes, distinct = pd.factorize(text(texts))
    shown = pd.Series(distinct, dtype="str")
    parts = shown.str.extract(
        r"^((?:19|20|21)\d{2})[-/M]?(0[1-9]|1[0-2]|(?<=[-/M])[1-9])"
        r"(?:[-/]?(?:0[1-9]|[12]\d|3[01]))?(?:[T ]\d{2}:\d{2}.*)?$"
    )
    named = shown.str.casefold().str.extract(r"^([^\W\d]+)[ .-]*((?:19|20|21)?\d{2})$")
    number = named[0].map(_MONTHS).astype("Int64").astype("string")
    year = named[1].where(named[1].str.len() == 4, "20" + named[1])
    month = (parts[0] + "-" + parts[1]).fillna(year + "-" + number)
    read = pd.to_datetime(month, format="%Y-%m", errors="coerce")
    day = pd.to_numeric(shown.where(shown.str.fullmatch(_EXCEL_DAY)))
    counted = pd.to_datetime(day, unit="D", origin="1899-12-30")
    read = read.fillna(counted - pd.to_timedelta(counted.dt.day - 1, unit="D"))
    return pd.Series(read.to_numpy()[codes], index=texts.index)


def codes(texts: "pd.Series[str]") -> "pd.Series[str]":
    """Give back the leading zero of kommunkoder that a spreadsheet took.

    Only where every value is a number that a kommunkod can be (0114-2584).

    >>> codes(pd.Series(["180", "1480"])).tolist()
    ['0180', '1480']
    >>> codes(pd.Series(["180", "Söder"])).tolist()
    ['180', 'Söder']
    """
    if not texts.str.fullmatch(r"\d{3,4}").all():
        return texts
    value = texts.astype(int)
    return texts.str.zfill(4) if value.between(114, 2584).all() else texts


def text(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Text without space around it; missing values become empty."""
    shown = values.astype(object).where(values.notna(), "").astype(str)
    return shown.str.replace("\u00a0", " ", regex=False).str.strip()


def destinations(
    texts: "pd.Series[str]", translation: Mapping[str, str]
) -> "pd.Series[str]":
    """Translate reasons for leaving; unknown words stay as they are."""
    known = {name: name for name in DESTINATIONS} | SWEDISH_DESTINATIONS
    known |= {word.strip().casefold(): name for word, name in translation.items()}
    return texts.str.casefold().map(known).fillna(texts)
