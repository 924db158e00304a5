"""Multinomial logit on counts, by Newton's method over blocks of cells.

For outcome j of J against the first outcome, log(p_j / p_0) = x b_j. With counts n the
log-likelihood is concave, so Newton's method with step halving finds its maximum; the
inverse of the negative Hessian there is the covariance of the coefficients.

scikit-learn's logistic regression gives neither the covariance nor a penalty per
coefficient, and statsmodels' MNLogit takes no counts; both are references in the tests.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import linalg
from scipy.special import softmax

from .domain import Array

#: The design of cells start..stop, shape (stop - start, P).
Design = Callable[[int, int], Array]
#: Cells whose design exists at a time: few enough to stay in the processor's cache.
BLOCK = 8_192


class Logit(NamedTuple):
    """A fitted multinomial logit.

    Attributes
    ----------
    coef : array of shape (P, J)
    covariance : array of shape (J * P, J * P)
        Destination-major: coefficient p of outcome j has index j * P + p.
    loglik : float
        Without the penalty.
    iterations : int
    """

    coef: Array
    covariance: Array
    loglik: float
    iterations: int


def fit_multinomial(
    design: Design,
    counts: Array,
    penalty: Array,
    start: Array | None = None,
    close: float = 1e-11,
    centre: Array | None = None,
    max_iterations: int = 100,
) -> Logit:
    """Fit by Newton's method.

    Parameters
    ----------
    design : callable
        Column 0 is the intercept.
    counts : array of shape (C, 1 + J)
    penalty : array of shape (P, J)
        Ridge: minus half of penalty * (coef - centre)**2 is added to the
        log-likelihood, as by a normal prior with precision `penalty`.
    start : array of shape (P, J), optional
        Where to begin; the destinations' shares where left out.
    close : float
        Ends where a step would gain less than half of this in log-likelihood.
    centre : array of shape (P, J), optional
        What coefficients are drawn to; nought where left out.

    Raises
    ------
    RuntimeError
        Not converged; cannot happen with a positive penalty on every coefficient
        that the data leave open.
    """
    totals = counts.sum(0)
    coef = np.zeros(penalty.shape)
    coef[0] = np.log(np.maximum(totals[1:], 0.5) / max(totals[0], 0.5))
    coef = coef if start is None else start
    centre = np.zeros(penalty.shape) if centre is None else centre
    value, gradient, hessian = _expand(design, counts, coef, penalty, centre)
    for iteration in range(max_iterations):
        factor = linalg.cho_factor(hessian)
        step = linalg.cho_solve(factor, gradient)
        decrement = float(gradient @ step)
        if decrement < close:
            flat = linalg.cho_solve(factor, np.eye(len(step)))
            drawn = float((penalty * (coef - centre) ** 2).sum() / 2)
            return Logit(coef, flat, value + drawn, iteration)
        move = step.reshape(coef.T.shape).T
        scale = 1.0
        while True:
            trial = coef + scale * move
            fresh = _expand(design, counts, trial, penalty, centre)
            if fresh[0] >= value - 1e-9 * abs(value) or scale < 1e-6:
                break
            scale /= 2
        coef, (value, gradient, hessian) = trial, fresh
    raise RuntimeError(f"the exit model did not converge in {max_iterations} steps")


def shares(x: Array, coef: Array) -> Array:
    """Shares of staying and of every outcome, (n, 1 + J), in rows x (n, P)."""
    chances: Array = softmax(np.column_stack([np.zeros(len(x)), x @ coef]), axis=1)
    return chances


def _expand(
    design: Design, counts: Array, coef: Array, penalty: Array, centre: Array
) -> tuple[float, Array, Array]:
    """Penalised log-likelihood, gradient (J * P,) and negative Hessian."""
    p, j = coef.shape
    value = -float((penalty * (coef - centre) ** 2).sum() / 2)
    gradient = -(penalty * (coef - centre))
    hessian = np.zeros((j, p, j, p))
    for start in range(0, len(counts), BLOCK):
        stop = min(start + BLOCK, len(counts))
        x, n = design(start, stop), counts[start:stop]
        share = shares(x, coef)
        # log of a share that underflowed would be -inf; counts there are 0
        value += float((n * np.log(np.maximum(share, 1e-300))).sum())
        total = n.sum(1)
        share = share[:, 1:]
        gradient += x.T @ (n[:, 1:] - total[:, None] * share)
        for a in range(j):
            for b in range(a, j):
                other = 1 - share[:, a] if a == b else share[:, b]
                # y'y of one array costs half of x'(wx)
                y = np.sqrt(total * share[:, a] * other)[:, None] * x
                part = y.T @ y if a == b else -(y.T @ y)
                hessian[a, :, b, :] += part
                if a != b:
                    hessian[b, :, a, :] += part
    flat = hessian.reshape(j * p, j * p)
    flat[np.diag_indices(j * p)] += penalty.T.ravel()
    return value, gradient.T.ravel(), flat
