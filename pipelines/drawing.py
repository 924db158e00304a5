"""One visual language for every figure: colours, type, axes, and SVG for pages.

The colours are Okabe and Ito's, told apart by colour-blind readers, and each has at
least 3:1 contrast to white. Colour never carries meaning alone: lines are labelled
where they end, and differ in style.

An SVG from here holds no style attributes: colours are presentation attributes with a
class beside them. So it keeps its look alone, and a page with a strict content
security policy can still recolour it for a dark screen.
"""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..models.domain import Array
from .language import SCALES, money, number
from .wording import short_month
from .writing import write_text

#: Role -> colour. `ink` text and history, `today` the status quo, `plan` the proposal.
COLOURS = {
    "paper": "#ffffff",
    "ink": "#1f2933",
    "muted": "#5b6670",
    "grid": "#d9dee3",
    "today": "#6b7680",
    "plan": "#0072b2",
    "band": "#9ecae8",
    "wide": "#d3e7f5",
    "short": "#c94f00",
}
WIDTH = 7.2  # inches; figures scale with the page
STYLE: dict[Any, Any] = {  # the keys are matplotlib's own
    "font.size": 10,
    "font.family": "sans-serif",
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.titlecolor": COLOURS["ink"],
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "ytick.major.size": 0,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",  # text stays text: it can be read aloud and found
}
FONTS = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


@contextmanager
def canvas(
    height: float,
    rows: int = 1,
    columns: int = 1,
    *,
    sharex: bool = False,
    sharey: bool = False,
) -> Iterator[tuple[Figure, list[Axes]]]:
    """Give a figure and its axes, row by row, in the house style."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots(
            rows, columns, squeeze=False, sharex=sharex, sharey=sharey
        )
        yield figure, list(axes.ravel())


def dress(ax: Axes, title: str, sprak: str, decimals: int = 0) -> None:
    """Put title and unit above the axis, a light grid, the language's numbers."""
    ax.set_title(title)
    ax.grid(axis="y", color=COLOURS["grid"], linewidth=0.8)
    whole = decimals == 0
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=whole, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: number(value, decimals, sprak))
    )


def money_axis(
    ax: Axes, title: str, sprak: str, currency: str, along: Literal["x", "y"] = "y"
) -> None:
    """Dress an axis with money in the largest unit that fits, named in the title.

    Parameters
    ----------
    title : str
        Holds `{unit}`.
    along : str
        `x` or `y`: where the money is.
    """
    largest = max(map(abs, ax.get_ylim() if along == "y" else ax.get_xlim()))
    divisor = next((s[0] for s in SCALES if largest >= 2 * s[0]), 1.0)
    unit = money(divisor, sprak, currency).split("\u00a0", 1)[1]
    ax.set_title(title.format(unit=unit))
    ax.grid(axis=along, color=COLOURS["grid"], linewidth=0.8)
    axis = ax.yaxis if along == "y" else ax.xaxis
    axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ticks = axis.get_majorticklocs() / divisor
    decimals = 0 if np.allclose(ticks, np.round(ticks)) else 1
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: number(value / divisor, decimals, sprak))
    )


def month_axis(ax: Axes, months: pd.DatetimeIndex, sprak: str, most: int = 10) -> None:
    """Mark years at their first month; quarters where the span is short.

    Parameters
    ----------
    most : int
        Years that there is room to name.
    """
    years = (months[-1] - months[0]).days / 365
    january = pd.date_range(
        months[0] - pd.DateOffset(months=months[0].month - 1), months[-1], freq="YS"
    )
    quarters = pd.date_range(january[0], months[-1], freq="QS")
    if years <= 1.5:
        shown = quarters[quarters >= months[0]]
        ax.set_xticks(shown.to_numpy(), [short_month(month, sprak) for month in shown])
        return
    shown = january[january >= months[0]][:: int(np.ceil(years / most))]
    ax.set_xticks(shown.to_numpy(), [str(year.year) for year in shown])
    if years <= most / 2:
        ax.set_xticks(quarters[quarters >= months[0]].to_numpy(), minor=True)


def end_labels(
    ax: Axes, x: pd.Timestamp | float, labels: Sequence[tuple[float, str, str]]
) -> None:
    """Write each line's name where it ends, pushed apart where they would collide.

    Parameters
    ----------
    labels : sequence of (y, text, role)
    """
    bottom, top = ax.get_ylim()
    room = 0.085 * (top - bottom) * (1 + max(t.count("\n") for _, t, _ in labels))
    room *= 2.3 / _height_inches(ax)
    order = sorted(labels, key=lambda label: label[0])
    heights = [y for y, _, _ in order]
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + room)
    excess = (heights[-1] - order[-1][0]) / 2  # share the push between both ends
    for (_, text, role), height in zip(order, heights, strict=True):
        ax.annotate(
            text,
            (x, height - excess),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=COLOURS[role],
            fontweight="bold",
            fontsize=9.5,
            annotation_clip=False,
        )


