"""A simulated register as a case folder that a run takes."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd

from ..models.domain import Fault, InputError
from .language import translator
from .simtables import Register
from .truth import Truth, stationary_cases

#: Only a simulated register has it, so it tells which folders may be replaced.
TRUTH = "truth.json"


def write_register(
    register: Register,
    folder: Path,
    template: str = "register-kommun.toml.j2",
    sprak: str = "sv",
    **values: Any,
) -> None:
    """Write a case folder that a run takes, and `truth.json` beside it.

    Parameters
    ----------
    register : Register
    folder : Path
        Made if missing; an earlier simulated case there is replaced.
    template : str
        Of `kommun.toml`, in `templates/`.
    sprak : {"sv", "en"}
        Language of the error.
    **values
        What the template needs beyond the register.

    Raises
    ------
    InputError
        If the folder holds files of a case without a known truth, or a `kommun.toml`
        that is not labelled simulated: a municipality's own case is never overwritten.
    """
    settings, known = folder / "kommun.toml", folder / TRUTH
    tables = {
        "flows.csv": register.flows,
        "spells.csv": register.spells,
        "staff.csv": register.staff,
        "drivers.csv": register.drivers,
        "handler_groups.csv": register.groups,
    }
    mine = known.exists() and (not settings.exists() or _is_simulated(settings))
    there = [name for name in (*tables, settings.name) if (folder / name).exists()]
    if there and not mine:
        raise InputError([_own_case(folder / there[-1], sprak)])
    folder.mkdir(parents=True, exist_ok=True)
    truth = json.dumps(register.truth.as_dict(), ensure_ascii=False, indent=1)
    # first, so that a writing cut short can be done again
    known.write_text(truth + "\n", encoding="utf-8")
    for name, table in tables.items():
        table.to_csv(
            folder / name,
            sep=";",
            decimal=",",
            index=False,
            date_format="%Y-%m",
            encoding="utf-8",
        )
    settings.write_text(_settings(register, template, values), encoding="utf-8")


def expected_benefit(truth: Truth, year: int) -> float:
    """SEK of benefit that the long-run number of cases costs in a calendar year."""
    first = pd.Period(truth.first_month, "M")
    middle = (pd.Period(f"{year}-07", "M").ordinal - first.ordinal) / 12
    growth = np.exp((truth.benefit_growth_year + truth.trend_year) * middle)
    month = (stationary_cases(truth) * truth.benefit).sum()
    return float(12 * month * growth)


def _settings(register: Register, template: str, values: dict[str, Any]) -> str:
    """Fill the template of `kommun.toml` from the register and the given values."""
    text = files(__package__).joinpath("templates", template).read_text("utf-8")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    truth, last = register.truth, register.months[-1]
    started = truth.pilot.month if truth.pilot is not None else 0
    now = register.staff["month"] == last
    given = {
        "truth": truth,
        "as_of": last + pd.offsets.MonthBegin(1),
        "handlers_now": register.staff.loc[now, "handlers_fte"].sum(),
        "benefit_year": {y: expected_benefit(truth, y) for y in last.year + np.r_[:2]},
        "pilot_month": str(pd.Period(truth.first_month, "M") + started),
    }
    return environment.from_string(text).render(**given, **values)


def _is_simulated(settings: Path) -> bool:
    try:
        data = tomllib.loads(settings.read_text("utf-8")).get("data", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):  # unreadable is not ours
        return False
    return data.get("simulated") is True


def _own_case(file: Path, sprak: str) -> Fault:
    _ = translator(sprak)
    return Fault(
        rule="own_case",
        message=_(
            "The folder holds a case that is not a simulated register: {path}."
        ).format(path=file),
        remedy=_(
            "Choose another folder; a municipality's own case is never overwritten."
        ),
        file=file.name,
    )
