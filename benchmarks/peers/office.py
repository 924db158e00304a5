"""The office as a SimPy user would write it: every household and handler a process.

`python office.py MODEL.npz OUT.csv REPLICATIONS SEED` writes a line: the mean total
cost, its standard error, and CPU seconds of a replication. A month runs from t to t+1:
handlers leave and households arrive at t, the office spreads its time a quarter of a
month later, and at its middle households leave, or grow older; some return.
"""

import csv
import random
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import simpy

DECIDES, LEAVES = 0.25, 0.5
Process = Generator[simpy.Event, Any, None]


class Model:
    """What does not change between replications.

    Attributes
    ----------
    stock, ageing : array (S, H)
        Households of month 0, and the chance to pass to the next state.
    bucket : int array (H,)
    inflow, benefit, weight : array (S, T)
    returns : array (S, R)
        Chance to come back 1, 2, ... months later.
    handlers0, turnover : float
    productivity : array (N,)
        By months since the hire; the last holds from then on.
    present : array (T,)
    handlers, hires, releases, bought, made_good : array (T,)
        The plan, and how much of what chance does to it is made good.
    cost : array (4,)
        Of a handler-month, hire, release and bought handler-month.
    discount, intake, handler_after : float
    learning : array (T,)
        What a hire has still to learn after the last month, in SEK.
    terminal : array (S, D)
    leaving, effort : array (S, D, T)
        Where levels are dealt out in the plan's shares; or else
    odds : array (S, H)
        of leaving at the caseload `reference`, multiplied by effort to `theta`, and
    relative : array (S, D, T)
        ratios of effort between `low` and `high`.
    """

    def __init__(self, path: Path) -> None:
        with np.load(path) as file:
            for name in file.files:
                array = file[name]
                setattr(self, name, array if array.ndim else float(array))
        self.months = self.inflow.shape[1]
        self.cells = self.terminal.shape
        self.first = np.searchsorted(self.bucket, np.arange(self.cells[1]))
        self.follows_plan = hasattr(self, "leaving")
        self.ages = self.ageing.tolist()
        self.back = self.returns.cumsum(1).tolist()
        if self.follows_plan:
            by_state = self.leaving[:, self.bucket]
            self.leaves = np.moveaxis(by_state, 2, 0).tolist()
        else:
            self.spreads = [self._spread(t) for t in range(self.months)]

    def _spread(self, t: int) -> tuple[np.ndarray, np.ndarray]:
        """Scales at which a cell meets a bound, and the efforts there."""
        relative = self.relative[:, :, t].ravel()
        scales = np.unique([self.low / relative, self.high / relative])
        return scales, np.clip(scales[:, None] * relative, self.low, self.high)


class Post:
    """A handler: the size of the post, and months since the hire."""

    def __init__(self, size: float, tenure: int) -> None:
        self.size, self.tenure = size, tenure


