"""Rules that figures must keep, one table at a time: every breach becomes a fault."""

from typing import Any

import numpy as np
import pandas as pd

from ..models import tables
from ..models.domain import DESTINATIONS, StockIs
from . import parsing
from .config import Settings
from .faults import Report
from .mapping import Kind
from .plausible import check_totals
from .privacy import MASK
from .reading import RawTable
from .sources import Data
from .stocks import SERIES, complete, month_number

#: Fewer months than this cannot show a year; fewer than twice this no season.
YEAR = 12
#: More cases, or handlers, than any country has.
MOST = 1e7


def typed(
    frame: pd.DataFrame, raw: RawTable, kind: Kind, settings: Settings, report: Report
) -> pd.DataFrame:
    """Make values of a canonical table's text; unreadable ones fault and become NaN.

    Optional columns without a single figure are dropped, as if they were not there.
    """
    sources = getattr(settings.columns, kind.name)
    values: dict[str, pd.Series[Any]] = {}
    for name, column in frame.items():
        name = str(name)
        if name in kind.number:
            read = parsing.numbers(column, raw.decimal_point)
            absurd = read.values.abs() > MOST
            absurd &= name not in ("paid_sek", "population")
            wrong = {
                "not_a_number": read.wrong,
                "thousands_point": read.ambiguous,
                "absurd_count": absurd,
            }
            if not read.missing.all():
                wrong["suppressed"] = read.missing
            elif name in kind.required:
                report.add("column_empty", file=raw.name, column=name, value=name)
            else:
                continue
            for rule, rows in wrong.items():
                report.add_rows(rule, column[rows], file=raw.name, column=name)
            scale = sources[name].scale if name in sources else 1.0
            values[name] = read.values.mask(absurd) * scale
        elif name in kind.month:
            month = parsing.months(column)
            shown = parsing.text(column)
            unread = month.isna() & (shown != "")
            report.add_rows("bad_month", shown[unread], file=raw.name, column=name)
            empty = shown[(shown == "") & (name != "end")]
            report.add_rows("empty_text", empty, file=raw.name, column=name)
            values[name] = month
        elif name in kind.known:
            text = parsing.text(column).astype("str")
            values[name] = parsing.codes(text) if name == "unit" else text
        else:
            values[name] = column
    return pd.DataFrame(values, index=frame.index)


def by_schema(
    frame: pd.DataFrame, name: str, last: pd.Timestamp, file: str, report: Report
) -> None:
    """Report every breach of the schema `tables.<name>`."""
    found = tables.failures(frame, getattr(tables, name)(last))
    for (rule, column), group in found.groupby(["rule", "column"], sort=False):
        rows = frame.loc[group["row"].astype(int)]
        words: dict[str, str | pd.Series[Any]] = {"last": f"{last:%Y-%m}"}
        if rule in ("duplicate_row", "destination_missing", "destination_open"):
            every = ("retrieved", *SERIES, "household", "month", "pool")
            keys = [k for k in every if k in rows]
            values = _joined(rows[keys])
        else:
            whole = "retrieved" if "retrieved" in rows else "end"
            values = _shown(rows[column or whole])
        if rule == "unknown_destination":
            names = [*DESTINATIONS, *parsing.SWEDISH_DESTINATIONS]
            near = {text: report.nearest(text, names) for text in values.unique()}
            words |= {"known": ", ".join(DESTINATIONS), "nearest": values.map(near)}
        report.add_rows(str(rule), values, file=file, column=str(column), **words)


def check_flows(
    frame: pd.DataFrame, settings: Settings, last: pd.Timestamp, file: str, rep: Report
) -> pd.DataFrame:
    """Check monthly figures and give them back complete, with the line as index.

    See `stocks.complete` for the columns.
    """
    by_schema(frame, "flows", last, file, rep)
    blurred = frame["month"].isna() | (frame["unit"] == "") | (frame["segment"] == "")
    usable = frame[~blurred]
    usable = usable[~usable.duplicated([*SERIES, "month"])]
    # a row that cannot be placed is no gap, and a negative count no stock
    vague = frame.loc[blurred, "unit"].unique()
    if "" not in vague:
        placed = usable[~usable["unit"].isin(vague)]
        _check_gaps(placed, file, rep)
        check_length(placed, file, rep)
        check_totals(placed, settings.data, file, rep)
    counts = usable.columns.difference([*SERIES, "month", "paid_sek"])
    usable = usable.assign(**{c: usable[c].where(usable[c] >= 0) for c in counts})
    flows = complete(usable, settings.data.stock_is)
    flows = _check_identity(flows, settings.data, file, rep)
    parts = [name for name in tables.EXITS_BY_DESTINATION if name in flows]
    if parts:
        total = flows[parts].sum(axis=1)
        more = total > flows["exits"] + 0.5
        whole = _shown(flows.loc[more, "exits"])
        value = _shown(total[more])
        rep.add_rows(
            "exits_by_destination", value, file=file, column="exits", got=whole
        )
    return flows


def check_length(flows: pd.DataFrame, file: str, report: Report) -> None:
    """Refuse less than a year of any unit or group, warn below two.

    A group is named by itself only where it is shorter than its unit.
    """
    by_unit = flows.groupby("unit", sort=False)["month"].nunique()
    by_series = flows.groupby(SERIES, sort=False)["month"].nunique()
    of_unit = by_unit.reindex(by_series.index.get_level_values("unit")).to_numpy()
    for count_by in (by_unit, by_series[by_series < of_unit]):
        for key, count in count_by[count_by < 2 * YEAR].items():
            report.add(
                "too_few_months" if count < YEAR else "short_history",
                file=file,
                column="month",
                value=count,
                series=_name(key),
            )


