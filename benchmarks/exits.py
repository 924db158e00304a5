"""The exit model beside its peers on the same spells: `make bench-exits`.

The peers predict in a virtual environment of their own (`peers/`), and what they said
is kept; here the package predicts the same folds, and one function scores everyone.
Own figures of one run on one machine. Seeds are fixed; no test fold is looked into.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

from contest import run_peers  # noqa: E402
from document import ROOT, machine, shared, write_part  # noqa: E402
from exitfolds import field  # noqa: E402
from exittables import (  # noqa: E402
    against_best,
    calibration_and_cpu,
    known_scores,
    scores,
)
from pilottable import pilots  # noqa: E402
from registertable import SIZES, registers  # noqa: E402
from spells import FILES, dump  # noqa: E402
from truncationtable import truncation  # noqa: E402

PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn")
REQUIREMENTS = ROOT / "benchmarks" / "peers" / "exits-requirements.txt"
CACHE = ROOT / "build" / "bench-exits"
ABSENT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write the part of the page."""
    asked = _asked(arguments)
    data = shared() / "spells"
    if not data.exists():
        print(
            f"The spells are not on this machine: {data} is missing. Put the shared "
            "data there, or set BEMANNA_SHARED to their folder. Nothing was measured, "
            "and docs/benchmarks.md stays as it is."
        )
        return ABSENT
    pins = REQUIREMENTS.read_text("utf-8").split()
    # what other versions of a peer said is of no use
    results = asked.cache / f"peers-{sha256(' '.join(pins).encode()).hexdigest()[:8]}"
    folder = asked.cache / "registers"
    files = {name: read(data) for name, read in FILES.items()}
    dump(files, asked.cache / "spells")
    if not asked.cached:
        run_peers(asked.peers, "exits.py", asked.cache / "spells", results)
    run = partial(run_peers, asked.peers, "registers.py")
    parts = [_head(pins, asked.remark)]

    def add(title: str, measure: Callable[[], str]) -> None:
        parts.append(f"## {title}\n\n{measure()}")
        print(parts[-1], end="\n\n", flush=True)

    fields = [field(name, spells, results) for name, spells in files.items()]
    add("Scores of exits checked by Kaplan-Meier", lambda: known_scores(fields))
    add("Exits beside peers", lambda: "\n\n".join(map(scores, fields)))
    add("Exits against the best peer", lambda: against_best(fields))
    add("Calibration and CPU of exits", lambda: calibration_and_cpu(fields))
    add("Left truncation, simulated", lambda: truncation(folder, results, run))
    sizes = asked.registers
    add(
        "A simulated register with known exits",
        lambda: registers(sizes, folder, results, run),
    )
    add("Pilots of known effect, simulated", pilots)
    notes = ROOT / "benchmarks" / "exitnotes.md"
    parts.append(notes.read_text("utf-8").strip())
    write_part("make bench-exits", "\n\n".join(parts))
    return 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--registers", nargs="+", choices=list(SIZES), default=list(SIZES)
    )
    parser.add_argument(
        "--peers",
        type=Path,
        default=ROOT / ".venv-peers-exits" / "bin" / "python",
        help="Python of the peers' virtual environment",
    )
    parser.add_argument(
        "--cached", action="store_true", help="score peers as far as they were run"
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="spells and results")
    parser.add_argument(
        "--remark", default="", help="said of the machine in the heading"
    )
    return parser.parse_args(arguments)


def _head(pins: Sequence[str], remark: str) -> str:
    peers = [pin.replace("==", " ") for pin in pins if pin[:3] not in ("pan", "pya")]
    said = "Written by `make bench-exits`; every figure is of one run. "
    return said + machine(PACKAGES, peers) + (f" {remark}" if remark else "")


if __name__ == "__main__":
    sys.exit(main())
