"""Fitting the exit model on cells: its curve, what that leaves over, its priors."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .domain import Array, Ints
from .exit_design import Counts, Design
from .exit_terms import left_over, standing_out
from .logit import BLOCK, Logit, fit_multinomial, shares
from .shrinkage import learn_priors

#: A step that gains less ends a fit; on the way there a rougher one will do.
CLOSE, ROUGH = 1e-11, 0.1
#: Precision of coefficients whose spread is not learnt yet.
FIRST_TIGHT = 10.0


def fit(
    design: Design,
    data: Counts,
    penalty: Array,
    start: Array | None = None,
    close: float = CLOSE,
) -> Logit:
    """Fit the coefficients of a design under a penalty of shape (P, J)."""

    def columns(first: int, end: int) -> Array:
        return design.rows(*data.places(slice(first, end)))

    return fit_multinomial(columns, data.counted.cells.counts, penalty, start, close)


def refine(
    design: Design, data: Counts, ridge: float, caseload: str
) -> tuple[Design, Logit]:
    """Fit the curve, add what it leaves over, and learn how far to shrink.

    Parameters
    ----------
    design : Design
        Without terms.
    ridge : float
        Penalty of what is not shrunk.
    caseload : str
        The column that enters no term.

    Returns
    -------
    design : Design
        With terms.
    fitted : Logit
    """
    exits = data.counted.exits.sum(0)
    guess = _guess(design.penalty(data, ridge), design.kinds(exits))
    rough = fit(design, data, guess, close=ROUGH)
    share = hazards(design, data, rough.coef)
    terms, tests = left_over(
        data.counted,
        data.logs,
        data.covariates,
        share,
        design.owner(caseload),
        design.knots,
    )

    def blocks() -> Iterator[tuple[Array, Array, Array, Array]]:
        for part in data.parts(BLOCK):
            place = data.places(part)
            beside = terms.columns(*place)
            counts = data.counted.cells.counts[part]
            yield design.rows(*place), beside, counts, share[part]

    terms = standing_out(terms, tests, blocks(), guess)
    design = replace(design, terms=terms)
    start = np.pad(rough.coef, ((0, sum(terms.sizes)), (0, 0)))
    held, kinds = design.penalty(data, ridge), design.kinds(exits)
    guess = _guess(held, kinds)
    rough = fit(design, data, guess, start, ROUGH)
    penalty = np.maximum(learn_priors(rough, guess, kinds), held)
    return design, fit(design, data, penalty, rough.coef)


def _guess(held: Array, kinds: Ints) -> Array:
    """Penalty where the spread of coefficients is not learnt yet."""
    guess: Array = np.where(kinds >= 0, np.maximum(held, FIRST_TIGHT), held)
    return guess


def hazards(design: Design, data: Counts, coef: Array) -> Array:
    """Hazard of each cell by destination, (cells, J)."""
    parts = data.parts(BLOCK)
    found = [shares(design.rows(*data.places(part)), coef) for part in parts]
    return np.concatenate(found)[:, 1:]
