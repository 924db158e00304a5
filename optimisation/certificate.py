r"""Proof of optimality that owes nothing to the solver.

The rows that tie cases to staffing are priced and moved into the objective: capacity
(pi; that of labour-market staff for routed segments), the fairness floor (mu), the
floor on time spent on cases (nu), the budgets (lambda), the head rows (eta), the rows
of levers and of CVaR. What is left falls apart into one decision process per case,
solved backwards in time,

    W[s,d,t] = min_l  delta^t b + pi_t (w / K_l + u_renew) - mu (1/K_l - 1/K_floor)
               - nu_t w / K_l - (tau e / K0) eta_{t+1}
               + p sum_k r_k (W[s,0,t+k] + pi_{t+k} u_new)
               + (1-p) ((1-a_d) W[s,d,t+1] + a_d W[s,d+1,t+1])

and into hires, releases, bought capacity, labour-market staff, work that waits and
new cases routed, which each stand in a box, and levers that are bought in their order:
1 >= y_process >= y_robot >= 0 has whole corners, so the best of them is a running
total. The sum is a
lower bound for ANY prices of the right sign (Lagrangian relaxation, Geoffrion 1974);
at the program's own duals it is the optimum. Prices are therefore taken from the
solution, put into their valid range, and never trusted further.
"""

from dataclasses import dataclass

import numpy as np

from ..models.domain import Array
from .problem import Budget, CVaR, Problem, Unit
from .rows import ramp_loss, still_learning
from .solution import Solution, UnitSolution


@dataclass(frozen=True)
class Certificate:
    """A plan with what it can at most be improved by.

    Attributes
    ----------
    bound : float
        No plan within the limits costs less (discounted SEK).
    gap : float
        (objective - bound) / |objective|.
    """

    bound: float
    gap: float


@dataclass
class _Offer:
    """What staffing is charged and credited, summed over scenarios; shape (T,)."""

    handlers: Array
    hires: Array
    releases: Array
    levers: Array


def lower_bound(
    problem: Problem, solution: Solution, given: tuple[Array, Array] | None = None
) -> Certificate:
    """Bound the cost of every plan of a problem from below.

    Parameters
    ----------
    problem : Problem
        Whole hires and levers are taken as fractions: the bound holds for both.
    solution : Solution
        Its objective is what is certified; its duals are the prices. Duals of the
        relaxation give the tightest bound.
    given : tuple of array (T,), optional
        Hires and releases that are no choice, of the one unit.

    Returns
    -------
    Certificate
        Gap at most 1e-8 at the optimum of the linear relaxation.
    """
    if problem.scenarios:
        units = [scenario.unit for scenario in problem.scenarios]
        chance = np.array([scenario.probability for scenario in problem.scenarios])
        weights = _scenario_weights(chance, problem.cvar, solution.risk_duals)
    else:
        units = list(problem.units)
        weights = np.ones(len(units))
    # a price per budget and, under scenarios, one for each of them
    paid = np.maximum(0.0, -solution.budget_duals)
    limits = np.array([budget.limit for budget in problem.budgets])
    bound = -float((paid * limits).sum())
    offer: _Offer | None = None
    for k, (unit, prices) in enumerate(zip(units, solution.units, strict=True)):
        if offer is None or not problem.scenarios:
            nothing = np.zeros(unit.shape[2])
            levers = np.zeros(len(unit.levers))
            offer = _Offer(nothing, nothing.copy(), nothing.copy(), levers)
        own = paid[k] if paid.ndim == 2 else paid
        added = _budget_prices(unit, problem.budgets, own)
        if problem.lever_costs_in_budget:
            months = unit.shape[2]
            offer.levers += [added @ lever.spending(months) for lever in unit.levers]
        weight, after = float(weights[k]), np.zeros(unit.shape[2])
        bound += _block(unit, prices, weight, added, offer)
        if not problem.scenarios or k == len(units) - 1:
            staffed, after = _staffing(unit, prices.head, offer, given)
            bound += staffed
        bound += _cases(unit, _prices(unit, prices, weight, added, after), weight)
    size = max(abs(solution.objective), np.finfo(float).tiny)
    return Certificate(float(bound), float((solution.objective - bound) / size))


