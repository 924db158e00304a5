"""From members to predictive distributions that are weighed, widened and add up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from . import bias
from .conformal import Conformal, Widths, own_sizes
from .counts import Counts
from .domain import Array, Ints
from .hierarchy import Hierarchy
from .members import Ahead
from .reconcile import MinT
from .weighing import Backcast, mix, weigh

#: Whole futures from which a hierarchy's quantiles are read.
PATHS = 400


@dataclass(frozen=True)
class Outlook:
    """Predictive distributions of n series.

    Attributes
    ----------
    mean : array (n, horizon)
        What a year's sum is made of; adds up in a hierarchy.
    widths : Widths
        Medians and widths before reconciliation.
    counts : Counts
    """

    mean: Array
    widths: Widths
    counts: Counts

    def below(self, first: int) -> "Outlook":
        """Leave out the series before the first."""
        widths = Widths(*(part[first:] for part in vars(self.widths).values()))
        counts = self.counts
        kept = np.flatnonzero(counts.low) >= first
        low = Counts(counts.low[first:], counts.dispersion[kept])
        return Outlook(self.mean[first:], widths, low)


@dataclass(frozen=True)
class Learnt:
    """What earlier origins taught: how to weigh, how wide, how to make things add up.

    Attributes
    ----------
    weights : array (members,)
    lean : array (horizon,)
        What all series are moved by, in normal standard deviations (`models.bias`).
    sizes : array (n,)
        How wide each series is against the panel.
    conformal : Conformal
    mint : MinT or None
    """

    weights: Array
    lean: Array
    sizes: Array
    conformal: Conformal
    mint: MinT | None

    @classmethod
    def of(
        cls, back: Backcast, ahead: Ahead, hierarchy: Hierarchy | None = None
    ) -> "Learnt":
        """Learn from windows that have ended.

        Parameters
        ----------
        back : Backcast
        ahead : Ahead
            What is to be forecast: a member missing there gets no weight.
        hierarchy : Hierarchy, optional
        """
        weights = weigh(back, ahead.members)
        n, horizon = ahead.up.shape
        widths = Widths.of(back.ahead, mix(back.ahead.members, weights))
        sizes, others = own_sizes(widths.errors(back.actual), back.series, n)
        widths = widths.times(others)
        z = widths.errors(back.actual)
        lean = bias.lean(z, back)
        learnt = cls(weights, lean, sizes, Conformal.learn(z, back, n), None)
        if hierarchy is None:
            return learnt
        places = np.unique(back.origin, return_inverse=True)[1]
        errors = np.full((max(places.max(initial=0) + 1, 1), n, horizon), np.nan)
        errors[places, back.series] = back.actual - widths.leaning(lean).point
        return replace(learnt, mint=MinT.learn(hierarchy, errors))

    def widths(self, ahead: Ahead, series: Ints | slice = slice(None)) -> Widths:
        """Medians and widths before reconciliation, of histories of these series."""
        widths = Widths.of(ahead, mix(ahead.members, self.weights))
        return widths.times(self.sizes[series]).leaning(self.lean)

    def moved(self, ahead: Ahead) -> Array:
        """Share by which `lean` moves the forecasts, (horizon,), median over series."""
        before = mix(ahead.members, self.weights)
        share = np.divide(
            self.widths(ahead).point - before,
            before,
            out=np.zeros_like(before),
            where=before > 0,
        )
        return np.asarray(np.median(share, axis=0), dtype=float)

    def outlook(self, ahead: Ahead, histories: Array) -> Outlook:
        """Distributions of what is ahead of histories (n, T)."""
        widths = self.widths(ahead)
        counts = Counts.learn(histories, widths.point)
        point = widths.point
        mean = point if self.mint is None else self.mint.reconcile(point)
        return Outlook(mean, widths, counts)

    def quantiles(
        self,
        outlook: Outlook,
        chances: Mapping[str, float],
        seed: int = 1,
        paths: int = PATHS,
    ) -> dict[str, Array]:
        """Quantiles by name, each (n, horizon).

        In a hierarchy they are read off so many coherent paths, drawn from `seed`; they
        do not add up.
        """
        asked = list(chances.values())
        if self.mint is None:
            tables = self._at(outlook, self.conformal.scores(asked))
        else:
            values = self.draw(outlook, np.random.default_rng(seed), paths)
            tables = np.quantile(values, asked, axis=0)
        return dict(zip(chances, tables, strict=True))

    def draw(self, outlook: Outlook, rng: np.random.Generator, n: int) -> Array:
        """Whole futures (n, series, horizon) with the outlook's means.

        In a hierarchy the bottom series are drawn, correlated as the reconciled errors
        were, and summed: every future adds up.
        """
        if self.mint is None:
            values = self._at(outlook, self.conformal.draw_scores(rng, n))
            return _with_mean(values, outlook.mean)
        hierarchy = self.mint.hierarchy
        scores = self.conformal.draw_scores(rng, n, _factor(self.mint.covariance))
        bottom = outlook.below(hierarchy.n_aggregates)
        return hierarchy.aggregate(_with_mean(self._at(bottom, scores), bottom.mean))

    def _at(self, outlook: Outlook, scores: Array) -> Array:
        """Values at normal scores (..., n or 1, horizon)."""
        values = outlook.widths.at(self.conformal.errors(scores))
        drawn = self.conformal.mean(outlook.widths)
        point = outlook.widths.point
        values *= np.divide(point, drawn, out=np.ones_like(point), where=drawn > 0)
        low = outlook.counts.low
        if low.any():
            some = np.broadcast_to(scores, values.shape)[..., low, :]
            values[..., low, :] = outlook.counts.at(some, outlook.mean[low])
        return values


def _factor(covariance: Array) -> Array:
    """Rows of length 1 whose products are the correlations of a covariance (n, n)."""
    size = np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    correlation = covariance / np.outer(size, size)
    correlation[np.diag_indices(len(size))] = 1
    value, vector = np.linalg.eigh(correlation)
    factor = vector * np.sqrt(np.maximum(value, 0))
    factor /= np.sqrt(np.square(factor).sum(1, keepdims=True))
    return np.asarray(factor, dtype=float)


def _with_mean(values: Array, mean: Array) -> Array:
    """Paths (n, series, horizon) scaled month by month to their means."""
    drawn = values.mean(0)
    scale = np.divide(mean, drawn, out=np.zeros_like(mean), where=drawn > 0)
    scaled: Array = values * scale
    return scaled
