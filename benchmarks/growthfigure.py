"""The growth of a nation as a figure: on doubled scales a straight line is a power."""

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from document import ROOT
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from bemanna.pipelines.drawing import COLOURS, STYLE, canvas

if TYPE_CHECKING:
    from growthtable import Growth

FILE = ROOT / "docs" / "pictures" / "growth.png"


def draw_growth(numbers: "Growth", draws: "Growth") -> str:
    """Draw both, save the picture, and return it as Markdown for docs/benchmarks.md."""
    with canvas(3.2, columns=2) as (figure, axes):
        _panel(axes[0], "One budget over municipalities", numbers, "municipalities")
        _panel(axes[1], "One municipality over futures", draws, "possible futures")
    with mpl.rc_context(STYLE):
        figure.savefig(FILE, dpi=200, metadata={"Software": None})
    return (
        f"![CPU seconds against municipalities (power {numbers.power:.2f}) and against "
        f"possible futures (power {draws.power:.2f}), both beside a linear growth]"
        f"(pictures/{FILE.name})"
    )


def _panel(ax: Axes, title: str, found: "Growth", unit: str) -> None:
    """Draw seconds measured, and what linear growth from the last would be."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    linear = found.seconds[-1] * found.sizes / found.sizes[-1]
    ax.plot(found.sizes, linear, color=COLOURS["today"], linestyle="--")
    ax.plot(found.sizes, found.seconds, color=COLOURS["plan"], marker="o")
    ax.set_title(f"{title},\nCPU s: power {found.power:.2f}")
    ax.set_xlabel(unit)
    ax.grid(color=COLOURS["grid"], linewidth=0.8)
    ax.set_xticks(found.sizes, [f"{size:,.0f}" for size in found.sizes])
    ends = found.seconds[[0, -1]]
    ax.set_yticks(ends, [f"{value:.3g}" for value in ends])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())
    middle = len(found.sizes) // 2 - 1
    ax.annotate(
        "linear",
        (found.sizes[middle], linear[middle]),
        xytext=(0, -14),
        textcoords="offset points",
        color=COLOURS["today"],
    )
    ax.annotate(
        "measured",
        (found.sizes[middle], found.seconds[middle]),
        xytext=(-6, 10),
        textcoords="offset points",
        color=COLOURS["plan"],
        ha="right",
        fontweight="bold",
    )
    ax.set_ylim(np.min([linear, found.seconds]) / 1.6, found.seconds[-1] * 1.6)
