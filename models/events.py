"""Dated events: what a change of law or practice is assumed to do, from which month.

An event multiplies a quantity, for the series that it touches, by

    factor(month) = 1 + share_affected * effect * phase(month)

where `phase` is 0 before the event, rises in equal steps over the phase-in and is 1
from then on, until the event ends. Several events multiply.

The history already holds the events that began in it. A forecast therefore counts an
event relative to the last month of history, `factor(month) / factor(last)`, so that
nothing is applied twice: an event at full strength before the last month changes
nothing further, one that is being phased in only its remaining steps, and one that ends
later is taken out of the level again. This takes the level carried forward for that of
the last month; where a model averages a year back and the event lies inside that year,
only part of it is in the level.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .domain import Array

#: What an event can change: new cases, the monthly exit probability, SEK per
#: household-month and handling time per case.
EFFECTS = ("inflow", "exits", "benefit", "handling_time")
#: The effects that move a series which is forecast or scored, by its name.
MOVED_BY = MappingProxyType(
    {
        **{name: (name,) for name in EFFECTS},
        "served": ("inflow", "exits"),
        "paid": ("inflow", "exits", "benefit"),
    }
)


@dataclass(frozen=True)
class Event:
    """One dated event and what it is assumed to do.

    Attributes
    ----------
    name : str
    start : pandas.Timestamp
        First month with any effect (month start).
    end : pandas.Timestamp or None
        Last month with any effect; None = for good.
    segments, units : tuple of str
        Groups and units that it touches; empty = all.
    share_affected : float
        Share of the households of a touched series that are affected, in (0, 1].
    inflow, exits, benefit, handling_time : float
        Relative effect on those affected, above -1: -0.2 = 20 % lower, 0 = none.
        `exits` is on the monthly exit probability.
    ramp_months : int
        Phase-in: full effect so many months after `start`, in equal steps.
    active : bool
        Whether it is counted; an inactive event is only told of.
    source : str
        Where the assumption comes from.

    Examples
    --------
    >>> event = Event("law", pd.Timestamp("2027-01-01"), inflow=-0.3, ramp_months=2)
    >>> months = pd.date_range("2026-12-01", periods=5, freq="MS")
    >>> event.factor("inflow", months, "Centre", "adults").round(2)
    array([1. , 0.9, 0.8, 0.7, 0.7])
    """

    name: str
    start: pd.Timestamp
    end: pd.Timestamp | None = None
    segments: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    share_affected: float = 1.0
    inflow: float = 0.0
    exits: float = 0.0
    benefit: float = 0.0
    handling_time: float = 0.0
    ramp_months: int = 0
    active: bool = True
    source: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.share_affected <= 1:
            raise ValueError(
                f"share_affected must lie in (0, 1], got {self.share_affected}"
            )
        for name in EFFECTS:
            if not -1 < self.effect(name) < np.inf:
                raise ValueError(f"{name} must be above -1, got {self.effect(name)}")
        if self.ramp_months < 0:
            raise ValueError(f"ramp_months must be 0 or more, got {self.ramp_months}")
        if self.end is not None and self.end < self.start:
            raise ValueError(f"end must not be before start, got {self.end}")

    def effect(self, quantity: str) -> float:
        """Relative effect on a quantity of `EFFECTS`, for those affected."""
        if quantity not in EFFECTS:
            raise ValueError(f"quantity must be one of {EFFECTS}, got {quantity!r}")
        return float(getattr(self, quantity))

    @property
    def has_effect(self) -> bool:
        """Whether it changes anything at all."""
        return any(self.effect(name) for name in EFFECTS)

    def touches(self, unit: str, segment: str) -> bool:
        """Whether it concerns a series."""
        in_unit = not self.units or unit in self.units
        return in_unit and (not self.segments or segment in self.segments)

    def phase(self, months: pd.DatetimeIndex) -> Array:
        """How far it is phased in, 0 to 1, shape (T,)."""
        steps = _month_number(months) - self._first + 1
        phase = np.clip(steps / (self.ramp_months + 1), 0.0, 1.0)
        return np.where(_month_number(months) <= self._last, phase, 0.0)

    def factor(
        self, quantity: str, months: pd.DatetimeIndex, unit: str, segment: str
    ) -> Array:
        """Multiplier of a quantity of one series, shape (T,); 1 where not touched.

        Says what the event would do, whether it is active or not.
        """
        touched = self.share_affected if self.touches(unit, segment) else 0.0
        factor: Array = 1 + touched * self.effect(quantity) * self.phase(months)
        return factor

    def changes_after(self, last: pd.Timestamp, months: pd.DatetimeIndex) -> bool:
        """Whether its strength in any of the months differs from that in `last`."""
        now = self.phase(pd.DatetimeIndex([last]))
        return self.has_effect and bool((self.phase(months) != now).any())

    @property
    def _first(self) -> float:
        return float(_month_number(pd.DatetimeIndex([self.start]))[0])

    @property
    def _last(self) -> float:
        if self.end is None:
            return np.inf
        return float(_month_number(pd.DatetimeIndex([self.end]))[0])


def factors(
    events: Iterable[Event],
    quantity: str,
    labels: Sequence[str],
    months: pd.DatetimeIndex,
) -> Array:
    """Multiply what all active events do to a quantity.

    Parameters
    ----------
    events : iterable of Event
    quantity : str
        One of `EFFECTS`.
    labels : sequence of str, length n
        ``"unit|segment"``. A sum of series has no factor of its own: add up its parts.
    months : pandas.DatetimeIndex, length T

    Returns
    -------
    array (n, T)
    """
    product = np.ones((len(labels), len(months)))
    for event in events:
        if event.active:
            for row, label in enumerate(labels):
                unit, bar, segment = label.partition("|")
                if not bar:
                    raise ValueError(f"labels must be 'unit|segment', got {label!r}")
                product[row] *= event.factor(quantity, months, unit, segment)
    return product


def relative(
    events: Iterable[Event],
    quantity: str,
    labels: Sequence[str],
    months: pd.DatetimeIndex,
    last: pd.Timestamp,
) -> Array:
    """Multiply a forecast by what events change after the last month of history.

    `factors` of the months over that of `last`, shape (n, T); see the module's head.
    """
    events = tuple(events)
    known = factors(events, quantity, labels, pd.DatetimeIndex([last]))
    return np.asarray(factors(events, quantity, labels, months) / known)


def spans(
    events: Iterable[Event],
    quantity: str,
    labels: Sequence[str],
    cutoffs: pd.DatetimeIndex,
    targets: pd.DatetimeIndex,
) -> NDArray[np.bool_]:
    """Tell which backtest windows an event lies across: leave them out of scores.

    A forecast made before a change cannot be blamed for not knowing of it. A window is
    masked if an active event with an effect on the series changes its strength in a
    month after the cutoff and no later than the target. It does so in every month of
    the phase-in, `start` to `start + ramp_months`, and in the month after `end`.

    Parameters
    ----------
    events : iterable of Event
    quantity : str
        A key of `MOVED_BY`: cases served and payments also move with inflow and exits.
    labels : sequence of str, length n
        ``"unit|segment"``; a label without a bar is a sum, which any event touches.
    cutoffs, targets : pandas.DatetimeIndex, length W
        Last month known to the forecast, and the month that it is of.

    Returns
    -------
    bool array (n, W)
    """
    known, target = _month_number(cutoffs), _month_number(targets)
    across = np.zeros((len(labels), len(known)), dtype=bool)
    for event in events:
        if not event.active or not any(map(event.effect, MOVED_BY[quantity])):
            continue
        full = min(event._first + event.ramp_months, event._last)
        # first and last month of change that lie inside the window
        begins = np.maximum(event._first, known + 1) <= np.minimum(full, target)
        over = event._last + 1
        changed = begins | ((known < over) & (over <= target))
        for row, label in enumerate(labels):
            unit, bar, segment = label.partition("|")
            if not bar or event.touches(unit, segment):
                across[row] |= changed
    return across


def masked(
    events: Iterable[Event],
    quantity: str,
    labels: Sequence[str],
    months: pd.DatetimeIndex,
) -> NDArray[np.bool_]:
    """Tell in which months the strength of an event changes, bool (n, T).

    These are the windows of one step that end in the month; see `spans`.
    """
    return spans(events, quantity, labels, months - pd.DateOffset(months=1), months)


def _month_number(months: pd.DatetimeIndex) -> Array:
    """Months counted from year 0, shape (T,)."""
    return np.asarray(months.year * 12 + months.month, dtype=float)
