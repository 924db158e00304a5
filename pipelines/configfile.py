"""Read kommun.toml: what is wrong with it becomes faults, all of them at once."""

import re
import tomllib
import types
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pandas as pd
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from . import language
from .config import Settings
from .faults import Report
from .privacy import find_personnummer
from .reading import decode

NAME = "kommun.toml"
_OWN_RULES = {
    "share_as_percent",
    "absurd_cost",
    "one_source",
    "caseload_order",
    "effort_half",
    "duration_starts",
    "hire_cost_abroad",
}
#: Sections that say how tables are read: wrong there, the tables would look wrong too.
HOW_TO_READ = {"data", "files", "columns", "rows", "destinations"}
SECTIONS = frozenset(Settings.model_fields)
#: Which rule a syntax error breaks, by a word of the parser's; else `toml_syntax`.
SYNTAX = {
    "toml_twice": ("overwrite", "twice", "Duplicate"),
    "toml_backslash": ("hex value", "Unescaped", "escape"),
}
#: What a mended kommun.toml needs to be one; never used for more than checking tables.
NEEDED: dict[str, dict[str, Any]] = {
    "municipality": {"name": "?"},
    "economy": {
        "price_year": 2023,
        "salary_month_sek": 30_000,
        "employer_charge_share": 0.4,
        "overhead_share": 0.2,
    },
}


#: A pilot is judged against at least two other units.
PILOT_UNITS = 3
#: Settings that say how many handlers there are.
HANDLERS = {"handlers", "assumed_cases_per_handler"}


def read_settings(folder: Path, report: Report) -> Settings | None:
    """Read a case folder's settings, with what is wrong in `report`.

    Returns
    -------
    Settings or None
        Where `report` has faults they are only good for checking the tables too, so
        that every fault comes at once; None where even that would mislead.
    """
    path = folder / NAME
    if not path.is_file():
        report.add("settings_missing", file=NAME)
        return None
    text = decode(path.read_bytes(), NAME, report)
    if text is None:
        return None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _report_syntax(str(error), text, report)
        return None
    for words in _texts(data):
        for number in find_personnummer(words):
            row = text[: text.find(number)].count("\n") + 1
            report.add("personnummer_settings", file=NAME, row=row)
    return validate(data, report, text)


def _report_syntax(reason: str, text: str, report: Report) -> None:
    """Show the line that could not be read; the parser's own words are English."""
    found = re.search(r"line (\d+)", reason)
    lines = text.rstrip("\n").split("\n")
    row = int(found.group(1)) if found else len(lines)
    rule = "toml_syntax"
    for name, words in SYNTAX.items():
        if any(word in reason for word in words):
            rule = name
    report.add(rule, file=NAME, row=row, value=lines[row - 1].split(" #")[0].strip())


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


def validate(data: dict[str, Any], report: Report, text: str = "") -> Settings | None:
    """Make settings of a parsed kommun.toml; `text` lets faults name their line."""
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
    for detail in details:
        _report_one(detail, report, text)
    return _mended(data, [detail["loc"] for detail in details])


def _mended(
    data: dict[str, Any], places: list[tuple[int | str, ...]]
) -> Settings | None:
    """Leave out what is wrong, to look for faults in the tables with the rest."""
    meant = [
        # what a mistyped section was meant to be; how tables are read if it is unclear
        next(iter(get_close_matches(str(place[0]), SECTIONS, 1)), "columns")
        for place in places
    ]
    if HOW_TO_READ & {*meant}:
        return None
    rest: dict[str, Any] = {}
    for name in SECTIONS & data.keys():
        inside = [place for place in places if place[0] == name]
        whole = any(len(place) == 1 for place in inside)
        if isinstance(data[name], dict) and not whole:
            wrong = {str(place[1]) for place in inside}
            rest[name] = {k: v for k, v in data[name].items() if k not in wrong}
            if name == "staff" and wrong & HANDLERS:
                rest[name]["handlers"] = 1.0  # said, if wrongly: they are not missing
    for name, needed in NEEDED.items():
        rest[name] = {**needed, **rest.get(name, {})}
    try:
        return Settings.model_validate(rest)
    except ValidationError:
        return None


