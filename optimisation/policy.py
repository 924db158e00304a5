"""A way of staffing and of spending time that can be followed in any world.

A solution of the program says who gets how much time in the world it was made for.
Read as a `Policy` it can be followed in another: staff as planned, and the time that
is really there spread in the planned ratios.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..models.domain import Array
from .problem import Levers, Unit
from .solution import UnitSolution

#: Where nobody buys capacity, time is spread out to this many heaviest caseloads.
THINNEST = 100.0


@dataclass(frozen=True)
class Beside:
    """What a plan does beside its own staff.

    Attributes
    ----------
    partners : array (T,)
        Labour-market staff, effective months.
    routed : array (P, T)
        Share of the new cases of each source that they get.
    postponed : array (T,)
        Handler-months of intake work put off, net of what was put off before.
    """

    partners: Array
    routed: Array
    postponed: Array

    @classmethod
    def nothing(cls, unit: Unit) -> "Beside":
        """Nobody is routed, nothing waits."""
        months = np.zeros(unit.shape[2])
        return cls(months, np.zeros_like(unit.routable), months)

    @classmethod
    def of(cls, unit: Unit, solution: UnitSolution) -> "Beside | None":
        """Read a solution; None where it does nothing beside."""
        if unit.triage is None and not len(solution.waiting):
            return None
        none = cls.nothing(unit)
        partners, waiting = none.partners, none.postponed
        routed = none.routed
        if unit.triage is not None:
            new = unit.inflow[unit.triage.source]
            partners = solution.partners
            routed = np.divide(
                solution.routed, new, out=np.zeros_like(routed), where=new > 0
            )
        if len(solution.waiting):
            waiting = np.diff(solution.waiting, prepend=0.0)
        return cls(partners, routed, waiting)

    def split(self, unit: Unit, month: int, new: Array) -> Array:
        """Move the routed share of new cases (S,) to where labour-market staff are."""
        if unit.triage is None:
            return new
        moved = self.routed[:, month] * new[unit.triage.source]
        kept = new.copy()
        kept[unit.triage.source] -= moved
        kept[unit.routed] += moved
        return kept


@dataclass(frozen=True)
class Policy:
    """A way of staffing and of spending time that can be followed in any world.

    Attributes
    ----------
    name : str
    handlers, hires, releases, bought : array (T,)
        Staff to keep, the expected hires and releases that keep it, and capacity
        bought on purpose (effective handler-months).
    relative : array (S, D, T)
        Effort per case of weight 1 relative to other cases; only ratios matter, for
        every month the whole is scaled to the capacity that is really there.
    caseload_min, caseload_max : float
        No case gets more effort than 1/caseload_min, none less than 1/caseload_max.
    charged : bool
        Whether capacity that is missing at caseload_max is bought, and what was to be
        bought is not where nobody needs it; otherwise `bought` is, no more, no less.
    whole_hires : bool
        Where staff is random: True hires and releases whole people as planned, and
        months with hires make good what chance has given or taken, see
        `share_made_good`; False replaces at once, post by post, whoever leaves in
        months in which the plan hires at all.
    levers : tuple of Automation
        What has been bought.
    beside : Beside or None
    """

    name: str
    handlers: Array
    hires: Array
    releases: Array
    bought: Array
    relative: Array
    caseload_min: float
    caseload_max: float
    charged: bool = True
    whole_hires: bool = True
    levers: Levers = ()
    beside: Beside | None = None


def policy_of(unit: Unit, solution: UnitSolution, name: str) -> Policy:
    """Read a solution as a policy: its staff, and its ratios of effort."""
    effort = solution.served @ (1 / unit.caseloads)
    cases = solution.served.sum(-1)
    month = effort.sum((0, 1)) / np.maximum(cases.sum((0, 1)), 1e-12)
    lowest = np.broadcast_to(1 / unit.caseloads.max(), month.shape)
    relative = np.where(month > 0, month, lowest) * np.ones(cases.shape)
    # a cell that the program leaves empty has no effort of its own: it gets the mean
    np.divide(effort, cases, out=relative, where=cases > 1e-9 * cases.sum((0, 1)))
    return Policy(
        name=name,
        handlers=solution.handlers,
        hires=solution.hires,
        releases=solution.releases,
        bought=solution.overtime,
        relative=relative,
        caseload_min=float(unit.caseloads.min()),
        caseload_max=float(unit.caseloads.max()),
        whole_hires=not solution.replaces,
        levers=unit.bought(robot=solution.robot, process=solution.process),
        beside=Beside.of(unit, solution),
    )


def growing(policy: Policy) -> Policy:
    """Let the caseload rise where cases outgrow the handlers.

    What the plan buys on purpose it still buys, and nothing beyond.
    """
    return replace(policy, caseload_max=THINNEST * policy.caseload_max, charged=False)


def today_policy(unit: Unit, name: str = "today") -> Policy:
    """Today's handlers held: who leaves is replaced, every case gets equal effort.

    Nobody buys capacity: where cases outgrow the handlers the caseload rises. Where
    handlers have time to spare, no case gets more than the lightest level.
    """
    segments, buckets, months, _ = unit.shape
    hires = np.full(months, unit.turnover * unit.handlers)
    hires[0] = 0.0  # turnover first strikes between month 0 and month 1
    return Policy(
        name=name,
        handlers=np.full(months, float(unit.handlers)),
        hires=hires,
        releases=np.zeros(months),
        bought=np.zeros(months),
        relative=np.ones((segments, buckets, months)),
        caseload_min=float(unit.caseloads.min()),
        caseload_max=THINNEST * float(unit.caseloads.max()),
        charged=False,
        whole_hires=False,
    )


def share_made_good(policy: Policy, turnover: float) -> Array:
    """Share of what chance has given or taken that each month's hires make good, (T,).

    Hires cannot be negative. Were every gap filled while a surplus has to wait, there
    would on average be more handlers than planned; so only so much of either is made
    good as a surplus of two standard deviations leaves room for.
    """
    share = np.zeros(len(policy.hires))
    variance, stays = 0.0, 1 - turnover
    for t, hired in enumerate(policy.hires.tolist()):
        if t:
            left = turnover * stays * float(policy.handlers[t - 1])
            variance = stays**2 * variance + left
        if hired > 0:
            surplus = 2 * variance**0.5
            share[t] = 1.0 if surplus <= hired else hired / surplus
            # hires are whole: a coin decides on the fraction
            variance = (1 - share[t]) ** 2 * variance + 0.25
    return share


def share_time(
    load: Array, relative: Array, capacity: Array, low: float, high: float
) -> Array:
    """Spread capacity over cells in given ratios of effort, within bounds.

    Finds the scale z for which `sum(load * clip(z * relative, low, high))` equals the
    capacity: the sum is piecewise linear in z with the same corners for every row, so
    it is evaluated at the corners and interpolated, exactly.

    Parameters
    ----------
    load : array (..., C)
        Weighted cases per cell.
    relative : array (C,)
        Positive ratios.
    capacity : array (...)
        Handler-months. Outside what the bounds allow, the nearer bound is returned.
    low, high : float
        Bounds of effort per unit of load, 0 <= low <= high.

    Returns
    -------
    array (..., C)
        Effort per unit of load.
    """
    if low == high:
        return np.full(load.shape, high)
    corners = np.unique(np.concatenate([low / relative, high / relative]))
    at_corner = np.clip(corners[:, None] * relative, low, high)  # (corners, C)
    used = load @ at_corner.T
    after = np.clip((used < capacity[..., None]).sum(-1), 1, len(corners) - 1)
    before = np.take_along_axis(used, after[..., None] - 1, -1)[..., 0]
    step = np.take_along_axis(used, after[..., None], -1)[..., 0] - before
    share = np.divide(
        capacity - before, step, out=np.zeros_like(before), where=step > 0
    )
    share = np.clip(share, 0, 1)
    scale = corners[after - 1] + share * (corners[after] - corners[after - 1])
    effort: Array = np.clip(scale[..., None] * relative, low, high)
    return effort
