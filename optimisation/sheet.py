"""A PuLP problem being written: columns and rows, found by index and named by key.

Expressions are dictionaries handed to PuLP as they are: adding terms one by one takes
several times as long. PuLP rewrites names such as ``cap[0]``, so the place of every
row and column is kept as an integer index and no name is ever parsed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pulp
from numpy.typing import NDArray
from scipy import sparse

from ..models.domain import Array
from .optimum import Rows

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

    def bounded(self, key: str, limit: str, tag: str, most: Array) -> Index:
        """Write columns from 0 to a bound, month by month, the bound with its name."""
        made = [
            self.column(f"{key}[{tag}{t}]", 0, high, limit=f"{limit}[{tag}{t}]")
            for t, high in enumerate(most.tolist())
        ]
        return np.array(made, dtype=np.int64)

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


def assembled(
    parts: tuple[list[float], list[int], list[int]],
    row_bounds: tuple[list[float], list[float]],
    column_bounds: tuple[list[float | None], list[float | None]],
    cost: Mapping[int, float],
) -> Rows:
    """Make arrays of a program that was written row by row.

    Parameters
    ----------
    parts : (values, columns, starts)
        Of the rows, compressed.
    row_bounds, column_bounds : (low, high)
        None, PuLP's word for no bound, stands for a column without one.
    cost : mapping of column to SEK
    """
    values, at, starts = parts
    low, high = (np.array(side, float) for side in column_bounds)
    costs = np.zeros(len(low))
    costs[list(cost)] = list(cost.values())
    matrix = sparse.csr_matrix(
        (np.array(values, float), np.array(at, np.int32), np.array(starts)),
        shape=(len(starts) - 1, len(low)),
    )
    return Rows(
        matrix=matrix,
        row_low=np.array(row_bounds[0], float),
        row_high=np.array(row_bounds[1], float),
        low=np.nan_to_num(low, nan=-np.inf),
        high=np.nan_to_num(high, nan=np.inf),
        cost=costs,
    )


def lifted(lp: Any, columns: Sequence[Any]) -> Rows:
    """Read a PuLP problem into arrays, columns in the order given."""
    place = {column: i for i, column in enumerate(columns)}
    at: list[int] = []
    values: list[float] = []
    starts, low, high = [0], [], []
    for row in lp.constraints():
        at.extend(map(place.__getitem__, row.keys()))
        values.extend(row.values())
        starts.append(len(at))
        low.append(-np.inf if row.sense == pulp.LpConstraintLE else -row.constant)
        high.append(np.inf if row.sense == pulp.LpConstraintGE else -row.constant)
    cost = {place[column]: value for column, value in lp.objective.items()}
    bounds = [c.lowBound for c in columns], [c.upBound for c in columns]
    return assembled((values, at, starts), (low, high), bounds, cost)
