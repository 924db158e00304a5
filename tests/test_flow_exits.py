"""Totals give one hazard per segment, widened by what totals cannot tell."""

import numpy as np
import pytest
from sklearn.base import clone

from bemanna.models.domain import Array, InputError
from bemanna.models.effect import Association, EffortEffect
from bemanna.models.exits import ExitModel
from bemanna.models.flow_exits import FlowExitModel

SEGMENTS = ("ung", "vuxen")
TRUE = np.array([0.09, 0.04])


def totals(
    rng: np.random.Generator, months: int = 36, noise: float = 0.0, rho: float = 0.0
) -> tuple[Array, Array]:
    """Draw served and exits; the log odds wander by an AR(1) of sd `noise`."""
    served = rng.poisson(300, (2, months)).astype(float)
    wander = np.zeros((2, months))
    wander[:, 0] = rng.normal(0, noise, 2)
    for t in range(1, months):
        step = rng.normal(0, noise * np.sqrt(1 - rho**2), 2)
        wander[:, t] = rho * wander[:, t - 1] + step
    odds = (TRUE / (1 - TRUE))[:, None] * np.exp(wander)
    return served, rng.binomial(served.astype(int), odds / (1 + odds)).astype(float)


def covered(noise: float, rho: float, n: int = 300) -> float:
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(n):
        model = ExitModel.from_flows(*totals(rng, noise=noise, rho=rho), SEGMENTS)
        draws = model.draws(rng, 400, months=1)[:, :, 0]
        low, high = np.quantile(draws, [0.05, 0.95], axis=0)
        inside.append((low <= TRUE) & (high >= TRUE))
    return float(np.mean(inside))


@pytest.mark.parametrize(
    ("noise", "rho", "least"), [(0, 0, 0.87), (0.3, 0, 0.86), (0.2, 0.6, 0.80)]
)
def test_intervals_cover_the_true_hazard(
    noise: float, rho: float, least: float
) -> None:
    assert least <= covered(noise, rho) <= 0.97


def test_hazard_is_exits_over_served_of_the_window() -> None:
    served, exits = totals(np.random.default_rng(1))
    exits[:, :12] = 0  # longer ago than the window
    model = ExitModel.from_flows(served, exits, SEGMENTS)
    late = exits[:, 12:].sum(1) / served[:, 12:].sum(1)
    hazard = model.hazard_by_destination(months=6)
    assert hazard.shape == (2, 6, 1)
    assert hazard[:, :, 0] == pytest.approx(np.repeat(late[:, None], 6, 1), rel=2e-3)


def test_restless_months_widen_it() -> None:
    calm = ExitModel.from_flows(*totals(np.random.default_rng(2)), SEGMENTS)
    restless = totals(np.random.default_rng(2), noise=0.5, rho=0.7)
    wide = ExitModel.from_flows(*restless, SEGMENTS)
    assert (calm.dispersion_ < 2).all()
    assert (wide.log_odds_sd_ > 2 * calm.log_odds_sd_).all()


def test_missing_months_are_skipped() -> None:
    served, exits = totals(np.random.default_rng(4))
    exits[0, 20:24] = np.nan
    served[1, 30] = np.nan
    model = ExitModel.from_flows(served, exits, SEGMENTS)
    keep = np.r_[12:20, 24:36]
    expected = exits[0, keep].sum() / served[0, keep].sum()
    assert model.hazard_[0].sum() == pytest.approx(expected, rel=2e-3)


def test_destinations_share_the_exits() -> None:
    served, exits = totals(np.random.default_rng(5))
    split = np.stack([np.floor(exits * 0.6), exits - np.floor(exits * 0.6)], axis=-1)
    model = ExitModel.from_flows(served, split, SEGMENTS, ("work", "other"))
    whole = ExitModel.from_flows(served, exits, SEGMENTS)
    hazard = model.hazard_by_destination(["vuxen"], 3)
    assert hazard.sum(-1) == pytest.approx(
        whole.hazard_by_destination(["vuxen"], 3).sum(-1)
    )
    assert model.destinations_ == ("work", "other")


def test_it_stands_in_for_the_spell_model() -> None:
    model = ExitModel.from_flows(
        *totals(np.random.default_rng(6)), SEGMENTS, caseload_reference=60
    )
    table = model.hazard_table(None, 12, [60, 30], EffortEffect.fixed(0.2))
    assert table.shape == (2, 12, 2)
    assert (table[:, :, 1] > table[:, :, 0]).all()
    association = Association(("exit",), np.array([0.4]), np.array([0.1]))
    with pytest.raises(TypeError, match="not an effect"):
        model.hazard_table(None, 12, [60], association)  # type: ignore[arg-type]
    assert clone(model).get_params()["segments"] == SEGMENTS
    with pytest.raises(ValueError, match="marsian was never seen"):
        model.draws(np.random.default_rng(1), 3, ["marsian"])


def test_a_segment_without_exits_stays_off_zero_and_wide() -> None:
    served, exits = totals(np.random.default_rng(7))
    exits[1] = 0
    model = ExitModel.from_flows(served, exits, SEGMENTS)
    draws = model.draws(np.random.default_rng(1), 2000, ["vuxen"], 1)[:, 0, 0]
    assert 0 < draws.mean() < 0.002
    assert np.quantile(draws, 0.975) > 3 * np.quantile(draws, 0.5)


def test_impossible_totals_are_all_named() -> None:
    served, exits = totals(np.random.default_rng(8))
    exits[0, -1] = served[0, -1] + 1
    exits[1] = np.nan
    with pytest.raises(InputError) as caught:
        FlowExitModel(SEGMENTS).fit(served, exits)
    assert [f.rule for f in caught.value.faults] == ["exits_above_served", "no_exits"]
    with pytest.raises(ValueError, match="must have shape"):
        FlowExitModel(SEGMENTS).fit(served, exits[:, 1:])
