"""The monthly panels on which forecasts are measured, as one long table each.

A panel is a frame `unique_id, ds, y, split` with `split` = "train" or "test" (the last
months, the horizon). Real caseloads are cut three times, a year apart, and each cut is
a panel of its own: nothing learnt at one cut may reach an earlier one.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

#: Months held back at each cut of a real caseload, and how many cuts.
AHEAD, CUTS = 12, 3
#: A real series is used where this share of its months is known.
KNOWN_SHARE = 0.9


def bench(shared: Path, name: str) -> list[pd.DataFrame]:
    """Read a benchmark panel of `data/bench`, with its own split."""
    table = pd.read_parquet(shared / "bench" / f"{name}.parquet")
    return [table.assign(unique_id=table["unique_id"].astype(str))]


def read_keyed(shared: Path, name: str) -> pd.DataFrame:
    """Read a panel of `data/bench` with its keys, as text."""
    panel = pd.read_parquet(shared / "bench" / f"{name}.parquet")
    texts = panel.select_dtypes("category").columns
    return panel.astype(dict.fromkeys(texts, str)).sort_values(["unique_id", "ds"])


def cuts(wide: pd.DataFrame) -> list[pd.DataFrame]:
    """Cut months x series at the end of each of the last years, newest first."""
    panels = []
    for back in range(CUTS):
        known = wide.iloc[: len(wide) - back * AHEAD]
        table = known.rename_axis("ds").reset_index()
        table = table.melt("ds", var_name="unique_id", value_name="y")
        late = table["ds"] > known.index[-AHEAD - 1]
        split = late.map({True: "test", False: "train"})
        panels.append(table.assign(split=split).dropna(subset=["y"]))
    return panels


def california_inflow(shared: Path) -> list[pd.DataFrame]:
    """Read cases added to General Relief in counties that report nearly every month."""
    table = pd.read_csv(shared / "us_california_general_relief_monthly_county.csv")
    table = table[table["county"] != "Statewide"]
    wide = table.pivot(index="month", columns="county", values="cases_added")  # noqa: PD010
    return cuts(_complete(wide))


def new_york(shared: Path, quantity: str) -> list[pd.DataFrame]:
    """Read cases, or closings for any reason, of all temporary assistance."""
    table = pd.read_csv(shared / "us_newyork_public_assistance_monthly_district.csv")
    reasons = [c for c in table if str(c).startswith("pa_closed_")]
    closed = table[reasons].sum(axis=1, min_count=len(reasons))
    table = table.assign(closed=closed)
    wide = table.pivot(index="month", columns="district", values=quantity)  # noqa: PD010
    return cuts(_complete(wide.dropna(how="all")))


def _complete(wide: pd.DataFrame) -> pd.DataFrame:
    """Keep series known in nearly every month; straight lines fill the gaps."""
    whole = wide.loc[:, wide.notna().mean() >= KNOWN_SHARE].interpolate().bfill()
    return whole.set_axis(pd.to_datetime(whole.index + "-01"))


#: By name: what reads a panel, as one table per cut.
PANELS: dict[str, Callable[[Path], list[pd.DataFrame]]] = {
    name: partial(bench, name=f"{name}_monthly")
    for name in (
        "m3",
        "hospital",
        "sim_lowcount",
        "tourism",
        "m1",
        "pbs_scripts",
        "carparts",
        "sim_kommun",
    )
} | {
    "california_inflow": california_inflow,
    "newyork_cases": partial(new_york, quantity="ta_cases"),
    "newyork_closings": partial(new_york, quantity="closed"),
}
