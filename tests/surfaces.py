"""Made-up solved answers for the tests of what is shown: nobody's figures."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from outcomes import FUTURE

from bemanna.pipelines.surface import YEARLY, Surface

EFFECTS = np.log1p(np.array([0.0, 0.05, 0.108990456, 0.16, 0.22]))
OWN = 2
ROBOTS = (None, *(pd.Timestamp(month) for month in ("2027-01", "2027-07", "2028-01")))


def surface(
    unit: str = "Gävle",
    *,
    cases: float = 480.0,
    robots: int = len(ROBOTS),
    forbidden: bool = True,
    seed: int = 3,
) -> Surface:
    """Make answers on the largest grid a run makes, with some rough edges.

    Few handlers cost, some more save for sure if the effect is strong, many cost for
    sure; with the fewest handlers and no effect the limits forbid what is asked.
    """
    rng = np.random.default_rng(seed)
    handlers = np.round(cases / 60 * np.linspace(0.75, 1.625, 8), 2)
    benefits, years = np.array([0.9, 1.0, 1.1]), np.unique(FUTURE.year)
    months = np.bincount(FUTURE.year - years[0])
    shape = len(handlers), len(EFFECTS), len(benefits), robots
    h, e, b, r = np.meshgrid(
        handlers / handlers[2], EFFECTS, benefits, np.arange(robots), indexing="ij"
    )
    grows = 1 + 0.04 * np.arange(len(years))
    left = np.exp(-3 * e * (h - 1) - 0.01 * r)[..., None] ** np.arange(1, 5)
    rough = 1 + 1e-4 * rng.standard_normal((*shape, len(years)))
    open_cases = cases * left * grows * months * rough
    benefit = 9_100.0 * b[..., None] * open_cases
    staff_now = 62_000.0 * handlers[2] * months * np.ones(len(years))
    staff = staff_now * h[..., None] + 40_000.0 * r[..., None] + 900.0 * rough
    world = np.broadcast_to(cases * grows * months, (*shape[1:3], len(years)))
    today = {
        "benefit_sek": 9_100.0 * benefits[None, :, None] * world,
        "staff_sek": np.broadcast_to(staff_now, world.shape),
        "case_months": world,
        "handler_months": np.broadcast_to(handlers[2] * months, world.shape),
    }
    before = (today["benefit_sek"] + today["staff_sek"]).sum(-1)[None, :, :, None]
    mean = before - (benefit + staff).sum(-1)
    half = 0.4 * np.abs(mean) + 2e5
    yearly = {
        "benefit_sek": benefit,
        "staff_sek": staff,
        "case_months": open_cases,
        "handler_months": handlers[:, None, None, None, None]
        * np.broadcast_to(months, (*shape, len(years))),
    }
    made = Surface(
        unit=unit,
        months=FUTURE,
        handlers=handlers,
        effects=EFFECTS,
        own=OWN,
        benefits=benefits,
        robots=ROBOTS[:robots],
        years=tuple(int(year) for year in years),
        yearly={name: yearly[name] for name in YEARLY},
        total_sek=(benefit + staff).sum(-1),
        caseload=open_cases[..., 2] / 12 / handlers[:, None, None, None],
        saved=np.stack([mean, mean - half, mean + half], -1),
        today_yearly=today,
        today_total_sek=before[0, ..., 0],
    )
    if forbidden:
        for grid in (*made.yearly.values(), made.total_sek, made.caseload, made.saved):
            grid[0, 0] = np.nan
    return made


def nodes(made: Surface) -> NDArray[np.intp]:
    """Places of every node that the limits allow, shape (N, 4)."""
    return np.argwhere(~np.isnan(made.total_sek))
