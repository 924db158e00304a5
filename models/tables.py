"""Schemas of the canonical tables: which columns, of which kind, with which rules.

A check's name is the name of the rule that a fault carries. Tables are pandas frames
whose index is the line of the file, so that a failure says where.
"""

from collections.abc import Callable

import pandas as pd
import pandera.pandas as pa

from .domain import DESTINATIONS

#: Exits by destination, where a register has them.
EXITS_BY_DESTINATION = tuple(f"exits_{name}" for name in DESTINATIONS)
#: What identifies a row of flows, or of staff.
SERIES = ["unit", "segment"]


def rule(name: str, holds: Callable[..., "pd.Series[bool]"]) -> pa.Check:
    """Make a check whose failures carry the rule's name."""
    return pa.Check(holds, name=name, error=name, ignore_na=True)


def _count(required: bool = False) -> pa.Column:
    """Make a column of households or handlers: not negative, unknown where NaN."""
    not_negative = rule("negative_count", lambda s: s.isna() | (s >= 0))
    return pa.Column(float, not_negative, nullable=True, required=required)


def _text() -> pa.Column:
    return pa.Column(str, rule("empty_text", lambda s: s != ""))


def _month(last: pd.Timestamp) -> pa.Column:
    # text that was no month has had its say where it was read
    not_ahead = rule("future_month", lambda s: s.isna() | (s <= last))
    return pa.Column("datetime64", not_ahead, nullable=True)


def _unique(keys: list[str]) -> pa.Check:
    # a row whose key could not be read has had its say, and repeats nothing
    return rule(
        "duplicate_row",
        lambda d: ~d.duplicated(keys) | d["month"].isna() | (d["unit"] == ""),
    )


def flows(last: pd.Timestamp) -> pa.DataFrameSchema:
    """Monthly figures as reported; counts in households, `paid_sek` in SEK.

    Parameters
    ----------
    last : Timestamp
        Latest month that can have been.
    """
    by_destination = {name: _count() for name in EXITS_BY_DESTINATION}
    return pa.DataFrameSchema(
        {
            "unit": _text(),
            "segment": _text(),
            "month": _month(last),
            "stock": _count(required=True),
            "inflow": _count(),
            "exits": _count(),
            "paid_sek": pa.Column(
                float,
                rule("negative_paid", lambda s: s.isna() | (s >= 0)),
                nullable=True,
                required=False,
            ),
            **by_destination,
        },
        checks=_unique([*SERIES, "month"]),
        strict=True,
    )


def spells(last: pd.Timestamp) -> pa.DataFrameSchema:
    """Periods on assistance: served from `start` to `end` inclusive, exit in `end`.

    `end` is NaT while the household is still on assistance; other columns are
    covariates.
    """
    known = rule("unknown_destination", lambda s: s.isin(("", *DESTINATIONS)))
    return pa.DataFrameSchema(
        {
            "household": _text(),
            "unit": _text(),
            "segment": _text(),
            "start": _month(last),
            "end": _month(last),
            "destination": pa.Column(str, known),
        },
        checks=[
            rule(
                "end_before_start", lambda d: d["end"].isna() | (d["end"] >= d["start"])
            ),
            rule(
                "destination_missing",
                lambda d: d["end"].isna() | (d["destination"] != ""),
            ),
            rule(
                "destination_open",
                lambda d: d["end"].notna() | (d["destination"] == ""),
            ),
        ],
    )


def payments(last: pd.Timestamp) -> pa.DataFrameSchema:
    """Payments of a household in a month, SEK; paid back is negative.

    Parameters
    ----------
    last : Timestamp
        Latest month that can have been.
    """
    return pa.DataFrameSchema(
        {
            "household": _text(),
            "month": _month(last),
            "paid_sek": pa.Column(float, nullable=True),
        },
        strict=True,
    )


def applications(last: pd.Timestamp) -> pa.DataFrameSchema:
    """Applications of a unit, month and kind, and those decided within a day.

    Parameters
    ----------
    last : Timestamp
        Latest month that can have been.
    """
    return pa.DataFrameSchema(
        {
            "unit": _text(),
            "month": _month(last),
            "kind": _text(),
            "applications": _count(required=True),
            "within_day": _count(required=True),
        },
        strict=True,
    )


def staff(last: pd.Timestamp) -> pa.DataFrameSchema:
    """Handlers employed, in full-time equivalents; an empty pool is the total.

    Parameters
    ----------
    last : Timestamp
        Latest month that can have been.
    """
    return pa.DataFrameSchema(
        {
            "unit": _text(),
            "month": _month(last),
            "handlers_fte": _count(required=True),
            "pool": pa.Column(str),
        },
        checks=_unique(["unit", "month", "pool"]),
        strict=True,
    )


def vintages(last: pd.Timestamp) -> pa.DataFrameSchema:
    """Monthly figures as they stood at earlier retrievals; same columns as `flows`.

    Parameters
    ----------
    last : Timestamp
        Latest month that can have been.
    """
    paid = rule("negative_paid", lambda s: s.isna() | (s >= 0))
    return pa.DataFrameSchema(
        {
            "retrieved": _month(last + pd.offsets.MonthEnd()),
            "unit": _text(),
            "segment": _text(),
            "month": _month(last),
            **{name: _count() for name in ("stock", "inflow", "exits")},
            "paid_sek": pa.Column(float, paid, nullable=True, required=False),
        },
        checks=[
            _unique(["retrieved", *SERIES, "month"]),
            rule(
                "retrieved_early",
                # a day that could not be read has had its say
                lambda d: ~(d["retrieved"] < d["month"]),
            ),
        ],
        strict=True,
    )


#: Flows as the models see them, after the stock convention has been applied.
CASE_FLOWS = pa.DataFrameSchema(
    {
        "unit": pa.Column(str),
        "segment": pa.Column(str),
        "month": pa.Column("datetime64"),
        **{
            name: _count(required=True)
            for name in ("start", "inflow", "exits", "served", "end")
        },
        "paid_sek": pa.Column(float, nullable=True),
        **{name: _count() for name in EXITS_BY_DESTINATION},
    },
    checks=[
        _unique([*SERIES, "month"]),
        rule(
            "served_is_start_and_inflow",
            lambda d: ~((d["start"] + d["inflow"] - d["served"]).abs() > 1e-6),
        ),
        rule(
            "end_is_served_less_exits",
            lambda d: ~((d["served"] - d["exits"] - d["end"]).abs() > 1e-6),
        ),
    ],
    strict=True,
)


def failures(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Every failure of a table against its schema: `rule, column, row`.

    Parameters
    ----------
    frame : DataFrame
        Index = line of the file, unique.
    schema : DataFrameSchema

    Returns
    -------
    DataFrame
        One row per rule, column and line; `column` is empty for rules of whole rows.
    """
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        whole = cases["schema_context"] == "DataFrameSchema"
        found = pd.DataFrame(
            {
                "rule": cases["check"].astype(str),
                "column": cases["column"].astype("str").mask(whole, ""),
                "row": cases["index"],
            }
        )
        return found.drop_duplicates(ignore_index=True)
    return pd.DataFrame({"rule": [], "column": [], "row": []})
