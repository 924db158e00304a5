"""What an appraisal says in sentences: a headline, a verdict, and what it rests on."""

import math

from ..models.domain import Interval
from ..optimisation.appraisal import Appraisal, Payback
from ..optimisation.pilotinput import UNSPECIFIED
from .findings import NOUGHT_SEK
from .language import money, number, percent, translator
from .pilotcase import Appraised, destination
from .tables import SMALLEST, too_few
from .wording import amount, around, direction, interval, per_unit, risk


def headline(found: Appraised, sprak: str = "sv") -> str:
    """Say in one sentence what it takes for the pilot to pay for itself."""
    _ = translator(sprak)
    year, currency = found.year, found.case.currency
    staff, least = year.middle.staff_sek, year.middle.breakeven.exits
    words = {
        "n": counted(year.exits, sprak),
        "months": year.horizon_months,
        "gross": money(year.benefit_sek.if_all_extra, sprak, currency),
        "staff": money(staff, sprak, currency),
    }
    if not year.exits:
        text = _("Nobody left during the pilot: it cost {staff} and spared nothing.")
    elif not staff:
        text = _("The pilot cost no staff: any exit that is extra is a gain.")
    elif least > year.exits:
        text = _(
            "The pilot did not pay for itself, not even if none of its {n} exits would "
            "have come anyway: {months} months of benefit are {gross}, the staff "
            "{staff}."
        )
    else:
        words["x"] = whole(least, sprak)
        text = _(
            "The pilot pays for itself if at least {x} of {n} exits would not have "
            "come anyway, at {months} months of benefit for each."
        )
    return text.format(**words)


def verdict(found: Appraised, sprak: str = "sv") -> list[str]:
    """Say what is known of the exits that were extra, and what follows for money."""
    _ = translator(sprak)
    year, currency = found.year, found.case.currency
    net, extra = year.middle.net_sek, year.extra_exits
    if extra is None:
        unknown = _(
            "How many would have left anyway is not known: only the gross, and what it "
            "takes to break even, can be shown."
        )
        return [unknown, _at_most(found, sprak)]
    text = _("{extra} of {n} exits were extra, according to {source}.")
    told = [
        text.format(
            extra=_exits(extra, sprak),
            n=counted(year.exits, sprak),
            source=year.source,
        )
    ]
    if extra.low < 0:
        told.append(_("Below 0 means that more would have left without the pilot."))
    assert net.expected is not None  # there is a counterfactual
    text = _net_text(net.expected, sprak)
    told.append(
        text.format(
            net=interval(net.expected, sprak, currency),
            months=year.horizon_months,
            chance=risk(year.middle.probability_saves or 0.0, sprak),
        )
    )
    return [*told, _at_most(found, sprak)]


def _net_text(net: Interval, sprak: str) -> str:
    """Choose the sentence: a saving is claimed where the whole interval is one."""
    _ = translator(sprak)
    if net.low > NOUGHT_SEK:
        return _("The municipality saves {net} at {months} months.")
    if net.high < -NOUGHT_SEK:
        return _(
            "The pilot cost more than it spared: the municipality's net at {months} "
            "months is {net}."
        )
    return _(
        "It is not shown that the pilot pays for itself: the municipality's net at "
        "{months} months is {net}, and the chance of a saving is {chance}."
    )


def _at_most(found: Appraised, sprak: str) -> str:
    _ = translator(sprak)
    net, currency = found.year.middle.net_sek.if_all_extra, found.case.currency
    if net > NOUGHT_SEK:
        text = _("At most, had no exit come anyway, it is {x} at {months} months.")
    else:
        text = _("Even had no exit come anyway, it is {x} at {months} months.")
    return text.format(
        x=direction(net, sprak, currency), months=found.year.horizon_months
    )


def needed(found: Appraised, sprak: str = "sv") -> list[str]:
    """Say what breaking even takes in exits, in effect and in time."""
    _ = translator(sprak)
    year, currency = found.year, found.case.currency
    low, high = year.at_cost[0], year.at_cost[-1]
    told = []
    if year.exits and low.handler_year_sek < high.handler_year_sek:
        text = _(
            "If a handler costs {low} to {high} a year, {few} to {many} extra exits "
            "are needed."
        )
        told.append(
            text.format(
                low=money(low.handler_year_sek, sprak, currency),
                high=money(high.handler_year_sek, sprak, currency),
                few=whole(low.breakeven.exits, sprak),
                many=whole(high.breakeven.exits, sprak),
            )
        )
    even = year.middle.breakeven
    if even.rate_ratio is not None and year.middle.staff_sek:
        text = _("The pilot must then have raised exits by {more}.")
        told.append(text.format(more=percent(even.rate_ratio - 1, 0, sprak)))
    if even.log_hr_halving is not None and even.theta:
        text = _(
            "As an effect of halving cases per handler that is {effect}, a log hazard "
            "ratio of {log}."
        )
        halved = percent(math.expm1(even.log_hr_halving), 0, sprak)
        log = number(even.log_hr_halving, 2, sprak)
        told.append(text.format(effect=f"+{halved}", log=log))
    if year.exits and year.middle.staff_sek:
        told.append(_payback(year.middle.payback, year, sprak))
    return told


