"""The yellow cells: what a reader may change, within which range, and what it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .layout import Desk
from .wording import halving
from .workbookcells import Live, plain, sentence, when
from .workbooknodes import Nodes, robot_label
from .workbookpages import FIRST, Book, Sheet
from .workbooksteps import NEAR, Answer, Question
from .workbookunits import Units

#: The yellow cells, in their order.
_ROWS = ("unit", "handlers", "effect", "benefit", "robot", "cost")
_FORMS = {
    "unit": "text",
    "handlers": "exact",
    "effect": "share",
    "benefit": "share",
    "robot": "text",
    "cost": "whole",
}
_HEAD = FIRST + 1
#: Cost per handler-month that may be tried, of the run's own.
_COSTS = 0.5, 2.0


@dataclass(frozen=True)
class Inputs:
    """The yellow cells, by their names, and those of the run beside them."""

    unit: Live
    yours: Question
    own: Question


def write_inputs(
    sheet: Sheet,
    desk: Desk,
    nodes: Nodes,
    units: Units,
    start: Mapping[str, float | str],
) -> Inputs:
    """Write the yellow cells and what the run used; the units choose theirs.

    Parameters
    ----------
    start : mapping of str to float or str
        What stands in yellow cells instead of what the run used, by their keys.
    """
    say, one = desk.say, nodes.surfaces[0]
    many = len(nodes.surfaces) > 1
    sheet.text(FIRST, 0, say("Yellow cells are yours to change"), "part")
    heads = [say("Assumption"), say("Your value"), say("The run used"), say("Lowest")]
    heads += [say("Highest"), say("In words"), say("Source")]
    sheet.head(_HEAD, heads, left=len(heads))
    place = {key: _HEAD + 1 + at for at, key in enumerate(_ROWS)}
    names = {
        "unit": say("Unit"),
        "handlers": say("Handlers"),
        "effect": say("Effect_percent"),
        "benefit": say("Benefit_factor"),
        "robot": say("Robot"),
        "cost": say("Cost_per_handler_month"),
    }
    h, e, b, r = nodes.own[0]
    cost = desk.outcome.case.settings.economy.handler_cost_month_sek
    filled: dict[str, float | str] = {
        "unit": one.unit,
        "handlers": float(one.handlers[h]),
        "effect": float(np.expm1(one.effects[e])),
        "benefit": float(one.benefits[b]),
        "robot": robot_label(desk, one, r),
        "cost": float(cost),
        **start,
    }
    cells: dict[str, Live] = {}
    for key, value in filled.items():
        free = (
            many if key == "unit" else len(one.robots) > 1 if key == "robot" else True
        )
        cell = _yellow(sheet, place[key], value, key, free=free)
        cells[key] = sheet.book.name(names[key], cell)
        sheet.text(place[key], 0, names[key].replace("_", " "))
    units.choose(cells["unit"])
    used = {
        "handlers": units.own["handlers"],
        "effect": units.own["effect"],
        "benefit": Live("1", 1.0),
        "robot": units.labels.at(plain(1)),
        "cost": Live(f"{cost:.17g}", float(cost)),
    }
    own = {
        key: sheet.live(place[key], 2, cell, _FORMS[key]) for key, cell in used.items()
    }
    _bounds(sheet, units, place, own["cost"])
    _choices(sheet, units, place, many=many, robots=len(one.robots) > 1)
    _explain(sheet, desk, place)
    yours = Question(*(cells[key] for key in _ROWS[1:]))
    return Inputs(cells["unit"], yours, Question(*(own[key] for key in _ROWS[1:])))


def write_verdict(sheet: Sheet, desk: Desk, units: Units, answer: Answer) -> int:
    """Say what kind of answer the yellow cells get, and the command that repeats it.

    Returns
    -------
    int
        The next free row.
    """
    row = _HEAD + len(_ROWS) + 2
    sheet.text(row, 0, desk.say("Kind of answer"), "bold")
    sheet.live(row, 1, kind(desk, answer), look="bold", fit=False)
    sheet.text(row + 1, 0, desk.say("The same from the program"), "bold")
    sheet.live(row + 1, 1, command(units, answer), fit=False)
    return row + 3


def kind(desk: Desk, answer: Answer) -> Live:
    """Say whether an answer is the program's own or drawn between two of them."""
    say = desk.say
    outside = say(
        "outside the solved points: a value is missing or has been moved to the edge"
    )
    forbidden = say("does not fit within the limits of the plan")
    exact = say("node: exactly the program's answer")
    between = say("between nodes: interpolated")
    priced = say("a node at another cost: not planned anew")
    inner = when(answer.exact, exact, when(answer.node, priced, between))
    inner = when(answer.allowed, inner, forbidden)
    return when(answer.inside, inner, outside)


