"""Triage: new cases that labour-market staff take over, as segments of their own."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..models.domain import Array
from .problem import Triage, Unit

#: Fields of a unit with one row per segment.
_BY_SEGMENT = ("weight", "benefit", "exit_probability", "ageing", "terminal_value")
_COUNTS = ("stock", "inflow")


def with_triage(
    unit: Unit,
    share_max: Array,
    cost: float,
    staff_max: float,
    sources: NDArray[np.intp] | None = None,
) -> Unit:
    """Let labour-market staff take a part of the new cases.

    Whoever is routed is the same household: benefit, exits at a given caseload and
    returns are those of the segment it came from; only whose time it takes differs.

    Parameters
    ----------
    unit : Unit
        Without triage.
    share_max : array (P, T), or broadcast to it
        Largest share of new cases of each source that may be routed.
    cost : float
        SEK per effective month of labour-market staff.
    staff_max : float
        Most of them in a month.
    sources : int array (P,), optional
        Segments that may be routed; all where left out.

    Returns
    -------
    Unit
        With P more segments, empty in month 0; `segments` names the first.
    """
    if sources is None:
        sources = np.arange(unit.shape[0])
    shape = len(sources), unit.shape[2]
    share = np.array(np.broadcast_to(np.asarray(share_max, float), shape))
    if len(np.unique(sources)) < len(sources):
        raise ValueError(f"sources must be different segments, got {sources}")
    if share.size and not 0 <= share.min() <= share.max() <= 1:
        raise ValueError(f"share_max must be in [0, 1], got {share_max}")
    order = np.append(np.arange(unit.shape[0]), sources)  # as `of_whom` gives it
    fields = {name: getattr(unit, name)[order] for name in _BY_SEGMENT}
    reentry = np.broadcast_to(unit.reentry, (unit.shape[0], unit.reentry.shape[1]))
    return replace(
        unit,
        **fields,
        stock=np.append(unit.stock, np.zeros_like(unit.stock[sources]), axis=0),
        inflow=np.append(unit.inflow, np.zeros_like(unit.inflow[sources]), axis=0),
        reentry=reentry[order],
        triage=Triage(sources, share, cost, staff_max),
    )


def without_triage(unit: Unit) -> Unit:
    """Return the unit as it is where nobody is routed."""
    own = unit.handled
    fields = {name: getattr(unit, name)[own] for name in (*_BY_SEGMENT, *_COUNTS)}
    reentry = unit.reentry if len(unit.reentry) == 1 else unit.reentry[own]
    return replace(unit, **fields, reentry=reentry, triage=None)


def of_whom(unit: Unit) -> NDArray[np.intp]:
    """Segment whose households each segment of a unit has, shape (S,)."""
    if unit.triage is None:
        return np.arange(unit.shape[0])
    return np.append(np.arange(unit.shape[0])[unit.handled], unit.triage.source)


def by_source(unit: Unit, values: Array) -> Array:
    """Add routed segments (S, T) to those that they came from, (S - P, T)."""
    together = values[unit.handled].copy()
    if unit.triage is not None:
        together[unit.triage.source] += values[unit.routed]
    return together
