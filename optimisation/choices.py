"""A few yes-or-no columns, tried one choice at a time.

A robot and a change of process are three linear programs, each started from the one
before. Branch and bound takes some ten times as long for the same proof.
"""

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..models.domain import Array
from .optimum import Optimum, Rows, cheapest

#: Most columns: eight programs.
FEW = 3


def best_choice(resident: Any) -> Optimum | None:
    """Solve for every choice, and give the cheapest plan, which is then proven.

    Parameters
    ----------
    resident : solver.Resident

    Returns
    -------
    Optimum or None
        None where columns are many or no yes-or-no, or no choice has a plan.
    """
    rows, at = resident.rows, np.flatnonzero(resident.whole)
    low, high = np.ceil(rows.low[at]), np.floor(rows.high[at])
    if len(at) > FEW or not ((high - low == 0) | (high - low == 1)).all():
        return None
    with resident.fractions():
        trials = (resident.hold(at, c, c) for c in _allowed(rows, at, low, high))
        return cheapest(trials, lambda: resident.linear(explain=False))


def _allowed(rows: Rows, at: NDArray[np.intp], low: Array, high: Array) -> list[Array]:
    """Values of the columns that no row of them alone forbids."""
    part, entries = rows.matrix[:, at], np.diff(rows.matrix.indptr)
    alone = (np.diff(part.tocsr().indptr) == entries) & (entries > 0)
    part, least, most = part.tocsr()[alone], rows.row_low[alone], rows.row_high[alone]
    ends = zip(low.tolist(), high.tolist(), strict=True)
    choices = [np.array(c) for c in product(*(sorted({a, b}) for a, b in ends))]
    return [
        choice
        for choice in choices
        if (least <= part @ choice).all() and (part @ choice <= most).all()
    ]
