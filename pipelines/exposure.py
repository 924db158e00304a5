"""How long open households have been on assistance, read off spells or the hazards."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..models.caseload import MONTHS, observed_occupancy, occupancy
from ..models.domain import Array
from .registers import Case


def month_number(months: pd.Series | pd.DatetimeIndex) -> Array:
    """Months counted from year 0; NaN where there is no month."""
    index = pd.DatetimeIndex(months)
    return np.asarray(index.year * 12 + index.month, dtype=float)


def monthly(case: Case, unit: str, column: str, months: pd.DatetimeIndex) -> Array:
    """Figures of one unit, (segments, months) in the case's order; NaN = unknown."""
    rows = case.flows[case.flows["unit"] == unit]
    # pivot, since a month given twice must raise
    table = rows.pivot(index="segment", columns="month", values=column)  # noqa: PD010
    table = table.reindex(index=list(case.segments), columns=months)
    return table.to_numpy(dtype=float)


def served_by_elapsed(
    case: Case,
    unit: str,
    hazard: Array,
    months: pd.DatetimeIndex,
) -> Array:
    """Cases served by month and months on assistance, (T, S, M).

    Parameters
    ----------
    case : Case
    unit : str
    hazard : array (S, M)
        Mean exit probability, for its M; without spells also for the mix of months on
        assistance, which is then taken to be the stationary one.
    months : pandas.DatetimeIndex, length T
    """
    segments, length = hazard.shape
    if case.spells is None:
        served = monthly(case, unit, "served", months)  # (S, T)
        share = _stationary(hazard)
        table = np.nan_to_num(served).T[:, :, None] * share
        return np.asarray(table)
    rows = case.spells[case.spells["unit"] == unit]
    code = pd.Categorical(rows["segment"], categories=list(case.segments)).codes
    first = month_number(rows["start"])
    last = np.nan_to_num(month_number(rows["end"]), nan=np.inf)
    tables = []
    for now in month_number(months):
        there = (first <= now) & (last >= now)
        elapsed = (now - first[there]).astype(int)
        tables.append(
            observed_occupancy(elapsed, code[there].astype(int), segments, length)
        )
    return np.array(tables)


def open_by_elapsed(
    case: Case, hazards: Mapping[str, Array], last: pd.Timestamp
) -> dict[str, Array]:
    """Households still open after a month, by elapsed months in the next.

    Parameters
    ----------
    case : Case
    hazards : mapping unit -> array (S, M)
        Mean exit probability by segment (in the case's order) and elapsed month.
    last : pandas.Timestamp
        The month after which they are counted.

    Returns
    -------
    dict unit -> array (S, M)
        From the spells; without them the reported end stock spread as in a
        stationary caseload. Nobody has 0 months: the new are inflow.
    """
    following = last + pd.DateOffset(months=1)
    result = {}
    for unit, hazard in hazards.items():
        if case.spells is not None:
            spells = case.spells
            going_on = spells["end"].isna() | (spells["end"] > last)
            begun = spells["start"] <= last
            left = spells[going_on & begun & (spells["unit"] == unit)]
            elapsed = month_number(pd.DatetimeIndex([following])) - month_number(
                left["start"]
            )
            code = pd.Categorical(left["segment"], categories=list(case.segments))
            result[unit] = observed_occupancy(
                elapsed.astype(int), code.codes.astype(int), *hazard.shape
            )
        else:
            stay = _stationary(hazard) * (1 - hazard)
            older = np.zeros_like(stay)
            older[:, 1:] = stay[:, :-1]
            older[:, -1] += stay[:, -1]
            end = _last_known(monthly(case, unit, "end", _until(case, last)))
            result[unit] = older / older.sum(1, keepdims=True) * end[:, None]
    return result


def _until(case: Case, last: pd.Timestamp) -> pd.DatetimeIndex:
    return case.months[case.months <= last]


def _stationary(hazard: Array) -> Array:
    """Shares by elapsed month in a caseload that neither grows nor shrinks, (S, M)."""
    table = occupancy(np.maximum(hazard, 1e-6))
    return np.asarray(table / table.sum(1, keepdims=True))


def _last_known(table: Array) -> Array:
    """Last value that is known in each row, 0 where none is."""
    filled = pd.DataFrame(table).ffill(axis=1).iloc[:, -1].fillna(0)
    return filled.to_numpy(dtype=float)


__all__ = ["MONTHS", "month_number", "monthly", "open_by_elapsed", "served_by_elapsed"]
