"""How sure the plan is, in words and tables: another effect, other plans, knowing more.

What is unsure is said where the plan is read, and in money: what it costs if the effect
is not what was assumed, what one may do instead, and what a pilot would be worth.
"""

import numpy as np
from scipy import stats

from ..optimisation.alternatives import BEST, Alternative
from ..optimisation.information import Information
from ..optimisation.plan import StaffingPlan
from ..optimisation.regret import LEAST, TODAY
from . import verdict
from .doubts import NODES, PLAN, Regrets, information_of, regrets
from .findings import NOUGHT_SEK, YEAR
from .language import number, percent, translator
from .layout import Desk, Grid, Part
from .outcome import Outcome
from .wording import Scale, amount, halving, people, risk

#: A worst case that another plan makes smaller by less than this share is no worse.
NEARLY = 0.1
#: What an alternative is called, by `Alternative.kind`.
KINDS = {
    BEST: "The cheapest",
    "fewest": "As few handlers as possible",
    "most": "As many handlers as possible",
    "later": "As late as possible, as many in the end",
    "earlier": "As early as possible, as many in the end",
    "fewest_hires": "As few hires as possible",
}


def certainty_part(desk: Desk) -> Part | None:
    """Say how sure the plan is; None where there is none or nothing was asked."""
    outcome, sprak = desk.outcome, desk.sprak
    if not outcome.plans or not outcome.doubts:
        return None
    say, found = desk.say, regrets(outcome.doubts)
    one = outcome.plans[0] if len(outcome.plans) == 1 else None
    texts = [
        other_effect(outcome, sprak),
        least_regret(outcome, sprak),
        *knowing(outcome, sprak),
        verdict.flat(one, sprak, desk.currency) if one else "",
    ]
    tables, notes = [], []
    if found is not None:
        tables.append(_regret_grid(desk, found))
        notes.append(
            say(
                "Too much: what a staffing costs, the value after the period counted, "
                "beyond the best staffing for that effect."
            )
        )
        if (found.of(TODAY) < -NOUGHT_SEK).any():
            text = "Minus: today's staffing does not keep the limits that a plan must."
            notes[-1] += f" {say(text)}"
        notes.extend(_beyond(desk, found))
    if one and len(one.alternatives) > 1:
        tables.append(_alternative_grid(desk, one))
        notes.append(
            say(
                "Other plans are in fractions of handlers, and go as far from the "
                "cheapest as the same limit of cost allows. alternatives.csv has them "
                "month by month."
            )
        )
    if information_of(outcome.doubts) is not None:
        notes.append(
            say(
                "What knowing is worth is counted with plans for {n} effects to "
                "choose between; with more it would be somewhat more.",
                n=NODES,
            )
        )
    return Part(
        "certainty",
        say("How sure is the plan?"),
        texts=tuple(filter(None, texts)),
        pictures=desk.pictures("fans", "regret", "sensitivity"),
        tables=tuple(tables),
        notes=tuple(notes),
    )


def _beyond(desk: Desk, found: Regrets) -> tuple[str, ...]:
    """Say that the effect may lie outside the table, where it may."""
    effect = desk.outcome.effect
    half = effect.sd * float(stats.t.ppf(0.9, effect.df))
    inside = found.effects[0] <= effect.mean - half
    if inside and effect.mean + half <= found.effects[-1]:
        return ()
    text = "The effect is estimated at {x}, so that it may lie outside the table."
    return (desk.say(text, x=halving(effect, desk.sprak)),)


def other_effect(outcome: Outcome, sprak: str = "sv") -> str:
    """Say what plan and today cost too much if the effect is none, or larger."""
    _ = translator(sprak)
    found = regrets(outcome.doubts)
    if found is None:
        return _(
            "What the plan costs if the effect of a lighter caseload is not what was "
            "assumed cannot be put into figures here."
        )
    currency = outcome.case.settings.economy.currency
    none, last = (
        [too_much(found.of(name)[at], sprak, currency) for name in (PLAN, TODAY)]
        for at in (0, -1)
    )
    return _(
        "If a lighter caseload has no effect, the plan costs {plan} and today's "
        "staffing {today}; if the effect is {f} times the estimate, {more} and "
        "{kept}. That is counted from the best staffing for each effect."
    ).format(
        plan=none[0],
        today=none[1],
        f=number(found.factors[-1], 1, sprak),
        more=last[0],
        kept=last[1],
    )


def too_much(regret: float, sprak: str = "sv", currency: str = "SEK") -> str:
    """Write a regret: an amount too much, nothing, or less than any plan."""
    _ = translator(sprak)
    if not np.isfinite(regret):
        return _("cannot be carried out")
    if abs(regret) < NOUGHT_SEK:
        return _("nothing too much")
    text = _("{x} too much") if regret > 0 else _("{x} less than any plan")
    return text.format(x=amount(abs(regret), sprak, currency))


