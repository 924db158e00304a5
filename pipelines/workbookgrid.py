"""The sheet of sensitivity: savings over handlers and effect, and where they end."""

import itertools
from collections.abc import Sequence

from .findings import NOUGHT_SEK
from .layout import Desk
from .workbookcells import (
    Live,
    block_of,
    every,
    is_number,
    largest,
    plain,
    size,
    when,
)
from .workbookcosts import NONE
from .workbookinputs import Inputs
from .workbooknodes import Nodes, thousands
from .workbookpages import FIRST, Sheet
from .workbooksteps import Answer, Steps

_ALL = 0.999_999
_GREEN, _ORANGE = "#D9EAD3", "#FCE4D6"


class Sensitivity:
    """Tables of the chosen unit, benefit and robot, handlers down and effects across.

    Attributes
    ----------
    breakeven : dict of str to Live
        By `total` and `saved`: the effect at which the question's handlers cost the
        same as today's, or a dash.
    """

    def __init__(
        self,
        sheet: Sheet,
        desk: Desk,
        nodes: Nodes,
        steps: Steps,
        inputs: Inputs,
        answer: Answer,
    ) -> None:
        self.sheet, self.desk, self.nodes, self.units = sheet, desk, nodes, steps.units
        self.inputs, self.answer = inputs, answer
        self._rows = steps.rows(answer)
        self._row = FIRST
        say, unit = desk.say, thousands(desk)
        note = say(
            "The chosen unit at the benefit factor and robot of the yellow cells. "
            "Plus is saved, minus costs more. Green: the whole 80% interval is above "
            "nought. Orange: it is below."
        )
        sheet.text(self._row, 0, note, "note")
        self._row += 1
        titles = {
            "saved": say(
                "Saved in cash against today, simulated mean, {unit}", unit=unit
            ),
            "low": say(
                "Saved in cash, lower end of the 80% interval, {unit}", unit=unit
            ),
            "high": say(
                "Saved in cash, upper end of the 80% interval, {unit}", unit=unit
            ),
            "total": say("Saved with the value after the months, {unit}", unit=unit),
            "caseload": say("Cases per handler, last year"),
        }
        tables = {key: self._table(title, key) for key, title in titles.items()}
        self._colour(tables["saved"], tables["low"], tables["high"])
        sheet.page.freeze_panes(FIRST, 1)
        self.breakeven = {
            key: self._breakeven(tables[key], titles[key]) for key in ("saved", "total")
        }

    def _table(self, title: str, key: str) -> list[list[Live]]:
        say, sheet = self.desk.say, self.sheet
        self._row += 1
        sheet.text(self._row, 0, title, "bold")
        self._row += 1
        sheet.text(self._row, 0, say("Handlers down, effect across"), "head")
        for column in range(1, len(self._rows[0]) + 1):
            head = self._node("effect", column)
            sheet.live(self._row, column, head, "share", "head")
        made = []
        form = "tenths" if key == "caseload" else "thousands"
        for number, line in enumerate(self._rows, 1):
            self._row += 1
            sheet.live(self._row, 0, self._node("handlers", number), "exact", "bold")
            cells = [
                sheet.live(self._row, column, self._cell(key, row), form)
                for column, row in enumerate(line, 1)
            ]
            made.append(cells)
        self._row += 1
        return made

    def _cell(self, key: str, row: Live) -> Live:
        """Give a node's figure at the benefit that is asked about."""
        place = self.answer.places["benefit"]
        share, next_row = (
            place.share,
            row + (place.high - place.low) * self.nodes.robots,
        )

        def mixed(name: str) -> Live:
            column = self.nodes.columns[name]
            return column.at(row) * (1 - share) + column.at(next_row) * share

        if key == "total":
            value = mixed("today_total") - mixed("total")
        elif key == "caseload":
            value = mixed("caseload")
        else:
            cost = self.answer.question.cost - self.inputs.own.cost
            value = mixed(key) - mixed("more") * cost
        allowed = mixed("allowed") >= _ALL
        return when(row.same(""), "", when(allowed, value, NONE))

    def _node(self, axis: str, number: int) -> Live:
        place = plain(number)
        there = place <= self.units.count[axis]
        return when(there, self.units.axes[axis].at(place), "")

    def _breakeven(self, table: Sequence[Sequence[Live]], title: str) -> Live:
        """Find where the saving of the question's handlers goes through nought."""
        say, sheet = self.desk.say, self.sheet
        place = self.answer.places["handlers"]
        self._row += 1
        heading = say(
            "{what}: at your handlers, and where it passes nought", what=title
        )
        sheet.text(self._row, 0, heading, "bold")
        here, crossings = self._row + 1, self._row + 2
        sheet.text(here, 0, say("At your handlers"))
        sheet.text(crossings, 0, say("Effect at which it is nought"))
        line: list[Live] = []
        for column in range(len(table[0])):
            cells = [row[column] for row in table]
            block = block_of(cells)
            a, b = block.at(place.low), block.at(place.high)
            value = a * (1 - place.share) + b * place.share
            value = when(every(is_number(a), is_number(b)), value, "")
            line.append(sheet.live(here, column + 1, value, "thousands"))
        found: list[Live] = []
        for column, (a, b) in enumerate(itertools.pairwise(line), 1):
            nodes = self.units.axes["effect"]
            below, above = nodes.at(plain(column)), nodes.at(plain(column + 1))
            cross = below + (above - below) * a / (a - b)
            # what would be written as nought at both is the same staffing as today's
            seen = largest(size(a), size(b)) >= NOUGHT_SEK
            passes = when(seen, when(a * b <= 0, cross, ""), "")
            cell = when(every(is_number(a), is_number(b)), passes, "")
            found.append(sheet.live(crossings, column, cell, "share"))
        self._row += 4
        crossed, none = block_of(found), say("none of those solved")
        return when(crossed.count() > 0, crossed.least(), none)

    def _colour(
        self,
        mean: Sequence[Sequence[Live]],
        low: Sequence[Sequence[Live]],
        high: Sequence[Sequence[Live]],
    ) -> None:
        """Colour what may be claimed, and what surely costs."""
        first, last = _corner(mean[0][0]), _corner(mean[-1][-1])
        for other, sign, colour in ((low, ">", _GREEN), (high, "<-", _ORANGE)):
            cell = _corner(other[0][0]).replace("$", "")
            rule = f"=AND(ISNUMBER({cell}),{cell}{sign}{NOUGHT_SEK:g})"
            form = self.sheet.book.file.add_format({"bg_color": colour})
            self.sheet.page.conditional_format(
                f"{first}:{last}".replace("$", ""),
                {"type": "formula", "criteria": rule, "format": form},
            )


def _corner(cell: Live) -> str:
    return cell.formula.rsplit("!", 1)[1]
