"""The body of a letter to a committee: the matter, how it is now, choices, economy."""

import numpy as np
import pandas as pd

from . import sections, sentences, verdict
from .findings import YEAR
from .grounds import COLUMNS
from .language import money, number, percent
from .layout import Desk
from .letterchoices import explained, holds, is_small, no_counts
from .lettersummary import stance, year_line
from .tables import too_few
from .wordfile import Block, Chapter, Note, Points
from .wording import Scale, amount, cases, people, span

#: Destinations of exits for which the state pays instead.
STATE = ("exits_sickness_compensation", "exits_activity_support")


def matter(desk: Desk) -> Chapter:
    """Say what is asked, and how the answer is reckoned."""
    say, sprak, found = desk.say, desk.sprak, desk.found
    months = desk.outcome.forecast.months if found is None else found.months
    texts = [
        say(
            "The question is how many handlers social assistance needs month by month, "
            "{when}, and what that costs.",
            when=span(months[0], months[-1], sprak),
        )
    ]
    if found is not None:
        texts += [
            say(
                "Fewer cases per handler may mean that more leave assistance sooner. "
                "Then less is paid out, but handlers cost. The plan is the staffing "
                "that makes both together cheapest."
            ),
            sentences.status_quo(sprak),
            say(
                "Cash is what is paid out. The plan also leaves another number of open "
                "cases behind it than today's staffing; what that is worth is called "
                "the value after the period. It is no money in any year's budget."
            ),
        ]
    texts.append(
        sentences.eighty(sprak)
        + (
            ""
            if found is None
            else " "
            + say("A saving is claimed only where the whole interval is above nought.")
        )
    )
    return Chapter(say("The matter"), tuple(texts))


def present(desk: Desk) -> Chapter:
    """Say how it is now, where it is heading, and how good earlier forecasts were."""
    blocks: list[Block] = [
        " ".join(
            filter(None, (sentences.expected(desk.outcome, desk.sprak), _now(desk)))
        )
    ]
    year = sections.year_part(desk)
    if year is not None:
        blocks += [year_line(desk), *year.tables, *map(Note, year.notes)]
    blocks += [*desk.pictures("forecast"), *track_record(desk)]
    blocks += () if is_small(desk) else explained(desk, "yearbridge")
    return Chapter(desk.say("How it is now"), tuple(filter(None, blocks)))


def _now(desk: Desk) -> str:
    """Write what was paid in a year, and how many handlers have how many cases."""
    case, said = desk.outcome.case, []
    paid = case.flows[case.flows["month"] > case.months[-1] - pd.DateOffset(years=1)]
    known = len(case.months) >= YEAR and paid["paid_sek"].notna().all()
    if known and not is_small(desk):
        x = amount(paid["paid_sek"].sum(), desk.sprak, desk.currency)
        said.append(desk.say("Paid in the last twelve months: {x}.", x=x))
    if desk.found is not None:
        handlers = people(desk.found.today.handlers[0], desk.sprak)
        said.append(desk.say("Handlers today: {n}.", n=handlers))
        if not is_small(desk):
            n = cases(desk.found.today.caseload[0], desk.sprak)
            said.append(desk.say("Cases per handler today: {n}.", n=n))
    return " ".join(said)


def track_record(desk: Desk) -> list[str]:
    """Say how near forecasts came that were remade at earlier months."""
    tested, said = desk.outcome.backtest, []
    for row in tested.to_dict("records"):
        what = desk.say(COLUMNS.get(str(row["quantity"]), str(row["quantity"])))
        said.append(
            desk.say(
                "{what}: tried {n} times on months that are known by now; the 80% "
                "interval held {p} of the outcomes.",
                what=what,
                n=number(row["windows"], 0, desk.sprak),
                p=percent(row["coverage_80"], 0, desk.sprak),
            )
        )
        plain = row.get("mase_seasonal_naive", np.nan)
        if np.isfinite(plain) and plain > 0:
            text = (
                "The error was smaller than if last year's months had been repeated."
                if row["mase"] < plain
                else "The error was no smaller than if last year's months had been "
                "repeated."
            )
            said[-1] += " " + desk.say(text)
    if not said:
        return [desk.say("No track record: the figures are too few months for one.")]
    head = desk.say(
        "How good the forecast has been, when it was remade at earlier dates."
    )
    return [f"{head} {' '.join(said)}"]


def economy(desk: Desk) -> Chapter | None:
    """Say what it costs each year, who pays, and what must hold for it to pay."""
    found, say, sprak, currency = desk.found, desk.say, desk.sprak, desk.currency
    supported = stance(desk)
    if found is None or supported == "nothing":
        return None
    plans, blocks = desk.outcome.plans, list[Block]()
    if supported == "keep":
        blocks.append(say("Today's staffing is proposed, so no cost changes."))
    else:
        unit = money(1e3, sprak, currency).split("\u00a0", 1)[1]
        grid = sections.cash_grid(desk, found, Scale(1e3, unit, 0, sprak))
        blocks += [no_counts(desk, grid, 1, 2), *desk.pictures("saving")]
        blocks.append(verdict.payback(found, sprak, currency))
        if not is_small(desk):
            blocks.append(verdict.from_exits(found, sprak, currency))
    must = [
        (
            plan.unit.name,
            verdict.breakeven(desk.outcome, plan, sprak, source=False),
            verdict.flat(plan, sprak, currency),
        )
        for plan in plans
    ]
    if len(must) == 1:
        blocks += must[0][1:]
    else:
        blocks.append(
            Points(tuple(f"{name}: {' '.join(filter(None, s))}" for name, *s in must))
        )
    blocks += [*explained(desk, "costcurve"), _who_pays(desk)]
    return Chapter(say("Economic consequences"), tuple(filter(holds, blocks)))


def _who_pays(desk: Desk) -> str:
    """Say what falls on municipality and state; no price of the state's is known."""
    say, flows = desk.say, desk.outcome.case.flows
    said = [
        say(
            "Benefit and handlers are the municipality's own cost, so that every "
            "amount here is the municipality's."
        )
    ]
    last = flows[flows["month"] > flows["month"].max() - pd.DateOffset(years=1)]
    parts = [name for name in STATE if name in flows]
    if parts and last[[*parts, "exits"]].notna().all().all():
        moved, left = float(last[parts].sum().sum()), float(last["exits"].sum())
        if left and not too_few(moved) and not too_few(left - moved):
            said.append(
                say(
                    "In the last twelve months {p} of those who left did so to "
                    "sickness compensation or activity support, which the state pays.",
                    p=percent(moved / left, 0, desk.sprak),
                )
            )
    said.append(
        say(
            "Where households leave for what the state pays, a part of what the "
            "municipality saves is a cost to the state. Its price is not in these "
            "figures, so it is not counted."
        )
    )
    return " ".join(said)
