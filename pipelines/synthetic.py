"""A simulated register with known truth: spells, flows and staff that agree.

The month of a household is `models.household.household_month`, one household a
count; this room dresses it with arrivals, handlers, payments and returns.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import lfilter

from ..models.domain import Array
from ..models.household import draw_returns, household_month
from .simfolder import write_register
from .simtables import Of, Register, Rows, flows_from_spells, household_months, tables
from .truth import (
    Pilot,
    Truth,
    all_inflow,
    calibrate,
    light_staff_share,
    marginal_hazard,
    true_hazard,
    true_occupancy,
)

__all__ = [
    "Pilot",
    "Register",
    "Truth",
    "calibrate",
    "default_truth",
    "flows_from_spells",
    "household_months",
    "marginal_hazard",
    "simulate_default",
    "simulate_register",
    "true_hazard",
    "write_register",
]

#: Months simulated before the register starts: returns and caseloads settle.
BURN_IN = 36


def simulate_register(truth: Truth, months: int, rng: np.random.Generator) -> Register:
    """Draw a register of some months from the truth.

    It starts in the long-run state of the truth: stays are drawn from the stationary
    distribution, then `BURN_IN` months are simulated and thrown away.

    Parameters
    ----------
    truth : Truth
    months : int
        Length of the register, from `truth.first_month`.
    rng : numpy.random.Generator

    Returns
    -------
    Register
        `flows` and `groups` equal what `spells` count, to the last case.
    """
    if months < 1:
        raise ValueError(f"months must be at least 1, got {months}")
    clock = np.arange(-BURN_IN, months)
    calendar = (pd.Period(truth.first_month, "M").month - 1 + clock) % 12 + 1
    unemployment = _unemployment(truth, calendar, rng)
    arrivals = rng.poisson(mean_inflow(truth, clock, calendar, unemployment))
    handlers = _handlers(truth, clock, rng)
    light = light_staff_share(truth)
    staff = handlers[:, None, :] * np.array([1 - light, light])[:, None]  # (U, 2, T)
    cases = np.zeros(staff.shape)

    served, waiting = _at_start(truth, rng), np.empty((0, len(Of)), np.int64)
    known, ended = len(served), []
    for i, t in enumerate(clock.tolist()):
        back = waiting[:, Of.START] == t
        fresh = _new_households(truth, arrivals[:, :, i], t, known, rng)
        known += len(fresh)
        served = np.concatenate([served, waiting[back], fresh])
        waiting = waiting[~back]
        group = (served[:, Of.UNIT], served[:, Of.LIGHT])
        np.add.at(cases[:, :, i], group, 1)
        hazard = true_hazard(
            truth,
            served[:, Of.SEGMENT],
            t - served[:, Of.START],
            (cases[:, :, i] / staff[:, :, i])[group],
            served[:, Of.HARD],
            calendar[i],
            unemployment[i],
        )
        step = household_month(np.ones(len(served), np.int64), hazard, 1.0, rng)
        gone = step.older == 0
        left = served[gone]
        ended.append(
            np.column_stack([left, np.full(len(left), t), step.exits[gone].argmax(1)])
        )
        waiting = np.concatenate([waiting, _returning(truth, left, t, rng)])
        served = served[~gone]
    seen = slice(BURN_IN, None)
    return tables(
        truth,
        np.concatenate(ended),
        served,
        (handlers[:, seen], staff[..., seen], cases[..., seen]),
        unemployment[seen],
        rng,
    )


def default_truth(cases: float = 600) -> Truth:
    """Three units, three segments, mild confounding and one pilot.

    The numbers are chosen, not estimated; 9,559 SEK per household-month is Dalarna's
    mean of 2024 (Socialstyrelsen's monthly statistics).
    """
    size = cases * np.array([5, 4, 3]) / 12
    shares = np.array([0, 0.03, 0.025, 0.02, 0.015, 0.01, 0.01, 0.01])
    start = Truth(
        units=("Centrum", "Norr", "Söder"),
        segments=("Arbetslöshet", "Ohälsa", "Sociala skäl"),
        destinations=("work", "sickness_compensation", "activity_support", "other"),
        first_month="2020-07",
        alpha=np.array(
            [
                [-2.6, -6.5, -3.9, -3.6],
                [-4.2, -4.8, -4.4, -3.9],
                [-3.6, -5.6, -4.3, -3.4],
            ]
        ),
        beta=np.array(
            [
                [-0.4, 0.2, -0.1, -0.3],
                [-0.3, 0.25, -0.1, -0.2],
                [-0.35, 0.2, -0.1, -0.3],
            ]
        ),
        inflow=np.outer(size, [0.5, 0.25, 0.25]) / 20,
        benefit=np.array([1.0, 0.95, 1.05]),
        handlers=np.maximum(np.round(size / 50), 1),
        caseload_reference=50.0,
        theta=float(0.20 / np.log(2)),
        hard_share=0.3,
        hard_shift=-0.6,
        light_if_hard=0.65,
        light_if_easy=0.45,
        light_caseload_ratio=0.7,
        season_exits=0.10,
        unemployment_exits=-0.04,
        season_inflow=0.10,
        unemployment_inflow=0.08,
        trend_year=0.01,
        return_share=shares[None],
        benefit_growth_year=0.03,
        turnover_year_share=0.27,
        vacancy_months=2,
        pilot=Pilot("Norr", 48, 0.5),
    )
    return calibrate(start, size, exit_rate=0.05, benefit=8_500.0)


def simulate_default(
    folder: Path, seed: int, months: int = 72, cases: float = 600, sprak: str = "sv"
) -> Register:
    """Simulate the default truth and write it as a case folder."""
    truth = default_truth(cases)
    register = simulate_register(truth, months, np.random.default_rng(seed))
    write_register(register, folder, sprak=sprak)
    return register


def _unemployment(
    truth: Truth, calendar: NDArray[np.int64], rng: np.random.Generator
) -> Array:
    """Slow swings around the mean, with a small winter top; per cent, shape (T,)."""
    noise = truth.unemployment_drift * rng.standard_normal(len(calendar))
    swing: Array = lfilter([1.0], [1.0, -0.97], noise)
    season = 0.2 * np.cos(2 * np.pi * (calendar - 1) / 12)
    rate: Array = np.maximum(truth.unemployment_mean + swing + season, 0.5)
    return rate.round(2)  # as it is written, so that the register tells the whole


def mean_inflow(
    truth: Truth, clock: NDArray[np.int64], calendar: NDArray[np.int64], rate: Array
) -> Array:
    """Give expected first-time cases, shape (U, S, T)."""
    log = truth.trend_year * clock / 12
    log = log + truth.season_inflow * np.cos(2 * np.pi * (calendar - 1) / 12)
    log = log + truth.unemployment_inflow * (rate - truth.unemployment_mean)
    mean: Array = truth.inflow[:, :, None] * np.exp(log)
    return mean


def _handlers(
    truth: Truth, clock: NDArray[np.int64], rng: np.random.Generator
) -> Array:
    """Handlers at work: posts less vacancies, at least one; shape (U, T)."""
    posts = np.repeat(truth.handlers[:, None], len(clock), axis=1)
    if truth.pilot is not None:
        unit, started = truth.units.index(truth.pilot.unit), clock >= truth.pilot.month
        posts[unit, started] = np.round(posts[unit, 0] / truth.pilot.caseload_ratio)
    leave = 1 - (1 - truth.turnover_year_share) ** (1 / 12)
    leavers = rng.binomial(posts.astype(np.int64), leave)
    vacant = lfilter(np.ones(truth.vacancy_months), [1.0], leavers, axis=1)
    at_work: Array = np.maximum(posts - vacant, 1.0)
    return at_work


def _at_start(truth: Truth, rng: np.random.Generator) -> Rows:
    """Draw households already on assistance when the simulation starts."""
    mean = all_inflow(truth)[:, :, None, None] * true_occupancy(truth)[0]
    mean = mean * np.exp(-truth.trend_year * BURN_IN / 12)
    mean[..., 0] = 0  # the first month's own arrivals come with it
    cells = np.indices(mean.shape).reshape(4, -1).T
    unit, segment, hard, elapsed = cells.repeat(rng.poisson(mean).ravel(), axis=0).T
    number = np.arange(len(unit))
    light = _in_light_group(truth, hard, rng)
    start = -BURN_IN - elapsed
    return np.column_stack(
        [number, np.ones_like(number), unit, segment, hard, light, start]
    )


def _new_households(
    truth: Truth, arrivals: Rows, month: int, known: int, rng: np.random.Generator
) -> Rows:
    """Dress the month's first-time arrivals, shape (U, S), as households."""
    cells = np.indices(arrivals.shape).reshape(2, -1).T
    unit, segment = cells.repeat(arrivals.ravel(), axis=0).T
    number = known + np.arange(len(unit))
    hard = (rng.random(len(unit)) < truth.hard_share).astype(np.int64)
    light = _in_light_group(truth, hard, rng)
    same = np.ones_like(number)
    return np.column_stack([number, same, unit, segment, hard, light, same * month])


def _in_light_group(truth: Truth, hard: Rows, rng: np.random.Generator) -> Rows:
    """Send hard cases to the light group more often: what confounds."""
    chance = np.where(hard == 1, truth.light_if_hard, truth.light_if_easy)
    return (rng.random(len(hard)) < chance).astype(np.int64)


def _returning(truth: Truth, left: Rows, month: int, rng: np.random.Generator) -> Rows:
    """Rows of those who will come back, with the month of return as start."""
    once = np.ones(len(left), np.int64)
    due = draw_returns(once, truth.returns[left[:, Of.SEGMENT]], rng)
    who, lag = np.nonzero(due)
    back = left[who].copy()
    back[:, Of.SPELL] += 1
    back[:, Of.START] = month + 1 + lag
    return back
