r"""The plan under many futures, scenario by scenario: Benders with a risk measure.

Staffing z = (hires, releases, robot) is decided once; scenario k, of probability pi_k,
then costs C_k(z) (`recourse`). The problem of `formulation` under scenarios is

    min_z  rho(C_1(z), ..., C_N(z)),
    rho(c) = (1-lambda) sum_k pi_k c_k
             + lambda min_eta { eta + sum_k pi_k max(0, c_k - eta) / (1-alpha) }

The master keeps the rows of staffing and replaces each C_k by the largest of its
tangents so far, one per scenario and round (multi-cut L-shaped method):

    min  rho(theta)   s.t.  theta_k >= C_k(z_j) + g_jk (z - z_j)     j = 1, 2, ...

Its optimum bounds the best plan from below, every z_j valued in full bounds it from
above; `benders_gap` is the relative distance of the two. A box around the best plan so
far keeps the rounds from leaping about, and is opened before a bound is believed. The
start is the plan of the mean value, and of a subset of many scenarios.

References
----------
Van Slyke and Wets (1969), "L-shaped linear programs"; Birge and Louveaux (1988), "A
multicut algorithm"; Linderoth and Wright (2003), "Decomposition algorithms for
stochastic programming" (the box); Rockafellar and Uryasev (2000).
"""

from dataclasses import dataclass, replace

import numpy as np

from ..models.domain import Array, InfeasibleError, SolverError
from .master import Master
from .problem import CVaR, Problem
from .programme import THRESHOLDS, relaxed, solve, whole_by_total
from .recourse import Recourse

#: From so many scenarios on, some of them are solved first to find a start.
MANY, SOME = 60, 20
_ROUNDS = 300


@dataclass(frozen=True)
class RiskPlan:
    """Staffing that is best over many futures.

    Attributes
    ----------
    handlers, hires, releases : array (T,)
    robot : bool or None
        Whether it is bought; None where it is no choice.
    objective : float
        (1 - weight) expected cost + weight CVaR, discounted SEK.
    expected, tail : float
        Expected cost, and CVaR at alpha (the expected cost without a `CVaR`).
    costs : array (N,)
        Of each scenario.
    bound : float
        Proven lower bound on the objective, with hires in fractions unless the
        problem asks for whole ones.
    benders_gap : float
        (objective - bound) / objective of the plan that the rounds found.
    integrality_gap : float
        The same for this plan; differs where it was rounded to whole handlers.
    rounds : int
    """

    handlers: Array
    hires: Array
    releases: Array
    robot: bool | None
    objective: float
    expected: float
    tail: float
    costs: Array
    bound: float
    benders_gap: float
    integrality_gap: float
    rounds: int


def tail_mean(costs: Array, probability: Array, alpha: float) -> float:
    """CVaR: mean cost of the worst share 1 - alpha of the futures.

    Parameters
    ----------
    costs, probability : array (N,)

    Examples
    --------
    >>> tail_mean(np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.25, 0.25]), 0.5)
    3.0
    """
    worst = np.argsort(-costs)
    before = np.cumsum(probability[worst]) - probability[worst]
    share = np.clip(1 - alpha - before, 0, probability[worst])
    return float(share @ costs[worst] / share.sum())


def risk_plan(
    problem: Problem, *, whole: bool = False, tolerance: float = 1e-6
) -> RiskPlan:
    """Solve a problem under scenarios, one scenario at a time.

    Parameters
    ----------
    problem : Problem
        With scenarios that share the fields that staffing is written with (handlers,
        turnover, bounds, automation).
    whole : bool
        Round to whole handlers as `programme.whole_handlers` does.
    tolerance : float
        Largest `benders_gap`.

    Raises
    ------
    InfeasibleError
        No staffing gives a plan in every scenario.
    SolverError
        The gap did not close, or no proven optimum of one part.
    ValueError
        No scenarios, or scenarios that do not share their staffing.
    """
    _check(problem)
    rounds = _Rounds(problem, tolerance)
    best = rounds.run(_start(problem, tolerance))
    bound, gap = rounds.bound, rounds.gap
    if whole:
        best = rounds.rounded(best)
    months = problem.units[0].shape[2]
    hires, releases, robot = np.split(best, [months, 2 * months])
    costs = rounds.costs(best)
    objective = rounds.risk(costs)
    unit, chance = problem.scenarios[0].unit, rounds.chance
    handlers = np.zeros(months)
    before = unit.handlers / (1 - unit.turnover)
    for t in range(months):
        before = handlers[t] = (1 - unit.turnover) * before + hires[t] - releases[t]
    return RiskPlan(
        handlers=handlers,
        hires=hires,
        releases=releases,
        robot=bool(robot[0] > 0.5) if len(robot) else None,
        objective=objective,
        expected=float(chance @ costs),
        tail=tail_mean(costs, chance, problem.cvar.alpha if problem.cvar else 0.0),
        costs=costs,
        bound=bound,
        benders_gap=gap,
        integrality_gap=_gap(objective, bound),
        rounds=rounds.done,
    )


