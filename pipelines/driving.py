"""The driver of a case: merged with its series, its future read, and told of."""

import pandas as pd

from ..models.domain import Fault, InputError
from ..models.driven import Driven
from .case import Case
from .language import number, percent, translator

#: Years of a scenario that are listed.
MOST_YEARS = 4


def with_driver(
    case: Case, rows: pd.DataFrame, horizon: int, sprak: str = "sv"
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Give each series the driver that `[run] driver` names.

    Parameters
    ----------
    case : Case
    rows : DataFrame
        As from `wide.long`.
    horizon : int
    sprak : {"sv", "en"}

    Returns
    -------
    DataFrame
        `rows` with the driver as a column, named as in drivers.csv.
    DataFrame or None
        `unique_id, ds` and the driver for every month ahead; None where drivers.csv
        does not reach that far.

    Raises
    ------
    InputError
        Where the driver is not there, is no number, or lacks a month of the history.
    """
    name = case.settings.run.driver
    table = _table(case, name, sprak)
    keys = ["unit", "ds"] if "unit" in table else ["ds"]
    history = rows.merge(table, how="left", on=keys)
    first = history.loc[history[name].notna(), "ds"].min()
    holes = history[name].isna() & (history["ds"] > first)
    if holes.any() or pd.isna(first):
        month = history.loc[holes, "ds"].min() if holes.any() else rows["ds"].min()
        raise InputError([_fault("driver_month", name, f"{month:%Y-%m}", sprak)])
    ahead = pd.date_range(rows["ds"].max(), periods=horizon + 1, freq="MS")[1:]
    series = rows[["unique_id", "unit"]].drop_duplicates()
    future = series.merge(pd.DataFrame({"ds": ahead}), how="cross")
    future = future.merge(table, how="left", on=keys)
    scenario = None if future[name].isna().any() else future.drop(columns="unit")
    return history, scenario


def _table(case: Case, name: str, sprak: str) -> pd.DataFrame:
    """Months and the driver, by unit where it is given so."""
    table = case.drivers
    if table is None or name not in table:
        raise InputError([_fault("driver_missing", name, "", sprak)])
    if not pd.api.types.is_numeric_dtype(table[name]):
        raise InputError([_fault("driver_text", name, "", sprak)])
    columns = [c for c in ("unit", "month") if c in table]
    return table[[*columns, name]].rename(columns={"month": "ds"}).dropna()


def _fault(rule: str, name: str, month: str, sprak: str) -> Fault:
    _ = translator(sprak)
    messages = {
        "driver_missing": _(
            "{name} is named as driver, but drivers has no such column."
        ),
        "driver_text": _("{name} is named as driver, but is not a number every month."),
        "driver_month": _("{name} is named as driver, but has no value for {month}."),
    }
    return Fault(
        rule,
        messages[rule].format(name=name, month=month),
        _("Mend drivers, or take out driver under [run] in kommun.toml."),
        file="kommun.toml",
        column="run.driver",
        value=name,
    )


def driver_notes(driven: Driven, name: str, sprak: str = "sv") -> list[str]:
    """Tell of lag, effect and what is assumed of the future."""
    _ = translator(sprak)
    effect = driven.effect
    if not effect.significant_:
        text = _("{name} shows no sure effect on {n} series and is not used.")
        return [text.format(name=name, n=len(effect.effects_))]
    interval = effect.interval
    text = _(
        "One unit more of {name} goes with {mean} more new cases ({low} to {high}, "
        "95%), {lag} months later."
    )
    low, mean, high = (
        percent(value, 1, sprak=sprak)
        for value in (interval.low, interval.mean, interval.high)
    )
    notes = [text.format(name=name, mean=mean, low=low, high=high, lag=effect.lag_)]
    by_year = driven.scenario.groupby(driven.scenario["ds"].dt.year)[name].mean()
    listed = "; ".join(
        f"{year}: {number(value, 1, sprak=sprak)}"
        for year, value in by_year.head(MOST_YEARS).items()
    )
    if driven.is_assumed:
        text = _(
            "No future of {name} is given: it is assumed to return from its last level "
            "towards its mean, as it has done, with its usual season ({listed}); half "
            "the weight goes to the forecast without it. Give coming months in drivers "
            "to see another future."
        )
    else:
        text = _("Assumed future of {name}, mean of the year: {listed}.")
    return [*notes, text.format(name=name, listed=listed)]
