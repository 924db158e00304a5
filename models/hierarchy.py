"""Which series are sums of which: a total, levels of groups, and the bottom series.

With b[t] the bottom series, every series of the hierarchy is y[t] = S b[t], S of zeros
and ones (Hyndman & Athanasopoulos 2021, ch. 11). Groups need not nest: a county and a
segment may cross.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .domain import Array

Codes = NDArray[np.int64]
TOTAL, BOTTOM = "total", "bottom"


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Sums of n bottom series, N series in all.

    Attributes
    ----------
    labels : tuple of str, length N
        Aggregates first, ``"total"``, ``"county=Dalarna"``, ``"state=A|purpose=Hol"``;
        bottom series last, in the order given.
    level : tuple of str, length N
        ``"total"``, ``"county"``, ``"state|purpose"``, ..., ``"bottom"``.
    sums : scipy.sparse.csr_array (N, n)
        1 where the bottom series is part of the series, else 0.
    """

    labels: tuple[str, ...]
    level: tuple[str, ...]
    sums: csr_array

    @classmethod
    def of(
        cls, keys: pd.DataFrame, levels: Sequence[Sequence[str]] | None = None
    ) -> "Hierarchy":
        """Group bottom series by their keys.

        Parameters
        ----------
        keys : DataFrame
            One row per bottom series, its label as index; one column per key.
        levels : sequence of sequences of column names, optional
            Each level groups by its columns, the upper ones first; one level per
            column if not given. The total always stands on top. A level that only
            repeats another one, the total or the bottom is left out.

        >>> keys = pd.DataFrame({"county": ["X", "X", "Y"]}, index=["a", "b", "c"])
        >>> Hierarchy.of(keys).labels
        ('total', 'county=X', 'county=Y', 'a', 'b', 'c')
        """
        n = len(keys)
        if n == 0 or keys.isna().any(axis=None):
            raise ValueError("keys must have a row per bottom series and no gaps")
        asked = [[str(c)] for c in keys.columns] if levels is None else levels
        labels: list[str] = []
        level: list[str] = []
        rows: list[Codes] = []
        # numbered by first appearance, equal groupings have equal codes
        seen = {np.arange(n, dtype=np.int64).tobytes()}
        for columns in ([], *asked):
            codes, names = _groups(keys, columns)
            if codes.tobytes() in seen:
                continue
            seen.add(codes.tobytes())
            rows.append(codes + len(labels))
            labels += names
            level += ["|".join(columns) or TOTAL] * len(names)
        rows.append(np.arange(n, dtype=np.int64) + len(labels))
        labels += [str(label) for label in keys.index]
        level += [BOTTOM] * n
        if len(set(labels)) < len(labels):
            raise ValueError("labels of series must differ from one another")
        where = (np.concatenate(rows), np.tile(np.arange(n), len(rows)))
        sums = csr_array((np.ones(n * len(rows)), where), shape=(len(labels), n))
        return cls(tuple(labels), tuple(level), sums)

    @property
    def n_bottom(self) -> int:
        """Number of bottom series."""
        return int(self.sums.shape[1])

    @property
    def n_aggregates(self) -> int:
        """Number of series that are sums of others."""
        return len(self.labels) - self.n_bottom

    def aggregate(self, values: Array) -> Array:
        """Every series from the bottom ones.

        Parameters
        ----------
        values : array (..., n, T)

        Returns
        -------
        array (..., N, T)
            NaN where any part is NaN.
        """
        values = np.asarray(values, dtype=float)
        if values.ndim < 2 or values.shape[-2] != self.n_bottom:
            raise ValueError(
                f"values must have shape (..., {self.n_bottom}, T), got {values.shape}"
            )
        return fold(self.sums @ unfold(values), values.shape)


def unfold(values: Array) -> Array:
    """Series first and all else behind: (..., n, T) as (n, ...)."""
    return np.moveaxis(values, -2, 0).reshape(values.shape[-2], -1)


def fold(table: Array, shape: tuple[int, ...]) -> Array:
    """Undo `unfold` of an array of `shape`, whose series may be others by now."""
    folded = table.reshape(len(table), *shape[:-2], shape[-1])
    return np.ascontiguousarray(np.moveaxis(folded, 0, -2))


def _groups(keys: pd.DataFrame, columns: Sequence[str]) -> tuple[Codes, list[str]]:
    """Group of every row, numbered by first appearance, and the groups' labels."""
    if not columns:
        return np.zeros(len(keys), dtype=np.int64), [TOTAL]
    parts = [[f"{name}={value}" for value in keys[name]] for name in columns]
    labels = ["|".join(row) for row in zip(*parts, strict=True)]
    codes, names = pd.factorize(np.array(labels, dtype=object))
    return codes.astype(np.int64), [str(name) for name in names]
