"""What it costs to decide within a day: here, by size, and shared with a neighbour."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..optimisation.plan import StaffingPlan
from ..optimisation.servicelevel import Intake, pooling_saves
from .applications import NEW, RENEWED
from .case import Case
from .intake import Latest, as_one, day_dispersion, latest_of
from .levels import present_share

#: Cases in a month of the municipalities that the price is shown for.
SIZES = (30, 100, 300, 1_000, 3_000)
YEAR = 12


@dataclass(frozen=True)
class IntakePrice:
    """What applications take of a municipality's handlers, and what the promise costs.

    Handlers are those who are there; their price is the long-run one of the program:
    pay with charges and overhead, absence, and the hires that replace who leaves.

    Attributes
    ----------
    units : dict of str to Latest
        The latest twelve months of every planned unit.
    share : float or None
        Of working days, on which everything is to be decided; None without a promise.
    month_sek : float
        A present handler for a month.
    plan_sek : float
        The optimum with the promise less the optimum without, over the plan period and
        after, discounted; NaN where it limits nothing.
    present : float
        Handlers who are there in the latest twelve months.
    whole : Intake
        All units as one intake.
    """

    units: dict[str, Latest]
    share: float | None
    month_sek: float
    plan_sek: float
    present: float
    whole: Intake

    @property
    def served(self) -> float:
        """Cases in a month."""
        return sum(latest.served for latest in self.units.values())

    @property
    def applications(self) -> tuple[float, float]:
        """New and renewed applications in a month."""
        new, renewed = (
            sum(float(one.applications[kind].mean()) for one in self.units.values())
            for kind in (NEW, RENEWED)
        )
        return new, renewed

    @property
    def handlers(self) -> float:
        """Present handlers that the applications of a mean day take."""
        return sum(
            float(one.intake.handlers_at_mean().mean()) for one in self.units.values()
        )

    @property
    def extra(self) -> float:
        """Present handlers beyond that for the promise, each unit by itself."""
        if self.share is None:
            return 0.0
        return sum(
            float(one.intake.extra(self.share).mean()) for one in self.units.values()
        )

    @property
    def year_sek(self) -> float:
        """Price of the promise in a year, each unit by itself."""
        if self.share is None:
            return 0.0
        return sum(
            one.intake.cost_year(self.share, self.month_sek)
            for one in self.units.values()
        )

    @property
    def shared_sek(self) -> float:
        """What one intake for all units would save of it in a year."""
        if self.share is None or len(self.units) < 2:
            return 0.0
        return self.year_sek - self.whole.cost_year(self.share, self.month_sek)

    @property
    def within_day_share(self) -> float:
        """Applications decided within a working day; NaN where any unit is unknown."""
        latest = self.units.values()
        known = [
            (one.within_day_share, float(one.applications.to_numpy().sum()))
            for one in latest
        ]
        number = sum(n for _share, n in known)
        return sum(share * n for share, n in known) / number if number else np.nan

    def by_size(self, sizes: tuple[float, ...] = SIZES) -> pd.DataFrame:
        """Price of the promise where there are as many applications for each case.

        Returns
        -------
        DataFrame
            `cases, applications_day, handlers_mean, handlers_extra, promise_sek_year,
            promise_sek_case_year, neighbour_saves_sek_year`: the last is what each of
            two of the same size saves by sharing one intake. Empty without a promise.
        """
        rows = [self._of_size(size) for size in sizes if self.share is not None]
        return pd.DataFrame(rows)

    def _of_size(self, cases: float) -> dict[str, float]:
        assert self.share is not None
        scaled = self.whole.applications * cases / self.served
        one = replace(self.whole, applications=scaled)
        price = one.cost_year(self.share, self.month_sek)
        saved = float(pooling_saves((one, one), self.share).mean())
        # days of work counted as one kind: as many as there are applications
        number = sum(self.applications) * cases / self.served / one.days
        return {
            "cases": cases,
            "applications_day": number,
            "handlers_mean": float(one.handlers_at_mean().mean()),
            "handlers_extra": float(one.extra(self.share).mean()),
            "promise_sek_year": price,
            "promise_sek_case_year": price / cases,
            "neighbour_saves_sek_year": YEAR * saved / 2 * self.month_sek,
        }


def intake_price(case: Case, plans: tuple[StaffingPlan, ...]) -> IntakePrice | None:
    """Price what applications take; None where nothing is said, or nothing planned."""
    said = case.settings.intake
    if said is None or not plans:
        return None
    units = {plan.unit.name: latest_of(case, plan.unit.name) for plan in plans}
    together = pd.concat([one.applications for one in units.values()])
    prices = [
        limit.price_sek
        for plan in plans
        for limit in plan.limits
        if limit.kind == "intake_extra"
    ]
    return IntakePrice(
        units=units,
        share=said.decide_within_day_share,
        month_sek=plans[0].unit.month_value,
        plan_sek=sum(prices) if prices else np.nan,
        present=sum(
            units[plan.unit.name].handlers * present_share(plan.unit) for plan in plans
        ),
        whole=as_one(together.groupby(level="month").sum(), said, day_dispersion(case)),
    )
