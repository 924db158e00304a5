"""Fields of a core file, read with every fault gathered."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..models.domain import Array, Fault
from .problem import Automation, Unit

FORMULATION = "caseload-lp-core/1"
#: Shape of each array by its index sets.
_ARRAYS = {
    "w": "S",
    "b": "S",
    "K": "L",
    "p": "SDL",
    "a": "D",
    "n0": "SD",
    "A": "ST",
    "V": "SD",
    "hire_max": "T",
    "release_max": "T",
    "ramp": "R",
}
_NUMBERS = (
    "absence",
    "intake_effort",
    "turnover",
    "discount",
    "cost_handler",
    "cost_hire",
    "cost_release",
    "cost_overtime",
    "handlers0",
)
_ROBOT = ("fixed_cost", "running_cost", "freed_share", "handlers_max")
_MAY_LACK: dict[str, Any] = {
    "ramp": [],
    "overtime_max": None,
    "fair_floor_cases": None,
    "integer_hires": False,
    "automation": None,
}
LABELS = {"id", "name", "title", "comment"}
#: What a number must be, where not just at least nothing.
_RULES: dict[str, tuple[Callable[[Array], Any], str]] = {
    "K": (lambda v: v > 0, "above 0"),
    "p": (lambda v: (v >= 0) & (v <= 1), "a probability between 0 and 1"),
    "a": (lambda v: (v >= 0) & (v <= 1), "a share between 0 and 1"),
    "ramp": (lambda v: (v >= 0) & (v <= 1), "a share between 0 and 1"),
    "absence": (lambda v: (v >= 0) & (v < 1), "a share from 0 to below 1"),
    "turnover": (lambda v: (v >= 0) & (v <= 1), "a share between 0 and 1"),
    "discount": (lambda v: (v > 0) & (v <= 1), "above 0 and at most 1"),
    "fair_floor_cases": (lambda v: v > 0, "above 0"),
    "freed_share": (lambda v: (v >= 0) & (v < 1), "a share from 0 to below 1"),
    "prob": (lambda v: (v >= 0) & (v <= 1), "a probability between 0 and 1"),
    "weight": (lambda v: (v >= 0) & (v <= 1), "a share between 0 and 1"),
    "alpha": (lambda v: (v >= 0) & (v < 1), "from 0 to below 1"),
    "V": (np.isfinite, "a number"),
    "limit": (np.isfinite, "a number"),
}


class Fields:
    """Reads fields, and keeps what is wrong with them.

    Attributes
    ----------
    faults : list of Fault
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, rule: str, where: str, message: str, value: object = "") -> None:
        """Note what is wrong and where."""
        shown = str(value)[:60]
        text = f"{where}: {message}" + (f", got {shown}" if shown else "")
        remedy = f"follow the format {FORMULATION}"
        self.faults.append(
            Fault(rule, text, remedy, file=self.file, column=where, value=shown)
        )

    def known(self, fields: dict[str, Any], names: set[str], where: str) -> None:
        """Note fields that the format does not have; words are a comment."""
        for name in sorted(set(fields) - names):
            if not _is_prose(fields[name]):
                self.fault("unknown_field", f"{where}.{name}", "is not a field here")

    def listed(self, case: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """Read an optional list of objects."""
        found = case.get(name) or []
        if isinstance(found, list) and all(isinstance(part, dict) for part in found):
            return found
        self.fault("not_a_list", name, "must be a list of objects")
        return []

    def numbers(self, value: Any, where: str, name: str) -> Array | None:
        """Read a number or nested lists of numbers, and hold them to their rule."""
        try:
            read = _rational(value)
        except ValueError as error:
            self.fault("not_a_number", where, "must be numbers", error)
            return None
        try:
            array = np.array(read, dtype=float)
        except ValueError:
            self.fault("wrong_length", where, "must have lists of equal length")
            return None
        rule, words = _RULES.get(name, (lambda v: v >= 0, "at least 0"))
        wrong = ~np.asarray(rule(array), dtype=bool) | ~np.isfinite(array)
        if wrong.any():
            self.fault("out_of_range", where, f"must be {words}", array[wrong].flat[0])
        return array

    def scalars(
        self, fields: Any, names: tuple[str, ...], where: str
    ) -> dict[str, float]:
        """Read required single numbers."""
        found = {}
        for name in names:
            if not isinstance(fields, dict) or name not in fields:
                self.fault("missing_field", f"{where}.{name}", "is missing")
                continue
            array = self.numbers(fields[name], f"{where}.{name}", name)
            if array is not None and array.ndim:
                self.fault("wrong_length", f"{where}.{name}", "must be one number")
            elif array is not None:
                found[name] = float(array)
        return found

    def unit(self, given: dict[str, Any], months: int, where: str) -> Unit | None:
        """Read one unit; None where something is wrong with it."""
        before = len(self.faults)
        fields = {**_MAY_LACK, **given}
        self.known(fields, {*_ARRAYS, *_NUMBERS, *_MAY_LACK, *LABELS}, where)
        number = self.scalars(fields, _NUMBERS, where)
        array: dict[str, Array] = {}
        size = {"T": months}
        for name, sets in _ARRAYS.items():
            if name not in fields:
                self.fault("missing_field", f"{where}.{name}", "is missing")
                continue
            found = self.numbers(fields[name], f"{where}.{name}", name)
            if found is None:
                continue
            if found.ndim != len(sets):
                wanted = f"must have {len(sets)} levels of lists"
                self.fault("wrong_length", f"{where}.{name}", wanted, found.ndim)
                continue
            for at, length in zip(sets, found.shape, strict=True):
                if length != size.setdefault(at, length) or not (length or at == "R"):
                    wanted = f"must have {max(size[at], 1)} entries along {at}"
                    self.fault("wrong_length", f"{where}.{name}", wanted, length)
            array[name] = found
        if "a" in array and array["a"].size and array["a"].flat[-1]:
            last = array["a"].flat[-1]
            self.fault("last_bucket", f"{where}.a", "must end with 0", last)
        optional: dict[str, float] = {}
        for name in ("overtime_max", "fair_floor_cases"):
            if fields[name] is not None:
                optional |= self.scalars(fields, (name,), where)
        if not isinstance(fields["integer_hires"], bool):
            said = fields["integer_hires"]
            self.fault("not_a_bool", f"{where}.integer_hires", "true or false", said)
        robot = None
        if fields["automation"] is not None:
            robot = self.scalars(fields["automation"], _ROBOT, f"{where}.automation")
        if len(self.faults) > before:
            return None
        n_segments = size["S"]
        p = np.repeat(array["p"][:, :, None], months, axis=2)
        return Unit(
            name=str(fields.get("name", "")),
            weight=np.tile(array["w"][:, None], months),
            benefit=np.tile(array["b"][:, None], months),
            caseloads=array["K"],
            exit_probability=p,
            ageing=np.tile(array["a"], (n_segments, 1)),
            stock=array["n0"],
            inflow=array["A"],
            terminal_value=array["V"],
            absence=np.full(months, number["absence"]),
            turnover=number["turnover"],
            discount=number["discount"],
            cost_handler=number["cost_handler"],
            cost_hire=number["cost_hire"],
            cost_release=number["cost_release"],
            cost_overtime=number["cost_overtime"],
            handlers=number["handlers0"],
            hire_max=array["hire_max"],
            release_max=array["release_max"],
            ramp=array["ramp"],
            overtime_max=optional.get("overtime_max"),
            fair_floor=optional.get("fair_floor_cases"),
            intake_effort=number["intake_effort"],
            reentry=np.zeros((n_segments, 0)),
            integer_hires=fields["integer_hires"],
            automation=Automation(**robot, from_month=0) if robot else None,
        )


def _is_prose(value: Any) -> bool:
    """Whether a value is text and no number: then it can be no field misspelt."""
    if not isinstance(value, str):
        return False
    try:
        _rational(value)
    except ValueError:
        return True
    return False


def _rational(value: Any) -> Any:
    """Read decimal strings as exact rationals, rounded once to floats."""
    if isinstance(value, list):
        return [_rational(part) for part in value]
    try:
        if isinstance(value, bool):
            raise TypeError
        return float(Fraction(str(value)))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise ValueError(repr(value)) from error
