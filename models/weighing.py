"""How much each member counts, from how wrong it was at earlier origins.

A member's loss is its absolute error over the horizon relative to the seasonal naive's
inside the history, winsorised, and averaged over the panel; with `r` its loss over the
best member's,

    weight ~ exp(-((r - 1) / tolerance)^2).

So members that do about as well as the best share alike, since the mean of many beats
each, and one that is clearly worse drops out, however many others there are.
"""

from dataclasses import dataclass, replace

import numpy as np

from .domain import Array, Flags, Ints
from .members import Ahead

#: Excess loss at which a member's weight has fallen to a third.
TOLERANCE = 0.15
#: Losses of series beyond this quantile count as much as the one there.
WINSOR = 0.95


@dataclass(frozen=True)
class Backcast:
    """Forecasts remade at earlier origins, and what came; W windows in all.

    Attributes
    ----------
    ahead : Ahead
        What the members said, W histories.
    actual : array (W, horizon)
        NaN where not yet known, filled in, or not to be scored.
    scale : array (W,)
        `scoring.naive_scale` of the history up to the origin.
    series, origin : int array (W,)
        Which series, and which origin (0 = the latest).
    cut : int array (W,)
        Months from the origin to the end of the panel.
    """

    ahead: Ahead
    actual: Array
    scale: Array
    series: Ints
    origin: Ints
    cut: Ints

    def masked(self, hidden: Flags) -> "Backcast":
        """Leave months (W, horizon) unscored."""
        return replace(self, actual=np.where(hidden, np.nan, self.actual))

    def losses(self) -> Array:
        """Loss of each member relative to the best, (members,); NaN if never seen.

        Origins count alike, whatever the year was like.
        """
        error = np.abs(self.actual[:, None] - self.ahead.members)
        seen = np.isfinite(error)
        count = seen.sum(2)
        total = np.where(seen, error, 0.0).sum(2) / self.scale[:, None]
        mean = np.divide(
            total, count, out=np.full(total.shape, np.nan), where=count > 0
        )
        ratios = []
        for o in np.unique(self.origin):
            part = mean[self.origin == o]
            if not np.isfinite(part).any():
                continue
            loss = np.array([_winsorised(column) for column in part.T])
            best = np.nanmin(loss)
            ratios.append(loss / best if best > 0 else np.where(loss > 0, np.inf, 1.0))
        if not ratios:
            return np.full(error.shape[1], np.nan)
        known = np.isfinite(ratios) | np.isinf(ratios)
        counted = np.where(known, ratios, 0.0).sum(0) / np.maximum(known.sum(0), 1)
        found: Array = np.where(known.any(0), counted, np.nan)
        return found


def weigh(backcast: Backcast, members: Array) -> Array:
    """Weights of the members, shape (members,), sum 1.

    Parameters
    ----------
    backcast : Backcast
    members : array (n, members, horizon)
        The forecasts to be weighed: a member that is missing there counts nothing.
    """
    there = np.isfinite(members).all((0, 2))
    loss = backcast.losses()
    if not np.isfinite(loss[there]).any():
        equal: Array = there / there.sum()
        return equal
    excess = loss - np.nanmin(loss[there])
    # never seen, as when histories were too short at the origins: as good as the middle
    middle = np.nanmedian(excess[there])
    excess = np.where(np.isnan(excess), middle, excess)
    weight = np.where(there, np.exp(-np.square(excess / TOLERANCE)), 0.0)
    shares: Array = weight / weight.sum()
    return shares


def mix(members: Array, weights: Array) -> Array:
    """Weighted mean of members (N, members, horizon), over those that are there."""
    there = np.isfinite(members)
    total = np.einsum("k,nkh->nh", weights, np.where(there, members, 0.0))
    size = np.einsum("k,nkh->nh", weights, there.astype(float))
    fallback = np.nanmean(members, axis=1)
    mixed: Array = np.where(size > 0, total / np.maximum(size, 1e-300), fallback)
    return mixed


def _winsorised(losses: Array) -> float:
    """Mean of losses with the largest cut, NaN where none is known."""
    known = losses[np.isfinite(losses)]
    if not known.size:
        return np.nan
    return float(np.minimum(known, np.quantile(known, WINSOR)).mean())
