"""Series of a case forecast directly, with what the reader must know of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..models.domain import Paths
from ..models.inflow import PanelForecaster
from .driving import driver_notes, with_driver
from .language import percent, translator
from .registers import Case
from .scenario import onsets
from .wide import long, refuse_short, wide

#: A series shorter than this says little of the season.
SEASONS_KNOWN = 24
#: Missing months are listed up to this many.
MOST_LISTED = 6
#: A correction of all forecasts is told from this share on.
LEAST_LEAN = 0.005


class Panel(NamedTuple):
    """Forecast series.

    Attributes
    ----------
    paths : dict of str to Paths
        By quantity, labels ``"unit|segment"``.
    backtest : pandas.DataFrame
        `quantity, mase, coverage_80, coverage_95, windows` on held-back months.
    notes : tuple of str
        How it was made, in the reader's language.
    """

    paths: dict[str, Paths]
    backtest: pd.DataFrame
    notes: tuple[str, ...]


def forecast_panel(
    case: Case,
    columns: Mapping[str, str],
    rng: np.random.Generator,
    horizon: int,
    count: int,
    sprak: str = "sv",
) -> Panel:
    """Forecast columns of the flows, every unit and group, in one panel.

    Parameters
    ----------
    case : Case
    columns : mapping quantity -> column of the flows
        Each is forecast by itself, with the sums over units, over groups and over all
        beside it, and adds up.
    rng : numpy.random.Generator
    horizon, count : int
        Months ahead and number of paths.
    sprak : {"sv", "en"}

    Raises
    ------
    InputError
        Where there is nothing to forecast or a series has fewer than 12 known months.
    """
    tables = {quantity: wide(case, column) for quantity, column in columns.items()}
    refuse_short(tables, sprak)
    paths: dict[str, Paths] = {}
    backtests, notes = [], []
    for quantity, table in tables.items():
        model = fitted(case, quantity, table, horizon, sprak)
        drawn = model.paths(rng, count)
        bottom = [drawn.labels.index(label) for label in table.columns]
        values = drawn.values[:, bottom]
        paths[quantity] = replace(drawn, values=values, labels=tuple(table.columns))
        backtests.append(_score(model.backtest(), quantity, set(table.columns)))
        notes += [*_method(model, sprak), *_remarks(model, sprak)]
        if model.driven_ is not None:
            notes += driver_notes(model.driven_, str(model.driver), sprak)
    notes = list(dict.fromkeys([*notes, *_history(tables, sprak)]))
    tested = pd.concat(backtests, ignore_index=True)
    # an event may leave nothing to score
    return Panel(paths, tested[tested["windows"] > 0], tuple(notes))


def fitted(
    case: Case, quantity: str, table: pd.DataFrame, horizon: int, sprak: str = "sv"
) -> PanelForecaster:
    """Fit the forecaster of one quantity, as a run and a backtest do.

    Dated events of the past are told to it: what it forecast before them is not scored
    after them, and teaches nothing. New cases follow the driver of the case, if any.

    Parameters
    ----------
    case : Case
    quantity : str
        "inflow", "served" or "paid".
    table : pandas.DataFrame
        As from `wide.wide`.
    horizon : int
    sprak : {"sv", "en"}
    """
    told = onsets(case, quantity, tuple(table.columns))
    rows, scenario, driver = long(table), None, None
    if case.settings.run.driver and quantity == "inflow":
        driver = case.settings.run.driver
        rows, scenario = with_driver(case, rows, horizon, sprak)
    return PanelForecaster(horizon, driver=driver).fit(rows, told, scenario)


def _method(model: PanelForecaster, sprak: str) -> list[str]:
    """Which families of models were mixed, heaviest first, and that it adds up."""
    _ = translator(sprak)
    names = {
        "ets": _("exponential smoothing"),
        "sarima": _("seasonal ARIMA"),
        "autoregression": _("one autoregression for all series"),
        "theta": _("theta"),
    }
    family = model.weights_.index.str.split("_").str[0]
    weights = model.weights_.groupby(family).sum()
    weights = weights.sort_values(ascending=False, kind="stable")
    mixed = ", ".join(
        f"{names[str(name)]} {percent(weight, sprak=sprak)}"
        for name, weight in weights.items()
        if weight >= 0.005
    )
    text = _(
        "The forecast mixes families of models by how well they did when forecasts "
        "were remade at earlier months: {mixed}. Intervals come from the same errors."
    )
    notes = [text.format(mixed=mixed)]
    most = max(model.lean_, key=abs)
    if abs(most) >= LEAST_LEAN:
        text = (
            _(
                "Earlier forecasts were too low nearly everywhere; these are raised "
                "for it, by up to {share}."
            )
            if most > 0
            else _(
                "Earlier forecasts were too high nearly everywhere; these are lowered "
                "for it, by up to {share}."
            )
        )
        notes.append(text.format(share=percent(abs(most), 1, sprak=sprak)))
    if model.hierarchy_ is not None:
        notes.append(
            _(
                "Groups, units and their sum are forecast together and add up. "
                "Intervals do not: each is its own series'."
            )
        )
    return notes


def _remarks(model: PanelForecaster, sprak: str) -> list[str]:
    """Say which series were odd, and how that was met."""
    _ = translator(sprak)
    texts = {
        "gaps": _(
            "{n} missing monthly figures were filled in by straight lines ({months})."
        ),
        "spike": _(
            "{series}: {months} stands alone far out and was set aside, as if it were "
            "missing. Check it."
        ),
        "shift": _(
            "{series}: the level changed at once in {months}; earlier months were "
            "moved to the new level."
        ),
        "stopped": _(
            "{series}: nothing in {months}. It was taken for not reported and set "
            "aside. Check it; if the unit has closed, take it out."
        ),
        "constant": _("{series}: every month is the same."),
        "zero": _("{series}: every month is nought."),
    }
    notes = []
    gaps = [m for r in model.remarks_ if r.what == "gaps" for m in r.months]
    if gaps:
        listed = _listed(sorted(set(gaps)))
        notes.append(texts["gaps"].format(n=len(gaps), months=listed))
    for remark in model.remarks_:
        if remark.what in ("spike", "shift", "stopped", "constant", "zero"):
            series = remark.unique_id.replace("|", ", ")
            months = _listed(list(remark.months))
            notes.append(texts[remark.what].format(series=series, months=months))
    return notes


def _listed(months: list[pd.Timestamp]) -> str:
    """Months as text, the first few."""
    shown = ", ".join(f"{month:%Y-%m}" for month in months[:MOST_LISTED])
    return shown + ("…" if len(months) > MOST_LISTED else "")


def _history(tables: Mapping[str, pd.DataFrame], sprak: str) -> list[str]:
    """Say where the history is short."""
    _ = translator(sprak)
    notes = []
    shortest = min(int(table.notna().sum().min()) for table in tables.values())
    if shortest < SEASONS_KNOWN:
        text = _(
            "The shortest series has {n} months: its season is not known and the "
            "intervals are wide."
        )
        notes.append(text.format(n=shortest))
    return notes


def _score(tested: pd.DataFrame, quantity: str, bottom: set[str]) -> pd.DataFrame:
    """Accuracy on held-back months; sums are left out."""
    tested = tested[tested["unique_id"].isin(bottom)]
    y = tested["y"]
    table = pd.DataFrame(
        {
            "mase": (y - tested["mean"]).abs() / tested["scale"],
            "mase_seasonal_naive": (y - tested["seasonal_naive"]).abs()
            / tested["scale"],
            "coverage_80": y.between(tested["lo-80"], tested["hi-80"]).astype(float),
            "coverage_95": y.between(tested["lo-95"], tested["hi-95"]).astype(float),
        }
    )
    windows = len(tested.drop_duplicates(["unique_id", "cutoff"]))
    means = table.mean().to_frame().T
    means.insert(0, "quantity", quantity)
    return means.assign(windows=windows)
