"""A panel whose level follows a driver: taken out of histories, put back ahead.

The effect is learnt once (`models.drivers`), and only used where it is significant. A
sum of series follows the mix of its parts. What the driver will be is a scenario. Where
none is given one is assumed (`returning`): at earlier origins too, so that intervals
carry what a forecaster of that day did not know. It is a guess about the business
cycle, so it has half the say: the other half goes to the forecast that knows of no
driver, which carries on what the series themselves do.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import seasons
from .domain import Array, Ints
from .drivers import DriverEffect
from .hierarchy import Hierarchy
from .members import Ahead, forecast
from .origins import Origins
from .panel import Panel, month_starts

#: Months whose mean tells the mix of a sum in the future.
MIX_MONTHS = 12
#: Months whose mean, without the season, is the last level of a driver.
LEVEL_MONTHS = 3
#: Months between a level and what is left of it, and the least part that is.
YEAR, LEAST_KEPT = 12, 0.05


@dataclass(frozen=True)
class Driven:
    """What a driver does to a panel of n bottom series and their sums, N in all.

    Attributes
    ----------
    effect : DriverEffect
    scenario : DataFrame
        `unique_id, ds` and the driver: the future that was assumed.
    is_assumed : bool
        Whether no scenario was given, so that one was assumed.
    driver : array (n, T + horizon)
        Known and assumed.
    y : array (n, T)
    hierarchy : Hierarchy or None
    """

    effect: DriverEffect
    scenario: pd.DataFrame
    is_assumed: bool
    driver: Array
    y: Array
    hierarchy: Hierarchy | None

    @classmethod
    def learn(
        cls,
        panel: Panel,
        hierarchy: Hierarchy | None,
        history: Array,
        scenario: pd.DataFrame | None,
        name: str,
        horizon: int,
        m: int,
    ) -> "Driven":
        """Learn lag and effect from the bottom series.

        Parameters
        ----------
        panel : Panel, n bottom series
        hierarchy : Hierarchy or None
            Their sums.
        history : array (n, T)
            The driver.
        scenario : DataFrame or None
            `unique_id, ds` and the driver for `horizon` months.
        name : str
            Column of the driver.
        horizon, m : int

        Raises
        ------
        ValueError
            Where the scenario lacks a series or a month.
        """
        effect = DriverEffect(season_length=m).fit(panel.y, history)
        months = panel.end[:, None] + np.arange(1, horizon + 1)
        history = pd.DataFrame(history.T).bfill().to_numpy(dtype=float).T
        future = (
            returning(history, horizon, m)
            if scenario is None
            else _future(scenario, name, panel, months)
        )
        table = pd.DataFrame(
            {
                "unique_id": np.repeat(panel.labels, horizon),
                "ds": month_starts(months.ravel()),
                name: future.ravel(),
            }
        )
        driver = np.concatenate([history, future], axis=1)
        return cls(effect, table, scenario is None, driver, panel.y, hierarchy)

    def factors(self, cut: int, horizon: int) -> tuple[Array, Array]:
        """Factors of the past (N, T - cut) and of the months ahead (N, horizon).

        As at an origin `cut` months before the end of the panel: with the scenario, or
        with what would have been assumed there.
        """
        known = self.y.shape[1] - cut
        past, future = self.driver[:, :known], self.driver[:, known : known + horizon]
        if self.is_assumed:
            future = returning(past, horizon, self.effect.season_length)
        factor = np.concatenate(self.effect.factors(past, future), axis=1)
        if self.hierarchy is not None:
            factor = _of_sums(self.hierarchy, self.y[:, :known], factor)
        return factor[:, :known], factor[:, known:]

    def said(self, origins: Origins, horizon: int, m: int) -> Ahead:
        """Forecasts of histories without the driver, with its effect put back."""
        rows = origins.histories
        if not self.effect.significant_:
            return forecast(rows, horizon, m)
        past = np.ones(rows.y.shape)
        coming = np.ones((len(rows.y), horizon))
        for cut in np.unique(origins.cut):
            here = origins.cut == cut
            before, after = self.factors(int(cut), horizon)
            past[here, int(cut) :] = before[origins.series[here]]
            coming[here, : after.shape[1]] = after[origins.series[here]]
        ahead = forecast(rows._replace(y=rows.y / past), horizon, m)
        driven = ahead._replace(
            members=ahead.members * coming[:, None],
            up=ahead.up * coming,
            down=ahead.down * coming,
        )
        if not self.is_assumed:
            return driven
        plain = forecast(rows, horizon, m)
        return driven._replace(
            members=(driven.members + plain.members) / 2,
            up=(driven.up + plain.up) / 2,
            down=(driven.down + plain.down) / 2,
        )


def returning(history: Array, horizon: int, m: int) -> Array:
    """Assume a driver (n, T) to return from its last level, with its usual season.

    A driver such as unemployment neither stays where it is nor goes on as it went: it
    returns towards its mean. How fast is read off what is left after a year,

        level[h] = mean + (level - mean) rho^h,   rho^12 = autocorrelation at 12 months,

    pooled over series. Gives (n, horizon).
    """
    months = history.shape[1]
    season = seasons.additive(history, m)
    place = np.arange(months + horizon) % m
    level = history - season[:, place[:months]]
    mean = level.mean(1, keepdims=True)
    apart = level - mean
    kept = 1.0
    if months > YEAR:
        size = np.square(apart[:, :-YEAR]).sum()
        kept = (apart[:, YEAR:] * apart[:, :-YEAR]).sum() / size if size > 0 else 1.0
    pace = np.clip(kept, LEAST_KEPT, 1) ** (1 / YEAR)
    last = apart[:, -LEVEL_MONTHS:].mean(1, keepdims=True)
    future: Array = mean + last * pace ** np.arange(1, horizon + 1)
    return future + season[:, place[months:]]


def said(origins: Origins, horizon: int, m: int, driven: Driven | None) -> Ahead:
    """Forecasts of the members at every origin, with the driver's effect if any."""
    if driven is None:
        return forecast(origins.histories, horizon, m)
    return driven.said(origins, horizon, m)


