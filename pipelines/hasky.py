"""HASKY, Gävle 2013-2015, as a pilot to appraise, and where its sources disagree.

Every figure is read from `templates/gavle-hasky.csv`, with its publisher and year. What
was never published, a comparison group above all, is taken from published studies and
said to be.
"""

import math

import numpy as np
import pandas as pd

from ..models.effect import EffortEffect
from ..optimisation.counterfactual import Counterfactual
from ..optimisation.pilotinput import UNSPECIFIED, Costs, Pilot, Range
from .cases import gavle_assumptions, hasky_arithmetic, hasky_figures
from .haskyconflicts import conflicts
from .language import number, translator
from .pilotcase import PilotCase, Stated
from .wording import per_unit


def hasky(rng: np.random.Generator, sprak: str = "sv") -> PilotCase:
    """Give the project as it was published.

    The low and the middle cost of a handler are the published one; the high one is a
    full cost, with charges and overhead. "A good half" went to sickness compensation,
    which is counted as the least whole number that is half.
    """
    _ = translator(sprak)
    figures = hasky_figures()
    value = figures["value"]
    exits, added = value["exits_year"], value["handlers_extra"]
    sick = math.ceil(value["share_to_sickness_compensation"] * exits)
    before = float(value["cases_per_handler_before"])
    after = float(value["cases_per_handler_after"])
    pilot = Pilot(
        exits={
            "sickness_compensation": float(sick),
            UNSPECIFIED: float(exits - sick),
        },
        months=12,
        handlers_added=float(added),
        caseload_before=before,
        caseload_after=after,
    )
    derived = hasky_arithmetic(figures)
    year = float(derived["staff_handler_year"])
    full = float(gavle_assumptions()["value"]["handler_full_year_sek"])
    costs = Costs(
        float(derived["benefit_case_month"]),
        Range(year, year, full, _said_by(figures, "staff_cost_sek_year")),
    )
    studies = _("published studies of fewer cases per handler")
    effect = EffortEffect.from_evidence()
    return PilotCase(
        name="HASKY, Gävle",
        pilot=pilot,
        costs=costs,
        counterfactual=Counterfactual.from_effect(effect, before, after, studies, rng),
        period="2013–2015",
        stated=_stated(figures, full, sprak),
        notes=(
            _(
                "HASKY had no comparison group: nobody published how many of the exits "
                "would have come anyway. What is said of that here is borrowed from "
                "studies of other places."
            ),
            _(
                "The sources count persons, and a case is a household: each person is "
                "taken for one case."
            ),
        ),
        conflicts=conflicts(pilot, costs, sprak),
    )


def _said_by(figures: pd.DataFrame, key: str) -> str:
    return f"{figures['publisher'][key]}, {figures['period'][key]}"


def _stated(figures: pd.DataFrame, full: float, sprak: str) -> tuple[Stated, ...]:
    """List the published figures, and the one cost that is derived."""
    _ = translator(sprak)
    named = {
        "exits_year": _("Exits in a year"),
        "benefit_avoided_sek_year": _("Benefit that they would have had for a year"),
        "staff_cost_sek_year": _("Cost of the added handlers, a year"),
        "handlers_extra": _("Handlers added"),
        "cases_per_handler_before": _("Cases per handler before"),
        "cases_per_handler_after": _("Cases per handler during the project"),
        "share_to_sickness_compensation": _("Share that got sickness compensation"),
    }
    published = (
        Stated(
            what,
            _written(key, float(figures["value"][key]), sprak),
            _said_by(figures, key),
        )
        for key, what in named.items()
    )
    derived = Stated(
        _("Cost of a handler a year at most: full cost"),
        per_unit(full, sprak),
        _("Derived: pay, charges and overhead, near Sölvesborg 2016/17"),
    )
    return (*published, derived)


def _written(key: str, value: float, sprak: str) -> str:
    _ = translator(sprak)
    if key.endswith("_sek_year"):
        return per_unit(value, sprak)
    if key.startswith("share"):
        return _("a good half")
    return number(value, 0, sprak)
