"""All 290 municipalities in a year: what is published, and the rest with its error.

Households are households in a year, never in an average month: one that was supported
for a month counts as much as one that was supported for twelve. What nobody printed is
estimated from national totals (`models.allocation`) and says so.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..models.allocation import QUANTITIES, Target, allocate
from ..models.domain import Array
from ..models.shares import Components, Units, estimate_components
from .cases import (
    municipal_figures,
    national_figures,
    national_sources,
    packaged_table,
)
from .morefigures import FIGURES, checked

#: From 2012 on, the introduction benefit of refugees is not in the statistics.
FIRST_YEAR = 2012
#: What a source column says of an estimate, and who published residents.
ESTIMATED, RESIDENTS_BY = "skattad", "SCB"
#: SEK per inhabitant that municipalities booked as assistance paid, refugee households
#: not included, and by how much it is above the statistics: in Stockholm county by 10,
#: 4 and 3 % of Socialstyrelsen's monthly figures of 2014, 2015 and 2016.
LEDGER, LEDGER_ABOVE = "RKA/Kolada N31002", 1.05
#: Level of the intervals, and the draws and the seed that they are from.
LEVEL, DRAWS, SEED = 0.8, 2_000, 1
#: Years of a municipality that are used: those nearest to the asked one.
YEARS_USED = 6
#: Notes of published figures that are kept as published but not learned from: a
#: misprint, and Södertälje's own rounded costs, 1.4 times what its ledger has as paid.
DOUBTFUL = ("implausible", "rounded MSEK")


def municipalities(
    year: int = 2024, more: pd.DataFrame | None = None, sprak: str = "sv"
) -> pd.DataFrame:
    """Give every municipality's residents, households in the year and paid amounts.

    Parameters
    ----------
    year : int
        From 2012 to the last year whose national figures are published.
    more : DataFrame with columns code, year, households, paid_sek, source, optional
        What a user has fetched: households in the year (not in an average month) and
        SEK paid, of any of these years, missing where not known. It replaces estimates
        and what is built in.
    sprak : {"sv", "en"}
        Language of the errors.

    Returns
    -------
    DataFrame of 290 rows, indexed by code (text, four digits)
        `municipality, county_code, county`; `residents` on 31 December, after 2019
        those of 2019 carried to the nation's (mean of the year), with
        `residents_is_published, residents_source`; and of `households` (in the year)
        and of `paid_sek` the value, `_low` and `_high` (80 % interval),
        `_is_published` and `_source`: publisher and year, or "skattad". Estimates are
        means of draws; with the published values they sum to the national totals.

    Raises
    ------
    InputError
        With every fault of `more`.
    ValueError
        A year without national figures.
    """
    return known_figures(year, more, sprak).table()


def municipal_draws(
    year: int,
    n: int,
    rng: np.random.Generator,
    more: pd.DataFrame | None = None,
    sprak: str = "sv",
) -> tuple[Array, Array]:
    """Draw every municipality's households in the year and paid amounts, jointly.

    Parameters
    ----------
    year : int
    n : int
        Draws.
    rng : numpy Generator
    more : DataFrame, optional
        As `municipalities` takes it.
    sprak : {"sv", "en"}

    Returns
    -------
    Array, shape (n, 290)
        Households in the year (not in an average month), in the order of the rows of
        `municipalities`. Published values are the same in every draw.
    Array, shape (n, 290)
        SEK paid, of the same draws.

    Raises
    ------
    InputError, ValueError
        As `municipalities`.
    """
    values = known_figures(year, more, sprak).draws(n, rng)
    return values[:, 0], values[:, 1]


@dataclass(frozen=True)
class Known:
    """What is known of a year: cells seen in any year, the totals, the sources."""

    year: int
    residents: Array
    cells: pd.DataFrame
    units: Units
    target: Target
    sources: NDArray[np.object_]

    def draws(self, n: int, rng: np.random.Generator) -> Array:
        """Households in the year and SEK paid, (n, 2, 290)."""
        if not np.isnan(self.target.published).any():
            return np.repeat(self.target.published[None], n, axis=0)
        parts = self.cells, self.units, self.target
        return allocate(*parts, self._components, n, rng)

    @cached_property
    def _components(self) -> Components:
        return estimate_components(self.cells, self.units)

    def table(self) -> pd.DataFrame:
        """Tell it municipality by municipality, as `municipalities` does."""
        values = self.draws(DRAWS, np.random.default_rng(SEED))
        names = packaged_table("riket-lan.csv", {"code": str}).set_index("code")["name"]
        residents = _residents()
        table = residents[["municipality"]].copy()
        table["county_code"] = table.index.str[:2]
        table["county"] = table["county_code"].map(names)
        table["residents"] = self.residents
        printed = self.year in residents.columns
        table["residents_is_published"] = printed
        table["residents_source"] = (
            f"{RESIDENTS_BY} {self.year}" if printed else ESTIMATED
        )
        tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
        for place, name in enumerate(FIGURES):
            own, drawn = self.target.published[place], values[:, place]
            published = ~np.isnan(own)
            low, high = np.quantile(drawn, tails, axis=0)
            # a mean of equal floats need not be the float
            table[name] = np.where(published, own, drawn.mean(axis=0))
            table[f"{name}_low"] = np.where(published, own, low)
            table[f"{name}_high"] = np.where(published, own, high)
            table[f"{name}_is_published"] = published
            table[f"{name}_source"] = self.sources[place]
        return table


def known_figures(year: int, more: pd.DataFrame | None, sprak: str) -> Known:
    """Gather what all figures say of a year."""
    nation, counted = _nation(), _residents().drop(columns="municipality")
    if year not in nation.index:
        first, last = nation.index[[0, -1]]
        raise ValueError(f"year must be from {first} to {last}, got {year}")
    shares = counted / counted.sum()
    # residents of later years are not among the tables: shares stay as they were last
    shares = shares.reindex(columns=nation.index).ffill(axis=1)
    figures = _figures(nation)
    if more is not None:
        fetched = _long(checked(more, shares, nation, sprak).assign(doubtful=False))
        figures = pd.concat([figures, fetched], ignore_index=True)
        figures = figures.drop_duplicates(["code", "year", "measure"], keep="last")
    now = figures[(figures["year"] == year) & figures["measure"].isin(QUANTITIES)]
    at = (
        pd.Index(QUANTITIES).get_indexer(pd.Index(now["measure"])),
        shares.index.get_indexer(pd.Index(now["code"])),
    )
    published = np.full((len(QUANTITIES), len(shares)), np.nan)
    sources = np.full(published.shape, ESTIMATED, dtype=object)
    published[at], sources[at] = now["value"], now["source"]
    share = shares[year].to_numpy(float)
    total = nation.loc[year].to_numpy(float)
    households, _, residents_of_all = total
    return Known(
        year=year,
        residents=share * residents_of_all,
        cells=_cells(figures, shares, nation, year),
        units=Units(pd.factorize(shares.index.str[:2])[0], share * households),
        target=Target(year, share, total[: len(QUANTITIES)], published),
        sources=sources,
    )


def _residents() -> pd.DataFrame:
    """Residents on 31 December, years (int) as columns beside `municipality`."""
    table = packaged_table("riket-befolkning.csv", {"code": str}).set_index("code")
    return table.rename(columns=lambda name: int(name) if name.isdigit() else name)


def _nation() -> pd.DataFrame:
    """Give the nation's households in the year, paid SEK and residents, by year.

    Paid amounts are as published to the krona; else what is paid per household, else
    per inhabitant, says. Residents are those of the municipalities on 31 December;
    later, paid / paid per inhabitant (which is of the mean of the year), or between
    those of the neighbouring years.
    """
    table = national_figures().loc[FIRST_YEAR:]
    printed = national_sources()
    exact = printed[(printed["metric"] == "paid_total") & (printed["unit"] == "kSEK")]
    paid = table["paid_sek"].where(table.index.isin(exact["year"]))
    paid = paid.fillna(table["paid_per_household_sek"] * table["households"])
    counted = _residents().drop(columns="municipality").sum()
    mean = counted.rolling(2).mean().reindex(table.index)
    mean = mean.fillna(paid / table["paid_per_inhabitant_sek"]).interpolate()
    return pd.DataFrame(
        {
            "households": table["households"],
            "paid_sek": paid.fillna(table["paid_per_inhabitant_sek"] * mean),
            "residents": counted.reindex(table.index).fillna(mean),
        }
    )


def _figures(nation: pd.DataFrame) -> pd.DataFrame:
    """Built-in figures, one per row: code, year, measure, value, source, doubtful."""
    typed = municipal_figures()
    typed = typed[typed["year"].isin(nation.index)]
    source = typed["publisher"] + " " + typed["year"].astype(str)
    doubtful = typed["note"].str.startswith(DOUBTFUL)
    ledger = packaged_table("riket-n31002.csv", {"code": str}).drop(
        columns="municipality"
    )
    ledger = ledger.melt("code", var_name="year", value_name="value").dropna()
    ledger["year"] = ledger["year"].astype(int)
    ledger = ledger.assign(measure="ledger", source=LEDGER, doubtful=False)
    figures = _long(typed.assign(source=source, doubtful=doubtful))
    return pd.concat([figures, ledger], ignore_index=True)


def _long(table: pd.DataFrame) -> pd.DataFrame:
    """One figure per row, the measures named as `models.shares` names them."""
    names = dict(zip(FIGURES, QUANTITIES, strict=True))
    long = table.rename(columns=names).melt(
        ["code", "year", "source", "doubtful"],
        list(QUANTITIES),
        var_name="measure",
        value_name="value",
    )
    return long.dropna(subset=["value"])


def _cells(
    figures: pd.DataFrame, shares: pd.DataFrame, nation: pd.DataFrame, year: int
) -> pd.DataFrame:
    """Figures as log ratios to the nation's rate, of the years nearest to `year`."""
    trusted = figures[~figures["doubtful"].astype(bool)]
    away = (trusted["year"] - year).abs()
    near = away.groupby([trusted["code"], trusted["measure"]]).rank(method="first")
    used = trusted[near <= YEARS_USED]
    unit = shares.index.get_indexer(pd.Index(used["code"]))
    at = nation.index.get_indexer(pd.Index(used["year"]))
    totals = nation[list(FIGURES)].set_axis(list(QUANTITIES), axis=1)
    ledger = LEDGER_ABOVE * nation["paid_sek"] / nation["residents"]
    totals = totals.assign(ledger=ledger)  # SEK per inhabitant
    level = totals.to_numpy()[at, totals.columns.get_indexer(pd.Index(used["measure"]))]
    level *= np.where(used["measure"] == "ledger", 1.0, shares.to_numpy()[unit, at])
    return pd.DataFrame(
        {
            "unit": unit,
            "year": used["year"].to_numpy(),
            "measure": used["measure"].to_numpy(),
            "log_ratio": np.log(used["value"].to_numpy() / level),
        }
    )
