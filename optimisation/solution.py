"""What a solved staffing program says: staffing, cases served, and prices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..models.domain import Array
from .optimum import Status


@dataclass(frozen=True)
class UnitSolution:
    """Staffing and prices of one unit, or of one scenario of it.

    Prices are d(objective)/d(right-hand side): discounted SEK per handler-month, per
    handler, per case.

    Attributes
    ----------
    served : array (S, D, T, L)
        Cases served at each intensity level [x].
    handlers, hires, releases : array (T,)
        Employed, arriving and leaving on request [J, h, f].
    overtime : array (T,)
        Bought capacity, effective handler-months [o]; above 0 = a shortage.
    freed : array (T,)
        Effective handler-months that levers free [G]; 0 without any.
    robot, process : bool or None
        Whether the robot, the change of process, is bought; None where it is no
        choice. In a relaxation: whether more than half of it is.
    balance : array (S, D, T)
        Price of one more case in the month, >= 0 where cases cost.
    head : array (T,)
        Price of one more handler, <= 0 where it helps.
    capacity : array (T,)
        Price of one more effective handler-month, <= 0.
    fairness : array (S, T)
        Price of the fairness floor, >= 0; 0 without one.
    automation : array (N, 2, T)
        Prices of the two rows that bound what each lever frees, <= 0.
    routed : array (P, T)
        New cases sent to labour-market staff [z].
    partners, waiting : array (T,) or (0,)
        Labour-market staff, effective months [g]; handler-months of intake work left
        for the next month [W].
    triage, client_time : array (T,) or (0,)
        Price of a month of labour-market staff, <= 0; of the floor on time spent on
        cases, >= 0.
    replaces : bool
        Whether leavers are replaced one by one between whole posts, see `posts`.
    """

    served: Array
    handlers: Array
    hires: Array
    releases: Array
    overtime: Array
    freed: Array
    robot: bool | None
    process: bool | None
    balance: Array
    head: Array
    capacity: Array
    fairness: Array
    automation: Array
    routed: Array
    partners: Array
    waiting: Array
    triage: Array
    client_time: Array
    replaces: bool = False


@dataclass(frozen=True)
class Solution:
    """An optimum of the staffing program.

    Attributes
    ----------
    status : Status
    objective : float
        Discounted SEK.
    units : tuple of UnitSolution
        One per unit; under scenarios one per scenario, with the same staffing.
    budget_duals : array (B,), or (N, B) under N scenarios
        Discounted SEK per SEK of budget, <= 0: net of the krona itself.
    risk_duals : array (N,) or (0,)
        Extra weight that CVaR lays on each scenario; sums to its weight.
    bound : float
        Proven lower bound of the program that was solved.
    integrality_gap : float
        What whole numbers cost: (objective - optimum of the relaxation) / objective.
        0 where nothing had to be whole.
    route : str
        How the solver reached it.
    """

    status: Status
    objective: float
    units: tuple[UnitSolution, ...]
    budget_duals: Array
    risk_duals: Array
    bound: float
    integrality_gap: float = 0.0
    route: str = ""

    def dual_keys(self) -> dict[str, float]:
        """Prices by row name.

        ``bal[s,d,t]``, ``head[t]``, ``cap[t]``, ``budget[i]``; ``cap[u,t]`` and so on
        for several units; ``cap@k[t]`` for scenario k, whose staffing rows are shared.
        """
        scenarios = len(self.units) if self.budget_duals.ndim == 2 else 0
        many = len(self.units) > 1 and not scenarios
        named: dict[str, float] = {}
        for u, unit in enumerate(self.units):
            tag = (u,) if many else ()
            mark = f"@{u}" if scenarios else ""
            _name(named, f"bal{mark}", tag, unit.balance)
            _name(named, "head", tag, unit.head)
            _name(named, f"cap{mark}", tag, unit.capacity)
        for k, duals in enumerate(np.atleast_2d(self.budget_duals)):
            _name(named, f"budget@{k}" if scenarios else "budget", (), duals)
        return named


def _name(named: dict[str, float], kind: str, tag: Sequence[int], duals: Array) -> None:
    for at, value in np.ndenumerate(duals):
        place = ",".join(map(str, (*tag, *at)))
        named[f"{kind}[{place}]"] = float(value) + 0.0  # no minus zero
