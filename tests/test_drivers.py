"""A driver's lag and effect are found where there are any, and do no harm elsewhere."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike
from shared import shared_data
from sklearn.base import clone

from bemanna.models.domain import Array
from bemanna.models.drivers import DriverEffect

MONTHS, AHEAD = 132, 24


class Panel(NamedTuple):
    """Simulated counts (n, T + H), their driver and each series' true effect (n,)."""

    y: Array
    x: Array
    effects: Array

    def fit(self) -> DriverEffect:
        """Fit without the last months."""
        return DriverEffect().fit(self.y[:, :MONTHS], self.x[:, :MONTHS])


def walk(
    rng: np.random.Generator, shape: tuple[int, ...], sd: float, keep: float = 1
) -> Array:
    """Autoregression along the last axis, from 0."""
    state, path = np.zeros(shape[:-1]), np.empty(shape)
    for t in range(shape[-1]):
        state = keep * state + rng.normal(0, sd, shape[:-1])
        path[..., t] = state
    return path


def simulate(
    seed: int,
    lag: int,
    effect: float,
    *,
    spread: float = 0.02,
    counties: int = 12,
    each: int = 8,
    shock: float = 0.002,
) -> Panel:
    """Draw negative binomial counts with drifting levels and common shocks.

    The driver has a business cycle and a season that counties share, and own moves.
    """
    rng = np.random.default_rng(seed)
    months, n = MONTHS + AHEAD + lag, counties * each
    t = np.arange(months)
    cycle = np.sin(2 * np.pi * (t / rng.uniform(60, 96) + rng.random()))
    nation = cycle + 0.3 * np.cos(np.pi * t / 6) + walk(rng, (months,), 0.12, 0.96)
    load = rng.uniform(0.6, 1.3, counties)[:, None]
    x = 8 + load * nation + walk(rng, (counties, months), 0.06, 0.93)
    x = np.repeat(x, each, axis=0)
    leading, seen = x[:, : months - lag], x[:, lag:]
    drift = walk(rng, (n, months - lag), 0.008)
    common = walk(rng, (months - lag,), shock)
    season = rng.normal(0, 0.06, 12)[np.arange(months - lag) % 12]
    effects = rng.normal(effect, spread, n)
    pull = effects[:, None] * (leading - leading.mean(1, keepdims=True))
    mean = np.exp(rng.normal(2.5, 1, n)[:, None] + drift + common + season + pull)
    y = rng.poisson(mean * rng.gamma(25, 1 / 25, mean.shape)).astype(float)
    return Panel(y, seen, effects)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return simulate(1, 3, 0.08)


@pytest.fixture(scope="module")
def fitted(panel: Panel) -> DriverEffect:
    return panel.fit()


@pytest.mark.parametrize("lag", [0, 3, 6])
def test_lag_and_effect_are_recovered(lag: int) -> None:
    found = [simulate(100 * lag + seed, lag, 0.08).fit() for seed in range(10)]
    assert sum(abs(model.lag_ - lag) <= 1 for model in found) >= 9
    assert all(model.significant_ for model in found)
    assert sum(m.interval.low < 0.08 < m.interval.high for m in found) >= 8
    assert np.mean([model.effect_ for model in found]) == pytest.approx(0.08, abs=0.01)
    assert np.median([model.se_ for model in found]) < 0.015


def test_a_driver_without_effect_does_no_harm() -> None:
    panels = [simulate(seed, 3, 0.0, spread=0.0) for seed in range(12)]
    models = [panel.fit() for panel in panels]
    assert sum(model.significant_ for model in models) <= 2
    for panel, model in zip(panels, models, strict=True):
        history, _ = model.factors(panel.x[:, :MONTHS], panel.x[:, MONTHS:])
        assert np.median(np.abs(history - 1)) < 0.03


def test_a_shock_to_all_counties_is_not_taken_for_evidence() -> None:
    found = [simulate(seed, 3, 0.08, shock=0.006).fit() for seed in range(16)]
    assert sum(m.interval.low < 0.08 < m.interval.high for m in found) >= 12
    calm = simulate(0, 3, 0.08, shock=0.0).fit()
    assert np.mean([model.se_ for model in found]) > 1.3 * calm.se_


