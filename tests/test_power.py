"""A plan's power is the share of simulated pilots that find the effect."""

from dataclasses import replace

import numpy as np
import pytest
from pilots import oe_table
from pilotworld import pilot_table
from scipy import stats

from bemanna.models.effect import shift_odds
from bemanna.models.pilot import difference_in_differences
from bemanna.models.power import (
    LotteryPlan,
    PilotPlan,
    minimum_detectable_effect,
    needed_cases,
    needed_months,
)

RUNS = 500
#: Three standard errors of a share of .8 among RUNS.
CHANCE = 3 * np.sqrt(0.8 * 0.2 / RUNS)
HASKY = PilotPlan(
    pilots=1,
    controls=11,
    cases=240,
    months_before=24,
    months=12,
    hazard=0.045,
    drift=0.1,
)


def found(rng: np.random.Generator, plan: PilotPlan, log_hr: float) -> float:
    """Share of pilots drawn by the plan whose 95 % interval leaves out 0."""
    units = plan.pilots + plan.controls
    treated = [f"u{i:02d}" for i in range(plan.pilots)]
    months = plan.cases * np.array([plan.months_before, plan.months])
    expected = np.ones((units, 1)) * months * plan.hazard
    ratio = np.exp(log_hr * np.log2(plan.ratio))
    rejected = 0
    for _ in range(RUNS):
        level = rng.normal(0, 0.2, (units, 1)) * [1, 1]
        level[:, 1] += rng.normal(0, plan.drift, units)
        mean = expected * np.exp(level)
        bent = float(shift_odds(plan.hazard, ratio)) / plan.hazard
        mean[: plan.pilots, 1] *= bent
        table = pilot_table(
            rng.poisson(mean).astype(float), expected, expected / plan.hazard
        )
        lighter = table["after"] & table["unit"].isin(treated)
        table["caseload"] = np.where(lighter, 60 / plan.ratio, 60.0)
        interval = difference_in_differences(table, treated).interval()
        rejected += interval.low > 0 or interval.high < 0
    return rejected / RUNS


@pytest.mark.parametrize(
    "plan",
    [
        HASKY,
        replace(HASKY, drift=0.0),
        replace(HASKY, controls=5),
        replace(HASKY, pilots=3, controls=8, ratio=1.5),
    ],
    ids=["one pilot", "no drift", "few controls", "three lighter pilots"],
)
def test_units_find_the_least_effect_as_often_as_said(plan: PilotPlan) -> None:
    effect = minimum_detectable_effect(plan, power=0.8)
    assert plan.power(effect) == pytest.approx(0.8)
    rng = np.random.default_rng(1)
    assert found(rng, plan, effect) == pytest.approx(0.8, abs=CHANCE)


def test_a_test_of_nothing_rejects_at_its_size() -> None:
    much = replace(HASKY, drift=1.0)
    assert much.power(0.0) == pytest.approx(0.05, abs=0.001)
    assert much.power(0.0, size=0.2) == pytest.approx(0.2, abs=0.001)
    # with little drift the estimate of it errs upwards, for it is never below 0
    assert replace(HASKY, drift=0.0).power(0.0) < HASKY.power(0.0) < 0.05
    assert LotteryPlan(400, 12, 0.045).power(0.0) == pytest.approx(0.05)


def test_the_standard_error_is_that_of_the_pilot() -> None:
    table = oe_table(np.random.default_rng(2), drift=0.0, expected=100.0)
    table["observed"] = table["expected"] = np.tile([200.0, 100.0], 12)
    pilot = difference_in_differences(table, ["u00"])
    plan = replace(HASKY, cases=100, months_before=2e6, months=1e6, hazard=1e-6)
    assert pilot.tau2 == 0
    assert pilot.sd == pytest.approx(replace(plan, drift=0.0).sd(), rel=0.01)


