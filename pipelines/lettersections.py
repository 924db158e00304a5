"""The body of a letter to a committee: the matter, how it is now, choices, economy."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from . import sections, sentences, verdict
from .choices import Choice
from .findings import YEAR, Findings
from .grounds import COLUMNS
from .language import money, number, percent
from .layout import Desk, Grid
from .lettersummary import stance, year_line
from .tables import too_few
from .wordfile import Block, Chapter, Note, Points
from .wording import Scale, amount, cases, people, span

#: Destinations of exits for which the state pays instead.
STATE = ("exits_sickness_compensation", "exits_activity_support")
#: What a choice is called.
KINDS = {
    "today": "Today's staffing",
    "plan": "The proposed plan",
    "example": "The cheapest plan, not proposed",
    "robot": "The robot beside today's handlers",
    "mix": "The robot and the handlers that suit it",
}
_DASH = "–"


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
    blocks += [*desk.pictures("forecast"), *desk.pictures("yearbridge")]
    blocks += track_record(desk)
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


def is_small(desk: Desk) -> bool:
    """Whether there are so few households in all that they may not be counted."""
    case = desk.outcome.case
    last = case.flows[case.flows["month"] == case.months[-1]]
    counts = last["served"].fillna(last["start"]).fillna(last["end"])
    return too_few(float(counts.sum()))


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


def alternatives(desk: Desk, choices: Sequence[Choice]) -> Chapter | None:
    """Set the choices side by side, then show the plan."""
    found, say = desk.found, desk.say
    if found is None:
        return None
    supported = stance(desk)
    blocks: list[Block] = [sentences.caseload(found, desk.sprak)] * (not is_small(desk))
    if choices:
        blocks.append(_choice_grid(desk, choices))
    if supported == "keep" and found.changes:
        blocks.append(verdict.worth(found, desk.sprak, desk.currency))
    plan = sections.plan_part(desk)
    assert plan is not None
    if found.changes:
        blocks += desk.pictures("plan") if not is_small(desk) else ()
        blocks += [_no_counts(desk, table, 4) for table in plan.tables]
        blocks.append(
            " ".join(
                filter(
                    None,
                    (
                        sentences.hiring(found, desk.sprak),
                        sentences.leavers(desk.outcome, desk.sprak),
                    ),
                )
            )
        )
    units = sections.units_part(desk)
    if units is not None:
        blocks += [*units.tables, Points(units.items), *map(Note, units.notes)]
    else:
        blocks += sentences.levers(desk.outcome.plans[0], desk.sprak, desk.currency)
    blocks += desk.pictures("costcurve")
    return Chapter(say("Choices"), tuple(filter(_holds, blocks)))


def _holds(block: Block) -> bool:
    return bool(block.items) if isinstance(block, Points) else bool(block)


def _choice_grid(desk: Desk, choices: Sequence[Choice]) -> Grid:
    say, sprak = desk.say, desk.sprak
    sums = [choice.cash[["benefit_sek", "staff_sek"]].sum() for choice in choices]
    scale = Scale.of([s.to_numpy() for s in sums], sprak, desk.currency)
    hidden, proposed = is_small(desk), stance(desk) in ("plan", "share")
    rows = []
    for choice, cash in zip(choices, sums, strict=True):
        kind = choice.kind
        if kind == "plan" and not proposed:
            kind = "example"
        saved = choice.saving
        rows.append(
            (
                say(KINDS[kind]),
                people(choice.handlers, sprak),
                _DASH if hidden else cases(choice.caseload, sprak),
                _DASH if hidden else scale.write(cash["benefit_sek"]),
                scale.write(cash["staff_sek"]),
                _DASH if saved is None else scale.write(saved.mean),
                _DASH if saved is None else scale.between(saved.low, saved.high),
            )
        )
    head = (
        say("Choice"),
        say("Handlers in the last year"),
        say("Cases per handler"),
        say("Benefit"),
        say("Staff and robot"),
        say("Saving"),
        say("80% interval"),
    )
    caption = say(
        "Choices over {n} months, {unit}; saving = today minus the choice, minus is an "
        "extra cost",
        unit=scale.unit,
        n=len(desk.found.months) if desk.found else 0,
    )
    return Grid(caption, head, tuple(rows))


def _no_counts(desk: Desk, grid: Grid, *columns: int) -> Grid:
    """Blank columns that would give away how few households there are."""
    if not is_small(desk):
        return grid
    rows = tuple(
        tuple(_DASH if c in columns else cell for c, cell in enumerate(row))
        for row in grid.rows
    )
    return Grid(grid.caption, grid.head, rows, grid.totals, grid.words)


def economy(desk: Desk) -> Chapter | None:
    """Say what it costs each year, who pays, and what must hold for it to pay."""
    found, say, sprak, currency = desk.found, desk.say, desk.sprak, desk.currency
    if found is None:
        return None
    plans, blocks = desk.outcome.plans, list[Block]()
    if found.changes or not found.nothing_saved:
        unit = money(1e3, sprak, currency).split("\u00a0", 1)[1]
        grid = sections.cash_grid(desk, found, Scale(1e3, unit, 0, sprak))
        blocks += [_no_counts(desk, grid, 1, 2), *desk.pictures("saving")]
    blocks += [
        verdict.payback(found, sprak, currency),
        "" if is_small(desk) else verdict.from_exits(found, sprak, currency),
        *(
            f"{name}{text}"
            for plan in plans
            if (text := verdict.breakeven(desk.outcome, plan, sprak, source=False))
            for name in [f"{plan.unit.name}: " * (len(plans) > 1)]
        ),
        *(verdict.flat(plan, sprak, currency) for plan in plans if len(plans) == 1),
        *(
            f"{plan.unit.name}: {verdict.flat(plan, sprak, currency)}"
            for plan in plans
            if len(plans) > 1
        ),
        *_who_pays(desk, found),
    ]
    if not found.changes:
        same = say("Today's staffing is proposed, so no cost changes.")
        blocks = [same, *blocks] if found.nothing_saved else blocks
    return Chapter(say("Economic consequences"), tuple(filter(None, blocks)))


def _who_pays(desk: Desk, found: Findings) -> list[str]:
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
    return [" ".join(said)]
