"""Faults of the input: gathered while reading, shown in the terminal or as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import Any

import pandas as pd
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ..models.domain import Fault, InputError, Severity
from . import language
from .privacy import mask
from .ruletexts import RULES

#: Texts around the list of faults.
NEAREST = " Did you mean {name}?"
FAULT, WARNING = "FAULT", "WARNING"
ROW, COLUMN, AND_MORE = "row {row}", "column {column}", "and {n} more"
REMEDY = "What to do"
ONE_FAULT, FAULTS = "1 fault", "{n} faults"
ONE_WARNING, WARNINGS = "1 warning", "{n} warnings"
NO_FAULT = "No fault found."
STOPPED = "Nothing is run until the faults are corrected."
#: Rows of one rule that the terminal shows; JSON has them all.
SHOWN = 5


@dataclass
class Report:
    """Gathers every fault of a reading, in the reader's language.

    Parameters
    ----------
    sprak : str
        "sv" or "en".
    """

    sprak: str = "sv"
    found: list[Fault] = field(default_factory=list)

    def add(
        self,
        rule: str,
        *,
        file: str = "",
        row: int | None = None,
        column: str = "",
        value: object = "",
        **words: object,
    ) -> None:
        """Add one fault; personnummer in any of its texts are masked."""
        _ = language.translator(self.sprak)
        text = RULES[rule]
        shown = mask(shorten(str(value)))
        column, file = mask(column), mask(file)
        places = {"value": shown, "column": column, "file": file}
        places |= {name: mask(str(word)) for name, word in words.items()}
        self.found.append(
            Fault(
                rule=rule,
                message=_(text.message).format(**places),
                remedy=_(text.remedy).format(**places),
                severity=text.severity,
                file=file,
                row=row,
                column=column,
                value=shown,
            )
        )

    def add_rows(
        self,
        rule: str,
        values: "pd.Series[Any]",
        *,
        file: str,
        column: str,
        **words: "str | pd.Series[Any]",
    ) -> None:
        """Add one fault per row of `values`, whose index is the file's line number.

        A word may be a Series with the same index, or the same text for every row.
        """
        if values.empty:
            return
        table = pd.DataFrame({"value": values, **words}, index=values.index)
        for row, record in zip(table.index, table.to_dict("records"), strict=True):
            texts = {str(name): str(word) for name, word in record.items()}
            self.add(rule, file=file, row=int(row), column=column, **texts)

    def nearest(self, name: str, known: Iterable[str]) -> str:
        """Suggest the known name closest to a mistyped one; empty if none is close."""
        by_fold = {str(k).casefold(): str(k) for k in known}
        close = get_close_matches(name.casefold(), list(by_fold), n=1, cutoff=0.6)
        if not close:
            return ""
        text = language.translator(self.sprak)(NEAREST)
        return text.format(name=by_fold[close[0]])

    @property
    def faults(self) -> list[Fault]:
        """What stops the run."""
        return [f for f in self.found if f.severity is Severity.FAULT]

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What is said and widens."""
        return tuple(f for f in self.found if f.severity is Severity.WARNING)

    def stop_if_faulty(self) -> None:
        """Raise InputError with everything found, if anything stops the run."""
        if self.faults:
            raise InputError(in_order(self.found))


def shorten(text: str, width: int = 60) -> str:
    """Cut a long value so that one wild cell cannot flood the list."""
    return text if len(text) <= width else text[: width - 1] + "…"


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Faults before warnings, then by file and row, as they are best worked off."""
    return sorted(
        faults,
        key=lambda f: (f.severity is Severity.WARNING, f.file, f.row or 0),
    )


def faults_json(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Every fault as a plain dictionary, in order."""
    return [asdict(fault) for fault in in_order(faults)]


def summary(faults: Iterable[Fault], sprak: str = "sv") -> str:
    """Count faults and warnings in one line."""
    _ = language.translator(sprak)
    severities = [fault.severity for fault in faults]
    wrong, warned = (severities.count(s) for s in (Severity.FAULT, Severity.WARNING))
    parts = [_(ONE_FAULT) if wrong == 1 else _(FAULTS).format(n=wrong)] * bool(wrong)
    warn = _(ONE_WARNING) if warned == 1 else _(WARNINGS).format(n=warned)
    parts += [warn] * bool(warned)
    counted = ", ".join(parts)
    if wrong:
        return f"{counted}. {_(STOPPED)}"
    return f"{_(NO_FAULT)} {counted}.".replace(" .", "") if warned else _(NO_FAULT)


def where(fault: Fault, sprak: str = "sv") -> str:
    """Say where a fault is: file, row, and column unless the message names it."""
    _ = language.translator(sprak)
    row = _(ROW).format(row=fault.row) if fault.row is not None else ""
    unsaid = fault.column and fault.column not in fault.message
    column = _(COLUMN).format(column=fault.column) if unsaid else ""
    return ", ".join(part for part in (fault.file, row, column) if part)


def faults_table(faults: Iterable[Fault], sprak: str = "sv") -> RenderableType:
    """Faults for the terminal: grouped by rule, remedy once, a count last.

    Severity is said in words beside the colour. Of one rule in one file and column the
    first rows are shown and the rest counted.
    """
    _ = language.translator(sprak)
    faults = in_order(faults)
    alike: dict[tuple[str, ...], dict[str, list[Fault]]] = {}
    for fault in faults:
        key = (fault.severity, fault.file, fault.rule, fault.remedy)
        alike.setdefault(key, {}).setdefault(fault.column, []).append(fault)
    lines: list[RenderableType] = []
    for (*_rule, remedy), by_column in alike.items():
        for group in by_column.values():
            lines += _told(group, sprak)
        text = Text.assemble((f"{_(REMEDY)}: ", "italic"), remedy)
        lines.append(Padding(text, (0, 0, 1, 2), expand=False))
    wrong = any(fault.severity is Severity.FAULT for fault in faults)
    last = Text(summary(faults, sprak), style="bold red" if wrong else "bold green")
    return Group(*lines, last)


def _told(group: Sequence[Fault], sprak: str) -> list[RenderableType]:
    """Lines of the first faults of one rule in one column, and a count of the rest."""
    _ = language.translator(sprak)
    stops = group[0].severity is Severity.FAULT
    word, colour = (_(FAULT), "red") if stops else (_(WARNING), "yellow")
    lines: list[RenderableType] = []
    for fault in group[:SHOWN]:
        place = where(fault, sprak)
        lines.append(
            Text.assemble(
                (f"{word} ", f"bold {colour}"),
                (f"{place}: " if place else "", "bold"),
                fault.message,
            )
        )
    if len(group) > SHOWN:
        rest = _(AND_MORE).format(n=language.number(len(group) - SHOWN, 0, sprak))
        lines.append(Padding(Text(rest, style=colour), (0, 0, 0, 2), expand=False))
    return lines


def print_faults(
    faults: Iterable[Fault], sprak: str = "sv", console: Console | None = None
) -> None:
    """Print faults to the terminal; see `faults_table`."""
    (console or Console()).print(faults_table(faults, sprak))
