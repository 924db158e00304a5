"""The picture of a comparison: a municipality, similar ones, its county, the nation."""

from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from . import comparewords as words
from .comparetable import unit, written
from .comparison import Comparison, Measured
from .drawing import COLOURS, Picture, canvas, dress, end_labels, finish
from .language import translator

#: Column, role of its colour, and how its line is drawn; the municipality's on top.
LINES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("nation", "ink", {"ls": (0, (1, 1.6)), "lw": 1.8}),
    ("county", "short", {"ls": (0, (6, 2, 1, 2)), "lw": 1.8}),
    ("similar", "today", {"ls": (0, (4, 2))}),
    ("own", "plan", {"lw": 2.6, "zorder": 3}),
)


def comparison_picture(
    found: Comparison,
    sprak: str = "sv",
    which: Literal["paid", "households"] = "paid",
) -> Picture | None:
    """Draw a measure year by year, or its one year; None where there is nothing."""
    measured = found.paid if which == "paid" else found.households
    if measured is None:
        return None
    alone = len(measured.table) == 1
    bars = measured.table[[column for column, *_ in LINES]].iloc[0].notna().sum()
    with canvas(0.8 + 0.4 * bars if alone else 3.8) as (figure, (ax,)):
        draw = _one_year if alone else _by_year
        draw(ax, found, measured, sprak)
    _ = translator(sprak)
    title = _("{name} beside similar municipalities, county and nation: {unit}").format(
        name=found.name, unit=unit(measured, sprak)
    )
    parts = (
        words.headline(found, measured, sprak),
        words.change(found, measured, sprak),
    )
    return finish(f"comparison-{which}", title, " ".join(filter(None, parts)), figure)


def _named(found: Comparison, sprak: str) -> dict[str, str]:
    _ = translator(sprak)
    return {
        "own": found.name,
        "similar": _("similar"),
        "county": found.county,
        "nation": _("the nation"),
    }


def _by_year(ax: Axes, found: Comparison, measured: Measured, sprak: str) -> None:
    """Lines, the similar ones' quartiles shaded; years that chose them in grey."""
    _ = translator(sprak)
    table, names = measured.table, _named(found, sprak)
    # a year without a figure breaks the line
    years = np.arange(table.index[0], table.index[-1] + 1)
    table = table.reindex(years)
    x = years.astype(float)
    low, high = (table[f"similar_{end}"].to_numpy(float) for end in ("low", "high"))
    ax.fill_between(x, low, high, color=COLOURS["wide"], lw=0)
    ends: dict[float, list[tuple[float, str, str]]] = {}
    for column, role, look in LINES:
        y = table[column].to_numpy(float)
        known = np.flatnonzero(~np.isnan(y))
        if len(known):
            dot = "o" if len(known) < 4 else None
            ax.plot(x, y, color=COLOURS[role], marker=dot, clip_on=False, **look)
            end = (float(y[known[-1]]), names[column], role)
            ends.setdefault(float(x[known[-1]]), []).append(end)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(0, 1.08 * float(ax.dataLim.y1))
    dress(ax, unit(measured, sprak), sprak)
    ax.set_xticks(x, [str(year) for year in years])
    if measured.neighbours:
        _note(ax, _("Shaded: the middle half of the similar"))
    if measured.start:
        ax.axvspan(x[0], measured.start[-1], color=COLOURS["grid"], alpha=0.5, lw=0)
        ax.annotate(
            _("the similar were chosen on these years"),
            (x[0], 0),
            xytext=(5, 5),
            textcoords="offset points",
            color=COLOURS["muted"],
            fontsize=8.5,
        )
    for at, labels in ends.items():
        end_labels(ax, at, labels)


def _one_year(ax: Axes, found: Comparison, measured: Measured, sprak: str) -> None:
    """Bars, the similar ones' quartiles as a line through theirs."""
    row, names = measured.table.iloc[0], _named(found, sprak)
    shown = [
        (names[column], float(row[column]), role)
        for column, role, _look in LINES
        if pd.notna(row[column])
    ]
    place = np.arange(len(shown), dtype=float)
    values = np.array([value for _name, value, _role in shown])
    ax.barh(place, values, height=0.5, color=[COLOURS[role] for *_, role in shown])
    for at, (name, value, _role) in zip(place, shown, strict=True):
        similar = name == names["similar"]
        low, high = row["similar_low"], row["similar_high"]
        if similar:
            ax.plot(
                [low, high], [at, at], color=COLOURS["ink"], lw=1.6, marker="|", ms=9
            )
        ax.annotate(
            written(measured, value, sprak),
            (max(value, high) if similar else value, at),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontweight="bold",
            fontsize=9.5,
        )
    ax.set_yticks(place, [name for name, *_ in shown], color=COLOURS["ink"])
    ax.set_title(f"{unit(measured, sprak)}, {measured.table.index[0]}")
    ax.grid(axis="x", color=COLOURS["grid"], linewidth=0.8)
    ax.margins(x=0.12)
    if measured.neighbours:
        _note(ax, translator(sprak)("Thin line: the middle half of the similar"))
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: written(measured, value, sprak))
    )


def _note(ax: Axes, text: str) -> None:
    """Explain below the axis."""
    ax.set_xlabel(text, color=COLOURS["muted"], fontsize=8.5, loc="left")
