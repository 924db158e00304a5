"""Predict spells with the peers, in a virtual environment of their own.

`python exits.py SPELLS_DIR OUT_DIR [FILE ...]` reads every `FILE.parquet`, or those
named; it writes `FILE.PEER.FOLD.npz` (chances of having left, of the spells of a fold,
from all others) and a line of `costs.csv`: CPU seconds of one thread and MB added. What
is newer than its spells is kept. What costs most comes last.
"""

import os
import sys
import warnings
from collections.abc import Callable
from functools import cached_property
from itertools import product
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from cost import measured  # noqa: E402
from hazardous import SurvivalBoost  # noqa: E402
from lifelines import (  # noqa: E402
    AalenJohansenFitter,
    CoxPHFitter,
    KaplanMeierFitter,
    WeibullAFTFitter,
)
from pydts.fitters import TwoStagesFitter  # noqa: E402
from sklearn.preprocessing import SplineTransformer, StandardScaler  # noqa: E402
from sksurv.ensemble import GradientBoostingSurvivalAnalysis  # noqa: E402
from sksurv.linear_model import CoxPHSurvivalAnalysis  # noqa: E402
from sksurv.util import Surv  # noqa: E402

FOLDS = 5
#: Spells of the warm-up: libraries load and compile while nobody counts.
FEW = 500
#: Of Cox models, for one destination and for several: a weaker one does not converge
#: there, and of 0.01, 0.03, 0.1 and 0.3 this predicts best.
PENALTY = (1e-3, 0.1)
#: A fit, and what turns it into chances of having left, (n, periods, destinations).
Peer = tuple[Callable[[], object], Callable[[object], np.ndarray]]


class Fold:
    """A file of spells, parted into those to learn from and those to predict."""

    def __init__(self, table: pd.DataFrame, fold: int, most: int | None = None) -> None:
        self.time = table["time"].to_numpy()
        self.event = table["event"].to_numpy()
        self.moment = table["moment"].to_numpy()
        self.last = int(table["last"].iloc[0])
        self.x = table.drop(columns=["time", "event", "moment", "fold", "last"])
        self.train = np.flatnonzero(table["fold"] != fold)[:most]
        self.is_whole = most is None
        self.test = np.flatnonzero(table["fold"] == fold)
        self.periods = np.arange(1, self.last + 1)
        self.destinations = int(self.event.max())

    @cached_property
    def z(self) -> np.ndarray:
        """Covariates of linear models: numbers as splines, all in standard units."""
        numbers = [c for c in self.x if c.startswith("number ")]
        parts = [self.x.drop(columns=numbers).to_numpy()]
        if numbers:
            spline = SplineTransformer(
                n_knots=4, degree=3, knots="quantile", include_bias=False
            )
            spline.fit(self.x.loc[self.train, numbers])
            parts.append(spline.transform(self.x[numbers]))
        wide = np.hstack(parts)
        z = StandardScaler().fit(wide[self.train]).transform(wide)
        return z[:, z[self.train].std(0) > 1e-9]

    def frame(self, time: np.ndarray, event: np.ndarray) -> pd.DataFrame:
        """Linear covariates with an outcome, of everyone."""
        table = pd.DataFrame(self.z, columns=[f"z{i}" for i in range(self.z.shape[1])])
        return table.assign(time=time, event=event)


def from_hazards(hazards: np.ndarray) -> np.ndarray:
    """Chances of having left, from hazards of the same shape."""
    stay = np.cumprod(1 - hazards.sum(2), axis=1)
    before = np.concatenate([np.ones((len(stay), 1)), stay[:, :-1]], axis=1)
    return np.cumsum(before[:, :, None] * hazards, axis=1)


def left(survival: np.ndarray) -> np.ndarray:
    """Chances of having left, to one destination, from survival."""
    return 1 - np.asarray(survival)[:, :, None]


