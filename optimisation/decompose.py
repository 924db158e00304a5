r"""What each of several changes does to a value, and what they do together.

Of a value v that hangs on factors f in F, a before them and b after, the bars are

    alone        v(a with f at b) - v(a)                 f changed by itself
    interaction  (v(b) - v(a)) - sum of those            what the changes do together
    in order     v(a with f and all before it at b) - v(a with all before it at b)

The lone bars do not hang on the order, and the interaction is what they leave over. In
order nothing is left over, yet each bar then hangs on those before it: where the
interaction is large, so does the story. So both are kept.

Where v gives draws, shape (n,), every bar is taken draw by draw and has an interval.

>>> area = decompose(lambda f: f["a"] * f["b"], {"a": 2, "b": 3}, {"a": 4, "b": 5})
>>> [bar.mean for bar in area.alone], area.interaction.mean
([6.0, 4.0], 4.0)
>>> [bar.mean for bar in area.steps]
[6.0, 8.0]

Where no order can be defended, `shapley` averages the steps over every order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..models.domain import Array, Interval

Factors = Mapping[str, Any]


@dataclass(frozen=True)
class Bar:
    """A level, or a change of it.

    Attributes
    ----------
    name : str
        The factor that changed; `start`, `end` or `interaction`.
    values : array of shape () or (n,)
        Known, or draws; in the unit of the value.
    """

    name: str
    values: Array

    @property
    def mean(self) -> float:
        """The value, or the mean of its draws."""
        return float(self.values.mean())

    @property
    def interval(self) -> Interval | None:
        """Mean and 80 % interval of the draws; None where the value is known."""
        return Interval.of(self.values) if self.values.ndim else None


@dataclass(frozen=True)
class Waterfall:
    """From one value to another, bar by bar.

    Attributes
    ----------
    start, end : Bar
    alone : tuple of Bar
        Each factor's effect when it alone changes, in the given order.
    interaction : Bar
        What `alone` leaves over of end - start.
    steps : tuple of Bar
        Each factor's effect given those before it; nothing is left over.
    """

    start: Bar
    end: Bar
    alone: tuple[Bar, ...]
    interaction: Bar
    steps: tuple[Bar, ...]

    def totals(self) -> tuple[Bar, ...]:
        """Level reached after each of `steps`, under the factor's name."""
        reached, found = self.start.values, []
        for bar in self.steps:
            reached = reached + bar.values
            found.append(Bar(bar.name, reached))
        return tuple(found)


def decompose(
    value: Callable[[Factors], ArrayLike],
    before: Factors,
    after: Factors,
    order: Sequence[str] | None = None,
) -> Waterfall:
    """Split the change of a value over the factors that changed it.

    Parameters
    ----------
    value : function of a mapping of factors
        Gives a number, or draws of shape (n,) that belong together from call to call.
        Called twice per factor.
    before, after : mapping of name to anything
        Every factor in both.
    order : sequence of str, optional
        Order of the steps; that of `before` where left out.

    Raises
    ------
    ValueError
        Where the factors differ, the order is not theirs, or a value is not finite.
    """
    names = tuple(before if order is None else order)
    if set(before) != set(after):
        odd = sorted(set(before) ^ set(after))
        raise ValueError(f"every factor needs a before and an after, not so {odd}")
    if sorted(names) != sorted(before):
        raise ValueError(f"order must name each of {sorted(before)} once, got {names}")

    def at(*changed: str) -> Array:
        found = value({n: (after if n in changed else before)[n] for n in before})
        level = np.asarray(found, dtype=float)
        if level.ndim > 1 or not np.isfinite(level).all():
            raise ValueError(
                "value must give a finite number or finite draws (n,), got shape "
                f"{level.shape} with {', '.join(changed) or 'no factor'} changed"
            )
        return level

    lone = [at(name) for name in names]
    start = at()
    # the first step is the first lone bar, and the last one ends at the end
    path = [start, *lone[:1], *(at(*names[:k]) for k in range(2, len(names) + 1))]
    end = path[-1]
    alone = tuple(Bar(n, x - start) for n, x in zip(names, lone, strict=True))
    left = (end - start) - sum((bar.values for bar in alone), np.zeros(()))
    steps = zip(names, path[1:], path[:-1], strict=True)
    return Waterfall(
        start=Bar("start", start),
        end=Bar("end", end),
        alone=alone,
        interaction=Bar("interaction", np.asarray(left)),
        steps=tuple(Bar(n, np.asarray(to - fro)) for n, to, fro in steps),
    )


def shapley(
    value: Callable[[frozenset[str]], ArrayLike], names: Sequence[str]
) -> tuple[Bar, ...]:
    """Average what each factor adds over every order (Shapley, 1953).

    Nothing is left over, and no bar hangs on an order.

    Parameters
    ----------
    value : function of the set of factors that have changed
        Gives a number, or draws (n,); called once per set.
    names : sequence of str
        Few: there are n! orders and 2^n sets.

    Examples
    --------
    >>> sides = {"a": (2, 4), "b": (3, 5)}
    >>> def area(new):
    ...     return np.prod([side[name in new] for name, side in sides.items()])
    >>> [bar.mean for bar in shapley(area, "ab")]
    [8.0, 6.0]
    """
    seen = cache(value)

    def at(factors: Factors) -> ArrayLike:
        return seen(frozenset(name for name, changed in factors.items() if changed))

    before, after = dict.fromkeys(names, False), dict.fromkeys(names, True)
    runs = [decompose(at, before, after, order) for order in permutations(names)]
    steps = [{bar.name: bar.values for bar in run.steps} for run in runs]
    return tuple(
        Bar(name, np.mean([step[name] for step in steps], axis=0)) for name in names
    )
