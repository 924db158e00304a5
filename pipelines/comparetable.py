"""A comparison as tables: rows of text, and plain values for JSON.

Texts are English message ids; Swedish lies in `templates/sv-compare.po`.
"""

import math
from typing import Any

import pandas as pd

from .comparison import Comparison, Measured
from .language import number, translator

#: Households are told per so many inhabitants, where money is told per one.
PER = 1000


def unit(measured: Measured, sprak: str = "sv") -> str:
    """Name what a table or figure is of."""
    _ = translator(sprak)
    if measured.measure == "households":
        text = _("Households in the year per {n} inhabitants")
        return text.format(n=number(PER, 0, sprak))
    return _("Paid assistance, SEK per inhabitant, current prices")


def header(found: Comparison, sprak: str = "sv") -> list[str]:
    """Name the columns of `rows`."""
    _ = translator(sprak)
    return [
        _("Year"),
        found.name,
        _("Similar, middle"),
        _("middle half"),
        found.county,
        _("The nation"),
    ]


def rows(measured: Measured, sprak: str = "sv") -> list[list[str]]:
    """Write a measure year by year, a column per name of `header`.

    A year that chose the similar has a star; what is not published is a dash.
    """
    told = []
    for year, row in measured.table.iterrows():
        low, high = (
            written(measured, row[name], sprak)
            for name in ("similar_low", "similar_high")
        )
        values = [
            written(measured, row[name], sprak)
            for name in ("own", "similar", "county", "nation")
        ]
        star = "*" if year in measured.start else ""
        span = low if low == high else f"{low}–{high}"
        told.append([f"{year}{star}", *values[:2], span, *values[2:]])
    return told


def star(measured: Measured, sprak: str = "sv") -> str:
    """Explain the star of `rows`; empty where there is none."""
    _ = translator(sprak)
    text = _("* the similar were chosen on these years: do not compare them")
    return text if measured.start else ""


def neighbour_header(measured: Measured, sprak: str = "sv") -> list[str]:
    """Name the columns of `neighbour_rows`."""
    _ = translator(sprak)
    last = measured.table.index[measured.table["similar"].notna()]
    year = "" if last.empty else str(last[-1])
    return [_("Similar municipality"), _("Residents"), _("Distance"), year]


def neighbour_rows(measured: Measured, sprak: str = "sv") -> list[list[str]]:
    """Write who the similar are, the nearest first."""
    return [
        [
            neighbour.name,
            number(neighbour.residents, 0, sprak),
            number(neighbour.distance, 2, sprak),
            written(measured, neighbour.value, sprak),
        ]
        for neighbour in measured.neighbours
    ]


def written(measured: Measured, value: float, sprak: str = "sv") -> str:
    """Write a figure of a measure: whole kronor, or households with one decimal."""
    if math.isnan(value):
        return "–"
    return number(value, 1 if measured.measure == "households" else 0, sprak)


def measured_json(measured: Measured, sprak: str = "sv") -> dict[str, Any]:
    """Tell a measure as plain values; what is not published is null."""
    table = measured.table.rename_axis("year").reset_index().astype(object)
    table = table.where(pd.notna(table), None)
    return {
        "measure": measured.measure,
        "unit": unit(measured, sprak),
        "years": table.to_dict("records"),
        "chosen_on": list(measured.start),
        "candidates": measured.candidates,
        "similar": [vars(neighbour) for neighbour in measured.neighbours],
        "publishers": list(measured.publishers),
    }
