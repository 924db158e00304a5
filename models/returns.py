"""Return to assistance: how many of those who left come back, and after how long."""

import numpy as np
import pandas as pd

from .domain import Array


def return_shares(
    spells: pd.DataFrame,
    segments: tuple[str, ...],
    last_month: pd.Timestamp,
    lags: int = 12,
) -> Array:
    """Share of exits that come back exactly 1, 2, ... months later, by segment.

    A life table over the months since the exit, so that exits close to the end of
    the register count only for the months in which a return could have been seen.

    Parameters
    ----------
    spells : DataFrame with `household`, `unit`, `segment`, `start`, `end`
        Month starts; a household is served in every month from `start` to `end`
        inclusive and `end` is missing while the spell is open.
    segments : tuple of str
    last_month : pandas.Timestamp
        Last month of the register.
    lags : int
        Months followed after an exit.

    Returns
    -------
    array, shape (len(segments), lags)
        Lag k = 1: served again in the month after the last one served, which is not
        a return but an unbroken spell, so it only occurs where a register cuts
        spells at each decision.

    Notes
    -----
    Kaplan & Meier (1958), discrete time: share_k = hazard_k * prod_{j<k} (1-hazard_j).

    >>> spells = pd.DataFrame({
    ...     "household": ["a", "a", "b"], "unit": "u", "segment": "s",
    ...     "start": pd.to_datetime(["2020-01-01", "2020-06-01", "2020-01-01"]),
    ...     "end": pd.to_datetime(["2020-03-01", None, "2020-03-01"]),
    ... })
    >>> return_shares(spells, ("s",), pd.Timestamp("2021-12-01"), 4)
    array([[0. , 0. , 0.5, 0. ]])
    """
    ordered = spells.sort_values(["household", "start"])
    following = ordered.groupby("household")["start"].shift(-1)
    left = ordered["end"].notna()
    end, after = ordered.loc[left, "end"], following[left]
    gap = months_between(end, after)  # NaN where never seen again
    followed = months_between(end, pd.Series(last_month, index=end.index))
    segment = ordered.loc[left, "segment"]

    shares = np.zeros((len(segments), lags))
    lag = np.arange(1, lags + 1)
    for row, name in enumerate(segments):
        here = (segment == name).to_numpy()
        waited = np.fmin(gap[here], followed[here])[:, None]
        at_risk = (waited >= lag).sum(0)
        returned = (gap[here][:, None] == lag).sum(0)
        hazard = np.divide(returned, at_risk, where=at_risk > 0, out=np.zeros(lags))
        still_out = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
        shares[row] = hazard * still_out
    return shares


def expected_returns(exits: Array, share: Array, horizon: int, first: int = 0) -> Array:
    """Households that come back in months 0..horizon-1.

    Parameters
    ----------
    exits : array (S, N)
        In N months in a row.
    share : array (S, lags)
        As from `return_shares`.
    horizon : int
    first : int
        Month of the first exits; negative where they lie before month 0.

    Returns
    -------
    array (S, horizon)

    >>> expected_returns(np.array([[10.0, 0.0]]), np.array([[0.0, 0.2]]), 3, first=-1)
    array([[0., 2., 0.]])
    """
    table = np.zeros((len(exits), horizon))
    for lag, part in enumerate(share.T, start=1):
        begin = first + lag  # when those who left in the first month come back
        back = part[:, None] * exits[:, max(-begin, 0) : max(horizon - begin, 0)]
        start = max(begin, 0)
        table[:, start : start + back.shape[1]] += back
    return table


def durable_exits(
    X: pd.DataFrame, y: pd.DataFrame, last_month: pd.Timestamp, within: int = 12
) -> pd.DataFrame:
    """Count only exits that lasted: those not back on assistance within a year.

    For `pilot.observed_expected` and `event_study`, so that a pilot whose households
    leave sooner but come back is not given credit for it. Whether an exit lasts is
    known `within` months later, so household-months closer to the register's end
    are cut off, with an exit or without: exits alone would leave their risk behind.

    Parameters
    ----------
    X : frame of n counting-process rows with columns household, month
        `month` is the calendar month (start) of the row's first household-month.
    y : frame of n rows with columns entry, stop, exit
    last_month : pandas.Timestamp
        Last month of the register.
    within : int
        Months without assistance that make an exit durable.

    Returns
    -------
    frame with columns entry, stop, exit, followed, index of y
        `exit` is missing also where the household came back. Rows that are not
        `followed` lie wholly too close to the end: leave them out.

    Raises
    ------
    ValueError
        No row is followed for that long.
    """
    length = (y["stop"] - y["entry"]).to_numpy(int)
    first = X["month"].dt.year.to_numpy(int) * 12 + X["month"].dt.month.to_numpy(int)
    rows = pd.DataFrame({"household": X["household"].to_numpy(), "first": first})
    following = (
        rows.sort_values(["household", "first"], kind="stable")
        .groupby("household")["first"]
        .shift(-1)
        .reindex(rows.index)
    )
    back = (following - (first + length - 1)).to_numpy(float) <= within
    known = last_month.year * 12 + last_month.month - within - first + 1
    if not (known > 0).any():
        raise ValueError(f"no household-month is followed for {within} months")
    cut = known < length
    return y[["entry", "stop"]].assign(
        stop=y["entry"] + np.clip(known, 1, length),
        exit=y["exit"].mask(back | cut),
        followed=known > 0,
    )


def months_between(earlier: pd.Series, later: pd.Series) -> Array:
    """Whole months from `earlier` to `later`, NaN where either is missing."""
    years = later.dt.year - earlier.dt.year
    months = 12 * years + later.dt.month - earlier.dt.month
    return np.asarray(months, dtype=float)
