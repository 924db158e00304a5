"""Payments of households as sums by months on assistance: nobody's own go further."""

import numpy as np
import pandas as pd

from ..models.amounts import BANDS
from .checks import by_schema
from .config import Settings
from .faults import Report
from .stocks import SERIES, month_number

COLUMNS = ["household_months", "paid_sek"]


def by_duration(
    table: pd.DataFrame | None,
    spells: pd.DataFrame | None,
    last: pd.Timestamp,
    file: str,
    report: Report,
) -> pd.DataFrame | None:
    """Place payments in spells, and add them up.

    Parameters
    ----------
    table : DataFrame or None
        `household, month, paid_sek`; several rows of a household and month are added.
    spells : DataFrame or None
        Checked; `household, unit, segment, start, end`.
    last : Timestamp
        Latest month that can have been.

    Returns
    -------
    DataFrame or None
        `unit, segment, duration` (months on assistance before the month, a label of
        `BANDS`), `month, household_months, paid_sek`. None without payments or spells.
    """
    if table is None:
        return None
    by_schema(table, "payments", last, file, report)
    if spells is None:
        report.add("payments_without_spells", file=file)
        return None
    known = table.dropna(subset=["month", "paid_sek"])
    paid = known.groupby(["household", "month"])["paid_sek"].sum().reset_index()
    held = spells[["household", *SERIES, "start", "end"]]
    rows = paid.merge(held, on="household")
    rows = rows[(rows["start"] <= rows["month"]) & ~(rows["end"] < rows["month"])]
    rows = rows.drop_duplicates(["household", "month"])  # overlaps are told elsewhere
    lost = len(paid) - len(rows)
    if lost:
        report.add("payments_unplaced", file=file, value=lost, got=len(paid))
    elapsed = month_number(rows["month"]) - month_number(rows["start"])
    labels = np.array(BANDS.labels, dtype=object)[BANDS.of(elapsed.astype(int))]
    cells = rows.assign(duration=labels).groupby([*SERIES, "duration", "month"])
    sums: pd.DataFrame = (
        cells["paid_sek"].agg(["size", "sum"]).set_axis(COLUMNS, axis=1)
    )
    return sums.astype(float).reset_index()


def agreed(
    flows: pd.DataFrame,
    payments: pd.DataFrame,
    file: str,
    settings: Settings,
    report: Report,
) -> pd.DataFrame:
    """Hold payments against the monthly figures, or fill in those that say nothing.

    Returns
    -------
    DataFrame
        `flows`; where none of it knows `paid_sek`, with the sums of the payments.
    """
    keys = [*SERIES, "month"]
    sums = payments.groupby(keys)["paid_sek"].sum()
    ours = sums.reindex(pd.MultiIndex.from_frame(flows[keys])).to_numpy()
    if flows["paid_sek"].isna().all():
        return flows.assign(paid_sek=ours)
    both = np.isfinite(ours) & flows["paid_sek"].notna().to_numpy()
    mine, theirs = ours[both].sum(), float(flows.loc[both, "paid_sek"].sum())
    if abs(mine - theirs) > settings.data.identity_tolerance_share * abs(theirs):
        report.add(
            "payments_apart",
            file=file,
            column="paid_sek",
            value=f"{mine:.0f}",
            got=f"{theirs:.0f}",
        )
    return flows