def _scenario_weights(chance: Array, cvar: CVaR | None, duals: Array) -> Array:
    """Weight of each scenario's cost: its probability, shifted towards the costly.

    The shift must lie in 0 <= q_k <= weight x chance / (1 - alpha) and sum to the
    weight of CVaR, or the bound would not hold; it is moved there.
    """
    if cvar is None or not len(duals):
        return chance
    most = cvar.weight * chance / (1 - cvar.alpha)
    shift = np.clip(duals, 0.0, most)
    total = cvar.weight * chance.sum()
    lacking = total - shift.sum()
    if lacking > 0:
        room = most - shift
        shift = shift + room * (lacking / room.sum() if room.sum() else 0.0)
    elif shift.sum() > 0:
        shift = shift * (total / shift.sum())
    weights: Array = (1 - cvar.weight) * chance + shift
    return weights


def _budget_prices(unit: Unit, budgets: tuple[Budget, ...], paid: Array) -> Array:
    """Price of a krona of staff cost in each month, shape (T,)."""
    price = np.zeros(unit.shape[2])
    for budget, krona in zip(budgets, paid, strict=True):
        price[list(budget.months)] += krona
    return price


def _block(
    unit: Unit, prices: UnitSolution, weight: float, added: Array, offer: _Offer
) -> float:
    """Bound on everything but staffing, which is charged to `offer`."""
    months = unit.shape[2]
    krona = weight * unit.discount ** np.arange(months)
    absent, _ = unit.strain.absent(unit.absence)
    bought = unit.cost_overtime * (krona + added)
    capacity = _capacity(unit, prices, bought)
    bound = 0.0
    if unit.overtime_max is not None:
        bound += np.minimum(0.0, bought - capacity).sum() * unit.overtime_max
    bound += float((capacity * unit.intake_effort * unit.inflow.sum(0)).sum())
    bound += float(capacity @ unit.kept_for_intake)
    # work that waits is done at the price of the next month
    bound += float(np.minimum(0.0, np.diff(capacity, append=0.0)) @ unit.waitable)
    if unit.triage is not None:
        partner = unit.triage.cost * (krona + added)
        lacking = np.minimum(0.0, partner - np.maximum(0.0, -prices.triage))
        bound += float(lacking.sum()) * unit.triage.staff_max

    offer.handlers += unit.cost_handler * (krona + added) - capacity * (1 - absent)
    if unit.client_time_floor is not None:
        floor = np.maximum(0.0, prices.client_time) * unit.client_time_floor
        offer.handlers += floor * (1 - absent)
    # those who stay after the last month, and what the late ones have still to learn
    lacking = still_learning(unit)
    kept = unit.handler_value * (1 - unit.strain.leaving(unit.turnover)[0])
    offer.handlers[-1] -= weight * unit.discount**months * kept
    offer.hires += unit.cost_hire * (krona + added)
    offer.hires += weight * unit.discount**months * unit.month_value * lacking
    for k, loss in enumerate(ramp_loss(unit)[:months]):
        offer.hires[: months - k] += (capacity * (1 - unit.absence))[k:] * loss
    offer.releases += unit.cost_release * (krona + added)
    for i, lever in enumerate(unit.levers):
        by_staff, by_choice = np.maximum(0.0, -prices.automation[i])
        share = lever.freed(unit.absence)
        most = share * lever.handlers_max
        offer.handlers -= by_staff * share
        offer.levers[i] += krona @ lever.spending(months) - by_choice @ most
        freed = np.minimum(0.0, by_staff + by_choice - capacity)
        bound += float((freed * most).sum())
    return float(bound)


def _capacity(unit: Unit, prices: UnitSolution, bought: Array) -> Array:
    """Price of an effective handler-month in its valid range, shape (T,)."""
    capacity: Array = np.maximum(0.0, -prices.capacity)
    # a dearer handler-month than a bought one would make buying free
    return capacity if unit.overtime_max is not None else np.minimum(capacity, bought)


@dataclass
class _Prices:
    """What a case is charged: capacity (T,), time (S, T), levels (S, T), itself (T,).

    `time` is per handler-month spent at a level, `renewal` per case beside it, `own`
    per case of handlers, and `floor` per case above the fairness floor.
    """

    capacity: Array
    time: Array
    renewal: Array
    own: Array
    floor: Array


