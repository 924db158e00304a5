"""How effort bends exits: the effect of cases per handler, with where it comes from.

The odds that a household leaves in a month, per destination against staying, are

    odds(K) = odds(K_ref) * (K_ref / K) ** theta,    theta = log HR of halving / ln 2

theta has two sources that are always shown apart and together: published studies as a
prior that includes zero, and a pilot of one's own against its controls. A coefficient
on caseload in routine data is neither; it is an `Association`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from .domain import Array
from .drift import drift_between
from .pilot import PilotEstimate

LN2 = float(np.log(2))
#: Weak half-normal scale of the drift between units (log ratio) when a pilot is
#: combined with published studies.
DRIFT_SCALE = 0.15


@dataclass(frozen=True)
class Line:
    """One line: `evidence`, `assumed`, `pilot`, `both`, or what is left, `displaced`.

    Attributes
    ----------
    name : str
    log_hr, sd : float
        Log hazard ratio of halving the caseload.
    df : float
        Degrees of freedom of its t distribution; infinite = normal.
    weight : float
        Its share of the effect in use.
    """

    name: str
    log_hr: float
    sd: float
    df: float = np.inf
    weight: float = 1.0


@dataclass(frozen=True)
class Association:
    """A coefficient on log caseload in routine data, by destination.

    Handlers with few cases often hold the hardest ones, so that this number may have
    the wrong sign. It describes; it never enters a plan.

    Attributes
    ----------
    destinations : tuple of str
    log_odds, sd : arrays of shape (J,)
        Log odds of the exit per unit of log(caseload / reference).
    """

    destinations: tuple[str, ...]
    log_odds: Array
    sd: Array

    @classmethod
    def read(
        cls,
        destinations: tuple[str, ...],
        coef: Array,
        covariance: Array,
        column: int | None,
    ) -> "Association | None":
        """Read a column of a multinomial logit; None where there is no such column.

        Parameters
        ----------
        coef : array of shape (P, J)
        covariance : array of shape (J * P, J * P), destination-major
        """
        if column is None:
            return None
        p, j = coef.shape
        variance = np.diag(covariance)[np.arange(j) * p + column]
        return cls(destinations, coef[column].copy(), np.sqrt(variance))

    @property
    def halving(self) -> Array:
        """Log odds ratio that goes with half the caseload, shape (J,)."""
        return -LN2 * self.log_odds


@dataclass(frozen=True)
class EffortEffect:
    """Effect of effort on exits, with its uncertainty and its sources.

    Attributes
    ----------
    mean, sd : float
        Log hazard ratio of halving the caseload, in use (after displacement).
    parts : tuple of Line
        The lines it was built from.
    df : float
        Degrees of freedom of the t distribution of draws; infinite = normal.
    displacement : float
        Share of a local effect that is lost when everybody does the same.
    sources : tuple of str
    """

    mean: float
    sd: float
    parts: tuple[Line, ...]
    df: float = np.inf
    displacement: float = 0.0
    sources: tuple[str, ...] = ()

    @classmethod
    def from_evidence(cls, table: pd.DataFrame | None = None) -> "EffortEffect":
        """Combine published studies to the effect in a new municipality.

        Random effects (DerSimonian & Laird 1986) over the rows of role `effect`, each
        with its sampling error and a judged error for how far it is from halving a
        Swedish caseload; the predictive spread adds the row of role `spread`.

        Parameters
        ----------
        table : frame, optional
            As `evidence()`, which is used where left out.
        """
        table = evidence() if table is None else table
        used = table[table["role"] == "effect"]
        spread = table.loc[table["role"] == "spread", "judged_sd"]
        error = used[["sampling_sd", "judged_sd"]].fillna(0).pow(2).sum(axis=1)
        if len(used) < 2 or not (error > 0).all():
            raise ValueError("at least two studies with an error above 0 are needed")
        sizes = used["log_hr_halving"].to_numpy(float)
        drift = drift_between(sizes, error.to_numpy())
        weight = 1 / (error.to_numpy() + drift)
        mean = float(np.average(sizes, weights=weight))
        variance = 1 / weight.sum() + drift + float(spread.pow(2).sum())
        sources = tuple(f"{r.study}: {r.source}" for r in table.itertuples())
        sd = float(np.sqrt(variance))
        return cls(mean, sd, (Line("evidence", mean, sd),), sources=sources)

    @classmethod
    def fixed(cls, log_hr: float, sd: float = 0.0, source: str = "") -> "EffortEffect":
        """Build an assumed effect, e.g. `[effort]` in kommun.toml or a scenario."""
        if sd < 0 or not np.isfinite([log_hr, sd]).all():
            raise ValueError(f"log_hr must be finite and sd >= 0, got {log_hr}, {sd}")
        line = Line("assumed", float(log_hr), float(sd))
        return cls(line.log_hr, line.sd, (line,), sources=(source,) if source else ())

    @classmethod
    def from_pilot(cls, pilot: PilotEstimate) -> "EffortEffect":
        """Take the pilot's own estimate alone, t with controls - 1 degrees."""
        line = Line("pilot", pilot.log_hr, pilot.sd, pilot.df)
        source = f"pilot against {int(pilot.df) + 1} control units"
        return cls(line.log_hr, line.sd, (line,), line.df, sources=(source,))

    @classmethod
    def combine(cls, prior: "EffortEffect", pilot: PilotEstimate) -> "EffortEffect":
        """Combine studies and pilot, normal by normal, over a grid of the drift.

        The drift between units is as uncertain as controls are few, so it is
        integrated out (half-normal, scale `DRIFT_SCALE`) rather than plugged in.
        """
        if prior.sd == 0:
            raise ValueError("a prior without uncertainty (sd = 0) learns nothing")
        tau = np.linspace(0, 5 * DRIFT_SCALE, 76)
        estimate, variance, loglik = pilot.given_drift(tau**2)
        total = variance + prior.sd**2
        loglik = loglik - 0.5 * (np.log(total) + (estimate - prior.mean) ** 2 / total)
        loglik = loglik - 0.5 * (tau / DRIFT_SCALE) ** 2
        share = np.exp(loglik - loglik.max())
        share /= share.sum()
        weight = prior.sd**2 / total  # of the pilot, at each drift
        centre = prior.mean + weight * (estimate - prior.mean)
        mean = float(share @ centre)
        spread = weight * variance + (centre - mean) ** 2
        sd = float(np.sqrt(share @ spread))
        own = cls.from_pilot(pilot)
        of_pilot = float(share @ weight)
        parts = (
            Line(prior.parts[0].name, prior.mean, prior.sd, weight=1 - of_pilot),
            replace(own.parts[0], weight=of_pilot),
            Line("both", mean, sd),
        )
        return cls(mean, sd, parts, sources=prior.sources + own.sources)

    def displaced(self, share: float) -> "EffortEffect":
        """Discount a local effect: if everybody does it, `share` of it is lost.

        In a two-level experiment with more meetings the treated gained and their
        untreated neighbours lost (Cheung et al. 2025, J Labor Econ 43:47).
        """
        if not 0 <= share < 1:
            raise ValueError(f"share must be in [0, 1), got {share}")
        kept = 1 - share
        lost = 1 - (1 - self.displacement) * kept
        return replace(
            self, mean=self.mean * kept, sd=self.sd * kept, displacement=lost
        )

    @property
    def borrowed(self) -> bool:
        """Whether no pilot of one's own stands behind it."""
        return all(line.name not in ("pilot", "both") for line in self.parts)

    @property
    def theta(self) -> float:
        """Exponent of (K_ref / K)."""
        return self.mean / LN2

    def draws(self, rng: np.random.Generator, n: int) -> Array:
        """Draws of theta, shape (n,). Harm (theta < 0) is kept: it may happen."""
        noise = (
            rng.standard_normal(n)
            if np.isinf(self.df)
            else rng.standard_t(self.df, size=n)
        )
        draws: Array = (self.mean + self.sd * noise) / LN2
        return draws

    def odds_ratio(
        self, caseload: ArrayLike, reference: float, theta: ArrayLike | None = None
    ) -> Array:
        """Odds of leaving relative to the reference caseload.

        Parameters
        ----------
        caseload : array, cases per handler
        reference : float, cases per handler
        theta : array broadcastable to `caseload`, optional
            The mean where left out; pass draws to carry the uncertainty.
        """
        cases = np.asarray(caseload, dtype=float)
        if reference <= 0 or np.any(cases <= 0):
            raise ValueError("cases per handler must be above 0")
        power = self.theta if theta is None else np.asarray(theta, dtype=float)
        return np.asarray((reference / cases) ** power, dtype=float)

    def apply(
        self,
        hazard: ArrayLike,
        caseload: ArrayLike,
        reference: float,
        theta: ArrayLike | None = None,
    ) -> Array:
        """Any-exit hazard at another caseload; arguments broadcast.

        >>> EffortEffect.fixed(0.0).apply([0.05, 0.10], 30, 60)
        array([0.05, 0.1 ])
        """
        return shift_odds(hazard, self.odds_ratio(caseload, reference, theta))

    def lines(self) -> pd.DataFrame:
        """Evidence alone, pilot alone and both, with the weight of each.

        Where some of it is lost to displacement, what is left is a line below them.

        Returns
        -------
        frame with columns line, log_hr, sd, lo-95, hi-95, hazard_ratio, weight
        """
        left = Line("displaced", self.mean, self.sd, self.df)
        shown = (*self.parts, left) if self.displacement else self.parts
        rows = pd.DataFrame([vars(line) for line in shown])
        half = stats.t.ppf(0.975, rows["df"]) * rows["sd"]
        return pd.DataFrame(
            {
                "line": rows["name"],
                "log_hr": rows["log_hr"],
                "sd": rows["sd"],
                "lo-95": rows["log_hr"] - half,
                "hi-95": rows["log_hr"] + half,
                "hazard_ratio": np.exp(rows["log_hr"]),
                "weight": rows["weight"],
            }
        )


