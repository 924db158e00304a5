"""The program solved on a grid of staffing, effect, benefit and robot, for one unit.

Every node is an answer of `whatifdesk.Desk`, so it is what `bemanna plan --what-if`
says to the same question. Between nodes a reader interpolates, and is told so.
"""

import itertools
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, parallel_config

from ..models.domain import Array, InfeasibleError, Interval
from ..optimisation.course import Course
from ..optimisation.policy import today_policy
from ..optimisation.whatif import Answer
from .case import Case
from .findings import YEAR, late_caseload
from .outcome import Outcome
from .whatifdesk import Desk, answer_to

#: Of the number of handlers: the first that spans what is of interest in few steps.
STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
#: Nodes along handlers at most, and steps beyond today and the plan.
MOST, BEYOND = 8, 2
#: Effects beside the unit's own: more leave by so much where caseloads are halved.
AROUND = (0.0, 0.5, 1.5, 2.0)
SPREAD = (0.0, 0.05, 0.10, 0.20)
BENEFITS = (0.9, 1.0, 1.1)
#: Months from the first possible start of a robot.
ROBOTS = (0, 6, 12)
#: Effects nearer than this to the unit's own are left out.
_APART, _TINY = 0.015, 1e-9
#: What a node holds per calendar year.
YEARLY = ("benefit_sek", "staff_sek", "case_months", "handler_months")


@dataclass(frozen=True)
class Surface:
    """Answers on a grid; H staffings, E effects, B benefits, R robots, Y years.

    Attributes
    ----------
    unit : str
    months : pandas.DatetimeIndex
    handlers : array (H,)
        Kept from the first month in which more can arrive than replace leavers.
    effects : array (E,)
        Log hazard ratios of halving the caseload, rising.
    own : int
        Place in `effects` of what the plan rests on; the others are taken as certain.
    benefits : array (B,)
        What benefit per household-month is multiplied by.
    robots : tuple of pandas.Timestamp or None (R,)
        First month of the robot; the first is none.
    years : tuple of int (Y,)
    yearly : dict of array (H, E, B, R, Y)
        By the names of `YEARLY`: expected cash, open cases, handlers; bought time is
        inside staff. NaN where limits forbid the node.
    total_sek : array (H, E, B, R)
        All costs discounted, with the value after the months.
    caseload : array (H, E, B, R)
        Cases per handler over the last twelve months.
    saved : array (H, E, B, R, 3)
        Cash saved against today over the months: mean and 80 % interval, simulated.
    today_yearly : dict of array (E, B, Y)
        As `yearly`, of today's staffing in the same world.
    today_total_sek : array (E, B)
    """

    unit: str
    months: pd.DatetimeIndex
    handlers: Array
    effects: Array
    own: int
    benefits: Array
    robots: tuple[pd.Timestamp | None, ...]
    years: tuple[int, ...]
    yearly: dict[str, Array]
    total_sek: Array
    caseload: Array
    saved: Array
    today_yearly: dict[str, Array]
    today_total_sek: Array

    def question(self, handlers: int, effect: int, benefit: int, robot: int) -> str:
        """Return the question of a node, as `bemanna plan --what-if` takes it."""
        asked = [f"handlers={self.handlers[handlers]:g}"]
        if effect != self.own:
            asked.append(f"effect={100 * np.expm1(self.effects[effect]):.0f}%")
        if self.benefits[benefit] != 1:
            asked.append(f"benefit={100 * (self.benefits[benefit] - 1):+.0f}%")
        if (month := self.robots[robot]) is not None:
            asked.append(f"robot={month:%Y-%m}")
        return " ".join(asked)


def surfaces(
    outcome: Outcome, desks: Sequence[Desk], workers: int = -1
) -> tuple[Surface, ...]:
    """Solve the grid of every unit with a plan.

    Parameters
    ----------
    outcome : Outcome
    desks : sequence of Desk
        Of its units, as `desks_of`; only to lay out the grids.
    workers : int
        Processes, as joblib's `n_jobs`.
    """
    grids = [_grid(desk) for desk in desks]
    jobs = [
        delayed(_one_effect)(outcome, number, grid, e)
        for number, grid in enumerate(grids)
        for e in range(len(grid.effects))
    ]
    with parallel_config(backend="loky", n_jobs=workers, inner_max_num_threads=1):
        solved = iter(Parallel()(jobs))
    return tuple(_joined([next(solved) for _effect in grid.effects]) for grid in grids)


def desks_of(outcome: Outcome) -> list[Desk]:
    """Make the units of a run ready for questions, as `bemanna plan` does."""
    return [_desk(outcome, number) for number in range(len(outcome.futures))]


def _desk(outcome: Outcome, number: int) -> Desk:
    case, future = outcome.case, outcome.futures[number]
    seed = outcome.info.seed, case.units.index(future.unit)
    return Desk(case, future, outcome.effect, seed)


