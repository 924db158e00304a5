"""An appraisal told: in the terminal, and as a text to read or paste."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .appraisalgrids import by_cost, rests_on, worth
from .appraisalwords import headline, needed, notes, state, verdict
from .language import translator
from .layout import Grid
from .pilotcase import Appraised
from .printing import aligned, fitted, paragraph, section, where
from .writing import Place

#: The text of an appraisal.
TEXT = "appraisal.md"


def print_appraisal(
    found: Appraised, place: Place, sprak: str = "sv", console: Console | None = None
) -> None:
    """Print headline, verdict and tables, and where the files are."""
    _ = translator(sprak)
    out = fitted(console)
    out.print()
    out.print(Text(_title(found, sprak), style="bold"))
    if found.case.simulated:
        paragraph(out, _("Made-up figures: nobody's real pilot."), style="yellow")
    paragraph(out, headline(found, sprak), style="bold")
    for line in (*verdict(found, sprak), *needed(found, sprak)):
        paragraph(out, line, first=" • ", then="   ")
    for grid in (worth(found, sprak), by_cost(found, sprak)):
        if grid is not None:
            out.print()
            out.print(_table(grid))
    if paid := state(found, sprak):
        section(out, _("Who pays instead"), paid)
    if found.case.conflicts:
        lines = [conflict.text for conflict in found.case.conflicts]
        section(out, _("What the sources do not agree on"), lines)
    section(out, _("How to read this"), notes(found, sprak))
    where(out, place, sprak, TEXT)


def _title(found: Appraised, sprak: str) -> str:
    _ = translator(sprak)
    text = _("{name}, {period}: what it was worth")
    return text.format(name=found.case.name, period=found.case.period)


def _table(grid: Grid) -> Table:
    table = aligned(grid.caption, list(grid.head))
    for i, row in enumerate(grid.rows):
        table.add_row(*row, style="bold" if i in grid.totals else "")
    return table


def text(found: Appraised, sprak: str = "sv") -> str:
    """Write the whole appraisal as Markdown."""
    _ = translator(sprak)
    case = found.case
    parts = [f"# {_title(found, sprak)}"]
    if case.simulated:
        made_up = _("Made-up figures: nobody's real pilot.")
        parts.append(f"*{made_up}*")
    parts.append(f"**{headline(found, sprak)}**")
    parts.append(_listed([*verdict(found, sprak), *needed(found, sprak)]))
    alt = _("Net by extra exits, and benefit less staff month by month")
    parts.append(f"![{alt}](appraisal.svg)")
    grids = [worth(found, sprak), by_cost(found, sprak)]
    parts += [_markdown(grid) for grid in grids if grid is not None]
    if paid := state(found, sprak):
        parts += [f"## {_('Who pays instead')}", _listed(paid)]
    if case.conflicts:
        lines = [conflict.text for conflict in case.conflicts]
        parts += [f"## {_('What the sources do not agree on')}", _listed(lines)]
    parts += [f"## {_('How to read this')}", _listed(notes(found, sprak))]
    return "\n\n".join([*parts, _markdown(rests_on(found, sprak))]) + "\n"


def _listed(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _markdown(grid: Grid) -> str:
    """Write a table; numbers right, words left, sums in bold."""
    side = ":--" if grid.words else "--:"
    lines = [grid.head, (":--", *[side] * (len(grid.head) - 1))]
    for i, row in enumerate(grid.rows):
        cells = (cell.strip().replace("|", "\\|") for cell in row)
        lines.append(tuple(f"**{c}**" if i in grid.totals else c for c in cells))
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"**{grid.caption}**\n\n{table}"
