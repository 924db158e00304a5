"""The batched engine agrees with statsmodels, with plain loops and with itself.

Parameters are fixed, so that nothing hides behind an optimiser: one-step errors,
states, likelihoods, forecasts and variances are compared to rounding.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel, ThetaModelResults
from statsmodels.tsa.seasonal import seasonal_decompose
from statsmodels.tsa.statespace.sarimax import SARIMAX

from bemanna.models import averaging, sarima, scoring, seasons, smoothing, theta
from bemanna.models.averaging import Averaged, Fits
from bemanna.models.domain import Array
from bemanna.models.sarima import Model
from bemanna.models.smoothing import Grid, States

M = 12
HORIZON = 30
START = np.zeros(1, dtype=int)

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=10, deadline=None)


def close(found: Any, wanted: Any, to: float = 1e-8) -> None:
    """Differences are measured by the largest number: zeros are hit to rounding."""
    wanted = np.asarray(wanted, dtype=float)
    np.testing.assert_allclose(found, wanted, rtol=to, atol=to * np.abs(wanted).max())


def counts(months: int, seed: int, m: int = M) -> Array:
    """Return one positive series with a season, a drift and a wandering level."""
    rng = np.random.default_rng(seed)
    season = 0.25 * np.sin(2 * np.pi * np.arange(months) / m)
    level = 4 + 0.004 * np.arange(months) + rng.normal(0, 0.03, months).cumsum()
    y: Array = np.exp(level + season + rng.normal(0, 0.08, months))
    return y


def ragged(lengths: list[int], seed: int = 1) -> tuple[Array, Array]:
    """Return a right-aligned panel, longest first, and its first months."""
    lengths = sorted(lengths, reverse=True)
    y = np.full((len(lengths), lengths[0]), np.nan)
    for i, months in enumerate(lengths):
        y[i, -months:] = counts(months, seed + i)
    return y, lengths[0] - np.array(lengths)


def criterion(log_likelihood: float, months: int, free: float) -> float:
    """AICc without the constants that models of one series share."""
    fit = -2 * log_likelihood - months * (np.log(2 * np.pi) + 1)
    return float(fit) + 2 * free + 2 * free * (free + 1) / max(months - free - 1, 1)


# Exponential smoothing


class Ets(NamedTuple):
    """One set of parameters; a negative `gamma` is no season, `phi` 0 no trend."""

    alpha: float
    beta: float = 0.0
    phi: float = 0.0
    gamma: float = -1.0

    @property
    def grid(self) -> Grid:
        """These parameters alone, in the engine."""
        return Grid.of([(self.alpha, self.beta, self.phi, max(self.gamma, 0), 0)])

    def fit(self, y: Array, level: float, slope: float, season: Array) -> Any:
        """Smooth with statsmodels from the same states."""
        seasonal, trended, damped = self.gamma >= 0, self.phi > 0, 0 < self.phi < 1
        model = ETSModel(
            pd.Series(y),
            error="add",
            trend="add" if trended else None,
            damped_trend=damped,
            seasonal="add" if seasonal else None,
            seasonal_periods=len(season) if seasonal else None,
            initialization_method="known",
            initial_level=level,
            initial_trend=slope if trended else None,
            initial_seasonal=season if seasonal else None,
        )
        params = [self.alpha]
        params += [self.beta] if trended else []
        params += [self.gamma] if seasonal else []
        params += [self.phi] if damped else []
        return model.smooth(params)


ETS = [
    Ets(0.02),
    Ets(0.95),
    Ets(0.3, gamma=0.15),
    Ets(0.6, gamma=0.0),
    Ets(0.05, gamma=0.3),
    *(Ets(0.2, 0.2 * b, phi) for b in (0.01, 0.2) for phi in smoothing.DAMPINGS),
    Ets(0.9, 0.9 * 0.06, 0.8),
    *(Ets(0.35, 0.35 * 0.06, phi, 0.25 * 0.65) for phi in smoothing.DAMPINGS),
    Ets(0.7, 0.7 * 0.2, 0.97, 0.0),
    Ets(0.3, 0.0, 1.0),
    Ets(0.3, 0.0, 1.0, 0.15),
    Ets(0.6, 0.03, 1.0, 0.0),
    Ets(0.05, 0.05 * 0.2, 0.9, 0.1 * 0.95),
]
MONTHS = 41  # not whole years: the last month is not the season's last


def states_before(ets: Ets, flat: bool = False) -> tuple[float, float, Array]:
    """Return a level, a slope and a season that differs in every month."""
    found = np.random.default_rng(5).normal(0, 0.3, M)
    unused = ets.gamma < 0 or flat
    return 4.1, 0.03, np.zeros(M) if unused else found - found.mean()


def passed(ets: Ets, y: Array, flat: bool = False) -> States:
    level, slope, season = states_before(ets, flat)
    start = np.array([level]), np.array([slope]), season[None]
    return smoothing.one_step(y[None], START, *start, ets.grid)


@pytest.mark.parametrize(
    ("ets", "flat"),
    [(ets, False) for ets in ETS] + [(ets, True) for ets in ETS if ets.gamma > 0],
    ids=str,
)
def test_smoothing_steps_equal_statsmodels(ets: Ets, flat: bool) -> None:
    y = np.log(counts(MONTHS, 2))
    fit = ets.fit(y, *states_before(ets, flat))
    path = [passed(ets, y[:t], flat) for t in range(1, MONTHS + 1)]
    close([s.level.item() for s in path], fit.level)
    if ets.phi:
        close([s.slope.item() for s in path], fit.slope)
    if ets.gamma >= 0:
        close([s.seasons[t % M].item() for t, s in enumerate(path)], fit.season)
    ahead = [smoothing.ahead(s, ets.grid, t, 1).item() for t, s in enumerate(path, 1)]
    close(y[1:] - ahead[:-1], fit.resid[1:])
    close([s.square.item() for s in path], np.cumsum(fit.resid**2))


@pytest.mark.parametrize("ets", ETS, ids=str)
def test_smoothing_likelihood_and_forecasts_equal_statsmodels(ets: Ets) -> None:
    y = np.log(counts(MONTHS, 3))
    fit = ets.fit(y, *states_before(ets))
    states = passed(ets, y)
    square = states.square.item()
    likelihood = -MONTHS / 2 * (np.log(2 * np.pi * square / MONTHS) + 1)
    close(likelihood, fit.model.loglike(fit.params))
    means = smoothing.ahead(states, ets.grid, MONTHS, HORIZON)
    growth = smoothing.growth(ets.grid, states.seasons.shape[0], HORIZON)
    ahead = fit.get_prediction(MONTHS, MONTHS + HORIZON - 1)
    close(means[:, 0, 0], ahead.predicted_mean)
    close(growth[:, 0] * square / MONTHS, ahead.forecast_variance)


def test_smoothing_fits_equal_statsmodels_model_by_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smoothing, "LEVEL_SPEEDS", (0.05, 0.45))
    monkeypatch.setattr(smoothing, "TREND_LEVEL_SPEEDS", (0.1, 0.7))
    m, months, horizon = 4, 38, 9
    y = np.log(counts(months, 4, m))
    season = seasons.additive(y[None], m)
    fits = smoothing.fit(y[None], START, season, horizon)
    models = [
        (seasonal, start, parameters)
        for seasonal in (False, True)
        for grid, start in smoothing.KINDS
        for parameters in np.transpose(grid(seasonal, m))
    ]
    assert fits.criteria.shape == (1, len(models))
    for k, (seasonal, start, (alpha, beta, phi, gamma, free)) in enumerate(models):
        begun = season if seasonal else np.zeros((1, m))
        flat = y - np.resize(begun, months)
        (level,), (slope,) = start(flat[None], START)
        ets = Ets(alpha, beta, phi, gamma if seasonal else -1)
        oracle = ets.fit(y, level, slope, begun[0])
        ahead = oracle.get_prediction(months, months + horizon - 1)
        close(fits.means[:, 0, k], ahead.predicted_mean)
        # an unbiased variance instead of the likeliest
        unbiased = months / max(months - 0.6 * free, 4)
        variance = fits.growth[:, k] * fits.spread[0, k]
        close(variance, ahead.forecast_variance * unbiased)
        close(fits.criteria[0, k], criterion(oracle.llf, months, free))


# Seasonal autoregressive integrated moving averages


class Sarimax:
    """A model of the grid in statsmodels, on the levels.

    Differences are part of the state and known in the first months, before which
    nothing happened. A constant is a line under the levels.
    """

    def __init__(self, y: Array, model: Model, m: int) -> None:
        s = model.seasonal
        d, seasonal_d = s.d, s.seasonal_d
        self.lost = d + m * seasonal_d
        w = np.diff(y, d)
        w = w[m:] - w[:-m] if seasonal_d else w
        drift = w.mean() if model.constant else 0.0
        assert not (model.constant and d + seasonal_d > 1)
        time = np.arange(len(y) + HORIZON)
        self.line = drift * (time if d else time / m if seasonal_d else 1 + 0 * time)
        self.y = y - self.line[: len(y)]
        # ours are 1 - c B for both polynomials, theirs 1 + c B for moving averages
        self.params = [*-model.ar[1:], *model.ma[1:], *s.ar, *-np.array(s.ma)]
        order = len(model.ar) - 1, d, len(model.ma) - 1
        season = len(s.ar), seasonal_d, len(s.ma), m
        self.model = SARIMAX(
            self.y[self.lost :],
            order=order,
            seasonal_order=season if any(season[:3]) else (0, 0, 0, 0),
            loglikelihood_burn=0,
        )
        self.model.update([*self.params, 1.0])
        before = self.y[: self.lost]
        self.state = np.zeros(self.model.k_states)
        self.state[:d] = before[-d:] if d else ()
        self.state[d : self.lost] = np.diff(before, d)[::-1] if seasonal_d else ()

    def filter(self, variance: float = 1.0) -> Any:
        """Run the Kalman filter; the first error too has the variance."""
        chosen = self.model.ssm["selection"]
        self.model.initialize_known(self.state, variance * chosen @ chosen.T)
        return self.model.filter([*self.params, variance], cov_type="none")


def errors(y: Array, model: Model, m: int) -> tuple[Array, Array]:
    """Return the engine's one-step errors and drift, each with one row."""
    s = model.seasonal
    w = sarima.difference(y[None], s.d, s.seasonal_d, m)
    drift = np.nanmean(w, axis=1) if model.constant else np.zeros(1)
    w = sarima.season_filtered(np.nan_to_num(w - drift[:, None]), s, m)
    return sarima.filtered(w, model.ar, model.ma), drift


