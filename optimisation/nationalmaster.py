r"""The master of `national`: what a krona of each budget is worth, as far as is known.

Every plan j of a municipality k that has been met, with cost c and spending u (B,),
says that at prices lambda the municipality does with at most c + lambda u. The prices
are

    max  sum_k theta_k - lambda B
    s.t. theta_k <= c_kj + lambda u_kj      for every plan met           (weight w_kj)
         low <= lambda <= high

and where the box does not bind the weights, sum_j w_kj = 1, mix for each municipality a
plan of its own such that all together keep to the budgets: the dual of this program is
the restricted master of Dantzig and Wolfe (1960). Rows are added, never taken away, so
that the dual simplex goes on from the last optimum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..models.domain import Array
from .baresheet import BareSheet
from .municipality import Answer, Column
from .scaling import power_of_two
from .sheet import AT_MOST, Terms

#: A plan tells nothing new if it is cheaper by less than this, relative.
_NEWS = 1e-11


@dataclass(frozen=True)
class Round:
    """What all did at some prices.

    Attributes
    ----------
    prices : array (B,)
    value : float
        What they cost together at these prices, SEK.
    spending : array (B,)
        SEK.
    """

    prices: Array
    value: float
    spending: Array


@dataclass(frozen=True)
class Proposal:
    """Prices within a box, and the mix of plans that they go with.

    Attributes
    ----------
    prices : array (B,)
    value : float
        SEK: the model's optimum within the box.
    weights : array (n,)
        Of every plan met; they sum to one for each municipality.
    """

    prices: Array
    value: float
    weights: Array


class PriceMaster:
    """Prices of budgets by cutting planes.

    Parameters
    ----------
    limits : array (B,)
        SEK.
    plans : sequence of Column
        At least one of each municipality.
    of : sequence of int
        Whose each is.

    Attributes
    ----------
    plans, of : list
        Every plan met, and whose it is.
    asked : list of Round
        Prices at which all have answered.
    """

    def __init__(
        self, limits: Array, plans: Sequence[Column], of: Sequence[int]
    ) -> None:
        self.plans, self.of = list(plans), list(of)
        self.asked: list[Round] = []
        spent = np.ones(max(of) + 1)
        most = [np.abs(plan.spending).max(initial=0.0) for plan in plans]
        np.maximum.at(spent, self.of, most)
        #: Each municipality is told in a unit of its own size, a power of two SEK.
        self._unit = 1 / power_of_two(1.0, spent)
        sheet = BareSheet()
        for i in range(len(limits)):
            sheet.column(f"price[{i}]")
        for k in range(len(spent)):
            sheet.column(f"theta[{k}]", low=None)
        for j, (k, plan) in enumerate(zip(of, plans, strict=True)):
            terms: Terms = {i: -float(u) for i, u in enumerate(plan.spending) if u}
            terms[len(limits) + k] = float(self._unit[k])
            sheet.row(f"plan[{j}]", terms, AT_MOST, plan.cost)
        objective = dict(enumerate(np.append(limits, -self._unit).tolist()))
        self._highs = sheet.resident(objective)
        self._limits, self._prices = limits, np.arange(len(limits))

    def under(self, limits: Array) -> None:
        """Let the budgets be others; all that is known of the plans stays true."""
        self._limits = limits
        self._highs.reprice(self._prices, limits)

    def best(self) -> tuple[float, Round]:
        """Give the best bound on the optimum so far, SEK, and where it was found."""
        bounds = [each.value - each.prices @ self._limits for each in self.asked]
        best = int(np.argmax(bounds))
        return float(bounds[best]), self.asked[best]

    def learn(self, prices: Array, answers: Sequence[Answer]) -> None:
        """Take what all do at some prices; plans are kept where they are news."""
        plans = [answer.column for answer in answers]
        spending = np.array([plan.spending for plan in plans])
        told = np.array([plan.cost for plan in plans]) + spending @ prices
        known = np.full(len(plans), np.inf)
        before = np.array([plan.spending for plan in self.plans]) @ prices
        before += np.array([plan.cost for plan in self.plans])
        np.minimum.at(known, self.of, before)
        news = told < known - _NEWS * np.maximum(1.0, np.abs(known))
        self.take({int(k): plans[k] for k in np.flatnonzero(news)})
        value = float(sum(answer.value for answer in answers))
        self.asked.append(Round(prices, value, spending.sum(0)))

    def take(self, plans: Mapping[int, Column]) -> None:
        """Add a plan of some municipalities."""
        if not plans:
            return
        of = np.array(list(plans))
        spending = np.array([plan.spending for plan in plans.values()])
        width = len(self._prices)
        matrix = sparse.lil_matrix((len(of), width + len(self._unit)))
        matrix[:, :width] = -spending
        matrix[np.arange(len(of)), width + of] = self._unit[of]
        most = np.array([plan.cost for plan in plans.values()])
        self._highs.add(matrix.tocsr(), np.full(len(of), -np.inf), most)
        self.plans += plans.values()
        self.of += of.tolist()

    def propose(self, low: Array, high: Array) -> Proposal:
        """Find the best prices in a box (B,)."""
        self._highs.hold(self._prices, low, high)
        found = self._highs.optimum()
        weights = np.maximum(0.0, -found.duals)
        whole = np.bincount(self.of, weights)
        return Proposal(
            prices=found.primal[: len(low)],
            value=-found.objective,
            weights=weights / whole[self.of],
        )
