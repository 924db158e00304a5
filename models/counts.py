"""Very low counts: a negative binomial in place of a continuous distribution.

Where a series of whole numbers is about 3 a month or less, most of its distribution
lies on 0, 1 and 2. There a count has

    P(k) = NegBin(mean mu, variance mu + mu^2 d),

with the dispersion d by moments around each series' mean, shrunk to the panel's.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.stats import nbinom, norm

from .domain import Array, Flags

#: A count of at most this many a month is low.
LOW = 3.0
#: Months whose mean is compared with that, and from which dispersion is read.
RECENT = 36
#: Months that the panel's dispersion counts for against a series' own.
PRIOR_MONTHS = 24.0
#: Least and most dispersion: a Poisson, and nearly all months empty.
LEAST, MOST = 1e-4, 50.0
#: The largest count in a table of probabilities; a low count never gets there.
LARGEST = 200


@dataclass(frozen=True)
class Counts:
    """Low counts among n series.

    Attributes
    ----------
    low : bool array (n,)
    dispersion : array (low.sum(),)
    """

    low: Flags
    dispersion: Array

    @classmethod
    def learn(cls, y: Array, point: Array) -> Self:
        """Find low counts and how much they vary.

        Parameters
        ----------
        y : array (n, T)
            Histories, right-aligned, NaN before the first month.
        point : array (n, horizon)
            Forecasts: a series that is about to leave the low counts is none.
        """
        recent = y[:, -RECENT:]
        known = np.isfinite(recent)
        months = np.maximum(known.sum(1), 1)
        mean = np.where(known, recent, 0).sum(1) / months
        whole = (np.where(known, recent, 0) % 1 == 0).all(1)
        low = whole & (mean <= LOW) & (mean > 0) & (point.max(1) <= 2 * LOW)
        if not low.any():
            return cls(low, np.zeros(0))
        gap = np.where(known, recent - mean[:, None], 0)[low]
        months, mean = months[low], mean[low]
        variance = np.square(gap).sum(1) / np.maximum(months - 1, 1)
        # moments weighted by mean^2, so that empty series do not rule
        pooled = (variance - mean).sum() / np.square(mean).sum()
        own = (variance - mean) / np.square(mean)
        mixed = (months * own + PRIOR_MONTHS * pooled) / (months + PRIOR_MONTHS)
        return cls(low, np.clip(mixed, LEAST, MOST))

    def at(self, scores: Array, mean: Array) -> Array:
        """Find counts at normal scores.

        Parameters
        ----------
        scores : array (..., low.sum(), horizon)
        mean : array (low.sum(), horizon)
        """
        size = 1 / self.dispersion[:, None]
        chance = size / (size + np.maximum(mean, 1e-9))
        most = int(np.clip(nbinom.ppf(0.99999, size, chance).max(), 1, LARGEST))
        uniform = norm.cdf(scores)
        found = np.zeros(scores.shape)
        share = nbinom.pmf(0, size, chance)
        cumulated = share.copy()
        for k in range(1, most + 1):
            found += uniform > cumulated
            # the next probability from the last: scipy's cdf would cost a beta function
            share = share * (k - 1 + size) / k * (1 - chance)
            cumulated += share
        return found