def _future(scenario: pd.DataFrame, name: str, panel: Panel, months: Ints) -> Array:
    """Scenario as (n, horizon), or say what it lacks."""
    missing = {"unique_id", "ds", name} - set(scenario.columns)
    if missing:
        raise ValueError(f"the scenario must have columns {sorted(missing)}")
    ds = pd.to_datetime(scenario["ds"]).dt.to_period("M").dt.to_timestamp()
    table = scenario.assign(ds=ds, unique_id=scenario["unique_id"].astype(str))
    values = table.set_index(["unique_id", "ds"])[name]
    wanted = pd.MultiIndex.from_arrays(
        [np.repeat(panel.labels, months.shape[1]), month_starts(months.ravel())]
    )
    found = values.reindex(wanted)
    if found.isna().any():
        label, month = found.index[found.isna().to_numpy()][0]
        raise ValueError(
            f"the scenario must have {name} of every series and month ahead, got none "
            f"for {label} in {month:%Y-%m}"
        )
    return found.to_numpy(dtype=float).reshape(months.shape)


def _of_sums(hierarchy: Hierarchy, y: Array, factor: Array) -> Array:
    """Factors of every series of a hierarchy, (N, T + horizon)."""
    months = y.shape[1]
    level = y / factor[:, :months]
    recent = level[:, -MIX_MONTHS:].mean(1, keepdims=True)
    future = recent * np.ones(factor.shape[1] - months)
    level = np.concatenate([level, future], axis=1)
    whole = hierarchy.aggregate(level)
    driven = hierarchy.aggregate(level * factor)
    ones = np.ones_like(whole)
    return np.divide(driven, whole, out=ones, where=np.nan_to_num(whole) > 0)
