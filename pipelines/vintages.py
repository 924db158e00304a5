"""Earlier retrievals of the register: which of its latest months are incomplete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from ..models.domain import Ints, StockIs
from ..models.nowcast import MATURE, Completion
from . import checks, parsing
from .faults import Report
from .mapping import VINTAGES
from .stocks import SERIES, month_number

#: What an earlier retrieval may tell.
FIGURES = VINTAGES.optional
#: Half a household lends its logarithm to a nought; of payments, half of what one gets.
HALF = 0.5
#: Complete months of two retrievals of one register do not differ by this factor.
APART = 1.5
#: SEK a month that a household is taken to get where the figures do not say.
PAYMENT_SEK = 8_000.0


@dataclass(frozen=True)
class Edge:
    """The latest months of a register, which are still being filled in.

    Attributes
    ----------
    reported : pandas.DataFrame
        Their rows as in `Case.flows`; empty where every month is complete.
    completion : mapping of column of the flows -> Completion
        How figures are filled in, where earlier retrievals tell. Series are
        ``"unit|segment"``.
    retrieved : pandas.Timestamp or None
        Month in which the figures were taken, where that is known.
    """

    reported: pd.DataFrame = field(default_factory=pd.DataFrame)
    completion: Mapping[str, Completion] = field(default_factory=dict)
    retrieved: pd.Timestamp | None = None

    @property
    def months(self) -> pd.DatetimeIndex:
        """Provisional months, sorted."""
        if self.reported.empty:
            return pd.DatetimeIndex([])
        return pd.DatetimeIndex(self.reported["month"].unique()).sort_values()

    def ages(self, months: pd.DatetimeIndex) -> Ints:
        """Months from each month until the figures were taken, shape (k,)."""
        if self.retrieved is None:
            raise ValueError("ages needs the month in which figures were retrieved")
        at = self.retrieved.year * 12 + self.retrieved.month
        return np.asarray(at - (months.year * 12 + months.month), dtype=np.intp)


def check_vintages(
    table: pd.DataFrame,
    flows: pd.DataFrame,
    stock_is: StockIs,
    last: pd.Timestamp,
    file: str,
    report: Report,
) -> pd.DataFrame:
    """Check earlier retrievals and give them back with the day they were made.

    Parameters
    ----------
    table : DataFrame
        `retrieved` as text, `unit, segment, month` and any of `FIGURES`.
    flows : DataFrame
        The figures of today, whose names the retrievals should have.
    stock_is : StockIs
    last : Timestamp
        Latest month that can have been.
    file : str
    report : Report
    """
    text = table["retrieved"]
    read = parsing.months(text)
    unread = text[read.isna() & (text != "")]
    report.add_rows("bad_day", unread, file=file, column="retrieved")
    report.add_rows("empty_text", text[text == ""], file=file, column="retrieved")
    # of a date with a day the day counts too: a register may be read twice a month
    day = pd.to_datetime(text.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    table = table.assign(retrieved=day.fillna(read))
    if not {*FIGURES} & {*table}:
        report.add("vintages_empty", file=file, known=", ".join(FIGURES))
        return table
    checks.by_schema(table, "vintages", last, file, report)
    known = flows[SERIES].drop_duplicates()
    named = table[table["unit"] != ""].drop_duplicates(SERIES)
    strange = named[~_label(named).isin(_label(known))]
    shown = strange["unit"] + ", " + strange["segment"]
    names = known["unit"] + ", " + known["segment"]
    near = {value: report.nearest(value, names) for value in shown}
    report.add_rows(
        "vintages_unknown", shown, file=file, column="unit", nearest=shown.map(near)
    )
    _check_level(table, flows, stock_is, file, report)
    return table


def _check_level(
    table: pd.DataFrame,
    flows: pd.DataFrame,
    stock_is: StockIs,
    file: str,
    report: Report,
) -> None:
    """Refuse retrievals whose complete months are on another level than today's."""
    age = month_number(table["retrieved"]) - month_number(table["month"])
    both = table[age >= MATURE].merge(
        flows, on=[*SERIES, "month"], suffixes=("", "_today")
    )
    for name in FIGURES:
        today = str(stock_is) if name == "stock" else f"{name}_today"
        if name not in table or today not in both:
            continue
        known = both[[name, today]].dropna().sum()
        if max(known) > APART * min(known):
            report.add(
                "vintages_apart",
                file=file,
                column=name,
                value=f"{known[name]:.10g}",
                got=f"{known[today]:.10g}",
            )


def edge_of(
    vintages: pd.DataFrame | None,
    flows: pd.DataFrame,
    stock_is: StockIs,
    stated: int,
    taken: date | None,
) -> Edge:
    """Find the months that are still being filled in.

    Parameters
    ----------
    vintages : DataFrame or None
        As from `check_vintages`, without faults.
    flows : DataFrame
        As in `Case.flows`, the latest months too.
    stock_is : StockIs
    stated : int
        Provisional months as the user says; earlier retrievals can show more, not
        fewer.
    taken : date or None
        The day the figures were taken, where it is stated. Otherwise they are taken to
        be as fresh as the freshest retrieval was: too young an age only widens.
    """
    last = flows["month"].max()
    found: dict[str, Completion] = {}
    retrieved, late = None, stated
    if vintages is not None:
        newest = vintages.groupby("retrieved")["month"].max()
        days = pd.Series(newest.index, newest.index)
        lag = int((month_number(days) - month_number(newest)).min())
        fresh = last + pd.DateOffset(months=max(lag, 0))
        retrieved = fresh if taken is None else pd.Timestamp(taken)
        found = _learnt(vintages, flows, stock_is, retrieved)
        retrieved = retrieved.to_period("M").to_timestamp()
        oldest = max((one.oldest for one in found.values()), default=-1)
        since = Edge(retrieved=retrieved).ages(pd.DatetimeIndex([last]))[0]
        late = max(stated, oldest + 1 - int(since))
    cut = last - pd.DateOffset(months=late)
    reported = flows[flows["month"] > cut].reset_index(drop=True)
    return Edge(reported, found, retrieved)


def _learnt(
    vintages: pd.DataFrame,
    flows: pd.DataFrame,
    stock_is: StockIs,
    taken: pd.Timestamp,
) -> dict[str, Completion]:
    """How each figure is filled in; today's figures are the latest retrieval."""
    found = {}
    for name in FIGURES:
        column = str(stock_is) if name == "stock" else name
        if name not in vintages or column not in flows:
            continue
        today = flows.assign(retrieved=taken).rename(columns={column: "y"})
        before = vintages.rename(columns={name: "y"})
        both = pd.concat(
            [
                rows.assign(unique_id=_label(rows), ds=rows["month"])[
                    ["unique_id", "ds", "retrieved", "y"]
                ]
                for rows in (before, today)
            ]
        )
        offset = HALF
        if name == "paid_sek":
            cases = flows["served"].fillna(flows["start"]).fillna(flows["end"])
            each = float((flows["paid_sek"].sum() / cases.sum()) or np.nan)
            offset *= each if np.isfinite(each) else PAYMENT_SEK
        learnt = Completion.learn(both, MATURE, offset)
        if learnt.revisions.any():
            found[column] = learnt
    return found


def _label(rows: pd.DataFrame) -> "pd.Series[str]":
    joined: pd.Series[str] = rows["unit"] + "|" + rows["segment"]
    return joined
