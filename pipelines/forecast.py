"""The forecast stage: who comes, is served and leaves, and what is paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ..models.cohort import roll_forward, round_at_random
from ..models.domain import Array, Paths
from ..models.events import relative
from .exitlevel import calibration_table, exit_level, level_notes
from .exposure import open_by_elapsed
from .language import translator
from .panels import forecast_panel
from .registers import Case
from .scenario import counted_effects, event_factors, event_notes

#: Which count of cases is forecast where flows are not known, best first.
STOCKS = ("served", "start", "end")
QUANTITIES = ("inflow", "served", "exits", "paid_sek")


@dataclass(frozen=True)
class Forecast:
    """Futures of the municipality's flows with today's exit probability and its events.

    Attributes
    ----------
    inflow, served, exits : Paths or None
        Households a month, labels ``"unit|segment"``. Path by path
        `served[t+1] = served[t] - exits[t] + inflow[t+1]`. None = the register does
        not tell.
    paid : Paths or None
        SEK a month.
    notes : tuple of str
        How it was made and what it cannot tell, in the reader's language.
    calibration : pandas.DataFrame
        `unit, segment, observed_exits, expected_exits, factor` over the last 12
        months; multiply mean hazards by `factor` to agree with the forecast. Empty
        where exits are not modelled.
    backtest : pandas.DataFrame
        `quantity, mase, mase_seasonal_naive, coverage_80, coverage_95, windows` of
        what is forecast from its own history, on held-back months.
    """

    inflow: Paths | None
    served: Paths | None
    exits: Paths | None
    paid: Paths | None
    notes: tuple[str, ...] = ()
    calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    backtest: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def months(self) -> pd.DatetimeIndex:
        """Months forecast."""
        return next(p.months for p in self._paths().values() if p is not None)

    def frame(self) -> pd.DataFrame:
        """Long table as in forecast.csv.

        Returns
        -------
        pandas.DataFrame
            `unit, segment, month, quantity, mean, lo-80, hi-80, lo-95, hi-95`.
            Quantiles are each row's own and do not add up.
        """
        tables = []
        for quantity, paths in self._paths().items():
            if paths is None:
                continue
            table = paths.frame().rename(columns={"ds": "month"})
            names = table.pop("unique_id").str.split("|", n=1, expand=True)
            table.insert(0, "unit", names[0])
            table.insert(1, "segment", names[1])
            table.insert(3, "quantity", quantity)
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def _paths(self) -> dict[str, Paths | None]:
        paths = (self.inflow, self.served, self.exits, self.paid)
        return dict(zip(QUANTITIES, paths, strict=True))


@dataclass(frozen=True)
class YearForecast:
    """Outcome so far and forecast of the rest, against the budget (helårsprognos).

    Attributes
    ----------
    table : pandas.DataFrame
        One row per calendar year whose 12 months are known or forecast, all units
        together: `year, months_so_far, months_forecast, benefit_sek, staff_sek`
        (whole year), `so_far_sek, forecast_sek, total_sek, lo-80, hi-80, budget_sek,
        deviation_sek` (budget minus total: minus = over budget), `deviation_share,
        probability_exceeds`. Budget columns are NaN where no budget is given.
    notes : tuple of str
        What is counted and what is left out, in the reader's language.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()


def forecast_flows(
    case: Case,
    rng: np.random.Generator,
    exit_draws: Mapping[str, Array] | None = None,
    benefit: Mapping[str, Array] | None = None,
    start: Mapping[str, Array] | None = None,
    horizon: int | None = None,
    paths: int | None = None,
    sprak: str = "sv",
) -> Forecast:
    """Forecast the flows of a case.

    With exit draws, inflow is forecast and open households are rolled forward month
    by month; without them, cases and payments are forecast directly. Active events of
    the case multiply inflow, exit probability and payments per household, relative to
    the last month known, which makes the forecast a scenario and is said in the notes.

    Parameters
    ----------
    case : Case
    rng : numpy.random.Generator
    exit_draws : mapping unit -> array (n, S, M), optional
        Monthly exit probability by segment (in the case's order) and elapsed month at
        the reference caseload; draws carry the exit model's uncertainty.
    benefit : mapping unit -> array (n, S) or (n, S, horizon), optional
        Draws of SEK per household-month. Without it nothing paid is rolled forward.
    start : mapping unit -> array (S, M), optional
        Open households by elapsed month; read off the case unless given.
    horizon, paths : int, optional
        As in `[run]` unless given; with exit draws there is one path per draw.
    sprak : {"sv", "en"}
        Language of the notes.

    Raises
    ------
    InputError
        Where a series has fewer than 12 known months, or nothing can be forecast.
    """
    horizon = horizon or case.settings.run.horizon_months
    if exit_draws is None:
        count = paths or case.settings.run.paths
        return _direct(case, rng, benefit, horizon, count, sprak)
    return _rolled(case, rng, exit_draws, benefit, start, horizon, sprak)