def command(units: Units, answer: Answer) -> Live:
    """Write the command that puts the same question to the program."""
    return sentence(units.commands.at(units.number), ' "', answer.asked, '"')


def _yellow(
    sheet: Sheet, row: int, value: float | str, key: str, *, free: bool
) -> Live:
    """Write a cell to change; one without a choice is not yellow."""
    look = "input" if free else ""
    if isinstance(value, str):
        made = sheet.text(row, 1, value, look)
        form = sheet.book.look(look, "text", quoted=False)
        sheet.page.write_string(row, 1, value, form)
        return made
    return sheet.number(row, 1, value, _FORMS[key], look)


def _bounds(sheet: Sheet, units: Units, place: dict[str, int], cost: Live) -> None:
    """Write the least and the most that may be asked, and hold to them."""
    low, high = _COSTS
    ends = {**units.ends, "cost": (cost * low, cost * high)}
    for key, both in ends.items():
        row = place[key]
        for column, cell in zip((3, 4), both, strict=True):
            sheet.live(row, column, cell, _FORMS[key])
        # half of what the cell shows: a node as it is written is a node
        near = NEAR.get(key, 0.0)
        rule = {
            "validate": "decimal",
            "criteria": "between",
            "minimum": f"=$D${row + 1}-{near:g}",
            "maximum": f"=$E${row + 1}+{near:g}",
        }
        _hold(sheet, row, rule, _refusal(sheet.book))


def _choices(
    sheet: Sheet, units: Units, place: dict[str, int], *, many: bool, robots: bool
) -> None:
    """Let unit and robot be chosen from a list."""
    for key, block, free in (
        ("unit", units.names, many),
        ("robot", units.labels, robots),
    ):
        if free:
            rule = {"validate": "list", "source": f"={block.formula}"}
            _hold(sheet, place[key], rule, _refusal(sheet.book))


def _refusal(book: Book) -> dict[str, Any]:
    say = book.desk.say
    return {
        "error_title": say("Outside the range"),
        "error_message": say("Choose a value between the lowest and the highest."),
    }


def _hold(
    sheet: Sheet, row: int, rule: dict[str, Any], refusal: dict[str, Any]
) -> None:
    sheet.page.data_validation(row, 1, row, 1, {**rule, **refusal})


def _explain(sheet: Sheet, desk: Desk, place: dict[str, int]) -> None:
    """Say in a sentence what each cell is, and where the run's value comes from."""
    say, outcome, economy = desk.say, desk.outcome, desk.outcome.case.settings.economy
    effect = halving(outcome.effect, desk.sprak)
    texts = {
        "unit": (say("The unit that the question is about."), say("the register")),
        "handlers": (
            say(
                "Employed handlers, kept from the first month in which more can be "
                "in place. The run used the point nearest to the plan's last year."
            ),
            say("the plan"),
        ),
        "effect": (
            say(
                "How many more leave assistance in a month if each handler has half "
                "as many cases. Unsure: {effect}.",
                effect=effect,
            ),
            _effect_source(desk),
        ),
        "benefit": (
            say(
                "What a household gets in a month, compared with what the run counts "
                "with. 100% is the run's own."
            ),
            say("the register"),
        ),
        "robot": (
            say("First month of the robot described in kommun.toml, if there is one."),
            "kommun.toml",
        ),
        "cost": (
            say(
                "What an employed handler costs in a month, everything included, in "
                "{year} prices.",
                year=economy.price_year,
            ),
            economy.handler_cost_source or "kommun.toml",
        ),
    }
    for key, (text, source) in texts.items():
        sheet.text(place[key], 5, text, "words")
        sheet.text(place[key], 6, source, "words")


def _effect_source(desk: Desk) -> str:
    """Whose word the effect is, as the run's own list of assumptions says it."""
    name = desk.say("Half as many cases per handler gives")
    sources = [one.source for one in desk.outcome.assumptions if one.name == name]
    return sources[0] if sources else "kommun.toml"
