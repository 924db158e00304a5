"""How good remade forecasts were: tables by model, months ahead and size of series.

MASE and OWA judge the point, sCRPS the whole distribution, coverage the intervals
(`models.scoring` defines them for one series). Every forecast month counts alike; OWA
is a ratio of means over all of them, as in M4.
"""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from .domain import Array
from .members import MEMBERS
from .rolling import DECILES

MIX = "mix"
#: What any forecast must beat.
BENCHMARKS = ("seasonal_naive", "last_value")
#: In the order they are reported. Only the mix has intervals.
MODELS = (MIX, *BENCHMARKS, *MEMBERS)
ALL = "all"
#: Months ahead by name: first and last. Not "1-3", which Excel reads as a date.
AHEAD = MappingProxyType({"1 to 3": (1, 3), "4 to 12": (4, 12), "13 on": (13, np.inf)})
#: Mean level of a series a month, in households.
SIZES = ("under 3", "3 to 30", "over 30")
KEYS = ("quantity", "model", "months_ahead", "size")
SCORES = ("mase", "owa", "scrps", "coverage_80", "coverage_95")


def accuracy(windows: pd.DataFrame) -> pd.DataFrame:
    """Score every model by quantity, months ahead and size of series.

    Parameters
    ----------
    windows : pandas.DataFrame
        As from `PanelForecaster.backtest`, with `quantity`, and `level`: households a
        month that the series has in the mean, NaN = not known.

    Returns
    -------
    pandas.DataFrame
        One row per `quantity, model, months_ahead, size` that has a forecast, in the
        order of `MODELS`, `AHEAD` and `SIZES` after `ALL`: `windows` (series times
        origins), `mase`, `owa`, `scrps`, `coverage_80`, `coverage_95` (shares). sCRPS
        of the mix is over its deciles; of a model that gives a point alone it is the
        MASE, and coverage is NaN. OWA is NaN where Naive2 makes no error.
    """
    errors = _errors(windows)
    margins: tuple[tuple[str, ...], ...] = (
        ("months_ahead", "size"),
        ("size",),
        ("months_ahead",),
        (),
    )
    tables = []
    for margin in margins:
        rows = errors.assign(**dict.fromkeys(margin, ALL))
        # a series of unknown size is in none of the classes
        tables.append(_means(rows[rows["size"] != ""], KEYS))
    table = pd.concat(tables, ignore_index=True)
    order: dict[str, Sequence[str]] = {
        "quantity": list(windows["quantity"].unique()),
        "model": MODELS,
        "months_ahead": (ALL, *AHEAD),
        "size": (ALL, *SIZES),
    }
    place = [
        table[name].map({k: i for i, k in enumerate(order[name])}) for name in KEYS
    ]
    table = table.iloc[np.lexsort([p.to_numpy() for p in reversed(place)])]
    return table[[*KEYS, "windows", *SCORES]].reset_index(drop=True)


def by_month(windows: pd.DataFrame) -> pd.DataFrame:
    """Score every model by month ahead.

    Returns
    -------
    pandas.DataFrame
        One row per `quantity, model, step`, with the columns of `accuracy`.
    """
    table = _means(_errors(windows), ("quantity", "model", "step"))
    return table[["quantity", "model", "step", "windows", *SCORES]]


def closer(windows: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    """Count the windows in which the mix came closer than a benchmark did.

    Returns
    -------
    pandas.DataFrame
        By `quantity`: `closer` and `windows`; a tie is not closer.
    """
    miss = windows[["quantity", "unique_id", "cutoff"]].assign(
        mix=(windows["y"] - windows["mean"]).abs(),
        other=(windows["y"] - windows[benchmark]).abs(),
    )
    keys = ["quantity", "unique_id", "cutoff"]
    mean = miss.groupby(keys, sort=False).mean().reset_index()
    mean["closer"] = mean["mix"] < mean["other"] * (1 - 1e-9)  # rounding is a tie
    groups = mean.groupby("quantity", sort=False)["closer"]
    return pd.DataFrame({"closer": groups.sum(), "windows": groups.count()})


def _errors(windows: pd.DataFrame) -> pd.DataFrame:
    """One row per forecast month and model, with what the scores are means of."""
    y, scale = (windows[name].to_numpy(float) for name in ("y", "scale"))
    window = windows.groupby(["quantity", "unique_id", "cutoff"], sort=False).ngroup()
    common = pd.DataFrame(
        {
            "quantity": windows["quantity"].to_numpy(),
            "step": windows["step"].to_numpy(),
            "months_ahead": _ahead(windows["step"].to_numpy(float)),
            "size": _size(windows["level"].to_numpy(float)),
            "window": window.to_numpy(),
        }
    )
    plain = windows["naive2"].to_numpy(float)
    tables: list[pd.DataFrame] = []
    for model in MODELS:
        point = windows["mean" if model == MIX else model].to_numpy(float)
        said = np.isfinite(point)
        mase = np.abs(y - point) / scale
        table = common.assign(
            model=model,
            mase=mase,
            smape=_smape(y, point),
            plain_mase=np.abs(y - plain) / scale,
            plain_smape=_smape(y, plain),
            scrps=_scrps(windows, y, scale) if model == MIX else mase,
        )
        for level in (80, 95):
            low, high = (windows[f"{side}-{level}"].to_numpy() for side in ("lo", "hi"))
            inside = ((y >= low) & (y <= high)).astype(float)
            table[f"coverage_{level}"] = inside if model == MIX else np.nan
        # the benchmark of OWA is scored in the same months
        tables.append(table[said])
    return pd.concat(tables, ignore_index=True)


def _means(errors: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    groups = errors.groupby(list(keys), sort=False)
    numbers = [c for c in errors.columns if c not in (*KEYS, "step", "window")]
    table: pd.DataFrame = groups[numbers].mean()
    table["windows"] = groups["window"].nunique()
    # a ratio to nought is not defined
    plain = table[["plain_smape", "plain_mase"]].replace(0.0, np.nan)
    owa = table["smape"] / plain["plain_smape"] + table["mase"] / plain["plain_mase"]
    table["owa"] = owa / 2
    return table.reset_index()


def _smape(y: Array, point: Array) -> Array:
    """Symmetric percentage error of every month, 0 to 200; 0/0 is no error."""
    size = np.abs(y) + np.abs(point)
    # what has no forecast stays NaN
    error: Array = 200 * np.abs(y - point) / np.where(size == 0, 1.0, size)
    return error


def _scrps(windows: pd.DataFrame, y: Array, scale: Array) -> Array:
    """Twice the mean pinball loss over the deciles, scaled."""
    chance = np.array(list(DECILES.values()))
    error = y[:, None] - windows[list(DECILES)].to_numpy(float)
    loss: Array = 2 * np.maximum(chance * error, (chance - 1) * error).mean(1) / scale
    return loss


def _ahead(step: Array) -> list[str]:
    """Name the class of every month ahead."""
    last = np.array([end for _, end in AHEAD.values()])
    names = list(AHEAD)
    return [names[i] for i in np.searchsorted(last, step)]


def _size(level: Array) -> Array:
    """Name the class of every series by its mean level; empty where not known."""
    under, middle, over = SIZES
    return np.select([level < 3, level <= 30, level > 30], [under, middle, over], "")
