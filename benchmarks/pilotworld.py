"""Offices with a pilot among them, drawn whole, many replications at a time.

Households of six visible segments and two hidden types are open in every unit; each
month a binomial number of them leaves and new ones come, so that those who stay are
harder ones. One unit halves its caseload for the last year. Units differ for good, the
economy moves all of them, and a unit's own shocks last (autocorrelation .9).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bemanna.models.effect import EffortEffect, shift_odds
from bemanna.models.pilot import PilotEstimate, difference_in_differences

Array = NDArray[np.float64]
RATE = np.array([0.075, 0.055, 0.045, 0.040, 0.022, 0.015])
HIDDEN = np.array([0.35, -0.35])
MIX = np.array([0.18, 0.17, 0.20, 0.15, 0.18, 0.12])
HARDER = np.array([0.5, 0.7, 1.0, 1.0, 1.6, 1.8])
BURN_IN, LASTING = 18, 0.9
#: Replications drawn at a time, so that memory stays small.
BATCH = 250


@dataclass(frozen=True)
class World:
    """What the offices are like; months before and with the pilot.

    The pilot may be handed harder households at its start: from an inflow that is
    harder (`new`), or than those it had, in segment only (`visible`) or in hidden type
    as well (`hidden`).
    """

    controls: int = 11
    cases: int = 240
    shock: float = 0.0
    harder: str = ""
    before: int = 24
    months: int = 12


SCENARIOS = {
    "no shocks": World(),
    "unit shocks": World(shock=0.15),
    "harder clients": World(shock=0.15, harder="new"),
    "few controls": World(controls=5, shock=0.15),
    "more clients": World(controls=30, cases=400, shock=0.15),
}
#: Harder than the five: what is visible must be taken out; what is hidden cannot be.
HARSHER = {
    "much harder clients, visibly": World(shock=0.15, harder="visible"),
    "much harder clients, hidden too": World(shock=0.15, harder="hidden"),
}


def draw(rng: np.random.Generator, world: World, log_hr: Array) -> tuple[Array, Array]:
    """Draw exits and households served, each (R, U, T, 6); unit 0 is the pilot.

    Parameters
    ----------
    log_hr : array of shape (R,)
        True log odds ratio of halving the caseload in each replication.
    """
    runs, units, last = len(log_hr), world.controls + 1, world.before + world.months
    mix = rng.dirichlet(MIX * 40, (runs, units))
    easy = np.clip(rng.beta(20, 20, (runs, units)), 0.2, 0.8)
    wave = 0.1 * np.cos(2 * np.pi * np.arange(last) / 12)
    economy = 0.3 * rng.normal(0, 0.1, (runs, last)).cumsum(1) + wave
    level = rng.normal(0, 0.25, (runs, units, 1)) + economy[:, None]
    level += world.shock * _lasting(rng, (runs, units, last))
    open_ = _newcomers(rng, np.full((runs, units), world.cases), mix, easy)
    exits, served = np.zeros((2, runs, units, last, len(RATE)))
    for t in range(-BURN_IN, last):
        if world.harder and t == world.before:
            _hand_over(rng, world.harder, open_, mix, easy)
        shift = level[:, :, max(t, 0), None, None] + HIDDEN
        chance = 1 - np.exp(-RATE[:, None] * np.exp(shift))
        if t >= world.before:
            odds_ratio = np.exp(log_hr)[:, None, None]
            chance[:, 0] = shift_odds(chance[:, 0], odds_ratio)
        left = rng.binomial(open_, chance)
        if t >= 0:
            exits[:, :, t], served[:, :, t] = left.sum(-1), open_.sum(-1)
        open_ = open_ - left
        gone = world.cases - open_.sum((2, 3))
        open_ = open_ + _newcomers(rng, gone, mix, easy)
    return exits, served


def oe_by_month(exits: Array, served: Array, before: int) -> Array:
    """Expect exits (R, U, T): segment x month effects learnt without the pilot.

    The likelihood equations of a log-linear hazard, solved by turns.
    """
    learn = np.ones(exits.shape[1:3])
    learn[0, before:] = 0
    gone = np.einsum("rutk,ut->rtk", exits, learn)
    risk = np.einsum("rutk,ut->rtk", served, learn)
    month = np.ones(gone.shape[:2])
    for _ in range(50):
        segment = gone.sum(1) / np.einsum("rtk,rt->rk", risk, month)
        month = gone.sum(2) / np.einsum("rtk,rk->rt", risk, segment)
    return np.asarray(np.einsum("rutk,rk,rt->rut", served, segment, month))


def pilots(
    rng: np.random.Generator, world: World, log_hr: Array
) -> Iterator[PilotEstimate]:
    """Estimate the pilot of every replication, from its own O/E table."""
    for first in range(0, len(log_hr), BATCH):
        exits, served = draw(rng, world, log_hr[first : first + BATCH])
        expected = oe_by_month(exits, served, world.before)
        parts = [exits.sum(3), expected, served.sum(3)]
        halves = [
            np.stack(
                [p[:, :, : world.before].sum(2), p[:, :, world.before :].sum(2)], 2
            )
            for p in parts
        ]
        for observed, wanted, months in zip(*halves, strict=True):
            table = pilot_table(observed, wanted, months)
            yield difference_in_differences(table, ["u00"])


def pilot_table(observed: Array, expected: Array, months: Array) -> pd.DataFrame:
    """O/E table of units (U, 2); u00 halves its caseload."""
    units = len(observed)
    return pd.DataFrame(
        {
            "unit": np.repeat([f"u{i:02d}" for i in range(units)], 2),
            "after": np.tile([False, True], units),
            "observed": observed.ravel(),
            "expected": expected.ravel(),
            "months": months.ravel(),
            "caseload": np.where(np.arange(2 * units) == 1, 30.0, 60.0),
        }
    )


def judge(
    rng: np.random.Generator, world: World, log_hr: Array, prior: EffortEffect
) -> pd.DataFrame:
    """Error, 95 % interval and verdict of pilot alone and with the prior, by run.

    Returns
    -------
    frame of R rows with columns truth, pilot, pilot_low, pilot_high, both, both_low,
    both_high
    """
    rows = []
    for truth, pilot in zip(log_hr, pilots(rng, world, log_hr), strict=True):
        alone = pilot.interval(0.95)
        line = EffortEffect.combine(prior, pilot).lines().iloc[-1]
        both = [line["log_hr"], line["lo-95"], line["hi-95"]]
        rows.append([truth, alone.mean, alone.low, alone.high, *both])
    names = ["pilot", "pilot_low", "pilot_high", "both", "both_low", "both_high"]
    return pd.DataFrame(rows, columns=["truth", *names])


def summary(found: pd.DataFrame) -> dict[str, float]:
    """Coverage, bias, root mean square error and width; how often 0 is rejected."""
    out: dict[str, float] = {"runs": len(found)}
    for name in ("pilot", "both"):
        low, high = found[f"{name}_low"], found[f"{name}_high"]
        error = found[name] - found["truth"]
        inside = (low <= found["truth"]) & (found["truth"] <= high)
        out[f"{name}_coverage"] = float(inside.mean())
        out[f"{name}_bias"] = float(error.mean())
        out[f"{name}_rmse"] = float(np.sqrt((error**2).mean()))
        out[f"{name}_width"] = float((high - low).mean())
        out[f"{name}_rejects"] = float(((low > 0) | (high < 0)).mean())
    out["rmse_ratio"] = out["both_rmse"] / out["pilot_rmse"]
    out["width_ratio"] = out["both_width"] / out["pilot_width"]
    return out


def _lasting(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Stationary autoregression along the last axis, standard deviation 1."""
    shocks = rng.standard_normal(shape)
    for t in range(1, shape[2]):
        news = np.sqrt(1 - LASTING**2) * shocks[:, :, t]
        shocks[:, :, t] = LASTING * shocks[:, :, t - 1] + news
    return shocks


