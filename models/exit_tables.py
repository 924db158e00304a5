"""Hazards of a whole segment, averaged over who is in it.

A program plans for segments, not for households. The hazard of a segment in elapsed
month m is the mean over the covariate patterns seen in that duration band (those who
stay long are other people than those who come), drawn towards the segment's whole mix
where a band holds few.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .covariates import Covariates, Encoded
from .domain import Array
from .exit_design import Counts, Design
from .logit import shares

#: Household-months that a segment's whole mix counts for in each duration band.
WHOLE_MIX = 100.0


class Mix(NamedTuple):
    """Who was on assistance in training.

    Attributes
    ----------
    table : dict of arrays of shape (C,)
        Encoded covariates of each pattern.
    months : array of shape (C, B)
        Household-months by pattern and duration band.
    starts : int array of shape (B,)
        First month of each band.
    """

    table: Encoded
    months: Array
    starts: NDArray[np.int64]

    @classmethod
    def seen(cls, covariates: Covariates, X: pd.DataFrame, data: Counts) -> "Mix":
        """Who was on assistance in rows X that were counted as `data`."""
        table = covariates.patterns(covariates.encode(X), len(X))[1]
        months = np.zeros((len(data.covariates), len(data.logs)))
        cells = data.counted.cells
        np.add.at(months, (cells.pattern, cells.band), cells.counts.sum(1))
        return cls(table, months, data.starts)

    def of(self, design: Design, given: Mapping[str, object]) -> tuple[Encoded, Array]:
        """Patterns and their months where some covariates are given.

        A given level keeps those who have it; where nobody has, and for a given
        number, everybody is moved there.
        """
        table, months = dict(self.table), self.months
        for name in given:
            column = design.covariates.columns[name]
            frame = pd.DataFrame({name: [given[name]]})
            code = Covariates({name: column}).encode(frame)[name][0]
            held = table[name] == code
            if column.kind == "level" and months[held].sum() > 0:
                table = {n: v[held] for n, v in table.items()}
                months = months[held]
            else:
                table[name] = np.full_like(table[name], code)
        return table, months


class Marginal(NamedTuple):
    """Mean hazards and how they move with the coefficients.

    Attributes
    ----------
    hazard : array of shape (S, M, J)
    gradient : array of shape (S, M, J * P)
        Of the log odds of any exit.
    """

    hazard: Array
    gradient: Array


def who(
    table: Encoded, months: Array, segment: str | None, code: int
) -> tuple[Encoded, Array]:
    """Patterns of a segment and their shares in each duration band, (C, B).

    Parameters
    ----------
    table, months
        As from `Mix.of`.
    segment : str or None
        Name of the segment column; None = everybody is one segment.
    code : int
        Level code of the segment.
    """
    if segment is not None:
        inside = table[segment] == code
        if not inside.any():  # never with what is given: move all there
            table = table | {segment: np.full_like(table[segment], code)}
        else:
            table = {name: v[inside] for name, v in table.items()}
            months = months[inside]
    whole = months.sum(1, keepdims=True)
    shares = months + WHOLE_MIX * whole / whole.sum()
    return table, shares / shares.sum(0)


def marginal(
    design: Design,
    coef: Array,
    mix: Mix,
    segment: str | None,
    codes: Sequence[int],
    months: int,
    given: Mapping[str, object],
) -> Marginal:
    """Average hazards over the mix of each segment.

    Parameters
    ----------
    coef : array of shape (P, J)
    segment : str or None
        Name of the segment column; None = everybody is one segment.
    codes : sequence of int, length S
        Level codes of the segments wanted.
    months : int
        M; elapsed months 0..M-1.
    given : mapping
        Covariates held at a value.
    """
    table, weights = mix.of(design, given)
    p, j = coef.shape
    hazard = np.zeros((len(codes), months, j))
    gradient = np.zeros((len(codes), months, j, p))
    elapsed = np.arange(months)
    logs = np.log1p(elapsed)
    band = np.searchsorted(mix.starts, elapsed, side="right") - 1
    for s, code in enumerate(codes):
        rows, mixed = who(table, weights, segment, code)
        z = design.covariates.design(rows, len(mixed))
        for m in range(months):
            x = design.rows(np.full(len(z), logs[m]), z)
            h = shares(x, coef)
            weight = mixed[:, band[m]]
            hazard[s, m] = weight @ h[:, 1:]
            move = weight[:, None] * h[:, 1:] * h[:, :1]  # (patterns, J)
            gradient[s, m] = move.T @ x
    some = hazard.sum(-1)
    gradient /= (some * (1 - some))[:, :, None, None]
    return Marginal(hazard, gradient.reshape(len(codes), months, j * p))
