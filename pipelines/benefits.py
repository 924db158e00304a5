"""What assistance costs per household-month, apart from how many get it."""

import numpy as np
import pandas as pd

from ..models.amounts import ALL, YEAR, benefit_table, price_index
from .language import money, number, percent, translator
from .layout import Desk, Grid, Part
from .privacy import suppress
from .registers import Case

#: Years that the page shows; all are in benefit.csv.
SHOWN = 6
KEYS = ["year", "segment", "duration", "price_year"]
CHANGES = ["count_change_share", "amount_change_share", "real_change_share"]


def benefit_lines(case: Case) -> pd.DataFrame:
    """Give households and amounts by year, group and duration, small ones blank.

    Returns
    -------
    DataFrame
        As `models.amounts.benefit_table`, all units together; empty where payments are
        unknown. Amounts and changes that would show fewer households than are
        published are NaN.
    """
    if case.payments is None:
        paid = case.flows.rename(columns={"served": "household_months"})
    else:  # provisional months are not all paid yet
        paid = case.payments[case.payments["month"].isin(case.months)]
    settings = case.settings.economy
    # Swedish prices say nothing of another currency
    prices = price_index() if settings.currency == "SEK" else {}
    own = {int(year): value for year, value in settings.price_index.items()}
    table = benefit_table(paid, prices | own)
    hidden = _hidden(table)
    series = table.assign(hidden=hidden).groupby(["segment", "duration"])["hidden"]
    before = series.shift(fill_value=False).astype(bool)
    table.loc[hidden, table.columns.difference(KEYS)] = np.nan
    table.loc[before, CHANGES] = np.nan  # would give last year's count away
    return table


def benefit_file(case: Case, sprak: str = "sv") -> pd.DataFrame:
    """Give `benefit_lines` as they are written: money to the öre, the whole named."""
    table = benefit_lines(case)
    every = {ALL: translator(sprak)("all")}
    digits = {name: 4 if name in CHANGES else 2 for name in map(str, table)}
    return table.replace({"segment": every, "duration": every}).round(digits)


def _hidden(table: pd.DataFrame) -> "pd.Series[bool]":
    """Mark the rows whose mean number of households is too small to publish.

    Or that would give such a row away, since sums over groups and durations are shown.
    """
    hidden = pd.Series(False, index=table.index)
    sums = [table["segment"] == ALL, table["duration"] == ALL]
    shown = table.assign(households=table["household_months"] / YEAR)
    for _keys, rows in shown.groupby([table["year"], *sums]):
        grid = rows.pivot_table("households", "segment", "duration")  # one row a cell
        blank = suppress(grid, list(grid.columns)).isna().to_numpy()
        segment = grid.index.get_indexer(pd.Index(rows["segment"]))
        duration = grid.columns.get_indexer(pd.Index(rows["duration"]))
        hidden[rows.index] = blank[segment, duration]
    # a blank sum would follow from its parts
    for key, whole in zip(("segment", "duration"), reversed(sums), strict=True):
        lost = table[hidden & whole & (table[key] != ALL)]
        at = pd.MultiIndex.from_frame(table[["year", key]])
        hidden |= at.isin(pd.MultiIndex.from_frame(lost[["year", key]]))
    return hidden


def benefit_part(desk: Desk) -> Part | None:
    """Count and amount apart: by year, and by group in the last year."""
    say, case = desk.say, desk.outcome.case
    table = benefit_lines(case)
    if table.empty:
        return None
    every = table[(table["segment"] == ALL) & (table["duration"] == ALL)]
    last = table[table["year"] == table["year"].max()]
    return Part(
        "benefit",
        say("Assistance per household"),
        texts=tuple(filter(None, (_trend(desk, every),))),
        tables=tuple(filter(None, (_years(desk, every), _groups(desk, last)))),
        notes=tuple(filter(None, _notes(desk, table))),
    )


def _trend(desk: Desk, years: pd.DataFrame) -> str:
    """Say how count and amount went, from the first year shown to the last."""
    say = desk.say
    shown = years.dropna(subset="sek_month").tail(SHOWN)
    if len(shown) < 2:
        return ""
    first, last = shown.iloc[0], shown.iloc[-1]
    text = say(
        "From {first} to {last} the number of households changed by {count}, and the "
        "amount each gets a month by {amount} in current prices.",
        first=first["year"],
        last=last["year"],
        count=_change(last["household_months"] / first["household_months"] - 1, desk),
        amount=_change(last["sek_month"] / first["sek_month"] - 1, desk),
    )
    fixed = shown.dropna(subset="sek_month_fixed")
    if len(fixed) < 2:
        return text
    start, end = fixed.iloc[0], fixed.iloc[-1]
    real = say(
        "In fixed prices the amount changed by {real} from {first} to {last}.",
        real=_change(end["sek_month_fixed"] / start["sek_month_fixed"] - 1, desk),
        first=start["year"],
        last=end["year"],
    )
    return f"{text} {real}"


