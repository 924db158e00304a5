"""The package and its peers on one panel: who forecasts, and what everyone scored.

The peers forecast in a virtual environment of their own (`peers/forecasts.py`); what
they said and the seconds they took are kept in a cache and read here.
"""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from document import ROOT
from forecastscores import (
    CHANCES,
    GRID,
    MEDIAN,
    SEED,
    Actual,
    Array,
    Scores,
    inside_by_pit,
    randomised_pit,
    redrawn,
    score,
    score_point,
)
from panels import PANELS

from bemanna.models.inflow import PanelForecaster

PEERS = ("AutoETS", "DOT", "AutoCES", "AutoARIMA")
THREE, FOUR = "median of ETS, DOT, CES", "median of all four"
#: Medians of what several peers say, quantile by quantile.
ENSEMBLES = {THREE: PEERS[:3], FOUR: PEERS}
#: MASE of the seasonal naive on these series, known from elsewhere: where it is met,
#: histories, horizons and scores are those of others.
KNOWN_MASE = {"m3": 1.1413, "hospital": 0.9098, "m1": 1.2990, "tourism": 1.5340}


class Field(NamedTuple):
    """What everyone scored on one panel, all cuts one under the other.

    Attributes
    ----------
    name : str
    series : int
    own, own_median, naive2 : Scores
        The package's mean and its median as point forecasts, and the benchmark.
    peers : dict of str to Scores
        Peers that were run and ensembles of them.
    weights : array (1 + DRAWS, rows)
        From `redrawn`.
    cover : array (horizon, 2)
        Share of outcomes inside the package's 80 and 95 % intervals, by step.
    by_pit : bool
        Whether that share is of randomised transforms, as for counts.
    seconds : dict of str to float
        CPU of the package ("own") and of the peers.
    """

    name: str
    series: int
    own: Scores
    own_median: Scores
    naive2: Scores
    peers: dict[str, Scores]
    weights: Array
    cover: Array
    by_pit: bool
    seconds: dict[str, float]


def pins() -> dict[str, str]:
    """Versions of the peers."""
    lines = (ROOT / "benchmarks/peers/requirements.txt").read_text("utf-8").split()
    return dict(line.split("==") for line in lines)


def dump(shared: Path, names: Sequence[str], folder: Path) -> None:
    """Write the panels where the peers read them; a file only where it would differ."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        for i, table in enumerate(PANELS[name](shared)):
            file = folder / f"{name}.{i}.parquet"
            table = table[["unique_id", "ds", "y", "split"]].reset_index(drop=True)
            table = table.assign(split=table["split"].astype(str))
            if not file.exists() or not pd.read_parquet(file).equals(table):
                table.to_parquet(file)


def run_peers(python: Path, script: str, *arguments: str | Path) -> None:
    """Run a script of `peers/` in the peers' virtual environment."""
    path = ROOT / "benchmarks" / "peers" / script
    subprocess.run([python, path, *arguments], check=True)


def contest(name: str, shared: Path, folder: Path) -> Field:
    """Forecast a panel with the package and score it beside the peers.

    Raises
    ------
    ValueError
        Where the seasonal naive, own or the peers', does not score what is known.
    """
    tables = PANELS[name](shared)
    actuals = [Actual.of(table) for table in tables]
    check_scores(name, actuals, folder)
    means, medians, covers, seconds = [], [], [], 0.0
    by_pit = all(actual.are_counts for actual in actuals)
    rng = np.random.default_rng(SEED)
    for table, actual in zip(tables, actuals, strict=True):
        mean, quantiles, took, model = own(table, actual.y.shape[1])
        seconds += took
        means.append(score(actual, mean, quantiles))
        medians.append(score(actual, quantiles[..., MEDIAN], quantiles))
        inside = means[-1].inside
        if by_pit:
            names = {str(chance): float(chance) for chance in GRID}
            grid = model.learnt_.quantiles(model.outlook_, names)
            levels = np.stack(list(grid.values()), -1)
            inside = inside_by_pit(randomised_pit(actual.y, levels, rng))
        covers.append(inside)
    ids = [label for actual in actuals for label in actual.ids]
    return Field(
        name,
        len(set(ids)),
        Scores.pooled(means),
        Scores.pooled(medians),
        Scores.pooled([score_point(a, a.naive2) for a in actuals]),
        rivals(name, actuals, folder),
        redrawn(ids),
        np.concatenate(covers).mean(0),
        by_pit,
        {"own": seconds} | peer_seconds(name, folder),
    )


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


