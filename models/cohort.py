"""Open cases rolled forward month by month, and how well hazards explain the exits.

With n[m, t] cases that have been on assistance m months before month t, and monthly
exit probability h[m]:

    served[t]     = sum_m n[m, t]                      n[0, t] = inflow[t]
    exits[t]      = sum_m h[m] n[m, t]
    n[m + 1, t+1] = (1 - h[m]) n[m, t]                 last m: "that long or longer"

Inflow counts everyone who starts a period, also those who come back; so there is no
separate re-entry here.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

from .domain import Array
from .household import Counts, household_month

#: Months over which the level of exits is compared with the hazards.
RECENT = 12
#: Exits that the hazards' own level counts for: a prior sd of 20 % of the level.
PRIOR_EXITS = 25.0
#: A disturbance of exits is at most this persistent from month to month.
MOST_PERSISTENT = 0.98


class Rolled(NamedTuple):
    """Cases and exits month by month.

    Attributes
    ----------
    served : array (n, S, T)
        Open at the start of the month plus new in it.
    exits : array (n, S, T)
        Left in the month: `served[t + 1] = served[t] - exits[t] + inflow[t + 1]`.
    """

    served: Array
    exits: Array


def round_at_random(values: Array, rng: np.random.Generator) -> Counts:
    """Whole cases with the same expectation: 2.3 is 3 with probability 0.3."""
    whole = np.floor(values)
    up = rng.random(np.shape(values)) < values - whole
    counts: Counts = (whole + up).astype(np.int64)
    return counts


def roll_forward(
    start: Array,
    inflow: Array,
    hazard: Array,
    rng: np.random.Generator | None = None,
    factor: Array | None = None,
) -> Rolled:
    """Roll open cases forward under given inflow and exit probability.

    Parameters
    ----------
    start : array (S, M) or (n, S, M)
        Cases open at the start of month 0 by elapsed month; nobody has 0 months.
    inflow : array (n, S, T)
        New cases.
    hazard : array (S, M) or (n, S, M)
        Monthly exit probability by elapsed month; the last holds for that month and
        every later one.
    rng : numpy.random.Generator, optional
        Draws whole households; fractional inflow and start are rounded at random.
        Without it, expectations flow.
    factor : array broadcastable to (n, S, T), optional
        Multiplies the hazard of a month; the product is cut at 1.

    Returns
    -------
    Rolled

    Raises
    ------
    ValueError
        Where shapes do not fit, a hazard is no probability or a count is negative.

    Examples
    --------
    >>> flow = roll_forward(np.array([[0, 8.0]]), np.full((1, 1, 3), 2.0),
    ...                     np.full((1, 2), 0.2))
    >>> flow.served[0, 0].tolist()
    [10.0, 10.0, 10.0]
    """
    start, inflow, hazard = (np.asarray(a, float) for a in (start, inflow, hazard))
    n, segments, months = _checked(start, inflow, hazard)
    scale = np.ones((1, 1, 1)) if factor is None else np.asarray(factor, float)
    scale = np.broadcast_to(scale, (n, segments, months))
    state = np.broadcast_to(start, (n, *start.shape[-2:])).copy()
    coming = inflow
    if rng is not None:
        state = round_at_random(state, rng).astype(float)
        coming = round_at_random(inflow, rng).astype(float)
    ageing = np.ones(state.shape[-1])
    ageing[-1] = 0
    served, exits = np.empty(inflow.shape), np.empty(inflow.shape)
    for month in range(months):
        state[..., 0] += coming[..., month]
        served[..., month] = state.sum(-1)
        chance = np.minimum(hazard * scale[..., month, None], 1)
        left = _who_stay(state, chance, rng)
        exits[..., month] = served[..., month] - left.sum(-1)
        state = left * (1 - ageing)
        state[..., 1:] += (left * ageing)[..., :-1]
    return Rolled(served, exits)


def _who_stay(state: Array, chance: Array, rng: np.random.Generator | None) -> Array:
    """Cases left after the month's exits, expected or drawn."""
    if rng is None:
        return np.asarray(state * (1 - chance))
    # nobody grows older here: the caller moves everyone one whole month
    month = household_month(state.astype(np.int64), chance[..., None], 0.0, rng)
    return month.stay.astype(float)


