"""The choices that a letter sets side by side, and the plan month by month."""

from collections.abc import Sequence

from . import sections, sentences, verdict
from .choices import Choice
from .findings import Findings
from .layout import Desk, Grid
from .lettersummary import stance
from .tables import too_few
from .wordfile import Block, Chapter, Note, Points
from .wording import Scale, cases, people

#: What a choice is called.
KINDS = {
    "today": "Today's staffing",
    "plan": "The proposed plan",
    "example": "The cheapest plan, not proposed",
    "robot": "The robot beside today's handlers",
    "mix": "The robot and the handlers that suit it",
}
_DASH = "–"


def alternatives(desk: Desk, choices: Sequence[Choice]) -> Chapter | None:
    """Set the choices side by side, then show the plan."""
    found, say = desk.found, desk.say
    supported = stance(desk)
    if found is None or supported == "nothing":
        return None
    blocks: list[Block] = [sentences.caseload(found, desk.sprak)] * (not is_small(desk))
    if choices:
        shown = [c for c in choices if c.kind != "plan" or _differs(desk, found)]
        blocks.append(_choice_grid(desk, shown))
    if supported == "keep":
        blocks.append(verdict.worth(found, desk.sprak, desk.currency))
    plan = sections.plan_part(desk)
    if supported == "plan" and plan is not None:
        blocks += [no_counts(desk, table, 4) for table in plan.tables]
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
        blocks += () if is_small(desk) else desk.pictures("plan")
    units = sections.units_part(desk)
    if units is not None:
        if supported == "plan":
            blocks += [*units.tables, Points(units.items), *map(Note, units.notes)]
    else:
        blocks += sentences.levers(desk.outcome.plans[0], desk.sprak, desk.currency)
    return Chapter(say("Choices"), tuple(filter(holds, blocks)))


def _differs(desk: Desk, found: Findings) -> bool:
    """Whether the plan is another choice than today's staffing."""
    return found.changes or stance(desk) == "share"


def _choice_grid(desk: Desk, choices: Sequence[Choice]) -> Grid:
    say, sprak = desk.say, desk.sprak
    sums = [choice.cash[["benefit_sek", "staff_sek"]].sum() for choice in choices]
    # in the unit of what is saved, or nearly: that of the sums would hide it
    ends = [e for c in choices if c.saving for e in (c.saving.low, c.saving.high)]
    share = 1e-3 if ends else 1.0
    sizes = [*ends, *(share * float(part.max()) for part in sums)]
    scale = Scale.of(sizes, sprak, desk.currency)
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


def no_counts(desk: Desk, grid: Grid, *columns: int) -> Grid:
    """Blank columns that would give away how few households there are."""
    if not is_small(desk):
        return grid
    rows = tuple(
        tuple(_DASH if c in columns else cell for c, cell in enumerate(row))
        for row in grid.rows
    )
    return Grid(grid.caption, grid.head, rows, grid.totals, grid.words)


def explained(desk: Desk, name: str) -> tuple[Block, ...]:
    """Give a picture that was drawn, and in words what is to be seen in it."""
    return tuple(b for p in desk.pictures(name) for b in (p, p.description))


def holds(block: Block) -> bool:
    """Whether a block has anything to say."""
    if isinstance(block, Points | Note):
        return bool(block.items if isinstance(block, Points) else block.text)
    return bool(block)


def is_small(desk: Desk) -> bool:
    """Whether there are so few households in all that they may not be counted."""
    case = desk.outcome.case
    last = case.flows[case.flows["month"] == case.months[-1]]
    counts = last["served"].fillna(last["start"]).fillna(last["end"])
    return too_few(float(counts.sum()))
