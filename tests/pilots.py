"""Pilots drawn with a known effect, as tables of observed and expected exits."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bemanna.models.pilot import PilotEstimate, difference_in_differences


def oe_table(
    rng: np.random.Generator,
    log_hr: float = 0.0,
    controls: int = 11,
    expected: float = 90.0,
    drift: float = 0.08,
    treated: int = 1,
    dose: Sequence[float] = (1.0,),
) -> pd.DataFrame:
    """Draw exits of units before and after; pilots halve caseloads dose times."""
    units = treated + controls
    level = rng.normal(0, 0.2, (units, 1)) * [1, 1]
    level[:, 1] += rng.normal(0, drift, units)
    level[:treated, 1] += log_hr * np.asarray(dose)
    e = expected * np.array([2.0, 1.0]) * rng.uniform(0.7, 1.3, (units, 1))
    caseload = np.full((units, 2), 60.0)
    caseload[:treated, 1] = 60.0 / 2 ** np.asarray(dose)
    return pd.DataFrame(
        {
            "unit": np.repeat([f"u{i:02d}" for i in range(units)], 2),
            "after": np.tile([False, True], units),
            "observed": rng.poisson(e * np.exp(level)).ravel(),
            "expected": e.ravel(),
            "months": 1e6 * e.ravel(),  # so rare that odds and probability agree
            "caseload": caseload.ravel(),
        }
    )


def pilots(n: int, seed: int, **world: float) -> list[PilotEstimate]:
    rng = np.random.default_rng(seed)
    return [
        difference_in_differences(oe_table(rng, **world), ["u00"])  # type: ignore[arg-type]
        for _ in range(n)
    ]


def coverage(estimates: list[PilotEstimate], truth: float) -> float:
    intervals = [p.interval(0.95) for p in estimates]
    return float(np.mean([i.low <= truth <= i.high for i in intervals]))
