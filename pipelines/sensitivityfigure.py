"""The picture of which assumption the saving hangs on: a tornado, largest first."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..models.domain import Interval
from .drawing import COLOURS, Picture, canvas, finish
from .findings import NOUGHT_SEK
from .language import number, percent, translator
from .outcome import Outcome
from .sensitivity import (
    COST,
    LEAD,
    TURNOVER,
    Pair,
    Sensitivity,
    Swing,
    sensitivity,
)
from .wording import Scale, interval

#: What each assumption is called, and what its ends are.
NAMES = {
    "effect": "More who leave at half the caseload",
    "inflow": "New cases",
    "exits": "How many leave each month",
    "benefit": "Assistance per household",
    "handler_cost": "Cost of a handler",
    "turnover": "Handlers who leave in a year",
    "lead": "Time until a hire is in place",
}
#: Inches that a row, and a panel's title with its axis, take.
_ROW, _AROUND = 0.31, 0.95
#: Room for the words beside the bars, as a share of what is drawn.
_BESIDE = 0.46
_BAR = 0.56
#: Words are read above lines.
_PAPER = {"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.6}


def sensitivity_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """Draw what every assumption does to the saving of all plans together."""
    if len(outcome.futures) != len(outcome.plans):
        return None
    planned = list(zip(outcome.futures, outcome.plans, strict=True))
    found = sensitivity(outcome.case, planned, outcome.effect)
    return swing_picture(found, sprak, outcome.case.settings.economy.currency)


def swing_picture(
    found: Sensitivity | None,
    sprak: str = "sv",
    currency: str = "SEK",
    name: str = "sensitivity",
) -> Picture | None:
    """Draw the saving at both ends of every assumption; cash, then the value after too.

    Parameters
    ----------
    found : Sensitivity or None
    name : str
        File stem; one unit's own picture needs its own.
    """
    if found is None:
        return None
    _ = translator(sprak)
    panels = [
        (
            _("Cash against today, {unit}; plus is saved"),
            "cash",
            found.cash,
            found.all_cash,
        ),
        (
            _("With the value after the period, {unit}; plus is saved"),
            "total",
            found.total,
            found.all_total,
        ),
    ]
    kept = [sorted_swings(found, kind) for _title, kind, *_rest in panels]
    height = sum(_ROW * (len(swings) + 1) + _AROUND for swings in kept)
    with canvas(height, rows=2) as (figure, axes):
        grid = axes[0].get_gridspec()
        assert grid is not None  # canvas() made it
        grid.set_height_ratios([len(swings) + 3.0 for swings in kept])
        for ax, (heading, kind, middle, whole), swings in zip(
            axes, panels, kept, strict=True
        ):
            every = [value for swing in swings for value in getattr(swing, kind)]
            scale = Scale.of([*every, whole.low, whole.high], sprak, currency)
            ax.set_title(heading.format(unit=scale.unit), pad=20)
            _dress(ax, swings, middle, [*every, whole.low, whole.high], scale)
            _all_at_once(ax, whole, scale)
            for row, swing in enumerate(swings, start=1):
                _swing(ax, row, swing, getattr(swing, kind), middle, scale)
    title = _("Which assumption the result hangs on")
    return finish(name, title, what_matters(found, sprak, currency), figure)


def sorted_swings(found: Sensitivity, kind: str) -> list[Swing]:
    """Swings that would be seen, largest first.

    Parameters
    ----------
    kind : {"cash", "total"}
    """
    middle = getattr(found, kind)

    def reach(swing: Swing) -> float:
        low, high = getattr(swing, kind)
        moved = max(low, high, middle) - min(low, high, middle)
        return float(moved)

    seen = [swing for swing in found.swings if reach(swing) >= NOUGHT_SEK]
    return sorted(seen, key=reach, reverse=True)


def end_words(swing: Swing, sprak: str = "sv") -> tuple[str, str]:
    """Write what the low and the high end of an assumption are."""
    _ = translator(sprak)
    if swing.name == "effect":
        shares = [float(np.expm1(end)) for end in swing.ends]
        low, high = (_signed(share, sprak) for share in shares)
    elif swing.name == "turnover":
        low, high = (percent(end, 0, sprak) for end in swing.ends)
    elif swing.name == "lead":
        sooner, later = (number(abs(end), 0, sprak) for end in swing.ends)
        low = _("{n} mo sooner").format(n=sooner) if swing.ends[0] else _("as assumed")
        high = _("{n} mo later").format(n=later)
    else:
        low, high = (_signed(end - 1, sprak) for end in swing.ends)
    return low, high


def what_matters(found: Sensitivity, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what the saving hangs most on, and what is an interval and what a trial."""
    _ = translator(sprak)
    told = [
        _(
            "Everything uncertain at once, the difference in cash from today's "
            "staffing is {x}, where plus is saved."
        ).format(x=interval(found.all_cash, sprak, currency))
    ]
    swings = sorted_swings(found, "cash")
    if swings:
        most = swings[0]
        scale = Scale.of(most.cash, sprak, currency)
        low, high = end_words(most, sprak)
        told.append(
            _(
                "It hangs most on “{name}”: at {low} it is {a}, at {high} {b} {unit}."
            ).format(
                name=_(NAMES[most.name]).lower(),
                low=low,
                high=high,
                a=scale.write(_nought(most.cash[0])),
                b=scale.write(_nought(most.cash[1])),
                unit=scale.unit,
            )
        )
    told.append(
        _(
            "Each row moves one assumption and keeps the rest in their middle; the "
            "plan's number of handlers is kept. The dashed line is where all are in "
            "their middle, which is not the mean of all futures. Solid bars go between "
            "the ends of an 80% interval. Hatched ones are trials of our own size: "
            "{cost} of a handler's cost, {turnover} percentage points of turnover, {n} "
            "months."
        ).format(
            cost=percent(COST, 0, sprak),
            turnover=number(100 * TURNOVER, 0, sprak),
            n=LEAD,
        )
    )
    if found.left_out:
        told.append(
            _(
                "Left out, for handlers would have no time left for cases: {names}."
            ).format(names=", ".join(_(NAMES[name]).lower() for name in found.left_out))
        )
    return " ".join(told)


