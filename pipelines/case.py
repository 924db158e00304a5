"""A case: a municipality's figures, checked and in canonical form."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ..models.domain import Fault
from ..models.events import Event
from .applications import Applications
from .config import Settings
from .vintages import Edge


@dataclass(frozen=True)
class Case:
    """A municipality's figures, checked and in canonical form.

    Attributes
    ----------
    folder : Path
        The case folder.
    settings : Settings
    flows : pandas.DataFrame
        One row per `unit, segment, month` (month start), sorted, with floats `start,
        inflow, exits, served, end` (households), `paid_sek` and where known
        `exits_<destination>`; NaN where it is not known. `served = start + inflow`,
        `end = served - exits`.
    spells : pandas.DataFrame or None
        `household` (pseudonym), `unit, segment, start, end` (month starts; `end` NaT =
        open at the end of the register), `destination` and covariates. A household is
        served in every month from `start` to `end` inclusive and leaves in `end`.
    payments : pandas.DataFrame or None
        Where payments are known by household: `unit, segment, duration` (months on
        assistance, a label of `models.amounts.BANDS`), `month, household_months,
        paid_sek`; sums, never a household's own.
    applications : Applications or None
        New and renewed applications as sums by unit and month.
    staff : pandas.DataFrame
        `unit, month, handlers_fte, caseload` (cases served per handler, NaN where the
        cases are not known); one row per unit and month of the flows.
    staff_assumed : bool
        True where handlers follow from an assumed caseload or one stated figure.
    warnings : tuple of Fault
    simulated : bool
    drivers, population : pandas.DataFrame or None
        As read: `month` and drivers (with `unit` where it is given); `unit, year,
        population`.
    events : tuple of Event
        Dated events as the user assumes them, inactive ones too.
    edge : Edge
        Later months that are still being filled in; `flows` ends before them.
    """

    folder: Path
    settings: Settings
    flows: pd.DataFrame
    spells: pd.DataFrame | None
    staff: pd.DataFrame
    staff_assumed: bool
    warnings: tuple[Fault, ...]
    simulated: bool
    drivers: pd.DataFrame | None = None
    population: pd.DataFrame | None = None
    events: tuple[Event, ...] = ()
    edge: Edge = field(default_factory=Edge)
    payments: pd.DataFrame | None = None
    applications: Applications | None = None

    @property
    def units(self) -> tuple[str, ...]:
        """Units, in order of appearance in the figures."""
        return tuple(self.flows["unit"].unique())

    @property
    def segments(self) -> tuple[str, ...]:
        """Groups of households, in order of appearance."""
        return tuple(self.flows["segment"].unique())

    @property
    def months(self) -> pd.DatetimeIndex:
        """Every month of the flows, sorted."""
        return pd.DatetimeIndex(
            self.flows["month"].unique(), name="month"
        ).sort_values()

    @property
    def horizon(self) -> int:
        """Months forecast: provisional ones, and those ahead of the last reported."""
        return len(self.edge.months) + self.settings.run.horizon_months

    @property
    def knows_flows(self) -> bool:
        """Whether inflow and exits are known, so that staffing can be valued."""
        known = self.flows[["inflow", "exits"]].notna().all(axis=1)
        return bool(known.mean() >= 0.5)
