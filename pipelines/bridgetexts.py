"""What the bridge says: a name, an assumption and a source for every step of it."""

from typing import NamedTuple

import numpy as np

from ..models.domain import Array, Interval
from .bridge import OPTIMAL, Bridge
from .cases import hasky_figures, national_figures
from .haskyconflicts import MONTHS_YEAR, NATION_YEAR
from .language import money, number, percent, translator
from .nationalinputs import PRICE_YEAR, published_by
from .wording import around, per_unit


class Told(NamedTuple):
    """A step in words."""

    name: str
    assumes: str
    source: str


def told(found: Bridge, sprak: str = "sv") -> dict[str, Told]:
    """Tell every row of the bridge, by its key in `bridge_table`."""
    return {
        **_of_gavle(found, sprak),
        **_scaled(found, sprak),
        **_replaced(found, sprak),
        **_ends(found, sprak),
    }


def _of_gavle(found: Bridge, sprak: str) -> dict[str, Told]:
    _ = translator(sprak)
    pilot, (gross, staff) = found.pilot, found.gavle.steps
    every = _("All {exits} exits count, with {months} more months of benefit each.")
    added = _("{handlers} handlers at {year} a year.")
    return {
        "gross": Told(
            _("Gävle: benefit avoided"),
            every.format(exits=number(pilot.total, 0, sprak), months=pilot.months),
            _said_by("benefit_avoided_sek_year"),
        ),
        "staff": Told(
            _("Gävle: added handlers"),
            added.format(
                handlers=number(pilot.handlers_added, 0, sprak),
                year=money(-staff.mean / pilot.handlers_added, sprak),
            ),
            _said_by("staff_cost_sek_year"),
        ),
        "gavle": Told(
            _("Gävle: net"),
            _("{gross} less {staff}.").format(
                gross=money(gross.mean, sprak), staff=money(-staff.mean, sprak)
            ),
            _("Computed from the published figures"),
        ),
    }


def _scaled(found: Bridge, sprak: str) -> dict[str, Told]:
    """Tell the published figures of the country, and what Gävle's net gives."""
    _ = translator(sprak)
    value, nation = hasky_figures()["value"], national_figures()
    here = number(value["households_now"], 0, sprak)
    months, in_year = nation["mean_months"][MONTHS_YEAR], nation["households"]
    paid = float(nation["paid_sek"][NATION_YEAR])
    times = {k: number(s.ratio, 1, sprak) for k, s in found.scalings.items()}
    in_month = found.scalings["households"].ratio * value["households_now"]
    published = _("How it was computed was not published.")
    households = "; ".join(
        (
            published_by("households", NATION_YEAR),
            published_by("mean_months", MONTHS_YEAR),
        )
    )
    return {
        "press": Told(
            _("Published in the press"), published, _said_by("national_sek_year_press")
        ),
        "report": Told(
            _("Published in the report"),
            published,
            _said_by("national_sek_year_report"),
        ),
        "by_residents": Told(
            _("The country, by residents"),
            _("{n} Gävles: {all} residents over {here}.").format(
                n=times["residents"],
                all=number(value["residents_sweden"], 0, sprak),
                here=number(value["residents_gavle"], 0, sprak),
            ),
            _said_by("residents_sweden"),
        ),
        "by_households": Told(
            _("The country, by households of a mean month"),
            _(
                "{n} Gävles: {year} households in a year with {months} months each are "
                "{month} in a mean month, over Gävle's more than {here} of one day."
            ).format(
                n=times["households"],
                year=number(in_year[NATION_YEAR], 0, sprak),
                months=number(months, 1, sprak),
                month=number(in_month, 0, sprak),
                here=here,
            ),
            f"{households}; {_said_by('households_now')}",
        ),
        "by_payments": Told(
            _("The country, by payments"),
            _(
                "{n} Gävles: {paid} a year. Gävle's are not published; {here} "
                "households at the project's {case} a month stand for them."
            ).format(
                n=times["payments"],
                paid=money(paid, sprak),
                here=here,
                case=per_unit(found.case_month_sek, sprak),
            ),
            published_by("paid_total", NATION_YEAR),
        ),
        "by_households_year": Told(
            _("The country, by households of a year: an error of unit"),
            _(
                "{n} Gävles: households of a year over those of one day count each of "
                "them {often} times."
            ).format(
                n=times["households_year"], often=number(12 / float(months), 1, sprak)
            ),
            households,
        ),
    }


