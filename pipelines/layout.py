"""What a section of the result page is made of."""

from collections.abc import Mapping
from dataclasses import dataclass

from .drawing import Picture
from .findings import Findings
from .language import translator
from .outcome import Outcome


@dataclass(frozen=True)
class Grid:
    """A table with row headings; `words` = text in cells, else right-aligned numbers.

    Attributes
    ----------
    caption : str
    head : tuple of str
    rows : tuple of tuple of str
        The first cell is the row's heading.
    totals : frozenset of int
        Rows to set in bold.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: frozenset[int] = frozenset()
    words: bool = False


@dataclass(frozen=True)
class Part:
    """One section of the page, in the order in which it is shown."""

    id: str
    title: str
    texts: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Grid, ...] = ()
    items_title: str = ""
    items: tuple[str, ...] = ()
    more_title: str = ""
    more: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tag: str = ""


@dataclass(frozen=True)
class Desk:
    """What every section is written from.

    Attributes
    ----------
    outcome : Outcome
    found : Findings or None
        None where there is no plan.
    drawn : mapping of str to Picture
    sprak : str
    """

    outcome: Outcome
    found: Findings | None
    drawn: Mapping[str, Picture]
    sprak: str

    def say(self, text: str, **words: object) -> str:
        """Translate, and fill in."""
        return translator(self.sprak)(text).format(**words)

    @property
    def currency(self) -> str:
        """The case's currency."""
        return self.outcome.case.settings.economy.currency

    def pictures(self, *names: str) -> tuple[Picture, ...]:
        """Pictures that were drawn, of those named."""
        return tuple(self.drawn[name] for name in names if name in self.drawn)
