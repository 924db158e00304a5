"""The tables of a simulated register, counted from its households."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..models.domain import Array
from .truth import Truth

Rows = NDArray[np.int64]
GROUPS = ("heavy", "light")


class Of(IntEnum):
    """Columns of the household matrix that the simulation moves."""

    HOUSEHOLD = 0
    SPELL = 1
    UNIT = 2
    SEGMENT = 3
    HARD = 4
    LIGHT = 5
    START = 6


@dataclass(frozen=True, eq=False)
class Register:
    """What a municipality would hold, and the truth that it would not.

    Attributes
    ----------
    spells : DataFrame
        `household, spell_no, unit, segment, start, end, destination, hard,
        handler_group`. Served in every month from `start` to `end` inclusive; `end`
        missing = open. Spells that ended before the first month are left out, so
        the register is left-truncated like a real one.
    flows : DataFrame
        `unit, segment, month, stock, inflow, exits, exits_<destination>, paid_sek`;
        stock is what is open at the start of the month.
    staff : DataFrame
        `unit, month, handlers_fte`.
    groups : DataFrame
        `unit, handler_group, month, handlers_fte, cases, caseload`: each household's
        true effort is the caseload of its own group.
    drivers : DataFrame
        `month, unemployment_rate` (per cent).
    truth : Truth
    """

    spells: pd.DataFrame
    flows: pd.DataFrame
    staff: pd.DataFrame
    groups: pd.DataFrame
    drivers: pd.DataFrame
    truth: Truth

    @property
    def months(self) -> pd.DatetimeIndex:
        """Every month of the register."""
        return pd.DatetimeIndex(self.drivers["month"])


def tables(
    truth: Truth,
    ended: Rows,
    still: Rows,
    work: tuple[Array, Array, Array],
    unemployment: Array,
    rng: np.random.Generator,
) -> Register:
    """Turn matrices into the tables of a register.

    Parameters
    ----------
    truth : Truth
    ended : int array (n, 9)
        Columns of `Of`, then end and destination.
    still : int array (n, 7)
        Households still on assistance.
    work : tuple of arrays
        Handlers (U, T); handlers and cases by group (U, 2, T).
    unemployment : array (T,)
    rng : numpy.random.Generator
        Draws the payments.
    """
    handlers, staff, cases = work
    months = pd.date_range(truth.first_month, periods=len(unemployment), freq="MS")
    spells = _spells(truth, ended[ended[:, len(Of)] >= 0], still, months[0])
    flows = flows_from_spells(spells, months, truth)
    # A month's sum of independent gamma amounts is gamma: exact, without persons.
    shape = (flows["stock"] + flows["inflow"]) / truth.benefit_cv**2
    year = (flows["month"].dt.year - months[0].year) + (
        flows["month"].dt.month - months[0].month
    ) / 12
    mean = truth.benefit[codes(truth.segments, flows["segment"])]
    scale = mean * truth.benefit_cv**2 * np.exp(truth.benefit_growth_year * year)
    flows["paid_sek"] = rng.gamma(shape, scale).round().astype(np.int64)
    by_unit = pd.MultiIndex.from_product([truth.units, months], names=["unit", "month"])
    by_group = pd.MultiIndex.from_product(
        [truth.units, GROUPS, months], names=["unit", "handler_group", "month"]
    )
    at_work = pd.DataFrame({"handlers_fte": handlers.ravel()}, index=by_unit)
    groups = pd.DataFrame(
        {
            "handlers_fte": staff.ravel(),
            "cases": cases.ravel().astype(np.int64),
            "caseload": (cases / staff).ravel(),
        },
        index=by_group,
    )
    drivers = pd.DataFrame({"month": months, "unemployment_rate": unemployment})
    return Register(
        spells, flows, at_work.reset_index(), groups.reset_index(), drivers, truth
    )


def _spells(
    truth: Truth, ended: Rows, still: Rows, first: pd.Timestamp
) -> pd.DataFrame:
    """Dress ended and open spells as a table with names and dates."""
    still = np.column_stack([still, np.full((len(still), 2), -1)])
    rows = np.concatenate([ended, still])
    end, destination = rows[:, len(Of)], rows[:, len(Of) + 1]
    base = np.datetime64(first, "M")

    def dates(offset: Rows) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(base + offset).as_unit(first.unit)

    numbers = pd.Series(rows[:, Of.HOUSEHOLD]).astype(str).str.zfill(6)
    table = pd.DataFrame(
        {
            "household": "H" + numbers,
            "spell_no": rows[:, Of.SPELL],
            "unit": np.array(truth.units)[rows[:, Of.UNIT]],
            "segment": np.array(truth.segments)[rows[:, Of.SEGMENT]],
            "start": dates(rows[:, Of.START]),
            "end": dates(end).where(end >= 0),
            "destination": pd.Series(
                np.array([*truth.destinations, ""])[destination]
            ).where(destination >= 0),
            "hard": rows[:, Of.HARD],
            "handler_group": np.array(GROUPS)[rows[:, Of.LIGHT]],
        }
    )
    return table.sort_values(["start", "household"], ignore_index=True)


def flows_from_spells(
    spells: pd.DataFrame, months: pd.DatetimeIndex, truth: Truth
) -> pd.DataFrame:
    """Count spells into monthly flows; the stock is what is open at the start.

    Returns
    -------
    DataFrame
        `unit, segment, month, stock, inflow, exits, exits_<destination>`, one row
        for every unit, segment and month.
    """
    index = pd.MultiIndex.from_product(
        [truth.units, truth.segments, months], names=["unit", "segment", "month"]
    )

    def count(rows: pd.DataFrame, by: str) -> pd.Series:
        return rows.groupby(["unit", "segment", by]).size().reindex(index, fill_value=0)

    flows = pd.DataFrame({"inflow": count(spells, "start")}, index=index)
    flows["exits"] = count(spells, "end")
    for name in truth.destinations:
        flows[f"exits_{name}"] = count(spells[spells["destination"] == name], "end")
    net = flows["inflow"] - flows["exits"]
    before = spells[spells["start"] < months[0]].groupby(["unit", "segment"]).size()
    there = before.reindex(index.droplevel("month"), fill_value=0).to_numpy()
    flows.insert(0, "stock", there + net.groupby(level=[0, 1]).cumsum() - net)
    return flows.reset_index()


def household_months(register: Register) -> pd.DataFrame:
    """Every household-month that the register saw, with the caseload it had.

    Returns
    -------
    DataFrame
        `household, spell_no, unit, segment, hard, handler_group, month, elapsed,
        caseload, unemployment_rate, exit` (destination, missing = still on).
    """
    months, spells = register.months, register.spells
    number = pd.Series(np.arange(len(months)), index=months)
    years = spells["start"].dt.year - months[0].year
    start = (12 * years + spells["start"].dt.month - months[0].month).to_numpy()
    stop = spells["end"].map(number).fillna(len(months) - 1).to_numpy(int)
    first = np.maximum(start, 0)
    length = stop - first + 1
    row = np.repeat(np.arange(len(spells)), length)
    position = np.arange(length.sum()) - np.repeat(length.cumsum() - length, length)
    month = first[row] + position
    columns = ["household", "spell_no", "unit", "segment", "hard", "handler_group"]
    long = spells[[*columns, "end", "destination"]].iloc[row].reset_index(drop=True)
    long["month"], long["elapsed"] = months[month], month - start[row]
    last = long["month"] == long["end"]
    long["exit"] = long["destination"].where(last)
    long = long.drop(columns=["end", "destination"])
    groups = register.groups[["unit", "handler_group", "month", "caseload"]]
    return long.merge(groups, how="left").merge(register.drivers, how="left")


def codes(
    names: tuple[str, ...], values: Sequence[str] | pd.Series
) -> NDArray[np.intp]:
    """Positions of `values` in `names`, for `true_hazard`.

    >>> codes(("a", "b"), ["b", "a"])
    array([1, 0])
    """
    found = pd.Index(names).get_indexer(pd.Index(values))
    if (found < 0).any():
        unknown = np.unique(np.asarray(values)[found < 0]).tolist()
        raise ValueError(f"{unknown} is not among {names}")
    return found
