"""One policy on its way through many replications of the twin, and what it cost."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from ..models.domain import Array
from ..models.household import Counts
from .course import after_horizon, staff_cost, staying
from .policy import Beside, Policy, share_made_good, share_time
from .problem import Unit
from .value import freed
from .workforce import Workforce

#: Fewer hires than this in a month are rounding.
_SMALL = 1e-9


@dataclass(frozen=True)
class SimulatedCourse:
    """What happened in each replication; undiscounted SEK.

    Attributes
    ----------
    benefit, staff, shortage_sek : array (R, T)
        Payments to households; staff and automation; bought capacity.
    shortage : array (R, T)
        Effective handler-months bought.
    cases, caseload, handlers : array (R, T)
        Cases served, cases per employed handler, employed handlers.
    terminal : array (R,)
        Value after the horizon, discounted to month 0.
    """

    benefit: Array
    staff: Array
    shortage_sek: Array
    shortage: Array
    cases: Array
    caseload: Array
    handlers: Array
    terminal: Array

    @property
    def cash(self) -> Array:
        """Money paid out, shape (R, T)."""
        return self.benefit + self.staff + self.shortage_sek

    def total(self, discount: float) -> Array:
        """All costs discounted to month 0, shape (R,)."""
        cash = self.cash
        total: Array = cash @ discount ** np.arange(cash.shape[1]) + self.terminal
        return total


class Side:
    """One policy on its way through the replications, and its books.

    Parameters
    ----------
    unit : Unit
    policy : Policy
    runs : int
        Number of replications R.
    """

    def __init__(self, unit: Unit, policy: Policy, runs: int) -> None:
        self.unit, self.policy = unit, policy
        self.staff = Workforce(unit, runs)
        self.beside = policy.beside or Beside.nothing(unit)
        self.made_good = share_made_good(policy, unit.turnover)
        self.books = np.zeros((8, runs, unit.shape[2]))
        (self.benefit, self.cases, self.handlers, self.mine) = self.books[:4]
        (self.hires, self.releases, self.shortage, self.partners) = self.books[4:]

    def staff_month(self, t: int, luck: Array, coin: Array) -> None:
        """Let chance take its toll, then hire and release as the policy wants.

        Parameters
        ----------
        t : int
        luck : array (2, R, len(ramp) + 1)
            See `Workforce.leave`.
        coin : array (R,)
            Uniform in [0, 1): rounds fractions of a hire.
        """
        if t:
            self.staff.leave(luck, self.mine[:, t - 1])
        policy = self.policy
        gap = policy.handlers[t] - self.staff.handlers
        # a plan that lets posts lapse hires nobody until as many have left
        hires = gap if policy.hires[t] > _SMALL else np.zeros_like(gap)
        releases = np.full_like(gap, policy.releases[t])
        if policy.whole_hires:  # between its hires the plan lets posts lapse
            by_chance = gap - policy.hires[t] + policy.releases[t]
            hires = policy.hires[t] + self.made_good[t] * by_chance
            hires = np.floor(hires + coin)
            releases = np.floor(policy.releases[t] + coin)
        self.hires[:, t] = np.maximum(hires, 0.0)
        self.releases[:, t] = self.staff.change(self.hires[:, t], releases)
        self.handlers[:, t] = self.staff.handlers

    def effort(self, t: int, cases: Counts, intake: Array) -> Array:
        """Spread the time that is there over the cases.

        Parameters
        ----------
        t : int
        cases : int array (R, S, D)
            Served in the month.
        intake : array (R,)
            New and returning cases that load intake.

        Returns
        -------
        array (R, S, D)
            Handlers per case of weight 1.
        """
        unit, policy = self.unit, self.policy
        own, others = unit.handled, unit.routed
        self.cases[:, t] = cases.sum((1, 2))
        self.mine[:, t] = mine = cases[:, own].sum((1, 2))
        staff = self.staff.present(t, mine)
        staff = staff + freed(unit, policy.levers, self.handlers[:, t], t)
        fixed = unit.intake_effort * intake + unit.renewal_effort * mine
        fixed = fixed + unit.kept_for_intake[t] - self.beside.postponed[t]
        spent = np.zeros(cases.shape)
        room = staff + policy.bought[t] - fixed
        spent[:, own], used = self._spread(t, cases, own, room)
        self.shortage[:, t] = policy.bought[t]
        if policy.charged:
            self.shortage[:, t] = np.maximum(used + fixed - staff, 0.0)
        if unit.triage is not None:
            renewals = unit.renewal_effort * cases[:, others].sum((1, 2))
            room = self.beside.partners[t] - renewals
            spent[:, others], used = self._spread(t, cases, others, room)
            self.partners[:, t] = self.beside.partners[t]
            if policy.charged:
                self.partners[:, t] = used + renewals
        return spent

    def _spread(
        self, t: int, cases: Counts, pool: slice, room: Array
    ) -> tuple[Array, Array]:
        """Effort of a pool's cases, and the handler-months (R,) that it takes."""
        policy, weight = self.policy, self.unit.weight[pool, t, None]
        load = (cases[:, pool] * weight).reshape(len(cases), -1)
        low, high = 1 / policy.caseload_max, 1 / policy.caseload_min
        relative = policy.relative[pool, :, t].ravel()
        spent = share_time(load, relative, room, low, high)
        return spent.reshape(cases[:, pool].shape), (load * spent).sum(1)

    def routed(self, t: int, new: Counts, luck: Array) -> Counts:
        """Draw how many of the new cases (R, S) go to labour-market staff, (R, P).

        `luck` (R, P) is uniform in (0, 1]: two policies with the same share route the
        same number.
        """
        if self.unit.triage is None:
            return np.zeros((len(new), 0), dtype=np.int64)
        coming = new[:, self.unit.triage.source]
        sent = binom.ppf(luck, coming, np.clip(self.beside.routed[:, t], 0, 1))
        return np.asarray(sent, dtype=np.int64)

    def course(self, stock: Counts, due: Counts) -> SimulatedCourse:
        """Close the books with the cases (R, S, D) and returns (R, S, lags) left."""
        unit, handlers = self.unit, self.handlers
        staff = staff_cost(
            unit, handlers, self.hires, self.releases, self.policy.levers
        )
        if unit.triage is not None:
            staff = staff + unit.triage.cost * self.partners
        kept = staying(unit, handlers[:, -1], self.mine[:, -1])
        return SimulatedCourse(
            benefit=self.benefit,
            staff=staff,
            shortage_sek=unit.cost_overtime * self.shortage,
            shortage=self.shortage,
            cases=self.cases,
            caseload=self.cases / np.maximum(handlers, 1e-9),
            handlers=handlers,
            terminal=after_horizon(unit, stock, due, kept, self.hires),
        )
