"""Which rows and bounds of a program cannot hold together.

HiGHS names a set of clashing rows, but does not always bring it down to those that
are needed, and has none where only whole numbers clash. So its set is a start: rows
are dropped, block by block, for as long as no plan exists without them; what cannot
be dropped is the conflict (deletion filter, Chinneck 2008).
"""

from collections.abc import Callable, Sequence
from typing import Any

import highspy
import numpy as np

_IRREDUCIBLE = int(highspy.IisStrategy.kIisStrategyIrreducible)
_INFEASIBLE = {
    highspy.HighsModelStatus.kInfeasible,
    # costs are nil in the trial, so it cannot be unbounded
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
}
#: Kinds of rows in the order in which a planner can do something about them.
_LIMITS = ("budget", "client_time", "cap", "triage", "fair")
_KINDS = (
    *_LIMITS,
    *("robot", "process", "head", "leavers", "bal", "exits", "excess"),
)
_MANY = 3000  # rows; above, only limits are looked at


def conflict_of(
    highs: Any, limits: Sequence[str], row_keys: Sequence[str]
) -> list[str]:
    """Name the rows and bounds that clash in an infeasible program.

    Parameters
    ----------
    highs : highspy.Highs
        Holding the program; it is left as it is.
    limits : sequence of str
        What to call the bounds of each column; empty where no one set them.
    row_keys : sequence of str

    Returns
    -------
    list of str
        Rows such as ``budget[0]``, those that somebody set first; then bounds such
        as ``hire_max[3]``. Without any one of them there would be a plan.
    """
    trial = _Trial(highs)
    rows = list(range(len(row_keys)))
    suspects = trial.suspects()
    if suspects:
        others = sorted(set(rows) - set(suspects))
        trial.free_rows(others)
        if trial.infeasible():
            rows = suspects
        else:
            trial.restore_rows(others)
    if len(rows) > _MANY or (trial.whole and not suspects):
        rows = [i for i in rows if _kind(row_keys[i]) in _LIMITS]
    needed = _needed(rows[::-1], trial.free_rows, trial.restore_rows, trial.infeasible)
    columns = [j for j, name in enumerate(limits) if name]
    bounds = _needed(
        columns[::-1], trial.free_columns, trial.restore_columns, trial.infeasible
    )
    named = [row_keys[i] for i in sorted(needed)]
    named.sort(key=lambda key: _KINDS.index(_kind(key)))
    return named + list(dict.fromkeys(limits[j] for j in sorted(bounds)))


def _kind(key: str) -> str:
    """Kind of a row: its key starts with it."""
    return next(kind for kind in _KINDS if key.startswith(kind))


def _needed(
    block: list[int],
    free: Callable[[list[int]], None],
    restore: Callable[[list[int]], None],
    infeasible: Callable[[], bool],
) -> list[int]:
    """Members of a block without which the rest is no longer infeasible."""
    if not block:
        return []
    free(block)
    if infeasible():
        return []
    restore(block)
    if len(block) == 1:
        return block
    half = len(block) // 2
    return _needed(block[:half], free, restore, infeasible) + _needed(
        block[half:], free, restore, infeasible
    )


class _Trial:
    """A copy of the program without costs, to drop rows and bounds from."""

    def __init__(self, highs: Any) -> None:
        lp = highs.getLp()
        self.whole = bool(len(lp.integrality_)) and any(
            kind == highspy.HighsVarType.kInteger for kind in lp.integrality_
        )
        self.rows = np.array(lp.row_lower_), np.array(lp.row_upper_)
        self.columns = np.array(lp.col_lower_), np.array(lp.col_upper_)
        self.copy: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self.copy.setOptionValue("output_flag", False)
        self.copy.setOptionValue("parallel", "off")
        self.copy.passModel(lp)
        for j in range(len(self.columns[0])):
            self.copy.changeColCost(j, 0.0)
        if not self.whole:
            self.copy.setOptionValue("solver", "simplex")
            self.copy.setOptionValue("presolve", "off")

    def suspects(self) -> list[int]:
        """Rows of the set that HiGHS finds in the relaxation; may be empty."""
        if self.whole:
            return []
        self.copy.setOptionValue("iis_strategy", _IRREDUCIBLE)
        status, found = self.copy.getIis()
        return [] if status == highspy.HighsStatus.kError else list(found.row_index_)

    def infeasible(self) -> bool:
        self.copy.run()
        return self.copy.getModelStatus() in _INFEASIBLE

    def free_rows(self, rows: list[int]) -> None:
        for i in rows:
            self.copy.changeRowBounds(i, -np.inf, np.inf)

    def restore_rows(self, rows: list[int]) -> None:
        for i in rows:
            self.copy.changeRowBounds(i, self.rows[0][i], self.rows[1][i])

    def free_columns(self, columns: list[int]) -> None:
        for j in columns:
            self.copy.changeColBounds(j, 0.0, np.inf)

    def restore_columns(self, columns: list[int]) -> None:
        for j in columns:
            self.copy.changeColBounds(j, self.columns[0][j], self.columns[1][j])
