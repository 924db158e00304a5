"""What applications take, and what the 24-hour rule costs: section, JSON, assumptions.

Each has something to say only where kommun.toml has `[intake]` and there is a plan.
"""

from typing import Any

import numpy as np

from ..optimisation.plan import StaffingPlan
from .assumption import Assumption
from .case import Case
from .intake import day_dispersion, rates_of
from .intakeprice import IntakePrice, intake_price
from .language import number, percent, translator
from .layout import Desk, Grid, Part
from .outcome import Outcome
from .wording import amount, per_unit


def intake_part(desk: Desk) -> Part | None:
    """Show what applications take, and what it costs to decide them within a day."""
    price = intake_price(desk.outcome.case, desk.outcome.plans)
    if price is None:
        return None
    say = desk.say
    if price.share is None:
        return Part("intake", say("Applications"), texts=(_volume(desk, price),))
    texts = (_volume(desk, price), _promise(desk, price), _through_plan(desk, price))
    return Part(
        "intake",
        say("Applications and the 24-hour rule"),
        texts=(*texts, *_kept_now(desk, price), *_shared(desk, price)),
        tables=(_by_size(desk, price),),
        notes=(
            say(
                "Days are taken as independent of each other. Handlers are those who "
                "are there; a month of one costs {x}: pay, charges, overhead, absence "
                "and the hires that replace who leaves.",
                x=per_unit(price.month_sek, desk.sprak, desk.currency),
            ),
            say(
                "Other sizes have as many applications for each case as here, and days "
                "that vary alike. Neighbours of the same size share one intake."
            ),
        ),
    )


def _volume(desk: Desk, price: IntakePrice) -> str:
    new, renewed = price.applications
    return desk.say(
        "In the latest twelve months {new} new and {renewed} renewed applications a "
        "month. With the hours stated they take {handlers} handlers, {share} of the "
        "time of those who are there.",
        new=number(new, 0, desk.sprak),
        renewed=number(renewed, 0, desk.sprak),
        handlers=number(price.handlers, 1, desk.sprak),
        share=percent(price.handlers / price.present, 0, desk.sprak),
    )


def _promise(desk: Desk, price: IntakePrice) -> str:
    assert price.share is not None
    return desk.say(
        "To decide all that comes in the same day, on {share} of the days, takes {x} "
        "handlers more than the mean day does: {cost} a year.",
        share=percent(price.share, 0, desk.sprak),
        x=number(price.extra, 1, desk.sprak),
        cost=amount(price.year_sek, desk.sprak, desk.currency),
    )


def _through_plan(desk: Desk, price: IntakePrice) -> str:
    if np.isnan(price.plan_sek):
        return desk.say("The plan would cost the same without it.")
    return desk.say(
        "Over the plan period and after it makes the best plan {x} dearer, discounted: "
        "that time could have gone to cases.",
        x=amount(price.plan_sek, desk.sprak, desk.currency),
    )


def _kept_now(desk: Desk, price: IntakePrice) -> tuple[str, ...]:
    """Say how many are decided within a day, where applications.csv knows."""
    if np.isnan(price.within_day_share):
        return ()
    text = desk.say(
        "In the latest twelve months {share} were decided within a working day.",
        share=percent(price.within_day_share, 0, desk.sprak),
    )
    return (text,)


def _shared(desk: Desk, price: IntakePrice) -> tuple[str, ...]:
    if price.shared_sek <= 0:
        return ()
    text = desk.say(
        "One intake for all units would save {x} of it a year.",
        x=amount(price.shared_sek, desk.sprak, desk.currency),
    )
    return (text,)


