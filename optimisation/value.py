"""A policy followed forward in expectation, with the program's own rows.

Today's staffing is such a policy, and so is a plan whose staffing is kept while the
world turns out differently.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from ..models.domain import Array
from .course import Course, Staffing, closing_stock, priced, return_lags
from .policy import Beside, Policy, share_time, today_policy
from .problem import Levers, Unit
from .rows import ramp_loss


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


def present(unit: Unit, handlers: Array, hires: Array) -> Array:
    """Effective handler-months: staff less absence and the ramp of new hires (T,).

    Where absence follows the caseload, what cases add to it is not in.
    """
    absent, _ = unit.strain.absent(unit.absence)
    lost = np.convolve(hires, np.append(ramp_loss(unit), 0.0))[: len(hires)]
    return (1 - absent) * handlers - (1 - unit.absence) * lost


def freed(
    unit: Unit, levers: Levers, handlers: Array, month: int | slice = slice(None)
) -> Array:
    """Handler-months that what has been bought frees from those handlers."""
    saved = np.zeros_like(handlers)
    for lever in levers:
        within = np.minimum(handlers, lever.handlers_max)
        saved += lever.freed(unit.absence)[month] * within
    return saved


def follow(
    unit: Unit,
    policy: Policy,
    months: pd.DatetimeIndex,
    steer: Callable[[int, Array], Array] | None = None,
) -> Course:
    """Follow a policy forward in expectation, with the program's own rows.

    Parameters
    ----------
    unit : Unit
    policy : Policy
        May have been made for another world.
    months : pandas.DatetimeIndex, length T
    steer : callable, optional
        From a month and its exits (S, D) to the exits that shall be had instead.

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
    lags = return_lags(unit)
    returns = np.zeros((segments, horizon + lags.shape[1]))
    cases, exits, effort = np.zeros((3, segments, horizon))
    shortage = np.where(policy.charged, 0.0, policy.bought)
    bounds = (1 / policy.caseload_max, 1 / policy.caseload_min)
    beside, own, others = (
        policy.beside or Beside.nothing(unit),
        unit.handled,
        unit.routed,
    )
    hires, partners = policy.hires.copy(), beside.partners.copy()
    staff = present(unit, policy.handlers, policy.hires)
    staff = staff + freed(unit, policy.levers, policy.handlers)
    leaving, by_case = unit.strain.leaving(unit.turnover)
    absent = unit.strain.absent(unit.absence)[1]
    ramp, stock, gone_staff = ramp_loss(unit), unit.stock.copy(), 0.0
    for t in range(horizon):
        if t:
            stock[:, 0] += beside.split(unit, t, unit.inflow[:, t]) + returns[:, t]
        if t and by_case:  # whoever leaves beyond what was planned is replaced
            kept = policy.handlers[t - 1] - gone_staff - policy.releases[t]
            hires[t] = max(0.0, policy.handlers[t] - kept)
            slow = ramp[: horizon - t] * (hires[t] - policy.hires[t])
            staff[t : t + len(slow)] -= (1 - unit.absence[t : t + len(slow)]) * slow
        mine = float(stock[own].sum())
        gone_staff = leaving * policy.handlers[t] + by_case * mine
        staff[t] -= absent[t] * mine
        fixed = unit.intake_effort * (unit.inflow[:, t] + returns[:, t]).sum()
        fixed += unit.renewal_effort * mine + unit.kept_for_intake[t]
        fixed -= beside.postponed[t]
        load = unit.weight[:, t, None] * stock
        room = np.array(staff[t] + policy.bought[t] - fixed)
        if not policy.charged and room <= 0:
            raise ValueError(
                f"handlers of {policy.name!r} have no time left for cases in month "
                f"{t}: {staff[t]:.2f} handler-months, intake takes {fixed:.2f}"
            )
        spent = np.zeros_like(stock)
        relative = policy.relative[:, :, t]
        spent[own] = _spread(load[own], relative[own], room, bounds)
        if policy.charged:
            needed = float((load * spent)[own].sum()) + fixed
            shortage[t] = max(0.0, needed - staff[t])
        if unit.triage is not None:
            renewals = unit.renewal_effort * float(stock[others].sum())
            second = np.array(beside.partners[t] - renewals)
            spent[others] = _spread(load[others], relative[others], second, bounds)
            if policy.charged:
                partners[t] = float((load * spent)[others].sum()) + renewals
        gone = stock * exit_at(unit, t, spent)
        gone = gone if steer is None else steer(t, gone)
        cases[:, t], exits[:, t] = stock.sum(1), gone.sum(1)
        effort[:, t] = (stock * spent).sum(1)
        returns[:, t + 1 : t + 1 + lags.shape[1]] += lags * exits[:, t, None]
        stock = closing_stock(unit, stock - gone)
    staffing = Staffing(policy.handlers, hires, policy.releases, shortage, partners)
    return priced(
        unit, policy.name, months, staffing, cases, exits, effort, stock, policy.levers
    )


def _spread(
    load: Array, relative: Array, room: Array, bounds: tuple[float, float]
) -> Array:
    """Effort of cells (C, D) of one pool, by `share_time`."""
    spent = share_time(load.ravel(), relative.ravel(), room, *bounds)
    return spent.reshape(load.shape)


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
