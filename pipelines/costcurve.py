"""The cost of the planning period against the number of handlers, and its flat bottom.

Read off a `surface.Surface` at the unit's own effect, today's benefit and no robot.
Everything is a difference from today's staffing in the same model, so that the parts
can be seen beside each other: more handlers cost staff, and save benefit, in the period
and after it.
"""

from dataclasses import dataclass

import numpy as np

from ..models.domain import Array, Interval
from ..optimisation.plan import StaffingPlan
from .doubting import cases_now
from .surface import Surface
from .tables import too_few


@dataclass(frozen=True)
class CostCurve:
    """One unit's cost by number of handlers, SEK above today's staffing.

    Attributes
    ----------
    unit : str
    handlers : array (H,)
        Mean over the planning period, rising: a number that is kept from the month in
        which hires can arrive.
    staff, benefit : array (H,)
        Cash over the period, bought time inside staff.
    after : array (H,)
        What is left of `total`: the value after the period, and what it gives that
        later money weighs less.
    total : array (H,)
        All costs discounted, the value after the period inside.
    saved : array (3, H)
        Cash saved over the period: mean and 80 % interval.
    today, plan : float
        Handlers, mean over the period.
    flat : (low, high)
        Handlers between which some plan costs at most 1 % or 1 MSEK more than the
        best: such a plan may vary its number from month to month.
    plan_saved, plan_total : Interval
        Cash that the plan in whole posts saves, and all costs, as it reports them.
    """

    unit: str
    handlers: Array
    staff: Array
    benefit: Array
    after: Array
    total: Array
    saved: Array
    today: float
    plan: float
    flat: tuple[float, float]
    plan_saved: Interval
    plan_total: Interval


def cost_curve(surface: Surface, plan: StaffingPlan) -> CostCurve | None:
    """Read a unit's cost curve off its surface.

    Returns
    -------
    CostCurve or None
        None where limits leave fewer than three numbers of handlers to compare, and
        where there are too few cases to publish.
    """
    world = surface.own, int(np.flatnonzero(surface.benefits == 1.0)[0])
    at = (slice(None), *world, surface.robots.index(None))
    total = surface.total_sek[at] - surface.today_total_sek[world]
    months = surface.yearly["handler_months"][at].sum(1)
    known = np.flatnonzero(np.isfinite(total))
    if len(known) < 3 or too_few(cases_now(plan)):
        return None
    known = known[np.argsort(months[known])]
    staff, benefit = (
        (surface.yearly[name][at] - surface.today_yearly[name][world]).sum(1)[known]
        for name in ("staff_sek", "benefit_sek")
    )
    return CostCurve(
        unit=surface.unit,
        handlers=months[known] / len(surface.months),
        staff=staff,
        benefit=benefit,
        after=total[known] - staff - benefit,
        total=total[known],
        saved=surface.saved[at][known].T,
        today=float(plan.today.handlers.mean()),
        plan=float(plan.proposed.handlers.mean()),
        flat=(plan.flat_low, plan.flat_high),
        plan_saved=plan.saving_total,
        plan_total=plan.total_saving,
    )
