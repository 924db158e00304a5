"""One county's households and payments, forecast again every month for six years."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from document import table
from forecastscores import Array, Ratio
from forecasttables import verdict

from bemanna.models.inflow import PanelForecaster

FILE = "se_dalarna_ekonomiskt_bistand_monthly.csv"
#: Last months known, one forecast each.
ORIGINS = pd.date_range("2018-01-01", "2023-12-01", freq="MS")
AHEAD = 12
#: Steps shown, with the mean absolute percentage error to stay below.
BELOW = {
    "households": {1: 1.8, 6: 4.4, 12: 6.2},
    "paid_tkr": {1: 3.3, 6: 5.0, 12: 4.8},
}
#: Origins a year apart share little: their blocks are what is drawn again.
BLOCK, DRAWS, SEED = 12, 2_000, 20


def dalarna(shared: Path) -> str:
    """Percentage errors at some steps, beside those of the last value."""
    months = pd.read_csv(shared / FILE, parse_dates=["month"])
    months = months[months["month"] <= ORIGINS[-1] + pd.DateOffset(months=AHEAD)]
    bad = months["quality_flag"] != "ok"
    rows = []
    start = time.process_time()
    for column, targets in BELOW.items():
        series = (
            months["month"]
            .to_frame("ds")
            .assign(unique_id="Dalarna", y=months[column].mask(bad).astype(float))
        )
        own, last = _errors(series)
        weights = _redrawn(len(ORIGINS))
        for step, below in targets.items():
            mine, theirs = own[:, step - 1], last[:, step - 1]
            ratio = Ratio.of(weights @ mine / (weights @ theirs))
            rows.append(
                (
                    column,
                    str(step),
                    f"{mine.mean():.2%}",
                    f"< {below:g} %",
                    verdict(100 * mine.mean() < below),
                    f"{theirs.mean():.2%}",
                    str(ratio),
                )
            )
    took = time.process_time() - start
    head = ["series", "months ahead", "MAPE", "target", "", "last value", "ratio"]
    line = (
        f"{len(ORIGINS)} origins, {ORIGINS[0]:%Y-%m} to {ORIGINS[-1]:%Y-%m}; "
        f"{took / len(ORIGINS) / len(BELOW):.2f} CPU s a forecast of {AHEAD} months."
    )
    return f"{table(head, rows)}\n\n{line}"


def _errors(series: pd.DataFrame) -> tuple[Array, Array]:
    """Relative errors of the package and of the last value, (origins, AHEAD)."""
    own, last = [], []
    for origin in ORIGINS:
        known = series[series["ds"] <= origin]
        came = series.loc[series["ds"] > origin, "y"].to_numpy()[:AHEAD]
        mean = PanelForecaster(AHEAD).fit(known).predict()["mean"].to_numpy()
        own.append(np.abs(mean / came - 1))
        last.append(np.abs(known["y"].iloc[-1] / came - 1))
    return np.array(own), np.array(last)


def _redrawn(n: int) -> Array:
    """How often each origin counts: once, then as blocks are drawn, (1 + DRAWS, n)."""
    starts = np.random.default_rng(SEED).integers(0, n, (DRAWS, -(-n // BLOCK)))
    # blocks go round, so that no origin is rarer than another
    drawn = (starts[..., None] + np.arange(BLOCK)).reshape(DRAWS, -1)[:, :n] % n
    counts = np.stack([np.bincount(row, minlength=n) for row in drawn])
    return np.vstack([np.ones(n), counts])
