"""How amounts, months and chances are written, in Swedish or English.

Nought is never written with a sign, and simulation never says 0 or 100 %.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from ..models.domain import Interval
from ..models.effect import EffortEffect
from .findings import NOUGHT_SEK
from .language import SCALES, money, month_name, number, percent, translator


def amount(value: float, sprak: str = "sv", currency: str = "SEK") -> str:
    """Write money; less than would be seen is nought, without a sign."""
    return money(0.0 if abs(value) < NOUGHT_SEK else value, sprak, currency)


def interval(found: Interval, sprak: str = "sv", currency: str = "SEK") -> str:
    """Write a mean with its interval.

    >>> interval(Interval(3.2e6, -1e6, 5.9e6), "en").split()[:3]
    ['3.2', 'MSEK', '(80%']
    """
    mean, low, high = (
        amount(v, sprak, currency) for v in (found.mean, found.low, found.high)
    )
    return around(mean, low, high, found.level, sprak)


def around(mean: str, low: str, high: str, level: float, sprak: str = "sv") -> str:
    """Write a mean with the ends of its interval.

    >>> around("11", "-14", "42", 0.8, "en")
    '11 (80% interval -14 to 42)'
    """
    _ = translator(sprak)
    text = _("{mean} ({level}% interval {low} to {high})")
    level_number = number(100 * level, 0, sprak)
    return text.format(mean=mean, level=level_number, low=low, high=high)


def halving(effect: EffortEffect, sprak: str = "sv") -> str:
    """Write how many more leave at half the caseload, with an 80 % interval."""
    half = float(stats.t.ppf(0.9, effect.df)) * effect.sd
    ends = (effect.mean, effect.mean - half, effect.mean + half)
    mean, low, high = (percent(float(np.expm1(end)), 0, sprak) for end in ends)
    return around(mean, low, high, 0.8, sprak)


def per_unit(value: float, sprak: str = "sv", currency: str = "SEK") -> str:
    r"""Write a price to the last krona, unlike `money`: 5 979 kr, not 6 tkr.

    >>> per_unit(5979.2, "en")
    '5,979\xa0SEK'
    """
    coin = money(1.0, sprak, currency).split("\u00a0", 1)[1]
    return f"{number(value, 0, sprak)}\u00a0{coin}"


def direction(value: float, sprak: str = "sv", currency: str = "SEK") -> str:
    """Write a difference in words: a saving, an extra cost, or none."""
    _ = translator(sprak)
    if abs(value) < NOUGHT_SEK:
        return _("no difference")
    text = _("a saving of {x}") if value > 0 else _("an extra cost of {x}")
    return text.format(x=money(abs(value), sprak, currency))


def people(value: float, sprak: str = "sv") -> str:
    """Write handlers: whole where they are many or whole, else with one decimal."""
    whole = value >= 20 or abs(value - round(value)) < 0.05
    return number(value, 0 if whole else 1, sprak)


def cases(value: float, sprak: str = "sv") -> str:
    """Write cases per handler: unknown where nobody works."""
    return number(value, 0, sprak) if np.isfinite(value) else "–"


def span(first: pd.Timestamp, last: pd.Timestamp, sprak: str = "sv") -> str:
    """Write first and last month, once where they are the same.

    >>> span(pd.Timestamp("2026-11-01"), pd.Timestamp("2027-02-01"))
    'nov 2026–feb 2027'
    """
    ends = [short_month(month, sprak) for month in (first, last)]
    return "–".join(dict.fromkeys(ends))


def short_month(month: pd.Timestamp, sprak: str = "sv") -> str:
    """Write a month with three letters and its year."""
    name, year = month_name(month, sprak).split(" ")
    return f"{name[:3]} {year}"


def risk(value: float, sprak: str) -> str:
    """Write a probability; never quite 0 or 100 %, for simulation cannot tell that.

    >>> risk(0.0004, "sv").split()
    ['under', '1', '%']
    """
    if not np.isfinite(value):
        return "–"
    _ = translator(sprak)
    if value < 0.01:
        return _("below {x}").format(x=percent(0.01, 0, sprak))
    if value > 0.99:
        return _("above {x}").format(x=percent(0.99, 0, sprak))
    return percent(value, 0, sprak)


def year_name(year: int, months: pd.DatetimeIndex, sprak: str = "sv") -> str:
    """Write a calendar year, with the number of months where it is not whole.

    >>> year_name(2026, pd.date_range("2026-11-01", periods=14, freq="MS"))
    '2026 (2 mån)'
    """
    count = int((months.year == year).sum())
    _ = translator(sprak)
    text = _("{year} ({n} mo)")
    return str(year) if count == 12 else text.format(year=year, n=count)


@dataclass(frozen=True)
class Scale:
    """One unit of money for a whole table, so that its figures can be compared."""

    divisor: float
    unit: str
    decimals: int
    sprak: str

    @classmethod
    def of(cls, values: ArrayLike, sprak: str = "sv", currency: str = "SEK") -> "Scale":
        """Choose the unit in which the largest value has one to four digits."""
        largest = float(np.nanmax(np.abs(np.asarray(values, dtype=float)), initial=0))
        divisor = next((s[0] for s in SCALES if largest >= s[0]), 1.0)
        unit = money(divisor, sprak, currency).split("\u00a0", 1)[1]
        decimals = 0 if divisor < 1e6 else (2 if largest < 10 * divisor else 1)
        return cls(divisor, unit, decimals, sprak)

    def write(self, value: float) -> str:
        """Write a sum in the unit, without naming it; unknown is a dash."""
        if not np.isfinite(value):
            return "–"
        return number(value / self.divisor, self.decimals, self.sprak)

    def between(self, low: float, high: float) -> str:
        """Write an interval."""
        _ = translator(self.sprak)
        return f"{self.write(low)} {_('to')} {self.write(high)}"
