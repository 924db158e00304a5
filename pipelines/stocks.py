"""Stock, inflow and exits: what a register leaves out follows from what it has."""

import pandas as pd

from ..models.domain import DESTINATIONS, StockIs

SERIES = ["unit", "segment"]
FLOW_COLUMNS = ["start", "inflow", "exits", "served", "end"]


def complete(frame: pd.DataFrame, stock_is: StockIs) -> pd.DataFrame:
    """Apply the stock convention and derive missing flows from the identity.

    `served = start + inflow`, `end = served - exits`, and `end` of a month is `start`
    of the next. What the file states is never overwritten.

    Parameters
    ----------
    frame : DataFrame
        `unit, segment, month, stock` and where known `inflow, exits, paid_sek,
        exits_<destination>`; months of a series without gaps.
    stock_is : StockIs
        What `stock` counts.

    Returns
    -------
    DataFrame
        Same index, sorted by series (in order of appearance) and month, with `start,
        inflow, exits, served, end` and, for the checks, `carried`: what stands at the
        start of the next month less what was left at the end of this one (NaN where
        the file does not state both), and `derived_inflow, derived_exits`: whether
        the identity gave them.
    """
    flows = frame.reindex(
        columns=[*frame.columns, *{"inflow", "exits", "paid_sek"} - {*frame.columns}]
    )
    order = pd.DataFrame(
        {name: pd.factorize(flows[name])[0] for name in SERIES}, index=flows.index
    ).assign(month=flows["month"])
    flows = flows.loc[order.sort_values([*SERIES, "month"]).index]
    flows[str(stock_is)] = flows.pop("stock")
    flows = flows.reindex(columns=[*flows.columns, *set(FLOW_COLUMNS) - {*flows}])
    within = _by_identity(flows)  # what one row tells by itself
    by_series = [flows[name] for name in SERIES]
    step = month_number(flows["month"]).groupby(by_series, sort=False).diff()
    # only months next to each other have a stock in common
    after_last = step == 1
    before_next = step.groupby(by_series, sort=False).shift(-1) == 1

    def earlier(values: "pd.Series[float]") -> "pd.Series[float]":
        return values.groupby(by_series, sort=False).shift().where(after_last)

    def later(values: "pd.Series[float]") -> "pd.Series[float]":
        return values.groupby(by_series, sort=False).shift(-1).where(before_next)

    flows["carried"] = later(within["start"]) - within["end"]
    before = flows[["inflow", "exits"]].isna()
    for _ in range(2):  # a second pass uses what the first one found next door
        flows = _by_identity(flows)
        flows["start"] = flows["start"].fillna(earlier(flows["end"]))
        flows["end"] = flows["end"].fillna(later(flows["start"]))
    flows = _by_identity(flows)
    found = before & flows[["inflow", "exits"]].notna()
    return flows.assign(derived_inflow=found["inflow"], derived_exits=found["exits"])


def _by_identity(flows: pd.DataFrame) -> pd.DataFrame:
    """Fill what the four sums of one row determine."""
    flows = flows.copy()
    for _ in range(2):
        start, inflow, exits, served, end = (flows[name] for name in FLOW_COLUMNS)
        flows["served"] = served.fillna(start + inflow).fillna(end + exits)
        served = flows["served"]
        flows["start"] = start.fillna(served - inflow)
        flows["end"] = end.fillna(served - exits)
        flows["inflow"] = inflow.fillna(served - flows["start"])
        flows["exits"] = exits.fillna(served - flows["end"])
    return flows


def month_number(months: "pd.Series[pd.Timestamp]") -> "pd.Series[float]":
    """Count months since year 0; NaN where there is none."""
    return months.dt.year * 12.0 + months.dt.month - 1


def flows_from_spells(
    spells: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp
) -> pd.DataFrame:
    """Count a register's spells into monthly flows.

    Parameters
    ----------
    spells : DataFrame
        `unit, segment, start, end, destination`; served from `start` to `end`
        inclusive, exit in `end`.
    first, last : Timestamp
        Months that the register covers.

    Returns
    -------
    DataFrame
        `unit, segment, month, start, inflow, exits, served, end, exits_<destination>`
        for every series and month.
    """
    months = pd.date_range(first, last, freq="MS", name="month")
    series = spells[SERIES].drop_duplicates()
    index = pd.MultiIndex.from_frame(series.merge(months.to_frame(), how="cross"))

    def count(rows: pd.DataFrame, month: str) -> "pd.Series[float]":
        keys = [rows["unit"], rows["segment"], rows[month].rename("month")]
        sizes = rows.groupby(keys, sort=False).size()
        return sizes.reindex(index, fill_value=0).astype(float)

    ended = spells[spells["end"].notna()]
    inflow, exits = count(spells, "start"), count(ended, "end")
    standing = spells[(spells["start"] < first) & ~(spells["end"] < first)].groupby(
        SERIES, sort=False
    )
    opening = standing.size().reindex(pd.MultiIndex.from_frame(series), fill_value=0)
    opened = pd.MultiIndex.from_arrays(
        [index.get_level_values(name) for name in SERIES], names=SERIES
    )
    change = (inflow - exits).groupby(SERIES, sort=False)
    end = change.cumsum() + opening.reindex(opened).to_numpy(float)
    served = end + exits
    flows = pd.DataFrame(
        {
            "start": served - inflow,
            "inflow": inflow,
            "exits": exits,
            "served": served,
            "end": end,
            **{
                f"exits_{name}": count(ended[ended["destination"] == name], "end")
                for name in DESTINATIONS
            },
        }
    )
    return flows.reset_index()


def register_months(
    spells: pd.DataFrame, from_month: str | None
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last month that spells alone can cover.

    Before the first exit on record nobody could have been seen leaving, so the register
    begins there unless `from_month` says otherwise.
    """
    last = max(spells["start"].max(), spells["end"].max())
    first = spells["end"].min() if from_month is None else pd.Timestamp(from_month)
    return (first if pd.notna(first) else spells["start"].min()), last
