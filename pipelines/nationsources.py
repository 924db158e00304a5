"""Figures that the user has fetched for the nation, and their source lines."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from . import kolada, socialstyrelsen
from .municipalities import FIRST_YEAR
from .official import Official, merge_years, source_line


def fetched_figures(
    from_kolada: Sequence[Path] = (),
    monthly: Sequence[Path] = (),
    *,
    fetch: bool = False,
    year: int,
    cache: Path,
    sprak: str = "sv",
) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Read what was fetched, or fetch it.

    Parameters
    ----------
    from_kolada, monthly : sequence of Path
        Saved answers of Kolada, and exports of Socialstyrelsen's monthly database.
    fetch : bool
        Ask Kolada for households and payments from 2012 to `year`; answers are kept
        in `cache`, and are what is used where nobody answers.
    year : int
    cache : Path
    sprak : {"sv", "en"}

    Returns
    -------
    table : DataFrame or None
        As `municipalities` takes it; None where nothing was asked for.
    sources : tuple of str
        A line each, of figures that were worked on: estimates rest on them.

    Raises
    ------
    InputError
        With every fault of a file, or where nobody answers and nothing is kept.
    """
    read: list[tuple[Official, pd.DataFrame]] = []
    if from_kolada:
        official = kolada.read_kolada(list(from_kolada), sprak=sprak)
        read.append((official, kolada.yearly(official, sprak)))
    if fetch:
        official = kolada.fetch_kolada(
            (kolada.HOUSEHOLDS, kolada.PAID_TKR),
            range(FIRST_YEAR, year + 1),
            cache,
            sprak=sprak,
        )
        read.append((official, kolada.yearly(official, sprak)))
    if monthly:
        official = socialstyrelsen.read_monthly(list(monthly), sprak=sprak)
        read.append((official, socialstyrelsen.yearly(official, sprak)))
    if not read:
        return None, ()
    table = merge_years(*(years for _, years in read))
    table = table[table["year"].between(FIRST_YEAR, year)]
    lines = [
        source_line(found.source, processed=True, sprak=sprak) for found, _ in read
    ]
    return table.reset_index(drop=True), tuple(lines)
