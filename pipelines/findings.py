"""What a planner asks for, added up over units: read by page, terminal and tables.

Sums of intervals: the limits of the parts are added, which is exact where one uncertain
effect moves them all and too wide otherwise. It never makes a saving look surer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import diags
from sklearn.cluster import AgglomerativeClustering

from ..models.domain import Array, Interval
from ..optimisation.course import Course
from ..optimisation.plan import Limit, StaffingPlan
from .registers import Case

#: Money below this is no difference: it would be written as nought.
NOUGHT_SEK = 500.0
YEAR = 12


@dataclass(frozen=True)
class Side:
    """One way of staffing, all units together, by month.

    Attributes
    ----------
    handlers, hires, releases, shortage, cases, exits : array (T,)
    benefit_sek, staff_sek : array (T,)
    """

    handlers: Array
    hires: Array
    releases: Array
    shortage: Array
    cases: Array
    exits: Array
    benefit_sek: Array
    staff_sek: Array

    @property
    def caseload(self) -> Array:
        """Cases per handler, shape (T,); NaN where nobody works."""
        handlers = np.where(self.handlers > 0, self.handlers, np.nan)
        return self.cases / handlers

    @property
    def late_caseload(self) -> float:
        """Cases per handler over the last 12 months; NaN where nobody works.

        Whole hires make the last month alone a matter of chance.
        """
        handlers = float(self.handlers[-YEAR:].sum())
        return float(self.cases[-YEAR:].sum()) / handlers if handlers > 0 else np.nan


@dataclass(frozen=True)
class Step:
    """Months in which the plan keeps about the same number of handlers."""

    first: pd.Timestamp
    last: pd.Timestamp
    handlers: float
    hires: float
    releases: float
    caseload: float


@dataclass(frozen=True)
class Findings:
    """The plan against today's staffing, all units together.

    Attributes
    ----------
    months : pandas.DatetimeIndex (T,)
    today, plan : Side
    cash : pandas.DataFrame
        Per calendar year: `year, benefit_today_sek, benefit_plan_sek, staff_today_sek,
        staff_plan_sek, saving_sek, saving_lo_80, saving_hi_80`.
    saving, benefit, after, total : Interval
        Cash over the planning period; the part of it that is assistance not paid
        because more leave; value after the period; cash and that value together,
        discounted.
    """

    months: pd.DatetimeIndex
    today: Side
    plan: Side
    cash: pd.DataFrame
    saving: Interval
    benefit: Interval
    after: Interval
    total: Interval

    @property
    def changes(self) -> bool:
        """Whether the plan proposes anything else than today's number of handlers."""
        return bool(np.abs(self.plan.handlers - self.today.handlers).max() >= 0.05)

    @property
    def claims_saving(self) -> bool:
        """Whether a cash saving may be claimed: the whole interval is above nought."""
        return self.saving.low > NOUGHT_SEK

    @property
    def costs_more(self) -> bool:
        """Whether the plan surely costs cash within the planning period."""
        return self.saving.high < -NOUGHT_SEK

    @property
    def nothing_saved(self) -> bool:
        """Whether plan and today cost the same to the krona that is written."""
        ends = (self.saving.mean, self.saving.low, self.saving.high)
        return max(map(abs, ends)) < NOUGHT_SEK

    @property
    def settled_handlers(self) -> float:
        """Handlers once the plan is in place: the median of its last two thirds."""
        return float(np.median(self.plan.handlers[len(self.months) // 3 :]))


def findings(plans: tuple[StaffingPlan, ...]) -> Findings | None:
    """Add up the plans of all units; None where there is no plan."""
    if not plans:
        return None
    cash = pd.concat([plan.cash for plan in plans])
    return Findings(
        months=plans[0].months,
        today=_side(plans, lambda plan: plan.today),
        plan=_side(plans, lambda plan: plan.proposed),
        cash=cash.groupby("year", as_index=False).sum(),
        saving=summed([plan.saving_total for plan in plans]),
        benefit=summed([plan.benefit_saving for plan in plans]),
        after=summed([plan.after_horizon for plan in plans]),
        total=summed([plan.total_saving for plan in plans]),
    )


def kind_of(limit: Limit, case: Case) -> str:
    """Name the kind of a limit; a cap that nobody stated is not called one."""
    if limit.kind == "caseload_cap" and case.settings.levers.caseload_max is None:
        return "caseload_today"
    return limit.kind


def steps(found: Findings, most: int = 8) -> list[Step]:
    """Compress the plan to its changes.

    Months with the same whole number of handlers are joined. Where that leaves more
    than `most` steps, neighbours are joined as changes the number least (Ward).
    """
    handlers = found.plan.handlers
    grain = 1.0 if handlers.max() >= 10 else 0.5
    group = np.r_[0, np.cumsum(np.diff(np.round(handlers / grain)) != 0)]
    if group[-1] >= most:
        size = (len(handlers), len(handlers))
        neighbours = diags([1.0, 1.0], [-1, 1], shape=size)
        ward = AgglomerativeClustering(most, connectivity=neighbours.tocsr())
        label = ward.fit_predict(handlers[:, None])
        group = np.r_[0, np.cumsum(np.diff(label) != 0)]
    parts = [np.flatnonzero(group == g) for g in np.unique(group)]
    side, months = found.plan, found.months
    return [
        Step(
            first=months[part[0]],
            last=months[part[-1]],
            handlers=float(handlers[part].mean()),
            hires=float(side.hires[part].sum()),
            releases=float(side.releases[part].sum()),
            caseload=float(np.nanmean(side.caseload[part])),
        )
        for part in parts
    ]


def _side(
    plans: tuple[StaffingPlan, ...], choose: Callable[[StaffingPlan], Course]
) -> Side:
    courses = [choose(plan) for plan in plans]

    def total(of: Callable[[Course], Array]) -> Array:
        summed: Array = np.sum([of(course) for course in courses], axis=0, dtype=float)
        return summed

    return Side(
        handlers=total(lambda c: c.handlers),
        hires=total(lambda c: c.hires),
        releases=total(lambda c: c.releases),
        shortage=total(lambda c: c.shortage),
        cases=total(lambda c: c.cases.sum(axis=0)),
        exits=total(lambda c: c.exits.sum(axis=0)),
        benefit_sek=total(lambda c: c.benefit_sek),
        staff_sek=total(lambda c: c.staff_sek),
    )


def late_caseload(courses: Sequence[Course]) -> float:
    """Cases per handler over the last 12 months, all units together.

    Cases of labour-market staff are nobody's here. NaN where nobody works.
    """
    cases = sum(float((c.caseload * c.handlers)[-YEAR:].sum()) for c in courses)
    handlers = sum(float(c.handlers[-YEAR:].sum()) for c in courses)
    return cases / handlers if handlers > 0 else np.nan


def summed(intervals: Sequence[Interval]) -> Interval:
    """Add up intervals of units, mean by mean and limit by limit."""
    return Interval(
        mean=sum(i.mean for i in intervals),
        low=sum(i.low for i in intervals),
        high=sum(i.high for i in intervals),
        level=intervals[0].level,
    )
