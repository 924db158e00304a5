"""The picture of what the number of handlers costs, with its flat bottom shaded."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..models.domain import Interval
from .costcurve import CostCurve, cost_curve
from .drawing import COLOURS, Picture, band, canvas, end_labels, finish, money_axis
from .language import number, translator
from .outcome import Outcome
from .surface import Surface
from .wording import interval, people

#: Most units in two columns.
_TWO_WIDE = 6
#: Colour and line of each part of the cost, and of the whole.
LOOK = {
    "staff": ("short", (0, (1, 1.5)), 1.8),
    "benefit": ("ink", (0, (4, 2)), 1.8),
    "after": ("muted", (0, (6, 2, 1, 2)), 1.8),
    "total": ("plan", "-", 2.8),
}


def cost_curve_pictures(
    outcome: Outcome, surfaces: Sequence[Surface], sprak: str = "sv"
) -> tuple[Picture, ...]:
    """Draw the cost curve of every unit that has one.

    Parameters
    ----------
    outcome : Outcome
    surfaces : sequence of Surface
        Of its plans, in their order.

    Returns
    -------
    tuple of Picture
        `costcurve`; with several units that is all of them side by side, and each one's
        own is `costcurve-1` and so on.
    """
    currency = outcome.case.settings.economy.currency
    pairs = zip(surfaces, outcome.plans, strict=True)
    read = [cost_curve(surface, plan) for surface, plan in pairs]
    curves = [curve for curve in read if curve is not None]
    names = [f"costcurve-{number}" for number in range(1, len(curves) + 1)]
    if len(curves) == 1:
        names = ["costcurve"]
    drawn = [
        cost_curve_picture(curve, sprak, currency, name)
        for curve, name in zip(curves, names, strict=True)
    ]
    if len(curves) > 1:
        drawn.insert(0, _side_by_side(curves, sprak, currency))
    return tuple(picture for picture in drawn if picture is not None)


def cost_curve_picture(
    curve: CostCurve | None,
    sprak: str = "sv",
    currency: str = "SEK",
    name: str = "costcurve",
) -> Picture | None:
    """Draw what each number of handlers costs above today's, and what cash it saves.

    Parameters
    ----------
    curve : CostCurve or None
    name : str
        File stem; each unit's picture needs its own.
    """
    if curve is None:
        return None
    _ = translator(sprak)
    names = {
        "staff": _("staff"),
        "benefit": _("assistance"),
        "after": _("after the period"),
        "total": _("together"),
    }
    with canvas(6.6, rows=2, sharex=True) as (figure, (upper, lower)):
        ends = []
        for part, (role, style, width) in LOOK.items():
            cost = getattr(curve, part)
            upper.plot(curve.handlers, cost, color=COLOURS[role], ls=style, lw=width)
            ends.append((float(cost[-1]), names[part], role))
        _whisker(upper, curve, _above(curve.plan_total))
        money_axis(upper, _("Cost beyond today's staffing, {unit}"), sprak, currency)
        middle, low, high = curve.saved
        band(lower, curve.handlers, low, high)
        lower.plot(curve.handlers, middle, color=COLOURS["plan"], lw=2.4)
        cash = curve.plan_saved
        _whisker(lower, curve, (cash.mean, cash.low, cash.high))
        heading = _("Cash against today, {unit}; plus is saved (80% interval)")
        money_axis(lower, heading, sprak, currency)
        lower.set_xlabel(_("Handlers, mean over the planning period"))
        for ax in (upper, lower):
            _along(ax, curve, sprak)
        end_labels(upper, upper.get_xlim()[1], ends)
        _name(upper, curve, sprak)
        _mark(lower, curve)
    title = _("What the number of handlers costs: {unit}").format(unit=curve.unit)
    return finish(name, title, flat_bottom(curve, sprak, currency), figure)


def flat_bottom(curve: CostCurve, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say where cost hardly differs, and where today and the plan lie."""
    _ = translator(sprak)
    low, high = (people(end, sprak) for end in curve.flat)
    return _(
        "From {low} to {high} handlers on average there are plans whose cost, the "
        "value after the period counted, is at most 1% or 1 million above the "
        "cheapest. With "
        "today's staffing there are {today}, with the plan {plan}. The plan against "
        "today's staffing, where plus is saved: all costs {all}, cash over the period "
        "{cash}. The lines are for a number that is kept, bought time among staff; the "
        "points are the plan."
    ).format(
        low=low,
        high=high,
        today=people(curve.today, sprak),
        plan=people(curve.plan, sprak),
        all=interval(curve.plan_total, sprak, currency),
        cash=interval(curve.plan_saved, sprak, currency),
    )


