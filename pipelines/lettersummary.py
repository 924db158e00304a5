"""What a letter to a committee says first: a summary, and what it may decide.

Only what the run supports is proposed. A plan that is not expected to pay, or that the
simulation does not agree with, is no proposal.
"""

from typing import Literal

import numpy as np
import pandas as pd

from . import sentences, verdict
from .doubts import information_of
from .findings import NOUGHT_SEK, YEAR, Findings
from .language import month_name, number, translator
from .layout import Desk
from .wordfile import Chapter, Points
from .wording import amount, around, people, risk, year_name

#: What the run supports: the plan, another share of time, today's staffing, or nothing.
Stance = Literal["plan", "share", "keep", "nothing"]


def stance(desk: Desk) -> Stance:
    """Tell what may be proposed."""
    found = desk.found
    checks = [
        check.ok
        for plan in desk.outcome.plans
        for check in (plan.check_grid, plan.check_continuous)
    ]
    if found is None or not all(checks):
        return "nothing"
    if not found.changes:
        return "share" if found.claims_saving else "keep"
    return "plan" if found.total.mean > NOUGHT_SEK else "keep"


def summary(desk: Desk) -> Chapter:
    """Say what is proposed, what it costs and is worth, and how surely."""
    found = desk.found
    said = [_first(desk)]
    if found is None:
        said += [sentences.expected(desk.outcome, desk.sprak), year_line(desk)]
    elif stance(desk) == "nothing":
        said += [*sentences.caveats(desk.outcome, desk.sprak), year_line(desk)]
    elif not found.changes:
        said += [_saved(desk, found), year_line(desk)]
    elif stance(desk) == "keep":
        said += [
            desk.say(
                "The cheapest plan that was found has {n} handlers.",
                n=_settled(desk, found),
            ),
            _saved(desk, found),
            verdict.worth(found, desk.sprak, desk.currency),
            year_line(desk),
        ]
    else:
        currency, plans = desk.currency, desk.outcome.plans
        said += [
            staff_line(desk, found),
            _saved(desk, found),
            verdict.worth(found, desk.sprak, currency),
            *(verdict.chance(plan, desk.sprak) for plan in plans if len(plans) == 1),
            *_pays(desk),
        ]
    return Chapter(desk.say("Summary"), (Points(tuple(filter(None, said))),))


def _first(desk: Desk) -> str:
    """Say what is proposed; a plan that is not proposed is not named."""
    found, supported = desk.found, stance(desk)
    if found is None:
        return desk.say("The figures do not tell enough for a staffing plan.")
    if supported == "nothing":
        return desk.say(
            "No change is proposed: the simulation does not agree with the plan."
        )
    if supported == "keep" and found.changes:
        now = people(found.today.handlers[0], desk.sprak)
        return desk.say("No other staffing than today's {now} is proposed.", now=now)
    return sentences.headline(desk.outcome, desk.sprak)


def staff_line(desk: Desk, found: Findings) -> str:
    """Say what staff costs with the plan and as today."""
    plan, today = (
        amount(found.cash[f"staff_{side}_sek"].sum(), desk.sprak, desk.currency)
        for side in ("plan", "today")
    )
    return desk.say(
        "With the plan, staff costs {plan} over {n} months, and {today} as today.",
        plan=plan,
        today=today,
        n=len(found.months),
    )


def _saved(desk: Desk, found: Findings) -> str:
    """Say what is saved in cash, in one sentence."""
    if found.nothing_saved or found.claims_saving or found.costs_more:
        return verdict.saving(found, desk.sprak, desk.currency)
    mean, low, high = (
        amount(value, desk.sprak, desk.currency)
        for value in (-found.saving.mean, -found.saving.high, -found.saving.low)
    )
    return desk.say(
        "No saving in cash is certain: what is paid is expected to change by {x}.",
        x=around(mean, low, high, found.saving.level, desk.sprak),
    )


def _pays(desk: Desk) -> tuple[str, ...]:
    """Say how strong the effect must be, of one unit or of each."""
    plans = desk.outcome.plans
    said = [
        (plan, verdict.breakeven(desk.outcome, plan, desk.sprak, source=False))
        for plan in plans
    ]
    firsts = [(plan, text.split(". ")[0].rstrip(".")) for plan, text in said if text]
    if len(plans) == 1:
        return tuple(f"{text}." for _plan, text in firsts)
    return (desk.say("What must hold for it to pay is said below, unit by unit."),)


