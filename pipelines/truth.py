"""The truth behind a simulated register: what every household's month depends on.

Nothing here is drawn; `synthetic` draws. Tests recover these numbers from the
register, and a plan made on the register can be scored against them.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import root

from ..models.caseload import occupancy
from ..models.domain import Array

#: Months on assistance followed one by one; the last one absorbs longer stays.
HORIZON = 240


@dataclass(frozen=True)
class Pilot:
    """More handlers in one unit from one month on.

    Attributes
    ----------
    unit : str
    month : int
        Months after the first month of the register.
    caseload_ratio : float
        Cases per handler when it starts, relative to before; 0.5 doubles the staff.
    """

    unit: str
    month: int
    caseload_ratio: float


@dataclass(frozen=True, eq=False)
class Truth:
    """Everything that a simulated register follows.

    The log odds of leaving to destination j rather than staying, in month m on
    assistance (0 = the first), segment s, calendar month c, unemployment u (per
    cent) and a handler with K cases, are::

        alpha[s,j] + beta[s,j] log(m + 1) + hard_shift * hard
          + season_exits cos(2 pi (c - 5) / 12)
          + unemployment_exits (u - unemployment_mean)
          + theta log(caseload_reference / K)

    so `theta = log(hazard ratio of halving the caseload) / log 2`.

    Attributes
    ----------
    units, segments, destinations : tuple of str
        U units, S segments, J destinations.
    first_month : str
        `YYYY-MM`.
    alpha, beta : arrays (S, J)
    inflow : array (U, S)
        Mean first-time cases per month in the register's first month. Returns come
        on top.
    benefit : array (S,)
        Mean SEK per household-month in the register's first month.
    handlers : array (U,)
        Posts per unit before any pilot, in whole handlers.
    caseload_reference : float
        Cases per handler at which the effort term is zero.
    theta : float
    hard_share, hard_shift : float
        Share of new households with hard cases, and their shift in log odds.
    light_if_hard, light_if_easy : float
        Probability in (0, 1) that a new hard or easy case goes to the unit's light
        group of handlers. Equal: no confounding. Hard cases to the light group: the
        naive regression of exits on caseload is biased against lighter caseloads.
    light_caseload_ratio : float
        Long-run caseload of the light group relative to the heavy one.
    season_exits, unemployment_exits : float
        Log odds: amplitude (top in May), and per percentage point.
    season_inflow, unemployment_inflow, trend_year : float
        Log inflow: amplitude (top in January), per percentage point, per year.
    unemployment_mean, unemployment_drift : float
        Per cent, and the standard deviation of its monthly innovation.
    return_share : array (S, lags)
        Probability of returning exactly 1, 2, ... months after an exit. Lag 1 is
        zero in the given truths: served again the next month is an unbroken spell.
    benefit_cv, benefit_growth_year : float
        Spread between household-months (standard deviation / mean); log growth.
    turnover_year_share, vacancy_months : float, int
        Handlers who leave in a year, and months until a post is filled (at least 1).
    pilot : Pilot or None
    """

    units: tuple[str, ...]
    segments: tuple[str, ...]
    destinations: tuple[str, ...]
    first_month: str
    alpha: Array
    beta: Array
    inflow: Array
    benefit: Array
    handlers: Array
    caseload_reference: float
    theta: float
    hard_share: float = 0.0
    hard_shift: float = 0.0
    light_if_hard: float = 0.5
    light_if_easy: float = 0.5
    light_caseload_ratio: float = 1.0
    season_exits: float = 0.0
    unemployment_exits: float = 0.0
    season_inflow: float = 0.0
    unemployment_inflow: float = 0.0
    trend_year: float = 0.0
    unemployment_mean: float = 7.5
    unemployment_drift: float = 0.12
    return_share: Array = field(default_factory=lambda: np.zeros((1, 1)))
    benefit_cv: float = 0.5
    benefit_growth_year: float = 0.0
    turnover_year_share: float = 0.0
    vacancy_months: int = 1
    pilot: Pilot | None = None

    def __post_init__(self) -> None:
        u, s, j = len(self.units), len(self.segments), len(self.destinations)
        wanted: dict[str, tuple[int, ...]]
        wanted = {"alpha": (s, j), "beta": (s, j), "inflow": (u, s)}
        wanted |= {"benefit": (s,), "handlers": (u,)}
        for name, shape in wanted.items():
            if np.shape(getattr(self, name)) != shape:
                got = np.shape(getattr(self, name))
                raise ValueError(f"{name} must have shape {shape}, got {got}")
        if len(self.return_share) not in (1, s):
            raise ValueError(f"return_share must have 1 or {s} rows")
        if self.vacancy_months < 1:
            raise ValueError(f"vacancy_months must be >= 1, got {self.vacancy_months}")
        for name in ("light_if_hard", "light_if_easy"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must be in (0, 1), got {getattr(self, name)}")
        if self.pilot is not None and self.pilot.unit not in self.units:
            raise ValueError(f"pilot unit {self.pilot.unit!r} is not in {self.units}")

    @property
    def log_hr_halving(self) -> float:
        """Log odds ratio of exit when the caseload is halved."""
        return float(self.theta * np.log(2))

    @property
    def returns(self) -> Array:
        """Return shares for every segment, shape (S, lags)."""
        lags = self.return_share.shape[1]
        return np.broadcast_to(self.return_share, (len(self.segments), lags))

    def without_nuisance(self) -> "Truth":
        """Only segments, duration and effort: what a clean recovery test needs."""
        return replace(
            self,
            hard_share=0.0,
            light_if_hard=0.5,
            light_if_easy=0.5,
            light_caseload_ratio=1.0,
            season_exits=0.0,
            unemployment_exits=0.0,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, as written to `truth.json`."""
        plain = {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in asdict(self).items()
        }
        return {"simulated": True, **plain, "log_hr_halving": self.log_hr_halving}


