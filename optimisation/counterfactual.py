"""How many of a pilot's exits came because of the pilot: what an effect rests on.

The share of exits that are extra, s, is uncertain and travels as draws. With an effect
theta of cases per handler (`models.effect`) and K0 cases before and K1 after,

    s = 1 - (K1 / K0) ** theta

Monthly hazards are a few per cent, so that odds, hazards and exits are taken to change
by the same ratio. Nothing is clamped at 0: a pilot may also have held people back.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..models.domain import Array, Interval
from ..models.effect import EffortEffect

#: Draws that carry the uncertainty: the ends of an 80 % interval err by a hundredth.
DRAWS = 10_000
#: Standard normal quantile that ends an 80 % interval.
END_80 = float(stats.norm.ppf(0.9))


@dataclass(frozen=True)
class Counterfactual:
    """What would have happened without the pilot.

    Attributes
    ----------
    extra_share : array of shape (n,)
        Draws of the share of the pilot's exits that would not have come anyway, at
        most 1; below 0 where more would have left without it.
    source : str
        What it rests on.
    """

    extra_share: Array
    source: str

    def __post_init__(self) -> None:
        shares = self.extra_share
        if shares.size == 0 or not np.isfinite(shares).all() or shares.max() > 1:
            raise ValueError("extra_share must be finite and at most 1")

    @classmethod
    def from_share(
        cls,
        middle: float,
        low: float,
        high: float,
        source: str,
        rng: np.random.Generator,
        draws: int = DRAWS,
    ) -> "Counterfactual":
        """Take a stated share of extra exits with its 80 % interval.

        Two half normals that meet in `middle`, the median, so that both ends of the
        interval are kept where it is lopsided.
        """
        if not low <= middle <= high <= 1:
            raise ValueError(
                f"low <= middle <= high <= 1 is needed, got {low}, {middle}, {high}"
            )
        noise = rng.standard_normal(draws) / END_80
        spread = np.where(noise > 0, high - middle, middle - low)
        return cls(np.minimum(middle + spread * noise, 1.0), source)

    @classmethod
    def from_effect(
        cls,
        effect: EffortEffect,
        before: float,
        after: float,
        source: str,
        rng: np.random.Generator,
        draws: int = DRAWS,
    ) -> "Counterfactual":
        """Take an effect of cases per handler, from `before` to `after`.

        Raises
        ------
        ValueError
            For an effect with t-distributed draws: the ratio then has no mean. Combine
            a pilot of one's own with published studies first.
        """
        if not np.isinf(effect.df):
            raise ValueError("combine the pilot with published studies first")
        theta = effect.draws(rng, draws)
        return cls(-np.expm1(theta * np.log(after / before)), source)

    @property
    def interval(self) -> Interval:
        """Mean of the extra share and its 80 % interval."""
        return Interval.of(self.extra_share)
