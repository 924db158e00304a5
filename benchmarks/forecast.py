"""Forecasts against their peers on the same series: `make bench-forecast`.

The peers forecast in a virtual environment of their own (`peers/`), and what they said
is kept; here the package forecasts the same panels, and one function scores everyone.
Own figures of one run on one machine. Seeds are fixed; nothing is tuned on them.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

from contest import check_scores, contest, dump, pins, run_peers  # noqa: E402
from dalarnatable import dalarna  # noqa: E402
from document import ROOT, machine, shared, write_part  # noqa: E402
from forecastscores import Actual  # noqa: E402
from forecasttables import (  # noqa: E402
    accuracy,
    coverage,
    distributions,
    known_scores,
    seconds,
)
from hierarchytable import reconciliations  # noqa: E402
from panels import PANELS  # noqa: E402
from swedentable import driver_table, sweden  # noqa: E402

PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "statsmodels")
CACHE = ROOT / "build" / "bench-forecast"
ABSENT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and, unless only some panels are asked for, write the page."""
    asked = _asked(arguments)
    data = shared()
    if not (data / "bench").exists():
        print(
            f"The panels are not on this machine: {data / 'bench'} is missing. Put the "
            "shared data there, or set BEMANNA_SHARED to their folder. Nothing was "
            "measured, and docs/benchmarks.md stays as it is."
        )
        return ABSENT
    names = asked.only or list(PANELS)
    # what other versions of a peer said is of no use
    results = asked.cache / f"statsforecast-{pins()['statsforecast']}"
    dump(data, names, asked.cache / "panels")
    if not asked.cached:
        run_peers(asked.peers, "forecasts.py", asked.cache / "panels", results, *names)
    parts = [_head()]

    def add(title: str, measure: Callable[[], str]) -> None:
        parts.append(f"## {title}\n\n{measure()}")
        print(parts[-1], end="\n\n", flush=True)

    known = {
        name: check_scores(name, [Actual.of(t) for t in PANELS[name](data)], results)
        for name in names
    }
    add("Scores checked by the seasonal naive", lambda: known_scores(known))
    fields = []
    for name in names:
        print(name, flush=True)
        fields.append(contest(name, data, results))
    add("Accuracy beside peers (OWA)", lambda: accuracy(fields))
    add("Distributions beside peers", lambda: distributions(fields))
    add("Coverage of intervals", lambda: coverage(fields))
    add("CPU seconds of forecasts", lambda: seconds(fields))
    if asked.only:
        return 0
    add("A simulated Sweden", lambda: sweden(data))
    add("A driver, simulated Sweden", lambda: driver_table(data))
    folder = asked.cache / "hierarchy"
    add(
        "Forecasts that add up (Australian visitor nights)",
        lambda: reconciliations(data, folder, asked.peers),
    )
    add("Dalarna, forecast again every month", lambda: dalarna(data))
    notes = ROOT / "benchmarks" / "forecastnotes.md"
    parts.append(notes.read_text("utf-8").strip())
    write_part("make bench-forecast", "\n\n".join(parts))
    return 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=list(PANELS), help="these panels, printed only"
    )
    parser.add_argument(
        "--peers",
        type=Path,
        default=ROOT / ".venv-peers" / "bin" / "python",
        help="Python of the peers' virtual environment",
    )
    parser.add_argument(
        "--cached", action="store_true", help="score peers as far as they were run"
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="panels and results")
    return parser.parse_args(arguments)


def _head() -> str:
    peers = [
        f"{name} {pins()[name]}" for name in ("statsforecast", "hierarchicalforecast")
    ]
    return "Written by `make bench-forecast`; every figure is of one run. " + machine(
        PACKAGES, peers
    )


if __name__ == "__main__":
    sys.exit(main())
