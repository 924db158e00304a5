r"""A plan in whole posts, each filled again when somebody leaves.

Whole hires alone, with leavers replaced by them too, make a small unit choose between
too few and too many: where a handler leaves every second year, posts stand empty for
months, while today's staffing is replaced at once. So posts are what is whole,

    J[t] = handlers + n[t],    n[t] whole, or of half posts,

and hires are the leavers of the month and the new posts. Where the plan has fewer
posts, nobody is replaced until as many have left. The number n follows that of the
optimum with fractions, rounded up from several thresholds on, and down only where a
whole post is too many: an optimum that hovers around a threshold would have a post
filled and left empty in turn. No new post at all is always among what is tried, so that
a plan never costs more than today's posts would.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..models.domain import Array
from .optimum import cheapest
from .problem import Problem, Unit
from .programme import THRESHOLDS, ready, whole_handlers
from .solution import Solution

_TINY = 1e-9


def whole_posts(problem: Problem, step: float = 1.0) -> Solution:
    """Round posts and solve again; the cheapest rounding is taken.

    Parameters
    ----------
    problem : Problem
        Without scenarios.
    step : float
        Smallest part of a post that can be added, in (0, 1].

    Returns
    -------
    Solution
        `bound` and `integrality_gap` refer to the optimum with fractions. Where limits
        forbid every rounding of posts, `programme.whole_handlers`.

    Raises
    ------
    InfeasibleError
        Already the program with fractions has no plan, or no whole one exists.
    """
    start = ready(problem)
    resident = start.resident
    plans = list(zip(problem.units, start.plans, strict=True))

    def trials() -> Iterator[None]:
        for threshold in (*THRESHOLDS, None):
            for unit, (staff, plan) in plans:
                more = np.zeros(unit.shape[2])
                if threshold is not None:
                    more = steady(plan.handlers - unit.handlers, threshold, step)
                handlers, *moves = posts_path(unit, more, step)
                resident.hold(staff.handlers, handlers, handlers)
                for at, moved in zip((staff.hires, staff.releases), moves, strict=True):
                    low, high = moved, moved
                    if unit.strain.turnover:  # who leaves depends on the cases
                        low, high = np.zeros_like(moved), np.full_like(moved, np.inf)
                    resident.hold(at, low, high)
            yield

    best = cheapest(trials(), lambda: resident.optimum(explain=False))
    if best is None:
        return whole_handlers(problem)
    whole = start.rounded(best)
    units = tuple(replace(unit, replaces=True) for unit in whole.units)
    return replace(whole, units=units)


def steady(extra: Array, threshold: float, step: float = 1.0) -> Array:
    """Follow a number of posts (T,) in whole steps, up from a threshold on, down late.

    Examples
    --------
    >>> steady(np.array([0.2, 0.6, 0.4, 0.6, 1.7, 0.9]), 0.5).tolist()
    [0.0, 1.0, 1.0, 1.0, 2.0, 1.0]
    """
    posts, at = np.zeros(len(extra)), 0.0
    for t, wanted in enumerate((extra / step).tolist()):
        at += max(np.floor(wanted - at + 1 - threshold + _TINY), 0.0)
        at -= max(np.floor(at - wanted + _TINY), 0.0)
        posts[t] = at
    return step * posts


def posts_path(
    unit: Unit, more: Array, step: float = 1.0
) -> tuple[Array, Array, Array]:
    """Handlers, hires and releases (T,) that keep a number of posts where they can.

    Parameters
    ----------
    unit : Unit
        Replacing comes first of what `hire_max` lets in; what is left is saved for a
        whole post.
    more : array (T,)
        Posts beyond today's in whole steps, negative where posts lapse.
    step : float
        Smallest part of a post that can be added.
    """
    months, saved = len(more), 0.0
    handlers, hires, releases = np.zeros((3, months))
    stays, posts = unit.handlers, 0.0
    for t in range(months):
        most = float(unit.hire_max[t])
        kept = unit.handlers + min(posts, float(more[t]))
        replaced = min(max(kept - stays, 0.0), most)
        room = saved + most - replaced
        fits = step * np.floor(room / step + _TINY)
        new = min(max(float(more[t]) - posts, 0.0), fits)
        if replaced < kept - stays - _TINY:
            new = 0.0  # posts that cannot be filled are not added to
        posts = min(posts, float(more[t])) + new
        saved = min(room - new, step - _TINY)
        # whoever is there above the old number of posts fills a new one
        wanted = max(unit.handlers + posts - stays, 0.0)
        hires[t] = min(wanted, replaced + new)
        above = max(stays - unit.handlers - posts, 0.0)
        releases[t] = min(above, float(unit.release_max[t]))
        handlers[t] = stays + hires[t] - releases[t]
        stays = (1 - unit.turnover) * handlers[t]
    return handlers, hires, releases
