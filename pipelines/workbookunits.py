"""The units of the workbook and their nodes: which is chosen, and what it spans."""

from collections.abc import Sequence

import numpy as np

from ..models.domain import Array
from .layout import Desk
from .whatifdata import command
from .workbookcells import Live, block_of, plain, when
from .workbooknodes import Nodes, robot_label
from .workbookpages import FIRST, Sheet


class Lines:
    """A sheet that is written from the top down, a row of formulas at a time.

    Attributes
    ----------
    row : int
        The next free one.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self.row = sheet, FIRST

    def part(self, title: str) -> None:
        """Begin a part."""
        self.sheet.text(self.row, 0, title, "part")
        self.row += 1

    def heads(self, names: Sequence[str]) -> None:
        """Write heads over the cells, not over their names."""
        self.sheet.head(self.row, ["", *names])
        self.row += 1

    def cells(
        self, label: str, cells: Sequence[Live], numbers: str = "", column: int = 1
    ) -> list[Live]:
        """Write a row of formulas after what they are."""
        self.sheet.text(self.row, 0, label)
        made = [
            self.sheet.live(self.row, at, cell, numbers)
            for at, cell in enumerate(cells, column)
        ]
        self.row += 1
        return made


class Units:
    """The units to choose among, and the nodes of the one that is chosen.

    Attributes
    ----------
    names, commands, labels : Block
        Names of the units, the command that asks about each, and names of the robot
        nodes.
    robot_months : Block
        As a question names them.
    number, known, before : Live
        Of the chosen unit: its place, whether it is one of them, the rows before it.
    axes : dict of str to Block
        Its nodes along `handlers`, `effect` and `benefit`.
    count, own : dict of str to Live
        How many they are, and which the run itself used.
    ends : dict of str to (Live, Live)
        The first and the last.
    """

    def __init__(self, lines: Lines, desk: Desk, nodes: Nodes) -> None:
        self.lines, self.desk, self.nodes = lines, desk, nodes
        self._write_units()
        self._write_shared()

    def choose(self, unit: Live) -> None:
        """Read off the nodes of the chosen unit."""
        say = self.desk.say
        self.lines.part(say("The chosen unit"))
        place = self.names.place_of(unit)
        self.known = place > 0
        chosen = self.lines.cells(say("Its number"), [when(self.known, place, 1)])[0]
        self.number = chosen
        self.before = self.lines.cells(
            say("Rows before it"), [self._before.at(chosen)]
        )[0]
        self.count = {
            axis: self.lines.cells(label, [self._counts[axis].at(chosen)])[0]
            for axis, label in (
                ("handlers", say("Nodes of handlers")),
                ("effect", say("Nodes of effect")),
            )
        }
        self.axes = {"benefit": self._benefits}
        for axis, label in (("handlers", say("Handlers")), ("effect", say("Effect"))):
            across = self._axes[axis]
            cells = [
                when(plain(k) <= self.count[axis], column.at(chosen), "")
                for k, column in enumerate(across, 1)
            ]
            form = "exact" if axis == "handlers" else "share"
            made = self.lines.cells(label, cells, form)
            self.axes[axis] = block_of(made)
        self.count["benefit"] = plain(len(self._benefits.values))
        self.ends = {
            axis: (block.at(plain(1)), block.at(self.count[axis]))
            for axis, block in self.axes.items()
        }
        self.own = {axis: block.at(chosen) for axis, block in self._own.items()}

    def row_of(self, h: Live, e: Live, b: Live, robot: Live) -> Live:
        """Give the row of a node among all rows, counted from one."""
        along = (h - 1) * self.count["effect"] + e - 1
        along = along * self.count["benefit"] + b - 1
        return along * self.nodes.robots + robot + self.before

    def _write_units(self) -> None:
        say, nodes = self.desk.say, self.nodes
        self.lines.part(say("Units and their nodes"))
        high = max(len(one.handlers) for one in nodes.surfaces)
        wide = max(len(one.effects) for one in nodes.surfaces)
        heads = [say("Unit"), say("Rows before it"), say("Nodes of handlers")]
        heads += [say("Nodes of effect"), say("Handlers, the run's own")]
        heads += [say("Effect, the run's own")]
        heads += [say("Handlers, node {n}", n=k) for k in range(1, high + 1)]
        heads += [say("Effect, node {n}", n=k) for k in range(1, wide + 1)]
        sheet, first = self.lines.sheet, self.lines.row + 1
        sheet.head(self.lines.row, [*heads, say("Command")])
        rows, names, commands = [], [], []
        for number, one in enumerate(nodes.surfaces):
            h, e, _b, _r = nodes.own[number]
            more = np.expm1(one.effects)
            rows.append(
                [
                    *(nodes.before[number], len(one.handlers), len(one.effects)),
                    *(float(one.handlers[h]), float(more[e])),
                    *_filled(one.handlers, high),
                    *_filled(more, wide),
                ]
            )
            at, last = first + number, len(rows[0]) + 1
            names.append(sheet.text(at, 0, one.unit))
            told = command(one, self.desk)
            commands.append(sheet.text(at, last, told, fit=False))
        self.names, self.commands = block_of(names), block_of(commands)
        forms = ["whole"] * 3 + ["exact", "share"] + ["exact"] * high + ["share"] * wide
        columns = [
            block_of(sheet.numbers(first, at, column, form))
            for at, (column, form) in enumerate(
                zip(zip(*rows, strict=True), forms, strict=True), 1
            )
        ]
        self._before = columns[0]
        self._counts = {"handlers": columns[1], "effect": columns[2]}
        self._own = {"handlers": columns[3], "effect": columns[4]}
        self._axes = {"handlers": columns[5 : 5 + high], "effect": columns[5 + high :]}
        self.lines.row = first + len(rows) + 1

    def _write_shared(self) -> None:
        """Write the nodes that every unit shares."""
        say, one = self.desk.say, self.nodes.surfaces[0]
        self.lines.part(say("Nodes that all units share"))
        sheet, row = self.lines.sheet, self.lines.row
        sheet.text(row, 0, say("Benefit factor"))
        factors = [
            sheet.number(row, at, value, "percent")
            for at, value in enumerate(one.benefits, 1)
        ]
        sheet.text(row + 1, 0, say("Robot"))
        labels, months = [], []
        for at, month in enumerate(one.robots):
            label = robot_label(self.desk, one, at)
            labels.append(sheet.text(row + 1 + at, 1, label))
            name = "" if month is None else f"{month:%Y-%m}"
            months.append(sheet.text(row + 1 + at, 2, name))
        self._benefits = block_of(factors)
        self.labels, self.robot_months = block_of(labels), block_of(months)
        self.lines.row += len(labels) + 2


def _filled(nodes: Array, count: int) -> list[float]:
    """Fill up with cells that stay empty."""
    return [*nodes.tolist(), *[np.nan] * (count - len(nodes))]
