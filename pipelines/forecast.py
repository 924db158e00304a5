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
from .nowcasting import nowcast, nowcast_notes, nowcast_table
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
    nowcast : pandas.DataFrame
        The provisional months again, beside what is reported of them; see
        `nowcasting.nowcast_table`. Empty where every month is complete.
    """

    inflow: Paths | None
    served: Paths | None
    exits: Paths | None
    paid: Paths | None
    notes: tuple[str, ...] = ()
    calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    backtest: pd.DataFrame = field(default_factory=pd.DataFrame)
    nowcast: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def months(self) -> pd.DatetimeIndex:
        """Months forecast."""
        return next(p.months for p in self._paths().values() if p is not None)

    def frame(self) -> pd.DataFrame:
        """Long table as in forecast.csv.

        Returns
        -------
        pandas.DataFrame
            `unit, segment, month, quantity, mean, lo-80, hi-80, lo-95, hi-95, kind`
            ("nowcast" for provisional months, else "forecast"). Quantiles are each
            row's own and do not add up.
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
        whole = pd.concat(tables, ignore_index=True)
        whole["kind"] = "forecast"
        if not self.nowcast.empty:
            now = whole["month"].isin(self.nowcast["month"].unique())
            whole["kind"] = whole["kind"].mask(now, "nowcast")
        return whole

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
        As in `[run]` unless given, and provisional months besides; with exit draws
        there is one path per draw.
    sprak : {"sv", "en"}
        Language of the notes.

    Raises
    ------
    InputError
        Where a series has fewer than 12 known months, or nothing can be forecast.
    """
    horizon = horizon or case.horizon
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
    coming = nowcast(case, coming, "inflow")
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
    money = None
    if benefit is not None:
        money = replace(coming, values=paid, unit=case.settings.economy.currency)
        # what the plan pays for later months is cases times benefit, and stays so
        money = nowcast(case, money, "paid_sek", carry=False)
    found = Forecast(
        coming,
        replace(coming, values=served),
        replace(coming, values=exits),
        money,
        tuple(notes),
        calibration,
        panel.backtest,
    )
    return _with_nowcast(case, found, "served", ("inflow", "paid_sek"), sprak)


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
        paid = nowcast(case, _with_events(case, paid, "benefit"), "paid_sek")
    if served is not None and stock is not None:
        served = nowcast(case, served, stock)
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
    found = Forecast(None, served, None, paid, tuple(notes), backtest=panel.backtest)
    return _with_nowcast(case, found, stock or "served", ("served", "paid_sek"), sprak)


def _with_nowcast(
    case: Case, found: Forecast, stock: str, used: tuple[str, ...], sprak: str
) -> Forecast:
    """Set the provisional months beside what is reported of them, and say so."""
    columns = ("inflow", stock, "exits", "paid_sek")
    paths = (found.inflow, found.served, found.exits, found.paid)
    pairs = dict(zip(QUANTITIES, zip(paths, columns, strict=True), strict=True))
    table = nowcast_table(case, pairs, used)
    notes = (*found.notes, *nowcast_notes(case, table, sprak))
    return replace(found, notes=notes, nowcast=table)


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