def _newcomers(
    rng: np.random.Generator, n: NDArray[np.int64], mix: Array, easy: Array
) -> NDArray[np.int64]:
    """Draw new households by segment and hidden type, (R, U, 6, 2)."""
    total = rng.multinomial(n, mix)
    first = rng.binomial(total, easy[:, :, None])
    return np.stack([first, total - first], axis=-1)


def _hand_over(
    rng: np.random.Generator,
    harder: str,
    open_: NDArray[np.int64],
    mix: Array,
    easy: Array,
) -> None:
    """Give the pilot harder households: two fifths of its own, and all new ones."""
    mix[:, 0] *= HARDER
    mix[:, 0] /= mix[:, 0].sum(-1, keepdims=True)
    less = 0.0 if harder == "visible" else 0.12
    easy[:, 0] = np.maximum(0.2, easy[:, 0] - less)
    for run, mine in enumerate(open_[:, 0]):
        some = int(0.4 * mine.sum())
        share, lucky = mix[run, 0], np.full(len(RATE), easy[run, 0])
        if harder != "new":  # than those it had, who are harder than newcomers
            share = mine.sum(1) * HARDER / (mine.sum(1) * HARDER).sum()
            lucky = np.clip(mine[:, 0] / np.maximum(mine.sum(1), 1) - less, 0, 1)
        out = rng.multivariate_hypergeometric(mine.ravel(), some)
        total = rng.multinomial(some, share)
        first = rng.binomial(total, lucky)
        mine += np.stack([first, total - first], axis=-1) - out.reshape(mine.shape)
