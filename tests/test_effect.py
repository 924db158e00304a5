"""Evidence, pilot and both: shown apart, combined honestly, and never an association."""

import numpy as np
import pandas as pd
import pytest
from bemanna.models.domain import Array
from bemanna.models.effect import (
    Association,
    EffortEffect,
    evidence,
    require_effect,
    scenarios,
    shift_destination_odds,
    shift_odds,
)
from bemanna.models.exits import ExitModel
from bemanna.models.pilot import (
    PilotEstimate,
    difference_in_differences,
    observed_expected,
)
from hazards import draw_rows
from hypothesis import given
from hypothesis import strategies as st

LN2 = np.log(2)


def oe_table(
    rng: np.random.Generator,
    log_hr: float = 0.0,
    controls: int = 11,
    expected: float = 90.0,
    drift: float = 0.08,
    treated: int = 1,
) -> pd.DataFrame:
    """Exits of units before and after; treated units halve their caseload."""
    units = treated + controls
    level = rng.normal(0, 0.2, (units, 1)) * [1, 1]
    level[:, 1] += rng.normal(0, drift, units)
    level[:treated, 1] += log_hr
    e = expected * np.array([2.0, 1.0]) * rng.uniform(0.7, 1.3, (units, 1))
    caseload = np.full((units, 2), 60.0)
    caseload[:treated, 1] = 30.0
    return pd.DataFrame(
        {
            "unit": np.repeat([f"u{i:02d}" for i in range(units)], 2),
            "after": np.tile([False, True], units),
            "observed": rng.poisson(e * np.exp(level)).ravel(),
            "expected": e.ravel(),
            "months": 1e6 * e.ravel(),  # so rare that odds and probability agree
            "caseload": caseload.ravel(),
        }
    )


def pilots(n: int, seed: int, **world: float) -> list[PilotEstimate]:
    rng = np.random.default_rng(seed)
    return [
        difference_in_differences(oe_table(rng, **world), ["u00"])  # type: ignore[arg-type]
        for _ in range(n)
    ]


def coverage(estimates: list[PilotEstimate], truth: float) -> float:
    intervals = [p.interval(0.95) for p in estimates]
    return float(np.mean([i.low <= truth <= i.high for i in intervals]))


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


@pytest.mark.parametrize(
    ("days", "sd", "log_hr"), [(52, 7, 0.1163), (88, 16, 0.2087)]
)
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


# A pilot


def test_one_pilot_has_the_published_variance() -> None:
    table = oe_table(np.random.default_rng(3), drift=0.3)
    pilot = difference_in_differences(table, ["u00"])
    wide = (table["observed"] + 0.5).to_numpy().reshape(-1, 2)
    log_oe = np.log(wide / table["expected"].to_numpy().reshape(-1, 2))
    delta, v = log_oe[:, 1] - log_oe[:, 0], (1 / wide).sum(1)
    assert pilot.tau2 > 0
    weight = 1 / (v[1:] + pilot.tau2)
    expected = delta[0] - weight @ delta[1:] / weight.sum()
    variance = v[0] + pilot.tau2 + 1 / weight.sum()
    assert pilot.log_hr == pytest.approx(expected, abs=1e-4)
    assert pilot.sd == pytest.approx(np.sqrt(variance), rel=1e-4)
    assert pilot.df == 10


def test_no_effect_is_found_where_there_is_none() -> None:
    estimates = pilots(200, seed=21)
    assert coverage(estimates, 0.0) >= 0.93
    assert abs(np.mean([p.log_hr for p in estimates])) < 0.03


def test_a_known_effect_is_found() -> None:
    estimates = pilots(200, seed=22, log_hr=0.31)
    assert np.mean([p.log_hr for p in estimates]) == pytest.approx(0.31, abs=0.03)
    assert 0.93 <= coverage(estimates, 0.31) <= 0.99


@pytest.mark.soak
@pytest.mark.parametrize("log_hr", [0.0, 0.14, 0.31])
@pytest.mark.parametrize("drift", [0.0, 0.15])
@pytest.mark.parametrize("controls", [5, 11, 30])
def test_pilot_intervals_cover(log_hr: float, drift: float, controls: int) -> None:
    world = {"log_hr": log_hr, "drift": drift, "controls": controls}
    assert 0.93 <= coverage(pilots(2000, 23, **world), log_hr) <= 0.995


def test_several_pilots_of_different_dose_agree_on_a_halving() -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(100):
        table = oe_table(rng, treated=3)
        dose = np.array([0.5, 1.0, 1.5])
        after = np.array([1, 3, 5])
        table.loc[after, "caseload"] = 60 / 2**dose
        mean = table["expected"].to_numpy()[after] * np.exp(0.31 * dose)
        before = table["observed"] / table["expected"]
        table.loc[after, "observed"] = rng.poisson(mean * before.to_numpy()[after - 1])
        found.append(difference_in_differences(table, ["u00", "u01", "u02"]).log_hr)
    assert np.mean(found) == pytest.approx(0.31, abs=0.03)