def marginal(fold: Fold) -> Peer:
    """Kaplan-Meier, or Aalen-Johansen where there are several destinations."""
    time, event = fold.time[fold.train].astype(float), fold.event[fold.train]
    if fold.destinations == 1:
        return (
            lambda: KaplanMeierFitter().fit(time, event),
            lambda km: left(np.tile(km.predict(fold.periods), (len(fold.test), 1))),
        )

    def fit() -> list[AalenJohansenFitter]:
        names = range(1, fold.destinations + 1)
        fitters = [AalenJohansenFitter(calculate_variance=False, seed=0) for _ in names]
        return [
            f.fit(time, event, event_of_interest=j)
            for f, j in zip(fitters, names, strict=True)
        ]

    def read(fitters: list[AalenJohansenFitter]) -> np.ndarray:
        curves = []
        for fitter in fitters:
            curve = fitter.cumulative_density_.iloc[:, 0]
            # ties are told apart by a little noise: read in the middle
            at = np.searchsorted(curve.index, fold.periods + 0.5, side="right") - 1
            curves.append(curve.to_numpy()[at])
        return np.tile(np.stack(curves, -1), (len(fold.test), 1, 1))

    return fit, read


def cox(fold: Fold) -> Peer:
    """Fit the Cox model of lifelines, one per destination."""
    events = [(fold.event == j + 1).astype(int) for j in range(fold.destinations)]
    frames = [fold.frame(fold.time, event) for event in events]
    penalty = PENALTY[len(events) > 1]
    trains = [frame.iloc[fold.train] for frame in frames]

    def read(models: list[CoxPHFitter]) -> np.ndarray:
        test = frames[0].iloc[fold.test]
        steps = []
        for model in models:
            total = model.predict_cumulative_hazard(test, times=fold.periods).T
            steps.append(np.diff(total.to_numpy(), axis=1, prepend=0))
        hazards = np.stack(steps, -1)
        some = np.maximum(hazards.sum(2, keepdims=True), 1e-12)
        return from_hazards(hazards / some * (1 - np.exp(-some)))

    fitter = lambda: CoxPHFitter(penalizer=penalty)  # noqa: E731
    return lambda: [fitter().fit(train, "time", "event") for train in trains], read


def weibull(fold: Fold) -> Peer:
    """Fit the accelerated failure times of lifelines."""
    frame = fold.frame(fold.moment, fold.event)
    train, test = frame.iloc[fold.train], frame.iloc[fold.test]
    return (
        lambda: WeibullAFTFitter(penalizer=1e-3).fit(train, "time", "event"),
        lambda k: left(k.predict_survival_function(test, times=fold.periods).T),
    )


def _sksurv(fold: Fold, model: object, x: np.ndarray) -> Peer:
    y = Surv.from_arrays(fold.event.astype(bool), fold.time.astype(float))

    def read(fitted: object) -> np.ndarray:
        known = fitted.predict_survival_function(x[fold.test], return_array=True)
        at = np.searchsorted(fitted.unique_times_, fold.periods, side="right") - 1
        return left(np.where(at >= 0, known[:, np.maximum(at, 0)], 1.0))

    return lambda: model.fit(x[fold.train], y[fold.train]), read


def sksurv_cox(fold: Fold) -> Peer:
    """Fit the Cox model of scikit-survival."""
    return _sksurv(fold, CoxPHSurvivalAnalysis(alpha=1e-2, ties="efron"), fold.z)


def boosted(fold: Fold) -> Peer:
    """Boost regression trees on the partial likelihood, with scikit-survival."""
    model = GradientBoostingSurvivalAnalysis(subsample=0.5, random_state=0)
    return _sksurv(fold, model, fold.x.to_numpy())


def survival_boost(fold: Fold) -> Peer:
    """Boost classification trees at times drawn at random, with hazardous."""
    train = fold.train
    event, time = fold.event[train].astype(int), fold.time[train].astype(float)
    y = pd.DataFrame({"event": event, "duration": time})
    times = fold.periods.astype(float)

    def read(model: SurvivalBoost) -> np.ndarray:
        said = model.predict_cumulative_incidence(fold.x.iloc[fold.test], times=times)
        return np.transpose(said[:, 1:], (0, 2, 1))

    # its seconds are of rounds more than of spells
    rounds = 100 if fold.is_whole else 2
    model = SurvivalBoost(n_iter=rounds, show_progressbar=False, random_state=0)
    return lambda: model.fit(fold.x.iloc[train], y), read


