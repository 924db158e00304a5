"""What the curve of the exit model leaves over, found by its score.

A first fit knows a curve in log month and what each covariate adds to it. Whatever it
leaves over is looked for in one pass over the cells: months in which exits heap, the
effect of a column that turns at a month, and two columns that matter together. With
residuals r and variances w of the cells, a term with values x has the score test (Rao
1948)

    z = sum x r / sqrt(V),    V = sum w x^2 - a' H^-1 a,    a = sum w x d,

where d are the columns that are in the model already and H = sum w d d'. The many terms
that there could be are first sorted by sum w x^2 in the place of V, which is quick and
understates z. Those that stand out from so many draws of noise enter, and `shrinkage`
draws them towards nought as far as they deserve.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cells import Counted
from .domain import Array, Flags, Ints

#: Terms that are looked at closely, and that enter, at most.
CLOSELY, MOST_TERMS = 60, 40
#: Months that are cells of their own, and so can have a level of their own.
SINGLE_MONTHS = 24


class Terms(NamedTuple):
    """Terms of the exit model beside its curve.

    Attributes
    ----------
    months : int array of shape (A,)
        Months (1-based) with a level of their own.
    turns : int array of shape (B, 2)
        A covariate column, and the month at which its effect turns.
    pairs : int array of shape (C, 2)
        Two covariate columns that matter together.
    """

    months: Ints
    turns: Ints
    pairs: Ints

    @classmethod
    def of(
        cls, months: ArrayLike = (), turns: ArrayLike = (), pairs: ArrayLike = ()
    ) -> "Terms":
        """Take lists; no terms at all where they are left out."""
        one, two, both = (np.asarray(a, dtype=np.intp) for a in (months, turns, pairs))
        return cls(one, two.reshape(-1, 2), both.reshape(-1, 2))

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many there are of each kind."""
        return len(self.months), len(self.turns), len(self.pairs)

    def some(self, kept: Flags) -> "Terms":
        """Keep some of the A + B + C terms."""
        a, b, _ = self.sizes
        months, turns, pairs = np.split(kept, [a, a + b])
        return Terms(self.months[months], self.turns[turns], self.pairs[pairs])

    def among(self, kept: Flags) -> tuple["Terms", Flags]:
        """Terms of some covariate columns (P,) only, in their new places.

        Returns
        -------
        terms : Terms
        stays : bool array of shape (A + B + C,)
            Which of the terms those are.
        """
        place = np.cumsum(kept) - 1
        turns, pairs = kept[self.turns[:, 0]], kept[self.pairs].all(1)
        column, month = self.turns[turns].T
        terms = Terms(
            self.months,
            np.column_stack([place[column], month]),
            place[self.pairs[pairs]],
        )
        return terms, np.r_[np.ones(len(self.months), dtype=bool), turns, pairs]

    def columns(self, logs: Array, covariates: Array) -> Array:
        """Give their values at log months and covariates of n rows, (n, A + B + C)."""
        column, month = self.turns.T
        return np.column_stack(
            [
                np.abs(logs[:, None] - np.log(self.months)) < 1e-6,
                covariates[:, column] * _after(logs, month),
                covariates[:, self.pairs[:, 0]] * covariates[:, self.pairs[:, 1]],
            ]
        )


