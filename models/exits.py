"""Monthly exit probability by destination, from spells: a discrete-time hazard.

For a household with covariates x in elapsed month m, destination j against staying:

    log(h_j / h_stay) = a_j + f_j(log(m + 1)) + x b_j + x log(m + 1) c_j + z d_j

with f piecewise linear and z what the data ask for beside (`exit_terms`); c and d are
shrunk (`shrinkage`). Fitted on cells (`cells`), never on expanded months. Predicted
exits equal observed exits per destination in every level of every covariate, where a
destination has some twenty exits a column; on request in every duration band of every
segment too (`exit_steps`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import expit, logit
from sklearn.utils.validation import check_is_fitted

from .caseload import MONTHS
from .cells import recode
from .covariates import Covariates
from .domain import Array, Fault, InputError
from .effect import Association
from .exit_design import Counts, Design, columns_over_time, count_rows
from .exit_fit import fit, refine, stepped
from .exit_steps import Steps, checked_bands
from .exit_tables import Marginal, Mix, marginal
from .flow_exits import FlowExitModel
from .logit import shares
from .spell_hazards import SpellHazards


class ExitModel(SpellHazards):
    """Discrete-time hazard of leaving assistance, with competing destinations.

    Parameters
    ----------
    segment, caseload : str
        Names of two columns with a meaning of their own; both may be absent.
    destinations : tuple of str, optional
        Known destinations; `domain.DESTINATIONS` where left out.
    caseload_reference : float, optional
        Cases per handler at which the hazard stands unbent; the geometric mean over
        household-months where left out.
    knots : tuple of int
        Months (1-based) where the hazard may bend; kept where exits lie on both sides.
    over_time : "segment", "all" or tuple of str
        Columns whose effect changes with time on assistance (a slope in log month);
        "all" is all but the caseload.
    numeric : {"linear", "spline"}
        Whether numbers may bend at their quartiles.
    ridge : float
        Weak penalty on every coefficient but the intercept.
    refine : bool
        Whether to look for what the curve leaves over (`exit_terms`), and to learn
        from the data how far slopes, bends and those terms are drawn towards nought
        (`shrinkage`). Without, they are as free as the levels.
    bands : tuple of int, optional
        Elapsed months in which a duration band begins, such as (3, 6, 12, 24, 48); the
        first begins at 0. Predicted exits then equal observed ones per destination,
        segment and band too, where those are 20 or more; with fewer they are drawn to
        what the curve says (`exit_steps`). Off as it comes: it costs about twice the
        CPU and predicted households not seen no better, of small registers worse.

    Attributes
    ----------
    destinations_ : tuple of str
        Those seen in training, J of them.
    segments_ : tuple of str
        Commonest first; ("all",) without a segment column.
    coef_ : array of shape (P, J)
    covariance_ : array of shape (J * P, J * P)
    association_ : Association or None
        What goes with the caseload in routine data; never an effect.
    caseload_reference_ : float or None
    at_risk_, exits_ : arrays of shape (M,) and (M, J)
        Household-months and exits by elapsed month.
    """

    def __init__(
        self,
        *,
        segment: str = "segment",
        caseload: str = "caseload",
        destinations: tuple[str, ...] | None = None,
        caseload_reference: float | None = None,
        knots: tuple[int, ...] = (2, 4, 7, 13, 25, 49),
        over_time: str | tuple[str, ...] = "all",
        numeric: Literal["linear", "spline"] = "spline",
        ridge: float = 1e-5,
        refine: bool = True,
        bands: tuple[int, ...] | None = None,
    ) -> None:
        self.segment = segment
        self.caseload = caseload
        self.destinations = destinations
        self.caseload_reference = caseload_reference
        self.knots = knots
        self.over_time = over_time
        self.numeric = numeric
        self.ridge = ridge
        self.refine = refine
        self.bands = bands

    @staticmethod
    def from_flows(
        served: Array,
        exits: Array,
        segments: Sequence[str],
        destinations: Sequence[str] = ("exit",),
        **settings: Any,
    ) -> FlowExitModel:
        """Fit the sibling for monthly totals; see `FlowExitModel`."""
        model = FlowExitModel(tuple(segments), tuple(destinations), **settings)
        return model.fit(served, exits)

    def fit(self, X: pd.DataFrame, y: pd.DataFrame) -> Self:
        """Learn from counting-process rows.

        Parameters
        ----------
        X : frame of n rows
            Covariates. Text, categories and truth values are levels; numbers are
            linear (give a calendar season as text).
        y : frame of n rows with columns entry, stop, exit
            Months on assistance before the row and at its end; destination, missing
            where the household is still on assistance.

        Raises
        ------
        InputError
            Faulty rows (see `cells.check_rows`), or no exit at all.
        """
        bands = checked_bands(self.bands)
        rows = self._check(X, y)
        known = self._known()
        seen = np.bincount(rows.exit[rows.exit >= 0], minlength=len(known)) > 0
        if not seen.any():
            remedy = "give the exits, or fit on monthly totals"
            raise InputError([Fault("no_exits", "no household ever left", remedy)])
        self.destinations_ = tuple(np.array(known, dtype=object)[seen].tolist())
        months = (rows.stop - rows.entry).astype(float)
        covariates = Covariates.learn(
            X, months, self.caseload, self.caseload_reference, self.numeric
        )
        held = covariates.columns.get(self.caseload)
        self.caseload_reference_ = (
            self.caseload_reference if held is None else float(np.exp(held.centre))
        )
        column = covariates.columns.get(self.segment)
        named = column is not None and column.kind == "level"
        self.segments_ = column.levels if column is not None and named else ("all",)
        self._segment = self.segment if named else None
        data = count_rows(
            covariates,
            X,
            recode(rows, known, self.destinations_),
            self.destinations_,
            breaks=bands,
        )
        self.at_risk_, self.exits_ = data.counted.at_risk, data.counted.exits
        self.design_ = Design.of(
            covariates,
            columns_over_time(self.over_time, X, self.segment, self.caseload),
            self.knots,
            self.exits_,
        )
        self._learn(data)
        self.mix_ = Mix.seen(covariates, X, data)
        return self

    def _learn(self, data: Counts) -> None:
        """Fit the coefficients on cells."""
        design, ridge = self.design_, self.ridge
        if self.refine:
            design, penalty, fitted = refine(design, data, ridge, self.caseload)
        else:
            penalty = design.penalty(data, ridge)
            fitted = fit(design, data, penalty)
        if self.bands is not None:
            steps = Steps.of(self.bands, design.covariates, self.segment)
            design, fitted = stepped(design, data, ridge, penalty, fitted, steps)
        self.design_ = design
        self.coef_, self.covariance_ = fitted.coef, fitted.covariance
        self.loglik_, self.n_iter_ = fitted.loglik, fitted.iterations
        self.n_cells_ = len(data.counted.cells.pattern)
        self.association_ = Association.read(
            self.destinations_,
            self.coef_,
            self.covariance_,
            self.design_.column(self.caseload),
        )

    def hazard_interval(
        self, X: pd.DataFrame, elapsed: ArrayLike = 0, level: float = 0.95
    ) -> pd.DataFrame:
        """Any-exit hazard with its interval, by the delta method on the log odds.

        Returns
        -------
        frame with columns mean, low, high and the index of X
        """
        means, sds = [np.zeros(0)], [np.zeros(0)]
        check_is_fitted(self)
        encoded = self.design_.covariates.encode(X)
        for x in self._blocks(encoded, len(X), elapsed):
            hazard = self._hazard(x)
            some = hazard.sum(1)
            # d log(sum_j odds_j) / d b_j = (share of j among exits) x
            share = hazard / some[:, None]
            gradient = (share[:, :, None] * x[:, None, :]).reshape(len(x), -1)
            variance = np.einsum("np,np->n", gradient @ self.covariance_, gradient)
            means.append(some)
            sds.append(np.sqrt(variance))
        mean, sd = np.concatenate(means), np.concatenate(sds)
        half = float(stats.norm.ppf(0.5 + level / 2)) * sd
        low, high = expit(logit(mean) - half), expit(logit(mean) + half)
        return pd.DataFrame({"mean": mean, "low": low, "high": high}, index=X.index)

    def hazard_by_destination(
        self,
        segments: Sequence[str] | None = None,
        months: int = MONTHS,
        given: Mapping[str, object] | None = None,
    ) -> Array:
        """Mean hazard of each segment in elapsed months 0..M-1, shape (S, M, J).

        Parameters
        ----------
        segments : sequence of str, optional
            All of `segments_` where left out.
        given : mapping, optional
            Covariates held at a value, e.g. ``{"unit": "Centrum"}``; the others vary
            as they did in training.
        """
        return self._marginal(segments, months, given).hazard

    def draws(
        self,
        rng: np.random.Generator,
        n: int,
        segments: Sequence[str] | None = None,
        months: int = MONTHS,
        given: Mapping[str, object] | None = None,
    ) -> Array:
        """Any-exit hazards under parameter uncertainty, shape (n, S, M).

        Normal on the log odds of the segments' mean hazards, jointly over segments
        and months.
        """
        table = self._marginal(segments, months, given)
        centre = logit(table.hazard.sum(-1))
        size = len(self.covariance_)
        root = np.linalg.cholesky(self.covariance_)
        noise = rng.standard_normal((n, size)) @ root.T
        moves = noise @ table.gradient.reshape(-1, size).T
        drawn: Array = expit(centre + moves.reshape(n, *centre.shape))
        return drawn

    def _hazard(self, design: Array) -> Array:
        return shares(design, self.coef_)[:, 1:]

    def _marginal(
        self,
        segments: Sequence[str] | None,
        months: int,
        given: Mapping[str, object] | None,
    ) -> Marginal:
        codes = self._codes(segments)
        held = dict(given or {})
        absent = [name for name in held if name not in self.design_.covariates.columns]
        if absent:
            raise ValueError(f"the model did not learn {', '.join(absent)}")
        return marginal(
            self.design_, self.coef_, self.mix_, self._segment, codes, months, held
        )