def rivals(name: str, actuals: Sequence[Actual], folder: Path) -> dict[str, Scores]:
    """Scores of the peers that were run on every cut, and of their ensembles."""
    said: dict[str, list[Array]] = {}
    for model in PEERS:
        found = [peer(folder, name, i, model, a.ids) for i, a in enumerate(actuals)]
        known = [quantiles for quantiles in found if quantiles is not None]
        if len(known) == len(actuals):
            said[model] = known
    for title, models in ENSEMBLES.items():
        if all(model in said for model in models):
            parts = [said[model] for model in models]
            said[title] = [np.median(cut, axis=0) for cut in zip(*parts, strict=True)]
    return {
        title: Scores.pooled(
            [score(a, q[..., MEDIAN], q) for a, q in zip(actuals, cuts, strict=True)]
        )
        for title, cuts in said.items()
    }


def peer(
    folder: Path, name: str, cut: int, model: str, ids: Sequence[str]
) -> Array | None:
    """Quantiles of a peer, (n, horizon, CHANCES), its point forecast as the median.

    None where it was not run. What it says below 0 counts as 0, as whoever forecasts
    people or money would read it.
    """
    file = folder / f"{name}.{cut}.{model}.parquet"
    if not file.exists():
        return None
    table = pd.read_parquet(file).sort_values(["unique_id", "step"])
    sides = [f"lo-{k}" for k in (95, 80, 60, 40, 20)]
    columns = [*sides, "mean", *(c.replace("lo", "hi") for c in reversed(sides))]
    wide = table[columns].to_numpy(float).reshape(len(ids), -1, len(columns))
    if list(table["unique_id"].unique()) != list(ids):
        raise ValueError(f"{file.name} is of other series: remove it")
    if not np.isfinite(wide).all():
        raise ValueError(f"{file.name} has forecasts that are no numbers")
    quantiles: Array = wide
    return quantiles


def peer_seconds(name: str, folder: Path) -> dict[str, float]:
    """CPU seconds of each peer over all cuts of a panel."""
    file = folder / "seconds.csv"
    if not file.exists():
        return {}
    table = pd.read_csv(file, names=["panel", "model", "seconds", "series"])
    table = table[table["panel"].str.rsplit(".", n=1).str[0] == name]
    table = table.drop_duplicates(["panel", "model"], keep="last")
    total = table.groupby("model")["seconds"].sum()
    return {str(model): float(seconds) for model, seconds in total.items()}


def check_scores(name: str, actuals: Sequence[Actual], folder: Path) -> float:
    """Mean MASE of the seasonal naive; refuse to go on where it is not the known one.

    Raises
    ------
    ValueError
        Where it differs from the published one, or from the peers' own.
    """
    found = np.concatenate([score_point(a, a.seasonal_naive).mase for a in actuals])
    mase = float(found.mean())
    theirs = [
        peer(folder, name, i, "SeasonalNaive", a.ids) for i, a in enumerate(actuals)
    ]
    known = [quantiles for quantiles in theirs if quantiles is not None]
    checks = {"published": KNOWN_MASE.get(name)}
    if len(known) == len(actuals):
        pairs = zip(actuals, known, strict=True)
        scores = [score_point(a, q[..., MEDIAN]).mase for a, q in pairs]
        checks["the peers'"] = float(np.concatenate(scores).mean())
    for whose, expected in checks.items():
        if expected is not None and round(mase - expected, 4):
            raise ValueError(
                f"the seasonal naive must have MASE {expected:.4f} on {name} "
                f"({whose}), got {mase:.4f}: no score can be trusted"
            )
    return mase
