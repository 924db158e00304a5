"""How units drift apart by themselves, and a slope that is weighed by it."""

import numpy as np
from statsmodels.stats.meta_analysis import combine_effects

from .domain import Array


def drift_between(effects: Array, variances: Array) -> float:
    """Variance between units beyond counting (DerSimonian & Laird 1986), at least 0."""
    # statsmodels takes roots of negative estimates and divides by none
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = combine_effects(effects, variances, method_re="chi2")
    return max(0.0, float(pooled.tau2))


def dose_slope(change: Array, dose: Array, weight: Array) -> tuple[Array, Array]:
    """Weighted least-squares slope of change on dose, and its variance.

    With one treated unit: (delta_1 - weighted mean of controls) / dose.

    Parameters
    ----------
    change, dose : arrays of shape (U,)
    weight : array of shape (n, U)
        1 / variance of each change, n times.

    Returns
    -------
    two arrays of shape (n,)
    """
    total = weight.sum(1)
    mean_dose = (weight @ dose) / total
    apart = dose[None] - mean_dose[:, None]
    spread = (weight * apart * dose[None]).sum(1)
    return (weight * apart * change[None]).sum(1) / spread, 1 / spread
