"""Small units borrow from larger wholes, by a stated weight."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bemanna.models.pooling import MOST_SHAPE, draw_factors, pool, shape_between

COUNTIES, EACH = 12, 20


def drawn(
    rng: np.random.Generator, county: float, unit: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Units of very different size in counties, with the factors they were drawn from.

    `county` and `unit` are coefficients of variation; 0 = all alike.
    """

    def factors(variation: float, n: int) -> np.ndarray:
        if not variation:
            return np.ones(n)
        return rng.gamma(variation**-2, variation**2, n)

    places = np.repeat(np.arange(COUNTIES), EACH)
    truth = factors(county, COUNTIES)[places] * factors(unit, COUNTIES * EACH)
    expected = np.exp(rng.normal(2.5, 1.2, len(truth)))
    table = pd.DataFrame(
        {
            "county": [f"c{i:02d}" for i in places],
            "unit": [f"u{i:03d}" for i in range(len(truth))],
            "observed": rng.poisson(truth * expected),
            "expected": expected,
        }
    )
    return table, truth


def test_pooling_beats_own_figures_and_the_whole() -> None:
    rng = np.random.default_rng(3)
    errors = []
    for _ in range(10):
        table, truth = drawn(rng, county=0.25, unit=0.3)
        found = pool(table, ("county", "unit"))
        alone = pool(table)
        errors.append(
            [
                np.square(guess - truth).mean()
                for guess in (found["factor"], alone["factor"], found["own"], 1.0)
            ]
        )
    nested, flat, own, whole = np.mean(errors, axis=0)
    assert nested < flat < min(own, whole)


def test_intervals_cover_what_units_were_drawn_from() -> None:
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(20):
        table, truth = drawn(rng, county=0.0, unit=0.3)
        found = pool(table)
        inside.append((found["low"] <= truth) & (truth <= found["high"]))
    assert 0.92 < np.mean(inside) < 0.98


def test_units_that_are_alike_get_the_same_factor() -> None:
    table, _ = drawn(np.random.default_rng(5), county=0.0, unit=0.0)
    found = pool(table, ("county", "unit"))
    assert np.ptp(found["factor"]) < 0.3
    assert found["weight"].median() < 0.2


def test_the_weight_is_the_share_of_own_evidence() -> None:
    table, _ = drawn(np.random.default_rng(6), county=0.2, unit=0.3)
    found = pool(table, ("county", "unit"))
    mixed = found["weight"] * found["own"] + (1 - found["weight"]) * found["group"]
    np.testing.assert_allclose(found["factor"], mixed)
    ordered = found.sort_values("expected")
    assert ordered["weight"].tail(20).mean() > ordered["weight"].head(20).mean() + 0.3


def test_a_unit_without_exits_borrows() -> None:
    table, _ = drawn(np.random.default_rng(7), county=0.0, unit=0.3)
    table.loc[0, ["observed", "expected"]] = [0, 2.0]
    found = pool(table).loc["u000"]
    assert found["own"] == 0
    assert 0 < found["low"] < found["factor"] < found["group"]


def test_one_unit_keeps_its_own_factor() -> None:
    table = pd.DataFrame({"unit": ["a", "a"], "observed": [4, 8], "expected": [5, 5]})
    found = pool(table)
    assert found["factor"].item() == pytest.approx(1.2)
    assert shape_between(np.array([12.0]), np.array([10.0])) == MOST_SHAPE
    with pytest.raises(ValueError, match="expected exits above 0"):
        pool(table.assign(expected=0.0))


def test_draws_follow_the_intervals() -> None:
    table, _ = drawn(np.random.default_rng(8), county=0.2, unit=0.3)
    found = pool(table, ("county", "unit"))
    draws = draw_factors(found, np.random.default_rng(1), 8000)
    np.testing.assert_allclose(draws.mean(0), found["factor"], rtol=0.05)
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(low, found["low"], rtol=0.1, atol=0.02)
    np.testing.assert_allclose(high, found["high"], rtol=0.1)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.floats(0.1, 500)), min_size=2, max_size=9
    )
)
def test_a_factor_lies_between_its_own_and_its_groups(
    counts: list[tuple[int, float]],
) -> None:
    observed, expected = zip(*counts, strict=True)
    units = [str(i) for i in range(len(counts))]
    table = pd.DataFrame({"unit": units, "observed": observed, "expected": expected})
    found = pool(table)
    ends = found[["own", "group"]]
    assert (found["factor"] >= ends.min(axis=1) - 1e-9).all()
    assert (found["factor"] <= ends.max(axis=1) + 1e-9).all()
    assert found["weight"].between(0, 1).all()
