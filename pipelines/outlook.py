"""The pictures of what is coming: cases and payments ahead, and how people leave."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from ..models.domain import Array, Paths
from .drawing import (
    COLOURS,
    Picture,
    band,
    canvas,
    dress,
    end_labels,
    finish,
    money_axis,
    month_axis,
    wide_band,
)
from .language import translator
from .outcome import Outcome
from .sentences import expected
from .tables import small_groups, small_totals, too_few

#: Most groups that get a panel of their own; the rest are in the tables.
MOST_PANELS = 9
#: Months of history shown before the forecast.
HISTORY = 72
#: Months on assistance that the curve shows; few have been on it for longer.
LONGEST = 60


def forecast_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """History and forecast of cases, and of what is paid, all groups together."""
    _ = translator(sprak)
    forecast, currency = outcome.forecast, outcome.case.settings.economy.currency
    households = _("Households per month, with 80% and 95% interval")
    rows = [
        (name, paths, _history(outcome, column))
        for name, paths, column in (
            (households, forecast.served, "served"),
            (_("Paid per month, {unit}"), forecast.paid, "paid_sek"),
        )
        if paths is not None
    ]
    rows = [row for row in rows if np.isfinite(row[2].iloc[-1:]).all()]  # too few
    if not rows:
        return None
    texts = []
    with canvas(2.4 * len(rows), rows=len(rows), sharex=True) as (figure, axes):
        for ax, (title, paths, past) in zip(axes, rows, strict=True):
            total = paths.total()
            _fan(ax, past, total, sprak, labels=ax is axes[0])
            if paths is forecast.paid:
                money_axis(ax, title, sprak, currency)
            else:
                dress(ax, title, sprak)
                texts.append(expected(outcome, sprak))
        month_axis(axes[-1], _span(past, total), sprak)
    title = _("Forecast, all groups together")
    return finish("forecast", title, " ".join(texts), figure)


def segments_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """History and forecast of cases per group, one panel each."""
    _ = translator(sprak)
    paths, case = outcome.forecast.served, outcome.case
    # of no unit may its figures be shown, or it follows from the other groups'
    small = small_groups(case).all(axis=0) | small_totals(case)
    names = [name for name in case.segments if not small[name]]
    if paths is None or not 1 < len(case.segments) <= MOST_PANELS or not names:
        return None
    columns = 2 if len(names) == 4 else min(3, len(names))
    rows = -(-len(names) // columns)
    of = np.array([label.split("|")[-1] for label in paths.labels])
    with canvas(0.4 + 1.9 * rows, rows, columns, sharex=True) as (figure, axes):
        for ax, name in zip(axes, names, strict=False):
            chosen = np.flatnonzero(of == name)
            part = Paths(
                paths.values[:, chosen],
                tuple(paths.labels[i] for i in chosen),
                paths.months,
                paths.unit,
            )
            past = _history(outcome, segment=name)
            _fan(ax, past, part.total(), sprak, labels=False)
            dress(ax, _wrapped(name), sprak)
            month_axis(ax, _span(past, part), sprak, most=4)
        for ax in axes[len(names) :]:
            ax.remove()
    text = _("One panel per group: {names}.").format(names=", ".join(names))
    title = _("Households served per month, by group")
    return finish("forecast_groups", title, text, figure)


def exit_picture(outcome: Outcome, sprak: str = "sv") -> Picture | None:
    """Monthly probability of leaving assistance by months on it, with a 95 % band."""
    curve = outcome.exit_curve
    if curve.empty:
        return None
    _ = translator(sprak)
    curve = curve[curve["elapsed"] <= LONGEST]
    names = list(curve["segment"].unique())[:MOST_PANELS]
    columns = 2 if len(names) == 4 else min(3, len(names))
    rows = -(-len(names) // columns)
    with canvas(0.5 + 2.0 * rows, rows, columns, sharex=True, sharey=True) as (
        figure,
        axes,
    ):
        for ax, name in zip(axes, names, strict=False):
            part = curve[curve["segment"] == name]
            x = part["elapsed"].to_numpy(float)
            band(ax, x, 100 * part["lo-95"].to_numpy(), 100 * part["hi-95"].to_numpy())
            ax.plot(x, 100 * part["hazard"], color=COLOURS["plan"])
            dress(ax, _wrapped(str(name)), sprak)
            ax.xaxis.set_major_locator(MultipleLocator(12 if x[-1] < 61 else 24))
        axes[0].set_ylim(0, 106 * float(curve["hi-95"].max()))  # shared by all panels
        for ax in axes[len(names) :]:
            ax.remove()
        figure.supylabel(_("Leave per month, %"), fontsize=10)
        figure.supxlabel(_("Months on assistance"), fontsize=10)
    title = _("Share who leave assistance each month, with a 95% band")
    text = _("Today's caseload. One panel per group: {names}.").format(
        names=", ".join(map(str, names))
    )
    return finish("exits", title, text, figure)


def _history(
    outcome: Outcome, column: str = "served", segment: str | None = None
) -> pd.Series:
    """Sum over units by month; a month that lacks a figure is left out."""
    flows = outcome.case.flows
    if column == "served" and flows[column].isna().all():
        column = "start"  # only the stock is known
    if segment is not None:
        flows = flows[flows["segment"] == segment]
    whole = flows.groupby("month")[column].agg(lambda part: part.sum(skipna=False))
    shown = whole.dropna().iloc[-HISTORY:]
    return shown if column == "paid_sek" else shown.mask(shown.map(too_few))


def _fan(ax: Axes, past: pd.Series, total: Paths, sprak: str, *, labels: bool) -> None:
    """History, the mean of the paths, and their 80 and 95% intervals."""
    _ = translator(sprak)

    def line(values: Array) -> Array:
        first = past.to_numpy(float)[-1:]  # the fan opens where history ends
        joined: Array = np.r_[first, values]
        return joined

    months = pd.DatetimeIndex(past.index[-1:].append(total.months))
    low, high = line(total.quantile(0.025)[0]), line(total.quantile(0.975)[0])
    wide_band(ax, months, low, high)
    band(ax, months, line(total.quantile(0.1)[0]), line(total.quantile(0.9)[0]))
    ax.plot(past.index, past.to_numpy(float), color=COLOURS["ink"], lw=1.6)
    mean = line(total.mean()[0])
    ax.plot(months, mean, color=COLOURS["plan"])
    ax.set_ylim(0, 1.12 * max(high.max(), past.max() if len(past) else 0))
    if labels:
        end_labels(ax, months[-1], [(mean[-1], _("forecast"), "plan")])


def _span(past: pd.Series, total: Paths) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(past.index.append(total.months))


def _wrapped(name: str, width: int = 24) -> str:
    return "\n".join(textwrap.wrap(name, width)[:2])
