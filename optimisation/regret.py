r"""What a plan costs if the effect of effort is not what was assumed.

For assumed effects e (log hazard ratios of halving the caseload) let C_e(z) be the cost
of staffing z where e is true and cases are then served as well as z allows (`recourse`;
where effort did harm, time would be left unused), and C*_e = min_z C_e(z). The regret
of z at e is C_e(z) - C*_e >= 0, and the plan of least regret is the optimum of

    min_z R    subject to    R >= C_e(z) - C*_e    for every e

It is found by the program itself: R is CVaR of the regrets, equally likely, in the tail
of a single one (`benders`).

References
----------
Savage (1951), "The theory of statistical decision"; Aissi, Bazgan and Vanderpooten
(2009), "Min-max and min-max regret versions of combinatorial optimization problems".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..models.domain import Array
from .benders import risk_plan
from .policy import today_policy
from .problem import CVaR, Problem, Scenario, Unit
from .programme import relaxed, solve, whole_handlers
from .recourse import Futures, staffing_of
from .solution import UnitSolution

#: Assumed effects, as multiples of the point estimate.
FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
TODAY, LEAST = "today", "least regret"


@dataclass(frozen=True)
class RegretTable:
    """Plans against assumed effects.

    Attributes
    ----------
    effects : array (E,)
        Log hazard ratio of halving the caseload.
    factors : array (E,)
        The same as multiples of the point estimate.
    names : tuple of str, length P
        ``today``, the plans given, ``optimal x f`` for each factor f, and
        ``least regret``.
    staffing : array (P, n)
        In the order of `recourse.decisions`.
    cost : array (P, E)
        Discounted SEK, of the program; infinite where cases cannot be served.
    optimum : array (E,)
        Least cost, hires in fractions.
    """

    effects: Array
    factors: Array
    names: tuple[str, ...]
    staffing: Array
    cost: Array
    optimum: Array

    @property
    def regret(self) -> Array:
        """What each plan costs above the best for the effect, SEK, shape (P, E)."""
        return self.cost - self.optimum

    @property
    def worst(self) -> Array:
        """Largest regret of each plan, SEK, shape (P,)."""
        largest: Array = self.regret.max(1)
        return largest

    def frame(self) -> pd.DataFrame:
        """Long table `plan, factor, log_hr, cost_sek, regret_sek`."""
        plans, effects = len(self.names), len(self.effects)
        return pd.DataFrame(
            {
                "plan": np.repeat(self.names, effects),
                "factor": np.tile(self.factors, plans),
                "log_hr": np.tile(self.effects, plans),
                "cost_sek": self.cost.ravel(),
                "regret_sek": self.regret.ravel(),
            }
        )


class Worlds:
    """The same unit under several assumed effects, and the best plan for each.

    Parameters
    ----------
    problem : Problem
        One unit, budgets allowed, no scenarios: only its budgets are read.
    under : callable
        From a log hazard ratio of halving the caseload to the unit as it would be.
    effects : array (E,)
    whole : bool
        Whether best plans are in whole handlers.

    Attributes
    ----------
    units : tuple of Unit
    plans : array (E, n)
        Staffing that is best for each effect.
    optimum : array (E,)
        Its cost, SEK; with `whole` that of hires in fractions.

    Raises
    ------
    InfeasibleError, SolverError
        As `programme.solve`.
    """

    def __init__(
        self,
        problem: Problem,
        under: Callable[[float], Unit],
        effects: Array,
        *,
        whole: bool = False,
    ) -> None:
        if len(problem.units) != 1 or problem.scenarios:
            raise ValueError("problem must have one unit and no scenarios")
        self.units = tuple(under(float(effect)) for effect in effects)
        chance = 1 / len(self.units)
        self.problem = relaxed(
            Problem(
                problem.units,
                problem.budgets,
                tuple(Scenario(chance, unit) for unit in self.units),
                lever_costs_in_budget=problem.lever_costs_in_budget,
            )
        )
        alone = [
            Problem((s.unit,), problem.budgets, (), None, problem.lever_costs_in_budget)
            for s in self.problem.scenarios
        ]
        found = [solve(each) for each in alone]
        self.optimum = np.array([solution.objective for solution in found])
        chosen = [whole_handlers(each) for each in alone] if whole else found
        self.plans = np.array(
            [
                staffing_of(unit, solution.units[0])
                for unit, solution in zip(self.units, chosen, strict=True)
            ]
        )
        self._futures = Futures(self.problem)

    def cost(self, staffing: Array) -> Array:
        """Cost under every effect, SEK, (E,); infinite where there is no plan."""
        met = self._futures.at(staffing, np.arange(len(self.units)))
        return np.array([each.value if each.feasible else np.inf for each in met])


def regret_table(
    problem: Problem,
    under: Callable[[float], Unit],
    log_hr: float,
    plans: Mapping[str, UnitSolution],
    factors: Sequence[float] = FACTORS,
    *,
    whole: bool = False,
) -> RegretTable:
    """Value plans under assumed effects, and find the one of least regret.

    Parameters
    ----------
    problem : Problem
        One unit, budgets allowed, no scenarios.
    under : callable
        From a log hazard ratio of halving the caseload to the unit as it would be,
        with the levels that a plan may use.
    log_hr : float
        Point estimate.
    plans : mapping of str to UnitSolution
        Such as the proposed plan.
    factors : sequence of float
        Of the point estimate.
    whole : bool
        Hire and release whole handlers.

    Raises
    ------
    InfeasibleError
        Under some effect there is no plan at all.
    SolverError
        No proven optimum by any route.
    """
    effects = log_hr * np.asarray(factors, dtype=float)
    worlds = Worlds(problem, under, effects, whole=whole)
    first = worlds.units[0]
    today = today_policy(first)
    unbought = np.zeros(len(first.levers))
    rows = {TODAY: np.concatenate([today.hires, today.releases, unbought])}
    rows |= {name: staffing_of(first, plan) for name, plan in plans.items()}
    best = zip(factors, worlds.plans, strict=True)
    rows |= {f"optimal x {factor:g}": plan for factor, plan in best}
    rows[LEAST] = least_regret(worlds, whole=whole)
    staffing = np.array(list(rows.values()))
    return RegretTable(
        effects=effects,
        factors=np.asarray(factors, dtype=float),
        names=tuple(rows),
        staffing=staffing,
        cost=np.array([worlds.cost(each) for each in staffing]),
        optimum=worlds.optimum,
    )


def least_regret(worlds: Worlds, *, whole: bool = False) -> Array:
    """Staffing with the smallest largest regret, in the order of `decisions`."""
    tail = CVaR(weight=1.0, alpha=1 - 1 / len(worlds.units))
    problem = replace(worlds.problem, cvar=tail)
    return risk_plan(problem, whole=whole, less=worlds.optimum).staffing
