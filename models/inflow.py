"""Monthly forecasts of many series at once: new cases, cases served, money paid."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from .domain import Array, Ints, Paths
from .driven import Driven, said
from .hierarchy import Hierarchy
from .members import MEMBERS
from .origins import Origins, learning_cuts
from .panel import Panel, Remark, month_starts
from .predictive import Learnt, Outlook
from .rolling import rolling


class PanelForecaster(BaseEstimator):
    """Averages of families of models over a panel, with conformal intervals.

    Exponential smoothing and seasonal ARIMA over fixed grids, theta, and one
    autoregression for the panel (`models.members`), on the logarithmic and root scale,
    weighted by their errors at earlier origins (`models.weighing`). Intervals and paths
    come from those same errors (`models.conformal`); counts of a few a month have those
    of a negative binomial (`models.counts`). Where series belong to groups, the sums of
    groups are forecast too, and everything is made to add up (`models.reconcile`).

    Parameters
    ----------
    horizon : int
        Months ahead, at least 1.
    season_length : int
        Months in a season.
    levels : sequence of sequences of str, optional
        Key columns that each level of the hierarchy groups by; one level per text
        column of the panel, with the total on top, unless given. `()` = no hierarchy.
    driver : str, optional
        Column of a driver, such as unemployment, whose lagged effect is pooled over
        the panel and used where it is significant (`models.driven`).
    seed : int
        Of the paths from which a hierarchy's quantiles are read.

    Attributes
    ----------
    labels_ : tuple of str
        Series in the order of every result, sums first.
    weights_ : pandas.Series
        Weight by member, sum 1.
    lean_ : pandas.Series
        Share by which forecasts were moved, step by step (median over series), because
        earlier ones of the whole panel were too high or too low (`models.bias`).
    remarks_ : tuple of panel.Remark
        What is odd about a series and how it was met: constant, short, gaps, a spike, a
        level that shifted at once, an end of noughts.
    interpolated_ : pandas.DataFrame
        `unique_id, ds` of months that were missing or set aside inside a series,
        filled in by straight lines (at its end by the last known value), never scored.
    hierarchy_ : Hierarchy or None
    driven_ : Driven or None
        Lag and effect of the driver, and the scenario that the forecast assumes
        (`driven_.is_assumed` where none was given).

    Examples
    --------
    >>> months = pd.date_range("2020-01-01", periods=48, freq="MS")
    >>> y = 40 + 10 * np.sin(np.arange(48) * np.pi / 6)
    >>> panel = pd.DataFrame({"unique_id": "Gävle", "ds": months, "y": y})
    >>> forecast = PanelForecaster(horizon=3).fit(panel).predict()
    >>> list(forecast.columns)
    ['unique_id', 'ds', 'mean', 'lo-80', 'hi-80', 'lo-95', 'hi-95']
    >>> forecast["mean"].round(1).tolist()
    [40.0, 45.0, 48.7]
    """

    def __init__(
        self,
        horizon: int,
        season_length: int = 12,
        levels: Sequence[Sequence[str]] | None = None,
        driver: str | None = None,
        seed: int = 1,
    ) -> None:
        self.horizon = horizon
        self.season_length = season_length
        self.levels = levels
        self.driver = driver
        self.seed = seed

    def fit(
        self,
        df: pd.DataFrame,
        onsets: pd.DataFrame | None = None,
        scenario: pd.DataFrame | None = None,
    ) -> Self:
        """Learn weights, intervals and the forecast.

        Parameters
        ----------
        df : pandas.DataFrame
            `unique_id`, `ds` (a day in the month), `y` (count or amount, at least 0;
            missing = not known), and text columns that say where a series belongs.
            Series may differ in start, end and length; a series ends at its last row,
            known or not.
        onsets : pandas.DataFrame, optional
            `unique_id, ds`: months in which something set in that no forecast made
            before could know, such as a new law. From there on, those earlier
            forecasts are not scored and nothing is learnt from their errors.
        scenario : pandas.DataFrame, optional
            `unique_id, ds` and the driver for every month ahead. Without it the
            driver is assumed to return towards its mean (`driven.returning`).

        Raises
        ------
        ValueError
            For missing columns, duplicate months, negative or infinite values, a
            series without any known month, a hierarchy of series that do not end in the
            same month, or a scenario with a month missing.
        """
        for name in ("horizon", "season_length"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1, got {getattr(self, name)}"
                )
        panel = Panel.of(df, onsets)
        self.hierarchy_ = self._hierarchy(panel)
        self.panel_ = (
            panel if self.hierarchy_ is None else panel.summed(self.hierarchy_)
        )
        self.driven_ = self._drive(df, panel, scenario)
        self.labels_, self.remarks_ = self.panel_.labels, panel.remarks
        self.interpolated_ = panel.interpolated()
        # many small products: threads only wait for each other
        with threadpool_limits(limits=1):
            cuts = learning_cuts(self.panel_.known, self.horizon)
            cuts = np.column_stack([np.zeros(len(cuts), np.intp), cuts])
            origins = Origins.of(self.panel_, cuts, self.horizon, self.season_length)
            ahead = said(origins, self.horizon, self.season_length, self.driven_)
            now = origins.histories.origin == 0
            self.learnt_ = Learnt.of(
                origins.backcast(ahead, ~now), ahead.rows(now), self.hierarchy_
            )
            self.outlook_ = self.learnt_.outlook(ahead.rows(now), self.panel_.y)
        self.remarks_ += _steps(self.panel_, ahead.moved[now])
        weights = self.learnt_.weights
        self.weights_ = pd.Series(weights, index=list(MEMBERS), name="weight")
        steps = pd.RangeIndex(1, self.horizon + 1, name="step")
        moved = self.learnt_.moved(ahead.rows(now))
        self.lean_ = pd.Series(moved, index=steps, name="lean")
        return self

    def predict(self, levels: tuple[int, ...] = (80, 95)) -> pd.DataFrame:
        """Forecast the months after each series' last.

        Parameters
        ----------
        levels : tuple of int
            Per cent inside the intervals, each in (0, 100).

        Returns
        -------
        pandas.DataFrame
            `unique_id, ds, mean, lo-80, hi-80, lo-95, hi-95`, never below 0. Means of a
            hierarchy add up; quantiles do not, each is its own series'.
        """
        check_is_fitted(self)
        bounds = self._bounds(self.outlook_, levels)
        columns = {"mean": self.outlook_.mean} | bounds
        frame = pd.DataFrame({name: table.ravel() for name, table in columns.items()})
        frame.insert(0, "unique_id", np.repeat(self.labels_, self.horizon))
        months = self.panel_.end[:, None] + np.arange(1, self.horizon + 1)
        frame.insert(1, "ds", month_starts(months.ravel()))
        return frame

    def paths(
        self, rng: np.random.Generator, n: int, unit: str = "households"
    ) -> Paths:
        """Whole futures whose months, and series, hang together as errors did.

        Drawn from the distributions that `predict` shows. Clipping at 0 would raise
        the mean; so every series' month is multiplied by one factor (near 1) that
        makes the mean of the paths equal to the forecast. In a hierarchy every path
        adds up.

        Parameters
        ----------
        rng : numpy.random.Generator
        n : int
            Number of paths.
        unit : str
            What one unit is, for the label of the paths.

        Raises
        ------
        ValueError
            Where the series do not end in the same month.
        """
        check_is_fitted(self)
        ends = month_starts(np.unique(self.panel_.end))
        if len(ends) > 1:
            raise ValueError(
                "paths needs series that end in the same month, got ends from "
                f"{ends[0]:%Y-%m} to {ends[-1]:%Y-%m}"
            )
        months = pd.date_range(ends[0], periods=self.horizon + 1, freq="MS")[1:]
        values = self.learnt_.draw(self.outlook_, rng, n)
        return Paths(values, self.labels_, months, unit)

    def backtest(self, origins: int = 6, step: int | None = None) -> pd.DataFrame:
        """Forecasts remade at earlier origins, beside what came.

        At each origin weights, intervals and reconciliation are learnt from windows
        that had ended by then, as a forecaster of that day could have done.

        Parameters
        ----------
        origins : int
            How many, the latest so far back that half a horizon, or six months, came.
        step : int, optional
            Months between origins; a sixth of the horizon unless given.

        Returns
        -------
        pandas.DataFrame
            One row per series, origin and step: `unique_id, cutoff` (last month
            known), `ds, step, y, mean, lo-80, hi-80, lo-95, hi-95, seasonal_naive,
            last_value`, a column per member, and `scale` (`scoring.naive_scale` of the
            history then). Months that were filled in are left out.
        """
        check_is_fitted(self)
        with threadpool_limits(limits=1):
            return rolling(
                self.panel_,
                self.hierarchy_,
                self.driven_,
                self.horizon,
                self.season_length,
                origins,
                step or max(1, self.horizon // 6),
            )

    def _drive(
        self, df: pd.DataFrame, panel: Panel, scenario: pd.DataFrame | None
    ) -> Driven | None:
        if self.driver is None:
            return None
        return Driven.learn(
            panel,
            self.hierarchy_,
            panel.column(df, self.driver),
            scenario,
            self.driver,
            self.horizon,
            self.season_length,
        )

    def _hierarchy(self, panel: Panel) -> Hierarchy | None:
        if panel.keys.empty or (self.levels is not None and not len(self.levels)):
            return None
        found = Hierarchy.of(panel.keys, self.levels)
        return found if found.n_aggregates else None

    def _bounds(self, outlook: Outlook, levels: tuple[int, ...]) -> dict[str, Array]:
        """Lower and upper bounds by column name, each (series, horizon)."""
        for level in levels:
            if not 0 < level < 100:
                raise ValueError(f"levels must lie in (0, 100) per cent, got {level}")
        chances = {
            f"{side}-{level}": 0.5 + sign * level / 200
            for level in levels
            for side, sign in (("lo", -1), ("hi", 1))
        }
        return self.learnt_.quantiles(outlook, chances, self.seed)


def _steps(panel: Panel, moved: Ints) -> tuple[Remark, ...]:
    """Say which levels changed at once, and when."""
    found = np.flatnonzero(moved >= 0)
    months = month_starts(moved[found])
    return tuple(
        Remark(panel.labels[i], "shift", (month,))
        for i, month in zip(found, months, strict=True)
    )
