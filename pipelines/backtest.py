"""A backtest: forecasts of a case remade at earlier months, beside what came."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from ..models.accuracy import accuracy, by_month
from ..models.domain import Fault, InputError
from ..models.events import masked
from .case import Case
from .forecast import STOCKS
from .language import translator
from .panels import fitted
from .wide import SHORTEST, refuse_short, wide

Step = Callable[[str], None]

#: A year to learn from, and a year to compare with.
LEAST = 24
#: Months ahead unless asked for: further out few forecasts have met their outcome.
HORIZON = 24
ORIGINS = 6


@dataclass(frozen=True)
class Backtest:
    """Forecasts remade at earlier months, and how good they were.

    Attributes
    ----------
    case : Case
    horizon : int
        Months ahead.
    windows : pandas.DataFrame
        Per quantity, series, origin and month ahead, sums left out: `quantity`
        ("inflow", "served", "paid"), the columns of `PanelForecaster.backtest`, and
        `level`: households that the series has a month in the mean.
    accuracy, by_month : pandas.DataFrame
        As from `models.accuracy`.
    notes : tuple of str
        What was left out and how to read it, in the reader's language.
    """

    case: Case
    horizon: int
    windows: pd.DataFrame
    accuracy: pd.DataFrame
    by_month: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def quantities(self) -> tuple[str, ...]:
        """Quantities that were tested."""
        return tuple(self.windows["quantity"].unique())


def backtest(
    case: Case,
    horizon: int | None = None,
    origins: int = ORIGINS,
    sprak: str = "sv",
    step: Step = lambda text: None,
) -> Backtest:
    """Remake the forecasts of a case at earlier months; touches no file.

    Every quantity is forecast from its own history, as `forecast_panel` does. At each
    origin only what was known by then is used. Months after a dated event are not
    scored against forecasts made before it.

    Parameters
    ----------
    case : Case
    horizon : int, optional
        Months ahead; that of the case, at most 24, unless given.
    origins : int
        How many earlier months forecasts are remade at.
    sprak : {"sv", "en"}
    step : callable
        Told what is being done.

    Raises
    ------
    InputError
        Where no quantity has 24 months, or events leave no month to compare with.
    """
    _ = translator(sprak)
    horizon = horizon or min(case.settings.run.horizon_months, HORIZON)
    tables = {name: wide(case, column) for name, column in _columns(case).items()}
    tested = {
        name: table
        for name, table in tables.items()
        if table.notna().sum().min() >= SHORTEST
    }
    if not tested:
        refuse_short(tables, sprak)
    months = max(int(table.notna().sum().max()) for table in tested.values())
    if months < LEAST:
        raise InputError([_too_short(months, sprak)])
    parts = []
    for name, table in tested.items():
        step(_("Remakes forecasts of {what}").format(what=words(sprak)[name].lower()))
        rows = fitted(case, name, table, horizon, sprak).backtest(origins)
        rows = rows[rows["unique_id"].isin(table.columns)]
        households = table if name != "paid" else tables.get("served")
        level = table.mean() * float("nan") if households is None else households.mean()
        rows = rows.assign(level=rows["unique_id"].map(level))
        rows.insert(0, "quantity", name)
        parts.append(rows)
    windows = pd.concat(parts, ignore_index=True)
    if windows.empty:
        raise InputError([_nothing_left(sprak)])
    return Backtest(
        case,
        horizon,
        windows,
        accuracy(windows),
        by_month(windows),
        tuple(_notes(case, tables, tested, sprak)),
    )


def words(sprak: str = "sv") -> dict[str, str]:
    """Name quantities as a reader knows them."""
    _ = translator(sprak)
    return {"inflow": _("New cases"), "served": _("Cases served"), "paid": _("Paid")}


def _columns(case: Case) -> dict[str, str]:
    """Columns of the flows by quantity, of those that the case knows."""
    flows = case.flows
    stock = next((c for c in STOCKS if flows[c].notna().any()), None)
    columns = {"inflow": "inflow"} if case.knows_flows else {}
    if stock is not None:
        columns["served"] = stock
    if flows["paid_sek"].notna().any():
        columns["paid"] = "paid_sek"
    return columns


def _notes(
    case: Case,
    tables: Mapping[str, pd.DataFrame],
    tested: Mapping[str, pd.DataFrame],
    sprak: str,
) -> list[str]:
    _ = translator(sprak)
    notes = []
    if "inflow" in tested and len(tested) > 1:
        notes.append(
            _(
                "Each is forecast from its own history. In a run, cases and payments "
                "follow from new cases and exits instead, and may differ from this."
            )
        )
    for name in (name for name in tables if name not in tested):
        text = _("{what} is not tested: some group has fewer than {least} months.")
        notes.append(text.format(what=words(sprak)[name], least=SHORTEST))
    labels = next(iter(tested.values())).columns
    begun = [
        event.name
        for event in case.events
        if any(masked([event], q, tuple(labels), case.months).any() for q in tested)
    ]
    if begun:
        text = _(
            "Forecasts made before {names} are not compared with the months after it: "
            "they could not know."
        )
        notes.append(text.format(names=", ".join(begun)))
    return notes


def _too_short(months: int, sprak: str) -> Fault:
    _ = translator(sprak)
    return Fault(
        "too_short_to_backtest",
        _("The longest series has {n} known months of {least} needed.").format(
            n=months, least=LEAST
        ),
        _("Give more months: a year to learn from, and a year to compare with."),
    )


def _nothing_left(sprak: str) -> Fault:
    _ = translator(sprak)
    return Fault(
        "nothing_to_backtest",
        _("No month is left to compare with after the events in events.toml."),
        _("Give more months, or set active = false for what began in them."),
    )
