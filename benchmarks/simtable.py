"""Our simulations beside SimPy: the same office, household by household.

The peer runs in a virtual environment of its own (`peers/office.py`).
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from cvar import BUCKETS, Run, municipality
from document import table
from numpy.typing import NDArray
from staffing import make_twin

from bemanna.optimisation.policy import Policy, policy_of, share_made_good
from bemanna.optimisation.problem import Problem, Unit
from bemanna.optimisation.programme import whole_handlers
from bemanna.optimisation.rows import still_learning
from bemanna.optimisation.simulation import check_on_grid, level_mixes
from bemanna.optimisation.solution import UnitSolution
from bemanna.optimisation.twin import Twin, simulate

#: Asked for: so many replications in so many CPU seconds, so many times SimPy.
REPLICATIONS, MOST_SECONDS, LEAST_TIMES = 10_000, 2.0, 100
#: SimPy's replications: enough that 3 standard errors are 0.5 % of the cost.
PEER_REPLICATIONS, SEED, LOG_HR = 500, 5, 0.3


Numbers = NDArray[Any]
#: A model for SimPy, and our mean and standard error by number of replications.
Both = tuple[Mapping[str, Numbers], Callable[[int], tuple[float, float]]]


class Followed(NamedTuple):
    """A plan of a unit, its policy, and its twin, of which all but luck is known."""

    unit: Unit
    plan: UnitSolution
    policy: Policy
    twin: Twin


def followed(**fields: float) -> Followed:
    """Plan in whole handlers for a municipality to which households return."""
    unit = municipality(LOG_HR, reentry=True, **fields)
    plan = whole_handlers(Problem((unit,))).units[0]
    twin = make_twin(unit, log_hr=np.array([LOG_HR]), spread=0.0, buckets=BUCKETS)
    return Followed(unit, plan, policy_of(unit, plan, "plan"), twin.known())


def on_grid(case: Followed) -> Both:
    """Levels dealt out in the plan's shares, on the program's own buckets."""
    leaving, effort = level_mixes(case.unit, case.plan)
    model: dict[str, Numbers] = {
        "stock": case.unit.stock,
        "ageing": case.unit.ageing,
        "bucket": np.arange(case.unit.shape[1]),
        "inflow": case.unit.inflow,
        "made_good": np.zeros(case.unit.shape[2]),
        "leaving": leaving,
        "effort": effort,
    }

    def ours(replications: int) -> tuple[float, float]:
        rng = np.random.default_rng(SEED)
        check = check_on_grid(case.unit, case.plan, 0.0, rng, replications)
        return check.mean_sek, check.se_sek

    return _common(case) | model, ours


def on_twin(case: Followed) -> Both:
    """Months one by one, and time spread in the plan's ratios over who is there."""
    unit, policy, twin = case.unit, case.policy, case.twin
    chance, ageing = twin.chances
    model: dict[str, Numbers] = {
        "stock": np.add.reduceat(twin.stock, twin.states.starts, axis=1),
        "ageing": ageing,
        "bucket": twin.bucket_of,
        "inflow": twin.inflow[0],
        "made_good": share_made_good(policy, unit.turnover),
        "odds": chance[0] / (1 - chance[0]),
        "theta": twin.theta[0],
        "reference": np.array(twin.caseload_reference),
        "relative": policy.relative,
        "low": np.array(1 / policy.caseload_max),
        "high": np.array(1 / policy.caseload_min),
    }

    def ours(replications: int) -> tuple[float, float]:
        rng = np.random.default_rng(SEED)
        total = simulate(twin, policy, rng, replications).total(unit.discount)
        return float(total.mean()), float(total.std(ddof=1) / np.sqrt(replications))

    return _common(case) | model, ours


def _common(case: Followed) -> dict[str, Numbers]:
    """Staff, costs and returns, as `peers/office.py` names them."""
    unit, policy = case.unit, case.policy
    kept = unit.handler_value * (1 - unit.turnover)
    costs = unit.cost_handler, unit.cost_hire, unit.cost_release, unit.cost_overtime
    return {
        "benefit": unit.benefit,
        "weight": unit.weight,
        "returns": unit.reentry,
        "handlers0": np.array(unit.handlers),
        "turnover": np.array(unit.turnover),
        "productivity": np.append(unit.ramp, 1.0),
        "present": 1 - unit.absence,
        "handlers": policy.handlers,
        "hires": policy.hires,
        "releases": policy.releases,
        "bought": policy.bought,
        "cost": np.array(costs),
        "discount": np.array(unit.discount),
        "intake": np.array(unit.intake_effort),
        "handler_after": np.array(kept),
        "learning": unit.month_value * still_learning(unit),
        "terminal": unit.terminal_value,
    }


def compared(
    model: Mapping[str, Numbers], file: Path, run: Run, replications: int
) -> tuple[float, float, float]:
    """Let SimPy follow a model: mean cost, standard error, CPU s of a replication."""
    file.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = dict(model)
    np.savez(file, **arrays)
    out = file.with_suffix(".csv")
    run("office.py", file, out, str(replications), str(SEED))
    found = pd.read_csv(out).iloc[0]
    return float(found["mean"]), float(found["se"]), float(found["seconds"])


def simulations(folder: Path, run: Run) -> str:
    """Measure, and write a Markdown table."""
    case = followed()
    rows = []
    for name, make in (("program's own grid", on_grid), ("twin", on_twin)):
        model, ours = make(case)
        ours(100)
        start = time.process_time()
        mean, se = ours(REPLICATIONS)
        seconds = time.process_time() - start
        theirs, their_se, each = compared(
            model, folder / "simulation" / f"{name}.npz", run, PEER_REPLICATIONS
        )
        apart = (mean - theirs) / np.hypot(se, their_se)
        rows.append(
            (
                name,
                f"{seconds:.1f} s",
                f"{each * REPLICATIONS:.0f} s",
                f"{each * REPLICATIONS / seconds:.0f}",
                f"{mean / 1e6:.2f} ± {se / 1e6:.2f}",
                f"{theirs / 1e6:.2f} ± {their_se / 1e6:.2f}",
                f"{apart:+.1f} SE",
            )
        )
    head = [f"{REPLICATIONS:,} replications of 36 months", "own, CPU", "SimPy, CPU"]
    head += ["times ours", "own mean, MSEK ± SE", "SimPy's mean", "apart"]
    target = (
        f"Asked for: {MOST_SECONDS:g} CPU s, {LEAST_TIMES} times, within 3 SE. SimPy "
        f"ran {PEER_REPLICATIONS} replications; its seconds are scaled up."
    )
    return table(head, rows) + "\n\n" + target
