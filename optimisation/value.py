"""What a way of staffing costs, in the program's own accounting.

A `Course` is one way of staffing valued month by month. It comes from a solution of
the program (`course_of`), or from a `Policy` followed forward in time (`follow`):
today's staffing is such a policy, and so is a plan whose staffing is kept while the
world turns out differently.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..models.household import Counts
from .policy import Policy, share_time, today_policy
from .problem import Levers, Unit
from .rows import ramp_loss, still_learning
from .solution import UnitSolution

Numbers = Array | Counts


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
        Cases served, and those of them that leave in the month.
    caseload : array (T,)
        Cases per employed handler.
    segment_caseload : array (S, T)
        Mean intensity level: cases of weight 1 per present handler.
    benefit_sek, staff_sek, shortage_sek : array (T,)
        Payments to households; handlers, hires, releases and automation; bought
        capacity.
    terminal_sek : float
        Value after the horizon, discounted to month 0: what open cases and coming
        returns still cost, minus what the staff left is worth.
    total_sek : float
        The program's objective: all costs discounted to month 0, and `terminal_sek`.
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

    @property
    def cash_sek(self) -> Array:
        """Money paid out month by month, undiscounted, shape (T,)."""
        return self.benefit_sek + self.staff_sek + self.shortage_sek

    def cash_by_year(self) -> pd.DataFrame:
        """Benefit and staff (bought capacity included) per calendar year, SEK."""
        staff = self.staff_sek + self.shortage_sek
        table = pd.DataFrame({"benefit_sek": self.benefit_sek, "staff_sek": staff})
        return table.groupby(self.months.year).sum().rename_axis("year")


def exit_at(unit: Unit, month: int, effort: Array) -> Array:
    """Exit probability at any effort, linear between levels, shape (S, D).

    Beyond the lightest or heaviest level the line is carried on. For a curve concave
    in effort that overstates exits at heavier caseloads, so it flatters today's
    staffing and never the plan.

    Parameters
    ----------
    effort : array (S, D)
        Handlers per case of weight 1.
    """
    order = np.argsort(1 / unit.caseloads)
    levels = 1 / unit.caseloads[order]
    curve = unit.exit_probability[:, :, month, order]
    if len(levels) == 1:
        only: Array = curve[..., 0]
        return only
    upper = np.clip(np.searchsorted(levels, effort), 1, len(levels) - 1)
    share = (effort - levels[upper - 1]) / (levels[upper] - levels[upper - 1])
    left = np.take_along_axis(curve, upper[..., None] - 1, -1)[..., 0]
    right = np.take_along_axis(curve, upper[..., None], -1)[..., 0]
    return np.clip(left + share * (right - left), 0, 1)


def with_level(unit: Unit, caseload: float) -> Unit:
    """Return the unit with one more intensity level, its exits read off `exit_at`."""
    effort = np.full(unit.stock.shape, 1 / caseload)
    exits = np.stack([exit_at(unit, t, effort) for t in range(unit.shape[2])], axis=2)
    return replace(
        unit,
        caseloads=np.append(unit.caseloads, caseload),
        exit_probability=np.append(unit.exit_probability, exits[..., None], axis=3),
    )


def return_lags(unit: Unit) -> Array:
    """Share of exits that return 1, 2, ... months later, shape (S, R)."""
    return np.broadcast_to(unit.reentry, (unit.shape[0], unit.reentry.shape[-1]))


def present(unit: Unit, handlers: Array, hires: Array) -> Array:
    """Effective handler-months: staff less absence and the ramp of new hires (T,)."""
    lost = np.convolve(hires, np.append(ramp_loss(unit), 0.0))[: len(hires)]
    return (1 - unit.absence) * (handlers - lost)


def freed(
    unit: Unit, levers: Levers, handlers: Array, month: int | slice = slice(None)
) -> Array:
    """Handler-months that what has been bought frees from those handlers."""
    saved = np.zeros_like(handlers)
    for lever in levers:
        within = np.minimum(handlers, lever.handlers_max)
        saved += lever.freed(unit.absence)[month] * within
    return saved


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
        Employed in the last month.
    hires : array (..., T)
        Late ones are still learning.
    """
    open_cases = (stock * unit.terminal_value).sum((-2, -1))
    later = due @ unit.discount ** np.arange(due.shape[-1])
    coming = later @ unit.terminal_value[:, 0]
    staff = unit.handler_value * (1 - unit.turnover) * handlers
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
    return _course(
        unit,
        name,
        months,
        (solution.handlers, solution.hires, solution.releases, solution.overtime),
        solution.served.sum((1, 3)),
        gone.sum((1, 3)),
        (solution.served @ (1 / unit.caseloads)).sum(1),
        closing_stock(unit, last.sum(-1)),
        unit.bought(robot=solution.robot, process=solution.process),
    )


