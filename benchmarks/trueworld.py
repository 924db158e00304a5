"""The true world of a simulated register, from the first planned month on.

True hazards, true effect, true inflow, at mean unemployment. It stands in the terms of
a plan: as a `Future` in which everything is known, or as a `Twin` to simulate in.
"""

from dataclasses import replace

import numpy as np

from bemanna.models.caseload import Buckets
from bemanna.models.cohort import roll_forward, round_at_random
from bemanna.models.domain import Array
from bemanna.models.effect import shift_destination_odds
from bemanna.models.returns import expected_returns
from bemanna.optimisation.problem import Unit
from bemanna.optimisation.twin import Twin
from bemanna.pipelines.exposure import monthly
from bemanna.pipelines.futures import Future
from bemanna.pipelines.levels import now_level
from bemanna.pipelines.registers import Case
from bemanna.pipelines.synthetic import Truth, mean_inflow
from bemanna.pipelines.truth import marginal_hazard


def true_future(case: Case, truth: Truth, future: Future) -> Future:
    """Put what is true in the place of what a user foresees.

    Exits are those under today's staffing, which slow down where cases grow.
    """
    hazard = _hazard(case, truth, future)
    returns = truth.returns[_order(case, truth)]
    fresh = first_time(case, truth, future)
    months = len(future.months)
    coming, slower = fresh, np.ones((1, 1, months))
    for _round in range(2 * returns.shape[1]):  # exits lead to returns, and so on
        flow = roll_forward(future.start, coming[None], hazard, factor=slower)
        coming = fresh + expected_returns(flow.exits[0], returns, months)
        caseload = flow.served[0].sum(0) / future.handlers
        slower = (future.caseload / caseload)[None, None] ** truth.theta
    growth = np.exp(truth.benefit_growth_year * (len(case.months) + months / 2) / 12)
    return replace(
        future,
        hazard_draws=hazard[None],
        inflow=coming[None],
        served=flow.served,
        exits=flow.exits,
        benefit=(truth.benefit[_order(case, truth)] * growth)[None],
        reentry=returns,
    )


def true_twin(
    case: Case, truth: Truth, known: Future, unit: Unit, rng: np.random.Generator
) -> Twin:
    """Dress the true future as a world to simulate in.

    Parameters
    ----------
    known : Future
        As from `true_future`.
    unit : Unit
        Of the program under the true effect.
    """
    return Twin(
        unit=unit,
        buckets=Buckets(case.settings.run.duration_starts),
        stock=round_at_random(known.first_month, rng),
        hazard=known.hazard_draws,
        theta=np.array([truth.theta]),
        inflow=first_time(case, truth, known)[None],
        benefit=known.benefit,
        caseload_reference=now_level(known, unit),
        return_share=known.reentry,
        poisson=True,
    )


def first_time(case: Case, truth: Truth, future: Future) -> Array:
    """Give new cases without returns that later exits lead to, shape (S, T)."""
    order, place = _order(case, truth), truth.units.index(future.unit)
    months = future.months
    clock = len(case.months) + np.arange(len(months))
    calm = np.full(len(months), truth.unemployment_mean)
    inflow = mean_inflow(truth, clock, np.asarray(months.month), calm)[place][order]
    returns = truth.returns[order]
    recent = monthly(case, future.unit, "exits", case.months[-returns.shape[1] :])
    due = expected_returns(
        np.nan_to_num(recent), returns, len(months), -returns.shape[1]
    )
    fresh: Array = inflow + due
    return fresh


def _hazard(case: Case, truth: Truth, future: Future) -> Array:
    """Monthly exit probability at today's caseload, shape (S, M)."""
    # true hazards hold at the truth's reference; carry them to today's caseload
    at_reference = marginal_hazard(truth, future.start.shape[1])[_order(case, truth)]
    ratio = (truth.caseload_reference / future.caseload) ** truth.theta
    hazard: Array = shift_destination_odds(at_reference, ratio).sum(-1)
    return hazard


def _order(case: Case, truth: Truth) -> list[int]:
    """Where the case's segments stand in the truth."""
    return [truth.segments.index(name) for name in case.segments]
