"""Benefit per household-month: the amount, apart from how many are paid.

Count and amount go their own ways (in Sweden 2016-2024 households fell by a third while
the amount per household rose by half), so they are never one series.
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.covariance import ledoit_wolf
from sklearn.utils.validation import check_is_fitted

from .amounts import BANDS
from .caseload import MONTHS
from .domain import Array, Fault, InputError
from .serial import mean_inflation

#: Standard deviation of the log amount where a single month, or an assumption, is all.
UNKNOWN_SD = 0.10


class BenefitModel(BaseEstimator):
    """SEK per household-month by segment: the latest year's level.

    Parameters
    ----------
    segments : tuple of str, optional
        Order of the segments; as they first appear where left out.
    growth_year_share : float
        Nominal growth per year of `path`; 0 keeps the level.
    assumed_sek_month : float or mapping of segment to float, optional
        Amount where payments are missing; a segment with payments keeps its own.
    window : int
        Latest months that make the level; twice as many tell its variation.

    Attributes
    ----------
    segments_ : tuple of str
    mean_ : array of shape (S,)
        SEK per household-month.
    covariance_ : array of shape (S, S)
        Of the log level. Months that hang together widen it, and segments that move
        together stay together.
    assumed_ : bool array of shape (S,)
    by_duration_ : array of shape (S, D)
        SEK per household-month by months on assistance (`amounts.BANDS`); its mean over
        the household-months of the window is `mean_`. All `mean_` where not known.
    """

    def __init__(
        self,
        segments: tuple[str, ...] | None = None,
        *,
        growth_year_share: float = 0.0,
        assumed_sek_month: float | Mapping[str, float] | None = None,
        window: int = 12,
    ) -> None:
        self.segments = segments
        self.growth_year_share = growth_year_share
        self.assumed_sek_month = assumed_sek_month
        self.window = window

    def fit(self, flows: pd.DataFrame, by_duration: pd.DataFrame | None = None) -> Self:
        """Learn from monthly totals.

        Parameters
        ----------
        flows : frame with columns segment, month, served, paid_sek
            Units are summed. Rows without both numbers, or without cases, are skipped.
        by_duration : frame, optional
            `segment, duration` (a label of `BANDS`), `month, household_months,
            paid_sek`: how amounts differ by months on assistance. The level is the
            totals' alone.

        Raises
        ------
        InputError
            A segment has no month with payments and no assumed amount, or its level
            is not above 0.
        """
        names = flows["segment"].astype(str)
        chosen = tuple(dict.fromkeys(names)) if self.segments is None else self.segments
        paid, served = (self._monthly(flows, c, chosen) for c in ("paid_sek", "served"))
        faults = []
        months = np.isfinite(paid).sum(1)
        assumed = np.array([self._assumption(name) for name in chosen])
        for name, known, amount in zip(chosen, months, assumed, strict=True):
            if not known and not amount > 0:
                text = f"{name} has no payments (paid_sek) and no assumed amount"
                remedy = "give paid_sek, or benefit_sek_month"
                faults.append(Fault("paid_missing", text, remedy, value=name))
        if faults:
            raise InputError(faults)
        late = slice(-self.window, None)
        total = np.nansum(served[:, late], axis=1)
        recent = np.nansum(paid[:, late], axis=1) / np.maximum(total, 1e-12)
        every = np.nansum(paid, axis=1) / np.maximum(np.nansum(served, axis=1), 1e-12)
        level = np.where(total > 0, recent, every)  # payments stopped: the last known
        self.assumed_ = months == 0
        self.mean_ = np.where(self.assumed_, assumed, level)
        if not (self.mean_ > 0).all():
            zero = ", ".join(np.array(chosen)[self.mean_ <= 0])
            raise InputError(
                [
                    Fault(
                        "paid_zero",
                        f"{zero}: payments are not above 0",
                        "correct paid_sek",
                    )
                ]
            )
        self.covariance_ = self._covariance(paid, served)
        self.segments_ = chosen
        relative = np.ones((len(chosen), len(BANDS)))
        if by_duration is not None:
            relative = self._relative(by_duration, chosen)
        self.by_duration_ = self.mean_[:, None] * relative
        return self

    def path(self, months: int) -> Array:
        """SEK per household-month in the coming months, shape (S, months)."""
        check_is_fitted(self)
        growth = (1 + self.growth_year_share) ** (np.arange(1, months + 1) / 12)
        amounts: Array = self.mean_[:, None] * growth
        return amounts

    def by_elapsed(self, months: int = MONTHS) -> Array:
        """SEK per household-month after 0, 1, ... months on assistance, (S, months)."""
        check_is_fitted(self)
        amounts: Array = self.by_duration_[:, BANDS.of(np.arange(months))]
        return amounts

    def draws(self, rng: np.random.Generator, n: int) -> Array:
        """Levels under uncertainty, shape (n, S); their expectation is `mean_`."""
        check_is_fitted(self)
        noise = rng.multivariate_normal(
            -np.diag(self.covariance_) / 2, self.covariance_, size=n, method="eigh"
        )
        drawn: Array = self.mean_ * np.exp(noise)
        return drawn

    def _assumption(self, name: str) -> float:
        given = self.assumed_sek_month
        if isinstance(given, Mapping):
            return float(given.get(name, np.nan))
        return np.nan if given is None else float(given)

    def _relative(self, cells: pd.DataFrame, segments: tuple[str, ...]) -> Array:
        """Amounts of durations relative to the segment's, shape (S, D); 1 = unknown."""
        known = cells.dropna(subset=["household_months", "paid_sek"])
        late = np.sort(known["month"].unique())[-self.window :]
        known = known[known["month"].isin(late)]
        count, paid = (
            known.pivot_table(column, "segment", "duration", aggfunc="sum")
            .reindex(index=list(segments), columns=list(BANDS.labels))
            .fillna(0.0)
            .to_numpy(dtype=float)
            for column in ("household_months", "paid_sek")
        )
        whole = paid.sum(1, keepdims=True) / np.maximum(count.sum(1, keepdims=True), 1)
        told = (count > 0) & (whole > 0)
        relative: Array = np.divide(
            paid, count * whole, out=np.ones_like(paid), where=told
        )
        return relative

    @staticmethod
    def _monthly(flows: pd.DataFrame, column: str, segments: tuple[str, ...]) -> Array:
        """Sum over units by segment and month, shape (S, T); NaN where not both."""
        both = flows["paid_sek"].notna() & flows["served"].gt(0)
        sums = flows[both].groupby(["segment", "month"], observed=True)[column].sum()
        table = sums.reset_index().pivot_table(column, "segment", "month")
        values: Array = table.reindex(list(segments)).to_numpy(dtype=float)
        return values

    def _covariance(self, paid: Array, served: Array) -> Array:
        """Covariance of the log level, from how months differ from their mean."""
        late = slice(-2 * self.window, None)
        # a month paid back more than out is part of the level, and has no logarithm
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(paid[:, late] / served[:, late])
        known = np.isfinite(logs)
        count = known.sum(1)
        centre = np.where(known, logs, 0).sum(1) / np.maximum(count, 1)
        apart = np.where(known, logs - centre[:, None], 0.0)
        variance = (apart**2).sum(1) / np.maximum(count - 1, 1)
        hanging = mean_inflation(apart, known)
        months = np.minimum(count, self.window)
        sd = np.sqrt(variance * hanging / np.maximum(months, 1))
        sd = np.where(count > 2, sd, UNKNOWN_SD)
        correlation = np.eye(len(sd))
        if apart.shape[1] >= 3 and len(sd) > 1:
            scale = np.maximum(np.sqrt((apart**2).mean(1)), 1e-12)
            shrunk = ledoit_wolf((apart / scale[:, None]).T, assume_centered=True)[0]
            root = np.sqrt(np.maximum(np.diag(shrunk), 1e-12))
            correlation = shrunk / np.outer(root, root)
        covariance: Array = correlation * np.outer(sd, sd)
        return covariance
