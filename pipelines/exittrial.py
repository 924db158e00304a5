"""The trial of exit models: each is judged on households that it has not seen."""

import hashlib
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..models.boosted_exits import BoostedExitModel
from ..models.exits import ExitModel
from ..models.kept_exits import KeptExits, of_few
from ..models.reliability import reliability
from ..models.selection import BLOCKS, Contest, contest
from .privacy import SMALLEST


class Candidates(NamedTuple):
    """Both models of a trial, fitted on all households and fit to be stored.

    Attributes
    ----------
    logit, trees : KeptExits
        `ExitModel` and its challenger `BoostedExitModel`.
    figures : str
        SHA-256 of the rows: the same if and only if the figures were.
    """

    logit: KeptExits
    trees: KeptExits
    figures: str


class Trial(NamedTuple):
    """How models of exits did on households that they had not seen.

    Attributes
    ----------
    judged : Contest
        Of the challenger against the model in use.
    check : DataFrame
        Of the one chosen, as from `models.reliability`.
    candidates : Candidates or None
        None where too few households share even the commonest of a trait.
    """

    judged: Contest
    check: pd.DataFrame
    candidates: Candidates | None = None


def exit_model(
    covariates: pd.DataFrame,
    outcome: pd.DataFrame,
    households: pd.Series,
    rng: np.random.Generator,
) -> tuple[ExitModel, Trial | None]:
    """Fit the exit model, or the challenger that beats it out of sample.

    Few households cannot judge between them: then there is no trial.
    """
    champion, challenger = ExitModel(), BoostedExitModel()
    if households.nunique() < BLOCKS:
        return champion.fit(covariates, outcome), None
    deal, again = rng.spawn(2)
    judged = contest(champion, challenger, covariates, outcome, households, deal)
    chosen = challenger if judged.is_won else champion
    check = reliability(chosen, covariates, outcome, households, again)
    for model in (champion, challenger):
        model.fit(covariates, outcome)
    few = of_few(covariates, households, SMALLEST)
    try:
        kept = KeptExits.of(champion, few), KeptExits.of(challenger, few)
    except ValueError:
        return chosen, Trial(judged, check)
    figures = _fingerprint(covariates, outcome)
    return chosen, Trial(judged, check, Candidates(*kept, figures))


def _fingerprint(*frames: pd.DataFrame) -> str:
    """Tell figures from others; nobody can be found in it."""
    rows = [pd.util.hash_pandas_object(frame, index=False) for frame in frames]
    return hashlib.sha256(
        b"".join(part.to_numpy().tobytes() for part in rows)
    ).hexdigest()
