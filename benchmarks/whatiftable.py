"""What-if answers against writing the program anew in PuLP and solving it.

An answer holds its courses, what binds and its certificate; a rebuild is the solve
alone. CPU time of this process, one thread: the median of six different questions of a
kind, asked in turn after another kind of question.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from document import table

from bemanna.models.domain import Array
from bemanna.optimisation.problem import Budget, Problem, Unit
from bemanna.optimisation.programme import (
    handler_value,
    long_run_capacity_price,
    solve,
    terminal_value,
)
from bemanna.optimisation.question import Change, kept_staff
from bemanna.optimisation.whatif import WhatIf

#: Segments, buckets, months; levels: asked for, and the default of kommun.toml.
SHAPE, LEVELS = (4, 6, 36), (6, 8)
MONTHS = pd.date_range("2026-09-01", periods=SHAPE[2], freq="MS")
HANDLER_SEK = 66_946.0
_YEAR = tuple(range(4, 16))


def town(levels: int) -> Unit:
    """Make a town of about 480 households and 8 handlers."""
    segments, buckets, months = SHAPE
    caseloads = 1 / np.linspace(1 / 62, 1 / 31, levels)
    lightest = np.array([0.13, 0.09, 0.06, 0.04, 0.03, 0.02])
    hazard = lightest * np.array([1.2, 1.0, 0.8, 0.6])[:, None]
    season = 1 + 0.1 * np.sin(2 * np.pi * np.arange(months) / 12)
    uplift = (62 / caseloads) ** 0.25
    chance = (hazard[:, :, None] * season)[..., None] * uplift
    ageing = np.tile(np.array([1 / 3, 1 / 3, 1 / 6, 1 / 12, 1 / 24, 0.0]), (4, 1))
    unit = Unit(
        name="town",
        weight=np.tile(np.array([0.9, 1.0, 1.1, 1.2])[:, None], months),
        benefit=np.tile(np.array([8.5e3, 9e3, 9.5e3, 1e4])[:, None], months),
        caseloads=caseloads,
        exit_probability=chance,
        ageing=ageing,
        stock=np.tile(np.array([24.0, 22, 22, 20, 17, 15]), (4, 1)),
        inflow=np.tile(np.array([9.0, 7, 5, 4])[:, None], months) * season,
        terminal_value=np.zeros((segments, buckets)),
        absence=np.full(months, 0.06),
        turnover=1 - (1 - 0.271) ** (1 / 12),
        discount=1.03 ** (-1 / 12),
        cost_handler=HANDLER_SEK,
        cost_hire=357_000.0,
        cost_release=0.0,
        cost_overtime=2 * HANDLER_SEK,
        handlers=8.0,
        hire_max=np.where(np.arange(months) < 3, 0.21, 9.0),
        release_max=np.zeros(months),
        ramp=np.array([0.5, 0.75]),
        reentry=np.tile(np.array([0.02, 0.02, 0.01, 0.01, 0.01, 0.01]), (4, 1)),
    )
    value, price = handler_value(unit), long_run_capacity_price(unit)
    unit = replace(unit, handler_value=value, month_value=price)
    return replace(unit, terminal_value=terminal_value(unit))


def kinds(desk: WhatIf) -> dict[str, list[Change]]:
    """Six questions of each kind."""
    plan = desk.plan.course
    spent = float((plan.staff_sek + plan.shortage_sek)[list(_YEAR)].sum())
    steps = np.arange(6)
    return {
        "handlers +0.5 to +3": [Change(handlers=0.5 + 0.5 * k) for k in steps],
        "staff budget of a year": [
            Change(budgets=(Budget(_YEAR, spent * (0.995 - 0.003 * k)),)) for k in steps
        ],
        "most hires a month": [Change(hire_max=1.0 - 0.1 * k) for k in steps],
        "lead time": [Change(lead_months=int(4 + k)) for k in steps],
        "inflow ±%": [Change(inflow=0.9 + 0.04 * k) for k in steps],
    }


def _cpu(run: Callable[[], float]) -> tuple[float, float]:
    """Milliseconds, and what came out."""
    start = time.process_time()
    found = run()
    return 1000 * (time.process_time() - start), found


def _asked(desk: WhatIf, change: Change) -> float:
    return desk.ask(change).course.total_sek


def _anew(problem: Problem, hires: Array | None, releases: Array | None) -> float:
    return solve(problem, hires, releases).objective


def measured(levels: int) -> pd.DataFrame:
    """Time every question both ways: `kind, answer, again, rebuild, differ`."""
    desk = WhatIf(Problem((town(levels),)), MONTHS)
    rows = []
    for kind, changes in kinds(desk).items():
        for change in changes:
            answer, cost = _cpu(partial(_asked, desk, change))
            again, _ = _cpu(partial(_asked, desk, change))
            unit = desk.ask(change).unit
            given: tuple[Array | None, Array | None] = (None, None)
            if change.handlers is not None:
                given = kept_staff(unit, change, desk.policy)
            problem = Problem((unit,), change.budgets)
            rebuild, anew = _cpu(partial(_anew, problem, *given))
            row = {"kind": kind, "answer": answer, "again": again, "rebuild": rebuild}
            rows.append({**row, "differ": abs(cost / anew - 1)})
    return pd.DataFrame(rows)


def whatif() -> str:
    """Tabulate CPU milliseconds of answers and rebuilds."""
    head = ["question", "levels", "answer", "most", "same again", "PuLP anew"]
    head += ["anew / answer", "anew / again", "differ"]
    rows = []
    for levels in LEVELS:
        found = measured(levels)
        groups = [*found.groupby("kind", sort=False), ("all", found)]
        for kind, group in groups:
            middle = group[["answer", "again", "rebuild"]].median()
            rows.append(
                (
                    str(kind),
                    str(levels),
                    f"{middle['answer']:.0f} ms",
                    f"{group['answer'].max():.0f} ms",
                    f"{middle['again']:.0f} ms",
                    f"{middle['rebuild']:.0f} ms",
                    f"{middle['rebuild'] / middle['answer']:.0f}",
                    f"{middle['rebuild'] / middle['again']:.0f}",
                    f"{group['differ'].max():.0e}",
                )
            )
    return table(head, rows)


if __name__ == "__main__":
    print(whatif())
