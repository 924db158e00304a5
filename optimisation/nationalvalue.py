"""What a nation is asked beside its plan: who is next, what fairness costs, how far.

Everything starts from the municipalities that `national` keeps resident.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from ..models.domain import Array, InfeasibleError
from .municipality import Municipality
from .national import Nation, NationalPlan
from .sheet import Index


@dataclass(frozen=True)
class NextHandler:
    """What one handler more or fewer is worth in each municipality, (U,).

    SEK per handler-year, discounted like the rest. Handlers are lent for the whole
    horizon and paid by nobody; national prices stay as they are. So `more` is never
    less, and `fewer` never more, than what a new national plan would find, and both are
    exact where one handler does not move the nation's prices.

    Attributes
    ----------
    more, fewer : array (U,)
        Saved by one more, and lost with one fewer (infinite where there is no plan
        without).
    price : array (U,)
        What a handler costs at national prices: the wage, and what others lose by it.
    """

    more: Array
    fewer: Array
    price: Array

    @property
    def order(self) -> Index:
        """Municipalities by what one more saves beyond its price, best first, (U,)."""
        best: Index = np.argsort(self.price - self.more, kind="stable")
        return best


@dataclass(frozen=True)
class Frontier:
    """What all cost at budgets that are multiples of what today's staffing spends.

    Attributes
    ----------
    factors, totals : array (N,)
        Ascending; discounted SEK. Convex and never rising.
    net : array (N, B)
        As `NationalPlan.net`.
    gaps : array (N,)
    impossible : array (M,)
        Factors at which no plan keeps the budgets.
    """

    factors: Array
    totals: Array
    net: Array
    gaps: Array
    impossible: Array


def floor_costs(nation: Nation, plan: NationalPlan) -> Array:
    """Find what each municipality's floor costs at national prices, SEK, shape (U,).

    A finite difference: the municipality is solved without its floor. Without it the
    total would fall by at most this, and by this where the nation's prices do not move.
    """
    costs = np.zeros(len(nation.parts))
    for k, part in enumerate(nation.parts):
        if part.floor.any():
            held = part.answer(plan.net).value
            with part.without_floor():
                costs[k] = max(0.0, held - part.answer(plan.net).value)
    return costs


def next_handler(
    nation: Nation, plan: NationalPlan, *, today: bool = False, handlers: float = 1.0
) -> NextHandler:
    """Find what one handler more or fewer is worth in each municipality.

    Parameters
    ----------
    nation : Nation
    plan : NationalPlan
        For its prices.
    today : bool
        From today's staffing, held, rather than from the plan, in which everybody has
        hired for as long as it paid.
    handlers : float
        How many are lent; told per handler.
    """
    years = nation.problem.units[0].shape[2] / 12
    order = np.argsort(nation.today.sum(1), kind="stable")
    parts = [nation.parts[k] for k in order]
    with ExitStack() as stack:
        if today:
            for part in parts:
                stack.enter_context(part.as_today())
        base, with_more, with_fewer = (
            _least(parts, plan.net, lent) for lent in (0.0, handlers, -handlers)
        )
    wage = [part.wage(nation.problem.budgets, plan.net) for part in parts]
    per = handlers * years
    back = np.argsort(order)
    return NextHandler(
        more=((base - with_more) / per)[back],
        fewer=((with_fewer - base) / per)[back],
        price=(np.array(wage) / years)[back],
    )


def _least(parts: Sequence[Municipality], prices: Array, lent: float) -> Array:
    """Find what each costs with so many handlers lent, SEK, infinite without a plan.

    Each starts from the one before: they are in the order of their size.
    """
    costs, before = np.full(len(parts), np.inf), None
    for k, part in enumerate(parts):
        with part.with_more(lent):
            part.start(prices, before)
            try:
                costs[k] = part.answer(prices, explain=False).value
            except InfeasibleError:
                continue
            before = part
    return costs


def frontier(
    nation: Nation, factors: Sequence[float], tolerance: float = 1e-4
) -> Frontier:
    """Find what all cost at multiples of what today's staffing spends.

    Plans met at one budget are plans at every other, so that each adds only what is
    new. In the end all budgets are valued by the same plans: the totals are values of
    one program, and so convex to the last digit.

    Parameters
    ----------
    nation : Nation
        Its own limits do not matter.
    factors : sequence of float
    tolerance : float
        Largest gap.

    Raises
    ------
    SolverError
        As `Nation.plan`.
    """
    base, kept = nation.today.sum(0), []
    # from plenty to little: what is too little stays too little
    wanted = sorted(set(factors), reverse=True)
    for factor in wanted:
        try:
            nation.solve(factor * base, tolerance)
        except InfeasibleError:
            break
        kept.append(factor)
    found = [nation.solve(factor * base, tolerance) for factor in kept[::-1]]
    return Frontier(
        factors=np.array(kept[::-1], float),
        totals=np.array([each.mix.value for each in found]),
        net=np.array([each.prices for each in found]).reshape(len(kept), len(base)),
        gaps=np.array([each.gap for each in found]),
        impossible=np.array(wanted[len(kept) :][::-1], float),
    )
