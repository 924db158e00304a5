"""What one more of a thing costs or saves: the plan's prices, on what they belong to.

Cases and budgets are priced by the duals of their rows. Handlers come whole, and a
month of waiting too, so that these are priced by solving the program again with one
more and one less: the two sides differ where the optimum bends. All are discounted SEK
over the horizon and after it, in fractions of handlers.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..models.domain import Array, InfeasibleError
from .problem import Problem
from .question import Change, first_arrival
from .solution import Solution
from .whatif import WhatIf

#: A krona of budget that saves less than this binds nothing.
_SMALL = 1e-6


@dataclass(frozen=True)
class Prices:
    """What one more of each costs, SEK; below 0 where it saves. NaN: not possible.

    Attributes
    ----------
    open_case : array (S,)
        Of a case that is open today, whatever its time on assistance.
    new_case : array (S,)
        Of a new case in a month of the plan, its discounted mean.
    handler_more, handler_less : float
        Of one handler more, and one fewer, than the plan has from the first month in
        which more can arrive.
    month_sooner, month_later : float
        Of hires that can arrive a month sooner, or later.
    budget : tuple of (str, float)
        What a krona more of each staff budget saves, the krona itself counted back:
        1 where it would only just pay for itself, 0 where it binds nothing.
    """

    open_case: Array
    new_case: Array
    handler_more: float
    handler_less: float
    month_sooner: float
    month_later: float
    budget: tuple[tuple[str, float], ...]


def prices_of(problem: Problem, optimum: Solution, months: pd.DatetimeIndex) -> Prices:
    """Price one more of everything in a unit's plan.

    Parameters
    ----------
    problem : Problem
        One unit, no scenarios.
    optimum : Solution
        Of the program with fractions of handlers.
    months : pandas.DatetimeIndex, length T

    Raises
    ------
    InfeasibleError, SolverError
        As `WhatIf`.
    """
    unit, plan = problem.units[0], optimum.units[0]
    own = unit.handled
    stock, inflow = unit.stock[own], unit.inflow[own, 1:]
    desk = WhatIf(problem, months)
    base = desk.plan.course.total_sek

    def differs(change: Change) -> float:
        try:
            return desk.ask(change).course.total_sek - base
        except InfeasibleError:
            return np.nan

    first, horizon = first_arrival(unit), unit.shape[2]
    waits = 0 < first < horizon
    discount: Array = unit.discount ** np.arange(horizon, dtype=float)
    return Prices(
        open_case=_mean(plan.balance[own, :, 0], stock),
        new_case=_mean(plan.balance[own, 0, 1:] / discount[1:], inflow),
        handler_more=differs(Change(handlers=1.0)),
        handler_less=differs(Change(handlers=-1.0)),
        month_sooner=differs(Change(lead_months=first - 1)) if waits else np.nan,
        month_later=differs(Change(lead_months=first + 1)) if waits else np.nan,
        budget=tuple(
            (b.label, 0.0 if dual > -_SMALL else _gross(dual, b.months, discount))
            for b, dual in zip(problem.budgets, optimum.budget_duals, strict=True)
        ),
    )


def _gross(dual: float, months: tuple[int, ...], discount: Array) -> float:
    """Give the saving per krona, in money of its months; the dual is net of it."""
    return 1.0 - dual / float(discount[list(months)].mean())


def _mean(price: Array, weight: Array) -> Array:
    """Mean over the last axis by weight; plain where nothing weighs."""
    total = weight.sum(1, keepdims=True)
    even = np.full_like(weight, 1 / weight.shape[1])
    share = np.divide(weight, total, out=even, where=total > 0)
    mean: Array = (price * share).sum(1)
    return mean
