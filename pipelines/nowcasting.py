"""Provisional months: nowcast, told apart from the forecast, reported beside."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ..models.domain import Array, Paths
from ..models.updating import condition
from .language import number, percent, translator
from .registers import Case

#: Words of what is nowcast.
WORDS = {
    "inflow": "New cases",
    "served": "Cases served",
    "exits": "Exits",
    "paid_sek": "Paid",
}
COLUMNS = (
    *("unit", "segment", "month", "quantity"),
    *("mean", "lo-80", "hi-80", "lo-95", "hi-95"),
    *("reported", "age_months", "ratio", "spread", "revisions", "basis"),
)


def nowcast(case: Case, paths: Paths, column: str, carry: bool = True) -> Paths:
    """Let what is reported of the provisional months bear on a forecast of them.

    Where earlier retrievals tell how a figure is filled in, the reported value times
    the ratio is weighed with the forecast by precision; elsewhere the forecast from
    the complete months stands. A reported value is no lower bound: registers are also
    corrected downwards.

    Parameters
    ----------
    case : Case
    paths : Paths
        From the month after the last complete one, labels ``"unit|segment"``.
    column : str
        Of the flows.
    carry : bool
        Whether later months follow; otherwise only provisional months change.
    """
    completion = case.edge.completion.get(column)
    months = case.edge.months.intersection(paths.months)
    if completion is None or months.empty:
        return paths
    table = _reported(case, column, paths.labels, months)
    ages = case.edge.ages(months)
    values = paths.values.copy()
    for i, label in enumerate(paths.labels):
        seen, spread = completion.view(table[i], ages, label)
        values[:, i] = condition(
            values[:, i], seen, spread, completion.offset, carry=carry
        )
    return replace(paths, values=values)


def nowcast_table(
    case: Case, forecasts: Mapping[str, tuple[Paths | None, str]], used: Sequence[str]
) -> pd.DataFrame:
    """One row per series, provisional month and quantity, reported value beside.

    Parameters
    ----------
    case : Case
    forecasts : mapping of quantity -> (Paths, column of the flows)
    used : sequence of str
        Quantities whose reported values bear on the nowcast, where vintages exist.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: the forecast's own, then `reported` (NaN = not known), months from
        the month to the retrieval, `ratio` of final to reported and its `spread` (on
        the log scale) from so many `revisions`, and `basis`: "forecast", or
        "reported_and_forecast" where both were weighed.
    """
    months, tables = case.edge.months, []
    for quantity, (paths, column) in forecasts.items():
        if paths is None or months.empty:
            continue
        table = paths.frame().rename(columns={"ds": "month"})
        table = table[table["month"].isin(months)].reset_index(drop=True)
        here = months.intersection(paths.months)
        reported = _reported(case, column, paths.labels, here)
        table["reported"] = reported.ravel()
        table["quantity"] = quantity
        table["basis"] = "forecast"
        learnt = _learnt(case, column, paths.labels, here, reported)
        for name, values in learnt.items():
            table[name] = values.ravel()
        if quantity in used:
            known = table["reported"].notna() & (table["revisions"] > 0)
            table["basis"] = table["basis"].mask(known, "reported_and_forecast")
        names = table.pop("unique_id").str.split("|", n=1, expand=True)
        tables.append(table.assign(unit=names[0], segment=names[1]))
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def nowcast_notes(case: Case, table: pd.DataFrame, sprak: str) -> list[str]:
    """Say which months are nowcast, from what, and how wide."""
    _ = translator(sprak)
    revisions = sum(int(c.revisions.sum()) for c in case.edge.completion.values())
    if table.empty:
        text = _(
            "Months are complete when they are first retrieved: {n} revisions of "
            "earlier retrievals show no change that matters. No month is nowcast."
        )
        told = number(revisions, 0, sprak)
        return [text.format(n=told)] if revisions else []
    months = pd.DatetimeIndex(table["month"].unique()).sort_values()
    listed = ", ".join(f"{month:%Y-%m}" for month in months)
    text = _(
        "Provisional months, nowcast: {months}. They are predicted from the complete "
        "months before them and marked nowcast in forecast.csv; what is reported so "
        "far stands beside in nowcast.csv."
    )
    notes = [text.format(months=listed)]
    if not (table["basis"] == "reported_and_forecast").any():
        notes.append(
            _(
                "What is reported of them is not used, not even as a lower bound: no "
                "earlier retrievals show how much is still to come."
            )
            if not revisions
            else _(
                "What is reported of them is not used: the earlier retrievals do not "
                "show how the series forecast are filled in."
            )
        )
    for quantity, rows in table.groupby("quantity", sort=False):
        name = _(WORDS[str(quantity)])
        weighed = rows[rows["basis"] == "reported_and_forecast"]
        if not weighed.empty:
            text = _(
                "{quantity}: what is reported is multiplied up and weighed with the "
                "forecast by precision: {ratios}; from {n} earlier revisions."
            )
            ratios = ", ".join(_ratios(weighed, sprak))
            n = weighed.drop_duplicates("age_months")["revisions"].sum()
            notes.append(
                text.format(quantity=name, ratios=ratios, n=number(n, 0, sprak))
            )
        width = _width(rows)
        if np.isfinite(width):
            text = _("{quantity}: 80% interval of the nowcast ±{share} of a series.")
            share = percent(width, sprak=sprak)
            notes.append(text.format(quantity=name, share=share))
    return notes


def _ratios(rows: pd.DataFrame, sprak: str) -> list[str]:
    """Ratio and spread of each month as text, a mean over series."""
    by_month = rows.groupby("month")[["ratio", "spread"]].mean()
    return [
        f"{month:%Y-%m} × {number(row['ratio'], 2, sprak)} "
        f"± {percent(row['spread'], sprak=sprak)}"
        for month, row in by_month.iterrows()
    ]


def _width(rows: pd.DataFrame) -> float:
    """Half the 80% interval relative to the mean, over months and series."""
    mean = float(rows["mean"].sum())
    half = float((rows["hi-80"] - rows["lo-80"]).sum()) / 2
    return half / mean if mean > 0 else np.nan


def _reported(
    case: Case, column: str, labels: tuple[str, ...], months: pd.DatetimeIndex
) -> Array:
    """Read what is reported, (series, months); NaN = not known."""
    rows = case.edge.reported
    rows = rows.assign(label=rows["unit"] + "|" + rows["segment"])
    # pivot, since a month given twice must raise
    table = rows.pivot(index="label", columns="month", values=column)  # noqa: PD010
    shown = table.reindex(index=list(labels), columns=months)
    return shown.to_numpy(dtype=float)


def _learnt(
    case: Case,
    column: str,
    labels: tuple[str, ...],
    months: pd.DatetimeIndex,
    reported: Array,
) -> dict[str, Array]:
    """Age, ratio, spread and revisions behind them, each (series, months)."""
    empty = np.full(reported.shape, np.nan)
    found = {"age_months": empty, "ratio": empty, "spread": empty}
    found["revisions"] = np.zeros(reported.shape)
    completion = case.edge.completion.get(column)
    if completion is None:
        return found
    ages = case.edge.ages(months)
    found["age_months"] = np.broadcast_to(ages, reported.shape).astype(float)
    nought = np.zeros(len(months))
    views = [completion.view(nought, ages, label) for label in labels]
    ratio = np.array([seen for seen, _spread in views]) - np.log(completion.offset)
    found["ratio"] = np.exp(ratio)
    spread = np.array([spread for _seen, spread in views])
    found["spread"] = np.where(np.isfinite(spread), spread, np.nan)
    known = completion.revisions[np.minimum(ages, len(completion.revisions) - 1)]
    found["revisions"] = np.broadcast_to(known, reported.shape).astype(float)
    return found