def test_series_that_share_a_driver_are_one_witness() -> None:
    county = simulate(2, 3, 0.08, counties=6, each=1, shock=0.01)
    # as if each municipality were counted ten times over
    copies = Panel(*(np.repeat(part, 10, axis=0) for part in county))
    assert copies.fit().se_ > 0.6 * county.fit().se_


def test_series_are_shrunk_by_what_they_know() -> None:
    panels = [simulate(s, 3, 0.08, spread=0.06, counties=20) for s in range(4)]
    models = [panel.fit() for panel in panels]
    assert 0.02 < np.mean([model.spread_ for model in models]) < 0.09
    apart, pooled = [], []
    for panel, model in zip(panels, models, strict=True):
        assert ((model.weight_ >= 0) & (model.weight_ < 1)).all()
        apart.append(np.square(model.effects_ - panel.effects).mean())
        pooled.append(np.square(model.effect_ - panel.effects).mean())
    assert np.mean(apart) < 0.95 * np.mean(pooled)
    size = panels[0].y.mean(1)
    large = size > np.median(size)
    assert models[0].weight_[large].mean() > models[0].weight_[~large].mean()


def test_equal_series_stay_equal() -> None:
    panels = [simulate(s, 3, 0.08, spread=0.0, counties=20) for s in range(4)]
    assert max(float(np.ptp(panel.fit().effects_)) for panel in panels) < 0.02


def test_the_table_of_lags_shows_the_choice(fitted: DriverEffect) -> None:
    table = fitted.lags_
    assert table["lag"].tolist() == list(range(13))
    assert table["lag"].iloc[int(table["loss"].argmin())] == fitted.lag_
    assert table["loss"].min() == 0
    assert table["gain"].max() > 10


def test_factors_are_read_from_lagged_driver(
    panel: Panel, fitted: DriverEffect
) -> None:
    past, future = panel.x[:, :MONTHS], panel.x[:, MONTHS:]
    history, ahead = fitted.factors(past, future)
    np.testing.assert_allclose(np.log(history).mean(1), 0, atol=1e-12)
    np.testing.assert_allclose(history.mean(1), 1, atol=0.03)
    lag = fitted.lag_
    whole = np.concatenate([history, ahead], axis=1)
    ratio = np.log(whole[:, lag + 1 :] / whole[:, lag : lag + 1])
    moved = panel.x[:, 1 : whole.shape[1] - lag] - panel.x[:, :1]
    np.testing.assert_allclose(ratio, fitted.effects_[:, None] * moved, atol=1e-12)
    # before the driver is known, its first value is held
    np.testing.assert_array_equal(whole[:, :lag], whole[:, [lag]].repeat(lag, axis=1))


def test_the_next_months_are_known_whatever_the_scenario(
    panel: Panel, fitted: DriverEffect
) -> None:
    past, lag = panel.x[:, :MONTHS], fitted.lag_
    _, flat = fitted.factors(past, past[:, [-1]].repeat(AHEAD, axis=1))
    _, truth = fitted.factors(past, panel.x[:, MONTHS:])
    # the driver leads
    np.testing.assert_array_equal(flat[:, :lag], truth[:, :lag])
    assert np.ptp(flat[:, lag:], axis=1).max() == 0


def test_draws_carry_the_uncertainty(panel: Panel, fitted: DriverEffect) -> None:
    draws = fitted.draw(np.random.default_rng(0), 4000)
    assert draws.shape == (4000, len(panel.y))
    np.testing.assert_allclose(draws.mean(0), fitted.effects_, atol=0.003)
    assert draws.mean(1).std() == pytest.approx(fitted.se_, rel=0.15)
    _, some = fitted.factors(panel.x[:, :MONTHS], panel.x[:, MONTHS:], draws[:5])
    assert some.shape == (5, len(panel.y), AHEAD)


