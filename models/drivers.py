"""The effect of a driver, such as unemployment, on the monthly inflow of a panel.

Month t of series i against the same month a year before, with the driver x read L
months earlier, is a binomial share whose log odds are linear in the driver:

    y[t] / (y[t] + y[t-m])  ~  logit = a[i] + c[t] + b[i] (x[t-L] - x[t-m-L])

Level and season are conditioned away, also those of small counts (McCullagh & Nelder
1989, 7.2). b is seen from two sources. *Common*: months in which the driver moves
everywhere, blurred by whatever else moves the whole panel, c[t]. *Own*: how series with
different drivers part, where c[t] cancels. Each weighs by a robust variance of its own,
so that neither the many series of one county nor a shock to all passes for evidence.
"""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .domain import Array, Interval
from .yearpairs import LEVEL, REACH, Pairs, alone_effects, pooled, shrunk

#: Chance that a driver without effect counts as significant.
ALPHA = 0.05


class DriverEffect(BaseEstimator):
    """Log-linear effect of one lagged driver, pooled over a panel and per series.

    Parameters
    ----------
    max_lag : int
        Longest lag tried, months; fewer where the history is short.
    season_length : int
        Months in a season.

    Attributes
    ----------
    lag_ : int
        Months by which the driver leads.
    effect_, se_ : float
        Log effect of one unit of the driver, and its standard error, which allows for
        series that share a driver and for shocks that last or are shared. With nothing
        to learn from (a constant driver, under two seasons) 0 and infinite.
    effects_ : array (n,)
        Per series, shrunk towards the panel.
    weight_ : array (n,)
        Share of a series' own evidence in its effect, 0 to 1.
    spread_ : float
        Standard deviation of the true effects between series.
    overdispersion_ : float
        Variance of a month is mean + overdispersion * mean ** 2.
    significant_ : bool
        Whether the driver matters at all, after a choice among lags (Bonferroni).
        Where it does not, forecast without it.
    lags_ : pandas.DataFrame
        `lag, effect, se, gain, loss`: quasi-log-likelihood gained over no effect, and
        lost against the best lag.

    Examples
    --------
    >>> t = np.arange(96)
    >>> x = 7 + np.sin(t / 9) + np.zeros((4, 1))
    >>> y = np.round(200 * np.exp(0.1 * np.roll(x, 2, axis=1)))
    >>> model = DriverEffect(max_lag=6).fit(y, x)
    >>> model.lag_, round(model.effect_, 2), model.significant_
    (2, 0.1, True)
    """

    def __init__(self, max_lag: int = 12, season_length: int = 12) -> None:
        self.max_lag = max_lag
        self.season_length = season_length

    def fit(self, y: ArrayLike, x: ArrayLike) -> Self:
        """Find lag and effect.

        Parameters
        ----------
        y : array (n, T)
            Monthly counts, right-aligned, NaN where not known.
        x : array (n, T)
            The driver of each series in its unit, the same for series that share it;
            NaN before its first known month.

        Raises
        ------
        ValueError
            Shapes that differ, counts below 0 or infinite, a driver with gaps.
        """
        m = self.season_length
        if self.max_lag < 0 or m < 1:
            raise ValueError(
                "max_lag must be at least 0 and season_length at least 1, got "
                f"{self.max_lag} and {m}"
            )
        counts, driver = _counts(y), np.asarray(x, dtype=float)
        if driver.shape != counts.shape:
            raise ValueError(
                f"x must have the shape of y, {counts.shape}, got {driver.shape}"
            )
        filled = _driver(driver, len(counts))
        # a season of pairs is kept for the longest lag; all lags see the same pairs
        spare = int(np.isfinite(driver).sum(1).max()) - 2 * m
        lags = np.arange(min(max(spare, 0), self.max_lag) + 1)
        pairs, self.overdispersion_ = Pairs.of(counts, driver, m, lags[-1]).weighted()
        changes = np.stack(
            [filled[:, pairs.month - k] - filled[:, pairs.month - m - k] for k in lags]
        )
        effect, se = pooled(pairs, changes, filled, m)
        gain = np.square(effect / se) / 2
        best = int(np.argmax(gain))
        self.lags_ = pd.DataFrame(
            {"lag": lags, "effect": effect, "se": se, "gain": gain}
        ).assign(loss=gain[best] - gain)
        self.lag_, self.effect_, self.se_ = best, float(effect[best]), float(se[best])
        chance = 2 * stats.norm.sf(abs(self.effect_) / self.se_)
        self.significant_ = bool(chance * len(lags) < ALPHA)
        deviation, self.weight_, self.spread_ = shrunk(
            *alone_effects(pairs, changes[best], self.effect_, m)
        )
        self.effects_ = self.effect_ + deviation
        return self

    @property
    def interval(self) -> Interval:
        """95 % interval of the pooled effect."""
        check_is_fitted(self)
        low, high = self.effect_ - REACH * self.se_, self.effect_ + REACH * self.se_
        return Interval(self.effect_, low, high, LEVEL)

    def factors(
        self, past: ArrayLike, future: ArrayLike, effects: Array | None = None
    ) -> tuple[Array, Array]:
        """Factors by which the driver raises or lowers history and future.

        Divide a history by its factors, forecast, multiply by those of the future.

        Parameters
        ----------
        past : array (n, T)
            The driver's history, as in `fit`. Where the lag reaches before its first
            known month, that month is held.
        future : array (n, H)
            Scenario of its future; its last `lag_` months have no say yet.
        effects : array (..., n), optional
            Used instead of `effects_`: one row of `draw`, or several.

        Returns
        -------
        array (..., n, T), array (..., n, H)
            Multiplicative; about 1 on average over the history.
        """
        check_is_fitted(self)
        known = _driver(past, len(self.effects_))
        months = known.shape[1]
        coming = _driver(future, len(known), gaps=False)
        whole = np.concatenate([known, coming], axis=1)
        path = whole[:, np.maximum(np.arange(whole.shape[1]) - self.lag_, 0)]
        path -= path[:, :months].mean(1, keepdims=True)
        used = self.effects_ if effects is None else np.asarray(effects, dtype=float)
        factor = np.exp(used[..., None] * path)
        return factor[..., :months], factor[..., months:]

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Draw effects (n, series): the panel's error is shared, the rest is own.

        Without anything to learn from all are 0.
        """
        check_is_fitted(self)
        se = self.se_ if np.isfinite(self.se_) else 0.0
        left = self.spread_ * np.sqrt(1 - self.weight_)
        own = left * rng.normal(size=(n, len(left)))
        drawn: Array = self.effects_ + rng.normal(0, se, (n, 1)) + own
        return drawn


def _counts(y: ArrayLike) -> Array:
    counts = np.asarray(y, dtype=float)
    if counts.ndim != 2 or counts.size == 0:
        raise ValueError(f"y must have shape (series, months), got {counts.shape}")
    if (counts < 0).any() or np.isinf(counts).any():
        wrong = counts[(counts < 0) | np.isinf(counts)][0]
        raise ValueError(f"y must be counts of at least 0 or NaN, got {wrong}")
    return counts


def _driver(x: ArrayLike, n: int, *, gaps: bool = True) -> Array:
    """Check a driver and hold its first value back to the first month."""
    driver = np.asarray(x, dtype=float)
    if driver.ndim != 2 or len(driver) != n or not driver.shape[1]:
        raise ValueError(
            f"the driver must have shape ({n}, months), got {driver.shape}"
        )
    known = np.isfinite(driver)
    first = known.argmax(1)
    allowed = (np.arange(driver.shape[1]) < first[:, None]) & gaps
    if not known.any(1).all() or not (known | (allowed & np.isnan(driver))).all():
        raise ValueError(
            "the driver must be finite from its first known month on, "
            f"got {int((~known).sum())} values that are not"
        )
    filled: Array = np.where(known, driver, driver[np.arange(n), first][:, None])
    return filled
