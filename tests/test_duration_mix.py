"""Totals that a falling chance of leaving made: each explanation fits, and is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from shared import shared_data

from bemanna.models import duration_mix as room
from bemanna.models.cohort import roll_forward
from bemanna.models.domain import Array
from bemanna.models.duration_mix import COLUMNS, FALLS, duration_mix
from bemanna.models.flow_exits import FlowExitModel


def falling(scale: float, power: float) -> Array:
    return np.asarray(scale * np.arange(1, 121.0) ** -power)


def totals(
    hazard: Array, inflow: Array, steady: float = 30.0
) -> tuple[Array, Array, Array]:
    """Roll expected cases of one segment from a steady state: served, inflow, exits."""
    stay = np.r_[1.0, np.cumprod(1 - hazard[:-1])] * steady
    stay[-1] /= hazard[-1]
    stay[0] = 0
    rolled = roll_forward(stay[None], inflow[None, None], hazard[None])
    return rolled.served[0], inflow[None], rolled.exits[0]


def value(table: pd.DataFrame, fall: float, what: str) -> float:
    row = table[(table["fall"] == fall) & (table["what"] == what)]
    return float(row["value"].item())


@pytest.mark.parametrize("power", [0.3, 0.5, 0.8])
def test_the_true_shape_gives_the_true_chances(power: float) -> None:
    rng = np.random.default_rng(1)
    hazard = falling(0.12, power)
    served, inflow, exits = totals(hazard, 30 * np.exp(rng.normal(0, 0.2, 60)))
    table = duration_mix(["alla"], served, inflow, exits, 36, (power, 0.1))
    for months in (12, 24):
        true = 1 - np.prod(1 - hazard[:months])
        assert value(table, power, f"new_{months}") == pytest.approx(true, abs=2e-3)
        assert value(table, power, f"open_{months}") < true
    assert value(table, power, "misfit") < 1e-3
    # which no total would have told: it lies far from the constant chance
    assert value(table, 0.0, "new_12") < value(table, power, "new_12") - 0.02


def test_the_constant_chance_is_the_fitted_one() -> None:
    rng = np.random.default_rng(2)
    served, inflow, exits = totals(falling(0.1, 0.4), rng.poisson(30, 48).astype(float))
    table = duration_mix(["alla"], served, inflow, exits, 12)
    fitted = FlowExitModel(("alla",)).fit(served, exits).hazard_.sum()
    share = exits[0, -24:].sum() / served[0, -24:].sum()
    assert value(table, 0.0, "hazard") == pytest.approx(share, rel=1e-9)
    assert value(table, 0.0, "hazard") == pytest.approx(fitted, rel=5e-3)  # half exit
    for what in ("new_12", "open_12"):
        assert value(table, 0.0, what) == pytest.approx(1 - (1 - share) ** 12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    months=st.integers(12, 80),
    rate=st.floats(0.005, 0.4),
    power=st.floats(0.0, 1.0),
)
def test_every_explanation_gives_the_exits_that_were_seen(
    seed: int, months: int, rate: float, power: float
) -> None:
    rng = np.random.default_rng(seed)
    inflow = rng.poisson(20, months).astype(float)
    served = inflow + rng.integers(20, 400, months).astype(float)
    exits = rng.binomial(served.astype(int), rate).astype(float)
    first = max(months - 24, 0)
    gone = exits[first:].sum()
    if gone == 0:
        assert duration_mix(["alla"], [served], [inflow], [exits], 12).empty
        return
    powers = np.array([0.0, power])
    hazard, expected, older = room._matched(powers, served, inflow, gone, first)
    table = duration_mix(["alla"], [served], [inflow], [exits], 12, (power,))
    told = np.isin(powers, table["fall"])
    assert told[0]  # the constant chance can give any exits
    assert expected.sum(-1)[told] == pytest.approx(gone, rel=1e-6)
    # a fall is left out only where even its steepest start gives too few
    assert (hazard[~told, 0] > 0.99).all()
    assert ((hazard > 0) & (hazard <= 1)).all()
    # who is open after the window is told by the totals, whoever they are
    assert older.sum(-1) == pytest.approx(served[-1] - expected[:, -1])
    assert np.isfinite(table["value"]).all()
    chances = table[table["what"].str.match("new|open|hazard")]
    assert chances["value"].between(0, 1).all()


def test_distances_are_from_the_constant_and_grow_with_the_fall() -> None:
    served, inflow, exits = totals(falling(0.1, 0.4), np.full(36, 30.0))
    table = duration_mix(["alla"], served, inflow, exits, 36, (0.2, 0.4, 0.8))
    assert list(table) == COLUMNS
    new = [value(table, g, "new_12") for g in (0.0, 0.2, 0.4, 0.8)]
    opened = [value(table, g, "open_12") for g in (0.0, 0.2, 0.4, 0.8)]
    assert new == sorted(new)
    assert opened == sorted(opened, reverse=True)
    row = table[table["what"] == "new_12"]
    assert row["largest"].to_numpy() == pytest.approx(new[-1] - new[0])


def test_a_steady_inflow_hides_the_mix_and_more_of_it_shows_it() -> None:
    served, inflow, exits = totals(falling(0.1, 0.5), np.full(60, 30.0))
    table = duration_mix(["alla"], served, inflow, exits, 36)
    same = [value(table, g, "stock") for g in (0.0, *FALLS)]
    more = [value(table, g, "stock_more") for g in (0.0, *FALLS)]
    assert same == pytest.approx([same[0]] * 3, rel=1e-3)
    # the newly come leave sooner, so the stock rises less
    assert more[0] > more[1] > more[2]
    assert more[2] > same[2]


def test_only_months_in_a_row_are_used_and_a_year_of_them_is_needed() -> None:
    rng = np.random.default_rng(3)
    served, inflow, exits = totals(falling(0.1, 0.3), rng.poisson(30, 48).astype(float))
    whole = duration_mix(["alla"], served, inflow, exits, 12)
    holed = exits.copy()
    holed[0, 30] = np.nan
    cut = duration_mix(["alla"], served, inflow, holed, 12)
    late = exits[0, 31:].sum() / served[0, 31:].sum()
    assert value(cut, 0.0, "hazard") == pytest.approx(late)
    assert value(whole, 0.0, "hazard") != pytest.approx(late, rel=1e-6)
    holed[0, 40] = np.nan
    assert duration_mix(["alla"], served, inflow, holed, 12).empty
    served, inflow, exits = (
        np.vstack(pair) for pair in ((served,) * 2, (inflow,) * 2, (holed, exits))
    )
    both = duration_mix(["x", "y"], served, inflow, exits, 12)
    assert set(both["segment"]) == {"y"}


def slope(stop: "np.ndarray", ended: "np.ndarray", months: int) -> float:
    """Power by which the monthly chance falls, by maximum likelihood."""
    log_month = np.log1p(np.arange(months))
    risk = np.array([(stop > m).sum() for m in range(months)])
    gone = np.array([((stop == m + 1) & ended).sum() for m in range(months)])

    def loss(p: Array) -> float:
        hazard = np.clip(np.exp(p[0] - p[1] * log_month), 1e-9, 0.99)
        return float(-(gone * np.log(hazard) + (risk - gone) * np.log1p(-hazard)).sum())

    return float(minimize(loss, [-3.0, 0.3], method="Nelder-Mead").x[1])


def test_the_falls_are_those_of_the_registers_they_name() -> None:
    german = pd.read_csv(shared_data("spells/german_unemployment_register.csv"))
    stop = np.maximum(np.ceil(german["duration_days"] / 30.4375), 1).to_numpy()
    ended = german["exited"].eq(1).to_numpy()
    assert slope(stop, ended, 24) == pytest.approx(0.31, abs=0.005)
    assert slope(stop, ended, 72) == pytest.approx(0.27, abs=0.005)
    irish = pd.read_csv(shared_data("spells/ni_school_to_work_monthly_spells.csv"))
    irish = irish[(irish["state"] == "joblessness") & (irish["left_censored"] == 0)]
    ended = irish["exit_to"].ne("censored").to_numpy()
    assert slope(irish["months"].to_numpy(), ended, 60) == pytest.approx(
        0.48, abs=0.005
    )
