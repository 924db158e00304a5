"""What the exit model finds beside its curve, and how far it shrinks what it finds."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from bemanna.models.exit_terms import Terms
from bemanna.models.exits import ExitModel
from bemanna.models.logit import Logit
from bemanna.models.shrinkage import FIRST_SQUARE, learn_priors

LAST = 30


def spells(
    rng: np.random.Generator,
    n: int,
    eta: Callable[[pd.DataFrame, int], np.ndarray],
    columns: int = 3,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Households with yes-and-no columns a, b, ... who leave by the log odds `eta`."""
    names = [chr(97 + i) for i in range(columns)]
    X = pd.DataFrame(rng.integers(0, 2, (n, columns)), columns=names)
    stop, left = np.full(n, LAST), np.zeros(n, dtype=bool)
    for month in range(LAST):
        here = ~left
        odds = np.exp(np.broadcast_to(eta(X, month), n))
        gone = here & (rng.random(n) < odds / (1 + odds))
        stop[gone], left = month + 1, left | gone
    y = pd.DataFrame({"entry": 0, "stop": stop})
    y["exit"] = pd.Series("exit", index=y.index).where(left)
    X = X.astype(bool)
    return X, y


def fit(X: pd.DataFrame, y: pd.DataFrame, **settings: object) -> ExitModel:
    """Fit with the one destination."""
    return ExitModel(destinations=("exit",), **settings).fit(X, y)  # type: ignore[arg-type]


def test_a_month_in_which_exits_heap_is_found() -> None:
    rng = np.random.default_rng(1)
    X, y = spells(rng, 20000, lambda X, month: np.float64(-3 + 0.9 * (month == 11)))
    model = fit(X, y)
    assert 12 in model.design_.terms.months
    hazard = model.predict_hazard(X.head(1).loc[[0] * 3], [10, 11, 12])[:, 0]
    assert hazard[1] == pytest.approx(1 / (1 + np.exp(2.1)), abs=0.015)
    assert hazard[[0, 2]] == pytest.approx(1 / (1 + np.exp(3)), abs=0.006)


def test_columns_that_matter_together_are_found() -> None:
    rng = np.random.default_rng(2)
    X, y = spells(rng, 6000, lambda X, month: -3 + 1.2 * X["a"] * X["b"])
    model = fit(X, y)
    owner = model.design_.owner("")
    pairs = {tuple(sorted(owner[pair])) for pair in model.design_.terms.pairs}
    assert (0, 1) in pairs
    asked = pd.DataFrame({"a": [True, True], "b": [True, False], "c": False})
    found = model.predict_hazard(asked, 5)[:, 0]
    assert found == pytest.approx(1 / (1 + np.exp([1.8, 3])), abs=0.012)


def test_an_effect_that_ends_is_found_to_turn() -> None:
    rng = np.random.default_rng(3)
    X, y = spells(rng, 8000, lambda X, month: -3 + 1.5 * X["a"] * (month >= 12))
    model = fit(X, y)
    assert (model.design_.terms.turns[:, 0] == 0).any()
    yes, no = (pd.DataFrame({"a": [v] * 2, "b": False, "c": False}) for v in (1, 0))
    yes, no = yes.astype(bool), no.astype(bool)
    ratio = [
        np.log(model.predict_hazard(who, [6, 20])[:, 0]).tolist() for who in (yes, no)
    ]
    early, late = np.subtract(*ratio)
    assert abs(early) < 0.4
    assert late == pytest.approx(1.35, abs=0.3)  # a ratio of hazards, not of odds


def test_what_is_a_curve_alone_gets_hardly_any_terms() -> None:
    found = []
    for seed in range(10):
        rng = np.random.default_rng(100 + seed)
        X, y = spells(rng, 1500, lambda X, month: -2.6 - 0.3 * np.log1p(month), 8)
        found.append(sum(fit(X, y).design_.terms.sizes))
    # of some 80 looked at in each
    assert np.mean(found) < 0.5