def _by_size(desk: Desk, price: IntakePrice) -> Grid:
    say, sprak = desk.say, desk.sprak
    own = price.by_size((price.served,)).to_dict("records")
    here = say("here") if len(price.units) == 1 else say("here, as one intake")
    rows = tuple(
        (
            name,
            number(row["applications_day"], 1, sprak),
            number(row["handlers_mean"], 1, sprak),
            number(row["handlers_extra"], 1, sprak),
            amount(row["promise_sek_year"], sprak, desk.currency),
            per_unit(row["promise_sek_case_year"], sprak, desk.currency),
            amount(row["neighbour_saves_sek_year"], sprak, desk.currency),
        )
        for name, row in (
            *((f"{here}, {number(price.served, 0, sprak)}", row) for row in own),
            *(
                (number(row["cases"], 0, sprak), row)
                for row in price.by_size().to_dict("records")
            ),
        )
    )
    head = (
        "Cases",
        "Applications a working day",
        "Handlers, mean day",
        "Handlers more for the promise",
        "Price a year",
        "Price per case and year",
        "Saved a year by sharing with a neighbour",
    )
    caption = say("What it costs to decide within a day, by size of municipality")
    return Grid(caption, tuple(say(name) for name in head), rows, totals=frozenset({0}))


def intake_json(outcome: Outcome) -> dict[str, Any]:
    """Give the same for machines under `intake`; nothing where there is nothing."""
    price = intake_price(outcome.case, outcome.plans)
    if price is None:
        return {}
    new, renewed = price.applications
    told: dict[str, Any] = {
        "new_applications_month": new,
        "renewed_applications_month": renewed,
        "handlers": price.handlers,
        "decided_within_day_share": price.within_day_share,
        "promise": None,
    }
    if price.share is not None:
        told["promise"] = {
            "share_of_days": price.share,
            "extra_handlers": price.extra,
            "price_sek_year": price.year_sek,
            "one_intake_saves_sek_year": price.shared_sek,
            "plan_price_sek": price.plan_sek,
            "by_size": price.by_size().to_dict("records"),
        }
    return {"intake": _plain(told)}


def _plain(value: Any) -> Any:
    """Round as JSON takes it; what is not known is null."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 4) if np.isfinite(value) else None
    return value


def intake_assumptions(
    case: Case, plans: tuple[StaffingPlan, ...], sprak: str
) -> list[Assumption]:
    """List what is stated, counted or assumed of applications."""
    said, price = case.settings.intake, intake_price(case, plans)
    if said is None or price is None:
        return []
    _ = translator(sprak)
    hours = _("{x} handler hours")

    def stated(name: str, value: str) -> Assumption:
        return Assumption(name, value, "kommun.toml")

    rows = [
        stated(
            _("Time for a new application"),
            hours.format(x=number(said.hours_new, 2, sprak)),
        ),
        stated(
            _("Time for a renewed application"),
            hours.format(x=number(said.hours_renewed, 2, sprak)),
        ),
        stated(
            _("Hours a day for cases and applications"),
            number(said.hours_day, 1, sprak),
        ),
    ]
    rates = [rates_of(case, plan.unit.name) for plan in plans]
    new, renewed = price.applications
    inflow = sum(one.inflow for one in price.units.values())
    for name, ratio, counted in (
        (
            _("New applications for each new case"),
            new / inflow if inflow else np.nan,
            [rate.counted_new for rate in rates],
        ),
        (
            _("Renewed applications a month for each case"),
            renewed / price.served,
            [rate.counted_renewed for rate in rates],
        ),
    ):
        source = _("assumed: one each, applications.csv does not say")
        if any(counted):
            source = _("applications.csv, last twelve months")
        if any(counted) and not all(counted):
            source = _("applications.csv; one each in units that it does not have")
        rows.append(Assumption(name, number(ratio, 2, sprak), source))
    if said.decide_within_day_share is not None:
        rows += [
            stated(
                _("Days on which everything is decided the same day, today too"),
                percent(said.decide_within_day_share, 0, sprak),
            ),
            _evenness(case, sprak),
        ]
    return rows


def _evenness(case: Case, sprak: str) -> Assumption:
    """Say how much days differ, and how it is known."""
    _ = translator(sprak)
    said, spread = case.settings.intake, day_dispersion(case)
    value = _("as chance alone makes them differ")
    if np.isfinite(spread):
        value = _("{x} in extra variation (coefficient of variation)").format(
            x=percent(spread**-0.5, 0, sprak)
        )
    source = _("assumed")
    if said is not None and said.day_dispersion is not None:
        source = "kommun.toml"
    elif case.applications is not None and case.applications.dispersion is not None:
        source = _("applications.csv, day by day")
    return Assumption(_("How much days differ"), value, source)
