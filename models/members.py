"""The families of models that `PanelForecaster` combines, run over many histories.

A history is one series up to one origin; those of all origins lie under each other in
one matrix, so that a backtest costs no more calls than a forecast. Members work on the
logarithmic or square-root scale, where the noise of counts is even, after the calendar
is taken out (`models.calendars`).
"""

from typing import NamedTuple, Self

import numpy as np

from . import autoregression, breaks, sarima, seasons, smoothing, theta
from .averaging import Averaged
from .calendars import Calendar
from .domain import Array, Flags, Ints

#: In the order they are reported.
MEMBERS = (
    "ets_log",
    "ets_root",
    "sarima_log",
    "sarima_root",
    "autoregression_log",
    "autoregression_root",
    "theta",
)
#: Added before a root, where it evens out the noise of small counts (Anscombe 1948).
ANSCOMBE = 0.375
#: Added before a logarithm where a series has been 0.
LOG_SHIFT = 0.5
#: Standard deviations from the middle to the 10th and 90th percentile.
TENTH = 1.2815515655446004
#: Largest logarithm that is brought back.
MOST_LOG = 30.0
#: Variance over mean of a count: up to this, what one month scatters is a count's
#: noise, which every month has, and the mean lies above the middle by it.
MOST_DISPERSED = 3.0
#: A width below this share of the forecast is rounding.
LEAST_WIDTH = 1e-12


class Histories(NamedTuple):
    """Series up to their origins, N in all.

    Attributes
    ----------
    y : array (N, T)
        Right-aligned, complete and non-negative, NaN before the first month.
    end : int array (N,)
        Last month, in months since 1970-01.
    origin : int array (N,)
        Histories of one origin may learn from each other, of different ones not.
    """

    y: Array
    end: Ints
    origin: Ints

    def take(self, rows: Ints | Flags) -> Self:
        """Choose histories, in the order given."""
        return type(self)(self.y[rows], self.end[rows], self.origin[rows])

    def months(self, ahead: int = 0) -> Ints:
        """Months since 1970-01 of the columns, or of the months ahead."""
        first, last = (1, ahead + 1) if ahead else (1 - self.y.shape[1], 1)
        months: Ints = self.end[:, None] + np.arange(first, last)
        return months


class Ahead(NamedTuple):
    """What the members say of N histories.

    Attributes
    ----------
    members : array (N, len(MEMBERS), horizon)
        Forecasts in the unit of the series; NaN where a member does not apply.
    up, down : array (N, horizon)
        From the middle to the 90th and to the 10th percentile, as the smoothing models
        see it: what errors are measured in.
    moved : int array (N,)
        First month of a new level to which the months before were moved, in months
        since 1970-01; -1 where the level never stepped.
    """

    members: Array
    up: Array
    down: Array
    moved: Ints

    def rows(self, chosen: Ints | Flags) -> "Ahead":
        """Choose histories."""
        return Ahead(
            self.members[chosen],
            self.up[chosen],
            self.down[chosen],
            self.moved[chosen],
        )


def forecast(histories: Histories, horizon: int, m: int) -> Ahead:
    """Forecast every history with every member.

    Nothing is drawn at random, and nothing fails to converge: all parameters lie on
    fixed grids.
    """
    # the longest first, so that the series open in a month are a prefix
    order = np.argsort(np.isnan(histories.y).sum(1), kind="stable")
    found = _forecast(histories.take(order), horizon, m)
    back = np.argsort(order, kind="stable")
    return found.rows(back)


def _forecast(histories: Histories, horizon: int, m: int) -> Ahead:
    past, coming = _calendar(histories, horizon, m)
    y = histories.y / past
    root_y = np.sqrt(y)
    step = breaks.find(y, seasons.shrunk(root_y, seasons.additive(root_y, m)))
    y = step.mended(y)
    log, root = _Log.of(y), _Root.of(y)
    first = np.isnan(y).sum(1)
    members: dict[str, Array] = {}
    for scale in (log, root):
        z = scale.forward(y)
        season = seasons.shrunk(z, seasons.additive(z, m))
        ets = smoothing.fit(z, first, season, horizon).average(histories.origin)
        known = y.shape[1] - first
        has_season = known >= seasons.SEASONS_NEEDED * m + seasons.MONTHS_BEYOND
        arima = sarima.fit(z, has_season, horizon, m).average(histories.origin)
        pooled = _pooled(z, histories.origin, horizon)
        noise = ets.sd[:, :1]
        for name, middle in (
            ("ets", ets.mean),
            ("sarima", arima.mean),
            ("autoregression", pooled),
        ):
            members[f"{name}_{scale.name}"] = scale.back(middle, noise)
        if scale is root:
            up, down = _widths(root, ets)
    # each by itself: a slope is its own series', not the panel's
    members["theta"] = theta.fit(y, first, horizon, m).average().mean
    table = np.stack([members[name] for name in MEMBERS], 1) * coming[:, None]
    most = _most(histories.y, horizon)
    month = histories.end - (y.shape[1] - 1 - step.column)
    moved = np.where(step.column >= 0, month, -1)
    table = np.clip(table, 0, most[:, None])
    return Ahead(table, up * coming, down * coming, moved)