def test_a_smaller_change_is_scaled_to_a_halving() -> None:
    table = oe_table(np.random.default_rng(6), log_hr=0.3)
    whole = difference_in_differences(table, ["u00"])
    table.loc[1, "caseload"] = 60 / 2**0.5
    half = difference_in_differences(table, ["u00"])
    assert half.log_hr == pytest.approx(2 * whole.log_hr)
    assert half.sd == pytest.approx(2 * whole.sd)
    # controls that grew as much heavier as the pilot grew lighter double the contrast
    table.loc[table["after"] & (table["unit"] != "u00"), "caseload"] *= 2**0.5
    assert difference_in_differences(table, ["u00"]).log_hr == pytest.approx(
        whole.log_hr
    )


def test_ratios_are_carried_to_the_odds_scale() -> None:
    table = oe_table(np.random.default_rng(7))
    rare = difference_in_differences(table, ["u00"])
    often = difference_in_differences(
        table.assign(months=table["expected"] / 0.2), ["u00"]
    )
    assert often.log_hr == pytest.approx(rare.log_hr / 0.8, rel=1e-4)
    assert often.sd == pytest.approx(rare.sd / 0.8, rel=1e-4)


def test_a_pilot_without_exits_is_wide_and_not_infinite() -> None:
    table = oe_table(np.random.default_rng(8), expected=4)
    table.loc[[0, 1], "observed"] = 0
    pilot = difference_in_differences(table, ["u00"])
    assert np.isfinite([pilot.log_hr, pilot.sd]).all()
    assert pilot.sd > 1.9


def test_placebo_share_ranks_the_pilot_among_its_controls() -> None:
    strong = difference_in_differences(
        oe_table(np.random.default_rng(9), log_hr=1.5, drift=0.05), ["u00"]
    )
    assert strong.placebo_share == pytest.approx(1 / 12)
    shares = [p.placebo_share for p in pilots(100, 10)]
    assert 0.4 < np.mean(shares) < 0.7


def test_a_pilot_that_cannot_be_judged_is_refused() -> None:
    table = oe_table(np.random.default_rng(11))
    with pytest.raises(ValueError, match="at least 2 control units"):
        difference_in_differences(table.head(4), ["u00"])
    with pytest.raises(ValueError, match="before or after"):
        difference_in_differences(table.drop(index=0), ["u00"])
    with pytest.raises(ValueError, match="before or after"):
        difference_in_differences(table, ["u99"])
    with pytest.raises(ValueError, match="less than a factor 1.1"):
        difference_in_differences(table.assign(caseload=60.0), ["u00"])


def pilot_rows(
    rng: np.random.Generator, log_hr: float
) -> tuple[pd.DataFrame, pd.DataFrame, Array]:
    """Six units followed for 24 months; u0 halves its caseload in the second year."""
    parts = []
    for after in (False, True):
        for unit in range(6):
            pilot = unit == 0 and after
            caseload = np.full(900, 30.0 if pilot else 60.0)
            rows = draw_rows(rng, 900, 12, 0.7, caseload, log_hr / LN2)
            parts.append(rows.X.assign(unit=f"u{unit}", after=after).join(rows.y))
    table = pd.concat(parts, ignore_index=True)
    y = table[["entry", "stop", "exit"]]
    X = table[["segment", "hard", "unit", "caseload"]]
    return X, y, table["after"].to_numpy()


def test_a_pilot_is_read_from_spells() -> None:
    rng = np.random.default_rng(12)
    found = []
    for _ in range(8):
        X, y, after = pilot_rows(rng, 0.4)
        table = observed_expected(ExitModel(), X, y, after, ["u0"])
        assert table["observed"].sum() == y["exit"].notna().sum()
        assert table.loc[1, "caseload"] == pytest.approx(30)
        pilot = difference_in_differences(table, ["u0"])
        found.append((pilot.log_hr - 0.4) / pilot.sd)
    # eight standardised errors: their mean has standard deviation .35
    assert abs(np.mean(found)) < 1.0


def test_expectation_never_saw_the_pilot() -> None:
    rng = np.random.default_rng(13)
    X, y, after = pilot_rows(rng, 0.0)
    learned = after & (X["unit"] == "u0").to_numpy()
    table = observed_expected(ExitModel(), X, y, after, ["u0"])
    everyone_left = y.assign(exit=y["exit"].where(~learned, "work"))
    again = observed_expected(ExitModel(), X, everyone_left, after, ["u0"])
    assert again["expected"].to_numpy() == pytest.approx(table["expected"].to_numpy())
    with pytest.raises(ValueError, match="no rows of pilot unit Lund"):
        observed_expected(ExitModel(), X, y, after, ["Lund"])


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
