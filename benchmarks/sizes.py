"""The share of what perfect information saves that plans and rules capture, by size.

`make bench-sizes` scores 200 true effects drawn from the published evidence, and three
fixed ones, at each size (see `sizescore.py`). Finished registers are kept in
build/sizes/, one file per size, so that a run can be taken up again; they hold for the
version of the code that made them. Seeds are fixed; nothing is tuned on the result.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from document import ROOT, machine, write_part  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402
from sizescore import Job, score  # noqa: E402
from sizetable import drawn_table, fixed_table, verdict  # noqa: E402

from bemanna.models.effect import LN2, EffortEffect  # noqa: E402

#: Fixed before the first run: of the draws of the evidence, and of the registers.
PRIOR_SEED, FIRST_SEED = 20_261, 7_001
SIZES = (30, 100, 300, 1_000, 3_000)
DRAWN, FIXED, EACH = 200, (0.0, 0.14, 0.30), 20
#: Of a true effect: as many as survive writing and reading.
DIGITS = 9
FOLDER = ROOT / "build" / "sizes"
PACKAGES = ("numpy", "pandas", "scikit-learn", "statsmodels", "pulp", "highspy")


def jobs(sizes: Iterable[int] = SIZES, drawn: int = DRAWN) -> list[Job]:
    """List the registers, seed by seed: cut off, a run has as many at every size."""
    prior = EffortEffect.from_evidence()
    draws = prior.draws(np.random.default_rng(PRIOR_SEED), DRAWN) * LN2
    draws = draws.round(DIGITS)
    wanted = []
    for i in range(drawn):
        effects = [(float(draws[i]), True)]
        effects += [(effect, False) for effect in FIXED if i < EACH]
        wanted += [
            Job(size, effect, FIRST_SEED + i, of_prior)
            for size in sizes
            for effect, of_prior in effects
        ]
    return wanted


def code_version() -> str:
    """Digest of every file of code that a score rests on."""
    used = {
        Path(file)
        for name, module in list(sys.modules.items())
        if name.startswith("bemanna.") and (file := module.__file__)
    }
    here = Path(__file__).parent
    used |= {here / f"{name}.py" for name in ("sizescore", "rules", "trueworld")}
    # by folder and name: the same wherever the repository lies
    inside = sorted(used, key=lambda path: (path.parent.name, path.name))
    data = b"".join(path.read_bytes() for path in inside)
    return hashlib.sha256(data).hexdigest()[:12]


def kept(code: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Read the finished registers of one version of the code; empty where none."""
    tables = [
        # a line that was cut off when a run was killed is scored again
        pd.read_csv(path, dtype={"code": str}, on_bad_lines="skip").dropna()
        for path in sorted(folder.glob("*.csv"))
    ]
    if not tables:
        return pd.DataFrame(columns=["code", *Job._fields])
    table = pd.concat(tables, ignore_index=True)
    table["effect"] = table["effect"].round(DIGITS)
    return table[table["code"] == code].drop_duplicates(list(Job._fields))


def run(
    wanted: Sequence[Job], code: str, folder: Path = FOLDER, workers: int = 2
) -> None:
    """Score the registers that are not kept yet, and keep each as it is finished."""
    folder.mkdir(parents=True, exist_ok=True)
    done = set(kept(code, folder)[list(Job._fields)].itertuples(index=False, name=None))
    left = [job for job in wanted if tuple(job) not in done]
    print(f"{len(wanted) - len(left)} registers kept, {len(left)} to score", flush=True)
    scored = Parallel(n_jobs=workers, return_as="generator_unordered")(
        delayed(score)(job) for job in left
    )
    for row in scored:
        path = folder / f"{row['size']:04.0f}.csv"
        line = pd.DataFrame([{"code": code, **row}])
        line.to_csv(path, mode="a", header=not path.exists(), index=False)


def main() -> int:
    """Score what is missing, print the tables, and write the part if all is there."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--code", help="use registers kept by this version of the code")
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--seeds", type=int, default=DRAWN, help="only the first seeds")
    asked.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="only these")
    asked.add_argument("--table", action="store_true", help="score nothing new")
    said = asked.parse_args()
    code = said.code or code_version()
    wanted = jobs(said.sizes, said.seeds)
    if not said.table:
        run(wanted, code, workers=said.workers)
    found = kept(code)
    found = found[found["seed"] < FIRST_SEED + said.seeds]
    found = found[found["size"].isin(said.sizes)]
    parts = [
        f"Written by `make bench-sizes`; code {code}. {machine(PACKAGES)}",
        f"## Share of the saving with perfect information\n\n{drawn_table(found)}",
        verdict(found),
        f"## Saved at given true effects\n\n{fixed_table(found)}",
        (ROOT / "benchmarks" / "sizenotes.md").read_text("utf-8").strip(),
    ]
    print("\n\n".join(parts))
    if len(found) == len(jobs(drawn=said.seeds)):
        write_part("make bench-sizes", "\n\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
