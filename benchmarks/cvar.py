"""One staffing plan under many futures: scenario by scenario, and in one piece."""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pulp
from document import table

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from staffing import make_unit  # noqa: E402

from bemanna.models.caseload import Buckets  # noqa: E402
from bemanna.optimisation.benders import risk_plan  # noqa: E402
from bemanna.optimisation.problem import CVaR, Problem, Scenario, Unit  # noqa: E402
from bemanna.optimisation.programme import build, terminal_value  # noqa: E402

#: Fixed before the first run.
SEED, FEW, MANY = 11, 20, 200
RISK = CVaR(weight=0.3, alpha=0.9)
BUCKETS = Buckets((0, 3, 6, 12, 24, 36))
#: Runs a script of `peers/` with arguments.
Run = Callable[..., None]


def municipality(log_hr: float, level: float = 1.0, **fields: Any) -> Unit:
    """300 households: 36 months, 4 segments, 6 buckets, 6 levels, or as in `fields`."""
    chosen: dict[str, Any] = {"months": 36, "levels": 6, "reentry": False} | fields
    unit = make_unit(
        segments=4, log_hr=log_hr, buckets=BUCKETS,
        fair_floor=80.0, intake_effort=0.01, **chosen,
    )  # fmt: skip
    unit = replace(
        unit, exit_probability=np.minimum(unit.exit_probability * level, 0.9)
    )
    return replace(unit, terminal_value=terminal_value(unit))


def futures(number: int) -> Problem:
    """Inflow (level and random walk), exits and the effect of effort are uncertain."""
    rng = np.random.default_rng(SEED)
    scenarios = []
    for _ in range(number):
        unit = municipality(rng.normal(0.3, 0.15), np.exp(rng.normal(0, 0.12)))
        months = unit.shape[2]
        path = rng.normal(0, 0.15) + np.cumsum(rng.normal(0, 0.03, months))
        unit = replace(unit, inflow=unit.inflow * np.exp(path))
        scenarios.append(Scenario(1 / number, unit))
    return Problem((municipality(0.3),), (), tuple(scenarios), RISK)


def cpu(work: Callable[[], float]) -> tuple[float, float]:
    """CPU seconds, children included, and what the work returned."""

    def spent() -> float:
        child = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + child.ru_utime + child.ru_stime

    start = spent()
    found = work()
    return spent() - start, found


def in_one_piece(problem: Problem, solver: pulp.LpSolver) -> float:
    """Write the whole program in PuLP and hand it to a solver."""
    lp = build(problem).lp
    lp.solve(solver)
    return float(pulp.value(lp.objective))


def by_glop(problem: Problem, folder: Path, run: Run) -> tuple[float, float]:
    """Write the whole program in PuLP, and let GLOP solve it in its own environment.

    It goes there as a file; writing and reading that are not counted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    start = time.process_time()
    lp = build(problem).lp
    written = time.process_time() - start
    program, out = folder / "futures.mps", folder / "glop.csv"
    lp.writeMPS(str(program))
    run("glop.py", program, out, "1")
    found = pd.read_csv(out).iloc[0]
    return written + float(found["solve"]), float(found["objective"])


def cvar(folder: Path, run: Run) -> str:
    """Measure, and write a Markdown table; `run` runs a script of `peers/`."""
    few, many = futures(FEW), futures(MANY)
    risk_plan(futures(2))
    plans = {}

    def own(problem: Problem) -> Callable[[], float]:
        def work() -> float:
            plan = plans[len(problem.scenarios)] = risk_plan(problem)
            return plan.objective

        return work

    ours, objective = cpu(own(few))
    rows = [_row("scenario by scenario", FEW, ours, ours, 0.0, plans[FEW].benders_gap)]
    peers = {
        "one piece, HiGHS interior point": pulp.HiGHS(
            msg=False, solver="ipm", threads=1
        ),
        "one piece, HiGHS simplex": pulp.HiGHS(msg=False, solver="simplex", threads=1),
        "one piece, CBC": pulp.PULP_CBC_CMD(msg=False, threads=1),
    }
    for name, solver in peers.items():
        seconds, theirs = cpu(lambda solver=solver: in_one_piece(few, solver))
        rows.append(_row(name, FEW, seconds, ours, theirs / objective - 1, None))
        print(rows[-1], file=sys.stderr, flush=True)
    seconds, theirs = by_glop(few, folder / "cvar", run)
    name = "one piece, GLOP"
    rows.append(_row(name, FEW, seconds, ours, theirs / objective - 1, None))
    ours, _ = cpu(own(many))
    gap = plans[MANY].benders_gap
    rows.append(_row("scenario by scenario", MANY, ours, ours, 0.0, gap))
    head = (
        "plan under CVaR, 36 months x 4 x 6 x 6",
        "scenarios",
        "CPU s",
        "times ours",
    )
    return table((*head, "objective less ours", "gap"), rows)


def _row(
    name: str, n: int, seconds: float, ours: float, apart: float, gap: float | None
) -> tuple[str, ...]:
    shown = "" if gap is None else f"{gap:.1e}"
    return (
        name,
        str(n),
        f"{seconds:.1f}",
        f"{seconds / ours:.1f}",
        f"{apart:.1e}",
        shown,
    )
