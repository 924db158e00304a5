"""The documents of a budget proposal: letter, workbook and what-if page.

They say the same numbers, for they are written from one `Proposal`.
"""

from dataclasses import replace
from pathlib import Path

from .choices import choices
from .compare import compare
from .comparefigure import comparison_picture
from .costcurvefigure import cost_curve_pictures
from .figures import pictures
from .findings import findings
from .layout import Desk
from .letter import LETTER, write_letter
from .outcome import Outcome
from .proposal import Proposal
from .published import figures_beside
from .sensitivityfigure import sensitivity_picture
from .surface import desks_of, surfaces
from .whatifpage import WHATIF, write_whatif_page
from .workbook import WORKBOOK, write_workbook
from .yearbridgefigure import year_bridge_picture

#: Names of the documents, in the order in which a reader wants them.
DOCUMENTS = (LETTER, WORKBOOK, WHATIF)


def propose(outcome: Outcome, sprak: str = "sv") -> Proposal:
    """Ask every what-if question that the documents answer, and draw their figures."""
    desk, case = desk_of(outcome, sprak), outcome.case
    beside, sources = figures_beside(case.folder, sprak)
    comparison = compare(case.settings, beside, sources, sprak=sprak)
    desks = desks_of(outcome)
    solved = surfaces(outcome, desks)
    more = (
        year_bridge_picture(outcome, sprak),
        sensitivity_picture(outcome, sprak),
        comparison_picture(comparison, sprak),
        *cost_curve_pictures(outcome, solved, sprak),
    )
    drawn = {picture.name: picture for picture in more if picture is not None}
    return Proposal(
        replace(desk, drawn={**desk.drawn, **drawn}),
        surfaces=solved,
        choices=choices(desks, desk.found) if desk.found else (),
        comparison=comparison,
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
    writers = (write_letter, write_workbook, write_whatif_page)
    return [write(folder, proposal) for write in writers]
