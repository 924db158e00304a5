"""What is assumed where only monthly totals are known, and what it moves."""

import numpy as np
import pandas as pd

from ..models.domain import Array
from ..models.duration_mix import FEWEST, INFLOW_CHANGE
from ..models.flow_exits import FlowExitModel
from .assumption import Assumption
from .exposure import monthly
from .language import number, percent, translator
from .registers import Case

#: Months of the totals that exits are learnt from; units without any are left out.
WINDOW = 24
#: Relative differences below this are written as none.
SAME = 0.005
#: What a table calls counts of households, which small groups do not show.
COUNTS = ("exits", "stock", "exits_more", "stock_more")


def learn_duration_mix(case: Case) -> pd.DataFrame:
    """Learn what other courses of the chance of leaving would change, units together.

    Returns
    -------
    DataFrame
        As `models.duration_mix`; empty where spells tell the course, or where totals
        do not tell enough.
    """
    if case.spells is not None or not case.knows_flows:
        return pd.DataFrame()
    tables = {
        column: np.stack([monthly(case, u, column, case.months) for u in case.units])
        for column in ("served", "inflow", "exits")
    }  # (units, segments, months)
    has = np.isfinite(tables["served"][..., -WINDOW:]).any(-1, keepdims=True)

    def total(column: str) -> Array:
        """Sum over the units that have the group; unknown where one of them is."""
        summed: Array = np.where(has, tables[column], 0.0).sum(0)
        return summed

    model = FlowExitModel(case.segments, window=WINDOW)
    return model.identifiability(
        total("served"), total("inflow"), total("exits"), case.horizon
    )


def cannot_say(table: pd.DataFrame, case: Case, sprak: str = "sv") -> str:
    """Say what is assumed of the course, and what it moves if it is wrong.

    Parameters
    ----------
    table : DataFrame
        Of `learn_duration_mix`.
    """
    _ = translator(sprak)
    assumed = _(
        "How exits depend on months on assistance: the register has no spells, only "
        "monthly totals. The chance of leaving is taken to be the same every month."
    )
    if table.empty:
        text = _(
            "What another course would change cannot be calculated: that takes stock, "
            "inflow and exits of {n} months in a row."
        )
        return f"{assumed} {text.format(n=FEWEST)}"
    where, fall = _widest(table)
    values = table[table["segment"] == where].set_index(["fall", "what"])["value"]
    within = {
        f"{what}{suffix}": percent(values[power, f"{what}_12"], sprak=sprak)
        for what in ("new", "open")
        for suffix, power in (("", fall), ("_same", 0.0))
    }
    group = _(" in {group}, where it matters most,")
    chances = _(
        "If it instead falls, so that after a year it is {share} of the first "
        "month's, as many leave in all. But a new household{group} then leaves within "
        "a year with a chance of {new} instead of {new_same}, and one on assistance "
        "today with {open} instead of {open_same}."
    )
    share = percent((FEWEST + 1) ** -fall, sprak=sprak)
    group = group.format(group=where) if len(table["segment"].unique()) > 1 else ""
    told = chances.format(share=share, group=group, **within)
    return f"{assumed} {told} {_if_more_come(table, fall, case, sprak)}"


def course_assumption(table: pd.DataFrame, sprak: str = "sv") -> Assumption:
    """Give the row of the assumptions where only totals are known."""
    _ = translator(sprak)
    value = _("the same every month")
    if not table.empty:
        where, fall = _widest(table)
        values = table[table["segment"] == where].set_index(["fall", "what"])["value"]
        text = _("the same every month: {same} leave within a year, {new} if it falls")
        value = text.format(
            same=percent(values[0.0, "new_12"], sprak=sprak),
            new=percent(values[fall, "new_12"], sprak=sprak),
        )
    return Assumption(
        _("Chance of leaving by months on assistance"),
        value,
        _("assumed: only monthly totals are known"),
    )


def _if_more_come(table: pd.DataFrame, fall: float, case: Case, sprak: str) -> str:
    """Say how far the courses part when more cases come; all groups together."""
    _ = translator(sprak)
    kept = table[table["what"] == "stock_more"]
    stock = kept.groupby("fall")["value"].sum()
    # groups that this fall cannot explain would be missing from one of the sums
    whole = kept[kept["fall"] == fall]["segment"]
    same = kept[(kept["fall"] == 0) & kept["segment"].isin(whole)]["value"].sum()
    change = stock[fall] / same - 1
    if abs(change) < SAME:
        text = _(
            "With {more} more new cases every month there are as many cases after {n} "
            "months either way."
        )
    elif change < 0:
        text = _(
            "With {more} more new cases every month there are then {x} fewer cases "
            "after {n} months."
        )
    else:
        text = _(
            "With {more} more new cases every month there are then {x} more cases "
            "after {n} months."
        )
    return text.format(
        more=percent(INFLOW_CHANGE, sprak=sprak),
        x=percent(abs(change), 1, sprak),
        n=number(case.horizon, sprak=sprak),
    )


def _widest(table: pd.DataFrame) -> tuple[str, float]:
    """Group and fall whose new households' chance lies furthest from the constant."""
    new = table[(table["what"] == "new_12") & (table["fall"] > 0)]
    if new.empty:  # no fall explains these totals
        return str(table["segment"].iloc[0]), 0.0
    worst = new.sort_values(["largest", "fall"]).iloc[-1]
    return str(worst["segment"]), float(worst["fall"])
