"""A panel of monthly series as one matrix: read, checked, completed, remarked on."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from .domain import Array, Flags, Ints
from .hierarchy import Hierarchy
from .oddities import spikes, stopped_months

#: Columns that are not keys of a hierarchy.
NEEDED = ("unique_id", "ds", "y")


class Remark(NamedTuple):
    """Something about a series that its reader should know.

    Attributes
    ----------
    unique_id : str
    what : {"constant", "zero", "short", "gaps", "spike", "shift", "stopped"}
    months : tuple of Timestamp
        Which months, where that says something.
    """

    unique_id: str
    what: str
    months: tuple[pd.Timestamp, ...] = ()


@dataclass(frozen=True)
class Panel:
    """Monthly series, right-aligned: the last column is each series' last month.

    Attributes
    ----------
    labels : tuple of str, length n
    y : array (n, T)
        Complete from the first known month, NaN before it.
    filled : bool array (n, T)
        Months that were missing or set aside, and filled in by straight lines (at the
        end by the last known value).
    onset : bool array (n, T)
        Months in which something set in that no earlier forecast could know.
    end : int array (n,)
        Last month, in months since 1970-01.
    keys : DataFrame
        Key columns of the series, by label.
    remarks : tuple of Remark
    """

    labels: tuple[str, ...]
    y: Array
    filled: Flags
    onset: Flags
    end: Ints
    keys: pd.DataFrame
    remarks: tuple[Remark, ...] = ()

    @classmethod
    def of(cls, df: pd.DataFrame, onsets: pd.DataFrame | None = None) -> "Panel":
        """Read a long table.

        Parameters
        ----------
        df : pandas.DataFrame
            `unique_id`, `ds` (a day in the month), `y` (at least 0; missing = not
            known), and text columns that say where a series belongs (those with the
            same text everywhere say nothing).
        onsets : pandas.DataFrame, optional
            `unique_id, ds` of the months that `onset` marks.

        Raises
        ------
        ValueError
            For missing columns, a month given twice, a value that is negative or not
            finite, or a series without any known month.
        """
        table = _checked(df)
        wide = table.pivot(index="ds", columns="unique_id", values="y")  # noqa: PD010
        wide = wide.asfreq("MS")
        rows = table.groupby("unique_id", observed=True)["ds"]
        last = wide.index.get_indexer(pd.Index(rows.max()[wide.columns]))
        values = wide.to_numpy(float).T
        values = shifted(values, len(wide) - 1 - last)
        known = np.isfinite(values)
        first = known.argmax(1)
        inside = np.arange(values.shape[1]) >= first[:, None]
        spike, stopped = spikes(values), stopped_months(values)
        aside = spike | stopped
        gaps = inside & (~known | aside)
        complete = pd.DataFrame(np.where(aside, np.nan, values).T).interpolate()
        start = int(wide.index[0].year - 1970) * 12 + wide.index[0].month - 1
        labels = tuple(map(str, wide.columns))
        end = (start + last).astype(np.intp)
        y = np.where(inside, complete.to_numpy().T, np.nan)
        keep = slice(int(first.min()), None)
        panel = cls(
            labels,
            y[:, keep],
            gaps[:, keep],
            _onsets(onsets, labels, end, y.shape[1])[:, keep],
            end,
            _keys(table, labels),
        )
        return panel._remarked(spike[:, keep], stopped[:, keep])

    def column(self, df: pd.DataFrame, name: str) -> Array:
        """Another column of the table that the panel was read from, (n, T).

        A gap holds the value before it; months before the first value are NaN.

        Raises
        ------
        ValueError
            Where there is no such column, or it is not a number.
        """
        if name not in df or not pd.api.types.is_numeric_dtype(df[name]):
            raise ValueError(f"the panel must have a column {name} of numbers")
        month = pd.DatetimeIndex(df["ds"])
        place = (month.year - 1970) * 12 + month.month - 1
        names = pd.Index(df["unique_id"].astype(str))
        series = pd.Index(self.labels).get_indexer(names)
        column = self.y.shape[1] - 1 - (self.end[series] - place.to_numpy())
        inside = column >= 0
        table = np.full(self.y.shape, np.nan)
        table[series[inside], column[inside]] = df[name].to_numpy(float)[inside]
        return pd.DataFrame(table.T).ffill().to_numpy(dtype=float).T

    @property
    def first(self) -> Ints:
        """Column of each series' first month."""
        first: Ints = np.isnan(self.y).sum(1)
        return first

    @property
    def known(self) -> Ints:
        """Months from the first to the last of each series."""
        known: Ints = np.isfinite(self.y).sum(1)
        return known

    def interpolated(self) -> pd.DataFrame:
        """Months that were filled in: `unique_id, ds`."""
        series, column = np.nonzero(self.filled)
        month = self.end[series] - (self.y.shape[1] - 1 - column)
        names = np.array(self.labels, dtype=object)[series]
        return pd.DataFrame({"unique_id": names, "ds": month_starts(month)})

    def summed(self, hierarchy: Hierarchy) -> "Panel":
        """Series of a hierarchy over this panel, aggregates first.

        Raises
        ------
        ValueError
            Where the series do not end in the same month.
        """
        if len(set(self.end)) > 1:
            ends = month_starts(np.array([self.end.min(), self.end.max()]))
            raise ValueError(
                "a hierarchy needs series that end in the same month, got ends from "
                f"{ends[0]:%Y-%m} to {ends[1]:%Y-%m}"
            )
        y = hierarchy.aggregate(self.y)
        late = np.isnan(y).all(1)
        if late.any():
            raise ValueError(
                f"{hierarchy.labels[int(late.argmax())]} has no month in which all its "
                "series are known"
            )
        filled, onset = (
            hierarchy.aggregate(flags.astype(float)) > 0
            for flags in (self.filled, self.onset)
        )
        return replace(
            self,
            labels=hierarchy.labels,
            y=y,
            filled=filled & np.isfinite(y),
            onset=onset,
            end=np.full(len(y), self.end[0]),
        )

    def _remarked(self, spike: Flags, stopped: Flags) -> "Panel":
        """Say what is odd about each series."""
        remarks = []
        for i, label in enumerate(self.labels):
            y = self.y[i, self.first[i] :]
            at = month_starts(self.end[i] - np.arange(self.y.shape[1])[::-1])
            if not y.any():
                remarks.append(Remark(label, "zero"))
            elif len(y) > 1 and np.ptp(y) == 0:
                remarks.append(Remark(label, "constant"))
            if len(y) < 24:
                remarks.append(Remark(label, "short"))
            if spike[i].any():
                remarks.append(Remark(label, "spike", tuple(at[spike[i]])))
            if stopped[i].any():
                remarks.append(Remark(label, "stopped", tuple(at[stopped[i]])))
            gaps = self.filled[i] & ~spike[i] & ~stopped[i]
            if gaps.any():
                remarks.append(Remark(label, "gaps", tuple(at[gaps])))
        return replace(self, remarks=tuple(remarks))


