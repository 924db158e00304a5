"""Event study: what a pilot changed quarter by quarter, and whether it began before.

Few pilot units, from observed against expected exits (`pilot.expected_by_period`). For
unit u in quarter q, counted from the start and measured from the quarter before it,

    delta_uq = log(O_uq / E_uq) - log(O_u,-1 / E_u,-1),   v_uq = 1/O_uq + 1/O_u,-1
    effect_q = mean_pilots delta_uq - mean_controls delta_uq
    Var_q    = 1 / sum_pilots w_uq + 1 / sum_controls w_uq,  w_uq = 1 / (v_uq + tau_q^2)

both means weighted by w, tau_q^2 the drift between controls in that quarter, t with
G - 1 degrees of freedom, as in `pilot`.

Many units that adopt one after another, from log caseload by unit and month:

    y_ut = a_u + b_t + sum_{q != -1} effect_q 1{u is q quarters from its start} + x_ut g

with errors clustered by unit (Liang & Zeger 1986). Where early adopters gain otherwise
than late ones, these coefficients mix quarters (Sun & Abraham 2021, J Econometrics
225:175); read them beside each unit's own curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from .domain import Array, Flags, Ints
from .drift import dose_slope, drift_between

#: With fewer treated or untreated units, errors clustered by unit are too small.
FEWEST_UNITS = 10
REFERENCE = -1


@dataclass(frozen=True)
class EventStudy:
    """Effect by period from the start, relative to the period before it.

    Attributes
    ----------
    periods : int array of shape (P,)
        0 is the first period with the pilot; the reference -1 is left out.
    effect, sd : arrays of shape (P,)
        Log ratio against controls, and its standard error.
    df : float
        Degrees of freedom of the t distribution.
    before : float
        How often so much would differ before the start where nothing does (a p-value);
        missing where no period but the reference lies before it.
    """

    periods: Ints
    effect: Array
    sd: Array
    df: float
    before: float

    def frame(self, level: float = 0.95) -> pd.DataFrame:
        """Effects with their equal-tailed t intervals, the reference as 0.

        Returns
        -------
        frame with columns period, effect, sd, low, high
        """
        half = float(stats.t.ppf(0.5 + level / 2, self.df)) * self.sd
        table = pd.DataFrame(
            {
                "period": self.periods,
                "effect": self.effect,
                "sd": self.sd,
                "low": self.effect - half,
                "high": self.effect + half,
            }
        )
        table.loc[len(table)] = [REFERENCE, 0.0, 0.0, 0.0, 0.0]
        table = table.astype({"period": int}).sort_values("period")
        return table.reset_index(drop=True)


def pilot_by_period(table: pd.DataFrame, treated: Sequence[str]) -> EventStudy:
    """Effect of a pilot by period, of one or several units that start together.

    Half an exit is added to every count, as in `difference_in_differences`. Pilots
    that start in different months are studied one start at a time.

    Parameters
    ----------
    table : frame with columns unit, period, observed, expected
        As from `pilot.expected_by_period`.
    treated : sequence of str

    Returns
    -------
    EventStudy
        `before` is the share of units, the pilots counted as one, that moved at least
        as much before the start; the least possible is 1 / (controls + 1).

    Raises
    ------
    ValueError
        No period before the start, a pilot unit that lacks a period, or fewer than
        two controls that have them all.
    """
    units = table["unit"].astype(str)
    periods = np.unique(table["period"].to_numpy(np.intp))
    if REFERENCE not in periods or periods[-1] < 0:
        raise ValueError("a period before the start (-1) and one after it are needed")
    grid = pd.MultiIndex.from_product([sorted(set(units)), periods])
    counts = table.set_index([units, table["period"]])[["observed", "expected"]]
    values = counts.reindex(grid).to_numpy(float).reshape(-1, len(periods), 2)
    whole: Flags = np.all(values[:, :, 1] > 0, axis=1)
    pilot = grid.levels[0].isin(list(treated))
    if not pilot.any() or not whole[pilot].all():
        raise ValueError("a pilot unit has no household-months in some period")
    values, pilot = values[whole], pilot[whole]
    controls = int((~pilot).sum())
    if controls < 2:
        raise ValueError(
            f"a pilot needs at least 2 control units to be judged against, got "
            f"{controls}"
        )
    observed, expected = values[:, :, 0] + 0.5, values[:, :, 1]
    level, noise = np.log(observed / expected), 1 / observed
    at = periods == REFERENCE
    delta = level[:, ~at] - level[:, at]
    variance = noise[:, ~at] + noise[:, at]
    periods = periods[~at]
    drift = [
        drift_between(d[~pilot], v[~pilot])
        for d, v in zip(delta.T, variance.T, strict=True)
    ]
    weight = 1 / (variance + np.array(drift))
    slopes = [
        dose_slope(d, pilot.astype(float), w[None])
        for d, w in zip(delta.T, weight.T, strict=True)
    ]
    effect, squared = np.concatenate(slopes, axis=1)
    lead = periods < REFERENCE
    before = _placebo_share(delta[:, lead], weight[:, lead], pilot)
    return EventStudy(periods, effect, np.sqrt(squared), controls - 1.0, before)


def _placebo_share(delta: Array, weight: Array, pilot: Flags) -> float:
    """Share of controls that moved at least as much as the pilots, pilots included."""
    if not delta.shape[1]:
        return np.nan

    def moved(some: Flags) -> float:
        others = ~pilot & ~some
        mine = (weight[some] * delta[some]).sum(0) / weight[some].sum(0)
        rest = (weight[others] * delta[others]).sum(0) / weight[others].sum(0)
        variance = 1 / weight[some].sum(0) + 1 / weight[others].sum(0)
        return float(((mine - rest) ** 2 / variance).mean())

    placebos = [moved(row) for row in np.eye(len(pilot), dtype=bool)[~pilot]]
    return (1 + sum(p >= moved(pilot) for p in placebos)) / (1 + len(placebos))


def two_way_event_study(
    panel: pd.DataFrame,
    outcome: str = "log_caseload",
    covariates: Sequence[str] = (),
    *,
    unit: str = "unit",
    month: str = "month",
    start: str = "start",
    width: int = 3,
    window: tuple[int, int] = (-8, 7),
) -> EventStudy:
    """Two-way fixed-effects event study of staggered adoption.

    Parameters
    ----------
    panel : frame with one row per unit and month
    outcome : str
        Column, e.g. log caseload per inhabitant.
    covariates : sequence of str
        Columns that enter linearly.
    unit, month, start : str
        Columns; `month` counts months (whole numbers) and `start` is the month in
        which the unit began, missing where it never does.
    width : int
        Months in a period: 3 = quarters, 1 = months.
    window : pair of int
        First and last period; what lies outside counts into the nearest.

    Returns
    -------
    EventStudy
        t with as many degrees of freedom as the fewer of treated and untreated units
        have, less 1: with ten treated of fifty, units - 1 covers .90 of 95 %. `before`
        from the F test that every period before the start is 0.

    Raises
    ------
    ValueError
        Missing values, fewer than `FEWEST_UNITS` treated or untreated units, or
        effects that months and units explain whole.
    """
    used = panel[[outcome, *covariates]].to_numpy(float)
    if not np.isfinite(used).all():
        raise ValueError("the outcome and covariates must be known in every row")
    begins = panel[start].to_numpy(float)
    units, who = np.unique(panel[unit].astype(str), return_inverse=True)
    adopting = len(np.unique(who[np.isfinite(begins)]))
    fewer = min(adopting, len(units) - adopting)
    if fewer < FEWEST_UNITS:
        raise ValueError(
            f"errors clustered by unit need at least {FEWEST_UNITS} treated and "
            f"{FEWEST_UNITS} untreated units, got {adopting} and "
            f"{len(units) - adopting}; use pilot_by_period"
        )
    since = np.floor((panel[month].to_numpy(float) - begins) / width)
    since = np.clip(np.nan_to_num(since, nan=REFERENCE), *window)
    periods = np.setdiff1d(since, REFERENCE)
    months = pd.get_dummies(panel[month], drop_first=True, dtype=float).to_numpy()
    design = np.column_stack([since[:, None] == periods, used[:, 1:]])
    # unit effects leave by demeaning, month effects by regression on their dummies:
    # exact also where months are missing (Frisch & Waugh 1933)
    moving = _demean(np.column_stack([used[:, :1], design, months]), who)
    size = 1 + design.shape[1]
    own, common = moving[:, :size], moving[:, size:]
    own = own - common @ np.linalg.lstsq(common, own, rcond=None)[0]
    y, x = own[:, 0], own[:, 1:]
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise ValueError("months and units leave nothing to tell some effects apart by")
    bread = np.linalg.inv(x.T @ x)
    coef = bread @ (x.T @ y)
    score = np.zeros((len(units), x.shape[1]))
    np.add.at(score, who, x * (y - x @ coef)[:, None])
    groups, n = len(units), len(y)
    learnt = x.shape[1] + months.shape[1] + 1  # unit effects are nested in the clusters
    small = groups / (groups - 1) * (n - 1) / (n - learnt)
    covariance = small * bread @ (score.T @ score) @ bread
    lead = np.flatnonzero(periods < REFERENCE)
    apart = coef[lead] @ np.linalg.solve(covariance[np.ix_(lead, lead)], coef[lead])
    before = (
        float(stats.f.sf(apart / len(lead), len(lead), fewer - 1))
        if len(lead)
        else np.nan
    )
    keep = slice(len(periods))
    sd = np.sqrt(np.diag(covariance))
    return EventStudy(
        periods.astype(np.intp), coef[keep], sd[keep], fewer - 1.0, before
    )


def _demean(values: Array, who: Ints) -> Array:
    """Take the mean of each unit out of every column of values (n, k)."""
    total = np.zeros((who.max() + 1, values.shape[1]))
    np.add.at(total, who, values)
    within: Array = values - (total / np.bincount(who)[:, None])[who]
    return within
