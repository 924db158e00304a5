"""What a way of staffing costs, in the program's own accounting.

A `Course` is one way of staffing valued month by month. It comes from a solution of
the program (`course_of`), or from a policy followed forward in time (`value.follow`).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..models.household import Counts
from .problem import Levers, Unit
from .rows import still_learning
from .solution import UnitSolution
from .triage import by_source

Numbers = Array | Counts


@dataclass(frozen=True)
class Staffing:
    """Who works: arrays (T,) as in `Course`.

    Attributes
    ----------
    handlers, hires, releases, shortage, partners : array (T,)
    """

    handlers: Array
    hires: Array
    releases: Array
    shortage: Array
    partners: Array


@dataclass(frozen=True)
class Course:
    """One way of staffing, valued in the model; expected values, undiscounted SEK.

    Attributes
    ----------
    name : str
    months : pandas.DatetimeIndex, length T
    handlers, hires, releases : array (T,)
        Employed full-time equivalents, arrivals and departures decided on.
    shortage : array (T,)
        Effective handler-months bought because cases need them.
    cases, exits : array (S, T)
        Cases served, and those of them that leave in the month; whoever is routed to
        labour-market staff is still of the same segment.
    caseload : array (T,)
        Cases per employed handler, without those routed.
    segment_caseload : array (S, T)
        Mean intensity level: cases of weight 1 per present handler.
    benefit_sek, staff_sek, shortage_sek : array (T,)
        Payments to households; handlers, hires, releases, automation and
        labour-market staff; bought capacity.
    terminal_sek : float
        Value after the horizon, discounted to month 0: what open cases and coming
        returns still cost, minus what the staff left is worth.
    total_sek : float
        The program's objective: all costs discounted to month 0, and `terminal_sek`.
    partners : array (T,) or (1,)
        Labour-market staff who take routed cases, effective months.
    """

    name: str
    months: pd.DatetimeIndex
    handlers: Array
    hires: Array
    releases: Array
    shortage: Array
    cases: Array
    exits: Array
    caseload: Array
    segment_caseload: Array
    benefit_sek: Array
    staff_sek: Array
    shortage_sek: Array
    terminal_sek: float
    total_sek: float
    partners: Array = field(default_factory=lambda: np.zeros(1))

    @property
    def cash_sek(self) -> Array:
        """Money paid out month by month, undiscounted, shape (T,)."""
        return self.benefit_sek + self.staff_sek + self.shortage_sek

    def cash_by_year(self) -> pd.DataFrame:
        """Benefit and staff (bought capacity included) per calendar year, SEK."""
        staff = self.staff_sek + self.shortage_sek
        table = pd.DataFrame({"benefit_sek": self.benefit_sek, "staff_sek": staff})
        return table.groupby(self.months.year).sum().rename_axis("year")


def return_lags(unit: Unit) -> Array:
    """Share of exits that return 1, 2, ... months later, shape (S, R)."""
    return np.broadcast_to(unit.reentry, (unit.shape[0], unit.reentry.shape[-1]))


def staff_cost(
    unit: Unit, handlers: Array, hires: Array, releases: Array, levers: Levers
) -> Array:
    """SEK per month of staff and what has been bought, undiscounted; (..., T)."""
    cost: Array = (
        unit.cost_handler * handlers
        + unit.cost_hire * hires
        + unit.cost_release * releases
    )
    for lever in levers:
        cost = cost + lever.spending(unit.shape[2])
    return cost


def closing_stock(unit: Unit, left: Array) -> Array:
    """Cases open after the last month, before anyone new: those who stay, aged.

    Parameters
    ----------
    left : array (S, D)
        Cases of the last month that did not leave.
    """
    stock: Array = left * (1 - unit.ageing)
    stock[:, 1:] += (left * unit.ageing)[:, :-1]
    return stock


def staying(unit: Unit, handlers: Numbers, cases: Numbers) -> Array:
    """Handlers who do not leave in a month in which they have so many cases."""
    leaving, by_case = unit.strain.leaving(unit.turnover)
    kept: Array = (1 - leaving) * handlers - by_case * cases
    return kept


def after_horizon(
    unit: Unit, stock: Numbers, due: Numbers, handlers: Array, hires: Array
) -> Array:
    """Value after the horizon, discounted to month 0, in SEK.

    Parameters
    ----------
    stock : array (..., S, D)
        Cases open after the last month.
    due : array (..., S, R)
        Returns due in months T, T+1, ..., each discounted from its own month.
    handlers : array (...)
        Still employed after the last month, see `staying`.
    hires : array (..., T)
        Late ones are still learning.
    """
    open_cases = (stock * unit.terminal_value).sum((-2, -1))
    later = due @ unit.discount ** np.arange(due.shape[-1])
    coming = later @ unit.terminal_value[:, 0]
    staff = unit.handler_value * handlers
    staff = staff - unit.month_value * (hires @ still_learning(unit))
    value: Array = unit.discount ** unit.shape[2] * (open_cases + coming - staff)
    return value


def course_of(
    unit: Unit, solution: UnitSolution, name: str, months: pd.DatetimeIndex
) -> Course:
    """Value a solution of the program.

    Parameters
    ----------
    unit : Unit
    solution : UnitSolution
    name : str
    months : pandas.DatetimeIndex, length T

    Returns
    -------
    Course
        Its `total_sek` equals the objective of the program.
    """
    gone = solution.served * unit.exit_probability
    last = solution.served[:, :, -1] - gone[:, :, -1]
    return priced(
        unit,
        name,
        months,
        Staffing(
            solution.handlers,
            solution.hires,
            solution.releases,
            solution.overtime,
            solution.partners if len(solution.partners) else np.zeros(len(months)),
        ),
        solution.served.sum((1, 3)),
        gone.sum((1, 3)),
        (solution.served @ (1 / unit.caseloads)).sum(1),
        closing_stock(unit, last.sum(-1)),
        unit.bought(robot=solution.robot, process=solution.process),
    )


def priced(
    unit: Unit,
    name: str,
    months: pd.DatetimeIndex,
    staff: Staffing,
    cases: Array,
    exits: Array,
    effort: Array,
    closing: Array,
    levers: Levers,
) -> Course:
    """Price what happened: the one place where a course gets its costs."""
    horizon = unit.shape[2]
    if len(months) != horizon:
        raise ValueError(f"months must have length {horizon}, got {len(months)}")
    handlers, hires, shortage = staff.handlers, staff.hires, staff.shortage
    benefit = (unit.benefit * cases).sum(0)
    staff_sek = staff_cost(unit, handlers, hires, staff.releases, levers)
    if unit.triage is not None:
        staff_sek = staff_sek + unit.triage.cost * staff.partners
    shortage_sek = unit.cost_overtime * shortage
    lags = return_lags(unit)
    due = np.zeros((len(cases), lags.shape[1]))
    for k in range(1, lags.shape[1] + 1):  # exits of month t return in month t + k
        late = exits[:, max(horizon - k, 0) :] * lags[:, [k - 1]]
        first = max(k - horizon, 0)
        due[:, first : first + late.shape[1]] += late
    mine = cases[unit.handled].sum(0)
    kept = staying(unit, handlers[-1], mine[-1])
    terminal = float(after_horizon(unit, closing, due, kept, hires))
    discount = unit.discount ** np.arange(horizon)
    cases, exits, effort = (by_source(unit, v) for v in (cases, exits, effort))
    everybody = cases.sum(0)
    overall = np.divide(
        everybody, effort.sum(0), out=np.zeros(horizon), where=effort.sum(0) > 0
    )
    by_segment = np.divide(
        cases, effort, out=np.tile(overall, (len(cases), 1)), where=effort > 0
    )
    return Course(
        name=name,
        months=months,
        handlers=handlers,
        hires=hires,
        releases=staff.releases,
        shortage=shortage,
        cases=cases,
        exits=exits,
        caseload=np.divide(
            mine, handlers, out=np.full(horizon, np.inf), where=handlers > 0
        ),
        segment_caseload=by_segment,
        benefit_sek=benefit,
        staff_sek=staff_sek,
        shortage_sek=shortage_sek,
        terminal_sek=terminal,
        total_sek=float(discount @ (benefit + staff_sek + shortage_sek) + terminal),
        partners=staff.partners,
    )
