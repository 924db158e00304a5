"""What a panel's series owe to the calendar: working days, and a season they share.

A count of decisions or payments follows the working days of the month; and where series
share a season, a short or noisy one learns it from the others. Both are multiplicative:

    y[i, t] = rest[i, t] * exp(b * days[t] + c[i] * s[i, month of t])

with `days` the Mondays to Fridays of the month beyond what that calendar month has on
average, `b` common to the panel, `s[i]` the season of all the *other* series, and
`c[i]` how much of it series i shows, shrunk towards the panel's mean. Each is used only
where the panel shows it: an effect of days clearly apart from nought, a season of which
series show most on the average.
"""

from typing import NamedTuple

import numpy as np

from .domain import Array, Ints
from .seasons import trend

YEAR = 12
#: Standard errors from nought beyond which the effect of a working day is used.
CLEAR = 3.0
#: Mean share of the season of the others beyond which it counts as common.
SHARED = 2 / 3
#: Months in which the Gregorian weekdays repeat, read once.
CYCLE = 400 * YEAR
#: Years that a common season is read from.
YEARS_NEEDED = 3
#: The others must hold this share of a month's total, or they say nothing.
SEEN = 1e-6
TINY = np.finfo(float).tiny
#: From median absolute deviation to standard deviation, and the variance of a median
#: relative to that of a mean, for normal noise.
NORMAL_MAD, MEDIAN_COST = 1.4826, np.pi / 2
#: Prior variance added to each series' share of the season, so that none rules.
SHARE_NOISE = 0.05
#: Least variance of the shares between series.
LEAST_SPREAD = 0.01


def working_days(month: Ints) -> Array:
    """Mondays to Fridays beyond the mean of the same calendar month.

    Parameters
    ----------
    month : int array
        Months since 1970-01.
    """
    first = np.arange(CYCLE + 1).astype("datetime64[M]").astype("datetime64[D]")
    days = np.busday_count(first[:-1], first[1:]).astype(float)
    days -= days.reshape(-1, YEAR).mean(0)[np.arange(CYCLE) % YEAR]
    found: Array = days[np.asarray(month, dtype=int) % CYCLE]
    return found


class Calendar(NamedTuple):
    """What was learnt of the calendar from a panel of n series.

    Attributes
    ----------
    day_effect : float
        `b`: relative change per working day, shrunk; 0 where it is not clear.
    season : array (n, 12)
        `c[i] s[i]` by calendar month, January first, centred on 0.
    """

    day_effect: float
    season: Array

    @classmethod
    def learn(cls, y: Array, month: Ints) -> "Calendar":
        """Learn from histories.

        Parameters
        ----------
        y : array (n, T)
            Right-aligned, non-negative, NaN before the first month.
        month : int array (n, T)
            Months since 1970-01 of each column.
        """
        if y.shape[1] <= YEAR:
            return cls(0.0, np.zeros((len(y), YEAR)))
        effect = _day_effect(y, month)
        return cls(effect, _season(y / np.exp(effect * working_days(month)), month))

    def factor(self, month: Ints) -> Array:
        """Multiplier of the rest in months (n, any), months since 1970-01."""
        season = np.take_along_axis(self.season, month % YEAR, axis=1)
        factor: Array = np.exp(self.day_effect * working_days(month) + season)
        return factor


def _relative(y: Array) -> tuple[Array, Array]:
    """Deviation from the trend and the trend, both weighted; 0 where not known.

    A series weighs with the root of its size: as precise as its counts are.
    """
    level = trend(y, YEAR)
    inside = np.isfinite(level) & (level > 0)
    level = np.where(inside, level, 0.0)
    size = level.sum(1, keepdims=True) / np.maximum(inside.sum(1, keepdims=True), 1)
    weight = 1 / np.sqrt(np.maximum(size, np.finfo(float).tiny))
    gap = np.where(inside, np.nan_to_num(y) - level, 0.0)
    return gap * weight, level * weight


