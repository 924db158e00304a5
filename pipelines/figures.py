"""The pictures of what is proposed: plan, saving, and the year against the budget.

A reader who sees no picture gets its title and description instead, and finds the same
numbers in a table or file.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..models.domain import Array
from .calibrationfigure import calibration_picture
from .drawing import (
    COLOURS,
    Picture,
    canvas,
    dress,
    end_labels,
    finish,
    money_axis,
    month_axis,
)
from .fanfigure import fan_picture
from .findings import Findings, findings
from .language import money, translator
from .outcome import Outcome
from .outlook import exit_picture, forecast_picture, segments_picture
from .regretfigure import regret_picture
from .sentences import caseload, headline
from .wording import around


def pictures(outcome: Outcome, sprak: str = "sv") -> dict[str, Picture]:
    """Draw every figure that the outcome has numbers for, by name."""
    drawn = [draw(outcome, sprak) for draw in DRAWERS]
    return {picture.name: picture for picture in drawn if picture is not None}


def plan_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """Handlers, and cases per handler, today against the proposal."""
    found = findings(outcome.plans)
    if found is None:
        return None
    _ = translator(sprak)
    months = found.months
    with canvas(4.6, rows=2, sharex=True) as (figure, (upper, lower)):
        now, plan = found.today, found.plan
        for ax, title, staying, new in (
            (upper, _("Handlers"), now.handlers, plan.handlers),
            (lower, _("Cases per handler"), now.caseload, plan.caseload),
        ):
            ends = months.append(months[-1:] + pd.offsets.MonthBegin())
            shape = "steps-post" if ax is upper else "default"
            old, young = np.r_[staying, staying[-1]], np.r_[new, new[-1]]
            ax.plot(ends, old, color=COLOURS["today"], ls=(0, (4, 2)), drawstyle=shape)
            ax.plot(ends, young, color=COLOURS["plan"], lw=2.6, drawstyle=shape)
            ax.set_ylim(0, 1.18 * max(old.max(), young.max()))
            dress(ax, title, sprak)
            names = [
                (old[-1], _("as today"), "today"),
                (young[-1], _("plan"), "plan"),
            ]
            end_labels(ax, ends[-1], names)
        _mark_shortage(upper, found, sprak)
        month_axis(lower, months, sprak)
    title = _("Handlers and cases per handler: today and the plan")
    text = f"{headline(outcome, sprak)} {caseload(found, sprak)}"
    return finish("plan", title, text, figure)


def saving_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """Cash saving per calendar year with its 80% interval."""
    found = findings(outcome.plans)
    if found is None or found.nothing_saved:
        return None
    _ = translator(sprak)
    cash, currency = found.cash, outcome.case.settings.economy.currency
    mean, low, high = (
        cash[f"saving{part}"].to_numpy(float) for part in ("_sek", "_lo_80", "_hi_80")
    )
    years = [str(year) for year in cash["year"]]
    with canvas(2.9) as (figure, (ax,)):
        kinds = np.where(mean >= 0, COLOURS["plan"], COLOURS["short"])
        ax.bar(years, mean, width=0.5, color=list(kinds))
        errors = np.array([mean - low, high - mean]).clip(0)
        ax.errorbar(
            years, mean, errors, fmt="none", ecolor=COLOURS["ink"], lw=1.4, capsize=5
        )
        ax.axhline(0, color=COLOURS["ink"], lw=1)
        for i, value in enumerate(mean):
            ax.annotate(
                money(value, sprak, currency),
                (i + 0.06, value),
                xytext=(0, 3 if value >= 0 else -3),
                textcoords="offset points",
                va="bottom" if value >= 0 else "top",
                fontweight="bold",
                fontsize=9.5,
            )
        ax.margins(x=0.05, y=0.12)
        money_axis(ax, _("Cash saving per year, {unit}"), sprak, currency)
    title = _("Cash saving per calendar year, with 80% interval")
    written = zip(
        *([money(v, sprak, currency) for v in part] for part in (mean, low, high)),
        strict=True,
    )
    text = "; ".join(
        f"{year}: {around(middle, start, end, 0.8, sprak)}"
        for year, (middle, start, end) in zip(years, written, strict=True)
    )
    return finish("saving", title, text, figure)


def year_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """Outcome so far and forecast of the rest, against the budget."""
    table = outcome.year.table
    if table.empty:
        return None
    _ = translator(sprak)
    currency = outcome.case.settings.economy.currency
    years = [str(year) for year in table["year"]]
    place = np.arange(len(years), dtype=float)[::-1]  # the first year on top
    so_far, total, low, high, budget = (
        table[name].to_numpy(float)
        for name in ("so_far_sek", "total_sek", "lo-80", "hi-80", "budget_sek")
    )
    with canvas(1.15 + 0.62 * len(years)) as (figure, (ax,)):
        ax.barh(place, so_far, height=0.46, color=COLOURS["today"])
        ax.barh(place, total - so_far, height=0.46, left=so_far, color=COLOURS["band"])
        errors = np.array([total - low, high - total]).clip(0)
        ax.errorbar(
            total,
            place,
            xerr=errors,
            fmt="none",
            ecolor=COLOURS["plan"],
            lw=1.8,
            capsize=5,
        )
        ends = np.array([place - 0.34, place + 0.34])
        ax.plot([budget, budget], ends, color=COLOURS["ink"], lw=2.4)
        _name_parts(ax, so_far, total, budget, place, sprak)
        ax.set_yticks(place, years, color=COLOURS["ink"], fontweight="bold")
        ax.set_ylim(-0.5, len(years) - 0.25)
        ax.set_xlim(0, 1.04 * np.nanmax([high.max(), np.nanmax([*budget, 0])]))
        title = _("Outcome so far and forecast, {unit}")
        money_axis(ax, title, sprak, currency, along="x")
    title = _("Full-year forecast against the budget, with 80% interval")
    text = "; ".join(
        f"{year}: {money(mean, sprak, currency)}"
        for year, mean in zip(years, total, strict=True)
    )
    return finish("year", title, text, figure)


def _name_parts(
    ax: Axes, so_far: Array, total: Array, budget: Array, place: Array, sprak: str
) -> None:
    """Write what the parts of a bar are, where there is room for the word."""
    _ = translator(sprak)
    parts = (
        (so_far / 2, so_far, _("so far"), "paper"),
        ((so_far + total) / 2, total - so_far, _("forecast"), "ink"),
    )
    look: dict[str, Any] = {"ha": "center", "fontsize": 9.5, "fontweight": "bold"}
    for middle, length, word, role in parts:
        for i in np.flatnonzero(length > 0.14 * total.max()):
            at = (middle[i], place[i])
            ax.annotate(word, at, va="center", color=COLOURS[role], **look)
    if np.isfinite(budget[0]):
        at = (budget[0], place[0] + 0.38)
        ax.annotate(_("budget"), at, va="bottom", color=COLOURS["ink"], **look)


def _mark_shortage(ax: Axes, found: Findings, sprak: str) -> None:
    """Mark months in which bought time fills a gap."""
    short = np.flatnonzero(found.plan.shortage > 0.05)
    if not len(short):
        return
    _ = translator(sprak)
    height = ax.get_ylim()[1] * 0.03
    ax.scatter(
        found.months[short] + pd.Timedelta(days=15),
        np.full(len(short), height),
        marker="^",
        s=26,
        color=COLOURS["short"],
        zorder=3,
    )
    ax.annotate(
        _("bought time"),
        (found.months[short[-1]] + pd.Timedelta(days=30), height),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        color=COLOURS["short"],
        fontsize=9.5,
    )


DRAWERS = (
    plan_picture,
    saving_picture,
    fan_picture,
    regret_picture,
    year_picture,
    forecast_picture,
    segments_picture,
    exit_picture,
    calibration_picture,
)
