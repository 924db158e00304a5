"""When a pilot has paid back: benefit spared and staff paid, month by month."""

import numpy as np

from ..models.domain import Array
from .pilotinput import Costs, Pilot


def cumulated(
    pilot: Pilot, extra_exits: float, horizon_months: int, costs: Costs, year_sek: float
) -> tuple[Array, Array]:
    """Benefit spared and staff paid by the end of month 1, 2, ..., to the last saving.

    Returns
    -------
    benefit, staff : arrays of shape (months + horizon_months,)
    """
    month = np.arange(1, pilot.months + horizon_months + 1)
    left = np.arange(1, pilot.months + 1)
    spared = np.clip(month[:, None] - left, 0, horizon_months) @ pilot.arrivals
    benefit: Array = costs.benefit_case_month_sek * extra_exits * spared
    staff: Array = staff_sek(pilot, year_sek, 1) * np.minimum(month, pilot.months)
    return benefit, staff


def payback_month(
    pilot: Pilot, extra_exits: float, horizon_months: int, costs: Costs, year_sek: float
) -> int | None:
    """First month of the pilot from which benefit covers staff for good, or None."""
    benefit, staff = cumulated(pilot, extra_exits, horizon_months, costs, year_sek)
    short = np.flatnonzero(benefit < staff * (1 - 1e-12))
    if not short.size:
        return 1
    return None if short[-1] == len(staff) - 1 else int(short[-1]) + 2


def staff_sek(pilot: Pilot, year_sek: float, months: int) -> float:
    """Cost of the added handlers over some months."""
    return year_sek * pilot.handlers_added * months / 12