def _prices(
    unit: Unit, prices: UnitSolution, weight: float, added: Array, after: Array
) -> _Prices:
    """Prices of a case; `after` is that of a handler in the next month, (T,)."""
    months = unit.shape[2]
    krona = weight * unit.discount ** np.arange(months)
    capacity = _capacity(unit, prices, unit.cost_overtime * (krona + added))
    spent, floor = np.zeros(months), unit.client_time_floor or 0.0
    if unit.client_time_floor is not None:
        spent = np.maximum(0.0, prices.client_time)
    second = np.maximum(0.0, -prices.triage) if unit.triage else np.zeros(months)
    own = unit.own[:, None]
    _, absent = unit.strain.absent(unit.absence)
    _, leaving = unit.strain.leaving(unit.turnover)
    lost = after.copy()
    lost[-1] = -weight * unit.discount**months * unit.handler_value
    return _Prices(
        capacity=capacity,
        time=np.where(own, capacity - spent, second),
        renewal=np.where(own, capacity, second) * unit.renewal_effort,
        own=absent * (capacity - spent * floor) - leaving * lost,
        floor=np.maximum(0.0, prices.fairness),
    )


def _cases(unit: Unit, prices: _Prices, weight: float) -> float:
    """Least cost of all cases at these prices: backward dynamic programming."""
    n_segments, _, months, _ = unit.shape
    lags = unit.reentry.shape[1]
    p, ageing = unit.exit_probability, unit.ageing[:, :, None]
    floor = 0.0 if unit.fair_floor is None else 1 / unit.fair_floor
    value = weight * unit.discount**months * unit.terminal_value
    # of a case that comes back: month by month as far as returns reach
    fresh = np.zeros((n_segments, months + lags))
    later = np.arange(months, months + lags)
    fresh[:, months:] = weight * unit.terminal_value[:, :1] * unit.discount**later
    case = unit.own[:, None] * prices.own + prices.renewal
    case = case + weight * unit.discount ** np.arange(months) * unit.benefit
    routable, total = unit.routable, 0.0
    for t in range(months - 1, -1, -1):
        older = np.zeros_like(value)
        older[:, :-1] = value[:, 1:]
        month = (
            case[:, t, None]
            + (prices.time * unit.weight)[:, t, None] / unit.caseloads
            - prices.floor[:, t, None] * (1 / unit.caseloads - floor)
        )
        back = (unit.reentry * fresh[:, t + 1 : t + 1 + lags]).sum(1)[:, None, None]
        stays = (1 - ageing) * value[..., None] + ageing * older[..., None]
        by_level = month[:, None] + p[:, :, t] * back + (1 - p[:, :, t]) * stays
        value = by_level.min(2)
        fresh[:, t] = value[:, 0] + prices.capacity[t] * unit.intake_effort
        if t:
            total += float((unit.inflow[:, t] * value[:, 0]).sum())
        if unit.triage is not None:
            gain = value[unit.routed, 0] - value[unit.triage.source, 0]
            total += float(np.minimum(0.0, gain) @ routable[:, t])
    return total + float((unit.stock * value).sum())


def _staffing(
    unit: Unit, head: Array, offer: _Offer, given: tuple[Array, Array] | None
) -> tuple[float, Array]:
    """Least cost of staffing at these prices, and the next month's price of a handler.

    Handlers have no upper bound, so what one costs net in a month must not be below
    nothing: the price of a handler is lowered, backwards, until it is not.
    """
    bound, after = float(offer.levers.cumsum().min(initial=0.0)), 0.0
    stays = 1 - unit.strain.leaving(unit.turnover)[0]
    coming = np.zeros(len(head))
    for t in range(len(head) - 1, -1, -1):
        coming[t] = after
        price = min(float(head[t]), float(offer.handlers[t]) + stays * after)
        hiring = float(offer.hires[t]) + price
        releasing = float(offer.releases[t]) - price
        if given is None:
            bound += min(0.0, hiring) * unit.hire_max[t]
            bound += min(0.0, releasing) * unit.release_max[t]
        else:
            bound += hiring * given[0][t] + releasing * given[1][t]
        after = price
    return float(bound + after * unit.handlers), coming
