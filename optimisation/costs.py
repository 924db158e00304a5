"""What everything costs: the objective and the budget rows, by column."""

import numpy as np

from ..models.domain import Array
from .problem import Automation, CVaR, Unit
from .rows import Block, Staff, still_learning
from .sheet import AT_LEAST, Index, Sheet, Terms


def case_costs(unit: Unit) -> Array:
    """Discounted cost of serving a case, shape (S, D, T, L).

    Benefit in the month; after the last month the value of what is still open, and
    of those who left but come back after the horizon.
    """
    months = unit.exit_probability.shape[2]
    p, value = unit.exit_probability, unit.terminal_value
    discount = unit.discount ** np.arange(months)
    cost = np.zeros_like(p) + (unit.benefit * discount)[:, None, :, None]
    older = np.zeros_like(value)
    older[:, :-1] = value[:, 1:]
    open_after = (1 - unit.ageing) * value + unit.ageing * older
    cost[:, :, -1] += unit.discount**months * (1 - p[:, :, -1]) * open_after[:, :, None]
    lags = unit.reentry.shape[1]
    for t in range(max(0, months - lags), months):
        late = np.arange(months - t, lags + 1)  # lags that end after the horizon
        share = unit.reentry[:, late - 1] * unit.discount ** (t + late)
        back = share.sum(1) * value[:, 0]
        cost[:, :, t] += p[:, :, t] * back[:, None, None]
    return cost


def staff_costs(unit: Unit) -> dict[str, Array]:
    """Discounted cost per handler, hire, release, bought month and so on, each (T,).

    The handlers of the last month carry what those who stay are worth afterwards, and
    late hires what they have still to learn then.
    """
    months = unit.exit_probability.shape[2]
    discount: Array = unit.discount ** np.arange(months, dtype=float)
    handlers: Array = unit.cost_handler * discount
    leaving, _ = unit.strain.leaving(unit.turnover)
    kept = unit.discount**months * unit.handler_value
    handlers[-1] -= kept * (1 - leaving)
    leavers = np.zeros(months)
    leavers[-1] = kept
    lacking = unit.discount**months * unit.month_value * still_learning(unit)
    return {
        "handlers": handlers,
        "hires": unit.cost_hire * discount + lacking,
        "releases": unit.cost_release * discount,
        "overtime": unit.cost_overtime * discount,
        "leavers": leavers,
        "partners": (0.0 if unit.triage is None else unit.triage.cost) * discount,
    }


def lever_cost(unit: Unit, lever: Automation) -> float:
    """Discounted cost of a lever over the horizon."""
    months = unit.shape[2]
    return float(lever.spending(months) @ unit.discount ** np.arange(months))


def robot_cost(unit: Unit) -> float:
    """Discounted cost of the robot over the horizon, 0 without one."""
    return 0.0 if unit.automation is None else lever_cost(unit, unit.automation)


def block_cost(sheet: Sheet, unit: Unit, staff: Staff, block: Block) -> Terms:
    """Whole discounted cost of one unit, or of one scenario, by column."""
    costs = staff_costs(unit)
    terms = sheet.terms(block.served, case_costs(unit))
    terms.update(sheet.terms(staff.handlers, costs["handlers"]))
    terms.update(sheet.terms(staff.hires, costs["hires"]))
    terms.update(sheet.terms(staff.releases, costs["releases"]))
    terms.update(sheet.terms(block.overtime, costs["overtime"]))
    for columns, kind in (
        (staff.leavers, "leavers"),
        (block.extras.partners, "partners"),
    ):
        terms.update(sheet.terms(columns, costs[kind][: len(columns)]))
    for lever, bought in zip(unit.levers, staff.levers, strict=True):
        terms[sheet.columns[bought]] = lever_cost(unit, lever)
    return terms


def budget_terms(
    sheet: Sheet,
    unit: Unit,
    staff: Staff,
    block: Block,
    months: tuple[int, ...],
    levers: bool,
) -> Terms:
    """Undiscounted staff cost of one unit over some months, by column."""
    terms: Terms = {}
    for indices, cost in (
        (staff.handlers, unit.cost_handler),
        (staff.hires, unit.cost_hire),
        (staff.releases, unit.cost_release),
        (block.overtime, unit.cost_overtime),
        (block.extras.partners, unit.triage.cost if unit.triage else 0.0),
    ):
        for t in months if len(indices) else ():
            terms[sheet.columns[indices[t]]] = float(cost)
    if levers:
        for lever, bought in zip(unit.levers, staff.levers, strict=True):
            spent = lever.spending(unit.shape[2])[list(months)]
            terms[sheet.columns[bought]] = float(spent.sum())
    return terms


def write_risk(
    sheet: Sheet, costs: list[Terms], probability: Array, cvar: CVaR | None
) -> tuple[Terms, Index]:
    """Objective over scenarios, and the rows of CVaR (Rockafellar and Uryasev, 2000).

    Returns
    -------
    objective : dict
    rows : int array (N,) or (0,)
        ``excess[k]``: what scenario k costs above the threshold.
    """
    averse = cvar.weight if cvar else 0.0
    objective: Terms = {}
    for chance, cost in zip(probability.tolist(), costs, strict=True):
        for column, value in cost.items():
            part = (1 - averse) * chance * value
            objective[column] = objective.get(column, 0.0) + part
    if cvar is None or not averse:
        return objective, np.zeros(0, dtype=np.int64)
    threshold = sheet.columns[sheet.column("threshold", low=None)]
    objective[threshold] = averse
    rows = []
    for k, (chance, cost) in enumerate(zip(probability.tolist(), costs, strict=True)):
        above = sheet.columns[sheet.column(f"excess[{k}]")]
        objective[above] = averse * chance / (1 - cvar.alpha)
        terms: Terms = {column: -value for column, value in cost.items()}
        terms[above] = terms[threshold] = 1.0
        rows.append(sheet.row(f"excess[{k}]", terms, AT_LEAST, 0.0))
    return objective, np.array(rows, dtype=np.int64)
