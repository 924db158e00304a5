"""What each model of a run tells MLflow: parameters and metrics, never persons."""

import numpy as np

from .findings import findings
from .outcome import Outcome
from .tracking import ModelRun


def model_runs(outcome: Outcome) -> tuple[ModelRun, list[ModelRun]]:
    """Describe the run and its models.

    Returns
    -------
    ModelRun
        The parent: settings and the main findings.
    list of ModelRun
        One child per model.
    """
    children = [_inflow(outcome), _exits(outcome), _effect(outcome)]
    children += [_plan(outcome, k) for k in range(len(outcome.plans))]
    return _parent(outcome), [child for child in children if child is not None]


def _parent(outcome: Outcome) -> ModelRun:
    settings, info = outcome.case.settings, outcome.info
    found = findings(outcome.plans)
    metrics = {"seconds": info.seconds, "warnings": len(outcome.case.warnings)}
    if found is not None:
        metrics |= {
            "saving_sek": found.saving.mean,
            "saving_lo_80_sek": found.saving.low,
            "saving_hi_80_sek": found.saving.high,
            "after_horizon_sek": found.after.mean,
            "handlers_today": float(found.today.handlers[0]),
            "handlers_settled": found.settled_handlers,
        }
    return ModelRun(
        name=info.run_id,
        params={
            "version": info.version,
            "seed": info.seed,
            "simulated": outcome.case.simulated,
            "stock_is": settings.data.stock_is,
            "staff_assumed": outcome.case.staff_assumed,
            **_flat("run", settings.run.model_dump()),
            **_flat("economy", settings.economy.model_dump()),
            **_flat("staff", settings.staff.model_dump()),
            **_flat("levers", settings.levers.model_dump()),
        },
        metrics=metrics,
    )


def _inflow(outcome: Outcome) -> ModelRun:
    table = outcome.backtest
    numbers = table.select_dtypes("number") if not table.empty else table
    metrics = {
        f"{table['quantity'].iloc[row]}_{name}": float(numbers[name].iloc[row])
        for row in range(len(table))
        for name in numbers
    }
    forecast = outcome.forecast
    served = forecast.served
    return ModelRun(
        name="forecast",
        params={
            "horizon": len(forecast.months),
            "first_month": f"{forecast.months[0]:%Y-%m}",
            "quantities": ", ".join(sorted(forecast.frame()["quantity"].unique())),
        },
        metrics=metrics,
        series={} if served is None else {"served": served.total().mean()[0]},
    )


def _exits(outcome: Outcome) -> ModelRun | None:
    curve = outcome.exit_curve
    if curve.empty:
        return None
    first = curve[curve["elapsed"] == 0].set_index("segment")["hazard"]
    year = curve[curve["elapsed"] == 12].set_index("segment")["hazard"]
    table = outcome.forecast.calibration
    metrics = {f"hazard_month_1 {name}": value for name, value in first.items()}
    metrics |= {f"hazard_month_13 {name}": value for name, value in year.items()}
    if not table.empty:
        metrics["observed_exits"] = float(table["observed_exits"].sum())
        metrics["expected_exits"] = float(table["expected_exits"].sum())
    return ModelRun(
        name="exits",
        params={
            "model": "spells" if outcome.case.spells is not None else "flows",
            "segments": len(first),
        },
        metrics={str(k): float(v) for k, v in metrics.items()},
    )


def _effect(outcome: Outcome) -> ModelRun:
    effect = outcome.effect
    return ModelRun(
        name="effect",
        params={"borrowed": effect.borrowed, "sources": "; ".join(effect.sources)},
        metrics={
            "log_hr_halving": effect.mean,
            "log_hr_sd": effect.sd,
            "hazard_ratio": float(np.exp(effect.mean)),
        },
    )


def _plan(outcome: Outcome, number: int) -> ModelRun:
    plan = outcome.plans[number]
    metrics = {
        "objective_sek": plan.proposed.total_sek,
        "today_sek": plan.today.total_sek,
        "certificate_gap": plan.certificate.gap,
        "integrality_gap": plan.integrality_gap,
        "probability_saves": plan.probability_saves,
        "flat_low": plan.flat_low,
        "flat_high": plan.flat_high,
        "check_grid_mean_sek": plan.check_grid.mean_sek,
        "check_grid_se_sek": plan.check_grid.se_sek,
        "model_error_share": plan.check_continuous.model_error_share,
    }
    if plan.breakeven_log_hr is not None:
        metrics["breakeven_log_hr"] = plan.breakeven_log_hr
    return ModelRun(
        name=f"plan {plan.unit.name}",
        params={"unit": plan.unit.name, "claims_saving": plan.claims_saving},
        metrics={name: float(value) for name, value in metrics.items()},
        series={
            "handlers": plan.proposed.handlers,
            "handlers_today": plan.today.handlers,
            "caseload": plan.proposed.caseload,
        },
    )


def _flat(section: str, values: dict[str, object]) -> dict[str, object]:
    return {f"{section}.{key}": value for key, value in values.items()}
