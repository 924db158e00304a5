"""What every model of exits gives to a plan: hazards of segments, bent by an effect."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .caseload import MONTHS
from .domain import Array
from .effect import EffortEffect, require_effect


class SegmentHazards(BaseEstimator):
    """Hazards by segment and elapsed month; S segments, M months, J destinations.

    Attributes
    ----------
    segments_ : tuple of str
    destinations_ : tuple of str
    caseload_reference_ : float or None
        Cases per handler at which the hazards stand as learned.
    """

    segments_: tuple[str, ...]
    destinations_: tuple[str, ...]
    caseload_reference_: float | None

    @abstractmethod
    def hazard_by_destination(
        self,
        segments: Sequence[str] | None = None,
        months: int = MONTHS,
        given: Mapping[str, object] | None = None,
    ) -> Array:
        """Mean hazard of each segment in elapsed months 0..M-1, shape (S, M, J)."""

    @abstractmethod
    def draws(
        self,
        rng: np.random.Generator,
        n: int,
        segments: Sequence[str] | None = None,
        months: int = MONTHS,
        given: Mapping[str, object] | None = None,
    ) -> Array:
        """Any-exit hazards under parameter uncertainty, shape (n, S, M)."""

    def hazard_table(
        self,
        segments: Sequence[str] | None,
        months: int,
        caseloads: ArrayLike,
        effect: EffortEffect,
        reference: float | None = None,
        given: Mapping[str, object] | None = None,
    ) -> Array:
        """Any-exit hazard by elapsed month and cases per handler, shape (S, M, L).

        The caseload direction is the effect's alone; a coefficient on caseload in
        routine data is an `Association` and is not used.

        Parameters
        ----------
        segments : sequence of str or None
            All of `segments_` where None.
        caseloads : array of shape (L,)
        reference : float, optional
            Cases per handler at which the hazard stands as learned;
            `caseload_reference_` where left out.
        given : mapping, optional
            Covariates held at a value, e.g. ``{"unit": "Centrum"}``.

        Raises
        ------
        TypeError
            `effect` is not an `EffortEffect`.
        """
        effect = require_effect(effect)
        check_is_fitted(self)
        against = self.caseload_reference_ if reference is None else reference
        if against is None:
            raise ValueError("give the reference caseload at which exits were seen")
        hazard = self.hazard_by_destination(segments, months, given).sum(-1)
        return effect.apply(hazard[:, :, None], caseloads, against)

    def _codes(self, segments: Sequence[str] | None) -> list[int]:
        check_is_fitted(self)
        wanted = self.segments_ if segments is None else tuple(segments)
        unknown = [s for s in wanted if s not in self.segments_]
        if unknown:
            raise ValueError(f"segment {', '.join(unknown)} was never seen in training")
        return [self.segments_.index(s) for s in wanted]
