"""What the comparison of exit models rests on: scores, folds, a register, its peers."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from document import ROOT, write_part
from exitbands import BANDS, misplaced, most_off
from exitfolds import Field, own, score
from exitscores import (
    Outcome,
    brier,
    calibration,
    log_likelihood,
    observed,
    tenths,
    uncensored,
)
from exittables import scores as tabulated
from peers.cost import measured
from registers import (
    DESTINATIONS,
    People,
    by_traits,
    hazard,
    leaves_within,
    simulate,
)
from registertable import by_tenths, identity
from shared import shared_data
from spells import FILES, FOLDS, Spells

from bemanna.models.exits import ExitModel

LAST = 6


def everyone(curve: np.ndarray, n: int) -> np.ndarray:
    """Say the same of n spells."""
    return np.broadcast_to(curve[None], (n, *curve.shape))


@pytest.fixture
def seen() -> Outcome:
    """Spells without censoring before the last period, to two destinations."""
    rng = np.random.default_rng(3)
    return Outcome.of(rng.integers(1, LAST + 1, 400), rng.integers(1, 3, 400))


def test_a_perfect_forecast_has_brier_score_nought(seen: Outcome) -> None:
    periods = np.arange(1, LAST + 1)
    left = seen.time[:, None] <= periods
    perfect = np.stack([left & (seen.event == j)[:, None] for j in (1, 2)], -1)
    known = uncensored(seen, LAST)
    assert known == pytest.approx(1)
    assert brier(known, seen, perfect.astype(float)) == pytest.approx(0)


def test_a_constant_forecast_has_the_variance_of_what_happens(seen: Outcome) -> None:
    curve = np.stack([observed(seen, k, 2) for k in range(1, LAST + 1)])
    found = brier(uncensored(seen, LAST), seen, everyone(curve, len(seen.time)))
    # without censoring: share (1 - share), mean over periods
    assert found == pytest.approx((curve * (1 - curve)).mean(0))


def test_censoring_does_not_tilt_the_brier_score() -> None:
    rng = np.random.default_rng(4)
    n, chance = 200_000, 0.2
    time, end = rng.geometric(chance, n), rng.integers(1, 2 * LAST, n)
    # who leaves in the period of censoring is seen to leave
    outcome = Outcome.of(np.minimum(time, end), time <= end)
    left = 1 - (1 - chance) ** np.arange(1, LAST + 1)
    known = uncensored(outcome, LAST)
    expected = 1 - np.maximum(np.arange(LAST + 1) - 1, 0) / (2 * LAST - 1)
    assert known == pytest.approx(expected, abs=0.01)
    found = brier(known, outcome, everyone(left[:, None], n))
    assert found == pytest.approx([(left * (1 - left)).mean()], abs=2e-3)


def test_the_likelihood_of_a_known_hazard() -> None:
    hazards = np.array([0.1, 0.3])  # to each destination, every period
    stay = 1 - hazards.sum()
    before = stay ** np.arange(LAST)
    incidence = np.cumsum(before[:, None] * hazards, axis=0)
    outcome = Outcome.of([1, 3, 2, LAST + 4, LAST + 4], [1, 2, 0, 0, 1])
    # what comes after the last period counts as still there at its end
    each = np.log([0.1, stay**2 * 0.3, stay**2, stay**LAST, stay**LAST])
    found = log_likelihood(outcome, everyone(incidence, 5))
    assert found == pytest.approx(each.mean())


def test_right_chances_are_calibrated_and_wrong_ones_are_told() -> None:
    rng = np.random.default_rng(5)
    hazards = rng.uniform(0.02, 0.3, 100_000)
    outcome = Outcome.of(rng.geometric(hazards), np.ones(100_000))
    chance = 1 - (1 - hazards[:, None]) ** LAST
    assert np.abs(calibration(outcome, chance, LAST)).max() < 0.02
    apart = calibration(outcome, chance + 0.05, LAST)
    assert apart == pytest.approx(0.05, abs=0.02)


def test_tenths_are_of_equal_size_even_where_all_say_the_same() -> None:
    assert np.bincount(tenths(np.full(1000, 0.3))).tolist() == [100] * 10


def test_who_leaves_is_estimated_with_competing_destinations() -> None:
    outcome = Outcome.of([1, 1, 2, 2], [1, 0, 2, 0])
    # a quarter leaves to 1 in the first period; then half of those seen to 2
    assert observed(outcome, 2, 2) == pytest.approx([0.25, 0.75 * 0.5])


def made(n: int = 600) -> Spells:
    rng = np.random.default_rng(6)
    x = rng.integers(0, 2, n)
    time = rng.geometric(np.where(x == 1, 0.4, 0.15))
    columns = {"x": x.astype(float), "time": np.minimum(time, 9), "event": time <= 9}
    table = pd.DataFrame(columns).astype({"event": int})
    table = table.assign(moment=table["time"] - 0.5, fold=np.arange(n) % FOLDS)
    return Spells(table, ("exit",), (), LAST, 3, "month")


def test_the_package_is_scored_on_a_fold_that_it_has_not_seen() -> None:
    spells = made()
    said, words = own(spells, 0)
    entry = score(spells, {0: said["ExitModel"]})
    assert said["chosen"].incidence.shape == (120, LAST, 1)
    assert words in said
    # choosing is part of what the chosen one costs
    assert said["chosen"].cost.seconds > said["ExitModel"].cost.seconds
    assert 0.05 < entry.brier.mean() < 0.25


def test_costs_are_those_of_the_fit_alone() -> None:
    def fit() -> np.ndarray:
        return np.ones(30_000_000)

    total, cost = measured(fit, lambda ones: float(ones.sum()))
    assert total == 30_000_000
    assert 200 < cost.mb < 400
    assert cost.seconds < 5

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(RuntimeError, match="ValueError: no"):
        measured(fail, str)


def test_the_register_does_what_its_truth_says() -> None:
    rng = np.random.default_rng(7)
    register = simulate(rng, 2000)
    X, y = register.X, register.y
    assert (y["stop"] > y["entry"]).all()
    assert (y["entry"] > 0).any()
    assert register.months == 2000 * 120
    # exits are as many as the true hazards promise, to each destination
    n = (y["stop"] - y["entry"]).to_numpy()
    row = np.repeat(np.arange(len(y)), n)
    elapsed = (
        y["entry"].to_numpy()[row]
        + np.arange(len(row))
        - np.repeat(np.cumsum(n) - n, n)
    )
    codes = np.column_stack([X[c].cat.codes for c in X]).astype(np.int8)
    people = People(codes, np.zeros(len(codes)), elapsed)
    assert people.frame().equals(X)
    expected = hazard(elapsed, by_traits(codes, people.apart)[row]).sum(0)
    counts = y["exit"].value_counts().reindex(DESTINATIONS).to_numpy()
    assert counts == pytest.approx(expected, rel=0.1)
    year = leaves_within(register.stock, 12)
    assert ((year > 0) & (year < 1)).all()


def test_the_exit_model_meets_the_truth_and_its_own_identity() -> None:
    register = simulate(np.random.default_rng(8), 3000)
    model = ExitModel(destinations=DESTINATIONS).fit(register.X, register.y)
    stock = register.stock
    chance = 1 - model.predict_survival(stock.frame(), 12, stock.elapsed)[:, -1]
    apart = by_tenths(chance, leaves_within(stock, 12))
    assert np.abs(apart).mean() < 0.02
    assert identity(model, register) < 1e-4
    assert misplaced(model, register) < 0.1


def test_bands_make_an_identity_of_what_the_curve_only_comes_near() -> None:
    register = simulate(np.random.default_rng(9), 3000)
    curve, banded = (
        ExitModel(destinations=DESTINATIONS, bands=bands).fit(register.X, register.y)
        for bands in (None, BANDS)
    )
    assert most_off(curve, register) > 0.01
    assert most_off(banded, register) < 1e-4


@pytest.mark.parametrize("name", list(FILES))
def test_public_spells_are_dealt_alike_into_folds(name: str) -> None:
    spells = FILES[name](shared_data("spells"))
    rates = spells.table.groupby("fold")["event"].agg(lambda e: (e > 0).mean())
    assert len(rates) == FOLDS
    assert np.ptp(rates) < 0.01
    assert (spells.table["time"] >= 1).all()
    assert spells.rows["exit"].notna().sum() == (spells.table["event"] > 0).sum()


@pytest.mark.parametrize("name", ["cost", "exits", "registers"])
def test_what_the_peers_run_can_be_read(name: str) -> None:
    ast.parse((ROOT / "benchmarks" / "peers" / f"{name}.py").read_text("utf-8"))


def test_every_peer_is_pinned() -> None:
    pins = (ROOT / "benchmarks/peers/exits-requirements.txt").read_text("utf-8")
    assert all("==" in line for line in pins.split())


def test_exits_have_a_place_of_their_own_on_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_part("make bench", "one", page)
    write_part("make bench-exits", "two", page)
    assert page.read_text("utf-8").index("one") < page.read_text("utf-8").index("two")


def test_the_table_of_scores_has_the_best_first() -> None:
    spells = made()
    said, words = own(spells, 0)
    entries = {name: score(spells, {0: one}) for name, one in said.items()}
    text = tabulated(Field("made", spells, entries, [words], (0.1, 0.1)))
    found = [line.split("|")[3] for line in text.splitlines() if "**" in line]
    assert found == sorted(found)
