"""One municipality of a nation: resident in HiGHS, its staff dearer by a price.

Of the program of `formulation` it keeps what is its own. The budgets, which it shares
with all others, are prices to it: what it spends costs `prices` SEK more per SEK.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from scipy import sparse

from ..models.domain import Array, InfeasibleError
from .baresheet import BareSheet
from .costs import budget_terms
from .formulation import Programme, build
from .optimum import Optimum, Route
from .policy import today_policy
from .problem import Budget, Problem, Unit
from .solution import UnitSolution

#: Reduced costs below this share of the largest cost are rounding.
_TINY = 1e-9


@dataclass(frozen=True)
class Column:
    """One plan of a municipality, as all that the others have to know of it.

    Attributes
    ----------
    cost : float
        Discounted SEK without prices.
    spending : array (B,)
        SEK in each budget.
    primal : scipy.sparse.csr_matrix (1, n)
        The plan itself. At a vertex five values of six are nil.
    """

    cost: float
    spending: Array
    primal: Any


@dataclass(frozen=True)
class Answer:
    """What a municipality does at given prices.

    Attributes
    ----------
    value : float
        Its least cost, what it pays for the budgets included.
    column : Column
    duals : array (m,)
        By row.
    """

    value: float
    column: Column
    duals: Array


class Municipality:
    """A unit whose share of the budgets is priced.

    Parameters
    ----------
    unit : Unit
        Solved in fractions of handlers and levers.
    budgets : tuple of Budget
        Only their months matter here.
    levers : bool
        Whether a lever's cost enters the budgets.
    floor : array (T,) or None
        Least handlers.
    tag : str
        Number of the municipality followed by a comma, as in the keys of a program of
        many units; empty where it is alone.
    """

    def __init__(
        self,
        unit: Unit,
        budgets: tuple[Budget, ...],
        levers: bool,
        floor: Array | None,
        tag: str,
    ) -> None:
        programme = build(Problem((unit,)), bare=True)
        sheet, staff = cast(BareSheet, programme.sheet), programme.staff[0]
        self.unit, self.staff, self._tag = unit, staff, tag
        self.resident = sheet.resident(programme.objective, relax=True)
        self.cost = self.resident.rows.cost.copy()
        self._all = np.arange(len(self.cost))
        self._spends = sparse.lil_matrix((len(budgets), len(self.cost)))
        for i, budget in enumerate(budgets):
            terms = budget_terms(
                sheet, unit, staff, programme.blocks[0], budget.months, levers
            )
            self._spends[i, list(terms)] = list(terms.values())
        self._spends = self._spends.tocsr()
        # in the resident the program is whole: the sheet, ten times its size, may go
        self._programme: Programme = replace(programme, sheet=BareSheet(), objective={})
        self.floor = np.zeros(unit.shape[2]) if floor is None else floor
        if self.floor.any():
            for t, at in enumerate(staff.handlers.tolist()):
                self.resident.limits[at] = f"equity_floor[{t}]"  # type: ignore[index]
            self._floor(self.floor)

    def start(self, prices: Array, other: "Municipality | None") -> None:
        """Begin where another one is at the same prices, if it is of the same shape."""
        self._reprice(prices, 1.0)
        if other is not None and self.resident.is_like(other.resident):
            self.resident.start_from(other.resident)

    def answer(
        self, prices: Array, own: float = 1.0, *, explain: bool = True
    ) -> Answer:
        """Solve at given prices (B,); `own` 0 lets nothing but the budgets matter.

        `explain` as in `Resident.optimum`.

        Raises
        ------
        InfeasibleError
            The municipality has no plan whatever the budgets.
        SolverError
            No proven optimum by any route.
        """
        self._reprice(prices, own)
        try:
            found = self.resident.optimum(explain=explain)
        except InfeasibleError as error:
            names = [self._tagged(name) for name in error.conflict]
            raise InfeasibleError(f"{self.unit.name}: {error}", names) from error
        column = Column(
            cost=float(self.cost @ found.primal),
            spending=self._spends @ found.primal,
            primal=sparse.csr_matrix(found.primal),
        )
        return Answer(found.objective, column, found.duals)

    def solution(self, primal: Array, duals: Array) -> UnitSolution:
        """Put a plan, and the prices of its rows, back where they belong."""
        cost = float(self.cost @ primal)
        whole = Optimum(cost, primal, duals, cost, Route.AGAIN)
        return self._programme.solution(whole).units[0]

    def holding(self, answer: Answer, prices: Array, own: float = 1.0) -> list[str]:
        """Name the limits that somebody set and that an answer would loosen."""
        rows = self.resident.rows
        cost = own * self.cost + self._spends.T @ prices
        reduced = cost - rows.matrix.T @ answer.duals
        small = _TINY * np.abs(cost).max(initial=0.0)
        binds = (reduced < -small) | ((reduced > small) & (rows.low > 0))
        names = (self.resident.limits[at] for at in np.flatnonzero(binds).tolist())
        return [self._tagged(name) for name in names if name]

    @contextmanager
    def without_floor(self) -> Iterator[None]:
        """Let handlers be as few as the plan wants, for a while."""
        self._floor(np.zeros_like(self.floor))
        try:
            yield
        finally:
            self._floor(self.floor)

    @contextmanager
    def as_today(self) -> Iterator[None]:
        """Hold today's staffing for a while: who leaves is replaced, nobody else."""
        staff, today = self.staff, today_policy(self.unit)
        at = np.concatenate([staff.handlers, staff.hires, staff.releases])
        rows = self.resident.rows
        low, high = rows.low[at].copy(), rows.high[at].copy()
        held = np.concatenate([today.handlers, today.hires, today.releases])
        least, most = held.copy(), held.copy()
        if self.unit.strain.turnover:  # who leaves depends on the cases
            least[self.unit.shape[2] :], most[self.unit.shape[2] :] = 0.0, np.inf
        self.resident.hold(at, least, most)
        try:
            yield
        finally:
            self.resident.hold(at, low, high)

    @contextmanager
    def with_more(self, handlers: float) -> Iterator[None]:
        """Lend handlers (fewer where negative) for the whole horizon, for a while."""
        capacity = self._programme.blocks[0].capacity
        rows, absent = self.resident.rows, self.unit.strain.absent(self.unit.absence)[0]
        low, high = rows.row_low[capacity].copy(), rows.row_high[capacity].copy()
        self.resident.right_side(capacity, low, high + handlers * (1 - absent))
        try:
            yield
        finally:
            self.resident.right_side(capacity, low, high)

    def wage(self, budgets: tuple[Budget, ...], prices: Array) -> float:
        """Price of one handler over the horizon: the wage, and what budgets add."""
        paid = self.unit.discount ** np.arange(self.unit.shape[2], dtype=float)
        for budget, price in zip(budgets, prices.tolist(), strict=True):
            paid[list(budget.months)] += price
        return float(self.unit.cost_handler * paid.sum())

    def _reprice(self, prices: Array, own: float) -> None:
        cost = own * self.cost + self._spends.T @ prices
        self.resident.reprice(self._all, cost)

    def _floor(self, least: Array) -> None:
        self.resident.hold(self.staff.handlers, least, np.full(len(least), np.inf))

    def _tagged(self, name: str) -> str:
        """Name a row or bound as a program of many units does."""
        kind, bracket, rest = name.partition("[")
        if not self._tag:
            return name
        return f"{kind}[{self._tag}{rest}" if bracket else f"{kind}[{self._tag[:-1]}]"
