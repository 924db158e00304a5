"""The panel forecaster: honest, deterministic, and calm about awkward series."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike
from shared import shared_data

from bemanna.models import scoring
from bemanna.models.inflow import PanelForecaster


def frame(y: ArrayLike, name: str = "a", end: str = "2026-10") -> pd.DataFrame:
    y = np.asarray(y, dtype=float)
    ds = pd.period_range(end=end, periods=len(y), freq="M").to_timestamp()
    return pd.DataFrame({"unique_id": name, "ds": ds, "y": y})


def counts(seed: int, months: int = 84, level: float = 40) -> np.ndarray:
    """Monthly counts with a season."""
    season = 1 + 0.2 * np.sin(np.arange(months) * np.pi / 6)
    return np.random.default_rng(seed).poisson(level * season).astype(float)


def panel(n: int = 3, months: int = 84) -> pd.DataFrame:
    return pd.concat([frame(counts(i, months, 20 + 15 * i), f"s{i}") for i in range(n)])


def test_forecast_has_the_promised_form() -> None:
    table = PanelForecaster(24).fit(panel()).predict()
    assert list(table) == [
        "unique_id",
        "ds",
        "mean",
        "lo-80",
        "hi-80",
        "lo-95",
        "hi-95",
    ]
    assert len(table) == 3 * 24
    assert table["ds"].min() == pd.Timestamp("2026-11-01")
    bounds = table[["lo-95", "lo-80", "mean", "hi-80", "hi-95"]].to_numpy()
    assert (np.diff(bounds) >= 0).all()
    assert (bounds >= 0).all()
    assert list(PanelForecaster(6).fit(panel(1)).predict((50,)))[-2:] == [
        "lo-50",
        "hi-50",
    ]


def test_same_input_same_forecast_whatever_the_row_order() -> None:
    once = PanelForecaster(12).fit(panel()).predict()
    again = PanelForecaster(12).fit(panel().sample(frac=1, random_state=1)).predict()
    pd.testing.assert_frame_equal(once, again)


def test_a_clean_season_is_carried_on() -> None:
    y = 60 + 25 * np.sin(np.arange(72) * np.pi / 6)
    table = PanelForecaster(24).fit(frame(y)).predict()
    truth = 60 + 25 * np.sin(np.arange(72, 96) * np.pi / 6)
    np.testing.assert_allclose(table["mean"], truth, rtol=0.02)


def test_counts_are_forecast_at_their_mean_not_below() -> None:
    # counts around 4 a month: a median on the root scale would be 6 % too low
    table = pd.concat(
        [frame(np.random.default_rng(i).poisson(4.0, 120), f"s{i}") for i in range(12)]
    )
    mean = PanelForecaster(24).fit(table).predict()["mean"].mean()
    assert mean == pytest.approx(table["y"].tail(12 * 60).mean(), rel=0.04)


def test_paths_have_the_forecast_as_their_mean_and_its_quantiles() -> None:
    model = PanelForecaster(18).fit(panel())
    table = model.predict()
    paths = model.paths(np.random.default_rng(1), 4000)
    assert paths.labels == ("s0", "s1", "s2")
    assert (paths.values >= 0).all()
    np.testing.assert_allclose(paths.mean().ravel(), table["mean"], rtol=1e-12)
    spread = (table["hi-80"] - table["lo-80"]).to_numpy()
    for q, column in ((0.1, "lo-80"), (0.9, "hi-80")):
        drawn = paths.quantile(q).ravel()
        assert (np.abs(drawn - table[column]) < 0.1 * spread).all()


def test_paths_keep_how_months_hang_together() -> None:
    rng = np.random.default_rng(4)
    walks = pd.concat(
        [frame(300 + rng.normal(0, 5, 96).cumsum(), f"w{i}") for i in range(4)]
    )
    noise = pd.concat([frame(300 + rng.normal(0, 5, 96), f"n{i}") for i in range(4)])

    def neighbours(table: pd.DataFrame) -> float:
        drawn = PanelForecaster(12).fit(table).paths(np.random.default_rng(2), 2000)
        pairs = [
            np.corrcoef(drawn.values[:, s, t], drawn.values[:, s, t + 1])[0, 1]
            for s in range(4)
            for t in range(5, 11)
        ]
        return float(np.mean(pairs))

    assert neighbours(walks) > 0.7
    assert abs(neighbours(noise)) < 0.4


@pytest.mark.parametrize("months", [12, 15, 23])
def test_short_history_works_and_widens(months: int) -> None:
    long = counts(7)
    short = PanelForecaster(12).fit(frame(long[-months:])).predict()
    full = PanelForecaster(12).fit(frame(long)).predict()
    width = [(t["hi-95"] - t["lo-95"]).mean() for t in (short, full)]
    assert np.isfinite(short["mean"]).all()
    assert width[0] > width[1]


@pytest.mark.parametrize("months", [1, 2, 5, 11])
def test_a_very_short_series_is_forecast_and_said(months: int) -> None:
    young = frame(counts(2)[:months], "Hällefors")
    model = PanelForecaster(6).fit(pd.concat([panel(), young]))
    assert ("Hällefors", "short") in [(r.unique_id, r.what) for r in model.remarks_]
    rows = model.predict().query("unique_id == 'Hällefors'")
    assert rows["mean"].between(young["y"].min() * 0.6, young["y"].max() * 1.6).all()
    assert (rows["hi-95"] > rows["lo-95"]).all()
    # the others do not notice
    others = model.predict().query("unique_id != 'Hällefors'")
    alone = PanelForecaster(6).fit(panel()).predict()
    np.testing.assert_allclose(others["mean"], alone["mean"], rtol=0.05)


def test_odd_series_do_not_break_a_panel_and_are_said() -> None:
    spike = counts(4)
    spike[50] = 4000
    table = pd.concat(
        [
            panel(),
            frame(np.full(60, 7.0), "constant"),
            frame(np.zeros(60), "zero"),
            frame([12.0], "one"),
            frame(spike, "spike"),
            frame(counts(5) * 1e9, "huge"),
        ]
    )
    model = PanelForecaster(12).fit(table)
    said = {(r.unique_id, r.what) for r in model.remarks_}
    assert {
        ("constant", "constant"),
        ("zero", "zero"),
        ("one", "short"),
        ("spike", "spike"),
    } <= said
    spiked = next(r for r in model.remarks_ if r.what == "spike")
    assert spiked.months == (frame(spike)["ds"].iloc[50],)
    found = model.predict().set_index("unique_id")["mean"]
    assert (found["zero"] == 0).all()
    np.testing.assert_allclose(found["constant"], 7)
    clean = PanelForecaster(12).fit(frame(counts(4))).predict()["mean"]
    np.testing.assert_allclose(found["spike"], clean, rtol=0.15)
    assert np.isfinite(model.predict().select_dtypes("number")).all(axis=None)


@pytest.mark.parametrize("value", [0.0, 50.0, 3.0e9])
def test_a_constant_series_stays_constant(value: float) -> None:
    table = PanelForecaster(12).fit(frame([value] * 40)).predict()
    np.testing.assert_allclose(
        table[["mean", "lo-95", "hi-95"]], value, rtol=1e-9, atol=1e-12
    )


def test_awkward_series_stay_finite_and_within_reason() -> None:
    spike = np.zeros(48)
    spike[30] = 500
    late = np.zeros(48)
    late[-1] = 500
    climb = 2.0 ** np.arange(24)
    table = pd.concat(
        [
            frame(spike, "spike"),
            frame(late, "late"),
            frame(climb, "climb"),
            frame(counts(3) * 1e9, "huge"),
            frame(counts(3) * 1e-6, "tiny"),
            frame([0, 1] * 24, "alternates"),
        ]
    )
    forecast = PanelForecaster(36).fit(table).predict()
    assert np.isfinite(forecast.select_dtypes("number")).all(axis=None)
    for name, rows in forecast.groupby("unique_id"):
        peak = table.loc[table["unique_id"] == name, "y"].max()
        steepest = table.loc[table["unique_id"] == name, "y"].diff().abs().max()
        assert rows["mean"].max() <= peak + 36 * steepest
    huge = forecast[forecast["unique_id"] == "huge"]["mean"].mean()
    assert huge == pytest.approx(40e9, rel=0.1)


def test_missing_months_are_filled_said_and_never_scored() -> None:
    whole = frame(counts(5))
    holes = whole.copy()
    holes.loc[[60, 61, 83], "y"] = np.nan
    model = PanelForecaster(12).fit(holes)
    assert list(model.interpolated_["ds"]) == list(whole.loc[[60, 61, 83], "ds"])
    assert not model.backtest()["ds"].isin(model.interpolated_["ds"]).any()
    # the missing last month is part of the past, not of the forecast
    assert model.predict()["ds"].min() == pd.Timestamp("2026-11-01")
    dropped = PanelForecaster(12).fit(holes.drop(index=[60, 61])).predict()
    pd.testing.assert_frame_equal(model.predict(), dropped)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"y": -1.0}, "0 or more"),
        ({"y": np.inf}, "finite"),
        ({"ds": pd.Timestamp("2026-09-15")}, "two for 2026-09"),
    ],
)
def test_wrong_input_is_refused(change: dict[str, object], says: str) -> None:
    table = frame(counts(1))
    last = pd.DataFrame(change, index=table.index[-1:])
    table.loc[last.index, last.columns] = last
    with pytest.raises(ValueError, match=says):
        PanelForecaster(6).fit(table)


def test_missing_columns_and_bad_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="unique_id"):
        PanelForecaster(6).fit(frame(counts(1)).drop(columns="unique_id"))
    with pytest.raises(ValueError, match="horizon"):
        PanelForecaster(0).fit(frame(counts(1)))
    with pytest.raises(ValueError, match="levels"):
        PanelForecaster(6).fit(frame(counts(1))).predict((100,))


def test_paths_need_a_common_last_month() -> None:
    table = pd.concat([frame(counts(1)), frame(counts(2), "b", end="2026-08")])
    model = PanelForecaster(6).fit(table)
    assert len(model.predict()) == 12
    with pytest.raises(ValueError, match="same month"):
        model.paths(np.random.default_rng(1), 10)


def test_backtest_remakes_forecasts_without_peeking() -> None:
    y = counts(9)
    model = PanelForecaster(12).fit(frame(y))
    table = model.backtest()
    assert (table["ds"] > table["cutoff"]).all()
    assert table["cutoff"].nunique() == 6
    assert set(table["y"]) <= set(y)
    assert table.groupby("cutoff")["ds"].count().max() == 12
    # what comes after an origin touches nothing that was said at it
    later = y.copy()
    first = table["cutoff"].min()
    later[np.flatnonzero(frame(y)["ds"] > first)] += 1000
    changed = PanelForecaster(12).fit(frame(later)).backtest()
    said = [c for c in table if c not in ("y", "unique_id")]
    at_first = [t[t["cutoff"] == first][said] for t in (table, changed)]
    pd.testing.assert_frame_equal(*at_first)
    assert table["cutoff"].nunique() > model.backtest(3)["cutoff"].nunique() == 3


def test_a_season_that_never_changes_is_repeated() -> None:
    rng = np.random.default_rng(8)
    y = np.tile(rng.uniform(10, 200, 12), 7)
    model = PanelForecaster(12).fit(frame(y))
    np.testing.assert_allclose(model.predict()["mean"], y[:12], rtol=0.05)
    assert model.weights_.sum() == pytest.approx(1)


def test_nothing_is_learnt_across_an_onset() -> None:
    y = counts(11, 78)
    y[60:] += 200
    table = frame(y)
    onset = pd.DataFrame({"unique_id": ["a"], "ds": [table["ds"].iloc[60]]})
    plain, told = (PanelForecaster(12).fit(table, known) for known in (None, onset))
    assert told.backtest()["ds"].max() > onset["ds"][0]
    spans = told.backtest().query("cutoff < @onset.ds[0] and ds >= @onset.ds[0]")
    assert spans.empty
    assert not plain.backtest().query("cutoff < @onset.ds[0] <= ds").empty
    width = [
        (m.predict()["hi-80"] - m.predict()["lo-80"]).mean() for m in (plain, told)
    ]
    assert width[1] < width[0]


def test_a_series_that_stops_is_set_aside_and_said() -> None:
    whole = frame(counts(8), "Torsby")
    cut = whole.assign(y=whole["y"].where(whole.index < len(whole) - 4, 0.0))
    model = PanelForecaster(6).fit(pd.concat([panel(), cut]))
    stopped = [r for r in model.remarks_ if r.what == "stopped"]
    assert stopped == [("Torsby", "stopped", tuple(cut["ds"].iloc[-4:]))]
    assert len(model.interpolated_) == 4
    rows = model.predict().query("unique_id == 'Torsby'")
    assert rows["mean"].mean() == pytest.approx(whole["y"].mean(), rel=0.25)


@pytest.mark.parametrize(
    "y",
    [
        np.tile([6.0, 0, 0, 0, 20], 12)[:59],  # noughts are nothing new
        np.r_[counts(8)[:40], np.zeros(13)],  # for more than a year: it has closed
        np.r_[np.ones(40), np.zeros(4)],  # four noughts are no wonder
    ],
)
def test_noughts_that_may_be_true_are_believed(y: np.ndarray) -> None:
    model = PanelForecaster(6).fit(frame(y))
    assert not [r for r in model.remarks_ if r.what == "stopped"]
    assert model.interpolated_.empty


def test_a_step_in_the_level_is_outlived_at_once() -> None:
    rng = np.random.default_rng(5)
    season = 1 + 0.15 * np.sin(np.arange(108) * np.pi / 6)
    after = np.arange(108) >= 87
    y = rng.poisson(60 * season * np.where(after, 0.55, 1), (20, 108)).astype(float)
    table = pd.concat([frame(row[:96], f"s{i:02d}") for i, row in enumerate(y)])
    model = PanelForecaster(12).fit(table)
    shifted = [r.months[0] for r in model.remarks_ if r.what == "shift"]
    assert len(shifted) > 10
    assert pd.Series(shifted).mode()[0] == table["ds"].sort_values().unique()[87]
    found = model.predict()["mean"].to_numpy()
    truth = np.tile(60 * 0.55 * season[96:], 20)
    assert np.abs(found / truth - 1).mean() < 0.12


def test_sums_add_up_in_means_and_in_every_path() -> None:
    parts = [
        frame(counts(10 * i + j, 72, 3 + 8 * i), f"{unit}|{group}").assign(
            unit=unit, group=group
        )
        for i, unit in enumerate(("Norr", "Söder", "Öster"))
        for j, group in enumerate(("unga", "äldre"))
    ]
    model = PanelForecaster(18).fit(pd.concat(parts))
    assert model.labels_[:6] == (
        "total",
        "unit=Norr",
        "unit=Söder",
        "unit=Öster",
        "group=unga",
        "group=äldre",
    )
    table = model.predict().set_index(["unique_id", "ds"])
    mean = table["mean"].unstack()  # noqa: PD010
    bottom = [f"{u}|{g}" for u in ("Norr", "Söder", "Öster") for g in ("unga", "äldre")]
    np.testing.assert_allclose(mean.loc["total"], mean.loc[bottom].sum(), atol=1e-8)
    young = mean.loc[[b for b in bottom if b.endswith("unga")]].sum()
    np.testing.assert_allclose(mean.loc["group=unga"], young, atol=1e-8)
    paths = model.paths(np.random.default_rng(1), 300)
    at = [paths.labels.index(b) for b in bottom]
    gap = paths.values[:, 0] - paths.values[:, at].sum(1)
    assert np.abs(gap).max() < 1e-8
    assert paths.values.min() >= 0
    np.testing.assert_allclose(
        paths.mean(), mean.loc[list(paths.labels)], rtol=1e-9, atol=1e-9
    )


def test_low_counts_get_whole_numbers_that_cover() -> None:
    rng = np.random.default_rng(6)
    rate = rng.uniform(0.3, 2.5, 60)
    y = rng.poisson(rate[:, None], (60, 84)).astype(float)
    table = pd.concat([frame(row[:72], f"s{i:02d}") for i, row in enumerate(y)])
    model = PanelForecaster(12).fit(table)
    found = model.predict()
    assert (found["hi-95"] % 1 == 0).all()
    later = y[:, 72:].ravel()
    inside = (later >= found["lo-95"]) & (later <= found["hi-95"])
    assert 0.93 < inside.mean() <= 1
    assert found["mean"].sum() == pytest.approx(12 * rate.sum(), rel=0.06)


def test_a_municipality_has_as_many_futures_as_asked_for() -> None:
    model = PanelForecaster(36).fit(panel(4, months=60))
    found = model.paths(np.random.default_rng(1), 500)
    assert found.values.shape[0] == 500
    assert np.isfinite(found.values).all()


def _bench(name: str, count: int) -> tuple[float, float, dict[int, float]]:
    """OWA of the forecaster and of the seasonal naive, and coverage by level."""
    bench = pd.read_parquet(shared_data(f"bench/{name}.parquet"))
    bench["unique_id"] = bench["unique_id"].astype(str)
    ids = np.random.default_rng(0).choice(
        sorted(bench["unique_id"].unique()), count, replace=False
    )
    bench = bench[bench["unique_id"].isin(ids)]
    known, later = (bench[bench["split"] == part] for part in ("train", "test"))
    horizon = int(later.groupby("unique_id").size().iloc[0])
    forecast = PanelForecaster(horizon).fit(known).predict()
    joined = later.merge(forecast, on=["unique_id", "ds"])
    assert len(joined) == len(later)
    own, naive = [], []
    for name_, rows in joined.groupby("unique_id"):
        history = known.loc[known["unique_id"] == name_, "y"].to_numpy(float)
        own.append((history, rows["y"], rows["mean"]))
        naive.append((history, rows["y"], scoring.seasonal_naive(history, horizon)))
    cover = {
        level: scoring.coverage(
            joined["y"], joined[f"lo-{level}"], joined[f"hi-{level}"]
        )
        for level in (80, 95)
    }
    return scoring.owa(own), scoring.owa(naive), cover


def test_beats_the_floor_on_competition_series() -> None:
    own, naive, cover = _bench("m3_monthly", 60)
    assert own < naive - 0.1
    assert own < 1
    assert 0.75 < cover[80] < 0.87
    assert 0.9 < cover[95] < 0.99


@pytest.mark.soak
@pytest.mark.parametrize(
    ("name", "count"),
    [("m3_monthly", 200), ("hospital_monthly", 200), ("sim_lowcount_monthly", 200)],
)
def test_beats_the_floor_with_honest_intervals_at_full_size(
    name: str, count: int
) -> None:
    own, naive, cover = _bench(name, count)
    assert own < 0.9 * naive
    assert 0.75 < cover[80] < 0.92
    assert 0.92 < cover[95] < 0.995


def test_beats_the_last_value_on_dalarna_households() -> None:
    path = shared_data("se_dalarna_ekonomiskt_bistand_monthly.csv")
    table = pd.read_csv(path, parse_dates=["month"])
    table.loc[table["quality_flag"] != "ok", "households"] = np.nan
    series = table.rename(columns={"region": "unique_id", "month": "ds"})
    series = series.rename(columns={"households": "y"})[["unique_id", "ds", "y"]]
    own, last = [], []
    for cutoff in pd.date_range("2018-01-01", "2024-06-01", freq="7MS"):
        known = series[series["ds"] <= cutoff]
        forecast = PanelForecaster(6).fit(known).predict()["mean"].to_numpy()
        came = series[series["ds"] > cutoff]["y"].to_numpy()[:6]
        own.append(np.abs(forecast / came - 1).mean())
        last.append(np.abs(known["y"].iloc[-1] / came - 1).mean())
    assert np.mean(own) < np.mean(last)
