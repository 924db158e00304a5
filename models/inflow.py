"""Monthly forecasts of many series at once: new cases, cases served, money paid."""

from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from .conformal import SCALE_FLOOR, Backcast, Conformal, root_scale
from .domain import Array, Paths
from .members import MEMBERS, member_forecasts
from .scoring import naive_scale

#: A series shorter than this says nothing of its year.
SHORTEST = 12
#: Fewest months a member is asked to learn from in a backtest.
FEWEST_TO_LEARN = 8
#: Origins reach this many seasons back beyond the horizon: older errors are of
#: forecasts with much less history than today's.
SEASONS_BACK = 5


class Series(NamedTuple):
    """One complete monthly series and which of its months were filled in."""

    label: str
    months: pd.DatetimeIndex
    y: Array
    filled: np.ndarray


class PanelForecaster(BaseEstimator):
    """Combination of simple forecasters with conformal intervals, for a panel.

    Members (exponential smoothing with and without season, theta, autoregression and
    the seasonal naive as a floor) are weighted by their errors at rolling origins,
    pooled over the panel. Intervals and paths come from those same errors
    (`models.conformal`). Nothing is drawn at random in `fit` and `predict`: the same
    input gives the same forecast.

    Parameters
    ----------
    horizon : int
        Months ahead, at least 1.
    season_length : int
        Months in a season.
    origins : int
        Earlier months from which forecasts are remade and scored.
    sharpness : float
        How fast a member loses weight with its error; 0 is the plain mean.

    Attributes
    ----------
    weights_ : pandas.DataFrame
        Weight by step (rows) and member; rows sum to 1.
    interpolated_ : pandas.DataFrame
        `unique_id, ds` of months missing inside a series, filled in by straight lines
        (at its end by the last known value) and never scored.
    labels_ : tuple of str
        Series in the order of every result.

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
        origins: int = 6,
        sharpness: float = 8.0,
    ) -> None:
        self.horizon = horizon
        self.season_length = season_length
        self.origins = origins
        self.sharpness = sharpness

    def fit(self, df: pd.DataFrame) -> Self:
        """Learn weights, intervals and the point forecast.

        Parameters
        ----------
        df : pandas.DataFrame
            `unique_id`, `ds` (a day in the month), `y` (count or amount, at least 0;
            missing = not known). Series may differ in start, end and length; a
            series ends at its last row, known or not.

        Raises
        ------
        ValueError
            For missing columns, duplicate months, negative or infinite values, or a
            series with fewer than 12 known months.
        """
        for name in ("horizon", "season_length", "origins"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1, got {getattr(self, name)}"
                )
        self.series_ = _read_panel(df)
        self.labels_ = tuple(s.label for s in self.series_)
        self.interpolated_ = pd.DataFrame(
            [(s.label, m) for s in self.series_ for m in s.months[s.filled]],
            columns=["unique_id", "ds"],
        )
        # least squares on a few months: threads only wait for each other
        with threadpool_limits(limits=1):
            return self._learn()

    def _learn(self) -> Self:
        """Look back, weigh, learn the errors and forecast."""
        self.backcast_ = self._look_back(self.origins)
        weights = self._weigh(self.backcast_)
        steps = pd.RangeIndex(1, self.horizon + 1, name="step")
        self.weights_ = pd.DataFrame(weights.T, index=steps, columns=list(MEMBERS))
        self.conformal_ = Conformal.learn(self.backcast_, weights)
        ahead = [
            member_forecasts(s.y, self.horizon, self.season_length)
            for s in self.series_
        ]
        self.point_ = np.einsum("kh,nkh->nh", weights, np.array(ahead))
        self.root_scale_ = np.array(
            [root_scale(s.y, self.season_length) for s in self.series_]
        )
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
            `unique_id, ds, mean, lo-80, hi-80, lo-95, hi-95`, never below 0.
        """
        check_is_fitted(self)
        bounds = _bounds(self.conformal_, levels, self.point_, self.root_scale_)
        frames = [
            pd.DataFrame({"unique_id": s.label, "ds": self._ahead(s), "mean": mean})
            for s, mean in zip(self.series_, self.point_, strict=True)
        ]
        return pd.concat(frames, ignore_index=True).assign(
            **{name: table.ravel() for name, table in bounds.items()}
        )

    def backtest(self, origins: int | None = None) -> pd.DataFrame:
        """Forecasts remade at earlier origins, beside what came.

        Weights and intervals at an origin are learnt from the other origins, never
        from itself, so errors and coverage are honest.

        Parameters
        ----------
        origins : int, optional
            How many; those of the fit unless given.

        Returns
        -------
        pandas.DataFrame
            One row per series, origin and step: `unique_id, cutoff` (last month
            known), `ds, step, y, mean, seasonal_naive, lo-80, hi-80, lo-95, hi-95,
            scale` (`scoring.naive_scale` of the history then). Months that were
            filled in are left out.
        """
        check_is_fitted(self)
        back = self.backcast_ if origins is None else self._look_back(origins)
        count = len(back.actual)
        floor = list(MEMBERS).index("seasonal_naive")
        frames = []
        for o in range(count):
            others = back.without(o)
            weights = self._weigh(others)
            point = np.einsum("kh,nkh->nh", weights, back.members[o])
            bounds = _bounds(
                Conformal.learn(others, weights), (80, 95), point, back.root_scale[o]
            )
            for i, s in enumerate(self.series_):
                cutoff = self._cutoffs(s.y.size, count)[o]
                columns = {"y": back.actual[o, i], "mean": point[i]}
                columns["seasonal_naive"] = back.members[o, i, floor]
                columns |= {name: table[i] for name, table in bounds.items()}
                frame = pd.DataFrame(columns)
                frame.insert(0, "unique_id", s.label)
                frame.insert(1, "cutoff", s.months[cutoff - 1])
                frame.insert(
                    2,
                    "ds",
                    pd.date_range(
                        s.months[cutoff - 1], periods=self.horizon + 1, freq="MS"
                    )[1:],
                )
                frame.insert(3, "step", np.arange(1, self.horizon + 1))
                frames.append(frame.assign(scale=back.naive_scale[o, i]))
        table = pd.concat(frames, ignore_index=True).dropna(subset=["y"])
        return table.drop_duplicates(["unique_id", "cutoff", "ds"], ignore_index=True)

    def paths(
        self, rng: np.random.Generator, n: int, unit: str = "households"
    ) -> Paths:
        """Whole futures whose months, and series, hang together as errors did.

        Drawn from the distributions that `predict` shows. Clipping at 0 would raise
        the mean; so every series' month is multiplied by one factor (near 1) that
        makes the mean of the paths equal to the point forecast.

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
        ends = {s.months[-1] for s in self.series_}
        if len(ends) > 1:
            raise ValueError(
                "paths needs series that end in the same month, got ends from "
                f"{min(ends):%Y-%m} to {max(ends):%Y-%m}"
            )
        chances = self.conformal_.draw_chances(rng, n)
        values = self.conformal_.at(chances, self.point_, self.root_scale_)
        mean = values.mean(0)
        values *= np.divide(self.point_, mean, out=np.zeros_like(mean), where=mean > 0)
        return Paths(values, self.labels_, self._ahead(self.series_[0]), unit)

    def _weigh(self, back: Backcast) -> Array:
        floor = list(MEMBERS).index("seasonal_naive")
        return back.weights(self.sharpness, floor)

    def _ahead(self, s: Series) -> pd.DatetimeIndex:
        return pd.date_range(s.months[-1], periods=self.horizon + 1, freq="MS")[1:]

    def _cutoffs(self, months: int, origins: int) -> list[int]:
        """Months known at each origin, oldest first; repeated where room is short."""
        season = self.season_length
        first = max(
            FEWEST_TO_LEARN,
            min(2 * season, months // 2),
            months - self.horizon - SEASONS_BACK * season,
        )
        # the latest origin still sees a season, so that a year's errors are whole
        room = max(1, min(self.horizon, season, (months - first) // 2))
        return [round(c) for c in np.linspace(first, months - room, origins)]

    def _look_back(self, origins: int) -> Backcast:
        """Remake the members' forecasts at earlier origins."""
        shape = (origins, len(self.series_), len(MEMBERS), self.horizon)
        members = np.zeros(shape)
        actual = np.full((shape[0], shape[1], shape[3]), np.nan)
        naive, root = np.ones(shape[:2]), np.ones(shape[:2])
        span = np.ones(shape[1])
        for i, s in enumerate(self.series_):
            cutoffs = self._cutoffs(s.y.size, origins)
            span[i] = s.y.size - cutoffs[0]
            least = SCALE_FLOOR * root_scale(s.y, self.season_length)
            for o, cut in enumerate(cutoffs):
                if o and cut == cutoffs[o - 1]:  # counted once: leave it unseen
                    members[o, i] = members[o - 1, i]
                    continue
                known, later = s.y[:cut], slice(cut, cut + self.horizon)
                members[o, i] = member_forecasts(
                    known, self.horizon, self.season_length
                )
                came = np.where(s.filled[later], np.nan, s.y[later])
                actual[o, i, : came.size] = came
                naive[o, i] = naive_scale(known, self.season_length)
                root[o, i] = max(root_scale(known, self.season_length), least) or 1.0
        return Backcast(actual, members, naive, root, span)


