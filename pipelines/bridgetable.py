"""The bridge as a table, and in the two sentences that it comes to."""

from typing import Any

import numpy as np
import pandas as pd

from ..optimisation.decompose import Bar
from .bridge import OPTIMAL, Bridge
from .bridgetexts import millions, told
from .cases import hasky_figures, national_figures
from .haskyconflicts import MONTHS_YEAR, NATION_YEAR
from .language import number, translator
from .wording import around, per_unit, risk

#: Mean and ends of an 80 % interval, thousand SEK.
_ENDS = ("_tkr", "_lo_80_tkr", "_hi_80_tkr")


def bridge_table(found: Bridge, sprak: str = "sv") -> pd.DataFrame:
    """One row per step of the bridge, and per published figure beside it.

    Returns
    -------
    DataFrame
        `row`; `kind` (step, total, comparison, interaction); `name`; thousand SEK a
        year: `change_tkr` given the steps before, `alone_tkr` had nothing else
        changed, `total_tkr` after it, each with ends `_lo_80` and `_hi_80` of an 80 %
        interval where it is uncertain; `assumes`; `source`. Amounts are as of HASKY's
        year before the step `prices`, in `prices` of today after.
    """
    words = told(found, sprak)
    rows: list[dict[str, Any]] = []

    def put(key: str, kind: str, **bars: Bar) -> None:
        amounts = [_thousands(name, bar) for name, bar in bars.items()]
        cells = {k: v for cell in amounts for k, v in cell.items()}
        rows.append({"row": key, "kind": kind, **cells, **words[key]._asdict()})

    def known(sek: float) -> Bar:
        return Bar("", np.asarray(sek))

    gavle, rollout = found.gavle, found.rollout
    for step, total in zip(gavle.steps, gavle.totals(), strict=True):
        put(step.name, "step", change=step, total=total)
    put("gavle", "total", total=gavle.end)
    press, report = found.published
    put("press", "comparison", total=known(press))
    put("report", "comparison", total=known(report))
    for key, scaling in found.scalings.items():
        start = key == "residents"
        kind = "total" if start else "comparison"
        put(f"by_{key}", kind, total=rollout.start if start else known(scaling.sek))
    for step, lone, total in zip(
        rollout.steps, rollout.alone, rollout.totals(), strict=True
    ):
        put(step.name, "step", change=step, alone=lone, total=total)
    put("interaction", "interaction", alone=rollout.interaction)
    put("rollout", "total", total=rollout.end)
    if found.optimal is not None:
        (step,) = found.optimal.steps
        put(OPTIMAL, "step", change=step, alone=step, total=found.optimal.end)
        put("optimal", "total", total=found.optimal.end)
    amounts = [f"{a}{end}" for a in ("change", "alone", "total") for end in _ENDS]
    order = ["row", "kind", "name", *amounts, "assumes", "source"]
    return pd.DataFrame(rows).reindex(columns=order)


def _thousands(name: str, bar: Bar) -> dict[str, float]:
    around = bar.interval
    found = [bar.mean] if around is None else [bar.mean, around.low, around.high]
    return {
        f"{name}{end}": round(x / 1e3) for end, x in zip(_ENDS, found, strict=False)
    }


def headline(found: Bridge, sprak: str = "sv") -> str:
    """Say where the bridge ends, beside what was published."""
    _ = translator(sprak)
    what = _("Optimal staffing of every municipality is worth {end} a year")
    if found.optimal is None:
        what = _("HASKY in every municipality today is worth {end} a year")
    text = _(
        "{what}, in {year} prices. Published were {press}, which is {claim} in those "
        "prices; the chance that it is worth more is {chance}."
    ).format(
        what=what.format(end=_written(found.end, sprak)),
        year=found.inputs.today,
        press=millions(found.published[0], sprak),
        claim=millions(found.claim_sek, sprak, 0),
        chance=risk(found.probability_of_claim, sprak),
    )
    totals = (*found.rollout.totals(), found.end)
    if min(bar.mean for bar in totals) < 0:
        text += " " + _("A total below nought is a cost, and is shown as one.")
    return text


def why_scalings_differ(found: Bridge, sprak: str = "sv") -> str:
    """Say why residents, households and payments give different countries."""
    _ = translator(sprak)
    value, nation = hasky_figures()["value"], national_figures()
    by, here = found.scalings, value["households_now"]
    months = nation["mean_months"][MONTHS_YEAR]
    in_month = by["households"].ratio * here
    paid = float(nation["paid_sek"][NATION_YEAR])
    return _(
        "By residents, {residents}; by households of a mean month, {households}: "
        "Gävle had {few} of them per 1,000 residents and the country {many}. By "
        "payments, {payments}: a case of the project was paid {case} a month and a "
        "household in the country {mean}. Households of a year would give {wrong}, "
        "and are an error of unit: each of them is there for {months} of 12 months, "
        "and Gävle's were counted on one day."
    ).format(
        residents=millions(by["residents"].sek, sprak),
        households=millions(by["households"].sek, sprak),
        payments=millions(by["payments"].sek, sprak),
        wrong=millions(by["households_year"].sek, sprak),
        few=number(1000 * here / value["residents_gavle"], 1, sprak),
        many=number(1000 * in_month / value["residents_sweden"], 1, sprak),
        case=per_unit(found.case_month_sek, sprak),
        mean=per_unit(paid / 12 / in_month, sprak),
        months=number(months, 1, sprak),
    )


def _written(bar: Bar, sprak: str) -> str:
    """Write whole millions where they are uncertain."""
    found = bar.interval
    if found is None:
        return millions(bar.mean, sprak)
    mean, low, high = (
        millions(end, sprak, 0) for end in (found.mean, found.low, found.high)
    )
    return around(mean, low, high, found.level, sprak)