def _signed(share: float, sprak: str) -> str:
    text = percent(share, 0, sprak)
    return f"+{text}" if round(share, 2) > 0 else text


def _nought(value: float) -> float:
    """Leave out what would be written as nought with a sign."""
    return 0.0 if abs(value) < NOUGHT_SEK else value


def _all_at_once(ax: Axes, whole: Interval, scale: Scale) -> None:
    """Draw the saving as it is reported, with its interval, on the first row."""
    ends = [whole.low, whole.high]
    ax.plot(ends, [0, 0], color=COLOURS["ink"], lw=1.8)
    ax.plot(ends, [0, 0], "|", color=COLOURS["ink"], ms=9, mew=1.8)
    ax.plot(whole.mean, 0, "D", color=COLOURS["ink"], ms=6)
    for end, side in zip(ends, (-1, 1), strict=True):
        _write(ax, end, 0, side, scale.write(_nought(end)))
    ax.annotate(
        scale.write(_nought(whole.mean)),
        (whole.mean, 0),
        xytext=(0, 6),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=8.5,
        fontweight="bold",
        bbox=_PAPER,
        zorder=4,
    )


def _swing(
    ax: Axes, row: int, swing: Swing, ends: Pair, middle: float, scale: Scale
) -> None:
    """Draw one row: from the middle to the low end, and to the high end."""
    words = [
        f"{word}: {scale.write(_nought(end))}"
        for word, end in zip(end_words(swing, scale.sprak), ends, strict=True)
    ]
    for end, role in zip(ends, ("today", "plan"), strict=True):
        ax.barh(
            row,
            end - middle,
            left=middle,
            height=_BAR,
            color=COLOURS["paper" if swing.trial else role],
            edgecolor=COLOURS[role],
            hatch="////" if swing.trial else None,
            lw=1.0,
            zorder=2,
        )
    sides = [1 if end > middle else -1 for end in ends]
    if sides[0] == sides[1]:  # both move it the same way: where there is more room
        left, right = ax.get_xlim()
        low, high = min(*ends, middle), max(*ends, middle)
        more = right - high > low - left
        _write(ax, high if more else low, row, 1 if more else -1, "; ".join(words))
        return
    for end, side, text in zip(ends, sides, words, strict=True):
        _write(ax, end, row, side, text)


def _write(ax: Axes, x: float, row: int, side: int, text: str) -> None:
    ax.annotate(
        text,
        (x, row),
        xytext=(6 * side, 0),
        textcoords="offset points",
        ha="left" if side > 0 else "right",
        va="center",
        fontsize=8.5,
        bbox=_PAPER,
        zorder=4,
    )


def _dress(
    ax: Axes, swings: list[Swing], middle: float, values: list[float], scale: Scale
) -> None:
    _ = translator(scale.sprak)
    trial = _("{name} (trial)")
    names = [_("Everything uncertain at once")]
    for swing in swings:
        name = _(NAMES[swing.name])
        names.append(trial.format(name=name) if swing.trial else name)
    ax.set_yticks(range(len(names)), names)
    for label in ax.get_yticklabels():
        label.set_color(COLOURS["ink"])
        label.set_fontsize(9)
    ax.get_yticklabels()[0].set_fontweight("bold")
    ax.set_ylim(len(names) - 0.45, -0.75)
    low, high = min(*values, middle, 0.0), max(*values, middle, 0.0)
    room = _BESIDE * (high - low)
    ax.set_xlim(low - room, high + room)
    ax.grid(axis="x", color=COLOURS["grid"], linewidth=0.8)
    ax.axvline(0, color=COLOURS["ink"], lw=1.0, zorder=1)
    ax.axvline(middle, color=COLOURS["muted"], lw=1.2, ls=(0, (2, 2)), zorder=3)
    ax.annotate(
        _("all in the middle: {x}").format(x=scale.write(_nought(middle))),
        (middle, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=8.5,
        color=COLOURS["muted"],
    )
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ticks = ax.xaxis.get_majorticklocs() / scale.divisor
    decimals = 0 if np.allclose(ticks, np.round(ticks)) else 1
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _at: number(x / scale.divisor, decimals, scale.sprak))
    )