def least_regret(outcome: Outcome, sprak: str = "sv") -> str:
    """Say which staffing has the smallest worst case, where it is another."""
    found = regrets(outcome.doubts)
    if found is None:
        return ""
    _, currency = translator(sprak), outcome.case.settings.economy.currency
    worst, least = found.of(PLAN).max(), found.of(LEAST).max()
    if worst <= (1 + NEARLY) * least + NOUGHT_SEK:
        return _(
            "No other staffing has a worst case that is much better: the plan costs "
            "at most {x} too much, whichever of these effects is true."
        ).format(x=amount(worst, sprak, currency))
    then, now = (people(found.handlers(name), sprak) for name in (LEAST, PLAN))
    return _(
        "The staffing with the best worst case has {then} handlers on average in the "
        "last year, the plan {now}. At worst it costs {least}, the plan {worst}."
    ).format(
        then=then,
        now=now,
        least=too_much(least, sprak, currency),
        worst=too_much(worst, sprak, currency),
    )


def knowing(outcome: Outcome, sprak: str = "sv") -> tuple[str, ...]:
    """Say what it is worth to know the effect, for certain or from a pilot."""
    found = information_of(outcome.doubts)
    if found is None:
        return ()
    _, currency = translator(sprak), outcome.case.settings.economy.currency
    sure = _(
        "To know the effect for certain would be worth about {x}: so much it is "
        "expected to cost not to know."
    ).format(x=amount(found.perfect, sprak, currency))
    return sure, _pilot(outcome, found, sprak)


def _pilot(outcome: Outcome, found: Information, sprak: str) -> str:
    pilot = outcome.doubts[0].pilot
    if pilot is None:
        return ""
    _, currency = translator(sprak), outcome.case.settings.economy.currency
    cost, wait, worth, net = (
        amount(value, sprak, currency)
        for value in (found.handlers_sek, found.waiting, found.sample, abs(found.net))
    )
    said = _(
        "A trial of {months} months in which half of the {n} households are drawn by "
        "lot to handlers with half as many cases would cost {cost} in handlers and "
        "{wait} in waiting. Its answer is worth about {worth}, and changes the plan "
        "with a probability of {p}."
    ).format(
        months=number(pilot.months, 0, sprak),
        n=number(pilot.cases, 0, sprak),
        cost=cost,
        wait=wait,
        worth=worth,
        p=risk(found.changed, sprak),
    )
    pays = _("The trial pays, by {x}.") if found.net > 0 else _("It lacks {x} to pay.")
    return f"{said} {pays.format(x=net)}"


def _regret_grid(desk: Desk, found: Regrets) -> Grid:
    say, sprak = desk.say, desk.sprak
    names = (TODAY, PLAN, LEAST)
    finite = found.regret[np.isfinite(found.regret)]
    scale = Scale.of(finite, sprak, desk.currency)
    rows = tuple(
        (
            _times(float(factor), float(effect), sprak),
            *(scale.write(_nought(found.of(name)[e])) for name in names),
            people(found.best_late_handlers[e], sprak),
        )
        for e, (factor, effect) in enumerate(
            zip(found.factors, found.effects, strict=True)
        )
    )
    head = (
        "The effect, times the estimate",
        "Today's staffing",
        "The plan",
        "The best worst case",
        "Handlers in the last year, best staffing",
    )
    return Grid(
        say(
            "What costs too much if the effect is another, {unit} (more exits at half "
            "as many cases per handler in brackets)",
            unit=scale.unit,
        ),
        tuple(say(name) for name in head),
        rows,
        totals=frozenset(np.flatnonzero(found.factors == 1).tolist()),
    )


def _times(factor: float, effect: float, sprak: str) -> str:
    """Write an effect as a multiple of the estimate, and as more exits at half."""
    more = percent(float(np.expm1(effect)), 0, sprak)
    return f"{number(factor, 2, sprak)} ({more})"


def _alternative_grid(desk: Desk, plan: StaffingPlan) -> Grid:
    say, sprak = desk.say, desk.sprak
    best = plan.alternatives[0].cost_sek
    new = plan.proposed
    lines = [
        (
            say("The plan, in whole posts"),
            (new.handlers[-YEAR:], new.handlers, new.shortage[-YEAR:]),
            new.total_sek - best,
        ),
        *(
            (
                _name(desk, one),
                (one.handlers[-YEAR:], one.handlers, one.shortage[-YEAR:]),
                one.above_sek,
            )
            for one in plan.alternatives
        ),
    ]
    scale = Scale.of([above for *_, above in lines], sprak, desk.currency)
    head = (
        "Plan",
        "Handlers in the last year",
        "Handlers on average",
        "Time bought in the last year, handlers",
        "Cost above the cheapest",
    )
    rows = tuple(
        (
            name,
            *(people(float(path.mean()), sprak) for path in paths),
            scale.write(_nought(above)),
        )
        for name, paths, above in lines
    )
    return Grid(
        say("Other plans that cost about the same, {unit}", unit=scale.unit),
        tuple(say(name) for name in head),
        rows,
        totals=frozenset({0}),
    )


def _name(desk: Desk, one: Alternative) -> str:
    """Name an alternative, and what it buys where that is a choice."""
    bought = [
        desk.say(text)
        for text, yes in (
            ("with the robot", one.robot),
            ("with the change of process", one.process),
        )
        if yes
    ]
    return ", ".join([desk.say(KINDS[one.kind]), *bought])


def _nought(value: float) -> float:
    """Leave out what would be written as nought with a sign."""
    return 0.0 if abs(value) < NOUGHT_SEK else value
