"""The grammar of core files, and its faults."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from core_cases import Case, answer, case, unit

from bemanna.models.domain import InputError
from bemanna.optimisation import corefile


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
    "number under an unknown name": (_set("overtime_mx", "2"), "unknown_field"),
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


def test_words_under_any_name_are_a_comment(tmp_path: Path) -> None:
    remarked = case(unit(source="by hand"), budgets=[], note="two levels")
    assert answer(tmp_path, remarked) == answer(tmp_path, case(unit()))


def test_words_for_none_may_be_left_out(tmp_path: Path) -> None:
    short = unit()
    for name in ("overtime_max", "fair_floor_cases", "automation", "integer_hires"):
        short.pop(name)
    assert answer(tmp_path, case(short)) == answer(tmp_path, case(unit()))
