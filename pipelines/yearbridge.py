"""Why next year costs another sum than the last twelve months, part by part.

What is paid in twelve months follows from the cases at their start, new cases, the
share that stays from month to month, and the amount per household:

    served[0] = start + inflow[0]      served[t + 1] = stay[t] served[t] + inflow[t + 1]
    paid = sum_t amount[t] served[t]

Those parts are put from the twelve months known to those forecast. What each does hangs
on which went before it, so it is averaged over every order (Shapley, 1953, "A value for
n-person games"): the parts add up to the krona, and no order has to be defended. That
is done future by future, so every part has an interval.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..models.domain import Array, Interval
from ..optimisation.decompose import Bar, shapley
from ..optimisation.plan import StaffingPlan
from .case import Case
from .findings import NOUGHT_SEK, YEAR, findings
from .forecast import Forecast
from .tables import SMALLEST
from .yearforecast import staff_cost

#: Parts of what is paid, in the order they are shown; `staff` comes after them.
PARTS = ("cases", "inflow", "exits", "amount")


@dataclass(frozen=True)
class YearBridge:
    """From the last twelve months to next calendar year, and on to the plan; SEK.

    Attributes
    ----------
    since : pandas.DatetimeIndex (12,)
        The months it starts from.
    year : int
        First calendar year of which every month is forecast.
    start : float
        Benefit and staff of the months known.
    bars : tuple of Bar
        What each of `PARTS`, and staff, adds; draws (n,).
    end : Interval
        The year under today's staffing, as in the full-year forecast.
    plan : Interval or None
        What the plan adds to the year's cost. None where there is no plan, or where
        it changes nothing.
    knows_staff : bool
        Whether handlers are known; otherwise benefit alone is counted.
    """

    since: pd.DatetimeIndex
    year: int
    start: float
    bars: tuple[Bar, ...]
    end: Interval
    plan: Interval | None
    knows_staff: bool

    @property
    def with_plan(self) -> Interval | None:
        """The year with the plan; limits are added, so that it is rather too wide."""
        if self.plan is None:
            return None
        kept, added = self.end, self.plan
        return Interval(
            kept.mean + added.mean, kept.low + added.low, kept.high + added.high
        )


def year_bridge(
    case: Case, forecast: Forecast, plans: tuple[StaffingPlan, ...] = ()
) -> YearBridge | None:
    """Split next year's change over what changes.

    Returns
    -------
    YearBridge or None
        None where flows or payments of the last twelve months, or a whole calendar
        year ahead, are not known, and where there are too few households to publish.
    """
    inflow, served, paid = forecast.inflow, forecast.served, forecast.paid
    if inflow is None or served is None or paid is None or len(case.months) < YEAR:
        return None
    since, ahead = case.months[-YEAR:], paid.months
    whole = [y for y in ahead.year.unique() if (ahead.year == y).sum() == YEAR]
    before = _known(case, paid.labels, since)
    now = case.flows.loc[case.flows["month"] == since[-1], "served"].sum()
    if before is None or not whole or now < SMALLEST:
        return None
    inside = ahead.year == whole[0]
    after = Flow.of(*(found.values[..., inside] for found in (inflow, served, paid)))
    bars = shapley(lambda f: _paid(before, after, f), PARTS)
    months = ahead[inside]
    staff = staff_cost(case, since.union(months))
    first, then = (float(staff.reindex(m).sum()) for m in (since, months))
    grown = Bar("staff", np.full(len(paid.values), then - first))
    return YearBridge(
        since=since,
        year=int(whole[0]),
        start=float(before.total) + first,
        bars=(*bars, grown) if len(staff) else bars,
        end=Interval.of(after.total + then),
        plan=_added(plans, whole[0]),
        knows_staff=bool(len(staff)),
    )


class Flow(NamedTuple):
    """Twelve months of cases and payments, S series; with a first axis of draws.

    Attributes
    ----------
    start : array (..., S)
        Open when the months begin.
    inflow, amount : array (..., S, 12)
        New cases; SEK per household served.
    stay : array (..., S, 11)
        Share of those served that is served in the next month too.
    beside : array (...)
        What was paid in months without anyone served, SEK.
    total : array (...)
        All that was paid.
    """

    start: Array
    inflow: Array
    stay: Array
    amount: Array
    beside: Array
    total: Array

    @classmethod
    def of(cls, inflow: Array, served: Array, paid: Array) -> "Flow":
        """Read months of arrays (..., S, 12)."""
        kept = served[..., 1:] - inflow[..., 1:]
        stay, amount = _ratio(kept, served[..., :-1]), _ratio(paid, served)
        start, total = served[..., 0] - inflow[..., 0], paid.sum((-2, -1))
        followed = _followed(start, inflow, stay, amount)
        return cls(start, inflow, stay, amount, total - followed, total)


def _added(plans: tuple[StaffingPlan, ...], year: int) -> Interval | None:
    """Return what plans add to a year's cost; None where that is nothing."""
    found = findings(plans)
    if found is None:
        return None
    row = found.cash[found.cash["year"] == year]
    mean, low, high = (
        -float(row[f"saving{part}"].iloc[0]) for part in ("_sek", "_hi_80", "_lo_80")
    )
    added = Interval(mean, low, high)
    return None if max(abs(added.low), abs(added.high)) < NOUGHT_SEK else added


def _paid(before: Flow, after: Flow, changed: frozenset[str]) -> Array:
    """Pay for a year of which some parts are those of the year ahead."""
    cases, inflow, exits, amount = (
        after if part in changed else before for part in PARTS
    )
    followed = _followed(cases.start, inflow.inflow, exits.stay, amount.amount)
    whole: Array = followed + amount.beside
    return whole


def _followed(start: Array, inflow: Array, stay: Array, amount: Array) -> Array:
    """Pay for twelve months, shape (...)."""
    served = start + inflow[..., 0]
    paid = amount[..., 0] * served
    for t in range(1, inflow.shape[-1]):
        served = stay[..., t - 1] * served + inflow[..., t]
        paid = paid + amount[..., t] * served
    total: Array = paid.sum(-1)
    return total


def _ratio(part: Array, whole: Array) -> Array:
    """Part of the whole month by month; the year's own where a month has none."""
    year = np.broadcast_to(whole.sum(-1, keepdims=True), whole.shape)
    mean = np.broadcast_to(part.sum(-1, keepdims=True), whole.shape)
    usual = np.divide(mean, year, out=np.zeros(whole.shape), where=year > 0)
    ratio: Array = np.divide(part, whole, out=usual, where=whole > 0)
    return ratio


def _known(
    case: Case, labels: tuple[str, ...], months: pd.DatetimeIndex
) -> Flow | None:
    """Read the months known, series as forecast; None where any is not known."""
    names = case.flows["unit"] + "|" + case.flows["segment"]
    table = case.flows.set_index([names, case.flows["month"]])
    cells = pd.MultiIndex.from_product([labels, months])
    shape = len(labels), len(months)
    inflow, served, paid = (
        table[column].reindex(cells, fill_value=0.0).to_numpy(float).reshape(shape)
        for column in ("inflow", "served", "paid_sek")
    )
    if not np.isfinite([inflow, served, paid]).all():
        return None
    return Flow.of(inflow, served, paid)
