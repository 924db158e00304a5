"""Random staffing programs against CBC and against the certificate."""

from collections.abc import Iterable

import pandas as pd
import pulp
from instances import LARGEST, generator, random_linear

from bemanna.models.domain import InfeasibleError, SolverError
from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.problem import Problem
from bemanna.optimisation.programme import build, solve

#: Fixed before the first run.
SEEDS = range(10_000, 10_500)


def cbc(problem: Problem) -> float | None:
    """Solve the same PuLP program by CBC; None where it is infeasible."""
    lp = build(problem).lp
    lp.solve(pulp.PULP_CBC_CMD(msg=False))
    if lp.status == pulp.LpStatusInfeasible:
        return None
    if lp.status != pulp.LpStatusOptimal:
        raise RuntimeError(f"CBC ended as {pulp.LpStatus[lp.status]}")
    return float(pulp.value(lp.objective))


def against_cbc(seeds: Iterable[int] = SEEDS) -> pd.DataFrame:
    """Solve random programs both ways.

    Returns
    -------
    pandas.DataFrame
        Per seed: `outcome` (the route, "infeasible", "failed" or "disagree"), relative
        difference to CBC (`cbc`) and the certificate's relative `gap`.
    """
    rows = []
    for seed in seeds:
        problem = random_linear(generator(seed), LARGEST)
        expected = cbc(problem)
        row = {"seed": seed, "outcome": "disagree", "cbc": 0.0, "gap": 0.0}
        try:
            solution = solve(problem)
        except InfeasibleError:
            row["outcome"] = "infeasible" if expected is None else "disagree"
        except SolverError:
            row["outcome"] = "failed"
        else:
            if expected is not None:
                row["outcome"] = str(solution.route)
                row["cbc"] = abs(solution.objective / expected - 1)
                row["gap"] = abs(lower_bound(problem, solution).gap)
        rows.append(row)
    return pd.DataFrame(rows)
