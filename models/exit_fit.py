"""Fitting the exit model on cells: its curve, what that leaves over, its priors."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.special import softmax

from .domain import Array
from .exit_design import Counts, Design
from .exit_terms import left_over, standing_out
from .logit import Logit, fit_multinomial
from .shrinkage import learn_priors

#: A step that gains less ends a fit; on the way there a rougher one will do.
CLOSE, ROUGH = 1e-11, 0.1
#: Precision of coefficients whose spread is not learnt yet.
FIRST_TIGHT = 10.0
#: Cells whose hazards are told at a time.
BLOCK = 1 << 15


def fit(
    design: Design,
    data: Counts,
    penalty: Array,
    start: Array | None = None,
    close: float = CLOSE,
) -> Logit:
    """Fit the coefficients of a design under a penalty of shape (P, J)."""

    def columns(first: int, end: int) -> Array:
        return design.rows(*_places(data, slice(first, end)))

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
    guess = _guess(design, data, ridge)
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
        for part in _parts(data):
            place = _places(data, part)
            beside = terms.columns(*place)
            counts = data.counted.cells.counts[part]
            yield design.rows(*place), beside, counts, share[part]

    terms = standing_out(terms, tests, blocks(), guess)
    design = replace(design, terms=terms)
    start = np.pad(rough.coef, ((0, sum(terms.sizes)), (0, 0)))
    guess = _guess(design, data, ridge)
    rough = fit(design, data, guess, start, ROUGH)
    learnt = learn_priors(rough, guess, design.kinds(exits))
    penalty = np.maximum(learnt, design.penalty(data, ridge))
    return design, fit(design, data, penalty, rough.coef)


def hazards(design: Design, data: Counts, coef: Array) -> Array:
    """Hazard of each cell by destination, (cells, J)."""
    shares = []
    for part in _parts(data):
        x = design.rows(*_places(data, part))
        shares.append(softmax(np.column_stack([np.zeros(len(x)), x @ coef]), axis=1))
    return np.concatenate(shares)[:, 1:]


def _parts(data: Counts) -> Iterator[slice]:
    """Give some cells at a time."""
    for first in range(0, len(data.counted.cells.pattern), BLOCK):
        yield slice(first, first + BLOCK)


def _places(data: Counts, part: slice) -> tuple[Array, Array]:
    """Log months and covariates of some cells."""
    cells = data.counted.cells
    return data.logs[cells.band[part]], data.covariates[cells.pattern[part]]


def _guess(design: Design, data: Counts, ridge: float) -> Array:
    """Penalty where the spread of coefficients is not learnt yet."""
    held = design.penalty(data, ridge)
    unknown = design.kinds(data.counted.exits.sum(0)) >= 0
    guess: Array = np.where(unknown, np.maximum(held, FIRST_TIGHT), held)
    return guess
