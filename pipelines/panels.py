"""Series of a case forecast directly, with what the reader must know of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..models.domain import Fault, InputError, Paths
from ..models.inflow import SHORTEST, PanelForecaster
from .language import percent, translator
from .registers import Case

#: The sum of the groups' forecasts may differ by this share from that of their sum.
AGREE_SHARE = 0.1
#: A series shorter than this says little of the season.
SEASONS_KNOWN = 24
#: Missing months are listed up to this many.
MOST_LISTED = 6
TOTAL = "total"


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
        Their errors are learnt together, so that what hangs together stays so. The
        sum of each quantity is forecast too, as a check of its parts.
    rng : numpy.random.Generator
    horizon, count : int
        Months ahead and number of paths.
    sprak : {"sv", "en"}

    Raises
    ------
    InputError
        Where there is nothing to forecast or a series has fewer than 12 known months.
    """
    wide = {quantity: _wide(case, column) for quantity, column in columns.items()}
    _check(wide, sprak)
    for quantity, table in wide.items():
        whole = table.sum(axis=1, skipna=False)
        if table.shape[1] > 1 and whole.notna().sum() >= SHORTEST:
            wide[quantity] = table.assign(**{TOTAL: whole})
    series = pd.concat(wide, axis=1, names=["quantity", "label"])
    order = ["|".join(column) for column in series.columns.to_flat_index()]
    long = series.set_axis(order, axis=1).rename_axis("ds").reset_index()
    long = long.melt("ds", var_name="unique_id", value_name="y")
    model = PanelForecaster(horizon).fit(long)
    drawn = model.paths(rng, count)
    paths: dict[str, Paths] = {}
    notes = [*_method(model, sprak), *_gaps(model, sprak), *_history(wide, case, sprak)]
    for quantity, table in wide.items():
        labels = tuple(c for c in table.columns if c != TOTAL)
        at = [drawn.labels.index(f"{quantity}|{label}") for label in labels]
        paths[quantity] = replace(drawn, values=drawn.values[:, at], labels=labels)
        if TOTAL in table:
            mean = drawn.mean()[drawn.labels.index(f"{quantity}|{TOTAL}")].sum()
            notes += _agreement(paths[quantity].mean().sum(), mean, sprak)
    return Panel(paths, _score(model.backtest()), tuple(notes))


def _wide(case: Case, column: str) -> pd.DataFrame:
    """Months x "unit|segment", every month of the case there; NaN = not known."""
    rows = case.flows.assign(label=case.flows["unit"] + "|" + case.flows["segment"])
    # pivot, since a month given twice must raise
    table = rows.pivot(index="month", columns="label", values=column)  # noqa: PD010
    return table.reindex(index=case.months, columns=rows["label"].unique())


def _check(wide: Mapping[str, pd.DataFrame], sprak: str) -> None:
    """Refuse what says nothing of a year, every series at once."""
    _ = translator(sprak)
    faults = [
        Fault(
            "too_short_to_forecast",
            _("{series} has {n} known months of {least} needed.").format(
                series=str(label).replace("|", ", "), n=n, least=SHORTEST
            ),
            _("Give more months, or join the group with another."),
        )
        for table in wide.values()
        for label, n in table.notna().sum().items()
        if n < SHORTEST
    ]
    if not wide:
        faults = [
            Fault(
                "nothing_to_forecast",
                _("There are neither cases nor payments to forecast."),
                _("Give stock, inflow or paid_sek in the monthly figures."),
            )
        ]
    if faults:
        raise InputError(faults)


def _method(model: PanelForecaster, sprak: str) -> list[str]:
    """Which models were mixed, heaviest first."""
    _ = translator(sprak)
    names = {
        "damped": _("damped trend"),
        "damped_seasonal": _("damped trend with season"),
        "theta": _("theta"),
        "autoregression": _("autoregression"),
        "seasonal_naive": _("same month last year"),
    }
    weights = model.weights_.mean().sort_values(ascending=False, kind="stable")
    mixed = ", ".join(
        f"{names[str(name)]} {percent(weight, sprak=sprak)}"
        for name, weight in weights.items()
        if weight >= 0.005
    )
    text = _(
        "The forecast mixes simple models by how well they did when forecasts were "
        "remade at {n} earlier months: {mixed}. Intervals come from the same errors."
    )
    return [text.format(n=model.origins, mixed=mixed)]


def _gaps(model: PanelForecaster, sprak: str) -> list[str]:
    """Say which months were missing and filled in."""
    _ = translator(sprak)
    gaps = model.interpolated_
    gaps = gaps[~gaps["unique_id"].str.endswith("|" + TOTAL)]
    if gaps.empty:
        return []
    months = gaps["ds"].drop_duplicates().sort_values().dt.strftime("%Y-%m")
    listed = ", ".join(months[:MOST_LISTED]) + (
        "…" if len(months) > MOST_LISTED else ""
    )
    text = _("{n} missing monthly figures were filled in by straight lines ({months}).")
    return [text.format(n=len(gaps), months=listed)]


def _history(wide: Mapping[str, pd.DataFrame], case: Case, sprak: str) -> list[str]:
    """Say where the history is short or its end is left out."""
    _ = translator(sprak)
    notes = []
    shortest = min(int(table.notna().sum().min()) for table in wide.values())
    if shortest < SEASONS_KNOWN:
        text = _(
            "The shortest series has {n} months: its season is not known and the "
            "intervals are wide."
        )
        notes.append(text.format(n=shortest))
    if case.settings.data.provisional_months:
        text = _("The latest {n} months are provisional: they are forecast, not used.")
        notes.append(text.format(n=case.settings.data.provisional_months))
    return notes


def _agreement(parts: float, whole: float, sprak: str) -> list[str]:
    """Say where the groups' forecasts do not add up to that of their sum."""
    _ = translator(sprak)
    if whole <= 0 or abs(parts / whole - 1) <= AGREE_SHARE:
        return []
    text = _(
        "The groups' forecasts add up to {share} of a forecast of their sum: groups "
        "have changed in opposite directions, so read the division with care."
    )
    return [text.format(share=percent(parts / whole, sprak=sprak))]


def _score(tested: pd.DataFrame) -> pd.DataFrame:
    """Accuracy on held-back months by quantity; sums are left out."""
    tested = tested[~tested["unique_id"].str.endswith("|" + TOTAL)]
    y = tested["y"]
    table = pd.DataFrame(
        {
            "quantity": tested["unique_id"].str.split("|", n=1).str[0],
            "mase": (y - tested["mean"]).abs() / tested["scale"],
            "mase_seasonal_naive": (y - tested["seasonal_naive"]).abs()
            / tested["scale"],
            "coverage_80": y.between(tested["lo-80"], tested["hi-80"]).astype(float),
            "coverage_95": y.between(tested["lo-95"], tested["hi-95"]).astype(float),
        }
    )
    means = table.groupby("quantity", sort=False).mean()
    windows = tested.drop_duplicates(["unique_id", "cutoff"])["unique_id"]
    counted = windows.str.split("|", n=1).str[0].value_counts()
    return means.assign(windows=counted).reset_index()
