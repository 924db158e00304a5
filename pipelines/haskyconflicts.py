"""Where what was published about HASKY does not agree, each computed anew."""

import math
from collections.abc import Sequence
from dataclasses import replace

from ..optimisation.appraisal import appraise
from ..optimisation.pilotinput import Costs, Pilot
from .cases import (
    gavle_assumptions,
    hasky_arithmetic,
    hasky_figures,
    national_figures,
)
from .language import money, number, percent, translator
from .pilotcase import Conflict
from .wording import per_unit

#: Year of the population, and latest year with a national mean of months.
NATION_YEAR, MONTHS_YEAR = 2014, 2013
#: Year with a national mean of both payment and months per household.
PAID_YEAR = 2012


def conflicts(pilot: Pilot, costs: Costs, sprak: str = "sv") -> tuple[Conflict, ...]:
    """List the conflicts; what cannot be reconciled is not.

    Parameters
    ----------
    pilot, costs
        The project as published, so that what follows from it is appraised as any
        pilot is.
    """
    return (
        *_caseload(pilot, costs, sprak),
        _net(pilot, costs, sprak),
        _nation(sprak),
        _group(sprak),
        _triple(sprak),
        _staff(sprak),
        _benefit(sprak),
    )


def _caseload(pilot: Pilot, costs: Costs, sprak: str) -> tuple[Conflict, Conflict]:
    _ = translator(sprak)
    figures = hasky_figures()
    value = figures["value"]
    regular, added = value["handlers_regular"], value["handlers_extra"]
    before = value["cases_per_handler_before"]
    after = value["cases_per_handler_after"]
    derived, handlers = hasky_arithmetic(figures), regular + added
    cases, each = derived["cases_before"], derived["cases_per_handler_reconciled"]
    fewer = 1 - each / before
    low, high = (float(figures[e]["caseload_reduction_share"]) for e in ("low", "high"))
    stated, lighter = (
        _halving(replace(pilot, caseload_after=float(c)), costs) for c in (after, each)
    )
    spread = _(
        "{regular} handlers with {before} cases each have {cases} cases. Over "
        "{handlers} handlers that is {each} each, not {after}. To break even, halving "
        "must then raise exits by {lighter}, not {stated}."
    ).format(
        regular=number(regular, 0, sprak),
        before=number(before, 0, sprak),
        cases=number(cases, 0, sprak),
        handlers=number(handlers, 0, sprak),
        each=number(each, 1, sprak),
        after=number(after, 0, sprak),
        lighter=percent(lighter, 0, sprak),
        stated=percent(stated, 0, sprak),
    )
    less = _(
        "{each} cases instead of {before} are {fewer} fewer; published are {low} to "
        "{high}."
    ).format(
        each=number(each, 1, sprak),
        before=number(before, 0, sprak),
        fewer=percent(fewer, 1, sprak),
        low=percent(low, 0, sprak),
        high=percent(high, 0, sprak),
    )
    return (
        _conflict("cases_per_handler", (after,), (cases, each, lighter), spread),
        _conflict("fewer_cases", (low, high), (fewer,), less),
    )


def _net(pilot: Pilot, costs: Costs, sprak: str) -> Conflict:
    """Compare the net of the blog with what follows from gross and staff."""
    _ = translator(sprak)
    value = hasky_figures()["value"]
    gross, staff = value["benefit_avoided_sek_year"], value["staff_cost_sek_year"]
    low, high = value["net_sek_low"], value["net_sek_high"]
    short, long = (appraise(pilot, None, m, costs).middle for m in (6, 12))
    half, half_within = (
        net.if_all_extra for net in (short.net_sek, short.net_within_sek)
    )
    year = long.net_sek.if_all_extra
    # what one of the two inputs must have been for the blog to be right
    staff_needed, gross_needed = gross - high, high + staff
    text = _(
        "Published is a net gain of {low} at 6 months and {high} at 12. From "
        "{gross} less {staff} follow {half} to {half_within} and {year}. It would take "
        "a staff cost of {staff_needed}, or a gross of {gross_needed}."
    )
    names = ("low", "high", "gross", "staff", "half", "half_within", "year")
    sums = (low, high, gross, staff, half, half_within, year)
    words = {
        name: _millions(amount, sprak)
        for name, amount in zip(
            (*names, "staff_needed", "gross_needed"),
            (*sums, staff_needed, gross_needed),
            strict=True,
        )
    }
    computed = (half, half_within, year, staff_needed, gross_needed)
    return _conflict("net", (low, high), computed, text.format(**words))


