"""Spells and monthly figures of the same register must tell the same story."""

import pandas as pd

from . import language
from .faults import Report
from .sources import Data
from .stocks import SERIES

#: Share of the latest year's cases by which the two may differ and still be one
#: register, and how long that year is in months.
APART, LATEST = 0.25, 12


def check_names(
    flows: pd.DataFrame, spells: pd.DataFrame, file: str, report: Report
) -> None:
    """Refuse units and groups that only one of the two has: nothing fits them.

    Parameters
    ----------
    flows : DataFrame
        Complete flows.
    spells : DataFrame
        Those that reach into the months of the flows.
    file : str
        The spells' file.
    report : Report
    """
    for column in SERIES:
        told, counted = flows[column].unique(), spells[column].unique()
        open_ = flows[flows[["served", "start", "end"]].gt(0).any(axis=1)]
        for rule, names, others in (
            ("spells_unknown", counted, told),
            ("spells_missing", open_[column].unique(), counted),
        ):
            for name in names:
                if name not in others:
                    near = report.nearest(name, others)
                    report.add(rule, file=file, column=column, value=name, nearest=near)


def check_sums(
    flows: pd.DataFrame, counted: pd.DataFrame, data: Data, file: str, report: Report
) -> None:
    """Warn where the two tell different sums; refuse what cannot be one register.

    Parameters
    ----------
    flows, counted : DataFrame
        Complete flows as told, and as counted from the spells.
    data : Data
        With the tolerance.
    file : str
        The spells' file.
    report : Report
    """
    _ = language.translator(report.sprak)
    words = {"served": _("case-months"), "inflow": _("new cases"), "exits": _("exits")}
    keys = [*SERIES, "month"]
    both = flows.merge(counted, on=keys, how="outer", suffixes=("", "_spells"))
    both = both[both["month"].isin(flows["month"])]
    late = both[both["month"] > both["month"].max() - pd.DateOffset(months=LATEST)]
    for name in words:
        total = _sums(both, name)
        gap = (total[name] - total[f"{name}_spells"]).abs()
        limit = (data.identity_tolerance_share * total[name]).clip(
            lower=data.identity_tolerance_cases
        )
        for key, told, found in total[gap > limit].itertuples():
            report.add(
                "spells_disagree",
                file=file,
                value=f"{found:.10g}",
                got=f"{told:.10g}",
                quantity=words[name],
                series=", ".join(key),
            )
    total = _sums(late, "served").groupby(level="unit", sort=False).sum()
    gap = (total["served"] - total["served_spells"]).abs()
    wide = (gap > APART * total["served"]) & (
        gap > data.identity_tolerance_cases * LATEST
    )
    for unit, told, found in total[wide].itertuples():
        report.add(
            "spells_apart",
            file=file,
            value=f"{found:.10g}",
            got=f"{told:.10g}",
            series=unit,
        )


def _sums(both: pd.DataFrame, name: str) -> pd.DataFrame:
    """Sum over the months that the flows tell, by series."""
    known = both[both[name].notna()]
    sums: pd.DataFrame = known.groupby(SERIES, sort=False)[
        [name, f"{name}_spells"]
    ].sum()
    return sums