def _check_gaps(flows: pd.DataFrame, file: str, report: Report) -> None:
    if flows.empty:
        return
    ordered = flows.sort_values([*SERIES, "month"])
    before = ordered.groupby(SERIES, sort=False)["month"].shift()
    gap = month_number(ordered["month"]) - month_number(before) > 1
    between = _shown(before) + " – " + _shown(ordered["month"])
    series = _joined(ordered[SERIES])
    report.add_rows(
        "gap_in_months", between[gap], file=file, column="month", series=series[gap]
    )
    final = ordered["month"].max()
    stops = ~ordered.duplicated(SERIES, keep="last") & (ordered["month"] < final)
    report.add_rows(
        "ends_early",
        _shown(ordered.loc[stops, "month"]),
        file=file,
        column="month",
        last=f"{final:%Y-%m}",
        series=series[stops],
    )
    first = ordered["month"].min()
    late = ~ordered.duplicated(SERIES) & (ordered["month"] > first)
    report.add_rows(
        "begins_late",
        _shown(ordered.loc[late, "month"]),
        file=file,
        column="month",
        first=f"{first:%Y-%m}",
        series=series[late],
    )


def _check_identity(
    flows: pd.DataFrame, data: Data, file: str, report: Report
) -> pd.DataFrame:
    """Hold stock, inflow and exits against each other; clip what is within tolerance.

    Derived flows may come out below zero, and exits above the cases there were, by as
    much as the tolerance allows.
    """
    cases = flows["served"].fillna(flows["start"]).fillna(flows["end"])
    share = data.identity_tolerance_share * cases
    tolerance = share.clip(lower=data.identity_tolerance_cases)
    series = _joined(flows[SERIES])

    def say(off: "pd.Series[float]", column: str, **numbers: "pd.Series[Any]") -> None:
        for near in (False, True):
            rows = (off.abs() > 1e-6) & ((off.abs() <= tolerance) == near)
            line = numbers["line"][rows].astype(int)
            words = {k: _shown(v[rows]).set_axis(line) for k, v in numbers.items()}
            report.add_rows(
                "stock_identity_near" if near else "stock_identity",
                off[rows].map("{:+g}".format).set_axis(line),
                file=file,
                column=column,
                series=series[rows].set_axis(line),
                **words,
            )

    line = flows.index.to_series()
    following = line.groupby([flows[name] for name in SERIES], sort=False).shift(-1)
    off = flows.pop("carried")
    end = flows["end"]
    say(off, "stock", expected=end, got=end + off, line=following)
    for name in ("inflow", "exits"):
        derived = flows.pop(f"derived_{name}")
        below = flows[name].where(derived).clip(upper=0).fillna(0)
        say(below, name, expected=below * 0, got=below, line=line)
        flows[name] = flows[name].mask(derived, flows[name].clip(lower=0))
    over = flows["exits"] - flows["served"] > tolerance
    report.add_rows(
        "exits_exceed_cases",
        _shown(flows.loc[over, "exits"]),
        file=file,
        column="exits",
        got=_shown(flows.loc[over, "served"]),
        series=series[over],
    )
    flows["exits"] = flows["exits"].clip(upper=flows["served"].fillna(np.inf))
    # keep the sums of a month exact after clipping, without touching the stock stated
    if data.stock_is is StockIs.START:
        flows["served"] = (flows["start"] + flows["inflow"]).fillna(flows["served"])
    elif data.stock_is is StockIs.END:
        flows["served"] = (flows["end"] + flows["exits"]).fillna(flows["served"])
    flows["start"] = (flows["served"] - flows["inflow"]).fillna(flows["start"])
    flows["end"] = (flows["served"] - flows["exits"]).fillna(flows["end"])
    return flows


def check_spells(
    spells: pd.DataFrame, last: pd.Timestamp, file: str, report: Report
) -> None:
    """Check periods on assistance: order, reasons, future, overlap."""
    # an end that could not be read has had its say, and is not missing
    unread = {f.row for f in report.found if f.file == file and f.column == "end"}
    known = spells["destination"].mask(spells.index.isin(unread), "")
    by_schema(spells.assign(destination=known), "spells", last, file, report)
    named = ~spells["household"].isin(("", MASK))  # hidden names are not one household
    usable = spells[spells["start"].notna() & named]
    ordered = usable.sort_values(["household", "start"], kind="stable")
    far = month_number(pd.Series([last]))[0] + 1200
    until = month_number(ordered["end"]).fillna(far)
    household = ordered["household"]
    covered = until.groupby(household, sort=False).cummax()
    covered = covered.groupby(household, sort=False).shift()
    overlap = covered >= month_number(ordered["start"])
    months = ordered.loc[overlap, "start"]
    report.add_rows("overlapping_spells", _shown(months), file=file, column="start")


def _joined(frame: pd.DataFrame) -> "pd.Series[str]":
    """Key columns as one text, e.g. "Gävle, rehab, 2026-03"."""
    if frame.empty:
        return pd.Series("", index=frame.index, dtype="str")
    parts = [_shown(frame[name]) for name in frame]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + ", " + part
    return joined


def _shown(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Months and numbers as a person would write them."""
    if pd.api.types.is_datetime64_any_dtype(values):
        months: pd.Series[str] = values.dt.strftime("%Y-%m").astype("str").fillna("")
        return months
    if pd.api.types.is_float_dtype(values):
        return values.map("{:.10g}".format).astype("str")
    return parsing.text(values)


def _name(key: Any) -> str:
    return ", ".join(str(k) for k in key) if isinstance(key, tuple) else str(key)
