"""Months hang together: how much less a mean of them tells than independent months."""

import numpy as np
from numpy.typing import NDArray

from .domain import Array


def mean_inflation(deviations: Array, known: NDArray[np.bool_]) -> Array:
    """Variance of a mean over months relative to independent months, shape (S,).

    First-order autoregression: (1 + rho) / (1 - rho), rho from 0 to 0.9 and corrected
    for falling short by about (1 + 4 rho) / T in T months (Kendall 1954).

    Parameters
    ----------
    deviations : array of shape (S, T)
        Months apart from their mean; 0 where not known.
    known : bool array of shape (S, T)
    """
    both = known[:, 1:] & known[:, :-1]
    product = np.where(both, deviations[:, 1:] * deviations[:, :-1], 0.0).sum(1)
    count = np.maximum(known.sum(1), 1)
    level = np.maximum((deviations**2).sum(1) / count, 1e-12)
    rho = product / np.maximum(both.sum(1), 1) / level
    rho = np.clip(rho + (1 + 4 * rho) / np.maximum(count, 4), 0, 0.9)
    factor: Array = (1 + rho) / (1 - rho)
    return factor
