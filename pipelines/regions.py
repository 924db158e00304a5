"""Regions of official statistics by SCB's code, however a table writes them.

Four digits for a municipality, "00" for the nation. Counties, and Kolada's regions and
groups, are sums or means of municipalities: they are left out, and counted.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files

import pandas as pd

from .faults import Report

#: SCB's code of the nation, and what stands for a county, a region or a group.
NATION, BEYOND = "00", ""
#: Names of the nation, folded.
_NATIONS = {"riket", "hela riket", "sverige", "sweden", "hela landet"}


@cache
def municipality_names() -> dict[str, str]:
    """Names of the 290 municipalities by code (SCB)."""
    place = files(__package__).joinpath("templates", "riket-befolkning.csv")
    with as_file(place) as path:
        table = pd.read_csv(path, dtype=str, usecols=["code", "municipality"])
    return dict(zip(table["code"], table["municipality"], strict=True))


def region_codes(
    texts: "pd.Series[str]",
    names: Mapping[str, str],
    file: str,
    report: Report,
    column: str = "region",
) -> "pd.Series[str]":
    """Give the code of every region; `BEYOND` for counties.

    Parameters
    ----------
    texts : Series of str, index = line of the file, 0 if it has none
        "0180", "0180 Stockholm", "180", "Stockholm", "Riket", "Dalarnas län".
    names : mapping of str to str
        Municipality by code.
    file, column : str
    report : Report
        Gets one fault for every name or code that is unknown, at its first line.
    """
    by_name = {_fold(name): code for code, name in names.items()}
    codes = {text: _code(text, by_name, names) for text in texts.unique()}
    first = texts[~texts.duplicated()]
    for line, text in first.items():
        if codes[text] is None:
            report.add(
                "official_region",
                file=file,
                row=int(str(line)) or None,
                column=column,
                value=text,
                nearest=report.nearest(text, names.values()),
            )
    return texts.map(lambda text: codes[text] or BEYOND)


def _code(
    text: str, by_name: Mapping[str, str], names: Mapping[str, str]
) -> str | None:
    """Code of one region as it is written; None where it is unknown."""
    found = re.match(r"^(\d{1,4})(?:\s+\D.*)?$", text.strip())
    if found:
        digits = found[1]
        if len(digits) <= 2:
            return NATION if int(digits) == 0 else BEYOND
        # a spreadsheet takes the leading zero
        return digits.zfill(4) if digits.zfill(4) in names else None
    name = _fold(text)
    if name in _NATIONS:
        return NATION
    if name.endswith((" län", " county")):
        return BEYOND
    bare = re.sub(r" (kommun|stad|municipality)$", "", name)
    return next(
        (by_name[n] for n in (name, bare, bare.removesuffix("s")) if n in by_name), None
    )


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
