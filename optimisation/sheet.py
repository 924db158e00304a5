"""A PuLP problem being written: columns and rows, found by index and named by key.

Expressions are dictionaries handed to PuLP as they are: adding terms one by one takes
several times as long. PuLP rewrites names such as ``cap[0]``, so the place of every
row and column is kept as an integer index and no name is ever parsed.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pulp
from numpy.typing import NDArray

from ..models.domain import Array

Index = NDArray[np.int64]
#: Coefficient by column; PuLP's variables hash by identity.
Terms = dict[Any, float]

EQUAL, AT_LEAST, AT_MOST = (
    pulp.LpConstraintEQ,
    pulp.LpConstraintGE,
    pulp.LpConstraintLE,
)
_LEGAL = str.maketrans({"[": "_", ",": "_", "]": None, "@": "_k", "#": "_u"})


class Sheet:
    """A PuLP problem being written: columns and rows in order, each with its key.

    Attributes
    ----------
    lp : pulp.LpProblem
    columns : list of pulp.LpVariable
    column_limits : list of str
        What to call the upper bound of a column where it is a culprit.
    row_keys : list of str
        ``cap[t]`` and so on, in the order of the rows.
    """

    def __init__(self, name: str) -> None:
        self.lp = pulp.LpProblem(name, pulp.LpMinimize)
        self.columns: list[Any] = []
        self.column_limits: list[str] = []
        self.row_keys: list[str] = []

    def column(
        self,
        key: str,
        low: float | None = 0.0,
        high: float | None = None,
        *,
        whole: bool = False,
        limit: str = "",
    ) -> int:
        """Write a column and return its index."""
        kind = pulp.LpInteger if whole else pulp.LpContinuous
        name = key.translate(_LEGAL)
        self.columns.append(self.lp.add_variable(name, low, high, kind))
        self.column_limits.append(limit)
        return len(self.columns) - 1

    def columns_of(self, keys: Iterable[str]) -> Index:
        """Write non-negative unbounded columns and return their indices."""
        return np.array([self.column(key) for key in keys], dtype=np.int64)

    def row(self, key: str, terms: Terms, sense: int, right: float) -> int:
        """Write a row and return its index."""
        expression = pulp.LpAffineExpression(terms)
        name = key.translate(_LEGAL)
        self.lp.addConstraint(pulp.LpConstraint(expression, sense, name, float(right)))
        self.row_keys.append(key)
        return len(self.row_keys) - 1

    def terms(self, indices: Index, values: Array) -> Terms:
        """Pair columns with their coefficients, without zeros."""
        columns = self.columns
        pairs = zip(indices.ravel().tolist(), values.ravel().tolist(), strict=True)
        return {columns[i]: value for i, value in pairs if value}