def follow(unit: Unit, policy: Policy, months: pd.DatetimeIndex) -> Course:
    """Follow a policy forward in expectation, with the program's own rows.

    Parameters
    ----------
    unit : Unit
    policy : Policy
        May have been made for another world.
    months : pandas.DatetimeIndex, length T

    Returns
    -------
    Course
        A feasible point of the program wherever efforts lie within its levels.

    Raises
    ------
    ValueError
        When intake and renewals alone take more time than the handlers have and
        nothing may be bought.
    """
    segments, _, horizon, _ = unit.shape
    weight = np.broadcast_to(unit.weight[:, None, :], unit.exit_probability.shape[:3])
    lags = return_lags(unit)
    returns = np.zeros((segments, horizon + lags.shape[1]))
    cases, exits, effort = np.zeros((3, segments, horizon))
    shortage = np.where(policy.charged, 0.0, policy.bought)
    bounds = (1 / policy.caseload_max, 1 / policy.caseload_min)
    staff = present(unit, policy.handlers, policy.hires)
    staff = staff + freed(unit, policy.levers, policy.handlers)
    stock = unit.stock
    for t in range(horizon):
        if t:
            stock[:, 0] += unit.inflow[:, t] + returns[:, t]
        fixed = unit.intake_effort * (unit.inflow[:, t] + returns[:, t]).sum()
        fixed += unit.renewal_effort * stock.sum() + unit.kept_for_intake[t]
        load = (weight[:, :, t] * stock).ravel()
        room = np.array(staff[t] + policy.bought[t] - fixed)
        if not policy.charged and room <= 0:
            raise ValueError(
                f"handlers of {policy.name!r} have no time left for cases in month "
                f"{t}: {staff[t]:.2f} handler-months, intake takes {fixed:.2f}"
            )
        spent = share_time(load, policy.relative[:, :, t].ravel(), room, *bounds)
        if policy.charged:
            shortage[t] = max(0.0, float(load @ spent) + fixed - staff[t])
        spent = spent.reshape(stock.shape)
        gone = stock * exit_at(unit, t, spent)
        cases[:, t], exits[:, t] = stock.sum(1), gone.sum(1)
        effort[:, t] = (stock * spent).sum(1)
        returns[:, t + 1 : t + 1 + lags.shape[1]] += lags * exits[:, t, None]
        stock = closing_stock(unit, stock - gone)
    staffing = (policy.handlers, policy.hires, policy.releases, shortage)
    return _course(
        unit, policy.name, months, staffing, cases, exits, effort, stock, policy.levers
    )


def today(unit: Unit, months: pd.DatetimeIndex, name: str = "today") -> Course:
    """Today's staffing in the same model: the status quo that savings count from.

    Parameters
    ----------
    unit : Unit
        Its levels should reach the caseload of today; beyond them `exit_at` extends.
    months : pandas.DatetimeIndex, length T

    Returns
    -------
    Course
        No capacity is bought, so the price of bought capacity does not matter.
    """
    return follow(unit, today_policy(unit, name), months)


def _course(
    unit: Unit,
    name: str,
    months: pd.DatetimeIndex,
    staff: tuple[Array, Array, Array, Array],
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
    handlers, hires, releases, shortage = staff
    benefit = (unit.benefit * cases).sum(0)
    staff_sek = staff_cost(unit, handlers, hires, releases, levers)
    shortage_sek = unit.cost_overtime * shortage
    lags = return_lags(unit)
    due = np.zeros((len(cases), lags.shape[1]))
    for k in range(1, lags.shape[1] + 1):  # exits of month t return in month t + k
        late = exits[:, max(horizon - k, 0) :] * lags[:, [k - 1]]
        first = max(k - horizon, 0)
        due[:, first : first + late.shape[1]] += late
    terminal = float(after_horizon(unit, closing, due, handlers[-1], hires))
    discount = unit.discount ** np.arange(horizon)
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
        releases=releases,
        shortage=shortage,
        cases=cases,
        exits=exits,
        caseload=np.divide(
            everybody, handlers, out=np.full(horizon, np.inf), where=handlers > 0
        ),
        segment_caseload=by_segment,
        benefit_sek=benefit,
        staff_sek=staff_sek,
        shortage_sek=shortage_sek,
        terminal_sek=terminal,
        total_sek=float(discount @ (benefit + staff_sek + shortage_sek) + terminal),
    )