def _nation(sprak: str) -> Conflict:
    """Scale the net of a year to Sweden, by residents and by households a month."""
    _ = translator(sprak)
    value, nation = hasky_figures()["value"], national_figures()
    net = value["benefit_avoided_sek_year"] - value["staff_cost_sek_year"]
    press, report = value["national_sek_year_press"], value["national_sek_year_report"]
    by_residents = net * value["residents_sweden"] / value["residents_gavle"]
    a_month = (
        nation["households"][NATION_YEAR] * nation["mean_months"][MONTHS_YEAR] / 12
    )
    by_households = net * a_month / value["households_now"]
    text = _(
        "For Sweden the press says {press} a year and the report {report}. Scaled by "
        "residents, the net of a year is {residents}; by households in a mean month, "
        "{households}. All take every exit for a gain."
    ).format(
        press=_millions(press, sprak),
        report=_millions(report, sprak),
        residents=_millions(by_residents, sprak),
        households=_millions(by_households, sprak),
    )
    computed = (by_residents, by_households)
    return _conflict("nation", (press, report), computed, text)


def _group(sprak: str) -> Conflict:
    _ = translator(sprak)
    value = hasky_figures()["value"]
    exits, group = value["exits_year"], value["target_group"]
    cases = value["handlers_regular"] * value["cases_per_handler_before"]
    text = _(
        "{exits} left in a year. The target group is said to be a good {group} people, "
        "of whom nearly all would then have left; of {cases} cases it is {share}."
    ).format(
        exits=number(exits, 0, sprak),
        group=number(group, 0, sprak),
        cases=number(cases, 0, sprak),
        share=percent(exits / cases, 0, sprak),
    )
    return _conflict("target_group", (exits, group), (exits / cases,), text)


def _triple(sprak: str) -> Conflict:
    _ = translator(sprak)
    value = hasky_figures()["value"]
    year = value["benefit_avoided_sek_year"] / value["staff_cost_sek_year"]
    text = _(
        "The report is called a triple gain, but benefit is {year} times the staff "
        "cost at 12 months and {half} times at 6: three who gain are meant, it seems, "
        "not a ratio."
    ).format(year=number(year, 1, sprak), half=number(year / 2, 1, sprak))
    return _conflict("triple_gain", (3.0,), (year, year / 2), text)


def _staff(sprak: str) -> Conflict:
    """Compare the published staff cost with pay and employer charges alone."""
    _ = translator(sprak)
    value, assumed = hasky_figures()["value"], gavle_assumptions()["value"]
    year = value["staff_cost_sek_year"] / value["handlers_extra"]
    charges = 1 + assumed["employer_charge_share"]
    pay = 12 * assumed["salary_month_sek"] * charges
    text = _(
        "{year} per handler and year is {share} less than pay with employer charges, "
        "about {pay} (the pay is assumed)."
    ).format(
        year=money(year, sprak),
        share=percent(1 - year / pay, 0, sprak),
        pay=money(pay, sprak),
    )
    return _conflict("staff_cost", (year,), (pay,), text)


def _benefit(sprak: str) -> Conflict:
    _ = translator(sprak)
    value, nation = hasky_figures()["value"], national_figures().T[PAID_YEAR]
    month = value["benefit_avoided_sek_year"] / value["exits_year"] / 12
    mean = float(nation["paid_per_household_sek"]) / float(nation["mean_months"])
    text = _(
        "{gross} for {exits} exits is {month} a month, {share} less than the national "
        "mean of {mean} in {year}."
    ).format(
        gross=money(value["benefit_avoided_sek_year"], sprak),
        exits=number(value["exits_year"], 0, sprak),
        month=per_unit(month, sprak),
        share=percent(1 - month / mean, 0, sprak),
        mean=per_unit(mean, sprak),
        year=PAID_YEAR,
    )
    return _conflict("benefit", (month,), (mean,), text)


def _halving(pilot: Pilot, costs: Costs) -> float:
    """How much halving must raise exits for a year's benefit to cover the staff."""
    effect = appraise(pilot, None, 12, costs).middle.breakeven.log_hr_halving
    assert effect is not None  # the project is far from needing every exit
    return math.expm1(effect)


def _conflict(
    key: str, published: Sequence[float], computed: Sequence[float], text: str
) -> Conflict:
    return Conflict(
        key, tuple(map(float, published)), tuple(map(float, computed)), text
    )


def _millions(amount: float, sprak: str) -> str:
    """Write millions with the decimals that they have, two at most: 2,65 but 7."""
    millions, most = amount / 1e6, 2 if amount < 1e7 else 1
    decimals = next(
        d
        for d in range(most + 1)
        if d == most or abs(round(millions, d) - millions) < 1e-9
    )
    unit = money(1e6, sprak).split("\u00a0", 1)[1]
    return f"{number(millions, decimals, sprak)}\u00a0{unit}"
