"""Seasons read off a panel by classical decomposition, all series at once.

Series are rows of a right-aligned matrix with NaN before their first month; a season
is indexed by column modulo its length, so that it continues past the last column.
"""

import warnings

import numpy as np

from .domain import Array, Flags

#: Seasons of history, and months beyond them, that a season is read off from.
SEASONS_NEEDED, MONTHS_BEYOND = 2, 6
#: Two-sided 90 % point of the seasonality test of M3's and M4's Naive2.
Z90 = 1.645
#: An index below this is a month without activity: dividing by it says nothing.
LOWEST_INDEX = 0.01


def trend(y: Array, m: int) -> Array:
    """Centred moving average over a season, (n, T); NaN where it is not covered."""
    n, months = y.shape
    result = np.full((n, months), np.nan)
    if months > m:
        # shifted columns, not a running sum: NaN would spread through that
        window = np.ones(m) / m
        if m % 2 == 0:  # half of the month at either end
            window = np.convolve([0.5, 0.5], window)
        end = months - len(window) + 1
        middle = sum(w * y[:, k : end + k] for k, w in enumerate(window))
        result[:, m // 2 : m // 2 + end] = middle
    return result


def _by_month(values: Array, m: int) -> Array:
    """Mean over the years by column modulo m, (n, m); NaN where nothing is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a month without any value
        means: Array = np.stack(
            [np.nanmean(values[:, j::m], axis=1) for j in range(m)], 1
        )
        return means


def additive(y: Array, m: int) -> Array:
    """Additive season by t % m, (n, m); zeros where the history is too short."""
    found = np.zeros((len(y), m))
    if y.shape[1] <= m:
        return found
    season = _by_month(y - trend(y, m), m)
    enough = np.isfinite(y).sum(1) >= SEASONS_NEEDED * m + MONTHS_BEYOND
    usable = enough & np.isfinite(season).all(1)
    found[usable] = season[usable] - season[usable].mean(1, keepdims=True)
    return found


def shrunk(y: Array, season: Array) -> Array:
    """Shrink additive seasons (n, m) by signal over signal and noise.

    The noise of an index is the variance around trend and season over the number of
    years that it is a mean of (Miller & Williams 2003: shrunken seasons forecast
    better).
    """
    m = season.shape[1]
    rest = y - trend(y, m) - season[:, np.arange(y.shape[1]) % m]
    inside = np.isfinite(rest)
    years = np.maximum(inside.sum(1) / m, 1)
    noise = np.square(np.where(inside, rest, 0)).sum(1) / np.maximum(inside.sum(1), 1)
    signal = np.square(season).mean(1)
    total = signal + noise / years
    kept = np.divide(signal, total, out=np.zeros_like(total), where=total > 0)
    found: Array = season * kept[:, None]
    return found


def multiplicative(y: Array, m: int) -> Array:
    """Multiplicative indices by t % m, (n, m); ones where there is no season.

    As in M3's and M4's Naive2: where the seasonality test finds one in a positive
    series.
    """
    found = np.ones((len(y), m))
    if y.shape[1] <= m:
        return found
    with np.errstate(divide="ignore", invalid="ignore"):
        index = _by_month(y / trend(y, m), m)
        index /= index.mean(1, keepdims=True)
        usable = (index > LOWEST_INDEX).all(1)
    positive = np.nanmin(y, axis=1) > 0
    usable &= positive & is_seasonal(y, m)
    found[usable] = index[usable]
    return found


def is_seasonal(y: Array, m: int) -> Flags:
    """Whether autocorrelation at lag m is beyond its 90 % limit, (n,)."""
    known = np.isfinite(y).sum(1)
    mean = np.nanmean(y, axis=1, keepdims=True)
    x = np.nan_to_num(y - mean)
    size = np.maximum((x**2).sum(1), np.finfo(float).tiny)
    lags = range(1, m + 1)
    r = np.stack([(x[:, k:] * x[:, :-k]).sum(1) / size for k in lags], 1)
    limit = Z90 * np.sqrt((1 + 2 * (r[:, :-1] ** 2).sum(1)) / np.maximum(known, 1))
    found: Flags = (np.abs(r[:, -1]) > limit) & (known >= 3 * m)
    # the rounded mean of a constant leaves errors that all repeat
    found &= np.nanmax(y, axis=1) > np.nanmin(y, axis=1)
    return found
