"""The nation: the command, one budget, growth: `make bench-national`."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

from document import ROOT, machine, table, write_part  # noqa: E402
from growthtable import growth  # noqa: E402
from measure import cpu_seconds  # noqa: E402
from nationaltable import national  # noqa: E402

PACKAGES = ("numpy", "scipy", "pulp", "highspy", "joblib", "distributed")


def command() -> str:
    """Time the command from nothing, and again with every municipality kept."""
    rows = []
    with TemporaryDirectory() as folder:
        for name in ("from nothing", "again, municipalities kept"):
            cpu, wall = cpu_seconds("national", "--out", str(Path(folder) / "riket"))
            rows.append(
                (
                    name,
                    "180 s" if not rows else "-",
                    f"{wall:.0f} s",
                    f"{cpu:.0f} CPU s",
                )
            )
    return table(["`bemanna national`", "target", "wall", "CPU"], rows)


def main() -> int:
    """Measure, print and write the part of the page."""
    parts = [
        "Written by `make bench-national`; every figure is of one run. "
        + machine(PACKAGES)
    ]
    for title, measure in (
        ("The national estimate", command),
        ("290 municipalities under one budget", national),
        ("How a nation grows", growth),
    ):
        parts.append(f"## {title}\n\n{measure()}")
        print(parts[-1], end="\n\n", flush=True)
    notes = ROOT / "benchmarks" / "nationnotes.md"
    parts.append(notes.read_text("utf-8").strip())
    write_part("make bench-national", "\n\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
