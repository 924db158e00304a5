"""What the documents of a budget proposal are written from, and the documents.

Letter, workbook and what-if page say the same numbers, for they are written from one
`Proposal`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .choices import Choice, choices
from .figures import pictures
from .findings import findings
from .layout import Desk
from .outcome import Outcome
from .surface import Surface, desks_of, surfaces

if TYPE_CHECKING:
    from .compare import Comparison

#: Names of the documents, in the order in which a reader wants them.
DOCUMENTS = ("tjansteskrivelse.docx", "underlag.xlsx", "vad-om.html")


@dataclass(frozen=True)
class Proposal:
    """One run, and the what-if answers and comparisons that its documents add.

    Attributes
    ----------
    desk : layout.Desk
        Outcome, findings, every picture, language.
    surfaces : tuple of Surface
        One per unit with a plan.
    choices : tuple of Choice
        Side by side, all units together; empty where there is no plan.
    comparison : Comparison or None
        With similar municipalities; None where the municipality is not known.
    """

    desk: Desk
    surfaces: tuple[Surface, ...] = ()
    choices: tuple[Choice, ...] = ()
    comparison: "Comparison | None" = None


def propose(outcome: Outcome, sprak: str = "sv") -> Proposal:
    """Ask every what-if question that the documents answer, and draw their figures."""
    from .compare import compare

    desk = desk_of(outcome, sprak)
    found = desk.found
    if found is None:
        return Proposal(desk, comparison=compare(outcome.case.settings))
    return Proposal(
        desk,
        surfaces=surfaces(outcome),
        choices=choices(desks_of(outcome), found),
        comparison=compare(outcome.case.settings),
    )


def desk_of(outcome: Outcome, sprak: str) -> Desk:
    """Gather what every section of a run is written from."""
    return Desk(outcome, findings(outcome.plans), pictures(outcome, sprak), sprak)


def write_documents(folder: Path, proposal: Proposal) -> list[Path]:
    """Write letter, workbook and what-if page.

    Raises
    ------
    PrivacyError
        If any text would hold a personnummer.
    """
    from .letter import write_letter
    from .whatifpage import write_whatif_page
    from .workbook import write_workbook

    writers = (write_letter, write_workbook, write_whatif_page)
    written = (write(folder, proposal) for write in writers)
    return [path for path in written if path is not None]
