"""One unit ready for questions: its program, and its twin for intervals."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..models.domain import Array
from ..models.effect import EffortEffect
from ..optimisation.policy import Policy
from ..optimisation.side import SimulatedCourse
from ..optimisation.twin import Twin, simulate_pair
from ..optimisation.whatif import Answer, WhatIf
from .asking import read_questions
from .case import Case
from .faults import Report
from .futures import Future
from .planning import program_unit, unit_problem, unit_twin, with_allowed
from .resolving import change_of

#: Replications of two courses as a pair, for the interval of their difference.
PAIRS = 500


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
        twin = self._twin(answer)
        return simulate_pair(twin, answer.policy, other, rng, PAIRS)

    def _twin(self, answer: Answer) -> Twin:
        """Put the twin in the world of an answer, with the same draws for all."""
        change = answer.change
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
