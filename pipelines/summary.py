"""The result for machines: one JSON value, the same in `--json` and resultat.json."""

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from ..models.domain import Array, Interval
from ..optimisation.plan import StaffingPlan
from .doubts import Doubts, information_of, regrets
from .findings import Findings, findings, kind_of
from .intakewords import intake_json
from .outcome import Outcome
from .registers import Case
from .writing import Place


def summary_json(outcome: Outcome, place: Place | None = None) -> dict[str, Any]:
    """Give the result as plain values; money in the case's currency, undeflated.

    Parameters
    ----------
    place : Place, optional
        Where the files are; left out of what is written beside them.

    Returns
    -------
    dict
        `status` is `plan`, or `forecast_only` where the figures tell no more. A number
        that is not known is null.
    """
    found = findings(outcome.plans)
    info = outcome.info
    answer: dict[str, Any] = {
        "status": "plan" if found else "forecast_only",
        "municipality": outcome.case.settings.municipality.name,
        "simulated": outcome.case.simulated,
        "currency": outcome.case.settings.economy.currency,
        "run": {
            "id": info.run_id,
            "started": info.started.isoformat(timespec="seconds"),
            "version": info.version,
            "seed": info.seed,
            "seconds": round(info.seconds, 1),
            "command": info.command,
        },
        "total": _total(found) if found else None,
        "units": _units(outcome),
        "how_sure": _how_sure(outcome.doubts),
        "year_forecast": plain_rows(outcome.year.table),
        "effect": plain_rows(outcome.effect.lines()),
        "effect_borrowed": outcome.effect.borrowed,
        "forecast_accuracy": plain_rows(outcome.backtest),
        "cannot_tell": list(outcome.cannot_tell),
        **intake_json(outcome),
        "warnings": [f"{w.file}: {w.message}" for w in outcome.case.warnings],
    }
    if place is not None:
        answer["folder"] = str(place.folder)
        answer["mlflow_run"] = place.mlflow_run
        answer["mlflow_warning"] = place.warning or None
    return answer


def _total(found: Findings) -> dict[str, Any]:
    return {
        "months": list(found.months.strftime("%Y-%m")),
        "handlers_today": plain_number(found.today.handlers[0]),
        "handlers": plain_numbers(found.plan.handlers),
        "hires": plain_numbers(found.plan.hires),
        "releases": plain_numbers(found.plan.releases),
        "shortage": plain_numbers(found.plan.shortage),
        "cases_per_handler": plain_numbers(found.plan.caseload),
        "cases_per_handler_today": plain_numbers(found.today.caseload),
        "cash_by_year": plain_rows(found.cash),
        "saving_sek": plain_interval(found.saving),
        "benefit_saving_sek": plain_interval(found.benefit),
        "after_horizon_sek": plain_interval(found.after),
        "saving_and_after_sek": plain_interval(found.total),
        "claims_saving": found.claims_saving,
    }


def _units(outcome: Outcome) -> list[dict[str, Any]]:
    units = [_unit(plan, outcome.case) for plan in outcome.plans]
    if not outcome.doubts:
        return units
    doubts = (_how_sure((doubt,)) for doubt in outcome.doubts)
    return [
        {**unit, "how_sure": doubt} for unit, doubt in zip(units, doubts, strict=True)
    ]


def _how_sure(doubts: tuple[Doubts, ...]) -> dict[str, Any]:
    """Give regret and the value of information of units together; null = not known."""
    found, worth = regrets(doubts), information_of(doubts)
    pilot = doubts[0].pilot if doubts else None
    return {
        "regret": found
        and {
            "times_the_estimate": plain_numbers(found.factors),
            "log_hr_of_halving": plain_numbers(found.effects),
            "regret_sek": {name: plain_numbers(found.of(name)) for name in found.names},
            "handlers_last_year": {
                name: plain_number(found.handlers(name)) for name in found.names
            },
            "handlers_last_year_best": plain_numbers(found.best_late_handlers),
        },
        "information": worth
        and {
            "perfect_sek": plain_number(worth.perfect),
            "pilot": pilot
            and {
                "months": pilot.months,
                "households": round(pilot.cases),
                "lighter_share": pilot.share,
                "times_lighter": pilot.ratio,
                "answer_sek": plain_number(worth.sample),
                "waiting_sek": plain_number(worth.waiting),
                "handlers_sek": plain_number(worth.handlers_sek),
                "net_sek": plain_number(worth.net),
                "changes_plan_probability": plain_number(worth.changed),
                "error_log_hr": plain_number(worth.pilot_sd),
            },
        },
    }


