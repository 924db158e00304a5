"""Read and answer files of the exact test format `caseload-lp-core/1`.

Numbers are decimal strings, read as exact rationals and rounded once. A field may be
left out only where the format has a word for "none".
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..models.domain import InfeasibleError, InputError
from .certificate import lower_bound
from .corefields import FORMULATION, LABELS, Fields
from .problem import Budget, CVaR, Problem, Scenario
from .programme import solve

_TOP = {"formulation", "teaches", "derivation", "expected", *LABELS}
_TOP |= {"T", "units", "budgets", "scenarios", "cvar"}
#: What scenarios share, because they share their staffing, by its word in the file.
_SHARED = {
    "handlers": "handlers0",
    "turnover": "turnover",
    "hire_max": "hire_max",
    "release_max": "release_max",
    "integer_hires": "integer_hires",
    "automation": "automation",
}
_ROUNDED = 1e-6  # chances such as 0.333333


def answer(path: Path) -> dict[str, Any]:
    """Solve a core file.

    Returns
    -------
    dict
        Ready for JSON: `status` ("optimal" or "infeasible"), `objective`, `duals` by
        row name, `hires` (units x months), `certificate_gap` (None for whole-number
        and stochastic problems) and, where infeasible, `conflict`: rows that cannot
        hold together.

    Raises
    ------
    InputError
        The file does not follow the format; every fault at once.
    """
    problem = read(path)
    try:
        solution = solve(problem)
    except InfeasibleError as error:
        return {
            "status": "infeasible",
            "objective": None,
            "duals": {},
            "hires": [],
            "certificate_gap": None,
            "conflict": list(error.conflict),
        }
    units = solution.units[:1] if problem.scenarios else solution.units
    linear = not problem.scenarios and not any(
        unit.integer_hires or unit.automation for unit in problem.units
    )
    kinds = ("cap", "head", "bal", "budget")
    return {
        "status": "optimal",
        "objective": solution.objective,
        "duals": {
            key: value
            for key, value in solution.dual_keys().items()
            if key.startswith(kinds)
        },
        "hires": [(unit.hires + 0.0).tolist() for unit in units],
        "certificate_gap": lower_bound(problem, solution).gap if linear else None,
    }


def read(path: Path) -> Problem:
    """Read a core file into a problem.

    Raises
    ------
    InputError
        With every fault found: fields missing or unknown, wrong lengths, text where
        a number should be, values out of range.
    """
    fields = Fields(str(path))
    try:
        # decimals stay text until they are exact rationals
        case = json.loads(Path(path).read_text("utf-8"), parse_float=str)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        fields.fault("unreadable", "file", f"cannot be read as JSON: {error}")
        raise InputError(fields.faults) from error
    problem = _problem(fields, case)
    if fields.faults or problem is None:
        raise InputError(fields.faults)
    return problem


def _problem(fields: Fields, case: Any) -> Problem | None:
    if not isinstance(case, dict):
        fields.fault("not_an_object", "file", "must be one JSON object")
        return None
    if case.get("formulation") != FORMULATION:
        said = case.get("formulation")
        fields.fault("formulation", "formulation", f"must be {FORMULATION}", said)
    fields.known(case, _TOP, "file")
    months = case.get("T")
    if not isinstance(months, int) or isinstance(months, bool) or months < 1:
        fields.fault("months", "T", "must be a whole number above 0", months)
        return None
    listed = fields.listed(case, "units")
    if not listed:
        fields.fault("no_unit", "units", "must list at least one unit")
        return None
    futures = fields.listed(case, "scenarios")
    if futures and len(listed) > 1:
        fields.fault("scenarios", "scenarios", "need exactly one unit", len(listed))
    units = [
        fields.unit(given, months, f"units[{u}]") for u, given in enumerate(listed)
    ]
    base = listed[0] if units[0] else None  # its faults are told once, with the unit
    scenarios = [
        _scenario(fields, future, base, months, f"scenarios[{k}]")
        for k, future in enumerate(futures)
    ]
    budgets = [
        _budget(fields, budget, months, f"budgets[{i}]")
        for i, budget in enumerate(fields.listed(case, "budgets"))
    ]
    cvar = _cvar(fields, case)
    _hold_together(fields, [future for future in scenarios if future])
    return Problem(
        units=tuple(unit for unit in units if unit),
        budgets=tuple(budget for budget in budgets if budget),
        scenarios=tuple(future for future in scenarios if future),
        cvar=cvar,
    )


def _scenario(
    fields: Fields,
    future: dict[str, Any],
    base: dict[str, Any] | None,
    months: int,
    where: str,
) -> Scenario | None:
    fields.known(future, {"prob", "override", *LABELS}, where)
    chance = fields.scalars(future, ("prob",), where)
    override = future.get("override", {})
    if not isinstance(override, dict):
        fields.fault("not_an_object", f"{where}.override", "must be an object")
        return None
    if base is None:
        return None
    unit = fields.unit({**base, **override}, months, f"{where}.override")
    return Scenario(chance["prob"], unit) if unit and chance else None


def _hold_together(fields: Fields, futures: list[Scenario]) -> None:
    """Check that chances sum to 1, and that what scenarios share is the same."""
    if not futures or fields.faults:
        return
    total = sum(future.probability for future in futures)
    if abs(total - 1) > _ROUNDED:
        fields.fault("chances", "scenarios.prob", "must sum to 1", total)
    for k, future in enumerate(futures):
        for name, word in _SHARED.items():
            here, first = getattr(future.unit, name), getattr(futures[0].unit, name)
            if not np.array_equal(here, first):
                where = f"scenarios[{k}].override.{word}"
                fields.fault("shared", where, "must be the same in all scenarios")


def _budget(
    fields: Fields, given: dict[str, Any], months: int, where: str
) -> Budget | None:
    fields.known(given, {"months", "limit", *LABELS}, where)
    limit = fields.scalars(given, ("limit",), where)
    listed = given.get("months")
    if (
        not isinstance(listed, list)
        or not all(type(t) is int and 0 <= t < months for t in listed)
        or len(set(listed)) < len(listed)
    ):
        wanted = f"must list months from 0 to {months - 1}, each once"
        fields.fault("budget_months", f"{where}.months", wanted, listed)
        return None
    return Budget(tuple(listed), limit["limit"]) if limit else None


def _cvar(fields: Fields, case: dict[str, Any]) -> CVaR | None:
    if case.get("cvar") is None:
        return None
    found = fields.scalars(case["cvar"], ("weight", "alpha"), "cvar")
    if not case.get("scenarios"):
        fields.fault("cvar", "cvar", "needs scenarios")
    return CVaR(**found) if len(found) == 2 else None
