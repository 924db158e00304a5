"""Cases per handler and months on assistance: the grids that a plan stands on.

A program cannot follow 120 single months, so months are grouped in buckets. The
buckets' exit and ageing shares are read off the stationary occupancy of the monthly
chain; the bucketed chain then has exactly the monthly chain's stationary stock,
exits and mean time on assistance.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .domain import Array

#: Elapsed months that are followed one by one; the last means "that long or longer".
MONTHS = 120


@dataclass(frozen=True)
class Buckets:
    """Groups of months on assistance.

    Attributes
    ----------
    starts : tuple of int
        First elapsed month (0-based) of each bucket, increasing from 0.

    Examples
    --------
    >>> Buckets().labels
    ('0-2', '3-5', '6-11', '12-23', '24+')
    >>> Buckets().of([0, 5, 400])
    array([0, 1, 4])
    """

    starts: tuple[int, ...] = (0, 3, 6, 12, 24)

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.starts, self.starts[1:], strict=False))
        if not self.starts or self.starts[0] != 0 or not rising:
            raise ValueError(f"starts must rise strictly from 0, got {self.starts}")

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def labels(self) -> tuple[str, ...]:
        """Elapsed months as text, `"0-2", ..., "24+"`."""
        ends = self.starts[1:]
        closed = [
            f"{a}-{b - 1}" if b - a > 1 else f"{a}"
            for a, b in zip(self.starts, ends, strict=False)
        ]
        return (*closed, f"{self.starts[-1]}+")

    def of(self, elapsed: ArrayLike) -> NDArray[np.intp]:
        """Bucket index of elapsed months, same shape."""
        months = np.asarray(elapsed)
        if months.size and months.min() < 0:
            raise ValueError(f"elapsed months must be >= 0, got {months.min()}")
        return np.searchsorted(np.array(self.starts), months, side="right") - 1


def effort_levels(lightest: float, heaviest: float, n: int) -> Array:
    """Caseloads equally spaced in effort 1/K, heaviest first.

    Parameters
    ----------
    lightest, heaviest : float
        Smallest and largest cases per handler, 0 < lightest <= heaviest.
    n : int
        Number of levels; 1 only where both bounds are equal.

    Returns
    -------
    array of shape (n,)
        Cases per handler, descending.

    Examples
    --------
    >>> effort_levels(30, 60, 3).round(6)
    array([60., 40., 30.])
    """
    if not 0 < lightest <= heaviest or not np.isfinite(heaviest):
        raise ValueError(
            f"caseloads must satisfy 0 < lightest <= heaviest, got {lightest}, "
            f"{heaviest}"
        )
    if n < 1 or (n == 1 and lightest != heaviest):
        raise ValueError(f"n must be at least 2 between two caseloads, got {n}")
    levels = 1.0 / np.linspace(1.0 / heaviest, 1.0 / lightest, n)
    levels[0], levels[-1] = heaviest, lightest  # bounds hold to the last digit
    return levels


def occupancy(hazard: Array, last: Literal["absorbing", "cut"] = "absorbing") -> Array:
    """Cases served by elapsed month when one new case comes every month.

    Parameters
    ----------
    hazard : array of shape (S, M)
        Monthly exit probability by elapsed month 0..M-1.
    last : {"absorbing", "cut"}
        "absorbing": the last month holds everyone of M-1 months or longer, at its
        own hazard. "cut": only those of exactly M-1 months.

    Returns
    -------
    array of shape (S, M)
        Stationary number of cases; a row sums to the mean months on assistance.
    """
    hazard = np.asarray(hazard, dtype=float)
    if hazard.ndim != 2 or np.any(~((hazard >= 0) & (hazard <= 1))):
        raise ValueError(
            f"hazard must have shape (S, M) and values in [0, 1], got {hazard.shape}"
        )
    served = np.ones_like(hazard)
    np.cumprod(1 - hazard[:, :-1], axis=1, out=served[:, 1:])
    if last == "absorbing":
        if np.any(hazard[:, -1] <= 0):
            raise ValueError("nobody leaves in the last month: the stock has no limit")
        served[:, -1] /= hazard[:, -1]
    return served


def observed_occupancy(
    elapsed: ArrayLike,
    segment: ArrayLike | None = None,
    n_segments: int = 1,
    months: int = MONTHS,
) -> Array:
    """Count open households by segment and elapsed month.

    Parameters
    ----------
    elapsed : int array of shape (n,)
        Months on assistance before this month, one household each.
    segment : int array of shape (n,), optional
        Segment code 0..n_segments-1; all in segment 0 where left out.
    months : int
        M; those of M-1 months or longer are counted in the last.

    Returns
    -------
    array of shape (n_segments, months)
    """
    month = np.minimum(np.asarray(elapsed, dtype=np.int64), months - 1)
    if month.size and month.min() < 0:
        raise ValueError(f"elapsed months must be >= 0, got {month.min()}")
    code = np.zeros_like(month) if segment is None else np.asarray(segment)
    if code.size and not 0 <= code.min() <= code.max() < n_segments:
        raise ValueError(f"segment codes must lie in 0..{n_segments - 1}")
    counts = np.bincount(code * months + month, minlength=n_segments * months)
    table: Array = counts.reshape(n_segments, months).astype(float)
    return table


def bucket_hazards(hazard: Array, occupancy: Array, buckets: Buckets) -> Array:
    """Exit probability of a bucket: the mean over those who are in it.

    Parameters
    ----------
    hazard : array of shape (S, M, ...)
        Monthly exit probability; further axes (caseload level, destination) stay.
    occupancy : array of shape (S, M)
        Cases by elapsed month, e.g. of `occupancy` or `observed_occupancy`.

    Returns
    -------
    array of shape (S, D, ...)
        A bucket that nobody occupies gets the plain mean of its months.
    """
    weight = _within(occupancy, buckets)
    mean: Array = np.einsum("sdm,sm...->sd...", weight, np.asarray(hazard, float))
    return mean


def bucket_ageing(hazard: Array, occupancy: Array, buckets: Buckets) -> Array:
    """Share of those who stay in a bucket that pass to the next.

    Estimated from who is in the bucket's last month, not as 1/width: where many
    leave early, fewer than 1/width have come that far.

    Parameters
    ----------
    hazard, occupancy : arrays of shape (S, M)

    Returns
    -------
    array of shape (S, D)
        Last bucket 0.
    """
    hazard = np.asarray(hazard, dtype=float)
    weight = _within(occupancy, buckets)
    stayers = np.einsum("sdm,sm->sdm", weight, 1 - hazard)
    stay = stayers.sum(-1)
    ends = np.array(buckets.starts[1:], dtype=int) - 1
    ageing: Array = np.zeros_like(stay)
    crossing = stayers[:, np.arange(len(ends)), ends]
    np.divide(crossing, stay[:, :-1], out=ageing[:, :-1], where=stay[:, :-1] > 0)
    return ageing


def _within(occupancy: Array, buckets: Buckets) -> Array:
    """Weights (S, D, M) that sum to 1 within each bucket."""
    occupancy = np.asarray(occupancy, dtype=float)
    if occupancy.ndim != 2 or occupancy.shape[1] <= buckets.starts[-1]:
        raise ValueError(
            f"occupancy must have shape (S, M) with M > {buckets.starts[-1]}, "
            f"got {occupancy.shape}"
        )
    months = np.arange(occupancy.shape[1])
    inside = buckets.of(months) == np.arange(len(buckets))[:, None]  # (D, M)
    weight = occupancy[:, None, :] * inside
    empty = weight.sum(-1, keepdims=True) <= 0
    weight = np.where(empty, inside.astype(float), weight)
    shares: Array = weight / weight.sum(-1, keepdims=True)
    return shares
