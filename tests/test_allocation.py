"""Pooled shares: a simulated nation is found again, totals hold, intervals are true."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from bemanna.models.allocation import QUANTITIES, Target, allocate
from bemanna.models.shares import (
    LOADINGS,
    MEANS,
    PARTS,
    Components,
    Units,
    conditional,
    estimate_components,
)

COUNTIES, PER_COUNTY, YEARS = 8, 6, range(2012, 2020)
N = COUNTIES * PER_COUNTY
TRUE = Components(
    np.array(
        [
            [0.03, 0.01, 0.06, 0.05, 0.5],
            [0.01, 0.005, 0.02, 0.02, 0.5],
            [0.0, 0.0, 0.05, 0.0, 0.3],
        ]
    ),
    10.0,
)


def simulated(
    rng: np.random.Generator, measures: tuple[str, ...] = QUANTITIES
) -> tuple[pd.DataFrame, Units, Target]:
    """Draw a nation: all its cells, its units and its last year."""
    size = rng.lognormal(6, 1, N)
    units = Units(np.repeat(np.arange(COUNTIES), PER_COUNTY), size)
    places = [(u, t, q) for q in measures for u in range(N) for t in YEARS]
    cells = pd.DataFrame(places, columns=["unit", "year", "measure"])
    county = units.county[cells["unit"]]
    load = np.array([LOADINGS[q] for q in cells["measure"]], float)
    code = {
        "county": county,
        "county_drift": county,
        "unit": cells["unit"].to_numpy(),
        "unit_drift": cells["unit"].to_numpy(),
        "noise": cells["unit"].to_numpy(),
    }
    when = cells["year"].to_numpy() - YEARS[0]
    y = np.zeros(len(cells))
    for k in range(3):
        for variance, part in zip(TRUE.variance[k], PARTS, strict=True):
            path = walk(rng, part, variance, size)
            y += load[:, k] * path[code[part], when]
    cells["log_ratio"] = y
    last = cells[cells["year"] == YEARS[-1]]
    share, nation = size / size.sum(), np.array([1e5, 5e9])
    ratios = [last.loc[last["measure"] == q, "log_ratio"] for q in QUANTITIES]
    values = share * np.exp(np.array(ratios)) * nation[:, None]
    totals = values.sum(axis=1)
    # y is against the total as it came out
    for q, ratio in zip(QUANTITIES, totals / nation, strict=True):
        cells.loc[cells["measure"] == q, "log_ratio"] -= np.log(ratio)
    return cells, units, Target(YEARS[-1], share, totals, values)


def walk(
    rng: np.random.Generator, part: str, variance: float, size: np.ndarray
) -> np.ndarray:
    """One part of one sum, stationary, (units or counties, years)."""
    shape = (N, len(YEARS))
    if part == "noise":
        noise: np.ndarray = rng.normal(0, np.sqrt(variance / size)[:, None], shape)
        return noise
    if "drift" not in part:
        return np.repeat(rng.normal(0, np.sqrt(variance), (N, 1)), len(YEARS), axis=1)
    keep = np.exp(-1 / TRUE.span)
    path = np.empty(shape)
    path[:, 0] = rng.normal(0, np.sqrt(variance), N)
    for t in range(1, len(YEARS)):
        step = rng.normal(0, np.sqrt(variance * (1 - keep**2)), N)
        path[:, t] = keep * path[:, t - 1] + step
    return path


def hidden(
    cells: pd.DataFrame, target: Target, unseen: np.ndarray, since: int
) -> tuple[pd.DataFrame, Target]:
    """Hide some units altogether, and the others from a year on."""
    seen = cells[~cells["unit"].isin(unseen) & (cells["year"] < since)]
    nothing = np.full(target.published.shape, np.nan)
    return seen, Target(target.year, target.shares, target.totals, nothing)


@pytest.fixture(scope="module")
def nation() -> tuple[pd.DataFrame, Units, Target]:
    return simulated(np.random.default_rng(3))


def test_variances_of_a_simulated_nation_are_found_again() -> None:
    found = []
    for seed in range(3):
        cells, units, _ = simulated(np.random.default_rng(seed))
        found.append(estimate_components(cells, units).variance)
    mean = np.mean(found, axis=0)
    level, noise = slice(2, 4), PARTS.index("noise")
    # permanent and drifting parts are hard to tell apart in eight years, not their sum
    for k in range(2):
        assert mean[k, level].sum() == pytest.approx(
            TRUE.variance[k, level].sum(), rel=0.3
        )
        assert mean[k, noise] == pytest.approx(TRUE.variance[k, noise], rel=0.3)


def test_intervals_cover_what_they_say_in_simulated_nations() -> None:
    inside, total = 0, 0
    never = np.arange(0, N, 3)
    for seed in range(25):
        cells, units, target = simulated(np.random.default_rng(seed))
        seen, blind = hidden(cells, target, never, 2016)
        rng = np.random.default_rng(seed)
        values = allocate(seen, units, blind, TRUE, 300, rng)
        low, high = np.quantile(values, [0.1, 0.9], axis=0)
        truth = target.published
        ok = (low <= truth) & (truth <= high)
        # neighbours share errors: a few units far apart count
        inside += ok[0, [0, 25, 44]].sum()
        total += 3
    assert binomtest(int(inside), total, 0.8).pvalue > 0.05


def test_every_draw_makes_the_total_and_keeps_what_is_published(
    nation: tuple[pd.DataFrame, Units, Target],
) -> None:
    cells, units, target = nation
    published = target.published.copy()
    published[0, 5:] = np.nan
    published[1, 20:] = np.nan
    some = Target(target.year, target.shares, target.totals, published)
    seen = cells[(cells["year"] < target.year) | (cells["unit"] < 5)]
    values = allocate(seen, units, some, TRUE, 50, np.random.default_rng(1))
    assert values.shape == (50, 2, N)
    assert (values > 0).all()
    assert (values[:, 0, :5] == published[0, :5]).all()
    assert (values[:, 1, :20] == published[1, :20]).all()
    np.testing.assert_allclose(values.sum(axis=2) / target.totals, 1, rtol=1e-12)
    assert (values[:, 0, 5:].std(axis=0) > 0).all()
    again = allocate(seen, units, some, TRUE, 50, np.random.default_rng(1))
    assert (values == again).all()


def test_a_total_moves_those_of_whom_little_is_known(
    nation: tuple[pd.DataFrame, Units, Target],
) -> None:
    cells, units, target = nation
    never = np.arange(0, N, 3)
    seen, blind = hidden(cells, target, never, target.year)
    # all who were seen lie higher than the nation: that cannot be so of everyone
    seen = seen.assign(log_ratio=seen["log_ratio"] + 0.3)
    asked = pd.DataFrame(
        {"unit": range(N), "year": target.year, "measure": "households"}
    )
    mean, covariance = conditional(seen, asked, units, TRUE)
    expected = np.exp(mean + np.diag(covariance) / 2) * target.totals[0] * target.shares
    assert expected.sum() > 1.2 * target.totals[0]
    values = allocate(seen, units, blind, TRUE, 400, np.random.default_rng(1))
    moved = np.log(values[:, 0].mean(axis=0) / expected)
    known = np.setdiff1d(np.arange(N), never)
    assert moved[never].mean() < 2 * moved[known].mean() < 0


def test_the_interval_widens_with_the_years_since_last_seen(
    nation: tuple[pd.DataFrame, Units, Target],
) -> None:
    cells, units, target = nation
    asked = pd.DataFrame({"unit": [7], "year": target.year, "measure": "households"})
    spread = []
    for since in (2019, 2018, 2016, 2013):
        seen = cells[(cells["year"] < since) | (cells["unit"] != 7)]
        spread.append(conditional(seen, asked, units, TRUE)[1][0, 0])
    never = conditional(cells[cells["unit"] != 7], asked, units, TRUE)[1][0, 0]
    assert (np.diff([*spread, never]) > 0).all()
    # the first years grow like a random walk's, in proportion to the years
    years = np.array([1.0, 5.0])
    one, five = 2 * (1 - np.exp(-years / TRUE.span))
    assert five / one > 4


def test_households_tell_of_paid_amounts_and_back(
    nation: tuple[pd.DataFrame, Units, Target],
) -> None:
    cells, units, target = nation
    for q, other in (QUANTITIES, QUANTITIES[::-1]):
        asked = pd.DataFrame({"unit": [9], "year": target.year, "measure": q})
        others = cells[cells["unit"] != 9]
        told = cells[(cells["unit"] == 9) & (cells["measure"] == other)]
        alone = conditional(others, asked, units, TRUE)[1][0, 0]
        both = conditional(pd.concat([others, told]), asked, units, TRUE)[1][0, 0]
        assert both < 0.6 * alone


def test_a_ledger_tells_units_apart_and_little_of_their_level() -> None:
    cells, units, target = simulated(np.random.default_rng(5), tuple(LOADINGS))
    ledger = cells["measure"] == "ledger"
    seen = cells[(ledger & (cells["unit"] >= 24)) | (~ledger & (cells["unit"] < 24))]
    ledger = seen["measure"] == "ledger"
    places = {"unit": range(24, N), "year": target.year, "measure": "paid"}
    asked = pd.DataFrame(places)
    mean, spread = conditional(seen, asked, units, TRUE)
    without, wide = conditional(seen[~ledger], asked, units, TRUE)
    gap = np.eye(N - 24)[0] - np.eye(N - 24)[1]
    assert gap @ spread @ gap < 0.5 * (gap @ wide @ gap)
    truth = np.log(target.published[1] / target.totals[1] / target.shares)[24:]
    assert np.std(mean - truth) < 0.7 * np.std(without - truth)
    # what a ledger's level may be off by stays
    level = np.full(N - 24, 1 / (N - 24))
    assert level @ spread @ level > 0.5 * MEANS[2]


def test_what_cannot_be_shared_out_is_refused(
    nation: tuple[pd.DataFrame, Units, Target],
) -> None:
    cells, units, target = nation
    rng = np.random.default_rng(1)
    whole = allocate(cells, units, target, TRUE, 3, rng)
    assert (whole == target.published).all()
    published = target.published.copy()
    published[0, : N // 2] = np.nan
    published[0, N // 2 :] *= 10
    much = Target(target.year, target.shares, target.totals, published)
    with pytest.raises(ValueError, match="leave nothing"):
        allocate(cells, units, much, TRUE, 3, rng)
    with pytest.raises(ValueError, match="at least two units"):
        estimate_components(cells[cells["measure"] == "paid"], units)


def test_a_small_remainder_is_not_bound_by_the_total(
    nation: tuple[pd.DataFrame, Units, Target],
) -> None:
    cells, units, target = nation
    least = int(np.argmin(target.shares))
    published = target.published * 1.01  # who moved was counted twice
    truth = target.published[:, least]
    published[:, least] = np.nan
    most = Target(target.year, target.shares, target.totals, published)
    seen = cells[(cells["year"] < target.year) | (cells["unit"] != least)]
    values = allocate(seen, units, most, TRUE, 200, np.random.default_rng(1))
    assert (values[:, :, least].mean(axis=0) / truth < 2).all()
    assert (values[:, :, least].mean(axis=0) / truth > 0.5).all()
