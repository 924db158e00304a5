"""Formulas that know their value: what a cell says, and what it comes to.

A `Live` is built with Python's own operators. Each one makes the text of the formula
and works the value out in floating point, so that a cell is never written without the
value that a spreadsheet program will find in it. Only functions that Excel 2016 and
LibreOffice share are used, and none that spills over into other cells.
"""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Value = float | str | bool
#: What a spreadsheet shows where a formula means nothing; never written.
ERROR = "#VALUE!"


@dataclass(frozen=True)
class Live:
    """A formula without its equal sign, and its value."""

    formula: str
    value: Value

    def __add__(self, other: "Operand") -> "Live":
        return _joined(self, "+", other, operator.add)

    def __sub__(self, other: "Operand") -> "Live":
        return _joined(self, "-", other, operator.sub)

    def __rsub__(self, other: "Operand") -> "Live":
        return _joined(other, "-", self, operator.sub)

    def __mul__(self, other: "Operand") -> "Live":
        return _joined(self, "*", other, operator.mul)

    def __rmul__(self, other: "Operand") -> "Live":
        return _joined(other, "*", self, operator.mul)

    def __truediv__(self, other: "Operand") -> "Live":
        return _joined(self, "/", other, operator.truediv)

    def __le__(self, other: "Operand") -> "Live":
        return _joined(self, "<=", other, operator.le)

    def __lt__(self, other: "Operand") -> "Live":
        return _joined(self, "<", other, operator.lt)

    def __ge__(self, other: "Operand") -> "Live":
        return _joined(self, ">=", other, operator.ge)

    def __gt__(self, other: "Operand") -> "Live":
        return _joined(self, ">", other, operator.gt)

    def same(self, other: "Operand") -> "Live":
        """Whether two cells are equal; `==` would compare the formulas."""
        return _joined(self, "=", other, operator.eq)

    @property
    def number(self) -> float:
        """The value where it must be a number."""
        if isinstance(self.value, str):
            raise TypeError(f"{self.formula} is no number: {self.value!r}")
        return float(self.value)


Operand = Live | float | str


