"""A pilot to appraise, from a case folder, and its appraisal at every horizon."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..models.domain import InputError
from ..models.effect import EffortEffect
from ..optimisation.appraisal import Appraisal, appraise
from ..optimisation.counterfactual import Counterfactual
from ..optimisation.pilotinput import Costs, Pilot
from .configfile import check_folder
from .faults import Report
from .language import number, translator
from .learning import learn_effect
from .pilotfile import NAME, Comparison, PilotFile, read_pilot
from .registers import read_case
from .tomlfile import TomlFile, line_of
from .wording import people, per_unit, span

Step = Callable[[str], None]

#: Months that an extra exit is taken to spare benefit.
HORIZONS = (6, 12, 24)
#: The horizon of the headline: a budget year.
YEAR = 12


@dataclass(frozen=True)
class Conflict:
    """Published figures that do not agree, with what follows when one computes.

    Attributes
    ----------
    key : str
    published, computed : tuple of float
        In the order in which `text` gives them.
    text : str
        In the reader's language.
    """

    key: str
    published: tuple[float, ...]
    computed: tuple[float, ...]
    text: str


@dataclass(frozen=True)
class Stated:
    """One figure that the appraisal rests on: what, how much, and who said it."""

    what: str
    value: str
    source: str


@dataclass(frozen=True)
class PilotCase:
    """A pilot as it is to be appraised.

    Attributes
    ----------
    name : str
    pilot : Pilot
    costs : Costs
    counterfactual : Counterfactual or None
    currency : str
    period : str
        First month and length, or years; empty where not known.
    simulated : bool
    stated : tuple of Stated
    notes : tuple of str
        What is to be known of this pilot alone.
    conflicts : tuple of Conflict
    """

    name: str
    pilot: Pilot
    costs: Costs
    counterfactual: Counterfactual | None
    currency: str = "SEK"
    period: str = ""
    simulated: bool = False
    stated: tuple[Stated, ...] = ()
    notes: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True)
class Appraised:
    """A pilot and what it is worth, at every horizon."""

    case: PilotCase
    results: tuple[Appraisal, ...]

    @property
    def year(self) -> Appraisal:
        """At the horizon of the headline."""
        return next(r for r in self.results if r.horizon_months == YEAR)


def appraised(case: PilotCase) -> Appraised:
    """Appraise a pilot at every horizon."""
    parts = (case.pilot, case.counterfactual)
    found = tuple(appraise(*parts, months, case.costs) for months in HORIZONS)
    return Appraised(case, found)


def read_pilot_case(folder: Path, rng: np.random.Generator, sprak: str) -> PilotCase:
    """Read a folder's pilot.toml and, where it asks for them, the folder's figures.

    Raises
    ------
    InputError
        With every fault found, in both.
    """
    report = Report(sprak)
    check_folder(folder, report)
    found = read_pilot(folder, report)
    if found is None:
        report.stop_if_faulty()
        raise AssertionError("a pilot that cannot be read has a fault")
    read, file = found
    given = read.counterfactual
    effect, simulated = None, read.pilot.simulated
    if given is not None and given.kind == "register":
        effect, made_up = _from_register(folder, file, report)
        simulated = simulated or made_up
    elif given is not None and given.kind == "evidence":
        effect = EffortEffect.from_evidence()
    report.stop_if_faulty()
    pilot, costs = read.to_pilot(), read.to_costs()
    against = None
    if given is not None:
        against = counterfactual(given, effect, pilot, rng, sprak)
    return PilotCase(
        name=read.pilot.name,
        pilot=pilot,
        costs=costs,
        counterfactual=against,
        currency=read.pilot.currency,
        period=_period(read, sprak),
        simulated=simulated,
        stated=_stated(read, sprak),
    )


def counterfactual(
    given: Comparison,
    effect: EffortEffect | None,
    pilot: Pilot,
    rng: np.random.Generator,
    sprak: str,
) -> Counterfactual:
    """Make draws of the extra share from what is stated, studies or the register."""
    _ = translator(sprak)
    if effect is None:
        ends = (given.extra_share, given.extra_share_low, given.extra_share_high)
        middle, low, high = (float(share) for share in ends if share is not None)
        return Counterfactual.from_share(middle, low, high, given.source, rng)
    before, after = pilot.caseload_before, pilot.caseload_after
    assert before is not None  # the file was refused without them
    assert after is not None
    source = _("published studies of fewer cases per handler")
    if given.kind == "register":
        source = _("the municipality's own pilot together with published studies")
    return Counterfactual.from_effect(effect, before, after, source, rng)


def _from_register(
    folder: Path, file: TomlFile, report: Report
) -> tuple[EffortEffect | None, bool]:
    """Learn the effect from the folder's figures; whether they are simulated."""
    try:
        case = read_case(folder, report.sprak)
    except InputError as error:
        report.found += error.faults
        return None, False
    effect = learn_effect(case)
    if effect.borrowed:
        row = line_of(("counterfactual", "kind"), file.text)
        column = "counterfactual.kind"
        report.add("pilot_not_estimated", file=NAME, row=row, column=column)
    return effect, case.simulated


def _period(read: PilotFile, sprak: str) -> str:
    _ = translator(sprak)
    last = read.first + pd.DateOffset(months=read.pilot.months - 1)
    return span(read.first, last, sprak)


def _stated(read: PilotFile, sprak: str) -> tuple[Stated, ...]:
    """List the figures of pilot.toml as the reader is to check them."""
    _ = translator(sprak)
    done, cost, currency = read.pilot, read.handler_cost, read.pilot.currency
    year = [cost.low_sek_year, cost.middle_sek_year, cost.high_sek_year]
    amounts = dict.fromkeys(per_unit(amount, sprak, currency) for amount in year)
    units = [(_("Units that took part"), ", ".join(done.units), NAME)]
    rows = [
        *(units if done.units else []),
        (_("Exits during the pilot"), number(read.to_pilot().total, 0, sprak), NAME),
        (
            _("Benefit per household and month"),
            per_unit(done.benefit_sek_month, sprak, currency),
            NAME,
        ),
        (_("Handlers added"), people(done.handlers_added, sprak), NAME),
        (_("Cost of a handler a year"), " / ".join(amounts), cost.source),
    ]
    if done.caseload_before is not None and done.caseload_after is not None:
        both = (done.caseload_before, done.caseload_after)
        cases = " → ".join(people(cases, sprak) for cases in both)
        rows.append((_("Cases per handler, before and during"), cases, NAME))
    for name, price in read.to_costs().state.items():
        what = _("The state pays a month: {what}").format(what=destination(name, sprak))
        rows.append((what, per_unit(price.sek_month, sprak, currency), price.source))
    return tuple(Stated(*row) for row in rows)


def destination(name: str, sprak: str = "sv") -> str:
    """Name where households went."""
    _ = translator(sprak)
    return {
        "sickness_compensation": _("sickness compensation"),
        "activity_support": _("activity support"),
        "studies": _("studies"),
        "unspecified": _("nobody knows where"),
    }[name]
