"""Estimates of municipalities are as uncertain as they say: published ones left out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from shared import shared_data

from bemanna.models.allocation import Target, allocate
from bemanna.models.domain import Array
from bemanna.models.shares import estimate_components
from bemanna.pipelines import cases
from bemanna.pipelines import municipalities as room


def misses(values: Array, target: Target, truth: Array, unit: int) -> list[Array]:
    """Judge draws (n, 2) of a unit: covered or not, its error, that of residents alone.

    Each of households and payments; NaN where the truth was not published.
    """
    low, high = np.quantile(values, [0.1, 0.9], axis=0)
    inside = np.where(np.isnan(truth), np.nan, (low <= truth) & (truth <= high))
    alone = target.totals * target.shares[unit]
    errors = [np.abs(np.log(guess / truth)) for guess in (values.mean(axis=0), alone)]
    return [inside, *errors]


def covers(inside: Array) -> bool:
    """Whether 80 % is not contradicted by how many of the intervals hold."""
    held = inside[~np.isnan(inside)]
    return bool(binomtest(int(held.sum()), len(held), 0.8).pvalue > 0.05)


def test_intervals_hold_for_municipalities_left_out_one_at_a_time() -> None:
    """Each as if never printed, in the last year in which it was."""
    told = room._figures(room._nation())
    told = told[(told["measure"] != "ledger") & ~told["doubtful"].astype(bool)]
    last = told.groupby("code")["year"].max()
    places = room._residents().index
    judged = []
    known = room.known_figures(2024, None, "sv")
    components = estimate_components(known.cells, known.units)
    for year in last.unique():
        known = room.known_figures(int(year), None, "sv")
        for unit in places.get_indexer(last.index[last == year]).tolist():
            published = known.target.published.copy()
            published[:, unit] = np.nan
            values = allocate(
                known.cells[known.cells["unit"] != unit],
                known.units,
                replace(known.target, published=published),
                components,
                200,
                np.random.default_rng(unit),
            )
            truth = known.target.published[:, unit]
            judged.append(misses(values[:, :, unit], known.target, truth, unit))
    inside, error, alone = np.moveaxis(np.array(judged), 1, 0)
    assert len(inside) == 75
    for place in range(2):
        assert covers(inside[:, place])
        assert np.nanmedian(error[:, place]) < 0.9 * np.nanmedian(alone[:, place])


@pytest.mark.parametrize(("until", "year"), [(2014, 2017), (2017, 2020)])
def test_intervals_hold_for_years_left_out(until: int, year: int) -> None:
    """Nothing later than a year is seen: variances are estimated without it too."""
    known = room.known_figures(year, None, "sv")
    cells = known.cells[known.cells["year"] <= until]
    truth = known.target.published
    nothing = replace(known.target, published=np.full(truth.shape, np.nan))
    components = estimate_components(cells, known.units)
    rng = np.random.default_rng(1)
    values = allocate(cells, known.units, nothing, components, 500, rng)
    units = np.flatnonzero(~np.isnan(truth).all(axis=0)).tolist()
    judged = [
        misses(values[:, :, unit], known.target, truth[:, unit], unit) for unit in units
    ]
    inside, error, alone = np.moveaxis(np.array(judged), 1, 0)
    assert covers(inside)
    assert np.nanmedian(error) < 0.9 * np.nanmedian(alone)
    seen = cells.loc[cells["measure"] == "households", "unit"].unique()
    again = np.isin(units, seen)
    assert np.nanmedian(error[again, 0]) < 0.7 * np.nanmedian(alone[again, 0])


def test_counties_add_up_to_what_was_published_of_them() -> None:
    """Monthly county figures, which no estimate has seen, summed over a year."""
    dalarna = pd.read_csv(shared_data("se_dalarna_ekonomiskt_bistand_monthly.csv"))
    name = "se_counties_ekonomiskt_bistand_monthly_2014_2017.csv"
    others = pd.read_csv(shared_data(name))
    counties = cases.packaged_table("riket-lan.csv", {"code": str}).set_index("name")[
        "code"
    ]
    monthly = pd.concat([dalarna.assign(region="Dalarnas län"), others])
    by = [monthly["region"].map(counties), monthly["month"].str[:4].astype(int)]
    years = monthly.groupby(by)["paid_tkr"].agg(["sum", "count"])
    whole = years["sum"][years["count"] == 12] * 1000.0
    off = {}
    for county, year in [("01", 2015), ("03", 2015), ("04", 2015), ("20", 2024)]:
        _, paid = room.municipal_draws(year, 300, np.random.default_rng(1))
        inside = room._residents().index.str[:2] == county
        logs = np.log(paid[:, inside].sum(axis=1) / whole[county, year])
        off[county] = logs.mean() / logs.std()
    # four standard scores: their squares sum to 4, to 13.3 once in a hundred times
    assert sum(score**2 for score in off.values()) < 13.3
