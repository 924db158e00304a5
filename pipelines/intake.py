r"""What applications take of handlers' time: from what is counted to the program.

With H hours that a present handler has in a month (working days x `hours_day`), h hours
for an application, and a new applications for each new case, g renewed ones for each
case served in a month, the program's intake is

    u_new = a h_new / H,   u_renew = g h_renewed / H   handler-months,

and, where everything of a day is to be decided that day in a share q of days, the
quantile of a day's work less its mean (`optimisation.servicelevel`).

Applications of two lengths are counted as one kind, with the same mean and variance of
a day's work: with m_i a day of h_i hours and W = sum m_i h_i, they are W / h
applications of h = sum m_i h_i^2 / W hours. It is exact in two moments, also where
good and bad days are common to both (dispersion k).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..optimisation.servicelevel import DAYS, Intake
from . import intakesettings
from .applications import NEW, RENEWED
from .case import Case
from .faults import Report

#: Intake that takes more than this share of handlers' time leaves cases next to none.
MOST_SHARE = 0.9
YEAR = 12


@dataclass(frozen=True)
class Rates:
    """How many apply for each case.

    Attributes
    ----------
    new, renewed : float
        New applications per new case; renewed ones per case served and month.
    counted_new, counted_renewed : bool
        Whether from applications.csv; otherwise one each is assumed.
    """

    new: float = 1.0
    renewed: float = 1.0
    counted_new: bool = False
    counted_renewed: bool = False


@dataclass(frozen=True)
class IntakeWork:
    """What applications take of one unit's time; nothing unless said.

    Attributes
    ----------
    effort, renewal : float
        Handler-months per new case, and per case served and month.
    extra : array (T,) or (1,)
        Present handler-months kept beyond that for the promise.
    per_case : float
        All of it in the latest twelve months, handler-months per case served: what
        today's caseload leaves less time for cases by.
    """

    effort: float = 0.0
    renewal: float = 0.0
    extra: Array = field(default_factory=lambda: np.zeros(1))
    per_case: float = 0.0


@dataclass(frozen=True)
class Latest:
    """A unit's latest twelve months; means a month.

    Attributes
    ----------
    served, inflow : float
        Cases.
    applications : pandas.DataFrame
        `new, renewed` by month.
    handlers : float
        Employed.
    within_day_share : float
        Of applications, decided within a working day; NaN where not known.
    intake : Intake
        A day's work, month by month.
    """

    served: float
    inflow: float
    applications: pd.DataFrame
    handlers: float
    within_day_share: float
    intake: Intake


def intake_work(case: Case, unit: str, inflow: Array, served: Array) -> IntakeWork:
    """Give the intake of a unit's program.

    Parameters
    ----------
    case : Case
    unit : str
    inflow, served : array (T,)
        Cases expected in the plan period, returns included.
    """
    said = case.settings.intake
    if said is None:
        return IntakeWork()
    rates, latest = rates_of(case, unit), latest_of(case, unit)
    month = DAYS * said.hours_day
    effort = rates.new * said.hours_new / month
    renewal = rates.renewed * said.hours_renewed / month
    coming = pd.DataFrame(
        {"new": rates.new * inflow, "renewed": rates.renewed * served}
    )
    work = effort * latest.inflow + renewal * latest.served
    work += float(_extra(latest.intake, said).mean())
    per_case = work / latest.served if latest.served > 0 else 0.0
    extra = _extra(as_one(coming, said, day_dispersion(case)), said)
    return IntakeWork(effort, renewal, extra, per_case)


def as_one(
    applications: pd.DataFrame, said: intakesettings.Intake, dispersion: float
) -> Intake:
    """Count applications of two lengths as one kind, with the same work a day.

    Parameters
    ----------
    applications : DataFrame
        `new, renewed`, expected in each month.
    said : intakesettings.Intake
    dispersion : float
    """
    new, renewed = (applications[kind].to_numpy() for kind in (NEW, RENEWED))
    work = said.hours_new * new + said.hours_renewed * renewed
    square = said.hours_new**2 * new + said.hours_renewed**2 * renewed
    total = float(work.sum())
    hours = float(square.sum()) / total if total > 0 else said.hours_new
    return Intake(work / hours, hours, dispersion, DAYS, said.hours_day)


def rates_of(case: Case, unit: str) -> Rates:
    """How many apply for each case of a unit, over the latest months that are counted.

    At most twelve, so that it is the same year as today's caseload.
    """
    if case.applications is None:
        return Rates()
    flows = _months_of(case, unit)
    table = case.applications.monthly
    own = table[table["unit"] == unit]
    found = {}
    for kind, cases in ((NEW, "inflow"), (RENEWED, "served")):
        number = own[own["kind"] == kind].set_index("month")["applications"]
        both = flows[[cases]].join(number, how="inner").dropna().tail(YEAR).sum()
        if both[cases] > 0:
            found[kind] = float(both["applications"] / both[cases])
    return Rates(
        found.get(NEW, 1.0), found.get(RENEWED, 1.0), NEW in found, RENEWED in found
    )


def latest_of(case: Case, unit: str) -> Latest:
    """Sum up a unit's latest twelve months; `[intake]` must be given."""
    said = case.settings.intake
    assert said is not None
    rates, flows = rates_of(case, unit), _months_of(case, unit).tail(YEAR)
    applications = pd.DataFrame(
        {"new": rates.new * flows["inflow"], "renewed": rates.renewed * flows["served"]}
    )
    staff = case.staff[case.staff["unit"] == unit].sort_values("month").tail(YEAR)
    return Latest(
        served=float(flows["served"].mean()),
        inflow=float(flows["inflow"].mean()),
        applications=applications,
        handlers=float(staff["handlers_fte"].mean()),
        within_day_share=_within_day(case, unit),
        intake=as_one(applications, said, day_dispersion(case)),
    )


