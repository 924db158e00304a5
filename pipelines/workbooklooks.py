"""How cells of the workbook look: type, colours, numbers in the reader's language."""

from typing import Any

from .drawing import COLOURS
from .findings import NOUGHT_SEK
from .language import MINUS

#: A text that begins so could be taken for a formula when it is typed over.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
YELLOW, HEAD = "#FFF2CC", "#E6EEF5"
#: Widths of columns in characters; height of a line in points.
NARROW, _HEADING, _WIDE = 8.0, 16.0, 46.0
LINE = 15.5
#: Rows that a chart takes, and its width and height in pixels.
CHART_ROWS, CHART_SIZE = 17, (620, 310)
#: The language of numbers and months, for programs that follow it.
_LOCALE = {"sv": "[$-41D]", "en": "[$-809]"}

#: Number formats, positive; a thousand is written by the format, the cell holds kronor.
_NUMBERS = {
    "thousands": "#,##0,",
    "whole": "#,##0",
    "tenths": "#,##0.0",
    "exact": "#,##0.00",
    "share": "0.0%",
    "percent": "0%",
    "month": "mmm yyyy",
    "short month": "mmm yy",
    "text": "@",
}
_BASE: dict[str, Any] = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
_LOOKS: dict[str, dict[str, Any]] = {
    "": {},
    "bold": {"bold": True},
    "title": {"bold": True, "font_size": 18, "font_color": COLOURS["plan"]},
    "part": {"bold": True, "font_size": 13, "font_color": COLOURS["plan"]},
    "head": {
        "bold": True,
        "bg_color": HEAD,
        "bottom": 1,
        "text_wrap": True,
        "valign": "bottom",
    },
    "number head": {
        "bold": True,
        "bg_color": HEAD,
        "bottom": 1,
        "text_wrap": True,
        "valign": "bottom",
        "align": "right",
    },
    "words": {"text_wrap": True, "align": "left", "indent": 1},
    "right": {"align": "right"},
    "left": {"align": "left"},
    "note": {"italic": True, "font_color": COLOURS["muted"]},
    "input": {"bg_color": YELLOW, "border": 1, "locked": False},
    "sum": {"bold": True, "top": 1},
}


def format_of(look: str, numbers: str, sprak: str) -> dict[str, Any]:
    """Give the format of a look and a kind of number, as XlsxWriter takes it."""
    chosen = _BASE | _LOOKS[look]
    if not numbers:
        return chosen
    # a dash instead of a number stands where the number would
    side = {} if numbers in ("text", "month") else {"align": "right"}
    return side | chosen | {"num_format": shown_as(numbers, sprak)}


def shown_as(numbers: str, sprak: str) -> str:
    """Give the number format of a kind of number."""
    shown = _NUMBERS[numbers]
    if shown == "@":
        return shown
    local = _LOCALE[sprak]
    if shown.endswith("%"):
        return local + (shown.replace("%", "\u00a0%") if sprak == "sv" else shown)
    if numbers == "thousands":  # what would be seen as nought has no sign
        less = f"[<=-{NOUGHT_SEK:g}]{local}{MINUS}{shown}"
        return f'[>={NOUGHT_SEK:g}]{local}{shown};{less};"0"'
    signed = f";{local}{MINUS}{shown}" if "#" in shown else ""
    return f"{local}{shown}{signed}"


def widest(look: str) -> float:
    """How wide a column may become, in characters."""
    return _HEADING if look in ("head", "number head") else _WIDE


def width_of(value: float, numbers: str) -> str:
    """Write a number about as wide as a cell shows it."""
    if numbers == "thousands":
        return f"{value / 1e3:,.0f}"
    decimals = {"whole": 0, "tenths": 1, "exact": 2}.get(numbers, 1)
    return f"{value:,.{decimals}f}"
