"""Rows and columns of levers, and of time kept for intake, written into the program."""

import numpy as np

from .problem import Unit
from .sheet import AT_MOST, Index, Sheet, Terms


def write_levers(
    sheet: Sheet,
    unit: Unit,
    staff: tuple[Index, tuple[int, ...]],
    tag: str,
    scenario: str,
) -> tuple[Index, Index]:
    """Write what levers free: at most a share of those present, nothing unbought.

    Exact because the decision is binary: McCormick's rows for a product with a
    binary factor leave no slack.

    Parameters
    ----------
    staff : tuple
        Columns of handlers, int array (T,), and of the N decisions.

    Returns
    -------
    freed : int array (N, T)
        Columns.
    rows : int array (N, 2, T)
        Rows by handlers, by the decision.
    """
    handlers, decisions = staff
    n_months = unit.shape[2]
    freed = np.zeros((len(unit.levers), n_months), dtype=np.int64)
    rows = np.zeros((len(unit.levers), 2, n_months), dtype=np.int64)
    for i, (lever, bought) in enumerate(zip(unit.levers, decisions, strict=True)):
        robot = i == len(decisions) - 1 and unit.automation is not None
        name = "robot" if robot else "process"
        mark = "freed" if name == "robot" else "freed_process"
        freed[i] = sheet.columns_of(
            f"{mark}{scenario}[{tag}{t}]" for t in range(n_months)
        )
        for t, share in enumerate(lever.freed(unit.absence).tolist()):
            column = sheet.columns[freed[i, t]]
            present: Terms = {column: 1.0, sheet.columns[handlers[t]]: -share}
            most = share * lever.handlers_max
            decided: Terms = {column: 1.0, sheet.columns[bought]: -most}
            by_staff, by_choice = f"{name}_staff{scenario}", f"{name}_bought{scenario}"
            rows[i, 0, t] = sheet.row(f"{by_staff}[{tag}{t}]", present, AT_MOST, 0.0)
            rows[i, 1, t] = sheet.row(f"{by_choice}[{tag}{t}]", decided, AT_MOST, 0.0)
    return freed, rows


def write_kept(sheet: Sheet, unit: Unit, tag: str, scenario: str) -> Index:
    """Write time kept for intake as columns held in place; none where nothing is.

    As a bound, and not inside a right-hand side, it is named where it makes a program
    infeasible.
    """
    if not unit.intake_extra.any():
        return np.zeros(0, dtype=np.int64)
    columns = []
    for t, most in enumerate(unit.kept_for_intake.tolist()):
        name = f"intake_extra{scenario}[{tag}{t}]"
        columns.append(sheet.column(name, most, most, limit=name))
    return np.array(columns, dtype=np.int64)
