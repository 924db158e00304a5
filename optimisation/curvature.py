r"""How a nation's spending falls as its prices rise, and the prices that follow.

The bound L(lambda) of `national` is concave and made of so many small facets that it
is as good as smooth; its slope is spending less the budgets. So prices are looked for
where a quadratic through what has been seen is highest,

    max  g d - d H d / 2    over lambda + d >= 0

with the slope g, and H learnt from pairs of prices and spending (damped BFGS; Nocedal
and Wright 2006, section 18.3). Cutting planes alone would halve the distance, and
halve it again; they still judge every step, and go on alone where this one promises
little.
"""

import numpy as np
from scipy.optimize import nnls

from ..models.domain import Array

#: Of the curvature that was thought, the least share that one step leaves.
_DAMPED = 0.2


class Curvature:
    """Second derivatives of the bound, as far as they are known."""

    def __init__(self) -> None:
        self.matrix: Array | None = None

    @property
    def known(self) -> bool:
        """Whether anything has been learnt."""
        return self.matrix is not None

    def learn(self, moved: Array, fell: Array) -> None:
        """Take a change of prices (B,), and how much spending fell by it (B,).

        Spending is told as a share of the budgets, so that what some municipalities
        teach holds for all.
        """
        along = float(moved @ fell)
        if self.matrix is None:
            if along <= 1e-12 * float(np.linalg.norm(moved) * np.linalg.norm(fell)):
                return  # no facet was left
            self.matrix = np.eye(len(moved)) * float(fell @ fell) / along
        before = self.matrix @ moved
        thought = float(moved @ before)
        if not thought > np.finfo(float).tiny:
            return  # nowhere, or along what is flat already
        if along < _DAMPED * thought:  # flatter than thought, and never quite flat
            share = (1 - _DAMPED) * thought / (thought - along)
            fell = share * fell + (1 - share) * before
            along = _DAMPED * thought
        self.matrix = (
            self.matrix
            - np.outer(before, before) / thought
            + np.outer(fell, fell) / along
        )

    def best(self, prices: Array, slope: Array) -> Array | None:
        """Find the top of the quadratic (B,); None where nothing is known."""
        if self.matrix is None:
            return None
        try:
            root = np.linalg.cholesky(self.matrix)
        except np.linalg.LinAlgError:
            return None
        goal = np.linalg.solve(root, slope + self.matrix @ prices)
        scale = float(np.abs(root).max())
        top: Array = nnls(root.T / scale, goal / scale)[0]
        return top

    def within(self, worth: float) -> Array | float:
        """Say how far off prices (B,) may be, each alone, at no more cost than this."""
        if self.matrix is None:
            return np.inf
        off: Array = np.sqrt(2 * worth / np.maximum(np.diag(self.matrix), 1e-12))
        return off
