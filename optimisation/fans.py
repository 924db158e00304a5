"""How far a course may spread: months of the simulated futures as quantiles."""

from dataclasses import dataclass

import numpy as np

from ..models.domain import Array
from .side import SimulatedCourse

#: Ends of an 80 % interval, and the middle.
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Fan:
    """Quantiles of a course month by month, rows in the order of `QUANTILES`.

    Attributes
    ----------
    cases, handlers : array (3, T)
    cash : array (3, T)
        SEK paid out, undiscounted, added up since the first month.
    """

    cases: Array
    handlers: Array
    cash: Array

    @classmethod
    def of(cls, course: SimulatedCourse) -> "Fan":
        """Read replications."""
        spread = (course.cases, course.handlers, course.cash.cumsum(1))
        return cls(*(np.quantile(values, QUANTILES, axis=0) for values in spread))
