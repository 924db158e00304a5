"""Measure what docs/benchmarks.md states, side by side, and write it: `make bench`.

Own figures of one run on one machine. Seeds are fixed; nothing is tuned on them.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from document import machine, shared, table, write_part

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
os.environ.setdefault("OMP_NUM_THREADS", "1")
PACKAGES = (
    "numpy",
    "pandas",
    "scikit-learn",
    "statsmodels",
    "pulp",
    "highspy",
    "mlflow",
)
COMMAND = [sys.executable, "-c", "from bemanna.pipelines.cli import main; main()"]


def cpu_seconds(*arguments: str) -> tuple[float, float]:
    """CPU and wall seconds of a `bemanna` command in a process of its own."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - start


def commands() -> str:
    """Time the commands that a user waits for."""
    helping = min(cpu_seconds("--help")[0] for _ in range(3))
    with TemporaryDirectory() as folder:
        cpu, wall = cpu_seconds("demo", str(Path(folder) / "demo"))
    rows = [
        ("`bemanna --help`", "0.5 CPU s", f"{helping:.2f} CPU s"),
        (
            "`bemanna demo` after installation",
            "60 s",
            f"{wall:.0f} s ({cpu:.0f} CPU s)",
        ),
    ]
    california = ROOT / "docs/real-data/california"
    if shared().exists():
        with TemporaryDirectory() as folder:
            cpu, wall = cpu_seconds("run", str(california), "--out", folder)
        rows.append(
            ("`bemanna run` on three California counties", "-", f"{wall:.0f} s")
        )
    return table(["command", "target", "measured"], rows)


def oracle() -> str:
    """Compare every oracle file with its exact optimum."""
    from bemanna.optimisation.corefile import answer

    rows = []
    for path in sorted((shared() / "oracle").glob("*.json")):
        expected = json.loads(path.read_text("utf-8"))["expected"]
        exact = float(Fraction(expected["objective_exact"]))
        found = answer(path)
        error = abs(found["objective"] / exact - 1)
        gap = found["certificate_gap"]
        shown = "integer" if gap is None else f"{gap:.1e}"
        rows.append((path.stem, f"{error:.1e}", shown))
    return table(["file", "relative error", "certificate gap"], rows)


def programs() -> str:
    """Solve 500 random programs both ways."""
    from programs import against_cbc

    start = time.process_time()
    found = against_cbc()
    seconds = time.process_time() - start
    counts = found["outcome"].value_counts()
    rows = [
        ("solver failures", "0", str(counts.get("failed", 0))),
        ("disagreements on feasibility", "0", str(counts.get("disagree", 0))),
        ("infeasible, CBC agrees", "-", str(counts.get("infeasible", 0))),
        ("largest difference to CBC", "1e-7", f"{found['cbc'].max():.1e}"),
        ("largest certificate gap", "1e-8", f"{found['gap'].max():.1e}"),
        ("CPU seconds, CBC's included in wall only", "-", f"{seconds:.0f}"),
    ]
    return table(["500 random programs", "target", "measured"], rows)


def recovery() -> str:
    """Recover true hazards from 50 simulated registers."""
    from recovery import exit_recovery

    found = exit_recovery()
    rows = [
        ("coverage of 95 % intervals", "92-98 %", f"{found['coverage'].mean():.1%}"),
        ("mean absolute error per month", "0.002", f"{found['error'].mean():.5f}"),
        ("largest error of a register", "-", f"{found['error'].max():.5f}"),
    ]
    return table(
        ["50 registers of 1,000 cases, 120 months", "target", "measured"], rows
    )


def bounds() -> str:
    """Simulate plans on the program's own grid: never cheaper than its bound."""
    import numpy as np
    from instances import generator, random_unit

    from bemanna.models.domain import InfeasibleError
    from bemanna.optimisation.certificate import lower_bound
    from bemanna.optimisation.problem import Problem
    from bemanna.optimisation.programme import relaxed, solve, whole_handlers
    from bemanna.optimisation.simulation import check_on_grid

    scores = []
    for seed in range(60):
        problem = Problem((random_unit(generator(20_000 + seed), (3, 4, 12, 5)),))
        try:
            optimum = solve(relaxed(problem))
            plan = whole_handlers(problem).units[0]
        except InfeasibleError:
            continue
        bound = lower_bound(relaxed(problem), optimum).bound
        rng = np.random.default_rng(seed)
        check = check_on_grid(problem.units[0], plan, bound, rng, 10_000)
        scores.append((check.mean_sek - bound) / max(check.se_sek, 1e-9))
    rows = [
        ("plans simulated, 10,000 replications each", "-", str(len(scores))),
        ("lowest (mean - bound) / SE", "-3", f"{min(scores):.1f}"),
    ]
    return table(["simulation on the program's grid", "target", "measured"], rows)


def out_of_sample() -> str:
    """Score plans in the truth that made their registers."""
    import out_of_sample as proof

    found = proof.summary(proof.out_of_sample())
    return out_of_sample_table(found)


def out_of_sample_table(found: pd.DataFrame) -> str:
    """Write the scores as a table, in MSEK with standard errors."""
    rows = [
        (
            f"{row['effect']:.2f}",
            f"{row['handlers_today']:.1f} → {row['handlers_plan']:.1f}",
            f"{row['saving_sek'] / 1e6:.1f} ± {row['saving_sek_se'] / 1e6:.1f}",
            f"{row['share']:.2%}",
            f"{row['cash_sek'] / 1e6:.1f} ± {row['cash_sek_se'] / 1e6:.1f}",
            f"{row['claimed_sek'] / 1e6:.1f}",
            f"{row['units_claiming']:.0f} / {row['units_claiming_exits']:.0f}",
        )
        for row in found.to_dict("records")
    ]
    return table(
        [
            "true log HR",
            "handlers",
            "saved, MSEK ± SE",
            "of today's cost",
            "cash in 36 months",
            "cash expected by the plans",
            "units claiming: cash / from exits",
        ],
        rows,
    )


SECTIONS: dict[str, Callable[[], str]] = {
    "What a user waits for": commands,
    "Exactly solved staffing problems": oracle,
    "Random programs against CBC and the certificate": programs,
    "Monthly hazards recovered from simulated registers": recovery,
    "Simulated cost against the program's bound": bounds,
    "Plans scored in the truth (3 units, 600 cases, 20 registers a row)": out_of_sample,
}


def main() -> None:
    """Measure every section and write this command's part of docs/benchmarks.md."""
    parts = [
        "Written by `make bench`; every figure is of one run. " + machine(PACKAGES)
    ]
    notes = (ROOT / "benchmarks" / "notes.md").read_text("utf-8")
    for title, measure in SECTIONS.items():
        print(title, flush=True)
        parts.append(f"## {title}\n\n{measure()}")
    parts.append(notes.strip())
    write_part("make bench", "\n\n".join(parts))


if __name__ == "__main__":
    main()
