"""A national run told in the terminal."""

from rich.console import Console
from rich.text import Text

from . import nationwords as words
from .bridgetable import bridge_table
from .language import translator
from .nationpage import PAGE
from .nationreport import NationReport
from .printing import aligned, fitted, paragraph, section, where
from .writing import Place


def print_nation(
    found: NationReport, place: Place, sprak: str = "sv", console: Console | None = None
) -> None:
    """Print headline, the bridge and the budget, and where the files are."""
    _ = translator(sprak)
    out = fitted(console)
    out.print()
    out.print(Text(_("The nation: what better staffing is worth"), style="bold"))
    paragraph(out, words.headline(found, sprak), style="bold")
    for line in (words.cash(found, sprak), words.staff(found, sprak)):
        paragraph(out, line, first=" • ", then="   ")
    bridge = bridge_table(found.bridge, sprak)
    table = aligned(_("The bridge, a year"), [_("Step"), _("Changes"), _("Comes to")])
    for row in bridge.to_dict("records"):
        changes, total = (
            words.thousands(row[name], sprak) for name in ("change_tkr", "total_tkr")
        )
        bold = "bold" if row["kind"] == "total" else ""
        table.add_row(str(row["name"]), changes, total, style=bold)
    out.print()
    out.print(table)
    section(out, _("One national budget"), words.krona(found, sprak))
    section(
        out,
        _("How to read this"),
        [words.estimated(found, sprak), words.state(found, sprak)],
    )
    where(out, place, sprak, PAGE)
