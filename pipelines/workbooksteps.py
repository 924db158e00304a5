"""The sheet of steps: from the yellow cells to an answer between the solved nodes.

Two questions go through the same formulas: the reader's, and the run's own, by which
the workbook is checked. An answer is multilinear in handlers, effect and benefit, and a
robot is one of its nodes: eight corners, each with its weight.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from .layout import Desk
from .workbookcells import (
    Live,
    block_of,
    every,
    is_number,
    largest,
    plain,
    rounded,
    sentence,
    size,
    smallest,
    when,
    written,
)
from .workbookunits import Lines, Units

#: Nearer to a node than this is the node: half of what the cell shows.
NEAR = {"handlers": 0.005, "effect": 0.0005, "benefit": 0.0005}
#: Money for one handler-month nearer to the run's than this is the run's.
NEAR_COST = 0.5
_ALL = 0.999_999


@dataclass(frozen=True)
class Question:
    """Cells of one question: yellow ones, or those with what the run used."""

    handlers: Live
    effect: Live
    benefit: Live
    robot: Live
    cost: Live


@dataclass(frozen=True)
class Place:
    """Where a question lies on one axis: the value used, nodes around it, the share.

    Attributes
    ----------
    used, low, high, share, inside : Live
        `share` is the weight of the node above, places counted from one.
    """

    used: Live
    low: Live
    high: Live
    share: Live
    inside: Live


@dataclass(frozen=True)
class Answer:
    """What the nodes say to a question.

    Attributes
    ----------
    values : dict of str to Live
        Interpolated, by the keys of `Nodes.columns`.
    allowed, node, exact, inside : Live
        Whether the limits allow it, whether it is a node, one at the run's own cost,
        and whether it was asked within the nodes.
    asked : Live
        What `bemanna plan --what-if` is asked.
    question : Question
        With the values used.
    places : dict of str to Place
    robot : Live
        Place of the robot node.
    """

    values: dict[str, Live]
    allowed: Live
    node: Live
    exact: Live
    inside: Live
    asked: Live
    question: Question
    places: dict[str, Place]
    robot: Live


class Steps:
    """The steps of every question, written below the units."""

    def __init__(self, lines: Lines, desk: Desk, units: Units) -> None:
        self.lines, self.desk, self.units = lines, desk, units

    def answer(self, questions: Sequence[Question], own: Question) -> list[Answer]:
        """Answer the reader's question and the run's own, side by side."""
        say = self.desk.say
        self.lines.part(say("Where the question lies"))
        self.lines.heads([say("Your question"), say("The run's own")])
        places = {
            axis: self._places(
                axis, [getattr(q, axis) for q in questions], getattr(own, axis)
            )
            for axis in ("handlers", "effect", "benefit")
        }
        found = [self.units.labels.place_of(q.robot) for q in questions]
        robots = self.lines.cells(
            say("Robot: node"), [when(place > 0, place, 1) for place in found]
        )
        costs = self.lines.cells(
            say("Cost per handler-month"),
            [when(is_number(q.cost), q.cost, own.cost) for q in questions],
        )
        answers = []
        for k, question in enumerate(questions):
            here = {axis: both[k] for axis, both in places.items()}
            inside = every(
                *(place.inside for place in here.values()),
                found[k] > 0,
                self.units.known,
                is_number(question.cost),
            )
            used = Question(
                here["handlers"].used,
                here["effect"].used,
                here["benefit"].used,
                self.units.labels.at(robots[k]),
                costs[k],
            )
            title = say("Your question") if k == 0 else say("The run's own")
            answers.append(self._mixed(title, here, robots[k], inside, used, own))
        return answers

    def rows(self, answer: Answer) -> list[list[Live]]:
        """Write the row of every node of handlers and effect, in the answer's world."""
        say = self.desk.say
        self.lines.part(say("Rows of the nodes, handlers down and effects across"))
        below = answer.places["benefit"].low
        made = []
        for h in range(1, len(self.units.axes["handlers"].values) + 1):
            line = []
            for e in range(1, len(self.units.axes["effect"].values) + 1):
                place = self.units.row_of(plain(h), plain(e), below, answer.robot)
                there = every(
                    plain(h) <= self.units.count["handlers"],
                    plain(e) <= self.units.count["effect"],
                )
                line.append(when(there, place, ""))
            made.append(self.lines.cells(str(h), line, "whole"))
        return made

    def _places(self, axis: str, asked: Sequence[Live], own: Live) -> list[Place]:
        """Find the nodes around each question on one axis."""
        say, near = self.desk.say, NEAR[axis]
        nodes, count = self.units.axes[axis], self.units.count[axis]
        first, last = self.units.ends[axis]
        name = {
            "handlers": say("Handlers"),
            "effect": say("Effect"),
            "benefit": say("Benefit factor"),
        }[axis]
        form = {"handlers": "exact", "effect": "share", "benefit": "share"}[axis]
        within = [
            when(is_number(a), largest(first, smallest(last, a)), own) for a in asked
        ]
        used = self.lines.cells(say("{name}: used", name=name), within, form)
        lower = [largest(1, smallest(nodes.up_to(u + near), count - 1)) for u in used]
        low = self.lines.cells(say("{name}: node below", name=name), lower, "whole")
        upper = [smallest(place + 1, count) for place in low]
        high = self.lines.cells(say("{name}: node above", name=name), upper, "whole")
        shares = []
        for u, below, above in zip(used, low, high, strict=True):
            a, b = nodes.at(below), nodes.at(above)
            between = when(size(b - u) <= near, 1, (u - a) / (b - a))
            at_node = when(size(u - a) <= near, 0, between)
            shares.append(when(above.same(below), 0, at_node))
        share = self.lines.cells(
            say("{name}: weight above", name=name), shares, "exact"
        )
        inside = [
            every(is_number(a), a >= first - near, a <= last + near) for a in asked
        ]
        return [Place(*p) for p in zip(used, low, high, share, inside, strict=True)]

    def _mixed(
        self,
        title: str,
        places: dict[str, Place],
        robot: Live,
        inside: Live,
        used: Question,
        own: Question,
    ) -> Answer:
        """Weigh the eight corners around a question."""
        say, keys = self.desk.say, self._keys()
        self.lines.part(f"{title}: {say('eight corners')}")
        self.lines.heads(
            [say("Row"), say("Weight"), say("Within the limits (1 = yes)"), *keys]
        )
        table = []
        for corner in itertools.product((False, True), repeat=3):
            axes = list(zip(places.values(), corner, strict=True))
            h, e, b = (p.high if above else p.low for p, above in axes)
            shares = [p.share if above else 1 - p.share for p, above in axes]
            weight = shares[0] * shares[1] * shares[2]
            node = self.units.row_of(h, e, b, robot)
            at = self.lines.row
            row = self.lines.sheet.live(at, 1, node, "whole")
            share = self.lines.sheet.live(at, 2, weight, "exact")
            values = [self.units.nodes.columns[k].at(row) for k in ("allowed", *keys)]
            name = " ".join("+" if above else "−" for above in corner)
            table.append([row, share, *self.lines.cells(name, values, "tenths", 3)])
        blocks = [block_of(column) for column in zip(*table, strict=True)]
        sums = self.lines.cells(
            say("Sum of the products"),
            [block.weighed(blocks[1]) for block in (blocks[0], *blocks[2:])],
            "tenths",
        )
        rest = [p.share * (1 - p.share) for p in places.values()]
        node = (rest[0] + rest[1] + rest[2]).same(0)
        same_cost = size(used.cost - own.cost) <= NEAR_COST
        exact = self.lines.cells(say("A node at the run's own cost"), [node, same_cost])
        flags = [sums[1] >= _ALL, every(*exact), inside]
        label = say("Within the limits, a node, within the ranges")
        allowed, exactly, within = self.lines.cells(label, flags)
        asked = self._asked(exact[0], sums[0], used, own, robot)
        asked = self.lines.cells(say("The question to the program"), [asked])[0]
        return Answer(
            values=dict(zip(keys, sums[2:], strict=True)),
            allowed=allowed,
            node=exact[0],
            exact=exactly,
            inside=within,
            asked=asked,
            question=used,
            places=places,
            robot=robot,
        )

    def _asked(
        self, node: Live, row: Live, used: Question, own: Question, robot: Live
    ) -> Live:
        """Write the question as `bemanna plan` takes it; a node has it ready."""
        more = rounded(100 * (used.benefit - 1), 2)
        cost = rounded(100 * (used.cost / own.cost - 1), 2)
        between = sentence(
            "handlers=",
            written(used.handlers),
            when(
                size(used.effect - own.effect) <= NEAR["effect"],
                "",
                sentence(" effect=", written(100 * used.effect, 1), "%"),
            ),
            when(
                size(used.benefit - 1) <= NEAR["benefit"],
                "",
                sentence(" benefit=", when(more > 0, "+", ""), written(more, 1), "%"),
            ),
            when(
                robot.same(1),
                "",
                sentence(" robot=", self.units.robot_months.at(robot)),
            ),
        )
        priced = sentence(" handler-cost=", when(cost > 0, "+", ""), written(cost), "%")
        return sentence(
            when(node, self.units.nodes.columns["question"].at(row), between),
            when(size(used.cost - own.cost) <= NEAR_COST, "", priced),
        )

    def _keys(self) -> list[str]:
        names = {"unit_no", "unit", "handlers", "effect", "benefit", "robot"}
        left = names | {"allowed", "question"}
        return [key for key in self.units.nodes.columns if key not in left]
