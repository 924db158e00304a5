"""Exits of a register by duration band: how many stand where they were predicted."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from registers import Register

from bemanna.models.cells import band_starts
from bemanna.models.exits import ExitModel

#: Elapsed months in which bands of `ExitModel(bands=...)` begin, the first at 0; and
#: exits from which predicted ones are asked to equal observed ones.
BANDS, MANY = (3, 6, 12, 24, 48), 20


def codes(column: pd.Series) -> NDArray[np.int64]:
    """Codes of a column of categories, (n,)."""
    return column.cat.codes.to_numpy().astype(np.int64)


def misplaced(model: ExitModel, register: Register) -> float:
    """Share of exits misplaced, by destination, segment and cell of months.

    No identity: the hazard is a broken line in log month, not a level for each cell.
    """
    starts = band_starts(int(register.y["stop"].max()))
    observed, expected = _by_band(model, register, starts)
    return float(np.abs(expected - observed).sum() / 2 / observed.sum())


def most_off(model: ExitModel, register: Register) -> float:
    """Largest |predicted - observed| / observed by destination, segment and band.

    Of those with many exits; the model solves for this to be nought where it is given
    the bands.
    """
    observed, expected = _by_band(model, register, np.array([0, *BANDS]))
    many = observed >= MANY
    return float(np.abs(expected[many] / observed[many] - 1).max())


def _by_band(
    model: ExitModel, register: Register, starts: NDArray[np.int64]
) -> tuple[NDArray, NDArray]:
    """Observed and expected exits of every segment and band seen, (groups, J)."""
    y = register.y
    parts = []
    for i, (first, end) in enumerate(pairwise([*starts.tolist(), 10**6])):
        rows = y[(y["entry"] < end) & (y["stop"] > first)]
        part = rows.assign(
            entry=rows["entry"].clip(lower=first),
            stop=rows["stop"].clip(upper=end),
            exit=rows["exit"].where(rows["stop"] <= end),
            band=i,
        )
        parts.append(part)
    split = pd.concat(parts)
    X = register.X.loc[split.index].reset_index(drop=True)
    split = split.reset_index(drop=True)
    groups = codes(X["segment"]) * len(starts) + split.pop("band").to_numpy()
    found = model.observed_expected(X, split, groups)
    observed, expected = (
        found[[f"{what}_{name}" for name in model.destinations_]].to_numpy()
        for what in ("observed", "expected")
    )
    return observed, expected
