"""Read kommun.toml: what is wrong with it becomes faults, all of them at once."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from .config import Settings
from .faults import Report
from .privacy import find_personnummer
from .tomlfile import TomlFile, read_toml, report_breaches

NAME = "kommun.toml"
#: Sections that say how tables are read: wrong there, the tables would look wrong too.
HOW_TO_READ = {"data", "files", "columns", "rows", "destinations"}
SECTIONS = frozenset(Settings.model_fields)
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


def check_folder(folder: Path, report: Report) -> None:
    """Stop where there is no folder; nobody's number may be its name.

    Raises
    ------
    InputError
        There is no such folder.
    """
    if not folder.is_dir():
        rule = "not_a_folder" if folder.exists() else "folder_missing"
        report.add(rule, file=str(folder), value=folder.name)
        report.stop_if_faulty()
    if find_personnummer(folder.resolve().name):
        report.add("personnummer_name", file=folder.name)


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
    file = read_toml(path, report)
    settings = None if file is None else validate(file.data, report, file.text)
    if settings is not None:
        _check_template(folder, settings, report)
    return settings


def _check_template(folder: Path, settings: Settings, report: Report) -> None:
    """Refuse a Word template that the letter could not be written in."""
    named = settings.documents.template
    if named is None:
        return
    from .wordtemplate import NotWordError, open_word  # slow, and seldom needed

    column = "documents.template"
    if not (folder / named).is_file():
        report.add("template_missing", file=NAME, column=column, value=named)
        return
    try:
        open_word(folder / named)
    except NotWordError:
        report.add("template_unreadable", file=NAME, column=column, value=named)


def validate(data: dict[str, Any], report: Report, text: str = "") -> Settings | None:
    """Make settings of a parsed kommun.toml; `text` lets faults name their line."""
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        file = TomlFile(NAME, data, text)
        return _mended(data, report_breaches(error, Settings, file, report))


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
        # all or nothing: hours that are wrong make no intake
        whole |= name == "intake" and len(inside) > 0
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
    triage = settings.levers.triage
    for name in triage.groups if triage is not None else ():
        if name not in segments:
            report.add(
                "unknown_segment",
                file=NAME,
                column="levers.triage.groups",
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
