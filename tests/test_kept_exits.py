"""A kept exit model predicts as the fitted one did, and shows nobody."""

import json

import numpy as np
import pandas as pd
import pytest
from hazards import SEGMENTS, Drawn, draw_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from bemanna.models.boosted_exits import BoostedExitModel
from bemanna.models.exits import ExitModel
from bemanna.models.kept_exits import KeptExits, of_few

FEWEST = 5


def again(kept: KeptExits) -> KeptExits:
    """Write and read."""
    return KeptExits.from_json(json.loads(json.dumps(kept.to_json())))


def register(seed: int, n: int = 300) -> Drawn:
    """Draw households that differ in segment, home (one of them alone), age, caseload.

    Every age is that of a single person.
    """
    rng = np.random.default_rng(seed)
    drawn = draw_rows(rng, n, caseload=rng.uniform(30, 90, n), theta=0.3)
    size = len(drawn.X)
    home = rng.choice(["hyr", "äger", "saknar"], size, p=[0.6, 0.3, 0.1])
    home[0] = "husbil"
    age = rng.uniform(18, 64, size).round(6)
    return Drawn(drawn.X.assign(home=home, age=age), drawn.y)


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return register(1, 1500)


def everybody(drawn: Drawn) -> np.ndarray:
    return np.arange(len(drawn.X))


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    over_time=st.sampled_from(["segment", "all", ("home", "age")]),
    columns=st.sets(st.sampled_from(["segment", "hard", "home", "age", "caseload"])),
)
def test_a_kept_logit_predicts_to_rounding_error(
    seed: int, over_time: str | tuple[str, ...], columns: set[str]
) -> None:
    drawn = register(seed)
    X = drawn.X[
        sorted(columns | set(over_time if isinstance(over_time, tuple) else ()))
    ]
    model = ExitModel(over_time=over_time).fit(X, drawn.y)
    few = of_few(X, everybody(drawn), FEWEST)
    kept = again(KeptExits.of(model, few))
    assert kept.logit is not None
    asked = X[X["home"] != "husbil"] if "home" in X else X
    elapsed = drawn.y.loc[asked.index, "entry"]
    for ours, theirs in (
        (
            kept.logit.predict_hazard(asked, elapsed),
            model.predict_hazard(asked, elapsed),
        ),
        (kept.logit.predict_survival(asked, 9), model.predict_survival(asked, 9)),
        (
            kept.cumulative_incidence(asked, 12, elapsed),
            model.cumulative_incidence(asked, 12, elapsed),
        ),
        (
            kept.logit.hazard_interval(asked.head(50)),
            model.hazard_interval(asked.head(50)),
        ),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(
        kept.hazard, model.hazard_by_destination(kept.segments, 120)
    )


@pytest.mark.parametrize("model", [ExitModel(), BoostedExitModel(rounds=20)])
def test_segments_are_told_as_their_mean(drawn: Drawn, model: ExitModel) -> None:
    model.fit(drawn.X, drawn.y)
    kept = again(KeptExits.of(model, of_few(drawn.X, everybody(drawn), FEWEST)))
    asked = pd.DataFrame({"segment": SEGMENTS})
    found = kept.cumulative_incidence(asked, 6, [0, 3, 118])
    hazard = model.hazard_by_destination(SEGMENTS, 124)
    for s, start in enumerate((0, 3, 118)):
        stay = np.cumprod(1 - hazard[s, start : start + 6].sum(1))
        np.testing.assert_allclose(found[s].sum(1), 1 - stay, atol=2e-3)
    np.testing.assert_array_equal(found[:2, 0], hazard[[0, 1], [0, 3]])
    with pytest.raises(ValueError, match="segment okänd was never seen"):
        kept.cumulative_incidence(asked.assign(segment="okänd"), 6)
    with pytest.raises(ValueError, match="elapsed"):
        kept.cumulative_incidence(asked, 6, -1)


def test_some_covariates_are_not_enough(drawn: Drawn) -> None:
    kept = KeptExits.of(ExitModel().fit(drawn.X, drawn.y))
    with pytest.raises(ValueError, match="give caseload, home, age too"):
        kept.cumulative_incidence(drawn.X[["segment", "hard"]], 6)


def test_a_level_of_few_is_forgotten(drawn: Drawn) -> None:
    few = of_few(drawn.X, everybody(drawn), FEWEST)
    assert few == {"home": ("husbil",)}
    kept = KeptExits.of(ExitModel().fit(drawn.X, drawn.y), few)
    assert "husbil" not in json.dumps(kept.to_json())
    with pytest.raises(ValueError, match="husbil was never seen"):
        kept.cumulative_incidence(drawn.X.head(1), 6)
    with pytest.raises(ValueError, match="any level of home"):
        KeptExits.of(
            ExitModel().fit(drawn.X, drawn.y), {"home": drawn.X["home"].unique()}
        )


def test_a_segment_of_few_is_not_in_the_table(drawn: Drawn) -> None:
    alone = drawn.X.assign(segment=drawn.X["segment"].mask(drawn.X.index < 3, "egen"))
    model = ExitModel().fit(alone, drawn.y)
    kept = again(KeptExits.of(model, of_few(alone, everybody(drawn), FEWEST)))
    assert set(kept.segments) == set(SEGMENTS)
    assert len(kept.hazard) == 3


def test_a_number_that_tells_few_apart_leaves_the_table_alone(drawn: Drawn) -> None:
    rare = drawn.X.assign(hard=(drawn.X.index < 2).astype(int))
    few = of_few(rare, everybody(drawn), FEWEST)
    assert few["hard"] == ()
    model = ExitModel().fit(rare, drawn.y)
    assert KeptExits.of(model, few).logit is None
    assert KeptExits.of(model).logit is not None
    assert few == of_few(rare, pd.Series(everybody(drawn)), FEWEST)


def test_who_was_on_assistance_is_not_kept(drawn: Drawn) -> None:
    model = ExitModel().fit(drawn.X, drawn.y)
    kept = KeptExits.of(model, of_few(drawn.X, everybody(drawn), FEWEST))
    text = json.dumps(kept.to_json())
    ages = drawn.X["age"].unique()
    numbers = {word.strip("[]{},") for word in text.split()}
    assert not numbers & {repr(float(age)) for age in ages}
    assert kept.logit is not None
    for missing in ("mix_", "at_risk_", "exits_"):
        with pytest.raises(AttributeError, match=f"holds no {missing}"):
            getattr(kept.logit, missing)
    with pytest.raises(AttributeError, match="holds no"):
        kept.logit.draws(np.random.default_rng(1), 3)
    with pytest.raises(ValueError, match="format"):
        KeptExits.from_json({"format": "bemanna-exits/0"})
