"""What is forecast, given uncertain views of its first months: weighed by precision.

Two independent normal views of one value, with variances v and w, make a third: its
precision is the sum 1/v + 1/w, its mean theirs weighed by precision. Whole futures are
moved so that each month seen obeys this, and the months after follow as far as futures
hang together.
"""

import numpy as np
from numpy.typing import ArrayLike

from .domain import Array


def combine(
    mean: ArrayLike, variance: ArrayLike, other: ArrayLike, its_variance: ArrayLike
) -> tuple[Array, Array]:
    """Weigh two independent views of the same thing by their precision.

    Parameters
    ----------
    mean, variance, other, its_variance : array or float
        At least one variance of a pair finite; a variance of nought is certainty,
        and the first view's is believed before the other's.

    Returns
    -------
    array, array
        Mean and variance.

    Examples
    --------
    >>> mean, variance = combine(10.0, 3.0, 14.0, 1.0)
    >>> float(mean), float(variance)
    (13.0, 0.75)
    """
    given = (np.asarray(a, float) for a in (mean, variance, other, its_variance))
    one, mine, two, its = np.broadcast_arrays(*given)
    both = np.isfinite(mine) & np.isfinite(its) & (mine > 0)
    # one view alone where it is certain or the other knows nothing
    share = np.where(np.isinf(mine), 1.0, 0.0)
    share = np.divide(mine, mine + its, out=share, where=both)
    middle = np.where(share < 1, one, 0) * (1 - share)
    middle += np.where(share > 0, two, 0) * share
    left = np.where(both, share * np.where(both, its, 0), mine)
    left = np.where(np.isinf(mine), its, left)
    return middle, left


def condition(
    draws: Array, seen: Array, spread: Array, offset: float = 0.5, carry: bool = True
) -> Array:
    """Futures of one series given uncertain views of their first months.

    A deterministic ensemble Kalman update on the log scale (Whitaker and Hamill, 2002),
    one month at a time: mean and variance of a month become those of `combine`, and
    later months move with it as far as the futures themselves hang together.

    Parameters
    ----------
    draws : array (n, T)
        At least two futures; not negative.
    seen, spread : array (k,)
        As from `Completion.view`, k <= T; what is NaN or infinite teaches nothing.
        A spread of nought sets the month in every future.
    offset : float
    carry : bool
        Whether months after the first k move too.

    Returns
    -------
    array (n, T)
    """
    most = draws.shape[1] if carry else len(seen)
    z = np.log(draws[:, :most] + offset)
    told = np.flatnonzero(np.isfinite(seen) & np.isfinite(spread))
    for j in told:
        mean = z.mean(0)
        apart = z - mean
        noise = spread[j] ** 2
        total = apart[:, j].var(ddof=1) + noise
        if total > 0:
            gain = apart.T @ apart[:, j] / (len(z) - 1) / total
            shrink = 1 / (1 + spread[j] / np.sqrt(total))
            z = mean + gain * (seen[j] - mean[j])
            z = z + apart - shrink * np.outer(apart[:, j], gain)
        if noise == 0:  # certain, even where every future said something else
            z[:, j] = seen[j]
    result = draws.astype(float)
    if len(told):
        result[:, :most] = np.maximum(np.exp(z) - offset, 0)
    return result