def _checked(start: Array, inflow: Array, hazard: Array) -> tuple[int, int, int]:
    """Return (n, S, T), or say which array does not fit."""
    if inflow.ndim != 3:
        raise ValueError(f"inflow must have shape (n, S, T), got {inflow.shape}")
    n, segments, months = inflow.shape
    for name, table in (("start", start), ("hazard", hazard)):
        shapes = ((segments, start.shape[-1]), (n, segments, start.shape[-1]))
        if table.shape not in shapes:
            raise ValueError(
                f"{name} must have shape (S, M) or (n, S, M) with n = {n}, "
                f"S = {segments}, M = {start.shape[-1]}; got {table.shape}"
            )
    for name, table, most in (
        ("start", start, np.inf),
        ("inflow", inflow, np.inf),
        ("hazard", hazard, 1.0),
    ):
        if not np.all((table >= 0) & (table <= most) & np.isfinite(table)):
            raise ValueError(f"{name} must lie between 0 and {most:g}")
    return n, segments, months


@dataclass(frozen=True)
class ExitLevel:
    """Observed exits against those that the hazards expect.

    A register's last year may run above or below what the hazards, learnt over many
    years, say. The level of the last 12 months is carried on, shrunk to 1 where few
    exits were seen; months wobble around it as they did in the history, beyond what
    whole households give by chance.

    Attributes
    ----------
    observed, expected : array (S,)
        Exits over the last 12 months.
    wobble : array (S,)
        Standard deviation of the log of a month's level beyond chance.
    persistence : array (S,)
        Correlation of the wobble from month to month.
    """

    observed: Array
    expected: Array
    wobble: Array
    persistence: Array

    @classmethod
    def learn(cls, observed: Array, expected: Array, served: Array) -> "ExitLevel":
        """Compare exits month by month.

        Parameters
        ----------
        observed, expected, served : array (S, T)
            Exits, exits that the mean hazards expect, and cases they are out of;
            NaN where not known. T should be some years.
        """
        known = np.isfinite(observed) & (expected > 0)
        o, e = np.where(known, observed, 0.0), np.where(known, expected, 0.0)
        mean = np.divide(o.sum(1), e.sum(1), out=np.ones(len(o)), where=e.sum(1) > 0)
        # moments weighted by E: the excess of (O - rE)^2 over binomial variance
        fit = mean[:, None] * e
        share = np.divide(fit, served, out=np.zeros_like(fit), where=known)
        gap = np.where(known, o - fit, 0.0)
        weight = np.maximum(np.square(fit).sum(1), 1e-12)
        chance = (fit * (1 - np.minimum(share, 1))).sum(1)
        excess = np.maximum(np.square(gap).sum(1) - chance, 0) / weight
        pairs = np.maximum((fit[:, 1:] * fit[:, :-1]).sum(1), 1e-12)
        lagged = (gap[:, 1:] * gap[:, :-1]).sum(1) / pairs
        persistence = np.clip(
            np.divide(lagged, excess, out=np.zeros_like(lagged), where=excess > 0),
            0,
            MOST_PERSISTENT,
        )
        return cls(
            o[:, -RECENT:].sum(1),
            e[:, -RECENT:].sum(1),
            np.sqrt(np.log1p(excess)),
            persistence,
        )

    @property
    def factor(self) -> Array:
        """Multiplier of the mean hazards, shape (S,)."""
        factor: Array = (self.observed + PRIOR_EXITS) / (self.expected + PRIOR_EXITS)
        return factor

    def draws(self, rng: np.random.Generator, months: int, relative: Array) -> Array:
        """Multipliers of drawn hazards, (n, S, months), for `roll_forward`.

        Parameters
        ----------
        rng : numpy.random.Generator
        months : int
        relative : array (n, S)
            Exits that each draw of the hazards expects over the last 12 months,
            relative to the mean hazards: a draw that lies high is scaled down to the
            same observed level, so that the level is not uncertain twice.
        """
        level = rng.gamma(self.observed + PRIOR_EXITS, size=relative.shape)
        level /= self.expected * relative + PRIOR_EXITS
        noise = rng.standard_normal((*relative.shape, months))
        for s, rho in enumerate(self.persistence):
            noise[:, s, 1:] *= np.sqrt(1 - rho**2)
            noise[:, s] = lfilter([1.0], [1.0, -rho], noise[:, s], axis=-1)
        size = self.wobble[:, None]
        return np.asarray(level[..., None] * np.exp(size * noise - size**2 / 2))
