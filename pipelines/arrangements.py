"""Levers of kommun.toml as the program has them."""

from dataclasses import replace

import numpy as np

from ..optimisation.problem import Automation, Unit
from ..optimisation.strain import Strain
from ..optimisation.triage import with_triage
from .config import Lever, Settings
from .futures import Future
from .levels import present_share
from .registers import Case

#: A robot's rows need a bound on handlers; no plan multiplies today's staff like this.
MOST_HANDLERS = 5.0
#: Days in a mean month.
MONTH_DAYS = 365.25 / 12


def lever(stated: Lever | None, future: Future, passed: int) -> Automation | None:
    """Give what may be bought; in provisional months nothing can start any more."""
    if stated is None:
        return None
    return Automation(
        fixed_cost=stated.fixed_cost_sek,
        running_cost=stated.running_cost_sek_month,
        freed_share=stated.freed_share,
        handlers_max=MOST_HANDLERS * future.handlers,
        from_month=_start(stated.from_month, future, passed),
    )


def _start(month: str | None, future: Future, passed: int) -> int:
    """First month of the plan, 0-based, in which something can start."""
    if month is None:
        return passed
    return max(passed, int(future.months.searchsorted(f"{month}-01")))


def with_quality(unit: Unit, settings: Settings, future: Future) -> Unit:
    """Add what turnover and absence do, how long work may wait, and time with clients.

    Direct time with clients is taken to be a fixed part of the time spent on cases, so
    that a goal for it is a floor on that time: the goal over today's share, times the
    share of today's time that goes to cases.
    """
    staff, stated = settings.staff, settings.levers.client_time
    strain = Strain(
        future.caseload, staff.turnover_follows_caseload, staff.absence_follows_caseload
    )
    floor = None
    if stated is not None:
        on_cases = present_share(unit) - future.caseload * future.intake.per_case
        on_cases /= 1 - float(unit.absence.mean())
        floor = stated.share_least / stated.share_today * on_cases
    days = 0.0 if settings.intake is None else settings.intake.wait_days_max
    return replace(
        unit,
        strain=strain,
        client_time_floor=floor,
        waiting_max=min(1.0, days / MONTH_DAYS),
    )


def with_partners(unit: Unit, case: Case, future: Future) -> Unit:
    """Add labour-market staff who may take a part of new cases."""
    stated = case.settings.levers.triage
    if stated is None:
        return unit
    groups = stated.groups or case.segments
    sources = np.array([case.segments.index(name) for name in groups], dtype=np.intp)
    start = _start(stated.from_month, future, len(case.edge.months))
    share = np.where(np.arange(unit.shape[2]) >= start, stated.share_max, 0.0)
    return with_triage(unit, share, stated.cost_month_sek, stated.staff_max, sources)