def test_controls_cases_and_months_help_but_not_against_drift() -> None:
    least = minimum_detectable_effect
    assert least(replace(HASKY, controls=30)) < least(HASKY)
    assert least(replace(HASKY, pilots=3)) < least(HASKY)
    assert least(replace(HASKY, months=24)) < least(HASKY)
    assert least(replace(HASKY, ratio=1.5)) > least(HASKY)
    endless = replace(HASKY, cases=10**7)
    # nothing but drift is left: delta / (tau sqrt(1 + 1/11)) of a t test
    wanted = least(endless) * (1 - HASKY.hazard)
    limit, power = stats.t.ppf(0.975, 10), stats.nct.sf
    apart = wanted / (0.1 * np.sqrt(12 / 11))
    assert power(limit, 10, apart) == pytest.approx(0.8, abs=0.01)
    with pytest.raises(ValueError, match="only more units help"):
        needed_months(HASKY, 0.2)
    with pytest.raises(ValueError, match="only more units help"):
        needed_cases(HASKY, 0.2)


@pytest.mark.parametrize(
    "plan", [replace(HASKY, drift=0.03), LotteryPlan(300, 12, 0.045)], ids=str
)
def test_the_fewest_months_and_cases_are_enough_and_one_fewer_is_not(
    plan: PilotPlan | LotteryPlan,
) -> None:
    months, cases = needed_months(plan, 0.3), needed_cases(plan, 0.3)
    assert replace(plan, months=months).power(0.3) >= 0.8
    assert replace(plan, months=months - 1).power(0.3) < 0.8
    assert replace(plan, cases=cases).power(0.3) >= 0.8
    assert replace(plan, cases=cases - 1).power(0.3) < 0.8


def test_a_lottery_finds_the_least_effect_as_often_as_said() -> None:
    plan = LotteryPlan(cases=300, months=12, hazard=0.045, share=0.4)
    effect = minimum_detectable_effect(plan)
    rng = np.random.default_rng(3)
    hazard = np.array([float(shift_odds(0.045, np.exp(effect))), 0.045])
    # monthly tables of leaving by arm, stocks refilled; the log-rank test over months
    open_ = np.array([120, 180])
    left = rng.binomial(open_, hazard, (RUNS, 12, 2))
    total = left.sum(2)
    variance = total * 0.4 * 0.6 * (300 - total) / 299
    z = (left[:, :, 0] - 0.4 * total).sum(1) / np.sqrt(variance.sum(1))
    rejected = np.abs(z) > stats.norm.ppf(0.975)
    assert rejected.mean() == pytest.approx(0.8, abs=CHANCE)


def test_a_lottery_needs_the_exits_of_schoenfeld() -> None:
    # his number is that of small effects and rare exits
    plan = LotteryPlan(cases=1, months=100, hazard=0.01, share=0.3)
    cases = needed_cases(plan, 0.01)
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    exits = z**2 / (0.3 * 0.7 * 0.01**2)
    assert cases * 100 * 0.01 * (1 - 0.01) == pytest.approx(exits, rel=0.01)


def test_a_lottery_finds_smaller_effects_than_units_that_drift() -> None:
    """With the same households in the pilot: no drift enters, and no t of ten."""
    lottery = LotteryPlan(cases=240, months=12, hazard=0.045)
    units = minimum_detectable_effect(replace(HASKY, drift=0.2))
    assert minimum_detectable_effect(lottery) < 0.75 * units


def test_a_plan_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="2 control units"):
        replace(HASKY, controls=1)
    with pytest.raises(ValueError, match="drift >= 0"):
        replace(HASKY, drift=-0.1)
    with pytest.raises(ValueError, match="hazard must be"):
        replace(HASKY, hazard=0.0)
    with pytest.raises(ValueError, match="ratio above 1"):
        LotteryPlan(300, 12, 0.045, ratio=1.0)
    with pytest.raises(ValueError, match="share must be"):
        LotteryPlan(300, 12, 0.045, share=1.0)
    with pytest.raises(ValueError, match="size < power"):
        minimum_detectable_effect(HASKY, power=0.01)
    with pytest.raises(ValueError, match="however large"):
        minimum_detectable_effect(replace(HASKY, cases=1, drift=3.0))
