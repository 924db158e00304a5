"""Does the plan cost what the program says? Two checks by simulation.

On the program's own grid, with whole households and whole people, the program is a
lower bound: chance only adds shortages (Jensen's inequality on the capacity row). A
mean below the bound is a bug. On the twin, with monthly hazards and the continuous
effect, the difference to the program is its model error.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..models.household import draw_returns, household_month
from .course import (
    Course,
    after_horizon,
    course_of,
    return_lags,
    staff_cost,
    staying,
)
from .policy import Beside, Policy
from .problem import Unit
from .side import SimulatedCourse
from .solution import UnitSolution
from .twin import Twin, simulate, simulate_pair
from .value import freed
from .workforce import Workforce

__all__ = [
    "SimulatedCourse",
    "SimulationCheck",
    "Twin",
    "check_on_grid",
    "check_on_twin",
    "simulate",
    "simulate_pair",
]

#: A mean this many standard errors below a lower bound is a bug.
ALLOWED_SE = 3.0
#: Largest share of the cost by which program and twin may differ unremarked.
MODEL_ERROR_MAX = 0.05


@dataclass(frozen=True)
class SimulationCheck:
    """A plan followed by simulation, held against the program.

    Attributes
    ----------
    mean_sek, se_sek : float
        Discounted total cost of the plan and its standard error.
    bound_sek : float
        Proven lower bound of the program.
    model_sek : float
        What the program says that this very plan costs.
    ok : bool
        On the grid: the mean is not below the bound by more than 3 SE. On the twin:
        the model error is at most 5 % and 3 SE.
    cases : array (T,)
        Mean cases served.
    shortage : array (T,)
        Mean effective handler-months bought.
    replications : int
    """

    mean_sek: float
    se_sek: float
    bound_sek: float
    model_sek: float
    ok: bool
    cases: Array
    shortage: Array
    replications: int

    @property
    def model_error_share(self) -> float:
        """How much more the simulation costs than the program says."""
        return (self.mean_sek - self.model_sek) / max(abs(self.model_sek), 1e-9)


def check_on_grid(
    unit: Unit,
    solution: UnitSolution,
    bound: float,
    rng: np.random.Generator,
    replications: int = 10_000,
) -> SimulationCheck:
    """Simulate a solution with whole households on the program's own grid.

    Arrivals are Poisson, exits and ageing binomial, turnover strikes whole people;
    fractions in stock, hires and releases are rounded by chance so that means hold.
    Cases get levels in the solution's shares, and missing capacity is bought.

    Parameters
    ----------
    unit : Unit
    solution : UnitSolution
        Served by level, and staff.
    bound : float
        Lower bound of the program in SEK.
    rng : numpy.random.Generator
    replications : int

    Returns
    -------
    SimulationCheck
    """
    months = unit.shape[2]
    exit_share, effort = level_mixes(unit, solution)
    lags = return_lags(unit)
    due = np.zeros((replications, len(lags), months + lags.shape[1]), np.int64)
    staff = Workforce(unit, replications)
    levers = unit.bought(robot=solution.robot, process=solution.process)
    beside = Beside.of(unit, solution) or Beside.nothing(unit)
    own, others = unit.handled, unit.routed
    books = np.zeros((6, replications, months))
    handlers, hires, releases, shortage, benefit, partners = books
    mine = np.zeros((replications, months))
    cases, kept = np.zeros(months), unit.kept_for_intake - beside.postponed

    def whole(mean: Array) -> np.ndarray:
        shape = (replications, *np.shape(mean))
        return np.floor(mean + rng.random(shape)).astype(np.int64)

    stock = whole(unit.stock)
    for t in range(months):
        if t:
            new = rng.poisson(unit.inflow[:, t], (replications, len(lags)))
            intake = (new + due[:, :, t]).sum(1)
            if unit.triage is not None:
                coming = new[:, unit.triage.source]
                moved = rng.binomial(coming, np.clip(beside.routed[:, t], 0, 1))
                new[:, unit.triage.source] -= moved
                new[:, others] += moved
            stock[:, :, 0] += new + due[:, :, t]
            luck = 1 - rng.random((2, *staff.tenure.shape))
            staff.leave(luck, mine[:, t - 1])
        else:  # new cases of month 0 have been seen
            intake = np.full(replications, unit.inflow[:, 0].sum())
        hires[:, t], ended = whole(solution.hires[t]), whole(solution.releases[t])
        if solution.replaces:  # post by post: who has left, and the new posts
            gap = solution.handlers[t] - staff.handlers
            hires[:, t] = np.maximum(gap, 0.0) * (solution.hires[t] > 0)
            ended = np.full(replications, solution.releases[t])
        releases[:, t] = staff.change(hires[:, t], ended)
        handlers[:, t] = staff.handlers
        mine[:, t] = stock[:, own].sum((1, 2))
        time = staff.present(t, mine[:, t])
        time = time + freed(unit, levers, handlers[:, t], t)
        spent = (stock * effort[:, :, t]).sum(2)
        needed = spent[:, own].sum(1) + unit.intake_effort * intake + kept[t]
        if unit.triage is not None:  # what they cannot take falls back on handlers
            theirs = spent[:, others].sum(1)
            partners[:, t] = np.minimum(theirs, unit.triage.staff_max)
            needed = needed + theirs - partners[:, t]
        shortage[:, t] = np.maximum(needed - time, 0)
        benefit[:, t] = stock.sum(2) @ unit.benefit[:, t]
        cases[t] = stock.sum() / replications
        month = household_month(stock, exit_share[:, :, t, None], unit.ageing, rng)
        stock = month.stay
        stock[:, :, 1:] += month.older[:, :, :-1]
        if lags.shape[1]:
            later = slice(t + 1, t + 1 + lags.shape[1])
            due[:, :, later] += draw_returns(month.exits.sum((2, 3)), lags, rng)
    cash = benefit + unit.cost_overtime * shortage
    cash += staff_cost(unit, handlers, hires, releases, levers)
    if unit.triage is not None:
        cash += unit.triage.cost * partners
    total = cash @ unit.discount ** np.arange(months)
    left = due[:, :, months:]
    still = staying(unit, handlers[:, -1], mine[:, -1])
    total += after_horizon(unit, stock, left, still, hires)
    mean, se = _mean(total)
    return SimulationCheck(
        mean_sek=mean,
        se_sek=se,
        bound_sek=bound,
        model_sek=course_of(unit, solution, "", _any_months(months)).total_sek,
        ok=mean >= bound - ALLOWED_SE * se,
        cases=cases,
        shortage=shortage.mean(0),
        replications=replications,
    )


def check_on_twin(
    twin: Twin,
    policy: Policy,
    course: Course,
    bound: float,
    rng: np.random.Generator,
    replications: int = 10_000,
) -> SimulationCheck:
    """Simulate a policy on monthly hazards with the continuous effect.

    Everything but luck is known, so the difference to `course` is model error.

    Parameters
    ----------
    twin : Twin
        Draws are replaced by their means.
    policy, course : Policy, Course
        What is followed, and what the program says that it costs.
    bound : float
        Lower bound of the program in SEK.
    rng : numpy.random.Generator
    replications : int

    Returns
    -------
    SimulationCheck
    """
    simulated = simulate(twin.known(), policy, rng, replications)
    mean, se = _mean(simulated.total(twin.unit.discount))
    allowed = MODEL_ERROR_MAX * abs(course.total_sek) + ALLOWED_SE * se
    return SimulationCheck(
        mean_sek=mean,
        se_sek=se,
        bound_sek=bound,
        model_sek=course.total_sek,
        ok=abs(mean - course.total_sek) <= allowed,
        cases=simulated.cases.mean(0),
        shortage=simulated.shortage.mean(0),
        replications=replications,
    )


def level_mixes(unit: Unit, solution: UnitSolution) -> tuple[Array, Array]:
    """Exit probability and handler-months per case by cell, (S, D, T) each.

    Means over the levels at which the solution serves a cell.
    """
    cases = solution.served.sum(-1, keepdims=True)
    # a cell that the program leaves empty is served at the heaviest level
    share = np.zeros_like(solution.served)
    share[..., np.argmax(unit.caseloads)] = 1.0
    np.divide(solution.served, cases, out=share, where=cases > 1e-12)
    effort = unit.weight[:, None, :] * (share @ (1 / unit.caseloads))
    return (share * unit.exit_probability).sum(-1), effort + unit.renewal_effort


def _mean(total: Array) -> tuple[float, float]:
    return float(total.mean()), float(total.std(ddof=1) / np.sqrt(len(total)))


def _any_months(n: int) -> pd.DatetimeIndex:
    """Calendar for a course of which only the total is read."""
    return pd.date_range("2000-01-01", periods=n, freq="MS")