def _report_one(detail: ErrorDetails, report: Report, text: str) -> None:
    path = [str(part) for part in detail["loc"] if part != "[key]"]
    kind, context = detail["type"], dict(detail.get("ctx") or {})
    known, described = _surroundings(path)
    words: dict[str, object] = {"allowed": _allowed(described, context, report.sprak)}
    rule = kind if kind in _OWN_RULES else "wrong_value"
    value: object = detail["input"]
    if kind == "extra_forbidden":
        rule, value = "unknown_key", path[-1]
        words["nearest"] = report.nearest(path[-1], known)
    elif kind == "missing":
        rule, value = "missing_key", ""
        if len(path) == 1:
            rule = "missing_section"
            needed = _inner(Settings.model_fields[path[0]].annotation).model_fields
            names = [name for name, field in needed.items() if field.is_required()]
            words["keys"] = ", ".join(names)
    elif kind == "share_as_percent":
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
        file=NAME,
        row=line_of(path, text),
        column=".".join(path),
        value=value,
        **words,
    )


def _comma(number: str, sprak: str) -> str:
    return number.replace(".", ",") if sprak == "sv" else number


def _surroundings(path: Sequence[str]) -> tuple[list[str], str]:
    """Keys that are known where `path` is, and the description of its last part."""
    model: Any = Settings
    known: list[str] = []
    described = ""
    for part in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            known = list(model.model_fields)
            field = model.model_fields.get(part)
            described = (field.description or "") if field else ""
            model = _inner(field.annotation) if field else None
        elif get_origin(model) is dict:
            model = _inner(get_args(model)[1])
    return known, described


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


def line_of(path: Sequence[str], text: str) -> int | None:
    """Line of kommun.toml where a key stands, or its section's; None if neither."""
    section: list[str] = []
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        header = re.match(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$", line)
        key = re.match(r"""\s*["']?([^"'=#\[]+?)["']?\s*=""", line)
        if header:
            section = [p.strip(" \"'") for p in header.group(1).split(".")]
            at = section
        elif key:
            at = section + [p.strip(" \"'") for p in key.group(1).split(".")]
        else:
            continue
        if list(path[: len(at)]) == at and (best is None or len(at) > best[0]):
            best = (len(at), number)
    return best[1] if best else None


def check_against_figures(
    settings: Settings, flows: pd.DataFrame, has_spells: bool, report: Report
) -> None:
    """Refuse settings about groups or units that the figures do not have.

    A budget a hundred times too small or large is warned of: wrong by a unit.
    """
    segments, units = flows["segment"].unique(), flows["unit"].unique()
    for name in settings.segments:
        if name not in segments:
            report.add(
                "unknown_segment",
                file=NAME,
                column=f"segments.{name}",
                value=name,
                nearest=report.nearest(name, segments),
            )
    pilot = settings.effort.pilot
    if pilot is not None and pilot.unit not in units:
        report.add(
            "unknown_pilot_unit",
            file=NAME,
            column="effort.pilot.unit",
            value=pilot.unit,
            nearest=report.nearest(pilot.unit, units),
        )
    if pilot is not None and not has_spells:
        report.add("pilot_without_spells", file=NAME, column="effort.pilot")
    elif pilot is not None and len(units) < PILOT_UNITS:
        report.add("pilot_controls", file=NAME, column="effort.pilot", value=len(units))
    first, last = flows["month"].min(), flows["month"].max()
    if pilot is not None and not first < pd.Timestamp(pilot.from_month) <= last:
        report.add(
            "pilot_outside",
            file=NAME,
            column="effort.pilot.from_month",
            value=pilot.from_month,
            first=f"{first:%Y-%m}",
            last=f"{last:%Y-%m}",
        )
    year_ago = flows["month"].max() - pd.DateOffset(years=1)
    paid = float(flows.loc[flows["month"] > year_ago, "paid_sek"].sum())
    doubted = any(f.rule == "paid_absurd" for f in report.faults)
    for year, budget in settings.budget.items():
        if paid > 0 and not doubted and not 0.01 <= budget / paid <= 100:
            report.add(
                "budget_absurd",
                file=NAME,
                column=f"budget.{year}",
                value=f"{budget:.0f}",
                got=f"{paid:.0f}",
            )
