"""How units' shares of a national total differ, and what was seen of some tells of all.

A unit's rate per resident against the nation's, in logarithms,

    y[q, u, t] = log( x[q, u, t] / X[q, t] ) - log( residents[u, t] / Residents[t] ),

is a sum of what it shares and what is its own,

    y = mean + county + county drift + unit + unit drift + noise of the year.

Everything is normal. A drift is correlated exp(-|t - s| / `span`) between two years: it
grows like a random walk's in the first years after a unit was last seen, and never
beyond what is unknown of a unit never seen. The noise of a year is larger where
households are few. Paid amounts are the households' y plus a sum of the same kind for
the amount per household, so that one tells of the other. A ledger of costs, which
counts other payments than the statistics do, is the paid amounts' y plus a level known
to some per cent and an offset per unit.

The variances are where the likelihood of all that was seen, the means integrated out
(REML), times a loose prior is highest. A random walk within crossed sums is no model of
statsmodels' MixedLM, hence a likelihood of our own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, optimize

from .domain import Array, Ints

#: What may be seen of a unit, and which of the three sums it adds up: the households'
#: rate, the amount per household, the ledger's offset.
LOADINGS = {"households": (1, 0, 0), "paid": (1, 1, 0), "ledger": (1, 1, 1)}
#: Variances of one sum. The noise of a year is per expected household, as a count's is.
PARTS = ("county", "county_drift", "unit", "unit_drift", "noise")
#: Parts that each sum has. A ledger's drift is left to the amounts, which widens them.
FREE = (range(5), range(5), (PARTS.index("unit"), PARTS.index("noise")))
#: What each variance is held to be before anything is seen, a standard deviation of
#: 14 % and a Poisson count, and how loosely: the deviation of its logarithm, per sum.
#: It keeps a variance of which little was seen from 0 and from infinity. A ledger's is
#: held tight: that units of its county differ more than others would else be its error.
USUAL, LOOSE = (0.02, 0.02, 0.02, 0.02, 1.0), (1.5, 1.5, 0.25)
#: Variances of the sums' means: nothing is known of two of them, a ledger's is within
#: 10 % or so of what it was taken to be.
MEANS = (100.0, 100.0, 0.01)
#: Years over which a drift is forgotten, of which the likeliest is taken.
SPANS = (5.0, 10.0, 20.0)
#: Cells from which variances are estimated; more make them hardly better but slow.
FIT_CELLS = 600
#: Added to a variance so that matrices can be factored.
TINY = 1e-9


@dataclass(frozen=True)
class Units:
    """Who shares the totals, n of them.

    Attributes
    ----------
    county : Ints, shape (n,)
        Which county each lies in, from 0.
    expected : Array, shape (n,)
        Households in a year at the national rate: a year's noise depends on them.
    """

    county: Ints
    expected: Array


@dataclass(frozen=True)
class Components:
    """How much units differ, from each other and between years.

    Attributes
    ----------
    variance : Array, shape (3, 5)
        Of log ratios: a row per sum (rate, amount per household, ledger's offset), a
        column per part, see `PARTS`.
    span : float
        Years after which a drift's correlation is 1/e.
    """

    variance: Array
    span: float


def estimate_components(cells: pd.DataFrame, units: Units) -> Components:
    """Find the likeliest variances.

    Parameters
    ----------
    cells : frame with columns unit, year, measure, log_ratio
        A row per value seen: `unit` from 0, `measure` a key of `LOADINGS`, `log_ratio`
        the y above, of households in a year, not in an average month.
    units : Units

    Returns
    -------
    Components

    Raises
    ------
    ValueError
        Fewer than two units with households seen.
    """
    rated = cells.loc[cells["measure"] == "households", "unit"]
    if rated.nunique() < 2:
        raise ValueError("households of at least two units must have been seen")
    every = -(-len(cells) // FIT_CELLS)
    rank = cells["unit"].rank(method="dense").astype(int)
    fitted = _Fit.of(cells[rank % every == 0], units)
    found = [fitted.likeliest(span) for span in SPANS]
    best = int(np.argmin([value for value, _ in found]))
    return Components(found[best][1], SPANS[best])


def conditional(
    cells: pd.DataFrame, asked: pd.DataFrame, units: Units, components: Components
) -> tuple[Array, Array]:
    """Give what is known of asked log ratios when those of the cells are.

    Parameters
    ----------
    cells : frame
        As `estimate_components` takes them; no (unit, year, measure) twice.
    asked : frame with columns unit, year, measure
        m rows.
    units : Units
    components : Components

    Returns
    -------
    Array, shape (m,)
        Means.
    Array, shape (m, m)
        Covariance.
    """
    seen, new = _Places.of(cells, units), _Places.of(asked, units)
    known = _covariance(seen, seen, components) + TINY * np.eye(len(cells))
    across = _covariance(seen, new, components)
    factor = linalg.cho_factor(known, lower=True)
    mean = across.T @ linalg.cho_solve(factor, cells["log_ratio"].to_numpy(float))
    half = linalg.solve_triangular(factor[0], across, lower=True)
    return mean, _covariance(new, new, components) - half.T @ half


@dataclass(frozen=True)
class _Places:
    """Cells as arrays: unit, county, year, expected households, loadings (3, n)."""

    unit: Ints
    county: Ints
    year: Array
    expected: Array
    loads: Array

    @classmethod
    def of(cls, cells: pd.DataFrame, units: Units) -> "_Places":
        """Look up what the cells' covariance depends on."""
        unit = cells["unit"].to_numpy(np.intp)
        loads = [LOADINGS[name] for name in cells["measure"]]
        return cls(
            unit,
            units.county[unit],
            cells["year"].to_numpy(float),
            units.expected[unit],
            np.array(loads, float).reshape(-1, 3).T,
        )


def _shapes(a: _Places, b: _Places, span: float) -> Iterator[Array]:
    """Covariance of two sets of cells per unit of each part's variance, (n, m) each.

    One at a time: a nation of which all is known for years has thousands of cells.
    """
    drift = np.exp(-np.abs(np.subtract.outer(a.year, b.year)) / span)
    county = np.equal.outer(a.county, b.county)
    yield county.astype(float)
    yield county * drift
    unit = np.equal.outer(a.unit, b.unit)
    yield unit.astype(float)
    yield unit * drift
    yield unit * np.equal.outer(a.year, b.year) / a.expected[:, None]


def _loaded(a: _Places, b: _Places, weights: Array | Sequence[float]) -> Array:
    """Weights of the three sums, each where it is in both cells, (n, m)."""
    loaded: Array = (a.loads.T * weights) @ b.loads
    return loaded


def _covariance(a: _Places, b: _Places, components: Components) -> Array:
    """Covariance of the y of two sets of cells, (n, m)."""
    total = _loaded(a, b, MEANS)
    shapes = _shapes(a, b, components.span)
    for shape, variance in zip(shapes, components.variance.T, strict=True):
        total += shape * _loaded(a, b, variance)
    return total


@dataclass(frozen=True)
class _Fit:
    """The cells from which variances are estimated: where they are, and their y."""

    places: _Places
    seen: Array

    @classmethod
    def of(cls, cells: pd.DataFrame, units: Units) -> "_Fit":
        """Look the cells up once for every span tried."""
        return cls(_Places.of(cells, units), cells["log_ratio"].to_numpy(float))

    def likeliest(self, span: float) -> tuple[float, Array]:
        """Minus the log posterior where it is highest, and the variances (3, 5)."""
        shapes = list(_shapes(self.places, self.places, span))
        loaded = [_loaded(self.places, self.places, one) for one in np.eye(3)]
        eye = np.eye(len(self.seen))
        base = _loaded(self.places, self.places, MEANS) + TINY * eye
        free = [(s, p) for s in range(3) for p in FREE[s] if loaded[s].any()]
        usual = np.log([USUAL[p] for _, p in free])
        loose = np.array([LOOSE[s] for s, _ in free])
        bases = np.array([loaded[s] * shapes[p] for s, p in free])

        def minus_log_posterior(logs: Array) -> tuple[float, Array]:
            variance, off = np.exp(logs), (logs - usual) / loose
            factor = linalg.cho_factor(base + np.tensordot(variance, bases, axes=1))
            inverse = linalg.cho_solve(factor, eye)
            fit = inverse @ self.seen
            half_log_det = np.log(np.diag(factor[0])).sum()
            pull = (inverse - np.outer(fit, fit)) / 2
            slope = variance * np.tensordot(bases, pull, axes=2) + off / loose
            return float((self.seen @ fit + off @ off) / 2 + half_log_det), slope

        found = optimize.minimize(
            minus_log_posterior, usual, jac=True, method="L-BFGS-B"
        )
        variances = np.zeros((3, len(PARTS)))
        variances[tuple(zip(*free, strict=True))] = np.exp(found.x)
        return float(found.fun), variances
