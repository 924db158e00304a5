"""`bemanna plan`: a plan without simulation checks and report, and what if.

Reads, learns, forecasts and plans in fractions of handlers, and answers questions by
solving on. Nothing is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..models.domain import Array, InfeasibleError, Interval
from ..models.effect import EffortEffect
from ..optimisation.policy import Policy, today_policy
from ..optimisation.question import Change
from ..optimisation.side import SimulatedCourse
from ..optimisation.twin import Twin, simulate_pair
from ..optimisation.whatif import Answer, WhatIf
from .asking import Question, read_questions
from .conflicts import in_words
from .faults import Report
from .findings import summed
from .forecast import forecast_flows
from .futures import Future, unit_future
from .language import translator
from .learning import learn
from .planning import (
    program_unit,
    staff_budgets,
    unit_problem,
    unit_twin,
    with_allowed,
)
from .registers import Case, read_case
from .resolving import change_of, check_questions, check_units

#: Replications of two courses as a pair, for the interval of their difference.
PAIRS = 500


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


class Desk:
    """One unit, ready for questions, and its twin for intervals.

    Parameters
    ----------
    seed : sequence of int
        The same futures are drawn for every question.
    """

    def __init__(
        self, case: Case, future: Future, effect: EffortEffect, seed: Sequence[int]
    ) -> None:
        self.case, self.future, self.effect, self.seed = case, future, effect, seed
        self.wide = program_unit(case, future, effect.mean)
        self._twins: dict[float | None, Twin] = {}
        unit = with_allowed(self.wide)
        self.whatif = WhatIf(
            unit_problem(unit, case.settings, future),
            future.months,
            observed=self.wide.unit,
            under=lambda log_hr: program_unit(case, future, log_hr).unit,
            capped=case.settings.levers.caseload_max is not None,
        )

    def saved(self, answer: Answer, other: Policy) -> Array:
        """Cash saved against another policy in the answer's world, shape (R,)."""
        mine, others = self.pair(answer, other)
        saved: Array = (others.cash - mine.cash).sum(1)
        return saved

    def pair(
        self, answer: Answer, other: Policy
    ) -> tuple[SimulatedCourse, SimulatedCourse]:
        """Run an answer and another policy through the same futures of its world."""
        rng = np.random.default_rng([*self.seed, 1])
        twin = self._twin(answer.change, answer)
        return simulate_pair(twin, answer.policy, other, rng, PAIRS)

    def _twin(self, change: Change, answer: Answer) -> Twin:
        """Put the twin in the world of an answer, with the same draws for all."""
        if change.log_hr not in self._twins:
            wide, effect = self.wide, self.effect
            if change.log_hr is not None:
                wide = program_unit(self.case, self.future, change.log_hr)
                effect = replace(effect, mean=change.log_hr, sd=0.0, df=np.inf)
            rng = np.random.default_rng([*self.seed, 0])
            made = unit_twin(self.case, self.future, effect, wide, rng)
            self._twins[change.log_hr] = made
        twin = self._twins[change.log_hr]
        stock = twin.stock.copy()
        more = (change.inflow - 1) * twin.inflow[:, :, 0].mean(0)
        stock[:, 0] = np.maximum(stock[:, 0] + np.rint(more).astype(stock.dtype), 0)
        return replace(
            twin,
            unit=answer.unit,
            stock=stock,
            inflow=change.inflow * twin.inflow,
            benefit=change.benefit * twin.benefit,
        )


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


def answer_to(desk: Desk, text: str) -> Answer:
    """Answer one question of one unit, as the command line does.

    Raises
    ------
    InputError
        The question cannot be read.
    InfeasibleError
        The limits forbid it.
    """
    report = Report()
    question = read_questions([text], {})[0]
    change = change_of(question, desk.case, desk.wide.unit, desk.future, report)
    report.stop_if_faulty()
    return desk.whatif.ask(change)


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
