"""The columns of the exit model: intercept, time, covariates, slopes in time, terms."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .cells import Counted, Rows, band_logs, band_starts, collapse
from .covariates import Covariates
from .domain import Array, Ints
from .exit_steps import Steps
from .exit_terms import Terms

#: Fewer exits than this leave a level, or a slope, to be held by a prior.
FEW_IN_LEVEL, FEW_ON_SLOPE = 5, 20
#: Prior precision of what few exits leave open: a level against the commonest, a
#: number's slope, a segment's own slope in time; and, always, of a bend in time.
PRIOR_LEVEL, PRIOR_SLOPE, PRIOR_BEND, PRIOR_SEGMENT = 1.0, 1.0, 4.0, 11.0
#: Exits per column below which levels too are drawn towards nought, and predicted
#: exits of a level no longer equal observed ones (Ogundimu et al. 2016); and prior
#: precision of a step with fewer.
FEW_PER_COLUMN, PRIOR_STEP = 20, 25.0
#: Log month from which slopes in time are counted.
CENTRE = float(np.log(6))
NO_TERMS, NO_STEPS = Terms.of(), Steps.of((), Covariates(), "")


class Counts(NamedTuple):
    """Rows collapsed to cells, with what each pattern and band stands for.

    Attributes
    ----------
    counted : Counted
    logs : array of shape (B,)
        Mean log(1 + elapsed) of each band.
    covariates : array of shape (C, P)
    group : int array of shape (C,)
    starts : int array of shape (B,)
        First elapsed month of each band.
    """

    counted: Counted
    logs: Array
    covariates: Array
    group: NDArray[np.int64]
    starts: Ints

    def parts(self, size: int) -> Iterator[slice]:
        """Give so many cells at a time."""
        for first in range(0, len(self.counted.cells.pattern), size):
            yield slice(first, first + size)

    def places(self, part: slice) -> tuple[Array, Array]:
        """Log months (n,) and covariates (n, P) of some cells."""
        cells = self.counted.cells
        return self.logs[cells.band[part]], self.covariates[cells.pattern[part]]

    def by_pattern(self) -> Array:
        """Household-months that stayed and exits by destination, shape (C, 1 + J)."""
        cells = self.counted.cells
        table = np.zeros((len(self.covariates), cells.counts.shape[1]))
        np.add.at(table, cells.pattern, cells.counts)
        return table

    def against(self, share: Array, destinations: Sequence[str]) -> pd.DataFrame:
        """Observed and expected exits by group, in all and by destination.

        Parameters
        ----------
        share : array of shape (cells, J)
            Expected hazard of each cell.
        """
        cells = self.counted.cells
        total = cells.counts.sum(1)
        expected = total[:, None] * share
        columns = {
            "observed": cells.counts[:, 1:].sum(1),
            "expected": expected.sum(1),
            "months": total,
        }
        for j, name in enumerate(destinations):
            columns[f"observed_{name}"] = cells.counts[:, 1 + j]
            columns[f"expected_{name}"] = expected[:, j]
        group = pd.Index(self.group[cells.pattern], name="group")
        return pd.DataFrame(columns, index=group).groupby(level=0).sum()


@dataclass(frozen=True)
class Design:
    """Which columns the model has, and where they stand.

    Attributes
    ----------
    covariates : Covariates
    places : dict of slice
        Of each covariate among the P covariate columns.
    slopes : int array
        Covariate columns (the segment's, or all) with a slope in log month of their
        own: their effect changes with time on assistance.
    knots : array of shape (K,)
        Months (1-based) where the hazard may bend.
    terms : Terms
        What the curve leaves over.
    steps : Steps
        Levels of duration bands.
    """

    covariates: Covariates
    places: dict[str, slice]
    slopes: NDArray[np.intp]
    knots: Array
    terms: Terms = NO_TERMS
    steps: Steps = NO_STEPS

    @classmethod
    def of(
        cls,
        covariates: Covariates,
        over_time: Collection[str],
        knots: tuple[int, ...],
        exits: Array,
    ) -> "Design":
        """Place the columns; keep the knots that have exits on both sides.

        Parameters
        ----------
        over_time : collection of str
            Covariates whose effect changes with time; names not learned are ignored.
        exits : array of shape (M, J)
            By elapsed month.
        """
        past = np.cumsum(exits.sum(1))
        bends = np.array(knots, dtype=int)
        before = past[np.minimum(bends, len(past)) - 1]
        enough = max(FEW_ON_SLOPE, 0.01 * past[-1])
        kept = (before >= enough) & (past[-1] - before >= enough)
        return cls.at(covariates, over_time, bends[kept].astype(float))

    @classmethod
    def at(
        cls,
        covariates: Covariates,
        over_time: Collection[str],
        knots: Array,
        terms: Terms = NO_TERMS,
        steps: Steps = NO_STEPS,
    ) -> "Design":
        """Place the columns, with knots, terms and steps as they are."""
        places = covariates.places()
        chosen = [np.r_[places[name]] for name in places if name in over_time]
        slopes = np.concatenate([np.zeros(0, dtype=np.intp), *chosen])
        return cls(covariates, places, slopes.astype(np.intp), knots, terms, steps)

    @property
    def first(self) -> int:
        """Index of the first covariate column in the whole design."""
        return 2 + len(self.knots)

    @property
    def last(self) -> int:
        """Index after the last covariate column in the whole design."""
        return self.first + self.covariates.width

    @property
    def over_time(self) -> list[str]:
        """Covariates whose effect changes with time on assistance."""
        return [
            name
            for name, place in self.places.items()
            if np.isin(np.r_[place], self.slopes).any()
        ]

    def column(self, name: str) -> int | None:
        """Index of a covariate's first column in the whole design."""
        place = self.places.get(name)
        return None if place is None else self.first + int(place.start)

    def time(self, logs: Array) -> Array:
        """Basis of log month, shape (n, 1 + K)."""
        hinges = np.maximum(logs[:, None] - np.log(self.knots), 0)
        return np.column_stack([logs - CENTRE, hinges])

    def rows(self, logs: Array, covariates: Array) -> Array:
        """Whole design of n rows, shape (n, 2 + K + P + slopes + terms + steps)."""
        slopes = covariates[:, self.slopes] * (logs - CENTRE)[:, None]
        parts = [np.ones(len(logs)), self.time(logs), covariates, slopes]
        own = [kind.columns(logs, covariates) for kind in (self.terms, self.steps)]
        return np.column_stack([*parts, *own])

    def kinds(self, exits: Array) -> Ints:
        """Kind of each coefficient of which the data tell the spread, (columns, J).

        Below 0 are those with a penalty of their own: the curve, steps, and levels
        where exits (J,) are many.
        """
        kinds = np.full(self.first, -1)
        for column in self.covariates.columns.values():
            own = np.full(column.width, 0 if column.kind != "caseload" else -1)
            own[1 if column.knots else column.width :] = 1
            kinds = np.r_[kinds, own]
        sizes = [len(self.slopes), *self.terms.sizes, self.steps.size]
        kinds = np.r_[kinds, np.repeat([2, 3, 4, 5, -1], sizes)]
        table = np.repeat(kinds[:, None], len(exits), axis=1)
        many = exits >= FEW_PER_COLUMN * self.last
        return np.where((table == 0) & many, -1, table).astype(np.intp)

    def owner(self, alone: str) -> Ints:
        """Which covariate each column is of, (P,); -1 for the one to stay alone."""
        columns = self.covariates.columns
        codes = [-1 if name == alone else i for i, name in enumerate(columns)]
        return np.repeat(codes, [c.width for c in columns.values()]).astype(np.intp)

    def penalty(self, data: Counts, ridge: float) -> Array:
        """Ridge per coefficient (columns, J): weak, but firm where few exits speak.

        A level that nobody left from would otherwise get a hazard of 0 without
        uncertainty; so it borrows from the commonest level.
        """
        exits = data.counted.exits
        total = exits.sum(0)

        def held(count: Array, few: int, prior: float) -> Array:
            return np.where(count < few, prior, ridge)

        slope = held(total[None], FEW_ON_SLOPE, PRIOR_BEND)
        bends = np.full((len(self.knots), len(total)), PRIOR_BEND)
        parts = [np.zeros((1, len(total))), slope, bends]
        left = data.by_pattern()[:, 1:]
        spoken = data.covariates.T @ left  # exits by level and destination
        for name, column in self.covariates.columns.items():
            place = self.places[name]
            if column.kind == "level":
                parts.append(held(spoken[place], FEW_IN_LEVEL, PRIOR_LEVEL))
            else:
                spoken[place] = total
                parts.append(held(spoken[place], FEW_ON_SLOPE, PRIOR_SLOPE))
        parts.append(held(spoken[self.slopes], FEW_ON_SLOPE, PRIOR_SEGMENT))
        parts.append(np.full((sum(self.terms.sizes), len(total)), ridge))
        inside = self.steps.exits(data.counted.cells, data.logs, data.covariates)
        parts.append(held(inside, FEW_PER_COLUMN, PRIOR_STEP))
        return np.concatenate(parts)


def count_rows(
    covariates: Covariates,
    X: pd.DataFrame,
    rows: Rows,
    destinations: Sequence[str],
    groups: ArrayLike | None = None,
    at_risk: Array | None = None,
    breaks: Ints = NO_STEPS.starts,
) -> Counts:
    """Collapse rows to cells, apart by group where groups are given.

    Parameters
    ----------
    groups : int array of shape (n,), optional
        Codes >= 0.
    at_risk : array of shape (M,), optional
        Household-months of training: new rows are placed at the months within a band
        that the model learned from.
    breaks : int array
        Elapsed months that no cell may lie astride.
    """
    n = len(rows.entry)
    code, table = covariates.patterns(covariates.encode(X), n)
    columns = covariates.design(table, int(code.max()) + 1)
    group = np.zeros(n, np.int64) if groups is None else np.asarray(groups)
    width = int(group.max()) + 1
    code, keys = pd.factorize(code * width + group)
    pattern, group = np.divmod(keys, width)
    # to the last month of training: the last band stands for all months after it
    months = max(int(rows.stop.max()), 0 if at_risk is None else len(at_risk))
    starts = band_starts(months - 1, breaks)
    counted = collapse(rows, code, len(keys), len(destinations), starts)
    logs = band_logs(starts, counted.at_risk if at_risk is None else at_risk)
    return Counts(counted, logs, columns[pattern], group, starts)


def columns_over_time(
    choice: str | tuple[str, ...], X: pd.DataFrame, segment: str, caseload: str
) -> tuple[str, ...]:
    """Names of the covariates whose effect changes with time on assistance.

    Parameters
    ----------
    choice : "segment", "all" (but for the caseload) or tuple of str
    """
    if choice == "all":
        return tuple(name for name in map(str, X.columns) if name != caseload)
    if choice == "segment":
        return (segment,)
    if isinstance(choice, str) or not set(choice) <= set(X.columns):
        raise ValueError(
            f"over_time must be 'segment', 'all' or columns of X, got {choice!r}"
        )
    return choice
