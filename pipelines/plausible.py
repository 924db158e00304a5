"""Figures that can be read but hardly be right: totals among parts, tkr for kronor."""

import pandas as pd

from . import language
from .config import BENEFIT_SEK, Settings
from .faults import Report
from .sources import Data

#: Distinct months that a total must show before it is believed to be one.
SHOWN = 6
#: What a total is called.
TOTALS = {
    *("summa", "totalt", "total", "samtliga", "alla", "sum", "all"),
    *("hela kommunen", "alla enheter", "alla målgrupper"),
}


def check_totals(flows: pd.DataFrame, data: Data, file: str, report: Report) -> None:
    """Refuse a unit or a group that is the sum of the others: counted twice.

    Parameters
    ----------
    flows : DataFrame
        `unit, segment, month, stock`; index = line of the file.
    data : Data
        With the tolerance within which a total may differ from its parts.
    file : str
    report : Report
    """
    for unit, own in flows.groupby("unit", sort=False):
        for name in _totals(own, "segment", data):
            row = int(own.index[own["segment"] == name][0])
            series = f"{unit}, {name}"
            report.add("total_row", file=file, row=row, column="segment", value=series)
    for name in _totals(flows, "unit", data):
        row = int(flows.index[flows["unit"] == name][0])
        report.add("total_row", file=file, row=row, column="unit", value=name)


def _totals(flows: pd.DataFrame, column: str, data: Data) -> list[str]:
    """Names whose stock is that of all the others, in every month that is known.

    One that is not called a total must be so to the case, and have two parts.
    """
    known = flows[flows["stock"].notna()]
    wide = known.pivot_table("stock", "month", column, aggfunc="sum").dropna()
    if wide.shape[1] < 2 or len(wide.drop_duplicates()) < SHOWN:
        return []
    rest = wide.rsub(wide.sum(axis=1), axis=0)
    apart = (wide - rest).abs()
    near = (apart <= (data.identity_tolerance_share * rest).clip(lower=0.5)).all()
    exact = (apart < 0.5).all() & (wide.shape[1] > 2)
    called = pd.Series(wide.columns, wide.columns).str.casefold().isin(TOTALS)
    return list(wide.columns[exact | (near & called)])


def check_payments(
    flows: pd.DataFrame, settings: Settings, file: str, report: Report
) -> None:
    """Refuse payments that are missing for a group or cannot be kronor.

    Parameters
    ----------
    flows : DataFrame
        Complete flows.
    settings : Settings
        With the currency, and the benefit assumed where payments are missing.
    file : str
    report : Report
    """
    cases = flows["served"].fillna(flows["start"]).fillna(flows["end"])
    paid = flows.assign(cases=cases)[flows["paid_sek"].notna() & (cases > 0)]
    if paid.empty:
        return
    if settings.economy.benefit_sek_month is None:
        sums = paid.groupby("segment")["paid_sek"].sum()
        for name in flows["segment"].unique():
            if not sums.get(name, 0.0) > 0:
                report.add(
                    "paid_missing_group", file=file, column="paid_sek", value=name
                )
    if settings.economy.currency != "SEK":
        return
    low, high = BENEFIT_SEK
    by_unit = paid.groupby("unit", sort=False)[["paid_sek", "cases"]].sum()
    amounts = by_unit["paid_sek"] / by_unit["cases"]
    for unit, amount in amounts[(amounts > 0) & ~amounts.between(low, high)].items():
        report.add(
            "paid_absurd",
            file=file,
            column="paid_sek",
            value=language.number(float(amount), 0, report.sprak),
            series=unit,
            low=language.number(low, 0, report.sprak),
            high=language.number(high, 0, report.sprak),
        )
