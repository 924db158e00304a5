"""A change split into bars: nothing is lost, nothing is counted twice."""

from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bemanna.models.domain import Interval
from bemanna.optimisation.decompose import Factors, decompose

# whole numbers: sums and products are exact, so that equal means equal
WHOLE = st.integers(-99, 99)
PAIRS = st.dictionaries(
    st.sampled_from("abcde"), st.tuples(WHOLE, WHOLE), min_size=1, max_size=5
)


def product(f: Factors) -> Any:
    return np.prod([float(x) for x in f.values()])


def split(pairs: dict[str, tuple[Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {n: p[0] for n, p in pairs.items()}, {n: p[1] for n, p in pairs.items()}


@given(PAIRS)
def test_additive_factors_do_not_interact(pairs: dict[str, tuple[int, int]]) -> None:
    found = decompose(lambda f: sum(f.values()), *split(pairs))
    assert found.interaction.mean == 0
    assert found.alone == found.steps
    assert [bar.mean for bar in found.alone] == [b - a for a, b in pairs.values()]


@given(PAIRS, st.randoms())
def test_bars_and_interaction_are_the_whole_change(pairs: Any, random: Any) -> None:
    order = random.sample(sorted(pairs), len(pairs))
    found = decompose(product, *split(pairs), order)
    change = found.end.mean - found.start.mean
    alone = sum(bar.mean for bar in found.alone)
    assert alone + found.interaction.mean == change
    assert sum(bar.mean for bar in found.steps) == change
    assert found.totals()[-1].mean == found.end.mean
    assert [bar.name for bar in found.steps] == order


@given(PAIRS)
def test_lone_bars_do_not_hang_on_the_order(pairs: Any) -> None:
    first, *others = (
        decompose(product, *split(pairs), order) for order in permutations(pairs)
    )
    lone = {bar.name: bar.mean for bar in first.alone}
    for other in others:
        assert {bar.name: bar.mean for bar in other.alone} == lone
        assert other.interaction.mean == first.interaction.mean


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=6))
def test_any_numbers_add_up_to_rounding(numbers: list[float]) -> None:
    pairs = dict(zip("abc", zip(numbers[:3], numbers[3:], strict=True), strict=True))
    found = decompose(product, *split(pairs))
    bars = [bar.mean for bar in (*found.alone, found.interaction)]
    scale = max(map(abs, [*bars, found.start.mean, found.end.mean]))
    change = found.end.mean - found.start.mean
    assert abs(sum(bars) - change) <= 1e-14 * scale


def test_two_factors_that_multiply() -> None:
    # price 2 -> 3 and volume 10 -> 14: 10 by price, 8 by volume, 4 by both
    def sales(f: Factors) -> float:
        return float(f["price"]) * float(f["volume"])

    found = decompose(sales, {"price": 2, "volume": 10}, {"price": 3, "volume": 14})
    assert [bar.mean for bar in found.alone] == [10, 8]
    assert found.interaction.mean == 4
    assert [bar.mean for bar in found.steps] == [10, 12]
    other = decompose(
        sales,
        {"price": 2, "volume": 10},
        {"price": 3, "volume": 14},
        order=["volume", "price"],
    )
    assert [bar.mean for bar in other.steps] == [8, 14]
    assert found.end.interval is None


def test_factors_may_be_anything() -> None:
    found = decompose(
        lambda f: float(f["rule"](f["share"])),
        {"rule": lambda x: x, "share": Fraction(1, 4)},
        {"rule": lambda x: 1 - x, "share": Fraction(1, 2)},
    )
    assert [bar.mean for bar in found.alone] == [0.5, 0.25]
    assert found.interaction.mean == -0.5


def test_draws_are_taken_one_by_one() -> None:
    rng = np.random.default_rng(3)
    effect, price = rng.normal(1.0, 0.3, 4000), rng.normal(5.0, 1.0, 4000)
    found = decompose(
        lambda f: f["effect"] * f["price"],
        {"effect": 1.0, "price": 2.0},
        {"effect": effect, "price": price},
    )
    assert found.start.interval is None
    by_effect, by_price = found.alone
    assert by_effect.interval == Interval.of(2.0 * effect - 2.0)
    np.testing.assert_allclose(by_price.values, price - 2.0)
    together = (effect - 1) * (price - 2)
    np.testing.assert_allclose(found.interaction.values, together, atol=1e-12)
    np.testing.assert_allclose(found.totals()[-1].values, effect * price)
    # a draw shared by two levels cancels in the bar between them
    shared = decompose(
        lambda f: effect + f["added"], {"added": 0.0}, {"added": np.array(2.0)}
    )
    np.testing.assert_allclose(shared.steps[0].values, 2.0)


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(ValueError, match=r"before and an after, not so \['b'\]"):
        decompose(product, {"a": 1}, {"a": 1, "b": 2})
    for order in (["a"], ["a", "a"], ["a", "c"]):
        with pytest.raises(ValueError, match="order must name"):
            decompose(product, {"a": 1, "b": 1}, {"a": 1, "b": 2}, order)
    with pytest.raises(ValueError, match="with a changed"):
        decompose(lambda f: np.inf if f["a"] else 0.0, {"a": 0}, {"a": 1})
    with pytest.raises(ValueError, match=r"got shape \(2, 2\)"):
        decompose(lambda f: np.zeros((2, 2)), {"a": 0}, {"a": 1})
