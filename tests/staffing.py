"""A municipality for tests: segments, duration, and an effect of effort that is known.

Monthly hazards come first; the program's unit and its twin are both made from them.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from bemanna.models.caseload import (
    Buckets,
    bucket_ageing,
    bucket_hazards,
    effort_levels,
    occupancy,
)
from bemanna.models.domain import Array
from bemanna.optimisation.problem import Unit
from bemanna.optimisation.terminal import (
    handler_value,
    long_run_capacity_price,
    terminal_value,
)
from bemanna.optimisation.twin import Twin

MONTHS = 48
BUCKETS = Buckets((0, 3, 6, 12, 24))


def hazards(segments: int, level: float = 1.0) -> Array:
    """Monthly exit probability (S, MONTHS) that falls with time on assistance."""
    first = np.array([0.17, 0.11, 0.07, 0.05])[:segments, None]
    return level * first * (1 + np.arange(MONTHS)) ** -0.35


def raised(hazard: Array, uplift: Array) -> Array:
    """Odds times uplift, on a new last axis."""
    odds: Array = hazard[..., None] / (1 - hazard[..., None]) * uplift
    return odds / (1 + odds)


def make_unit(
    *,
    cases: float = 300,
    log_hr: float = 0.3,
    segments: int = 3,
    months: int = 24,
    caseload: float = 45,
    lightest: float = 20,
    heaviest: float = 60,
    levels: int = 8,
    reentry: bool = True,
    buckets: Buckets = BUCKETS,
    seed: int = 0,
    **fields: Any,
) -> Unit:
    """Make a unit in steady state at `caseload`, disturbed a little by `seed`."""
    rng = np.random.default_rng(seed)
    monthly = hazards(segments, rng.uniform(0.9, 1.1))
    weight = occupancy(monthly)
    share = np.array([0.5, 0.28, 0.15, 0.07])[:segments]
    returns = np.tile([0.0, 0.04, 0.03, 0.02], (segments, 1)) * reentry
    new = share / (share * weight.sum(1)).sum() * cases  # served each month, elapsed 0
    grouped = np.add.reduceat(new[:, None] * weight, buckets.starts, axis=1)
    inflow = np.tile(new[:, None] * (1 - returns.sum(1, keepdims=True)), months)
    inflow = inflow * (1 + 0.1 * np.cos(np.arange(months) / 12 * 2 * np.pi))
    inflow = inflow * (1 + rng.normal(0, 0.05, inflow.shape))
    caseloads = effort_levels(lightest, heaviest, levels)
    p = raised(
        bucket_hazards(monthly, weight, buckets),
        (caseload / caseloads) ** (log_hr / np.log(2)),
    )
    absence = 0.12
    weights = np.array([0.8, 1.0, 1.2, 1.5])[:segments]
    load = (weights[:, None] * grouped).sum()
    unit = Unit(
        name="test",
        weight=np.tile(weights[:, None], months),
        benefit=np.tile(np.array([9.5, 9.0, 10.5, 9.8])[:segments, None], months) * 1e3,
        caseloads=caseloads,
        exit_probability=np.repeat(p[:, :, None], months, axis=2),
        ageing=bucket_ageing(monthly, weight, buckets),
        stock=grouped,
        inflow=inflow,
        terminal_value=np.zeros_like(grouped),
        absence=np.full(months, absence),
        turnover=0.015,
        discount=1.03 ** (-1 / 12),
        cost_handler=62e3,
        cost_hire=90e3,
        cost_release=40e3,
        cost_overtime=130e3,
        handlers=load / caseload / (1 - absence),
        hire_max=np.r_[np.zeros(3), np.full(months - 3, 2.0)],
        release_max=np.full(months, 0.3),
        ramp=np.array([0.35, 0.6, 0.85]),
        reentry=returns,
    )
    unit = replace(unit, **fields)
    return replace(
        unit,
        terminal_value=terminal_value(unit),
        handler_value=handler_value(unit),
        month_value=long_run_capacity_price(unit),
    )


def make_twin(
    unit: Unit,
    *,
    log_hr: Array,
    caseload: float = 45,
    seed: int = 0,
    spread: float = 0.1,
    buckets: Buckets = BUCKETS,
) -> Twin:
    """Make the twin of `make_unit`'s unit; one draw per entry of `log_hr`."""
    segments = unit.shape[0]
    monthly = hazards(segments, np.random.default_rng(seed).uniform(0.9, 1.1))
    weight = occupancy(monthly)
    rng = np.random.default_rng(seed + 1)
    n = len(log_hr)
    noise = np.exp(spread * rng.normal(size=(2, n, 1, 1)))
    cells = buckets.of(np.arange(MONTHS))
    inside = np.add.reduceat(weight, buckets.starts, axis=1)
    stock = unit.stock[:, cells] * weight / inside[:, cells]
    return Twin(
        unit=unit,
        buckets=buckets,
        # running totals are rounded, so that rare cells do not all round to nothing
        stock=np.diff(np.rint(stock.cumsum(1)), prepend=0).astype(np.int64),
        hazard=np.clip(monthly * noise[0], 0, 0.9),
        theta=np.asarray(log_hr, float) / np.log(2),
        inflow=unit.inflow * noise[1],
        benefit=np.tile(unit.benefit[:, 0], (n, 1)),
        caseload_reference=caseload,
        return_share=unit.reentry,
    )


def calendar(unit: Unit) -> pd.DatetimeIndex:
    return pd.date_range("2026-01-01", periods=unit.shape[2], freq="MS")
