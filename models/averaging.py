"""Averages of many models of one family, weighted by how well they explain the past.

A model's weight for a series is `prior * exp(-AICc / 2)`. The prior is shared by a
panel and learnt from it in a few steps of expectation-maximisation (empirical Bayes):
a short or noisy series leans on what suits the others. With one series it stays flat.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .domain import Array, Ints

#: Keeps the logarithm of an exact fit finite.
TINY = 1e-12
#: Numbers in one working array: what a core holds near it.
NEAR = 20_000
#: Steps in which a panel's prior is learnt; the first ones bring nearly all.
PRIOR_STEPS = 3


def akaike(square: Array, known: Array, free: Array | int) -> Array:
    """AICc of Gaussian models, up to a constant shared by models of one series.

    Parameters
    ----------
    square : array (n, K) or (n,)
        Sums of squared one-step errors.
    known : array (n, 1) or (n,)
        Months that the sums are over.
    free : array (K,) or int
        Free parameters, with the variance.
    """
    room = np.maximum(known - free - 1, 1)
    fit = known * np.log(square / known + TINY)
    criterion: Array = fit + 2 * free + 2 * free * (free + 1) / room
    return criterion


class Averaged(NamedTuple):
    """Mean and standard deviation of a mixture of models, each (n, horizon)."""

    mean: Array
    sd: Array


class Fits(NamedTuple):
    """K models of a family fitted to n series.

    Attributes
    ----------
    means : array (horizon, n, K)
        Forecasts.
    growth : array (horizon, K)
        Forecast variance in units of the one-step variance.
    spread : array (n, K)
        One-step variance.
    criteria : array (n, K)
        AICc; infinite where a model does not apply.
    """

    means: Array
    growth: Array
    spread: Array
    criteria: Array

    @classmethod
    def beside(cls, parts: Sequence["Fits"]) -> "Fits":
        """Put models of the same series beside each other."""
        return cls(*(np.concatenate(column, -1) for column in zip(*parts, strict=True)))

    @classmethod
    def none(cls, n: int, growth: Array) -> "Fits":
        """Leave a place for models that apply to none of n series."""
        horizon, k = growth.shape
        empty = np.zeros((n, k))
        return cls(np.zeros((horizon, n, k)), growth, empty, empty + np.inf)

    @classmethod
    def below(cls, parts: Sequence["Fits"]) -> "Fits":
        """Put series under each other that went through the same models."""
        return cls(
            np.concatenate([p.means for p in parts], 1),
            parts[0].growth,
            np.concatenate([p.spread for p in parts]),
            np.concatenate([p.criteria for p in parts]),
        )

    def average(self, group: Ints | None = None) -> Averaged:
        """Average the models of each series.

        Parameters
        ----------
        group : int array (n,), optional
            Series of a group share a prior; without groups the prior is flat. Histories
            that end at different origins must not learn from each other.
        """
        weight = np.exp(-(self.criteria - self.criteria.min(1, keepdims=True)) / 2)
        for g in () if group is None else np.unique(group):
            weight[group == g] *= _prior(weight[group == g])
        weight /= weight.sum(1, keepdims=True)
        mean = np.einsum("hnk,nk->nh", self.means, weight)
        variance = np.einsum("hk,nk,nk->nh", self.growth, self.spread, weight)
        for h, models in enumerate(self.means):
            # around the mean, not as a difference of squares: that would lose digits
            apart = models - mean[:, h, None]
            variance[:, h] += np.einsum("nk,nk,nk->n", apart, apart, weight)
        return Averaged(mean, np.sqrt(variance))


def _prior(likelihood: Array) -> Array:
    """Share of each model in a panel (K,), every model counted once beforehand."""
    n, k = likelihood.shape
    prior = np.full(k, 1 / k)
    for _ in range(PRIOR_STEPS):
        posterior = likelihood * prior
        posterior /= posterior.sum(1, keepdims=True)
        prior = (posterior.sum(0) + 1) / (n + k)
    return prior


def chunks(n: int, width: int) -> Iterator[slice]:
    """Cut n series so that a working array (series, width) stays small."""
    size = max(1, NEAR // width)
    for start in range(0, n, size):
        yield slice(start, min(n, start + size))