def check_intake(case: Case | None, report: Report) -> None:
    """Refuse hours that leave handlers hardly any time for cases."""
    if case is None or case.settings.intake is None or report.faults:
        return
    for unit in case.units if case.knows_flows and len(case.staff) else ():
        latest = latest_of(case, unit)
        present = latest.handlers * (1 - case.settings.staff.absence_share)
        none = np.zeros(1)
        work = intake_work(case, unit, none, none).per_case * latest.served
        if present > 0 and work > MOST_SHARE * present:
            report.add(
                "intake_too_much",
                file="kommun.toml",
                column="intake",
                value=f"{work:.1f}",
                got=f"{present:.1f}",
                series=unit,
            )


def _extra(intake: Intake, said: intakesettings.Intake) -> Array:
    """Present handlers beyond the mean that the promise takes; nothing without one."""
    share = said.decide_within_day_share
    return np.zeros(1) if share is None else intake.extra(share)


def day_dispersion(case: Case) -> float:
    """Dispersion of a day: as said, else as counted, else as chance allows."""
    said = case.settings.intake
    if said is not None and said.day_dispersion is not None:
        return said.day_dispersion
    counted = case.applications and case.applications.dispersion
    return counted or np.inf


def _months_of(case: Case, unit: str) -> pd.DataFrame:
    """Cases of a unit, all groups together, by month; months known in full."""
    own = case.flows[case.flows["unit"] == unit]
    columns = ["inflow", "served"]
    known = own[columns].notna().all(axis=1).groupby(own["month"]).all()
    sums = own.groupby("month")[columns].sum()
    return sums[known].sort_index()


def _within_day(case: Case, unit: str) -> float:
    """Share of the latest year's applications decided within a day; NaN if unknown."""
    if case.applications is None:
        return np.nan
    table = case.applications.monthly.dropna(subset="within_day")
    own = table[(table["unit"] == unit) & table["month"].isin(case.months[-YEAR:])]
    number = float(own["applications"].sum())
    return float(own["within_day"].sum()) / number if number > 0 else np.nan