class Office:
    """One replication."""

    def __init__(self, model: Model, rng: random.Random) -> None:
        self.model, self.rng = model, rng
        self.env = simpy.Environment()
        self.cases = np.zeros(model.ageing.shape, np.int64).tolist()
        self.coming = np.zeros(
            (model.months + model.returns.shape[1] + 1, len(model.ageing)), np.int64
        ).tolist()
        self.posts: list[Post] = []
        self.leaving: list[list[float]] = []
        self.intake, self.total = float(model.inflow[:, 0].sum()), 0.0

    def run(self) -> float:
        """Run all months and tell the total cost, discounted."""
        model, env = self.model, self.env
        for s, states in enumerate(model.stock.tolist()):
            for state, mean in enumerate(states):
                for _ in range(self.whole(mean)):
                    env.process(self.household(s, state))
        full = int(model.handlers0)
        for size in [1.0] * full + [model.handlers0 - full]:
            self.hire(size, len(model.productivity) - 1)
        env.process(self.arrivals())
        env.process(self.office())
        env.run(until=model.months - DECIDES)
        return self.total + self.after()

    def whole(self, mean: float) -> int:
        """Round by chance, so that the mean holds."""
        return int(mean + self.rng.random())

    def household(self, s: int, state: int) -> Process:
        """On assistance month by month, until it leaves."""
        env, model, chance = self.env, self.model, self.rng.random
        cases, ages = self.cases[s], model.ages[s]
        cases[state] += 1
        yield env.timeout(LEAVES)
        while chance() >= self.leaving[s][state]:
            if chance() < ages[state]:
                cases[state] -= 1
                state += 1
                cases[state] += 1
            yield env.timeout(1)
        cases[state] -= 1
        luck = chance()
        for k, share in enumerate(model.back[s], 1):
            if luck < share:
                self.coming[int(env.now) + k][s] += 1
                yield env.timeout(k - LEAVES)
                self.intake += 1
                env.process(self.household(s, 0))
                break

    def arrivals(self) -> Process:
        """Let new households come, in month 0 none: they have been seen."""
        draws = np.random.default_rng(self.rng.getrandbits(64))
        new = draws.poisson(self.model.inflow.T).tolist()
        for month in new[1:]:
            yield self.env.timeout(1)
            for s, number in enumerate(month):
                self.intake += number
                for _ in range(number):
                    self.env.process(self.household(s, 0))

    def hire(self, size: float, tenure: int) -> None:
        """Employ a handler."""
        post = Post(size, tenure)
        self.posts.append(post)
        self.env.process(self.handler(post))

    def handler(self, post: Post) -> Process:
        """Grow a month older, or leave."""
        wait = 1 - self.env.now % 1
        while post.size > 0:
            yield self.env.timeout(wait)
            wait = 1
            post.tenure += 1
            if post.size > 0 and self.rng.random() < self.model.turnover:
                post.size = 0.0
        self.posts.remove(post)

    def release(self, number: float) -> float:
        """Let go, the experienced first, and tell how many went."""
        longest, left = len(self.model.productivity) - 1, number
        for post in sorted(self.posts, key=lambda p: -min(p.tenure, longest)):
            part = min(left, post.size)
            post.size -= part
            left -= part
        return number - left

    def office(self) -> Process:
        """Each month: hire and release, spread the time that is there, pay."""
        model, env = self.model, self.env
        handler, hire, release, bought = model.cost
        yield env.timeout(DECIDES)
        for t in range(model.months):
            gap = model.handlers[t] - sum(post.size for post in self.posts)
            gap += model.releases[t] - model.hires[t]
            coin = self.rng.random()
            wanted = int(max(model.hires[t] + model.made_good[t] * gap + coin, 0))
            for _ in range(wanted):
                self.hire(1.0, 0)
            gone = self.release(int(model.releases[t] + coin))
            longest = len(model.productivity) - 1
            there = model.present[t] * sum(
                post.size * model.productivity[min(post.tenure, longest)]
                for post in self.posts
            )
            short = self.spread(t, there)
            employed = sum(post.size for post in self.posts)
            cost = handler * employed + hire * wanted + release * gone + bought * short
            cost += np.sum(self.cases, 1) @ model.benefit[:, t]
            self.total += model.discount**t * cost
            after = model.discount**model.months
            self.total += after * model.learning[t] * wanted
            self.intake = 0.0
            yield env.timeout(1)

    def spread(self, t: int, there: float) -> float:
        """Set everybody's chance of leaving, and tell what time had to be bought."""
        model = self.model
        cases = np.add.reduceat(np.array(self.cases), model.first, axis=1)
        fixed = model.intake * self.intake
        if model.follows_plan:
            self.leaving = model.leaves[t]
            needed = (cases * model.effort[:, :, t]).sum() + fixed
            return max(needed - there, 0.0)
        load = (cases * model.weight[:, [t]]).ravel()
        scales, efforts = model.spreads[t]
        scale = np.interp(there + model.bought[t] - fixed, efforts @ load, scales)
        spent = np.clip(scale * model.relative[:, :, t], model.low, model.high)
        odds = model.odds * ((model.reference * spent) ** model.theta)[:, model.bucket]
        self.leaving = (odds / (1 + odds)).tolist()
        return max(load @ spent.ravel() + fixed - there, 0.0)

    def after(self) -> float:
        """Value after the last month, discounted."""
        model = self.model
        cases = np.add.reduceat(np.array(self.cases), model.first, axis=1)
        value = (cases * model.terminal).sum()
        for k, coming in enumerate(self.coming[model.months :]):
            value += model.discount**k * (model.terminal[:, 0] @ coming)
        value -= model.handler_after * sum(post.size for post in self.posts)
        return float(model.discount**model.months * value)


def main(path: Path, out: Path, replications: int, seed: int) -> None:
    """Run replications, after a few while nobody counts."""
    model, rng = Model(path), random.Random(seed)
    for _ in range(2):
        Office(model, rng).run()
    start = time.process_time()
    totals = np.array([Office(model, rng).run() for _ in range(replications)])
    seconds = (time.process_time() - start) / replications
    se = totals.std(ddof=1) / np.sqrt(replications)
    with out.open("w", newline="") as file:
        log = csv.writer(file)
        log.writerows([("mean", "se", "seconds"), (totals.mean(), se, seconds)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