def _gap(above: float, below: float) -> float:
    return max(0.0, above - below) / max(abs(above), 1.0)


def _check(problem: Problem) -> None:
    if not problem.scenarios:
        raise ValueError("a plan under risk needs scenarios")
    first = problem.scenarios[0].unit
    for k, scenario in enumerate(problem.scenarios):
        for name in ("handlers", "turnover", "hire_max", "release_max", "automation"):
            ours, theirs = getattr(scenario.unit, name), getattr(first, name)
            same = np.array_equal(ours, theirs) if name != "automation" else True
            if not same or (ours is None) != (theirs is None):
                raise ValueError(f"scenario {k} has {name} of its own; it is shared")


def _start(problem: Problem, tolerance: float) -> Array:
    """Find a staffing to begin with: of some scenarios, or of the mean value."""
    if len(problem.scenarios) >= MANY:
        some = problem.scenarios[:: -(-len(problem.scenarios) // SOME)]
        total = sum(scenario.probability for scenario in some)
        even = tuple(replace(s, probability=s.probability / total) for s in some)
        rounds = _Rounds(replace(problem, scenarios=even), 100 * tolerance)
        return rounds.run(_start(rounds.problem, tolerance))
    first = problem.scenarios[0].unit
    try:
        unit = replace(problem.units[0], integer_hires=first.integer_hires)
        mean = solve(replace(problem, units=(unit,), scenarios=(), cvar=None)).units[0]
    except InfeasibleError:
        return np.zeros(2 * first.shape[2] + (first.automation is not None))
    robot = [] if first.automation is None else [float(bool(mean.robot))]
    return np.concatenate([mean.hires, mean.releases, robot])


class _Rounds:
    """Master and scenarios, and what the rounds have found so far."""

    def __init__(self, problem: Problem, tolerance: float) -> None:
        self.problem, self.tolerance = problem, tolerance
        self.chance = np.array([each.probability for each in problem.scenarios])
        self.futures: list[Recourse] = []
        self.master = Master(problem)
        self.best: Array | None = None
        self.upper, self.bound, self.done = np.inf, -np.inf, 0

    @property
    def gap(self) -> float:
        """Relative distance of the best plan so far from the bound."""
        return _gap(self.upper, self.bound) if np.isfinite(self.upper) else np.inf

    def risk(self, costs: Array) -> float:
        """Value of the risk measure; infinite where some future has no plan."""
        if not np.isfinite(costs).all():
            return np.inf
        cvar = self.problem.cvar or CVaR(0.0, 0.0)
        tail = tail_mean(costs, self.chance, cvar.alpha) if cvar.weight else 0.0
        return float((1 - cvar.weight) * (self.chance @ costs) + cvar.weight * tail)

    def run(self, start: Array) -> Array:
        """Go on until the gap is closed; returns the best staffing."""
        size = 0.05 * max(self.problem.scenarios[0].unit.handlers, 1.0)
        now, radius = np.clip(start, self.master.low, self.master.high), size
        for self.done in range(1, _ROUNDS + 1):
            value = self.risk(self.costs(now))
            better = value < self.upper
            if better:
                self.best, self.upper = now, value
            if self.best is not None and self.gap <= self.tolerance:
                return self.best
            radius = radius * 1.5 if better else max(radius * 0.6, 0.05 * size)
            now, model = self.master.propose(self.best, radius)
            if self.upper - model <= 0.5 * self.tolerance * abs(self.upper):
                now, model = self.master.propose(None, np.inf)
                self.bound = max(self.bound, model)
                if self.best is not None and self.gap <= self.tolerance:
                    return self.best
        raise SolverError(f"after {_ROUNDS} rounds the gap is still {self.gap:.1e}")

    def costs(self, staffing: Array) -> Array:
        """Cost of a staffing in every scenario; the tangents go to the master."""
        for k in range(len(self.futures), len(self.chance)):
            self.futures.append(Recourse(self.problem, k))
            if k:
                self.futures[k - 1].at(staffing)
                self.futures[k].start_from(self.futures[k - 1], staffing)
        tangents = [future.at(staffing) for future in self.futures]
        for k, tangent in enumerate(tangents):
            if not (tangent.feasible or self.master.bounded[k]):
                self.master.bound(k, self.futures[k].cheapest())
        self.master.learn(staffing, tangents)
        return np.array([t.value if t.feasible else np.inf for t in tangents])

    def rounded(self, best: Array) -> Array:
        """Best staffing in whole handlers: running totals rounded, robot kept."""
        months, high = self.problem.units[0].shape[2], self.master.high
        tried = []
        for threshold in THRESHOLDS:
            parts = [
                whole_by_total(best[at], high[at], threshold)
                for at in (slice(months), slice(months, 2 * months))
            ]
            plan = np.concatenate([*parts, best[2 * months :]])
            tried.append((self.risk(self.costs(plan)), plan))
        value, plan = min(tried, key=lambda each: each[0])
        if np.isfinite(value):
            return plan
        whole = _Rounds(relaxed(self.problem, whole=True), self.tolerance)
        return whole.run(plan)
