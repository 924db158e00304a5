"""What a run tells MLflow: one record for the whole, and one per model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..models.domain import Array, Interval
from ..optimisation.plan import StaffingPlan
from .findings import findings, kind_of
from .outcome import Outcome
from .registers import Case
from .tables import calibration_table, small_units

#: Units that get a run of their own; the parent has the sum of all.
MOST_UNITS = 50
#: Files of a run that tell how good its exit model is, where there are any.
EXIT_FILES = ("calibration.csv", "calibration.svg", "calibration.png")


@dataclass(frozen=True)
class ModelRun:
    """What one model tells MLflow.

    Attributes
    ----------
    name : str
        E.g. ``"exits"``.
    params : mapping of str to object
    metrics : mapping of str to float
        Numbers that are not finite are left out when they are logged.
    series : mapping of str to array
        One value per month; the month's number is the step.
    files : tuple of str
        Those of the output folder that belong to the model, if they are there.
    """

    name: str
    params: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, Array] = field(default_factory=dict)
    files: tuple[str, ...] = ()


def model_runs(outcome: Outcome) -> tuple[ModelRun, list[ModelRun]]:
    """Give the record of the whole run, and those of its models.

    Returns
    -------
    parent : ModelRun
        Every setting as a parameter, and the sums of the plan as metrics.
    children : list of ModelRun
        `inflow`, `exits` where they are known, `effect`, and one plan per unit.
    """
    children = [_forecast(outcome), _effect(outcome)]
    if not outcome.exit_curve.empty:
        children.insert(1, _exits(outcome))
    children += [_plan(plan, outcome.case) for plan in outcome.plans[:MOST_UNITS]]
    return _parent(outcome), children


def _parent(outcome: Outcome) -> ModelRun:
    info, case = outcome.info, outcome.case
    params = {
        "bemanna_version": info.version,
        "seed": info.seed,
        "simulated": case.simulated,
        "units": len(case.units),
        "segments": len(case.segments),
        "first_month": f"{case.months[0]:%Y-%m}",
        "last_month": f"{case.months[-1]:%Y-%m}",
        **dict(_flat(case.settings.model_dump(mode="json", exclude_none=True))),
    }
    metrics = {"seconds": info.seconds, "warnings": float(len(case.warnings))}
    for row in outcome.year.table.to_dict("records"):
        for name in ("total_sek", "deviation_sek", "probability_exceeds"):
            metrics[f"year_{row['year']}_{name}"] = row[name]
    found = findings(outcome.plans)
    if found is not None:
        metrics |= {
            "handlers_today": float(found.today.handlers[0]),
            "handlers_settled": found.settled_handlers,
            **_interval("saving_sek", found.saving),
            **_interval("benefit_saving_sek", found.benefit),
            **_interval("after_horizon_sek", found.after),
        }
    return ModelRun(outcome.info.run_id, params, metrics)


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of the settings by its path; what is left empty is left out."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif value not in ("", [], ()):
            yield f"{prefix}{name}", value


def _forecast(outcome: Outcome) -> ModelRun:
    paths = {
        name: getattr(outcome.forecast, name)
        for name in ("inflow", "served", "exits", "paid")
    }
    known = {name: one for name, one in paths.items() if one is not None}
    params = {f"note_{i}": note for i, note in enumerate(outcome.forecast.notes)}
    return ModelRun(
        "inflow",
        {"quantities": ", ".join(known), **params},
        dict(_scores(outcome.backtest)),
        {name: one.total().mean()[0] for name, one in known.items()},
    )


def _scores(tested: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Every number of the track record, named by its series."""
    numbers = tested.select_dtypes("number")
    for position, (__, row) in enumerate(numbers.iterrows()):
        label = tested["quantity"].iloc[position] if "quantity" in tested else position
        for name, value in row.items():
            yield f"{label}/{name}", float(value)


def _exits(outcome: Outcome) -> ModelRun:
    curve = outcome.exit_curve
    metrics = {
        f"hazard_month_{month}/{segment}": float(value)
        for month in (0, 6, 12, 24)
        for segment, value in curve[curve["elapsed"] == month]
        .set_index("segment")["hazard"]
        .items()
    }
    params = {"segments": curve["segment"].nunique(), "months": curve["elapsed"].max()}
    judged = outcome.exit_contest
    if judged is not None:
        params["antagen"] = "boosted trees" if judged.is_won else "logit"
        params["utmanare"] = "logit" if judged.is_won else "boosted trees"
        metrics["out_of_sample/logit"] = judged.champion
        metrics["out_of_sample/boosted_trees"] = judged.challenger
        metrics["out_of_sample/gain"] = judged.gain
        metrics["out_of_sample/gain_se"] = judged.se
    check = calibration_table(outcome.exit_check)
    for row in check[check.notna().all(axis=1)].to_dict("records"):
        name = f"observed_over_expected/{row['by']} {row['group']}"
        metrics |= _interval(
            name, Interval(row["ratio"], row["low"], row["high"], 0.95)
        )
    return ModelRun("exits", params, metrics, files=EXIT_FILES)


def _effect(outcome: Outcome) -> ModelRun:
    effect = outcome.effect
    metrics = {"log_hr_of_halving": effect.mean, "sd": effect.sd, "theta": effect.theta}
    for row in effect.lines().to_dict("records"):
        metrics[f"{row['line']}/log_hr"] = row["log_hr"]
        metrics[f"{row['line']}/weight"] = row["weight"]
    return ModelRun("effect", {"borrowed": effect.borrowed}, metrics)


def _plan(plan: StaffingPlan, case: Case) -> ModelRun:
    metrics = {
        "certificate_gap": plan.certificate.gap,
        "integrality_gap": plan.integrality_gap,
        "probability_saves": plan.probability_saves,
        "flat_low_handlers": plan.flat_low,
        "flat_high_handlers": plan.flat_high,
        "model_error_share": plan.check_continuous.model_error_share,
        "total_sek": plan.proposed.total_sek,
        "total_today_sek": plan.today.total_sek,
        **_interval("saving_sek", plan.saving_total),
        **_interval("benefit_saving_sek", plan.benefit_saving),
        **_interval("after_horizon_sek", plan.after_horizon),
        **{
            f"limit_{kind_of(limit, case)}_sek": limit.price_sek
            for limit in plan.limits
        },
    }
    if plan.breakeven_log_hr is not None:
        metrics["breakeven_log_hr"] = plan.breakeven_log_hr
    series = {
        "handlers": plan.proposed.handlers,
        "handlers_today_path": plan.today.handlers,
    }
    if not small_units(case).get(plan.unit.name, False):
        series["cases_per_handler"] = plan.proposed.caseload
        series["cases_per_handler_today"] = plan.today.caseload
    params = {
        "unit": plan.unit.name,
        "claims_saving": plan.claims_saving,
        "first_month": f"{plan.months[0]:%Y-%m}",
        "check_on_grid_ok": plan.check_grid.ok,
        "check_continuous_ok": plan.check_continuous.ok,
    }
    return ModelRun(f"plan {plan.unit.name}", params, metrics, series)


def _interval(name: str, found: Interval) -> dict[str, float]:
    return {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
