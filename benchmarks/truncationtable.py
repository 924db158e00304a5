"""Survival where many were on assistance before the window opened.

Every month the same share leaves, so the truth is known: an estimate that forgets who
left before the window makes spells too long.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from document import table
from exittables import verdict
from registertable import COX, SEED, Peers

from bemanna.models.exits import ExitModel

#: Spells, exits a month, months of the window, and what must hold.
TRUNCATED, EXITS, WINDOW = 20_000, 0.04, 60
MONTHS, JUDGED_MONTH, MOST_OFF_TRUNCATED = (12, 24, 36), 24, 0.01


def truncation(folder: Path, results: Path, peers: Peers) -> str:
    """Survival of households of which many were on assistance before the window."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    lasts = rng.geometric(EXITS, TRUNCATED)
    start = rng.integers(-WINDOW, WINDOW, TRUNCATED)
    entry, end = np.maximum(-start, 0), WINDOW - start
    rows = pd.DataFrame(
        {
            "entry": entry,
            "stop": np.minimum(lasts, end),
            "exit": (lasts <= end).astype(int),
            "x": rng.standard_normal(TRUNCATED),
        }
    )
    rows = rows[rows["stop"] > rows["entry"]].reset_index(drop=True)
    rows.to_parquet(folder / "truncation.parquet")
    pd.DataFrame({"months": MONTHS}).to_parquet(folder / "truncation.months.parquet")
    peers(folder, results, "truncation")
    with np.load(results / "truncation.npz") as said:
        theirs = said["survival"]
    y = rows[["entry", "stop"]].assign(exit=rows["exit"].map({1: "exit", 0: None}))
    model = ExitModel(destinations=("exit",)).fit(rows[["x"]], y)
    stays = model.predict_survival(pd.DataFrame({"x": [0.0]}), max(MONTHS))[0]
    table_rows = []
    for month, lifelines in zip(MONTHS, theirs, strict=True):
        truth, mine = (1 - EXITS) ** month, float(stays[month - 1])
        met = verdict(abs(mine - truth) <= MOST_OFF_TRUNCATED)
        judged = (
            f"; within {MOST_OFF_TRUNCATED:g}: {met}" if month == JUDGED_MONTH else ""
        )
        cells = [f"S({month})", f"{truth:.3f}", f"{mine:.3f}{judged}"]
        table_rows.append((*cells, f"{lifelines:.3f}"))
    share = float((rows["entry"] > 0).mean())
    line = (
        f"{len(rows):,} spells, {share:.0%} of them on assistance before the window "
        f"opened; every month {EXITS:.0%} leave."
    )
    head = ["", "truth", "ExitModel", f"{COX} with entry_col"]
    return f"{line}\n\n{table(head, table_rows)}"
