"""A synthetic control matches what it can, and its placebos tell what is chance."""

import numpy as np
import pandas as pd
import pytest
from pilotworld import World, draw
from scipy.optimize import minimize
from shared import shared_data

from bemanna.models.synthetic_control import (
    log_exit_rates,
    simplex_weights,
    synthetic_control,
)


def courses(rng: np.random.Generator, units: int = 9, periods: int = 20) -> np.ndarray:
    """Random walks, shape (periods, units)."""
    return np.asarray(rng.normal(0, 1, (periods, units)).cumsum(0))


def test_weights_are_the_best_on_the_simplex() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        target, pool = courses(rng, 1)[:, 0], courses(rng, 8)
        found = simplex_weights(target, pool)
        assert found.sum() == pytest.approx(1)
        assert (found >= 0).all()

        def miss(w: np.ndarray, y: np.ndarray = target, x: np.ndarray = pool) -> float:
            return float(((y - x @ w) ** 2).sum())

        best = minimize(
            miss,
            np.full(8, 1 / 8),
            bounds=[(0, 1)] * 8,
            constraints=[{"type": "eq", "fun": lambda w: w.sum() - 1}],
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        )
        assert miss(found) <= best.fun * (1 + 1e-4)


def test_a_known_mix_and_a_known_effect_are_found() -> None:
    rng = np.random.default_rng(2)
    pool = courses(rng)
    mix = np.array([0.5, 0.3, 0.2, 0, 0, 0, 0, 0, 0])
    mine = 4 + pool @ mix  # its level is its own
    mine[14:] += 0.7
    names = [f"u{i}" for i in range(9)]
    table = pd.DataFrame(pool, columns=names).assign(pilot=mine)
    found = synthetic_control(table, "pilot", 14)
    assert found.effect == pytest.approx(0.7, abs=1e-3)
    assert found.weights == pytest.approx(mix, abs=1e-3)
    assert found.gap[:14] == pytest.approx(np.zeros(14), abs=1e-3)
    assert found.fit < 1e-3 < found.placebo_fit.min()


def test_an_even_mix_is_taken_where_several_match() -> None:
    pool = np.column_stack([np.arange(6.0)] * 4)
    assert simplex_weights(np.arange(6.0), pool) == pytest.approx(np.full(4, 0.25))


def test_placebos_rank_the_pilot() -> None:
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(0, 1, (12, 12))).add_prefix("u")
    table.loc[8:, "u0"] += 20
    assert synthetic_control(table, "u0", 8).p_value == pytest.approx(1 / 12)
    calm = table.assign(u0=table.drop(columns="u0").mean(axis=1))
    assert synthetic_control(calm, "u0", 8).p_value > 0.9


@pytest.mark.parametrize("log_hr", [0.0, 0.31])
def test_placebo_intervals_cover_in_offices_with_shocks_of_their_own(
    log_hr: float,
) -> None:
    world, runs = World(shock=0.15), 250
    truth = np.full(runs, log_hr)
    exits, served = draw(np.random.default_rng(4), world, truth)
    inside, effects = [], []
    for o, n in zip(exits.sum(3), served.sum(3), strict=True):
        units = [f"u{i}" for i in range(len(o))]
        rates = log_exit_rates(
            pd.DataFrame(o.T, columns=units), pd.DataFrame(n.T, columns=units)
        )
        found = synthetic_control(rates, "u0", 8)
        interval = found.interval(0.95)
        effects.append(found.effect)
        # the hazard moves by a little less than the odds do
        inside.append(interval.low <= log_hr * 0.96 <= interval.high)
    assert np.mean(effects) == pytest.approx(log_hr * 0.96, abs=0.05)
    assert 0.92 <= np.mean(inside) <= 0.995


def test_states_without_reform_show_no_effect_on_caseload() -> None:
    path = shared_data("spells/us_state_afdc_caseload_panel.csv")
    panel = pd.read_csv(path)
    wide = panel.pivot_table(index="trend", columns="state", values="lncase")
    never = panel.loc[panel["treated"] == 0, "state"].unique()
    outcome = wide[list(never)]
    inside = 0
    for state in never:
        found = synthetic_control(outcome, state, 96)
        interval = found.interval(0.95)
        inside += interval.low <= 0 <= interval.high
        # a mix comes nearer to a state's past than the plain mean of the others does
        past = outcome.loc[:95] - outcome.loc[:95].mean()
        plain = past[state] - past.drop(columns=state).mean(axis=1)
        assert found.fit <= np.sqrt((plain**2).mean())
    assert inside >= 18  # of 20
    reformer = outcome.assign(MI=wide["MI"])
    assert synthetic_control(reformer, "MI", 72).weights.sum() == pytest.approx(1)


def test_exit_rates_by_quarter() -> None:
    exits = pd.DataFrame({"a": [1.0, 2, 3, 0, 0, 0]})
    served = pd.DataFrame({"a": np.full(6, 10.0)})
    rates = log_exit_rates(exits, served)
    assert np.exp(rates["a"]).tolist() == pytest.approx([6.5 / 30, 0.5 / 30])
    with pytest.raises(ValueError, match="periods of 4"):
        log_exit_rates(exits, served, 4)


def test_what_cannot_be_matched_is_refused() -> None:
    table = pd.DataFrame(np.zeros((6, 5))).add_prefix("u")
    with pytest.raises(ValueError, match="no unit 'x'"):
        synthetic_control(table, "x", 3)
    with pytest.raises(ValueError, match="no period 9"):
        synthetic_control(table, "u0", 9)
    with pytest.raises(ValueError, match="at least 2 periods"):
        synthetic_control(table, "u0", 1)
    with pytest.raises(ValueError, match="3 controls"):
        synthetic_control(table[["u0", "u1", "u2"]], "u0", 3)
    with pytest.raises(ValueError, match="known for every"):
        synthetic_control(table.replace(0.0, np.nan), "u0", 3)
