"""Earlier origins: histories as they stood then, and what came after."""

from typing import NamedTuple

import numpy as np

from .domain import Array, Flags, Ints
from .members import Ahead, Histories
from .panel import Panel, shifted
from .weighing import Backcast

#: Months of history that an origin keeps, or half of them where there are few.
MONTHS_TO_LEARN, LEAST_TO_LEARN = 24, 6
#: Months of history that the third origin to learn from keeps: a forecast made from
#: much less than today's would say more of short histories than of today.
MONTHS_OF_THIRD = 48


class Origins(NamedTuple):
    """Histories of a panel at its end and at earlier origins, one under the other.

    Attributes
    ----------
    histories : Histories
        N rows; `origin` 0 is the end of the panel, 1 the latest earlier one.
    actual : array (N, horizon)
        What came; NaN where not yet known, filled in, or after an onset that no
        forecast from there could know.
    scale : array (N,)
        Mean absolute error of the seasonal naive inside each history.
    series, cut : int array (N,)
        Row of the panel, and months before its end.
    """

    histories: Histories
    actual: Array
    scale: Array
    series: Ints
    cut: Ints

    @classmethod
    def of(cls, panel: Panel, cuts: Ints, horizon: int, m: int) -> "Origins":
        """Cut every series at every origin.

        Parameters
        ----------
        panel : Panel, n series
        cuts : int array (n, origins)
            Months before the end of each series; -1 where a series has no such origin.
        horizon, m : int
        """
        series, origin = np.nonzero(cuts.T >= 0)[::-1]
        cut = cuts[series, origin]
        y = shifted(panel.y[series], cut)
        place = panel.y.shape[1] - cut[:, None] + np.arange(horizon)
        inside = place < panel.y.shape[1]
        place = np.where(inside, place, 0)
        later = np.take_along_axis(panel.y[series], place, axis=1)
        filled = np.take_along_axis(panel.filled[series], place, axis=1)
        onset = np.take_along_axis(panel.onset[series], place, axis=1)
        known = inside & ~filled & ~np.logical_or.accumulate(onset, axis=1)
        actual = np.where(known, later, np.nan)
        histories = Histories(y, panel.end[series] - cut, origin)
        return cls(histories, actual, naive_scales(y, m), series, cut)

    def backcast(self, ahead: Ahead, rows: Flags) -> Backcast:
        """Windows of the chosen rows with what the members said of them."""
        return Backcast(
            ahead.rows(rows),
            self.actual[rows],
            self.scale[rows],
            self.series[rows],
            self.histories.origin[rows],
            self.cut[rows],
        )


def learning_cuts(known: Ints, horizon: int) -> Ints:
    """Origins from which weights and widths are learnt, (n, 3), -1 where none.

    One, two and three horizons back, so that their windows do not overlap; nearer, and
    two or one, where the history is too short for that.

    Parameters
    ----------
    known : int array (n,)
        Months of each series.
    horizon : int
    """
    least = np.minimum(MONTHS_TO_LEARN, np.maximum(known // 2, LEAST_TO_LEARN))
    room = known - least
    far = np.minimum(2 * horizon, room)
    near = np.minimum(horizon, (far + 1) // 2)
    third = np.where(known - 3 * horizon >= MONTHS_OF_THIRD, 3 * horizon, -1)
    cuts = np.stack([near, far, third], 1)
    cuts[room < 1] = -1
    cuts[far == near, 1] = -1
    return cuts


def naive_scales(y: Array, m: int) -> Array:
    """`scoring.naive_scale` of every history, (N,)."""
    scale = np.ones(len(y))
    for lag in (1, m):  # the season counts where it is covered and ever changes
        if y.shape[1] > lag:
            step = np.abs(y[:, lag:] - y[:, :-lag])
            known = np.isfinite(step)
            count = known.sum(1)
            mean = np.where(known, step, 0.0).sum(1) / np.maximum(count, 1)
            scale = np.where(mean > 0, mean, scale)
    return scale
