"""Forecast the panels with statsforecast, in the peers' own virtual environment.

`python forecasts.py PANELS_DIR OUT_DIR [PANEL ...]` reads every `NAME.CUT.parquet`, or
those of the panels named; it writes `NAME.CUT.MODEL.parquet` (`unique_id, ds, step,
mean, lo-*, hi-*`) and a line of `seconds.csv` with the CPU seconds of one thread. What
is newer than its panel is kept. One series is forecast first: numba compiles while
nobody counts.
"""

import os
import sys
import time
import warnings
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from statsforecast import StatsForecast  # noqa: E402
from statsforecast.models import (  # noqa: E402
    AutoARIMA,
    AutoCES,
    AutoETS,
    DynamicOptimizedTheta,
    SeasonalNaive,
)

LEVELS = [20, 40, 50, 60, 80, 95]
MODELS = {
    "SeasonalNaive": lambda: SeasonalNaive(12),
    "AutoETS": lambda: AutoETS(season_length=12),
    "DOT": lambda: DynamicOptimizedTheta(season_length=12),
    "AutoCES": lambda: AutoCES(season_length=12),
    "AutoARIMA": lambda: AutoARIMA(season_length=12),
}
#: Models that take seconds a series are run on these panels only.
ONLY_ON = {"AutoARIMA": ("m3", "hospital", "sim_lowcount")}


def forecast(train: pd.DataFrame, horizon: int, name: str) -> pd.DataFrame:
    """Forecast as a user of statsforecast would, on one core."""
    engine = StatsForecast(
        models=[MODELS[name]()], freq=1, n_jobs=1, fallback_model=SeasonalNaive(12)
    )
    return engine.forecast(df=train, h=horizon, level=LEVELS)


def _is_newer(result: Path, panel: Path) -> bool:
    return result.exists() and result.stat().st_mtime >= panel.stat().st_mtime


def main(panels: Path, out: Path, chosen: list[str]) -> None:
    """Forecast every panel chosen with every model that has no result yet."""
    warnings.filterwarnings("ignore")
    out.mkdir(parents=True, exist_ok=True)
    for file in sorted(panels.glob("*.parquet")):
        panel = file.stem.rsplit(".", 1)[0]
        if chosen and panel not in chosen:
            continue
        table = pd.read_parquet(file).sort_values(["unique_id", "ds"])
        horizon = int(
            (table["split"] == "test").groupby(table["unique_id"]).sum().max()
        )
        train = table.loc[table["split"] == "train", ["unique_id", "ds", "y"]]
        months = train.groupby("unique_id")["ds"].cumcount() + 1
        ends = months.groupby(train["unique_id"]).max()
        train = train.assign(ds=months)
        first = train[train["unique_id"] == train["unique_id"].iloc[0]]
        for name in MODELS:
            result = out / f"{file.stem}.{name}.parquet"
            if panel not in ONLY_ON.get(name, (panel,)) or _is_newer(result, file):
                continue
            forecast(first, horizon, name)
            start = time.process_time()
            found = forecast(train, horizon, name)
            seconds = time.process_time() - start
            model = min(found.columns.drop(["unique_id", "ds"]), key=len)
            names = {c: c.removeprefix(f"{model}-") for c in found.columns}
            found = found.rename(columns=names | {model: "mean"})
            found["step"] = found["ds"] - found["unique_id"].map(ends)
            found.to_parquet(result)
            with (out / "seconds.csv").open("a") as log:
                log.write(f"{file.stem},{name},{seconds:.3f},{ends.size}\n")
            print(file.stem, name, f"{seconds:.1f} CPU s", flush=True)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
