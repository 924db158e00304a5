"""The sheet of control: the workbook's own sums beside the program's."""

from collections.abc import Sequence

from .layout import Desk
from .workbookcells import (
    Block,
    Checked,
    Live,
    block_of,
    every,
    rounded,
    sentence,
    size,
    when,
)
from .workbookcosts import cost_lines, saved
from .workbookinputs import Inputs
from .workbooknodes import Nodes
from .workbookpages import FIRST, Sheet
from .workbooksteps import Answer
from .workbookunits import Units

_KRONA, _COUNT = 1.0, 0.001
_HEAD = FIRST + 1


def write_check(
    sheet: Sheet,
    desk: Desk,
    others: Sequence[Sheet],
    checked: Sequence[Checked],
    asked: "Asked | None" = None,
) -> Live:
    """Write every comparison and count the errors of the other sheets.

    Parameters
    ----------
    others : sequence of Sheet
    checked : sequence of Checked
        What does not depend on the chosen unit.
    asked : Asked, optional
        The run's own question, answered by the formulas that answer the reader's.

    Returns
    -------
    Live
        What stands at the top of every sheet.
    """
    say = desk.say
    sheet.text(FIRST, 0, say("The workbook under the run's own assumptions"), "part")
    heads = [say("What"), say("Workbook"), say("Program"), say("Difference")]
    heads += [say("Tolerance"), say("Agrees?")]
    sheet.head(_HEAD, heads)
    row = _HEAD + 1
    lines = [(one.name, one.live, one.program, one.tolerance) for one in checked]
    cells = []
    for name, live, program, tolerance in lines:
        number = sheet.number(row, 2, program, "exact")
        cells.append(_compared(sheet, desk, row, name, live, number, tolerance))
        row += 1
    if asked is not None:
        unit_heads = [say("Program: {unit}", unit=u) for u in asked.units.names.values]
        sheet.head(_HEAD, unit_heads, 6)
        for name, live, programs, tolerance in asked.rows(desk):
            each = [
                sheet.number(row, column, value, "exact")
                for column, value in enumerate(programs, 6)
            ]
            number = sheet.live(row, 2, block_of(each).at(asked.units.number), "exact")
            cells.append(_compared(sheet, desk, row, name, live, number, tolerance))
            row += 1
    return _whole(sheet, desk, row + 1, others, block_of(cells) if cells else None)


class Asked:
    """The run's own question: what the workbook answers, and what the program did."""

    def __init__(
        self, nodes: Nodes, units: Units, inputs: Inputs, answer: Answer
    ) -> None:
        self.nodes, self.units = nodes, units
        self.inputs, self.answer = inputs, answer

    def rows(self, desk: Desk) -> list[tuple[str, Live, list[float], float]]:
        """Name, workbook, program per unit, and tolerance of each comparison."""
        say, cost = desk.say, self.inputs.own.cost
        made: list[tuple[str, Live, list[float], float]] = []
        sides = (("", say("at the run's own")), ("today_", say("as today")))
        names = {
            "benefit": ("benefit_sek", say("Benefit"), _KRONA),
            "staff": ("staff_sek", say("Staff"), _KRONA),
            "case_months": ("case_months", say("Case-months"), _COUNT),
            "handler_months": ("handler_months", say("Handler-months"), _COUNT),
        }
        for y, year in enumerate(self.nodes.years):
            for prefix, side in sides:
                lines = cost_lines(self.answer, cost, year, prefix)
                for key, (source, name, tolerance) in names.items():
                    program = self._yearly(source, y, today=bool(prefix))
                    label = f"{name} {year}, {side}"
                    made.append((label, lines[key], program, tolerance))
        for k, (key, name) in enumerate(
            (
                ("saved", say("Saved in cash, mean")),
                ("low", say("Saved in cash, 80% low")),
                ("high", say("Saved in cash, 80% high")),
            )
        ):
            program = [
                float(one.saved[place][k])
                for one, place in zip(self.nodes.surfaces, self.nodes.own, strict=True)
            ]
            made.append((name, saved(self.answer, cost, key), program, _KRONA))
        return made

    def _yearly(self, name: str, y: int, *, today: bool) -> list[float]:
        """Give what the program says of each unit in a year."""
        values = []
        for one, place in zip(self.nodes.surfaces, self.nodes.own, strict=True):
            table = (
                one.today_yearly[name][place[1:3]] if today else one.yearly[name][place]
            )
            values.append(float(table[y]))
        return values


def _compared(
    sheet: Sheet,
    desk: Desk,
    row: int,
    name: str,
    live: Live,
    program: Live,
    tolerance: float,
) -> Live:
    """Write one comparison; returns whether it agrees, as 1 or 0."""
    sheet.text(row, 0, name)
    mine = sheet.live(row, 1, live, "exact")
    apart = sheet.live(row, 3, rounded(mine - program, 4), "exact")
    most = sheet.number(row, 4, tolerance, "exact")
    agrees = size(apart) <= most
    word = sheet.live(
        row, 5, when(agrees, desk.say("Yes"), desk.say("No")), look="right"
    )
    return word


def _whole(
    sheet: Sheet, desk: Desk, row: int, others: Sequence[Sheet], words: Block | None
) -> Live:
    """Count errors, and say whether everything agrees."""
    say = desk.say
    sheet.text(row, 0, say("Cells with an error"), "part")
    counts = []
    for row_, other in enumerate(others, row + 1):
        sheet.text(row_, 0, other.name)
        counts.append(sheet.live(row_, 1, other.errors(), "whole"))
    row += len(others) + 2
    sheet.text(row, 0, say("All of it"), "part")
    sheet.text(row + 1, 0, say("Comparisons that do not agree"))
    none = Live("0", 0)
    unlike = words.count_of(say("No")) if words is not None else none
    unlike = sheet.live(row + 1, 1, unlike, "whole")
    sheet.text(row + 2, 0, say("Cells with an error"))
    errors = sheet.live(row + 2, 1, block_of(counts).total(), "whole")
    fine = every(unlike.same(0), errors.same(0))
    verdict = when(fine, say("Yes"), say("No"))
    sheet.text(row + 3, 0, say("Agrees?"), "bold")
    answer = sheet.live(row + 3, 1, verdict, look="bold")
    return sentence(say("Does the workbook agree with the program?"), " ", answer)
