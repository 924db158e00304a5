"""Evidence, pilot and both: apart and combined, and never an association."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilots import oe_table, pilots

from bemanna.models.effect import (
    Association,
    EffortEffect,
    evidence,
    require_effect,
    scenarios,
    shift_destination_odds,
    shift_odds,
)
from bemanna.models.pilot import PilotEstimate, difference_in_differences

LN2 = np.log(2)


# Evidence


def test_the_prior_is_built_from_the_table_and_includes_zero() -> None:
    effect = EffortEffect.from_evidence()
    assert 0.08 <= effect.mean <= 0.16
    assert 0.15 <= effect.sd <= 0.25
    assert effect.borrowed
    line = effect.lines().iloc[0]
    assert line["line"] == "evidence"
    assert line["lo-95"] < 0 < line["hi-95"]
    assert any("Koning" in source for source in effect.sources)


def test_every_row_of_evidence_says_where_it_is_from_and_how() -> None:
    table = evidence()
    assert table[["study", "source", "note", "role"]].notna().all().all()
    used = table[table["role"] == "effect"]
    assert used[["log_hr_halving", "judged_sd"]].notna().all().all()
    assert (used["log_hr_halving"] == 0).sum() >= 2  # the nulls count
    rest = table[table["role"] == "direction"]
    assert rest["log_hr_halving"].isna().all()  # no size is made up


@pytest.mark.parametrize(("days", "sd", "log_hr"), [(52, 7, 0.1163), (88, 16, 0.2087)])
def test_published_days_become_a_hazard_ratio(
    days: float, sd: float, log_hr: float
) -> None:
    scale = LN2 / np.log(2.5)
    row = evidence().query("published == -@days").iloc[0]
    assert row["log_hr_halving"] == pytest.approx(log_hr)
    assert log_hr == pytest.approx(np.log(365 / (365 - days)) * scale, abs=1e-4)
    assert row["sampling_sd"] == pytest.approx(sd / (365 - days) * scale, abs=1e-4)


def test_another_null_pulls_the_prior_towards_zero() -> None:
    table = evidence()
    null = table[table["study"] == "Koning"].assign(judged_sd=0.05)
    more = EffortEffect.from_evidence(pd.concat([table, null]))
    assert 0 < more.mean < EffortEffect.from_evidence().mean


# How it bends hazards


def test_halving_multiplies_the_odds_by_the_hazard_ratio() -> None:
    effect = EffortEffect.fixed(0.3)
    hazard = effect.apply(0.05, [60, 30, 15, 120], 60)
    log_odds = np.log(hazard / (1 - hazard)) - np.log(0.05 / 0.95)
    assert log_odds == pytest.approx([0, 0.3, 0.6, -0.3])
    assert effect.odds_ratio(30, 60) == pytest.approx(np.exp(0.3))


@given(
    st.floats(0.001, 0.3),
    st.floats(0.001, 0.3),
    st.floats(0.2, 5),
)
def test_destinations_shift_together(a: float, b: float, ratio: float) -> None:
    both = shift_destination_odds(np.array([a, b]), ratio)
    assert both.sum() == pytest.approx(float(shift_odds(a + b, ratio)))
    assert both[0] / both[1] == pytest.approx(a / b)


def test_draws_keep_the_chance_of_harm_and_carry_it() -> None:
    effect = EffortEffect.from_evidence()
    theta = effect.draws(np.random.default_rng(1), 40_000)
    assert theta.mean() == pytest.approx(effect.theta, abs=0.005)
    assert theta.std() == pytest.approx(effect.sd / LN2, rel=0.02)
    assert 0.2 < (theta < 0).mean() < 0.4
    hazard = effect.apply(0.05, 30, 60, theta[:100])
    assert hazard.shape == (100,)
    assert ((hazard < 0.05) == (theta[:100] < 0)).all()


def test_displacement_discounts_mean_and_spread() -> None:
    effect = EffortEffect.fixed(0.2, 0.1).displaced(0.25)
    assert (effect.mean, effect.sd) == pytest.approx((0.15, 0.075))
    assert effect.displaced(0.2).displacement == pytest.approx(0.4)
    lines = effect.displaced(0.2).lines().set_index("line")
    assert lines["log_hr"].to_dict() == pytest.approx(
        {"assumed": 0.2, "displaced": 0.12}
    )
    assert effect.displaced(0.2).borrowed
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        effect.displaced(1.0)


def test_scenarios_are_multiples_without_uncertainty() -> None:
    tried = scenarios(EffortEffect.fixed(0.2, 0.1), [0, 0.5, 1])
    assert [e.mean for e in tried] == pytest.approx([0, 0.1, 0.2])
    assert all(e.sd == 0 for e in tried)


def test_only_an_effect_bends_a_plan() -> None:
    association = Association(("work",), np.array([0.4]), np.array([0.1]))
    with pytest.raises(TypeError, match="not an effect"):
        require_effect(association)
    with pytest.raises(TypeError, match="must be an EffortEffect, got float"):
        require_effect(0.3)
    with pytest.raises(ValueError, match="above 0"):
        EffortEffect.fixed(0.1).odds_ratio(0, 60)
    with pytest.raises(ValueError, match="sd >= 0"):
        EffortEffect.fixed(0.1, -1)


# Both


def test_three_lines_with_weights_that_add_up() -> None:
    prior = EffortEffect.from_evidence()
    pilot = pilots(1, seed=30, log_hr=0.3)[0]
    both = EffortEffect.combine(prior, pilot)
    lines = both.lines().set_index("line")
    assert list(lines.index) == ["evidence", "pilot", "both"]
    assert lines.loc[["evidence", "pilot"], "weight"].sum() == pytest.approx(1)
    low, high = sorted([prior.mean, pilot.log_hr])
    assert low < both.mean < high
    assert both.sd < min(prior.sd, pilot.sd)
    assert not both.borrowed
    alone = EffortEffect.from_pilot(pilot)
    assert not alone.borrowed
    assert alone.df == 10
    assert prior.sources == both.sources[: len(prior.sources)]


def test_without_drift_it_is_normal_times_normal() -> None:
    """Very many exact controls leave nothing but the pilot's own counting error."""
    variance = np.array([0.01, *[1e-9] * 400])
    change = np.array([0.25, *np.zeros(400)])
    halvings = np.array([1.0, *np.zeros(400)])
    units = tuple(map(str, range(401)))
    pilot = PilotEstimate(0.25, 0.1, 399, 0, units, change, variance, halvings)
    both = EffortEffect.combine(EffortEffect.fixed(0.05, 0.2), pilot)
    weight = 0.04 / 0.05
    assert both.mean == pytest.approx(0.05 + weight * 0.2, rel=1e-4)
    assert both.sd == pytest.approx(np.sqrt(0.01 * weight), rel=1e-4)
    assert both.lines()["weight"][1] == pytest.approx(weight, rel=1e-4)


def test_prior_and_pilot_beat_the_pilot_alone_and_still_cover() -> None:
    rng = np.random.default_rng(31)
    prior = EffortEffect.from_evidence()
    error, inside = [], []
    for truth in rng.normal(prior.mean, prior.sd, 200):
        table = oe_table(rng, truth, drift=0.15, expected=60)
        pilot = difference_in_differences(table, ["u00"])
        both = EffortEffect.combine(prior, pilot)
        error.append([both.mean - truth, pilot.log_hr - truth])
        inside.append(abs(both.mean - truth) <= 1.96 * both.sd)
    rmse = np.sqrt(np.mean(np.square(error), axis=0))
    assert rmse[0] < 0.85 * rmse[1]
    assert np.mean(inside) >= 0.92


def test_a_certain_prior_cannot_be_combined() -> None:
    with pytest.raises(ValueError, match="learns nothing"):
        EffortEffect.combine(EffortEffect.fixed(0.1), pilots(1, 1)[0])
