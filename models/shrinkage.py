"""How far coefficients are drawn towards nought, learnt from the data.

Coefficients b of one kind have the prior b ~ N(0, 1 / lambda). With the likelihood
taken for normal about a first fit, lambda is where its evidence is largest (MacKay
1992, "The evidence framework"; ridge by empirical Bayes):

    lambda = gamma / sum b^2,    gamma = n - lambda tr C,

where C is the posterior covariance and gamma tells how many of the n coefficients the
data speak of.
"""

import numpy as np

from .domain import Array, Ints
from .logit import Logit

#: What a kind has without data: a standard deviation of .14, with the weight of one
#: coefficient; and how tight or wide the data may make it.
FIRST_SQUARE, LEAST, MOST = 0.02, 0.5, 1e4
ROUNDS, CLOSE = 20, 0.02


def learn_priors(fit: Logit, penalty: Array, kind: Ints) -> Array:
    """Precision of the prior of every coefficient, (P, J).

    Parameters
    ----------
    fit : Logit
        Fitted with `penalty`.
    penalty : array of shape (P, J)
    kind : int array of shape (P, J)
        Coefficients of one kind and destination share a prior; below 0 the penalty
        stays as it is.
    """
    p, j = penalty.shape
    kinds = np.where(kind < 0, -1, kind * j + np.arange(j)).T.ravel()
    learnt = kinds >= 0
    if not learnt.any():
        return penalty
    codes = np.unique(kinds[learnt], return_inverse=True)[1]
    count = np.bincount(codes)
    b, tight = fit.coef.T.ravel(), penalty.T.ravel().copy()
    told = np.linalg.inv(fit.covariance) - np.diag(tight)
    pull = told @ b + tight * b  # where the likelihood alone would go
    for _ in range(ROUNDS):
        covariance = np.linalg.inv(told + np.diag(tight))
        mean, spread = (covariance @ pull)[learnt], np.diag(covariance)[learnt]
        spoken = count - np.bincount(codes, tight[learnt] * spread)
        squares = np.bincount(codes, mean**2)
        fresh = (np.maximum(spoken, 0) + 1) / (squares + FIRST_SQUARE)
        fresh = np.clip(fresh, LEAST, MOST)[codes]
        moved = np.abs(np.log(fresh / tight[learnt])).max()
        tight[learnt] = fresh
        if moved < CLOSE:
            break
    precision: Array = tight.reshape(j, p).T
    return precision