def band(ax: Axes, x: pd.DatetimeIndex | Array, low: Array, high: Array) -> None:
    """Shade an 80% interval."""
    ax.fill_between(x, low, high, color=COLOURS["band"], linewidth=0)


def wide_band(ax: Axes, x: pd.DatetimeIndex | Array, low: Array, high: Array) -> None:
    """Shade a 95% interval."""
    ax.fill_between(x, low, high, color=COLOURS["wide"], linewidth=0)


@dataclass(frozen=True)
class Picture:
    """A drawn figure with its words.

    Attributes
    ----------
    name : str
        File stem and prefix of ids.
    title, description : str
        What it shows, and what is to be seen in it.
    svg : str
    figure : matplotlib.figure.Figure
    """

    name: str
    title: str
    description: str
    svg: str
    figure: Figure

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Write `<name>.svg`, and `<name>.png` at 200 dots per inch."""
        svg = write_text(folder / f"{self.name}.svg", self.svg)
        png = folder / f"{self.name}.png"
        png.write_bytes(self.png())
        return svg, png

    def png(self) -> bytes:
        """Draw it at 200 dots per inch."""
        stream = io.BytesIO()
        with mpl.rc_context(STYLE):
            self.figure.savefig(
                stream, format="png", dpi=200, metadata={"Software": None}
            )
        return stream.getvalue()


def finish(name: str, title: str, description: str, figure: Figure) -> Picture:
    """Turn a drawing into a picture with words."""
    svg = as_svg(figure, name, title, description)
    return Picture(name, title, description, svg, figure)


def as_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """Return the figure as SVG text, the same byte for byte on every run.

    Parameters
    ----------
    name : str
        Prefix of every id, so that several figures can share a page.
    title, description : str
        Read aloud in place of the picture.
    """
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(stream.getvalue())
    for tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}defs"):  # no RDF, no style sheet
        for child in root.findall(tag):
            if child.find(f"{{{SVG}}}style") is not None or tag.endswith("metadata"):
                root.remove(child)
    for element in root.iter():
        _to_attributes(element)
    _renumber_ids(root, name)
    for index, (tag, text) in enumerate([("title", title), ("desc", description)]):
        element = ET.Element(f"{{{SVG}}}{tag}", id=f"{name}-{tag}")
        element.text = text
        root.insert(index, element)
    root.set("stroke-linejoin", "round")  # the removed style sheet said so
    root.set("stroke-linecap", "butt")
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    return ET.tostring(root, encoding="unicode") + "\n"


ROLE_OF = {colour: role for role, colour in COLOURS.items()}


def _to_attributes(element: ET.Element) -> None:
    """Turn `style="fill: #0072b2"` into `fill="#0072b2" class="f-plan"`."""
    style = element.attrib.pop("style", "")
    classes = []
    for declaration in filter(None, style.split(";")):
        name, value = (part.strip() for part in declaration.split(":", 1))
        if name == "font":  # a shorthand has no attribute: "700 9.5px 'DejaVu Sans'"
            _set_font(element, value)
        else:
            element.set(name, FONTS if name == "font-family" else value)
    for kind in ("fill", "stroke"):
        role = ROLE_OF.get(element.get(kind, ""))
        if role:
            classes.append(f"{kind[0]}-{role}")
    if element.tag == f"{{{SVG}}}text" and "fill" not in element.attrib:
        element.set("fill", COLOURS["ink"])
        classes.append("f-ink")
    if classes:
        element.set("class", " ".join(classes))


def _set_font(element: ET.Element, shorthand: str) -> None:
    size = re.search(r"([\d.]+)px", shorthand)
    weight = re.match(r"(\d+|bold)\s", shorthand)
    if size:
        element.set("font-size", size[1])
    if weight:
        element.set("font-weight", weight[1])
    element.set("font-family", FONTS)


def _renumber_ids(root: ET.Element, name: str) -> None:
    """Count the ids instead of hashing: a hash may look like a personnummer."""
    ids = [element.get("id", "") for element in root.iter() if "id" in element.attrib]
    new = {old: f"{name}-{count}" for count, old in enumerate(dict.fromkeys(ids))}
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", new[element.get("id", "")])
        for key, value in element.attrib.items():
            if key.endswith("href"):
                element.set(key, "#" + new[value[1:]])
            elif value.startswith("url(#"):
                element.set(key, f"url(#{new[value[5:-1]]})")


def _height_inches(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None  # canvas() made it
    rows = ax.get_subplotspec()
    share = 1 / rows.get_gridspec().nrows if rows else 1.0
    return float(figure.get_size_inches()[1] * share)