def spread_of_models() -> Iterator[Model]:
    """Yield every combination of differences, seasonal parts and constant.

    The orders of the rest change from one to the next.
    """
    groups: dict[tuple[Any, ...], list[Model]] = {}
    for model in sarima.structures(True):
        groups.setdefault((*model.seasonal, model.constant), []).append(model)
    for i, models in enumerate(groups.values()):
        for place in {len(models) - 1, 7 * i % len(models)}:
            yield models[place]


def name(model: Model) -> str:
    orders = [len(x) - 1 for x in (model.ar, model.ma)]
    return f"{model.seasonal.d}{model.seasonal[1:]}{orders}{'c' * model.constant}"


@pytest.mark.parametrize("model", list(spread_of_models()), ids=name)
def test_sarima_errors_likelihood_and_forecasts_equal_statsmodels(model: Model) -> None:
    y = np.log(counts(97, 6))
    oracle = Sarimax(y, model, M)
    e, drift = errors(y, model, M)
    assert not e[0, : oracle.lost].any()
    months = len(y) - oracle.lost
    variance = (e**2).sum() / months
    fit = oracle.filter(variance)
    close(e[0, oracle.lost :], fit.forecasts_error[0])
    likelihood = -months / 2 * (np.log(2 * np.pi * variance) + 1)
    close(likelihood, fit.llf)
    future = sarima.Future.of(model, HORIZON, M)
    means = sarima.ahead(y[None], e, drift, future)
    ahead = fit.get_forecast(HORIZON)
    close(means[:, 0], ahead.predicted_mean + oracle.line[len(y) :])
    close(future.growth * variance, ahead.var_pred_mean)