def true_hazard(
    truth: Truth,
    segment: ArrayLike,
    elapsed: ArrayLike,
    caseload: ArrayLike | None = None,
    hard: ArrayLike = 0,
    month: ArrayLike | None = None,
    unemployment: ArrayLike | None = None,
) -> Array:
    """Monthly exit probability by destination; every argument broadcasts.

    Parameters
    ----------
    truth : Truth
    segment : int array
        Position in `truth.segments`.
    elapsed : array
        Months on assistance before this month.
    caseload : array, optional
        Cases per handler; the reference when left out.
    hard : array
        1 for a hard case.
    month : int array, optional
        Calendar month 1-12; no season when left out.
    unemployment : array, optional
        Per cent; the mean when left out.

    Returns
    -------
    array (..., J)
    """
    shift = truth.hard_shift * np.asarray(hard, float)
    if caseload is not None:
        shift = shift + truth.theta * np.log(
            truth.caseload_reference / np.asarray(caseload, float)
        )
    if month is not None:
        season = np.cos(2 * np.pi * (np.asarray(month) - 5) / 12)
        shift = shift + truth.season_exits * season
    if unemployment is not None:
        gap = np.asarray(unemployment, float) - truth.unemployment_mean
        shift = shift + truth.unemployment_exits * gap
    age = np.log1p(np.asarray(elapsed, float))[..., None]
    row = np.asarray(segment)
    odds = np.exp(truth.alpha[row] + truth.beta[row] * age + shift[..., None])
    hazard: Array = odds / (1 + odds.sum(-1, keepdims=True))
    return hazard


