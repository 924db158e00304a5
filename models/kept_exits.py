"""What may be kept of a fitted exit model: it predicts as before and shows nobody.

A fitted model holds more than its coefficients: who was on assistance in training, by
covariate pattern and month. That stays in the run. Kept are

- the mean hazard of each segment in elapsed months 0..119, which is what a plan uses;
- of the logit, also its coefficients with their covariance, so that single households
  are predicted to rounding error as before. A level that too few households have is
  forgotten, and the others predict as they did.

Boosted trees are kept as their table alone. A leaf may have grown on the months of a
single household and a threshold lies between the values of two, so that the trees
themselves would tell of persons; and no pickle, or library that stands in for one, is
then needed to read them. Not kept either are households and exits by elapsed month:
few are left in the last ones, so a kept model gives no score.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .boosted_exits import BoostedExitModel
from .caseload import MONTHS
from .covariates import Column, Covariates
from .domain import Array
from .exit_design import Design
from .exit_steps import Steps
from .exit_terms import Terms
from .exits import ExitModel

FORMAT = "bemanna-exits/2"


class KeptExitModel(ExitModel):
    """The logit without what it knew of the households that it learnt from."""

    def __getattr__(self, name: str) -> Any:
        """Say why something is missing; asked only for what is."""
        raise AttributeError(f"a kept exit model holds no {name}")


@dataclass(frozen=True, eq=False)
class KeptExits:
    """Exit probabilities that can be stored as JSON, exactly.

    Attributes
    ----------
    segment : str
        Name of the segment column.
    destinations, segments : tuple of str
    hazard : array of shape (S, M, J)
        Mean hazard of each segment in elapsed month 0..M-1; the last also later.
    logit : KeptExitModel or None
        For single households; None where only segments may be told of.
    """

    segment: str
    destinations: tuple[str, ...]
    segments: tuple[str, ...]
    hazard: Array
    logit: KeptExitModel | None = None

    @classmethod
    def of(cls, model: ExitModel, few: Mapping[str, Collection[str]] = {}) -> Self:
        """Keep what may be kept of a fitted model.

        Parameters
        ----------
        model : ExitModel
            The logit or its challenger.
        few : mapping of str to collection of str
            As from `of_few`.

        Raises
        ------
        ValueError
            Too few households have even the commonest level of a column.
        """
        columns = model.design_.covariates.columns
        for name in few:
            if set(columns[name].levels[:1]) & set(few[name]):
                raise ValueError(f"too few households have any level of {name}")
        tells = any(c.kind != "level" and name in few for name, c in columns.items())
        alone = tells or isinstance(model, BoostedExitModel)
        gone = few.get(model.segment, ())
        segments = tuple(name for name in model.segments_ if name not in gone)
        return cls(
            model.segment,
            model.destinations_,
            segments,
            model.hazard_by_destination(segments, MONTHS),
            None if alone else _without(model, few, segments),
        )

    @property
    def covariates(self) -> Mapping[str, Column]:
        """What must be known of a single household, the segment among it."""
        return {} if self.logit is None else self.logit.design_.covariates.columns

    def cumulative_incidence(
        self, X: pd.DataFrame, horizon: int, elapsed: ArrayLike = 0
    ) -> Array:
        """Probability of having left to j within 1..horizon, (n, horizon, J).

        Of each household where X has every covariate, of its segment's mean where it
        has the segment alone.

        Raises
        ------
        ValueError
            X has some of the covariates, or what the model never learnt.
        """
        absent = [name for name in self.covariates if name not in X]
        if self.logit is not None and not absent:
            return self.logit.cumulative_incidence(X, horizon, elapsed)
        if len(absent) < len(set(self.covariates) - {self.segment}):
            raise ValueError(f"give {', '.join(absent)} too, or the segment alone")
        names = pd.Series("all", X.index) if self.segment not in X else X[self.segment]
        segment = pd.Index(self.segments).get_indexer(pd.Index(names.astype(str)))
        if (segment < 0).any():
            new = ", ".join(sorted(set(names[segment < 0].astype(str)))[:5])
            raise ValueError(f"segment {new} was never seen in training")
        start = np.broadcast_to(np.asarray(elapsed, dtype=int), len(X))
        if (start < 0).any():
            raise ValueError("elapsed months must be >= 0")
        month = start[:, None] + np.arange(horizon)
        last = self.hazard.shape[1] - 1
        hazard = self.hazard[segment[:, None], np.minimum(month, last)]
        stay = np.cumprod(1 - hazard.sum(2), axis=1)
        before = np.column_stack([np.ones(len(X)), stay])[:, :horizon, None]
        left: Array = (before * hazard).cumsum(1)
        return left

    def to_json(self) -> dict[str, Any]:
        """Describe as values of JSON; floats are written so that they read exactly."""
        return {
            "format": FORMAT,
            "segment": self.segment,
            "destinations": list(self.destinations),
            "segments": list(self.segments),
            "hazard": self.hazard.tolist(),
            "logit": None if self.logit is None else _described(self.logit),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Give back what `to_json` described.

        Raises
        ------
        ValueError
            The description is of another format.
        """
        if told.get("format") != FORMAT:
            raise ValueError(f"format must be {FORMAT}, got {told.get('format')!r}")
        kept = cls(
            told["segment"],
            tuple(told["destinations"]),
            tuple(told["segments"]),
            np.array(told["hazard"], dtype=float),
        )
        if told["logit"] is None:
            return kept
        return replace(kept, logit=_restored(told["logit"], kept))


