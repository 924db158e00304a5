r"""The staffing program: one builder for every form of it.

Sets: segment s, duration bucket d, month t = 0..T-1, intensity level l with K_l cases
per handler. Fields of `Unit` in brackets there; everything but K, a, r, rho may vary
by month.

Columns
    x[s,d,t,l] >= 0   cases served in month t at level l
    J[t] >= 0         handlers employed
    0 <= h[t] <= hire_max[t], 0 <= f[t] <= release_max[t]   hires, releases
    0 <= o[t] <= overtime_max   bought effective handler-months
    G_i[t] >= 0, y_i in {0, 1}  handler-months freed by lever i, a robot or a change of
                                process; whether it is bought
    E[s,t] = sum_{d,l} p[s,d,t,l] x[s,d,t,l]   exits, where people come back
    q[t] = (tau e / K0) sum_own x   handlers who leave because of the caseload
    0 <= W[t] <= m_wait u_new A[t]  intake work left for the next month; W[T-1] = 0
    0 <= z[i,t] <= share_max[i,t] A[source_i,t]   new cases routed to routed segment i
    0 <= g[t] <= staff_max          labour-market staff, effective months

where turnover follows the caseload, work may wait, there is triage. Segments are own
or routed. Minimise (discount delta)

    sum_t delta^t ( sum b[s,t] x[s,d,t,l] + c_H J[t] + c_h h[t] + c_f f[t] + c_o o[t] )
    + delta^T sum_{s,d} V[s,d] n[s,d]               cases open after the horizon
    + sum_{t+k >= T} delta^(t+k) r[s,k] V[s,0] E[s,t]   who comes back after it
    - delta^T v_J (1-tau) J[T-1]                    handlers left after it
    + delta^T pi (1-absence) sum_{t+k >= T} (1-rho_k) (1-tau)^k h[t]
                                                    what late hires have still to learn
    + sum_i y_i (delta^m_i fixed_i + running_i sum_{t >= m_i} delta^t)
    + sum_t delta^t c_L g[t] + delta^T v_J q[T-1]

where n is the balance below at month T without inflow, subject to

    bal[s,d,t]  sum_l x[s,d,t,l] = sum_l (1-p[s,d,t-1,l]) (1-a[s,d]) x[s,d,t-1,l]
                    + sum_l (1-p[s,d-1,t-1,l]) a[s,d-1] x[s,d-1,t-1,l]      (d >= 1)
                    + A[s,t] + sum_k r[s,k] E[s,t-k]                        (d = 0)
                    - sum_{i from s} z[i,t],  or  + z[i,t] where s is routed (d = 0)
                (month 0: = n0[s,d])
    head[t]     J[t] = (1-tau) J[t-1] + h[t] - f[t]    (month 0: = handlers + h - f)
                (tau (1-e) for tau, and - q[t-1], where turnover follows the caseload)
    cap[t]      sum_own (w[s,t]/K_l + u_renew) x
                  + u_new sum_s (A[s,t] + sum_k r E[s,t-k]) + W[t-1] - W[t] + extra[t]
                  <= (1-absence[t]) (J[t] - sum_k (1-rho_k) (1-tau)^k h[t-k])
                     + o[t] + sum_i G_i[t]
                (absence as in `strain` of J and x in the first term)
    triage[t]   sum_routed (w[s,t]/K_l + u_renew) x <= g[t]
    client_time[t]   sum_own (w[s,t]/K_l) x >= floor (1-absence[t]) J[t]
    fair[s,t]   sum_{d,l} (1/K_l - 1/K_floor) x >= 0
    lever i     G_i[t] <= g_i (1-absence[t]) J[t]
                G_i[t] <= g_i (1-absence[t]) J_max y_i    (G_i[t] = 0 before month m_i)
    order       y_robot <= y_process    where there are both
    budget[i]   sum over units and months (c_H J + c_h h + c_f f + c_o o + c_L g) <= B_i
                (and what levers cost in those months, where they are in the budget)

Under scenarios J, h, f and y are shared; the rest and its rows exist once for each,
every budget holds in each, and with total cost C_k of scenario k the objective is

    (1-lambda) sum_k pi_k C_k
    + lambda min_eta { eta + sum_k pi_k max(0, C_k - eta) / (1-alpha) }

References
----------
Manne (1960), "Linear programming and sequential decisions"; Rockafellar and Uryasev
(2000), "Optimization of conditional value-at-risk"; McCormick (1976) for the levers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pulp
from numpy.typing import ArrayLike

from ..models.domain import Array
from .baresheet import BareSheet
from .costs import block_cost, budget_terms, write_risk
from .optimum import Optimum, Status
from .problem import Problem, Unit
from .rows import Block, Staff, write_cases, write_staff
from .sheet import AT_MOST, Index, Sheet, Terms
from .solution import Solution, UnitSolution
from .solver import Resident

Given = ArrayLike | None


@dataclass(frozen=True)
class Programme:
    """The formulation of record, and where everything stands in it.

    Attributes
    ----------
    problem : Problem
    sheet : Sheet
        Rows and columns, with the keys of both.
    objective : dict
        Discounted SEK by column.
    staff, blocks : tuple of Staff, tuple of Block
        Indices per unit, or per scenario.
    budgets : int array (B,) or (N, B)
        Rows.
    risk : int array (N,) or (0,)
        Rows of CVaR.
    """

    problem: Problem
    sheet: Sheet
    objective: Terms
    staff: tuple[Staff, ...]
    blocks: tuple[Block, ...]
    budgets: Index
    risk: Index

    @property
    def lp(self) -> Any:
        """The program in PuLP: export it with `writeLP`, solve it with CBC.

        Raises
        ------
        AttributeError
            It was written bare.
        """
        return self.sheet.lp

    def resident(self) -> Resident:
        """Lift the program into HiGHS, to be changed and solved again and again."""
        sheet = self.sheet
        if isinstance(sheet, BareSheet):
            return sheet.resident(self.objective)
        limits, keys = sheet.column_limits, sheet.row_keys
        return Resident(sheet.lp, sheet.columns, limits, keys)

    def solution(self, optimum: Optimum) -> Solution:
        """Put the solver's numbers back where they belong."""
        units = tuple(
            _unit_solution(optimum, staff, block)
            for staff, block in zip(self.staff, self.blocks, strict=True)
        )
        return Solution(
            status=Status.OPTIMAL,
            objective=optimum.objective,
            units=units,
            budget_duals=optimum.duals[self.budgets],
            risk_duals=optimum.duals[self.risk],
            bound=optimum.bound,
            route=optimum.route.value,
        )


