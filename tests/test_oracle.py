"""Core files: exact optima, the duals' signs, the grammar and its faults."""

import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from core_cases import answer, case, unit
from shared import ROOT, shared_data

from bemanna.optimisation import corefile, programme

_BASE = Path(os.environ.get("BEMANNA_SHARED", ROOT.parent / "shared"))
FILES = sorted((_BASE / "data/oracle").glob("*.json")) or [Path("oracle/absent.json")]


def close(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_exact_optimum_of_every_oracle_file(file: Path) -> None:
    path = shared_data(f"oracle/{file.name}")
    expected = json.loads(path.read_text("utf-8"))["expected"]
    found = corefile.answer(path)
    json.dumps(found, allow_nan=False)
    assert found["status"] == expected["status"]
    if expected["status"] == "infeasible":
        assert found["conflict"]
        return
    exact = float(Fraction(expected["objective_exact"]))
    assert found["objective"] == close(exact)
    for key, dual in expected.get("duals", {}).items():
        assert found["duals"][key] == close(float(Fraction(dual))), key
    if "hires" in expected:
        hires = np.array(found["hires"])
        wanted = np.array(expected["hires"], dtype=float)
        if wanted.ndim == 0:
            wanted = np.r_[wanted, np.zeros(hires.shape[1] - 1)]
        elif len(found["hires"]) > 1:
            hires = hires[:, 0]
        assert hires.ravel() == close(wanted)
    if found["certificate_gap"] is not None:
        assert abs(found["certificate_gap"]) <= 1e-8


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_cases_served_where_the_oracle_tells(file: Path) -> None:
    path = shared_data(f"oracle/{file.name}")
    expected = json.loads(path.read_text("utf-8"))["expected"]
    served = expected.get("x", {})
    if expected["status"] == "optimal":
        solution = programme.solve(corefile.read(path))
        for key, value in served.items():
            at = tuple(int(i) for i in key[2:-1].split(","))
            assert solution.units[0].served[at] == close(float(Fraction(value)))


def test_whole_hires_against_the_relaxation() -> None:
    path = shared_data("oracle/core-05-integer-hires.json")
    expected = json.loads(path.read_text("utf-8"))["expected"]
    problem = corefile.read(path)
    relaxation = programme.solve(problem, relax=True)
    assert relaxation.objective == close(expected["objective_lp_relaxation"])
    for plan in expected["best_plans"]:
        given = programme.solve(problem, fixed_hires=plan["h"])
        assert given.objective == close(plan["objective"])
    rounded = programme.whole_handlers(problem)
    assert rounded.objective == close(expected["objective"])
    gap = 1 - expected["objective_lp_relaxation"] / expected["objective"]
    assert rounded.integrality_gap == close(gap)


def test_value_of_each_whole_hire() -> None:
    path = shared_data("oracle/core-06-gavle-style.json")
    expected = json.loads(path.read_text("utf-8"))["expected"]
    problem = corefile.read(path)
    for hired, value in enumerate(expected["value_by_hires"]):
        plan = [float(hired)] + [0.0] * 11
        found = programme.solve(problem, fixed_hires=plan)
        assert found.objective == close(value)


def test_a_budget_over_two_units_goes_where_it_saves_most(tmp_path: Path) -> None:
    # one more handler saves 6000 in the first unit, 3000 in the second; the budget
    # pays for one and a half: the first takes its one, the second the half
    content = case(
        unit(hire_max=["1"]),
        unit(hire_max=["1"], V=[["500"]]),
        budgets=[{"months": [0], "limit": "70"}],
    )
    found = answer(tmp_path, content)
    assert found["hires"] == [[close(1.0)], [close(0.5)]]
    first = 600 + 1000 * 60 * 0.8 + 40
    second = 600 + 500 * (30 * 0.9 + 30 * 0.8) + 30
    assert found["objective"] == close(first + second)
    # a krona buys a twentieth of a handler
    assert found["duals"]["budget[0]"] == close(-(3000 - 20) / 20)
    assert found["duals"]["cap[0,0]"] == close(-6000)
    assert found["duals"]["cap[1,0]"] == close(-3000)
    assert found["certificate_gap"] == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(
    ("fixed", "bought"), [("2900", True), ("2970", False)], ids=["worth", "too dear"]
)
def test_a_robot_is_bought_where_it_pays(
    tmp_path: Path, fixed: str, bought: bool
) -> None:
    # it frees half a handler, which upgrades 30 cases: 3000 SEK
    robot = {
        "fixed_cost": fixed,
        "running_cost": "50",
        "freed_share": "0.5",
        "handlers_max": "3",
    }
    found = answer(tmp_path, case(unit(automation=robot)))
    without = 600 + 1000 * 60 * 0.9 + 20
    with_it = without - 3000 + float(fixed) + 50
    assert found["objective"] == close(with_it if bought else without)
    assert found["certificate_gap"] is None


def test_expected_cost_and_cvar_without_a_decision(tmp_path: Path) -> None:
    # costs 10 n: 100 with chance 3/4, 200 with chance 1/4. The worst half of the
    # future costs 150 on average, all of it 125
    quiet = unit(
        n0=[["10"]], K=["60"], p=[[["0"]]], V=[["0"]], cost_handler="0", handlers0="5"
    )
    scenarios = [
        {"prob": "0.75", "override": {}},
        {"prob": "0.25", "override": {"n0": [["20"]]}},
    ]
    found = answer(tmp_path, case(quiet, scenarios=scenarios))
    assert found["objective"] == close(125)
    risk = {"weight": "0.4", "alpha": "0.5"}
    found = answer(tmp_path, case(quiet, scenarios=scenarios, cvar=risk))
    assert found["objective"] == close(0.6 * 125 + 0.4 * 150)
    assert found["certificate_gap"] is None


def test_risk_aversion_hires_for_the_bad_future(tmp_path: Path) -> None:
    # a second handler costs 4000; it saves 6000 if cases close late (chance a half),
    # nothing otherwise: not worth it on average, worth it for the worst half
    base = unit(hire_max=["1"], cost_hire="3980")
    futures = [
        {"prob": "1/2", "override": {}},
        {"prob": "1/2", "override": {"V": [["0"]]}},
    ]
    calm = answer(tmp_path, case(base, scenarios=futures))
    assert calm["hires"] == [[close(0.0)]]
    assert calm["objective"] == close((600 + 54000 + 20 + 600 + 20) / 2)
    risk = {"weight": "1", "alpha": "0.5"}
    wary = answer(tmp_path, case(base, scenarios=futures, cvar=risk))
    assert wary["hires"] == [[close(1.0)]]
    assert wary["objective"] == close(600 + 48000 + 40 + 3980)
    assert wary["duals"]["head[0]"] <= 0


def test_fairness_lifts_those_who_gain_nothing(tmp_path: Path) -> None:
    # time helps the first group alone; the floor of 40 cases per handler still gives
    # half of the second group's 60 cases a handler per 30
    two = unit(
        w=["1", "1"],
        b=["10", "10"],
        p=[[["0.1", "0.2"]], [["0.1", "0.1"]]],
        n0=[["60"], ["60"]],
        A=[["0"], ["0"]],
        V=[["1000"], ["1000"]],
        handlers0="3",
    )
    free = answer(tmp_path, case(two))
    assert free["objective"] == close(1200 + 48000 + 54000 + 60)
    two["fair_floor_cases"] = "40"
    fair = answer(tmp_path, case(two))
    # 1.5 handlers go to the second group, the first is left with 1.5
    assert fair["objective"] == close(1200 + 51000 + 54000 + 60)
    assert fair["duals"]["cap[0]"] == close(-6000)
    assert fair["certificate_gap"] == pytest.approx(0, abs=1e-8)


def test_an_infeasible_file_names_the_rows(tmp_path: Path) -> None:
    found = answer(tmp_path, case(unit(handlers0="0.5", overtime_max="0.25")))
    assert found["status"] == "infeasible"
    assert set(found["conflict"]) == {
        "cap[0]",
        "head[0]",
        "bal[0,0,0]",
        "hire_max[0]",
        "overtime_max",
    }


def test_an_infeasible_budget_is_named(tmp_path: Path) -> None:
    content = case(unit(), unit(), budgets=[{"months": [0], "limit": "39"}])
    found = answer(tmp_path, content)
    assert found["status"] == "infeasible"
    # whoever serves the cases costs 20 SEK in each unit
    assert found["conflict"][0] == "budget[0]"
    for u in range(2):
        assert {f"cap[{u},0]", f"head[{u},0]"} & set(found["conflict"])


def test_whole_hires_that_cannot_be_are_named(tmp_path: Path) -> None:
    # 0.75 of a hire would do; whole, one is too many for the budget and none too few
    content = case(
        unit(handlers0="0.5", hire_max=["1"], overtime_max="0", integer_hires=True),
        budgets=[{"months": [0], "limit": "25"}],
    )
    found = answer(tmp_path, content)
    assert found["status"] == "infeasible"
    assert {"budget[0]", "cap[0]"} <= set(found["conflict"])


def test_duals_carry_unit_and_scenario(tmp_path: Path) -> None:
    found = answer(tmp_path, case(unit()))
    assert set(found["duals"]) == {"cap[0]", "head[0]", "bal[0,0,0]"}
    found = answer(tmp_path, case(unit(), unit()))
    assert {"cap[1,0]", "head[1,0]", "bal[1,0,0,0]"} <= set(found["duals"])
    scenarios = [{"prob": "0.5", "override": {}}, {"prob": "0.5", "override": {}}]
    found = answer(tmp_path, case(unit(), scenarios=scenarios))
    assert {"cap@0[0]", "cap@1[0]", "head[0]"} <= set(found["duals"])


def test_sign_of_the_equality_duals(tmp_path: Path) -> None:
    found = answer(tmp_path, case(unit(handlers0="1.5")))
    # one more handler saves 6000 and costs 20; one more case, served at 60, costs
    # its benefit, what it is worth at the end, and the handler's time
    assert found["duals"]["head[0]"] == close(20 - 6000)
    assert found["duals"]["bal[0,0,0]"] == close(10 + 0.9 * 1000 + 6000 / 60)
