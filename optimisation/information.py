r"""What it is worth to know the effect of effort, for certain or from a pilot.

Before: theta ~ N(m_0, s_0^2), the log hazard ratio of halving the caseload, values
below zero kept. The plans z_i are the best ones for `nodes` effects, m_0 among them and
denser around it. Where theta is true a plan's staffing and its ratios of effort are
kept (`value.follow`), so that effort that does harm is not quietly left out, and it
costs C_theta(z_i). A belief takes the plan that is expected to cost least under it:
z(m, s).

A pilot with sampling error s sees x ~ N(theta, s^2), and what is believed after it is
theta ~ N(m, s_1^2) with

    m = m_0 + w (x - m_0),    w = s_0^2 / (s_0^2 + s^2),    s_1^2 = (1 - w) s_0^2

    perfect information   E[ C_theta(z(m_0, s_0)) - min_i C_theta(z_i) ]
    sample information    E[ C_theta(z(m_0, s_0)) - C_theta(z(m, s_1)) ]
    waiting               E[ C_theta(z_w) - C_theta(z(m_0, s_0)) ]
    net value of a pilot  sample information - waiting - its own handlers

z_w is the best plan, for the same effect, among those that keep today's staffing while
the pilot runs. The effect of the pilot on its own households is left out: it may be
small, or harm.

Between the nodes the cost is linear in theta, and goes on so beyond them. Expectations
are means over the quantiles of theta, of m, and Gauss-Hermite sums over theta given m,
so that no chance is in them; but with few plans to choose from both values of
information are somewhat too low. Staff is in fractions: what is valued is knowledge,
not rounding.

References
----------
Raiffa and Schlaifer (1961), "Applied statistical decision theory".
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from ..models.domain import Array
from ..models.effect import EffortEffect
from ..models.power import LotteryPlan, PilotPlan
from .policy import Policy, policy_of, today_policy
from .problem import Problem, Unit
from .programme import relaxed, solve
from .value import follow

NODES = 15
#: Probability of the effect beyond each of the outer nodes.
_BEYOND = 0.035
#: How much denser the nodes are around the mean: cosh(2) = 4 times at most.
_DENSER = 2.0
#: Quantiles over which is averaged, and points of the sums given a belief.
_QUANTILES, _POINTS = 1_000, 21


@dataclass(frozen=True)
class Information:
    """What knowledge about the effect is worth, expected discounted SEK.

    Attributes
    ----------
    perfect : float
        The most that any study could be worth.
    sample : float
        What a pilot's answer is worth; 0 without one.
    waiting : float
        What it costs to keep today's staffing until the pilot has ended.
    handlers_sek : float
        What the handlers of the pilot cost.
    changed : float
        Probability that the pilot's answer changes the plan.
    pilot_sd : float
        Sampling error of the pilot, log hazard ratio of halving.
    """

    perfect: float
    sample: float = 0.0
    waiting: float = 0.0
    handlers_sek: float = 0.0
    changed: float = 0.0
    pilot_sd: float = np.inf

    @property
    def net(self) -> float:
        """`sample` less `waiting` and `handlers_sek`."""
        return self.sample - self.waiting - self.handlers_sek


def information(
    problem: Problem,
    under: Callable[[float], Unit],
    effect: EffortEffect,
    *,
    pilot: PilotPlan | LotteryPlan | None = None,
    cases: float | None = None,
    nodes: int = NODES,
) -> Information:
    """Value perfect information about the effect, and a pilot.

    Parameters
    ----------
    problem : Problem
        One unit, budgets allowed, no scenarios.
    under : callable
        From a log hazard ratio of halving the caseload to the unit as it would be.
    effect : EffortEffect
        What is believed now.
    pilot : PilotPlan or LotteryPlan or None
    cases : float or None
        Households with a lighter caseload whose handlers this unit pays, where the
        pilot is held in several units; None: all of them.
    nodes : int
        Effects for which there is a plan, odd.

    Raises
    ------
    InfeasibleError
        Under some effect there is no plan.
    SolverError
        No proven optimum by any route.
    ValueError
        Several units, or scenarios.
    """
    if len(problem.units) != 1 or problem.scenarios:
        raise ValueError("problem must have one unit and no scenarios")
    grid = _nodes(effect, nodes)
    units = [under(float(node)) for node in grid]

    def at_nodes(policy: Policy) -> Array:
        """Cost of a plan where each node is true."""
        return np.array([cost_where(unit, policy) for unit in units])

    plans = np.array([at_nodes(_best(problem, unit)) for unit in units])
    chances = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    theta = effect.mean + effect.sd * stats.t.ppf(chances, effect.df)
    at_theta = _between(plans, grid, theta)
    prior = int(at_theta.mean(1).argmin())
    perfect = float((at_theta[prior] - at_theta.min(0)).mean())
    if pilot is None:
        return Information(perfect)

    error = pilot_sd(pilot, effect)
    weight = effect.sd**2 / (effect.sd**2 + error**2)
    after = effect.mean + np.sqrt(weight) * effect.sd * stats.norm.ppf(chances)
    points, share = np.polynomial.hermite_e.hermegauss(_POINTS)
    given = after[:, None] + np.sqrt(1 - weight) * effect.sd * points
    believed = _between(plans, grid, given) @ (share / share.sum())
    # the very unit that the plan before is for, so that waiting alone is the difference
    waits = at_nodes(_best(problem, units[prior], int(np.ceil(pilot.months))))
    lost = _between(waits[None] - plans[prior], grid, theta)
    return Information(
        perfect=perfect,
        sample=float((believed[prior] - believed.min(0)).mean()),
        waiting=float(lost.mean()),
        handlers_sek=pilot_cost(pilot, units[prior], cases),
        changed=float(np.mean(believed.argmin(0) != prior)),
        pilot_sd=error,
    )


def _nodes(effect: EffortEffect, nodes: int) -> Array:
    """Effects for which plans are made, the mean in the middle."""
    if effect.sd == 0:
        return np.array([effect.mean])
    reach = effect.sd * float(stats.t.ppf(1 - _BEYOND, effect.df))
    steps: Array = np.sinh(_DENSER * np.linspace(-1, 1, nodes)) / np.sinh(_DENSER)
    return effect.mean + reach * steps


def _between(plans: Array, grid: Array, theta: Array) -> Array:
    """Cost of each plan (P, E) at effects of any shape, linear from node to node."""
    if len(grid) == 1:
        return plans.reshape(-1, *np.ones(theta.ndim, int)) * np.ones_like(theta)
    left = np.clip(np.searchsorted(grid, theta) - 1, 0, len(grid) - 2)
    slope = np.diff(plans) / np.diff(grid)
    between: Array = plans[:, left] + slope[:, left] * (theta - grid[left])
    return between


def cost_where(unit: Unit, policy: Policy) -> float:
    """Cost of following a policy where the unit is true, discounted SEK."""
    # months of any year: only their number matters to a cost
    months = pd.date_range("2000-01", periods=unit.shape[2], freq="MS")
    return follow(unit, policy, months).total_sek


def pilot_sd(pilot: PilotPlan | LotteryPlan, effect: EffortEffect) -> float:
    """Give the sampling error of a pilot about the effect in use, log HR of halving.

    A pilot that makes the caseload `ratio` times lighter sees log2(ratio) halvings;
    what is lost when everybody does the same is not in it.
    """
    local = effect.mean / (1 - effect.displacement)
    halvings = float(np.log2(pilot.ratio))
    return pilot.sd(local) / halvings * (1 - effect.displacement)


def treated(pilot: PilotPlan | LotteryPlan) -> float:
    """Households open at a time that get the lighter caseload."""
    several = pilot.share if isinstance(pilot, LotteryPlan) else pilot.pilots
    return several * pilot.cases


def pilot_cost(
    pilot: PilotPlan | LotteryPlan, unit: Unit, cases: float | None = None
) -> float:
    """Cost of the handlers that make the caseload of a pilot lighter, SEK.

    Hired for the pilot, at the cases per handler that the unit has today.

    Parameters
    ----------
    cases : float or None
        Households with the lighter caseload in this unit; None: all of the pilot.
    """
    cases = treated(pilot) if cases is None else cases
    extra = (pilot.ratio - 1) * cases * unit.handlers / unit.stock.sum()
    each = unit.cost_handler * pilot.months + unit.cost_hire + unit.cost_release
    return float(extra * each)


def _best(problem: Problem, unit: Unit, waiting: int = 0) -> Policy:
    """Find the best plan that keeps today's staffing for the first months."""
    today = today_policy(unit)
    hires, releases = np.full((2, unit.shape[2]), np.nan)
    hires[:waiting], releases[:waiting] = today.hires[:waiting], 0.0
    plan = solve(relaxed(replace(problem, units=(unit,))), hires, releases).units[0]
    return policy_of(unit, plan, "planned")
