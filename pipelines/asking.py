"""What-if questions as a planner types them: `handlers=+3 from=2027-03`.

Every fault of every question is gathered. Numbers are read as Swedes write them, and
keys in Swedish or English.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .faults import Report
from .parsing import months as read_months
from .parsing import numbers

#: What a key may be called.
KEYS = {
    "handlers": ("handläggare",),
    "from": ("från",),
    "robot": (),
    "fixed": ("engång",),
    "running": ("månadskostnad",),
    "freed": ("frigör",),
    "budget": ("personalbudget",),
    "cap": ("tak",),
    "triage": (),
    "effect": ("effekt",),
    "hires-max": ("anställningar", "hires_max"),
    "lead-time": ("rekryteringstid", "lead_time"),
    "inflow": ("inflöde",),
    "benefit": ("bistånd",),
    "handler-cost": ("lönekostnad", "handler_cost"),
}
_NAMES = {name: key for key, names in KEYS.items() for name in (key, *names)}
_PAIR = re.compile(r"([^\s=;]+)\s*=\s*([^=;]*?)\s*(?=;|$|\s[^\s=;]+\s*=)")
_AMOUNT = re.compile(r"(.+?)\s*(kr|sek|tkr|ksek|mnkr|msek|mkr)?", re.IGNORECASE)
_UNITS = {"kr": 1.0, "tkr": 1e3, "mnkr": 1e6, "mkr": 1e6}
_UNITS |= {"sek": 1.0, "ksek": 1e3, "msek": 1e6}
#: A bare number below the first is millions, from the second on kronor.
_MILLIONS, _KRONOR = 1_000.0, 100_000.0
_YEAR = r"(?:19|20|21)\d{2}"
#: What is believed: cases per handler, log hazard ratio, people, months, factors.
RANGES = {
    "handlers": (-100_000.0, 100_000.0),
    "cap": (1.0, 1_000.0),
    "effect": (-2.0, 2.0),
    "hires-max": (0.0, 100_000.0),
    "lead-time": (0.0, 120.0),
    "factor": (0.1, 10.0),
    "freed": (0.0, 0.95),
    "triage": (0.0, 1.0),
}
EXAMPLES = {
    "handlers": "handlers=+3, handlers=-2, handlers=18",
    "budget": "budget=12,5mnkr, 2027=12,5mnkr",
    "cap": "cap=40",
    "triage": "triage=20%",
    "effect": "effect=0,1, effect=15%",
    "hires-max": "hires-max=1",
    "lead-time": "lead-time=4",
    "inflow": "inflow=+10%",
    "benefit": "benefit=-5%",
    "handler-cost": "handler-cost=+3%",
    "robot": "robot=2027-03",
    "from": "from=2027-03",
    "fixed": "fixed=2mnkr",
    "running": "running=20tkr",
    "freed": "freed=10%",
}


@dataclass(frozen=True)
class Question:
    """One question as it was asked.

    Attributes
    ----------
    text : str
        In the planner's own words.
    numbers : dict of str to float
        By the first name of its key; shares as factors, money in SEK, `effect` as a
        log hazard ratio, `robot` as 1.
    relative : bool
        Whether `handlers` comes on top of the plan.
    months : dict of str to pandas.Timestamp
        First month of `handlers` and `robot`, where it is said.
    budgets : dict of int to float
        SEK by calendar year; year 0 is every year.
    """

    text: str
    numbers: dict[str, float] = field(default_factory=dict)
    relative: bool = False
    months: dict[str, pd.Timestamp] = field(default_factory=dict)
    budgets: dict[int, float] = field(default_factory=dict)


def read_questions(
    questions: Sequence[str], common: Mapping[str, Sequence[str]], sprak: str = "sv"
) -> list[Question]:
    """Read every question.

    Parameters
    ----------
    questions : sequence of str
        One row each: pairs of key and value.
    common : dict of str to sequence of str
        What is part of every question, by key: values of `--budget`, `--cap`, ...
    sprak : {"sv", "en"}

    Returns
    -------
    list of Question
        Empty where nothing is asked.

    Raises
    ------
    InputError
        With every fault of every question.
    """
    report = Report(sprak)
    shared = [pair for key, texts in common.items() for pair in _option(key, texts)]
    asked = [
        _question(text, [*_pairs(text, report), *shared], report) for text in questions
    ]
    if not questions and shared:
        text = " ".join(f"{key}={value}" for key, value in shared)
        asked = [_question(text, shared, report)]
    unique = dict.fromkeys(report.found)  # what all questions share is said once
    report.found[:] = unique
    report.stop_if_faulty()
    return asked


def _option(key: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of one option: a value, or pairs of its own (`2027=12,5`, `from=...`)."""
    pairs = []
    for text in texts:
        inside = _PAIR.findall(text)
        if inside and key == "robot":
            inside = [("robot" if _key(k) == "from" else k, v) for k, v in inside]
            if all(_key(k) != "robot" for k, _value in inside):
                inside = [("robot", "1"), *inside]
        pairs += inside or [(key, text)]
    return pairs


