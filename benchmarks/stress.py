"""Random staffing programs of every kind and size: solved, proven and lived.

Besides what any unit may have: no inflow, a single case, ten thousand of them, effort
that changes nothing, nobody who ever leaves, nobody who can be hired, prices of nought.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from document import table
from instances import LARGEST, generator, random_shape, random_unit, with_extras

from bemanna.models.domain import InfeasibleError, SolverError
from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.problem import Problem, Unit
from bemanna.optimisation.programme import relaxed, solve
from bemanna.optimisation.simulation import check_on_grid

#: Fixed before the first run.
SEEDS = range(40_000, 42_000)
REPLICATIONS, AGAIN = 1_000, 20_000


def no_inflow(unit: Unit) -> Unit:
    """Nobody new comes."""
    return replace(unit, inflow=np.zeros_like(unit.inflow))


def one_case(unit: Unit) -> Unit:
    """One case is open, and nobody new comes."""
    stock = np.zeros_like(unit.stock)
    stock[0, 0] = 1.0
    return replace(no_inflow(unit), stock=stock, handlers=1 / 60)


def ten_thousand(unit: Unit) -> Unit:
    """Ten thousand cases, and staff and hires to match."""
    up = 10_000 / max(float(unit.stock.sum()), 1.0)
    triage = unit.triage and replace(unit.triage, staff_max=up * unit.triage.staff_max)
    most = None if unit.overtime_max is None else up * unit.overtime_max
    return replace(
        unit,
        stock=up * unit.stock,
        inflow=up * unit.inflow,
        handlers=up * unit.handlers,
        hire_max=up * unit.hire_max,
        release_max=up * unit.release_max,
        overtime_max=most,
        intake_extra=up * unit.intake_extra,
        triage=triage,
    )


def no_effect(unit: Unit) -> Unit:
    """Every level gives the same exits, and every group the same benefit."""
    same = unit.exit_probability[..., :1] + np.zeros(len(unit.caseloads))
    return replace(unit, exit_probability=same, benefit=np.full_like(unit.benefit, 8.0))


def nobody_leaves(unit: Unit) -> Unit:
    """No exits, no turnover, no ageing."""
    return replace(
        unit,
        exit_probability=np.zeros_like(unit.exit_probability),
        turnover=0.0,
        ageing=np.zeros_like(unit.ageing),
    )


def nobody_hired(unit: Unit) -> Unit:
    """No hires, no releases."""
    none = np.zeros_like(unit.hire_max)
    return replace(unit, hire_max=none, release_max=none)


def free_staff(unit: Unit) -> Unit:
    """Handlers, hires and releases cost nothing."""
    return replace(unit, cost_handler=0.0, cost_hire=0.0, cost_release=0.0)


def as_drawn(unit: Unit) -> Unit:
    """Nothing degenerate."""
    return unit


KINDS = (
    as_drawn,
    no_inflow,
    one_case,
    ten_thousand,
    no_effect,
    nobody_leaves,
    nobody_hired,
    free_staff,
)


def stress(seeds: Iterable[int] = SEEDS) -> pd.DataFrame:
    """Solve, prove and simulate; one row each: `kind, outcome, gap, score`.

    `score` is (simulated mean - bound) / standard error on the program's own grid. One
    below -3 is drawn again, twenty times as often, since of two thousand some are by
    chance; NaN where nothing varies.
    """
    rows = []
    for seed in seeds:
        rng, kind = generator(seed), KINDS[seed % len(KINDS)]
        unit = random_unit(rng, random_shape(rng, LARGEST))
        unit = kind(with_extras(rng, unit) if rng.random() < 0.5 else unit)
        row = {"seed": seed, "kind": kind.__name__, "outcome": "solved"}
        problem = Problem((unit,))
        try:
            found = solve(relaxed(problem))
        except InfeasibleError:
            rows.append({**row, "outcome": "infeasible"})
            continue
        except SolverError:
            rows.append({**row, "outcome": "failed"})
            continue
        certificate = lower_bound(problem, found)
        score = np.nan
        # where buying has a limit the simulation buys beyond it: no bound then
        if unit.overtime_max is None:
            for replications in (REPLICATIONS, AGAIN):
                own = found.units[0]
                check = check_on_grid(unit, own, certificate.bound, rng, replications)
                if check.se_sek > 1e-9 * abs(check.mean_sek):
                    score = (check.mean_sek - check.bound_sek) / check.se_sek
                if not score < -3:
                    break
        rows.append({**row, "gap": abs(certificate.gap), "score": score})
    return pd.DataFrame(rows)


def stressed() -> str:
    """Tabulate the outcomes by kind."""
    found = stress()
    rows = []
    for kind, part in [*found.groupby("kind", sort=False), ("all", found)]:
        counts = part["outcome"].value_counts()
        rows.append(
            (
                str(kind).replace("_", " "),
                *(str(counts.get(k, 0)) for k in ("solved", "infeasible", "failed")),
                f"{part['gap'].max():.0e}",
                f"{part['score'].min():.1f}",
            )
        )
    head = ("kind", "solved", "infeasible", "failed", "largest certificate gap")
    return table((*head, "lowest (mean - bound) / SE"), rows)


if __name__ == "__main__":
    print(stressed())