def build(
    problem: Problem,
    fixed_hires: Given = None,
    fixed_releases: Given = None,
    *,
    bare: bool = False,
) -> Programme:
    """Write the program of a problem.

    Parameters
    ----------
    problem : Problem
    fixed_hires, fixed_releases : array (T,), or (units, T), or None
        Staffing that is given; NaN leaves a month free. Given values stand above
        `hire_max` and `release_max`.
    bare : bool
        Straight into arrays, in half the time; otherwise in PuLP, with names.
    """
    sheet = BareSheet() if bare else Sheet("staffing")
    hires, releases = _given(problem, fixed_hires), _given(problem, fixed_releases)
    staff: list[Staff] = []
    blocks: list[Block] = []
    if problem.scenarios:
        units = [scenario.unit for scenario in problem.scenarios]
        staff = [write_staff(sheet, units[0], hires[0], releases[0], "")] * len(units)
        for k, unit in enumerate(units):
            blocks.append(write_cases(sheet, unit, staff[k], "", f"@{k}"))
    else:
        units = list(problem.units)
        for u, unit in enumerate(units):
            tag = f"{u}," if len(units) > 1 else ""
            staff.append(write_staff(sheet, unit, hires[u], releases[u], tag))
            blocks.append(write_cases(sheet, unit, staff[u], tag, ""))
    costs = [
        block_cost(sheet, unit, own, block)
        for unit, own, block in zip(units, staff, blocks, strict=True)
    ]
    budgets = _write_budgets(sheet, problem, units, staff, blocks)
    objective: Terms = {}
    risk = np.zeros(0, dtype=np.int64)
    if problem.scenarios:
        chance = np.array([scenario.probability for scenario in problem.scenarios])
        objective, risk = write_risk(sheet, costs, chance, problem.cvar)
    else:
        for cost in costs:
            objective.update(cost)
    if not bare:
        sheet.lp.setObjective(pulp.LpAffineExpression(objective))
    return Programme(
        problem=problem,
        sheet=sheet,
        objective=objective,
        staff=tuple(staff),
        blocks=tuple(blocks),
        budgets=budgets,
        risk=risk,
    )


def _given(problem: Problem, given: Given) -> Array:
    """Given staffing as (units, T), NaN where free."""
    shape = len(problem.units), problem.units[0].shape[2]
    if given is None:
        return np.full(shape, np.nan)
    return np.broadcast_to(np.asarray(given, dtype=float), shape)


def _write_budgets(
    sheet: Sheet,
    problem: Problem,
    units: Sequence[Unit],
    staff: Sequence[Staff],
    blocks: Sequence[Block],
) -> Index:
    """One row per budget over all units; under scenarios it holds in each of them."""
    levers = problem.lever_costs_in_budget
    rows = np.zeros((len(units), len(problem.budgets)), dtype=np.int64)
    for i, budget in enumerate(problem.budgets):
        parts = [
            budget_terms(sheet, unit, own, block, budget.months, levers)
            for unit, own, block in zip(units, staff, blocks, strict=True)
        ]
        if problem.scenarios:
            for k, terms in enumerate(parts):
                key = f"budget@{k}[{i}]"
                rows[k, i] = sheet.row(key, terms, AT_MOST, budget.limit)
        else:
            together: Terms = {}
            for terms in parts:
                together.update(terms)
            rows[:, i] = sheet.row(f"budget[{i}]", together, AT_MOST, budget.limit)
    return rows if problem.scenarios else rows[0]


def _unit_solution(optimum: Optimum, staff: Staff, block: Block) -> UnitSolution:
    value, dual = optimum.primal, optimum.duals
    months = len(staff.handlers)
    fairness = np.zeros((len(block.served), months))
    if len(block.fairness):
        fairness = dual[block.fairness]
    return UnitSolution(
        served=value[block.served],
        handlers=value[staff.handlers],
        hires=value[staff.hires],
        releases=value[staff.releases],
        overtime=value[block.overtime],
        freed=value[block.freed].sum(0),
        robot=None if staff.robot is None else bool(value[staff.robot] > 0.5),
        process=None if staff.process is None else bool(value[staff.process] > 0.5),
        balance=dual[block.balance],
        head=dual[staff.head],
        capacity=dual[block.capacity],
        fairness=fairness,
        automation=dual[block.automation],
        routed=value[block.extras.routed],
        partners=value[block.extras.partners],
        waiting=value[block.extras.waiting],
        triage=dual[block.extras.triage],
        client_time=dual[block.extras.client_time],
    )
