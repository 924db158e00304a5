"""Rows and columns that not every unit has: triage, waiting, floors, strain.

The mathematics stands in `formulation`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .problem import Unit
from .sheet import AT_LEAST, AT_MOST, EQUAL, Index, Sheet, Terms


def _nothing() -> Index:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Extras:
    """Where they stand; arrays are empty where a unit does without.

    Attributes
    ----------
    routed : int array (P, T)
        Columns z: new cases sent to labour-market staff.
    partners : int array (T,)
        Columns g: labour-market staff.
    waiting : int array (T,)
        Columns W: intake work left for the next month.
    triage, client_time : int array (T,)
        Rows: capacity of the second pool, the floor on time spent on cases.
    """

    routed: Index
    partners: Index
    waiting: Index
    triage: Index
    client_time: Index

    def waits(self, sheet: Sheet, t: int) -> Iterator[tuple[Any, float]]:
        """Give what waiting moves out of, and into, the capacity row of month t."""
        if len(self.waiting):
            yield sheet.columns[self.waiting[t]], -1.0
            if t:
                yield sheet.columns[self.waiting[t - 1]], 1.0

    def moved(
        self, sheet: Sheet, unit: Unit, s: int, t: int
    ) -> Iterator[tuple[Any, float]]:
        """Give what triage takes from, or adds to, new cases of a segment."""
        if unit.triage is None:
            return
        first = unit.routed.start
        for i, source in enumerate(unit.triage.source.tolist()):
            if s == source:
                yield sheet.columns[self.routed[i, t]], 1.0
            elif s == first + i:
                yield sheet.columns[self.routed[i, t]], -1.0


def write_extras(sheet: Sheet, unit: Unit, tag: str, scenario: str) -> Extras:
    """Write the columns of triage and waiting."""
    most = unit.routable
    routed = np.zeros(most.shape, dtype=np.int64)
    for i, of_one in enumerate(most):
        keys = f"routed{scenario}", f"triage_max{scenario}", f"{tag}{i},"
        routed[i] = sheet.bounded(*keys, of_one)
    partners = waiting = _nothing()
    if unit.triage is not None:
        staff = np.full(unit.shape[2], unit.triage.staff_max)
        keys = f"partners{scenario}", f"triage_staff{scenario}", tag
        partners = sheet.bounded(*keys, staff)
    if unit.waitable.any():
        keys = f"waiting{scenario}", f"waiting_max{scenario}", tag
        waiting = sheet.bounded(*keys, unit.waitable)
    return Extras(routed, partners, waiting, _nothing(), _nothing())


def write_case_rows(
    sheet: Sheet,
    unit: Unit,
    columns: tuple[Index, Index, Index],
    extras: Extras,
    tag: str,
    scenario: str,
) -> Extras:
    """Write the rows that tie staff to cases beside capacity and fairness.

    Parameters
    ----------
    columns : tuple of int array
        Of cases served (S, D, T, L), handlers (T,) and leavers (T,) or (0,).
    """
    served, handlers, leavers = columns
    own, others, months = unit.handled, unit.routed, range(unit.shape[2])
    time = unit.weight[:, :, None] / unit.caseloads  # (S, T, L)
    absent, absent_by_case = unit.strain.absent(unit.absence)
    triage, client_time = [], []
    for t in months:
        here = np.broadcast_to(time[:, None, t], served[:, :, t].shape)
        if len(leavers):
            _, by_case = unit.strain.leaving(unit.turnover)
            terms: Terms = sheet.terms(
                served[own, :, t], np.full_like(here[own], -by_case)
            )
            terms[sheet.columns[leavers[t]]] = 1.0
            sheet.row(f"leavers{scenario}[{tag}{t}]", terms, EQUAL, 0.0)
        if unit.client_time_floor is not None:
            floor = unit.client_time_floor
            spent = here[own] + floor * absent_by_case[t]
            terms = sheet.terms(served[own, :, t], spent)
            terms[sheet.columns[handlers[t]]] = -floor * float(1 - absent[t])
            key = f"client_time{scenario}[{tag}{t}]"
            client_time.append(sheet.row(key, terms, AT_LEAST, 0.0))
        if unit.triage is not None:
            spent = here[others] + unit.renewal_effort
            terms = sheet.terms(served[others, :, t], spent)
            terms[sheet.columns[extras.partners[t]]] = -1.0
            key = f"triage{scenario}[{tag}{t}]"
            triage.append(sheet.row(key, terms, AT_MOST, 0.0))
    return replace(
        extras,
        triage=np.array(triage, dtype=np.int64),
        client_time=np.array(client_time, dtype=np.int64),
    )


def write_fairness(
    sheet: Sheet, unit: Unit, served: Index, tag: str, scenario: str
) -> Index:
    """Write the floor on each segment's mean time, rows (S, T) or none."""
    n_segments, n_buckets, n_months, _ = served.shape
    if unit.fair_floor is None:
        return np.zeros((0, n_months), dtype=np.int64)
    rows = np.zeros((n_segments, n_months), dtype=np.int64)
    above = np.tile(1 / unit.caseloads - 1 / unit.fair_floor, (n_buckets, 1))
    for s, t in np.ndindex(*rows.shape):
        terms = sheet.terms(served[s, :, t], above)
        key = f"fair{scenario}[{tag}{s},{t}]"
        rows[s, t] = sheet.row(key, terms, AT_LEAST, 0.0)
    return rows
