"""What a letter to a committee rests on: doubts, consequences, comparison, sources."""

import re

from . import certainty, comparetable, comparewords, grounds, sentences, verdict
from .comparison import Comparison
from .findings import NOUGHT_SEK, Findings
from .language import month_name, number
from .layout import Desk, Grid
from .letterchoices import explained, holds, is_small
from .lettersummary import stance
from .tables import small_totals
from .wordfile import Block, Chapter, Note, Points

#: Groups of households that have children, as municipalities name them.
CHILDREN = re.compile(r"barn|famil|förälder|föräldr|child|parent", re.IGNORECASE)
#: So many limits of the plan are told.
_LIMITS = 4


def doubts(desk: Desk) -> Chapter:
    """Say what is unsure, what it costs to be wrong, and what is not known."""
    outcome, say, sprak, found = desk.outcome, desk.say, desk.sprak, desk.found
    blocks: list[Block] = list(sentences.caveats(outcome, sprak))
    if found is not None:
        about = say("Effect of half as many cases per handler on exits.")
        blocks.append(f"{about} {verdict.known(outcome.effect, sprak)}")
    if found is not None and outcome.doubts and stance(desk) != "nothing":
        blocks += [
            certainty.other_effect(outcome, sprak),
            certainty.least_regret(outcome, sprak),
            *(() if is_small(desk) else certainty.knowing(outcome, sprak)),
        ]
    blocks += explained(desk, "sensitivity") or desk.pictures("regret")
    part = certainty.certainty_part(desk)
    if part is not None and part.tables:
        blocks += [part.tables[0], *map(Note, part.notes[:1])]
    held = [
        text
        for plan in outcome.plans
        for text in sentences.limits(outcome, plan, sprak)
        if len(outcome.plans) == 1
    ]
    if held:
        blocks += [say("What limits the plan, dearest first:"), Points(_some(held))]
    if outcome.cannot_tell:
        blocks += [say("What these figures cannot tell:"), Points(outcome.cannot_tell)]
    return Chapter(say("Uncertainty"), tuple(filter(None, blocks)))


def _some(texts: list[str]) -> tuple[str, ...]:
    return tuple(texts[:_LIMITS])


def consequences(desk: Desk) -> list[Chapter]:
    """Say what it means to clients, to staff and to children."""
    say = desk.say
    return [
        Chapter(say("Consequences for people"), ()),
        Chapter(say("For clients"), tuple(_clients(desk)), 2),
        Chapter(say("For staff"), tuple(_staff(desk)), 2),
        Chapter(say("For children"), tuple(_children(desk)), 2),
    ]


def _clients(desk: Desk) -> list[str]:
    found, say = desk.found, desk.say
    gap = say(
        "What households themselves say is not in the figures. [To be filled in by the "
        "administration.]"
    )
    if found is None or not found.changes or stance(desk) != "plan":
        same = say("The time for each household is not changed by what is proposed.")
        return [same, gap]
    lighter = found.plan.late_caseload < found.today.late_caseload
    time = (
        say("There is more time for each household than with today's staffing.")
        if lighter
        else say("There is less time for each household than with today's staffing.")
    )
    return [f"{time} {_leave(desk, found)}", gap]


def _leave(desk: Desk, found: Findings) -> str:
    """Say whether more leave, as surely as the run knows."""
    if found.benefit.low > NOUGHT_SEK:
        return desk.say("More of them are expected to leave assistance sooner.")
    if found.benefit.high < -NOUGHT_SEK:
        return desk.say("They are expected to stay longer on assistance.")
    return desk.say("It is not certain that more of them leave assistance.")