@pytest.mark.parametrize(
    ("seasonal", "known"),
    [(False, 43), (True, 43), (True, 14)],  # 14: a season takes more than is spared
)
def test_sarima_fits_equal_statsmodels_model_by_model(
    monkeypatch: pytest.MonkeyPatch, seasonal: bool, known: int
) -> None:
    m = 4
    y = np.log(counts(known, 7, m))
    # a step that divides none of the grid's sides meets every structure
    models = list(sarima.structures(seasonal))[::7]
    monkeypatch.setattr(sarima, "structures", lambda _: models)
    fits = sarima.fit(y[None], np.array([seasonal]), HORIZON, m)
    for k, model in enumerate(models):
        if np.isinf(fits.criteria[0, k]):
            continue  # too short for its reach, as tested below
        oracle = Sarimax(y, model, m)
        spared = max(min(m + 2, known // 3), oracle.lost)
        months = known - spared
        counted = oracle.filter().forecasts_error[0, spared - oracle.lost :]
        variance = (counted**2).mean()
        ahead = oracle.filter(variance).get_forecast(HORIZON)
        close(fits.means[:, 0, k], ahead.predicted_mean + oracle.line[known:])
        close(fits.growth[:, k] * fits.spread[0, k], ahead.var_pred_mean)
        likelihood = -months / 2 * (np.log(2 * np.pi * variance) + 1)
        free = len(oracle.params) + model.constant + 1
        close(fits.criteria[0, k], criterion(likelihood, months, free))


@pytest.mark.parametrize("known", [14, 31, 43])
def test_a_model_applies_where_half_a_season_and_six_months_are_beyond_its_reach(
    known: int,
) -> None:
    y = np.log(counts(known, 11))[None]
    models = list(sarima.structures(True))
    fits = sarima.fit(y, np.array([True]), 1, M)
    for model, found in zip(models, fits.criteria[0], strict=True):
        ar, _ma = model.polynomials(M)
        assert np.isfinite(found) == (known - (len(ar) - 1) >= M // 2 + 6)
    plain = sarima.fit(y, np.array([False]), 1, M).criteria[0]
    np.testing.assert_array_equal(plain, fits.criteria[0, : len(plain)])


# Averages


def mixture(fits: Fits, steps: int = averaging.PRIOR_STEPS) -> Array:
    """Mean and standard deviation by plain loops, (2, n, horizon).

    The prior counts how often a model was the right one, once beforehand.
    """
    n, k = fits.criteria.shape
    likelihood = np.exp(-fits.criteria / 2)
    prior = np.ones(k) / k
    for _ in range(steps):
        seen = np.ones(k)
        for row in likelihood * prior:
            seen += row / row.sum()
        prior = seen / seen.sum()
    found = []
    for i in range(n):
        weight = likelihood[i] * prior / (likelihood[i] @ prior)
        mean = fits.means[:, i] @ weight
        square = (fits.growth * fits.spread[i] + fits.means[:, i] ** 2) @ weight
        found.append([mean, np.sqrt(square - mean**2)])
    return np.array(found).transpose(1, 0, 2)


def some_fits() -> Fits:
    rng = np.random.default_rng(12)
    criteria = rng.normal(0, 3, (9, 5))
    criteria[[0, 3, 3, 3, 3], [1, 0, 1, 2, 4]] = np.inf
    variances = rng.uniform(0.5, 2, (4, 5)), rng.uniform(0.5, 2, (9, 5))
    return Fits(rng.normal(0, 2, (4, 9, 5)), *variances, criteria)


def test_models_are_mixed_as_by_plain_loops() -> None:
    fits = some_fits()
    close(fits.average(), mixture(fits, steps=0))
    close(fits.average(np.zeros(9, dtype=int)), mixture(fits))


def test_groups_do_not_learn_from_each_other() -> None:
    fits = some_fits()
    group = np.array([0, 1, 0, 1, 2, 2, 0, 1, 0])
    found = np.array(fits.average(group))
    for g in range(3):
        own = group == g
        part = Fits(
            fits.means[:, own], fits.growth, fits.spread[own], fits.criteria[own]
        )
        close(found[:, own], mixture(part))


# Ragged panels

LENGTHS = [1, 2, 3, 9, 13, 29, 30, 31, 48, 75, 90, 90]


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> tuple[Array, Array]:
    """Unequal series, worked on a few at a time."""
    monkeypatch.setattr(averaging, "NEAR", 600)
    return ragged(LENGTHS)


def assert_alone(whole: Fits, i: int, alone: Fits) -> None:
    """Series i of a panel has the models that it has alone."""
    k = alone.criteria.shape[1]
    applies = np.isfinite(alone.criteria[0])
    assert np.isinf(whole.criteria[i, k:]).all()
    np.testing.assert_array_equal(np.isfinite(whole.criteria[i, :k]), applies)
    for found, wanted in (
        (whole.means[:, i, :k], alone.means[:, 0]),
        (whole.growth[:, :k], alone.growth),
        (whole.spread[i, :k], alone.spread[0]),
        (whole.criteria[i, :k], alone.criteria[0]),
    ):
        close(found[..., applies], wanted[..., applies], 1e-10)


def test_a_series_is_smoothed_as_if_alone(panel: tuple[Array, Array]) -> None:
    z, first = np.log(panel[0]), panel[1]
    season = seasons.shrunk(z, seasons.additive(z, M))
    assert 0 < season.any(1).sum() < len(z)
    whole = smoothing.fit(z, first, season, HORIZON)
    plain = sum(len(grid(False, M).alpha) for grid, _ in smoothing.KINDS)
    for row, applies in zip(season, np.isfinite(whole.criteria), strict=True):
        assert applies[:plain].all()
        assert (applies[plain:] == row.any()).all()
    for i, start in enumerate(first):
        alone = z[i : i + 1, start:]
        own = seasons.shrunk(alone, seasons.additive(alone, M))
        close(np.roll(own, start, axis=1), season[i : i + 1], 1e-10)
        assert_alone(whole, i, smoothing.fit(alone, START, own, HORIZON))


def test_a_series_has_the_autoregressions_it_has_alone(
    panel: tuple[Array, Array],
) -> None:
    z, first = np.log(panel[0]), panel[1]
    seasonal = np.arange(len(z)) % 2 == 0
    whole = sarima.fit(z, seasonal, HORIZON, M)
    for i, start in enumerate(first):
        alone = sarima.fit(z[i : i + 1, start:], seasonal[i : i + 1], HORIZON, M)
        assert_alone(whole, i, alone)


def test_a_series_has_the_theta_it_has_alone(panel: tuple[Array, Array]) -> None:
    y, first = panel
    whole = theta.fit(y, first, HORIZON, M)
    for i, start in enumerate(first):
        assert_alone(whole, i, theta.fit(y[i : i + 1, start:], START, HORIZON, M))


# Seasons


@pytest.mark.parametrize("m", [1, 3, 4, 7, 12, 13])
@pytest.mark.parametrize("years", [3, 4.6, 9])
def test_seasons_equal_statsmodels(m: int, years: float) -> None:
    months = max(int(years * m), 2 * m + seasons.MONTHS_BEYOND)
    y = np.stack([counts(months, seed, m) for seed in range(8)])
    added, times = seasons.additive(y, m), seasons.multiplicative(y, m)
    for i, row in enumerate(y):
        found = seasonal_decompose(row, model="additive", period=m)
        close(added[i], found.seasonal[:m], 1e-10)
        found = seasonal_decompose(row, model="multiplicative", period=m)
        tested = scoring.is_seasonal(row, m)
        close(times[i], found.seasonal[:m] if tested else np.ones(m), 1e-10)


@few
@given(seeds, st.sampled_from([4, 7, 12]), st.floats(0, 1))
def test_seasonality_is_tested_in_a_panel_as_alone(
    seed: int, m: int, strength: float
) -> None:
    rng = np.random.default_rng(seed)
    lengths = np.sort(rng.integers(1, 9 * m, 20))[::-1]
    y = np.full((20, lengths[0]), np.nan)
    for row, months in zip(y, lengths, strict=True):
        wave = np.sin(2 * np.pi * np.arange(months) / m)
        row[-months:] = strength * wave + rng.normal(0, 1, months)
    alone = [scoring.is_seasonal(row[np.isfinite(row)], m) for row in y]
    assert seasons.is_seasonal(y, m).tolist() == alone


@pytest.mark.parametrize("value", [0.0, 0.1, 0.3, 1.1, 7.0, 1e5 / 3])
@pytest.mark.parametrize("months", [1, 12, 13, 36, 100, 400])
def test_a_constant_has_no_season(value: float, months: int) -> None:
    y = np.full((1, months), value)
    assert not seasons.is_seasonal(y, M)[0]
    np.testing.assert_array_equal(seasons.multiplicative(y, M), 1)
    np.testing.assert_allclose(seasons.additive(y, M), 0, atol=1e-9)


def test_a_clean_season_is_repeated() -> None:
    index = 1 + 0.5 * np.sin(2 * np.pi * np.arange(M) / M)
    y = 80 * np.resize(index, (1, 53))
    close(seasons.multiplicative(y, M)[0], index / index.mean())
    close(seasons.additive(np.log(y), M)[0], np.log(index) - np.log(index).mean())
    close(
        theta.fit(y, START, HORIZON, M).average().mean[0],
        80 * np.resize(index, 83)[53:],
    )


# Theta


def only(monkeypatch: pytest.MonkeyPatch, speed: float, share: float) -> None:
    """Leave one model of theta's grid."""
    monkeypatch.setattr(theta, "GRID", Ets(speed).grid)
    monkeypatch.setattr(theta, "SLOPE_SHARES", (share,))


@pytest.mark.parametrize("share", theta.SLOPE_SHARES)
@pytest.mark.parametrize("speed", [0.05, 0.4, 0.98])
def test_one_theta_is_smoothing_with_drift(
    monkeypatch: pytest.MonkeyPatch, speed: float, share: float
) -> None:
    only(monkeypatch, speed, share)
    y = counts(31, 8)  # under three years: no season is looked for
    drift = share * np.polyfit(np.arange(31), y, 1)[0]
    # half a year, laid flat along the drift, gives the level before it
    level = np.mean(y[:6] - drift * np.arange(6)) - drift
    for value in y:
        level += drift
        level += speed * (value - level)
    found = theta.fit(y[None], START, HORIZON, M).average().mean
    close(found[0], level + drift * np.arange(1, HORIZON + 1))


@pytest.mark.parametrize("months", [31, 80])
@pytest.mark.parametrize("speed", [0.05, 0.4, 0.98])
def test_half_the_slope_is_the_theta_method_of_statsmodels(
    monkeypatch: pytest.MonkeyPatch, speed: float, months: int
) -> None:
    only(monkeypatch, speed, 0.5)
    y = counts(months, 9)
    index = seasons.multiplicative(y[None], M)[0]
    adjusted = y / np.resize(index, months)
    slope = np.polyfit(np.arange(months), adjusted, 1)[0]
    level = np.mean(adjusted[:6] - slope / 2 * np.arange(6))
    smoothed = Ets(speed).fit(adjusted, level, 0, np.zeros(M)).level.iloc[-1]
    seasonal = scoring.is_seasonal(y)
    assert seasonal == (months > 3 * M)
    model = ThetaModel(
        y, period=M, deseasonalize=seasonal, use_test=False, method="mul"
    )
    oracle = ThetaModelResults(slope, speed, 1.0, smoothed, index, False, model)
    found = theta.fit(y[None], START, HORIZON, M).average().mean
    close(found[0], oracle.forecast(HORIZON, theta=2))


def test_a_line_goes_on() -> None:
    line = np.linspace(50, 190, 40 + HORIZON)
    found = theta.fit(line[None, :40], START, HORIZON, M).average().mean
    close(found[0], line[40:])


# Properties


def averages(
    y: Array, first: Array, horizon: int = HORIZON
) -> Iterator[tuple[str, Averaged]]:
    """Yield what every room says of a panel: theta as it is, the rest of log(1 + y)."""
    yield "as it is", theta.fit(y, first, horizon, M).average()
    yield from log_averages(np.log1p(y), first, horizon)


def log_averages(
    z: Array, first: Array, horizon: int = HORIZON
) -> Iterator[tuple[str, Averaged]]:
    season = seasons.shrunk(z, seasons.additive(z, M))
    panel = np.zeros(len(z), dtype=int)
    yield "log", smoothing.fit(z, first, season, horizon).average(panel)
    applies = np.any(season, axis=1)
    yield "log", sarima.fit(z, applies, horizon, M).average(panel)


@few
@given(seeds, st.floats(0.1, 1e4), st.integers(8, 70))
def test_theta_follows_the_unit(seed: int, unit: float, months: int) -> None:
    y = counts(months, seed)[None]
    scaled = np.multiply(y, unit)
    plain, found = (theta.fit(x, START, HORIZON, M).average() for x in (y, scaled))
    close(found.mean, plain.mean * unit, 1e-6)


@settings(few, max_examples=5)
@given(seeds, st.floats(-5, 5), st.integers(4, 70))
def test_a_shift_of_the_logarithms_shifts_their_forecasts(
    seed: int, shift: float, months: int
) -> None:
    z = np.log(counts(months, seed))[None]
    both = zip(log_averages(z, START), log_averages(z + shift, START), strict=True)
    for (_, plain), (_, moved) in both:
        close(moved.mean, plain.mean + shift, 1e-7)
        close(moved.sd, plain.sd, 1e-7)


@few
@given(st.floats(0, 1e6), st.integers(1, 80))
def test_a_constant_stays(value: float, months: int) -> None:
    y = np.full((1, months), value)
    wanted = {"as it is": value, "log": np.log1p(value)}
    for scale, found in averages(y, START):
        np.testing.assert_allclose(found.mean, wanted[scale], rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(found.sd, 0, atol=1e-6 * (1 + value))


@pytest.mark.parametrize("kind", ["counts", "zeros", "rare", "spike", "huge"])
def test_every_length_has_a_finite_forecast(kind: str) -> None:
    y, first = ragged(list(range(1, 61)))
    rng = np.random.default_rng(10)
    if kind == "zeros":
        y *= 0
    elif kind == "rare":
        y = np.where(np.isfinite(y), rng.poisson(0.1, y.shape), y)
    elif kind == "spike":
        y[np.arange(60), rng.integers(first.astype(int), 60)] = 1e7
    elif kind == "huge":
        y *= 10 ** rng.uniform(0, 9, (60, 1))
    for _, found in averages(y, first):
        assert np.isfinite(found).all()


@pytest.mark.parametrize("months", [1, 2, 3, 4, 13])
def test_short_panels_have_a_finite_forecast(months: int) -> None:
    for _, found in averages(counts(months, months)[None], START, 1):
        assert np.isfinite(found).all()
