"""Monthly figures of a case as series: wide to look at, long to forecast from."""

from collections.abc import Mapping

import pandas as pd

from ..models.domain import Fault, InputError
from .case import Case
from .language import translator

#: A series shorter than this says nothing of its year.
SHORTEST = 12


def wide(case: Case, column: str) -> pd.DataFrame:
    """Give a column of the flows by month and series.

    Returns
    -------
    pandas.DataFrame
        Months x ``"unit|segment"``, every month of the case there; NaN = not known.
    """
    rows = case.flows.assign(label=case.flows["unit"] + "|" + case.flows["segment"])
    # pivot, since a month given twice must raise
    table = rows.pivot(index="month", columns="label", values=column)  # noqa: PD010
    return table.reindex(index=case.months, columns=rows["label"].unique())


def long(table: pd.DataFrame) -> pd.DataFrame:
    """One row per series and month, with the groups that the series belong to.

    Returns
    -------
    pandas.DataFrame
        `ds, unique_id, y, unit, segment`, as `PanelForecaster` reads it.
    """
    rows = table.rename_axis(index="ds", columns="unique_id")
    rows = rows.reset_index().melt("ds", value_name="y")
    names = rows["unique_id"].str.split("|", n=1, expand=True)
    return rows.assign(unit=names[0], segment=names[1])


def refuse_short(tables: Mapping[str, pd.DataFrame], sprak: str) -> None:
    """Refuse what says nothing of a year, every series at once.

    Parameters
    ----------
    tables : mapping quantity -> DataFrame
        As from `wide`.
    sprak : {"sv", "en"}

    Raises
    ------
    InputError
        Where there is nothing to forecast or a series has fewer than 12 known months.
    """
    _ = translator(sprak)
    faults = [
        Fault(
            "too_short_to_forecast",
            _("{series} has {n} known months of {least} needed.").format(
                series=str(label).replace("|", ", "), n=n, least=SHORTEST
            ),
            _("Give more months, or join the group with another."),
        )
        for table in tables.values()
        for label, n in table.notna().sum().items()
        if n < SHORTEST
    ]
    if not tables:
        faults = [
            Fault(
                "nothing_to_forecast",
                _("There are neither cases nor payments to forecast."),
                _("Give stock, inflow or paid_sek in the monthly figures."),
            )
        ]
    if faults:
        raise InputError(faults)
