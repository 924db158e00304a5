"""A waterfall: levels, and the bars that lead from one to the next.

Bars are told apart by more than colour: each has its sign and amount beside it, and
what the bars do together is hatched. What lies below nought is drawn there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..models.domain import Array, Interval
from ..optimisation.decompose import Waterfall
from .drawing import COLOURS, Picture, canvas, finish
from .language import SCALES, money, number, translator
from .wording import Scale

#: Inches that a row and a panel's title with its axis take.
_ROW, _AROUND = 0.27, 0.75
#: Room for the amounts beside the bars, as a share of what is drawn.
_BESIDE = 0.14


@dataclass(frozen=True)
class Row:
    """A level (`total`), a change of it (`step`), or what is left (`interaction`).

    Attributes
    ----------
    name : str
    value : float
    kind : str
    interval : Interval or None
        Of the value; drawn as a whisker, from where the bar begins.
    decimals : int
        At least, of the amount beside it in the unit of the figure.
    """

    name: str
    value: float
    kind: Literal["total", "step", "interaction"] = "step"
    interval: Interval | None = None
    decimals: int = 0


@dataclass(frozen=True)
class Panel:
    """Rows from top to bottom, under a title that holds `{unit}`.

    Attributes
    ----------
    title : str
    rows : sequence of Row
        The first is a level, or a step from nought.
    marks : sequence of (value, name)
        Levels from elsewhere, drawn across.
    """

    title: str
    rows: Sequence[Row]
    marks: Sequence[tuple[float, str]] = ()


def change_rows(
    waterfall: Waterfall, names: Mapping[str, str], *, alone: bool = False
) -> list[Row]:
    """Give the bars between start and end: in order, or each alone and what is left.

    Parameters
    ----------
    names : mapping
        Of every factor and, for bars alone, of `interaction`.
    """
    if not alone:
        return [Row(names[bar.name], bar.mean) for bar in waterfall.steps]
    left = waterfall.interaction
    rows = [Row(names[bar.name], bar.mean) for bar in waterfall.alone]
    return [*rows, Row(names[left.name], left.mean, "interaction")]


def edges(rows: Sequence[Row]) -> Array:
    """Where each bar begins and ends, shape (rows, 2); a level begins at nought.

    Raises
    ------
    ValueError
        Where a level is not what the bars before it lead to.
    """
    found, level = np.zeros((len(rows), 2)), 0.0
    for k, row in enumerate(rows):
        if row.kind == "total":
            if k and not np.isclose(level, row.value, rtol=1e-9, atol=1e-6):
                raise ValueError(f"{row.name} is {row.value}, the bars give {level}")
            found[k, 1] = level = row.value
        else:
            found[k] = level, level + row.value
            level += row.value
    return found


def waterfall_picture(
    name: str,
    title: str,
    description: str,
    panels: Sequence[Panel],
    sprak: str = "sv",
    currency: str = "SEK",
    *,
    close: bool = False,
) -> Picture:
    """Draw waterfalls of one unit and one scale, one above the other.

    Parameters
    ----------
    close : bool
        Leave nought out, where changes are small beside the levels. A level is then a
        point, for a bar's length would say nothing, and amounts stand in a column.
    """
    lines = [len(panel.rows) for panel in panels]
    height = sum(_ROW * n + _AROUND for n in lines)
    spots = [edges(panel.rows) for panel in panels]
    low, high = _span(panels, spots, close)
    scale = _scale(high - low if close else max(-low, high), sprak, currency)
    with canvas(height, rows=len(panels), sharex=True) as (figure, axes):
        grid = axes[0].get_gridspec()
        assert grid is not None  # canvas() made it
        grid.set_height_ratios(lines)
        for ax, panel, found in zip(axes, panels, spots, strict=True):
            _draw(ax, panel, found, scale, close)
        room = (0.03 if close else _BESIDE) * (high - low)
        axes[0].set_xlim(low - room, high + room)
        if close:
            _ = translator(sprak)
            axes[-1].set_xlabel(_("The axis does not begin at nought"), fontsize=8.5)
    return finish(name, title, description, figure)


def _span(
    panels: Sequence[Panel], spots: Sequence[Array], close: bool
) -> tuple[float, float]:
    """Lowest and highest value that is drawn; nought is, unless seen close."""
    ends = [] if close else [0.0]
    for panel, found in zip(panels, spots, strict=True):
        ends += [value for value, _ in panel.marks]
        ends += [float(end) for end in found[:, 1]]  # where a bar begins, one ended
        for row, (begin, _) in zip(panel.rows, found, strict=True):
            ends += _whisker(row, begin)
    return min(ends), max(ends)


def _whisker(row: Row, begin: float) -> list[float]:
    """Return the ends of the interval as drawn; a level begins at nought."""
    if row.interval is None:
        return []
    return [begin + row.interval.low, begin + row.interval.high]


def _scale(largest: float, sprak: str, currency: str) -> Scale:
    """Choose the unit in which the largest amount has two to four digits."""
    divisor = next((s[0] for s in SCALES if largest >= 10 * s[0]), 1.0)
    unit = money(divisor, sprak, currency).split("\u00a0", 1)[1]
    return Scale(divisor, unit, 0 if largest >= 100 * divisor else 1, sprak)


def _draw(ax: Axes, panel: Panel, found: Array, scale: Scale, close: bool) -> None:
    rows = panel.rows
    pad = 24 if panel.marks else None  # their names stand between title and axes
    ax.set_title(panel.title.format(unit=scale.unit), pad=pad)
    ax.grid(axis="x", color=COLOURS["grid"], linewidth=0.8)
    if not close:
        ax.axvline(0, color=COLOURS["ink"], lw=1.0)
    _marks(ax, panel.marks, scale)
    for k, (row, (begin, end)) in enumerate(zip(rows, found, strict=True)):
        _bar(ax, k, row, begin, end, close)
        if k + 1 < len(rows):  # a thread from where this bar ends to the next
            ax.plot([end, end], [k, k + 1], color=COLOURS["muted"], lw=0.7, zorder=1)
        _amount(ax, k, row, begin, end, scale, close)
    ax.set_yticks(range(len(rows)), [row.name for row in rows])
    for label, row in zip(ax.get_yticklabels(), rows, strict=True):
        label.set_color(COLOURS["ink"])
        label.set_fontsize(9)
        label.set_fontweight("bold" if row.kind == "total" else "normal")
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: number(x / scale.divisor, 0, scale.sprak))
    )


def _marks(ax: Axes, marks: Sequence[tuple[float, str]], scale: Scale) -> None:
    """Draw levels from elsewhere; the lowest is named to its left, others right."""
    for k, (value, text) in enumerate(sorted(marks)):
        ax.axvline(value, color=COLOURS["muted"], lw=1.2, ls=(0, (2, 2)), zorder=1)
        ax.annotate(
            f"{text} {scale.write(value)}",
            (value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4 if k else -4, 3),
            textcoords="offset points",
            ha="left" if k else "right",
            fontsize=8.5,
            color=COLOURS["muted"],
            annotation_clip=False,
        )


def _bar(ax: Axes, k: int, row: Row, begin: float, end: float, close: bool) -> None:
    colour = COLOURS["today"]
    if row.kind != "total":
        colour = COLOURS["plan" if end >= begin else "short"]
    hatched = row.kind == "interaction"
    if close and row.kind == "total":
        ax.plot(end, k, "D", color=COLOURS["ink"], ms=6, zorder=4)
    else:
        ax.barh(
            k,
            end - begin,
            left=begin,
            height=0.62,
            color=COLOURS["paper"] if hatched else colour,
            edgecolor=colour,
            hatch="////" if hatched else None,
            lw=1.0,
            zorder=2,
        )
    if ends := _whisker(row, begin):
        ax.plot(ends, [k, k], color=COLOURS["ink"], lw=1.4, zorder=3)
        ax.plot(ends, [k, k], "|", color=COLOURS["ink"], ms=8, mew=1.4, zorder=3)


def _amount(
    ax: Axes, k: int, row: Row, begin: float, end: float, scale: Scale, column: bool
) -> None:
    """Write the amount beyond the end that the bar points at, whisker included.

    Or in a column beside the axes.
    """

    def write(value: float) -> str:
        decimals = max(row.decimals, scale.decimals)
        return number(value / scale.divisor, decimals, scale.sprak)

    text, reach = write(row.value), [end, *_whisker(row, begin)]
    if row.kind != "total" and row.value > 0 and text != write(0):
        text = f"+{text}"
    if row.interval is not None:
        to = translator(scale.sprak)("to")
        text += f" ({write(row.interval.low)} {to} {write(row.interval.high)})"
    right = column or end >= begin
    at = ax.get_yaxis_transform() if column else ax.transData
    ax.annotate(
        text,
        (1.0 if column else max(reach) if right else min(reach), k),
        xycoords=at,
        xytext=(5 if right else -5, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=8.5,
        fontweight="bold" if row.kind == "total" else "normal",
        bbox={"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.8},
        zorder=2.5,
        annotation_clip=False,
    )
