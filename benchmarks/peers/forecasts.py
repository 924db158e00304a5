"""Forecast the panels with statsforecast, in the peers' own virtual environment.

`python forecasts.py PANELS_DIR OUT_DIR [MODEL ...]` reads every `NAME.CUT.parquet`,
writes `NAME.CUT.MODEL.parquet` (`unique_id, ds, mean, lo-*, hi-*`) and a line of
`seconds.csv` with the CPU seconds of one thread. One series is forecast first: numba
compiles while nobody counts.
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


def forecast(train: pd.DataFrame, horizon: int, name: str) -> pd.DataFrame:
    """Forecast as a user of statsforecast would, on one core."""
    engine = StatsForecast(
        models=[MODELS[name]()], freq=1, n_jobs=1, fallback_model=SeasonalNaive(12)
    )
    return engine.forecast(df=train, h=horizon, level=LEVELS)


def main(panels: Path, out: Path, chosen: list[str]) -> None:
    """Forecast every panel with every model that has no result yet."""
    warnings.filterwarnings("ignore")
    out.mkdir(parents=True, exist_ok=True)
    for file in sorted(panels.glob("*.parquet")):
        table = pd.read_parquet(file).sort_values(["unique_id", "ds"])
        horizon = int(
            (table["split"] == "test").groupby(table["unique_id"]).sum().max()
        )
        train = table.loc[table["split"] == "train", ["unique_id", "ds", "y"]]
        months = train.groupby("unique_id")["ds"].cumcount() + 1
        ends = months.groupby(train["unique_id"]).max()
        train = train.assign(ds=months)
        first = train[train["unique_id"] == train["unique_id"].iloc[0]]
        for name in chosen or list(MODELS):
            result = out / f"{file.stem}.{name}.parquet"
            if result.exists():
                continue
            forecast(first, horizon, name)
            start = time.process_time()
            found = forecast(train, horizon, name)
            seconds = time.process_time() - start
            model = min(found.columns.drop(["unique_id", "ds"]), key=len)
            found = found.rename(columns={model: "mean"})
            found = found.rename(columns=lambda c: c.removeprefix(f"{model}-"))
            found["step"] = found["ds"] - found["unique_id"].map(ends)
            found.to_parquet(result)
            with (out / "seconds.csv").open("a") as log:
                log.write(f"{file.stem},{name},{seconds:.3f},{ends.size}\n")
            print(file.stem, name, f"{seconds:.1f} CPU s", flush=True)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
