"""A simulated register of social assistance whose exit probabilities are known.

Households of 290 municipalities leave to work, sickness benefit, activity benefit or
elsewhere, by a multinomial logit in elapsed months and traits. They are watched in a
window of ten years: who was on assistance when it opened is left truncated, who still
is when it closes right censored. SIMULATED: it tests estimators and describes no place.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
DESTINATIONS = ("work", "sickness", "activity", "other")
#: Months watched, and months before, in which the stock comes to rest.
WINDOW, BEFORE = 120, 60
MUNICIPALITIES = 290
#: Effects on the log odds of the four destinations, by trait and level.
EFFECTS: dict[str, dict[str, tuple[float, ...]]] = {
    "segment": {
        "near work": (0.45, -0.8, -0.2, 0.1),
        "newly arrived": (0.20, -1.0, 0.3, 0.2),
        "no education": (-0.15, -0.9, -0.1, 0.0),
        "single parent": (-0.10, -0.3, -0.1, -0.1),
        "sick": (-0.9, 0.9, -0.3, -0.2),
        "other hindrance": (-1.2, 0.6, -0.6, 0.1),
    },
    "age": {
        "18-24": (0.15, -1.2, 0.3, 0.2),
        "25-34": (0.10, -0.5, 0.0, 0.0),
        "35-44": (0.0, 0.0, 0.0, 0.0),
        "45-54": (-0.15, 0.4, -0.1, -0.1),
        "55-64": (-0.5, 0.9, -0.5, 0.1),
    },
    "education": {
        "short": (-0.3, 0.1, 0.0, 0.0),
        "middle": (0.0, 0.0, 0.0, 0.0),
        "long": (0.3, -0.1, 0.0, 0.0),
    },
    # children and sex in one column, as registers have it: mothers are apart
    "household": {
        "man": (0.0, 0.0, 0.0, 0.0),
        "woman": (-0.12, 0.05, 0.0, 0.0),
        "man with children": (-0.10, -0.05, -0.05, -0.05),
        "woman with children": (-0.47, 0.0, -0.05, -0.05),
    },
    "kind": {
        "very hard": (-0.25, 0.0, 0.0, -0.25),
        "hard": (-0.1, 0.0, 0.0, -0.1),
        "even": (0.0, 0.0, 0.0, 0.0),
        "easy": (0.1, 0.0, 0.0, 0.1),
        "very easy": (0.25, 0.0, 0.0, 0.25),
    },
}
TRAITS = tuple(EFFECTS)
#: What a municipality has of its own beside its kind, and no model is told.
APART = 0.05
#: The young and newly arrived leave to work more often than the sum tells.
YOUNG_ARRIVED = 0.2


class People(NamedTuple):
    """Households at a moment.

    Attributes
    ----------
    traits : array of codes (n, 5)
    apart : array (n,)
        What the municipality adds to the log odds of work and other.
    elapsed : array (n,)
        Months on assistance.
    """

    traits: NDArray[np.int8]
    apart: Array
    elapsed: NDArray[np.int64]

    def take(self, rows: NDArray) -> "People":
        """Keep some households only."""
        return People(self.traits[rows], self.apart[rows], self.elapsed[rows])

    def frame(self) -> pd.DataFrame:
        """Traits as a model sees them: columns of categories."""
        return pd.DataFrame(
            {
                name: pd.Categorical.from_codes(
                    self.traits[:, i], pd.Index(list(levels))
                )
                for i, (name, levels) in enumerate(EFFECTS.items())
            }
        )


class Register(NamedTuple):
    """Rows of a simulated register, and who is on assistance when it closes.

    Attributes
    ----------
    X, y : frames
        Counting-process rows, one per spell.
    stock : People
    """

    X: pd.DataFrame
    y: pd.DataFrame
    stock: People

    @property
    def months(self) -> int:
        """Household-months."""
        return int((self.y["stop"] - self.y["entry"]).sum())


def over_time(elapsed: NDArray) -> Array:
    """Log odds of leaving by elapsed month (0 is the first), (n, 4)."""
    log = np.log1p(elapsed)
    work = -2.75 - 0.42 * log + 0.25 * np.exp(-(((elapsed - 2) / 3) ** 2))
    sickness = (
        -5.9 + 0.35 * np.minimum(log, 4) - 0.02 * np.maximum(elapsed - 59, 0) / 12
    )
    activity = -4.6 - 0.10 * log + 0.5 * ((elapsed >= 9) & (elapsed <= 13))
    return np.column_stack([work, sickness, activity, -3.9 - 0.30 * log])


def by_traits(traits: NDArray[np.int8], apart: Array) -> Array:
    """Add up what traits and municipality give to the log odds, (n, 4)."""
    total = np.zeros((len(traits), len(DESTINATIONS)))
    for i, levels in enumerate(EFFECTS.values()):
        total += np.array(list(levels.values()))[traits[:, i]]
    total[:, [0, 3]] += apart[:, None]
    total[:, 0] += YOUNG_ARRIVED * ((traits[:, 0] == 1) & (traits[:, 1] == 0))
    return total


def hazard(elapsed: NDArray, added: Array) -> Array:
    """Tell the true exit probabilities of a month, (n, 4)."""
    odds = np.exp(over_time(elapsed) + added)
    chances: Array = odds / (1 + odds.sum(1, keepdims=True))
    return chances


def leaves_within(people: People, months: int) -> Array:
    """Tell the true chance of leaving within so many months, (n,)."""
    added, stay = by_traits(people.traits, people.apart), np.ones(len(people.traits))
    for month in range(months):
        stay *= 1 - hazard(people.elapsed + month, added).sum(1)
    return 1 - stay


def simulate(rng: np.random.Generator, households: int) -> Register:
    """Watch so many households at a time; whoever leaves makes room for another."""
    kind = rng.permutation(MUNICIPALITIES) % 5
    own = rng.normal(0, APART, MUNICIPALITIES)
    size = rng.lognormal(0, 1.1, MUNICIPALITIES)
    size /= size.sum()

    def arrive(n: int) -> tuple[NDArray[np.int8], Array]:
        place = rng.choice(MUNICIPALITIES, n, p=size)
        segment = rng.choice(6, n, p=[0.22, 0.15, 0.2, 0.13, 0.2, 0.1])
        age = rng.choice(5, n, p=[0.1, 0.28, 0.27, 0.2, 0.15])
        young = rng.choice(5, n, p=[0.6, 0.3, 0.05, 0.03, 0.02])
        children = rng.random(n) < np.where(segment == 3, 0.95, 0.3)
        columns = [
            segment,
            np.where(segment == 1, young, age),
            rng.choice(3, n, p=[0.45, 0.38, 0.17]),
            rng.integers(0, 2, n) + 2 * children,
            kind[place],
        ]
        return np.column_stack(columns).astype(np.int8), own[place]

    traits, apart = arrive(households)
    added = by_traits(traits, apart)
    entry = np.zeros(households, dtype=np.int64)
    elapsed = np.zeros(households, dtype=np.int64)
    parts = []
    for month in range(-BEFORE, WINDOW):
        if month == 0:
            entry = elapsed.copy()
        edges = hazard(elapsed, added).cumsum(1)
        goes = (rng.random(households)[:, None] > edges).sum(1)
        elapsed += 1
        gone = np.flatnonzero(goes < len(DESTINATIONS))
        if month >= 0:
            parts.append((traits[gone], entry[gone], elapsed[gone], goes[gone]))
        traits[gone], apart[gone] = arrive(len(gone))
        added[gone] = by_traits(traits[gone], apart[gone])
        elapsed[gone] = entry[gone] = 0
    still = np.flatnonzero(elapsed > entry)
    stays = np.full(len(still), -1)
    parts.append((traits[still], entry[still], elapsed[still], stays))
    who, came, stop, goes = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    exits = pd.Categorical.from_codes(goes, pd.Index(DESTINATIONS))
    y = pd.DataFrame({"entry": came, "stop": stop, "exit": exits})
    X = People(who, np.zeros(0), stop).frame()
    return Register(X, y, People(traits, apart, elapsed))
