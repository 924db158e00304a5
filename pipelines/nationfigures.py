"""Pictures of the nation: counties as tiles, what drives the saving, the budget."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..models.domain import Array
from .drawing import COLOURS, Picture, canvas, finish, money_axis
from .language import money, number, percent, translator
from .nationresult import Swing

#: County code -> column and row, roughly where it lies; Norrbotten is at the top.
TILES: Mapping[str, tuple[int, int]] = {
    "25": (3, 0), "24": (3, 1), "23": (1, 2), "22": (2, 2), "20": (1, 3),
    "21": (2, 3), "17": (0, 4), "18": (1, 4), "19": (2, 4), "03": (3, 4),
    "14": (0, 5), "05": (1, 5), "04": (2, 5), "01": (3, 5), "13": (0, 6),
    "06": (1, 6), "08": (2, 6), "09": (4, 6), "12": (0, 7), "07": (1, 7),
    "10": (2, 7),
}  # fmt: skip
_DARK = 0.8  # of the colour scale: from here on the text is light


def county_picture(counties: pd.DataFrame, sprak: str = "sv") -> Picture:
    """Draw counties as tiles, where they lie, darker where more handlers pay.

    Parameters
    ----------
    counties : DataFrame indexed by county code
        `county`, `handlers_today`, `handlers_plan`.
    """
    _ = translator(sprak)
    codes = [str(code) for code in counties.index]
    names = dict(zip(codes, counties["county"].astype(str), strict=True))
    added = counties["handlers_plan"] - counties["handlers_today"]
    more = dict(zip(codes, added.astype(float), strict=True))
    parts = (added / counties["handlers_today"]).astype(float)
    share = dict(zip(codes, parts, strict=True))
    first = max(codes, key=lambda code: share[code])
    most = max(*map(abs, share.values()), 1e-9)
    shades = mpl.colors.LinearSegmentedColormap.from_list(
        "more", [COLOURS["paper"], COLOURS["band"], COLOURS["plan"]]
    )
    with canvas(6.6) as (figure, (ax,)):
        for code in codes:
            dark = max(share[code], 0.0) / most
            _tile(ax, TILES[code], shades(dark), dark=dark > _DARK)
            lines = (
                _short(names[code]),
                _plus(more[code], number(more[code], 0, sprak)),
                _plus(share[code], percent(share[code], 0, sprak)),
            )
            _words(ax, TILES[code], lines, light=dark > _DARK)
        ax.set_xlim(-0.1, 5.0)
        ax.set_ylim(8.0, -0.1)
        ax.set_axis_off()
        ax.set_title(_("Handlers more than today, full-time equivalents"))
    text = _("Most in {first}: {n} more, {share} of today's.").format(
        first=names[first],
        n=number(more[first], 0, sprak),
        share=percent(share[first], 0, sprak),
    )
    return finish("counties", _("Where more handlers pay, by county"), text, figure)


def _tile(ax: Axes, at: tuple[int, int], colour: Any, *, dark: bool) -> None:
    edge = COLOURS["plan"] if dark else COLOURS["today"]
    ax.add_patch(
        Rectangle(at, 0.94, 0.94, facecolor=colour, edgecolor=edge, linewidth=0.8)
    )


def _words(ax: Axes, at: tuple[int, int], lines: Sequence[str], *, light: bool) -> None:
    colour = COLOURS["paper"] if light else COLOURS["ink"]
    for i, (line, size, weight) in enumerate(
        zip(lines, (8, 11, 8), ("normal", "bold", "normal"), strict=True)
    ):
        ax.text(
            at[0] + 0.47, at[1] + 0.22 + 0.26 * i, line, ha="center", va="center",
            fontsize=size, fontweight=weight, color=colour,
        )  # fmt: skip


def _plus(value: float, shown: str) -> str:
    return f"+{shown}" if value > 0 else shown


def _short(county: str) -> str:
    """Shorten a county's name to what people call it.

    >>> _short("Västra Götalands län"), _short("Dalarnas län"), _short("Skåne län")
    ('Västra Götaland', 'Dalarna', 'Skåne')
    """
    return county.removesuffix(" län").removesuffix("s")


def tornado_picture(swings: Sequence[Swing], middle: float, sprak: str) -> Picture:
    """Draw how far each uncertain thing moves the saving, widest first."""
    _ = translator(sprak)
    names = {
        "log_hr": _("effect of fewer cases"),
        "mean_months": _("how long cases last"),
        "inflow": _("new cases"),
        "handler_cost": _("cost of a handler"),
    }
    with canvas(0.7 + 0.6 * len(swings)) as (figure, (ax,)):
        for i, swing in enumerate(swings):
            ends = sorted((swing.saving_low, swing.saving_high))
            ax.barh(
                i, ends[1] - ends[0], left=ends[0], color=COLOURS["plan"], height=0.5
            )
            for value, side in ((ends[0], "right"), (ends[1], "left")):
                shift = -4 if side == "right" else 4
                ax.annotate(
                    money(value, sprak), (value, i), xytext=(shift, 0), ha=side,
                    textcoords="offset points", va="center", fontsize=8.5,
                )  # fmt: skip
        ax.axvline(middle, color=COLOURS["ink"], lw=1)
        ax.set_yticks(range(len(swings)), [names[swing.driver] for swing in swings])
        ax.invert_yaxis()
        ax.use_sticky_edges = False
        ax.margins(x=0.25)
        money_axis(ax, _("Worth a year, {unit}"), sprak, "SEK", along="x")
    widest = names[swings[0].driver]
    text = _("Widest is the {widest}.").format(widest=widest)
    return finish("tornado", _("What the saving hangs on"), text, figure)


def frontier_picture(
    factors: Array, saved: Array, impossible: Array, sprak: str
) -> Picture:
    """Draw what is saved in all by the national staff budget, relative to today's.

    Parameters
    ----------
    factors, saved : array (N,)
    impossible : array (M,)
        Factors that no staffing keeps to.
    """
    _ = translator(sprak)
    best = int(np.argmax(saved))
    with canvas(3.2) as (figure, (ax,)):
        ax.axhline(0, color=COLOURS["ink"], lw=1)
        ax.axvline(1, color=COLOURS["today"], lw=1, ls=(0, (4, 2)))
        ax.plot(factors, saved, color=COLOURS["plan"], lw=2.6, marker="o", ms=4)
        shown = [number(float(factor), 2, sprak) for factor in factors]
        ax.set_xticks(factors, shown)
        ax.set_xlabel(_("Staff budget, times today's"))
        money_axis(ax, _("Saved in all, {unit}"), sprak, "SEK")
    text = _("Most is saved at {factor} times today's budget: {sum}.").format(
        factor=shown[best], sum=money(float(saved[best]), sprak)
    )
    if len(impossible):
        least = number(float(impossible.max()), 2, sprak)
        text += " " + _("At {factor} and below nobody can keep the budget.").format(
            factor=least
        )
    return finish("frontier", _("What a national budget saves"), text, figure)
