"""Counting-process rows drawn from a known hazard, with a register's imperfections."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

DESTINATIONS = ("work", "sickness_compensation", "other")
SEGMENTS = ("ung", "vuxen", "rehab")
ALPHA = np.array([[-2.5, -6.0, -3.6], [-3.0, -5.2, -3.8], [-4.2, -4.6, -4.3]])
BETA = np.array([[-0.40, 0.30, -0.20], [-0.35, 0.30, -0.25], [-0.20, 0.25, -0.15]])
HARD = np.array([-0.7, 0.3, -0.2])


@dataclass(frozen=True)
class Drawn:
    """Rows and what each was drawn from."""

    X: pd.DataFrame
    y: pd.DataFrame


def true_hazard(
    segment: np.ndarray, hard: np.ndarray, elapsed: np.ndarray, shift: float = 0.0
) -> np.ndarray:
    """Hazard by destination, shape (n, 3); `shift` is added to every log odds."""
    log_month = np.log1p(elapsed)[:, None]
    eta = ALPHA[segment] + BETA[segment] * log_month + HARD * hard[:, None] + shift
    odds = np.exp(eta)
    return np.asarray(odds / (1 + odds.sum(1, keepdims=True)))


def draw_rows(
    rng: np.random.Generator,
    n: int,
    months: int = 60,
    truncated: float = 0.3,
    caseload: np.ndarray | None = None,
    theta: float = 0.0,
    hard: np.ndarray | None = None,
) -> Drawn:
    """Households over `months` calendar months.

    A share `truncated` was on assistance before the register began and is seen from
    then on, if still there; all are censored at the register's end.
    """
    segment = rng.choice(3, n, p=[0.3, 0.45, 0.25])
    hard = rng.integers(0, 2, n) if hard is None else hard
    old = rng.random(n) < truncated
    # months before the register, or the calendar month in which assistance began
    begin = np.where(old, -rng.integers(1, 48, n), rng.integers(0, months, n))
    shift = 0.0 if caseload is None else theta * np.log(60 / caseload)
    shift = np.broadcast_to(shift, n)
    exit_month = np.full(n, months)
    exit_to = np.full(n, -1)
    open_ = np.ones(n, dtype=bool)
    for month in range(-48, months):
        at = np.flatnonzero(open_ & (begin <= month))
        hazard = true_hazard(segment[at], hard[at], month - begin[at], 0.0)
        odds = hazard / (1 - hazard.sum(1, keepdims=True)) * np.exp(shift[at])[:, None]
        hazard = odds / (1 + odds.sum(1, keepdims=True))
        to = (rng.random(len(at))[:, None] > hazard.cumsum(1)).sum(1)
        left = at[to < 3]
        exit_month[left], exit_to[left] = month, to[to < 3]
        open_[left] = False
    seen = exit_month >= 0
    entry = np.maximum(-begin, 0)
    stop = np.minimum(exit_month + 1, months) - begin
    names = np.array([*DESTINATIONS, None], dtype=object)[exit_to]
    X = pd.DataFrame({"segment": np.array(SEGMENTS)[segment], "hard": hard})
    if caseload is not None:
        X["caseload"] = caseload
    y = pd.DataFrame({"entry": entry, "stop": stop, "exit": names})
    keep = seen & (stop > entry)
    return Drawn(X[keep].reset_index(drop=True), y[keep].reset_index(drop=True))
