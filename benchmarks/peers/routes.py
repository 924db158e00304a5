"""Other routes to the optimum of one staffing program, in an environment of their own.

`python routes.py FOLDER OUT.csv TIMES [ROUTE ...]` reads every `NAME.npz` (see `core`)
and writes a line per route and run: CPU seconds of writing the program and of solving
it, child processes included, and the objective. Each is written as a user of its
library would, and none is slowed.
"""

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import pulp  # noqa: E402
from core import Core, Matrix, matrix  # noqa: E402
from scipy import sparse  # noqa: E402
from scipy.optimize import Bounds, LinearConstraint, linprog, milp  # noqa: E402
from timed import Route, report  # noqa: E402


def textbook(core: Core) -> pulp.LpProblem:
    """Write the program in PuLP as its documentation does: dicts and lpSum."""
    S, D, T, L = map(range, core.shape)
    lpSum, c = pulp.lpSum, core.x
    stay = (1 - core.p) * (1 - core.a[:, :, None, None])
    move = (1 - core.p) * core.a[:, :, None, None]
    prob = pulp.LpProblem("staffing", pulp.LpMinimize)
    x = prob.add_variable_dicts("x", (S, D, T, L), lowBound=0)
    J = prob.add_variable_dicts("J", T, lowBound=0)
    o = prob.add_variable_dicts("o", T, lowBound=0)
    h = {t: prob.add_variable(f"h_{t}", 0, float(core.hire_max[t])) for t in T}
    f = {t: prob.add_variable(f"f_{t}", 0, float(core.release_max[t])) for t in T}
    served = lpSum(
        float(c[s, d, t, k]) * x[s][d][t][k] for s in S for d in D for t in T for k in L
    )
    staff = lpSum(
        float(core.J[t]) * J[t]
        + float(core.h[t]) * h[t]
        + float(core.f[t]) * f[t]
        + float(core.o[t]) * o[t]
        for t in T
    )
    prob += served + staff
    for s in S:
        for d in D:
            prob += lpSum(x[s][d][0][k] for k in L) == float(core.n0[s, d])
            for t in T[1:]:
                before = lpSum(
                    float(stay[s, d, t - 1, k]) * x[s][d][t - 1][k] for k in L
                )
                if d > 0:
                    before += lpSum(
                        float(move[s, d - 1, t - 1, k]) * x[s][d - 1][t - 1][k]
                        for k in L
                    )
                new = float(core.A[s, t]) if d == 0 else 0
                prob += lpSum(x[s][d][t][k] for k in L) == before + new
    for t in T:
        employed = core.J0 if t == 0 else (1 - core.tau) * J[t - 1]
        prob += J[t] == employed + h[t] - f[t]
        load = lpSum(
            float(core.effort[s, t, k]) * x[s][d][t][k] for s in S for d in D for k in L
        )
        there = float(core.present[t])
        learning = lpSum(
            there * float(lost) * h[t - k] for k, lost in enumerate(core.lost) if k <= t
        )
        prob += load + float(core.intake[t]) <= there * J[t] - learning + o[t]
        for s in S:
            above = lpSum(float(core.above[k]) * x[s][d][t][k] for d in D for k in L)
            prob += above >= 0
    return prob


def by(solver: Callable[[], pulp.LpSolver]) -> Callable[[pulp.LpProblem], float]:
    """Solve with a solver of PuLP."""

    def solve(prob: pulp.LpProblem) -> float:
        prob.solve(solver())
        return float(pulp.value(prob.objective))

    return solve


