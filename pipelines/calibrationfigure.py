"""The picture of whether exits come true: of households that no model had seen."""

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .drawing import COLOURS, Picture, canvas, dress, finish
from .language import number, translator
from .outcome import Outcome
from .privacy import SMALLEST
from .tables import calibration_table

#: Where households go, in words.
WORDS = {
    "work": "Work",
    "sickness_compensation": "Sickness compensation",
    "activity_support": "Activity support",
    "studies": "Studies",
    "moved": "Moved away",
    "other": "Other reason",
}


def calibration_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """Draw exits against those expected: by tenth, by group and by destination.

    With 95 % intervals; groups with few exits are left out.
    """
    _ = translator(sprak)
    table = calibration_table(outcome.exit_check)
    if table.empty or table["observed"].isna().all():
        return None
    seen = table.dropna(subset=["observed"])
    kind = seen["by"]
    groups = seen[kind != "decile"]
    with canvas(max(3.2, 1.2 + 0.27 * len(groups)), columns=2) as (figure, axes):
        _tenths(axes[0], seen[kind == "decile"], sprak)
        _ratios(axes[1], groups, sprak)
    inside = (seen["low"] <= 1) & (seen["high"] >= 1)
    text = _(
        "{n} of {all} intervals (95%) hold the expected. Groups with fewer than {few} "
        "exits are left out, and more where those could be worked out."
    )
    n, every, few = (
        number(count, 0, sprak) for count in (inside.sum(), len(seen), SMALLEST)
    )
    title = _("Exits against what was expected, of households that were held back")
    told = text.format(n=n, all=every, few=few)
    return finish("calibration", title, told, figure)


def _tenths(ax: Axes, part: pd.DataFrame, sprak: str) -> None:
    """Share that left against share expected, a dot per tenth of the months."""
    _ = translator(sprak)
    scale = 100 * part["expected"] / part["months"]
    x, y = scale.to_numpy(float), (scale * part["ratio"]).to_numpy(float)
    low, high = (scale * part[end] for end in ("low", "high"))
    top = 1.08 * max(x.max(initial=0), high.max() if len(part) else 0.0, 1e-9)
    ax.plot([0, top], [0, top], color=COLOURS["today"], ls=(0, (4, 2)), lw=1.4)
    ax.errorbar(
        x,
        y,
        np.array([y - low, high - y]).clip(0),
        fmt="o",
        color=COLOURS["plan"],
        ecolor=COLOURS["plan"],
        ms=5,
        lw=1.4,
    )
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    decimals = 0 if top > 5 else 1
    dress(ax, _("Left per month, %, by tenth"), sprak, decimals)
    ticks = [tick for tick in ax.get_yticks() if 0 <= tick <= top]
    ax.set_xticks(ticks, [number(tick, decimals, sprak) for tick in ticks])
    ax.set_xlabel(_("Expected per month, %"))


def _ratios(ax: Axes, part: pd.DataFrame, sprak: str) -> None:
    """Observed over expected by group and destination, first at the top."""
    _ = translator(sprak)
    names = [
        _(WORDS.get(name, name)) if by == "destination" else fill(str(name), 24)
        for by, name in zip(part["by"], part["group"], strict=True)
    ]
    place = -np.arange(len(part), dtype=float)
    place -= (part["by"] == "destination").to_numpy(float) / 2  # a gap between kinds
    ratio = part["ratio"].to_numpy(float)
    errors = [ratio - part["low"], part["high"] - ratio]
    ax.axvline(1, color=COLOURS["today"], ls=(0, (4, 2)), lw=1.4)
    ax.errorbar(
        ratio,
        place,
        xerr=np.array(errors).clip(0),
        fmt="o",
        color=COLOURS["plan"],
        ecolor=COLOURS["plan"],
        ms=5,
        lw=1.4,
    )
    dress(ax, _("Observed / expected"), sprak)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=COLOURS["grid"], linewidth=0.8)
    ax.set_yticks(place, names)
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    decimals = 1 if high - low > 0.5 else 2
    ax.xaxis.set_major_formatter(lambda value, _: number(value, decimals, sprak))
