"""One staffing program by other routes; and a nation's, one municipality at a time.

The peers solve in a virtual environment of their own (`peers/routes.py`). Every
objective must be ours, or nothing is told of anybody's time.
"""

import gc
import time
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
from cvar import Run, municipality
from document import table
from peers.core import Core

from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.costs import case_costs, staff_costs
from bemanna.optimisation.problem import Problem, Unit
from bemanna.optimisation.programme import build, solve, solve_each
from bemanna.optimisation.rows import ramp_loss

#: Levels asked for, and the default of kommun.toml.
LEVELS = (6, 8)
#: Runs of a route; their median is told.
TIMES = 5
#: Largest relative difference of objectives.
SAME = 1e-7
#: Municipalities, and the households of all of them and of the smallest.
MUNICIPALITIES, HOUSEHOLDS, FEWEST, SEED = 290, 80_000.0, 20.0, 7
#: Each so-manieth municipality by size is also solved by the peer.
EVERY = 10
TEXTBOOK = "textbook PuLP, CBC"


def dump(units: Mapping[str, Unit], folder: Path) -> None:
    """Write programs where the peers read them, alone in their folder.

    What the peers do not write (returns, levers, renewals) must not be in the units.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.npz"):
        file.unlink()
    for name, unit in units.items():
        costs = staff_costs(unit)
        core = Core(
            p=unit.exit_probability,
            a=unit.ageing,
            n0=unit.stock,
            A=unit.inflow,
            effort=unit.weight[:, :, None] / unit.caseloads,
            above=1 / unit.caseloads - 1 / (unit.fair_floor or np.inf),
            present=1 - unit.absence,
            intake=unit.intake_effort * unit.inflow.sum(0),
            lost=ramp_loss(unit),
            hire_max=unit.hire_max,
            release_max=unit.release_max,
            x=case_costs(unit),
            J=costs["handlers"],
            h=costs["hires"],
            f=costs["releases"],
            o=costs["overtime"],
            tau=unit.turnover,
            J0=unit.handlers,
        )
        arrays = {field.name: getattr(core, field.name) for field in fields(core)}
        np.savez(folder / f"{name}.npz", **arrays)


def own(unit: Unit) -> dict[str, float]:
    """CPU seconds of building, solving and certifying, and what was found."""
    problem = Problem((unit,))
    gc.collect()
    start = time.process_time()
    solution = solve(problem)
    solved = time.process_time()
    gap = lower_bound(problem, solution).gap
    certified = time.process_time()
    resident = build(problem).resident()
    again = time.process_time()
    resident.optimum()
    alone = time.process_time() - again
    return {
        "build": solved - start - alone,
        "solve": alone,
        "certificate": certified - solved,
        "objective": solution.objective,
        "gap": abs(gap),
    }


def routes(folder: Path, run: Run, times: int = TIMES) -> str:
    """Solve one municipality by every route, and write a Markdown table."""
    units = {str(levels): municipality(0.3, levels=levels) for levels in LEVELS}
    dump(units, folder / "routes")
    theirs = pd.concat(
        [
            _read(folder / "routes", run, times, peer)
            for peer in ("routes.py", "glop.py")
        ]
    )
    head = ["route", "levels", "build", "solve", "together", "times ours"]
    rows = []
    for name, unit in units.items():
        own(unit)
        ours = pd.DataFrame([own(unit) for _ in range(times)]).median()
        together = ours["build"] + ours["solve"]
        peers = theirs[theirs["name"].astype(str) == name]
        groups = peers.groupby("route", sort=False)[["build", "solve", "objective"]]
        for route, found in (("own", ours), *groups.median().iterrows()):
            apart = float(found["objective"] / ours["objective"] - 1)
            _same(f"{route}, {name} levels", apart)
            seconds = found["build"], found["solve"], found["build"] + found["solve"]
            shown = [f"{1000 * s:.0f} ms" for s in seconds]
            ratio = f"{seconds[2] / together:.1f}"
            rows.append((str(route), name, *shown, ratio, f"{apart:.0e}"))
    return table([*head, "objective less ours"], rows)


def nation(n: int = MUNICIPALITIES) -> dict[str, Unit]:
    """Municipalities of differing sizes, levels of exits and prices, largest first."""
    rng = np.random.default_rng(SEED)
    share = np.exp(rng.normal(0, 1.05, n))
    sizes = np.sort(share / share.sum() * HOUSEHOLDS * n / MUNICIPALITIES)[::-1]
    return {f"{i:03d}": _one(i, max(size, FEWEST)) for i, size in enumerate(sizes)}


def _one(seed: int, cases: float) -> Unit:
    """Bounds on staff grow with the size, as they would."""
    unit = municipality(0.3, cases=cases, seed=seed)
    months = np.arange(unit.shape[2])
    most = max(0.5, 0.15 * unit.handlers)
    return replace(
        unit,
        hire_max=np.where(months < 3, 0.0, most),
        release_max=np.full(len(months), 0.02 * unit.handlers),
    )


def in_a_row(units: Mapping[str, Unit]) -> pd.DataFrame:
    """CPU seconds of each where all start from the first; certificates told apart."""
    problems = {name: Problem((unit,)) for name, unit in units.items()}
    found = solve_each(problems.values())
    rows = []
    for problem in problems.values():
        gc.collect()
        start = time.process_time()
        solution = next(found)
        solved = time.process_time()
        gap = abs(lower_bound(problem, solution).gap)
        certified = time.process_time() - solved
        rows.append((solved - start, certified, solution.objective, gap))
    columns = ["together", "certificate", "objective", "gap"]
    return pd.DataFrame(rows, index=list(units), columns=columns)


def one_by_one(folder: Path, run: Run, n: int = MUNICIPALITIES) -> str:
    """Solve a nation's municipalities one by one, and write a Markdown table."""
    units = nation(n)
    some = list(units)[::EVERY]
    dump({name: units[name] for name in some}, folder / "nation")
    theirs = _read(folder / "nation", run, 1, "routes.py", TEXTBOOK)
    theirs.index = pd.Index([f"{name:03d}" for name in theirs["name"]])
    own(units["000"])
    alone = pd.DataFrame([own(unit) for unit in units.values()], index=list(units))
    row = in_a_row(units)
    found = {"own, in a row": row, "own, each from nothing": alone, TEXTBOOK: theirs}
    rows = []
    for name, seconds in found.items():
        if "together" not in seconds:
            seconds["together"] = seconds["build"] + seconds["solve"]
        apart = seconds["objective"] / row.loc[seconds.index, "objective"] - 1
        _same(name, float(apart.abs().max()))
        times = seconds.loc[some, "together"].sum() / row.loc[some, "together"].sum()
        proof = seconds["certificate"].sum() if "certificate" in seconds else None
        rows.append(
            (
                name,
                str(len(seconds)),
                f"{seconds['together'].sum():.1f}",
                "-" if proof is None else f"{proof:.1f}",
                f"{1000 * seconds['together'].median():.0f} ms",
                f"{times:.1f}",
            )
        )
    head = ["36 months x 4 x 6 x 6", "municipalities", "CPU s", "certificates, CPU s"]
    gap = max(alone["gap"].max(), row["gap"].max())
    told = f"Largest gap of the certificates: {gap:.0e}. Times: of each {EVERY}th."
    return table([*head, "median of one", "times ours"], rows) + "\n\n" + told


def _read(folder: Path, run: Run, times: int, peer: str, *chosen: str) -> pd.DataFrame:
    """Run the peers: `route, name, build, solve, objective`."""
    out = folder / "peers.csv"
    run(peer, folder, out, str(times), *chosen)
    return pd.read_csv(out)


def _same(name: str, apart: float) -> None:
    if not abs(apart) <= SAME:
        raise ValueError(f"{name}: another objective, by {apart:.1e}")
