"""Counting-process rows and their collapse to cells, so that months never expand.

One row is one household over months `entry < month <= stop` (months on assistance,
0-based: it is served in elapsed months entry..stop-1) in which nothing about it
changes. Left truncation (entry > 0), right censoring (exit missing), re-entry and a
changing caseload then need no special code. The likelihood of a discrete-time hazard
depends on rows only through the counts in cells (duration band x covariates).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .domain import Array, Fault, InputError

Ints = NDArray[np.int64]
#: Entries of the (covariates x months) table that are counted at a time.
BLOCK = 4_000_000


class Rows(NamedTuple):
    """Checked rows: elapsed months `entry`..`stop - 1`, `exit` code or -1.

    Each array has shape (n,).
    """

    entry: Ints
    stop: Ints
    exit: Ints


class Cells(NamedTuple):
    """Counts of household-months by covariate pattern and duration band.

    Attributes
    ----------
    pattern, band : int arrays of shape (C,)
    counts : array of shape (C, 1 + J)
        Household-months that stayed, and exits by destination.
    """

    pattern: Ints
    band: Ints
    counts: Array


class Counted(NamedTuple):
    """Cells and the monthly totals that they came from.

    Attributes
    ----------
    cells : Cells
    at_risk : array of shape (M,)
        Household-months by elapsed month.
    exits : array of shape (M, J)
    """

    cells: Cells
    at_risk: Array
    exits: Array


def band_starts(last: int, breaks: Sequence[int] | Ints = ()) -> Ints:
    """First months of the duration bands: monthly to 24, quarterly to 60, yearly.

    Parameters
    ----------
    last : int
        Last elapsed month that must be inside a band.
    breaks : sequence of int
        Months in which a band begins too.

    >>> band_starts(30)[-4:]
    array([23, 24, 27, 30])
    """
    starts = np.concatenate(
        [np.arange(24), np.arange(24, 60, 3), np.arange(60, max(last, 60) + 12, 12)]
    )
    starts = np.union1d(starts, np.asarray(breaks, dtype=starts.dtype))
    return starts[starts <= last]


def check_rows(y: pd.DataFrame, destinations: Sequence[str]) -> Rows:
    """Check rows and give destinations their codes.

    Raises
    ------
    InputError
        With every fault found: no rows, months that are not whole numbers, stop not
        after entry, unknown destination.
    """
    absent = [c for c in ("entry", "stop", "exit") if c not in y.columns]
    if absent:
        raise ValueError(f"y must have columns entry, stop, exit; lacks {absent}")
    if y.empty:
        raise InputError([_fault("no_rows", "there are no spells", "add spells")])
    faults = []
    months = y[["entry", "stop"]].apply(pd.to_numeric, errors="coerce").to_numpy(float)
    whole = np.isfinite(months).all(axis=1) & (months == np.round(months)).all(axis=1)
    if not whole.all():
        faults.append(_row_fault("spell_months", "entry or stop is no month", ~whole))
    early = whole & (months[:, 0] < 0)
    if early.any():
        faults.append(_row_fault("entry_negative", "entry is below 0", early))
    backward = whole & (months[:, 1] <= months[:, 0])
    if backward.any():
        faults.append(_row_fault("exit_before_entry", "the end is not later", backward))
    names = y["exit"]
    code = pd.Index(destinations).get_indexer(pd.Index(names.astype(object)))
    unknown = (code < 0) & names.notna().to_numpy()
    if unknown.any():
        which = ", ".join(sorted(set(names[unknown].astype(str)))[:5])
        known = ", ".join(destinations)
        fault = _row_fault(
            "unknown_destination",
            f"unknown destination {which}; known: {known}",
            unknown,
        )
        faults.append(fault)
    if faults:
        raise InputError(faults)
    entry, stop = months.astype(np.int64).T
    return Rows(entry, stop, np.asarray(code, dtype=np.int64))


def recode(rows: Rows, known: Sequence[str], learned: Sequence[str]) -> Rows:
    """Give exits the codes of the destinations that a model learned.

    Raises
    ------
    ValueError
        An exit to a known destination that was never seen in training.
    """
    index = pd.Index(learned).get_indexer(pd.Index(known))
    code = np.where(rows.exit >= 0, index[rows.exit], -1)
    lost = (rows.exit >= 0) & (code < 0)
    if lost.any():
        name = known[int(rows.exit[lost][0])]
        raise ValueError(f"exits to {name} were never seen in training")
    return rows._replace(exit=code.astype(np.int64))


def collapse(
    rows: Rows, pattern: Ints, n_patterns: int, n_destinations: int, starts: Ints
) -> Counted:
    """Count rows into cells, patterns in blocks so that memory stays bounded.

    Parameters
    ----------
    pattern : int array of shape (n,)
        Code of each row's covariates, 0..n_patterns-1.
    starts : int array
        From `band_starts`.
    """
    months = int(rows.stop.max())
    width = max(1, BLOCK // (months + 1))
    by_pattern = np.argsort(pattern, kind="stable")
    bounds = np.searchsorted(pattern[by_pattern], np.arange(0, n_patterns, width))
    bounds = np.append(bounds, len(pattern))
    starts = starts[starts < months]
    at_risk, exits = np.zeros(months), np.zeros((months, n_destinations))
    parts = []
    for block, first in enumerate(range(0, n_patterns, width)):
        size = min(width, n_patterns - first)
        take = by_pattern[bounds[block] : bounds[block + 1]]
        local = (pattern[take] - first) * (months + 1)
        cells = size * (months + 1)
        came = np.bincount(local + rows.entry[take], minlength=cells)
        went = np.bincount(local + rows.stop[take], minlength=cells)
        risk = (came - went).reshape(size, months + 1).cumsum(1)[:, :months]
        left = take[rows.exit[take] >= 0]
        key = (pattern[left] - first) * months + rows.stop[left] - 1
        key = key * n_destinations + rows.exit[left]
        out = np.bincount(key, minlength=size * months * n_destinations)
        out = out.reshape(size, months, n_destinations)
        at_risk += risk.sum(0)
        exits += out.sum(0)
        risk = np.add.reduceat(risk, starts, axis=1)
        out = np.add.reduceat(out, starts, axis=1)
        where, band = np.nonzero(risk)
        gone = out[where, band]
        stayed = risk[where, band] - gone.sum(1)
        counts = np.column_stack([stayed, gone]).astype(float)
        parts.append(Cells(where + first, band, counts))
    joined = Cells(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    return Counted(joined, at_risk, exits)


def band_logs(starts: Ints, at_risk: Array) -> Array:
    """Mean of log(1 + elapsed) over the household-months of each band, shape (B,)."""
    months = np.arange(max(len(at_risk), int(starts[-1]) + 1))
    weight = np.full(len(months), 1e-9)  # a band without months gets its plain mean
    weight[: len(at_risk)] += at_risk
    total: Array = np.add.reduceat(weight * np.log1p(months), starts)
    return total / np.add.reduceat(weight, starts)


def aalen_johansen(
    at_risk: Array, exits: Array, destinations: Sequence[str]
) -> pd.DataFrame:
    """Survival and cumulative incidence without a model, left truncation included.

    Parameters
    ----------
    at_risk : array of shape (M,)
    exits : array of shape (M, J)

    Returns
    -------
    frame indexed by months passed (1..M) with columns at_risk, survival and one
    cumulative incidence per destination
    """
    hazard = exits / np.maximum(at_risk, 1)[:, None]
    survival = np.cumprod(1 - hazard.sum(1))
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = (before[:, None] * hazard).cumsum(0)
    frame = pd.DataFrame(incidence, columns=list(destinations))
    frame.insert(0, "survival", survival)
    frame.insert(0, "at_risk", at_risk)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="months")
    return frame


def _fault(rule: str, message: str, remedy: str, value: str = "") -> Fault:
    return Fault(rule, message, remedy, value=value)


def _row_fault(rule: str, message: str, wrong: NDArray[np.bool_]) -> Fault:
    first = int(np.flatnonzero(wrong)[0])
    text = f"{message} ({int(wrong.sum())} rows, first at position {first})"
    return _fault(rule, text, "correct or leave out the spells")
