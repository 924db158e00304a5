"""What one unit's plan rests on: the forecast and the models, gathered."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..models.returns import expected_returns
from ..optimisation.matching import MOST_EXITS
from .exposure import open_by_elapsed
from .forecast import Forecast
from .intake import IntakeWork, intake_work
from .learning import Learned
from .registers import Case
from .scenario import event_factors


@dataclass(frozen=True)
class Future:
    """What one unit's plan rests on; expectations, and draws of them.

    Attributes
    ----------
    unit : str
    months : pandas.DatetimeIndex, length T
    hazard_draws : array (n, S, M)
        At today's caseload, on the level of the latest year, without dated events.
    start : array (S, M)
        Open before the first month, by elapsed months.
    inflow, served, exits : array (n, S, T)
        As forecast.
    benefit : array (n, S)
        SEK per household-month, without dated events.
    event_exits, event_benefit, event_time : array (S, T)
        What dated events multiply exit probability, benefit and handling time by.
    reentry : array (S, R)
    handlers : float
        Employed now.
    caseload : float
        Cases per employed handler, mean of the last twelve months.
    intake : IntakeWork
        What applications take of handlers' time, with cases as forecast.
    """

    unit: str
    months: pd.DatetimeIndex
    hazard_draws: Array
    start: Array
    inflow: Array
    served: Array
    exits: Array
    benefit: Array
    event_exits: Array
    event_benefit: Array
    event_time: Array
    reentry: Array
    handlers: float
    caseload: float
    intake: IntakeWork = field(default_factory=IntakeWork)

    @property
    def hazard(self) -> Array:
        """Mean exit probability, shape (S, M)."""
        mean: Array = self.hazard_draws.mean(0)
        return mean

    @property
    def is_open(self) -> bool:
        """Whether the unit has handlers and cases to plan for."""
        return self.handlers > 0 and self.caseload > 0 and self.first_month.sum() > 0

    @property
    def first_month(self) -> Array:
        """Cases served in the first month by elapsed months, shape (S, M)."""
        served = self.start.copy()
        served[:, 0] += self.inflow[:, :, 0].mean(0)
        return served

    @property
    def new_cases(self) -> Array:
        """Inflow paths without the returns that the plan period itself generates.

        The forecast counts everyone who comes; the program generates returns from its
        own exits, so those that today's exits would lead to are taken out. Shape
        (n, S, T).
        """
        exits = self.exits.mean(0)
        returns = expected_returns(exits, self.reentry, len(self.months))
        # scaled, not subtracted: a path with few new cases must not turn negative
        mean = np.maximum(self.inflow.mean(0), 1e-12)
        kept = np.clip(1 - returns / mean, 0, 1)
        fresh: Array = self.inflow * kept
        return fresh


def unit_future(case: Case, unit: str, learned: Learned, forecast: Forecast) -> Future:
    """Gather what the forecast and the models say of one unit."""
    draws = learned.exit_draws[unit]
    level = forecast.calibration.set_index(["unit", "segment"])["factor"]
    factor = np.array([level.get((unit, name), 1.0) for name in case.segments])
    staff = case.staff[case.staff["unit"] == unit].sort_values("month")
    mean = {unit: draws.mean(0)}
    exits, benefit, time = (
        event_factors(case, unit, quantity, forecast.months)
        for quantity in ("exits", "benefit", "handling_time")
    )
    inflow = _of_unit(case, unit, forecast, "inflow")
    served = _of_unit(case, unit, forecast, "served")
    return Future(
        unit=unit,
        months=forecast.months,
        hazard_draws=np.clip(draws * factor[:, None], 0, MOST_EXITS),
        start=open_by_elapsed(case, mean, case.months[-1])[unit],
        inflow=inflow,
        served=served,
        exits=_of_unit(case, unit, forecast, "exits"),
        benefit=learned.benefit_draws[unit],
        event_exits=exits,
        event_benefit=benefit,
        event_time=time,
        reentry=learned.reentry,
        handlers=float(staff["handlers_fte"].iloc[-1]),
        caseload=float(staff["caseload"].dropna().iloc[-12:].mean()),
        intake=intake_work(case, unit, inflow.mean(0).sum(0), served.mean(0).sum(0)),
    )


def _of_unit(case: Case, unit: str, forecast: Forecast, quantity: str) -> Array:
    """Paths of one unit, (n, S, T) in the case's order; 0 where it has no series."""
    paths = getattr(forecast, quantity)
    values = np.zeros((len(paths.values), len(case.segments), len(paths.months)))
    for s, name in enumerate(case.segments):
        if f"{unit}|{name}" in paths.labels:
            values[:, s] = paths.values[:, paths.labels.index(f"{unit}|{name}")]
    return values
