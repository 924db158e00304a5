"""Sums are sums, and reconciled forecasts keep what base forecasts know."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from bemanna.models.domain import Array
from bemanna.models.hierarchy import Hierarchy
from bemanna.models.reconcile import MinT, correlation, nearest, variances


def keys_of(counties: int, per_county: int) -> pd.DataFrame:
    """One row per municipality and segment, municipalities nested in counties."""
    rows = [
        (f"L{c}", f"K{c}.{k}", s)
        for c in range(counties)
        for k in range(per_county)
        for s in "AB"
    ]
    keys = pd.DataFrame(rows, columns=["county", "municipality", "segment"])
    return keys.set_index(keys["municipality"] + "/" + keys["segment"])


@pytest.fixture(scope="module")
def hierarchy() -> Hierarchy:
    return Hierarchy.of(keys_of(3, 4))


def noise(hierarchy: Hierarchy, seed: int, windows: int, months: int) -> Array:
    """Errors of forecasts: what happens to all alike, one for each level, own ones."""
    rng = np.random.default_rng(seed)
    size: Array = np.sqrt(np.asarray(hierarchy.sums.sum(1)))[:, None]
    coherent = rng.normal(0, 2, (windows, hierarchy.n_bottom, months))
    names = list(dict.fromkeys(hierarchy.level))
    drift = rng.normal(0, 1, (windows, len(names), 1))
    at = [names.index(level) for level in hierarchy.level]
    own = rng.normal(0, 1.5, (windows, len(hierarchy.labels), months))
    own += drift[:, at]
    return hierarchy.aggregate(coherent) + own * size


def incoherence(hierarchy: Hierarchy, values: Array) -> float:
    """Largest distance from a sum to its parts."""
    sums = hierarchy.aggregate(values[..., hierarchy.n_aggregates :, :])
    return float(np.abs(values - sums).max())


def test_labels_levels_and_order(hierarchy: Hierarchy) -> None:
    assert hierarchy.labels[:2] == ("total", "county=L0")
    assert hierarchy.labels[-1] == "K2.3/B"
    assert list(dict.fromkeys(hierarchy.level)) == [
        "total",
        "county",
        "municipality",
        "segment",
        "bottom",
    ]
    assert len(hierarchy.labels) == 1 + 3 + 12 + 2 + 24


def test_levels_that_repeat_others_are_left_out() -> None:
    keys = keys_of(2, 2).assign(country="SE")
    keys["code"] = keys["county"].str.lower()
    crossed = [["county", "segment"], ["municipality", "segment"]]
    built = Hierarchy.of(keys, [["country"], ["county"], ["code"], *crossed])
    assert list(dict.fromkeys(built.level)) == [
        "total",
        "county",
        "county|segment",
        "bottom",
    ]
    assert "county=L1|segment=B" in built.labels


def test_aggregate_adds_up_and_shows_gaps(hierarchy: Hierarchy) -> None:
    values = np.arange(2.0 * 24 * 3).reshape(2, 24, 3)
    values[1, 0, 2] = np.nan  # K0.0/A
    sums = hierarchy.aggregate(values)
    assert sums.shape == (2, len(hierarchy.labels), 3)
    np.testing.assert_allclose(sums[0, 0], values[0].sum(0))
    gaps = {hierarchy.labels[i] for i in np.flatnonzero(np.isnan(sums[1, :, 2]))}
    expected = {"total", "county=L0", "municipality=K0.0", "segment=A", "K0.0/A"}
    assert gaps == expected
    assert np.isfinite(sums[1, :, :2]).all()


def test_keys_with_gaps_or_equal_labels_are_refused() -> None:
    keys = keys_of(1, 2)
    with pytest.raises(ValueError, match="no gaps"):
        Hierarchy.of(keys.assign(segment=None))
    with pytest.raises(ValueError, match="differ"):
        Hierarchy.of(keys.set_axis(["a", "b", "a", "c"]))


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    windows=st.integers(1, 3),
    months=st.integers(1, 15),
    hole=st.floats(0, 1),
    level=st.floats(-2, 5),
)
def test_coherent_and_non_negative_whatever_comes(
    seed: int, windows: int, months: int, hole: float, level: float
) -> None:
    built = Hierarchy.of(keys_of(2, 3))
    rng = np.random.default_rng(seed)
    errors = noise(built, seed, windows, months)
    errors[rng.random(errors.shape) < hole] = np.nan
    mint = MinT.learn(built, errors)
    means = rng.normal(level, 3, (len(built.labels), 4))
    paths = rng.normal(level, 3, (5, len(built.labels), 4))
    for values in (means, paths):
        got = mint.reconcile(values)
        assert got.shape == values.shape
        assert incoherence(built, got) < 1e-8
        assert (got >= 0).all()


def test_coherent_forecasts_stay_and_the_mean_is_kept(hierarchy: Hierarchy) -> None:
    mint = MinT.learn(hierarchy, noise(hierarchy, 1, 2, 12))
    rng = np.random.default_rng(2)
    coherent = hierarchy.aggregate(rng.gamma(2, 5, (7, hierarchy.n_bottom, 6)))
    np.testing.assert_allclose(mint.reconcile(coherent), coherent, rtol=1e-10)
    np.testing.assert_allclose(mint.reconcile(coherent[0]), coherent[0], rtol=1e-10)
    s = hierarchy.sums.toarray()
    np.testing.assert_allclose(s @ mint.projection @ s, s, atol=1e-10)
    # what is linear may be done to the mean or to each path
    base = coherent + rng.normal(0, 0.1, coherent.shape)
    np.testing.assert_allclose(
        mint.reconcile(base).mean(0), mint.reconcile(base.mean(0)), rtol=1e-10
    )


def test_projection_is_the_generalised_least_squares_one(hierarchy: Hierarchy) -> None:
    errors = noise(hierarchy, 3, 3, 24)
    size = np.sqrt(variances(hierarchy, errors))
    shrunk = correlation(hierarchy, errors / size[:, None], 24)
    r = shrunk.factors @ shrunk.core @ shrunk.factors.T + np.diag(shrunk.diagonal)
    np.testing.assert_allclose(np.diag(r), 1)
    assert np.linalg.eigvalsh(r)[0] > 0
    precision = np.linalg.inv(r * np.outer(size, size))
    s = hierarchy.sums.toarray()
    mint = MinT.learn(hierarchy, errors)
    covariance = np.linalg.inv(s.T @ precision @ s)
    np.testing.assert_allclose(mint.covariance, covariance, rtol=1e-6, atol=1e-9)
    expected = covariance @ s.T @ precision
    np.testing.assert_allclose(mint.projection, expected, atol=1e-8)


def test_shrinkage_matches_the_sums_over_pairs(hierarchy: Hierarchy) -> None:
    # white noise with a strong link, so that no intensity ends at a bound
    rng = np.random.default_rng(4)
    n, months, off = (
        len(hierarchy.labels),
        400,
        ~np.eye(len(hierarchy.labels), dtype=bool),
    )
    z = rng.normal(size=(n, months))
    z[-8:] += rng.normal(size=months)
    z /= np.sqrt((z**2).mean(1, keepdims=True))
    got = correlation(hierarchy, z.reshape(n, 40, 10).transpose(1, 0, 2), 10)
    r, target = z @ z.T / months, np.eye(n)
    code = pd.factorize(np.array(hierarchy.level))[0]
    for i, j in np.argwhere(off):
        alike = np.outer(code == code[i], code == code[j]) & off
        target[i, j] = (1 - got.levels) * r[alike].mean()
    variance = ((z**2) @ (z**2).T / months - r**2)[off].sum() / months
    naive = variance / ((r - target)[off] ** 2).sum()
    assert 0.02 < naive < 0.9
    assert got.pairs == pytest.approx(naive, rel=0.05)  # nearly all months count


def test_dependent_months_and_overlaps_shrink_more(hierarchy: Hierarchy) -> None:
    rng = np.random.default_rng(5)
    walk = rng.normal(size=(2, len(hierarchy.labels), 36))
    walk[:, -8:] += 2 * rng.normal(size=(2, 1, 36))
    white = MinT.learn(hierarchy, walk).shrinkage
    overlapping = MinT.learn(hierarchy, walk, apart=3).shrinkage
    slow = MinT.learn(hierarchy, np.repeat(walk[:, :, ::3], 3, axis=2)).shrinkage
    assert overlapping[0] > white[0]
    assert overlapping[1] > white[1]
    assert slow[0] > white[0]
    assert slow[1] > white[1]


def test_nearer_the_truth_than_base_and_bottom_up(hierarchy: Hierarchy) -> None:
    scores = []
    for seed in range(20):
        errors = noise(hierarchy, seed, 3, 12)
        mint = MinT.learn(hierarchy, errors[:2])
        rng = np.random.default_rng(1000 + seed)
        truth = hierarchy.aggregate(rng.gamma(5, 10, (hierarchy.n_bottom, 12)))
        base = truth - errors[2]
        bottom_up = hierarchy.aggregate(base[hierarchy.n_aggregates :])
        size = np.sqrt(np.asarray(hierarchy.sums.sum(1)))[:, None]
        scores.append(
            [
                (((got - truth) / size) ** 2).mean()
                for got in (mint.reconcile(base), base, bottom_up)
            ]
        )
    ours, from_base, from_bottom = np.mean(scores, axis=0)
    assert ours < min(0.97 * from_base, 0.85 * from_bottom)


def test_a_bias_of_the_parts_is_met_by_the_total() -> None:
    built = Hierarchy.of(keys_of(4, 5))
    rng = np.random.default_rng(6)
    bias = np.where(np.array(built.level) == "bottom", 3.0, 0.0)[None, :, None]
    errors = rng.normal(0, 2, (2, len(built.labels), 12)) + bias
    truth = built.aggregate(np.full((built.n_bottom, 12), 30.0))
    base = truth - rng.normal(0, 2, truth.shape) - bias[0]
    got = MinT.learn(built, errors).reconcile(base)
    parts = built.aggregate(base[built.n_aggregates :])
    assert abs((got - truth)[0].mean()) < 0.1 * abs((parts - truth)[0].mean())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 30), level=st.floats(-2, 2))
def test_nearest_is_the_least_squares_solution(seed: int, n: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, n + 3)) * rng.gamma(1, 10, (n, 1))
    covariance = root @ root.T
    bottom = rng.normal(level, 1, n) * np.sqrt(np.diag(covariance))
    bottom[0] = -abs(bottom[0])
    half = np.linalg.inv(np.linalg.cholesky(covariance))
    best, _ = nnls(half, half @ bottom)
    got = nearest(bottom, covariance)
    assert (got >= 0).all()
    np.testing.assert_allclose(got, best, atol=1e-6 * np.abs(bottom).max())


def test_paths_keep_their_reconciled_total(hierarchy: Hierarchy) -> None:
    mint = MinT.learn(hierarchy, noise(hierarchy, 7, 1, 12))
    rng = np.random.default_rng(8)
    paths = rng.normal(1, 2, (50, len(hierarchy.labels), 6))
    free = np.einsum("bn,pnh->pbh", mint.projection, paths)
    assert (free < 0).any()
    got = mint.reconcile(paths)
    np.testing.assert_allclose(got[:, 0], np.maximum(free.sum(1), 0), atol=1e-9)


def test_degenerate_errors(hierarchy: Hierarchy) -> None:
    n = len(hierarchy.labels)
    base = hierarchy.aggregate(np.full((24, 3), 5.0))
    base[0] += 10
    zeros, gaps = np.zeros((1, n, 12)), np.full((2, n, 12), np.nan)
    single, dead = noise(hierarchy, 9, 1, 1), noise(hierarchy, 10, 1, 12)
    constant = np.broadcast_to(np.arange(1.0, n + 1)[:, None], (1, n, 12))
    emptied = dead.copy()
    emptied[:, -6:] = np.nan
    dead[:, [4, -24, -23]] = 0  # a municipality that never has a case
    base[[4, -24, -23]] = 0
    for errors in (zeros, gaps, single, dead, constant, emptied):
        mint = MinT.learn(hierarchy, errors)
        got = mint.reconcile(base)
        assert np.isfinite(got).all()
        assert incoherence(hierarchy, got) < 1e-8
        assert all(0 <= share <= 1 for share in mint.shrinkage)
    stays = MinT.learn(hierarchy, dead).reconcile(base)[[4, -24, -23]]
    assert stays.max() < 0.05


def test_one_bottom_series_is_left_as_it_is() -> None:
    built = Hierarchy.of(keys_of(1, 1).iloc[:1])
    assert built.labels == ("K0.0/A",)
    mint = MinT.learn(built, np.ones((1, 1, 12)))
    np.testing.assert_allclose(mint.reconcile(np.array([[3.0, -1.0]])), [[3.0, 0.0]])


def test_wrong_shapes_and_gaps_are_refused(hierarchy: Hierarchy) -> None:
    n = len(hierarchy.labels)
    mint = MinT.learn(hierarchy, noise(hierarchy, 11, 1, 12))
    with pytest.raises(ValueError, match="shape"):
        MinT.learn(hierarchy, np.zeros((n, 12)))
    with pytest.raises(ValueError, match="shape"):
        mint.reconcile(np.zeros((n - 1, 12)))
    with pytest.raises(ValueError, match="shape"):
        hierarchy.aggregate(np.zeros((n, 12)))
    with pytest.raises(ValueError, match="finite"):
        mint.reconcile(np.full((n, 12), np.nan))


def test_a_country_adds_up() -> None:
    built = Hierarchy.of(keys_of(20, 14))
    errors = noise(built, 12, 2, 24)
    base = np.abs(np.random.default_rng(13).normal(0, 3, (len(built.labels), 24)))
    found = MinT.learn(built, errors).reconcile(base)
    assert incoherence(built, found) < 1e-8
    assert (found >= 0).all()
