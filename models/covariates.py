"""What is known about a household, as columns of numbers for the exit model.

Text, categories and truth values become levels (one column each but for the commonest,
from which sparse levels borrow); numbers enter linearly, optionally with hinges at
their quartiles; cases per handler enter as a logarithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .domain import Array, Fault, InputError

#: A number with more distinct values than this is collapsed to so many groups.
GROUPS = 128
Encoded = dict[str, NDArray]


@dataclass(frozen=True)
class Column:
    """One learned covariate.

    Attributes
    ----------
    kind : {"level", "number", "caseload"}
    levels : tuple of str
        Commonest first (kind "level").
    centre, scale : float
        Of the number, or of its logarithm (kind "caseload": scale 1).
    knots : tuple of float
        Hinges, in standard units (kind "number").
    """

    kind: Literal["level", "number", "caseload"]
    levels: tuple[str, ...] = ()
    centre: float = 0.0
    scale: float = 1.0
    knots: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns in the design."""
        return len(self.levels) - 1 if self.levels else 1 + len(self.knots)

    def features(self, values: NDArray) -> Array:
        """Columns of the design, shape (n, k)."""
        if self.kind == "level":
            dummies: Array = np.eye(len(self.levels))[values][:, 1:]
            return dummies
        numbers = np.log(values) if self.kind == "caseload" else values
        z = (numbers - self.centre) / self.scale
        hinges = [np.maximum(z - knot, 0) for knot in self.knots]
        return np.column_stack([z, *hinges])


@dataclass(frozen=True)
class Covariates:
    """The learned columns, in the order in which they were given."""

    columns: dict[str, Column] = field(default_factory=dict)

    @classmethod
    def learn(
        cls,
        X: pd.DataFrame,
        months: Array,
        caseload: str,
        reference: float | None,
        numeric: Literal["linear", "spline"],
    ) -> "Covariates":
        """Learn levels and scales from rows that weigh as many months as they last."""
        columns = {}
        for name in X.columns:
            values = _values(X[name], str(name))
            if name == caseload:
                if values.dtype == object or not (values > 0).all():
                    raise InputError(
                        [_fault(str(name), "cases per handler must be above 0")]
                    )
                centre = float(np.average(np.log(values), weights=months))
                if reference is not None:
                    centre = float(np.log(reference))
                columns[str(name)] = Column("caseload", centre=centre)
            elif values.dtype == object:
                codes, levels = pd.factorize(values, sort=True)
                often = np.argsort(-np.bincount(codes, months), kind="stable")
                columns[str(name)] = Column("level", tuple(levels[often].tolist()))
            else:
                centre = float(np.average(values, weights=months))
                scale = float(
                    np.sqrt(np.average((values - centre) ** 2, weights=months))
                )
                scale = scale if scale > 1e-12 * (1 + abs(centre)) else 1.0
                knots: tuple[float, ...] = ()
                if numeric == "spline" and len(np.unique(values)) > 8:
                    knots = _knots(values, months, centre, scale)
                columns[str(name)] = Column("number", (), centre, scale, knots)
        return cls(columns)

    def encode(self, X: pd.DataFrame) -> Encoded:
        """Level codes or numbers by column, each of shape (n,).

        Raises
        ------
        ValueError
            A column is missing, or a level was never seen in training.
        """
        absent = [name for name in self.columns if name not in X.columns]
        if absent:
            raise ValueError(f"X lacks {', '.join(absent)}, which the model learned")
        encoded = {}
        for name, column in self.columns.items():
            values = _values(X[name], name)
            if column.kind == "level":
                # every level is looked up once, not once a row
                row, found = pd.factorize(values)
                codes = pd.Index(column.levels).get_indexer(pd.Index(found.astype(str)))
                codes = codes[row]
                if (codes < 0).any():
                    new = ", ".join(sorted(set(values[codes < 0].astype(str)))[:5])
                    raise ValueError(f"{name} {new} was never seen in training")
                encoded[name] = codes
            elif values.dtype == object:
                raise ValueError(f"{name} must be numbers, as in training")
            else:
                encoded[name] = values
        return encoded

    @property
    def width(self) -> int:
        """Columns of the design, P."""
        return sum(column.width for column in self.columns.values())

    def places(self) -> dict[str, slice]:
        """Where each covariate stands among the P columns."""
        places, start = {}, 0
        for name, column in self.columns.items():
            places[name] = slice(start, start + column.width)
            start += column.width
        return places

    def design(self, encoded: Mapping[str, NDArray], n: int) -> Array:
        """All covariate columns side by side, shape (n, P)."""
        parts = [c.features(encoded[name]) for name, c in self.columns.items()]
        return np.column_stack(parts) if parts else np.zeros((n, 0))

    def patterns(self, encoded: Encoded, n: int) -> tuple[NDArray[np.int64], Encoded]:
        """Code every row by its covariates; numbers in at most `GROUPS` groups.

        Returns
        -------
        code : int array of shape (n,)
        table : dict of arrays of shape (n_patterns,)
            The covariates of each pattern.
        """
        code = np.zeros(n, dtype=np.int64)
        for name, column in self.columns.items():
            values = encoded[name]
            group = values if column.kind == "level" else _groups(values)
            code = pd.factorize(code * (int(group.max()) + 1) + group)[0]
        count = np.bincount(code)
        first = np.zeros(len(count), dtype=np.int64)
        first[code[::-1]] = np.arange(n)[::-1]
        table = {
            name: values[first]
            if self.columns[name].kind == "level"
            else np.bincount(code, values) / count
            for name, values in encoded.items()
        }
        return code, table


def _knots(
    values: Array, months: Array, centre: float, scale: float
) -> tuple[float, ...]:
    """Quartiles by household-month, in standard units of a tenth: nobody's value."""
    shares = [0.25, 0.5, 0.75]
    quartiles = np.quantile(values, shares, weights=months, method="inverted_cdf")
    knots = np.unique(np.round((quartiles - centre) / scale, 1))
    return tuple(knots[knots > (values.min() - centre) / scale].tolist())


def _groups(values: Array) -> NDArray[np.int64]:
    distinct, group = np.unique(values, return_inverse=True)
    if len(distinct) > GROUPS:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, GROUPS + 1)[1:-1]))
        group = np.searchsorted(edges, values, side="right")
    return np.asarray(group, dtype=np.int64)


def _values(column: pd.Series, name: str) -> NDArray:
    """Floats, or text as objects. Missing values are the user's to resolve."""
    if column.isna().any():
        raise InputError([_fault(name, "has missing values; give them a level")])
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        raise ValueError(f"{name} is a date; give its season or trend instead")
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = column.cat.categories.astype(str).to_numpy(dtype=object)
        return names[column.cat.codes.to_numpy()]
    if pd.api.types.is_bool_dtype(column.dtype) or not pd.api.types.is_numeric_dtype(
        column.dtype
    ):
        return column.astype(str).to_numpy(dtype=object)
    values = column.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise InputError([_fault(name, "must be finite")])
    return values


def _fault(name: str, message: str) -> Fault:
    return Fault(
        "covariate",
        f"{name}: {message}",
        "correct or leave out the column",
        column=name,
    )
