"""The picture of an appraisal: net by extra exits, and the account month by month."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..models.domain import Array
from ..optimisation.appraisal import Appraisal
from ..optimisation.payback import cumulated
from .appraisalwords import headline
from .drawing import COLOURS, Picture, canvas, finish, money_axis
from .language import number, translator
from .pilotcase import YEAR, Appraised

#: Colour and line of the horizons, the year's on top.
LOOK: tuple[dict[str, Any], ...] = (
    {"color": COLOURS["today"], "ls": (0, (4, 2))},
    {"color": COLOURS["plan"], "lw": 2.6, "zorder": 3},
    {"color": COLOURS["short"], "ls": (0, (1, 1.5))},
)
NOUGHT: dict[str, Any] = {"color": COLOURS["ink"], "lw": 1.0}
LIKELY: dict[str, Any] = {"color": COLOURS["plan"], "lw": 1.6}


def appraisal_picture(found: Appraised, sprak: str = "sv") -> Picture:
    """Draw what the pilot nets at any number of extra exits, and when it is paid."""
    _ = translator(sprak)
    with canvas(8.0, rows=2) as (figure, (upper, lower)):
        _by_extra(upper, found, sprak)
        _by_month(lower, found, sprak)
        for ax in (upper, lower):
            ax.xaxis.set_major_formatter(
                FuncFormatter(lambda value, _: number(value, 0, sprak))
            )
    title = _("Net by extra exits, and benefit less staff month by month")
    return finish("appraisal", title, headline(found, sprak), figure)


def _by_extra(ax: Axes, found: Appraised, sprak: str) -> None:
    """Net by extra exits: where the lines cross nought the pilot breaks even."""
    _ = translator(sprak)
    likely, n = found.year.extra_exits, found.year.exits
    left = min(0.0, likely.low) if likely else 0.0
    right = max(n, 1.0)
    if likely:
        ax.axvspan(
            likely.low,
            min(likely.high, right),
            color=COLOURS["wide"],
            lw=0,
            label=_("extra exits, 80% interval"),
        )
        ax.axvline(likely.mean, **LIKELY, ls=(0, (5, 2)), label=_("extra exits, mean"))
    ax.axhline(0, **NOUGHT)
    extra = np.array([left, right])
    for result, look in zip(found.results, LOOK, strict=True):
        staff = result.middle.staff_sek
        slope = found.case.costs.benefit_case_month_sek * result.horizon_months
        name = _("{n} months").format(n=result.horizon_months)
        ax.plot(extra, slope * extra - staff, label=name, **look)
        if result.horizon_months == YEAR:
            _cost_range(ax, found, result, slope, extra, sprak)
        even = result.middle.breakeven.exits
        if 0 < even <= right:
            _mark(ax, even, sprak)
    ax.set_xlim(left, right)
    ax.set_xlabel(_("Extra exits: those that would not have come anyway"))
    money_axis(ax, _("Municipality's net, {unit}"), sprak, found.case.currency)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
    _legend(ax)


def _legend(ax: Axes) -> None:
    """Explain below the axes: inside them the lines may go anywhere."""
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(0, -0.19),
        ncols=2,
        frameon=False,
        fontsize=9,
        handlelength=3.0,
    )


def _cost_range(
    ax: Axes, found: Appraised, year: Appraisal, slope: float, extra: Array, sprak: str
) -> None:
    """Shade from the highest to the lowest cost of a handler."""
    low, high = (at.staff_sek for at in (year.at_cost[0], year.at_cost[-1]))
    if low < high:
        label = translator(sprak)("by what a handler costs, {n} months")
        ax.fill_between(
            extra,
            slope * extra - high,
            slope * extra - low,
            color=COLOURS["band"],
            linewidth=0,
            label=label.format(n=year.horizon_months),
        )


def _mark(ax: Axes, exits: float, sprak: str) -> None:
    ax.plot([exits], [0], "o", color=COLOURS["ink"], ms=5, zorder=4)
    ax.annotate(
        number(exits, 1, sprak),
        (exits, 0),
        xytext=(-4, 6),  # above and left of rising lines there is room
        textcoords="offset points",
        ha="right",
        fontsize=9,
    )


def _by_month(ax: Axes, found: Appraised, sprak: str) -> None:
    """Benefit less staff so far, at a year's benefit for each extra exit."""
    _ = translator(sprak)
    year, case = found.year, found.case

    def account(exits: float) -> Array:
        cost = year.middle.handler_year_sek
        benefit, staff = cumulated(
            case.pilot, exits, year.horizon_months, case.costs, cost
        )
        return np.concatenate([[0.0], benefit - staff])

    most = account(year.exits)
    month = np.arange(len(most))
    ax.axhline(0, **NOUGHT)
    if year.extra_exits is not None:
        likely = year.extra_exits
        ax.fill_between(
            month,
            account(likely.low),
            account(likely.high),
            color=COLOURS["band"],
            linewidth=0,
            label=_("80% interval"),
        )
        ax.plot(month, account(likely.mean), **LOOK[1], label=_("mean"))
    name = _("had no exit come anyway")
    ax.plot(month, most, **LOOK[0], label=name)
    ax.set_xlim(0, month[-1])
    ax.set_xlabel(_("Months from the start of the pilot"))
    title = _("Benefit less staff so far, {n} months of benefit per extra exit, {unit}")
    money_axis(ax, title.replace("{n}", str(YEAR)), sprak, case.currency)
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True, steps=[1, 2, 3, 6, 10]))
    _legend(ax)