def true_occupancy(truth: Truth, months: int = HORIZON) -> tuple[Array, Array]:
    """Household-months served per new case, and the hazards that lead to them.

    At the reference caseload, without season, at mean unemployment.

    Returns
    -------
    served : array (S, 2, months)
        By hardness (easy, hard) and elapsed month; the last month absorbs.
    hazard : array (S, 2, months, J)
    """
    segment = np.arange(len(truth.segments))[:, None, None]
    hard = np.arange(2)[None, :, None]
    hazard = true_hazard(truth, segment, np.arange(months), hard=hard)
    chains = hazard.sum(-1).reshape(-1, months)
    served = occupancy(chains).reshape(hazard.shape[:-1])
    share = np.array([1 - truth.hard_share, truth.hard_share])
    return served * share[:, None], hazard


def marginal_hazard(truth: Truth, months: int = 120) -> Array:
    """Exit probability by segment and elapsed month when hardness is not seen.

    Hard cases weigh more the longer a cohort has been on assistance. At the reference
    caseload, without season, at mean unemployment; rows follow each month to its end
    (nothing absorbs).

    Returns
    -------
    array (S, months, J)
    """
    served, hazard = true_occupancy(truth, months + 1)
    weight = served[..., :-1] / served[..., :-1].sum(1, keepdims=True)
    mean: Array = (weight[..., None] * hazard[..., :-1, :]).sum(1)
    return mean


def all_inflow(truth: Truth) -> Array:
    """Count new cases per month with returns, in the long run, shape (U, S)."""
    total: Array = truth.inflow / (1 - truth.returns.sum(1))
    return total


def stationary_cases(truth: Truth) -> Array:
    """Count cases served in a month in the long run, shape (U, S)."""
    cases: Array = all_inflow(truth) * true_occupancy(truth)[0].sum((1, 2))
    return cases


def light_staff_share(truth: Truth) -> float:
    """Share of the staff in the light group that gives `light_caseload_ratio`."""
    served = true_occupancy(truth)[0].sum(-1) * all_inflow(truth).sum(0)[:, None]
    easy, hard = served.sum(0) / served.sum()
    light = truth.light_if_easy * easy + truth.light_if_hard * hard
    return float(light / (light + truth.light_caseload_ratio * (1 - light)))


def calibrate(
    truth: Truth,
    cases: ArrayLike,
    exit_rate: float,
    benefit: float,
    destination_shares: ArrayLike | None = None,
) -> Truth:
    """Move a truth to a target level; its shape in duration and segment stays.

    Parameters
    ----------
    truth : Truth
    cases : array (U,)
        Cases served in a month, in the long run.
    exit_rate : float
        Exits per case served and month, in the long run.
    benefit : float
        Mean SEK per case-month.
    destination_shares : array (J,), optional
        Share of exits by destination; what the truth gives when left out.

    Returns
    -------
    Truth
        With new `alpha` (one shift per destination), `inflow` and `benefit`.
    """
    if not 0 < exit_rate < 1:
        raise ValueError(f"exit_rate must be in (0, 1), got {exit_rate}")
    mix = _exits_per_case(truth)
    shares = mix / mix.sum() if destination_shares is None else destination_shares
    target = exit_rate * np.asarray(shares, float)

    def moved(shift: Array) -> Truth:
        shifted = replace(truth, alpha=truth.alpha + shift)
        scale = np.asarray(cases, float) / stationary_cases(shifted).sum(1)
        return replace(shifted, inflow=shifted.inflow * scale[:, None])

    def miss(shift: Array) -> Array:
        return np.log(_exits_per_case(moved(shift))) - np.log(target)

    found = root(miss, np.log(target / mix))
    if not found.success:
        raise ValueError(f"no truth has these exits: {found.message}")
    there = moved(found.x)
    weight = stationary_cases(there).sum(0)
    mean = (there.benefit * weight).sum() / weight.sum()
    return replace(there, benefit=there.benefit * benefit / mean)


def _exits_per_case(truth: Truth) -> Array:
    """Give exits per case served by destination, in the long run, shape (J,)."""
    served, hazard = true_occupancy(truth)
    inflow = all_inflow(truth).sum(0)[:, None, None] * served
    rate: Array = (inflow[..., None] * hazard).sum((0, 1, 2)) / inflow.sum()
    return rate
