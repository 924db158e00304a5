"""Which model of exits to trust: the challenger must beat the one in use.

Households are dealt into folds, and each model predicts the fold that it has not seen.
With d[b] the difference in log-likelihood over blocks b of households,

    gain = sum d[b],    se = sqrt(B) sd(d),

the challenger is chosen only if gain > se: a tie, or luck, keeps the simpler model
(the one-standard-error rule of Breiman et al. 1984).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

from .domain import Flags, Ints
from .exits import ExitModel

#: Blocks of households whose spread gives the standard error; a multiple of the folds.
BLOCKS = 50


class Contest(NamedTuple):
    """How a challenger did against the model in use, out of sample.

    Attributes
    ----------
    champion, challenger : float
        Mean log-likelihood per household-month; higher is better.
    gain, se : float
        Of the challenger, per household-month, and its standard error.
    households, folds : int
    """

    champion: float
    challenger: float
    gain: float
    se: float
    households: int
    folds: int

    @property
    def is_won(self) -> bool:
        """Whether the challenger is better by more than its standard error."""
        return self.gain > self.se


def contest(
    champion: ExitModel,
    challenger: ExitModel,
    X: pd.DataFrame,
    y: pd.DataFrame,
    households: ArrayLike,
    rng: np.random.Generator,
    folds: int = 5,
) -> Contest:
    """Compare two models on households that they have not seen.

    Parameters
    ----------
    X, y : frames of n counting-process rows
    households : array of shape (n,)
        Whose row it is: a household is never in training and test at once.
    rng : numpy.random.Generator
        Deals the households.
    folds : int

    Raises
    ------
    ValueError
        Fewer households than blocks.
    """
    block = deal(households, rng)
    scores = np.zeros((2, BLOCKS))
    for train, test in GroupKFold(folds).split(X, groups=block):
        asked = test[predictable(X, y, train, test)]
        for i, model in enumerate((champion, challenger)):
            fitted = clone(model).fit(X.iloc[train], y.iloc[train])
            found = fitted.log_likelihood(X.iloc[asked], y.iloc[asked], block[asked])
            scores[i, found.index] = found
    months = float((y["stop"] - y["entry"]).sum())
    apart = scores[1] - scores[0]
    return Contest(
        float(scores[0].sum() / months),
        float(scores[1].sum() / months),
        float(apart.sum() / months),
        float(np.sqrt(BLOCKS) * apart.std(ddof=1) / months),
        pd.Series(np.asarray(households, dtype=object)).nunique(),
        folds,
    )


def deal(households: ArrayLike, rng: np.random.Generator) -> Ints:
    """Deal households into `BLOCKS` blocks, at random and evenly, (n,).

    Raises
    ------
    ValueError
        Fewer households than blocks.
    """
    codes, names = pd.factorize(np.asarray(households, dtype=object))
    if len(names) < BLOCKS:
        raise ValueError(
            f"models are compared on at least {BLOCKS} households, got {len(names)}"
        )
    block: Ints = rng.permutation(len(names))[codes] % BLOCKS
    return block


def predictable(X: pd.DataFrame, y: pd.DataFrame, train: Ints, test: Ints) -> Flags:
    """Rows of `test` whose every level and destination is among those of `train`.

    What was never learnt cannot be predicted: no model is asked.
    """
    known = np.ones(len(test), dtype=bool)
    for name in X:
        if not pd.api.types.is_numeric_dtype(X[name]):
            known &= X[name].iloc[test].isin(X[name].iloc[train].unique()).to_numpy()
    went = y["exit"].iloc[test]
    known &= (went.isna() | went.isin(y["exit"].iloc[train].dropna())).to_numpy()
    return known
