"""What every model of spells can tell once it has learnt: predictions and scores."""

from abc import abstractmethod
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .cells import Rows, aalen_johansen, check_rows, recode
from .covariates import Encoded
from .domain import DESTINATIONS, Array
from .exit_design import Counts, Design, count_rows
from .logit import BLOCK
from .segment_hazards import SegmentHazards


class SpellHazards(SegmentHazards):
    """Predictions of single households, from a design of covariates and log month.

    Attributes
    ----------
    design_ : Design
    at_risk_, exits_ : arrays of shape (M,) and (M, J)
        Household-months and exits by elapsed month.
    """

    destinations: tuple[str, ...] | None
    design_: Design
    at_risk_: Array
    exits_: Array

    @abstractmethod
    def _hazard(self, design: Array) -> Array:
        """Exit probabilities of rows of the design, (n, J)."""

    def predict_hazard(self, X: pd.DataFrame, elapsed: ArrayLike = 0) -> Array:
        """Exit probability in elapsed month `elapsed`, shape (n, J)."""
        check_is_fitted(self)
        return self._hazards(self.design_.covariates.encode(X), len(X), elapsed)

    def cumulative_incidence(
        self, X: pd.DataFrame, horizon: int, elapsed: ArrayLike = 0
    ) -> Array:
        """Probability of having left to j within 1..horizon, (n, horizon, J)."""
        check_is_fitted(self)
        encoded = self.design_.covariates.encode(X)  # once, not every month
        start = np.broadcast_to(np.asarray(elapsed), len(X))
        left = np.zeros((len(X), horizon, len(self.destinations_)))
        stay = np.ones(len(X))
        for month in range(horizon):
            hazard = self._hazards(encoded, len(X), start + month)
            left[:, month] = stay[:, None] * hazard
            stay = stay * (1 - hazard.sum(1))
        return left.cumsum(1)

    def predict_survival(
        self, X: pd.DataFrame, horizon: int, elapsed: ArrayLike = 0
    ) -> Array:
        """Probability of still being on assistance after 1..horizon, (n, horizon)."""
        survival: Array = 1 - self.cumulative_incidence(X, horizon, elapsed).sum(2)
        return survival

    def marginal(self) -> pd.DataFrame:
        """Aalen-Johansen estimate without covariates, the reference to look at."""
        check_is_fitted(self)
        return aalen_johansen(self.at_risk_, self.exits_, self.destinations_)

    def score(self, X: pd.DataFrame, y: pd.DataFrame) -> float:
        """Mean log-likelihood per household-month; higher is better."""
        months = float((y["stop"] - y["entry"]).sum())
        everyone = np.zeros(len(X), dtype=np.intp)
        return float(self.log_likelihood(X, y, everyone).sum() / months)

    def log_likelihood(
        self, X: pd.DataFrame, y: pd.DataFrame, groups: ArrayLike
    ) -> pd.Series:
        """Log-likelihood by group; `groups` as in `observed_expected`."""
        data, share = self._cell_hazard(X, y, groups)
        cells = data.counted.cells
        stay = 1 - share.sum(1, keepdims=True)
        chances = np.maximum(np.column_stack([stay, share]), 1e-300)
        each = (cells.counts * np.log(chances)).sum(1)
        group = pd.Index(data.group[cells.pattern], name="group")
        return pd.Series(each, index=group).groupby(level=0).sum()

    def observed_expected(
        self, X: pd.DataFrame, y: pd.DataFrame, groups: ArrayLike
    ) -> pd.DataFrame:
        """Observed and expected exits by group.

        Parameters
        ----------
        groups : int array of shape (n,)
            Code >= 0 of each row.

        Returns
        -------
        frame indexed by group with columns observed, expected, months, and
        observed_<destination>, expected_<destination>
        """
        data, share = self._cell_hazard(X, y, groups)
        return data.against(share, self.destinations_)

    def expected_cells(self, X: pd.DataFrame, y: pd.DataFrame) -> pd.DataFrame:
        """Household-months and exits of every cell, beside what is expected of it.

        Returns
        -------
        frame with columns months, observed, expected, one row per cell
        """
        data, share = self._cell_hazard(X, y)
        counts = data.counted.cells.counts
        months = counts.sum(1)
        return pd.DataFrame(
            {
                "months": months,
                "observed": counts[:, 1:].sum(1),
                "expected": months * share.sum(1),
            }
        )

    def _known(self) -> tuple[str, ...]:
        return DESTINATIONS if self.destinations is None else tuple(self.destinations)

    def _check(self, X: pd.DataFrame, y: pd.DataFrame) -> Rows:
        if len(X) != len(y):
            raise ValueError(f"X has {len(X)} rows and y {len(y)}")
        return check_rows(y, self._known())

    def _cell_hazard(
        self, X: pd.DataFrame, y: pd.DataFrame, groups: ArrayLike | None = None
    ) -> tuple[Counts, Array]:
        """Cells of new rows and their hazards, shape (C, J)."""
        check_is_fitted(self)
        data = count_rows(
            self.design_.covariates,
            X,
            recode(self._check(X, y), self._known(), self.destinations_),
            self.destinations_,
            groups,
            self.at_risk_,
            self.design_.steps.starts,
        )
        parts = [
            self._hazard(self.design_.rows(*data.places(part)))
            for part in data.parts(BLOCK)
        ]
        return data, np.concatenate(parts)

    def _hazards(self, encoded: Encoded, n: int, elapsed: ArrayLike) -> Array:
        """Exit probabilities of n households, (n, J)."""
        parts = [self._hazard(part) for part in self._blocks(encoded, n, elapsed)]
        none = np.zeros((0, len(self.destinations_)))
        return np.concatenate(parts) if parts else none

    def _blocks(self, encoded: Encoded, n: int, elapsed: ArrayLike) -> Iterator[Array]:
        """Design of n new households, some rows at a time."""
        months = np.broadcast_to(np.asarray(elapsed, dtype=float), n)
        if len(months) and not (months >= 0).all():
            raise ValueError("elapsed months must be >= 0")
        for start in range(0, n, BLOCK):
            part = slice(start, min(start + BLOCK, n))
            some = {name: values[part] for name, values in encoded.items()}
            columns = self.design_.covariates.design(some, part.stop - part.start)
            yield self.design_.rows(np.log1p(months[part]), columns)