def _replaced(found: Bridge, sprak: str) -> dict[str, Told]:
    """Tell what each step replaces, and by what."""
    _ = translator(sprak)
    pilot, given, ratio = found.pilot, found.inputs, found.exit_ratio
    handler = -found.gavle.steps[1].mean / pilot.handlers_added
    extra = 1 - 1 / ratio
    month_sek = given.paid_sek.value / (
        given.households.value * given.mean_months.value
    )
    here = float(hasky_figures()["value"]["households_now"])
    studies = _("published studies of fewer cases per handler")
    later = sorted(
        {x.year for x in (given.paid_sek, given.handler_year_sek)} - {given.today}
    )
    priced = _(
        "Money of {then} is worth {times} times as much in {today}, the latest whole "
        "year with an index."
    ).format(
        then=PRICE_YEAR, times=number(given.inflation, 3, sprak), today=given.today
    )
    if later and later[-1] > given.today:
        beyond = _("Amounts of {year} are taken to be in its prices.")
        priced += " " + beyond.format(year=later[-1])
    counted = (given.households.source, given.mean_months.source)
    households = "; ".join(dict.fromkeys(counted))
    amounts = "; ".join(dict.fromkeys((given.paid_sek.source, *counted)))
    return {
        "deadweight": Told(
            _("Those who would have left anyway"),
            _(
                "{before} cases per handler became {after}. Exits are then {ratio} "
                "times as many, so that {extra} of {exits} are extra ({share})."
            ).format(
                before=number(pilot.caseload_before or 0, 0, sprak),
                after=number(pilot.caseload_after or 0, 1, sprak),
                ratio=number(ratio, 2, sprak),
                extra=number(extra * pilot.total, 0, sprak),
                exits=number(pilot.total, 0, sprak),
                share=percent(extra, 0, sprak),
            ),
            studies,
        ),
        "handler_cost": Told(
            _("Full cost of a handler"),
            _("{full} a year in {year} prices, instead of {stated}.").format(
                full=money(_mean(given.handler_year_sek.value), sprak),
                year=given.handler_year_sek.year,
                stated=money(handler, sprak),
            ),
            given.handler_year_sek.source,
        ),
        "months": Told(
            _("Months that an extra exit spares"),
            _("{months} months as modelled, instead of {stated}.").format(
                months=number(_mean(given.months_spared.value), 1, sprak),
                stated=pilot.months,
            ),
            given.months_spared.source,
        ),
        "prices": Told(
            _("Prices of {year}").format(year=given.today),
            priced,
            _("Statistics Sweden, KPIF, mean of the year's 12 months"),
        ),
        "households": Told(
            _("Today's households"),
            _(
                "{year} households in {when} are {month} in a mean month: {n} Gävles, "
                "instead of {stated} by residents."
            ).format(
                year=number(_mean(given.households.value), 0, sprak),
                when=given.households.year,
                month=number(_mean(given.households_month), 0, sprak),
                n=number(_mean(given.households_month) / here, 1, sprak),
                stated=number(found.scalings["residents"].ratio, 1, sprak),
            ),
            households,
        ),
        "amounts": Told(
            _("Today's amounts per household"),
            _("{month} a month in {year}, instead of the project's {stated}.").format(
                month=per_unit(_mean(month_sek), sprak),
                year=given.paid_sek.year,
                stated=per_unit(found.case_month_sek, sprak),
            ),
            amounts,
        ),
        "effect": Told(
            _("The effect, with all its uncertainty"),
            _(
                "Half the caseload raises exits by {raised}, instead of exactly "
                "{central}. Alone it changes nothing: all exits count then."
            ).format(
                raised=_raised(given.log_hr_halving.value, sprak),
                central=percent(float(np.expm1(found.central_log_hr)), 0, sprak),
            ),
            given.log_hr_halving.source,
        ),
    }


def _ends(found: Bridge, sprak: str) -> dict[str, Told]:
    _ = translator(sprak)
    computed = _("Computed in the steps above")
    saving = found.inputs.saving_sek
    source = "" if saving is None else saving.source
    today = _("As the project was, in {year} prices.").format(year=found.inputs.today)
    best = _("As many handlers in each municipality as cost least in all.")
    return {
        "interaction": Told(
            _("What the changes do together"),
            _("What is left over when each step is taken alone, from the same start."),
            computed,
        ),
        "rollout": Told(_("HASKY in every municipality today"), today, computed),
        OPTIMAL: Told(_("Optimal staffing instead of HASKY's"), best, source),
        "optimal": Told(
            _("Optimal staffing of every municipality"),
            _("A year, in {year} prices.").format(year=found.inputs.today),
            computed,
        ),
    }


def millions(sek: float, sprak: str = "sv", decimals: int = 1) -> str:
    r"""Write millions with no more decimals than they have.

    >>> millions(634.53e6, "en"), millions(600e6, "en"), millions(634.53e6, "en", 0)
    ('634.5\xa0MSEK', '600\xa0MSEK', '635\xa0MSEK')
    """
    unit, value = money(1e6, sprak).split("\u00a0", 1)[1], sek / 1e6
    shown = decimals if round(value, decimals) != round(value) else 0
    return f"{number(value, shown, sprak)}\u00a0{unit}"


def _mean(value: float | Array) -> float:
    return float(np.mean(value))


def _raised(log_hr: float | Array, sprak: str) -> str:
    """Write how many more leave at half the caseload, with its interval if drawn."""
    raised = np.expm1(np.asarray(log_hr))
    if not raised.ndim:
        return percent(float(raised), 0, sprak)
    found = Interval.of(raised)
    mean, low, high = (
        percent(end, 0, sprak) for end in (found.mean, found.low, found.high)
    )
    return around(mean, low, high, found.level, sprak)


def _said_by(key: str) -> str:
    """Name who published a figure of HASKY, and when.

    Kolada may not be named as the source of what was computed from its figures.
    """
    figures = hasky_figures()
    publisher = str(figures["publisher"][key]).removesuffix("/Kolada")
    return f"{publisher}, {figures['period'][key]}"
