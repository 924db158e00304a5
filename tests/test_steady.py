"""Yearly figures of a steady caseload, against one simulated case by case."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bemanna.models.caseload import MONTHS, occupancy
from bemanna.models.steady import hazard_of, shape_of, spared_months, year_of


def simulated_year(
    hazard: np.ndarray, rng: np.random.Generator, each: int = 40
) -> tuple[float, float, float]:
    """Let households come for thirty years; what is seen of them in the last one."""
    months = 12 * 30
    first = np.repeat(np.arange(months), each)
    chance = np.append(hazard, np.full(months, hazard[-1]))[:months]
    left = rng.random((len(first), months)) < chance
    spell = np.where(left.any(1), left.argmax(1) + 1, months)  # months served
    end = np.minimum(first + spell, months)
    seen = np.clip(end - np.maximum(first, months - 12), 0, 12)
    seen = seen[seen > 0]
    return len(seen) / each, float(seen.mean()), float((seen >= 10).mean())


def test_a_year_is_as_counted_household_by_household() -> None:
    hazard = hazard_of(6.6, 0.8)
    told = year_of(hazard)
    rng = np.random.default_rng(1)
    found = np.array([simulated_year(hazard, rng) for _ in range(30)])
    se = found.std(0, ddof=1) / len(found) ** 0.5
    apart = found.mean(0) - [told.households, told.mean_months, told.long_share]
    # a few of those who would still be there came before the thirty years
    assert (np.abs(apart) < 4 * se + [0.02 * told.households, 0.03, 0.01]).all()


@given(st.floats(3.0, 11.0), st.floats(0.0, 1.2))
def test_a_level_gives_back_its_months(months: float, shape: float) -> None:
    hazard = hazard_of(months, shape)
    assert year_of(hazard).mean_months == pytest.approx(months, abs=1e-6)
    assert (np.diff(hazard) <= 1e-12).all()
    assert occupancy(hazard[None]).sum() == pytest.approx(year_of(hazard).stock)
    assert hazard.shape == (MONTHS,)


def test_the_shape_gives_back_the_long_share() -> None:
    shape = shape_of(6.6, 0.40)
    assert year_of(hazard_of(6.6, shape)).long_share == pytest.approx(0.40, abs=1e-6)
    # the same months with exits that do not fall would leave fewer for long
    assert year_of(hazard_of(6.6, 0.0)).long_share < 0.35


@pytest.mark.parametrize("months", [0.5, 1.0, 12.0, 20.0])
def test_months_that_no_year_has_are_refused(months: float) -> None:
    with pytest.raises(ValueError, match="months in a year"):
        hazard_of(months, 0.5)


def test_a_share_that_no_falling_hazard_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no falling hazard"):
        shape_of(6.6, 0.10)


def test_months_spared_are_those_left_when_one_leaves_a_month_early() -> None:
    """Against a count: who is kept at the door stays on for so many months more."""
    hazard = hazard_of(6.6, 0.8)
    rng = np.random.default_rng(5)
    chance = np.append(hazard, np.full(1_200, hazard[-1]))
    left = rng.random((4_000, len(chance))) < chance
    first = left.argmax(1)
    left[np.arange(len(left)), first] = False
    more = left.argmax(1) - first
    apart = more.mean() - spared_months(hazard[None])[0]
    assert abs(apart) < 4 * more.std() / len(more) ** 0.5
