r"""Plans that cost about as much as the best one, and differ from it most.

With cost c(x) of the program, one row is added and something else takes the place of
the objective,

    min or max a(x)    subject to    c(x) <= ceiling,

so that the program itself, and no search, finds how far one may go: the fewest and the
most handlers, the fewest hires, and, with as many handlers in the last year as the best
plan has, the latest and the earliest hiring. Hires are in fractions; levers are bought
or not, as each plan likes.

References
----------
Brill, Chang and Hopkins (1982), "Modeling to generate alternatives".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from ..models.domain import Array
from .optimum import Rows
from .problem import Problem
from .programme import build, relaxed
from .sheet import Index
from .solution import Solution
from .solver import Resident

#: The best plan, and those that go as far from it as the ceiling allows.
BEST = "best"
KINDS = (BEST, "fewest", "most", "later", "earlier", "fewest_hires")
#: Months over which "as many handlers in the end" is counted.
YEAR = 12
#: Handlers, as a share of the most in the best plan, that tell no plans apart.
SAME = 0.1


@dataclass(frozen=True)
class Alternative:
    """A way of staffing that costs no more than the ceiling.

    Attributes
    ----------
    kind : str
        Of `KINDS`.
    handlers, hires, releases : array (T,)
    shortage : array (T,)
        Bought capacity, effective handler-months.
    robot, process : bool or None
        Whether it is bought; None where it is no choice.
    cost_sek : float
        The program's objective, discounted.
    above_sek : float
        The same less that of the best plan.
    """

    kind: str
    handlers: Array
    hires: Array
    releases: Array
    shortage: Array
    robot: bool | None
    process: bool | None
    cost_sek: float
    above_sek: float

    @property
    def late_handlers(self) -> float:
        """Mean number of handlers over the last year."""
        return float(self.handlers[-YEAR:].mean())


class NearBest:
    """The program of one unit, its cost below a ceiling, asked for something else.

    Parameters
    ----------
    problem : Problem
        One unit, budgets allowed, no scenarios.
    ceiling : float
        Discounted SEK, at least the optimum.

    Attributes
    ----------
    staff : Staff
        Where handlers, hires, releases and levers stand.
    bought : int array (T,)
        Where bought capacity stands.
    cost : array (n,)
        Discounted SEK per unit of each column.
    """

    def __init__(self, problem: Problem, ceiling: float) -> None:
        programme = build(relaxed(problem), bare=True)
        resident = programme.resident()
        self.staff, self.bought = programme.staff[0], programme.blocks[0].overtime
        self.cost = resident.rows.cost
        self._whole, self._limits = resident.whole, programme.sheet.column_limits
        self._rows = _with_row(resident.rows, self.cost, -np.inf, ceiling)
        self._keys = (*programme.sheet.row_keys, "budget[ceiling]")

    def least(
        self, columns: Index, sign: float = 1.0, late_handlers: float | None = None
    ) -> Array:
        """Plan in which the mean of some columns is least; every column, shape (n,).

        Parameters
        ----------
        columns : int array
        sign : float
            -1 for the plan in which it is most.
        late_handlers : float or None
            Mean number of handlers over the last year to be kept to.

        Raises
        ------
        InfeasibleError, SolverError
            The ceiling lies below the optimum.
        """
        rows, keys = self._rows, self._keys
        if late_handlers is not None:
            late = self.staff.handlers[-YEAR:]
            mean = _mean(late, len(self.cost))
            rows = _with_row(rows, mean, late_handlers, late_handlers)
            keys = (*keys, "budget[late_handlers]")
        rows = replace(rows, cost=sign * _mean(columns, len(self.cost)))
        resident = Resident.of(rows, self._whole.copy(), self._limits, keys)
        return resident.optimum().primal


def alternatives(
    problem: Problem, best: Solution, ceiling: float
) -> tuple[Alternative, ...]:
    """Find the best plan's neighbours at a distance, the best plan first.

    Parameters
    ----------
    problem : Problem
        One unit, budgets allowed, no scenarios.
    best : Solution
        Its optimum, hires in fractions.
    ceiling : float
        Discounted SEK, at least the optimum.

    Returns
    -------
    tuple of Alternative
        One of each of `KINDS`.

    Raises
    ------
    InfeasibleError, SolverError
        As `NearBest.least`.
    """
    near = NearBest(problem, ceiling)
    plan, total = best.units[0], best.objective
    staff = plan.handlers, plan.hires, plan.releases, plan.overtime
    first = Alternative(BEST, *staff, plan.robot, plan.process, total, 0.0)
    handlers, hires = near.staff.handlers, near.staff.hires
    late = first.late_handlers
    asked = (
        ("fewest", handlers, 1.0, None),
        ("most", handlers, -1.0, None),
        ("later", handlers, 1.0, late),
        ("earlier", handlers, -1.0, late),
        ("fewest_hires", hires, 1.0, None),
    )
    found = [
        _read(kind, near, near.least(columns, sign, held), total)
        for kind, columns, sign, held in asked
    ]
    return (first, *found)


def distinct(found: Sequence[Alternative]) -> tuple[Alternative, ...]:
    """Leave out plans that hardly differ from one before them."""
    kept: list[Alternative] = []
    for one in found:
        if all(_differ(one, other, found[0]) for other in kept):
            kept.append(one)
    return tuple(kept)


def _read(kind: str, near: NearBest, primal: Array, optimum: float) -> Alternative:
    staff, cost = near.staff, float(near.cost @ primal)
    robot, process = (
        None if column is None else bool(primal[column] > 0.5)
        for column in (staff.robot, staff.process)
    )
    return Alternative(
        kind=kind,
        handlers=primal[staff.handlers],
        hires=primal[staff.hires],
        releases=primal[staff.releases],
        shortage=primal[near.bought],
        robot=robot,
        process=process,
        cost_sek=cost,
        above_sek=cost - optimum,
    )


def _differ(one: Alternative, other: Alternative, best: Alternative) -> bool:
    """Whether a reader would call two plans two."""
    apart = np.abs(one.handlers - other.handlers).max()
    bought = (one.robot, one.process) != (other.robot, other.process)
    return bought or bool(apart > SAME * best.handlers.max())


def _mean(columns: Index, n: int) -> Array:
    """Coefficients of the mean of some columns among n."""
    mean = np.zeros(n)
    mean[columns] = 1 / len(columns)
    return mean


def _with_row(rows: Rows, terms: Array, low: float, high: float) -> Rows:
    """Rows, and one more."""
    return replace(
        rows,
        matrix=sparse.vstack([rows.matrix, sparse.csr_matrix(terms)], format="csr"),
        row_low=np.append(rows.row_low, low),
        row_high=np.append(rows.row_high, high),
    )
