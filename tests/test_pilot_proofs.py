"""What the intervals of a pilot promise, in five worlds that a pilot may meet.

A fixed small sample, judged with its own sampling error, and the proof at full size.
"""

import numpy as np
import pytest
from pilottable import PRIOR, TRUTH, from_the_prior, proof
from pilottable import RUNS as MANY
from pilotworld import HARSHER, SCENARIOS, draw, oe_by_month

FEW = 100


def chance(share: float, runs: int) -> float:
    """Three standard errors of a share."""
    return float(3 * np.sqrt(share * (1 - share) / runs))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_pilot_covers_in_a_small_sample(name: str) -> None:
    found = proof(name, TRUTH, FEW, seed=1)
    assert found["pilot_coverage"] >= 0.93 - chance(0.93, FEW)
    assert abs(found["pilot_bias"]) < 3 * found["pilot_rmse"] / np.sqrt(FEW) + 0.03


def test_the_prior_helps_in_a_small_sample() -> None:
    found = proof("unit shocks", from_the_prior(2 * FEW, 2), 2 * FEW, seed=3)
    assert found["both_rmse"] < 0.85 * found["pilot_rmse"]
    assert found["both_coverage"] >= 0.93 - chance(0.93, 2 * FEW)
    assert found["width_ratio"] <= 0.70


def test_offices_are_as_described() -> None:
    world = HARSHER["much harder clients, visibly"]
    exits, served = draw(np.random.default_rng(4), world, np.full(30, 1.0))
    assert exits.shape == (30, 12, 36, 6)
    assert (served.sum(3) == world.cases).all()
    assert (exits <= served).all()
    hardest = served[:, :, :, 4:].sum(3) / world.cases
    jump = hardest[:, :, 24].mean(0) - hardest[:, :, 23].mean(0)
    assert jump[0] > 10 * np.abs(jump[1:]).max()
    expected = oe_by_month(exits, served, world.before)
    learnt = np.ones((12, 36), dtype=bool)
    learnt[0, 24:] = False
    # every month and segment sums to what was seen, where the model may learn
    assert (expected * learnt).sum(1) == pytest.approx((exits.sum(3) * learnt).sum(1))
    ratio = exits[:, 0, 24:].sum() / expected[:, 0, 24:].sum()
    assert 2.0 < ratio < np.e


@pytest.mark.soak
@pytest.mark.parametrize("name", [*SCENARIOS, "much harder clients, visibly"])
def test_a_pilot_covers(name: str) -> None:
    found = proof(name, TRUTH, MANY, seed=11)
    print(name, found)
    assert 0.93 <= found["pilot_coverage"] <= 0.99


@pytest.mark.soak
@pytest.mark.parametrize("name", [*SCENARIOS, "much harder clients, visibly"])
def test_a_true_null_is_seldom_rejected(name: str) -> None:
    found = proof(name, 0.0, MANY, seed=12)
    print(name, found)
    assert found["pilot_rejects"] <= 0.06


@pytest.mark.soak
def test_what_no_register_shows_hides_an_effect_and_never_makes_one() -> None:
    """Hidden hardness handed to the pilot lowers its estimate: stated, not solved."""
    found = proof("much harder clients, hidden too", 0.0, MANY, seed=12)
    print("hidden", found)
    assert found["pilot_bias"] < 0


@pytest.mark.soak
def test_prior_and_pilot_beat_the_pilot_alone_where_units_have_shocks() -> None:
    drawn = proof("unit shocks", from_the_prior(MANY, 13), MANY, seed=14)
    print("drawn from the prior", drawn)
    assert drawn["both_coverage"] >= 0.93
    assert drawn["rmse_ratio"] <= 0.75
    assert drawn["width_ratio"] <= 0.70
    for truth in (0.0, PRIOR.mean - 2 * PRIOR.sd, PRIOR.mean + 2 * PRIOR.sd):
        print(f"at {truth:.3f}", proof("unit shocks", truth, MANY, seed=15))
