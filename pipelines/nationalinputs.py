"""What is known of the country today, each number with where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..models.amounts import price_index
from ..models.domain import Array
from .cases import national_figures, national_sources

#: Year of HASKY's prices: it was evaluated at the end of 2014.
PRICE_YEAR = 2014


@dataclass(frozen=True)
class Sourced:
    """A number, or its draws, that says where it comes from.

    Attributes
    ----------
    value : float or array of shape (n,)
    source : str
        Publisher and year, or how it was derived; in the reader's language.
    year : int
        That it is about; of money, whose prices it is in.
    """

    value: float | Array
    source: str
    year: int


@dataclass(frozen=True)
class NationalInputs:
    """What is known of today; draws that are given together belong together.

    Attributes
    ----------
    households : Sourced
        In the country, counted over a year. Not those of a mean month.
    mean_months : Sourced
        Months with assistance of such a household in the year, above 0, at most 12.
    paid_sek : Sourced
        To all of them in the year.
    handler_year_sek : Sourced
        Full cost of one handler.
    months_spared : Sourced
        Months of benefit that an extra exit is modelled to spare.
    log_hr_halving : Sourced
        Draws of the log hazard ratio of halving the caseload.
    saving_sek : Sourced or None
        Draws of what optimal staffing saves a year; below 0 where it costs.
    prices : mapping of year to float
        Consumer prices; the latest year is today's. Money of later years is taken to
        be in its prices.
    """

    households: Sourced
    mean_months: Sourced
    paid_sek: Sourced
    handler_year_sek: Sourced
    months_spared: Sourced
    log_hr_halving: Sourced
    saving_sek: Sourced | None = None
    prices: Mapping[int, float] = field(default_factory=price_index)

    def __post_init__(self) -> None:
        found = {name: x for name, x in vars(self).items() if isinstance(x, Sourced)}
        for name, one in found.items():
            value = np.asarray(one.value, dtype=float)
            signed = name in ("log_hr_halving", "saving_sek")
            if value.ndim > 1 or not np.isfinite(value).all():
                raise ValueError(f"{name} must be finite, a number or draws (n,)")
            if not signed and value.min() <= 0:
                raise ValueError(f"{name} must be above 0, got {value.min():g}")
        if np.max(self.mean_months.value) > 12:
            raise ValueError("mean_months must be at most the 12 months of a year")
        sizes = {np.size(one.value) for one in found.values()} - {1}
        if len(sizes) > 1:
            raise ValueError(f"draws must be equally many, got {sorted(sizes)}")
        if PRICE_YEAR not in self.prices:
            raise ValueError(f"prices must hold {PRICE_YEAR}, HASKY's year")

    @classmethod
    def published(
        cls,
        handler_year_sek: Sourced,
        months_spared: Sourced,
        log_hr_halving: Sourced,
        saving_sek: Sourced | None = None,
    ) -> "NationalInputs":
        """Take households, months and payments from the latest published figures."""
        nation = national_figures()
        both = nation.dropna(subset=["households", "paid_sek"])
        year, known = both.index[-1], nation["mean_months"].dropna()
        return cls(
            _of_nation("households", year, both["households"][year]),
            _of_nation("mean_months", known.index[-1], known.iloc[-1]),
            _of_nation("paid_total", year, both["paid_sek"][year]),
            handler_year_sek,
            months_spared,
            log_hr_halving,
            saving_sek,
        )

    @property
    def today(self) -> int:
        """Year of today's prices: the latest whole one with an index."""
        return max(self.prices)

    @property
    def inflation(self) -> float:
        """Today's prices relative to those of HASKY."""
        return self.prices[self.today] / self.prices[PRICE_YEAR]

    def then(self, amount: Sourced) -> float | Array:
        """Give an amount in the prices of HASKY's year."""
        year = min(amount.year, self.today)
        if year not in self.prices:
            raise ValueError(f"prices must hold {year}, got {sorted(self.prices)}")
        return amount.value * (self.prices[PRICE_YEAR] / self.prices[year])

    @property
    def households_month(self) -> float | Array:
        """Households of a mean month."""
        return self.households.value * self.mean_months.value / 12


def published_by(metric: str, year: int) -> str:
    """Name who published a figure of the country, and its year."""
    told = national_sources().set_index(["metric", "year"])["publisher"]
    return f"{told[metric, year]}, {year}"


def _of_nation(metric: str, year: int, value: float) -> Sourced:
    return Sourced(float(value), published_by(metric, year), int(year))
