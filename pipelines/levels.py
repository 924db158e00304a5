"""Intensity levels of the program, and cases per handler as a reader counts them."""

import numpy as np

from ..models.caseload import effort_levels
from ..models.domain import Array, InfeasibleError
from ..optimisation.problem import Unit
from ..optimisation.rows import ramp_loss
from .config import Settings
from .futures import Future

#: Lightest caseload considered where nothing is said, relative to today's: published
#: evidence speaks of halving and not beyond.
LIGHTEST = 0.5
#: Levels closer than this are one.
SAME = 1e-3


def present_share(unit: Unit) -> float:
    """Share of employed time that is there: less absence and the newly hired's ramp."""
    learning = unit.turnover * float(ramp_loss(unit).sum())
    return (1 - float(unit.absence.mean())) * (1 - learning)


def level(unit: Unit, cases_per_handler: float, intake: float = 0.0) -> float:
    """Intensity level of cases per employed handler: cases per handler's case time.

    Intake comes first and cases get what is left, so that each case gets

        1 / level = present_share / cases_per_handler - intake

    handler-months, in which `intake` is `IntakeWork.per_case`. What is observed at
    today's caseload was done in that time, not in all of it.

    Raises
    ------
    InfeasibleError
        Applications leave no time for cases.
    """
    left = present_share(unit) - cases_per_handler * intake
    if left <= 0:
        raise _no_time_left(unit)
    return cases_per_handler / left


def cases_at(unit: Unit, intensity: float, intake: float = 0.0) -> float:
    """Cases per employed handler at an intensity level; undoes `level`."""
    return intensity * present_share(unit) / (1 + intensity * intake)


def now_level(future: Future, unit: Unit) -> float:
    """Intensity level of today's caseload."""
    return level(unit, future.caseload, future.intake.per_case)


def halving(future: Future, unit: Unit) -> float:
    """Log of how many times more each case gets when today's caseload is halved.

    log 2 where applications take no time; more where they do, for they take as much of
    the time as before. Studies count all cases and all time of a handler, so that
    their effect of halving is had at half the caseload, not at twice the time.
    """
    lighter = level(unit, future.caseload / 2, future.intake.per_case)
    return float(np.log(now_level(future, unit) / lighter))


def _no_time_left(unit: Unit) -> InfeasibleError:
    text = f"{unit.name}: applications leave handlers no time for cases"
    return InfeasibleError(text, ["intake_time"])


def allowed_levels(settings: Settings, future: Future, unit: Unit) -> Array:
    """Levels that a plan may use, heaviest first, cases per present handler.

    Where no cap is stated the heaviest is what today's staffing leads to in the plan
    period, and the lightest no heavier than today's: a plan is neither forced to hire
    nor heavier than doing nothing.
    """
    levers, now = settings.levers, now_level(future, unit)
    intake = future.intake.per_case
    lightest = level(unit, levers.caseload_min or LIGHTEST * future.caseload, intake)
    if levers.caseload_max is None:
        heaviest = leads_to(future, unit)
        lightest = min(lightest, now)
    else:
        heaviest = level(unit, levers.caseload_max, intake)
        lightest = min(lightest, heaviest)
    if lightest > (1 - SAME) * heaviest:
        return np.array([heaviest])
    return effort_levels(lightest, heaviest, levers.levels)


def leads_to(future: Future, unit: Unit) -> float:
    """Heaviest level of the plan period if today's staffing is kept, or of today."""
    load = (unit.weight * future.served.mean(0)).sum(0)
    taken = unit.intake_effort * future.inflow.mean(0).sum(0)
    taken = taken + unit.renewal_effort * future.served.mean(0).sum(0)
    room = unit.handlers * present_share(unit) - taken - future.intake.extra
    if room.min() <= 0:
        raise _no_time_left(unit)
    return max(now_level(future, unit), float((load / room).max()))


def known_levels(allowed: Array, future: Future, unit: Unit) -> Array:
    """Add to the allowed levels those that today's staffing needs outside them."""
    needed = (now_level(future, unit), leads_to(future, unit))
    outside = [k for k in needed if not allowed[-1] <= k <= allowed[0]]
    return np.unique(np.append(allowed, outside))[::-1]
