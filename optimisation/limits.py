"""What stands in the plan's way, and when it pays.

Every limit is priced by the program itself: it is lifted and the program solved again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from ..models.domain import Array
from .course import Course
from .policy import Policy, today_policy
from .problem import Budget, Problem, Unit
from .programme import relaxed, solve
from .solution import Solution, UnitSolution
from .value import follow, with_level

#: A limit that costs less than this many SEK limits nothing.
WORTH_NAMING = 1_000.0
#: Log hazard ratios of halving the caseload within which a break-even is sought.
EFFECTS = np.linspace(-0.5, 1.5, 41)
_SMALL = 1e-6


@dataclass(frozen=True)
class Limit:
    """Something that holds the plan back.

    Attributes
    ----------
    kind : str
        ``shortage``: capacity has to be bought; ``caseload_cap``: cases served at the
        heaviest level allowed; ``lead_time``: hires that cannot arrive yet;
        ``hire_max``, ``release_max``; ``fair_floor``; ``intake_extra``: time kept so
        that applications are decided within a day; ``client_time``: the least time
        with clients; ``waiting``: intake work that may wait no longer;
        ``triage_staff``, ``triage_share``: labour-market staff and the cases they may
        take; ``budget``.
    months : tuple of int
        Where it binds, 0-based.
    price_sek : float
        What it costs over the horizon and after, discounted: the optimum with it less
        the optimum without it; for a shortage what is paid for bought capacity.
    """

    kind: str
    months: tuple[int, ...]
    price_sek: float


def limits_of(
    problem: Problem,
    optimum: Solution,
    proposed: Course,
    heavier: Unit | None = None,
) -> tuple[Limit, ...]:
    """Price every limit that binds, dearest first.

    Parameters
    ----------
    problem : Problem
        One unit.
    optimum : Solution
        Of the program with fractions of handlers.
    proposed : Course
        The plan with whole handlers: its bought capacity is the shortage.
    heavier : Unit or None
        The unit with levels beyond the caseload cap; without one the exit curve is
        carried on in a straight line to twice the cap.

    Raises
    ------
    InfeasibleError, SolverError
        As `programme.solve`.
    """
    unit = problem.units[0]
    found = []
    short = np.flatnonzero(proposed.shortage > _SMALL)
    if len(short):
        paid = proposed.shortage_sek * unit.discount ** np.arange(unit.shape[2])
        found.append(Limit("shortage", _months(short), float(paid.sum())))
    for kind, months, without in _lifted(problem, optimum, heavier):
        price = optimum.objective - solve(relaxed(without)).objective
        found.append(Limit(kind, months, price))
    worth = [limit for limit in found if limit.price_sek >= WORTH_NAMING]
    return tuple(sorted(worth, key=lambda limit: -limit.price_sek))


def _lifted(
    problem: Problem, optimum: Solution, heavier: Unit | None
) -> Iterator[tuple[str, tuple[int, ...], Problem]]:
    """Each limit that may bind: its kind, where, and the problem without it."""
    unit, plan = problem.units[0], optimum.units[0]

    def lift(**fields: Any) -> Problem:
        return replace(problem, units=(replace(unit, **fields),))

    heaviest = unit.caseloads.max()
    at_cap = plan.served[..., np.argmax(unit.caseloads)].sum((0, 1)) > _SMALL
    if at_cap.any():
        if heavier is None or heavier.caseloads.max() <= heaviest:
            heavier = with_level(unit, 2 * heaviest)
        wider = lift(
            caseloads=heavier.caseloads, exit_probability=heavier.exit_probability
        )
        yield "caseload_cap", _months(np.flatnonzero(at_cap)), wider

    plenty = _plenty(unit)
    # until the first month in which more can come than replace those who leave
    replaced = unit.turnover * unit.handlers + _SMALL
    waiting = np.cumsum(unit.hire_max > replaced) == 0
    waiting &= not waiting.all()
    if waiting.any():
        free = np.where(waiting, plenty, unit.hire_max)
        yield "lead_time", _months(np.flatnonzero(waiting)), lift(hire_max=free)
    full = ~waiting & (plan.hires >= unit.hire_max - _SMALL)
    if full.any():
        free = np.where(waiting, unit.hire_max, plenty)
        yield "hire_max", _months(np.flatnonzero(full)), lift(hire_max=free)
    full = plan.releases >= unit.release_max - _SMALL
    if full.any():
        free = np.full(len(full), plenty)
        yield "release_max", _months(np.flatnonzero(full)), lift(release_max=free)

    floor = plan.fairness.max(0, initial=0.0) > _SMALL
    if unit.fair_floor is not None and floor.any():
        yield "fair_floor", _months(np.flatnonzero(floor)), lift(fair_floor=None)
    yield from _lifted_extras(plan, unit, lift, plenty)
    for i in np.flatnonzero(optimum.budget_duals < -_SMALL):
        others = tuple(b for k, b in enumerate(problem.budgets) if k != i)
        budget: Budget = problem.budgets[i]
        yield "budget", tuple(budget.months), replace(problem, budgets=others)


def _lifted_extras(
    plan: UnitSolution, unit: Unit, lift: Callable[..., Problem], plenty: float
) -> Iterator[tuple[str, tuple[int, ...], Problem]]:
    """Limits that not every unit has."""
    kept = (unit.kept_for_intake > _SMALL) & (plan.capacity < -_SMALL)
    if kept.any():
        free = lift(intake_extra=np.zeros(1))
        yield "intake_extra", _months(np.flatnonzero(kept)), free
    held = plan.client_time > _SMALL
    if held.any():
        free = lift(client_time_floor=None)
        yield "client_time", _months(np.flatnonzero(held)), free
    if len(plan.waiting):
        full = (unit.waitable > _SMALL) & (plan.waiting >= unit.waitable - _SMALL)
        if full.any():
            yield "waiting", _months(np.flatnonzero(full)), lift(waiting_max=1.0)
    if unit.triage is not None:
        full = plan.partners >= unit.triage.staff_max - _SMALL
        if full.any():
            more = replace(unit.triage, staff_max=plenty)
            yield "triage_staff", _months(np.flatnonzero(full)), lift(triage=more)
        most = unit.routable
        all_sent = (most > _SMALL) & (plan.routed >= most - _SMALL)
        if all_sent.any():
            share = (unit.triage.share_max > 0).astype(float)
            more = replace(unit.triage, share_max=share)
            months = _months(np.flatnonzero(all_sent.any(0)))
            yield "triage_share", months, lift(triage=more)


def _plenty(unit: Unit) -> float:
    """More handlers than any month could use: a bound in PuLP has to be finite."""
    cases = unit.stock.sum() + unit.inflow.sum()
    each = unit.weight.max() / unit.caseloads.min() + unit.renewal_effort
    needed = cases * (each + unit.intake_effort) / (1 - unit.absence.max())
    kept = unit.kept_for_intake.max() / (1 - unit.absence.max())
    return float(unit.handlers + unit.hire_max.max() + needed + kept)


def breakeven(
    under: Callable[[float], Unit], policy: Policy, months: pd.DatetimeIndex
) -> float | None:
    """Smallest effect of effort at which a plan costs what today's staffing costs.

    The plan's staffing and its ratios of effort are kept, and both courses are
    followed in the world of that effect. A plan that hires pays above the answer, a
    plan that sheds staff below it.

    Parameters
    ----------
    under : callable
        From a log hazard ratio of halving the caseload to the unit as it would be.
    policy : Policy
    months : pandas.DatetimeIndex, length T

    Returns
    -------
    float or None
        Log hazard ratio of halving; None where the plan changes nothing, or where
        no effect in [-0.5, 1.5] makes both cost the same.
    """

    def dearer(effect: float) -> float:
        unit = under(effect)
        return (
            follow(unit, policy, months).total_sek
            - follow(unit, today_policy(unit), months).total_sek
        )

    costs: Array = np.array([dearer(effect) for effect in EFFECTS])
    if np.abs(costs).max() < 1.0:
        return None
    crossing = np.flatnonzero(np.diff(np.sign(costs)))
    if not len(crossing):
        return None
    first = crossing[0]
    return float(brentq(dearer, EFFECTS[first], EFFECTS[first + 1], xtol=1e-6))


def _months(indices: NDArray[np.intp]) -> tuple[int, ...]:
    return tuple(int(t) for t in indices)