def shifted(values: Array, by: Ints) -> Array:
    """Move each row to the right by its own number of columns; NaN enters."""
    place = np.arange(values.shape[1]) - by[:, None]
    moved = np.take_along_axis(values, np.maximum(place, 0), axis=1)
    return np.where(place >= 0, moved, np.nan)


def month_starts(months: Ints) -> pd.DatetimeIndex:
    """First days of months given as months since 1970-01."""
    return pd.DatetimeIndex(
        np.asarray(months, "datetime64[M]").astype("datetime64[us]")
    )


def _checked(df: pd.DataFrame) -> pd.DataFrame:
    """Columns there, one row a month, values possible; or say which is not."""
    missing = set(NEEDED) - set(df.columns)
    if missing:
        raise ValueError(f"the panel must have columns {sorted(missing)}")
    if df.empty:
        raise ValueError("the panel must have at least one row, got none")
    month = pd.to_datetime(df["ds"]).dt.to_period("M").dt.to_timestamp()
    names = df["unique_id"].astype(str)
    table = df.assign(unique_id=names, ds=month, y=df["y"].astype(float))
    twice = table.duplicated(["unique_id", "ds"])
    if twice.any():
        label, ds = table.loc[twice, ["unique_id", "ds"]].iloc[0]
        raise ValueError(f"{label} must have one row per month, got two for {ds:%Y-%m}")
    bad = table["y"].notna() & ~(np.isfinite(table["y"]) & (table["y"] >= 0))
    if bad.any():
        label, ds, y = table.loc[bad, list(NEEDED)].iloc[0]
        raise ValueError(
            f"{label} must be 0 or more and finite, got {y:g} in {ds:%Y-%m}"
        )
    known = table.groupby("unique_id")["y"].count()
    if (known == 0).any():
        raise ValueError(
            f"{known.index[known == 0][0]} must have at least one known month, got none"
        )
    return table


def _onsets(
    onsets: pd.DataFrame | None, labels: tuple[str, ...], end: Ints, months: int
) -> Flags:
    """Mark months, (n, months); those outside a series are left out."""
    found = np.zeros((len(labels), months), bool)
    if onsets is None or onsets.empty:
        return found
    series = pd.Index(labels).get_indexer(pd.Index(onsets["unique_id"].astype(str)))
    ds = pd.to_datetime(onsets["ds"])
    month = (ds.dt.year - 1970) * 12 + ds.dt.month - 1
    column = months - 1 - (end[series] - month.to_numpy())
    inside = (series >= 0) & (column >= 0) & (column < months)
    found[series[inside], column[inside]] = True
    return found


def _keys(table: pd.DataFrame, labels: tuple[str, ...]) -> pd.DataFrame:
    """Text columns that tell series apart, one row per series."""
    columns = [
        c
        for c in table
        if c not in NEEDED
        and not pd.api.types.is_numeric_dtype(table[c])
        and (table[c] != table[c].iloc[0]).any()
    ]
    keys = table.drop_duplicates("unique_id").set_index("unique_id")[columns]
    return keys.loc[list(labels)].astype(str)
