"""One autoregression for a whole panel: what months ahead owe to the months before.

Every window of every series is an example: its months, in logarithms and in deviation
from the mean of the last year, explain the months after it. One ridge regression
(scikit-learn) with an outcome per step serves all series, so that short ones learn from
long ones.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.linear_model import Ridge

from .domain import Array

#: Months that a window holds, longest first.
REACHES = (48, 24)
YEAR = 12
#: Months that most series must have beyond a window and the horizon.
MONTHS_TO_SPARE = 6
#: Series that a regression is learnt from at least: what hits a few of them in the same
#: year would be learnt as a law.
FEWEST_SERIES = 50
#: Ridge penalty per window.
PENALTY = 3e-3
#: Keeps the weight of a calm window finite: a variance of 5 % of the level.
CALM = 0.0025
#: A forecast stays within this factor (natural log) of the window's range.
ROOM = 1.0


def reach(known: Array, horizon: int) -> int:
    """Months of a window that most series can give, 0 where none."""
    middle = np.median(known)
    fits = (p for p in REACHES if middle >= p + horizon + MONTHS_TO_SPARE)
    return next(fits, 0)


def _level(window: Array) -> Array:
    """Mean of the last year of windows, (n, 1)."""
    level: Array = window[:, -YEAR:].mean(1, keepdims=True)
    return level


def forecast(z: Array, horizon: int) -> Array | None:
    """Forecasts (n, horizon) on the scale of `z`; None where the panel is too small.

    Parameters
    ----------
    z : array (n, T)
        Logarithms, right-aligned with NaN before the first month. A series shorter
        than a window repeats its first month.
    horizon : int
    """
    months = reach(np.isfinite(z).sum(1), horizon)
    if not months or len(z) < FEWEST_SERIES:
        return None
    windows = sliding_window_view(z, months + horizon, axis=1)
    whole = np.isfinite(windows[..., 0])  # right-aligned: complete from there on
    per_series = np.broadcast_to(whole.sum(1, keepdims=True), whole.shape)[whole]
    examples = windows[whole]
    before, after = examples[:, :months], examples[:, months:]
    level = _level(before)
    # series count alike, calm ones more: their errors say more of the shape
    weight = 1 / (before.var(1) + CALM) / per_series
    weight /= weight.mean()
    model = Ridge(alpha=PENALTY * len(examples))
    model.fit(before - level, after - level, sample_weight=weight)
    last = z[:, -months:]
    first = np.argmax(np.isfinite(last), axis=1)
    last = np.where(np.isfinite(last), last, last[np.arange(len(z)), first][:, None])
    ahead = model.predict(last - _level(last)) + _level(last)
    low, high = last.min(1, keepdims=True), last.max(1, keepdims=True)
    found: Array = np.clip(ahead, low - ROOM, high + ROOM)
    return found
