"""tjansteskrivelse.docx: the letter that lays a run before a committee.

In the order of a Swedish committee: who and when, summary, proposed decision, the
matter, how it is now, choices, economy, uncertainty, consequences, comparison, and what
it all rests on.
"""

from pathlib import Path

from . import letterchoices, letterground, lettersections, lettersummary
from .layout import Desk
from .proposal import Proposal
from .wordfile import Chapter, Properties, WordFile
from .wording import span

LETTER = "tjansteskrivelse.docx"


def write_letter(folder: Path, proposal: Proposal) -> Path:
    """Write the letter, whole or not at all.

    Parameters
    ----------
    folder : Path
        Where the run's results are.
    proposal : Proposal

    Raises
    ------
    PrivacyError
        If any text, description or property would hold a personnummer.
    """
    desk = proposal.desk
    file = _opened(desk)
    _head(file, desk)
    for chapter in chapters(proposal):
        file.chapter(chapter)
    return file.save(folder / LETTER)


def chapters(proposal: Proposal) -> list[Chapter]:
    """Give every chapter that has something to say, in order."""
    desk = proposal.desk
    made = [
        lettersummary.summary(desk),
        lettersummary.decisions(desk),
        lettersections.matter(desk),
        lettersections.present(desk),
        letterchoices.alternatives(desk, proposal.choices),
        lettersections.economy(desk),
        letterground.doubts(desk),
        *letterground.consequences(desk),
        letterground.comparison(desk, proposal.comparison),
        letterground.assumptions(desk),
        letterground.sources(desk),
        letterground.sent_to(desk),
    ]
    return [chapter for chapter in made if chapter is not None]


def _title(desk: Desk) -> str:
    found, say = desk.found, desk.say
    months = desk.outcome.forecast.months if found is None else found.months
    when = span(months[0], months[-1], desk.sprak)
    if found is None:
        return say("Forecast of social assistance, {when}", when=when)
    return say("Staffing of social assistance, {when}", when=when)


def _opened(desk: Desk) -> WordFile:
    """Open the municipality's template, or an empty page."""
    case, info = desk.outcome.case, desk.outcome.info
    settings = case.settings
    name, template = settings.municipality.name, settings.documents.template
    kind = desk.say("Official letter")
    file = WordFile(
        Properties(
            title=f"{_title(desk)}, {name}",
            subject=kind,
            author=settings.municipality.author or name,
            made=info.started,
            sprak=desk.sprak,
        ),
        None if template is None else case.folder / template,
    )
    file.running_head(f"{name} · {kind}", desk.say("Run {id}", id=info.run_id))
    return file


def _head(file: WordFile, desk: Desk) -> None:
    """Write who, when and what; what kommun.toml leaves out is to be filled in."""
    say, told = desk.say, desk.outcome.case.settings.municipality
    empty = say("[to be filled in]")
    for name, value in (
        (say("Municipality"), told.name),
        (say("Administration"), told.administration),
        (say("Committee"), told.committee),
        (say("Date"), f"{desk.outcome.info.started:%Y-%m-%d}"),
        (say("Registration number"), told.diary_number),
        (say("Drawn up by"), told.author),
    ):
        file.label(name, value or empty)
    file.title(_title(desk))
    if desk.outcome.case.simulated:
        file.notice(
            say(
                "Simulated register. The figures are nobody's, and the letter is an "
                "example: it is no ground for a decision."
            )
        )
