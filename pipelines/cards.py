"""Key figures at the top of the result page."""

from dataclasses import dataclass

import numpy as np

from .language import money, number
from .layout import Desk
from .wording import amount, cases, direction, people, risk, span


@dataclass(frozen=True)
class Card:
    """One key figure."""

    name: str
    value: str
    note: str = ""


def key_figures(desk: Desk) -> list[Card]:
    """Key figures: handlers, cases each, saving, and the year."""
    say, sprak, found = desk.say, desk.sprak, desk.found
    cards = []
    if found is not None:
        now, then = people(found.today.handlers[0], sprak), found.settled_handlers
        sides = [found.today.caseload[0], found.plan.late_caseload]
        first, last = (cases(value, sprak) for value in sides)
        kept = cases(found.today.late_caseload, sprak)
        both = f"{now} → {people(then, sprak)}"
        cards += [
            Card(
                say("Handlers"),
                both if found.changes else now,
                say("today → the plan") if found.changes else say("as today"),
            ),
            Card(
                say("Cases per handler"),
                f"{first} → {last}",
                say("today → last year of the plan; {kept} as today", kept=kept),
            ),
            _saving_card(desk),
            *_after_card(desk),
        ]
    elif desk.outcome.forecast.served is not None:
        paths = desk.outcome.forecast.served.total()
        end = span(paths.months[-1], paths.months[-1], sprak)
        low, high = (number(paths.quantile(q)[0, -1], 0, sprak) for q in (0.1, 0.9))
        cards.append(
            Card(
                say("Households on assistance, {when}", when=end),
                number(paths.mean()[0, -1], 0, sprak),
                say("{low} to {high}", low=low, high=high),
            )
        )
    table = desk.outcome.year.table
    for row in table.head(1).to_dict("records"):
        total = money(row["total_sek"], sprak, desk.currency)
        note = ""
        if np.isfinite(row["deviation_sek"]):
            size = amount(abs(row["deviation_sek"]), sprak, desk.currency)
            text = (
                "{x} below budget; risk of overrun {p}"
                if row["deviation_sek"] >= 0
                else "{x} over budget; risk of overrun {p}"
            )
            note = say(text, x=size, p=risk(row["probability_exceeds"], sprak))
        cards.append(Card(say("Full-year forecast {y}", y=row["year"]), total, note))
    return cards


def _saving_card(desk: Desk) -> Card:
    say, sprak, currency, found = desk.say, desk.sprak, desk.currency, desk.found
    assert found is not None
    name = say("Cash over {n} months", n=len(found.months))
    if found.nothing_saved:
        return Card(name, say("no difference"))
    ends = [amount(v, sprak, currency) for v in (found.saving.low, found.saving.high)]
    note = say("{low} to {high}; minus is an extra cost", low=ends[0], high=ends[1])
    value = say("No certain saving")
    if found.claims_saving or found.costs_more:
        value = direction(found.saving.mean, sprak, currency)
    return Card(name, value[0].upper() + value[1:], note)


def _after_card(desk: Desk) -> list[Card]:
    """Give the value after the period, which is no money in a budget."""
    found = desk.found
    assert found is not None
    if not found.changes or found.nothing_saved:
        return []
    after = found.after
    mean, low, high = (
        amount(value, desk.sprak, desk.currency)
        for value in (after.mean, after.low, after.high)
    )
    note = desk.say("{low} to {high}; no money in any budget", low=low, high=high)
    return [Card(desk.say("Value after the period"), mean, note)]