def _staff(desk: Desk) -> list[str]:
    found, say, sprak = desk.found, desk.say, desk.sprak
    said = []
    if found is not None and not is_small(desk):
        said.append(sentences.caseload(found, sprak))
    cap = desk.outcome.case.settings.levers.caseload_max
    if cap is not None and found is not None:
        said.append(
            say(
                "The municipality's own limit is {n} cases per handler, and the plan "
                "keeps it.",
                n=number(cap, 0, sprak),
            )
        )
    if found is not None and found.changes and stance(desk) == "plan":
        said.append(sentences.leavers(desk.outcome, sprak))
    gap = say(
        "The assessment of risks in the working environment is not made by this run. "
        "[To be filled in by the administration.]"
    )
    return [" ".join(filter(None, said)), gap] if any(said) else [gap]


def _children(desk: Desk) -> list[str]:
    """Say what the groups tell of children; else that it is not known."""
    case, say = desk.outcome.case, desk.say
    named = [name for name in case.segments if CHILDREN.search(name)]
    gap = say(
        "What it means to the children is not in the figures. [To be filled in by the "
        "administration.]"
    )
    if not named:
        none = say("The figures do not tell in which households there are children.")
        return [f"{none} {gap}"]
    last = case.flows[case.flows["month"] == case.months[-1]]
    count = last["served"].fillna(last["start"]).fillna(last["end"])
    totals, small = count.groupby(last["segment"]).sum(), small_totals(case)
    said = []
    for name in named:
        if bool(small.get(name, True)) or not totals.get(name, 0) > 0:
            text = "{group}: how many households it is may not be shown."
            said.append(say(text, group=name))
            continue
        said.append(
            say(
                "{group}: {n} households in {month}.",
                group=name,
                n=number(totals[name], 0, desk.sprak),
                month=month_name(case.months[-1], desk.sprak),
            )
        )
    return [" ".join([*said, gap])]


def comparison(desk: Desk, found: Comparison | None) -> Chapter:
    """Set the municipality beside similar ones, its county and the nation."""
    title = desk.say("Comparison with others")
    if found is None:
        return Chapter(title, (desk.say("This run has no comparison with others."),))
    said: list[Block] = [*comparewords.conclusions(found, desk.sprak)]
    if found.paid is not None:
        head = comparetable.header(found, desk.sprak)
        rows = map(tuple, comparetable.rows(found.paid, desk.sprak))
        unit = comparetable.unit(found.paid, desk.sprak)
        said.append(Grid(unit, tuple(head), tuple(rows)))
        said.append(Note(comparetable.star(found.paid, desk.sprak)))
    said += desk.pictures("comparison-paid")
    said += map(Note, comparewords.grounds(found, desk.sprak))
    return Chapter(title, tuple(filter(holds, said)))


def assumptions(desk: Desk) -> Chapter:
    """List what is assumed, with where it comes from."""
    tables: tuple[Grid, ...] = grounds.assumptions_part(desk).tables
    none = (desk.say("Nothing is assumed beyond the forecast."),)
    return Chapter(desk.say("Assumptions"), tables or none)


def sent_to(desk: Desk) -> Chapter:
    """Leave room for who is told of the decision."""
    return Chapter(
        desk.say("The decision is sent to"), (desk.say("[to be filled in]"),)
    )


def sources(desk: Desk) -> Chapter:
    """List the sources, and how to repeat the run."""
    outcome, say = desk.outcome, desk.say
    effect = grounds.effect_part(desk) if desk.found is not None else None
    listed = [
        say(
            "The municipality's own figures to and including {month}, read from the "
            "case folder",
            month=month_name(outcome.case.months[-1], desk.sprak),
        ),
        *(effect.more if effect is not None else ()),
    ]
    return Chapter(
        say("Sources and how to repeat it"),
        (
            Points(tuple(dict.fromkeys(listed))),
            say(
                "Every number here comes from one run, whose tables and page lie "
                "beside this letter: resultat.html and underlag.xlsx."
            ),
            grounds.version_line(desk),
            say(
                "The same command gives the same numbers: {command}",
                command=outcome.info.command,
            ),
        ),
    )
