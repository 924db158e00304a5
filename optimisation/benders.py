r"""The plan under many futures, scenario by scenario: Benders with a risk measure.

Staffing z = (hires, releases, levers) is decided once; scenario k, of probability pi_k,
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
start is the plan of the mean value; of many scenarios some are solved first, and all
that was learnt about them is kept.

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
from .recourse import Futures, handlers_of, staffing_of
from .sheet import Index

#: From so many scenarios on, some of them are solved first to find a start.
MANY, SOME = 60, 20
_ROUNDS = 300
#: First size of the box, as a share of the handlers; how it changes with success.
_BOX, _WIDER, _NARROWER, _SMALLEST = 0.01, 2.0, 0.5, 0.05
_KNOWN = 0.3  # of the first size, where some futures have been solved before
_GOOD = 0.3  # of what the model promised


@dataclass(frozen=True)
class RiskPlan:
    """Staffing that is best over many futures.

    Attributes
    ----------
    staffing : array (n,)
        Hires, releases and levers, in the order of `recourse.decisions`.
    handlers, hires, releases : array (T,)
    robot, process : bool or None
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

    staffing: Array
    handlers: Array
    hires: Array
    releases: Array
    robot: bool | None
    process: bool | None
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
    problem: Problem,
    *,
    whole: bool = False,
    tolerance: float = 1e-6,
    less: Array | None = None,
    start: Array | None = None,
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
    less : array (N,) or None
        SEK taken off the cost of each scenario: with the least that it can cost, what
        is left is regret. Gaps are then relative to the largest of them.
    start : array (n,) or None
        Staffing to begin with; None: that of the point estimate.

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
    futures = Futures(problem, less)
    start = _mean_plan(problem) if start is None else start
    everyone = np.arange(len(problem.scenarios))
    if len(everyone) >= MANY:
        some = futures.order[:: -(-len(everyone) // SOME)]
        start = _Rounds(problem, futures, some).run(start, 100 * tolerance)
    rounds = _Rounds(problem, futures, everyone)
    best = rounds.run(start, tolerance)
    bound, gap, costs = rounds.bound, rounds.gap, rounds.at_best
    if whole:
        best, costs = rounds.rounded(best, tolerance)
    months = problem.units[0].shape[2]
    hires, releases, levers = np.split(best, [months, 2 * months])
    objective = rounds.risk(costs)
    unit, chance = problem.scenarios[0].unit, rounds.chance
    return RiskPlan(
        staffing=best,
        handlers=handlers_of(unit, best),
        hires=hires,
        releases=releases,
        robot=None if unit.automation is None else bool(levers[-1] > 0.5),
        process=None if unit.process is None else bool(levers[0] > 0.5),
        objective=objective,
        expected=float(chance @ costs),
        tail=tail_mean(costs, chance, problem.cvar.alpha if problem.cvar else 0.0),
        costs=costs,
        bound=bound,
        benders_gap=gap,
        integrality_gap=rounds.gap_of(objective),
        rounds=rounds.done,
    )


def _check(problem: Problem) -> None:
    if not problem.scenarios:
        raise ValueError("a plan under risk needs scenarios")
    first = problem.scenarios[0].unit
    for k, scenario in enumerate(problem.scenarios):
        for name in ("handlers", "turnover", "hire_max", "release_max"):
            if not np.array_equal(getattr(scenario.unit, name), getattr(first, name)):
                raise ValueError(f"scenario {k} has {name} of its own; it is shared")
        if len(scenario.unit.levers) != len(first.levers):
            raise ValueError(f"scenario {k} has levers of its own; they are shared")


def _mean_plan(problem: Problem) -> Array:
    """Find a staffing to begin with: the best one for the point estimate."""
    first = problem.scenarios[0].unit
    try:
        unit = replace(problem.units[0], integer_hires=first.integer_hires)
        mean = solve(replace(problem, units=(unit,), scenarios=(), cvar=None)).units[0]
    except InfeasibleError:
        return np.zeros(2 * first.shape[2] + len(first.levers))
    return staffing_of(first, mean)


class _Rounds:
    """The master of some scenarios, and what the rounds have found so far."""

    def __init__(self, problem: Problem, futures: Futures, which: Index) -> None:
        self.futures, self.which = futures, which
        chosen = [problem.scenarios[k] for k in which]
        total = sum(scenario.probability for scenario in chosen)
        even = [replace(each, probability=each.probability / total) for each in chosen]
        self.problem = replace(problem, scenarios=tuple(even))
        self.chance = np.array([each.probability for each in even])
        self.master = Master(self.problem)
        known = [(i, t) for i, k in enumerate(which) for t in futures.known.get(k, [])]
        if known:
            of, tangents = zip(*known, strict=True)
            self.master.learn(np.array(of), tangents)
        #: What a gap is relative to where little is left of the costs.
        self.size = max(1.0, float(np.abs(futures.less).max()))
        self.best: Array | None = None
        self.at_best: Array = np.zeros(0)
        self.upper, self.bound, self.done = np.inf, -np.inf, 0

    @property
    def gap(self) -> float:
        """Relative distance of the best plan so far from the bound."""
        return self.gap_of(self.upper) if np.isfinite(self.upper) else np.inf

    def gap_of(self, value: float) -> float:
        """Relative distance of a value from the bound."""
        return max(0.0, value - self.bound) / max(abs(value), self.size)

    def risk(self, costs: Array) -> float:
        """Value of the risk measure; infinite where some future has no plan."""
        if not np.isfinite(costs).all():
            return np.inf
        cvar = self.problem.cvar or CVaR(0.0, 0.0)
        tail = tail_mean(costs, self.chance, cvar.alpha) if cvar.weight else 0.0
        return float((1 - cvar.weight) * (self.chance @ costs) + cvar.weight * tail)

    def run(self, start: Array, tolerance: float) -> Array:
        """Go on until the gap is closed; returns the best staffing."""
        size = _BOX * max(self.problem.scenarios[0].unit.handlers, 1.0)
        # what is known already says where to look: a smaller box, and shorter solves
        radius = size * (_KNOWN if self.futures.known else 1.0)
        now, model = np.clip(start, self.master.low, self.master.high), -np.inf
        for self.done in range(1, _ROUNDS + 1):
            costs = self.costs(now)
            value = self.risk(costs)
            if value < self.upper:
                promised = self.upper - model
                if np.isfinite(promised) and self.upper - value > _GOOD * promised:
                    radius *= _WIDER
                self.best, self.upper, self.at_best = now, value, costs
            else:
                radius = max(radius * _NARROWER, _SMALLEST * size)
            if self.best is not None and self.gap <= tolerance:
                return self.best
            now, model = self.master.propose(self.best, radius)
            if self.upper - model <= 0.5 * tolerance * max(abs(self.upper), self.size):
                now, model = self.master.propose(None, np.inf)
                self.bound = max(self.bound, model)
                if self.best is not None and self.gap <= tolerance:
                    return self.best
        raise SolverError(f"after {_ROUNDS} rounds the gap is still {self.gap:.1e}")

    def costs(self, staffing: Array) -> Array:
        """Cost of a staffing in every scenario; the tangents go to the master."""
        tangents = self.futures.at(staffing, self.which)
        for i, tangent in enumerate(tangents):
            if not (tangent.feasible or self.master.bounded[i]):
                self.master.bound(i, self.futures.best(int(self.which[i]))[0])
        self.master.learn(np.arange(len(tangents)), tangents)
        return np.array([t.value if t.feasible else np.inf for t in tangents])

    def rounded(self, best: Array, tolerance: float) -> tuple[Array, Array]:
        """Best staffing in whole handlers, running totals rounded, and its costs."""
        months, high = self.problem.units[0].shape[2], self.master.high
        tried = []
        for threshold in THRESHOLDS:
            parts = [
                whole_by_total(best[at], high[at], threshold)
                for at in (slice(months), slice(months, 2 * months))
            ]
            plan = np.concatenate([*parts, best[2 * months :]])
            tried.append((plan, self.costs(plan)))
        plan, costs = min(tried, key=lambda each: self.risk(each[1]))
        if np.isfinite(self.risk(costs)):
            return plan, costs
        whole = relaxed(self.futures.problem, whole=True)
        rounds = _Rounds(whole, self.futures, self.which)
        return rounds.run(plan, tolerance), rounds.at_best