def year_line(desk: Desk) -> str:
    """Say where the year is heading, and against what budget."""
    table, sprak, currency = desk.outcome.year.table, desk.sprak, desk.currency
    if table.empty:
        return ""
    row = table.iloc[0]
    total, low, high, budget = (
        amount(row[name], sprak, currency) if np.isfinite(row[name]) else ""
        for name in ("total_sek", "lo-80", "hi-80", "budget_sek")
    )
    year, whole = int(row["year"]), around(total, low, high, 0.8, sprak)
    if not budget:
        return desk.say("Full-year forecast {year}: {x}.", year=year, x=whole)
    return desk.say(
        "Full-year forecast {year}: {x}; the budget is {budget}, and the risk of "
        "overrun {p}.",
        year=year,
        x=whole,
        budget=budget,
        p=risk(row["probability_exceeds"], sprak),
    )


def decisions(desk: Desk) -> Chapter:
    """List what the committee may decide, in the order in which it is carried out."""
    municipality = desk.outcome.case.settings.municipality
    who = municipality.committee or desk.say("[to be filled in: committee]")
    kinds = {"plan": _plan, "share": _share, "keep": _keep, "nothing": _nothing}
    items = kinds[stance(desk)](desk)
    ends = [*(f"{item}," for item in items[:-1]), f"{items[-1]}."]
    return Chapter(
        desk.say("Proposed decision"),
        (
            desk.say("{who} is proposed to decide", who=who[0].upper() + who[1:]),
            Points(tuple(ends), numbered=True),
        ),
    )


def _plan(desk: Desk) -> list[str]:
    found, say, sprak = desk.found, desk.say, desk.sprak
    assert found is not None
    items = [
        say(
            "to change the number of handlers from {now} to {then}, at the pace of the "
            "table of proposed handlers below",
            now=people(found.today.handlers[0], sprak),
            then=_settled(desk, found),
        ),
        *_levers(desk),
        say(
            "to reckon in the budget with what staff costs with the plan: {list}",
            list=", ".join(
                say(
                    "{x} in {year}",
                    x=amount(row["staff_plan_sek"], sprak, desk.currency),
                    year=year_name(int(row["year"]), found.months, sprak),
                )
                for row in found.cash.to_dict("records")
            ),
        ),
    ]
    return [*items, *_trial(desk), _follow_up(desk, found)]


def _settled(desk: Desk, found: Findings) -> str:
    """Write the number of handlers once the plan is in place."""
    then = people(found.settled_handlers, desk.sprak)
    if then.isdecimal():
        return then
    return desk.say("{n} on average", n=then)


def _share(desk: Desk) -> list[str]:
    found = desk.found
    assert found is not None
    now = people(found.today.handlers[0], desk.sprak)
    text = "to keep {now} handlers, and share their time between groups as in the plan"
    return [desk.say(text, now=now), *_levers(desk), _follow_up(desk, found)]


def _keep(desk: Desk) -> list[str]:
    found = desk.found
    assert found is not None
    now = people(found.today.handlers[0], desk.sprak)
    return [
        desk.say("to keep today's staffing of {now} handlers", now=now),
        *([] if found.changes else _levers(desk)),
        *_trial(desk),
        desk.say("to take note of the forecast"),
    ]


def _nothing(desk: Desk) -> list[str]:
    return [desk.say("to take note of the forecast")]


def _levers(desk: Desk) -> list[str]:
    """List what else the plan buys, with what it costs."""
    _ = translator(desk.sprak)
    texts = {
        "robot": _("to buy the robot, which costs {cost}"),
        "process": _("to make the change of process, which costs {cost}"),
        "triage": _(
            "to let labour-market staff take a part of new cases, which costs {cost}"
        ),
    }
    costs: dict[str, float] = {}
    for plan in desk.outcome.plans:
        for lever in plan.levers:
            if lever.bought:
                costs[lever.kind] = costs.get(lever.kind, 0.0) + lever.cost_sek
    return [
        texts[kind].format(cost=amount(cost, desk.sprak, desk.currency))
        for kind, cost in costs.items()
    ]


def _trial(desk: Desk) -> list[str]:
    """Propose a trial drawn by lot where its answer is worth more than it costs."""
    doubts = desk.outcome.doubts
    found = information_of(doubts)
    if found is None or doubts[0].pilot is None or found.net < NOUGHT_SEK:
        return []
    text = "to try the effect in a trial drawn by lot, of {n} months"
    return [desk.say(text, n=number(doubts[0].pilot.months, 0, desk.sprak))]


def _follow_up(desk: Desk, found: Findings) -> str:
    when = found.months[min(YEAR, len(found.months) - 1)]
    return desk.say(
        "to be told in {month} how the outcome compares with the plan",
        month=month_name(pd.Timestamp(when), desk.sprak),
    )
