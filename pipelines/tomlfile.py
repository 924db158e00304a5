"""TOML that a person writes, held against a model: every fault is told, with its line.

Shared by `configfile` (kommun.toml), `eventfile` (events.toml) and `pilotfile`
(pilot.toml).
"""

import re
import tomllib
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from . import language
from .faults import Report
from .privacy import find_personnummer
from .reading import decode, reason

#: Errors of our own that are rules of their own.
_OWN_RULES = {
    "share_as_percent",
    "effect_as_percent",
    "absurd_cost",
    "one_source",
    "caseload_order",
    "lever_order",
    "effort_half",
    "duration_starts",
    "hire_cost_abroad",
    "event_order",
    "event_source",
    "pilot_caseload",
    "pilot_profile",
    "pilot_cost_order",
    "pilot_share_half",
    "pilot_share_order",
    "pilot_share_unused",
}
#: Which rule a syntax error breaks, by a word of the parser's; else `toml_syntax`.
SYNTAX = {
    "toml_twice": ("overwrite", "twice", "Duplicate"),
    "toml_backslash": ("hex value", "Unescaped", "escape"),
}
#: A place in a parsed file: keys, and positions in lists counted from 0.
Place = Sequence[str | int]


class TomlFile(NamedTuple):
    """A parsed file.

    Attributes
    ----------
    name : str
        File name as the user knows it.
    data : dict
    text : str
        As it stands, so that a fault can name its line.
    """

    name: str
    data: dict[str, Any]
    text: str = ""


def read_toml(path: Path, report: Report) -> TomlFile | None:
    """Read and parse a file; None, with the fault in `report`, if it cannot be."""
    name = path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        report.add("file_unreadable", file=name, reason=reason(error, report.sprak))
        return None
    text = decode(data, name, report)
    if text is None:
        return None
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _report_syntax(str(error), name, text, report)
        return None
    for words in _texts(parsed):
        for number in find_personnummer(words):
            row = text[: text.find(number)].count("\n") + 1
            report.add("personnummer_settings", file=name, row=row)
    return TomlFile(name, parsed, text)


def _report_syntax(reason: str, name: str, text: str, report: Report) -> None:
    """Show the line that could not be read; the parser's own words are English."""
    found = re.search(r"line (\d+)", reason)
    lines = text.rstrip("\n").split("\n")
    row = int(found.group(1)) if found else len(lines)
    rule = "toml_syntax"
    for broken, words in SYNTAX.items():
        if any(word in reason for word in words):
            rule = broken
    value = lines[row - 1].split(" #")[0].strip()
    if rule == "toml_twice" and value == "[event]":
        rule = "event_brackets"  # to keep one of them would be the wrong advice
    report.add(rule, file=name, row=row, value=value)


def _texts(data: Any) -> Iterator[str]:
    """Every key and text of a parsed file, not its numbers."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from data
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)


def report_breaches(
    error: ValidationError, model: type[BaseModel], file: TomlFile, report: Report
) -> list[tuple[int | str, ...]]:
    """Tell every breach of the model, and return the places of them."""
    details = error.errors(include_url=False)
    for detail in details:
        _report_one(detail, model, file, report)
    return [detail["loc"] for detail in details]


def _report_one(
    detail: ErrorDetails, model: type[BaseModel], file: TomlFile, report: Report
) -> None:
    place = [part for part in detail["loc"] if part != "[key]"]
    last = str(place[-1])
    kind, context = detail["type"], dict(detail.get("ctx") or {})
    known, described, missing = _surroundings(place, model)
    words: dict[str, object] = {"allowed": _allowed(described, context, report.sprak)}
    rule = kind if kind in _OWN_RULES else "wrong_value"
    value: object = detail["input"]
    if kind == "extra_forbidden":
        rule, value = "unknown_key", last
        words["nearest"] = report.nearest(last, known)
    elif kind == "missing":
        rule, value = "missing_key", ""
        if isinstance(missing, type) and issubclass(missing, BaseModel):
            rule, fields = "missing_section", missing.model_fields.items()
            words["keys"] = ", ".join(n for n, field in fields if field.is_required())
    elif kind in ("share_as_percent", "effect_as_percent"):
        words["hint"] = _comma(str(context["hint"]), report.sprak)
    elif kind == "absurd_cost":
        low, high = float(context["low"]), float(context["high"])
        words["low"] = language.number(low, 0, report.sprak)
        words["high"] = language.number(high, 0, report.sprak)
    if isinstance(value, dict):
        value = ""
    elif value == "" and rule == "wrong_value":
        value = '""'
    report.add(
        rule,
        file=file.name,
        row=line_of(place, file.text),
        column=column_of(place),
        value=value,
        **words,
    )


def column_of(place: Place) -> str:
    """Name a place as a reader does: the first in a list is number 1.

    >>> column_of(["event", 0, "start"])
    'event.1.start'
    """
    return ".".join(str(p + 1 if isinstance(p, int) else p) for p in place)


def _comma(number: str, sprak: str) -> str:
    return number.replace(".", ",") if sprak == "sv" else number


def _surroundings(place: Place, model: Any) -> tuple[list[str], str, Any]:
    """Keys known where `place` is, and what describes and types its last part."""
    known: list[str] = []
    described = ""
    for part in place:
        if isinstance(model, type) and issubclass(model, BaseModel):
            known = list(model.model_fields)
            field = model.model_fields.get(str(part))
            described = (field.description or "") if field else ""
            model = _inner(field.annotation) if field else None
        elif get_origin(model) is dict:
            model = _inner(get_args(model)[1])
        elif get_origin(model) is tuple:
            model = _inner(get_args(model)[0])
    return known, described, model


def _inner(annotation: Any) -> Any:
    """Strip `| None` and annotations from a type."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(a for a in get_args(annotation) if a is not type(None))
    return annotation


def _allowed(described: str, context: dict[str, Any], sprak: str) -> str:
    """Say what a field takes: its description, else what the type expects."""
    _ = language.translator(sprak)
    if described:
        return _(" ".join(described.split()))
    return str(context.get("expected") or context.get("pattern") or "")


def line_of(place: Place, text: str) -> int | None:
    """Line of the file where a key stands, or its section's; None if neither."""
    wanted = [str(part) for part in place]
    section: list[str] = []
    repeated: dict[str, int] = {}
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        header = re.match(r"\s*(\[?)\[([^\[\]]+)\]\]?\s*(?:#.*)?$", line)
        key = re.match(r"""\s*["']?([^"'=#\[]+?)["']?\s*=""", line)
        if header:
            section = [p.strip(" \"'") for p in header.group(2).split(".")]
            if header.group(1):  # [[name]]: one more of a list
                name = header.group(2).strip()
                section.append(str(repeated.get(name, 0)))
                repeated[name] = repeated.get(name, 0) + 1
            at = section
        elif key:
            at = section + [p.strip(" \"'") for p in key.group(1).split(".")]
        else:
            continue
        if wanted[: len(at)] == at and (best is None or len(at) > best[0]):
            best = (len(at), number)
    return best[1] if best else None
