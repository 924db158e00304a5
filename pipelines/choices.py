"""The choices a committee has, side by side: today, the proposal, and the robot.

Today and the proposal are the run's own plan in whole posts. What the robot would
change is an answer to a question, as `bemanna plan --what-if` gives it, run through the
same futures as today's staffing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..models.domain import InfeasibleError, Interval
from ..optimisation.plan import cash_table
from ..optimisation.policy import today_policy
from ..optimisation.whatif import Answer
from .findings import YEAR, Findings, Side, late_caseload, summed
from .whatifdesk import Desk, answer_to

#: What is asked of a unit with so many handlers.
QUESTIONS = {"robot": "handlers={handlers:g} robot=1", "mix": "robot=1"}


@dataclass(frozen=True)
class Choice:
    """One way of staffing, all units together.

    Attributes
    ----------
    kind : str
        `today`, `plan`, `robot` (bought beside today's handlers) or `mix` (the robot
        and the number of handlers that suits it best).
    questions : tuple of str
        What each unit is asked; empty for today and the plan.
    handlers, caseload : float
        Over the last twelve months; cases per handler.
    cash : pandas.DataFrame
        `year, benefit_sek, staff_sek, saving_sek, saving_lo_80, saving_hi_80`:
        undiscounted means; the robot is inside staff.
    saving : Interval or None
        Cash saved over the months against today; None for today itself.
    """

    kind: str
    questions: tuple[str, ...]
    handlers: float
    caseload: float
    cash: pd.DataFrame
    saving: Interval | None

    @property
    def cash_sek(self) -> float:
        """Cash paid over all months."""
        return float(self.cash[["benefit_sek", "staff_sek"]].sum().sum())


def choices(desks: Sequence[Desk], found: Findings) -> tuple[Choice, ...]:
    """Cost every choice that the settings describe.

    Parameters
    ----------
    desks : sequence of Desk
        One per unit with a plan.
    found : Findings
        Of the same units.
    """
    made = [
        Choice("today", (), *_late(found.today), _of(found.cash, "today"), None),
        Choice("plan", (), *_late(found.plan), _of(found.cash, "plan"), found.saving),
    ]
    if desks and desks[0].case.settings.levers.robot is not None:
        robots = (_robot(kind, desks, found) for kind in QUESTIONS)
        made += [choice for choice in robots if choice is not None]
    return tuple(made)


def _robot(kind: str, desks: Sequence[Desk], found: Findings) -> Choice | None:
    """Ask every unit; None where limits of one forbid it."""
    questions = tuple(
        QUESTIONS[kind].format(handlers=desk.wide.unit.handlers) for desk in desks
    )
    try:
        answers = [
            answer_to(desk, text) for desk, text in zip(desks, questions, strict=True)
        ]
    except InfeasibleError:
        return None
    pairs = list(zip(desks, answers, strict=True))
    tables, savings = zip(*(_simulated(*pair) for pair in pairs), strict=True)
    cash = pd.concat(tables).groupby("year", as_index=False).sum()
    today = _of(found.cash, "today")
    # what it changes, on top of today as the run's own tables have it
    for name in ("benefit", "staff"):
        change = cash[f"{name}_plan_sek"] - cash[f"{name}_today_sek"]
        cash[f"{name}_sek"] = today[f"{name}_sek"] + change
    handlers = np.sum([a.course.handlers for a in answers], axis=0)
    return Choice(
        kind,
        questions,
        handlers=float(handlers[-YEAR:].mean()),
        caseload=late_caseload([answer.course for answer in answers]),
        cash=cash[list(today)],
        saving=summed(savings),
    )


def _simulated(desk: Desk, answer: Answer) -> tuple[pd.DataFrame, Interval]:
    """Cash per year beside today's, and what is saved over all months."""
    mine, today = desk.pair(answer, today_policy(desk.wide.unit))
    saved = (today.cash - mine.cash).sum(1)
    return cash_table(mine, today, desk.future.months), Interval.of(saved)


def _of(cash: pd.DataFrame, side: str) -> pd.DataFrame:
    """Take one side of a table of cash."""
    table = cash[["year"]].copy()
    for name in ("benefit", "staff"):
        table[f"{name}_sek"] = cash[f"{name}_{side}_sek"]
    for name in ("saving_sek", "saving_lo_80", "saving_hi_80"):
        table[name] = cash[name] if side == "plan" else 0.0
    return table


def _late(side: Side) -> tuple[float, float]:
    return float(side.handlers[-YEAR:].mean()), side.late_caseload
