"""How the plan's saving moves when one assumption goes to its low or high end.

The plan's staffing is kept. Both it and today's staffing are followed through the
program's own rows in a world where that one assumption is another, so that what it does
to cases, bought time and later values is all there; nothing is scaled by a formula.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from ..models.domain import Array, InfeasibleError, Interval, SolverError
from ..models.effect import EffortEffect
from ..optimisation.matching import MOST_EXITS
from ..optimisation.plan import StaffingPlan
from ..optimisation.policy import Policy, today_policy
from ..optimisation.problem import Unit
from ..optimisation.question import Change, changed_world, kept_staff
from ..optimisation.terminal import (
    handler_value,
    long_run_capacity_price,
    terminal_value,
)
from ..optimisation.value import follow
from .doubting import cases_now
from .findings import findings
from .futures import Future
from .planning import ProgramUnit, program_unit, staffed_unit, with_allowed
from .registers import Case
from .tables import too_few

Pair = tuple[float, float]

#: Trials, not intervals: a share of a handler's cost, of handlers who leave in a year,
#: and months until a hire arrives.
COST, TURNOVER, LEAD = 0.05, 0.05, 3
#: Ends of an 80 % interval.
ENDS = (0.1, 0.9)
#: Factors of exit probabilities are sought between one of so many and so many.
_FAR = 10.0


@dataclass(frozen=True)
class Swing:
    """What one assumption does to the saving, from its low end to its high end.

    Attributes
    ----------
    name : str
        `effect`, `inflow`, `exits`, `benefit`, `handler_cost`, `turnover` or `lead`.
    ends : (low, high)
        Of the assumption: `effect` the log hazard ratio of halving the caseload,
        `turnover` the share who leave in a year, `lead` months more than assumed; of
        the others what they are multiplied by: for `exits`, the share of those served
        who leave in a month.
    cash, total : (low, high)
        Saving at those ends, SEK: cash over the period, and all costs discounted with
        the value after it.
    trial : bool
        Whether the ends are tried for size; otherwise an 80 % interval.
    """

    name: str
    ends: Pair
    cash: Pair
    total: Pair
    trial: bool


@dataclass(frozen=True)
class Sensitivity:
    """The saving of plans together, and what each assumption does to it; SEK.

    Attributes
    ----------
    units : tuple of str
    cash, total : float
        Saving where every assumption is in its middle.
    all_cash, all_total : Interval
        As the plans report them: everything uncertain at once.
    swings : tuple of Swing
    left_out : tuple of str
        Assumptions with an end at which handlers have no time left for cases.
    """

    units: tuple[str, ...]
    cash: float
    total: float
    all_cash: Interval
    all_total: Interval
    swings: tuple[Swing, ...]
    left_out: tuple[str, ...] = ()


def sensitivity(
    case: Case,
    planned: Sequence[tuple[Future, StaffingPlan]],
    effect: EffortEffect,
) -> Sensitivity | None:
    """Move every assumption to its ends, one at a time, in all given units at once.

    Parameters
    ----------
    case : Case
    planned : sequence of (Future, StaffingPlan)
        One pair for one unit's own; all pairs for the whole, where an interval is that
        of the sum over units, path by path.
    effect : EffortEffect

    Returns
    -------
    Sensitivity or None
        None where no plan proposes anything else than today's staffing, where a unit
        has too few cases to publish, and where handlers have no time left for cases.
    """
    found = findings(tuple(plan for _, plan in planned))
    if found is None or not found.changes:
        return None
    if any(too_few(cases_now(plan)) for _, plan in planned):
        return None
    desks = [
        _Desk(case, future, plan, program_unit(case, future, effect.mean))
        for future, plan in planned
    ]
    try:
        middle_cash, middle_total = _summed(desks)
    except NO_COURSE:
        return None
    swings, left_out = [], []
    for name, ends in _ends(case, desks, effect).items():
        try:
            moved = _exit_factors(desks, ends) if name == "exits" else ends
            low, high = (_summed(desks, name, end) for end in moved)
        except NO_COURSE:
            left_out.append(name)
            continue
        cash, total = zip(low, high, strict=True)
        swings.append(Swing(name, ends, cash, total, name in TRIALS))
    return Sensitivity(
        units=tuple(future.unit for future, _ in planned),
        cash=middle_cash,
        total=middle_total,
        all_cash=found.saving,
        all_total=found.total,
        swings=tuple(swings),
        left_out=tuple(left_out),
    )


TRIALS = ("handler_cost", "turnover", "lead")
#: In such a world handlers have no time left for cases, or exits cannot be reached.
NO_COURSE = (ValueError, InfeasibleError, SolverError)
#: Assumptions that a what-if question can move.
CHANGES: dict[str, Callable[[float], Change]] = {
    "inflow": lambda times: Change(inflow=times),
    "benefit": lambda times: Change(benefit=times),
    "handler_cost": lambda times: Change(handler_cost=times),
}


@dataclass(frozen=True)
class _Desk:
    """One unit, its plan, and the program where every assumption is in its middle."""

    case: Case
    future: Future
    plan: StaffingPlan
    base: ProgramUnit

    def saved(self, name: str, end: float) -> Pair:
        """Cash and total saving where an assumption is at an end."""
        world, policy = self._world(name, end), self.plan.policy
        handlers = policy.handlers
        if name == "lead":
            handlers = _moved(handlers, int(end))
        if name in ("turnover", "lead"):
            policy = _kept(world.unit, replace(policy, handlers=handlers))
        months = self.plan.months
        today = follow(world.unit, today_policy(world.unit), months)
        plan = follow(with_allowed(world), policy, months)
        cash = float((today.cash_sek - plan.cash_sek).sum())
        return cash, today.total_sek - plan.total_sek

    def leaving(self, factor: float) -> Array:
        """Count exits and cases of today's staffing at another exit level, (2,)."""
        unit = _with_exits(self.base.unit, factor)
        course = follow(unit, today_policy(unit), self.plan.months)
        return np.array([course.exits.sum(), course.cases.sum()])

    def _world(self, name: str, end: float) -> ProgramUnit:
        unit = self.base.unit
        if name == "effect":
            return program_unit(self.case, self.future, end)
        if name in CHANGES:
            unit = changed_world(unit, CHANGES[name](end))
        elif name == "exits":
            unit = _with_exits(unit, end)
            unit = replace(unit, terminal_value=terminal_value(unit))
        elif name == "turnover":
            leaving = staffed_unit(_with_turnover(self.case, end), self.future).turnover
            unit = replace(unit, turnover=leaving)
            unit = replace(
                unit,
                handler_value=handler_value(unit),
                month_value=long_run_capacity_price(unit),
            )
            unit = replace(unit, terminal_value=terminal_value(unit))
        return self.base._replace(unit=unit)