def _rolled(
    case: Case,
    rng: np.random.Generator,
    exit_draws: Mapping[str, Array],
    benefit: Mapping[str, Array] | None,
    start: Mapping[str, Array] | None,
    horizon: int,
    sprak: str,
) -> Forecast:
    """Inflow from its own history; cases and exits by rolling forward."""
    _ = translator(sprak)
    count = len(next(iter(exit_draws.values())))
    panel = forecast_panel(case, {"inflow": "inflow"}, rng, horizon, count, sprak)
    coming = _with_events(case, panel.paths["inflow"], "inflow")
    coming = replace(coming, values=round_at_random(coming.values, rng).astype(float))
    if start is None:
        means = {unit: draws.mean(axis=0) for unit, draws in exit_draws.items()}
        start = open_by_elapsed(case, means, case.months[-1])
    served, exits = np.zeros_like(coming.values), np.zeros_like(coming.values)
    paid = np.zeros_like(coming.values)
    levels = {}
    for unit, hazard in exit_draws.items():
        at, segment = _places(coming.labels, unit, case.segments)
        inflow = np.zeros((count, len(case.segments), horizon))
        inflow[:, segment] = coming.values[:, at]
        levels[unit], expected = exit_level(case, unit, hazard)
        factor = levels[unit].draws(rng, horizon, expected)
        factor = factor * event_factors(case, unit, "exits", coming.months)
        flow = roll_forward(start[unit], inflow, hazard, rng, factor)
        served[:, at], exits[:, at] = flow.served[:, segment], flow.exits[:, segment]
        if benefit is not None:
            amount = _by_month(benefit[unit])
            amount = amount * event_factors(case, unit, "benefit", coming.months)
            paid[:, at] = served[:, at] * amount[:, segment]
    calibration = calibration_table(case, levels, coming.labels)
    notes = [*panel.notes, *level_notes(calibration, sprak)]
    if case.spells is None:
        notes.append(
            _(
                "How long each household has been on assistance is not known: its "
                "group is taken to be spread as in a steady caseload."
            )
        )
    counted = counted_effects(flows=True, payments=benefit is not None)
    notes += event_notes(case, coming.months, counted, sprak)
    currency = case.settings.economy.currency
    return Forecast(
        coming,
        replace(coming, values=served),
        replace(coming, values=exits),
        None if benefit is None else replace(coming, values=paid, unit=currency),
        tuple(notes),
        calibration,
        panel.backtest,
    )


def _direct(
    case: Case,
    rng: np.random.Generator,
    benefit: Mapping[str, Array] | None,
    horizon: int,
    count: int,
    sprak: str,
) -> Forecast:
    """Cases and payments from their own history; nothing of who comes and goes."""
    _ = translator(sprak)
    flows, currency = case.flows, case.settings.economy.currency
    stock = next((c for c in STOCKS if flows[c].notna().any()), None)
    columns = {} if stock is None else {"served": stock}
    if flows["paid_sek"].notna().any():
        columns["paid"] = "paid_sek"
    panel = forecast_panel(case, columns, rng, horizon, count, sprak)
    served, paid = panel.paths.get("served"), panel.paths.get("paid")
    if paid is not None:
        paid = replace(paid, unit=currency)
    elif served is not None and benefit is not None:
        values = served.values.copy()
        for unit, amount in benefit.items():
            at, segment = _places(served.labels, unit, case.segments)
            values[:, at] *= _by_month(amount)[:count, segment]
        paid = replace(served, values=values, unit=currency)
    if paid is not None:
        paid = _with_events(case, paid, "benefit")
    notes = list(panel.notes)
    if stock == "start":
        notes.append(_("Cases are those open at the start of each month."))
    elif stock == "end":
        notes.append(_("Cases are those open at the end of each month."))
    notes.append(
        _(
            "How many households come and leave is not known. So it cannot be told "
            "what more handlers would do to exits, or which staffing is best."
        )
    )
    counted = counted_effects(flows=False, payments=paid is not None)
    months = next(iter(panel.paths.values())).months
    notes += event_notes(case, months, counted, sprak)
    return Forecast(None, served, None, paid, tuple(notes), backtest=panel.backtest)


def _with_events(case: Case, paths: Paths, quantity: str) -> Paths:
    """Multiply by what dated events change after the last month known."""
    last = case.months[-1]
    factor = relative(case.events, quantity, paths.labels, paths.months, last)
    return replace(paths, values=paths.values * factor)


def _places(
    labels: tuple[str, ...], unit: str, segments: tuple[str, ...]
) -> tuple[list[int], list[int]]:
    """Where a unit's series lie among labels, and which segments they are."""
    found = [
        (labels.index(f"{unit}|{name}"), s)
        for s, name in enumerate(segments)
        if f"{unit}|{name}" in labels
    ]
    return [at for at, _s in found], [s for _at, s in found]


def _by_month(amount: Array) -> Array:
    """SEK per household-month with a month axis, (n, S, 1 or T)."""
    return amount[..., None] if amount.ndim == 2 else amount
