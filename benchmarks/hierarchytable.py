"""Forecasts that add up, against other reconciliations.

Every method reconciles the same base forecasts, and learns from the same errors: those
of the windows from which the package itself learns.
"""

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from contest import run_peers
from document import table
from forecastscores import Array
from forecasttables import verdict
from numpy.typing import NDArray
from panels import read_keyed

from bemanna.models.inflow import PanelForecaster
from bemanna.models.members import forecast
from bemanna.models.origins import Origins, learning_cuts, naive_scales
from bemanna.models.panel import month_starts
from bemanna.models.reconcile import MinT

Ints = NDArray[np.intp]

AHEAD = 12
#: Groups of the visitor nights; region and purpose together are the bottom series.
GROUPS = [
    ["state"],
    ["zone"],
    ["region"],
    ["purpose"],
    ["state", "purpose"],
    ["region", "purpose"],
]


class Method(NamedTuple):
    """A reconciliation: its forecasts (n, horizon), and its CPU seconds."""

    name: str
    values: Array
    cpu: float


def reconciliations(shared: Path, folder: Path, python: Path) -> str:
    """Mean MASE over the levels of the visitor nights, by method."""
    panel = read_keyed(shared, "tourismlarge_monthly_bottom")
    keys = ["state", "zone", "region", "purpose"]
    train = panel.loc[panel["split"] == "train", ["unique_id", "ds", "y", *keys]]
    later = panel[panel["split"] == "test"]
    later = later.pivot(index="unique_id", columns="ds", values="y")  # noqa: PD010
    model = PanelForecaster(AHEAD, levels=GROUPS).fit(train)
    hierarchy = model.hierarchy_
    assert hierarchy is not None
    base = model.outlook_.widths.point
    actual, said = learnt_windows(model)
    start = time.process_time()
    mint = MinT.learn(hierarchy, actual - said)
    own = mint.reconcile(base)
    took = time.process_time() - start
    if not np.allclose(own, model.outlook_.mean):
        raise ValueError(
            "the errors rebuilt here must be those the package learns from"
        )
    found = _peers(model, actual, said, folder, python)
    order = list(hierarchy.labels[hierarchy.n_aggregates :])
    outcome = hierarchy.aggregate(later.loc[order].to_numpy(float))
    scale = naive_scales(model.panel_.y, model.season_length)
    level = np.array(hierarchy.level)

    def by_level(values: Array) -> Array:
        mase = np.abs(values - outcome).mean(1) / scale
        return np.array([mase[level == name].mean() for name in dict.fromkeys(level)])

    best = min(by_level(method.values).mean() for method in found)
    ratio = by_level(own).mean() / best
    rows = [
        Method("base forecasts, which do not add up", base, float("nan")),
        *found,
        Method("**package**", own, took),
    ]
    shown = [
        (
            name,
            f"{by_level(values).mean():.4f}",
            *(f"{mase:.3f}" for mase in by_level(values)),
            f"{values.min():.1f}",
            "-" if np.isnan(cpu) else f"{cpu:.2f}",
        )
        for name, values, cpu in rows
    ]
    names = [str(name).replace("|", " × ") for name in dict.fromkeys(level)]
    head = ["method", "mean of levels", *names]
    line = (
        f"Package over the best other method: {ratio:.3f}; ≤ 1: {verdict(ratio <= 1)}."
    )
    return f"{table([*head, 'lowest value', 'CPU s'], shown)}\n\n{line}"


def learnt_windows(model: PanelForecaster) -> tuple[Array, Array]:
    """Rebuild what came and what was said where it learnt, (windows, n, horizon)."""
    panel, h, m = model.panel_, model.horizon, model.season_length
    origins = Origins.of(panel, learning_cuts(panel.known, h), h, m)
    ahead = forecast(origins.histories, h, m)
    shape = (-1, len(panel.labels), h)
    point = model.learnt_.widths(ahead, origins.series).point
    return origins.actual.reshape(shape), point.reshape(shape)


def _peers(
    model: PanelForecaster, actual: Array, said: Array, folder: Path, python: Path
) -> list[Method]:
    """Reconcile the same base forecasts with hierarchicalforecast."""
    folder.mkdir(parents=True, exist_ok=True)
    hierarchy = model.hierarchy_
    assert hierarchy is not None
    labels, h = np.array(hierarchy.labels), model.horizon
    end = int(model.panel_.end[0])

    def long(months: Ints, **values: Array) -> pd.DataFrame:
        frame = pd.DataFrame({name: table.ravel() for name, table in values.items()})
        frame.insert(0, "unique_id", np.repeat(labels, len(months)))
        frame.insert(1, "ds", np.tile(month_starts(months), len(labels)))
        return frame

    # the latest window stands first, and no two overlap
    past = [np.concatenate(list(table[::-1]), axis=1) for table in (actual, said)]
    before = np.arange(end - past[0].shape[1] + 1, end + 1)
    long(before, y=past[0], base=past[1]).to_parquet(folder / "past.parquet")
    point = model.outlook_.widths.point
    long(np.arange(end + 1, end + h + 1), base=point).to_parquet(
        folder / "ahead.parquet"
    )
    sums = hierarchy.sums.toarray()
    bottom = labels[hierarchy.n_aggregates :]
    frame = pd.DataFrame(sums, columns=bottom).assign(level=list(hierarchy.level))
    frame.insert(0, "unique_id", labels)
    frame.to_parquet(folder / "sums.parquet")
    run_peers(python, "hierarchy.py", folder)
    found = pd.read_parquet(folder / "reconciled.parquet")
    index = ["method", "cpu", "unique_id"]
    wide = found.pivot(index=index, columns="ds", values="y")  # noqa: PD010
    return [
        Method(
            f"hierarchicalforecast {name}",
            group.droplevel(["method", "cpu"]).loc[list(labels)].to_numpy(float),
            float(group.index.get_level_values("cpu")[0]),
        )
        for name, group in wide.groupby(level="method", sort=False)
    ]
