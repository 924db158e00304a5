"""Handlers as people: hired whole, slow at first, leaving by chance."""

import numpy as np
from scipy.stats import binom

from ..models.domain import Array
from .problem import Unit

_TINY = 1e-9


class Workforce:
    """Handlers by months since they were hired, in every replication.

    Parameters
    ----------
    unit : Unit
    replications : int
    """

    def __init__(self, unit: Unit, replications: int) -> None:
        self.unit = unit
        self.tenure = np.zeros((replications, len(unit.ramp) + 1))
        self.tenure[:, -1] = unit.handlers
        self.productivity = np.append(unit.ramp, 1.0)

    def leave(self, luck: Array, cases: Array) -> None:
        """Whole people leave by chance, and the others grow a month older.

        Parameters
        ----------
        cases : array (R,)
            Of handlers in the month, where turnover follows the caseload.
        luck : array (2, R, len(ramp) + 1)
            Uniform numbers in (0, 1]: for full-time posts, and for the part-time
            post that is one person more.
        """
        leaving, by_case = self.unit.strain.leaving(self.unit.turnover)
        share = np.full((len(self.tenure), 1), leaving)
        if by_case:
            load = cases / np.maximum(self.handlers, _TINY)
            share = np.minimum(leaving + by_case * load, 1.0)[:, None]
        whole = np.floor(self.tenure + 1e-9)
        gone = binom.ppf(luck[0], whole, share)
        gone += (self.tenure - whole) * (luck[1] <= share)
        self.tenure = np.maximum(self.tenure - gone, 0.0)
        if self.tenure.shape[1] > 1:
            older = np.zeros_like(self.tenure)
            older[:, 1:] = self.tenure[:, :-1]
            older[:, -1] += self.tenure[:, -1]
            self.tenure = older

    def change(self, hires: Array, releases: Array) -> Array:
        """Hire and release, the experienced first; return how many went, (R,)."""
        self.tenure[:, 0] += hires
        went = np.minimum(releases, self.handlers)
        still = went.copy()
        for column in self.tenure.T[::-1]:
            part = np.minimum(still, column)
            column -= part
            still -= part
        return went

    @property
    def handlers(self) -> Array:
        """Employed, shape (R,)."""
        handlers: Array = self.tenure.sum(1)
        return handlers

    def present(self, month: int, cases: Array) -> Array:
        """Effective handler-months with so many cases (R,), shape (R,)."""
        absent, by_case = self.unit.strain.absent(self.unit.absence)
        able = self.tenure @ self.productivity
        present: Array = (1 - self.unit.absence[month]) * able
        if by_case[month]:  # who is absent because of the caseload is not learning
            more = self.unit.absence[month] - absent[month]
            present = present + more * self.handlers - by_case[month] * cases
        return present
