"""Capacity at a quantile of daily applications, against simulated days."""

import numpy as np
import pytest
from instances import generator

from bemanna.optimisation.servicelevel import (
    Intake,
    pooled,
    pooling_saves,
    quantile,
)


def intake(monthly: float = 350.0, dispersion: float = np.inf) -> Intake:
    return Intake(np.array([monthly]), hours=2.0, dispersion=dispersion)


def simulated(one: Intake, n: int = 400_000, seed: int = 1) -> np.ndarray:
    rng, mean = generator(seed), one.daily[0]
    if np.isinf(one.dispersion):
        return rng.poisson(mean, n)
    return rng.poisson(rng.gamma(one.dispersion, mean / one.dispersion, n))


@pytest.mark.parametrize("dispersion", [2.0, 10.0, np.inf])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
def test_the_promise_is_kept_on_simulated_days(dispersion: float, share: float) -> None:
    one = intake(dispersion=dispersion)
    handlers = one.handlers_at(share)[0]
    day = simulated(one) * one.hours / one.hours_day
    assert np.mean(day <= handlers + 1e-9) >= share - 0.003
    # one application less would not do
    assert np.mean(day < handlers - 1e-9) < share + 0.003


def test_pooled_days_are_sums_of_independent_days() -> None:
    both = (intake(350.0, 5.0), intake(350.0, 5.0))
    together = pooled(both)
    days = simulated(both[0], seed=1) + simulated(both[1], seed=2)
    assert together.daily[0] == pytest.approx(days.mean(), rel=0.01)
    assert together.variance[0] == pytest.approx(days.var(), rel=0.02)
    handlers = together.handlers_at(0.9)[0] * together.hours_day / together.hours
    assert handlers == pytest.approx(np.quantile(days, 0.9), abs=1)
    assert (pooling_saves(both, 0.9) > 0).all()


def test_more_is_never_needed_of_less() -> None:
    one = intake(dispersion=4.0)
    shares = np.linspace(0.5, 0.99, 20)
    assert (np.diff([one.handlers_at(q)[0] for q in shares]) >= 0).all()
    sizes = [intake(m).handlers_at(0.95)[0] for m in (50, 100, 400, 1600)]
    assert (np.diff(sizes) > 0).all()
    wider = [intake(dispersion=k).handlers_at(0.95)[0] for k in (np.inf, 20, 5, 1)]
    assert (np.diff(wider) >= 0).all()


def test_a_small_municipality_pays_more_for_the_promise_per_application() -> None:
    price = [intake(m).cost_year(0.95, 60_000.0) / m for m in (100, 400, 1600, 6400)]
    assert (np.diff(price) < 0).all()
    assert intake().cost_year(0.95, 60_000.0) == pytest.approx(
        12 * 60_000 * (intake().handlers_at(0.95) - intake().handlers_at_mean())[0]
    )


def test_nobody_applies() -> None:
    assert intake(0.0).handlers_at(0.95)[0] == 0
    assert intake(0.0, 3.0).extra(0.95)[0] == 0


@pytest.mark.parametrize("share", [0.0, 1.0, 1.5])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        quantile(np.ones(1), np.ones(1), share)
    with pytest.raises(ValueError, match="dispersion"):
        intake(dispersion=0.0)
    with pytest.raises(ValueError, match="pooled"):
        pooled((intake(), Intake(np.ones(1), hours=1.0)))
