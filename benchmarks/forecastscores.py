"""Scores of forecasts on a panel, by series, and how sure their ratios are.

One function scores whoever forecast; it says for a whole panel what `models.scoring`
says for one series.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bemanna.models import scoring

Array = NDArray[np.float64]

#: Probabilities at which forecasts are scored: the outer two for the intervals, the
#: nine deciles for the CRPS.
CHANCES = np.array([0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975])
MEDIAN = 5
#: Intervals, in per cent, by how far their bounds lie from the ends of CHANCES.
LEVELS = {80: 1, 95: 0}
#: What a miss of the 95 % interval is fined, in times the distance.
FINE = 40
#: Panels drawn again for an interval of a ratio, and from what seed.
DRAWS, SEED = 2_000, 20
#: Levels at which a distribution function is read off a grid of quantiles: midpoints,
#: so that the share of quantiles up to a value is its probability without bias.
GRID = (np.arange(200) + 0.5) / 200
#: A panel of whole numbers is one of counts where the median series' mean is below.
COUNTS_BELOW = 50


class Actual(NamedTuple):
    """What came after one cut of a panel, n series.

    Attributes
    ----------
    ids : list of str
    histories : list of array
    y : array (n, horizon)
    naive2 : array (n, horizon)
    scale : array (n,)
    """

    ids: list[str]
    histories: list[Array]
    y: Array
    naive2: Array
    scale: Array

    @classmethod
    def of(cls, table: pd.DataFrame) -> Self:
        """Split a panel; series in the order of their names."""
        known = {u: g["y"].to_numpy(float) for u, g in _part(table, "train")}
        later = {u: g["y"].to_numpy(float) for u, g in _part(table, "test")}
        ids = sorted(later)
        y = np.array([later[u] for u in ids])
        histories = [known[u] for u in ids]
        naive2 = np.array([scoring.naive2(h, y.shape[1]) for h in histories])
        scale = np.array([scoring.naive_scale(h) for h in histories])
        return cls(ids, histories, y, naive2, scale)

    @property
    def seasonal_naive(self) -> Array:
        """Last year again, (n, horizon)."""
        ahead = [scoring.seasonal_naive(h, self.y.shape[1]) for h in self.histories]
        return np.array(ahead)

    @property
    def are_counts(self) -> bool:
        """Whether these are whole numbers so small that a month is one of few."""
        whole = all((h == np.round(h)).all() for h in [*self.histories, self.y])
        return bool(
            whole and np.median([h.mean() for h in self.histories]) < COUNTS_BELOW
        )


def _part(table: pd.DataFrame, split: str) -> "pd.api.typing.DataFrameGroupBy":
    part = table[table["split"] == split].sort_values(["unique_id", "ds"])
    return part.groupby("unique_id")


class Scores(NamedTuple):
    """Scores of one forecaster on one panel, one entry per series (and step)."""

    smape: Array
    mase: Array
    crps: Array
    msis: Array
    inside: Array
    """(n, horizon, 2): whether the outcome lies inside 80 and 95 %."""

    @classmethod
    def pooled(cls, cuts: "Sequence[Scores]") -> Self:
        """Stack the series of several cuts."""
        return cls(*(np.concatenate(parts) for parts in zip(*cuts, strict=True)))


def score(actual: Actual, point: Array, quantiles: Array) -> Scores:
    """Score a point forecast (n, horizon) and quantiles (n, horizon, CHANCES)."""
    y, size = actual.y, np.abs(actual.y) + np.abs(point)
    gap = np.abs(y - point)
    smape = 200 * np.divide(gap, size, out=np.zeros_like(gap), where=size > 0)
    error = y[..., None] - quantiles
    pinball = 2 * np.maximum(CHANCES * error, (CHANCES - 1) * error)
    low, high = quantiles[..., 0], quantiles[..., -1]
    fine = FINE * (np.maximum(low - y, 0) + np.maximum(y - high, 0))
    inside = [
        (y >= quantiles[..., i]) & (y <= quantiles[..., -1 - i])
        for i in LEVELS.values()
    ]
    return Scores(
        smape.mean(1),
        gap.mean(1) / actual.scale,
        pinball[..., 1:-1].mean((1, 2)) / actual.scale,
        (high - low + fine).mean(1) / actual.scale,
        np.stack(inside, -1).astype(float),
    )


def score_point(actual: Actual, point: Array) -> Scores:
    """Score a forecast that says nothing of its error."""
    return score(actual, point, np.repeat(point[..., None], len(CHANCES), 2))


def randomised_pit(y: Array, grid: Array, rng: np.random.Generator) -> Array:
    """Probability integral transforms of counts, uniform where forecasts are right.

    u lies evenly between F(y - 1) and F(y); a continuous F is read halfway between
    whole numbers, which does no harm to one that jumps at them.

    Parameters
    ----------
    y : array (n, horizon)
        Whole numbers.
    grid : array (n, horizon, len(GRID))
        Quantiles at `GRID`.
    rng : numpy.random.Generator
    """
    below, upto = ((grid <= y[..., None] + half).mean(-1) for half in (-0.5, 0.5))
    drawn: Array = below + rng.random(y.shape) * (upto - below)
    return drawn


def inside_by_pit(pit: Array) -> Array:
    """Whether outcomes lie inside the intervals of LEVELS, (n, horizon, 2)."""
    inside = [np.abs(pit - 0.5) <= level / 200 for level in LEVELS]
    return np.stack(inside, -1).astype(float)


class Ratio(NamedTuple):
    """Own score over a peer's, with a 95 % interval from panels drawn again."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: Array) -> Self:
        """Take the panel as it is, then panels drawn again, (1 + DRAWS,)."""
        low, high = np.quantile(draws[1:], [0.025, 0.975])
        return cls(float(draws[0]), float(low), float(high))

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


def redrawn(ids: Sequence[str], draws: int = DRAWS, seed: int = SEED) -> Array:
    """How often each row counts: once, then as its series is drawn, (1 + draws, rows).

    A series' cuts are drawn together: they are no more independent than its months.
    """
    code, names = pd.factorize(np.asarray(ids, dtype=object))
    n = len(names)
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=draws)
    return np.vstack([np.ones(len(ids)), counts[:, code]])


def owa(weights: Array, scores: Scores, naive2: Scores) -> Array:
    """Overall weighted average of M4 of every panel drawn, (1 + DRAWS,)."""
    smape = (weights @ scores.smape) / (weights @ naive2.smape)
    mase = (weights @ scores.mase) / (weights @ naive2.mase)
    average: Array = (smape + mase) / 2
    return average
