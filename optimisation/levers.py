"""What a lever is worth: a robot, a change of process, labour-market staff.

With V0 the optimum where it cannot be bought and V(g) where it frees a share g for
nothing, buying it saves V0 - V(g) - cost, which rises with g: it pays from the share
at which that is nothing. Labour-market staff are paid by the month: what they save is
V0 less the optimum with them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.optimize import brentq

from ..models.domain import InfeasibleError
from .costs import lever_cost
from .problem import Automation, Problem, Triage
from .programme import relaxed, solve
from .solution import Solution
from .triage import without_triage

#: Largest share of time that is believed to be freed.
MOST = 0.95
#: Months of labour-market staff that are more than rounding.
_USED = 1e-6
#: How exactly the share at which a lever pays is sought.
_SHARE = 1e-3


@dataclass(frozen=True)
class LeverWorth:
    """A lever that was offered, and what it is worth.

    Attributes
    ----------
    kind : str
        ``robot``, ``process`` or ``triage``.
    from_month : int
        When it starts, 0-based.
    bought : bool
        Whether the plan buys it, or uses it.
    cost_sek : float
        Its price over the horizon, discounted; of labour-market staff what the plan
        pays for them.
    net_sek : float
        What buying it saves beyond its price, over the horizon and after, discounted;
        below 0 where it costs more than it saves.
    breakeven_share : float or None
        Share of time that it must free to pay; None where no share in [0, 0.95) does,
        and for labour-market staff.
    """

    kind: str
    from_month: int
    bought: bool
    cost_sek: float
    net_sek: float
    breakeven_share: float | None


def worth_of(problem: Problem) -> tuple[LeverWorth, ...]:
    """Price every lever that is offered.

    A robot is priced with the change of process before it still a choice at its
    price; a change of process against neither, since the robot needs it.

    Parameters
    ----------
    problem : Problem
        One unit, no scenarios.

    Raises
    ------
    InfeasibleError, SolverError
        As `programme.solve`.
    """
    problem = relaxed(problem)
    unit = problem.units[0]
    best = solve(problem) if unit.levers or unit.triage else None
    chosen = None if best is None else best.units[0]
    found = []
    for kind, lever in (("process", unit.process), ("robot", unit.automation)):
        if lever is None or chosen is None:
            continue
        gain = _gain(problem, kind, lever)
        found.append(
            LeverWorth(
                kind=kind,
                from_month=lever.from_month,
                bought=bool(chosen.process if kind == "process" else chosen.robot),
                cost_sek=lever_cost(unit, lever),
                net_sek=gain(lever.freed_share),
                breakeven_share=_breakeven(gain, lever.freed_share),
            )
        )
    if best is not None and unit.triage is not None:
        found.append(_triage_worth(problem, unit.triage, best))
    return tuple(found)


def _triage_worth(problem: Problem, triage: Triage, best: Solution) -> LeverWorth:
    """Price labour-market staff beside every other choice."""
    unit = problem.units[0]
    alone = replace(problem, units=(without_triage(unit),))
    partners = best.units[0].partners
    paid = triage.cost * partners @ unit.discount ** np.arange(len(partners))
    return LeverWorth(
        kind="triage",
        from_month=int(np.argmax(triage.share_max.max(0) > 0)),
        bought=bool(partners.sum() > _USED),
        cost_sek=float(paid),
        net_sek=solve(alone).objective - best.objective,
        breakeven_share=None,
    )


def _gain(problem: Problem, kind: str, lever: Automation) -> Callable[[float], float]:
    """From a share of time freed to what buying the lever saves, SEK."""
    unit = problem.units[0]
    cost = lever_cost(unit, lever)
    without = replace(unit, automation=None)
    if kind == "process":
        without = replace(without, process=None)
    before = solve(replace(problem, units=(without,))).objective
    budgets = problem.budgets
    if problem.lever_costs_in_budget:  # what it costs is not there for staff
        spent = lever.spending(unit.shape[2])
        budgets = tuple(budget.after(spent) for budget in budgets)

    @cache
    def gain(share: float) -> float:
        free = replace(lever, fixed_cost=0.0, running_cost=0.0, freed_share=share)
        bought = replace(unit, automation=free)
        if kind == "process":
            bought = replace(unit, process=free)
        try:
            after = solve(replace(problem, units=(bought,), budgets=budgets)).objective
        except InfeasibleError:
            return -np.inf
        return before - after - cost

    return gain


def _breakeven(gain: Callable[[float], float], stated: float) -> float | None:
    """Seek below the stated share where it pays there, otherwise above it."""
    low, high = (0.0, stated) if gain(stated) > 0 else (stated, MOST)
    if gain(low) >= 0:
        return low
    if not np.isfinite(gain(low)) or gain(high) <= 0:
        return None
    return float(brentq(gain, low, high, xtol=_SHARE))
