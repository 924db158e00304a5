"""What a national run says, sentence by sentence."""

import math

from ..models.domain import Interval
from .bridgetable import headline as bridge_headline
from .language import number, percent, translator
from .nation import Assumptions
from .nationreport import NationReport
from .wording import amount, interval, people

#: Rows shown of a ranking.
SHOWN = 15


def headline(found: NationReport, sprak: str = "sv") -> str:
    """Say what optimal staffing of all municipalities is worth."""
    return bridge_headline(found.bridge, sprak)


def cash(found: NationReport, sprak: str = "sv") -> str:
    """Say what it means for the money of the years that are planned."""
    _ = translator(sprak)
    nation = found.nation
    mean = Interval.of(nation.per_year)
    text = _(
        "Of that, {cash} a year is cash within the {years} planned years; the rest is "
        "what fewer open cases and more handlers are worth afterwards."
    )
    return text.format(
        cash=interval(mean, sprak),
        years=number(nation.assumed.horizon_months / 12, 0, sprak),
    )


def staff(found: NationReport, sprak: str = "sv") -> str:
    """Say how many handlers there are, assumed, and would be."""
    _ = translator(sprak)
    table = found.nation.table
    more = (table["handlers_plan"] > table["handlers_today"] + 0.1).mean()
    return _(
        "Handlers go from {now} to {then}, and {share} of the municipalities have more "
        "than today. How many there are today is not published: {cases} cases per "
        "handler is assumed everywhere."
    ).format(
        now=people(float(table["handlers_today"].sum()), sprak),
        then=people(float(table["handlers_plan"].sum()), sprak),
        share=percent(float(more), 0, sprak),
        cases=number(found.nation.assumed.cases_per_handler, 0, sprak),
    )


def estimated(found: NationReport, sprak: str = "sv") -> str:
    """Say how many municipalities' figures are estimates."""
    _ = translator(sprak)
    count = int(found.estimated.sum())
    return _(
        "Households or payments of {count} of {all} municipalities are estimates from "
        "national totals: {file} says which, and how far off they may be."
    ).format(count=count, all=len(found.table), file="kommuner.csv")


def krona(found: NationReport, sprak: str = "sv") -> list[str]:
    """Say what the national budget gives, and one more krona in each year."""
    _ = translator(sprak)
    budget = found.budget
    first = _(
        "With {factor} times today's money for handlers, placed where it does most, "
        "{saved} is saved over the planned years and after (expectation; the effect is "
        "uncertain)."
    ).format(
        factor=number(budget.factor, 2, sprak), saved=amount(budget.saved_sek, sprak)
    )
    lines = [first]
    for year, gross in enumerate(budget.plan.gross.tolist()):
        text = _("One more krona in year {year} of the budget saves {krona} kronor.")
        lines.append(text.format(year=year + 1, krona=number(gross, 2, sprak)))
    text = _(
        "The plan is within {gap} of the best possible, proven by its prices, after "
        "{rounds} rounds."
    )
    gap = percent(max(budget.plan.gap, 1e-7), 5, sprak)
    lines.append(text.format(gap=gap, rounds=budget.plan.rounds))
    return lines


def state(found: NationReport, sprak: str = "sv") -> str:
    """Say who pays instead, without a price where none is published."""
    _ = translator(sprak)
    return _(
        "Fewer on assistance when the plan ends: {cases}. Of HASKY's exits a good half "
        "went to the state's sickness compensation. If the same holds, the state pays "
        "for half of these; no price of that is published, so the figures are the "
        "municipalities' alone."
    ).format(cases=_counted(Interval.of(found.nation.fewer), sprak))


def rests_on(assumed: Assumptions, sprak: str = "sv") -> list[str]:
    """List what is assumed."""
    _ = translator(sprak)
    low, high = assumed.mean_months
    return [
        _(
            "Households are on assistance {low}-{high} months of a year on average: "
            "published for 2013, and what payments per household and per "
            "household-month imply for 2024 (Dalarna). {share} of them have ten "
            "months or more at the lower mean."
        ).format(
            low=number(low, 1, sprak),
            high=number(high, 2, sprak),
            share=percent(assumed.long_share, 0, sprak),
        ),
        _(
            "A handler earns {salary} kronor a month with {charges} employer charges "
            "({year}), and overhead of anything from none to {overhead}: no rate is "
            "published."
        ).format(
            salary=number(assumed.salary_month_sek, 0, sprak),
            charges=percent(assumed.employer_charge_share, 2, sprak),
            overhead=percent(assumed.overhead_share, 0, sprak),
            year=assumed.cost_year,
        ),
        _(
            "What halving the caseload does is published evidence alone, zero and harm "
            "within it. Exits by time on assistance are the same everywhere, so a "
            "small municipality borrows all its strength."
        ),
        _(
            "New cases follow the country's households: the yearly changes since 2012, "
            "their mean as uncertain as twelve years make it. Nobody returns within "
            "the plan."
        ),
        _(
            "Every municipality is planned in whole posts and followed, household by "
            "household, in {n} possible futures that all municipalities share."
        ).format(n=assumed.replications),
    ]


def _counted(found: Interval, sprak: str) -> str:
    _ = translator(sprak)
    return _("{mean} households (80 %: {low} to {high})").format(
        mean=number(found.mean, 0, sprak),
        low=number(found.low, 0, sprak),
        high=number(found.high, 0, sprak),
    )


def thousands(value: float, sprak: str = "sv") -> str:
    """Write an amount in thousand SEK of `bridge_table`; nothing where it has none."""
    return "" if math.isnan(value) else amount(1e3 * value, sprak)
