"""How alike units are: a distance of standardised features, and who is nearest.

With x[i, f] feature f of unit i, s[f] its standard deviation over all units, and F
features,

    d(i, j) = sqrt( (1 / F) sum_f ( (x[i, f] - x[j, f]) / s[f] )^2 ),

so 1 is one standard deviation in each feature, however many there are. It is symmetric,
0 from a unit to itself, and the same in any unit of measurement; a feature that is a
logarithm makes it the same whatever the original is multiplied by.

Every feature counts alike. Weights could be learned from an outcome, but a distance
that was chosen to make the outcome alike says little of how the outcome differs.
"""

import numpy as np

from .domain import Array, Ints


def distances(features: Array, unit: int) -> Array:
    """Give every unit's distance from one.

    Parameters
    ----------
    features : Array, shape (n, F)
        None missing. One that is the same for all tells nobody apart and counts as 0.
    unit : int
        Row of the one, 0..n-1.

    Returns
    -------
    Array, shape (n,)
        In standard deviations; 0 at `unit`.

    Raises
    ------
    ValueError
        A feature is missing or infinite.

    Examples
    --------
    >>> distances(np.array([[0.0, 5.0], [2.0, 5.0], [4.0, 5.0]]), 0).round(3).tolist()
    [0.0, 0.866, 1.732]
    """
    if not np.isfinite(features).all():
        raise ValueError("features must be finite")
    spread = features.std(axis=0)
    # what rounding leaves of a constant is no spread
    told = spread > 1e-12 * np.abs(features).max(axis=0, initial=0.0)
    away = (features - features[unit]) / np.where(told, spread, np.inf)
    root: Array = np.sqrt((away**2).mean(axis=1))
    return root


def nearest(distance: Array, unit: int, k: int) -> Ints:
    """Give the k units nearest to one, the nearest first; never itself.

    Parameters
    ----------
    distance : Array, shape (n,)
        From `distances`.
    unit : int
        Row of the one.
    k : int
        Fewer where there are not so many.

    Returns
    -------
    Ints, shape (min(k, n - 1),)
        Rows. Of equally near units those that stand first.

    Examples
    --------
    >>> nearest(np.array([0.0, 3.0, 1.0]), 0, 5).tolist()
    [2, 1]
    """
    order = np.argsort(distance, kind="stable")
    return np.asarray(order[order != unit][:k])
