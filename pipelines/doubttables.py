"""The doubts about a plan as tables: another effect, other plans."""

import pandas as pd

from ..optimisation.fans import QUANTILES
from .outcome import Outcome


def regret_rows(outcome: Outcome) -> pd.DataFrame:
    """Give what each staffing costs too much under each assumed effect, to the krona.

    Returns
    -------
    DataFrame
        `unit, plan, factor, log_hr, regret_sek`; empty where not known. The whole cost
        is left out: of a small unit it would give the number of households away.
    """
    tables = [
        doubt.regret.frame().assign(unit=plan.unit.name)
        for plan, doubt in zip(outcome.plans, outcome.doubts, strict=False)
        if doubt.regret is not None
    ]
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True)
    table = table.round({"log_hr": 6, "regret_sek": 0})
    return table[["unit", "plan", "factor", "log_hr", "regret_sek"]]


def alternative_rows(outcome: Outcome) -> pd.DataFrame:
    """Give other plans month by month, and what they cost above the cheapest.

    Returns
    -------
    DataFrame
        `unit, plan, month, handlers, hires, releases, shortage, above_cheapest_sek`;
        may be empty.
    """
    tables = [
        pd.DataFrame(
            {
                "unit": plan.unit.name,
                "plan": one.kind,
                "month": plan.months,
                "handlers": one.handlers.round(3),
                "hires": one.hires.round(3),
                "releases": one.releases.round(3),
                "shortage": one.shortage.round(3),
                "above_cheapest_sek": round(one.above_sek),
            }
        )
        for plan in outcome.plans
        for one in plan.alternatives
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def fan_rows(outcome: Outcome) -> pd.DataFrame:
    """Quantiles of the simulated futures: `unit, month, staffing, quantity, quantile`.

    `cash_tkr` is added up since the first month, in thousands: kronor of ten digits
    could be taken for a person's number.
    """
    names = {"cases": "cases", "handlers": "handlers", "cash": "cash_tkr"}
    tables = []
    for plan in outcome.plans:
        for staffing, fan in zip(("plan", "today"), plan.fans or (), strict=False):
            for field, quantity in names.items():
                values = getattr(fan, field) / (1_000 if field == "cash" else 1)
                index = pd.MultiIndex.from_product(
                    [QUANTILES, plan.months], names=["quantile", "month"]
                )
                one = pd.DataFrame({"value": values.ravel().round(2)}, index=index)
                one = one.reset_index().assign(unit=plan.unit.name, quantity=quantity)
                tables.append(one.assign(staffing=staffing))
    if not tables:
        return pd.DataFrame()
    order = ["unit", "month", "staffing", "quantity", "quantile", "value"]
    return pd.concat(tables, ignore_index=True)[order]
