"""`bemanna compare`: beside similar municipalities, county and nation."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .answering import USERS_INPUT, answering, print_json
from .nationalcommand import Fetch, Kolada, Monthly
from .options import AsJson, Sprak, says

if TYPE_CHECKING:
    from .comparison import Comparison, Measured
    from .config import Settings

HELP = says(
    "Jämför med liknande kommuner, länet och riket, per invånare.",
    "Compare with similar municipalities, county and nation, per inhabitant.",
)

Asked = Annotated[
    str,
    typer.Argument(
        metavar=says("MAPP|KOD", "DIR|CODE"),
        help=says(
            "Kommunens mapp, eller kommunkod, t.ex. 2180.",
            "The municipality's folder, or its code, e.g. 2180.",
        ),
    ),
]


def compare(
    asked: Asked,
    sprak: Sprak = "sv",
    as_json: AsJson = False,
    kolada: Kolada = None,
    monthly: Monthly = None,
    fetch: Fetch = False,
) -> None:
    """Show published figures of a municipality beside those of others."""
    from . import compare as comparing
    from .comparewords import comparison_json
    from .published import fetched_by, figures_beside

    with answering(sprak, as_json):
        of_code = comparing.is_code(asked) and not Path(asked).is_dir()
        folder = Path() if of_code else Path(asked)
        whom = asked if of_code else _settings(folder, sprak)
        if kolada or monthly or fetch:
            ways = kolada or (), monthly or ()
            more, sources = fetched_by(folder, *ways, fetch=fetch, sprak=sprak)
        else:
            more, sources = figures_beside(folder, sprak)
        found = comparing.compare(whom, more, sources, sprak=sprak)
        if as_json:
            print_json(comparison_json(found, sprak))
        else:
            print_comparison(found, sprak)
        if found.status in ("no_code", "unknown"):
            raise typer.Exit(USERS_INPUT)


def _settings(folder: Path, sprak: str) -> "Settings":
    """Read kommun.toml alone: the tables need not be in order for this."""
    from .configfile import check_folder, read_settings
    from .faults import Report

    report = Report(sprak)
    check_folder(folder, report)
    settings = read_settings(folder, report)
    report.stop_if_faulty()
    if settings is None:
        raise AssertionError("the settings are missing without a fault")
    return settings


def print_comparison(found: "Comparison", sprak: str = "sv") -> None:
    """Print the tables, who the similar are, and what it says."""
    from rich.text import Text

    from . import comparewords as words
    from .language import translator
    from .printing import fitted, paragraph, section

    _ = translator(sprak)
    out = fitted()
    told = words.sentences(found, sprak)
    if found.status in ("no_code", "unknown"):
        paragraph(out, told[0])
        return
    out.print()
    title = _("{name} beside similar municipalities, county and nation")
    out.print(Text(title.format(name=found.name), style="bold"))
    for measured in (found.paid, found.households):
        if measured is not None:
            out.print()
            _print_measured(found, measured, sprak)
    section(out, _("What it says"), told)


def _print_measured(found: "Comparison", measured: "Measured", sprak: str) -> None:
    """Print one measure by year, and its similar municipalities."""
    from . import comparetable as tables
    from .printing import aligned, fitted, paragraph

    out = fitted()
    table = aligned(tables.unit(measured, sprak), tables.header(found, sprak))
    for row in tables.rows(measured, sprak):
        table.add_row(*row)
    out.print(table)
    paragraph(out, tables.star(measured, sprak))
    if measured.neighbours:
        names = tables.neighbour_header(measured, sprak)
        table = aligned("", names)
        for row in tables.neighbour_rows(measured, sprak):
            table.add_row(*row)
        out.print()
        out.print(table)
