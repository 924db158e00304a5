"""One policy on its way through many replications of the twin, and what it cost."""

from dataclasses import dataclass

import numpy as np

from ..models.domain import Array
from ..models.household import Counts
from .policy import Policy, share_made_good, share_time
from .problem import Unit
from .value import after_horizon, freed, staff_cost
from .workforce import Workforce


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
        self.made_good = share_made_good(policy, unit.turnover)
        self.books = np.zeros((6, runs, unit.shape[2]))
        (self.benefit, self.cases, self.handlers) = self.books[:3]
        (self.hires, self.releases, self.shortage) = self.books[3:]

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
            self.staff.leave(luck)
        policy = self.policy
        gap = policy.handlers[t] - self.staff.handlers
        hires, releases = gap, np.zeros_like(gap)
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
        self.cases[:, t] = cases.sum((1, 2))
        staff = self.staff.present(t)
        staff = staff + freed(unit, policy.levers, self.handlers[:, t], t)
        fixed = unit.intake_effort * intake + unit.renewal_effort * self.cases[:, t]
        fixed = fixed + unit.kept_for_intake[t]
        load = (cases * unit.weight[:, t, None]).reshape(len(cases), -1)
        spent = share_time(
            load,
            policy.relative[:, :, t].ravel(),
            staff + policy.bought[t] - fixed,
            1 / policy.caseload_max,
            1 / policy.caseload_min,
        )
        self.shortage[:, t] = policy.bought[t]
        if policy.charged:
            needed = (load * spent).sum(1) + fixed
            self.shortage[:, t] = np.maximum(needed - staff, 0.0)
        return spent.reshape(cases.shape)

    def course(self, stock: Counts, due: Counts) -> SimulatedCourse:
        """Close the books with the cases (R, S, D) and returns (R, S, lags) left."""
        unit, handlers = self.unit, self.handlers
        return SimulatedCourse(
            benefit=self.benefit,
            staff=staff_cost(
                unit, handlers, self.hires, self.releases, self.policy.levers
            ),
            shortage_sek=unit.cost_overtime * self.shortage,
            shortage=self.shortage,
            cases=self.cases,
            caseload=self.cases / np.maximum(handlers, 1e-9),
            handlers=handlers,
            terminal=after_horizon(unit, stock, due, handlers[:, -1], self.hires),
        )
