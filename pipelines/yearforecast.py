"""Helårsprognos: outcome so far plus forecast against the budget, per year."""

import numpy as np
import pandas as pd

from ..models.domain import Array, Paths
from .forecast import Forecast, YearForecast
from .language import translator
from .registers import Case

YEAR = 12
COLUMNS = (
    "year",
    "months_so_far",
    "months_forecast",
    "benefit_sek",
    "staff_sek",
    "so_far_sek",
    "forecast_sek",
    "total_sek",
    "lo-80",
    "hi-80",
    "budget_sek",
    "deviation_sek",
    "deviation_share",
    "probability_exceeds",
)


def helarsprognos(
    case: Case,
    forecast: Forecast,
    staff_sek: pd.Series | None = None,
    sprak: str = "sv",
) -> YearForecast:
    """Add up each calendar year: what has been paid, and what will be.

    Parameters
    ----------
    case : Case
    forecast : Forecast
    staff_sek : pandas.Series, optional
        Staff cost by month (month starts), outcome and forecast, all units together.
        Unless given: the handlers of the staff table at today's full cost, and the
        latest number of them from then on.
    sprak : {"sv", "en"}
        Language of the notes.

    Returns
    -------
    YearForecast
        Only years with all 12 months known or forecast. Intervals are of the year's
        sum path by path, and staff cost is taken as certain.
    """
    _ = translator(sprak)
    if forecast.paid is None:
        note = _("Payments are not known: no full-year forecast can be given.")
        return YearForecast(pd.DataFrame(columns=list(COLUMNS)), (note,))
    paid = _monthly_sum(case.flows, "paid_sek")
    ahead = forecast.paid.total()
    paid = paid[paid.index < ahead.months[0]]
    notes = []
    if staff_sek is None:
        staff_sek = staff_cost(case, pd.DatetimeIndex(paid.index).union(ahead.months))
        notes += _staff_notes(case, staff_sek, sprak)
    rows, partly = [], []
    for year in range(ahead.months[0].year, ahead.months[-1].year + 1):
        row = _year(year, paid, ahead, staff_sek, case.settings.budget)
        if row is None:
            partly.append(str(year))
        else:
            rows.append(row)
    if partly:
        text = _("Not all 12 months are known or forecast for {years}: no year total.")
        notes.append(text.format(years=", ".join(partly)))
    if rows and all(np.isnan(row["budget_sek"]) for row in rows):
        notes.append(_("No budget is given for these years in kommun.toml."))
    return YearForecast(pd.DataFrame(rows, columns=list(COLUMNS)), tuple(notes))


def staff_cost(case: Case, months: pd.DatetimeIndex) -> pd.Series:
    """SEK a month of today's handlers, all units together.

    Parameters
    ----------
    case : Case
    months : pandas.DatetimeIndex
        After the last known month its number of handlers is kept.

    Returns
    -------
    pandas.Series
        By month; empty where handlers are not known.
    """
    handlers = _monthly_sum(case.staff, "handlers_fte")
    if handlers.empty:
        return pd.Series(dtype=float, index=pd.DatetimeIndex([]))
    held = handlers.reindex(handlers.index.union(months)).ffill().bfill()
    return held.reindex(months) * case.settings.economy.handler_cost_month_sek


def _monthly_sum(table: pd.DataFrame, column: str) -> pd.Series:
    """Sum over units and groups; months that lack a figure are left out."""
    whole = table.groupby("month")[column].agg(lambda part: part.sum(skipna=False))
    return whole.dropna()


def _year(
    year: int,
    paid: pd.Series,
    ahead: Paths,
    staff: pd.Series,
    budgets: dict[str, float],
) -> dict[str, float] | None:
    """One row of the table, or None where a month is neither known nor forecast."""
    so_far = paid[pd.DatetimeIndex(paid.index).year == year]
    inside = ahead.months.year == year
    if len(so_far) + inside.sum() != YEAR:
        return None
    wages = staff[pd.DatetimeIndex(staff.index).year == year]
    if len(staff) and len(wages) != YEAR:
        raise ValueError(
            f"staff_sek must have all 12 months of {year}, got {len(wages)}"
        )
    spent = so_far.sum() + wages[wages.index < ahead.months[0]].sum()
    to_come = wages[wages.index >= ahead.months[0]].sum()
    coming: Array = ahead.values[:, 0, inside].sum(axis=1) + to_come
    draws = spent + coming
    total = float(draws.mean())
    budget = budgets.get(str(year), np.nan)
    low, high = np.quantile(draws, [0.1, 0.9])
    known = np.isfinite(budget)
    return {
        "year": year,
        "months_so_far": len(so_far),
        "months_forecast": int(inside.sum()),
        "benefit_sek": total - float(wages.sum()),
        "staff_sek": float(wages.sum()),
        "so_far_sek": float(spent),
        "forecast_sek": float(coming.mean()),
        "total_sek": total,
        "lo-80": float(low),
        "hi-80": float(high),
        "budget_sek": budget,
        "deviation_sek": budget - total,
        "deviation_share": (budget - total) / budget,
        "probability_exceeds": float((draws > budget).mean()) if known else np.nan,
    }


def _staff_notes(case: Case, staff: pd.Series, sprak: str) -> list[str]:
    """Say what of staff is counted."""
    _ = translator(sprak)
    if staff.empty:
        return [_("Handlers are not known: staff cost is left out of the year.")]
    notes = [_("Staff cost is today's handlers at full cost, without what hires cost.")]
    if case.staff_assumed:
        notes.append(_("The number of handlers is an assumption."))
    return notes