def _grid(desk: Desk) -> Surface:
    """Lay out the grid of a unit, nothing solved yet."""
    unit, months = desk.wide.unit, desk.future.months
    effects, own = effect_nodes(desk.effect.mean)
    plan = desk.whatif.plan.course.handlers
    handlers = handler_nodes(np.append(plan[-YEAR:], unit.handlers))
    robots = robot_nodes(desk.case, months)
    years = tuple(int(year) for year in months.year.unique())
    shape = len(handlers), len(effects), len(BENEFITS), len(robots)
    world = *shape[1:3], len(years)
    return Surface(
        unit=unit.name,
        months=months,
        handlers=handlers,
        effects=effects,
        own=own,
        benefits=np.array(BENEFITS),
        robots=robots,
        years=years,
        yearly={name: np.full((*shape, len(years)), np.nan) for name in YEARLY},
        total_sek=np.full(shape, np.nan),
        caseload=np.full(shape, np.nan),
        saved=np.full((*shape, 3), np.nan),
        today_yearly={name: np.full(world, np.nan) for name in YEARLY},
        today_total_sek=np.full(shape[1:3], np.nan),
    )


def _one_effect(outcome: Outcome, number: int, grid: Surface, effect: int) -> Surface:
    """Solve the nodes of one effect; the others stay NaN."""
    desk = _desk(outcome, number)
    # handlers change fastest: a program is solved on from its last optimum
    rest = itertools.product(
        *(range(len(axis)) for axis in (grid.benefits, grid.robots, grid.handlers))
    )
    for b, r, h in rest:
        # what the limits forbid stays NaN
        with suppress(InfeasibleError):
            answer = answer_to(desk, grid.question(h, effect, b, r))
            _take(grid, (h, effect, b, r), answer, desk)
    return grid


def _joined(parts: Sequence[Surface]) -> Surface:
    """Put the effects of one unit, each solved in its part, into one surface."""

    def own(axis: int, arrays: Iterable[Array]) -> Array:
        """Take from each part's array the effect that it solved."""
        return np.stack([np.take(a, e, axis) for e, a in enumerate(arrays)], axis)

    return replace(
        parts[0],
        yearly={n: own(1, (p.yearly[n] for p in parts)) for n in YEARLY},
        total_sek=own(1, (p.total_sek for p in parts)),
        caseload=own(1, (p.caseload for p in parts)),
        saved=own(1, (p.saved for p in parts)),
        today_yearly={n: own(0, (p.today_yearly[n] for p in parts)) for n in YEARLY},
        today_total_sek=own(0, (p.today_total_sek for p in parts)),
    )


def _take(
    made: Surface, node: tuple[int, int, int, int], answer: Answer, desk: Desk
) -> None:
    """Put an answer, and today's staffing in its world, where they belong."""
    course, world = answer.course, node[1:3]
    for name, values in by_year(course).items():
        made.yearly[name][node] = values
    for name, values in by_year(answer.today).items():
        made.today_yearly[name][world] = values
    made.total_sek[node] = course.total_sek
    made.today_total_sek[world] = answer.today.total_sek
    made.caseload[node] = late_caseload([course])
    found = Interval.of(desk.saved(answer, today_policy(desk.wide.unit)))
    made.saved[node] = found.mean, found.low, found.high


def by_year(course: Course) -> dict[str, Array]:
    """Add up a course per calendar year, by the names of `YEARLY`; each (Y,)."""
    table = course.cash_by_year()
    table["case_months"] = _summed(course, course.cases.sum(0))
    table["handler_months"] = _summed(course, course.handlers)
    return {name: table[name].to_numpy() for name in YEARLY}


def _summed(course: Course, monthly: Array) -> pd.Series:
    return pd.Series(monthly).groupby(course.months.year).sum()


def effect_nodes(own: float) -> tuple[Array, int]:
    """Return effects around a unit's own, log hazard ratios, and the place of its own.

    The others are whole percent, so that a question names them exactly.
    """
    more = np.expm1(own)
    asked = SPREAD if more < SPREAD[1] else more * np.array(AROUND)
    asked = np.round(asked, 2)
    others = np.unique(asked[np.abs(asked - more) >= _APART])
    effects = np.sort(np.append(np.log1p(others), own))
    return effects, int(np.flatnonzero(effects == own)[0])


def handler_nodes(of_interest: Array) -> Array:
    """Return even numbers of handlers around those of interest, shape (H,)."""
    low, high = float(of_interest.min()), float(of_interest.max())
    for step in STEPS:
        first = max(np.floor(low / step + _TINY) - BEYOND, 1)
        last = np.ceil(high / step - _TINY) + BEYOND
        if last - first < MOST:
            break
    return np.round(np.arange(first, last + 1) * step, 2)


def robot_nodes(
    case: Case, months: pd.DatetimeIndex
) -> tuple[pd.Timestamp | None, ...]:
    """Return no robot, and months in which the one in kommun.toml may start."""
    robot = case.settings.levers.robot
    if robot is None:
        return (None,)
    first = len(case.edge.months)
    if robot.from_month is not None:
        first = max(first, int(months.searchsorted(f"{robot.from_month}-01")))
    return (None, *(months[first + k] for k in ROBOTS if first + k < len(months)))
