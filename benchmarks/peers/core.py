"""The core staffing program of one unit as arrays, and as one sparse matrix.

Costs and coefficients come ready, so that no route is slowed by arithmetic. Symbols are
those of `optimisation/formulation.py`.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from scipy import sparse

#: Columns beside cases served, in order: J, h, f, o.
STAFF = 4


@dataclass(frozen=True)
class Core:
    """A program without returns, levers, budgets or scenarios.

    Attributes
    ----------
    p : array (S, D, T, L)
        Monthly exit probability.
    a : array (S, D)
        Share of those who stay that pass to the next bucket.
    n0, A : array (S, D), (S, T)
        Cases of month 0, and new ones.
    effort : array (S, T, L)
        Handler-months per case, w / K.
    above : array (L,)
        1/K - 1/K_floor.
    present, intake : array (T,)
        Share of a handler's time that is there; handler-months of intake.
    lost : array (R,)
        Share of a hire's time not there k months after arrival.
    hire_max, release_max : array (T,)
    x, J, h, f, o : array (S, D, T, L) and (T,)
        Discounted costs, the value after the horizon among them.
    tau, J0 : float
        Turnover, and handlers before month 0.
    """

    p: np.ndarray
    a: np.ndarray
    n0: np.ndarray
    A: np.ndarray
    effort: np.ndarray
    above: np.ndarray
    present: np.ndarray
    intake: np.ndarray
    lost: np.ndarray
    hire_max: np.ndarray
    release_max: np.ndarray
    x: np.ndarray
    J: np.ndarray
    h: np.ndarray
    f: np.ndarray
    o: np.ndarray
    tau: float
    J0: float

    @classmethod
    def read(cls, path: Path) -> "Core":
        """Read a file of arrays."""
        with np.load(path) as file:
            found = {field.name: file[field.name] for field in fields(cls)}
        single = {name: float(found[name]) for name in ("tau", "J0")}
        return cls(**{**found, **single})

    @property
    def shape(self) -> tuple[int, ...]:
        """(S, D, T, L)."""
        return self.p.shape


@dataclass(frozen=True)
class Matrix:
    """Minimise c x over low <= x <= high and row_low <= rows x <= row_high."""

    c: np.ndarray
    rows: sparse.csr_matrix
    row_low: np.ndarray
    row_high: np.ndarray
    low: np.ndarray
    high: np.ndarray


def matrix(core: Core) -> Matrix:
    """Write the program with whole arrays, for solvers that take a matrix."""
    S, D, T, L = core.shape
    x = np.arange(S * D * T * L).reshape(S, D, T, L)
    J, h, f, o = x.size + np.arange(STAFF * T).reshape(STAFF, T)
    bal = np.arange(S * D * T).reshape(S, D, T)
    head, cap = bal.size + np.arange(2 * T).reshape(2, T)
    fair = bal.size + 2 * T + np.arange(S * T).reshape(S, 1, T, 1)
    entries: list[tuple[np.ndarray, ...]] = []

    def put(rows: np.ndarray, columns: np.ndarray, values: np.ndarray | float) -> None:
        parts = np.broadcast_arrays(rows, columns, values)
        entries.append(tuple(part.ravel() for part in parts))

    left = 1 - core.p[:, :, :-1]
    a = core.a[:, :, None, None]
    put(bal[..., None], x, 1.0)
    put(bal[:, :, 1:, None], x[:, :, :-1], -left * (1 - a))
    put(bal[:, 1:, 1:, None], x[:, :-1, :-1], -(left * a)[:, :-1])
    put(head, J, 1.0)
    put(head, h, -1.0)
    put(head, f, 1.0)
    put(head[1:], J[:-1], core.tau - 1)
    put(cap[:, None], x, core.effort[:, None])
    put(cap, J, -core.present)
    put(cap, o, -1.0)
    for k, lost in enumerate(core.lost[:T].tolist()):
        put(cap[k:], h[: T - k], core.present[k:] * lost)
    put(fair, x, core.above)
    at_rows, at_columns, values = map(np.concatenate, zip(*entries, strict=True))
    size = (fair.max() + 1, x.size + STAFF * T)
    new = np.zeros((S, D, T))
    new[:, 0], new[:, :, 0] = core.A, core.n0
    start = np.zeros(T)
    start[0] = core.J0
    equal = [new.ravel(), start]
    low, high = np.zeros(size[1]), np.full(size[1], np.inf)
    high[h], high[f] = core.hire_max, core.release_max
    return Matrix(
        c=np.concatenate([core.x.ravel(), core.J, core.h, core.f, core.o]),
        rows=sparse.csr_matrix((values, (at_rows, at_columns)), shape=size),
        row_low=np.concatenate([*equal, np.full(T, -np.inf), np.zeros(S * T)]),
        row_high=np.concatenate([*equal, -core.intake, np.full(S * T, np.inf)]),
        low=low,
        high=high,
    )
