"""A staffing problem as data: arrays with names, shapes and units, and no solver.

Index sets: segment s of S, duration bucket d of D, month t of T, intensity level l
of L. Symbols in brackets are those of the mathematics in `formulation`.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..models.domain import Array
from .strain import Strain


@dataclass(frozen=True)
class Automation:
    """A robot or a change of process, bought or not, that frees handler time.

    Attributes
    ----------
    fixed_cost, running_cost : float
        SEK once, and SEK per month (discounted like other costs).
    freed_share : float
        Share g of present handlers' time that it frees, in [0, 1).
    handlers_max : float
        Upper bound on handlers, for the exact McCormick rows.
    from_month : int
        Month in which the fixed cost is paid, and from which it runs and frees time
        [m]; from T on it does nothing and costs nothing.
    """

    fixed_cost: float
    running_cost: float
    freed_share: float
    handlers_max: float
    from_month: int = 0

    def freed(self, absence: Array) -> Array:
        """Effective handler-months that it frees per handler employed, shape (T,)."""
        running = np.arange(len(absence)) >= self.from_month
        share: Array = self.freed_share * (1 - absence) * running
        return share

    def spending(self, months: int) -> Array:
        """SEK in each month, undiscounted, shape (T,)."""
        month = np.arange(months)
        spent: Array = np.where(month >= self.from_month, self.running_cost, 0.0)
        return spent + np.where(month == self.from_month, self.fixed_cost, 0.0)


Levers = tuple[Automation, ...]


@dataclass(frozen=True)
class Triage:
    """A second pool: labour-market staff who take a part of the new cases.

    Routed cases are segments of their own, the last of the unit, whose time is theirs;
    applications are still decided by handlers. See `triage.with_triage`.

    Attributes
    ----------
    source : int array (P,)
        Segment from which each routed segment gets its new cases, each once.
    share_max : array (P, T)
        Largest share of the new cases that may be routed; 0 before triage starts.
    cost : float
        SEK per effective month of labour-market staff [c_L].
    staff_max : float
        Most of them in a month.
    """

    source: NDArray[np.intp]
    share_max: Array
    cost: float
    staff_max: float


@dataclass(frozen=True)
class Unit:
    """One planning unit (kommun, enhet) over T months.

    Attributes
    ----------
    name : str
    weight : array (S, T)
        Handling weight of a case [w]; 1 = a normal case.
    benefit : array (S, T)
        SEK per household-month [b], paid on the stock before exits.
    caseloads : array (L,)
        Cases per handler at each intensity level [K].
    exit_probability : array (S, D, T, L)
        Monthly exit probability [p].
    ageing : array (S, D)
        Share of those who stay that pass to the next bucket [a]; last bucket 0.
    stock : array (S, D)
        Cases served in month 0 [n0] = last end stock + inflow of month 0.
    inflow : array (S, T)
        New cases [A]. Month 0 is inside `stock` and only loads intake effort.
        Excludes the returns that `reentry` generates inside the horizon.
    terminal_value : array (S, D)
        SEK per case still open after month T-1 [V].
    absence : array (T,)
        Share of a handler's time that is absent, in [0, 1).
    turnover, discount : float
        Monthly share of handlers who leave [tau]; monthly discount factor [delta].
    cost_handler, cost_hire, cost_release, cost_overtime : float
        SEK per handler-month [c_H], per hire [c_h], per release [c_f], per bought
        effective handler-month [c_o].
    handlers : float
        Employed before month 0.
    hire_max, release_max : array (T,)
        Bounds on hires that arrive, and releases, in each month; a lead time is a
        run of zero (or replacement-only) bounds.
    ramp : array (R,)
        Productivity rho_k of a hire k months after arrival; 1 afterwards.
    overtime_max : float or None
    fair_floor : float or None
        K_floor: every segment gets on average at least 1/K_floor handlers per case.
    intake_effort, renewal_effort : float
        Handler-months per new case, and per served case beside w/K.
    intake_extra : array (T,) or (1,)
        Effective handler-months kept for intake beyond its mean load, so that
        decisions are made in time also on busy days; see `servicelevel`.
    waiting_max : float
        Months that intake work may wait, 0 for work done in its month [m_wait]; at
        most 1.
    client_time_floor : float or None
        Least time spent on cases, as a share of present handlers' time: quality
        targets for direct client time are read as this.
    reentry : array (S, R)
        Share r_k of the exits of a month that come back k = 1..R months later, to
        bucket 0.
    handler_value : float
        SEK per handler left after month T-1 [v_J].
    month_value : float
        SEK per effective handler-month after month T-1 [pi]: by what they have still
        to learn, late hires are worth less than `handler_value`.
    integer_hires : bool
    automation : Automation or None
        A robot.
    process : Automation or None
        A change of process. With both, the robot is bought only after it; shares of
        time freed add up, to less than 1.
    strain : Strain
        How turnover and absence follow the caseload; by default not at all.
    triage : Triage or None
    segments, buckets, months : tuple of str
        Labels; empty where they do not matter.
    """

    name: str
    weight: Array
    benefit: Array
    caseloads: Array
    exit_probability: Array
    ageing: Array
    stock: Array
    inflow: Array
    terminal_value: Array
    absence: Array
    turnover: float
    discount: float
    cost_handler: float
    cost_hire: float
    cost_release: float
    cost_overtime: float
    handlers: float
    hire_max: Array
    release_max: Array
    ramp: Array = field(default_factory=lambda: np.zeros(0))
    overtime_max: float | None = None
    fair_floor: float | None = None
    intake_effort: float = 0.0
    renewal_effort: float = 0.0
    intake_extra: Array = field(default_factory=lambda: np.zeros(1))
    waiting_max: float = 0.0
    client_time_floor: float | None = None
    reentry: Array = field(default_factory=lambda: np.zeros((1, 0)))
    handler_value: float = 0.0
    month_value: float = 0.0
    integer_hires: bool = False
    automation: Automation | None = None
    process: Automation | None = None
    strain: Strain = field(default_factory=Strain)
    triage: Triage | None = None
    segments: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    months: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(S, D, T, L)."""
        s, d, t, levels = self.exit_probability.shape
        return s, d, t, levels

    @property
    def kept_for_intake(self) -> Array:
        """`intake_extra` month by month, shape (T,)."""
        return np.broadcast_to(self.intake_extra, self.shape[2])

    @property
    def _routed(self) -> int:
        return 0 if self.triage is None else len(self.triage.source)

    @property
    def handled(self) -> slice:
        """Segments whose time is handlers', the first."""
        return slice(self.shape[0] - self._routed)

    @property
    def routed(self) -> slice:
        """Segments whose time is labour-market staff's, the last."""
        return slice(self.shape[0] - self._routed, None)

    @property
    def own(self) -> NDArray[np.bool_]:
        """Whether the time of a segment is handlers', (S,)."""
        mine = np.zeros(self.shape[0], dtype=bool)
        mine[self.handled] = True
        return mine

    @property
    def leans_on_cases(self) -> bool:
        """Whether rows beyond capacity and fairness tie staff to cases."""
        floor = self.client_time_floor is not None
        return floor or self.strain.turnover > 0 or self.triage is not None

    @property
    def routable(self) -> Array:
        """Most new cases that may be routed, shape (P, T); none in month 0."""
        if self.triage is None:
            return np.zeros((0, self.shape[2]))
        most: Array = self.triage.share_max * self.inflow[self.triage.source]
        most[:, 0] = 0.0  # they are in stock already
        return most

    @property
    def waitable(self) -> Array:
        """Most intake work that may wait to the next month, handler-months, (T,)."""
        most: Array = self.waiting_max * self.intake_effort * self.inflow.sum(0)
        most[-1] = 0.0  # what waits is done before the plan ends
        return most

    @property
    def levers(self) -> Levers:
        """What may be bought once, each only after those before it."""
        return self.bought(robot=True, process=True)

    def bought(self, *, robot: bool | None, process: bool | None) -> Levers:
        """Return what of the levers is bought, in the same order."""
        chosen = (self.process if process else None, self.automation if robot else None)
        return tuple(lever for lever in chosen if lever is not None)


