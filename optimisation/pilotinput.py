"""What an appraisal takes: what a pilot did, and what things cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..models.domain import Array

#: Destinations where the state pays in the municipality's place.
STATE = ("sickness_compensation", "activity_support", "studies")
#: Exits whose destination nobody published.
UNSPECIFIED = "unspecified"


@dataclass(frozen=True)
class Range:
    """A cost with what it could be at least and at most, and where it comes from."""

    low: float
    middle: float
    high: float
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.middle <= self.high < math.inf:
            raise ValueError(f"0 <= low <= middle <= high is needed, got {self}")

    @classmethod
    def exactly(cls, value: float, source: str) -> "Range":
        """Give a cost without a range."""
        return cls(value, value, value, source)


@dataclass(frozen=True)
class StateCost:
    """What the state pays a month for one who left to a destination, and the source."""

    sek_month: float
    source: str


@dataclass(frozen=True)
class Pilot:
    """What was done, and how many left.

    Attributes
    ----------
    exits : mapping of destination to exits during the pilot
    months : int
        How long the pilot and its staff lasted.
    handlers_added : float
        Full-time equivalents.
    caseload_before, caseload_after : float, optional
        Cases per handler.
    profile : tuple of float, length months, optional
        Exits by month, in any unit; evenly where left out.
    """

    exits: Mapping[str, float]
    months: int
    handlers_added: float
    caseload_before: float | None = None
    caseload_after: float | None = None
    profile: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        counts = (*self.exits.values(), *self.profile, self.handlers_added)
        if self.months < 1 or not all(0 <= n < math.inf for n in counts):
            raise ValueError("months must be 1 or more, exits and handlers 0 or more")
        if self.profile and not (
            len(self.profile) == self.months and sum(self.profile) > 0
        ):
            raise ValueError(f"profile must have {self.months} months, not all 0")
        known = [
            c for c in (self.caseload_before, self.caseload_after) if c is not None
        ]
        if any(c <= 0 for c in known) or (len(known) == 2 and known[0] <= known[1]):
            raise ValueError("cases per handler must be above 0, and fewer after")

    @property
    def total(self) -> float:
        """Exits in all."""
        return sum(self.exits.values())

    @property
    def to_state(self) -> dict[str, float]:
        """Exits to where the state pays instead, by destination."""
        return {name: self.exits[name] for name in STATE if self.exits.get(name)}

    @property
    def arrivals(self) -> Array:
        """Share of the exits that come in each month, shape (months,)."""
        weight = np.array(self.profile or np.ones(self.months), dtype=float)
        share: Array = weight / weight.sum()
        return share


@dataclass(frozen=True)
class Costs:
    """Prices; SEK, undeflated.

    Attributes
    ----------
    benefit_case_month_sek : float
    handler_year_sek : Range
    state : mapping of destination to StateCost
        Only what has a source; the rest is counted and not priced.
    """

    benefit_case_month_sek: float
    handler_year_sek: Range
    state: Mapping[str, StateCost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.benefit_case_month_sek < math.inf:
            raise ValueError("benefit_case_month_sek must be above 0")
        if not set(self.state) <= set(STATE):
            raise ValueError(f"the state pays for {STATE}, got {tuple(self.state)}")
