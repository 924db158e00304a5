"""A challenger of the exit model: boosted trees on the same cells.

Whether a household leaves, and where to, are learnt apart,

    h_j(x, m) = P(leaves | x, m) P(to j | leaves, x, m),

each by histogram-based gradient boosting (scikit-learn) on cells weighted by their
household-months, so that cost and memory do not grow with the register. Trees find
interactions and bends that the logit was not told of. They know no standard error: it
is taken from forests fitted to registers drawn again, cell by cell.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from .caseload import MONTHS
from .domain import Array
from .exit_design import CENTRE, Counts
from .exit_tables import who
from .exits import ExitModel

#: A probability is kept this far from 0 and 1: a month without exits is no proof.
LEAST = 1e-6


class Forest(NamedTuple):
    """Trees that tell whether a household leaves, and where to.

    Attributes
    ----------
    leaves : HistGradientBoostingClassifier
    goes : HistGradientBoostingClassifier or None
        None with one destination.
    destinations : int
    """

    leaves: HistGradientBoostingClassifier
    goes: HistGradientBoostingClassifier | None
    destinations: int

    @classmethod
    def grow(
        cls, x: Array, counts: Array, trees: HistGradientBoostingClassifier
    ) -> "Forest":
        """Learn from cells x (C, P), counts (C, 1 + J) of stays and exits."""
        left = counts[:, 1:]
        some = np.column_stack([counts[:, 0], left.sum(1)])
        goes = _grown(x, left, trees) if (left.sum(0) > 0).sum() > 1 else None
        return cls(_grown(x, some, trees), goes, left.shape[1])

    def hazard(self, x: Array) -> Array:
        """Exit probabilities, (n, J)."""
        shares = np.full((len(x), self.destinations), LEAST)
        with threadpool_limits(limits=1):
            leaves = self.leaves.predict_proba(x)[:, 1:]
            if self.goes is not None:
                shares[:, self.goes.classes_] += self.goes.predict_proba(x)
        shares /= shares.sum(1, keepdims=True)
        hazard: Array = np.clip(leaves, LEAST, 1 - LEAST) * shares
        return hazard


def _grown(
    x: Array, counts: Array, trees: HistGradientBoostingClassifier
) -> HistGradientBoostingClassifier:
    """Classify cells, each as often as it was counted."""
    cell, kind = np.nonzero(counts)
    # cells are few: threads would only wait, and in a forked process never wake
    with threadpool_limits(limits=1):
        return clone(trees).fit(x[cell], kind, sample_weight=counts[cell, kind])


class BoostedExitModel(ExitModel):
    """Hazards of leaving assistance by boosted trees: a challenger of `ExitModel`.

    Parameters
    ----------
    rounds, leaves : int
        Trees, and leaves of each.
    learning_rate : float
    replicates : int
        Registers drawn again for the uncertainty of `draws`.
    seed : int
        Of those registers.
    **settings
        As `ExitModel`; what shapes its coefficients alone is without meaning here.

    Attributes
    ----------
    forest_ : Forest
    """

    def __init__(
        self,
        *,
        segment: str = "segment",
        caseload: str = "caseload",
        destinations: tuple[str, ...] | None = None,
        caseload_reference: float | None = None,
        rounds: int = 100,
        leaves: int = 8,
        learning_rate: float = 0.08,
        replicates: int = 12,
        seed: int = 1,
    ) -> None:
        super().__init__(
            segment=segment,
            caseload=caseload,
            destinations=destinations,
            caseload_reference=caseload_reference,
            over_time="segment",
            numeric="linear",
        )
        self.rounds = rounds
        self.leaves = leaves
        self.learning_rate = learning_rate
        self.replicates = replicates
        self.seed = seed

    def hazard_interval(
        self, X: pd.DataFrame, elapsed: ArrayLike = 0, level: float = 0.95
    ) -> pd.DataFrame:
        """Not offered: single households have no standard error here."""
        raise NotImplementedError("boosted trees give no interval of one household")

    def hazard_by_destination(
        self,
        segments: Sequence[str] | None = None,
        months: int = MONTHS,
        given: Mapping[str, object] | None = None,
    ) -> Array:
        """Mean hazard of each segment in elapsed months 0..M-1, shape (S, M, J)."""
        return self._mean_hazard(self.forest_, segments, months, given)

    def draws(
        self,
        rng: np.random.Generator,
        n: int,
        segments: Sequence[str] | None = None,
        months: int = MONTHS,
        given: Mapping[str, object] | None = None,
    ) -> Array:
        """Any-exit hazards under uncertainty, shape (n, S, M).

        Normal on the log odds, with the covariance of forests fitted again.
        """
        centre = logit(self.hazard_by_destination(segments, months, given).sum(-1))
        again = [
            logit(self._mean_hazard(forest, segments, months, given).sum(-1))
            for forest in self._again()
        ]
        apart = np.stack(again) - np.mean(again, axis=0)
        noise = rng.standard_normal((n, len(apart))) / np.sqrt(len(apart) - 1)
        drawn: Array = expit(centre + np.tensordot(noise, apart, axes=1))
        return drawn

    def _learn(self, data: Counts) -> None:
        """Grow the trees on cells."""
        cells = data.counted.cells
        x = self._features(self.design_.rows(*data.places(slice(None))))
        self._cells = x, cells.counts
        self.n_cells_ = len(x)
        self.forest_ = Forest.grow(x, cells.counts, self._trees())
        self.association_ = None

    def _trees(self) -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(
            max_iter=self.rounds,
            max_leaf_nodes=self.leaves,
            learning_rate=self.learning_rate,
            early_stopping=False,
        )

    def _again(self) -> Iterator[Forest]:
        """Grow forests on registers drawn again: every count as a Poisson number."""
        rng = np.random.default_rng(self.seed)
        x, counts = self._cells
        for _ in range(self.replicates):
            yield Forest.grow(x, rng.poisson(counts).astype(float), self._trees())

    def _features(self, design: Array) -> Array:
        """Log month and covariates of the whole design, without bends and slopes."""
        first, last = self.design_.first, self.design_.last
        return np.column_stack([design[:, 1], design[:, first:last]])

    def _hazard(self, design: Array) -> Array:
        return self.forest_.hazard(self._features(design))

    def _mean_hazard(
        self,
        forest: Forest,
        segments: Sequence[str] | None,
        months: int,
        given: Mapping[str, object] | None,
    ) -> Array:
        """Hazards averaged over who is in each segment, shape (S, M, J)."""
        codes = self._codes(segments)
        table, weights = self.mix_.of(self.design_, dict(given or {}))
        starts = self.mix_.starts
        elapsed = np.arange(months)
        band = np.searchsorted(starts, elapsed, side="right") - 1
        hazard = np.zeros((len(codes), months, len(self.destinations_)))
        for s, code in enumerate(codes):
            rows, shares = who(table, weights, self._segment, code)
            z = self.design_.covariates.design(rows, len(shares))
            logs = np.log1p(starts[: band.max() + 1]) - CENTRE
            x = np.column_stack([np.repeat(logs, len(z)), np.tile(z, (len(logs), 1))])
            by_band = forest.hazard(x).reshape(len(logs), len(z), -1)
            mean = np.einsum("bcj,cb->bj", by_band, shares[:, : len(logs)])
            hazard[s] = mean[band]
        return hazard
