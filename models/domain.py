"""The words of the field as types: what every other room speaks.

Months are month-start timestamps. Money is SEK, undeflated. A case is one open
household; persons are never counted as cases.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]

#: Where a household goes when it leaves assistance (Swedish: avslutsorsak).
DESTINATIONS = (
    "work",
    "sickness_compensation",
    "activity_support",
    "studies",
    "moved",
    "other",
)


class StockIs(StrEnum):
    """What a register's monthly `stock` counts.

    The risk set of month t is open at its start plus new in it (`served`).
    """

    START = "start"
    SERVED = "served"
    END = "end"


class Severity(StrEnum):
    """A fault stops a run; a warning is said and widens."""

    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the input: where, what, and what to do.

    Attributes
    ----------
    rule : str
        Stable name of the broken rule, e.g. ``"negative_count"``.
    message : str
        What is wrong, in the reader's language, with the value got.
    remedy : str
        What to do about it, in the reader's language.
    file, column, value : str
        Where it is and what stood there. Never a personnummer.
    row : int or None
        Line of the file as an editor counts it (header = 1).
    """

    rule: str
    message: str
    remedy: str
    severity: Severity = Severity.FAULT
    file: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""


class BemannaError(Exception):
    """Root of every error that bemanna raises on purpose."""


class InputError(BemannaError):
    """The user's input is wrong; every fault found is in `faults`."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{f.file} {f.message}".strip() for f in faults))


class InfeasibleError(BemannaError):
    """No plan satisfies every limit; `conflict` names rows that clash."""

    def __init__(self, message: str, conflict: list[str]) -> None:
        self.conflict = tuple(conflict)
        super().__init__(message)


class SolverError(BemannaError):
    """The solver gave no proven optimum by any route tried."""


@dataclass(frozen=True)
class Interval:
    """A mean that never travels without its interval.

    Attributes
    ----------
    mean, low, high : float
        In the unit of the quantity; `low` and `high` bound `level` of the draws.
    level : float
        Probability inside, 0.8 unless said.
    """

    mean: float
    low: float
    high: float
    level: float = 0.8

    @classmethod
    def of(cls, draws: Array, level: float = 0.8) -> "Interval":
        """Mean and equal-tailed interval of draws, shape (n,).

        >>> Interval.of(np.arange(101.0)).mean
        50.0
        """
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        return cls(float(np.mean(draws)), float(low), float(high), level)


@dataclass(frozen=True)
class Paths:
    """Uncertain monthly futures of several series, in one suit.

    A point forecast is the mean of its paths, never a separate thing.

    Attributes
    ----------
    values : array of shape (n_paths, n_units, n_months)
    labels : tuple of str, length n_units
    months : pandas.DatetimeIndex, length n_months
        Month starts.
    unit : str
        What one unit of `values` is, e.g. ``"households"`` or ``"SEK"``.
    """

    values: Array
    labels: tuple[str, ...]
    months: pd.DatetimeIndex
    unit: str

    def __post_init__(self) -> None:
        expected = (len(self.labels), len(self.months))
        if self.values.ndim != 3 or self.values.shape[1:] != expected:
            raise ValueError(
                f"values must have shape (n_paths, {expected[0]}, {expected[1]}), "
                f"got {self.values.shape}"
            )

    def mean(self) -> Array:
        """Point forecast, shape (n_units, n_months)."""
        mean: Array = self.values.mean(axis=0)
        return mean

    def quantile(self, q: float) -> Array:
        """Pathwise quantile per unit and month, shape (n_units, n_months)."""
        return np.quantile(self.values, q, axis=0)

    def total(self, label: str = "total") -> "Paths":
        """Sum over units, path by path, so that the sum keeps its own interval."""
        return replace(
            self, values=self.values.sum(axis=1, keepdims=True), labels=(label,)
        )

    def frame(self, levels: tuple[int, ...] = (80, 95)) -> pd.DataFrame:
        """Long table `unique_id, ds, mean, lo-80, hi-80, ...`."""
        columns = {"mean": self.mean()}
        for level in levels:
            columns[f"lo-{level}"] = self.quantile(0.5 - level / 200)
            columns[f"hi-{level}"] = self.quantile(0.5 + level / 200)
        index = pd.MultiIndex.from_product(
            [self.labels, self.months], names=["unique_id", "ds"]
        )
        data = {name: table.ravel() for name, table in columns.items()}
        return pd.DataFrame(data, index=index).reset_index()