def shift_odds(hazard: ArrayLike, ratio: ArrayLike) -> Array:
    """Any-exit hazard whose odds are multiplied by `ratio`; arguments broadcast."""
    h, r = np.asarray(hazard, dtype=float), np.asarray(ratio, dtype=float)
    return np.asarray(h * r / (1 - h + h * r), dtype=float)


def shift_destination_odds(hazard: ArrayLike, ratio: ArrayLike) -> Array:
    """Hazards by destination, shape (..., J), all odds against staying shifted.

    Sums over J to `shift_odds` of the any-exit hazard.

    Parameters
    ----------
    ratio : array broadcastable to (..., 1)
    """
    h, r = np.asarray(hazard, dtype=float), np.asarray(ratio, dtype=float)
    total = h.sum(-1, keepdims=True)
    return np.asarray(h * r / (1 - total + total * r), dtype=float)


def evidence() -> pd.DataFrame:
    """Read the published effects of caseload.

    Returns
    -------
    frame with columns study, year, ..., log_hr_halving, sampling_sd, judged_sd, role,
    source, note
        role: `effect` enters the prior; `direction` has no size and no weight;
        `spread` is the judged spread between places. `note` says how the size was
        derived.
    """
    with files(__package__).joinpath("evidence.csv").open(encoding="utf-8") as text:
        return pd.read_csv(text, dtype={"year": "Int64"})


def require_effect(effect: object) -> EffortEffect:
    """Refuse anything but a causal effect where a plan is to be bent.

    Raises
    ------
    TypeError
        For an `Association` or a bare number, with what to use instead.
    """
    if isinstance(effect, EffortEffect):
        return effect
    if isinstance(effect, Association):
        raise TypeError(
            "an Association in routine data is not an effect: handlers with few cases "
            "often hold the hardest ones. Use EffortEffect.from_evidence(), "
            "from_pilot(...) or fixed(...)."
        )
    raise TypeError(f"effect must be an EffortEffect, got {type(effect).__name__}")


def scenarios(effect: EffortEffect, factors: Sequence[float]) -> list[EffortEffect]:
    """Build the same effect at multiples of its mean, without uncertainty."""
    return [
        EffortEffect.fixed(effect.mean * f, source=f"{f:g} x point estimate")
        for f in factors
    ]
