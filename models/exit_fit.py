"""Fitting the exit model on cells: its curve, what that leaves over, its priors."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .domain import Array, Ints
from .exit_design import FEW_PER_COLUMN, Counts, Design
from .exit_steps import Steps
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
    centre: Array | None = None,
) -> Logit:
    """Fit the coefficients of a design under a penalty of shape (P, J)."""

    def columns(first: int, end: int) -> Array:
        return design.rows(*data.places(slice(first, end)))

    counts = data.counted.cells.counts
    return fit_multinomial(columns, counts, penalty, start, close, centre)


def refine(
    design: Design, data: Counts, ridge: float, caseload: str
) -> tuple[Design, Array, Logit]:
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
    penalty : array of shape (P, J)
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
    return design, penalty, fit(design, data, penalty, rough.coef)


def stepped(
    design: Design,
    data: Counts,
    ridge: float,
    penalty: Array,
    fitted: Logit,
    steps: Steps,
) -> tuple[Design, Logit]:
    """Add steps to a fitted design.

    Segments, the curve, slopes and terms are held where they are, each as firmly as it
    is known: a step of few exits is then drawn to what was fitted, and takes nothing
    from those of many. Other covariates stay as free as they were. The intercept is
    free for destinations to which steps of few have many exits together: predicted
    exits then equal observed ones in all, and so in the levels of other covariates.

    Parameters
    ----------
    design : Design
        Without steps.
    ridge : float
        Penalty of a step of many exits.
    penalty : array of shape (P, J)
        With which the design was fitted.
    steps : Steps

    Returns
    -------
    design : Design
        With steps.
    fitted : Logit
    """
    p, j = penalty.shape
    exits = steps.exits(data.counted.cells, data.logs, data.covariates)
    of_few = np.where(exits < FEW_PER_COLUMN, exits, 0).sum(0)
    held = np.ones((p, j), dtype=bool)
    held[0] = of_few < FEW_PER_COLUMN
    held[design.first : design.last] = False
    held[design.first + steps.segments] = True
    firm = 1 / np.diag(fitted.covariance).reshape(j, p).T
    design = replace(design, steps=steps)
    inside = design.penalty(data, ridge)[p:]
    start = np.vstack([fitted.coef, np.zeros_like(inside)])
    tight = np.vstack([np.where(held, firm, penalty), inside])
    centre = np.zeros_like(start)
    centre[:p] = np.where(held, fitted.coef, 0)
    return design, fit(design, data, tight, start, centre=centre)


def _guess(held: Array, kinds: Ints) -> Array:
    """Penalty where the spread of coefficients is not learnt yet."""
    guess: Array = np.where(kinds >= 0, np.maximum(held, FIRST_TIGHT), held)
    return guess


def hazards(design: Design, data: Counts, coef: Array) -> Array:
    """Hazard of each cell by destination, (cells, J)."""
    parts = data.parts(BLOCK)
    found = [shares(design.rows(*data.places(part)), coef) for part in parts]
    return np.concatenate(found)[:, 1:]