def _day_effect(y: Array, month: Ints) -> float:
    """Effect of a working day on the panel as a whole, shrunk by its own noise.

    One observation per month, not per series: what hits all series in a month is one
    event, however many series there are.
    """
    gap, level = _relative(y)
    start = month.min()
    place = (month - start).ravel()
    total = np.bincount(place, level.ravel())
    used = np.flatnonzero(total)
    if len(used) < 2 * YEAR:
        return 0.0
    ratio = np.bincount(place, gap.ravel())[used] / total[used]
    days = working_days(used + start)
    dummies = np.eye(YEAR)[(used + start) % YEAR]
    design = np.column_stack([days, dummies[:, dummies.any(0)]])
    inverse = np.linalg.pinv(design.T @ design)
    found = inverse @ (design.T @ ratio)
    rest = ratio - design @ found
    freedom = max(len(used) - design.shape[1], 1)
    error = np.sqrt(inverse[0, 0] * (rest @ rest) / freedom)
    if abs(found[0]) <= CLEAR * error:
        return 0.0
    return float(found[0] * (1 - (error / found[0]) ** 2))


def _season(y: Array, month: Ints) -> Array:
    """Season that each series shows of what the others share, (n, 12) in logarithms."""
    none = np.zeros((len(y), YEAR))
    gap, level = _relative(y)
    place = month - month.min()
    gaps, levels = (
        np.bincount(place.ravel(), values.ravel())[place] for values in (gap, level)
    )
    others = levels - level
    seen = (level > 0) & (others > SEEN * levels)
    ratio = np.full(y.shape, np.nan)
    ratio[seen] = ((gaps - gap) / np.maximum(others, TINY))[seen]
    # medians: a shock that hit all in one year is no season
    by_year = _by_calendar_month(ratio, month)
    enough = np.isfinite(by_year).sum(1).min(1) >= YEARS_NEEDED
    if not enough.any():
        return none
    by_year[~enough] = 0.0
    middle = np.nanmedian(by_year, axis=1)
    rest = np.abs(by_year - middle[:, None])
    noise = np.square(NORMAL_MAD * np.nanmedian(rest, axis=1)).mean(1)
    noise = noise * MEDIAN_COST / np.isfinite(by_year).sum(1).mean(1)
    shared = np.log1p(np.clip(middle, -0.9, None))
    shared -= shared.mean(1, keepdims=True)
    signal = np.square(shared).mean(1)
    shared *= (signal / np.maximum(signal + noise, TINY))[:, None]
    share = _shares(gap, level, np.take_along_axis(shared, month % YEAR, axis=1))
    season: Array = share[:, None] * shared
    return season


def _by_calendar_month(values: Array, month: Ints) -> Array:
    """Regroup months (n, T) into years (n, years, 12), January first; NaN around."""
    start = month.min() // YEAR * YEAR
    years = (month.max() - start) // YEAR + 1
    found = np.full((len(values), years * YEAR), np.nan)
    np.put_along_axis(found, month - start, values, axis=1)
    return found.reshape(len(values), years, YEAR)


def _shares(gap: Array, level: Array, season: Array) -> Array:
    """How much of a season (n, T) each series shows, (n,), shrunk; 0 if not shared."""
    x = level * season
    # the variance of a count grows with its level
    precision = np.divide(1, level, out=np.zeros_like(level), where=level > 0)
    size = (precision * x * x).sum(1)
    known = size > 0
    share, noise = np.zeros(len(gap)), np.full(len(gap), np.inf)
    share[known] = (precision * x * gap).sum(1)[known] / size[known]
    rest = precision * (gap - share[:, None] * x) ** 2
    months = np.maximum((level > 0).sum(1), 1)
    noise[known] = (rest.sum(1) / months)[known] / size[known]
    weight = 1 / (noise + SHARE_NOISE)
    if not known.any():
        return share
    mean = float(np.average(share, weights=weight))
    if mean <= SHARED:
        return np.zeros(len(gap))
    spread = (share - mean) ** 2 - np.where(known, noise, 0)
    between = max(float(np.average(spread, weights=weight)), LEAST_SPREAD)
    shrunk: Array = mean + (share - mean) * between / (between + noise)
    return shrunk