def labelled(core: Core) -> Any:
    """Write the program in linopy: arrays with labels, shifted by a month."""
    import linopy
    import pandas as pd
    import xarray as xr

    axes = dict(zip("sdtl", core.shape, strict=True))

    def array(values: np.ndarray, dims: str) -> Any:
        coords = {name: range(axes[name]) for name in dims}
        return xr.DataArray(values, dims=tuple(dims), coords=coords)

    index = {name: pd.RangeIndex(n, name=name) for name, n in axes.items()}
    model = linopy.Model(force_dim_names=True)
    x = model.add_variables(lower=0, coords=list(index.values()), name="x")
    J, o = (
        model.add_variables(lower=0, coords=[index["t"]], name=name) for name in "Jo"
    )
    h, f = (
        model.add_variables(lower=0, upper=array(most, "t"), name=name)
        for name, most in (("h", core.hire_max), ("f", core.release_max))
    )
    S, D, T, _ = core.shape
    a = core.a[:, :, None, None]
    stay, move = array((1 - core.p) * (1 - a), "sdtl"), array((1 - core.p) * a, "sdtl")
    cases = x.sum("l")
    came = (stay * x).sum("l").shift(t=1) + (move * x).sum("l").shift(t=1, d=1)
    new = np.zeros((S, D, T))
    new[:, 0] = core.A
    later = slice(1, None)
    model.add_constraints(cases.isel(t=0) == array(core.n0, "sd"), name="start")
    balance = (cases - came).isel(t=later)
    model.add_constraints(balance == array(new, "sdt").isel(t=later), name="bal")
    start = np.zeros(T)
    start[0] = core.J0
    head = J - (1 - core.tau) * J.shift(t=1) - h + f
    model.add_constraints(head == array(start, "t"), name="head")
    effort, present = array(core.effort, "stl"), array(core.present, "t")
    load = (effort * x).sum(["s", "d", "l"]) - present * J - o
    for k, lost in enumerate(core.lost.tolist()):
        load = load + lost * present * (h.shift(t=k) if k else 1 * h)
    model.add_constraints(load <= array(-core.intake, "t"), name="cap")
    fair = (array(core.above, "l") * x).sum(["d", "l"])
    model.add_constraints(fair >= 0, name="fair")
    cost = (array(core.x, "sdtl") * x).sum()
    for prices, columns in ((core.J, J), (core.h, h), (core.f, f), (core.o, o)):
        cost = cost + (array(prices, "t") * columns).sum()
    model.add_objective(cost)
    return model


def from_linopy(io: str) -> Callable[[Any], float]:
    """Solve with HiGHS, through an LP file or in memory."""

    def solve(model: Any) -> float:
        model.solve("highs", io_api=io, output_flag=False, progress=False)
        return float(model.objective.value)

    return solve


def by_linprog(program: Matrix) -> float:
    """Solve by scipy's linprog, with rows parted as it wants them."""
    equal = program.row_low == program.row_high
    most = np.isfinite(program.row_high) & ~equal
    least = np.isfinite(program.row_low) & ~equal
    found = linprog(
        program.c,
        A_ub=sparse.vstack([program.rows[most], -program.rows[least]]),
        b_ub=np.concatenate([program.row_high[most], -program.row_low[least]]),
        A_eq=program.rows[equal],
        b_eq=program.row_low[equal],
        bounds=np.column_stack([program.low, program.high]),
        method="highs",
    )
    return float(found.fun)


def by_milp(program: Matrix) -> float:
    """Solve by scipy's milp, with nothing whole."""
    rows = LinearConstraint(program.rows, program.row_low, program.row_high)
    bounds = Bounds(program.low, program.high)
    return float(milp(program.c, constraints=rows, bounds=bounds).fun)


ROUTES: dict[str, Route] = {
    "textbook PuLP, CBC": (textbook, by(lambda: pulp.PULP_CBC_CMD(msg=False))),
    "textbook PuLP, HiGHS": (textbook, by(lambda: pulp.HiGHS(msg=False))),
    "linopy, HiGHS": (labelled, from_linopy("lp")),
    "linopy, HiGHS in memory": (labelled, from_linopy("direct")),
    "matrix, scipy linprog": (matrix, by_linprog),
    "matrix, scipy milp": (matrix, by_milp),
}


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    chosen = {name: ROUTES[name] for name in sys.argv[4:] or ROUTES}
    report(chosen, Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
