"""Fit the peers to simulated registers, in a virtual environment of their own.

`python registers.py FOLDER OUT_DIR PEER NAME ...` reads `NAME.parquet` (entry, stop,
exit, and traits as categories) and `NAME.stock.parquet` (elapsed and the same traits);
it writes `NAME.PEER.npz`: the chance of leaving within a year of each household of the
stock, CPU seconds and MB added. `python registers.py FOLDER OUT_DIR truncation` reads
`truncation.parquet` and writes the survival that lifelines tells.
"""

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from cost import measured  # noqa: E402
from lifelines import CoxPHFitter  # noqa: E402
from pydts.fitters import TwoStagesFitter  # noqa: E402

AHEAD = 12
#: Rows of the warm-up.
FEW = 3000
#: PyDTS needs exits to every destination in every month: later ones are cut.
CUT = 60
Hazards = Callable[[np.ndarray], np.ndarray]


def columns(table: pd.DataFrame) -> pd.DataFrame:
    """Traits as dummies, the first level left out."""
    traits = table.select_dtypes("category").drop(columns="exit", errors="ignore")
    wide = pd.get_dummies(traits, drop_first=True, dtype=float)
    return wide.set_axis([f"x{i}" for i in range(wide.shape[1])], axis=1)


def cox(rows: pd.DataFrame, x: pd.DataFrame) -> Callable[[], list[CoxPHFitter]]:
    """Fit the Cox model of lifelines with delayed entry, one per destination."""
    frame = x.assign(entry=rows["entry"].astype(float), stop=rows["stop"].astype(float))
    codes = rows["exit"].cat.codes
    frames = [frame.assign(e=(codes == j).astype(int)) for j in range(4)]
    return lambda: [
        CoxPHFitter().fit(table, "stop", "e", entry_col="entry") for table in frames
    ]


def cox_hazards(models: list[CoxPHFitter], x: pd.DataFrame, last: int) -> Hazards:
    """Monthly exit probabilities, from the baseline as lifelines tells it."""
    base = np.zeros((last + 1, len(models)))
    for j, model in enumerate(models):
        curve = model.baseline_hazard_.iloc[:, 0]
        curve = curve[curve.index <= last]
        base[curve.index.to_numpy().astype(int), j] = curve.to_numpy()
    risk = np.column_stack([model.predict_partial_hazard(x) for model in models])

    def hazards(elapsed: np.ndarray) -> np.ndarray:
        steps = base[np.minimum(elapsed + 1, last)] * risk
        some = np.maximum(steps.sum(1, keepdims=True), 1e-12)
        return steps / some * (1 - np.exp(-some))

    return hazards


def two_stages(rows: pd.DataFrame, x: pd.DataFrame) -> Callable[[], TwoStagesFitter]:
    """Fit PyDTS to spells seen from their first month: it knows no delayed entry."""
    stop = rows["stop"].to_numpy()
    codes = rows["exit"].cat.codes.to_numpy() + 1
    frame = x.assign(
        X=np.minimum(stop, CUT), J=np.where(stop > CUT, 0, codes), pid=np.arange(len(x))
    )
    frame = frame[(rows["entry"] == 0).to_numpy()]

    def fit() -> TwoStagesFitter:
        model = TwoStagesFitter()
        model.fit(frame, list(x), nb_workers=1, verbose=0)
        return model

    return fit


def two_stages_hazards(model: TwoStagesFitter, x: pd.DataFrame, last: int) -> Hazards:
    """Monthly exit probabilities; months beyond the cut are as the last before it."""
    levels, lines = [], []
    for j in range(1, 5):
        beta, alpha = model.event_models[j]
        level = alpha.set_index("X")["alpha_jt"].reindex(range(1, CUT + 1))
        levels.append(level.ffill().to_numpy())
        lines.append(x.to_numpy() @ np.asarray(beta.params_))
    level, line = np.column_stack(levels), np.column_stack(lines)
    return lambda elapsed: (
        1 / (1 + np.exp(-(level[np.minimum(elapsed, CUT - 1)] + line)))
    )


PEERS = {
    "lifelines CoxPH": (cox, cox_hazards),
    "PyDTS TwoStages": (two_stages, two_stages_hazards),
}


def main(folder: Path, out: Path, peer: str, names: list[str]) -> None:
    """Run one peer on the registers named that have no result yet."""
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        file, result = folder / f"{name}.parquet", out / f"{name}.{peer}.npz"
        if result.exists() and result.stat().st_mtime >= file.stat().st_mtime:
            continue
        stock = pd.read_parquet(folder / f"{name}.stock.parquet")
        rows = pd.read_parquet(file)
        leaves, seconds, mb = run(peer, rows, stock)
        np.savez(result, leaves=leaves, seconds=seconds, mb=mb)
        print(name, peer, f"{seconds:.1f} CPU s", flush=True)


def run(
    peer: str, rows: pd.DataFrame, stock: pd.DataFrame
) -> tuple[np.ndarray, float, float]:
    """Fit, and tell who of the stock leaves within a year; CPU seconds and MB."""
    prepare, hazards_of = PEERS[peer]
    x, seen = columns(rows), columns(stock)
    elapsed, last = stock["elapsed"].to_numpy(), int(rows["stop"].max())
    fit, warm_up = prepare(rows, x), prepare(rows[:FEW], x[:FEW])

    def read(model: object) -> np.ndarray:
        hazards, stay = hazards_of(model, seen, last), np.ones(len(seen))
        for month in range(AHEAD):
            stay *= 1 - np.minimum(hazards(elapsed + month).sum(1), 0.999)
        return 1 - stay

    leaves, cost = measured(fit, read, warm_up)
    return leaves, cost.seconds, cost.mb


def truncation(folder: Path, out: Path) -> None:
    """Survival of delayed entries by lifelines' Cox model."""
    out.mkdir(parents=True, exist_ok=True)
    table = pd.read_parquet(folder / "truncation.parquet")
    model = CoxPHFitter().fit(table, "stop", "exit", entry_col="entry")
    months = pd.read_parquet(folder / "truncation.months.parquet")["months"]
    here = pd.DataFrame({"x": [0.0]})
    said = model.predict_survival_function(here, times=months.to_numpy())
    np.savez(out / "truncation.npz", survival=said.to_numpy()[:, 0])


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    np.seterr(all="ignore")
    where, to, what, *registers = sys.argv[1:]
    if what == "truncation":
        truncation(Path(where), Path(to))
    else:
        main(Path(where), Path(to), what, registers)
