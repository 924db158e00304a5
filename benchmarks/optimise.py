"""The staffing program beside other routes to the same optimum: `make bench-optimise`.

The peers run in a virtual environment of their own (`peers/`); each objective and each
mean is held against ours. Own figures of one run on one machine; seeds are fixed.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

from contest import run_peers  # noqa: E402
from cvar import cvar  # noqa: E402
from document import ROOT, machine, write_part  # noqa: E402
from leverstable import levers  # noqa: E402
from routestable import one_by_one, routes  # noqa: E402
from simtable import simulations  # noqa: E402
from stress import stressed  # noqa: E402
from whatiftable import whatif  # noqa: E402

PACKAGES = ("numpy", "scipy", "pulp", "highspy")
REQUIREMENTS = ROOT / "benchmarks" / "peers" / "optimise-requirements.txt"
#: Peers of which the heading tells the version; what they share with us is told once.
PEERS = ("linopy", "ortools", "simpy")
CACHE = ROOT / "build" / "bench-optimise"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write the part of the page."""
    asked = _asked(arguments)
    run = partial(run_peers, asked.peers)
    pins = dict(pin.split("==") for pin in REQUIREMENTS.read_text("utf-8").split())
    said = "Written by `make bench-optimise`; every figure is of one run. "
    parts = [said + machine(PACKAGES, [f"{name} {pins[name]}" for name in PEERS])]
    sections: dict[str, Callable[[], str]] = {
        "One municipality by other routes": lambda: routes(asked.cache, run),
        "290 municipalities, one by one": lambda: one_by_one(asked.cache, run),
        "What-if questions": whatif,
        "One plan under many futures (CVaR)": lambda: cvar(asked.cache, run),
        "Simulation beside SimPy": lambda: simulations(asked.cache, run),
        "A Gävle-like unit by levers": levers,
        "2,000 random programs of every kind": stressed,
    }
    for title, measure in sections.items():
        parts.append(f"## {title}\n\n{measure()}")
        print(parts[-1], end="\n\n", flush=True)
    notes = ROOT / "benchmarks" / "optimisenotes.md"
    parts.append(notes.read_text("utf-8").strip())
    write_part("make bench-optimise", "\n\n".join(parts))
    return 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--peers",
        type=Path,
        default=ROOT / ".venv-peers-optimise" / "bin" / "python",
        help="Python of the peers' virtual environment",
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="programs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
