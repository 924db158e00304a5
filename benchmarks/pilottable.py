"""What a pilot's interval holds in worlds of known effect: coverage and rejections.

`tests/test_pilot_proofs.py` asserts the same figures, at full size by `make soak`.
"""

import numpy as np
from document import table
from exittables import verdict
from numpy.typing import ArrayLike
from pilotworld import HARSHER, SCENARIOS, Array, judge, summary

from bemanna.models.effect import EffortEffect

PRIOR = EffortEffect.from_evidence()
WORLDS = SCENARIOS | HARSHER
#: Hazard falls with the .45th power of the caseload: what a halving does.
TRUTH = 0.45 * np.log(2)
RUNS = 2000
#: The world in which prior and pilot are read together.
WITH_SHOCKS = "unit shocks"
COVERAGE, MOST_REJECTED = (0.93, 0.99), 0.06
MOST_RMSE, MOST_WIDTH = 0.75, 0.70


def proof(name: str, truth: ArrayLike, runs: int, seed: int) -> dict[str, float]:
    """Figures of one world at a true effect, or at one effect for each run."""
    effects = np.broadcast_to(truth, runs).astype(float)
    return summary(judge(np.random.default_rng(seed), WORLDS[name], effects, PRIOR))


def from_the_prior(runs: int, seed: int) -> Array:
    """Draw true effects."""
    drawn: Array = np.random.default_rng(seed).normal(PRIOR.mean, PRIOR.sd, runs)
    return drawn


def pilots(runs: int = RUNS) -> str:
    """Tabulate pilots alone, and pilots read together with the prior."""
    return f"{_alone(runs)}\n\n{_together(runs)}"


def _alone(runs: int) -> str:
    rows = []
    for name, world in WORLDS.items():
        helped, null = proof(name, TRUTH, runs, 11), proof(name, 0.0, runs, 12)
        covers, rejects = helped["pilot_coverage"], null["pilot_rejects"]
        # hidden hardness is stated, not solved: no interval can know of it
        judged = "hidden" not in name
        within = COVERAGE[0] <= covers <= COVERAGE[1]
        rows.append(
            (
                f"{name} ({world.controls} controls of {world.cases} cases)",
                f"{covers:.3f}" + (f"; {verdict(within)}" if judged else ""),
                f"{rejects:.3f}"
                + (f"; {verdict(rejects <= MOST_REJECTED)}" if judged else ""),
                f"{helped['pilot_bias']:+.3f}",
                f"{helped['pilot_rmse']:.3f}",
                f"{helped['pilot_width']:.2f}",
            )
        )
    head = [f"one pilot, {runs:,} runs, true log HR {TRUTH:.3f}"]
    head += [f"95 % covers, {COVERAGE[0]}-{COVERAGE[1]}"]
    head += [f"rejected where the truth is 0, ≤ {MOST_REJECTED}"]
    return table([*head, "bias", "RMSE", "width"], rows)


def _together(runs: int) -> str:
    rows = []
    truths: dict[str, ArrayLike] = {
        "drawn from the prior": from_the_prior(runs, 13),
        "0": 0.0,
        "the prior's mean - 2 SD": PRIOR.mean - 2 * PRIOR.sd,
        "the prior's mean + 2 SD": PRIOR.mean + 2 * PRIOR.sd,
    }
    for name, truth in truths.items():
        asked = name.startswith("drawn")
        found = proof(WITH_SHOCKS, truth, runs, 14 if asked else 15)
        cells = []
        for key, least, most in (
            ("both_coverage", COVERAGE[0], 1.0),
            ("rmse_ratio", 0.0, MOST_RMSE),
            ("width_ratio", 0.0, MOST_WIDTH),
        ):
            met = verdict(least <= found[key] <= most)
            cells.append(f"{found[key]:.3f}" + (f"; {met}" if asked else ""))
        rows.append((name, *cells, f"{found['both_bias']:+.3f}"))
    head = [f"prior x pilot, {WITH_SHOCKS} of .15: true log HR"]
    head += [f"95 % covers, ≥ {COVERAGE[0]}", f"RMSE / pilot's, ≤ {MOST_RMSE}"]
    return table([*head, f"width / pilot's, ≤ {MOST_WIDTH:.2f}", "bias"], rows)
