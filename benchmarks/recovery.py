"""Score the models against the truth that made a simulated register."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from bemanna.models.exits import ExitModel
from bemanna.pipelines.learning import describing
from bemanna.pipelines.registers import read_case, rows_for_exits
from bemanna.pipelines.synthetic import (
    default_truth,
    marginal_hazard,
    simulate_register,
    write_register,
)

#: Fixed before the first run.
SEEDS = tuple(range(1, 51))
MONTHS, CASES = 120, 1_000
#: Elapsed months scored: those that a register of ten years says something about.
ELAPSED = 60


def exit_recovery(seeds: Sequence[int] = SEEDS) -> pd.DataFrame:
    """Score the exit model on whole registers, read as a municipality's folder.

    The registers follow duration, segment and destination; effort, hardness and the
    calendar are switched off, since the hazard scored is that of segment and month.

    Returns
    -------
    pandas.DataFrame
        Per seed: `coverage` of 95 % intervals and mean absolute `error` per month,
        over segments and elapsed months.
    """
    truth = replace(default_truth(CASES).without_nuisance(), theta=0.0, pilot=None)
    rows = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        with TemporaryDirectory() as folder:
            register = simulate_register(truth, MONTHS, rng)
            write_register(register, Path(folder) / "case")
            case = read_case(Path(folder) / "case")
        features, outcome = rows_for_exits(case)
        covariates = describing(features)[["segment"]]
        model = ExitModel().fit(covariates, outcome)
        order = [truth.segments.index(name) for name in case.segments]
        wanted = marginal_hazard(truth, ELAPSED)[order].sum(-1)
        found = model.hazard_by_destination(case.segments, ELAPSED).sum(-1)
        draws = model.draws(rng, 2_000, case.segments, ELAPSED)
        low, high = np.quantile(draws, [0.025, 0.975], axis=0)
        rows.append(
            {
                "seed": seed,
                "coverage": float(((low <= wanted) & (wanted <= high)).mean()),
                "error": float(np.abs(found - wanted).mean()),
            }
        )
    return pd.DataFrame(rows)
