"""Spells as rows of the exit model: left-truncated, right-censored, caseload by month.

Months on assistance are counted before the month: a household is in month 0 in the
month its spell starts. A row covers elapsed months `entry` to `stop - 1`; an exit
happens in the last of them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..models.domain import Array
from .case import Case
from .stocks import month_number

RESERVED = {"household", "unit", "segment", "start", "end", "destination"}
#: Caseloads closer than this (relative) count as the same, so that rows stay few.
CASELOAD_STEP = 0.05


def rows_for_exits(
    case: Case, *, monthly: bool = False, split_at: Sequence[pd.Timestamp] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counting-process rows of every spell within the register.

    A spell that began before the register enters at the months it already had (left
    truncation); one still open is censored at the register's last month. It is cut
    where the unit's caseload moves by more than 5 %, at the pilot's first month and at
    `split_at`; or, when `monthly`, every month.

    Parameters
    ----------
    case : Case
        With spells.
    monthly : bool
        Cut every month, for covariates of the calendar.
    split_at : sequence of Timestamp
        Further months (starts) at which to cut.

    Returns
    -------
    X : DataFrame
        `segment, unit, caseload` (cases per handler, mean over the row's months; NaN
        if not known), `month` (calendar month of the row's first month), covariates of
        the spells, and `household` for grouping in cross-validation.
    y : DataFrame
        `entry, stop` (months) and `exit` (destination, missing = still on assistance).

    Raises
    ------
    ValueError
        If the case has no spells.
    """
    spells = _spells_of(case)
    first, last = case.months[0], case.months[-1]
    pieces = _pieces(case, monthly, split_at)
    start = month_number(spells["start"]).to_numpy(int)
    ended = spells["end"].notna().to_numpy() & (spells["end"] <= last).to_numpy()
    end = month_number(spells["end"].where(ended, last)).to_numpy(int)
    origin = _number(first)
    begin = np.maximum(start, origin)
    seen = end >= begin
    spells, start, end = spells[seen], start[seen], end[seen]
    begin, ended = begin[seen], ended[seen]
    # piece of the calendar in which each spell begins and ends, within its unit
    unit = pd.Categorical(spells["unit"], categories=list(case.units)).codes
    if (unit < 0).any():
        raise ValueError("every unit of the spells must be in the flows")
    low = pieces.of[unit, begin - origin]
    high = pieces.of[unit, end - origin]
    repeats = high - low + 1
    row = np.repeat(np.arange(len(spells)), repeats)
    step = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    piece = low[row] + step
    row_begin = np.maximum(begin[row], pieces.begin[unit[row], piece] + origin)
    row_end = np.minimum(end[row], pieces.end[unit[row], piece] + origin)
    is_exit = ended[row] & (row_end == end[row])
    covariates = [name for name in spells if name not in RESERVED]
    taken = spells.iloc[row].reset_index(drop=True)
    features = taken[["household", "segment", "unit", *covariates]].assign(
        caseload=pieces.caseload[unit[row], piece],
        month=case.months[row_begin - origin],
    )
    outcome = pd.DataFrame(
        {
            "entry": row_begin - start[row],
            "stop": row_end - start[row] + 1,
            "exit": taken["destination"].where(is_exit),
        }
    )
    return features, outcome


class _Pieces:
    """Stretches of the calendar, per unit, in which the caseload stays the same.

    Attributes
    ----------
    of : int array (units, months)
        Number of the piece that a month lies in.
    begin, end : int array (units, pieces)
        First and last month, counted from the register's first.
    caseload : array (units, pieces)
    """

    def __init__(self, caseload: Array, cuts: "np.ndarray") -> None:
        units = len(caseload)
        self.of = np.cumsum(cuts, axis=1)
        count = int(self.of.max()) + 1
        cell = (self.of + count * np.arange(units)[:, None]).ravel()
        size = np.bincount(cell, minlength=units * count).reshape(units, count)
        self.end = np.cumsum(size, axis=1) - 1
        self.begin = self.end - size + 1
        known = ~np.isnan(caseload.ravel())
        weight = np.where(known, caseload.ravel(), 0)
        total = np.bincount(cell, weights=weight, minlength=units * count)
        number = np.bincount(cell, weights=known, minlength=units * count)
        mean = np.divide(
            total, number, out=np.full(units * count, np.nan), where=number > 0
        )
        self.caseload = mean.reshape(units, count)


def _pieces(case: Case, monthly: bool, split_at: Sequence[pd.Timestamp]) -> _Pieces:
    cells = pd.MultiIndex.from_product([case.units, case.months])
    table = case.staff.set_index(["unit", "month"])["caseload"].reindex(cells)
    caseload = table.to_numpy(float).reshape(len(case.units), -1)
    band = np.floor(np.log(caseload) / np.log1p(CASELOAD_STEP))
    same = (band[:, 1:] == band[:, :-1]) | (
        np.isnan(band[:, 1:]) & np.isnan(band[:, :-1])
    )
    cuts = np.zeros(caseload.shape, dtype=int)
    cuts[:, 1:] = ~same | monthly
    pilot = case.settings.effort.pilot
    extra = [*split_at, *([pd.Timestamp(pilot.from_month)] if pilot else [])]
    cuts[:, np.isin(case.months, pd.DatetimeIndex(extra))] = 1
    cuts[:, 0] = 0
    return _Pieces(caseload, cuts)


def _spells_of(case: Case) -> pd.DataFrame:
    if case.spells is None:
        raise ValueError("the case has no spells, only monthly figures")
    return case.spells


def _number(month: pd.Timestamp) -> int:
    return month.year * 12 + month.month - 1
