"""A municipality beside similar ones, its county and the nation, per inhabitant.

Similar are the k nearest of those whose figures are published for the same years. With
n[i] residents, years t0 and t1 the first and last that residents are published of, and
y[i, t] SEK (or households) per inhabitant in year t, the features are

    x[i] = ( log n[i, t1],
             log(n[i, t1] / n[i, t0]) / (t1 - t0),
             mean_{t in S} log y[i, t] )

and the distance d(i, j) = sqrt( (1/F) sum_f ((x[i, f] - x[j, f]) / s[f])^2 ), s[f] the
standard deviation over those with figures (`models.similarity`). The third feature is
used only where at least `LEAST_YEARS` years are known: S is the first `START_YEARS` of
them, and only years after S are compared. So nobody is chosen by the outcome that is
compared, and the question is how it went for those that began alike. With fewer years
size and growth alone choose, and the question is what others of that size pay.

Why not size alone: of the 25 municipalities of Stockholm county that have every year,
seven neighbours by size and growth miss the cost of 2018 by 0.50 in logarithms, those
by the level of 2012-2014 as well by 0.41, all others together by 0.54. A trend of three
years beside the level changes next to nothing, so there is none.

The county is sum_j n[j, t] y[j, t] / sum_j n[j, t] over those of its municipalities
that have figures, the nation all that was paid / all inhabitants: both count an
inhabitant once, so a large municipality weighs more. Similar ones count once each.
"""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..models.similarity import distances, nearest
from .cases import packaged_table
from .comparison import Comparison, Measured, Neighbour
from .config import Settings
from .published import Published, published_figures

__all__ = ["Comparison", "Measured", "Neighbour", "compare"]

#: Similar municipalities, and how many must be there to choose from, per one chosen.
SIMILAR, CHOICE = 7, 1.5
#: Years by which those that began alike are chosen, and from how many that is done.
START_YEARS, LEAST_YEARS = 3, 5
#: A county is told where figures cover this share of its residents.
COVERED = 0.9


def compare(
    asked: Settings | str,
    more: pd.DataFrame | None = None,
    sources: Sequence[str] = (),
    *,
    k: int = SIMILAR,
    sprak: str = "sv",
) -> Comparison:
    """Compare a municipality, from published figures alone.

    Parameters
    ----------
    asked : Settings or str
        What kommun.toml says, or the municipality's code ("0180").
    more, sources : DataFrame and sequence of str, optional
        What a user has fetched, and its lines: from `published.figures_beside`.
    k : int
        Similar municipalities, at least 3.
    sprak : {"sv", "en"}
        Language of the errors.

    Returns
    -------
    Comparison
        Never refuses a code: `status` says what is the matter.

    Raises
    ------
    InputError
        With every fault of `more`.
    """
    if k < 3:
        raise ValueError(f"k must be at least 3, got {k}")
    if isinstance(asked, Settings):
        code, simulated = asked.municipality.code, asked.data.simulated
    else:
        code, simulated = asked, False
    if not code:
        return Comparison("no_code", "")
    towns = _towns()
    if code not in towns.index:
        return Comparison("unknown", code)
    found = published_figures(more, sprak)
    paid = [_measured(found[name], towns, code, k) for name in ("statistics", "ledger")]
    best = max(paid, key=_worth)
    households = _measured(found["households"], towns, code, k)
    own = best.has_own or households.has_own
    # what others have of households says nothing of who has only paid amounts
    idle = households.table.empty or (best.has_own and not households.has_own)
    return Comparison(
        status="compared" if own else "unpublished",
        code=code,
        name=towns["name"][code],
        county=towns["county"][code],
        simulated=simulated,
        of_case=isinstance(asked, Settings),
        paid=None if best.table.empty else best,
        households=None if idle else households,
        sources=tuple(sources) if best.fetched or households.fetched else (),
        residents_to=towns.attrs["residents_to"],
    )


def is_code(text: str) -> bool:
    """Whether a text is written as a municipality's code.

    >>> is_code("0180"), is_code("kommun")
    (True, False)
    """
    return re.fullmatch(r"\d{4}", text) is not None


def _towns() -> pd.DataFrame:
    """Name, county, last residents and the two features that all 290 have, by code."""
    table = packaged_table("riket-befolkning.csv", {"code": str}).set_index("code")
    counties = packaged_table("riket-lan.csv", {"code": str}).set_index("code")["name"]
    residents = table.drop(columns="municipality").rename(columns=int).astype(float)
    first, last = int(residents.columns[0]), int(residents.columns[-1])
    size = np.log(residents[last])
    towns = pd.DataFrame(
        {
            "name": table["municipality"],
            "county": table.index.str[:2].map(counties.to_dict()),
            "residents": residents[last],
            "size": size,
            "growth": (size - np.log(residents[first])) / (last - first),
        }
    )
    towns.attrs["residents_to"] = last
    return towns