@dataclass(frozen=True)
class Block:
    """A row, column or table of cells, and what is in them.

    Attributes
    ----------
    formula : str
        The range.
    values : sequence of float or str
        Row by row; NaN and "" are empty.
    """

    formula: str
    values: tuple[float | str, ...]

    def at(self, place: Live) -> Live:
        """Take the cell at a place, counted from one."""
        text = f"INDEX({self.formula},{place.formula})"
        if isinstance(place.value, str):
            return Live(text, ERROR)
        found = self.values[int(place.value) - 1]
        empty = not isinstance(found, str) and math.isnan(found)
        return Live(text, 0.0 if empty else found)

    def total(self) -> Live:
        """Sum the numbers."""
        return Live(f"SUM({self.formula})", float(np.nansum(self._numbers())))

    def weighed(self, weights: "Block") -> Live:
        """Sum the products with another block of the same shape."""
        value = float(np.nansum(self._numbers() * weights._numbers()))
        return Live(f"SUMPRODUCT({weights.formula},{self.formula})", value)

    def up_to(self, most: Live) -> Live:
        """Count the numbers that are no larger."""
        count = int((self._numbers() <= most.number).sum())
        return Live(f"SUMPRODUCT(--({self.formula}<={_bare(most.formula)}))", count)

    def place_of(self, text: Live) -> Live:
        """Give the place of a text among distinct ones; 0 where it is none of them.

        MATCH would read a name with an asterisk or a question mark as a pattern.
        """
        place = 1 + self.values.index(text.value) if text.value in self.values else 0
        rows = f"ROW({self.formula})-MIN(ROW({self.formula}))+1"
        found = f"SUMPRODUCT(EXACT({self.formula},{text.formula})*({rows}))"
        return Live(found, place)

    def least(self) -> Live:
        """Give the smallest number; 0 where there is none, as MIN does."""
        known = [value for value in self._numbers() if not math.isnan(value)]
        return Live(f"MIN({self.formula})", float(min(known, default=0.0)))

    def count(self) -> Live:
        """Count the numbers."""
        return Live(f"COUNT({self.formula})", int((~np.isnan(self._numbers())).sum()))

    def count_of(self, text: str) -> Live:
        """Count the cells that say a word; it must hold no pattern."""
        said = f"COUNTIF({self.formula},{_formula(text)})"
        return Live(said, self.values.count(text))

    def _numbers(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        plain = [math.nan if isinstance(v, str) else float(v) for v in self.values]
        return np.array(plain)


@dataclass(frozen=True)
class Checked:
    """One number that the workbook works out and the program has too.

    Attributes
    ----------
    name : str
    live : Live
    program : float
    tolerance : float
        In the number's own unit.
    """

    name: str
    live: Live
    program: float
    tolerance: float = 1.0


def plain(number: int) -> Live:
    """Take a number as it is."""
    return Live(str(number), number)


def block_of(cells: Sequence[Live]) -> Block:
    """Name neighbouring cells, first to last, with what is in them."""
    last = cells[-1].formula.rsplit("!", 1)[-1]
    values = (float(c.value) if isinstance(c.value, bool) else c.value for c in cells)
    return Block(f"{cells[0].formula}:{last}", tuple(values))


def when(condition: Live, yes: Operand, no: Operand) -> Live:
    """Choose by a condition."""
    text = f"IF({condition.formula},{_formula(yes)},{_formula(no)})"
    return Live(text, _value(yes) if condition.value else _value(no))


def every(*conditions: Live) -> Live:
    """Whether all hold."""
    text = ",".join(one.formula for one in conditions)
    return Live(f"AND({text})", all(one.value for one in conditions))


def largest(*items: Operand) -> Live:
    """Give the largest."""
    return _called("MAX", max, items)


def smallest(*items: Operand) -> Live:
    """Give the smallest."""
    return _called("MIN", min, items)


def size(item: Live) -> Live:
    """Give the absolute value."""
    return _called("ABS", abs, (item,))


def is_number(item: Live) -> Live:
    """Whether a cell holds a number."""
    return Live(f"ISNUMBER({item.formula})", not isinstance(item.value, str | bool))


def rounded(item: Live, decimals: int) -> Live:
    """Round half away from nought, as spreadsheets do."""

    def away(value: float, places: float) -> float:
        shift = 10**places
        return math.copysign(math.floor(abs(value) * shift + 0.5), value) / shift

    return _called("ROUND", away, (item, decimals))


def written(item: Live, decimals: int = 2) -> Live:
    """Write a number with a decimal point, whatever the reader's own sign is."""
    near = rounded(item, decimals)
    text = f'SUBSTITUTE(""&{near.formula},",",".")'
    return Live(
        text, near.value if near.value == ERROR else f"{near.number + 0.0:.15g}"
    )


def sentence(*parts: Operand) -> Live:
    """Join texts."""
    text = "&".join(map(_formula, parts))
    return Live(text, "".join(str(_value(part)) for part in parts))


def _called(name: str, work: Callable[..., Value], items: Sequence[Operand]) -> Live:
    """Call a function of numbers."""
    bare = (_bare(_formula(item)) for item in items)
    return Live(f"{name}({','.join(bare)})", _worked(work, items))


def _joined(
    left: Operand, sign: str, right: Operand, work: Callable[..., Value]
) -> Live:
    """Join two operands."""
    text = f"({_formula(left)}{sign}{_formula(right)})"
    if work is operator.eq:
        return Live(text, _value(left) == _value(right))
    return Live(text, _worked(work, (left, right)))


def _worked(work: Callable[..., Value], items: Sequence[Operand]) -> Value:
    """Work a value out; a word among the numbers gives an error, as in a cell."""
    values = [_value(item) for item in items]
    if any(isinstance(value, str) for value in values):
        return ERROR
    try:
        return work(*values)
    except ZeroDivisionError:
        return ERROR


def _formula(item: Operand) -> str:
    if isinstance(item, Live):
        return item.formula
    if isinstance(item, str):
        return '"' + item.replace('"', '""') + '"'
    return f"{item:.17g}" if item >= 0 else f"({item:.17g})"


def _bare(text: str) -> str:
    """Leave out the parentheses around a whole formula."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]


def formula_of(item: Live) -> str:
    """Write the formula as a cell takes it."""
    return f"={_bare(item.formula)}"


def _value(item: Operand) -> Value:
    return item.value if isinstance(item, Live) else item