def _bounds(
    conformal: Conformal, levels: tuple[int, ...], point: Array, scale: Array
) -> dict[str, Array]:
    """Lower and upper bounds by column name, each (series, horizon)."""
    bounds: dict[str, Array] = {}
    for level in levels:
        if not 0 < level < 100:
            raise ValueError(f"levels must lie in (0, 100) per cent, got {level}")
        for side, chance in (("lo", 0.5 - level / 200), ("hi", 0.5 + level / 200)):
            chances = np.full(point.shape, chance)
            bounds[f"{side}-{level}"] = conformal.at(chances, point, scale)
    return bounds


def _read_panel(df: pd.DataFrame) -> list[Series]:
    """Check a long panel and cut it into complete monthly series."""
    missing = {"unique_id", "ds", "y"} - set(df.columns)
    if missing:
        raise ValueError(f"the panel must have columns {sorted(missing)}")
    if df.empty:
        raise ValueError("the panel must have at least one row, got none")
    month = pd.to_datetime(df["ds"]).dt.to_period("M").dt.to_timestamp()
    panel = df.assign(ds=month, y=df["y"].astype(float))
    twice = panel.duplicated(["unique_id", "ds"])
    if twice.any():
        label, ds = panel.loc[twice, ["unique_id", "ds"]].iloc[0]
        raise ValueError(f"{label} must have one row per month, got two for {ds:%Y-%m}")
    return [_complete(str(u), g) for u, g in panel.groupby("unique_id", observed=True)]


def _complete(label: str, rows: pd.DataFrame) -> Series:
    """One series without gaps: known months, straight lines between them."""
    y = rows.set_index("ds")["y"].sort_index()
    known = y.dropna()
    if (bad := ~np.isfinite(known) | (known < 0)).any():
        month = known.index[bad.to_numpy()][0]
        raise ValueError(
            f"{label} must be 0 or more and finite, got {y[month]:g} in {month:%Y-%m}"
        )
    if len(known) < SHORTEST:
        raise ValueError(
            f"{label} must have at least {SHORTEST} known months, got {len(known)}"
        )
    whole = y[known.index[0] :].asfreq("MS")
    return Series(
        label,
        pd.DatetimeIndex(whole.index),
        whole.interpolate().to_numpy(dtype=float),
        whole.isna().to_numpy(),
    )
