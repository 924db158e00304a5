"""The sheet without PuLP: the same rows, for programs that are written by the hundred.

`rows` and `costs` write into a `Sheet`. Here columns are their own indices and rows go
straight into arrays, so that the one formulation also serves where the objects of PuLP
would cost more than the solve. Nothing can be exported from it.
"""

import numpy as np
import pulp

from .optimum import Rows
from .sheet import Sheet, Terms, assembled
from .solver import Resident


class BareSheet(Sheet):
    """A program being written into arrays.

    Attributes
    ----------
    columns : list of int
        Each its own index, where a `Sheet` has variables of PuLP.
    column_limits, row_keys : list of str
        As in `Sheet`.
    """

    def __init__(self) -> None:
        self.columns: list[int] = []
        self.column_limits: list[str] = []
        self.row_keys: list[str] = []
        # flat lists: tuples and branches would take as long as the rest
        self._low: list[float | None] = []
        self._high: list[float | None] = []
        self._whole: list[bool] = []
        self._at: list[int] = []
        self._values: list[float] = []
        self._starts = [0]
        self._least: list[float] = []
        self._most: list[float] = []

    def column(
        self,
        key: str,
        low: float | None = 0.0,
        high: float | None = None,
        *,
        whole: bool = False,
        limit: str = "",
    ) -> int:
        """Write a column and return its index; the key is not kept."""
        del key
        index = len(self.columns)
        self.columns.append(index)
        self.column_limits.append(limit)
        self._low.append(low)
        self._high.append(high)
        self._whole.append(whole)
        return index

    def row(self, key: str, terms: Terms, sense: int, right: float) -> int:
        """Write a row and return its index."""
        self._at.extend(terms.keys())
        self._values.extend(terms.values())
        self._starts.append(len(self._at))
        self._least.append(-np.inf if sense == pulp.LpConstraintLE else right)
        self._most.append(np.inf if sense == pulp.LpConstraintGE else right)
        self.row_keys.append(key)
        return len(self.row_keys) - 1

    def rows(self, objective: Terms) -> Rows:
        """Give the program as arrays."""
        parts = self._values, self._at, self._starts
        sides = self._least, self._most
        return assembled(parts, sides, (self._low, self._high), objective)

    def resident(self, objective: Terms, *, relax: bool = False) -> Resident:
        """Put the program into HiGHS; `relax` lets whole columns be fractions."""
        whole = np.array([each and not relax for each in self._whole], bool)
        return Resident.of(
            self.rows(objective), whole, self.column_limits, self.row_keys
        )
