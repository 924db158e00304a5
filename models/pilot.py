"""What a pilot shows: observed against expected exits, before and after, with controls.

For each unit u, E_u is what an exit model expects that was fitted without the pilot's
later months and without knowing the caseload. The change

    delta_u = log(O_u / E_u) after - log(O_u / E_u) before

is freed from what u always was and from whom it served. Against G controls a pilot of
one unit has

    Var = 1/O + 1/O' + tau^2 + 1 / sum_u 1 / (v_u + tau^2)

with tau^2 how much controls drift apart by themselves (DerSimonian & Laird 1986), and
a t distribution with G - 1 degrees of freedom. Cluster-robust errors are not offered:
with one treated unit they are far too small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from sklearn.base import clone

from .domain import Array, Interval
from .drift import dose_slope, drift_between

Flags = NDArray[np.bool_]

#: A smaller change in caseload (as a ratio) says nothing about a halving.
SMALLEST_RATIO = 1.1
COUNTS = ["observed", "expected", "months"]


class ExitsExpected(Protocol):
    """What is asked of a model of exits."""

    def fit(self, X: pd.DataFrame, y: pd.DataFrame) -> Self:
        """Learn from counting-process rows."""
        ...

    def observed_expected(
        self,
        X: pd.DataFrame,
        y: pd.DataFrame,
        groups: NDArray[np.intp],
    ) -> pd.DataFrame:
        """Columns observed, expected, months by group."""
        ...


@dataclass(frozen=True)
class PilotEstimate:
    """Effect of halving the caseload as a pilot shows it.

    Attributes
    ----------
    log_hr, sd : float
        Log hazard ratio of halving the caseload, and its standard error.
    df : float
        Degrees of freedom of its t distribution, controls - 1.
    tau2 : float
        Variance with which controls drift apart (squared log ratio).
    units : tuple of str
    change, variance : arrays of shape (U,)
        delta_u of each unit and its counting variance 1/O + 1/O'.
    halvings : array of shape (U,)
        How many times the unit's caseload was halved relative to controls; 0 for
        controls.
    """

    log_hr: float
    sd: float
    df: float
    tau2: float
    units: tuple[str, ...]
    change: Array
    variance: Array
    halvings: Array

    def interval(self, level: float = 0.95) -> Interval:
        """Equal-tailed t interval of the log hazard ratio."""
        half = float(stats.t.ppf(0.5 + level / 2, self.df)) * self.sd
        return Interval(self.log_hr, self.log_hr - half, self.log_hr + half, level)

    def given_drift(self, tau2: Array) -> tuple[Array, Array, Array]:
        """Estimate, variance and control log-likelihood at assumed drifts.

        Parameters
        ----------
        tau2 : array of shape (n,)

        Returns
        -------
        three arrays of shape (n,)
        """
        weight = 1 / (self.variance + np.atleast_1d(tau2)[:, None])
        estimate, variance = dose_slope(self.change, self.halvings, weight)
        control = self.halvings == 0
        w, d = weight[:, control], self.change[control]
        mean = (w * d).sum(1) / w.sum(1)
        squares = (w * (d - mean[:, None]) ** 2).sum(1)
        loglik = 0.5 * (np.log(w).sum(1) - np.log(w.sum(1)) - squares)
        return estimate, variance, loglik

    @property
    def placebo_share(self) -> float:
        """Share of controls that, called a pilot, changed at least as much.

        The pilot itself is counted, so the least possible is 1 / (controls + 1).
        """
        control = self.halvings == 0
        weight = 1 / (self.variance + self.tau2)

        def apart(unit: int) -> float:
            others = control.copy()
            others[unit] = False
            mean = np.average(self.change[others], weights=weight[others])
            return abs(float(self.change[unit] - mean))

        treated = max(apart(int(u)) for u in np.flatnonzero(~control))
        placebos = [apart(int(u)) for u in np.flatnonzero(control)]
        return (1 + sum(p >= treated for p in placebos)) / (1 + len(placebos))


def observed_expected(
    model: ExitsExpected,
    X: pd.DataFrame,
    y: pd.DataFrame,
    after: Flags,
    treated: Sequence[str],
    unit: str = "unit",
    caseload: str = "caseload",
) -> pd.DataFrame:
    """Observed and expected exits by unit, before and after the pilot began.

    Parameters
    ----------
    after : bool array of shape (n,)
        Whether the row lies in or after the pilot's first month.
    model, X, y, treated, unit, caseload
        As in `expected_by_period`.

    Returns
    -------
    frame with columns unit, after, observed, expected, months, caseload
    """
    period = np.asarray(after, dtype=bool).astype(np.intp) - 1
    table = expected_by_period(model, X, y, period, treated, unit, caseload)
    return table.assign(period=table["period"] >= 0).rename(columns={"period": "after"})


def expected_by_period(
    model: ExitsExpected,
    X: pd.DataFrame,
    y: pd.DataFrame,
    period: NDArray[np.intp],
    treated: Sequence[str],
    unit: str = "unit",
    caseload: str = "caseload",
) -> pd.DataFrame:
    """Observed and expected exits by unit and period, e.g. quarter from the start.

    Parameters
    ----------
    model : ExitModel
        Cloned, then fitted without the treated units' later rows and without the
        columns `unit` and `caseload`.
    X, y : frames of n counting-process rows
        Rows are split where a period begins.
    period : int array of shape (n,)
        Period of each row; 0 is the pilot's first, -1 the last before it.
    treated : sequence of str
        Units in the pilot.

    Returns
    -------
    frame with columns unit, period, observed, expected, months, caseload
        Every unit in every period. `caseload` is the geometric mean over
        household-months.

    Raises
    ------
    ValueError
        A pilot unit without rows, or cases per handler that are not known.
    """
    period = np.asarray(period)
    names = X[unit].astype(str).to_numpy()
    missing = sorted(set(treated) - set(names))
    if missing:
        raise ValueError(f"no rows of pilot unit {', '.join(missing)}")
    cases = X[caseload].to_numpy(float)
    if not (cases > 0).all():
        raise ValueError("cases per handler must be known, and above 0, in every row")
    learn = ~((period >= 0) & np.isin(names, list(treated)))
    covariates = _seen(X.drop(columns=[unit, caseload]), learn)
    fitted = clone(model).fit(covariates[learn], y[learn])
    units, code = np.unique(names, return_inverse=True)
    periods, when = np.unique(period, return_inverse=True)
    group = code * len(periods) + when
    size = len(units) * len(periods)
    table = fitted.observed_expected(covariates, y, group)
    table = table.reindex(range(size), fill_value=0.0)
    months = (y["stop"] - y["entry"]).to_numpy(float)
    logs = np.bincount(group, months * np.log(cases), size)
    seen = np.maximum(table["months"].to_numpy(float), 1e-300)
    return pd.DataFrame(
        {
            "unit": np.repeat(units, len(periods)),
            "period": np.tile(periods, len(units)),
            **{name: table[name].to_numpy(float) for name in COUNTS},
            "caseload": np.exp(logs / seen),
        }
    )


def _seen(covariates: pd.DataFrame, learn: Flags) -> pd.DataFrame:
    """Leave out what takes values in the pilot that the model could not learn from."""
    unknown = [
        name
        for name, column in covariates.items()
        if not pd.api.types.is_numeric_dtype(column)
        and not column.isin(column[learn].unique()).all()
    ]
    return covariates.drop(columns=unknown)


def difference_in_differences(
    table: pd.DataFrame, treated: Sequence[str]
) -> PilotEstimate:
    """Estimate the effect of halving the caseload from an O/E table.

    Several pilots, at several doses, are one slope of the change on how often the
    caseload was halved. They share one start: pilots that start in different months
    are estimated one start at a time, or together by `event_study`.

    Half an exit is added to every count, so that a month or unit without exits
    counts as little information instead of infinity. The ratio of exits is carried
    to the odds scale, on which the program bends exits, with the pilot's mean
    expected hazard.

    Parameters
    ----------
    table : frame with columns unit, after, observed, expected, months, caseload
        Two rows per unit, as from `observed_expected`.
    treated : sequence of str

    Raises
    ------
    ValueError
        Fewer than two controls, a unit without both periods, or a caseload that
        changed by less than a tenth.
    """
    units = sorted(set(table["unit"].astype(str)))
    place = table.set_index([table["unit"].astype(str), table["after"].astype(bool)])
    grid = pd.MultiIndex.from_product([units, [False, True]])
    columns: list[Any] = [*COUNTS, "caseload"]
    values = place[columns].reindex(grid).to_numpy(float).reshape(len(units), 2, 4)
    whole: Flags = np.all(values[:, :, 1:3] > 0, axis=(1, 2))  # expected and months
    pilot = np.isin(units, list(treated))
    if not pilot.any() or not whole[pilot].all():
        raise ValueError("a pilot unit has no household-months before or after")
    values, is_treated = values[whole], pilot[whole]
    exits, expected, months, caseload = np.moveaxis(values, 2, 0)  # (U, before/after)
    controls = int((~is_treated).sum())
    if controls < 2:
        raise ValueError(
            f"a pilot needs at least 2 control units to be judged against, got "
            f"{controls}"
        )
    observed = exits + 0.5
    change = np.diff(np.log(observed / expected), axis=1)[:, 0]
    variance = (1 / observed).sum(1)
    lighter = -np.diff(np.log2(caseload), axis=1)[:, 0]
    halvings = np.where(is_treated, lighter - lighter[~is_treated].mean(), 0.0)
    if np.abs(halvings[is_treated]).min() < np.log2(SMALLEST_RATIO):
        raise ValueError(
            f"the pilot's cases per handler changed by less than a factor "
            f"{SMALLEST_RATIO} against its controls"
        )
    tau2 = drift_between(change[~is_treated], variance[~is_treated])
    hazard = expected[is_treated, 1].sum() / months[is_treated, 1].sum()
    to_odds = 1 / (1 - min(float(hazard), 0.9))
    estimate, var = dose_slope(
        change * to_odds, halvings, 1 / (variance + tau2)[None] / to_odds**2
    )
    return PilotEstimate(
        log_hr=float(estimate[0]),
        sd=float(np.sqrt(var[0])),
        df=controls - 1.0,
        tau2=tau2 * to_odds**2,
        units=tuple(u for u, kept in zip(units, whole, strict=True) if kept),
        change=change * to_odds,
        variance=variance * to_odds**2,
        halvings=halvings,
    )
