"""Count and amount of assistance apart: by segment, duration and calendar year.

Payments are households times what each gets, and the two go their own ways. With n_t
household-months and b_t SEK paid in month t of a year,

    amount = sum_t b_t / sum_t n_t                              SEK per household-month
    1 + change of payments = (1 + change of count) (1 + change of amount)
    real amount = amount * index[price year] / index[year]      fixed prices

The interval of an amount is for the year's level, of which its months are a sample:
linearised (delta method), s^2 the variance of b_t - amount * n_t,

    Var = 12 s^2 f / (sum_t n_t)^2,   f for months that hang together (`serial`),

with Student's t on 11 degrees of freedom. Counts and payments are the register's own,
and have none.
"""

import csv
from collections.abc import Mapping
from importlib.resources import files

import numpy as np
import pandas as pd
from scipy import stats

from .caseload import Buckets
from .domain import Array
from .serial import mean_inflation

#: Months on assistance, as a year's statistics group them.
BANDS = Buckets((0, 6, 12, 24, 36))
#: Row of every segment, or of every duration, together.
ALL = ""
YEAR = 12
LEVEL = 0.95
COLUMNS = [
    "year",
    "segment",
    "duration",
    "household_months",
    "paid_sek",
    "sek_month",
    "lo-95",
    "hi-95",
    "price_year",
    "sek_month_fixed",
    "lo-95_fixed",
    "hi-95_fixed",
    "count_change_share",
    "amount_change_share",
    "real_change_share",
]


def price_index() -> dict[int, float]:
    """Consumer prices by calendar year: KPIF, 1987 = 100, Statistics Sweden.

    Examples
    --------
    >>> index = price_index()
    >>> round(index[2023] / index[2016] - 1, 3)
    0.244
    """
    with files(__package__).joinpath("price_index.csv").open(encoding="utf-8") as text:
        return {int(row["year"]): float(row["index"]) for row in csv.DictReader(text)}


def benefit_table(
    payments: pd.DataFrame, index: Mapping[int, float] | None = None
) -> pd.DataFrame:
    """Household-months and SEK per household-month of every whole calendar year.

    Parameters
    ----------
    payments : DataFrame
        `segment, month, household_months, paid_sek` and, where it is known, `duration`
        (months on assistance as text, e.g. of `BANDS`); rows of a cell are summed.
        NaN = unknown.
    index : mapping of year to float, optional
        Prices; amounts of years it lacks have no fixed prices.

    Returns
    -------
    DataFrame
        One row per `year, segment, duration`; `ALL` in both is the whole. Amounts in
        current prices (`sek_month`, with a 95 % interval) and in those of `price_year`,
        the latest year with an index (`_fixed`); changes since the year before, as
        shares. A segment has a year where it has payments in each of its 12 months.
    """
    cells = _cells(payments)
    if cells.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = cells.groupby(["segment", "duration", "year"], sort=False)
    table = rows[["household_months", "paid_sek"]].sum().reset_index()
    table["sek_month"] = table["paid_sek"] / table["household_months"]
    half = rows.apply(_half_width).to_numpy(dtype=float)
    table["lo-95"], table["hi-95"] = (
        table["sek_month"] - half,
        table["sek_month"] + half,
    )
    table = apart(_in_fixed_prices(table, index or {}))[COLUMNS]
    gap = table.groupby(["segment", "duration"], sort=False)["year"].diff() != 1
    table.loc[gap, COLUMNS[-3:]] = np.nan
    return table


def apart(table: pd.DataFrame) -> pd.DataFrame:
    """Add how count and amount changed since the row before, apart.

    Parameters
    ----------
    table : DataFrame
        `segment, duration, year, household_months, sek_month, sek_month_fixed`, years
        in order.

    Returns
    -------
    DataFrame
        With `count_change_share, amount_change_share, real_change_share`; NaN in each
        series' first row.
    """
    series = table.groupby(["segment", "duration"], sort=False)
    names = {
        "count_change_share": "household_months",
        "amount_change_share": "sek_month",
        "real_change_share": "sek_month_fixed",
    }
    changes = {
        share: table[name] / series[name].shift() - 1 for share, name in names.items()
    }
    return table.assign(**changes)


def _cells(payments: pd.DataFrame) -> pd.DataFrame:
    """Months of whole years by segment and duration, with the sums over either."""
    known = payments.dropna(subset=["household_months", "paid_sek"])
    known = known[known["household_months"] > 0]
    if "duration" not in known:
        known = known.assign(duration=ALL)
    known = known.assign(year=known["month"].dt.year).astype(
        {"segment": str, "duration": str}
    )
    months = known.groupby(["segment", "year"])["month"].transform("nunique")
    known = known[months == YEAR]
    # the whole is only told for years in which every segment has its payments
    told = known.groupby("year")["segment"].transform("nunique")
    whole = known[told == known["segment"].nunique()].assign(segment=ALL)
    parts = pd.concat([known, whole])
    parts = pd.concat([parts, parts[parts["duration"] != ALL].assign(duration=ALL)])
    keys = ["segment", "duration", "year", "month"]
    sums = parts.groupby(keys, sort=False)[["household_months", "paid_sek"]].sum()
    table: pd.DataFrame = sums.reset_index()
    order = {name: i for i, name in enumerate(["", *BANDS.labels])}
    return table.sort_values(
        ["segment", "duration", "month"],
        key=lambda c: c.map(order).fillna(len(order)) if c.name == "duration" else c,
        kind="stable",
    )


def _half_width(months: pd.DataFrame) -> float:
    """Half the interval of a year's SEK per household-month."""
    count, paid = months["household_months"].to_numpy(), months["paid_sek"].to_numpy()
    if len(count) < 3:  # a duration that few ever reach tells nothing of its spread
        return np.nan
    apart_: Array = paid - paid.sum() / count.sum() * count
    known = np.ones((1, len(count)), dtype=bool)
    factor = float(mean_inflation(apart_[None], known)[0])
    variance = len(count) * apart_.var(ddof=1) * factor / count.sum() ** 2
    reach = float(stats.t.ppf((1 + LEVEL) / 2, len(count) - 1))
    return reach * float(np.sqrt(variance))


def _in_fixed_prices(table: pd.DataFrame, index: Mapping[int, float]) -> pd.DataFrame:
    """Add amounts in the prices of the latest year that has an index."""
    prices = table["year"].map(dict(index)).astype(float)
    latest = table["year"].where(prices.notna()).max()
    factor = index[int(latest)] / prices if np.isfinite(latest) else prices
    fixed = {
        f"{name}_fixed": table[name] * factor
        for name in ("sek_month", "lo-95", "hi-95")
    }
    return table.assign(price_year=latest, **fixed)
