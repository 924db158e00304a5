"""Minimum-trace reconciliation: forecasts of parts and of sums that agree.

Base forecasts of a hierarchy do not add up. With C y = 0 for every y that does, and W
the covariance of the base forecasts' errors,

    y~ = y - W C' (C W C')^-1 C y

has the least variance of all unbiased coherent forecasts (Wickramasuriya,
Athanasopoulos & Hyndman 2019): the errors are regressed on the incoherence. W comes
from errors at the steps that are forecast, so from few and dependent windows, and is
therefore shrunk twice,

    W = D [a T + (1 - a) R] D,    T = c I + (1 - c) B,

D the errors' sizes, R their sample correlations and B these averaged over all pairs of
the same two levels. B holds what the levels have in common, most of all that all parts
miss to the same side; as an average over permutations it is positive semidefinite like
R. `a` is that of Schafer & Strimmer (2005), `c` the oracle's with the estimate put in
(as Chen et al. 2010); both count only the months that the autocorrelation leaves.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag, cho_factor, cho_solve
from scipy.sparse import diags_array, eye_array, hstack

from .domain import Array
from .hierarchy import Hierarchy, fold, unfold

#: No variance is below this part of the mean one per bottom series.
LEAST_VARIANCE = 1e-6
#: Sample correlations of few months are singular: some shrinkage stays.
LEAST_SHRINKAGE = 0.01
#: Tries in a row of changing all offenders at once, and tries in all.
PATIENCE, MOST_TRIES = 3, 500


class Correlation(NamedTuple):
    """Correlations of N series as diagonal plus F core F', never written out.

    Attributes
    ----------
    diagonal : array (N,)
    factors : array (N, k)
    core : array (k, k)
    pairs, levels : float
        Shrinkage `a` of the pairs' correlations and `c` of the levels', in [0, 1].
    """

    diagonal: Array
    factors: Array
    core: Array
    pairs: float
    levels: float


@dataclass(frozen=True, eq=False)
class MinT:
    """Reconciliation of a hierarchy with n bottom series and A sums.

    Attributes
    ----------
    hierarchy : Hierarchy
    gain : array (n, A)
        Bottom forecasts move by minus this times the incoherence of the sums.
    covariance : array (n, n)
        Of the errors of the reconciled bottom forecasts.
    shrinkage : tuple of float
        Of the pairs' correlations and of the levels', in [0, 1].
    """

    hierarchy: Hierarchy
    gain: Array
    covariance: Array
    shrinkage: tuple[float, float]

    @classmethod
    def learn(
        cls, hierarchy: Hierarchy, errors: Array, apart: int | None = None
    ) -> "MinT":
        """Learn the weights from a backtest.

        Parameters
        ----------
        hierarchy : Hierarchy
        errors : array (windows, N, horizon)
            Actual minus base forecast, in the series' unit, by origin and step; NaN
            where not known. Not centred: a bias that lasts is to be weighed too.
        apart : int, optional
            Months between origins; the horizon if not given. Windows that overlap
            count as the months that they span.
        """
        errors = np.asarray(errors, dtype=float)
        if errors.ndim != 3 or errors.shape[1] != len(hierarchy.labels):
            raise ValueError(
                f"errors must have shape (windows, {len(hierarchy.labels)}, horizon), "
                f"got {errors.shape}"
            )
        size = np.sqrt(variances(hierarchy, errors))
        overlap = min(apart or errors.shape[2], errors.shape[2])
        shrunk = correlation(hierarchy, errors / size[:, None], overlap)
        n, a = hierarchy.n_bottom, hierarchy.n_aggregates
        factors = shrunk.factors * size[:, None]
        own = shrunk.diagonal * size**2
        bottom = factors[a:] @ shrunk.core
        covariance = bottom @ factors[a:].T
        covariance[np.diag_indices(n)] += own[a:]
        shrinkage = (shrunk.pairs, shrunk.levels)
        if not a:
            return cls(hierarchy, np.zeros((n, 0)), covariance, shrinkage)
        constraint = hstack([eye_array(a), -hierarchy.sums[:a]], format="csr")
        seen = constraint @ factors
        spread = (constraint @ diags_array(own) @ constraint.T).toarray()
        spread += seen @ shrunk.core @ seen.T
        cross = bottom @ seen.T - own[a:, None] * hierarchy.sums[:a].T.toarray()
        # sums of thousands stand beside empty ones: solve on one scale
        scale = np.sqrt(np.diag(spread))
        factor = cho_factor(spread / np.outer(scale, scale), lower=True)
        gain = (cho_solve(factor, (cross / scale).T) / scale[:, None]).T
        covariance -= gain @ cross.T
        return cls(hierarchy, gain, (covariance + covariance.T) / 2, shrinkage)

    @property
    def projection(self) -> Array:
        """Bottom forecasts from all base ones before negatives are met, (n, N)."""
        a = self.hierarchy.n_aggregates
        bottom = np.eye(self.hierarchy.n_bottom)
        bottom += self.gain @ self.hierarchy.sums[:a].toarray()
        return np.hstack([-self.gain, bottom])

    def reconcile(self, values: Array) -> Array:
        """Make forecasts coherent and non-negative.

        Parameters
        ----------
        values : array (N, H) or (..., N, H)
            Base forecasts. A table is taken as means: where some would fall below 0,
            they are the non-negative ones nearest in the metric of the errors, exactly
            (Wickramasuriya, Turlach & Hyndman 2020). More axes are taken as paths:
            negative bottom values become 0 and the others of the same path and month
            shrink in proportion, so that the reconciled total stays (0 if negative).

        Returns
        -------
        array of the same shape
            Sums of its own bottom series.
        """
        values = np.asarray(values, dtype=float)
        expected = len(self.hierarchy.labels)
        if values.ndim < 2 or values.shape[-2] != expected:
            raise ValueError(
                f"values must have shape (..., {expected}, H), got {values.shape}"
            )
        if not np.isfinite(values).all():
            raise ValueError("base forecasts must be finite")
        a = self.hierarchy.n_aggregates
        table = unfold(values)
        incoherence = table[:a] - self.hierarchy.sums[:a] @ table[a:]
        bottom = table[a:] - self.gain @ incoherence
        if values.ndim == 2:
            for column in np.flatnonzero((bottom < 0).any(0)):
                bottom[:, column] = nearest(bottom[:, column], self.covariance)
        else:
            bottom = keep_total(bottom)
        return fold(self.hierarchy.sums @ bottom, values.shape)


def variances(hierarchy: Hierarchy, errors: Array) -> Array:
    """Mean square of the known errors (windows, N, horizon); without any, by size."""
    known = np.isfinite(errors)
    count = known.sum((0, 2))
    below = np.asarray(hierarchy.sums.sum(1), dtype=float)
    square = (np.where(known, errors, 0) ** 2).sum((0, 2)) / np.maximum(count, 1)
    each = float((square / below)[count > 0].mean()) if count.any() else 0.0
    if each == 0:
        return below
    floor = LEAST_VARIANCE * each * below
    return np.where(count > 0, np.maximum(square, floor), each * below)


def correlation(hierarchy: Hierarchy, errors: Array, apart: int) -> Correlation:
    """Shrunk correlations of standardised errors (windows, N, horizon)."""
    z = errors.transpose(1, 0, 2)
    known = np.isfinite(z)
    z = np.where(known, z, 0)
    known &= (z != 0).any((1, 2), keepdims=True)
    months = int(known.any(0).sum())
    count = np.maximum(known.sum((1, 2)), 1)
    # rows of length 1, so that R = flat flat'; a series without error stays 0 in it
    flat = z.reshape(len(z), -1) / np.sqrt(count)[:, None]
    length = (flat**2).sum(1)
    names, code = np.unique(np.array(hierarchy.level), return_inverse=True)
    member = np.eye(len(names))[code]
    many = member.sum(0)
    pairs = np.outer(many, many) - np.diag(many)
    shared = member.T @ flat
    mean = shared @ shared.T - np.diag(member.T @ length)
    mean /= np.maximum(pairs, 1)

    common = (shared / many[:, None]).reshape(len(names), *z.shape[1:])
    seen = np.broadcast_to(known.any(0), common.shape)
    c = level_shrinkage(common, independent(common, seen, apart))
    target = (1 - c) * mean
    square = ((flat.T @ flat) ** 2).sum() - (length**2).sum()
    distance = square + (pairs * target * (target - 2 * mean)).sum()
    products = ((flat**2).sum(0) ** 2).sum() - (flat**4).sum()
    counted = independent(z, known, apart)
    a = 1.0
    if counted > 1 and distance > 0:
        noise = (months * products - square) / (counted - 1)
        a = float(np.clip(noise / distance, LEAST_SHRINKAGE, 1))
    factors = np.hstack([member, flat])
    core = block_diag(a * target, (1 - a) * np.eye(flat.shape[1]))
    return Correlation(
        1 - ((factors @ core) * factors).sum(1), factors, core, pairs=a, levels=c
    )


def independent(z: Array, known: NDArray[np.bool_], apart: int) -> float:
    """Months / (1 + 2 sum (1 - l / H) r[l]^2), what products of errors are worth.

    Parameters
    ----------
    z : array (n, windows, H)
        0 where not known.
    known : bool array (n, windows, H)
    apart : int
        Months between windows, at most H.
    """
    windows, steps = z.shape[1:]
    size = np.sqrt((z**2).sum((1, 2)) / np.maximum(known.sum((1, 2)), 1))
    z = z / np.where(size > 0, size, 1)[:, None, None]
    lags, r = np.arange(1, steps), np.zeros(steps - 1)
    for lag in lags:
        both = (known[:, :, lag:] & known[:, :, :-lag]).sum()
        r[lag - 1] = (z[:, :, lag:] * z[:, :, :-lag]).sum() / max(both, 1)
    spanned = ((windows - 1) * apart + steps) / (windows * steps)
    months = known.any(0).sum() * spanned
    return float(months / (1 + 2 * ((1 - lags / steps) * r**2).sum()))


def level_shrinkage(common: Array, counted: float) -> float:
    """Noise as a part of the moments of each level's mean error (levels, windows, H).

    The noise is the Gaussian one of `counted` independent months.
    """
    flat = common.reshape(len(common), -1)
    moments = flat @ flat.T
    own = np.diag(moments)
    signal = float((moments**2).sum())
    if signal == 0 or counted <= 0:
        return 1.0
    noise = float((np.outer(own, own) + moments**2).sum()) / counted
    return noise / (noise + signal)


def nearest(bottom: Array, covariance: Array) -> Array:
    """Non-negative vector nearest to `bottom` (n,) in the metric of covariance (n, n).

    It is b + V m with m >= 0 only where it is 0. The set of zeros is sought by
    changing all offenders at once, one at a time when that stops helping (block
    principal pivoting, Judice & Pires 1994): finite, and one solve per try.
    """
    scale = np.sqrt(np.diag(covariance))
    v = covariance / np.outer(scale, scale)
    b = bottom / scale
    zero = b < 0
    least = 1e-10 * (1 + np.abs(b).max())
    fewest, patience = len(b) + 1, PATIENCE
    for _ in range(MOST_TRIES):
        at = np.flatnonzero(zero)
        push = cho_solve(cho_factor(v[np.ix_(at, at)], lower=True), -b[at])
        moved = b + v[:, at] @ push
        moved[at] = 0
        offends = moved < -least
        offends[at] = push < -least
        offenders = np.flatnonzero(offends)
        if not len(offenders):
            return np.array(moved.clip(0) * scale)
        if len(offenders) < fewest:
            fewest, patience = len(offenders), PATIENCE
        elif patience:
            patience -= 1
        else:
            offenders = offenders[-1:]
        zero[offenders] ^= True
    return keep_total(bottom[:, None])[:, 0]


def keep_total(bottom: Array) -> Array:
    """Set negatives of (n, k) to 0 and shrink the rest to the same sum over n."""
    kept: Array = np.maximum(bottom, 0)
    total, above = np.maximum(bottom.sum(0), 0), kept.sum(0)
    kept *= total / np.where(above > 0, above, 1)
    return kept
