"""What a planned pilot can find: smallest effect, months and cases needed.

Units in a pilot against units without (`PilotPlan`). With n cases per unit, hazard h
and m, m' months before and after, a unit has O = n m h and O' = n m' h exits, a pilot
unit O'_1 = n m' h_1 where h_1 is bent by the effect. The change in log(O/E) has the
variance of `pilot`,

    Var = (1/O + 1/O'_1 + tau^2) / pilots + (1/O + 1/O' + tau^2) / controls
    delta = log(h_1 / h),   odds(h_1) = odds(h) * exp(log_hr * log2(ratio))
    power = E P(|delta + sqrt(Var) Z| > t_{1 - size/2, G-1} sqrt(V)),   Z ~ N(0, 1)

with `log_hr` the log hazard ratio of halving the caseload and `ratio` how many times
lighter the caseload becomes. The mean is over V, the variance as the pilot will
estimate it: Var with max(0, (v + tau^2) C / (G - 1) - v) for tau^2, v = 1/O + 1/O' and
C chi-square with G - 1 degrees of freedom. More cases and months shrink v, never tau^2.

Clients drawn by lot inside one office (`LotteryPlan`): a share p gets the lighter
caseload. Of N = n m household-months, p N h_1 and (1 - p) N h end in an exit, and the
log-rank test of the two has

    Var = 1 / (p N h_1 (1 - h_1)) + 1 / ((1 - p) N h (1 - h))
    power = P(|Z| > z_{1 - size/2}),   Z ~ N(log_hr * log2(ratio) / sqrt(Var), 1)

For small h and effects this is Schoenfeld's (1981, Biometrika 68:316) number of exits
(z + z')^2 / (p (1 - p) log_hr^2). No drift between units enters, but colleagues who
share an office may copy each other, which hides an effect.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from .domain import Array
from .effect import shift_odds

#: Points at which the chi-square is averaged over.
QUANTILES = 2000
#: Largest effect and size of a pilot that are searched.
LARGEST_EFFECT = 5.0
MOST_MONTHS = 120
MOST_CASES = 1_000_000


@dataclass(frozen=True)
class PilotPlan:
    """A pilot of whole units against control units.

    Attributes
    ----------
    pilots, controls : int
        Number of units with and without the lighter caseload.
    cases : float
        Households open at a time in each unit.
    months_before, months : float
        Months seen before the start and with the pilot.
    hazard : float
        Exits per household and month at today's caseload.
    drift : float
        tau, standard deviation with which units' log O/E drift apart by themselves;
        `sqrt(PilotEstimate.tau2)` of an earlier period as long.
    ratio : float
        How many times lighter the caseload becomes; 2 = halved.
    """

    pilots: int
    controls: int
    cases: float
    months_before: float
    months: float
    hazard: float
    drift: float
    ratio: float = 2.0

    def __post_init__(self) -> None:
        _check(self.hazard, self.ratio, self.cases, self.months, self.months_before)
        if self.pilots < 1 or self.controls < 2 or self.drift < 0:
            raise ValueError(
                "a pilot needs at least 1 pilot unit, 2 control units and a drift "
                f">= 0, got {self.pilots}, {self.controls} and {self.drift}"
            )

    def sd(self, log_hr: float = 0.0) -> float:
        """Give the standard error of the change in log O/E, at a true effect."""
        return float(self._sd(log_hr, self.drift**2))

    def power(self, log_hr: float, size: float = 0.05) -> float:
        """Probability that a two-sided test of `size` finds a true effect."""
        df = self.controls - 1
        counted = self._counted(0.0)
        chances = (np.arange(QUANTILES) + 0.5) / QUANTILES
        spread = (counted + self.drift**2) * stats.chi2.ppf(chances, df) / df
        estimated = self._sd(log_hr, np.maximum(spread - counted, 0))
        limit = float(stats.t.ppf(1 - size / 2, df)) * estimated
        apart = float(np.log(self._bent(log_hr) / self.hazard))
        sd = self.sd(log_hr)
        found = stats.norm.sf((limit - apart) / sd) + stats.norm.cdf(
            (-limit - apart) / sd
        )
        return float(found.mean())

    def _sd(self, log_hr: float, tau2: float | Array) -> Array:
        """Give the standard error of the change at drifts tau2 of any shape."""
        treated, plain = self._counted(log_hr) + tau2, self._counted(0.0) + tau2
        return np.sqrt(treated / self.pilots + plain / self.controls)

    def _counted(self, log_hr: float) -> float:
        """1/O + 1/O' of a unit whose hazard is bent after the start."""
        before = self.months_before * self.hazard
        return (1 / before + 1 / (self.months * self._bent(log_hr))) / self.cases

    def _bent(self, log_hr: float) -> float:
        return _bent(self.hazard, log_hr, self.ratio)


