"""The rounds of `national`: prices asked, answers learnt, until the gap is closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ..models.domain import Array, InfeasibleError, SolverError
from .curvature import Curvature
from .municipality import Answer, Municipality
from .nationalmaster import PriceMaster, Proposal, Round
from .problem import Budget

_ROUNDS = 200
#: How much wider the box gets where the best prices lie at its edge.
_WIDER = 3.0
#: At this price of a krona it is asked whether any plan keeps the budgets.
_DEAR = 30.0
#: What a quadratic step must bring, as a share of the tolerance.
_HOPE = 0.25
#: What a budget may be missed by, relative to the largest.
_MISSED = 1e-9
#: Prices are made as good as this, relative, whatever the tolerance: near the top
#: little changes from round to round, and municipalities answer in no time.
_FINE = 1e-6
_SHOWN = 8  # limits named in a message; the error carries them all


@dataclass(frozen=True)
class Found:
    """Where the rounds ended.

    Attributes
    ----------
    prices : array (B,)
        At which the bound is best.
    bound : float
        SEK.
    mix : Proposal
        Plans within the budgets.
    kept : list of Answer
        At the prices; empty where they were asked at before.
    gap : float
        (value of the mix - bound) / value of the mix.
    rounds : int
    """

    prices: Array
    bound: float
    mix: Proposal
    kept: list[Answer]
    gap: float
    rounds: int


@dataclass(frozen=True)
class Box:
    """Prices between `low` and `high` (B,)."""

    low: Array
    high: Array

    def to(self, high: Array) -> "Box":
        """Return the box with prices no higher than these."""
        return Box(self.low, np.minimum(self.high, high))

    def edge(self, prices: Array) -> NDArray[np.bool_]:
        """Where prices press against the box; nothing is below no price."""
        close = 1e-9 * (1 + prices)
        at_low = (prices <= self.low + close) & (self.low > 0)
        pressed: NDArray[np.bool_] = at_low | (prices >= self.high - close)
        return pressed


class Rounds:
    """Municipalities and a master, under some limits.

    Parameters
    ----------
    parts : sequence of Municipality
    master : PriceMaster
        That knows their plans at some prices at least.
    limits : array (B,)
        SEK.
    budgets : tuple of Budget
        For their names.
    curvature : Curvature
        What has been learnt, here or from other municipalities.
    """

    def __init__(
        self,
        parts: Sequence[Municipality],
        master: PriceMaster,
        limits: Array,
        budgets: tuple[Budget, ...],
        curvature: Curvature,
    ) -> None:
        self.parts, self.master, self.curvature = parts, master, curvature
        self.limits, self.budgets = limits, budgets
        #: A size that all that is spent is told by, so that curvature carries over.
        self._size = max(float(master.asked[0].spending.sum()), 1.0)
        master.under(limits)

    def ask(self, prices: Array) -> list[Answer]:
        """Let all answer at some prices (B,), and the master learn."""
        answers = [part.answer(prices) for part in self.parts]
        self.master.learn(prices, answers)
        return answers

    def known(self, tolerance: float) -> Found | None:
        """Find the plan among what has been answered already; None if it is not."""
        best, at = self.master.best()
        box = Box(np.zeros_like(at.prices), np.full_like(at.prices, _DEAR))
        mix = self.master.propose(box.low, box.high)
        gap = self._gap(mix, best)
        if box.edge(mix.prices).any() or gap > tolerance:
            return None
        return Found(at.prices, best, mix, [], max(gap, 0.0), 0)

    @staticmethod
    def _gap(mix: Proposal, best: float) -> float:
        return (mix.value - best) / max(abs(mix.value), np.finfo(float).tiny)

    def run(self, radius: float, tolerance: float, *, settle: bool = False) -> Found:
        """Ask the municipalities, and the master, until the gap is closed.

        Parameters
        ----------
        radius : float
            Half of the first box, relative to 1 + price.
        tolerance : float
            Largest gap.
        settle : bool
            Prices are enough: stop where they seem to be best.

        Raises
        ------
        InfeasibleError, SolverError
        """
        best, at = self.master.best()
        most, wide = np.full(len(at.prices), _DEAR), radius * (1 + at.prices)
        kept: list[Answer] = []
        fresh, failed = True, False
        for done in range(_ROUNDS):
            worth = min(tolerance, _FINE) * abs(best)
            top = self._top(at, worth)
            if top is None and fresh:  # the top is here, and plans about it are wanted
                wide = np.minimum(
                    wide, self.curvature.within(_HOPE * worth / self._size)
                )
            top = None if failed else top
            box = Box(np.maximum(0.0, at.prices - wide), most).to(at.prices + wide)
            mix = self.master.propose(box.low, box.high)
            gap, edge = self._gap(mix, best), box.edge(mix.prices)
            settled = settle and top is None and self.curvature.known and not failed
            if settled or (gap <= tolerance and not edge.any()):
                return Found(at.prices, best, mix, kept, max(gap, 0.0), done)
            if (edge & (mix.prices >= most)).any():
                self.check()
                most = np.full(len(most), np.inf)
            answers = self.ask(mix.prices if top is None else np.minimum(top, most))
            now = self.master.asked[-1]
            fell = (at.spending - now.spending) / self._size
            self.curvature.learn(now.prices - at.prices, fell)
            bound, at = self.master.best()
            if top is None and edge.any() and (bound > best or gap <= tolerance):
                wide = wide * _WIDER
            failed = top is not None and bound - best < _HOPE * worth
            fresh = top is not None and not failed
            if bound > best:
                best, kept = bound, answers
        raise SolverError(f"after {_ROUNDS} rounds the gap is still {gap:.1e}")

    def _top(self, at: Round, worth: float) -> Array | None:
        """Prices where the bound is likely highest, if more than a little is gained."""
        slope = (at.spending - self.limits) / self._size
        top = self.curvature.best(at.prices, slope)
        if top is None or slope @ (top - at.prices) * self._size < _HOPE * worth:
            return None
        return top

    def check(self) -> None:
        """Refuse budgets that no mix of plans keeps; teach the master one that does.

        Phase one: the same rounds without costs, where prices of at most one make the
        master's value what is lacking.
        """
        master = self.master
        free = [replace(plan, cost=0.0) for plan in master.plans]
        lacking = PriceMaster(self.limits, free, master.of)
        little = _MISSED * np.abs(self.limits).max(initial=1.0)
        low, high = np.zeros(len(self.limits)), np.ones(len(self.limits))
        for _ in range(_ROUNDS):
            mix = lacking.propose(low, high)
            if mix.value <= little:
                return
            answers = [part.answer(mix.prices, own=0.0) for part in self.parts]
            bound = sum(each.value for each in answers) - mix.prices @ self.limits
            if bound > little:
                self._refuse(mix.prices, float(bound), answers)
            plans = dict(enumerate(answer.column for answer in answers))
            master.take(plans)
            lacking.take({k: replace(plan, cost=0.0) for k, plan in plans.items()})
        raise SolverError("no answer to whether any plan keeps the budgets")

    def _refuse(self, prices: Array, lacking: float, answers: list[Answer]) -> NoReturn:
        """Say by what the budgets are missed and what holds spending up."""
        which = np.flatnonzero(prices > _MISSED).tolist()
        names = [f"budget[{i}]" for i in which]
        for part, answer in zip(self.parts, answers, strict=True):
            names += part.holding(answer, prices, own=0.0)
        names = list(dict.fromkeys(names))
        budgets = ", ".join(
            f"{self.budgets[i].label or names[n]} ({self.limits[i]:,.0f} SEK)"
            for n, i in enumerate(which)
        )
        shown = ", ".join(names[:_SHOWN])
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise InfeasibleError(
            f"no staffing keeps the budgets: {budgets}; at least {lacking:,.0f} SEK "
            f"are lacking. These cannot hold together: {shown}{more}",
            names,
        )


def known_at(
    parts: Sequence[Municipality], limits: Array, prices: Array
) -> PriceMaster:
    """Begin with what all do at some prices."""
    answers = [part.answer(prices) for part in parts]
    plans = [answer.column for answer in answers]
    master = PriceMaster(limits, plans, range(len(parts)))
    master.learn(prices, answers)
    return master
