"""Forecasts against their peers on the same series: `make bench-forecast`.

The peers forecast in a virtual environment of their own (`peers/`); here the package
forecasts the same panels, and both are scored by one function.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from panels import PANELS

from bemanna.models import scoring
from bemanna.models.inflow import PanelForecaster

Array = NDArray[np.float64]

#: Probabilities at which forecasts are scored: the outer two for the intervals, the
#: others for the CRPS.
CHANCES = np.array([0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975])
MEDIAN = 5
PEERS = ("AutoETS", "DOT", "AutoCES", "AutoARIMA")
#: Median ensembles of peers.
ENSEMBLES = {"median of ETS, DOT, CES": PEERS[:3], "median of all four": PEERS}


class Actual(NamedTuple):
    """What came after one cut of a panel, n series.

    Attributes
    ----------
    ids : list of str
    histories : list of array
    y : array (n, horizon)
    naive2 : array (n, horizon)
    scale : array (n,)
    """

    ids: list[str]
    histories: list[Array]
    y: Array
    naive2: Array
    scale: Array

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Actual":
        """Split a panel; series in the order of their names."""
        known = {u: g["y"].to_numpy(float) for u, g in _part(table, "train")}
        later = {u: g["y"].to_numpy(float) for u, g in _part(table, "test")}
        ids = sorted(later)
        y = np.array([later[u] for u in ids])
        histories = [known[u] for u in ids]
        naive2 = np.array([scoring.naive2(h, y.shape[1]) for h in histories])
        scale = np.array([scoring.naive_scale(h) for h in histories])
        return cls(ids, histories, y, naive2, scale)


class Scores(NamedTuple):
    """Scores of one forecaster on one panel, one entry per series (and step)."""

    smape: Array
    mase: Array
    crps: Array
    msis: Array
    inside: Array
    """(n, horizon, 2): probability that the outcome lies inside 80 and 95 %."""


def _part(table: pd.DataFrame, split: str) -> "pd.api.typing.DataFrameGroupBy":
    part = table[table["split"] == split].sort_values(["unique_id", "ds"])
    return part.groupby("unique_id")


def score(actual: Actual, point: Array, quantiles: Array) -> Scores:
    """Score a point forecast (n, horizon) and quantiles (n, horizon, CHANCES)."""
    y, size = actual.y, np.abs(actual.y) + np.abs(point)
    gap = np.abs(y - point)
    smape = 200 * np.divide(gap, size, out=np.zeros_like(gap), where=size > 0)
    error = y[..., None] - quantiles
    pinball = 2 * np.maximum(CHANCES * error, (CHANCES - 1) * error)
    low, high = quantiles[..., 0], quantiles[..., -1]
    fine = 40 * (np.maximum(low - y, 0) + np.maximum(y - high, 0))
    inside = [(y >= quantiles[..., i]) & (y <= quantiles[..., -1 - i]) for i in (1, 0)]
    return Scores(
        smape.mean(1),
        gap.mean(1) / actual.scale,
        pinball[..., 1:-1].mean((1, 2)) / actual.scale,
        (high - low + fine).mean(1) / actual.scale,
        np.stack(inside, -1).astype(float),
    )


def owa(actuals: list[Actual], scores: list[Scores]) -> Array:
    """Per-series sMAPE and MASE relative to the panel's Naive2, averaged: (n,)."""
    plain = [score(a, a.naive2, np.repeat(a.naive2[..., None], 11, 2)) for a in actuals]
    smape, mase = (
        np.concatenate([getattr(s, name) for s in scores])
        / np.mean(np.concatenate([getattr(s, name) for s in plain]))
        for name in ("smape", "mase")
    )
    found: Array = (smape + mase) / 2
    return found


def own(
    table: pd.DataFrame, horizon: int
) -> tuple[Array, Array, float, PanelForecaster]:
    """Forecast a panel with the package: points, quantiles and CPU seconds."""
    known = table.loc[table["split"] == "train", ["unique_id", "ds", "y"]]
    known = known.sort_values(["unique_id", "ds"])
    start = time.process_time()
    model = PanelForecaster(horizon).fit(known)
    mean = model.outlook_.mean
    names = {str(c): float(c) for c in CHANCES}
    tables = model.learnt_.quantiles(model.outlook_, names)
    seconds = time.process_time() - start
    return mean, np.stack(list(tables.values()), -1), seconds, model


def peer(folder: Path, name: str, cut: int, model: str, ids: list[str]) -> Array | None:
    """Quantiles of a peer, (n, horizon, CHANCES); None where it was not run."""
    file = folder / f"{name}.{cut}.{model}.parquet"
    if not file.exists():
        return None
    table = pd.read_parquet(file).sort_values(["unique_id", "step"])
    sides = [f"lo-{k}" for k in (95, 80, 60, 40, 20)]
    columns = [*sides, "mean", *(c.replace("lo", "hi") for c in reversed(sides))]
    wide = table[columns].to_numpy(float).reshape(len(ids), -1, len(columns))
    # where a peer gives no number a user would fall back on nothing
    return np.nan_to_num(wide)
