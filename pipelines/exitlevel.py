"""The level of exits: last year's against what the hazards of many years expect."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..models.cohort import RECENT, ExitLevel
from ..models.domain import Array
from .exposure import monthly, served_by_elapsed
from .language import percent, translator
from .registers import Case

#: Months of history in which the wobble of exits is measured.
LEVEL_MONTHS = 60


def exit_level(case: Case, unit: str, draws: Array) -> tuple[ExitLevel, Array]:
    """Compare a unit's exits with those that its hazards expect.

    Parameters
    ----------
    case : Case
    unit : str
    draws : array (n, S, M)
        Monthly exit probability.

    Returns
    -------
    ExitLevel
        By segment in the case's order.
    array (n, S)
        Exits that each draw expects over the last 12 months, relative to their mean.
    """
    months = case.months[-LEVEL_MONTHS:]
    mean = draws.mean(axis=0)
    open_cases = served_by_elapsed(case, unit, mean, months)
    level = ExitLevel.learn(
        monthly(case, unit, "exits", months),
        np.einsum("tsm,sm->st", open_cases, mean),
        open_cases.sum(axis=2).T,
    )
    recent = open_cases[-RECENT:].sum(axis=0)
    expected = np.einsum("sm,nsm->ns", recent, draws)
    middle = np.einsum("sm,sm->s", recent, mean)
    relative = np.divide(expected, middle, out=np.ones_like(expected), where=middle > 0)
    return level, relative


def calibration_table(
    case: Case, levels: Mapping[str, ExitLevel], labels: tuple[str, ...]
) -> pd.DataFrame:
    """One row per unit and segment that the case has."""
    rows = [
        {
            "unit": unit,
            "segment": name,
            "observed_exits": level.observed[s],
            "expected_exits": level.expected[s],
            "factor": level.factor[s],
        }
        for unit, level in levels.items()
        for s, name in enumerate(case.segments)
        if f"{unit}|{name}" in labels
    ]
    return pd.DataFrame(rows)


def level_notes(calibration: pd.DataFrame, sprak: str) -> list[str]:
    """Say how far last year's exits lay from what the exit model expects."""
    _ = translator(sprak)
    expected = calibration["expected_exits"].sum()
    if expected <= 0:
        return []
    ratio = calibration["observed_exits"].sum() / expected
    text = _(
        "Exits in the last 12 months were {share} of what the exit model expects; the "
        "forecast carries each group's level on, moderated where exits are few."
    )
    return [text.format(share=percent(ratio, sprak=sprak))]
