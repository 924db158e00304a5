"""The exit model finds the hazard that rows were drawn from, and refuses nonsense."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hazards import SEGMENTS, Drawn, draw_rows, true_hazard
from shared import shared_data
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, KFold, cross_val_score

from bemanna.models import cells, logit, spell_hazards
from bemanna.models.cells import band_starts
from bemanna.models.effect import Association, EffortEffect
from bemanna.models.exits import ExitModel

GRID = pd.MultiIndex.from_product(
    [SEGMENTS, [0, 1], range(36)], names=["segment", "hard", "month"]
).to_frame(index=False)
MONTH = GRID["month"].to_numpy()
TRUE = true_hazard(
    GRID["segment"].map(SEGMENTS.index).to_numpy(), GRID["hard"].to_numpy(), MONTH
)


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw_rows(np.random.default_rng(7), 6000)


@pytest.fixture(scope="module")
def fitted(drawn: Drawn) -> ExitModel:
    return ExitModel().fit(drawn.X, drawn.y)


def recover(seeds: int, households: int) -> tuple[float, float]:
    """Share of intervals that cover the truth, and the mean absolute error."""
    covered, error = [], []
    for seed in range(seeds):
        rows = draw_rows(np.random.default_rng(1000 + seed), households)
        model = ExitModel().fit(rows.X, rows.y)
        interval = model.hazard_interval(GRID, MONTH, 0.95)
        truth = TRUE.sum(1)
        covered.append(interval["low"].le(truth) & interval["high"].ge(truth))
        error.append(np.abs(interval["mean"] - truth).mean())
    return float(np.mean(covered)), float(np.mean(error))


def test_monthly_hazards_are_recovered_in_50_registers() -> None:
    coverage, error = recover(seeds=50, households=6000)
    assert 0.92 <= coverage <= 0.98
    assert error <= 0.002


@pytest.mark.soak
def test_monthly_hazards_are_recovered_in_large_registers() -> None:
    coverage, error = recover(seeds=50, households=60_000)
    assert 0.92 <= coverage <= 0.98
    assert error <= 0.001


def test_each_destination_is_recovered(drawn: Drawn, fitted: ExitModel) -> None:
    error = np.abs(fitted.predict_hazard(GRID, MONTH) - TRUE).mean(0)
    assert fitted.destinations_ == ("work", "sickness_compensation", "other")
    assert (error <= 0.002).all()


def test_predicted_exits_equal_observed_exits_in_every_level(
    drawn: Drawn, fitted: ExitModel
) -> None:
    for column in ("segment", "hard"):
        groups = pd.factorize(drawn.X[column])[0]
        table = fitted.observed_expected(drawn.X, drawn.y, groups)
        for name in ("", *(f"_{d}" for d in fitted.destinations_)):
            observed, expected = table[f"observed{name}"], table[f"expected{name}"]
            assert expected.to_numpy() == pytest.approx(observed.to_numpy(), rel=1e-4)


def test_newton_equals_statsmodels_on_expanded_months() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(900), rng.integers(0, 2, 900), rng.normal(size=900)])
    outcome = rng.choice(3, 900, p=[0.7, 0.2, 0.1])
    counts = np.eye(3)[outcome]
    ours = logit.fit_multinomial(lambda a, b: x[a:b], counts, np.zeros((3, 2)))
    theirs = sm.MNLogit(outcome, x).fit(disp=0, method="newton", tol=1e-12)
    assert ours.coef == pytest.approx(theirs.params, abs=1e-7)
    assert ours.loglik == pytest.approx(theirs.llf, rel=1e-10)
    assert ours.covariance == pytest.approx(theirs.cov_params(), abs=1e-7)


def test_splitting_a_spell_into_rows_changes_nothing(drawn: Drawn) -> None:
    X, y = drawn.X.head(800), drawn.y.head(800)
    middle = (y["entry"] + y["stop"]) // 2
    split = middle > y["entry"]
    first = y.assign(stop=middle, exit=None)[split]
    rest = y.assign(entry=middle.where(split, y["entry"]))
    X_split, y_split = pd.concat([X[split], X]), pd.concat([first, rest])
    whole, parts = ExitModel().fit(X, y), ExitModel().fit(X_split, y_split)
    # scales are learned from months, whichever rows they stand in
    assert parts.predict_hazard(GRID, MONTH) == pytest.approx(
        whole.predict_hazard(GRID, MONTH), rel=1e-6
    )
    assert parts.n_cells_ == whole.n_cells_


def test_counting_in_small_blocks_changes_nothing(
    drawn: Drawn, fitted: ExitModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "BLOCK", 200)
    monkeypatch.setattr(logit, "BLOCK", 17)
    monkeypatch.setattr(spell_hazards, "BLOCK", 17)
    blocks = ExitModel().fit(drawn.X, drawn.y)
    assert blocks.coef_ == pytest.approx(fitted.coef_, abs=1e-8)
    assert blocks.score(drawn.X, drawn.y) == pytest.approx(
        fitted.score(drawn.X, drawn.y), rel=1e-12
    )


def test_left_truncated_spells_are_read_from_when_they_were_seen() -> None:
    first_year = MONTH < 12
    truth = TRUE[first_year].sum(1)
    bias = []
    for seed in (5, 6, 7):
        rows = draw_rows(np.random.default_rng(seed), 20_000, truncated=0.8)
        length = rows.y["stop"] - rows.y["entry"]
        as_new = rows.y.assign(entry=0, stop=length)  # survivors taken for newcomers
        for y in (rows.y, as_new):
            model = ExitModel().fit(rows.X, y)
            hazard = model.predict_hazard(GRID[first_year], MONTH[first_year])
            bias.append((hazard.sum(1) - truth).mean())
    assert abs(np.mean(bias[::2])) < 0.001
    assert np.mean(bias[1::2]) < -0.003


def test_routine_caseload_has_the_wrong_sign_and_is_never_an_effect() -> None:
    rng = np.random.default_rng(11)
    hard = rng.integers(0, 2, 12_000)
    # whoever holds hard cases holds few of them; lighter caseloads truly help
    caseload = np.exp(np.log(60) - 0.6 * hard + rng.normal(0, 0.1, len(hard)))
    rows = draw_rows(rng, 12_000, caseload=caseload, theta=0.3, hard=hard)
    model = ExitModel().fit(rows.X.drop(columns="hard"), rows.y)
    association = model.association_
    assert isinstance(association, Association)
    assert association.halving[0] < -2 * association.sd[0]  # as if effort did harm
    with pytest.raises(TypeError, match="not an effect"):
        model.hazard_table(None, 24, [60, 30], association)  # type: ignore[arg-type]
    assert not hasattr(model, "effect_")
    # with the hardness known the sign comes right
    known = ExitModel().fit(rows.X, rows.y).association_
    assert isinstance(known, Association)
    assert known.halving[0] > 0


def test_hazard_table_bends_by_the_effect_alone(fitted: ExitModel) -> None:
    effect = EffortEffect.fixed(0.2)
    with pytest.raises(ValueError, match="reference"):
        fitted.hazard_table(None, 24, [60, 30], effect)
    table = fitted.hazard_table(["ung", "rehab"], 24, [60.0, 30.0], effect, 60)
    flat = fitted.hazard_by_destination(["ung", "rehab"], 24).sum(-1)
    assert table.shape == (2, 24, 2)
    assert table[:, :, 0] == pytest.approx(flat)
    odds = table / (1 - table)
    assert np.log(odds[:, :, 1] / odds[:, :, 0]) == pytest.approx(0.2)


def test_segment_hazards_are_those_of_the_people_in_it(
    drawn: Drawn, fitted: ExitModel
) -> None:
    hazard = fitted.hazard_by_destination(list(SEGMENTS), 24)
    for s, name in enumerate(SEGMENTS):
        y = drawn.y[drawn.X["segment"] == name]
        at_risk = [((y.entry <= m) & (y.stop > m)).sum() for m in range(24)]
        exits = y[y["exit"].notna() & (y.stop <= 24)]
        expected = np.array(at_risk) @ hazard[s].sum(-1)
        assert expected == pytest.approx(len(exits), rel=0.03)


def test_draws_have_the_width_of_the_intervals(drawn: Drawn, fitted: ExitModel) -> None:
    model = ExitModel().fit(drawn.X[["segment"]], drawn.y)
    draws = model.draws(np.random.default_rng(1), 4000, ["ung"], 24)
    assert draws.shape == (4000, 1, 24)
    x = pd.DataFrame({"segment": ["ung"] * 24})
    interval = model.hazard_interval(x, np.arange(24), 0.9)
    low, high = np.quantile(draws[:, 0], [0.05, 0.95], axis=0)
    assert low == pytest.approx(interval["low"].to_numpy(), rel=0.03)
    assert high == pytest.approx(interval["high"].to_numpy(), rel=0.03)


def test_survival_and_incidence_add_up(fitted: ExitModel) -> None:
    x = GRID.head(50)
    survival = fitted.predict_survival(x, 12, elapsed=6)
    incidence = fitted.cumulative_incidence(x, 12, elapsed=6)
    assert survival + incidence.sum(2) == pytest.approx(1)
    one = fitted.predict_hazard(x, 6).sum(1)
    assert survival[:, 0] == pytest.approx(1 - one)
    assert (np.diff(survival, axis=1) < 0).all()


def test_aalen_johansen_agrees_with_the_model_on_average(
    drawn: Drawn, fitted: ExitModel
) -> None:
    new = drawn.y["entry"] == 0
    model = ExitModel().fit(drawn.X[new], drawn.y[new])
    mean = model.cumulative_incidence(drawn.X[new], 12)[:, -1].mean(0)
    reference = model.marginal().loc[12]
    assert mean == pytest.approx(
        reference[list(model.destinations_)].to_numpy(), abs=0.01
    )


def test_a_given_unit_and_season_hold(drawn: Drawn) -> None:
    rng = np.random.default_rng(2)
    X = drawn.X.assign(
        unit=rng.choice(["Norr", "Syd"], len(drawn.X)),
        season=rng.choice(["vinter", "sommar"], len(drawn.X)),
        unemployment=rng.normal(7, 1, len(drawn.X)),
    )
    model = ExitModel().fit(X, drawn.y)
    anywhere = model.hazard_by_destination(["ung"], 12)
    given = {"unit": "Norr", "unemployment": 9.0}
    there = model.hazard_by_destination(["ung"], 12, given)
    assert there.shape == anywhere.shape
    assert not np.allclose(there, anywhere)
    with pytest.raises(ValueError, match="Väst was never seen"):
        model.hazard_by_destination(["ung"], 12, {"unit": "Väst"})
    with pytest.raises(ValueError, match="did not learn postnummer"):
        model.hazard_by_destination(["ung"], 12, {"postnummer": "1"})


def test_it_is_a_scikit_learn_estimator(drawn: Drawn) -> None:
    model = ExitModel(over_time="all", numeric="spline")
    assert clone(model).get_params() == model.get_params()
    household = np.arange(len(drawn.X)) // 2
    folds = GroupKFold(3)
    scores = cross_val_score(model, drawn.X, drawn.y, groups=household, cv=folds)
    assert np.isfinite(scores).all()
    assert scores.mean() > ExitModel(knots=()).fit(drawn.X[["hard"]], drawn.y).score(
        drawn.X[["hard"]], drawn.y
    )


def test_bands_are_monthly_then_quarterly_then_yearly() -> None:
    starts = band_starts(200)
    assert np.diff(starts).tolist() == [1] * 24 + [3] * 12 + [12] * 11
    assert band_starts(0).tolist() == [0]


def test_calibrated_on_real_unemployment_spells() -> None:
    """Deciles of predicted 12-month exit against Kaplan-Meier, out of fold."""
    path = shared_data("spells/german_unemployment_register.csv")
    frame = pd.read_csv(path)
    months = frame["duration_days"] / 30.4375
    left = frame["exited"] == 1
    stop = np.where(left, np.ceil(months), np.floor(months)).astype(int)
    X = pd.DataFrame(
        {
            "female": frame["female"].astype(bool),
            "age": frame["age"].astype(float),
            "wage": frame["daily_wage_before"],
            "no_wage": frame["daily_wage_before"] == 0,
        }
    )[stop > 0]
    y = pd.DataFrame({"entry": 0, "stop": stop, "exit": left.map({True: "exit"})})
    y = y[stop > 0]
    predicted = np.zeros(len(y))
    for learn, test in KFold(5, shuffle=True, random_state=0).split(X):
        model = ExitModel(destinations=("exit",))
        model.fit(X.iloc[learn], y.iloc[learn])
        predicted[test] = model.cumulative_incidence(X.iloc[test], 12)[:, -1, 0]
    decile = pd.qcut(pd.Series(predicted).rank(method="first"), 10, labels=False)
    apart = []
    for d in range(10):
        inside = (decile == d).to_numpy()
        kaplan_meier = ExitModel(destinations=("exit",), knots=()).fit(
            pd.DataFrame(index=y[inside].index), y[inside]
        )
        happened = 1 - kaplan_meier.marginal()["survival"].loc[12]
        apart.append(abs(happened - predicted[inside].mean()))
    assert np.mean(apart) <= 0.010
    assert np.max(apart) <= 0.025
