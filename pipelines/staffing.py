"""How many handlers each unit had, month by month: read, stated or assumed."""

import pandas as pd

from .checks import by_schema
from .config import Settings
from .faults import Report

KEYS = ["unit", "month"]


def handlers(
    table: pd.DataFrame | None,
    flows: pd.DataFrame,
    settings: Settings,
    last: pd.Timestamp,
    file: str,
    report: Report,
) -> tuple[pd.DataFrame, bool]:
    """Handlers and caseload of every unit and month of the flows.

    A staff table is used where there is one; else the handlers that kommun.toml states;
    else an assumed caseload, which is labelled as such.

    Parameters
    ----------
    table : DataFrame or None
        `unit, month, handlers_fte`, perhaps `pool`; index = line of the file.
    flows : DataFrame
        Complete flows.
    settings : Settings
    last : Timestamp
        Latest month that can have been.
    file : str
    report : Report

    Returns
    -------
    staff : DataFrame
        `unit, month, handlers_fte, caseload`; no rows where nothing is known.
    assumed : bool
        Whether the caseload is an assumption.
    """
    cases = served_by_unit(flows)
    if table is not None:
        employed = _from_table(table, cases, last, file, report)
        return _with_caseload(employed, cases), False
    if settings.staff.handlers is not None:
        return _stated(settings.staff.handlers, cases, report), False
    caseload = settings.staff.assumed_cases_per_handler
    if caseload is None:
        # without flows there is no plan to make, so no staff is needed either
        needed = flows[["inflow", "exits"]].notna().any().all()
        if needed and not file and settings.files.staff is None:
            report.add("staff_missing", file="kommun.toml", column="staff")
        return _with_caseload(cases.iloc[:0], cases), False
    report.add(
        "staff_assumed",
        file="kommun.toml",
        column="staff.assumed_cases_per_handler",
        value=f"{caseload:g}",
    )
    known = cases.groupby(level="unit").transform(lambda s: s.ffill().bfill())
    return _with_caseload(known / caseload, cases), True


def served_by_unit(flows: pd.DataFrame) -> "pd.Series[float]":
    """Cases handled, by unit and month; the stock where served is not known."""
    cases = flows["served"].fillna(flows["start"]).fillna(flows["end"])
    return cases.groupby([flows["unit"], flows["month"]], sort=False).sum(min_count=1)


def _with_caseload(
    employed: "pd.Series[float]", cases: "pd.Series[float]"
) -> pd.DataFrame:
    employed = employed.rename("handlers_fte")
    caseload = cases.reindex(employed.index) / employed.where(employed > 0)
    return employed.to_frame().assign(caseload=caseload).reset_index()


def _stated(number: float, cases: "pd.Series[float]", report: Report) -> pd.DataFrame:
    """Spread one stated number over units in proportion to their latest cases."""
    now = cases.groupby(level="unit", sort=False).last()
    if len(now) > 1:
        column = "staff.handlers"
        report.add("staff_split", file="kommun.toml", column=column, value=len(now))
    share = now / now.sum()
    unit = cases.index.get_level_values("unit")
    employed = pd.Series(number * share.reindex(unit).to_numpy(), index=cases.index)
    return _with_caseload(employed, cases)


def _from_table(
    table: pd.DataFrame,
    cases: "pd.Series[float]",
    last: pd.Timestamp,
    file: str,
    report: Report,
) -> "pd.Series[float]":
    if "pool" not in table:
        table = table.assign(pool=pd.Series("", index=table.index, dtype="str"))
    by_schema(table, "staff", last, file, report)
    _check_units(table, cases, file, report)
    usable = table[table["month"].notna() & table["handlers_fte"].notna()]
    usable = usable[~usable.duplicated([*KEYS, "pool"])]
    employed = _over_pools(usable, file, report)
    line = usable.reset_index(names="line").groupby(KEYS)["line"].first()
    idle = employed[(employed == 0) & (cases.reindex(employed.index) > 0)]
    where = idle.index.to_frame(index=False)
    series = where["unit"] + ", " + where["month"].dt.strftime("%Y-%m")
    at = pd.Index(line.reindex(idle.index).astype(int))
    report.add_rows(
        "zero_handlers",
        idle.map("{:g}".format).set_axis(at),
        file=file,
        column="handlers_fte",
        series=series.set_axis(at),
        got=cases.reindex(idle.index).map("{:g}".format).set_axis(at),
    )
    full = employed.reindex(cases.index)
    units = full.groupby(level="unit", sort=False)
    by_unit = full.isna().groupby(level="unit", sort=False).agg(["sum", "size"])
    for unit, missing, size in by_unit.itertuples():
        if 0 < missing < size:
            report.add(
                "staff_gap", file=file, column="month", value=missing, series=unit
            )
    return units.transform(lambda s: s.ffill().bfill())


def _over_pools(table: pd.DataFrame, file: str, report: Report) -> "pd.Series[float]":
    """Sum pools; a row without a pool is the total and covers them all."""
    total = table[table["pool"] == ""].set_index(KEYS)["handlers_fte"]
    parts = _without_gaps(table[table["pool"] != ""], file, report).sum(axis=1)
    line = table[table["pool"] == ""].reset_index(names="line").set_index(KEYS)["line"]
    more = parts.reindex(total.index)
    more = more[more > total + 1e-6]
    at = pd.Index(line.reindex(more.index).astype(int))
    report.add_rows(
        "pool_exceeds_total",
        more.map("{:g}".format).set_axis(at),
        file=file,
        column="handlers_fte",
        got=total.reindex(more.index).map("{:g}".format).set_axis(at),
    )
    return total.combine_first(parts)


def _without_gaps(pools: pd.DataFrame, file: str, report: Report) -> pd.DataFrame:
    """Handlers by pool; a pool away between two months kept its last number."""
    wide = pools.pivot_table("handlers_fte", KEYS, "pool", sort=True)
    by_unit = wide.groupby(level="unit")
    before, after = by_unit.ffill(), by_unit.bfill()
    gap = wide.isna() & before.notna() & after.notna()
    count = gap.groupby(level="unit").sum().melt(ignore_index=False)
    for unit, pool, missing in count.itertuples():
        if missing:
            series = f"{unit}, {pool}"
            report.add(
                "staff_gap", file=file, column="month", value=missing, series=series
            )
    return wide.fillna(before.where(gap))


def _check_units(
    table: pd.DataFrame, cases: "pd.Series[float]", file: str, report: Report
) -> None:
    units = pd.Index(cases.index.get_level_values("unit").unique())
    staffed = pd.Index(table["unit"].unique())
    for unit in units.difference(staffed):
        near = report.nearest(unit, staffed)
        report.add(
            "staff_missing_unit", file=file, column="unit", value=unit, nearest=near
        )
    for unit in staffed.difference([*units, ""]):
        near = report.nearest(unit, units)
        row = int(table.index[table["unit"] == unit][0])
        report.add(
            "staff_unknown_unit",
            file=file,
            row=row,
            column="unit",
            value=unit,
            nearest=near,
        )