@pytest.mark.parametrize("months", [5, 12, 23, 24, 30])
def test_too_short_a_history_teaches_nothing_or_little(
    panel: Panel, months: int
) -> None:
    model = DriverEffect().fit(panel.y[:, :months], panel.x[:, :months])
    assert np.isfinite(model.effects_).all()
    assert not model.significant_ or months > 24


def test_a_constant_driver_has_no_effect(panel: Panel) -> None:
    still = np.full((len(panel.y), MONTHS), 7.4)
    model = DriverEffect().fit(panel.y[:, :MONTHS], still)
    assert model.effect_ == 0
    assert np.isinf(model.se_)
    assert not model.significant_
    assert (model.factors(still, still[:, :3])[1] == 1).all()
    assert (model.draw(np.random.default_rng(0), 3) == 0).all()


def test_missing_months_late_starts_and_empty_series(panel: Panel) -> None:
    rng = np.random.default_rng(3)
    y, x = panel.y[:, :MONTHS].copy(), panel.x[:, :MONTHS].copy()
    y[rng.random(y.shape) < 0.1] = np.nan
    y[::3, :60] = np.nan
    y[4] = np.nan
    y[5] = 0
    x[:8, :20] = np.nan
    model = DriverEffect().fit(y, x)
    # half as much is known: the true lag is among those that cannot be told apart
    assert model.lags_["loss"][3] < 2
    assert model.effect_ == pytest.approx(0.08, abs=3 * model.se_)
    assert np.isfinite(model.factors(x, panel.x[:, MONTHS:])[0]).all()
    assert model.weight_[4] == model.weight_[5] == 0


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_series(panel: Panel, n: int) -> None:
    large = np.argsort(-panel.y.mean(1))[:n]
    model = DriverEffect().fit(panel.y[large, :MONTHS], panel.x[large, :MONTHS])
    assert np.isfinite([model.effect_, model.se_]).all()
    assert model.effects_.shape == model.weight_.shape == (n,)


@pytest.mark.parametrize(
    ("y", "x", "message"),
    [
        (np.ones(40), np.ones(40), r"shape \(series, months\)"),
        (np.ones((2, 40)), np.ones((2, 39)), r"\(2, 40\), got \(2, 39\)"),
        (-np.ones((2, 40)), np.ones((2, 40)), r"got -1\.0"),
        (np.full((2, 40), np.inf), np.ones((2, 40)), "got inf"),
        (np.ones((1, 3)), [[1, np.nan, 1]], "got 1 values"),
        (np.ones((1, 3)), [[np.nan, np.nan, np.nan]], "got 3 values"),
        (np.ones((1, 3)), [[np.inf, 1, 1]], "got 1 values"),
    ],
)
def test_bad_input_is_refused(y: ArrayLike, x: ArrayLike, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DriverEffect().fit(y, x)


def test_bad_scenarios_are_refused(panel: Panel, fitted: DriverEffect) -> None:
    past = panel.x[:, :MONTHS]
    broken = past[:, :2].copy()
    broken[0, 0] = np.nan
    with pytest.raises(ValueError, match="got 1 values"):
        fitted.factors(past, broken)
    with pytest.raises(ValueError, match=r"\(96, months\), got \(2, 132\)"):
        fitted.factors(past[:2], past[:2])
    with pytest.raises(ValueError, match="max_lag must be at least 0"):
        clone(DriverEffect()).set_params(max_lag=-1).fit(panel.y, panel.x)


@pytest.mark.parametrize("left_out", [24, 36, 48, 60, 72])
def test_lead_of_three_months_in_every_window_of_the_shared_panel(
    left_out: int,
) -> None:
    table = pd.read_parquet(shared_data("bench/sim_kommun_monthly.parquet"))
    table = table.sort_values(["unique_id", "ds"])
    shape = (table["unique_id"].nunique(), table["ds"].nunique())
    y, x = (
        table[name].to_numpy(dtype=float).reshape(shape)[:, :-left_out]
        for name in ("y", "unemployment")
    )
    model = DriverEffect().fit(y, x)
    assert abs(model.lag_ - 3) <= 1
    assert model.significant_
    assert model.interval.low < 0.08 < model.interval.high
