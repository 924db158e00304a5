"""Read events.toml: dated events as the user assumes them, or every fault in it.

The file may be left out. Unknown keys, groups and units are faults, never ignored,
since a mistyped one would silently change nothing.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from ..models.events import Event
from .case import Case
from .faults import Report
from .sources import Section, Share, month_text
from .tomlfile import TomlFile, column_of, line_of, read_toml, report_breaches

NAME = "events.toml"
#: Effects beyond this are believed to be written in per cent.
MOST = 3.0


def _effect(value: Any) -> Any:
    """Catch an effect written in per cent before the range check refuses it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and (-100 < value <= -1 or MOST < value <= 100 * MOST):
        hint = f"{value / 100:.10g}"
        raise PydanticCustomError("effect_as_percent", "use {hint}", {"hint": hint})
    return value


def _listed(value: Any) -> Any:
    """Take [event] for [[event]]: with one event the meaning is plain."""
    return [value] if isinstance(value, dict) else value


Effect = Annotated[float, BeforeValidator(_effect), Field(gt=-1, le=MOST)]
#: Years in which pandas knows months, with room for a phase-in.
Month = Annotated[
    str,
    BeforeValidator(month_text),
    Field(pattern=r"^(19|20|21)\d{2}-(0[1-9]|1[0-2])$"),
]
Name = Annotated[str, Field(min_length=1)]


class EventRow(Section):
    """One event: when it comes, whom it touches and what it is assumed to do."""

    name: str = Field(min_length=1, pattern=r"\S")
    """What the event is called in the results."""
    active: bool
    """true = counted as a scenario, false = only mentioned."""
    start: Month
    """First month with any effect, YYYY-MM."""
    end: Month | None = None
    """Last month with any effect, YYYY-MM; left out: for good."""
    ramp_months: int = Field(default=0, ge=0, le=120)
    """Months from start until full effect, in equal steps, 0-120; 0 = at once."""
    segments: tuple[Name, ...] = ()
    """Groups of households that it touches, as in the figures; empty = all."""
    units: tuple[Name, ...] = ()
    """Units that it touches, as in the figures; empty = all."""
    share_affected: Share = Field(default=1.0, gt=0)
    """Share of those households that are affected, over 0 and at most 1."""
    inflow: Effect = 0.0
    """Effect on new cases among those affected, above -1 and at most 3: -0.2 = 20 %
    fewer, 0 = none."""
    exits: Effect = 0.0
    """Effect on the monthly probability of leaving among those affected, above -1 and
    at most 3: 0.2 = 20 % higher, 0 = none."""
    benefit: Effect = 0.0
    """Effect on benefit per household and month among those affected, above -1 and at
    most 3: -0.2 = 20 % lower, 0 = none."""
    handling_time: Effect = 0.0
    """Effect on handling time per case among those affected, above -1 and at most 3:
    0.2 = 20 % more, 0 = none."""
    source: str = Field(default="", validate_default=True)
    """Where the assumption comes from; needed when active."""

    @field_validator("end")
    @classmethod
    def _not_before_start(cls, end: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get("start")
        if end is not None and start is not None and end < start:
            raise PydanticCustomError("event_order", "end before start")
        return end

    @field_validator("source")
    @classmethod
    def _said_when_counted(cls, source: str, info: ValidationInfo) -> str:
        if info.data.get("active") and not source.strip():
            raise PydanticCustomError("event_source", "source is needed")
        return source

    def event(self) -> Event:
        """Make it what the models take."""
        fields = self.model_dump()
        end = None if self.end is None else pd.Timestamp(self.end)
        return Event(**fields | {"start": pd.Timestamp(self.start), "end": end})


class EventFile(Section):
    """All of events.toml."""

    event: Annotated[tuple[EventRow, ...], BeforeValidator(_listed)] = ()
    """One [[event]] for each, in two brackets."""


def read_events(folder: Path, case: Case | None, report: Report) -> tuple[Event, ...]:
    """Read a case folder's events, with what is wrong in `report`.

    Parameters
    ----------
    folder : Path
    case : Case or None
        What the names of groups and units, and the months, are held against; None
        where the figures could not be read.
    report : Report

    Returns
    -------
    tuple of Event
        In the file's order, inactive ones too; empty without a file or where it is
        faulty.
    """
    path = folder / NAME
    if not path.exists():
        return ()
    file = read_toml(path, report)
    if file is None:
        return ()
    sound = not report.faults
    try:
        rows = EventFile.model_validate(file.data).event
    except ValidationError as error:
        report_breaches(error, EventFile, file, report)
        rows = ()
    _check_names(file, case, report)
    events = tuple(row.event() for row in rows)
    if case is not None and sound:
        _warn(events, case, file, report)
    return events


def _check_names(file: TomlFile, case: Case | None, report: Report) -> None:
    """Refuse two events of one name, and groups or units that are not in the figures.

    Reads the file as it stands, so that a fault in one key hides none in another.
    """
    seen: set[str] = set()
    for number, row in _tables(file):
        name = row.get("name")
        if isinstance(name, str) and name.strip():
            if name.casefold() in seen:
                _add("event_twice", (number, "name"), name, file, report)
            seen.add(name.casefold())
        if case is None:
            continue
        _unknown(row, (number, "segments"), case.segments, file, report)
        _unknown(row, (number, "units"), case.units, file, report)


def _unknown(
    row: dict[str, Any],
    place: tuple[int, str],
    known: Sequence[str],
    file: TomlFile,
    report: Report,
) -> None:
    """Refuse names that are not among those known."""
    names = row.get(place[1])
    rule = "event_unknown_segment" if place[1] == "segments" else "event_unknown_unit"
    for name in names if isinstance(names, list) else ():
        if isinstance(name, str) and name and name not in known:
            nearest = report.nearest(name, known)
            listed = ", ".join(known)
            _add(rule, place, name, file, report, known=listed, nearest=nearest)


def _warn(
    events: tuple[Event, ...], case: Case, file: TomlFile, report: Report
) -> None:
    """Say of active events that change nothing, since that is seldom meant."""
    ahead = pd.DateOffset(months=case.horizon)
    last = case.months[-1] + ahead
    for number, event in enumerate(events):
        if event.active and not event.has_effect:
            _add("event_no_effect", (number, "active"), event.name, file, report)
        elif event.active and event.start > last:
            words = {"last": f"{last:%Y-%m}", "start": f"{event.start:%Y-%m}"}
            _add("event_beyond", (number, "start"), event.name, file, report, **words)


def _tables(file: TomlFile) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every event of the file as it stands, with its number from 0."""
    given = _listed(file.data.get("event"))
    for number, row in enumerate(given if isinstance(given, list) else ()):
        if isinstance(row, dict):
            yield number, row


def _add(
    rule: str,
    place: tuple[int, str],
    value: str,
    file: TomlFile,
    report: Report,
    **words: str,
) -> None:
    """Report a fault of one key of one event."""
    path = ("event", *place)
    row = line_of(path, file.text)
    column = column_of(path)
    report.add(rule, file=file.name, row=row, column=column, value=value, **words)