def _side_by_side(curves: Sequence[CostCurve], sprak: str, currency: str) -> Picture:
    """Draw what all costs together are for every unit, each on its own axes."""
    _ = translator(sprak)
    columns = 2 if len(curves) <= _TWO_WIDE else 3
    rows = -(-len(curves) // columns)
    with canvas(0.3 + 2.5 * rows, rows, columns) as (figure, axes):
        for ax in axes[len(curves) :]:
            ax.set_axis_off()
        for ax, curve in zip(axes, curves, strict=False):
            ax.plot(curve.handlers, curve.total, color=COLOURS["plan"], lw=2.4)
            _whisker(ax, curve, _above(curve.plan_total))
            name = curve.unit.replace("{", "{{").replace("}", "}}")
            money_axis(ax, f"{name}, {{unit}}", sprak, currency)
            _along(ax, curve, sprak)
            _mark(ax, curve)
        figure.supxlabel(_("Handlers, mean over the planning period"), fontsize=10)
    title = _("What the number of handlers costs beyond today's staffing, by unit")
    text = _(
        "All costs, the value after the period counted. The dashed line is today's "
        "number, the point the plan with its 80% interval; in the shaded part there "
        "are plans at most 1% or 1 million above the cheapest."
    )
    return finish("costcurve", title, text, figure)


def _above(saved: Interval) -> tuple[float, float, float]:
    """Turn what is saved into what it costs more: mean, low and high."""
    return -saved.mean, -saved.high, -saved.low


def _along(ax: Axes, curve: CostCurve, sprak: str) -> None:
    """Give an axes the numbers of handlers, the flat bottom and nought."""
    seen = [*curve.handlers, curve.today, curve.plan]
    aside = 0.03 * (max(seen) - min(seen))
    ax.set_xlim(min(seen) - aside, max(seen) + aside)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ticks = ax.xaxis.get_majorticklocs()
    digits = 0 if np.allclose(ticks, np.round(ticks)) else 1
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _at: number(x, digits, sprak)))
    ax.axhline(0, color=COLOURS["ink"], lw=1.0, zorder=1)
    ax.axvspan(*curve.flat, color=COLOURS["wide"], lw=0, zorder=0)


def _whisker(ax: Axes, curve: CostCurve, ends: tuple[float, float, float]) -> None:
    """Draw the plan as it is reported: mean, and 80 % interval."""
    mean, low, high = ends
    x, ink = curve.plan, COLOURS["ink"]
    ax.plot([x, x], [low, high], color=ink, lw=1.6, zorder=4)
    ax.plot([x, x], [low, high], "_", color=ink, ms=9, mew=1.6, zorder=4)
    ax.plot(x, mean, "D", color=ink, ms=6, zorder=5)


def _mark(ax: Axes, curve: CostCurve) -> None:
    """Draw today's number of handlers across."""
    ax.axvline(curve.today, color=COLOURS["today"], ls=(0, (4, 2)), lw=1.4, zorder=1)


def _name(ax: Axes, curve: CostCurve, sprak: str) -> None:
    """Name today, the plan and the flat bottom above the axes."""
    _ = translator(sprak)
    _mark(ax, curve)
    ax.set_title(ax.get_title(loc="left"), pad=38)
    first = curve.today <= curve.plan
    named = [
        (curve.today, _("today {n}"), "today", -1 if first else 1),
        (curve.plan, _("the plan {n}"), "ink", 1 if first else -1),
    ]
    for x, text, role, side in named:
        ax.annotate(
            text.format(n=people(x, sprak)),
            (x, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3 * side, 4),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            fontsize=9,
            fontweight="bold",
            color=COLOURS[role],
            annotation_clip=False,
        )
    text = _(
        "shaded: some plan is within 1% or 1 million of the cheapest, {low} to {high}"
    )
    low, high = (people(end, sprak) for end in curve.flat)
    ax.annotate(
        text.format(low=low, high=high),
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 21),
        textcoords="offset points",
        fontsize=9,
        color=COLOURS["muted"],
        annotation_clip=False,
    )
