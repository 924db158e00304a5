"""What all forecasts of a panel were too high or too low by, when that lasts.

Series of a panel live through the same months, so at one origin most may err to the
same side: a law, a business cycle, a decline that no series shows clearly by itself.
With `z[o, h]` the mean error of the panel at origin o and step h (in normal standard
deviations, `models.conformal`), over k windows that do not overlap,

    b[h] = mean over o of z[o, h],    s2[h] = (nu s0^2 + k var[h]) / (nu + k - 1) / k,
    lean[h] = max(0, 1 - c s2[h] / b[h]^2) b[h],

which for c = 1 is the positive-part estimator of James & Stein (1961). Two or three
windows tell little of how much `z` changes from one to the next, so a prior s0 stands
in: many panels err by up to half a standard deviation in one window and not in the
next. What is smaller, or comes with either sign, is therefore left alone. In a panel of
such shocks in which nothing lasts, c = 1 costs 12 % of the squared error and c = 2 half
of that, for nearly the same gain where an error does last.
"""

import numpy as np

from .domain import Array, Ints
from .weighing import Backcast

#: Prior standard deviation of a panel's mean error from window to window, and how many
#: windows it counts for.
SHOCK, PRIOR_WINDOWS = 0.5, 2.0
#: How many times its variance an estimate has to pay for: c above.
CAUTION = 2.0
#: Fewest series whose mean is the panel's and not their own.
FEWEST_SERIES = 10
#: Steps to each side that share an estimate.
NEAR_STEPS = 4


def lean(z: Array, back: Backcast) -> Array:
    """Error to expect of every series, (horizon,), in normal standard deviations.

    Parameters
    ----------
    z : array (W, horizon)
        Errors at earlier origins, the wildest cut; NaN where not known.
    back : Backcast
        The windows that they are of.
    """
    horizon = z.shape[1]
    seen = np.isfinite(z).any(1)
    origins, series = np.unique(back.origin[seen], return_counts=True)
    chosen = series >= FEWEST_SERIES
    origins, series = origins[chosen], series[chosen]
    if len(origins) < 2:
        return np.zeros(horizon)
    means = np.array([_near(z[back.origin == o]) for o in origins])
    share = (series / series.sum())[:, None] * np.isfinite(means)
    share /= np.maximum(share.sum(0), np.finfo(float).tiny)
    means = np.nan_to_num(means)
    middle = (share * means).sum(0)
    windows = _windows(back, origins, horizon) * _evenness(share)
    variance = windows * (share * np.square(means - middle)).sum(0)
    variance += PRIOR_WINDOWS * SHOCK**2
    windows = np.maximum(windows, 1)
    variance /= (PRIOR_WINDOWS + windows - 1) * windows
    size = np.maximum(np.square(middle), np.finfo(float).tiny)
    found: Array = np.maximum(0, 1 - CAUTION * variance / size) * middle
    return np.where(windows > 1, found, 0.0)


def _near(z: Array) -> Array:
    """Mean over series and neighbouring steps, (horizon,); NaN where none is known."""
    total = np.nansum(z, axis=0)
    count = np.isfinite(z).sum(0).astype(float)
    kernel = np.ones(2 * NEAR_STEPS + 1)
    total, count = (
        np.convolve(v, kernel)[NEAR_STEPS : NEAR_STEPS + len(v)] for v in (total, count)
    )
    mean: Array = np.full(len(total), np.nan)
    return np.divide(total, count, out=mean, where=count > 0)


def _windows(back: Backcast, origins: Ints, horizon: int) -> float:
    """How many windows there would be if none overlapped, over how many there are."""
    cut = np.sort([np.median(back.cut[back.origin == o]) for o in origins])
    apart = np.minimum(np.diff(cut) / horizon, 1)
    return float(1 + apart.sum()) / len(origins)


def _evenness(share: Array) -> Array:
    """How many equal shares would weigh as much as these (origins, horizon)."""
    square = np.square(share).sum(0)
    count: Array = np.divide(1, square, out=np.zeros_like(square), where=square > 0)
    return count
