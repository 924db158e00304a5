"""What monthly totals leave open: how the chance of leaving goes with time.

Totals give how many leave of those who are served, not who. A chance that is the same
every month and one that falls with months on assistance explain the same totals, with
another mix of new and old cases behind them:

    h[m] = min(1, c (m + 1)^-g)      m months on assistance so far, g = 0 constant

For each g the scale c is found so that expected exits of the window equal the observed,
given the reported stock and inflow of every month. What a plan would then rest on, for
each g, is the price of not knowing.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .caseload import MONTHS
from .cohort import RECENT, Rolled, roll_forward
from .domain import Array

#: Powers g by which the chance falls, tried beside the constant one. Shapes only, of
#: single spells elsewhere: 0.3 fits West German unemployment (0.31 over the first 24
#: months, 0.27 over 72; Wichert & Wilke 2008), 0.5 joblessness of young people in
#: Northern Ireland (0.48 over 60 months; McVicar & Anyadike-Danes 2002). That it falls
#: in Swedish assistance too is known (Mood 2012), but not how steeply by month.
FALLS = (0.3, 0.5)
#: New cases this much more than in the last year: what shows the difference between
#: mixes, which agree as long as nothing changes. A round number, not a forecast.
INFLOW_CHANGE = 0.10
#: Fewest months in a row with inflow, stock and exits; a whole year has every season.
FEWEST = 12
#: Horizons of the chance of having left, months.
WITHIN = (12, 24)
#: Relative difference at which exits of the window are the observed.
REACHED = 1e-8
_HALVINGS = 60

COLUMNS = ["segment", "fall", "what", "value", "largest"]


def duration_mix(
    segments: Sequence[str],
    served: ArrayLike,
    inflow: ArrayLike,
    exits: ArrayLike,
    horizon: int,
    falls: Sequence[float] = FALLS,
    window: int = 24,
) -> pd.DataFrame:
    """Put beside each other what equally good explanations of the totals lead to.

    Parameters
    ----------
    segments : sequence of str, length S
    served, inflow, exits : arrays of shape (S, T)
        Households a month; `served` = open at its start plus `inflow`. NaN = unknown.
    horizon : int
        Months that are rolled forward.
    falls : sequence of float
        Powers g > 0; the constant chance, g = 0, is always the first.
    window : int
        Latest months in which exits are matched, cut to those known in a row.

    Returns
    -------
    DataFrame
        `segment, fall` (g), `what, value` and `largest`, the largest distance from the
        constant chance's value over all g. What: `hazard` in a household's first month;
        `new_12, new_24, open_12, open_24`, the chance that a new household, or one
        open now, has left within so many months; `exits` over the horizon and `stock`
        at its end if inflow stays at the last year's mean, `exits_more, stock_more` if
        it is `INFLOW_CHANGE` higher; `misfit`, Pearson's chi-square of the window's
        monthly exits per month. A segment with fewer than `FEWEST` months known in a
        row, or without exits, has no rows, nor has a fall that cannot give so many.
    """
    powers = np.array([0.0, *falls])
    known = np.stack([np.asarray(a, dtype=float) for a in (served, inflow, exits)])
    rows = [
        _segment(name, known[:, s], powers, horizon, window)
        for s, name in enumerate(segments)
    ]
    table = pd.concat([pd.DataFrame(columns=COLUMNS), *rows], ignore_index=True)
    return table.astype({"fall": float, "value": float, "largest": float})


def _segment(
    name: str, totals: Array, powers: Array, horizon: int, window: int
) -> pd.DataFrame:
    """Rows of one segment, totals (3, T); none where they do not tell enough."""
    served, inflow, exits = totals
    gaps = np.flatnonzero(~np.isfinite(served + inflow + exits))
    first = max(int(gaps[-1]) + 1 if gaps.size else 0, len(served) - window)
    gone = exits[first:].sum()
    if len(served) - first < FEWEST or gone <= 0 or gone >= served[first:].sum():
        return pd.DataFrame(columns=COLUMNS)
    hazard, expected, older = _matched(powers, served, inflow, gone, first)
    reached = np.isclose(expected.sum(-1), gone, rtol=REACHED, atol=0)
    powers, hazard, expected, older = (
        table[reached] for table in (powers, hazard, expected, older)
    )
    coming = np.full((len(powers), 1, horizon), inflow[-RECENT:].mean())
    still = roll_forward(older[:, None], coming, hazard[:, None])
    more = roll_forward(older[:, None], coming * (1 + INFLOW_CHANGE), hazard[:, None])
    arrived = np.zeros_like(older)
    arrived[:, 0] = 1.0
    scale = np.maximum(expected, 1e-12)
    values = {
        "hazard": hazard[:, 0],
        **{f"new_{k}": _left_within(arrived, hazard, k) for k in WITHIN},
        **{f"open_{k}": _left_within(older, hazard, k) for k in WITHIN},
        "exits": still.exits[:, 0].sum(-1),
        "stock": _left_open(still),
        "exits_more": more.exits[:, 0].sum(-1),
        "stock_more": _left_open(more),
        "misfit": ((exits[first:] - expected) ** 2 / scale).mean(-1),
    }
    return pd.concat(
        pd.DataFrame(
            {
                "segment": name,
                "fall": powers,
                "what": what,
                "value": value,
                "largest": np.abs(value - value[0]).max(),
            }
        )
        for what, value in values.items()
    )


def _matched(
    powers: Array, served: Array, inflow: Array, gone: float, first: int
) -> tuple[Array, Array, Array]:
    """Hazards (G, M) whose exits in the window add up to `gone`, by halving.

    Also the expected exits (G, W) of its months, and who is open after it (G, M).
    """
    low = np.full(len(powers), np.log(1e-9))
    high = np.full(len(powers), np.log(0.999))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        expected, _older = _window(_hazard(middle, powers), served, inflow, first)
        short = expected.sum(-1) < gone
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    hazard = _hazard(high, powers)
    return hazard, *_window(hazard, served, inflow, first)


def _hazard(log_scale: Array, powers: Array) -> Array:
    """Chance of leaving by months on assistance, (G, M)."""
    falling = np.log1p(np.arange(MONTHS)) * -powers[:, None]
    hazard: Array = np.minimum(np.exp(log_scale[:, None] + falling), 1.0)
    return hazard


def _window(
    hazard: Array, served: Array, inflow: Array, first: int
) -> tuple[Array, Array]:
    """Roll the window: expected exits (G, W), and who is open after it (G, M).

    How many are open is reported every month; only their mix is the profile's.
    """
    older = _mix_before(hazard, inflow, first)
    exits = np.empty((len(hazard), len(served) - first))
    for month in range(first, len(served)):
        start = served[month] - inflow[month]
        cases = older * (start / np.maximum(older.sum(-1, keepdims=True), 1e-300))
        cases[:, 0] = inflow[month]
        left = cases * hazard
        exits[:, month - first] = left.sum(-1)
        older = _grown(cases - left)
    return exits, older


def _mix_before(hazard: Array, inflow: Array, first: int) -> Array:
    """Who is open at the window's start, up to a factor: earlier inflow that stayed.

    Before the record, and where a month is missing, inflow is its mean: a steady state.
    """
    mean = np.nanmean(inflow)
    came = np.full(MONTHS, mean)  # by months ago, 0 = the window's first month
    earlier = inflow[:first][::-1][: MONTHS - 1]
    came[1 : 1 + len(earlier)] = np.where(np.isfinite(earlier), earlier, mean)
    stay = np.cumprod(1 - hazard[:, :-1], axis=1)
    older = np.zeros_like(hazard)
    older[:, 1:] = came[1:] * stay
    older[:, -1] /= hazard[:, -1]  # those who came that long ago, or longer
    return older


def _grown(stayed: Array) -> Array:
    """Everyone a month older, (G, M); the last month is that long or longer."""
    older = np.zeros_like(stayed)
    older[:, 1:] = stayed[:, :-1]
    older[:, -1] += stayed[:, -1]
    return older


def _left_within(cases: Array, hazard: Array, months: int) -> Array:
    """Share of the cases (G, M) that leaves within some months, (G,)."""
    nobody = np.zeros((len(cases), 1, months))
    rolled = roll_forward(cases[:, None], nobody, hazard[:, None])
    share: Array = rolled.exits[:, 0].sum(-1) / cases.sum(-1)
    return share


def _left_open(rolled: Rolled) -> Array:
    """Cases open at the end, (G,)."""
    end: Array = rolled.served[:, 0, -1] - rolled.exits[:, 0, -1]
    return end
