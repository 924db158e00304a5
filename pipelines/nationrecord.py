"""A national run for machines: its JSON, and its record in MLflow."""

from collections.abc import Mapping
from typing import Any

from ..models.domain import Interval
from .modelruns import ModelRun
from .nationbudget import Budgeted
from .nationreport import NationReport


def nation_json(found: NationReport) -> dict[str, Any]:
    """Give the result for machines; money in thousand SEK.

    In kronor a sum of ten digits could be taken for a personnummer.
    """
    nation, budget = found.nation, found.budget
    lasting, cash = Interval.of(nation.lasting), Interval.of(nation.per_year)
    return {
        "run": found.info.run_id,
        "municipalities": len(found.table),
        "municipalities_estimated": int(found.estimated.sum()),
        "worth_tkr_year": _thousands(vars(lasting)),
        "cash_tkr_year": _thousands(vars(cash)),
        "published_today_tkr": round(found.bridge.claim_sek / 1e3),
        "probability_above_published": found.bridge.probability_of_claim,
        "handlers_today": float(nation.table["handlers_today"].sum()),
        "handlers_plan": float(nation.table["handlers_plan"].sum()),
        "budget": _budget_json(budget),
        "drivers": [
            {
                "driver": swing.driver,
                "low": swing.low,
                "high": swing.high,
                "worth_tkr_low": round(swing.saving_low / 1e3),
                "worth_tkr_high": round(swing.saving_high / 1e3),
            }
            for swing in nation.swings()
        ],
    }


def _thousands(found: Mapping[str, float]) -> dict[str, float]:
    """Give the ends of an interval in thousands, its level as it is."""
    return {
        name: value if name == "level" else round(value / 1e3)
        for name, value in found.items()
    }


def _budget_json(budget: Budgeted) -> dict[str, Any]:
    return {
        "times_today": budget.factor,
        "saved_tkr": round(budget.saved_sek / 1e3),
        "gap": budget.plan.gap,
        "krona_saves": budget.plan.gross.tolist(),
        "frontier": [
            {
                "times_today": factor,
                "saved_tkr": round((budget.today_sek - total) / 1e3),
            }
            for factor, total in zip(
                budget.frontier.factors.tolist(),
                budget.frontier.totals.tolist(),
                strict=True,
            )
        ],
    }


def nation_runs(found: NationReport) -> tuple[ModelRun, list[ModelRun]]:
    """Give the record of the run."""
    assumed = found.nation.assumed
    params = {"bemanna_version": found.info.version, **vars(assumed)}
    lasting, cash = (
        Interval.of(found.nation.lasting),
        Interval.of(found.nation.per_year),
    )
    metrics = {
        "worth_sek_year": lasting.mean,
        "worth_sek_year_lo_80": lasting.low,
        "worth_sek_year_hi_80": lasting.high,
        "cash_sek_year": cash.mean,
        "cash_sek_year_lo_80": cash.low,
        "cash_sek_year_hi_80": cash.high,
        "probability_above_published": found.bridge.probability_of_claim,
        "budget_gap": found.budget.plan.gap,
    }
    return ModelRun(found.info.run_id, params, metrics), []
