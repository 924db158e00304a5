"""Core files of one month, small enough to solve by hand."""

import copy
import json
from pathlib import Path
from typing import Any

from bemanna.optimisation import corefile

Case = dict[str, Any]


def unit(**changes: Any) -> Case:
    """Give one month of 60 cases: one handler serves them all at 60, two at 30.

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
    """Put units into a file."""
    return {"formulation": "caseload-lp-core/1", "T": 1, "units": list(units), **more}


def answer(tmp_path: Path, content: Any) -> dict[str, Any]:
    """Write a file and answer it."""
    path = tmp_path / "case.json"
    path.write_text(json.dumps(content), "utf-8")
    return corefile.answer(path)
