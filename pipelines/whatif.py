"""`bemanna plan`: a plan without simulation checks and report, and what if.

Reads, learns, forecasts and plans in fractions of handlers, and answers questions by
solving on. Nothing is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..models.domain import Array, InfeasibleError, Interval
from ..optimisation.policy import today_policy
from ..optimisation.question import Change
from ..optimisation.whatif import Answer
from .asking import Question
from .conflicts import in_words
from .faults import Report
from .findings import summed
from .forecast import forecast_flows
from .futures import unit_future
from .language import translator
from .learning import learn
from .planning import (
    staff_budgets,
)
from .registers import Case, read_case
from .resolving import change_of, check_questions, check_units
from .whatifdesk import Desk


@dataclass(frozen=True)
class Reply:
    """The answer to one question, for every unit.

    Attributes
    ----------
    text : str
        The question; empty for the plan itself.
    parts : tuple of Answer
        One per unit.
    against_today, against_plan : Interval
        Cash saved over the horizon, SEK: simulated in pairs, with draws of all that is
        uncertain. An effect that is asked about is taken as known.
    """

    text: str
    parts: tuple[Answer, ...]
    against_today: Interval
    against_plan: Interval


@dataclass(frozen=True)
class Replies:
    """The plan and every answer.

    Attributes
    ----------
    case : Case
    months : pandas.DatetimeIndex
    plan : Reply
    answers : tuple of Reply
    left_out : tuple of str
        Units without a plan.
    """

    case: Case
    months: pd.DatetimeIndex
    plan: Reply
    answers: tuple[Reply, ...]
    left_out: tuple[str, ...]


class Session:
    """A case that has been learned and planned, ready for any number of questions.

    Parameters
    ----------
    folder : Path
        Case folder with kommun.toml.
    sprak : {"sv", "en"}
    unit : str, optional
        Plan this unit alone.
    seed : int, optional
        Instead of the one in kommun.toml.
    first : sequence of Question
        Checked against the case before anything is learned.
    step : callable
        Told what is being done.

    Raises
    ------
    InputError
        The input or a question is faulty; every fault is in it.
    InfeasibleError
        The limits of the plan cannot hold together.
    """

    def __init__(
        self,
        folder: Path,
        sprak: str = "sv",
        *,
        unit: str | None = None,
        seed: int | None = None,
        first: Sequence[Question] = (),
        step: Callable[[str], None] = lambda text: None,
    ) -> None:
        _ = translator(sprak)
        step(_("Reads and checks the input"))
        self.case, self.sprak = read_case(folder, sprak), sprak
        report = Report(sprak)
        self.units = check_units(self.case, unit, report)
        check_questions(first, self.case, self.units, report)
        report.stop_if_faulty()
        seed = self.case.settings.run.seed if seed is None else seed
        self.desks = _desks(self.case, self.units, seed, sprak, step)
        if not self.desks:
            report.add("whatif_no_plan")
            report.stop_if_faulty()
        every = list(self.desks.values())
        step(_("Simulates the plan"))
        self.plan = _reply("", every, [desk.whatif.plan for desk in every])

    def ask(self, asked: Sequence[Question]) -> Replies:
        """Answer questions on the plan.

        Raises
        ------
        InputError
            A question is faulty; every fault is in it.
        InfeasibleError
            Some questions cannot be met; it names them and what stands in the way.
        """
        case, every, report = self.case, list(self.desks.values()), Report(self.sprak)
        check_questions(asked, case, self.units, report)
        report.stop_if_faulty()
        changes = [
            [change_of(q, case, d.wide.unit, d.future, report) for d in every]
            for q in asked
        ]
        report.stop_if_faulty()
        return Replies(
            case=case,
            months=every[0].future.months,
            plan=self.plan,
            answers=tuple(_answers(asked, every, changes, self.sprak)),
            left_out=tuple(name for name in self.units if name not in self.desks),
        )


def _desks(
    case: Case,
    units: Sequence[str],
    seed: int,
    sprak: str,
    step: Callable[[str], None],
) -> dict[str, Desk]:
    """Learn and forecast as a run does, and plan every unit that can be planned."""
    _ = translator(sprak)
    for_learning, for_forecast, _plans = np.random.default_rng(seed).spawn(3)
    step(_("Learns who leaves assistance, and when"))
    learned = learn(case, for_learning, case.settings.run.paths)
    if not learned.exit_draws or not learned.benefit_draws:
        return {}
    step(_("Forecasts inflow, cases and payments"))
    forecast = forecast_flows(
        case, for_forecast, learned.exit_draws, learned.benefit_draws, sprak=sprak
    )
    desks = {}
    for name in units:
        step(_("Plans {unit}").format(unit=name))
        future = unit_future(case, name, learned, forecast)
        if future.is_open:
            try:
                number = case.units.index(name)
                desks[name] = Desk(case, future, learned.effect, (seed, number))
            except InfeasibleError as error:
                years = [b.label for b in staff_budgets(case.settings, future)]
                text = f"{name}: {in_words(error.conflict, years, sprak)}"
                raise InfeasibleError(text, list(error.conflict)) from error
    return desks


def _answers(
    asked: Sequence[Question],
    desks: Sequence[Desk],
    changes: Sequence[Sequence[Change]],
    sprak: str,
) -> list[Reply]:
    """Answer every question; those that cannot be met are named together."""
    found: list[Reply] = []
    refused: list[str] = []
    conflict: list[str] = []
    for question, own in zip(asked, changes, strict=True):
        parts = []
        for desk, change in zip(desks, own, strict=True):
            try:
                same = change == Change()
                parts.append(desk.whatif.plan if same else desk.whatif.ask(change))
            except InfeasibleError as error:
                years = [budget.label for budget in desk.whatif.budgets]
                words = in_words(error.conflict, years, sprak, asked=True)
                refused.append(f"{desk.future.unit}, {question.text}: {words}")
                conflict += error.conflict
        if not refused:
            found.append(_reply(question.text, desks, parts))
    if refused:
        raise InfeasibleError("\n".join(refused), conflict)
    return found


def _reply(text: str, desks: Sequence[Desk], parts: Sequence[Answer]) -> Reply:
    """Simulate every unit's savings and add them up."""
    pairs = list(zip(desks, parts, strict=True))
    today = [desk.saved(part, today_policy(desk.wide.unit)) for desk, part in pairs]
    nothing = [np.zeros(1)]
    plan = [d.saved(p, d.whatif.policy) for d, p in pairs] if text else nothing
    return Reply(text, tuple(parts), _together(today), _together(plan))


def _together(draws: Sequence[Array]) -> Interval:
    return summed([Interval.of(unit) for unit in draws])
