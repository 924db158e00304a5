"""What a reader meets first: what the workbook is, and what the run rests on."""

from . import sentences, verdict
from .layout import Desk
from .wording import span
from .workbookpages import FIRST, Sheet

#: Of the sheet with the yellow cells; a value of the run may run over those between.
WIDTHS = {0: 38.0, 1: 20.0, 2: 18.0, 3: 12.0, 4: 12.0, 5: 50.0, 6: 32.0}


def write_readme(sheet: Sheet, desk: Desk, others: list[tuple[str, str]]) -> None:
    """Say what the workbook is, how it is used, and where its numbers come from.

    Parameters
    ----------
    others : list of (str, str)
        The other sheets, and what each holds.
    """
    say, outcome, info = desk.say, desk.outcome, desk.outcome.info
    row = FIRST
    said = [sentences.headline(outcome, desk.sprak)]
    if desk.found is not None:
        said.append(verdict.saving(desk.found, desk.sprak, desk.currency))
        said.append(verdict.worth(desk.found, desk.sprak, desk.currency))
    if outcome.case.simulated:
        said.append(say("Simulated register: nobody's real figures."))
    row = _paragraphs(sheet, row, say("What the run found"), [*said, _eighty(desk)])
    use = [
        say(
            "Change a yellow cell in {sheet}, and every sheet follows. Amounts are "
            "held in kronor and shown in thousands.",
            sheet=say("Assumptions"),
        ),
        say(
            "Answers come from points that the program has solved beforehand. At a "
            "point the workbook gives the program's own answer; between points it "
            "draws straight lines, and says so."
        ),
        say(
            "Another cost per handler-month changes the months of employed handlers. "
            "Hires, bought time and a robot keep the run's price, and nothing is "
            "planned anew: ask the program for that."
        ),
        say(
            "{sheet} compares the workbook's own sums with the program's, and the "
            "answer stands at the top of every sheet.",
            sheet=say("Control"),
        ),
    ]
    row = _paragraphs(sheet, row, say("How to use it"), use)
    sheet.text(row, 0, say("The sheets"), "part")
    for name, text in others:
        row += 1
        sheet.text(row, 0, f"{name}: {text}", "words")
    about = [
        say("Run {run}, bemanna {version}.", run=info.run_id, version=info.version),
        say("Repeat it: {command}", command=info.command),
        *outcome.cannot_tell,
    ]
    _paragraphs(sheet, row + 2, say("Where it comes from"), about)
    sheet.widths[0] = 76.0


def write_assumptions(sheet: Sheet, desk: Desk, row: int = FIRST) -> None:
    """List every number that the run rests on, with its source."""
    say = desk.say
    sheet.text(row, 0, say("What the run rests on"), "part")
    heads = [say("Assumption"), say("Value"), "", "", "", say("Source")]
    sheet.head(row + 1, heads, left=len(heads))
    for at, one in enumerate(desk.outcome.assumptions, row + 2):
        sheet.text(at, 0, one.name, "words")
        sheet.text(at, 1, one.value, fit=False)
        sheet.text(at, 5, one.source, "words")
    sheet.widths.update(WIDTHS)


def _paragraphs(sheet: Sheet, row: int, title: str, texts: list[str]) -> int:
    sheet.text(row, 0, title, "part")
    for at, text in enumerate(filter(None, texts), row + 1):
        sheet.text(at, 0, text, "words")
    return row + 2 + len(list(filter(None, texts)))


def _eighty(desk: Desk) -> str:
    """Explain the intervals, and of which months the run speaks."""
    months = desk.outcome.forecast.months
    when_ = span(months[0], months[-1], desk.sprak)
    about = desk.say("The months are {when}.", when=when_)
    return f"{sentences.eighty(desk.sprak)} {about}"
