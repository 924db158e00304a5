"""A simulated Sweden: seconds, coherence, and a driver that leads the caseload.

The panel has 290 municipalities with two groups each. Unemployment leads their counts
by three months, so what knowing it is worth can be measured.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from document import table
from forecastscores import Array
from forecasttables import verdict
from panels import read_keyed

from bemanna.models.hierarchy import TOTAL
from bemanna.models.inflow import PanelForecaster

NAME = "sim_kommun_monthly"
KEYS = ["county", "municipality", "segment"]
DRIVER = "unemployment"
#: Asked of one forecast and of its backtest.
MOST_SECONDS, MOST_BACKTEST_SECONDS, MOST_INCOHERENCE = 10.0, 60.0, 1e-8
BACKTEST_ORIGINS = 12
#: Futures drawn to see that each adds up.
PATHS = 50
#: The driver's true lead, and how far off the one found may be.
TRUE_LAG, NEAR = 3, 1
#: Highest error with the driver's true future, and without a scenario of it, in times
#: the error without a driver.
MOST_TRUE, MOST_FLAT = 0.65, 1.15
#: Months before the file's own split at which the driver is tried too.
EARLIER = (0, 12, 24, 36)


def sweden(shared: Path) -> str:
    """Seconds and coherence of a whole country's forecast, and of its backtest."""
    panel = read_keyed(shared, NAME)
    train = panel.loc[panel["split"] == "train", ["unique_id", "ds", "y", *KEYS]]
    horizon = _horizon(panel)
    start = time.process_time()
    model = PanelForecaster(horizon).fit(train)
    shown = model.predict()
    took = time.process_time() - start
    hierarchy = model.hierarchy_
    assert hierarchy is not None
    means = shown["mean"].to_numpy().reshape(-1, horizon)
    paths = model.paths(np.random.default_rng(1), PATHS).values
    gap = max(
        float(
            np.abs(hierarchy.aggregate(v[..., hierarchy.n_aggregates :, :]) - v).max()
        )
        for v in (means, paths)
    )
    lowest = min(float(shown.select_dtypes(float).min().min()), float(paths.min()))
    start = time.process_time()
    model.backtest(BACKTEST_ORIGINS)
    again = time.process_time() - start
    rows = [
        ("series, sums included", "-", str(len(model.labels_)), ""),
        (
            "CPU s to fit and forecast, intervals included",
            f"< {MOST_SECONDS:g}",
            f"{took:.1f}",
            verdict(took < MOST_SECONDS),
        ),
        (
            "largest gap between a sum and its parts, means and paths",
            f"< {MOST_INCOHERENCE:g}",
            f"{gap:.1e}",
            verdict(gap < MOST_INCOHERENCE),
        ),
        ("lowest value", "≥ 0", f"{lowest:.3f}", verdict(lowest >= 0)),
        (
            f"CPU s of a backtest at {BACKTEST_ORIGINS} origins",
            f"< {MOST_BACKTEST_SECONDS:g}",
            f"{again:.1f}",
            verdict(again < MOST_BACKTEST_SECONDS),
        ),
    ]
    return table(["simulated Sweden, 24 months ahead", "target", "measured", ""], rows)


def driver_table(shared: Path) -> str:
    """Error of the national sum with and without the driver, and the lead found."""
    panel = read_keyed(shared, NAME)
    horizon = _horizon(panel)
    months = np.sort(panel["ds"].unique())
    rows, errors = [], []
    for back in EARLIER:
        end = len(months) - back
        known = panel[panel["ds"] < months[end - horizon]]
        later = panel[panel["ds"].isin(months[end - horizon : end])]
        lag, found = _national_errors(known, later, horizon)
        errors.append(found)
        near = verdict(abs(lag - TRUE_LAG) <= NEAR)
        last = f"{known['ds'].max():%Y-%m}"
        rows.append((last, f"{lag}; {TRUE_LAG} ± {NEAR}: {near}", *_ratios(found)))
    rows.append(("all", "", *_ratios(np.concatenate(errors, axis=1))))
    head = ["last month known", "lead found", "MAPE without driver"]
    head += ["with the true future / without", "without a scenario / without"]
    return table(head, rows)


def _horizon(panel: pd.DataFrame) -> int:
    return int((panel["split"] == "test").groupby(panel["unique_id"]).sum().max())


def _ratios(errors: Array) -> tuple[str, str, str]:
    none, true, flat = errors.mean(1)
    return (
        f"{none:.2%}",
        f"{true / none:.2f}; ≤ {MOST_TRUE:g}: {verdict(true / none <= MOST_TRUE)}",
        f"{flat / none:.2f}; ≤ {MOST_FLAT:g}: {verdict(flat / none <= MOST_FLAT)}",
    )


def _national_errors(
    known: pd.DataFrame, later: pd.DataFrame, horizon: int
) -> tuple[int, Array]:
    """Find the lead, and absolute errors (none, true, flat; horizon) of the sum."""
    columns = ["unique_id", "ds", "y", *KEYS]
    plain = PanelForecaster(horizon).fit(known[columns])
    with_driver = known[[*columns, DRIVER]]
    scenario = later[["unique_id", "ds", DRIVER]]
    true = PanelForecaster(horizon, driver=DRIVER).fit(with_driver, scenario=scenario)
    flat = PanelForecaster(horizon, driver=DRIVER).fit(with_driver)
    came = later.groupby("ds")["y"].sum().to_numpy(float)
    totals = [m.outlook_.mean[m.labels_.index(TOTAL)] for m in (plain, true, flat)]
    assert true.driven_ is not None
    return true.driven_.effect.lag_, np.abs(np.stack(totals) / came - 1)