def left_over(
    counted: Counted,
    logs: Array,
    covariates: Array,
    share: Array,
    owner: Ints,
    months: Array,
) -> tuple[Terms, int]:
    """Sort out the terms that a fit may leave over.

    Parameters
    ----------
    counted : Counted
    logs : array of shape (B,)
        Log month of each duration band.
    covariates : array of shape (C, P)
        Columns of each pattern.
    share : array of shape (cells, J)
        Hazard of each cell as fitted.
    owner : int array of shape (P,)
        Which covariate a column is of; columns below 0 enter no term.
    months : array of shape (K,)
        Where effects may turn.

    Returns
    -------
    terms : Terms
    tests : int
        How many were looked at, destination by destination.
    """
    cells = counted.cells
    total = cells.counts.sum(1, keepdims=True)
    both = np.stack([cells.counts[:, 1:] - total * share, total * share * (1 - share)])
    size, allowed = len(covariates), np.flatnonzero(owner >= 0)
    x = covariates[:, allowed]

    single = _sums(cells.band, both, len(logs))[:, :SINGLE_MONTHS]
    z_month = _z(single[0], single[1])
    z_turn = np.zeros((len(allowed), len(months)))
    for k, month in enumerate(months):
        after = _after(logs[cells.band], np.array([month]))
        weighed = np.stack([both[0] * after, both[1] * after**2])
        residual, variance = _sums(cells.pattern, weighed, size)
        z_turn[:, k] = _z(x.T @ residual, (x**2).T @ variance)
    residual, variance = _sums(cells.pattern, both, size)
    z_pair = np.zeros((len(allowed), len(allowed)))
    for j in range(residual.shape[1]):
        u = x.T @ (residual[:, j, None] * x)
        v = (x**2).T @ (variance[:, j, None] * x**2)
        z_pair = np.maximum(z_pair, _z(u[..., None], v[..., None]))
    other = owner[allowed][:, None] < owner[allowed]
    z_pair = np.where(other, z_pair, 0.0)

    every = np.concatenate([z_month, z_turn.ravel(), z_pair[other]])
    least = np.sort(every)[-CLOSELY - 1] if every.size > CLOSELY else 0.0
    turns, pairs = np.argwhere(z_turn > least), np.argwhere(z_pair > least)
    turned = np.column_stack([allowed[turns[:, 0]], months[turns[:, 1]]])
    terms = Terms.of(
        np.flatnonzero(z_month > least) + 1, turned.astype(int), allowed[pairs]
    )
    return terms, every.size * share.shape[1]


def standing_out(
    terms: Terms,
    tests: int,
    blocks: Iterable[tuple[Array, Array, Array, Array]],
    penalty: Array,
) -> Terms:
    """Terms whose z stands out from that of so many draws of noise.

    Parameters
    ----------
    blocks : iterable of (d, x, counts, share)
        Some cells at a time: columns in the model (n, P), values of the terms (n, E),
        counts (n, 1 + J) and hazards (n, J).
    penalty : array of shape (P, J)
    """
    p, j = penalty.shape
    size = sum(terms.sizes)
    score, own = np.zeros((2, j, size))
    across, inside = np.zeros((j, p, size)), np.zeros((j, p, p))
    for d, x, counts, share in blocks:
        total = counts.sum(1, keepdims=True)
        residual = counts[:, 1:] - total * share
        weight = total * share * (1 - share)
        score += residual.T @ x
        own += weight.T @ x**2
        for a in range(j):
            heavy = weight[:, a, None] * d
            across[a] += heavy.T @ x
            inside[a] += heavy.T @ d
    for a in range(j):
        inside[a][np.diag_indices(p)] += penalty[:, a]
        own[a] -= (across[a] * np.linalg.solve(inside[a], across[a])).sum(0)
    z = _z(score.T, own.T)
    # the largest of so many draws of noise (Donoho and Johnstone 1994)
    least = np.sqrt(2 * np.log(max(tests, 2)))
    most = np.sort(z)[-MOST_TERMS] if size > MOST_TERMS else 0.0
    return terms.some(z >= max(least, most))


def _after(logs: Array, months: NDArray) -> Array:
    """Log months by which rows lie after some months, (n, K)."""
    late: Array = np.maximum(logs[:, None] - np.log(months), 0)
    return late


def _sums(code: NDArray, values: Array, size: int) -> Array:
    """Sum values (2, n, J) by code, (2, size, J)."""
    sums = np.zeros((len(values), size, values.shape[2]))
    for part, total in zip(values, sums, strict=True):
        for j in range(part.shape[1]):
            total[:, j] = np.bincount(code, part[:, j], size)
    return sums


def _z(score: Array, variance: Array) -> Array:
    """Largest |z| over destinations, the last axis."""
    z = np.abs(score) / np.sqrt(np.maximum(variance, 1e-9))
    # a term of less than one expected exit says nothing
    largest: Array = np.where(variance >= 1, z, 0.0).max(-1)
    return largest
