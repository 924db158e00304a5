r"""What it is worth to know the effect of effort, for certain or from a pilot.

Before: theta ~ N(m_0, s_0^2), the log hazard ratio of halving the caseload, draws below
zero kept. A plan chosen for an effect m is z*(m), the best one were m true. Where theta
is true its staffing and its ratios of effort are kept (`value.follow`), so that effort
that does harm is not quietly left out, and it costs C_theta(z*(m)). A pilot with
sampling error s sees x ~ N(theta, s^2), and what is believed after it is

    m(x) = m_0 + w (x - m_0),    w = s_0^2 / (s_0^2 + s^2)

    perfect information   E[ C_theta(z*(m_0)) - min_m C_theta(z*(m)) ]
    sample information    E[ C_theta(z*(m_0)) - C_theta(z*(m(x))) ]
    waiting               E[ C_theta(z_w(m_0)) - C_theta(z*(m_0)) ]
    net value of a pilot  sample information - waiting - its own handlers

z_w(m) is the best plan among those that keep today's staffing while the pilot runs. The
effect of the pilot on its own households is left out: it may be small, or harm.

Plans are made for `NODES` effects, and valued at as many; between them the cost is
linear in theta, and a belief takes the plan of the nearest node. Draws beyond the outer
nodes (1 in 500) count as these. Staff is in fractions: what is valued is knowledge, not
rounding.

References
----------
Raiffa and Schlaifer (1961), "Applied statistical decision theory".
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..models.effect import LN2, EffortEffect
from ..models.power import LotteryPlan, PilotPlan
from .policy import Policy, policy_of, today_policy
from .problem import Problem, Unit
from .programme import relaxed, solve
from .sheet import Index
from .value import follow

NODES = 15
#: Share of the draws beyond each of the outer nodes.
_BEYOND = 0.001


@dataclass(frozen=True)
class Estimate:
    """A mean over draws, SEK, with its Monte Carlo standard error."""

    mean: float
    error: float

    @classmethod
    def of(cls, draws: Array) -> "Estimate":
        """Average draws, shape (n,)."""
        error = draws.std(ddof=1) / np.sqrt(len(draws))
        return cls(float(draws.mean()), float(error))


@dataclass(frozen=True)
class Information:
    """What knowledge about the effect is worth, discounted SEK.

    Attributes
    ----------
    perfect : Estimate
        The most that any study could be worth.
    sample : Estimate or None
        What a pilot's answer is worth; None without one.
    waiting : Estimate or None
        What it costs to keep today's staffing until the pilot has ended.
    handlers_sek : float
        What the handlers of the pilot cost.
    net : Estimate or None
        `sample` less `waiting` and `handlers_sek`.
    changed : float
        Probability that the pilot's answer changes the plan.
    pilot_sd : float
        Sampling error of the pilot, log hazard ratio of halving.
    draws : int
    """

    perfect: Estimate
    sample: Estimate | None = None
    waiting: Estimate | None = None
    handlers_sek: float = 0.0
    net: Estimate | None = None
    changed: float = 0.0
    pilot_sd: float = np.inf
    draws: int = 0


def information(
    problem: Problem,
    under: Callable[[float], Unit],
    effect: EffortEffect,
    rng: np.random.Generator,
    *,
    pilot: PilotPlan | LotteryPlan | None = None,
    draws: int = 10_000,
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
    rng : numpy.random.Generator
    pilot : PilotPlan or LotteryPlan or None
    draws, nodes : int
        Of the effect; of the grid, at least 2.

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
    for_effect, for_pilot = rng.spawn(2)
    theta = effect.draws(for_effect, draws) * LN2
    low, high = np.quantile(theta, [_BEYOND, 1 - _BEYOND]).tolist()
    grid = np.linspace(low, high, nodes) if effect.sd > 0 else np.array([effect.mean])
    units = [under(float(node)) for node in grid]

    def costs(policy: Policy) -> Array:
        """Cost of a plan at every draw, linear between nodes."""
        at_nodes = [follow(unit, policy, _months(unit)).total_sek for unit in units]
        return np.interp(theta, grid, at_nodes)

    at_theta = np.array([costs(_best(problem, unit)) for unit in units])
    prior, everybody = _nearest(grid, np.array([effect.mean]))[0], np.arange(draws)
    now = at_theta[prior]
    perfect = Estimate.of(now - at_theta.min(0))
    if pilot is None:
        return Information(perfect, draws=draws)

    error = pilot_sd(pilot, effect)
    seen = theta + error * for_pilot.standard_normal(draws)
    weight = effect.sd**2 / (effect.sd**2 + error**2)
    after = _nearest(grid, effect.mean + weight * (seen - effect.mean))
    gained = now - at_theta[after, everybody]
    # the very unit that `now` is planned for, so that waiting alone is the difference
    lost = costs(_best(problem, units[prior], int(np.ceil(pilot.months)))) - now
    own = pilot_cost(pilot, units[prior])
    return Information(
        perfect=perfect,
        sample=Estimate.of(gained),
        waiting=Estimate.of(lost),
        handlers_sek=own,
        net=Estimate.of(gained - lost - own),
        changed=float(np.mean(after != prior)),
        pilot_sd=error,
        draws=draws,
    )


def pilot_sd(pilot: PilotPlan | LotteryPlan, effect: EffortEffect) -> float:
    """Give the sampling error of a pilot about the effect in use, log HR of halving.

    A pilot that makes the caseload `ratio` times lighter sees log2(ratio) halvings;
    what is lost when everybody does the same is not in it.
    """
    local = effect.mean / (1 - effect.displacement)
    halvings = float(np.log2(pilot.ratio))
    return pilot.sd(local) / halvings * (1 - effect.displacement)


def pilot_cost(pilot: PilotPlan | LotteryPlan, unit: Unit) -> float:
    """Cost of the handlers that make the caseload of a pilot lighter, SEK.

    Hired for the pilot, at the cases per handler that the unit has today.
    """
    treated = (
        pilot.share * pilot.cases
        if isinstance(pilot, LotteryPlan)
        else pilot.pilots * pilot.cases
    )
    extra = (pilot.ratio - 1) * treated * unit.handlers / unit.stock.sum()
    each = unit.cost_handler * pilot.months + unit.cost_hire + unit.cost_release
    return float(extra * each)


def _best(problem: Problem, unit: Unit, waiting: int = 0) -> Policy:
    """Find the best plan that keeps today's staffing for the first months."""
    today = today_policy(unit)
    hires, releases = np.full((2, unit.shape[2]), np.nan)
    hires[:waiting], releases[:waiting] = today.hires[:waiting], 0.0
    plan = solve(relaxed(replace(problem, units=(unit,))), hires, releases).units[0]
    return policy_of(unit, plan, "planned")


def _nearest(grid: Array, values: Array) -> Index:
    """Index of the nearest node, shape of `values`."""
    between = (grid[1:] + grid[:-1]) / 2
    return np.searchsorted(between, values).astype(np.int64)


def _months(unit: Unit) -> pd.DatetimeIndex:
    """Give months of any year: only their number matters to a cost."""
    return pd.date_range("2000-01", periods=unit.shape[2], freq="MS")
