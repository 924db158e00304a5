"""The package on the folds of a file of spells, and what its peers said of the same.

Nothing is chosen by hand: `ExitModel` learns its own terms and shrinkage from the
training folds, and whether boosted trees do better is asked of those folds alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from exitscores import (
    Array,
    Outcome,
    brier,
    calibration,
    log_likelihood,
    observed,
    uncensored,
)
from peers.cost import Cost, measured
from spells import FOLDS, Spells

from bemanna.models.boosted_exits import BoostedExitModel
from bemanna.models.exits import ExitModel
from bemanna.models.selection import contest

OWN = ("ExitModel", "BoostedExitModel", "chosen")
MARGINAL = "Kaplan-Meier"
PEERS = (
    MARGINAL,
    "lifelines CoxPH",
    "lifelines WeibullAFT",
    "scikit-survival CoxPH",
    "scikit-survival GBSA",
    "hazardous SurvivalBoost",
    "PyDTS TwoStages",
)
SEED = 20261125
#: How far the Kaplan-Meier of both environments may differ in Brier score: the
#: Aalen-Johansen estimate of lifelines tells ties apart by a little noise.
SAME = {1: 1e-9, 3: 5e-4}


class Said(NamedTuple):
    """What one model said of the spells of one fold, and what its fit cost."""

    incidence: Array
    cost: Cost


class Entry(NamedTuple):
    """Scores of one model by fold, and calibration over all its folds.

    Attributes
    ----------
    folds : tuple of int
        Those it was run on.
    brier, loglik, seconds, mb : arrays of shape (folds,)
    apart : array (J, 10)
        Predicted less observed exits by tenths of the prediction.
    """

    folds: tuple[int, ...]
    brier: Array
    loglik: Array
    seconds: Array
    mb: Array
    apart: Array


class Field(NamedTuple):
    """What everyone scored on one file.

    Attributes
    ----------
    name : str
    spells : Spells
    entries : dict of str to Entry
    picked : list of str
        The model chosen, fold by fold.
    check : tuple of float
        Brier score of Kaplan-Meier: here, and as the peers' environment scored it.
    """

    name: str
    spells: Spells
    entries: dict[str, Entry]
    picked: list[str]
    check: tuple[float, float]


def own(spells: Spells, fold: int) -> tuple[dict[str, Said], str]:
    """Choose, fit and predict one fold with the package; and say what was chosen."""
    held = (spells.table["fold"] == fold).to_numpy()
    X, y, test = spells.covariates[~held], spells.rows[~held], spells.covariates[held]

    def run(model: ExitModel) -> Said:
        return Said(
            *measured(
                lambda: model.fit(X, y),
                lambda fitted: fitted.cumulative_incidence(test, spells.last),
                lambda: model.fit(X[:500], y[:500]),
            )
        )

    def choose() -> bool:
        champion, challenger = models
        rng, everyone = np.random.default_rng(SEED), np.arange(len(X))
        return contest(champion, challenger, X, y, everyone, rng).is_won

    models = (
        ExitModel(destinations=spells.destinations),
        BoostedExitModel(destinations=spells.destinations),
    )
    said = {type(model).__name__: run(model) for model in models}
    boosted, choosing = measured(choose, lambda chosen: chosen)
    name = type(models[boosted]).__name__
    seconds = choosing.seconds + said[name].cost.seconds
    most = max(choosing.mb, said[name].cost.mb)
    said["chosen"] = Said(said[name].incidence, Cost(seconds, most))
    return said, name


def peer(folder: Path, name: str, model: str, fold: int, costs: pd.DataFrame) -> Said:
    """Read what a peer said of one fold.

    Raises
    ------
    FileNotFoundError
        It was not run.
    """
    with np.load(folder / f"{name}.{model}.{fold}.npz") as file:
        incidence = file["incidence"].astype(float)
    if not np.isfinite(incidence).all():
        raise ValueError(f"{model} has chances that are no numbers on {name}, {fold}")
    of = (costs["file"] == name) & (costs["peer"] == model) & (costs["fold"] == fold)
    seconds, mb = costs.loc[of, ["seconds", "mb"]].to_numpy(float)[-1]
    return Said(np.clip(incidence, 0, 1), Cost(float(seconds), float(mb)))


def peer_costs(folder: Path) -> pd.DataFrame:
    """CPU seconds and MB by file, peer and fold, as they were run."""
    names = ["file", "peer", "fold", "seconds", "mb"]
    return pd.read_csv(folder / "costs.csv", names=names)


def score(spells: Spells, said: dict[int, Said]) -> Entry:
    """Score what a model said of some folds."""
    outcome = Outcome.of(spells.table["time"], spells.table["event"])
    rows = spells.table["fold"].to_numpy()
    briers, logliks = [], []
    for fold, (incidence, _) in said.items():
        known = uncensored(outcome.take(rows != fold), spells.last)
        test = outcome.take(rows == fold)
        briers.append(brier(known, test, incidence).mean())
        logliks.append(log_likelihood(test, incidence))
    pooled = np.concatenate([np.flatnonzero(rows == fold) for fold in said])
    chance = np.concatenate([s.incidence[:, spells.ahead - 1] for s in said.values()])
    costs = [s.cost for s in said.values()]
    return Entry(
        tuple(said),
        np.array(briers),
        np.array(logliks),
        np.array([cost.seconds for cost in costs]),
        np.array([cost.mb for cost in costs]),
        calibration(outcome.take(pooled), chance, spells.ahead),
    )


def field(name: str, spells: Spells, folder: Path) -> Field:
    """Run the package on every fold of a file and score it beside its peers.

    Raises
    ------
    ValueError
        Where Kaplan-Meier does not score the same in both environments.
    """
    check = check_marginal(name, spells, folder)
    runs = [own(spells, fold) for fold in range(FOLDS)]
    entries = {
        model: score(spells, {fold: said[model] for fold, (said, _) in enumerate(runs)})
        for model in OWN
    }
    costs = peer_costs(folder)
    for model in PEERS:
        found = {}
        for fold in range(FOLDS):
            if (folder / f"{name}.{model}.{fold}.npz").exists():
                found[fold] = peer(folder, name, model, fold, costs)
        if found:
            entries[model] = score(spells, found)
    return Field(name, spells, entries, [words for _, words in runs], check)


def check_marginal(name: str, spells: Spells, folder: Path) -> tuple[float, float]:
    """Brier score of own Kaplan-Meier here, and of lifelines' as scored over there."""
    outcome = Outcome.of(spells.table["time"], spells.table["event"])
    rows = spells.table["fold"].to_numpy()
    j, periods = len(spells.destinations), range(1, spells.last + 1)
    here, there = [], []
    for fold in range(FOLDS):
        train, test = outcome.take(rows != fold), outcome.take(rows == fold)
        curve = np.stack([observed(train, period, j) for period in periods])
        same = np.broadcast_to(curve, (len(test.time), *curve.shape))
        here.append(brier(uncensored(train, spells.last), test, same).mean())
        with np.load(folder / f"{name}.{MARGINAL}.{fold}.npz") as file:
            there.append(float(file["brier"]))
    found = float(np.mean(here)), float(np.mean(there))
    if abs(found[0] - found[1]) > SAME[j]:
        raise ValueError(
            f"Kaplan-Meier must score the same in both environments on {name}, got "
            f"{found[0]:.6f} and {found[1]:.6f}: no score can be trusted"
        )
    return found


def names_of(entries: Sequence[str]) -> list[str]:
    """Peers among the entries."""
    return [name for name in entries if name not in OWN]