def _summed(desks: Sequence[_Desk], name: str = "", end: float = 0.0) -> Pair:
    cash, total = np.sum([desk.saved(name, end) for desk in desks], axis=0).tolist()
    return cash, total


def _ends(case: Case, desks: Sequence[_Desk], effect: EffortEffect) -> dict[str, Pair]:
    """Low and high end of every assumption that is open, all units together."""
    staff, futures = case.settings.staff, [desk.future for desk in desks]
    half = effect.sd * float(stats.t.ppf(ENDS[1], effect.df))
    new = sum(future.new_cases.sum((1, 2)) for future in futures)
    left = sum(future.exits.sum((1, 2)) for future in futures)
    cases = sum(future.served.sum((1, 2)) for future in futures)
    served = [future.served.mean(0) * future.event_benefit for future in futures]
    paid = sum(
        future.benefit @ months.sum(1)
        for future, months in zip(futures, served, strict=True)
    )
    ends = {
        "effect": (effect.mean - half, effect.mean + half),
        "inflow": _around(np.asarray(new)),
        "exits": _around(np.asarray(left / cases)),
        "benefit": _around(np.asarray(paid)),
        "handler_cost": (1 - COST, 1 + COST),
        "turnover": (
            max(staff.turnover_year_share - TURNOVER, 0.0),
            min(staff.turnover_year_share + TURNOVER, 1 - TURNOVER),
        ),
        "lead": (-float(min(LEAD, staff.lead_months)), float(LEAD)),
    }
    return {name: (low, high) for name, (low, high) in ends.items() if low < high}


def _around(draws: Array) -> Pair:
    """Return the ends of draws (n,) relative to their mean."""
    mean = draws.mean()
    if mean <= 0:
        return 1.0, 1.0
    low, high = (np.quantile(draws, ENDS) / mean).tolist()
    return low, high


def _exit_factors(desks: Sequence[_Desk], ends: Pair) -> Pair:
    """Return what exit probabilities are multiplied by at the ends of the exit level.

    The factor is sought that gives the level under today's staffing: where fewer
    leave, those who stay are of another kind, so that it is not the level itself.
    """

    def level(factor: float) -> float:
        left, cases = np.sum([desk.leaving(factor) for desk in desks], axis=0)
        return float(left / cases)

    now = level(1.0)

    def sought(end: float) -> float:
        if end == 1:
            return 1.0
        return float(brentq(lambda f: level(f) - end * now, 1 / _FAR, _FAR, xtol=1e-4))

    return sought(ends[0]), sought(ends[1])


def _with_exits(unit: Unit, factor: float) -> Unit:
    chance = np.minimum(factor * unit.exit_probability, MOST_EXITS)
    return replace(unit, exit_probability=chance)


def _with_turnover(case: Case, share: float) -> Case:
    staff = case.settings.staff.model_copy(update={"turnover_year_share": share})
    return replace(case, settings=case.settings.model_copy(update={"staff": staff}))


def _moved(handlers: Array, months: int) -> Array:
    """Let a plan's handlers (T,) come so many months later, or earlier."""
    month = np.arange(len(handlers)) - months
    moved: Array = handlers[np.clip(month, 0, len(handlers) - 1)]
    return moved


def _kept(unit: Unit, policy: Policy) -> Policy:
    """Hire and release so that a policy's handlers are there."""
    hires, releases = kept_staff(unit, Change(handlers=0.0), policy)
    return replace(policy, hires=hires, releases=releases)
