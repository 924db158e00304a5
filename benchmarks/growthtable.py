"""How time and memory of a nation grow, and what that makes of larger ones on paper."""

import gc
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from document import table
from growthfigure import draw_growth
from nationaltable import apart, budgeted, largest

from bemanna.models.domain import Array
from bemanna.pipelines.municipalities import known_figures
from bemanna.pipelines.nation import Assumptions, Locality, draw_world
from bemanna.pipelines.nationwork import plan_place

#: Municipalities under one budget, and possible futures of a municipality.
NUMBERS, DRAWS = (29, 145, 290, 1_160), (50, 200, 800, 3_200)
#: Municipalities of all sizes that are planned for the growth over draws.
SOME = 6
#: What is told on paper: municipalities, months or weeks, draws.
PAPER = (
    ("Sweden", 290, 36, 200),
    ("all Nordic municipalities", 1_200, 36, 200),
    ("Sweden, 10,000 draws", 290, 36, 10_000),
    ("all Nordic, weekly, 10,000 draws", 1_200, 156, 10_000),
)


class Growth(NamedTuple):
    """Seconds by size, and the power that they grow with."""

    sizes: Array
    seconds: Array

    @property
    def power(self) -> float:
        """Slope of log seconds over log size; 1 is linear."""
        slope, _ = np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)
        return float(slope)


def by_number(numbers: Sequence[int] = NUMBERS) -> tuple[Growth, list[float]]:
    """CPU seconds of one budget over ever more municipalities, and memory, MB."""
    seconds, memory = [], []
    for number in numbers:
        found, _, _ = apart(budgeted(number))
        seconds.append(found["build"] + found["solve"])
        memory.append(largest())
    return Growth(np.array(numbers, float), np.array(seconds)), memory


def by_draws(draws: Sequence[int] = DRAWS) -> Growth:
    """CPU seconds of planning one municipality, over ever more possible futures."""
    seconds = []
    for n in draws:
        assumed = replace(Assumptions(), replications=n)
        rng = np.random.default_rng(assumed.seed)
        known = known_figures(assumed.year, None, "sv")
        names = known.table()["municipality"]
        households, paid = np.moveaxis(known.draws(n, rng), 1, 0)
        world = draw_world(assumed, rng)
        at = np.linspace(0, len(names) - 1, SOME).astype(int)
        places = [
            Locality(
                str(names.index[k]), str(names.iloc[k]), households[:, k], paid[:, k]
            )
            for k in at
        ]
        gc.collect()
        start = time.process_time()
        for place in places:
            plan_place(place, world, assumed)
        seconds.append((time.process_time() - start) / len(places))
    return Growth(np.array(draws, float), np.array(seconds))


def growth() -> str:
    """Measure, draw the figure, and write Markdown tables."""
    numbers, memory = by_number()
    draws = by_draws()
    rows = [
        (f"{size:,.0f}", f"{seconds:.1f} CPU s", f"{mb:.0f} MB")
        for size, seconds, mb in zip(
            numbers.sizes, numbers.seconds, memory, strict=True
        )
    ]
    told = [
        draw_growth(numbers, draws),
        table(
            [
                "municipalities under one budget",
                "building and solving",
                "most memory so far",
            ],
            rows,
        ),
        f"Grows with the power {numbers.power:.2f} of the municipalities.",
        table(
            ["possible futures", "one municipality planned and followed"],
            [
                (f"{size:,.0f}", f"{seconds:.2f} CPU s")
                for size, seconds in zip(draws.sizes, draws.seconds, strict=True)
            ],
        ),
        f"Grows with the power {draws.power:.2f} of the futures, and by "
        f"{_slope(draws) * 1000:.2f} CPU s for each thousand.",
        table(
            ["on paper", "own plans", "one budget", "memory of the draws"],
            [_on_paper(numbers, draws, *case) for case in PAPER],
        ),
    ]
    return "\n\n".join(told)


def _slope(draws: Growth) -> float:
    """CPU seconds per further draw."""
    return float(np.polyfit(draws.sizes, draws.seconds, 1)[0])


def _on_paper(
    numbers: Growth, draws: Growth, name: str, n: int, periods: int, futures: int
) -> tuple[str, ...]:
    """Carry measured growth on: a period more is a month more, everywhere."""
    longer = periods / 36
    fixed = float(np.polyfit(draws.sizes, draws.seconds, 1)[1])
    own = n * longer * (max(fixed, 0.0) + _slope(draws) * futures)
    each = numbers.seconds[-1] / numbers.sizes[-1]
    # a program of so many more periods is solved by the municipality
    budget = n * each * longer
    # households, payments, inflow, hazards and what each plan keeps, in doubles
    memory = 8 * futures * (n * 12 + periods + 120) / 1e6
    return (
        f"{name}: {n:,} municipalities, {periods} periods, {futures:,} draws",
        f"{own / 3600:.1f} CPU h",
        f"{budget / 60:.0f} CPU min",
        f"{memory:,.0f} MB",
    )
