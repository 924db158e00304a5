"""The master of `benders`: rows of staffing, and futures as their tangents so far."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from ..models.domain import Array
from .baresheet import BareSheet
from .costs import write_risk
from .problem import Problem
from .recourse import Tangent, decisions
from .rows import write_staff
from .sheet import Index

#: What a plan must keep from the edge beyond which there is none, relative.
_MARGIN = 1e-8


class Master:
    """Staffing under the risk measure, with a column for the cost of each future.

    Parameters
    ----------
    problem : Problem
        With scenarios.

    Attributes
    ----------
    low, high : array (n,)
        Bounds of the staffing, in the order of `recourse.decisions`.
    bounded : array (N,), bool
        Which scenarios have a bound on their cost.
    """

    def __init__(self, problem: Problem) -> None:
        unit = problem.scenarios[0].unit
        sheet, free = BareSheet(), np.full(unit.shape[2], np.nan)
        staff = write_staff(sheet, unit, free, free, "")
        self._costs = np.array(
            [
                sheet.column(f"cost[{k}]", low=None)
                for k in range(len(problem.scenarios))
            ]
        )
        chance = np.array([scenario.probability for scenario in problem.scenarios])
        costs = [{sheet.columns[i]: 1.0} for i in self._costs]
        objective, _ = write_risk(sheet, costs, chance, problem.cvar)
        self._highs, self._held = sheet.resident(objective), decisions(staff)
        rows, whole = self._highs.rows, self._highs.whole
        self.low, self.high = rows.low[self._held], rows.high[self._held]
        self.bounded = np.zeros(len(self._costs), dtype=bool)
        # a box would forbid whole steps; a lever is tried both ways in any case
        fraction = np.logical_not(whole[self._held])
        self._boxed = fraction & np.array(not unit.integer_hires)
        self._unit = 0.0

    def propose(self, centre: Array | None, radius: float) -> tuple[Array, float]:
        """Solve within a box around a staffing, or without one.

        Returns
        -------
        staffing : array (n,)
        model : float
            SEK; without a box a proven bound on every plan.
        """
        low, high = self.low, self.high
        if centre is not None:
            radii = np.where(self._boxed, radius, np.inf)
            low = np.maximum(low, centre - radii)
            high = np.minimum(high, centre + radii)
        self._highs.hold(self._held, low, high)
        found = self._highs.optimum()
        return found.primal[self._held], found.bound * self._unit

    def bound(self, k: int, cost: float) -> None:
        """Say what scenario k costs at least, SEK."""
        self._scale([cost])
        least = np.array([cost / self._unit])
        self._highs.hold(self._costs[[k]], least, np.array([np.inf]))
        self.bounded[k] = True

    def learn(self, of: Index, tangents: Sequence[Tangent]) -> None:
        """Add tangents, each with the scenario that it is of."""
        slopes = np.array([tangent.slope for tangent in tangents])
        values = np.array([tangent.value for tangent in tangents])
        feasible = np.array([tangent.feasible for tangent in tangents])
        met = np.array([tangent.staffing for tangent in tangents])
        self._scale(values[feasible])
        right = values - (slopes * met).sum(1) + np.where(feasible, 0, _MARGIN * values)
        # costs are told in the master's unit, what is lacking as it is
        scale = np.where(feasible, 1 / self._unit, 1.0)
        n, width = len(tangents), self._highs.rows.matrix.shape[1]
        matrix = sparse.lil_matrix((n, width))
        matrix[:, self._held] = -slopes * scale[:, None]
        matrix[np.arange(n), self._costs[of]] = feasible.astype(float)
        self._highs.add(matrix.tocsr(), right * scale, np.full(n, np.inf))
        self.bounded[of[feasible]] = True

    def _scale(self, costs: Sequence[float] | Array) -> None:
        """Choose, once, the power of two SEK that costs are told in."""
        if not self._unit:
            largest = float(np.abs(costs).max(initial=1.0))
            self._unit = float(2.0 ** np.floor(np.log2(largest)))
