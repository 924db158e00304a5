"""Whether predicted exits come true: observed against expected, out of sample."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

from .exits import ExitModel
from .selection import deal, predictable

#: Groups by predicted hazard.
GROUPS = 10


def reliability(
    model: ExitModel,
    X: pd.DataFrame,
    y: pd.DataFrame,
    households: ArrayLike,
    rng: np.random.Generator,
    folds: int = 5,
) -> pd.DataFrame:
    """Compare exits with what models that had not seen those households expected.

    Parameters
    ----------
    model : ExitModel
        Cloned and fitted fold by fold.
    X, y : frames of n counting-process rows
    households : array of shape (n,)
    rng : numpy.random.Generator
        Deals the households.

    Returns
    -------
    frame with columns by, group, months, observed, expected, ratio, low, high
        `by` is "decile" (of the predicted hazard, each a tenth of the household-months,
        lowest first), "segment" or "destination"; the 95 % interval is that of a
        Poisson count (Garwood 1936) over the expected exits.

    Raises
    ------
    ValueError
        Fewer households than blocks.
    """
    block = deal(households, rng)
    fitted = []
    for train, test in GroupKFold(folds).split(X, groups=block):
        asked = test[predictable(X, y, train, test)]
        fitted.append((clone(model).fit(X.iloc[train], y.iloc[train]), asked))
    names, segment = fitted[0][0].segments_, np.zeros(len(X), dtype=np.intp)
    if model.segment in X:
        segment, found = pd.factorize(X[model.segment].astype(str), sort=True)
        names = tuple(found)
    by_decile = _by_decile(fitted, X, y)
    labels = [str(i + 1) for i in by_decile.index]
    by_segment = _summed(fitted, X, y, segment)
    everywhere = by_segment.sum()
    goes = [
        name for name in fitted[0][0].destinations_ if f"observed_{name}" in by_segment
    ]
    by_destination = pd.DataFrame(
        {
            "observed": [everywhere[f"observed_{name}"] for name in goes],
            "expected": [everywhere[f"expected_{name}"] for name in goes],
            "months": everywhere["months"],
        }
    )
    parts = {
        "decile": (labels, by_decile),
        "segment": ([names[i] for i in by_segment.index], by_segment),
        "destination": (goes, by_destination),
    }
    return pd.concat(
        [_table(by, groups, sums) for by, (groups, sums) in parts.items()],
        ignore_index=True,
    )


def _by_decile(
    fitted: list[tuple[ExitModel, np.ndarray]], X: pd.DataFrame, y: pd.DataFrame
) -> pd.DataFrame:
    """Sum over tenths of the household-months, by predicted hazard."""
    cells = pd.concat(
        [one.expected_cells(X.iloc[rows], y.iloc[rows]) for one, rows in fitted],
        ignore_index=True,
    )
    hazard = cells["expected"] / cells["months"]
    cells = cells.loc[hazard.sort_values(kind="stable").index]
    middle = cells["months"].cumsum() - cells["months"] / 2
    decile = (GROUPS * middle / cells["months"].sum()).astype(int)
    return cells.groupby(decile.to_numpy()).sum()


def _summed(
    fitted: list[tuple[ExitModel, np.ndarray]],
    X: pd.DataFrame,
    y: pd.DataFrame,
    groups: np.ndarray,
) -> pd.DataFrame:
    tables = [
        one.observed_expected(X.iloc[rows], y.iloc[rows], groups[rows])
        for one, rows in fitted
    ]
    return pd.concat(tables).fillna(0.0).groupby(level=0).sum()


def _table(by: str, groups: list[str], sums: pd.DataFrame) -> pd.DataFrame:
    observed, expected = (sums[c].to_numpy(float) for c in ("observed", "expected"))
    low = np.where(observed > 0, stats.chi2.ppf(0.025, 2 * observed) / 2, 0.0)
    high = stats.chi2.ppf(0.975, 2 * observed + 2) / 2
    return pd.DataFrame(
        {
            "by": by,
            "group": groups,
            "months": sums["months"].to_numpy(float),
            "observed": observed,
            "expected": expected,
            "ratio": observed / expected,
            "low": low / expected,
            "high": high / expected,
        }
    )
