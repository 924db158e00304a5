"""A level of its own for every segment in every duration band of the exit model.

The hazard of the exit model is a curve in log month, so that predicted exits equal
observed ones over all months together and not within a band of them. Steps make them
equal there too: with a free indicator of segment s and band b, the score equation of
destination j is

    sum over cells of s in b of (observed exits to j - predicted) = ridge * step,

nought to rounding. Where exits are few a prior draws the step towards nought, which is
the curve fitted without steps. Every segment and band has its indicator, the first band
too: were one left out, whatever a prior takes from a band of few would be given to it.
A segment's exits over all its bands are therefore exact only where each band's are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .cells import Cells
from .covariates import Covariates
from .domain import Array, Flags, Ints

#: How far log months that are means over a cell may lie below the start of their band.
ROUNDING = 1e-9


class Steps(NamedTuple):
    """Segments by duration bands, E = S * B steps in that order; none as it comes.

    Attributes
    ----------
    starts : int array of shape (B - 1,)
        Elapsed months in which a band begins; the first band begins at 0.
    segments : int array of shape (S - 1,)
        Covariate columns of the segments but the commonest.
    """

    starts: Ints
    segments: Ints

    @classmethod
    def of(
        cls, starts: Sequence[int] | Ints, covariates: Covariates, segment: str
    ) -> "Steps":
        """Place the steps; without a segment column of levels all are one segment."""
        column = covariates.columns.get(segment)
        named = column is not None and column.kind == "level"
        places = np.r_[covariates.places()[segment]] if named else []
        return cls(np.array(starts, dtype=np.intp), np.array(places, dtype=np.intp))

    @property
    def bands(self) -> int:
        """How many duration bands there are, B; 0 where there are no steps."""
        return len(self.starts) + 1 if len(self.starts) else 0

    @property
    def size(self) -> int:
        """How many steps there are, E."""
        return (len(self.segments) + 1) * self.bands

    def columns(self, logs: Array, covariates: Array) -> Flags:
        """Tell the step of n rows by log month and covariates, (n, E)."""
        if not self.size:
            return np.zeros((len(logs), 0), dtype=bool)
        step: Flags = self._codes(logs, covariates)[:, None] == np.arange(self.size)
        return step

    def exits(self, cells: Cells, logs: Array, covariates: Array) -> Array:
        """Count the exits by step and destination, (E, J).

        Parameters
        ----------
        logs : array of shape (B,)
            Log month of each duration band of the cells.
        covariates : array of shape (C, P)
            Columns of each pattern.
        """
        left = cells.counts[:, 1:]
        table = np.zeros((self.size, left.shape[1]))
        if self.size:
            codes = self._codes(logs[cells.band], covariates[cells.pattern])
            np.add.at(table, codes, left)
        return table

    def among(self, kept: Flags) -> Flags:
        """Which steps stay, (E,), where some covariate columns (P,) do."""
        segments = np.r_[True, kept[self.segments]]
        return np.repeat(segments, self.bands)

    def _codes(self, logs: Array, covariates: Array) -> Ints:
        segment = covariates[:, self.segments] @ np.arange(1.0, len(self.segments) + 1)
        begins = np.log1p(self.starts) - ROUNDING
        band = np.searchsorted(begins, logs, side="right")
        return segment.astype(np.intp) * self.bands + band


def checked_bands(bands: Sequence[int] | None) -> Ints:
    """Elapsed months in which duration bands begin, but the first; none for None.

    Raises
    ------
    ValueError
        Not whole months that rise from 1 or later.
    """
    if bands is None:
        return np.zeros(0, dtype=np.intp)
    starts = np.array(bands) if isinstance(bands, Sequence | np.ndarray) else None
    if (
        starts is None
        or starts.ndim != 1
        or not len(starts)
        or starts.dtype.kind not in "iu"
        or starts[0] < 1
        or (np.diff(starts) <= 0).any()
    ):
        raise ValueError(
            "bands must be None or the whole months, rising from 1 or later, in which "
            f"duration bands begin, such as (3, 6, 12, 24, 48); got {bands!r}"
        )
    return starts.astype(np.intp)
