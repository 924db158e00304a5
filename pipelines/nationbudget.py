"""All municipalities under one national staff budget, and what each krona would do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..optimisation.national import Nation, NationalPlan, grants, today_spending
from ..optimisation.nationalvalue import (
    Frontier,
    NextHandler,
    floor_costs,
    frontier,
    next_handler,
)
from ..optimisation.problem import Budget, Problem, Unit
from ..optimisation.value import today
from .nation import Assumptions, Locality, World
from .nationwork import YEAR, program_of
from .planning import with_allowed

#: Multiples of today's spending on staff along the frontier.
FACTORS = tuple(np.linspace(0.0, 2.0, 9).tolist())


@dataclass(frozen=True)
class Budgeted:
    """The national plan under a budget.

    Attributes
    ----------
    factor : float
        Of the budget, relative to what today's staffing spends.
    today_sek : float
        What today's staffing of all costs, discounted, with the value after.
    plan : NationalPlan
    grants : array (U, years)
        Spending beyond today's, SEK.
    next_handler : NextHandler
        From today's staffing, at the prices of the plan.
    frontier : Frontier
    floor_costs : array (U,) or None
        What the equity floor of each costs; None where there is none.
    """

    factor: float
    today_sek: float
    plan: NationalPlan
    grants: Array
    next_handler: NextHandler
    frontier: Frontier
    floor_costs: Array | None

    @property
    def saved_sek(self) -> float:
        """Saved by the plan beside today's staffing, in expectation, discounted."""
        return self.today_sek - self.plan.solution.objective


def budgeted(
    places: Sequence[Locality],
    world: World,
    assumed: Assumptions,
    factor: float = 1.0,
    floor: float = 0.0,
    tell: Callable[[str], None] = lambda text: None,
) -> Budgeted:
    """Plan all municipalities under one budget a year.

    Money moves, so that posts may end where it leaves, and caseloads grow.

    Parameters
    ----------
    factor : float
        Of what today's staffing spends in the year.
    floor : float
        Equity: no municipality's handlers fall below this share of today's.
    tell : callable
        Told the name of each municipality as it is written.

    Raises
    ------
    InfeasibleError
        No staffing keeps the budget.
    """
    wide = []
    for place in places:
        tell(place.name)
        wide.append(program_of(place, world, assumed, shrinking=True))
    units = tuple(with_allowed(each) for each in wide)
    problem = under_budget(units, factor)
    least = None
    if floor:
        each = np.array([unit.handlers for unit in units])
        least = floor * each[:, None] * np.ones(assumed.horizon_months)
    nation = Nation(problem, least)
    plan = nation.plan()
    months = pd.date_range(
        f"{assumed.year + 1}-01", periods=assumed.horizon_months, freq="MS"
    )
    return Budgeted(
        factor=factor,
        today_sek=sum(today(each.unit, months).total_sek for each in wide),
        plan=plan,
        grants=grants(problem, plan),
        next_handler=next_handler(nation, plan, today=True),
        frontier=frontier(nation, FACTORS),
        floor_costs=floor_costs(nation, plan) if floor else None,
    )


def under_budget(units: tuple[Unit, ...], factor: float) -> Problem:
    """Put units under yearly budgets of a multiple of what today's staffing spends."""
    horizon = units[0].shape[2]
    years = [
        tuple(range(start, min(start + YEAR, horizon)))
        for start in range(0, horizon, YEAR)
    ]
    open_ended = Problem(units, tuple(Budget(months, np.inf) for months in years))
    limits = factor * today_spending(open_ended).sum(0)
    budgets = tuple(
        Budget(months, float(limit))
        for months, limit in zip(years, limits, strict=True)
    )
    return Problem(units, budgets)
