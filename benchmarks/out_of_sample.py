"""Plans made on simulated registers, scored in the truth that made the registers.

For each true effect and seed: simulate a register, run bemanna on its folder as a
user would, and follow both the plan and today's staffing through the true world
(true hazards, true effect, true inflow), in pairs. Nothing of the truth reaches the
plan.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from trueworld import true_future, true_twin

from bemanna.models.effect import LN2
from bemanna.optimisation.twin import simulate_pair
from bemanna.pipelines.forecast import forecast_flows
from bemanna.pipelines.futures import unit_future
from bemanna.pipelines.learning import learn
from bemanna.pipelines.planning import plan_unit, program_unit
from bemanna.pipelines.registers import Case, read_case
from bemanna.pipelines.synthetic import (
    default_truth,
    simulate_register,
    write_register,
)

#: Fixed before the first run.
SEEDS = tuple(range(101, 121))
EFFECTS = (0.0, 0.14, 0.30)
MONTHS, CASES = 72, 600
REPLICATIONS = 1_000


def out_of_sample(
    effects: Sequence[float] = EFFECTS, seeds: Sequence[int] = SEEDS
) -> pd.DataFrame:
    """Score plans made without knowing the truth.

    Returns
    -------
    pandas.DataFrame
        One row per effect and seed, all units together: `effect` (log hazard ratio
        of halving), `seed`, `handlers_today, handlers_plan`, `saving_sek` (all costs
        with the value after the horizon, discounted, expected in the true world),
        `cash_sek` (36 months, undiscounted), `share` of today's cost,
        `claimed_sek` (what the plans themselves expected in cash), and how many units
        claimed a cash saving (`units_claiming`) or fewer payments because more leave
        (`units_claiming_exits`).
    """
    jobs = [(effect, seed) for effect in effects for seed in seeds]
    rows = Parallel(n_jobs=-1)(delayed(score)(*job) for job in jobs)
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard error over seeds, by true effect."""
    grouped = table.groupby("effect")
    mean = grouped[["saving_sek", "cash_sek", "share", "claimed_sek"]].mean()
    errors = grouped[["saving_sek", "cash_sek", "share"]].sem().add_suffix("_se")
    claims = grouped[["units_claiming", "units_claiming_exits"]].sum()
    staff = grouped[["handlers_today", "handlers_plan"]].mean()
    return pd.concat([mean, errors, staff, claims], axis=1).reset_index()


def score(effect: float, seed: int, units: int | None = None) -> dict[str, float]:
    """Plan one simulated municipality, or its first units, and score it in truth."""
    truth = replace(default_truth(CASES), theta=effect / LN2)
    rng = np.random.default_rng(seed)
    register = simulate_register(truth, MONTHS, rng)
    with TemporaryDirectory() as folder:
        write_register(register, Path(folder) / "case")
        case = quicker(read_case(Path(folder) / "case"))
    learned = learn(case, rng, case.settings.run.paths)
    forecast = forecast_flows(case, rng, learned.exit_draws, learned.benefit_draws)
    row = dict.fromkeys(("saving_sek", "cash_sek", "today_sek", "claimed_sek"), 0.0)
    row |= {"handlers_today": 0.0, "handlers_plan": 0.0}
    row |= {"units_claiming": 0.0, "units_claiming_exits": 0.0}
    for unit in case.units[:units]:
        future = unit_future(case, unit, learned, forecast)
        plan = plan_unit(case, future, learned.effect, rng)
        known = true_future(case, truth, future)
        unit_then = program_unit(case, known, effect).unit
        world = true_twin(case, truth, known, unit_then, rng)
        under_plan, under_today = simulate_pair(
            world, plan.policy, plan.status_quo, rng, REPLICATIONS
        )
        discount = plan.unit.discount
        before = under_today.total(discount)
        row["saving_sek"] += float((before - under_plan.total(discount)).mean())
        row["cash_sek"] += float((under_today.cash - under_plan.cash).sum(1).mean())
        row["today_sek"] += float(before.mean())
        row["claimed_sek"] += plan.saving_total.mean
        row["units_claiming"] += plan.claims_saving
        row["units_claiming_exits"] += plan.benefit_saving.low > 0
        row["handlers_today"] += plan.unit.handlers
        row["handlers_plan"] += float(plan.proposed.handlers.mean())
    share = row["saving_sek"] / row["today_sek"]
    estimate = {"effect_estimated": learned.effect.mean}
    return {"effect": effect, "seed": seed, **row, "share": share, **estimate}


def quicker(case: Case) -> Case:
    """Give the case fewer replications of the checks, which are not scored here."""
    run = case.settings.run.model_copy(update={"replications": 200, "paths": 300})
    return replace(case, settings=case.settings.model_copy(update={"run": run}))