def two_stages(fold: Fold) -> Peer:
    """Fit PyDTS; spells are cut where a period lacks a destination, as it asks."""
    frame = fold.frame(fold.time, fold.event).rename(columns={"time": "X"})
    frame = frame.rename(columns={"event": "J"}).assign(pid=np.arange(len(frame)))
    train = frame.iloc[fold.train].copy()
    found = train[train["J"] > 0].groupby("X")["J"].nunique() == fold.destinations
    cut = int(found.reindex(fold.periods, fill_value=False).cumprod().sum())
    late = train["X"] > cut
    train.loc[late, "J"] = 0
    train.loc[late, "X"] = cut
    names = [c for c in frame if c.startswith("z")]
    settings = {"model_kwargs": {"penalizer": PENALTY[fold.destinations > 1]}}

    def fit() -> TwoStagesFitter:
        model = TwoStagesFitter()
        model.fit(train, names, nb_workers=1, verbose=0, fit_beta_kwargs=settings)
        return model

    def read(model: TwoStagesFitter) -> np.ndarray:
        hazards = np.zeros((len(fold.test), fold.last, fold.destinations))
        for j in range(fold.destinations):
            beta, alpha = model.event_models[j + 1]
            level = alpha.set_index("X")["alpha_jt"]
            level = level.reindex(np.minimum(fold.periods, cut)).to_numpy()
            weight = np.asarray(getattr(beta, model.beta_models_params_attr))
            line = fold.z[fold.test] @ weight
            hazards[:, :, j] = 1 / (1 + np.exp(-(level + line[:, None])))
        some = hazards.sum(2, keepdims=True)
        # each destination is predicted alone: together they must stay below 1
        return from_hazards(hazards / np.maximum(1, some / 0.999))

    return fit, read


SEVERAL = {
    "Kaplan-Meier": marginal,
    "lifelines CoxPH": cox,
    "PyDTS TwoStages": two_stages,
    "hazardous SurvivalBoost": survival_boost,
}
SINGLE = {
    "lifelines WeibullAFT": weibull,
    "scikit-survival CoxPH": sksurv_cox,
    "scikit-survival GBSA": boosted,
}


def brier(fold: Fold, incidence: np.ndarray) -> float:
    """Integrated Brier score with lifelines' Kaplan-Meier: a check of the scores."""
    time, event = fold.time[fold.train], fold.event[fold.train]
    curve = KaplanMeierFitter().fit(time + 0.5 * (event == 0), event == 0)
    known = lambda at: np.maximum(curve.predict(at).to_numpy(), 0.02)  # noqa: E731
    time, event = fold.time[fold.test], fold.event[fold.test]
    scores = []
    for k in fold.periods:
        gone = (event > 0) & (time <= k)
        here = ~gone & (time >= k)
        weight = gone / known(time - 0.25) + here / known(np.full(len(time), k + 0.25))
        for j in range(fold.destinations):
            miss = (gone & (event == j + 1)) - incidence[:, k - 1, j]
            scores.append(np.mean(weight * miss**2))
    return float(np.mean(scores))


def main(folder: Path, out: Path, chosen: list[str]) -> None:
    """Run every peer on every fold of the files chosen that has no result yet."""
    warnings.filterwarnings("ignore")
    out.mkdir(parents=True, exist_ok=True)
    files = [
        f for f in sorted(folder.glob("*.parquet")) if f.stem in chosen or not chosen
    ]
    for peer, make in (SEVERAL | SINGLE).items():
        # fold by fold: a run that is stopped has some of every file
        for i, file in product(range(FOLDS), files):
            table = pd.read_parquet(file)
            if peer in SEVERAL or table["event"].max() == 1:
                run(file, table, i, peer, make, out)


def run(
    file: Path,
    table: pd.DataFrame,
    i: int,
    peer: str,
    make: Callable[[Fold], Peer],
    out: Path,
) -> None:
    """Predict one fold and keep what was said; a peer that fails is told of."""
    result = out / f"{file.stem}.{peer}.{i}.npz"
    if result.exists() and result.stat().st_mtime >= file.stat().st_mtime:
        return
    fold = Fold(table, i)
    fit, read = make(fold)
    warm_up = lambda: make(Fold(table, i, FEW))[0]()  # noqa: E731
    try:
        said, cost = measured(fit, read, warm_up)
    except RuntimeError as error:
        print(file.stem, peer, i, "failed:", error, flush=True)
        return
    check = brier(fold, said) if peer == "Kaplan-Meier" else np.nan
    np.savez_compressed(result, incidence=said.astype(np.float32), brier=check)
    with (out / "costs.csv").open("a") as log:
        log.write(f"{file.stem},{peer},{i},{cost.seconds:.4f},{cost.mb:.1f}\n")
    print(file.stem, peer, i, f"{cost.seconds:.1f} CPU s", flush=True)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
