r"""What a plan costs if the effect of effort is not what was assumed.

For assumed effects e (log hazard ratios of halving the caseload) let C_e(z) be the cost
of staffing z where e is true and cases are then served as well as z allows (`recourse`;
where effort did harm, time would be left unused), and C*_e = min_z C_e(z). The regret
of z at e is C_e(z) - C*_e >= 0, and the plan of least regret is the optimum of

    min_z R    subject to    R >= C_e(z) - C*_e    for every e

It is found by the program itself: R is CVaR of the regrets, equally likely, in the tail
of a single one (`benders`). Only effects that decide are kept in it: it begins with the
outermost two and takes in the one that is regretted most until none is regretted more,
which is then the optimum for all of them.

Today's staffing is no plan: it is followed as it is, every case with equal time, also
beyond a cap that plans have to keep. So it may cost less than any of them.

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
from .information import cost_where
from .policy import today_policy
from .problem import CVaR, Problem, Scenario, Unit
from .programme import relaxed, solve, whole_handlers
from .recourse import Futures, handlers_of, staffing_of

#: Assumed effects, as multiples of the point estimate.
FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
TODAY, LEAST = "today", "least regret"
#: How far from the least the largest regret may be, relative to cost.
TOLERANCE = 1e-6


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
        ``today``, the plans given, and ``least regret``.
    staffing : array (P, n)
        In the order of `recourse.decisions`.
    handlers, best_handlers : array (P, T), (E, T)
        Employed with each of them, and with the best for each effect.
    cost : array (P, E)
        Discounted SEK, of the program; infinite where cases cannot be served.
    best : array (E, n)
        Staffing that is best for each effect.
    optimum : array (E,)
        Least cost, hires in fractions.
    """

    effects: Array
    factors: Array
    names: tuple[str, ...]
    staffing: Array
    cost: Array
    best: Array
    optimum: Array
    handlers: Array
    best_handlers: Array

    @property
    def regret(self) -> Array:
        """What each plan costs above the best for the effect, SEK, shape (P, E).

        Below 0 only for today's staffing, where it breaks limits that plans keep.
        """
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
        self._futures = Futures(self.problem)
        best = (
            [self._chosen(scenario.unit, whole) for scenario in self.problem.scenarios]
            if whole or self.units[0].levers
            else [self._futures.best(k) for k in range(len(self.units))]
        )
        self.optimum = np.array([value for value, _ in best])
        self.plans = np.array([staffing for _, staffing in best])

    def _chosen(self, unit: Unit, whole: bool) -> tuple[float, Array]:
        """Solve with what is whole: levers, and handlers if asked for."""
        problem = replace(self.problem, units=(unit,), scenarios=())
        found = solve(problem)
        chosen = whole_handlers(problem) if whole else found
        return found.objective, staffing_of(unit, chosen.units[0])

    def cost(self, staffing: Array) -> Array:
        """Cost under every effect, SEK, (E,); infinite where there is no plan."""
        met = self._futures.at(staffing, np.arange(len(self.units)))
        return np.array([each.value if each.feasible else np.inf for each in met])


def regret_table(
    problem: Problem,
    under: Callable[[float], Unit],
    log_hr: float,
    plans: Mapping[str, Array],
    factors: Sequence[float] = FACTORS,
    *,
    observed: Callable[[float], Unit] | None = None,
    whole: bool = False,
    tolerance: float = TOLERANCE,
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
    plans : mapping of str to array (n,)
        Staffing, in the order of `recourse.decisions`, such as the proposed plan's.
    factors : sequence of float
        Of the point estimate.
    observed : callable or None
        As `under`, with levels out to the caseload of today, for today's staffing.
        None: the unit's own levels, carried on in a straight line.
    whole : bool
        Hire and release whole handlers.
    tolerance : float
        How far from the least the largest regret may be, relative to cost.

    Raises
    ------
    InfeasibleError
        Under some effect there is no plan at all.
    SolverError
        No proven optimum by any route.
    ValueError
        Several units, scenarios, or turnover that follows the caseload.
    """
    effects = log_hr * np.asarray(factors, dtype=float)
    worlds = Worlds(problem, under, effects, whole=whole)
    today = today_policy(worlds.units[0])
    unbought = np.zeros(len(worlds.units[0].levers))
    kept = np.concatenate([today.hires, today.releases, unbought])
    now = [(observed or under)(float(effect)) for effect in effects]
    costs = [np.array([cost_where(unit, today_policy(unit)) for unit in now])]
    costs += [worlds.cost(staffing) for staffing in plans.values()]
    start = next(iter(plans.values()), None)
    least, its_cost = least_regret(
        worlds, whole=whole, tolerance=tolerance, start=start
    )
    staffing = np.array([kept, *plans.values(), least])
    return RegretTable(
        effects=effects,
        factors=np.asarray(factors, dtype=float),
        names=(TODAY, *plans, LEAST),
        staffing=staffing,
        cost=np.array([*costs, its_cost]),
        best=worlds.plans,
        optimum=worlds.optimum,
        handlers=np.array([handlers_of(worlds.units[0], each) for each in staffing]),
        best_handlers=np.array(
            [handlers_of(worlds.units[0], each) for each in worlds.plans]
        ),
    )


def least_regret(
    worlds: Worlds,
    *,
    whole: bool = False,
    tolerance: float = TOLERANCE,
    start: Array | None = None,
) -> tuple[Array, Array]:
    """Find the staffing with the smallest largest regret.

    Parameters
    ----------
    worlds : Worlds
    whole, tolerance
        As `regret_table`.
    start : array (n,) or None
        Staffing to begin with, such as the plan for the point estimate; None: that
        for the effect in the middle.

    Returns
    -------
    staffing : array (n,)
        In the order of `recourse.decisions`.
    cost : array (E,)
        Under every effect, SEK.
    """
    outer = [int(np.argmin(worlds.optimum)), int(np.argmax(worlds.optimum))]
    kept = sorted(set(outer))
    start = worlds.plans[len(worlds.plans) // 2] if start is None else start
    while True:
        some = tuple(worlds.problem.scenarios[k] for k in kept)
        even = tuple(replace(each, probability=1 / len(kept)) for each in some)
        tail = CVaR(weight=1.0, alpha=1 - 1 / len(kept))
        staffing = risk_plan(
            replace(worlds.problem, scenarios=even, cvar=tail),
            whole=whole,
            tolerance=tolerance,
            less=worlds.optimum[kept],
            start=start,
        ).staffing
        cost = worlds.cost(staffing)
        regret = cost - worlds.optimum
        worst = int(np.argmax(regret))
        if regret[worst] <= regret[kept].max() + tolerance * abs(worlds.optimum[worst]):
            return staffing, cost
        kept, start = sorted({*kept, worst}), staffing
