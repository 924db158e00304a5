"""Words and numbers as a reader expects them: Swedish first, English on request.

Message ids are English; Swedish lies in `templates/sv-*.po`, read by Babel.
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.resources import files

import pandas as pd
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = ("sv", "en")
#: What files are told of their language.
LOCALES = {"sv": "sv-SE", "en": "en-GB"}
#: Typographic: a thin group separator and a true minus sign.
THIN, MINUS = "\u202f", "\u2212"
LOCALE = {"sv": "sv_SE", "en": "en_GB"}
#: Largest first: divisor, Swedish suffix, English suffix, decimals.
SCALES = (
    (1e9, "mdkr", "bn SEK", 2),
    (1e6, "mnkr", "MSEK", 1),
    (1e3, "tkr", "kSEK", 0),
    (1.0, "kr", "SEK", 0),
)


@cache
def catalogue() -> dict[str, str]:
    """Every Swedish message by its English id, from all catalogue files."""
    messages: dict[str, str] = {}
    for path in files(__package__).joinpath("templates").iterdir():
        if path.name.startswith("sv-") and path.name.endswith(".po"):
            with path.open("rb") as stream:
                for message in read_po(stream, locale="sv"):
                    if message.id and message.string:
                        messages[str(message.id)] = str(message.string)
    return messages


def translator(sprak: str) -> Callable[[str], str]:
    """Return the `_` of a language; an unknown Swedish text stays English.

    >>> translator("en")("Plan")
    'Plan'
    """
    if sprak not in LANGUAGES:
        raise ValueError(f"sprak must be one of {LANGUAGES}, got {sprak!r}")
    return (lambda text: text) if sprak == "en" else (lambda t: catalogue().get(t, t))


def number(value: float, decimals: int = 0, sprak: str = "sv") -> str:
    """Format a number with thin groups, the language's decimal sign and U+2212.

    >>> number(-1234.5, 1) == "\u22121\u202f234,5"
    True
    """
    rounded = round(float(value), decimals) + 0.0  # + 0.0: never "−0"
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text: str = format_decimal(rounded, pattern, locale=LOCALE[sprak])
    if sprak == "sv":
        text = text.replace("\u00a0", THIN)
    return text.replace("-", MINUS)


def money(value: float, sprak: str = "sv", currency: str = "SEK") -> str:
    """Format money in the largest unit that leaves at least one whole.

    >>> money(7_500_000).split()
    ['7,5', 'mnkr']
    >>> money(-367_000, "en").split()
    ['\u2212367', 'kSEK']
    """
    scales = [s for s in SCALES if abs(value) >= s[0] * (1 - 5e-4)] or [SCALES[-1]]
    divisor, swedish, english, decimals = scales[0]
    suffix = swedish if sprak == "sv" else english
    if currency != "SEK":  # kr is a Swedish krona; other money keeps its code
        words = {
            "sv": ("miljarder ", "miljoner ", "tusen ", ""),
            "en": ("bn ", "m ", "k ", ""),
        }[sprak]
        prefix = dict(zip((1e9, 1e6, 1e3, 1.0), words, strict=True))[divisor]
        suffix = f"{prefix}{currency}"
    return f"{number(value / divisor, decimals, sprak)}\u00a0{suffix}"


def percent(share: float, decimals: int = 0, sprak: str = "sv") -> str:
    r"""Format a share in [0, 1] as per cent.

    >>> percent(0.275, 1)
    '27,5\xa0%'
    """
    return f"{number(100 * share, decimals, sprak)}\u00a0%"


def month_name(month: pd.Timestamp | date, sprak: str = "sv") -> str:
    """Name a month, e.g. "mars 2027"."""
    name: str = format_date(month, "MMMM y", locale=LOCALE[sprak])
    return name