def test_shrinking_predicts_better_where_columns_are_many_and_exits_few() -> None:
    gains = []
    for seed in range(6):
        rng = np.random.default_rng(200 + seed)
        effect = rng.normal(0, 0.15, 20)
        X, y = spells(
            rng,
            2400,
            lambda X, month, e=effect: -2.8 + X.to_numpy() @ e - e.sum() / 2,
            20,
        )
        learn, test = slice(0, 400), slice(400, None)
        scores = [
            fit(X[learn], y[learn], refine=refine).score(X[test], y[test])
            for refine in (True, False)
        ]
        gains.append(scores[0] - scores[1])
    assert np.mean(gains) > 0
    assert np.mean(np.array(gains) > 0) >= 5 / 6


def test_levels_keep_their_exits_where_exits_are_many() -> None:
    rng = np.random.default_rng(4)
    X, y = spells(rng, 6000, lambda X, month: -3 + 0.8 * X["a"] * (month < 6))
    model = fit(X, y)
    for name in X:
        found = model.observed_expected(X, y, X[name].astype(int))
        assert found["expected"].to_numpy() == pytest.approx(
            found["observed"].to_numpy(), rel=1e-4
        )


def test_terms_of_some_columns_find_their_new_places() -> None:
    rng = np.random.default_rng(5)
    terms = Terms.of([12], [[0, 4], [2, 7]], [[0, 2], [1, 2]])
    kept = np.array([True, False, True])
    some, stays = terms.among(kept)
    assert stays.tolist() == [True, True, True, True, False]
    x, logs = rng.normal(size=(50, 3)), np.log1p(rng.integers(0, 20, 50))
    np.testing.assert_array_equal(
        some.columns(logs, x[:, kept]), terms.columns(logs, x)[:, stays]
    )


def normal_fit(rng: np.random.Generator, spread: float, n: int) -> Logit:
    """Coefficients drawn with a spread and seen with standard errors of .1."""
    truth = rng.normal(0, spread, (n, 1))
    seen = truth + rng.normal(0, 0.1, (n, 1))
    tight = 1.0
    covariance = np.eye(n) / (100 + tight)
    return Logit(seen * 100 / (100 + tight), covariance, 0.0, 1)


@pytest.mark.parametrize("spread", [0.05, 0.2, 0.6])
def test_the_spread_of_coefficients_is_learnt(spread: float) -> None:
    n = 400
    fitted = normal_fit(np.random.default_rng(6), spread, n)
    kind = np.zeros((n, 1), dtype=np.intp)
    tight = learn_priors(fitted, np.ones((n, 1)), kind)
    assert np.ptp(tight) == 0
    assert 1 / np.sqrt(tight[0, 0]) == pytest.approx(spread, rel=0.2)


def test_the_prior_is_where_the_evidence_is_largest() -> None:
    n, rng = 30, np.random.default_rng(7)
    fitted = normal_fit(rng, 0.3, n)
    tight = learn_priors(fitted, np.ones((n, 1)), np.zeros((n, 1), dtype=np.intp))
    seen = fitted.coef[:, 0] * 101 / 100

    def unlikely(log_tight: float) -> float:
        variance = 0.01 + np.exp(-log_tight)
        prior = log_tight / 2 - FIRST_SQUARE / 2 * np.exp(log_tight)
        return float((np.log(variance) + seen**2 / variance).sum() / 2 - prior)

    best = optimize.minimize_scalar(unlikely, bounds=(-3, 9), method="bounded").x
    assert np.log(tight[0, 0]) == pytest.approx(best, abs=0.05)


def test_what_has_a_penalty_of_its_own_keeps_it() -> None:
    fitted = normal_fit(np.random.default_rng(8), 0.3, 6)
    penalty = np.ones((6, 1))
    kind = np.array([-1, -1, 0, 0, 0, 1])[:, None]
    tight = learn_priors(fitted, penalty, kind)
    assert (tight[:2] == 1).all()
    assert tight[2, 0] == tight[4, 0] != tight[5, 0]
    assert (learn_priors(fitted, penalty, np.full((6, 1), -1)) == penalty).all()
