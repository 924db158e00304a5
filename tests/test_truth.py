"""What a register follows: hazards, hardness, the long run; and it is followed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from truths import one_way_out

from bemanna.pipelines.simtables import codes, household_months
from bemanna.pipelines.synthetic import (
    Pilot,
    calibrate,
    default_truth,
    marginal_hazard,
    simulate_register,
    true_hazard,
)
from bemanna.pipelines.truth import stationary_cases, true_occupancy


def test_exits_follow_the_true_hazard_in_every_cell() -> None:
    truth = replace(default_truth(3000), turnover_year_share=0.5)
    register = simulate_register(truth, 60, np.random.default_rng(2))
    rows = household_months(register)
    hazard = true_hazard(
        truth,
        codes(truth.segments, rows["segment"]),
        rows["elapsed"],
        rows["caseload"],
        rows["hard"],
        rows["month"].dt.month,
        rows["unemployment_rate"],
    )
    cells = [
        rows["segment"],
        rows["hard"],
        pd.cut(rows["elapsed"], [-1, 2, 5, 11, 23, 10_000]),
        pd.qcut(rows["caseload"], 4),
    ]
    squares = []
    for j, name in enumerate(truth.destinations):
        table = pd.DataFrame(
            {
                "seen": rows["exit"] == name,
                "expected": hazard[:, j],
                "variance": hazard[:, j] * (1 - hazard[:, j]),
            }
        )
        cell = table.groupby(cells, observed=True).sum()
        cell = cell[cell["expected"] >= 5]
        squares.append((cell["seen"] - cell["expected"]) ** 2 / cell["variance"])
    chi2 = pd.concat(squares)
    assert len(chi2) > 200
    assert 1e-3 < stats.chi2.sf(chi2.sum(), len(chi2)) < 1 - 1e-3


def test_a_clean_register_gives_the_effort_elasticity_back() -> None:
    truth = one_way_out(turnover_year_share=0.6, vacancy_months=6)
    register = simulate_register(truth, 120, np.random.default_rng(3))
    rows = household_months(register)
    design = np.column_stack(
        [
            rows["segment"] == "kort",
            rows["segment"] == "lång",
            (rows["segment"] == "kort") * np.log1p(rows["elapsed"]),
            (rows["segment"] == "lång") * np.log1p(rows["elapsed"]),
            np.log(60 / rows["caseload"]),
        ]
    ).astype(float)
    fit = sm.GLM(rows["exit"].notna().astype(float), design, sm.families.Binomial())
    result = fit.fit()
    assert result.bse.iloc[-1] < 0.15  # staffing moved enough to say something
    gap = (result.params - [-2.0, -3.0, -0.3, -0.1, 0.5]) / result.bse
    assert np.abs(gap).max() < 3


def test_confounding_turns_the_sign_and_hardness_turns_it_back() -> None:
    truth = one_way_out(
        theta=0.4,
        hard_share=0.4,
        hard_shift=-1.5,
        light_if_hard=0.8,
        light_if_easy=0.25,
        light_caseload_ratio=0.5,
    )
    register = simulate_register(truth, 120, np.random.default_rng(4))
    rows = household_months(register)
    lighter = np.log(60 / rows["caseload"])
    age = np.log1p(rows["elapsed"])
    left = rows["exit"].notna().astype(float)
    kort = (rows["segment"] == "kort").astype(float)

    def effect_of_lighter(*more: pd.Series) -> float:
        design = sm.add_constant(np.column_stack([lighter, age, kort, *more]))
        fit = sm.GLM(left, design, sm.families.Binomial()).fit()
        return float(fit.params.iloc[1])

    assert effect_of_lighter() < -0.1  # the naive sign: lighter looks harmful
    assert effect_of_lighter(rows["hard"]) > 0.2  # the truth is 0.4


def test_the_register_starts_in_its_long_run_state() -> None:
    truth = one_way_out(theta=0.0, return_share=np.array([[0.0, 0.1, 0.1]]))
    long_run = stationary_cases(truth)
    draws = [simulate_register(truth, 60, np.random.default_rng(s)) for s in range(20)]
    for month in (0, 59):
        served = []
        for drawn in draws:
            flows = drawn.flows[drawn.flows["month"] == drawn.months[month]]
            served.append((flows["stock"] + flows["inflow"]).to_numpy())
        error = np.sqrt(long_run.ravel() / len(draws))  # a Poisson stock
        gap = (np.mean(served, axis=0) - long_run.ravel()) / error
        assert np.abs(gap).max() < 3.5


def test_marginal_hazard_is_what_is_seen_when_hardness_is_not() -> None:
    truth = one_way_out(theta=0.0, hard_share=0.4, hard_shift=-1.2)
    register = simulate_register(truth, 240, np.random.default_rng(5))
    rows = household_months(register)
    rows = rows[rows["elapsed"] < 36]
    by_month = rows.groupby(["segment", "elapsed"])["exit"]
    seen, n = by_month.count().unstack(), by_month.size().unstack()  # noqa: PD010
    expected = marginal_hazard(truth, 36)[:, :, 0]
    z = (seen - n * expected) / np.sqrt(n * expected * (1 - expected))
    assert 1e-3 < stats.chi2.sf(np.square(np.asarray(z)).sum(), z.size) < 1 - 1e-3
    # selection: the longer, the larger the share of hard cases, so below a fixed mix
    fixed = true_hazard(truth, [[0], [1]], np.arange(36)) * 0.6
    fixed += true_hazard(truth, [[0], [1]], np.arange(36), hard=1) * 0.4
    assert (expected[:, 1:] < fixed[:, 1:, 0]).all()


def test_true_hazard_multiplies_the_odds_of_every_destination() -> None:
    truth = default_truth()
    base = true_hazard(truth, 1, 7, caseload=50.0)
    lighter = true_hazard(truth, 1, 7, caseload=25.0)
    odds = base / (1 - base.sum()), lighter / (1 - lighter.sum())
    assert np.allclose(odds[1] / odds[0], np.exp(truth.log_hr_halving))
    assert np.allclose(base, true_hazard(truth, 1, 7))


def test_the_light_group_is_as_light_as_said() -> None:
    truth = one_way_out(
        theta=0.0,
        hard_share=0.4,
        hard_shift=-1.0,
        light_if_hard=0.8,
        light_if_easy=0.3,
        light_caseload_ratio=0.6,
    )
    groups = simulate_register(truth, 120, np.random.default_rng(14)).groups
    mean = groups.groupby("handler_group")["caseload"].mean()
    assert mean["light"] / mean["heavy"] == pytest.approx(0.6, abs=0.05)


@given(
    cases=st.floats(50, 5_000),
    exit_rate=st.floats(0.01, 0.15),
    benefit=st.floats(3_000, 15_000),
    work=st.floats(0.1, 0.7),
)
@settings(max_examples=20, deadline=None)
def test_calibration_reaches_its_targets(
    cases: float, exit_rate: float, benefit: float, work: float
) -> None:
    shares = np.array([work, *(3 * [(1 - work) / 3])])
    target = cases * np.array([0.5, 0.3, 0.2])
    truth = calibrate(default_truth(), target, exit_rate, benefit, shares)
    there = stationary_cases(truth)
    assert np.allclose(there.sum(1), target)
    assert np.isclose((there.sum(0) * truth.benefit).sum() / there.sum(), benefit)
    served, hazard = true_occupancy(truth)
    weight = there.sum(0)[:, None, None] * served / served.sum((1, 2), keepdims=True)
    exits = (weight[..., None] * hazard).sum((0, 1, 2)) / weight.sum()
    assert np.allclose(exits, exit_rate * shares, rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"alpha": np.zeros((3, 1))}, "alpha must have shape"),
        ({"inflow": np.zeros((1, 2))}, "inflow must have shape"),
        ({"return_share": np.zeros((3, 4))}, "return_share"),
        ({"light_if_hard": 1.0}, "light_if_hard"),
        ({"vacancy_months": 0}, "vacancy_months"),
        ({"pilot": Pilot("C", 1, 0.5)}, "pilot unit 'C'"),
    ],
)
def test_a_truth_that_does_not_fit_is_refused(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        one_way_out(**changes)


def test_an_unknown_segment_is_refused() -> None:
    assert codes(("kort", "lång"), ["lång", "kort"]).tolist() == [1, 0]
    with pytest.raises(ValueError, match="mellan"):
        codes(("kort", "lång"), ["kort", "mellan"])


def test_impossible_orders_are_refused() -> None:
    truth = one_way_out()
    with pytest.raises(ValueError, match="months must be at least 1"):
        simulate_register(truth, 0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="exit_rate"):
        calibrate(truth, [100, 100], 1.5, 8_000)
