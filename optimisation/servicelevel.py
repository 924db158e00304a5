r"""What it takes to decide applications within a day: capacity at a quantile.

A mean month needs mean / days applications a day, but days differ. With N applications
in a day, mean m = monthly / days and variance m + m^2 / k (Poisson where k is
infinite), an intake that decides all of the day in a share q of days needs the quantile
F^{-1}(q) of N, not m. Days are taken as independent, so that the day of two neighbours
together is a sum,

    N_1 + N_2 : mean m_1 + m_2, variance v_1 + v_2,

and a shared intake needs less than two of their own: the fluctuation above the mean
grows with the root of the size. A sum of negative binomials is matched by its first two
moments; it is exact for Poisson, and where m_i / k_i are equal.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..models.domain import Array

#: Working days in a month.
DAYS = 21.0


@dataclass(frozen=True)
class Intake:
    """Applications to one intake, and what they take.

    Attributes
    ----------
    applications : array (T,)
        Expected in each month, new and renewed.
    hours : float
        Handler-hours per application.
    dispersion : float
        k of a day: variance m + m^2 / k; infinity for Poisson.
    days : float
        Working days in a month.
    hours_day : float
        Hours that a present handler has for it in a day; an assumption.
    """

    applications: Array
    hours: float
    dispersion: float = np.inf
    days: float = DAYS
    hours_day: float = 8.0

    def __post_init__(self) -> None:
        """Refuse what would give silent nonsense."""
        scalars = (self.hours, self.dispersion, self.days, self.hours_day)
        if min(scalars) <= 0 or np.min(self.applications) < 0:
            raise ValueError(
                "hours, dispersion, days and hours_day must be above 0 and "
                f"applications not below, got {scalars} and {self.applications}"
            )

    @property
    def daily(self) -> Array:
        """Mean applications in a day, shape (T,)."""
        mean: Array = np.asarray(self.applications, float) / self.days
        return mean

    @property
    def variance(self) -> Array:
        """Variance of the applications in a day, shape (T,)."""
        mean = self.daily
        spread: Array = mean + mean**2 / self.dispersion
        return spread

    def handlers_at_mean(self) -> Array:
        """Present handlers that the mean day needs, shape (T,)."""
        needed: Array = self.daily * self.hours / self.hours_day
        return needed

    def handlers_at(self, share: float) -> Array:
        """Present handlers that decide all of the day in a share of days, shape (T,).

        Raises
        ------
        ValueError
            `share` is not in (0, 1).
        """
        most = quantile(self.daily, self.variance, share)
        return most * self.hours / self.hours_day

    def extra(self, share: float) -> Array:
        """Handler-months beyond the mean that the promise takes, shape (T,)."""
        return np.maximum(self.handlers_at(share) - self.handlers_at_mean(), 0.0)

    def cost_year(self, share: float, handler_month_sek: float) -> float:
        """Price of the promise in a year, SEK.

        Parameters
        ----------
        share : float
            Share of days in which everything is decided.
        handler_month_sek : float
            Of a present handler.
        """
        return float(12 * self.extra(share).mean() * handler_month_sek)


def quantile(mean: Array, variance: Array, share: float) -> Array:
    """Quantile of a count by its first two moments: negative binomial or Poisson.

    Parameters
    ----------
    mean, variance : array (T,)
        Variance not below the mean.
    share : float
        In (0, 1).
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be above 0 and below 1, got {share}")
    over = variance - mean
    wide = over > 1e-9 * np.maximum(mean, 1e-300)
    size = np.divide(mean**2, over, out=np.ones_like(mean), where=wide)
    counted = stats.nbinom.ppf(share, size, size / (size + mean))
    most: Array = np.where(wide, counted, stats.poisson.ppf(share, mean))
    return most


def pooled(intakes: tuple[Intake, ...]) -> Intake:
    """Return one intake for several: independent days added up, month by month.

    Raises
    ------
    ValueError
        Hours per application or working time differ: their sum is no plain count.
    """
    first = intakes[0]
    for one in intakes:
        same = (one.hours, one.days, one.hours_day) == (
            first.hours,
            first.days,
            first.hours_day,
        )
        if not same:
            raise ValueError("hours, days and hours_day must be equal to be pooled")
    mean = np.sum([one.daily for one in intakes], axis=0)
    over = np.sum([one.variance - one.daily for one in intakes], axis=0)
    # one dispersion for all months, at the mean month
    total = float(over.mean())
    size = float((mean**2).mean()) / total if total > 0 else np.inf
    return Intake(mean * first.days, first.hours, size, first.days, first.hours_day)


def pooling_saves(intakes: tuple[Intake, ...], share: float) -> Array:
    """Present handlers that a shared intake needs less than separate ones, (T,)."""
    apart = np.sum([one.handlers_at(share) for one in intakes], axis=0)
    saved: Array = apart - pooled(intakes).handlers_at(share)
    return saved
