"""Small simulated registers whose exit probability is known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bemanna.models.domain import Array
from bemanna.pipelines.config import Settings
from bemanna.pipelines.registers import Case

BENEFIT = 9_000.0
#: Falls with months on assistance; two groups.
HAZARD = np.stack(
    [
        0.04 + 0.16 / np.sqrt(np.arange(1, 121)),
        0.02 + 0.05 / np.sqrt(np.arange(1, 121)),
    ]
)
SEGMENTS = ("arbetssökande", "rehabilitering")


def settings(**sections: dict[str, Any]) -> Settings:
    base: dict[str, Any] = {
        "municipality": {"code": "0180", "name": "Provkommun"},
        "economy": {
            "price_year": 2026,
            "salary_month_sek": 35_000,
            "employer_charge_share": 0.4,
            "overhead_share": 0.2,
        },
    }
    return Settings.model_validate(base | sections)


def spells_of(
    rng: np.random.Generator, months: int, inflow: float = 30.0, warm: int = 120
) -> pd.DataFrame:
    """Periods on assistance under HAZARD, first month 2021-01, none open before.

    The register starts after `warm` months, so that it has long cases.
    """
    frames = []
    alive = np.cumprod(1 - HAZARD, axis=1)
    for s, name in enumerate(SEGMENTS):
        arrivals = rng.poisson(inflow / (s + 1), warm + months)
        start = np.repeat(np.arange(warm + months) - warm, arrivals)
        # served in 1 + (months survived) months; the last hazard holds for ever after
        luck = rng.random(len(start))
        length = np.searchsorted(-alive[s], -luck) + 1
        tail = length > HAZARD.shape[1]
        length[tail] += rng.geometric(HAZARD[s, -1], tail.sum()) - 1
        frames.append(
            pd.DataFrame({"segment": name, "first": start, "last": start + length - 1})
        )
    table = pd.concat(frames, ignore_index=True)
    return table[table["last"] >= 0].reset_index(drop=True)


def flows_of(table: pd.DataFrame, months: int, unit: str = "Norr") -> pd.DataFrame:
    """Monthly flows that agree with the periods to the last case."""
    rows = []
    for name in SEGMENTS:
        part = table[table["segment"] == name]
        for t in range(months):
            first, last = part["first"].to_numpy(), part["last"].to_numpy()
            served = ((first <= t) & (last >= t)).sum()
            new, gone = (first == t).sum(), (last == t).sum()
            rows.append((name, t, served - new, new, gone, served, served - gone))
    flows = pd.DataFrame(
        rows, columns=["segment", "t", "start", "inflow", "exits", "served", "end"]
    )
    calendar = pd.date_range("2021-01-01", periods=months, freq="MS")
    flows.insert(0, "unit", unit)
    flows.insert(2, "month", calendar[flows.pop("t")])
    flows["paid_sek"] = BENEFIT * flows["served"]
    counts = ["start", "inflow", "exits", "served", "end"]
    return flows.astype(dict.fromkeys(counts, float))


def case_of(
    rng: np.random.Generator,
    months: int = 60,
    with_spells: bool = True,
    inflow: float = 30.0,
    **sections: dict[str, Any],
) -> Case:
    """Build a case of `months` months from 2021-01 on."""
    table = spells_of(rng, months, inflow)
    flows = flows_of(table, months)
    spells = None
    if with_spells:
        known = table[table["first"] < months]
        origin = pd.Period("2021-01", "M")
        start = pd.PeriodIndex([origin + int(k) for k in known["first"]]).to_timestamp()
        end = pd.PeriodIndex([origin + int(k) for k in known["last"]]).to_timestamp()
        spells = pd.DataFrame(
            {
                "household": [f"h{i}" for i in range(len(known))],
                "unit": "Norr",
                "segment": known["segment"].to_numpy(),
                "start": start,
                "end": pd.Series(end).where(known["last"].to_numpy() < months),
                "destination": "work",
            }
        )
    calendar = flows["month"].unique()
    staff = pd.DataFrame({"unit": "Norr", "month": calendar, "handlers_fte": 10.0})
    return Case(
        folder=Path("case"),
        settings=settings(**sections),
        flows=flows,
        spells=spells,
        staff=staff,
        staff_assumed=False,
        warnings=(),
        simulated=True,
    )


def certain(n: int, hazard: Array = HAZARD) -> dict[str, Array]:
    """Exit draws without uncertainty."""
    return {"Norr": np.broadcast_to(hazard, (n, *hazard.shape)).copy()}
