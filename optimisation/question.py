"""A what-if question as data, and the unit as it would then be."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..models.domain import Array
from .policy import Policy
from .problem import Automation, Budget, Problem, Unit
from .terminal import handler_value, long_run_capacity_price, terminal_value
from .value import with_level

_SMALL = 1e-9


@dataclass(frozen=True)
class Change:
    """What is changed in a plan; what is not named stays as it is.

    Attributes
    ----------
    handlers : float or None
        Handlers to keep, or to have beside those of the plan where `relative`.
    relative : bool
    since : int or None
        First month of `handlers`, 0-based; None: the first month in which more can
        arrive than replace those who leave.
    hire_max : float or None
        Most hires that arrive in a month; who leaves can always be replaced.
    lead_months : int or None
        Months before anyone beyond those replaced can arrive.
    budgets : tuple of Budget
        Limits on staff cost, instead of those over the same months.
    caseload_max : float or None
        Heaviest intensity level, cases per present handler.
    robot : Automation or None
        Bought, whether it pays or not.
    triage_share : float or None
        Largest share of new cases that labour-market staff may take, in the months in
        which they may.
    log_hr : float or None
        What halving the caseload does to exits, as a log hazard ratio.
    inflow, benefit, handler_cost : float
        What new cases, benefit per household, and the price of a handler-month, bought
        ones too, are multiplied by.
    """

    handlers: float | None = None
    relative: bool = True
    since: int | None = None
    hire_max: float | None = None
    lead_months: int | None = None
    budgets: tuple[Budget, ...] = ()
    caseload_max: float | None = None
    robot: Automation | None = None
    triage_share: float | None = None
    log_hr: float | None = None
    inflow: float = 1.0
    benefit: float = 1.0
    handler_cost: float = 1.0

    @property
    def world(self) -> bool:
        """Whether more than the staffing changes: today's costs change then too."""
        factors = (self.inflow, self.benefit, self.handler_cost)
        return self.log_hr is not None or factors != (1.0, 1.0, 1.0)

    @property
    def outside(self) -> "Change":
        """The part that no staffing decides on."""
        return Change(
            log_hr=self.log_hr,
            inflow=self.inflow,
            benefit=self.benefit,
            handler_cost=self.handler_cost,
        )

    @property
    def form(self) -> "Change":
        """The part that changes coefficients or costs of the program."""
        return Change(
            caseload_max=self.caseload_max,
            robot=self.robot,
            triage_share=self.triage_share,
            log_hr=self.log_hr,
            benefit=self.benefit,
            handler_cost=self.handler_cost,
        )


def changed_world(unit: Unit, change: Change) -> Unit:
    """Return the unit with other inflow and prices, and what they do to what follows.

    Its levels should be all that are known, for a case after the horizon is valued
    with them.
    """
    if change.inflow != 1:
        stock = unit.stock.copy()  # new cases of month 0 are inside
        stock[:, 0] += (change.inflow - 1) * unit.inflow[:, 0]
        unit = replace(unit, stock=stock, inflow=change.inflow * unit.inflow)
    if (change.benefit, change.handler_cost) != (1, 1):
        unit = replace(
            unit,
            benefit=change.benefit * unit.benefit,
            cost_handler=change.handler_cost * unit.cost_handler,
            cost_overtime=change.handler_cost * unit.cost_overtime,
        )
        unit = replace(
            unit,
            handler_value=handler_value(unit),
            month_value=long_run_capacity_price(unit),
        )
        unit = replace(unit, terminal_value=terminal_value(unit))
    return unit


def capped(unit: Unit, heaviest: float, lightest: float) -> Unit:
    """Return the unit with the levels from a cap to the lightest one.

    A cap between two levels gets exits on the line between them, so that a tighter cap
    leaves a part of what a looser one allows, and never more.

    Raises
    ------
    ValueError
        The cap is heavier than any level that is known.
    """
    most = float(unit.caseloads.max())
    if heaviest > most * (1 + _SMALL):
        raise ValueError(f"caseload_max must be at most {most:.6g}, got {heaviest:.6g}")
    if np.abs(unit.caseloads / heaviest - 1).min() > _SMALL:
        unit = with_level(unit, heaviest)
    lightest = min(lightest, heaviest)
    keep = unit.caseloads <= heaviest * (1 + _SMALL)
    keep &= unit.caseloads >= lightest * (1 - _SMALL)
    order = np.flatnonzero(keep)[np.argsort(-unit.caseloads[keep])]
    return replace(
        unit,
        caseloads=unit.caseloads[order],
        exit_probability=unit.exit_probability[..., order],
    )


def hire_limits(unit: Unit, change: Change) -> Array:
    """Most hires that can arrive in each month, shape (T,)."""
    if change.hire_max is None and change.lead_months is None:
        return unit.hire_max
    replaced = unit.turnover * unit.handlers
    months = np.arange(unit.shape[2])
    first = first_arrival(unit) if change.lead_months is None else change.lead_months
    most = unit.hire_max.max() if change.hire_max is None else change.hire_max
    limits: Array = np.where(months < first, replaced, max(float(most), replaced))
    return limits


def first_arrival(unit: Unit) -> int:
    """First month in which more can arrive than replace those who leave, or T."""
    more = unit.hire_max > unit.turnover * unit.handlers + _SMALL
    return int(np.argmax(more)) if more.any() else unit.shape[2]


def kept_staff(unit: Unit, change: Change, plan: Policy) -> tuple[Array, Array]:
    """Hires and releases (T,) that keep the handlers asked for.

    What is asked for stands above the limits on hires and releases, unless it is to
    come when it can. Where turnover follows the caseload it is at today's rate, so
    that a lighter caseload keeps somewhat more handlers than asked for.
    """
    first = change.since
    if first is None:
        first = first_arrival(replace(unit, hire_max=hire_limits(unit, change)))
    asked = change.handlers or 0.0
    then = plan.handlers + asked if change.relative else np.full(unit.shape[2], asked)
    months = np.arange(unit.shape[2])
    handlers = np.maximum(np.where(months < first, plan.handlers, then), 0.0)
    before = np.append(unit.handlers, handlers[:-1]) * (1 - unit.turnover)
    before[0] = unit.handlers  # turnover first strikes between month 0 and month 1
    moved = handlers - before
    return np.maximum(moved, 0.0), np.maximum(-moved, 0.0)


def every_year(problem: Problem, months: pd.DatetimeIndex) -> tuple[Budget, ...]:
    """Return the budgets, and an open row for every other calendar year."""
    known = {budget.months for budget in problem.budgets}
    years = [
        Budget(tuple(np.flatnonzero(months.year == y).tolist()), np.inf, str(y))
        for y in months.year.unique()
    ]
    return (*problem.budgets, *(year for year in years if year.months not in known))
