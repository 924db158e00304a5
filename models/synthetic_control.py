"""Synthetic control: the pilot beside the mix of controls that was most like it.

A second opinion on `pilot`, from outcomes alone and without a model of exits. With
y_ut the outcome of unit u in period t, T0 periods before the start and G controls,

    w = argmin  sum_{t < T0} (y_1t - m_1 - sum_u w_u (y_ut - m_u))^2
        over    w_u >= 0, sum_u w_u = 1
    effect = mean_{t >= T0} gap_t - mean_{t < T0} gap_t,   gap_t = y_1t - sum_u w_u y_ut

with m_u the unit's mean before the start: its level is its own, only its course must be
matched (Abadie, Diamond & Hainmueller 2010, JASA 105:493; Ferman & Pinto 2021,
Quantitative Economics 12:1197). Each control in turn is called the pilot and matched by
the other controls; those placebos tell how far a unit moves where nothing happened.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import nnls

from .domain import Array, Interval

#: Pull towards equal weights, as a share of the controls' own variation: where several
#: mixes match equally well, the most even is taken.
EVENNESS = 1e-6


@dataclass(frozen=True)
class SyntheticControl:
    """Effect of a pilot against its synthetic control.

    Attributes
    ----------
    effect : float
        Mean change of the gap, in the unit of the outcome (log ratio for logs).
    controls : tuple of str
    weights : array of shape (G,)
        Share of each control in the mix; sums to 1.
    fit : float
        Root mean square gap before the start.
    placebos : array of shape (G,)
        Effect of each control, called a pilot.
    placebo_fit : array of shape (G,)
    gap : array of shape (T,)
        Pilot minus its mix in each period, level taken out.
    """

    effect: float
    controls: tuple[str, ...]
    weights: Array
    fit: float
    placebos: Array
    placebo_fit: Array
    gap: Array

    @property
    def p_value(self) -> float:
        """Share of units whose effect is at least as large, the pilot included.

        The least possible is 1 / (G + 1): with few controls no effect is rare.
        """
        larger = np.abs(self.placebos) >= abs(self.effect)
        return float((1 + larger.sum()) / (1 + len(larger)))

    def interval(self, level: float = 0.95) -> Interval:
        """Spread of the placebos about 0, t with G - 1 degrees of freedom.

        It holds where the pilot is as noisy as a control; a smaller unit is noisier.
        """
        spread = float(np.sqrt(np.mean(self.placebos**2)))
        half = float(stats.t.ppf(0.5 + level / 2, len(self.placebos) - 1)) * spread
        return Interval(self.effect, self.effect - half, self.effect + half, level)


def synthetic_control(
    outcome: pd.DataFrame, treated: str, start: object
) -> SyntheticControl:
    """Match a pilot before its start, and see how it parts from its match after.

    Parameters
    ----------
    outcome : frame of T periods in order, one column per unit
        E.g. `log_exit_rates` by quarter, or log caseload by month. Units with a pilot
        of their own are left out by the caller.
    treated : str
        Column of the pilot.
    start : label of the index
        First period with the pilot.

    Raises
    ------
    ValueError
        Unknown unit or start, missing values, fewer than 2 periods before the start or
        fewer than 3 controls.
    """
    if treated not in outcome.columns or start not in outcome.index:
        raise ValueError(f"no unit {treated!r} or no period {start!r} in the outcome")
    first = int(np.flatnonzero(outcome.index == start)[0])
    others = outcome.drop(columns=treated)
    if first < 2 or others.shape[1] < 3:
        raise ValueError(
            "at least 2 periods before the start and 3 controls are needed, got "
            f"{first} and {others.shape[1]}"
        )
    mine, pool = outcome[treated].to_numpy(float), others.to_numpy(float)
    if not (np.isfinite(mine).all() and np.isfinite(pool).all()):
        raise ValueError("the outcome must be known for every unit and period")
    mine, pool = mine - mine[:first].mean(), pool - pool[:first].mean(0)
    weights = simplex_weights(mine[:first], pool[:first])
    gap = mine - pool @ weights
    placebos, fits = np.zeros(pool.shape[1]), np.zeros(pool.shape[1])
    for unit in range(pool.shape[1]):
        rest = np.delete(pool, unit, axis=1)
        mix = simplex_weights(pool[:first, unit], rest[:first])
        moved = pool[:, unit] - rest @ mix
        placebos[unit], fits[unit] = moved[first:].mean(), _size(moved[:first])
    return SyntheticControl(
        effect=float(gap[first:].mean()),
        controls=tuple(map(str, others.columns)),
        weights=weights,
        fit=_size(gap[:first]),
        placebos=placebos,
        placebo_fit=fits,
        gap=gap,
    )


def simplex_weights(target: Array, pool: Array) -> Array:
    """Weights >= 0 with sum 1 whose mix of columns comes nearest to the target.

    With D = target - pool, column by column, the mix misses by D w. Over all u >= 0,
    |D u|^2 + s^2 (sum u - 1)^2 has its least at a multiple of the wanted w, whatever
    s > 0, so that one non-negative least-squares problem gives it exactly (Lawson &
    Hanson 1974, ch. 23).

    Parameters
    ----------
    target : array of shape (T,)
    pool : array of shape (T, G)

    Returns
    -------
    array of shape (G,)

    >>> simplex_weights(np.array([1.0, 3.0]), np.array([[0.0, 2.0], [2.0, 4.0]]))
    array([0.5, 0.5])
    """
    apart = target[:, None] - pool
    scale = float(np.sqrt(np.mean(apart**2))) or 1.0
    size = pool.shape[1]
    even = np.sqrt(EVENNESS * len(target)) * np.eye(size)
    rows = np.vstack([apart / scale, even, np.ones(size)])
    found, _ = nnls(rows, np.append(np.zeros(len(rows) - 1), 1.0))
    weights: Array = found / found.sum()
    return weights


def log_exit_rates(
    exits: pd.DataFrame, served: pd.DataFrame, width: int = 3
) -> pd.DataFrame:
    """Log exits per household-month by period, half an exit added.

    Parameters
    ----------
    exits, served : frames of months in order, one column per unit
    width : int
        Months in a period, 3 = quarters; months must fill whole periods, and a pilot
        starts where a period does.

    Returns
    -------
    frame of periods 0, 1, ... and the same columns
    """
    if len(exits) % width or exits.shape != served.shape:
        raise ValueError(f"months must be alike and fill periods of {width}")
    period = np.arange(len(exits)) // width
    gone, risk = exits.groupby(period).sum() + 0.5, served.groupby(period).sum()
    return (gone / risk).apply(np.log)


def _size(gap: Array) -> float:
    return float(np.sqrt(np.mean(gap**2)))