def _most(y: Array, horizon: int) -> Array:
    """Bound forecasts by the steepest climb on from the peak, (N, horizon)."""
    step = np.abs(np.diff(y, axis=1, prepend=np.nan))
    steepest = np.nanmax(np.where(np.isfinite(step), step, 0), axis=1)
    peak = np.nanmax(y, axis=1)
    most: Array = peak[:, None] + steepest[:, None] * np.arange(1, horizon + 1)
    return most


def _calendar(histories: Histories, horizon: int, m: int) -> tuple[Array, Array]:
    """Factors of the past and the coming months, learnt origin by origin."""
    past = np.ones(histories.y.shape)
    coming = np.ones((len(histories.y), horizon))
    if m != 12:  # the calendar has a year of months
        return past, coming
    for o in np.unique(histories.origin):
        rows = histories.origin == o
        part = histories.take(rows)
        calendar = Calendar.learn(part.y, part.months())
        past[rows] = calendar.factor(part.months())
        coming[rows] = calendar.factor(part.months(horizon))
    return past, coming


def _pooled(z: Array, origin: Ints, horizon: int) -> Array:
    """Autoregressions, one per origin; NaN where a panel is too small for one."""
    ahead = np.full((len(z), horizon), np.nan)
    for o in np.unique(origin):
        part = autoregression.forecast(z[origin == o], horizon)
        if part is not None:
            ahead[origin == o] = part
    return ahead


def _widths(scale: "_Root", smooth: Averaged) -> tuple[Array, Array]:
    """Distances to the outer tenths, as smoothing on the root scale sees them.

    Not on the logarithmic one: there a wide distribution leans so far upwards that its
    mean runs away.
    """
    middle = scale.back(smooth.mean)
    up = scale.back(smooth.mean + TENTH * smooth.sd) - middle
    down = middle - scale.back(smooth.mean - TENTH * smooth.sd)
    least = LEAST_WIDTH * np.maximum(np.abs(middle), 1)
    return np.maximum(up, least), np.maximum(down, least)


class _Log(NamedTuple):
    """Logarithms, after a shift where a series has been 0."""

    shift: Array
    size: Array
    name: str = "log"

    @classmethod
    def of(cls, y: Array) -> "_Log":
        least = np.nanmin(y, axis=1, keepdims=True)
        return cls(np.where(least > 0, 0.0, LOG_SHIFT), np.nanmean(y, 1, keepdims=True))

    def forward(self, y: Array) -> Array:
        z: Array = np.log(y + self.shift)
        return z

    def back(self, z: Array, noise: Array | float = 0.0) -> Array:
        """Bring back the middle, or the mean under noise of this size."""
        count = np.minimum(np.square(noise), MOST_DISPERSED / np.maximum(self.size, 1))
        z = z + count / 2
        y: Array = np.exp(np.minimum(z, MOST_LOG)) - self.shift
        return y


class _Root(NamedTuple):
    """Square roots, relative to the size of the series."""

    size: Array
    name: str = "root"

    @classmethod
    def of(cls, y: Array) -> "_Root":
        size = np.nanmean(y, axis=1, keepdims=True)
        return cls(np.where(size > 0, size, 1.0))

    def forward(self, y: Array) -> Array:
        z: Array = np.sqrt((y + ANSCOMBE) / self.size)
        return z

    def back(self, z: Array, noise: Array | float = 0.0) -> Array:
        """Bring back the middle, or the mean under noise of this size."""
        count = np.minimum(np.square(noise), MOST_DISPERSED / (4 * self.size))
        y: Array = (np.square(np.maximum(z, 0)) + count) * self.size - ANSCOMBE
        return y
