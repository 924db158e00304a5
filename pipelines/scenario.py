"""Events of a case in its forecast: what they multiply, and what a reader is told.

An event that is counted makes the forecast a scenario, so each is named with what it is
assumed to do and whose assumption that is; those that are not counted are named too.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..models.events import EFFECTS, Event, masked, relative
from .case import Case
from .language import month_name, number, percent, translator


def event_factors(
    case: Case, unit: str, quantity: str, months: pd.DatetimeIndex
) -> Array:
    """Multiply a quantity of one unit in months to come, relative to the last known.

    Parameters
    ----------
    case : Case
    unit : str
    quantity : str
        One of `models.events.EFFECTS`.
    months : pandas.DatetimeIndex, length T

    Returns
    -------
    array (S, T)
        In the case's order of groups; 1 where no active event changes anything.
    """
    labels = [f"{unit}|{name}" for name in case.segments]
    return relative(case.events, quantity, labels, months, case.months[-1])


def onsets(case: Case, quantity: str, labels: Sequence[str]) -> pd.DataFrame:
    """Months in which an active event changes what no earlier forecast could know.

    Every month of its phase-in, and the one after its end.

    Parameters
    ----------
    case : Case
    quantity : str
        A key of `models.events.MOVED_BY`.
    labels : sequence of str
        Series, ``"unit|segment"``.

    Returns
    -------
    pandas.DataFrame
        `unique_id, ds`, as `PanelForecaster.fit` takes them; months of the figures
        only.
    """
    changed = masked(case.events, quantity, labels, case.months)
    series, month = np.nonzero(changed)
    names = np.array(labels, dtype=object)[series]
    return pd.DataFrame({"unique_id": names, "ds": case.months[month]})


def counted_effects(*, flows: bool, payments: bool) -> tuple[str, ...]:
    """Effects of events that a forecast and its plan can count.

    Parameters
    ----------
    flows : bool
        Whether it is told who comes and leaves; from cases alone it cannot be.
    payments : bool
        Whether payments are forecast.
    """
    return tuple(q for q in EFFECTS if (payments if q == "benefit" else flows))


def event_notes(
    case: Case, months: pd.DatetimeIndex, counted: tuple[str, ...], sprak: str = "sv"
) -> list[str]:
    """Say of every event what is counted of it.

    Parameters
    ----------
    case : Case
    months : pandas.DatetimeIndex
        Months forecast.
    counted : tuple of str
        As from `counted_effects`; of the others it is said that the register does not
        tell enough.
    sprak : {"sv", "en"}
    """
    _ = translator(sprak)
    notes: list[str] = []
    for event in case.events:
        if event.active:
            notes += _of_active(event, case, months, counted, sprak)
    rest = ", ".join(event.name for event in case.events if not event.active)
    if rest:
        text = _("Events not counted (active = false in events.toml): {names}.")
        notes.append(text.format(names=rest))
    return notes


def _of_active(
    event: Event,
    case: Case,
    months: pd.DatetimeIndex,
    counted: tuple[str, ...],
    sprak: str,
) -> list[str]:
    _ = translator(sprak)
    last = case.months[-1]
    if not event.has_effect:
        text = _("{name} is active in events.toml but has no effect filled in.")
        return [text.format(name=event.name)]
    if event.start > months[-1]:
        text = _("{name} starts after the forecast ends and is not counted.")
        return [text.format(name=event.name)]
    if not event.changes_after(last, months):
        text = _("{name} is already in the figures and changes nothing further.")
        return [text.format(name=event.name)]
    notes = []
    inside = [name for name in counted if event.effect(name)]
    outside = [name for name in EFFECTS if event.effect(name) and name not in counted]
    if inside:
        text = _(
            "Scenario, an assumption and no forecast: {name}, {when}: {effects}, for "
            "{share} of the households in {whom}. Source: {source}."
        )
        notes.append(
            text.format(
                name=event.name,
                when=when(event, sprak),
                effects=effects(event, inside, sprak),
                share=_percent(event.share_affected, sprak),
                whom=whom(event, sprak),
                source=event.source,
            )
        )
        if event.start <= last:
            text = _(
                "{name} had begun when the figures end: only what changes after "
                "{month} is counted."
            )
            notes.append(text.format(name=event.name, month=month_name(last, sprak)))
    if outside:
        text = _(
            "{name}: {effects} is not counted, since the register does not tell enough "
            "for it."
        )
        said = effects(event, outside, sprak)
        notes.append(text.format(name=event.name, effects=said))
    return notes


def effects(event: Event, names: list[str], sprak: str = "sv") -> str:
    """List effects as signed percentages, e.g. "inflöde −20 %, avslut +5 %"."""
    _ = translator(sprak)
    words = {
        "inflow": _("inflow"),
        "exits": _("probability of leaving"),
        "benefit": _("assistance per household"),
        "handling_time": _("handling time per case"),
    }
    listed = []
    for name in names:
        effect = event.effect(name)
        sign = "+" if effect > 0 else ""
        listed.append(f"{words[name]} {sign}{_percent(effect, sprak)}")
    return ", ".join(listed)


def when(event: Event, sprak: str = "sv") -> str:
    """Say from when, until when and how fast."""
    _ = translator(sprak)
    text = _("from {start}").format(start=month_name(event.start, sprak))
    if event.end is not None:
        text += " " + _("through {end}").format(end=month_name(event.end, sprak))
    if event.ramp_months:
        ramp = _("in full after {n} months")
        text += ", " + ramp.format(n=number(event.ramp_months, 0, sprak))
    return text


def whom(event: Event, sprak: str = "sv") -> str:
    """Say which groups and units it touches."""
    _ = translator(sprak)
    groups = ", ".join(event.segments) or _("every group")
    units = ", ".join(event.units) or _("every unit")
    return f"{groups}, {units}"


def _percent(share: float, sprak: str) -> str:
    whole = np.isclose(100 * share, np.round(100 * share), rtol=0, atol=1e-9)
    return percent(share, 0 if whole else 1, sprak)