def _unit(plan: StaffingPlan, case: Case) -> dict[str, Any]:
    return {
        "unit": plan.unit.name,
        "handlers_today": plain_number(plan.today.handlers[0]),
        "handlers": plain_numbers(plan.proposed.handlers),
        "saving_sek": plain_interval(plan.saving_total),
        "benefit_saving_sek": plain_interval(plan.benefit_saving),
        "after_horizon_sek": plain_interval(plan.after_horizon),
        "probability_saves": plain_number(plan.probability_saves),
        "claims_saving": plan.claims_saving,
        "breakeven_log_hr_of_halving": plain_number(plan.breakeven_log_hr),
        "flat_optimum_handlers": plain_numbers(
            np.array([plan.flat_low, plan.flat_high])
        ),
        "prices_sek": plan.prices
        and {
            "open_case": plain_numbers(plan.prices.open_case),
            "new_case": plain_numbers(plan.prices.new_case),
            "handler_more": plain_number(plan.prices.handler_more),
            "handler_less": plain_number(plan.prices.handler_less),
            "month_sooner": plain_number(plan.prices.month_sooner),
            "month_later": plain_number(plan.prices.month_later),
            "krona_of_budget": dict(plan.prices.budget),
        },
        "limits": [
            {
                "kind": kind_of(limit, case),
                "months": list(plan.months[list(limit.months)].strftime("%Y-%m")),
                "price_sek": plain_number(limit.price_sek),
            }
            for limit in plan.limits
        ],
        "levers": [
            {
                "kind": lever.kind,
                # null: it would start after the plan
                "from_month": f"{plan.months[lever.from_month]:%Y-%m}"
                if lever.from_month < len(plan.months)
                else None,
                "bought": lever.bought,
                "cost_sek": plain_number(lever.cost_sek),
                "net_sek": plain_number(lever.net_sek),
                "breakeven_share": plain_number(lever.breakeven_share),
            }
            for lever in plan.levers
        ],
        "alternatives": [
            {
                "kind": one.kind,
                "handlers_last_year": plain_number(one.late_handlers),
                "handlers_mean": plain_number(float(one.handlers.mean())),
                "above_cheapest_sek": plain_number(one.above_sek),
                "robot": one.robot,
                "process": one.process,
            }
            for one in plan.alternatives
        ],
        "certificate_gap": plan.certificate.gap,
        "integrality_gap": plan.integrality_gap,
        "simulation_ok": {
            "on_grid": plan.check_grid.ok,
            "continuous": plan.check_continuous.ok,
        },
    }


def plain_interval(found: Interval) -> dict[str, Any]:
    """Give a mean with its interval."""
    return {
        "mean": plain_number(found.mean),
        "low": plain_number(found.low),
        "high": plain_number(found.high),
        "level": found.level,
    }


def plain_numbers(values: Array) -> list[float | None]:
    """Give numbers month by month; null where not known."""
    return [plain_number(value) for value in values]


def plain_number(value: float | None) -> float | None:
    """Round to what a reader can use; JSON has no NaN and no infinity."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), 4)


def plain_rows(table: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Give rows as JSON takes them: four decimals, null where not known."""
    plain = table.astype(object).where(table.notna(), None)
    return [
        {
            name: plain_number(float(v)) if isinstance(v, float | np.floating) else v
            for name, v in row.items()
        }
        for row in plain.to_dict("records")
    ]
