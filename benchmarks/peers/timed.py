"""CPU seconds of routes to the optimum, written down as they are run."""

import csv
import gc
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import Core

#: What writes a program, and what solves it and tells the objective.
Route = tuple[Callable[[Core], Any], Callable[[Any], float]]
HEAD = ("route", "name", "build", "solve", "objective")


def spent() -> float:
    """CPU seconds so far, of this process and of its children that have ended."""
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + child.ru_utime + child.ru_stime


def run(route: Route, core: Core) -> tuple[float, float, float]:
    """Tell CPU seconds of building and of solving, and the objective."""
    build, solve = route
    gc.collect()
    start = spent()
    program = build(core)
    built = spent()
    objective = solve(program)
    return built - start, spent() - built, objective


def report(routes: dict[str, Route], folder: Path, out: Path, times: int) -> None:
    """Run routes on every program of a folder and write a line for each run.

    Each route runs once more, first, while nobody counts.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # solvers introduce themselves
    cores = {file.stem: Core.read(file) for file in sorted(folder.glob("*.npz"))}
    with out.open("w", newline="") as file:
        log = csv.writer(file)
        log.writerow(HEAD)
        for name, route in routes.items():
            run(route, next(iter(cores.values())))
            for core_name, core in cores.items():
                for _ in range(times):
                    log.writerow([name, core_name, *run(route, core)])
