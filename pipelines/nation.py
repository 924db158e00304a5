"""Every municipality as a planning unit, from what is published of it.

No municipality publishes monthly figures, handlers or exits. What is published of
households and payments in a year gives the caseload and what a case costs; national
figures give how cases leave (`models.steady`); the rest are assumptions, stated in
`Assumptions` and drawn where they are uncertain. One draw is one possible Sweden: all
municipalities live in the same.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ..models.caseload import MONTHS, occupancy
from ..models.domain import Array
from ..models.effect import LN2, EffortEffect
from ..models.steady import hazard_of, shape_of
from .case import Case
from .cases import national_figures
from .config import Economy, Settings
from .config import Run as RunSettings
from .config import Staff as StaffSettings
from .futures import Future
from .leversettings import Levers
from .sources import Municipality

#: The one group of households: yearly figures tell of no other.
GROUP = "Alla"
#: Means between which hazards are read off rather than solved for.
_NODES = 9
#: Posts that may end in a month where all may.
ALL_POSTS = 1e5


@dataclass(frozen=True)
class Assumptions:
    """What a national plan rests on beside the tables; every one can be changed.

    Attributes
    ----------
    year : int
        Of households and payments.
    horizon_months : int
    cases_per_handler : float
        Today's caseload: Gävle's before HASKY, for no national one is published.
    salary_month_sek, employer_charge_share, overhead_share : float
        Of a handler, in `cost_year` prices; draws go from no overhead to this share.
    mean_months : tuple of float
        Mean months on assistance in a year, lowest and highest: published for 2013,
        and what payments per household and per household-month imply for 2024.
    long_share : float
        Households with ten months of a year or more, at the lowest mean.
    replications : int
        Draws, and simulated futures of each municipality.
    """

    year: int = 2024
    horizon_months: int = 36
    cases_per_handler: float = 60.0
    salary_month_sek: float = 38_600.0
    employer_charge_share: float = 0.4453
    overhead_share: float = 0.2
    cost_year: int = 2023
    mean_months: tuple[float, float] = (6.6, 7.85)
    long_share: float = 0.40
    replications: int = 200
    seed: int = 1


@dataclass(frozen=True)
class World:
    """Draws that every municipality shares.

    Attributes
    ----------
    log_hr : array (n,)
        Log hazard ratio of halving the caseload.
    mean_months : array (n,)
    hazard : array (n, M)
        Monthly exit probability at today's caseload.
    inflow : array (n, T)
        New cases relative to the steady state's.
    handler_cost : array (n,)
        Relative to that of the plan.
    """

    log_hr: Array
    mean_months: Array
    hazard: Array
    inflow: Array
    handler_cost: Array

    @cached_property
    def stock_months(self) -> Array:
        """Mean months of a spell in each draw, (n,)."""
        total: Array = occupancy(self.hazard).sum(1)
        return total


def draw_world(assumed: Assumptions, rng: np.random.Generator) -> World:
    """Draw what the municipalities share.

    New cases follow a random walk whose yearly change and spread are those of the
    number of households in the country since 2012.
    """
    n, months = assumed.replications, assumed.horizon_months
    for_effect, for_months, for_inflow, for_cost = rng.spawn(4)
    low, high = assumed.mean_months
    mean = for_months.uniform(low, high, n)
    nodes = np.linspace(low, high, _NODES)
    shape = shape_of(low, assumed.long_share)
    hazards = np.array([hazard_of(node, shape) for node in nodes])
    at = np.clip(np.searchsorted(nodes, mean), 1, _NODES - 1)
    share = ((mean - nodes[at - 1]) / (nodes[at] - nodes[at - 1]))[:, None]
    step = yearly_change()
    drift = for_inflow.normal(step.mean(), step.std(ddof=1) / len(step) ** 0.5, n)
    walk = for_inflow.normal(0, step.std(ddof=1) / 12**0.5, (n, months)).cumsum(1)
    time = np.arange(months) / 12
    dearest = 1 + assumed.overhead_share
    cost = for_cost.uniform(1.0, dearest, n) / ((1 + dearest) / 2)
    return World(
        log_hr=EffortEffect.from_evidence().draws(for_effect, n) * LN2,
        mean_months=mean,
        hazard=(1 - share) * hazards[at - 1] + share * hazards[at],
        inflow=np.exp(drift[:, None] * time + walk),
        handler_cost=cost,
    )


def yearly_change() -> Array:
    """Yearly changes in log households of the country since the break of 2012."""
    households = national_figures()["households"].loc[2012:].dropna()
    change: Array = np.diff(np.log(households.to_numpy(float)))
    return change


@dataclass(frozen=True)
class Locality:
    """One municipality: what of it is known or estimated, draw by draw.

    Attributes
    ----------
    code, name : str
    households, paid_sek : array (n,)
        Of a year.
    """

    code: str
    name: str
    households: Array
    paid_sek: Array

    def stock(self, world: World) -> Array:
        """Cases served in a month, (n,)."""
        return self.households * world.mean_months / 12

    def size(self, world: World) -> Array:
        """Cases of each draw relative to those that are planned for, (n,)."""
        stock = self.stock(world)
        relative: Array = stock / stock.mean()
        return relative


def national_case(
    place: Locality, assumed: Assumptions, *, shrinking: bool = False
) -> Case:
    """Make a case without a register: settings, one unit and one group.

    Parameters
    ----------
    shrinking : bool
        Let posts end and caseloads grow to twice today's, as a municipality must whose
        money goes elsewhere; otherwise nobody has more cases than today.
    """
    economy = Economy(
        price_year=assumed.cost_year,
        salary_month_sek=assumed.salary_month_sek,
        employer_charge_share=assumed.employer_charge_share,
        overhead_share=assumed.overhead_share / 2,  # the middle of the draws
    )
    staff = StaffSettings(assumed_cases_per_handler=assumed.cases_per_handler)
    levers = Levers()
    if shrinking:
        heaviest = 2 * assumed.cases_per_handler
        levers = Levers(
            caseload_max=heaviest, caseload_min=assumed.cases_per_handler / 2
        )
        staff = staff.model_copy(update={"release_max_month": ALL_POSTS})
    settings = Settings(
        municipality=Municipality(code=place.code, name=place.name),
        economy=economy,
        staff=staff,
        levers=levers,
        run=RunSettings(horizon_months=assumed.horizon_months, seed=assumed.seed),
    )
    return Case(
        folder=Path(),
        settings=settings,
        flows=pd.DataFrame({"unit": [place.name], "segment": [GROUP]}),
        spells=None,
        staff=pd.DataFrame(),
        staff_assumed=True,
        warnings=(),
        simulated=False,
    )


def place_future(place: Locality, world: World, assumed: Assumptions) -> Future:
    """Gather what a municipality's plan rests on: a steady caseload, and draws of it.

    Draws differ in how cases leave, come and are paid, not in how many there are at
    first: costs are in proportion to that, and `Locality.size` carries it.
    """
    n, horizon = len(world.log_hr), assumed.horizon_months
    stock = float(place.stock(world).mean())
    spread = occupancy(world.hazard)
    mean_spread = spread.mean(0) / spread.mean(0).sum()
    steady = stock / world.stock_months
    inflow = steady[:, None] * world.inflow
    inflow[:, 0] = stock * mean_spread[0]  # month 0 is in the stock
    served, exits = np.zeros((2, n, horizon))
    here = np.broadcast_to(stock * mean_spread, (n, MONTHS)).copy()
    for t in range(horizon):
        if t:
            here[:, 0] = inflow[:, t]
        gone = here * world.hazard
        served[:, t], exits[:, t] = here.sum(1), gone.sum(1)
        stays = here - gone
        here[:, 1:] = stays[:, :-1]
        here[:, -1] += stays[:, -1]
    start = (stock * mean_spread)[None].copy()
    start[:, 0] = 0.0
    ones = np.ones((1, horizon))
    per_month = place.paid_sek / (place.households * world.mean_months)
    return Future(
        unit=place.name,
        months=pd.date_range(f"{assumed.year + 1}-01", periods=horizon, freq="MS"),
        hazard_draws=world.hazard[:, None],
        start=start,
        inflow=inflow[:, None],
        served=served[:, None],
        exits=exits[:, None],
        benefit=per_month[:, None],
        event_exits=ones,
        event_benefit=ones,
        event_time=ones,
        reentry=np.zeros((1, 0)),
        handlers=stock / assumed.cases_per_handler,
        caseload=assumed.cases_per_handler,
    )
