"""What a comparison is: figures year by year, and who the similar municipalities are.

`compare` makes it, `comparewords` says it, `comparetable` and `comparefigure` show it.
"""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

Status = Literal["compared", "unpublished", "unknown", "no_code"]


@dataclass(frozen=True)
class Neighbour:
    """A similar municipality.

    Attributes
    ----------
    code, name, county : str
    residents : float
        Last published, 31 December.
    distance : float
        In standard deviations, see `compare`.
    value : float
        Its figure of the last compared year, in the unit of the measure.
    """

    code: str
    name: str
    county: str
    residents: float
    distance: float
    value: float


@dataclass(frozen=True)
class Measured:
    """One measure of one municipality and those it is compared with.

    Attributes
    ----------
    measure : {"statistics", "ledger", "households"}
        SEK per inhabitant in two definitions, or households in the year per 1,000
        inhabitants.
    table : DataFrame, indexed by year
        `own, similar` (median), `similar_mean, similar_low, similar_high` (quartiles),
        `county, nation` (floats; NaN = not published), `compared` (bool: the similar
        are known and were not chosen on this year).
    neighbours : tuple of Neighbour
        Nearest first; none where too few have figures of the municipality's years.
    candidates : int
        Municipalities with figures of the same years, of which those are nearest.
    start : tuple of int
        Years whose level chose the similar; empty where size and growth alone did.
    county_known, county_all : int
        Municipalities of the county with a figure in every year it is told of, and all.
    publishers : tuple of str
        Of the municipal figures used, without the fetched ones.
    fetched : bool
        Whether figures that the user fetched are used.
    """

    measure: str
    table: pd.DataFrame
    neighbours: tuple[Neighbour, ...]
    candidates: int
    start: tuple[int, ...]
    county_known: int
    county_all: int
    publishers: tuple[str, ...]
    fetched: bool

    @property
    def has_own(self) -> bool:
        """Whether anything of the municipality itself is published."""
        return bool(self.table["own"].notna().any())

    @property
    def both(self) -> pd.DataFrame:
        """Rows of compared years with a figure of the municipality."""
        return self.table[self.table["compared"] & self.table["own"].notna()]


@dataclass(frozen=True)
class Comparison:
    """What is published of a municipality and of those it is compared with.

    Attributes
    ----------
    status : {"compared", "unpublished", "unknown", "no_code"}
        "unpublished": nothing of the municipality itself is, but of similar ones.
    code, name, county : str
        Of the real municipality; empty where unknown.
    simulated : bool
        Whether the register that is planned for is simulated; the figures never are.
    of_case : bool
        Whether it was asked for a case folder, not for a code.
    paid, households : Measured or None
        None where there is nothing to show.
    sources : tuple of str
        A line for each place that the user fetched figures from.
    residents_to : int
        Last year of published residents; later ones are carried to the nation's.
    """

    status: Status
    code: str
    name: str = ""
    county: str = ""
    simulated: bool = False
    of_case: bool = False
    paid: Measured | None = None
    households: Measured | None = None
    sources: tuple[str, ...] = ()
    residents_to: int = 0
