"""A nation under one budget a year: municipality by municipality, and in one piece."""

import gc
import math
import resource
import time
from collections.abc import Sequence

from document import table
from routestable import MUNICIPALITIES, SAME, nation

from bemanna.models.domain import SolverError
from bemanna.optimisation.certificate import lower_bound
from bemanna.optimisation.national import Nation, NationalPlan
from bemanna.optimisation.nationalvalue import frontier, next_handler
from bemanna.optimisation.problem import Problem
from bemanna.optimisation.programme import build
from bemanna.pipelines.nationbudget import under_budget

#: Budgets as a multiple of what today's staffing spends; along the frontier.
FACTOR, FACTORS = 1.1, (0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
#: Of a small nation, which shows how the lead grows.
SMALL = 29
#: The program in one piece is stopped after so many times what ours took.
MOST = 12


def budgeted(n: int, factor: float = FACTOR) -> Problem:
    """Put a nation under a budget each year."""
    return under_budget(tuple(nation(n).values()), factor)


def apart(problem: Problem) -> tuple[dict[str, float], Nation, NationalPlan]:
    """CPU seconds of building and solving one by one, and what was found."""
    gc.collect()
    start = time.process_time()
    made = Nation(problem)
    built = time.process_time()
    plan = made.plan()
    solved = time.process_time()
    proof = lower_bound(problem, plan.solution)
    found = {
        "build": built - start,
        "solve": solved - built,
        "objective": plan.solution.objective,
        "gap": plan.gap,
        "proof": abs(proof.gap),
        "certificate": time.process_time() - solved,
        "rounds": float(plan.rounds),
    }
    return found, made, plan


def in_one_piece(problem: Problem, most: float) -> dict[str, float]:
    """CPU seconds of the same program in one piece, by HiGHS' interior point.

    It is stopped after `most` seconds; the objective is then missing.
    """
    gc.collect()
    start = time.process_time()
    resident = build(problem, bare=True).resident()
    built = time.process_time()
    resident._highs.setOptionValue("time_limit", most)
    try:
        objective = resident.optimum(explain=False).objective
    except SolverError:  # by no route in time
        objective = math.nan
    solved = time.process_time() - built
    return {"build": built - start, "solve": solved, "objective": objective}


def asked(made: Nation, plan: NationalPlan) -> dict[str, float]:
    """CPU seconds of what is asked beside the plan."""
    questions = {
        "next handler, from the plan": lambda: next_handler(made, plan),
        "next handler, from today": lambda: next_handler(made, plan, today=True),
        "frontier": lambda: frontier(made, FACTORS),
    }
    seconds = {}
    for name, question in questions.items():
        start = time.process_time()
        question()
        seconds[name] = time.process_time() - start
    return seconds


def largest() -> float:
    """Largest memory that the process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def national(numbers: Sequence[int] = (SMALL, MUNICIPALITIES)) -> str:
    """Measure nations of so many municipalities, and write a Markdown table."""
    rows, notes = [], []
    for n in numbers:
        problem = budgeted(n)
        ours, made, plan = apart(problem)
        seconds = ours["build"] + ours["solve"]
        rows.append(_row("one by one", n, ours, seconds))
        notes.append(
            f"{n} municipalities: {ours['rounds']:.0f} rounds, gap {ours['gap']:.0e}, "
            f"proven without a solver to {ours['proof']:.0e} in "
            f"{ours['certificate']:.1f} CPU s; {largest():.0f} MB at most. "
            + ", ".join(
                f"{name} {s:.1f} CPU s" for name, s in asked(made, plan).items()
            )
        )
        del made, plan
        theirs = in_one_piece(problem, MOST * seconds)
        off = ours["objective"] / theirs["objective"] - 1
        if not math.isnan(off) and not abs(off) <= max(SAME, 2 * ours["gap"]):
            raise ValueError(f"{n} municipalities: another objective, by {off:.1e}")
        name = "in one piece, HiGHS interior point"
        if math.isnan(off):
            name += f", stopped after {MOST} times ours"
        rows.append(_row(name, n, theirs, seconds))
    head = ["36 months x 4 x 6 x 6", "municipalities", "build", "solve", "times ours"]
    return table(head, rows) + "\n\n" + "\n".join(f"- {note}" for note in notes)


def _row(name: str, n: int, found: dict[str, float], ours: float) -> tuple[str, ...]:
    together = found["build"] + found["solve"]
    shown = [f"{found[part]:.1f} CPU s" for part in ("build", "solve")]
    return (name, str(n), *shown, f"{together / ours:.1f}")
