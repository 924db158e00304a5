"""Scaling by powers of two, which loses no digit."""

from typing import Any

import numpy as np
from scipy import sparse

from ..models.domain import Array


def row_scale(matrix: Any) -> Array:
    """Powers of two that bring the largest entry of each row (k,) to about one."""
    return power_of_two(1.0, abs(matrix).max(axis=1).toarray().ravel())


def scaled(matrix: Any, scale: Array) -> Any:
    """Rows of a sparse matrix times a scale (k,)."""
    each = np.repeat(scale, np.diff(matrix.indptr))
    parts = matrix.data * each, matrix.indices, matrix.indptr
    return sparse.csr_matrix(parts, shape=matrix.shape)


def power_of_two(wanted: float, size: Array) -> Array:
    """Powers of two that bring sizes to at most `wanted`, and to more than half."""
    some = np.where(size > 0, size, wanted)
    power: Array = 2.0 ** np.floor(np.log2(wanted / some))
    return power