def _pairs(text: str, report: Report) -> list[tuple[str, str]]:
    left = _PAIR.sub(" ", text).strip(" ;,")
    if left or not text.strip():
        report.add(
            "whatif_unreadable",
            column="--what-if",
            value=left or text,
            example=f'--what-if "{EXAMPLES["handlers"].split(",")[0]}"',
        )
    return [(key, value.strip(" ,")) for key, value in _PAIR.findall(text)]


def _key(word: str) -> str:
    return _NAMES.get(word.casefold(), "")


def _question(text: str, pairs: Sequence[tuple[str, str]], report: Report) -> Question:
    made = Question(" ".join(text.split()))
    first: dict[str, pd.Timestamp] = {}
    relative, seen = False, set()
    for word, value in pairs:
        key = _key(word)
        year = re.fullmatch(rf"(?:budget[ -]?)?({_YEAR})", word, re.IGNORECASE)
        name = word if year else key
        if not name:
            known = ", ".join(KEYS)
            near = report.nearest(word, _NAMES)
            report.add("whatif_unknown", value=word, known=known, nearest=near)
        elif name in seen:
            report.add("whatif_twice", column=name, value=f"{name}={value}")
        elif year or key == "budget":
            amount = _money(value, "budget", report)
            made.budgets[int(year[1]) if year else 0] = amount
        elif key == "from" or (key == "robot" and not _yes(value)):
            first["handlers" if key == "from" else key] = _month(value, key, report)
            if key == "robot":
                made.numbers[key] = 1.0
        elif key == "robot":
            made.numbers[key] = 1.0
        else:
            made.numbers[key] = _number(value, key, report)
            relative |= key == "handlers" and value.strip()[:1] in "+-−"
        seen.add(name)
    made.months.update(first)
    if "handlers" in first and "handlers" not in made.numbers:
        report.add("whatif_alone", column="from", value=first["handlers"])
    return Question(made.text, made.numbers, relative, made.months, made.budgets)


def _yes(value: str) -> bool:
    return value.strip().casefold() in ("1", "ja", "yes")


def _month(value: str, key: str, report: Report) -> pd.Timestamp:
    month = read_months(pd.Series([value.strip()]))[0]
    if pd.isna(month):
        report.add("whatif_unreadable", column=key, value=value, example=EXAMPLES[key])
    return month


def _plain(value: str, key: str, report: Report) -> float:
    """Read a number; NaN, and a fault, where it is none."""
    read = numbers(pd.Series([value.strip().removeprefix("+")]), decimal_point=True)
    found = float(read.values[0])
    if "," in value and "." not in value:  # 1,234 too is a decimal comma here
        plain = pd.Series([value.strip().removeprefix("+").replace(",", ".")])
        found = float(numbers(plain, decimal_point=True).values[0])
    if not np.isfinite(found):
        report.add("whatif_unreadable", column=key, value=value, example=EXAMPLES[key])
    return found


def _money(value: str, key: str, report: Report) -> float:
    """SEK of an amount with or without its unit."""
    parts = _AMOUNT.fullmatch(value.strip())
    if parts is None:
        return _plain(value, key, report)
    found = _plain(parts[1], key, report)
    if parts[2]:
        found *= _UNITS[parts[2].casefold()]
    elif found < _MILLIONS:
        found *= 1e6
    elif found < _KRONOR:
        report.add("whatif_money", column=key, value=value)
    if found < 0:
        report.add("whatif_range", column=key, value=value, low="0", high="∞")
    return found


def _number(value: str, key: str, report: Report) -> float:
    """Read the value of a key in its own unit, within what is believed."""
    if key in ("fixed", "running"):
        return _money(value, key, report)
    share = value.strip().endswith("%")
    found = _plain(value.strip().removesuffix("%"), key, report)
    kind = key
    if key in ("inflow", "benefit", "handler-cost"):
        kind, found = "factor", 1 + found / 100 if share else np.nan
    elif key == "effect" and share:
        found = float(np.log1p(found / 100)) if found > -100 else -np.inf
    elif key in ("freed", "triage"):
        found = found / 100 if share else found
    elif share or (key == "lead-time" and found != round(found)):
        found = np.nan
    low, high = RANGES[kind]
    if np.isnan(found):
        report.add("whatif_unreadable", column=key, value=value, example=EXAMPLES[key])
    elif not low <= found <= high:
        ends = [f"{end:g}" for end in (low, high)]
        if kind == "factor":
            ends = [f"{100 * (end - 1):+.0f} %" for end in (low, high)]
        report.add("whatif_range", column=key, value=value, low=ends[0], high=ends[1])
    return found
