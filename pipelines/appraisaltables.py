"""An appraisal as a table and as JSON: every horizon at every cost of a handler."""

import math
from dataclasses import asdict
from typing import Any

import pandas as pd

from ..models.domain import Interval
from ..optimisation.appraisal import Appraisal, AtCost
from .appraisalwords import few_priced, headline, needed, notes, state, verdict
from .pilotcase import Appraised
from .tables import too_few
from .writing import Place

#: Months: whole, and empty where the day never comes.
WHOLE = {
    "payback_month_gross": "Int64",
    "payback_month": "Int64",
    "payback_month_lo_80": "Int64",
    "payback_month_hi_80": "Int64",
}


def appraisal_table(found: Appraised) -> pd.DataFrame:
    """One row per horizon and cost of a handler; amounts in the case's currency.

    Returns
    -------
    pandas.DataFrame
        `horizon_months, handler_cost, handler_year_sek, exits`, amounts `_sek`, what
        breaking even takes, and months of payback. `_gross` is had no exit come
        anyway; `lo_80` and `hi_80` end 80 % intervals. Empty is not known or never.
    """
    hidden = few_priced(found)
    rows = [
        _row(result, at, hidden) for result in found.results for at in result.at_cost
    ]
    return pd.DataFrame(rows).astype(WHOLE)


def _row(result: Appraisal, at: AtCost, hide_state: bool) -> dict[str, Any]:
    state_sek = None if hide_state else result.state_sek
    public = None if hide_state else result.public_net_sek
    return {
        "horizon_months": result.horizon_months,
        "handler_cost": at.level,
        "handler_year_sek": round(at.handler_year_sek),
        "exits": result.exits,
        **_ends("extra_exits", result.extra_exits, 2),
        "benefit_gross_sek": round(result.benefit_sek.if_all_extra),
        **_ends("deadweight_sek", result.deadweight_sek),
        **_ends("benefit_sek", result.benefit_sek.expected),
        "staff_sek": round(at.staff_sek),
        "staff_within_sek": round(at.staff_within_sek),
        "net_gross_sek": round(at.net_sek.if_all_extra),
        "net_gross_within_sek": round(at.net_within_sek.if_all_extra),
        **_ends("net_sek", at.net_sek.expected),
        "probability_saves": at.probability_saves,
        "breakeven_exits": round(at.breakeven.exits, 2),
        "breakeven_share": at.breakeven.share,
        "breakeven_rate_ratio": at.breakeven.rate_ratio,
        "breakeven_theta": at.breakeven.theta,
        "breakeven_log_hr_halving": at.breakeven.log_hr_halving,
        "payback_month_gross": at.payback.if_all_extra,
        "payback_month": at.payback.expected,
        "payback_month_lo_80": at.payback.soonest,
        "payback_month_hi_80": at.payback.latest,
        "state_gross_sek": None if state_sek is None else round(state_sek.if_all_extra),
        **_ends("state_sek", None if state_sek is None else state_sek.expected),
        **_ends("public_net_sek", None if public is None else public.expected),
        "counterfactual": result.source,
    }


def _ends(name: str, found: Interval | None, decimals: int = 0) -> dict[str, Any]:
    """Give mean and ends of an interval; all three empty where it is not known."""
    names = (name, f"{name}_lo_80", f"{name}_hi_80")
    if found is None:
        return dict.fromkeys(names)
    ends = (round(v, decimals) for v in (found.mean, found.low, found.high))
    return dict(zip(names, ends, strict=True))


def appraisal_json(
    found: Appraised, place: Place | None = None, sprak: str = "sv"
) -> dict[str, Any]:
    """Give the appraisal as plain values; null is not known, or never.

    Parameters
    ----------
    place : Place, optional
        Where the files are; left out of what is written beside them.
    """
    case, hidden = found.case, few_priced(found)
    results = []
    for result in found.results:
        plain = asdict(result)
        moved = result.to_state.items()
        plain["to_state"] = {d: None if too_few(n) else n for d, n in moved}
        if hidden:
            plain["state_sek"] = plain["public_net_sek"] = None
        results.append(_plain(plain))
    answer: dict[str, Any] = {
        "status": "ok",
        "name": case.name,
        "period": case.period,
        "simulated": case.simulated,
        "currency": case.currency,
        "headline": headline(found, sprak),
        "verdict": verdict(found, sprak),
        "needed": needed(found, sprak),
        "state": state(found, sprak),
        "results": results,
        "rests_on": [asdict(stated) for stated in case.stated],
        "conflicts": [_plain(asdict(conflict)) for conflict in case.conflicts],
        "notes": notes(found, sprak),
    }
    if place is not None:
        answer["folder"] = str(place.folder)
        answer["mlflow_run"] = place.mlflow_run
        answer["mlflow_warning"] = place.warning or None
    return answer


def _plain(value: Any) -> Any:
    """Round floats to four decimals, all the way down; JSON has no infinity."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 4) + 0.0 if math.isfinite(value) else None
    return value