def _years(desk: Desk, years: pd.DataFrame) -> Grid | None:
    if years.empty:
        return None
    say, sprak = desk.say, desk.sprak
    rows = tuple(
        (
            str(row["year"]),
            _number(row["household_months"] / YEAR, sprak),
            _number(row["sek_month"], sprak),
            _between(row, sprak),
            _number(row["sek_month_fixed"], sprak),
            *(_change(row[name], desk) for name in CHANGES),
        )
        for row in years.tail(SHOWN).to_dict("records")
    )
    head = (
        say("Year"),
        say("Households a month"),
        _per_month(desk),
        say("95% interval"),
        _fixed_name(desk, years),
        say("Change in households"),
        say("Change in amount"),
        say("Change in fixed prices"),
    )
    kept = [0, 1, 2, 3, *([4] * bool(years["sek_month_fixed"].notna().any())), 5, 6]
    kept += [7] * bool(years["real_change_share"].notna().any())
    caption = say("Count and amount apart, whole calendar years, all groups")
    return Grid(caption, *_columns(head, rows, kept))


def _groups(desk: Desk, last: pd.DataFrame) -> Grid | None:
    say, sprak = desk.say, desk.sprak
    grouped = last[last["segment"] != ALL]
    if len(grouped["duration"].unique()) == 1 and len(grouped) == 1:
        return None  # the one group is the whole
    ordered = pd.concat([grouped, last[last["segment"] == ALL]])
    rows = tuple(
        (
            row["segment"] if row["segment"] != ALL else say("All groups"),
            row["duration"] if row["duration"] != ALL else say("all"),
            _number(row["household_months"], sprak),
            _number(row["sek_month"], sprak),
            _between(row, sprak),
            _number(row["sek_month_fixed"], sprak),
        )
        for row in ordered.to_dict("records")
    )
    head = (
        say("Group"),
        say("Months on assistance"),
        say("Household-months"),
        _per_month(desk),
        say("95% interval"),
        _fixed_name(desk, last),
    )
    known = bool((last["duration"] != ALL).any())
    kept = [0, *([1] * known), 2, 3, 4]
    kept += [5] * bool(last["sek_month_fixed"].notna().any())
    # with durations the sum of each group stands out, without them that of all groups
    sums = ordered["duration"] if known else ordered["segment"]
    totals = frozenset(np.flatnonzero(sums == ALL).tolist())
    caption = say("Amount by group, {year}", year=last["year"].iloc[0])
    if known:
        caption = say(
            "Amount by group and months on assistance, {year}",
            year=last["year"].iloc[0],
        )
    return Grid(caption, *_columns(head, rows, kept), totals)


def _columns(
    head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], kept: list[int]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Keep the columns that say something."""
    return tuple(head[i] for i in kept), tuple(
        tuple(row[i] for i in kept) for row in rows
    )


def _notes(desk: Desk, table: pd.DataFrame) -> list[str]:
    """Say what a household-month and its interval are, and what is not known."""
    say = desk.say
    told = table.loc[table["sek_month_fixed"].notna(), "year"]
    rest = sorted(set(table.loc[table["sek_month"].notna(), "year"]) - set(told))
    bare = ", ".join(str(year) for year in rest[-SHOWN:])
    source = "Fixed prices: those of {year}, by the price index in kommun.toml."
    if desk.currency == "SEK":
        source = (
            "Fixed prices: those of {year}, by KPIF, the consumer price index of "
            "Statistics Sweden."
        )
    return [
        say(
            "A household counts once in every month it gets assistance. The interval "
            "is for the year's level, of which its months are a sample."
        ),
        ""
        if desk.outcome.case.payments is not None
        else say(
            "How the amount goes with months on assistance is not known: payments are "
            "given by group only. Give them by household too, in payments.csv."
        ),
        say(source, year=int(table["price_year"].iloc[0])) if len(told) else "",
        say(
            "Fixed prices are not shown for {years}, whose prices are not known here: "
            "give them as price_index under [economy] in kommun.toml.",
            years=bare,
        )
        if bare
        else "",
    ]


def _per_month(desk: Desk) -> str:
    coin = money(1.0, desk.sprak, desk.currency).split("\u00a0", 1)[1]
    return desk.say("{coin} per household and month", coin=coin)


def _fixed_name(desk: Desk, table: pd.DataFrame) -> str:
    year = table["price_year"].iloc[0]
    return desk.say("In {year} prices", year=int(year)) if np.isfinite(year) else ""


def _number(value: float, sprak: str) -> str:
    return number(value, 0, sprak) if np.isfinite(value) else "–"


def _between(row: dict, sprak: str) -> str:
    if not np.isfinite(row["lo-95"]):
        return "–"
    low, high = (number(row[name], 0, sprak) for name in ("lo-95", "hi-95"))
    return translator(sprak)("{low} to {high}").format(low=low, high=high)


def _change(share: float, desk: Desk) -> str:
    """Write a change with its sign; none where it is not known."""
    if not np.isfinite(share):
        return "–"
    text = percent(share, 1, desk.sprak)
    return f"+{text}" if round(share, 3) > 0 else text