def _worth(found: Measured) -> tuple[int, bool, float]:
    """Rank definitions: most years of its own, then the nearest neighbours."""
    away = [neighbour.distance for neighbour in found.neighbours]
    own = int(found.table["own"].notna().sum())
    return own, bool(away), -float(np.mean(away or [np.inf]))


def _measured(of: Published, towns: pd.DataFrame, code: str, k: int) -> Measured:
    """Compare one measure."""
    years, pool = _panel(of.values, code, k)
    start = years[:START_YEARS] if len(years) >= LEAST_YEARS else []
    if of.values.loc[code, start].isna().any():
        start = []
    away = _nearest(of.values[start], towns, code, pool, k)
    near = list(away)
    similar = of.values.loc[near, years]
    quartiles = similar.quantile([0.25, 0.5, 0.75]).T
    county, inside, known = _county(of, code)
    table = pd.DataFrame(
        {
            "own": of.values.loc[code],
            "similar": quartiles[0.5],
            "similar_mean": similar.mean(),
            "similar_low": quartiles[0.25],
            "similar_high": quartiles[0.75],
            "county": county,
            "nation": of.nation,
        },
        index=of.values.columns,
    )
    table["compared"] = table["similar"].notna() & ~table.index.isin(start)
    table = table[table["own"].notna() | table["similar"].notna()]
    told = table.index[table["county"].notna()]
    used = list(dict.fromkeys([code, *near, *(inside if len(told) else [])]))
    shown = of.values.loc[used, table.index].notna().to_numpy()
    publishers = set(of.publisher.loc[used, table.index].to_numpy()[shown])
    return Measured(
        measure=of.measure,
        table=table,
        neighbours=tuple(
            Neighbour(
                code=town,
                name=towns["name"][town],
                county=towns["county"][town],
                residents=float(towns["residents"][town]),
                distance=distance,
                value=float(similar[years[-1]][town]),
            )
            for town, distance in away.items()
        ),
        candidates=len(pool),
        start=tuple(start),
        county_known=int(known[told].min()) if len(told) else 0,
        county_all=len(inside),
        publishers=tuple(sorted(publishers - {""})),
        fetched="" in publishers,
    )


def _nearest(
    start: pd.DataFrame, towns: pd.DataFrame, code: str, pool: list[str], k: int
) -> dict[str, float]:
    """Distances of the k nearest of the pool, by code, the nearest first."""
    if not pool:
        return {}
    features = towns.loc[[code, *pool], ["size", "growth"]]
    if len(start.columns):
        level = np.log(start.loc[features.index]).mean(axis=1)
        features = features.assign(level=level)
    away = distances(features.to_numpy(float), 0)
    return {pool[row - 1]: float(away[row]) for row in nearest(away, 0, k)}


def _panel(values: pd.DataFrame, code: str, k: int) -> tuple[list[int], list[str]]:
    """Choose years, and the others that have figures of every one of them.

    A mean over others that come and go would rise and fall without anybody's cost doing
    so. So years are taken up, the one that most have first, as long as enough are left
    to choose from. Where nothing of the municipality is published, any year will do.
    """
    others, own = values.drop(index=code), values.loc[code]
    known, free = own.notna().to_numpy(), own.isna().all()
    counts = dict(zip(map(int, own.index), others.notna().sum(), strict=True))
    usable = [year for year, has in zip(counts, known, strict=True) if has or free]
    # of equally many the latest year
    order = sorted(usable, key=lambda year: (counts[year], year), reverse=True)
    years: list[int] = []
    pool = pd.Series(True, others.index)
    for year in order:
        left = pool & others[year].notna()
        if left.sum() >= CHOICE * k:
            years, pool = [*years, year], left
    return sorted(years), list(pool.index[pool]) if years else []


def _county(of: Published, code: str) -> tuple[pd.Series, list[str], pd.Series]:
    """Mean of the county per inhabitant, its municipalities, and how many have figures.

    None where the county is the municipality itself, or figures cover too little of it.
    """
    inside = [town for town in of.values.index if town[:2] == code[:2]]
    values, residents = of.values.loc[inside], of.residents.loc[inside]
    counted = residents.where(values.notna())
    mean = (counted * values).sum() / counted.sum()
    enough = (counted.sum() >= COVERED * residents.sum()) & (len(inside) > 1)
    return mean.where(enough), inside, values.notna().sum()