def _payback(paid: Payback, year: Appraisal, sprak: str) -> str:
    _ = translator(sprak)
    text = _("Paid back, had no exit come anyway: {month}.")
    if year.extra_exits is None:
        return text.format(month=month(paid.if_all_extra, sprak))
    text = _("Paid back: {expected}; had no exit come anyway: {month}.")
    expected = month(paid.expected, sprak)
    if paid.soonest is not None:  # else never, and no later month either
        low, high = month(paid.soonest, sprak), month(paid.latest, sprak)
        expected = around(expected, low, high, year.extra_exits.level, sprak)
    return text.format(expected=expected, month=month(paid.if_all_extra, sprak))


def state(found: Appraised, sprak: str = "sv") -> list[str]:
    """Say how many the state pays for instead, and what that costs it."""
    _ = translator(sprak)
    case, year = found.case, found.year
    moved = [
        f"{destination(name, sprak)} ({counted(n, sprak)})"
        for name, n in year.to_state.items()
    ]
    told = []
    if moved:
        text = _("For those who left to {where} the state pays instead.")
        told.append(text.format(where=", ".join(moved)))
    names = [n for n in year.unpriced if n != UNSPECIFIED]
    if names:
        text = _("No cost to the state is given for {names}, so none is counted.")
        told.append(text.format(names=", ".join(destination(n, sprak) for n in names)))
    unknown = case.pilot.exits.get(UNSPECIFIED, 0.0)
    if unknown:
        text = _(
            "Where {n} exits went is not known: the state may pay for some of them."
        )
        told.append(text.format(n=counted(unknown, sprak)))
    if year.state_sek is not None and not few_priced(found):
        text = _(
            "At {months} months the state pays {state}, at most {most}, for those with "
            "a given cost; extra exits are taken to go where all exits went."
        )
        expected, most = year.state_sek.expected, year.state_sek.if_all_extra
        if expected is None:
            text = _("At {months} months the state pays at most {most} for them.")
        written = "" if expected is None else interval(expected, sprak, case.currency)
        told.append(
            text.format(
                months=year.horizon_months,
                state=written,
                most=amount(most, sprak, case.currency),
            )
        )
    return told


def few_priced(found: Appraised) -> bool:
    """Whether the state's cost would give away how few left to a destination."""
    moved, costs = found.year.to_state, found.case.costs.state
    return any(too_few(n) for name, n in moved.items() if name in costs)


def notes(found: Appraised, sprak: str = "sv") -> list[str]:
    """Say what the figures take for granted."""
    _ = translator(sprak)
    text = _(
        "Each extra exit is taken to spare {benefit} a month for as many months as the "
        "column says: without the pilot the household would have stayed that long, and "
        "it does not come back."
    )
    month_sek = found.case.costs.benefit_case_month_sek
    even = _("Exits are taken to come evenly over the pilot's {n} months.")
    pilot = found.case.pilot
    spread = [] if pilot.profile else [even.format(n=pilot.months)]
    return [
        text.format(benefit=per_unit(month_sek, sprak, found.case.currency)),
        _(
            "Staff is that of the whole pilot, unless it says within the months: then "
            "only what was paid in them is counted, as is often published."
        ),
        *spread,
        _("Amounts are not adjusted for inflation."),
        *found.case.notes,
    ]


def counted(value: float, sprak: str = "sv") -> str:
    """Write a number of exits; so few that they could be known are not shown."""
    _ = translator(sprak)
    if too_few(value):
        return _("fewer than {n}").format(n=SMALLEST)
    return number(value, 0, sprak)


def whole(exits: float, sprak: str = "sv") -> str:
    """Write the least whole number of exits that is enough."""
    return number(math.ceil(exits - 1e-9), 0, sprak)


def month(value: int | None, sprak: str = "sv") -> str:
    """Write a month of the pilot, or that it never comes."""
    _ = translator(sprak)
    return _("never") if value is None else _("month {n}").format(n=value)


def _exits(found: Interval, sprak: str) -> str:
    mean, low, high = (number(v, 0, sprak) for v in (found.mean, found.low, found.high))
    return around(mean, low, high, found.level, sprak)
