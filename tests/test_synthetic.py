"""The simulated register counts right, follows its truth, and says it is simulated."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from truths import one_way_out

from bemanna.models.domain import InputError
from bemanna.models.returns import return_shares
from bemanna.pipelines.language import catalogue
from bemanna.pipelines.newcase import new_case
from bemanna.pipelines.simtables import household_months
from bemanna.pipelines.synthetic import (
    BURN_IN,
    Pilot,
    Register,
    default_truth,
    simulate_default,
    simulate_register,
    write_register,
)


@pytest.fixture(scope="module")
def register() -> Register:
    return simulate_register(default_truth(), 72, np.random.default_rng(1))


def test_flows_are_the_spells_counted_month_by_month(register: Register) -> None:
    spells, flows = register.spells, register.flows
    served = flows["stock"] + flows["inflow"]
    for month, told in flows.groupby("month"):
        open_ = spells["end"].isna() | (spells["end"] >= month)
        masks = {
            "stock": (spells["start"] < month) & open_,
            "inflow": spells["start"] == month,
            "exits": spells["end"] == month,
        }
        for name, mask in masks.items():
            counted = spells[mask].groupby(["unit", "segment"]).size()
            said = told.set_index(["unit", "segment"])[name]
            assert (said == counted.reindex(said.index, fill_value=0)).all()
    following = flows.groupby(["unit", "segment"])["stock"].shift(-1)
    ends = (served - flows["exits"])[following.notna()]
    assert (ends == following.dropna()).all()


def test_exits_by_destination_add_up(register: Register) -> None:
    flows, spells = register.flows, register.spells
    by_destination = flows.filter(like="exits_")
    assert (by_destination.sum(axis=1) == flows["exits"]).all()
    told = spells["destination"].value_counts()
    for name in register.truth.destinations:
        assert by_destination[f"exits_{name}"].sum() == told[name]
    assert (spells["destination"].isna() == spells["end"].isna()).all()


def test_staff_agrees_with_spells_and_groups(register: Register) -> None:
    key = ["unit", "handler_group", "month"]
    counted = household_months(register).groupby(key).size()
    groups = register.groups.set_index(key)
    expected = counted.reindex(groups.index, fill_value=0)
    pd.testing.assert_series_equal(groups["cases"], expected, check_names=False)
    assert np.allclose(groups["caseload"], groups["cases"] / groups["handlers_fte"])
    total = groups["handlers_fte"].groupby(["unit", "month"]).sum()
    staff = register.staff.set_index(["unit", "month"])["handlers_fte"]
    pd.testing.assert_series_equal(total, staff, check_index_type=False)


def test_spells_are_truncated_left_and_open_right(register: Register) -> None:
    spells = register.spells
    assert (spells["start"] < register.months[0]).sum() > 400
    assert spells["end"].min() >= register.months[0]
    assert spells["end"].isna().sum() > 400
    assert (spells["end"].dropna() >= spells["start"][spells["end"].notna()]).all()


def test_a_household_returns_as_a_new_spell_after_the_old(register: Register) -> None:
    spells = register.spells.sort_values(["household", "start"])
    again = spells.groupby("household")
    assert (again.size() > 1).any()
    same = spells["household"] == spells["household"].shift()
    assert (spells["start"][same] > spells["end"].shift()[same]).all()
    step = spells["spell_no"] - spells["spell_no"].shift()
    assert (step[same] == 1).all()
    assert again[["unit", "segment", "hard"]].nunique().eq(1).all().all()


def test_the_same_seed_gives_the_same_register() -> None:
    truth = default_truth(120)
    one, same, other = (
        simulate_register(truth, 24, np.random.default_rng(seed)) for seed in (7, 7, 8)
    )
    for name in ("spells", "flows", "staff", "groups", "drivers"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(same, name))
    assert not one.flows.equals(other.flows)


def test_returns_come_at_the_true_rate() -> None:
    share = np.array([[0.0, 0.10, 0.05, 0.0, 0.05]])
    truth = one_way_out(return_share=share)
    register = simulate_register(truth, 120, np.random.default_rng(6))
    last = register.months[-1]
    found = return_shares(register.spells, truth.segments, last, 5)
    assert np.abs(found - share).max() < 0.012
    assert (found[:, [0, 3]] == 0).all()


def test_payments_have_the_true_mean() -> None:
    truth = one_way_out(benefit_growth_year=0.0)
    flows = simulate_register(truth, 60, np.random.default_rng(7)).flows
    sums = flows.assign(served=flows["stock"] + flows["inflow"])
    sums = sums.groupby("segment")[["paid_sek", "served"]].sum()
    error = truth.benefit * truth.benefit_cv / np.sqrt(sums["served"])
    gap = (sums["paid_sek"] / sums["served"] - truth.benefit) / error
    assert np.abs(gap).max() < 3.5


def test_a_pilot_lowers_the_caseload_of_its_unit_alone() -> None:
    truth = one_way_out(pilot=Pilot("B", 12, 0.5))
    staff = simulate_register(truth, 24, np.random.default_rng(8)).staff
    wide = staff.set_index(["month", "unit"])["handlers_fte"].unstack()  # noqa: PD010
    assert (wide["A"] == 12).all()
    assert (wide["B"][:12] == 6).all()
    assert (wide["B"][12:] == 12).all()


def test_staff_changes_over_time_but_never_to_nobody() -> None:
    truth = one_way_out(turnover_year_share=0.9, vacancy_months=6)
    staff = simulate_register(truth, 60, np.random.default_rng(9)).staff
    assert staff.groupby("unit")["handlers_fte"].nunique().min() >= 3
    assert staff["handlers_fte"].between(1, 12).all()


def test_a_large_register() -> None:
    truth = default_truth(3000)
    register = simulate_register(truth, 120, np.random.default_rng(10))
    assert len(register.spells) > 15_000


def test_the_folder_says_that_it_is_simulated(tmp_path: Path) -> None:
    register = simulate_default(tmp_path / "sim", seed=11, months=24, cases=90)
    told = tomllib.loads((tmp_path / "sim/kommun.toml").read_text("utf-8"))
    assert told["data"]["simulated"] is True
    truth = json.loads((tmp_path / "sim/truth.json").read_text("utf-8"))
    assert truth["simulated"] is True
    assert truth["log_hr_halving"] == pytest.approx(0.20)
    flows = pd.read_csv(tmp_path / "sim/flows.csv", sep=";", decimal=",")
    flows["month"] = pd.to_datetime(flows["month"])
    pd.testing.assert_frame_equal(flows, register.flows, check_dtype=False)


def test_writing_twice_with_one_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b", "a"):  # the third replaces the first
        simulate_default(tmp_path / name, seed=12, months=18, cases=60)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "b").iterdir())
    for name in files:
        one, other = (tmp_path / folder / name for folder in ("a", "b"))
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("text", ["[data]\n", "not toml =", "# simulated = true\n"])
def test_a_municipality_s_own_case_is_never_overwritten(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "kommun.toml").write_text(text, "utf-8")
    register = simulate_register(default_truth(60), 12, np.random.default_rng(0))
    with pytest.raises(InputError, match="inte är ett simulerat register"):
        write_register(register, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kommun.toml"]
    assert (tmp_path / "kommun.toml").read_text("utf-8") == text


def test_figures_of_ones_own_are_safe_though_labelled_simulated(tmp_path: Path) -> None:
    """The templates are labelled so until the label is taken away by hand."""
    new_case(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    register = simulate_register(default_truth(60), 12, np.random.default_rng(0))
    with pytest.raises(InputError, match="inte är ett simulerat register"):
        write_register(register, tmp_path)
    (tmp_path / "kommun.toml").unlink()
    with pytest.raises(InputError, match="inte är ett simulerat register"):
        write_register(register, tmp_path)
    for path, data in before.items():
        assert not path.exists() or path.read_bytes() == data


def test_a_writing_cut_short_can_be_done_again(tmp_path: Path) -> None:
    simulate_default(tmp_path, seed=1, months=18, cases=60)
    (tmp_path / "kommun.toml").unlink()  # written last
    simulate_default(tmp_path, seed=1, months=18, cases=60)
    assert (tmp_path / "kommun.toml").exists()


def test_a_run_reads_the_folder_without_a_fault(tmp_path: Path) -> None:
    from bemanna.pipelines.registers import read_case

    register = simulate_default(tmp_path, seed=13, months=60, cases=300)
    case = read_case(tmp_path)
    assert case.simulated
    assert not case.staff_assumed
    told = case.flows.set_index(["unit", "segment", "month"]).sort_index()
    flows = register.flows.set_index(["unit", "segment", "month"]).sort_index()
    for ours, theirs in {
        "stock": "start",
        "inflow": "inflow",
        "exits": "exits",
    }.items():
        assert (told[theirs].to_numpy() == flows[ours].to_numpy()).all()
    assert case.spells is not None
    assert len(case.spells) == len(register.spells)


def test_burn_in_outlasts_every_return() -> None:
    # otherwise a register would start without the returns that are due
    assert default_truth().return_share.shape[1] < BURN_IN


def test_messages_have_their_swedish() -> None:
    import ast

    import bemanna.pipelines.simfolder as room

    tree = ast.parse(Path(room.__file__).read_text("utf-8"))
    asked = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "_"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert asked
    assert all(text in catalogue() for text in asked)
