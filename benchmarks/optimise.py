"""The staffing program beside other routes to the same optimum: `make bench-optimise`.

Own figures of one run on one machine; seeds are fixed.
"""

import os
import sys

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

from cvar import cvar  # noqa: E402
from document import ROOT, machine, write_part  # noqa: E402
from whatiftable import whatif  # noqa: E402

PACKAGES = ("numpy", "scipy", "pulp", "highspy")


def main() -> int:
    """Measure, print and write the part of the page."""
    said = "Written by `make bench-optimise`; every figure is of one run. "
    parts = [said + machine(PACKAGES)]
    for title, measure in (
        ("One plan under many futures (CVaR)", cvar),
        ("What-if questions", whatif),
    ):
        parts.append(f"## {title}\n\n{measure()}")
        print(parts[-1], end="\n\n", flush=True)
    notes = ROOT / "benchmarks" / "optimisenotes.md"
    parts.append(notes.read_text("utf-8").strip())
    write_part("make bench-optimise", "\n\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
