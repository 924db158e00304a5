"""GLOP of OR-Tools, by itself: its HiGHS and highspy's do not load into one process.

`python glop.py FOLDER OUT.csv TIMES` is a route as in `routes.py`. `python glop.py
FILE.mps OUT.csv 1` solves a program that somebody else has written; reading it is not
counted.
"""

import csv
import os
import sys
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

from core import Matrix, matrix  # noqa: E402
from ortools.linear_solver.python import model_builder_helper as builder  # noqa: E402
from timed import HEAD, report, spent  # noqa: E402


def taken(program: Matrix) -> builder.ModelBuilderHelper:
    """Hand over the matrix in one piece."""
    model = builder.ModelBuilderHelper()
    bounds = program.low, program.high, program.c, program.row_low, program.row_high
    model.fill_model_from_sparse_data(*bounds, program.rows)
    return model


def solved(model: builder.ModelBuilderHelper) -> float:
    """Solve, and tell the objective."""
    solver = builder.ModelSolverHelper("glop")
    solver.solve(model)
    if solver.status() != builder.SolveStatus.OPTIMAL:
        raise RuntimeError(f"GLOP ended as {solver.status()}")
    return float(solver.objective_value())


def read(path: Path, out: Path) -> None:
    """Solve a program from a file."""
    model = builder.ModelBuilderHelper()
    if not model.import_from_mps_file(str(path)):
        raise RuntimeError(f"{path} cannot be read")
    start = spent()
    objective = solved(model)
    with out.open("w", newline="") as file:
        log = csv.writer(file)
        log.writerows([HEAD, ("GLOP", path.stem, 0.0, spent() - start, objective)])


if __name__ == "__main__":
    source, out, times = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    if source.is_dir():
        route = (matrix, lambda program: solved(taken(program)))
        report({"matrix, GLOP": route}, source, out, times)
    else:
        read(source, out)
