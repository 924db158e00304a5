"""What a planned nation amounts to: sums over municipalities, draw by draw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import statsmodels.api as sm

from ..models.domain import Array, Interval
from .config import Run as RunSettings
from .nation import Assumptions, Locality, World
from .nationwork import Planned

#: Of a driver's draws: low and high, as the ends of an 80 % interval.
ENDS = (0.1, 0.9)


@dataclass(frozen=True)
class Swing:
    """How far one uncertain thing moves the national saving.

    Attributes
    ----------
    driver : str
        A field of `World`.
    low, high : float
        Of the driver.
    saving_low, saving_high : float
        Mean saving there, all else as it may be, SEK a year.
    """

    driver: str
    low: float
    high: float
    saving_low: float
    saving_high: float

    @property
    def width(self) -> float:
        """SEK a year from one end to the other."""
        return abs(self.saving_high - self.saving_low)


@dataclass(frozen=True)
class PlannedNation:
    """All municipalities planned, each for itself.

    Attributes
    ----------
    assumed : Assumptions
    world : World
    places : sequence of Locality
    planned : sequence of Planned
        In the same order.
    """

    assumed: Assumptions
    world: World
    places: Sequence[Locality]
    planned: Sequence[Planned]

    @cached_property
    def benefit_sek(self) -> Array:
        """Assistance saved, (n, years)."""
        return _sum(one.benefit_sek for one in self.planned)

    @cached_property
    def staff_sek(self) -> Array:
        """Staff saved, (n, years); negative where there is more of it."""
        return _sum(one.staff_sek for one in self.planned)

    @cached_property
    def after_sek(self) -> Array:
        """What the state after the horizon is worth, discounted, (n,)."""
        return _sum(one.after_sek for one in self.planned)

    @cached_property
    def total_sek(self) -> Array:
        """Everything, discounted, (n,)."""
        return _sum(one.total_sek for one in self.planned)

    @cached_property
    def fewer(self) -> Array:
        """Households fewer on assistance when the horizon ends, (n,)."""
        return _sum(one.exits for one in self.planned)

    @cached_property
    def per_year(self) -> Array:
        """Cash saved in a mean year of the horizon, (n,)."""
        cash = (self.benefit_sek + self.staff_sek).sum(1)
        each: Array = cash * 12 / self.assumed.horizon_months
        return each

    @cached_property
    def lasting(self) -> Array:
        """All of it as an even sum a year of the horizon, (n,).

        With what the state after the horizon is worth, which cash alone leaves out: the
        annuity over the horizon's years of the discounted total.
        """
        monthly = (1 + RunSettings().discount_year_share) ** (-1 / 12)
        months = monthly ** np.arange(self.assumed.horizon_months)
        each: Array = self.total_sek * 12 / months.sum()
        return each

    def swings(self) -> list[Swing]:
        """Tell what drives the saving, widest first.

        A linear fit of the saving to what is drawn: each bar is the fit's saving at the
        ends of one driver's 80 % interval with the others at their means.
        """
        drivers = pd.DataFrame(
            {
                "log_hr": self.world.log_hr,
                "mean_months": self.world.mean_months,
                "inflow": self.world.inflow.mean(1),
                "handler_cost": self.world.handler_cost,
            }
        )
        fit = sm.OLS(self.lasting, sm.add_constant(drivers)).fit()
        found = []
        for name in drivers:
            low, high = drivers[name].quantile(list(ENDS))
            middle = (
                float(self.lasting.mean()) - fit.params[name] * drivers[name].mean()
            )
            ends = (middle + fit.params[name] * end for end in (low, high))
            found.append(Swing(str(name), float(low), float(high), *map(float, ends)))
        return sorted(found, key=lambda swing: -swing.width)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per municipality: staff, cases and what is saved, with intervals."""
        rows = []
        years = self.assumed.horizon_months / 12
        for place, one in zip(self.places, self.planned, strict=True):
            cash = (one.benefit_sek + one.staff_sek).sum(1) / years
            saved = Interval.of(cash)
            whole = Interval.of(one.total_sek)
            rows.append(
                {
                    "code": place.code,
                    "municipality": place.name,
                    "handlers_today": float(one.handlers_today.mean()),
                    "handlers_plan": float(one.handlers.mean()),
                    "cases_today": float(one.cases_today[-1]),
                    "cases_plan": float(one.cases[-1]),
                    "cash_sek_year": saved.mean,
                    "cash_sek_year_lo_80": saved.low,
                    "cash_sek_year_hi_80": saved.high,
                    "total_sek": whole.mean,
                    "total_sek_lo_80": whole.low,
                    "total_sek_hi_80": whole.high,
                }
            )
        return pd.DataFrame(rows)


def _sum(parts: Iterable[Array]) -> Array:
    total: Array = np.sum(list(parts), axis=0)
    return total