@dataclass(frozen=True)
class Budget:
    """A limit on staff cost (SEK, undiscounted) over some months, all units."""

    months: tuple[int, ...]
    limit: float
    label: str = ""

    def after(self, spent: Array) -> "Budget":
        """Return what is left of it when so much (T,) is spent on something else."""
        return replace(self, limit=self.limit - float(spent[list(self.months)].sum()))


@dataclass(frozen=True)
class Scenario:
    """One future: its probability and the unit as it would then be."""

    probability: float
    unit: Unit


@dataclass(frozen=True)
class CVaR:
    """Risk aversion: (1 - weight) E[cost] + weight CVaR_alpha[cost]."""

    weight: float
    alpha: float


@dataclass(frozen=True)
class Problem:
    """Units that plan together, tied by budgets; or one unit under scenarios.

    Attributes
    ----------
    units : tuple of Unit
        Exactly one when `scenarios` are given.
    budgets : tuple of Budget
    scenarios : tuple of Scenario
        Staffing is shared; cases served and bought capacity exist per scenario.
    cvar : CVaR or None
        None with scenarios means expected cost.
    lever_costs_in_budget : bool
        Whether a robot's cost enters the budget rows.
    """

    units: tuple[Unit, ...]
    budgets: tuple[Budget, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    cvar: CVaR | None = None
    lever_costs_in_budget: bool = False

    def __post_init__(self) -> None:
        """Refuse turnover that would differ between futures that share handlers."""
        if any(scenario.unit.strain.turnover for scenario in self.scenarios):
            raise ValueError(
                "scenarios share their handlers, so that turnover cannot follow the "
                "caseload of each"
            )
