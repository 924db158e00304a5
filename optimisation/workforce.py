"""Handlers as people: hired whole, slow at first, leaving by chance."""

import numpy as np
from scipy.stats import binom

from ..models.domain import Array
from .problem import Unit


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

    def leave(self, luck: Array) -> None:
        """Whole people leave by chance, and the others grow a month older.

        Parameters
        ----------
        luck : array (2, R, len(ramp) + 1)
            Uniform numbers in (0, 1]: for full-time posts, and for the part-time
            post that is one person more.
        """
        whole = np.floor(self.tenure + 1e-9)
        gone = binom.ppf(luck[0], whole, self.unit.turnover)
        gone += (self.tenure - whole) * (luck[1] <= self.unit.turnover)
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

    def present(self, month: int) -> Array:
        """Effective handler-months, shape (R,)."""
        present: Array = (1 - self.unit.absence[month]) * (
            self.tenure @ self.productivity
        )
        return present
