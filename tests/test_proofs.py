"""Small fixed samples of the long proofs, and the proofs at full size as soak tests."""

import pytest
from out_of_sample import out_of_sample, score
from recovery import exit_recovery


def test_monthly_hazards_are_recovered_from_whole_registers() -> None:
    found = exit_recovery(range(1, 5))
    assert found["coverage"].mean() > 0.85
    assert found["error"].mean() <= 0.002


def test_a_plan_saves_in_a_truth_where_effort_helps() -> None:
    row = score(0.30, 101, units=1)
    assert row["saving_sek"] > 0
    assert row["handlers_plan"] > row["handlers_today"]


def test_no_saving_from_exits_is_claimed_where_there_is_none() -> None:
    assert score(0.0, 101, units=1)["units_claiming_exits"] == 0


@pytest.mark.soak
def test_monthly_hazards_are_recovered_in_fifty_registers() -> None:
    found = exit_recovery()
    assert 0.92 <= found["coverage"].mean() <= 0.98
    assert found["error"].mean() <= 0.002


@pytest.mark.soak
def test_plans_save_out_of_sample_where_effort_helps() -> None:
    found = out_of_sample().groupby("effect")
    saved = found["saving_sek"].mean()
    assert saved[0.14] > 0
    assert saved[0.30] > 0
    # 60 units: at most one in ten would claim by chance, and three standard errors
    assert found["units_claiming_exits"].sum()[0.0] <= 6 + 3 * (60 * 0.1 * 0.9) ** 0.5
