"""Scores of predicted exits, for one destination or several.

A prediction is the chance of having left to destination j within 1..T periods, of
shape (n, T, J). Of a spell censored in period t it is known that it lasted t periods:
censoring comes after the exits of its period.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Weights stay below the inverse of this share, or a few spells would decide.
LEAST_KNOWN = 0.02
#: A chance below this counts as this in the log-likelihood.
LEAST_CHANCE = 1e-6


class Outcome(NamedTuple):
    """How spells ended: whole periods, and 0 (censored) or destination 1..J.

    Each array has shape (n,).
    """

    time: Ints
    event: Ints

    @classmethod
    def of(cls, time: ArrayLike, event: ArrayLike) -> "Outcome":
        """Take what can be read as whole numbers."""
        return cls(np.asarray(time, dtype=np.int64), np.asarray(event, dtype=np.int64))

    def take(self, rows: NDArray) -> "Outcome":
        """Keep some spells only."""
        return Outcome(self.time[rows], self.event[rows])


def uncensored(train: Outcome, last: int) -> Array:
    """Chance of not being censored before the end of period 0..last, (last + 1,).

    Kaplan-Meier of the censoring, which comes after the exits of its period.
    """
    periods = np.arange(last + 1)
    censored = np.bincount(train.time[train.event == 0], minlength=last + 1)
    beyond = len(train.time) - np.searchsorted(np.sort(train.time), periods, "right")
    at_risk = beyond + censored[: last + 1]
    stays = 1 - censored[: last + 1] / np.maximum(at_risk, 1)
    known = np.concatenate([[1.0], np.cumprod(stays)[:-1]])
    floored: Array = np.maximum(known, LEAST_KNOWN)
    return floored


def brier(known: Array, outcome: Outcome, incidence: Array) -> Array:
    """Brier score by destination, mean over periods, (J,).

    Each spell is weighted by the inverse of its chance of being known (Graf et al.
    1999), so that censoring does not tilt the score.

    Parameters
    ----------
    known : array of shape (T + 1,)
        From `uncensored`, of the training data.
    """
    time, event = outcome
    last = incidence.shape[1]
    scores = np.zeros((last, incidence.shape[2]))
    for period in range(1, last + 1):
        left = (event > 0) & (time <= period)
        here = (time > period) | ((time == period) & (event == 0))
        weight = left / known[np.minimum(time, last)] + here / known[period]
        for j in range(scores.shape[1]):
            miss = (left & (event == j + 1)) - incidence[:, period - 1, j]
            scores[period - 1, j] = np.mean(weight * miss**2)
    mean: Array = scores.mean(0)
    return mean


def log_likelihood(outcome: Outcome, incidence: Array) -> float:
    """Mean log-likelihood of a spell, censored after the last period predicted."""
    time, event = outcome
    n, last, _ = incidence.shape
    past = np.concatenate([np.zeros((n, 1, incidence.shape[2])), incidence], axis=1)
    spell, period = np.arange(n), np.minimum(time, last)
    left = (event > 0) & (time <= last)
    j = np.maximum(event - 1, 0)
    before = np.maximum(period - 1, 0)
    chance = np.where(
        left,
        past[spell, period, j] - past[spell, before, j],
        1 - past[spell, period].sum(1),
    )
    return float(np.log(np.maximum(chance, LEAST_CHANCE)).mean())


def observed(outcome: Outcome, ahead: int, destinations: int) -> Array:
    """Aalen-Johansen estimate of having left within `ahead` periods, (J,)."""
    stay, left = 1.0, np.zeros(destinations)
    for period in range(1, ahead + 1):
        at_risk = max(int((outcome.time >= period).sum()), 1)
        now = outcome.event[outcome.time == period]
        exits = np.bincount(now, minlength=destinations + 1)[1:] / at_risk
        left += stay * exits
        stay *= 1 - exits.sum()
    return left


def tenths(chance: Array) -> Ints:
    """Tenth, 0..9, of each of n chances; ties are dealt in order."""
    rank = np.empty(len(chance), dtype=np.int64)
    rank[np.argsort(chance, kind="stable")] = np.arange(len(chance))
    tenth: Ints = rank * 10 // len(chance)
    return tenth


def calibration(outcome: Outcome, chance: Array, ahead: int) -> Array:
    """Predicted less observed exits by tenths of the prediction, (J, 10).

    Parameters
    ----------
    chance : array of shape (n, J)
        Of having left within `ahead` periods.
    """
    destinations = chance.shape[1]
    apart = np.zeros((destinations, 10))
    for j in range(destinations):
        tenth = tenths(chance[:, j])
        for i in range(10):
            rows = tenth == i
            found = observed(outcome.take(rows), ahead, destinations)[j]
            apart[j, i] = chance[rows, j].mean() - found
    return apart
