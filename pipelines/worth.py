"""What one more is worth: the plan's prices as a reader sees them."""

import numpy as np

from ..optimisation.plan import StaffingPlan
from .layout import Desk, Grid, Part
from .wording import amount


def worth_part(desk: Desk) -> Part | None:
    """Price one more case, handler, month and krona; None without a plan."""
    plans = [plan for plan in desk.outcome.plans if plan.prices is not None]
    if not plans:
        return None
    say = desk.say
    return Part(
        "worth",
        say("What one more is worth"),
        tables=(_one(desk, plans[0]) if len(plans) == 1 else _many(desk, plans),),
        notes=(
            say(
                "Everything counted, with the value after the period and interest; in "
                "fractions of handlers. Costs stand plain, savings have a minus sign."
            ),
        ),
    )


def _one(desk: Desk, plan: StaffingPlan) -> Grid:
    """Every price of a single unit, one a row."""
    say, prices = desk.say, plan.prices
    assert prices is not None  # asked for by `worth_part`
    groups = plan.unit.segments
    rows = [
        (say(text, name=name), value)
        for text, values in (
            ("One open case more today, {name}", prices.open_case),
            ("One new case more, {name}", prices.new_case),
        )
        for name, value in zip(groups, values.tolist(), strict=True)
    ]
    rows += [
        (say("One handler more than the plan"), prices.handler_more),
        (say("One handler fewer than the plan"), prices.handler_less),
        (say("Hires can start a month sooner"), prices.month_sooner),
        (say("Hires can start a month later"), prices.month_later),
    ]
    written = [
        (text, amount(value, desk.sprak, desk.currency))
        for text, value in rows
        if np.isfinite(value)
    ]
    written += [
        (
            say("A thousand more in the staff budget of {year}", year=year),
            amount(-1_000 * (gross - 1), desk.sprak, desk.currency),
        )
        for year, gross in prices.budget
        if gross > 0
    ]
    return Grid(_caption(desk), (say("One more"), say("Costs")), tuple(written))


def _many(desk: Desk, plans: list[StaffingPlan]) -> Grid:
    """Prices of handlers and time, a unit a row."""
    say, rows = desk.say, []
    for plan in plans:
        prices = plan.prices
        assert prices is not None  # asked for by `worth_part`
        values = (
            prices.handler_more,
            prices.handler_less,
            prices.month_sooner,
            prices.month_later,
        )
        written = [
            amount(value, desk.sprak, desk.currency) if np.isfinite(value) else ""
            for value in values
        ]
        rows.append((plan.unit.name, *written))
    handlers = say("A handler more"), say("A handler fewer")
    months = say("Hires a month sooner"), say("Hires a month later")
    return Grid(_caption(desk), (say("Unit"), *handlers, *months), tuple(rows))


def _caption(desk: Desk) -> str:
    return desk.say("What one more costs, beside the plan")
