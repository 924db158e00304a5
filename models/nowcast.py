"""The ragged edge: what the latest months of a register will be once they are complete.

Earlier retrievals ("vintages") of the same register show how a month is filled in. With
v[r, m] the value of month m as retrieved in month r, and age a = r - m,

    revision[r, m] = log((final[m] + c) / (v[r, m] + c)),

where `final` is the latest retrieval in which the month is mature, and c gives a nought
a logarithm. Revisions of one age are pooled over series; a series with revisions of its
own moves away from the pool the more it has (`OWN` of them weigh as much as the pool).
The spread counts the mean revision itself as one more deviation from it, so that one
revision seen is no certainty, and no revision ever seen is a spread of nought: months
of that age are complete.

A month that is still being filled in has two views, both normal on the log scale: what
is reported, completed by the revisions, and what complete months forecast. They are
weighed by their precision (`models.updating`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from .domain import Array, Ints

#: Ages whose revisions are learnt: 0 to 12 months from the month to the retrieval.
AGES = 13
#: A month this old is taken to be complete.
MATURE = 6
#: Own revisions of a series that weigh as much as those of the pool.
OWN = 4.0
#: Root mean square revision, on the log scale, up to which months count as complete.
TOLERANCE = 0.02


class Nowcast(NamedTuple):
    """What a reported value will be once it is complete.

    Attributes
    ----------
    mean, sd : float
        In the unit reported; not known (NaN, infinite) for an age never seen.
    """

    mean: float
    sd: float


@dataclass(frozen=True)
class Completion:
    """How the values of one quantity are filled in with age.

    Attributes
    ----------
    labels : tuple of str, length n
        Series with revisions of their own.
    location, spread : array (n + 1, AGES)
        Mean of the log ratio final/reported, and its predictive standard deviation
        (infinite where nothing was seen). The last row is the pool, for other series.
    revisions : int array (AGES,)
        Pairs of a reported and a final value behind each age.
    offset : float
        Added to both values, in their unit, before their logarithm is taken.
    mature : int
        Age, months, from which a month is taken to be complete.
    """

    labels: tuple[str, ...]
    location: Array
    spread: Array
    revisions: Ints
    offset: float = 0.5
    mature: int = MATURE

    @classmethod
    def learn(
        cls, vintages: pd.DataFrame, mature: int = MATURE, offset: float = 0.5
    ) -> "Completion":
        """Learn from retrievals of the same figures.

        Parameters
        ----------
        vintages : pandas.DataFrame
            `unique_id`, `ds` (a day in the month), `retrieved` (date), `y` (count or
            amount, at least 0; missing = not known). Of retrievals in one month the
            latest is used.
        mature : int
            Months, 1 or more.
        offset : float
            Over 0: half a household, or half of what one is paid.

        Raises
        ------
        ValueError
            For missing columns, a month retrieved before it began, negative values,
            or parameters out of range.

        Examples
        --------
        >>> table = pd.DataFrame({
        ...     "unique_id": "Norr", "ds": pd.Timestamp("2026-01-01"),
        ...     "retrieved": pd.to_datetime(["2026-02-10", "2026-08-10"]),
        ...     "y": [80.0, 100.0]})
        >>> found = Completion.learn(table)
        >>> found.ratio.round(2)[:3].tolist(), found.revisions[:3].tolist()
        ([1.0, 1.25, 1.0], [0, 1, 0])
        """
        pairs = _pairs(_checked(vintages, mature, offset), mature)
        final, reported = (pairs[name].to_numpy(float) for name in ("final", "y"))
        revision = np.log((final + offset) / (reported + offset))
        codes, labels = pd.factorize(pairs["unique_id"], sort=True)
        cells = codes * AGES + pairs["age"].to_numpy(int)
        count, total, square = (
            _by_series(cells, revision**power, len(labels)) for power in (0, 1, 2)
        )
        n = np.maximum(count[-1], 1)
        mean = total[-1] / n
        # the mean itself is one more deviation: see the top
        variance = (np.maximum(square[-1] - n * mean**2, 0) + mean**2) / n
        own = total + OWN * mean
        location = own / (count + OWN)
        inside = square - 2 * location * total + count * location**2
        spread = (np.maximum(inside, 0) + OWN * variance) / (count + OWN)
        # the pool's row is not drawn towards itself
        location[-1], spread[-1] = mean, variance
        behind = count + np.minimum(OWN, n)
        behind[-1] = n
        spread = np.sqrt(spread * (1 + 1 / behind))
        spread[:, count[-1] == 0] = np.inf
        return cls(
            tuple(map(str, labels)),
            location,
            spread,
            count[-1].astype(np.intp),
            offset,
            mature,
        )

    @property
    def ratio(self) -> Array:
        """Final over reported by age, pooled (geometric mean), shape (AGES,)."""
        return np.asarray(np.exp(self.location[-1]))

    @property
    def oldest(self) -> int:
        """Oldest age, months, that is still being filled in; -1 = none is.

        An age counts where the pool's root mean square revision exceeds `TOLERANCE`;
        ages never seen do not.
        """
        size = np.hypot(self.location[-1], self.spread[-1])
        late = np.isfinite(size) & (size > TOLERANCE)
        late &= np.arange(AGES) < self.mature
        return int(np.flatnonzero(late).max(initial=-1))

    def view(
        self, reported: Array, age: Ints, label: str | None = None
    ) -> tuple[Array, Array]:
        """Mean and standard deviation of log(final + offset) given what is reported.

        Parameters
        ----------
        reported : array (k,)
            NaN = not known.
        age : int array (k,)
            Months from the month to the retrieval; beyond the last age, complete.
        label : str, optional
            Series; one never seen, or None, has the pool's revisions.

        Returns
        -------
        array (k,), array (k,)
            NaN and infinite where nothing can be said.
        """
        row = self.labels.index(label) if label in self.labels else -1
        age = np.asarray(age)
        if (age < 0).any():
            raise ValueError(f"age must be at least 0 months, got {age.min()}")
        at, beyond = np.minimum(age, AGES - 1), age >= AGES
        location = np.where(beyond, 0.0, self.location[row, at])
        spread = np.where(beyond, 0.0, self.spread[row, at])
        seen = np.log(np.asarray(reported, float) + self.offset) + location
        told = np.isfinite(seen) & np.isfinite(spread)
        return np.where(told, seen, np.nan), np.where(told, spread, np.inf)

    def nowcast(self, reported: float, age: int, label: str | None = None) -> Nowcast:
        """Mean and standard deviation of the final value, in the unit reported.

        See `view` for the parameters. The revisions are lognormal.

        Examples
        --------
        >>> nothing = Completion((), np.zeros((1, AGES)), np.zeros((1, AGES)),
        ...                      np.ones(AGES, int))
        >>> nothing.nowcast(80.0, 1)
        Nowcast(mean=80.0, sd=0.0)
        """
        seen, spread = self.view(np.array([reported]), np.array([age]), label)
        if not np.isfinite(spread[0]):
            return Nowcast(np.nan, np.inf)
        if spread[0] == 0 and seen[0] == np.log(reported + self.offset):
            return Nowcast(float(reported), 0.0)
        middle = np.exp(seen[0] + spread[0] ** 2 / 2)
        sd = middle * np.sqrt(np.expm1(spread[0] ** 2))
        return Nowcast(float(max(middle - self.offset, 0.0)), float(sd))


def _checked(vintages: pd.DataFrame, mature: int, offset: float) -> pd.DataFrame:
    """Known values with their age; or say what is wrong."""
    if mature < 1:
        raise ValueError(f"mature must be at least 1 month, got {mature}")
    if not offset > 0:
        raise ValueError(f"offset must be over 0, got {offset}")
    missing = {"unique_id", "ds", "retrieved", "y"} - {*vintages.columns}
    if missing:
        raise ValueError(f"vintages lack columns: {sorted(missing)}")
    table = vintages.dropna(subset=["y"]).sort_values("retrieved", kind="stable")
    if (table["y"] < 0).any():
        raise ValueError(f"y must be at least 0, got {table['y'].min():g}")
    taken, month = pd.to_datetime(table["retrieved"]), pd.to_datetime(table["ds"])
    years = taken.dt.year - month.dt.year
    age = 12 * years + taken.dt.month - month.dt.month
    if (age < 0).any():
        raise ValueError("retrieved must not be before the month, got an earlier one")
    table = table.assign(age=age, month=month.dt.to_period("M"))
    return table.drop_duplicates(["unique_id", "month", "age"], keep="last")


def _pairs(table: pd.DataFrame, mature: int) -> pd.DataFrame:
    """Each value that a later, mature one has replaced, with that one as `final`."""
    keys = ["unique_id", "month"]
    final = table[table["age"] >= mature].drop_duplicates(keys, keep="last")
    final = final[[*keys, "age", "y"]].rename(columns={"age": "until", "y": "final"})
    pairs = table.merge(final, on=keys)
    chosen: pd.DataFrame = pairs[
        (pairs["age"] < pairs["until"]) & (pairs["age"] < AGES)
    ]
    return chosen.reset_index(drop=True)


def _by_series(cells: Ints, values: Array, n: int) -> Array:
    """Sum by series and age (n, AGES), and below them of the pool."""
    table = np.bincount(cells, values, n * AGES).reshape(n, AGES)
    return np.vstack([table, table.sum(0)])