@dataclass(frozen=True)
class LotteryPlan:
    """A lottery of clients inside one office.

    Attributes
    ----------
    cases : float
        Households open at a time, both arms together; those who leave are followed by
        new ones, drawn by the same lot.
    months : float
    hazard : float
        Exits per household and month at today's caseload.
    share : float
        Share of households with the lighter caseload.
    ratio : float
        How many times lighter the caseload becomes; 2 = halved.
    """

    cases: float
    months: float
    hazard: float
    share: float = 0.5
    ratio: float = 2.0

    def __post_init__(self) -> None:
        _check(self.hazard, self.ratio, self.cases, self.months)
        if not 0 < self.share < 1:
            raise ValueError(f"share must be between 0 and 1, got {self.share}")

    def sd(self, log_hr: float = 0.0) -> float:
        """Give the standard error of the log odds ratio, at a true effect."""
        hazard = np.array([_bent(self.hazard, log_hr, self.ratio), self.hazard])
        arm = self.cases * self.months * np.array([self.share, 1 - self.share])
        return float(np.sqrt((1 / (arm * hazard * (1 - hazard))).sum()))

    def power(self, log_hr: float, size: float = 0.05) -> float:
        """Probability that a two-sided test of `size` finds a true effect."""
        limit = float(stats.norm.ppf(1 - size / 2))
        apart = log_hr * np.log2(self.ratio) / self.sd(log_hr)
        return float(stats.norm.sf(limit - apart) + stats.norm.cdf(-limit - apart))


Plan = PilotPlan | LotteryPlan


def minimum_detectable_effect(
    plan: Plan, power: float = 0.8, size: float = 0.05
) -> float:
    """Smallest log hazard ratio of halving the caseload that the plan would find.

    Parameters
    ----------
    power : float
        Wanted probability of finding it.
    size : float
        Of the two-sided test.

    Raises
    ------
    ValueError
        No effect below `LARGEST_EFFECT` is found with that power.
    """
    _check_power(power, size)
    if plan.power(LARGEST_EFFECT, size) < power:
        raise ValueError(
            "no effect, however large, would be found: add control units, cases or "
            "months"
        )
    return float(brentq(lambda e: plan.power(e, size) - power, 0, LARGEST_EFFECT))


def needed_months(
    plan: Plan, log_hr: float, power: float = 0.8, size: float = 0.05
) -> int:
    """Fewest months with the lighter caseload that find a true effect.

    Raises
    ------
    ValueError
        More than `MOST_MONTHS` would be needed; with units, drift may be the limit.
    """
    _check_power(power, size)

    def enough(months: int) -> bool:
        return replace(plan, months=months).power(log_hr, size) >= power

    return _fewest(enough, MOST_MONTHS, "months")


def needed_cases(
    plan: Plan, log_hr: float, power: float = 0.8, size: float = 0.05
) -> int:
    """Fewest households open at a time (in each unit) that find a true effect.

    Raises
    ------
    ValueError
        More than `MOST_CASES` would be needed; with units, drift may be the limit.
    """
    _check_power(power, size)

    def enough(cases: int) -> bool:
        return replace(plan, cases=cases).power(log_hr, size) >= power

    return _fewest(enough, MOST_CASES, "cases")


def _fewest(enough: Callable[[int], bool], most: int, what: str) -> int:
    """Smallest whole number that is enough, by halving: power grows with it."""
    if not enough(most):
        raise ValueError(
            f"more than {most} {what} would be needed: where units drift apart by "
            "themselves, only more units help"
        )
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _bent(hazard: float, log_hr: float, ratio: float) -> float:
    return float(shift_odds(hazard, np.exp(log_hr * np.log2(ratio))))


def _check(hazard: float, ratio: float, *amounts: float) -> None:
    if not 0 < hazard < 1 or ratio <= 1 or min(amounts) <= 0:
        raise ValueError(
            "hazard must be between 0 and 1, ratio above 1, cases and months above 0"
        )


def _check_power(power: float, size: float) -> None:
    if not 0 < size < power < 1:
        raise ValueError(f"need 0 < size < power < 1, got {size} and {power}")
