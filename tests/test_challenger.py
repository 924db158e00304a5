"""Boosted trees behind the exit model's interface, and when they are preferred."""

import numpy as np
import pandas as pd
import pytest
from hazards import SEGMENTS, Drawn, draw_rows
from sklearn.base import clone

from bemanna.models.boosted_exits import BoostedExitModel
from bemanna.models.exits import ExitModel
from bemanna.models.reliability import reliability
from bemanna.models.selection import BLOCKS, Contest, contest

#: Log odds that an interaction adds and takes.
APART = 0.7


def with_interaction(rng: np.random.Generator, n: int) -> Drawn:
    """Draw exits that depend on whether an even number of three traits is there.

    No sum of traits tells that, nor of pairs of them.
    """
    hard, even = rng.integers(0, 2, (2, n))
    # cases per handler stand in for the shift, and are not shown to the models
    cases = 60 * np.exp(-np.where(even == 1, APART, -APART))
    drawn = draw_rows(rng, n, truncated=0.0, caseload=cases, theta=1.0, hard=hard)
    odd = (drawn.X["caseload"] > 60).astype(int)
    skilled = rng.integers(0, 2, len(odd))
    settled = (odd + drawn.X["hard"] + skilled) % 2
    shown = drawn.X.drop(columns="caseload")
    return Drawn(shown.assign(skilled=skilled, settled=settled), drawn.y)


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw_rows(np.random.default_rng(7), 4000)


@pytest.fixture(scope="module")
def fitted(drawn: Drawn) -> BoostedExitModel:
    return BoostedExitModel(replicates=8).fit(drawn.X, drawn.y)


def judged(drawn: Drawn) -> Contest:
    return contest(
        ExitModel(),
        BoostedExitModel(),
        drawn.X,
        drawn.y,
        np.arange(len(drawn.X)),
        np.random.default_rng(1),
    )


def test_expected_exits_are_those_observed_by_segment_and_destination(
    drawn: Drawn, fitted: BoostedExitModel
) -> None:
    table = fitted.observed_expected(
        drawn.X, drawn.y, drawn.X["segment"].factorize()[0]
    )
    for name in ("", *(f"_{d}" for d in fitted.destinations_)):
        np.testing.assert_allclose(
            table[f"expected{name}"], table[f"observed{name}"], rtol=0.12
        )
    assert table["expected"].sum() == pytest.approx(table["observed"].sum(), rel=0.01)


def test_segment_hazards_are_near_the_logits(
    drawn: Drawn, fitted: BoostedExitModel
) -> None:
    plain = ExitModel().fit(drawn.X, drawn.y)
    ours, theirs = (
        m.hazard_by_destination(list(SEGMENTS), 24) for m in (fitted, plain)
    )
    assert ours.shape == theirs.shape == (3, 24, 3)
    assert np.abs(ours - theirs).mean() < 0.005
    given = fitted.hazard_by_destination(["ung"], 12, {"hard": 1})
    assert given.sum(-1).mean() < ours[0, :12].sum(-1).mean()


def test_survival_and_incidence_add_up(fitted: BoostedExitModel) -> None:
    x = pd.DataFrame({"segment": SEGMENTS, "hard": [0, 1, 0]})
    left = fitted.cumulative_incidence(x, 12, elapsed=[0, 5, 30]).sum(2)
    np.testing.assert_allclose(left + fitted.predict_survival(x, 12, [0, 5, 30]), 1)
    assert (np.diff(left, axis=1) > 0).all()


def test_draws_are_as_wide_as_registers_differ(
    drawn: Drawn, fitted: BoostedExitModel
) -> None:
    draws = fitted.draws(np.random.default_rng(1), 400, ["ung"], 12)
    assert draws.shape == (400, 1, 12)
    spread = np.log(draws / (1 - draws)).std(0).mean()
    others = [
        BoostedExitModel().fit(
            *vars(draw_rows(np.random.default_rng(s), 4000)).values()
        )
        for s in range(6)
    ]
    apart = np.stack([m.hazard_by_destination(["ung"], 12).sum(-1) for m in others])
    assert spread == pytest.approx(
        np.log(apart / (1 - apart)).std(0, ddof=1).mean(), rel=0.5
    )
    with pytest.raises(NotImplementedError, match="no interval"):
        fitted.hazard_interval(drawn.X.head())


def test_one_destination_and_cloning(drawn: Drawn) -> None:
    y = drawn.y.assign(exit=drawn.y["exit"].where(drawn.y["exit"].isna(), "work"))
    model = clone(BoostedExitModel(rounds=20)).fit(drawn.X, y)
    assert model.destinations_ == ("work",)
    assert model.forest_.goes is None
    assert model.predict_hazard(drawn.X.head()).shape == (5, 1)


def test_the_challenger_wins_where_three_traits_interact() -> None:
    found = judged(with_interaction(np.random.default_rng(3), 4000))
    assert found.is_won
    assert found.challenger > found.champion
    assert found.gain == pytest.approx(found.challenger - found.champion)
    assert found.gain > 3 * found.se


def test_the_simpler_model_stays_where_it_is_true() -> None:
    found = [judged(draw_rows(np.random.default_rng(s), 2500)) for s in range(3)]
    assert sum(one.is_won for one in found) <= 1
    assert all(one.se > 0 for one in found)


def test_a_level_seen_once_and_few_households(drawn: Drawn) -> None:
    rare = drawn.X.assign(
        segment=drawn.X["segment"].mask(drawn.X.index == 0, "sällsynt")
    )
    found = judged(Drawn(rare, drawn.y))
    assert np.isfinite(found.champion)
    with pytest.raises(ValueError, match=f"at least {BLOCKS} households"):
        judged(Drawn(drawn.X.head(20), drawn.y.head(20)))


def test_what_was_expected_came_true_out_of_sample(drawn: Drawn) -> None:
    who = np.arange(len(drawn.X))
    rng = np.random.default_rng(2)
    table = reliability(ExitModel(), drawn.X, drawn.y, who, rng)
    exits = drawn.y["exit"].notna().sum()
    months = (drawn.y["stop"] - drawn.y["entry"]).sum()
    for _, part in table.groupby("by"):
        assert part["observed"].sum() == exits
        assert part["expected"].sum() == pytest.approx(exits, rel=0.02)
    deciles = table[table["by"] == "decile"]
    assert deciles["months"].sum() == months
    assert (deciles["low"] < 1.1).all()
    assert (deciles["high"] > 0.9).all()
    rate = (deciles["observed"] / deciles["months"]).to_numpy()
    assert rate[-1] > 1.3 * rate[:3].mean()
    assert set(table.loc[table["by"] == "segment", "group"]) == set(SEGMENTS)
