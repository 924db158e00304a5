"""What is published of municipalities and the nation per inhabitant, year by year.

Two measures of the same payments are kept apart: Socialstyrelsen's statistics, and the
ledger (RKA/Kolada N31002), which is what municipalities booked and some per cent more.
Built in are those of some municipalities; figures that a user has fetched
(`nationsources`) are statistics and go before what is built in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from .cases import municipal_figures, national_figures, packaged_table
from .municipalities import DOUBTFUL, FIRST_YEAR, LEDGER, known_figures
from .nationsources import fetched_figures

#: Where a case folder's saved answers of Kolada lie; they are used without asking.
BESIDE = "kolada"
#: Who published the nation's rows and most municipalities'.
NATION_BY = "Regionfakta/Socialstyrelsen"
Fetched = tuple[pd.DataFrame | None, tuple[str, ...]]


@dataclass(frozen=True)
class Published:
    """One measure, as published.

    Attributes
    ----------
    measure : {"statistics", "ledger", "households"}
        SEK per inhabitant in two definitions, and households in the year per 1,000
        inhabitants.
    values : DataFrame, indexed by code, years (int) as columns
        Of the 290 municipalities; NaN where nothing is published.
    nation : Series, indexed by year
        All that was paid / all inhabitants; of the ledger none is published, so it is
        the statistics'.
    publisher : DataFrame as `values`
        Who published a figure; "" where it was fetched or there is none.
    residents : DataFrame as `values`
        On 31 December; after 2019 those of 2019 carried to the nation's.
    """

    measure: str
    values: pd.DataFrame
    nation: pd.Series
    publisher: pd.DataFrame
    residents: pd.DataFrame


def published_figures(
    more: pd.DataFrame | None = None, sprak: str = "sv"
) -> dict[str, Published]:
    """Give every measure by name.

    Parameters
    ----------
    more : DataFrame, optional
        As `municipalities` takes it: households in the year and SEK paid.
    sprak : {"sv", "en"}
        Language of the errors.

    Returns
    -------
    dict of str to Published
        A published figure per inhabitant is as printed; else it is SEK paid in the
        year, or households in the year, / inhabitants on 31 December.

    Raises
    ------
    InputError
        With every fault of `more`.
    """
    return _built_in() if more is None else _gathered(more, sprak)


def figures_beside(folder: Path, sprak: str = "sv") -> Fetched:
    """Read saved answers of Kolada that lie in a case folder's `kolada`.

    Returns
    -------
    table : DataFrame or None
        As `published_figures` takes it; None where nothing lies there.
    sources : tuple of str
        A line each.

    Raises
    ------
    InputError
        With every fault of a file.
    """
    saved = sorted((folder / BESIDE).glob("*.json"))
    return fetched_by(folder, saved, sprak=sprak)


def fetched_by(
    folder: Path,
    from_kolada: Sequence[Path] = (),
    monthly: Sequence[Path] = (),
    *,
    fetch: bool = False,
    sprak: str = "sv",
) -> Fetched:
    """Read or fetch figures up to the nation's last year; see `fetched_figures`.

    What is fetched is kept in the folder's `kolada`, where `figures_beside` looks.
    """
    return fetched_figures(
        from_kolada,
        monthly,
        fetch=fetch,
        year=int(national_figures().index[-1]),
        cache=folder / BESIDE,
        sprak=sprak,
    )


@cache
def _built_in() -> dict[str, Published]:
    return _gathered(None, "sv")


def _gathered(more: pd.DataFrame | None, sprak: str) -> dict[str, Published]:
    """Gather every year of the nation's figures."""
    nation = national_figures().loc[FIRST_YEAR:]
    ledger = packaged_table("riket-n31002.csv", {"code": str}).set_index("code")
    ledger = ledger.drop(columns="municipality").rename(columns=int).astype(float)
    codes = packaged_table("riket-befolkning.csv", {"code": str})["code"]
    years = pd.Index(nation.index, name="year")
    empty = pd.DataFrame(index=pd.Index(codes, name="code"), columns=years)
    paid, households, residents = (empty.astype(float).copy() for _ in range(3))
    by_paid, by_households = (empty.fillna("").astype(str) for _ in range(2))
    for year in years:
        known = known_figures(year, more, sprak)
        residents[year] = known.residents
        here = _typed(year).reindex(empty.index)
        # a fetched figure has gone before the one built in: the source tells
        stands = here["source"].eq(known.sources[1])
        counted = here["source"].eq(known.sources[0])
        rate = pd.Series(known.target.published[1] / known.residents, empty.index)
        rate = here["paid_per_inhabitant_sek"].where(stands).fillna(rate)
        each = pd.Series(1000 * known.target.published[0] / known.residents, rate.index)
        doubtful = here["doubtful"].eq(True)
        paid[year] = rate.mask(stands & doubtful)
        households[year] = each.mask(counted & doubtful)
        by_paid[year] = here["publisher"].where(stands, "")
        by_households[year] = here["publisher"].where(counted, "")
    booked = ledger.reindex(index=empty.index, columns=years)
    by_booked = booked.notna().replace({True: LEDGER, False: ""})
    per_1000 = 1000 * nation["households"] / residents.sum()
    kronor = nation["paid_per_inhabitant_sek"]
    return {
        "statistics": Published("statistics", paid, kronor, by_paid, residents),
        "ledger": Published("ledger", booked, kronor, by_booked, residents),
        "households": Published(
            "households", households, per_1000, by_households, residents
        ),
    }


def _typed(year: int) -> pd.DataFrame:
    """Built-in rows of a year by code, with the source as `known_figures` names it."""
    table = municipal_figures()
    table = table[table["year"] == year].set_index("code")
    source = table["publisher"] + " " + table["year"].astype(str)
    doubtful = table["note"].str.startswith(DOUBTFUL)
    return table.assign(source=source, doubtful=doubtful)
