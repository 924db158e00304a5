"""Rows and columns of the staffing program, written into PuLP.

The mathematics stands in `formulation`; here each function writes the rows of one
kind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np

from ..models.domain import Array
from .extrarows import Extras, write_case_rows, write_extras, write_fairness
from .leverrows import write_kept, write_levers
from .problem import Unit
from .sheet import AT_MOST, EQUAL, Index, Sheet, Terms

#: Months averaged after the horizon, so that a season does not tilt what follows.
YEAR = 12
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Staff:
    """Where the staffing of one unit stands: indices of columns and rows.

    Attributes
    ----------
    handlers, hires, releases : int array (T,)
        Columns J, h, f.
    robot, process : int or None
        Columns y.
    leavers : int array (T,) or (0,)
        Columns q, where turnover follows the caseload.
    head : int array (T,)
        Rows.
    """

    handlers: Index
    hires: Index
    releases: Index
    robot: int | None
    process: int | None
    leavers: Index
    head: Index

    @property
    def levers(self) -> tuple[int, ...]:
        """Columns y in the order of `Unit.levers`."""
        return tuple(at for at in (self.process, self.robot) if at is not None)


@dataclass(frozen=True)
class Block:
    """Where the cases of one unit, or of one scenario of it, stand.

    Attributes
    ----------
    served : int array (S, D, T, L)
        Columns x.
    overtime : int array (T,)
        Columns o.
    freed : int array (N, T)
        Columns G of the N levers of the unit.
    extras : Extras
        Columns and rows of what not every unit has.
    balance, capacity, fairness : int array (S, D, T), (T,), (S, T) or (0, T)
        Rows.
    automation : int array (N, 2, T)
        Rows that bound what a lever frees: by handlers, by the decision.
    """

    served: Index
    overtime: Index
    freed: Index
    extras: Extras
    balance: Index
    capacity: Index
    fairness: Index
    automation: Index


def ramp_loss(unit: Unit) -> Array:
    """Share of a hire's time not there k months after arrival, shape (R,).

    (1 - rho_k) (1 - tau)^k: of those hired, who is still there and still learning.
    """
    months = np.arange(len(unit.ramp))
    loss: Array = (1 - unit.ramp) * (1 - unit.turnover) ** months
    return loss


def case_time(unit: Unit) -> Array:
    """Handler-months that a case takes at each level, renewals included, (S, T, L)."""
    time: Array = unit.weight[:, :, None] / unit.caseloads + unit.renewal_effort
    return time


def still_learning(unit: Unit) -> Array:
    """Effective handler-months that a hire lacks after the last month, shape (T,).

    Without it a hire of the last month would be worth a ramp that it has not climbed,
    and a program would hire for that alone.
    """
    months, loss = unit.shape[2], ramp_loss(unit)
    age = months - np.arange(months)  # months since arrival when the horizon ends
    later = np.append(np.cumsum(loss[::-1])[::-1], 0.0)
    lacking: Array = later[np.minimum(age, len(loss))]
    return (1 - float(unit.absence[-YEAR:].mean())) * lacking


def write_staff(
    sheet: Sheet, unit: Unit, fixed_hires: Array, fixed_releases: Array, tag: str
) -> Staff:
    """Write handlers, hires, releases and the head rows of one unit.

    `fixed_hires` and `fixed_releases` (T,) are NaN where free.
    """
    months = range(unit.exit_probability.shape[2])

    def bounded(key: str, limit: str, most: Array, given: Array) -> Index:
        made = []
        for t in months:
            low, high, name = 0.0, float(most[t]), f"{limit}[{tag}{t}]"
            whole = unit.integer_hires
            if not np.isnan(given[t]):
                # what is given stands, above a bound or between whole numbers
                low, high, whole = float(given[t]), float(given[t]), False
                name = f"fixed_{key}[{tag}{t}]"
            elif whole:
                # branch and bound has been seen to lose plans at fractional bounds
                high = float(np.floor(high + _ROUNDING))
            column = f"{key}[{tag}{t}]"
            made.append(sheet.column(column, low, high, whole=whole, limit=name))
        return np.array(made, dtype=np.int64)

    handlers = sheet.columns_of(f"handlers[{tag}{t}]" for t in months)
    hires = bounded("hires", "hire_max", unit.hire_max, fixed_hires)
    releases = bounded("releases", "release_max", unit.release_max, fixed_releases)
    robot, process = (
        None
        if lever is None
        else sheet.column(f"{name}[{tag}]", 0, 1, whole=True, limit=name)
        for name, lever in (("robot", unit.automation), ("process", unit.process))
    )
    if robot is not None and process is not None:
        after: Terms = {sheet.columns[robot]: 1.0, sheet.columns[process]: -1.0}
        sheet.row(f"robot_after_process[{tag}]", after, AT_MOST, 0.0)
    head, leavers = [], np.zeros(0, dtype=np.int64)
    leaving, by_case = unit.strain.leaving(unit.turnover)
    if by_case:
        leavers = sheet.columns_of(f"leavers[{tag}{t}]" for t in months)
    for t in months:
        terms: Terms = {
            sheet.columns[handlers[t]]: 1.0,
            sheet.columns[hires[t]]: -1.0,
            sheet.columns[releases[t]]: 1.0,
        }
        if t:
            terms[sheet.columns[handlers[t - 1]]] = -(1 - leaving)
        if t and by_case:
            terms[sheet.columns[leavers[t - 1]]] = 1.0
        right = 0.0 if t else unit.handlers
        head.append(sheet.row(f"head[{tag}{t}]", terms, EQUAL, right))
    rows = np.array(head, dtype=np.int64)
    return Staff(handlers, hires, releases, robot, process, leavers, rows)


def write_cases(
    sheet: Sheet, unit: Unit, staff: Staff, tag: str, scenario: str
) -> Block:
    """Write cases served, bought capacity and their rows for one unit or scenario."""
    n_segments, n_buckets, n_months, n_levels = unit.shape
    months = range(n_months)
    first = len(sheet.columns)
    for s in range(n_segments):
        for d in range(n_buckets):
            for t in months:
                for level in range(n_levels):
                    sheet.column(f"served{scenario}[{tag}{s},{d},{t},{level}]")
    served = np.arange(first, len(sheet.columns)).reshape(unit.shape)
    limit = f"overtime_max{scenario}" + (f"[{tag[:-1]}]" if tag else "")
    overtime = np.array(
        [
            sheet.column(
                f"overtime{scenario}[{tag}{t}]", 0, unit.overtime_max, limit=limit
            )
            for t in months
        ]
    )
    exits = _write_exits(sheet, unit, served, tag, scenario)
    extras = write_extras(sheet, unit, tag, scenario)
    balance = _write_balance(sheet, unit, served, exits, extras, tag, scenario)
    freed, automation = write_levers(
        sheet, unit, (staff.handlers, staff.levers), tag, scenario
    )
    capacity = []
    absent, absent_by_case = unit.strain.absent(unit.absence)
    effort = case_time(unit) + absent_by_case[:, None]
    effort = effort * unit.own[:, None, None]  # the time of the others is not theirs
    present, loss = 1 - unit.absence, ramp_loss(unit)
    new = unit.intake_effort * unit.inflow.sum(0)
    kept = write_kept(sheet, unit, tag, scenario)
    for t in months:
        here = np.broadcast_to(effort[:, None, t], served[:, :, t].shape)
        terms = sheet.terms(served[:, :, t], here)
        terms[sheet.columns[staff.handlers[t]]] = -float(1 - absent[t])
        terms[sheet.columns[overtime[t]]] = -1.0
        for k in range(min(len(loss), t + 1)):
            hire = sheet.columns[staff.hires[t - k]]
            terms[hire] = float(present[t] * loss[k])
        terms.update((sheet.columns[at], -1.0) for at in freed[:, t])
        terms.update((sheet.columns[at], 1.0) for at in kept[t : t + 1])
        terms.update(extras.waits(sheet, t))
        if unit.intake_effort:
            for back, share in _returns(sheet, unit, exits, t):
                terms[back] = unit.intake_effort * share
        key = f"cap{scenario}[{tag}{t}]"
        capacity.append(sheet.row(key, terms, AT_MOST, -new[t]))
    fairness = write_fairness(sheet, unit, served, tag, scenario)
    if unit.leans_on_cases:
        extras = write_case_rows(
            sheet, unit, (served, staff.handlers, staff.leavers), extras, tag, scenario
        )
    rows = balance, np.array(capacity), fairness, automation
    return Block(served, overtime, freed, extras, *rows)


def _write_exits(
    sheet: Sheet, unit: Unit, served: Index, tag: str, scenario: str
) -> Index:
    """Write exits per segment and month, as columns of their own where people return.

    Spelling the exits out in every month they come back to would fill the balance
    rows with buckets x levels x lags entries.
    """
    months = range(served.shape[2] - 1 if unit.reentry.any() else 0)
    exits = np.zeros((served.shape[0], len(months)), dtype=np.int64)
    for s, t in np.ndindex(*exits.shape):
        exits[s, t] = sheet.column(f"exits{scenario}[{tag}{s},{t}]")
        terms = sheet.terms(served[s, :, t], -unit.exit_probability[s, :, t])
        terms[sheet.columns[exits[s, t]]] = 1.0
        sheet.row(f"exits{scenario}[{tag}{s},{t}]", terms, EQUAL, 0.0)
    return exits


def _returns(
    sheet: Sheet, unit: Unit, exits: Index, t: int
) -> Iterable[tuple[Any, float]]:
    """Columns of exits that come back in month t, all segments, with the share."""
    for s in range(len(exits)):
        yield from _returns_of(sheet, unit, exits, s, t)


def _returns_of(
    sheet: Sheet, unit: Unit, exits: Index, s: int, t: int
) -> Iterable[tuple[Any, float]]:
    if exits.shape[1]:
        for k in range(1, min(t, unit.reentry.shape[1]) + 1):
            if share := float(unit.reentry[s, k - 1]):
                yield sheet.columns[exits[s, t - k]], share


def _write_balance(
    sheet: Sheet,
    unit: Unit,
    served: Index,
    exits: Index,
    extras: Extras,
    tag: str,
    scenario: str,
) -> Index:
    p = unit.exit_probability
    stay = (1 - p) * (1 - unit.ageing)[:, :, None, None]
    older = (1 - p) * unit.ageing[:, :, None, None]
    rows = np.zeros(served.shape[:3], dtype=np.int64)
    columns = sheet.columns
    levels = served.shape[3]
    for s, d, t in np.ndindex(*rows.shape):
        at = int(served[s, d, t, 0])
        terms: Terms = dict(zip(columns[at : at + levels], repeat(1.0), strict=False))
        right = float(unit.stock[s, d])
        if t:
            terms.update(sheet.terms(served[s, d, t - 1], -stay[s, d, t - 1]))
            if d:
                came = -older[s, d - 1, t - 1]
                terms.update(sheet.terms(served[s, d - 1, t - 1], came))
                right = 0.0
            else:
                back = _returns_of(sheet, unit, exits, s, t)
                terms.update((column, -share) for column, share in back)
                terms.update(extras.moved(sheet, unit, s, t))
                right = float(unit.inflow[s, t])
        key = f"bal{scenario}[{tag}{s},{d},{t}]"
        rows[s, d, t] = sheet.row(key, terms, EQUAL, right)
    return rows
