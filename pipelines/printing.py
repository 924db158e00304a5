"""How results are printed in a terminal: paragraphs, lists and aligned tables."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .language import translator
from .writing import Place

WIDTH = 80


def fitted(console: Console | None = None) -> Console:
    """Give the console, stdout by default, at a width that is easy to read."""
    out = console or Console(highlight=False)
    out.width = min(out.width, 100) if out.is_terminal else WIDTH
    return out


@contextmanager
def progress(sprak: str = "sv", quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Give a function that tells which step the run is at, on stderr.

    Parameters
    ----------
    quiet : bool
        Say nothing, e.g. where the answer is JSON.
    """
    console = Console(stderr=True, highlight=False, quiet=quiet)
    _ = translator(sprak)
    with console.status("") as status:

        def step(text: str) -> None:
            if console.is_terminal:
                status.update(_(text))
            else:
                console.print(f"· {_(text)}")

        yield step


def section(out: Console, title: str, lines: list[str]) -> None:
    """Print a heading and what stands under it, as a list."""
    out.print()
    out.print(Text(title, style="bold"))
    for line in filter(None, lines):
        paragraph(out, line, first=" • ", then="   ")


def paragraph(
    out: Console, text: str, style: str = "", first: str = "", then: str = ""
) -> None:
    """Print a paragraph; unlike rich, never broken inside a number or its unit."""
    if text:
        lines = textwrap.fill(
            text,
            out.width,
            initial_indent=first,
            subsequent_indent=then,
            break_on_hyphens=False,
            break_long_words=False,
        )
        out.print(Text(lines, style=style), soft_wrap=True)


def copyable(out: Console, line: str) -> None:
    """Print a path or a command: never broken over two lines."""
    if line:
        out.print(Text(f"  {line}"), soft_wrap=True)


def aligned(title: str, columns: list[str]) -> Table:
    """Give an empty table of text first and figures after it, aligned right."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 0, 0, 2),
        header_style="dim",
    )
    for i, column in enumerate(columns):
        # headings break between words, figures never do
        narrow = max(map(len, column.split()), default=1)
        heading = "\n".join(textwrap.wrap(column, narrow)) if i else column
        table.add_column(
            heading, justify="right" if i else "left", no_wrap=True, vertical="bottom"
        )
    return table


def where(
    out: Console, place: Place, sprak: str, first: str, then: Sequence[str] = ()
) -> None:
    """Say where the results are, and why they were not tracked if so.

    Parameters
    ----------
    first : str
        The file of the folder that is to be opened first.
    then : sequence of str
        Files that may be there, and are named if so.
    """
    _ = translator(sprak)
    out.print()
    out.print(Text(_("Results"), style="bold"))
    for name in (first, *(name for name in then if (place.folder / name).exists())):
        copyable(out, str(place.folder / name))
    if place.mlflow_run:
        copyable(out, f"MLflow: {place.mlflow_run}")
        copyable(out, place.mlflow_command)
    if place.warning:
        paragraph(out, place.warning, style="yellow", first="  ", then="  ")