def of_few(
    X: pd.DataFrame, households: ArrayLike, fewest: int
) -> dict[str, tuple[str, ...]]:
    """Levels that fewer than `fewest` households have, by column.

    A column of numbers is there, without levels, where all but so few households have
    the same number.
    """
    few: dict[str, tuple[str, ...]] = {}
    who = pd.Series(np.asarray(households, dtype=object), index=X.index)
    for name, column in X.items():
        count = who.groupby(column.astype(str)).nunique()
        if pd.api.types.is_numeric_dtype(column) and column.dtype != bool:
            usual = column.astype(str) == count.idxmax()
            if who[~usual].nunique() < fewest and not usual.all():
                few[str(name)] = ()
        elif (count < fewest).any():
            few[str(name)] = tuple(count.index[count < fewest])
    return few


def _without(
    model: ExitModel, few: Mapping[str, Collection[str]], segments: tuple[str, ...]
) -> KeptExitModel:
    """Copy coefficients, but for those of the levels in `few`."""
    design = model.design_
    columns = {}
    kept = np.ones(design.covariates.width, dtype=bool)
    for name, column in design.covariates.columns.items():
        stays = [level not in few.get(name, ()) for level in column.levels]
        levels = tuple(compress(column.levels, stays))
        columns[name] = replace(column, levels=levels)
        if levels:
            kept[design.places[name]] = stays[1:]
    own = np.ones(design.first, dtype=bool)  # intercept and time
    terms, among = design.terms.among(kept)
    steps = design.steps.among(kept)
    rows = np.flatnonzero(np.r_[own, kept, kept[design.slopes], among, steps])
    p, j = model.coef_.shape
    both = (np.arange(j)[:, None] * p + rows).ravel()
    learned = KeptExitModel(segment=model.segment, caseload=model.caseload)
    learned.destinations_, learned.segments_ = model.destinations_, segments
    learned.caseload_reference_ = model.caseload_reference_
    covariates = Covariates(columns)
    learned.design_ = Design.at(
        covariates,
        design.over_time,
        design.knots,
        terms,
        Steps.of(design.steps.starts, covariates, model.segment),
    )
    learned.coef_ = model.coef_[rows]
    learned.covariance_ = model.covariance_[np.ix_(both, both)]
    return learned


def _described(model: KeptExitModel) -> dict[str, Any]:
    design = model.design_
    bands = design.steps.starts.tolist()
    return {
        "caseload": model.caseload,
        "caseload_reference": model.caseload_reference_,
        "columns": [
            {
                "name": name,
                "kind": column.kind,
                "levels": list(column.levels),
                "centre": column.centre,
                "scale": column.scale,
                "knots": list(column.knots),
            }
            for name, column in design.covariates.columns.items()
        ],
        "over_time": design.over_time,
        "knots": design.knots.tolist(),
        "terms": {name: a.tolist() for name, a in design.terms._asdict().items()},
        "coef": model.coef_.tolist(),
        "covariance": model.covariance_.tolist(),
        **({"bands": bands} if bands else {}),
    }


def _restored(told: Mapping[str, Any], kept: KeptExits) -> KeptExitModel:
    columns = {
        column["name"]: Column(
            column["kind"],
            tuple(column["levels"]),
            column["centre"],
            column["scale"],
            tuple(column["knots"]),
        )
        for column in told["columns"]
    }
    covariates = Covariates(columns)
    model = KeptExitModel(segment=kept.segment, caseload=told["caseload"])
    model.destinations_, model.segments_ = kept.destinations, kept.segments
    model.caseload_reference_ = told["caseload_reference"]
    model.design_ = Design.at(
        covariates,
        told["over_time"],
        np.array(told["knots"], dtype=float),
        Terms.of(**told["terms"]),
        Steps.of(told.get("bands", ()), covariates, kept.segment),
    )
    model.coef_ = np.array(told["coef"], dtype=float)
    model.covariance_ = np.array(told["covariance"], dtype=float)
    return model
