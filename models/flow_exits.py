"""Exit hazard where only monthly totals exist: served and exits by segment.

The flow identity `stock[t+1] = stock[t] + inflow[t] - exits[t]` gives exits; exits over
served gives one hazard per segment. How it falls with time on assistance cannot be
told from totals: any duration mix with the same mean fits as well. `identifiability`
says what would move under other mixes.
"""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from .caseload import MONTHS
from .domain import Array, Fault, InputError
from .duration_mix import duration_mix
from .segment_hazards import SegmentHazards
from .serial import mean_inflation

Flags = NDArray[np.bool_]


class FlowExitModel(SegmentHazards):
    """Constant monthly hazard by segment, from totals.

    Parameters
    ----------
    segments : tuple of str, length S
    destinations : tuple of str, length J
        What the last axis of `exits` is; one unnamed "exit" where it has none.
    window : int
        Latest months used. Whole years keep the season out of the level.
    caseload_reference : float, optional
        Cases per handler in the window.

    Attributes
    ----------
    hazard_ : array of shape (S, J)
        By destination.
    log_odds_sd_ : array of shape (S,)
        Of any exit; counts vary more than binomially and months hang together, and
        both widen it.
    dispersion_ : array of shape (S,)
        Pearson chi-square per degree of freedom.
    """

    def __init__(
        self,
        segments: tuple[str, ...],
        destinations: tuple[str, ...] = ("exit",),
        *,
        window: int = 24,
        caseload_reference: float | None = None,
    ) -> None:
        self.segments = segments
        self.destinations = destinations
        self.window = window
        self.caseload_reference = caseload_reference

    def fit(self, served: ArrayLike, exits: ArrayLike) -> Self:
        """Learn from totals; months with a missing number are skipped.

        Parameters
        ----------
        served : array of shape (S, T)
            Open at the month's start plus new in it.
        exits : array of shape (S, T) or (S, T, J)

        Raises
        ------
        InputError
            More exits than served, a negative number, or a segment without a single
            month of both numbers.
        """
        cases = np.asarray(served, dtype=float)
        out = np.asarray(exits, dtype=float)
        out = out[:, :, None] if out.ndim == 2 else out
        shape = (len(self.segments), cases.shape[-1], len(self.destinations))
        if cases.ndim != 2 or out.shape != shape:
            raise ValueError(f"exits must have shape {shape}, got {out.shape}")
        cases, out = cases[:, -self.window :], out[:, -self.window :]
        known: Flags = np.isfinite(cases) & np.isfinite(out).all(-1) & (cases > 0)
        n = np.where(known, cases, 0.0)
        by_destination = np.where(known[:, :, None], out, 0.0)
        left = by_destination.sum(-1)
        remedy = "correct the totals or leave the segment out"
        faults = []
        for s, name in enumerate(self.segments):
            if not known[s].any():
                text = f"{name} has no month with both served and exits"
                faults.append(Fault("no_exits", text, remedy, value=name))
            if (left[s] > n[s]).any() or (by_destination[s] < 0).any():
                text = f"{name} has more exits than cases, or fewer than none"
                faults.append(Fault("exits_above_served", text, remedy, value=name))
        if faults:
            raise InputError(faults)
        total, gone = n.sum(1), left.sum(1)
        # half an exit and half a stay keep a segment without exits off 0
        some = (gone + 0.5) / (total + 1)
        share = (by_destination.sum(1) + 0.5 / shape[2]) / (gone + 0.5)[:, None]
        self.hazard_ = some[:, None] * share
        self.dispersion_, hanging = self._spread(n, left, known, some)
        variance = self.dispersion_ * hanging / (total * some * (1 - some))
        self.log_odds_sd_ = np.sqrt(variance)
        self.segments_ = tuple(self.segments)
        self.destinations_ = tuple(self.destinations)
        self.caseload_reference_ = self.caseload_reference
        return self

    def identifiability(
        self, served: ArrayLike, inflow: ArrayLike, exits: ArrayLike, horizon: int
    ) -> pd.DataFrame:
        """Say what would move if the hazard fell, with totals explained as well.

        Parameters
        ----------
        served, inflow, exits : arrays of shape (S, T)
            Households a month, as in `fit`; exits of all destinations.
        horizon : int
            Months that are rolled forward.

        Returns
        -------
        DataFrame
            `segment, fall, what, value, largest`, see `duration_mix.duration_mix`.
        """
        return duration_mix(
            self.segments, served, inflow, exits, horizon, window=self.window
        )

    @staticmethod
    def _spread(
        n: Array, left: Array, known: Flags, some: Array
    ) -> tuple[Array, Array]:
        """Overdispersion, and the factor by which months that hang together widen."""
        mean = left.sum(1) / n.sum(
            1
        )  # without the half exit, which would look like drift
        deviation = left - n * mean[:, None]
        scale = np.sqrt(np.maximum(n * (some * (1 - some))[:, None], 1e-12))
        pearson = np.where(known, deviation / scale, 0.0)
        count = known.sum(1)
        dispersion = (pearson**2).sum(1) / np.maximum(count - 1, 1)
        # too few months to tell their spread: twice the binomial standard deviation
        dispersion = np.where(count > 2, np.maximum(dispersion, 1.0), 4.0)
        return dispersion, mean_inflation(pearson, known)

    def hazard_by_destination(
        self,
        segments: Sequence[str] | None = None,
        months: int = MONTHS,
        given: Mapping[str, object] | None = None,
    ) -> Array:
        """Monthly exit probability, shape (S, M, J); constant over M."""
        hazard = self.hazard_[self._codes(segments)]
        table: Array = np.repeat(hazard[:, None, :], months, axis=1)
        return table

    def draws(
        self,
        rng: np.random.Generator,
        n: int,
        segments: Sequence[str] | None = None,
        months: int = MONTHS,
        given: Mapping[str, object] | None = None,
    ) -> Array:
        """Any-exit hazards under parameter uncertainty, shape (n, S, M)."""
        codes = self._codes(segments)
        some = self.hazard_.sum(-1)[codes]
        noise = rng.standard_normal((n, len(codes))) * self.log_odds_sd_[codes]
        drawn: Array = np.repeat(expit(logit(some) + noise)[:, :, None], months, axis=2)
        return drawn
