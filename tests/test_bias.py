"""Errors that a whole panel shares: corrected when they last, else left alone."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from shared import shared_data

from bemanna.models import bias
from bemanna.models.conformal import own_sizes
from bemanna.models.inflow import PanelForecaster
from bemanna.models.members import MEMBERS, Ahead
from bemanna.models.weighing import Backcast

AHEAD, SERIES = 12, 60
Array = NDArray[np.float64]


def windows(means: list[float], series: int = SERIES, apart: int = AHEAD) -> Backcast:
    """Windows of every series at as many origins as means, with no content."""
    count = series * len(means)
    origin = np.repeat(np.arange(1, len(means) + 1), series)
    nothing = np.zeros((count, AHEAD))
    ahead = Ahead(
        np.zeros((count, len(MEMBERS), AHEAD)),
        nothing,
        nothing,
        np.full(count, -1),
    )
    who = np.tile(np.arange(series), len(means))
    return Backcast(ahead, nothing, np.ones(count), who, origin, origin * apart)


def errors(means: list[float], rng: np.random.Generator, series: int = SERIES) -> Array:
    """Draw errors of every series around the mean error of each origin."""
    middle = np.repeat(means, series)[:, None]
    return middle + rng.standard_normal((series * len(means), AHEAD))


def lean(means: list[float], seed: int = 1, series: int = SERIES, apart: int = AHEAD):
    z = errors(means, np.random.default_rng(seed), series)
    return bias.lean(z, windows(means, series, apart))


def test_an_error_that_lasts_is_mostly_expected_again() -> None:
    assert lean([-1.0, -1.1, -0.9]).mean() == pytest.approx(-0.9, abs=0.2)
    assert lean([1.0, 1.1, 0.9]).mean() == pytest.approx(0.9, abs=0.2)


@pytest.mark.parametrize(
    "means", [[0.6, -0.6], [0.1, 0.1, 0.1], [1.5, -0.5, -0.4], [0.0, 0.0]]
)
def test_what_is_small_or_comes_with_either_sign_is_left_alone(
    means: list[float],
) -> None:
    assert (lean(means) == 0).all()


def test_few_series_or_one_window_say_nothing_of_a_panel() -> None:
    assert (lean([-1.0, -1.0, -1.0], series=bias.FEWEST_SERIES - 1) == 0).all()
    assert (lean([-1.0]) == 0).all()
    nothing = np.full((2 * SERIES, AHEAD), np.nan)
    assert (bias.lean(nothing, windows([0.0, 0.0])) == 0).all()
    nothing[:, :4] = -1.0  # the last months have not come yet
    assert (bias.lean(nothing, windows([0.0, 0.0]))[-2:] == 0).all()


def test_windows_that_overlap_are_no_new_evidence() -> None:
    means = [-0.8, -0.8, -0.8]
    assert np.abs(lean(means, apart=1)).mean() < np.abs(lean(means)).mean()


@pytest.mark.parametrize(
    ("lasting", "shock", "most"), [(0, 0.3, 1.05), (0, 0.5, 1.1), (0.4, 0.3, 0.7)]
)
def test_correcting_pays_and_costs_little_where_nothing_lasts(
    lasting: float, shock: float, most: float
) -> None:
    rng = np.random.default_rng(7)
    before, after = [], []
    for _ in range(400):
        means = rng.normal(0, lasting) + rng.normal(0, shock, 4)
        past = list(means[:3])
        found = bias.lean(errors(past, rng), windows(past))
        before.append(np.square(means[3]))
        after.append(np.square(means[3] - found).mean())
    assert np.mean(after) < most * np.mean(before)


def test_widths_follow_the_errors_of_a_series_but_not_of_the_window_itself() -> None:
    rng = np.random.default_rng(3)
    means = [0.0, 0.0, 0.0]
    z = errors(means, rng)
    rough = windows(means).series >= SERIES // 2
    z[rough] *= 2
    sizes, others = own_sizes(z, windows(means).series, SERIES)
    assert 1.1 < np.median(sizes[SERIES // 2 :]) / np.median(sizes[: SERIES // 2]) < 2
    z[0] = 3.0  # one wild window of a calm series
    wild, beside = own_sizes(z, windows(means).series, SERIES)
    assert wild[0] > sizes[0]
    usual = wild[1] / sizes[1]  # the panel's own level moved a little
    assert beside[0] == pytest.approx(others[0] * usual, rel=0.02)
    none, _ = own_sizes(np.full((4, AHEAD), np.nan), np.arange(4), 4)
    np.testing.assert_allclose(none, 1)


def test_a_decline_that_all_forecasts_missed_is_told_and_expected() -> None:
    table = pd.read_csv(
        shared_data("us_newyork_public_assistance_monthly_district.csv")
    )
    wide = table.pivot(index="month", columns="district", values="ta_cases")  # noqa: PD010
    wide = wide.set_axis(pd.to_datetime(wide.index + "-01")).dropna(how="all")
    wide = wide.loc[:, wide.notna().mean() > 0.9].interpolate().bfill()
    known, later = wide.iloc[:-AHEAD], wide.iloc[-AHEAD:]
    long = known.rename_axis("ds").reset_index()
    long = long.melt("ds", var_name="unique_id", value_name="y")
    model = PanelForecaster(AHEAD).fit(long)
    assert model.lean_.iloc[-1] < -0.01
    mean = model.outlook_.mean
    before = mean / (1 + model.lean_.to_numpy())
    truth = later[list(model.labels_)].to_numpy().T
    assert (np.abs(mean / truth - 1).mean()) < np.abs(before / truth - 1).mean()
