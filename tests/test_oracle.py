"""Core files: exact optima, the duals' signs, the grammar and its faults."""

import copy
import json
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shared import ROOT, shared_data

from bemanna.models.domain import InputError
from bemanna.optimisation import corefile, programme

Case = dict[str, Any]
_BASE = Path(os.environ.get("BEMANNA_SHARED", ROOT.parent / "shared"))
FILES = sorted((_BASE / "data/oracle").glob("*.json")) or [Path("oracle/absent.json")]
EXACT = pytest.approx


def close(value: float) -> Any:
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


# -- hand-checked cases: one month, 60 cases, 60 or 30 per handler ------------------


def unit(**changes: Any) -> Case:
    """One month of 60 cases: one handler serves them all at 60, two at 30.

    Upgrading a case from 60 to 30 takes 1/60 handler and saves 0.1 V = 100 SEK.
    """
    base = {
        "w": ["1"],
        "b": ["10"],
        "K": ["60", "30"],
        "p": [[["0.1", "0.2"]]],
        "a": ["0"],
        "n0": [["60"]],
        "A": [["0"]],
        "V": [["1000"]],
        "absence": "0",
        "intake_effort": "0",
        "turnover": "0",
        "ramp": [],
        "discount": "1",
        "cost_handler": "20",
        "cost_hire": "0",
        "cost_release": "0",
        "cost_overtime": "100000",
        "handlers0": "1",
        "hire_max": ["0"],
        "release_max": ["0"],
        "overtime_max": None,
        "fair_floor_cases": None,
        "integer_hires": False,
        "automation": None,
    }
    return {**copy.deepcopy(base), **changes}


def case(*units: Case, **more: Any) -> Case:
    return {"formulation": "caseload-lp-core/1", "T": 1, "units": list(units), **more}


def answer(tmp_path: Path, content: Any) -> dict[str, Any]:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(content), "utf-8")
    return corefile.answer(path)


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
    rows = {"budget[0]", "head[0,0]", "head[1,0]"}
    assert rows <= set(found["conflict"])
    assert not any(row.startswith("bal") for row in found["conflict"])


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


# -- the grammar -----------------------------------------------------------------


def _set(name: str, value: Any) -> Callable[[Case], None]:
    def change(content: Case) -> None:
        content["units"][0][name] = value

    return change


def _top(name: str, value: Any) -> Callable[[Case], None]:
    def change(content: Case) -> None:
        content[name] = value

    return change


FAULTS: dict[str, tuple[Callable[[Case], Any], str]] = {
    "unknown formulation": (_top("formulation", "caseload-lp-core/9"), "formulation"),
    "no months": (_top("T", "1"), "months"),
    "no units": (_top("units", []), "no_unit"),
    "unknown field at the top": (_top("unit", []), "unknown_field"),
    "missing field": (lambda c: c["units"][0].pop("n0"), "missing_field"),
    "unknown field": (_set("overtime_mx", None), "unknown_field"),
    "text for a number": (_set("discount", "almost 1"), "not_a_number"),
    "null for a number": (_set("absence", None), "not_a_number"),
    "true for a number": (_set("absence", True), "not_a_number"),
    "division by zero": (_set("absence", "1/0"), "not_a_number"),
    "list for a number": (_set("absence", ["0"]), "wrong_length"),
    "too few months": (_set("A", [[]]), "wrong_length"),
    "too many months": (_set("hire_max", ["0", "0"]), "wrong_length"),
    "lists too shallow": (_set("p", ["0.1", "0.2"]), "wrong_length"),
    "ragged lists": (_set("p", [[["0.1", "0.2"], ["0.1"]]]), "wrong_length"),
    "levels differ": (_set("K", ["60", "50", "40"]), "wrong_length"),
    "negative probability": (_set("p", [[["-0.1", "0.2"]]]), "out_of_range"),
    "probability above 1": (_set("p", [[["0.1", "1.2"]]]), "out_of_range"),
    "negative stock": (_set("n0", [["-1"]]), "out_of_range"),
    "no cases per handler": (_set("K", ["60", "0"]), "out_of_range"),
    "everyone absent": (_set("absence", "1"), "out_of_range"),
    "last bucket ages": (_set("a", ["0.5"]), "last_bucket"),
    "whole hires as text": (_set("integer_hires", "false"), "not_a_bool"),
    "half a robot": (_set("automation", {"fixed_cost": "1"}), "missing_field"),
    "budget month": (
        _top("budgets", [{"months": [1], "limit": "1"}]),
        "budget_months",
    ),
    "budget without limit": (_top("budgets", [{"months": [0]}]), "missing_field"),
    "cvar alone": (_top("cvar", {"weight": "1", "alpha": "0.5"}), "cvar"),
    "certain tail": (_top("cvar", {"weight": "1", "alpha": "1"}), "out_of_range"),
    "chances": (
        _top("scenarios", [{"prob": "0.5", "override": {}}]),
        "chances",
    ),
    "negative chance": (
        _top("scenarios", [{"prob": "-1", "override": {}}]),
        "out_of_range",
    ),
    "unknown override": (
        _top("scenarios", [{"prob": "1", "override": {"benefit": "1"}}]),
        "unknown_field",
    ),
    "override of another shape": (
        _top("scenarios", [{"prob": "1", "override": {"K": ["60"]}}]),
        "wrong_length",
    ),
    "override of shared staffing": (
        _top(
            "scenarios",
            [
                {"prob": "0.5", "override": {}},
                {"prob": "0.5", "override": {"handlers0": "2"}},
            ],
        ),
        "shared",
    ),
    "not a list": (_top("budgets", {"months": [0]}), "not_a_list"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_malformed_file_is_refused(name: str, tmp_path: Path) -> None:
    change, rule = FAULTS[name]
    content = case(unit())
    change(content)
    with pytest.raises(InputError) as refused:
        answer(tmp_path, content)
    rules = [fault.rule for fault in refused.value.faults]
    assert rule in rules
    assert all(fault.message and fault.remedy for fault in refused.value.faults)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    content = case(unit(p=[[["-0.1", "0.2"]]], discount="x"), budgets=[{"months": []}])
    content["units"][0].pop("w")
    with pytest.raises(InputError) as refused:
        answer(tmp_path, content)
    where = {fault.column for fault in refused.value.faults}
    assert where == {
        "units[0].p",
        "units[0].discount",
        "units[0].w",
        "budgets[0].limit",
    }


@pytest.mark.parametrize("text", ["{", "[]", "null", "\xff"])
def test_no_json_object_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError):
        corefile.answer(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        corefile.answer(tmp_path / "nowhere.json")


def test_numbers_may_be_rationals_or_plain(tmp_path: Path) -> None:
    plain = answer(tmp_path, case(unit(b=[10], n0=[[60.0]], discount=1)))
    exact = answer(tmp_path, case(unit(b=["20/2"], n0=[["6e1"]])))
    assert plain == exact


def test_words_for_none_may_be_left_out(tmp_path: Path) -> None:
    short = unit()
    for name in ("overtime_max", "fair_floor_cases", "automation", "integer_hires"):
        short.pop(name)
    assert answer(tmp_path, case(short)) == answer(tmp_path, case(unit()))
