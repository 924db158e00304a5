"""Reconcile base forecasts with hierarchicalforecast, in the peers' environment.

`python hierarchy.py FOLDER` reads `past.parquet` (`unique_id, ds, y, base` of the
windows to learn from), `ahead.parquet` (`unique_id, ds, base`) and `sums.parquet`
(`unique_id`, a column per bottom series, `level`); it writes `reconciled.parquet`
(`method, cpu, unique_id, ds, y`).
"""

import os
import sys
import time
import warnings
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import pandas as pd  # noqa: E402
from hierarchicalforecast.core import HierarchicalReconciliation  # noqa: E402
from hierarchicalforecast.methods import BottomUp, MinTrace  # noqa: E402

KINDS = ("ols", "wls_struct", "wls_var", "mint_shrink")


def main(folder: Path) -> None:
    """Reconcile with every method."""
    warnings.filterwarnings("ignore")
    past, ahead, sums = (
        pd.read_parquet(folder / f"{name}.parquet")
        for name in ("past", "ahead", "sums")
    )
    groups = sums.groupby("level", sort=False)["unique_id"]
    tags = {str(level): labels.to_numpy() for level, labels in groups}
    sums = sums.drop(columns="level")
    methods = {"BottomUp": BottomUp()}
    for kind in KINDS:
        methods[f"MinTrace {kind}"] = MinTrace(kind)
        methods[f"MinTrace {kind}, not negative"] = MinTrace(kind, nonnegative=True)
    results = []
    for name, method in methods.items():
        start = time.process_time()
        found = HierarchicalReconciliation([method]).reconcile(
            Y_hat_df=ahead, Y_df=past, S_df=sums, tags=tags
        )
        cpu = time.process_time() - start
        column = found.columns.drop(["unique_id", "ds", "base"])[0]
        found = found[["unique_id", "ds", column]].rename(columns={column: "y"})
        results.append(found.assign(method=name, cpu=round(cpu, 3)))
    pd.concat(results, ignore_index=True).to_parquet(folder / "reconciled.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
