r"""What a pilot with more handlers is worth: one appraisal for every pilot.

In a pilot of M months, N_d cases left to destination d and N in all; H handlers were
added at c SEK a year. A case costs b SEK a month, and each extra exit is taken to spare
it for h months, the horizon. With X extra exits

    gross        G = b h N
    deadweight   b h (N - X)
    benefit      b h X                      what is left of the gross
    staff        S = c H M / 12
    net          b h X - S                  the municipality's
    state        sum_d g_d h N_d X / N      where a cost g_d is given for destination d
    public net   net - state

and it breaks even at

    exits        X* = S / (b h)             share X* / N
    rate ratio   R* = N / (N - X*)          exits relative to those without the pilot
    effect       theta* = ln R* / ln(K0 / K1),  log hazard ratio of halving theta* ln 2

where K0 and K1 are cases per handler before and after. Exits of month m, a share a_m of
X, spare benefit from the month after; the pilot has paid back in the first month t from
which, for good,

    b X sum_m a_m clip(t - m, 0, h)  >=  c H min(t, M) / 12.

X is N where nobody would have left anyway. What is known of that is the
`Counterfactual`; without one, nothing is said but the gross and what it takes to break
even.

>>> from bemanna.optimisation.pilotinput import Range
>>> costs = Costs(6_000.0, Range.exactly(400_000.0, "budget"))
>>> found = appraise(Pilot({"work": 100.0}, 12, 3.0), None, 12, costs)
>>> found.middle.staff_sek, round(found.middle.breakeven.exits, 1)
(1200000.0, 16.7)
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..models.domain import Interval
from .counterfactual import Counterfactual
from .payback import payback_month, staff_sek
from .pilotinput import UNSPECIFIED, Costs, Pilot

#: Where a handler's cost lies in its range.
LEVELS = ("low", "middle", "high")


@dataclass(frozen=True)
class Value:
    """A sum at most, had nobody left anyway, and as the counterfactual has it.

    Attributes
    ----------
    if_all_extra : float
    expected : Interval or None
        None without a counterfactual.
    """

    if_all_extra: float
    expected: Interval | None


@dataclass(frozen=True)
class BreakEven:
    """What it takes for benefit to cover staff.

    Attributes
    ----------
    exits : float
        Extra exits.
    share : float or None
        Of the pilot's exits; above 1 where it cannot break even, None without exits.
    rate_ratio : float or None
        Exits relative to those without the pilot; None where it cannot break even.
    theta, log_hr_halving : float or None
        None also where cases per handler are not known.
    """

    exits: float
    share: float | None
    rate_ratio: float | None
    theta: float | None
    log_hr_halving: float | None


@dataclass(frozen=True)
class Payback:
    """Month of the pilot from which benefit has covered staff; None is never.

    Attributes
    ----------
    if_all_extra : int or None
        Had nobody left anyway.
    expected, soonest, latest : int or None
        At the mean of the extra exits and the ends of their 80 % interval. None,
        too, without a counterfactual.
    """

    if_all_extra: int | None
    expected: int | None = None
    soonest: int | None = None
    latest: int | None = None


@dataclass(frozen=True)
class AtCost:
    """The appraisal at one cost of a handler.

    Attributes
    ----------
    level : {"low", "middle", "high"}
    handler_year_sek : float
    staff_sek : float
        Of the whole pilot.
    staff_within_sek : float
        Of those of its months that lie within the horizon, as is often published.
    net_sek, net_within_sek : Value
        Benefit less either.
    breakeven : BreakEven
        With the staff of the whole pilot.
    payback : Payback
    probability_saves : float or None
        That net_sek is above 0.
    """

    level: str
    handler_year_sek: float
    staff_sek: float
    staff_within_sek: float
    net_sek: Value
    net_within_sek: Value
    breakeven: BreakEven
    payback: Payback
    probability_saves: float | None


@dataclass(frozen=True)
class Appraisal:
    """What a pilot is worth at one horizon.

    Attributes
    ----------
    horizon_months : int
    exits : float
    extra_exits, deadweight_exits, deadweight_sek : Interval or None
        None without a counterfactual.
    benefit_sek : Value
        `if_all_extra` is the gross.
    at_cost : tuple of AtCost
        At the low, middle and high cost of a handler.
    to_state : mapping of destination to float
        Exits to where the state pays, extra or not.
    unpriced : tuple of str
        Those of them that have no price, and `unspecified` where there are such exits.
    state_sek : Value or None
        What the priced ones cost the state; None where none is priced.
    public_net_sek : Value or None
        At the middle cost; None while anything is unpriced.
    source : str
        Of the counterfactual; empty without.
    """

    horizon_months: int
    exits: float
    extra_exits: Interval | None
    deadweight_exits: Interval | None
    deadweight_sek: Interval | None
    benefit_sek: Value
    at_cost: tuple[AtCost, ...]
    to_state: Mapping[str, float]
    unpriced: tuple[str, ...]
    state_sek: Value | None
    public_net_sek: Value | None
    source: str

    @property
    def middle(self) -> AtCost:
        """At the middle cost of a handler."""
        return self.at_cost[LEVELS.index("middle")]


def appraise(
    pilot: Pilot,
    counterfactual: Counterfactual | None,
    horizon_months: int,
    costs: Costs,
) -> Appraisal:
    """Appraise a pilot; the formulas stand at the top of the room.

    Parameters
    ----------
    pilot : Pilot
    counterfactual : Counterfactual or None
        None where nobody knows how many would have left anyway.
    horizon_months : int
        Months of benefit that each extra exit spares, 1 or more.
    costs : Costs
    """
    if horizon_months < 1:
        raise ValueError(f"horizon_months must be 1 or more, got {horizon_months}")
    n, per_exit = pilot.total, costs.benefit_case_month_sek * horizon_months
    share = None if counterfactual is None else counterfactual.extra_share

    def value(per_extra: float, less: float = 0.0) -> Value:
        expected = None if share is None else Interval.of(per_extra * n * share - less)
        return Value(per_extra * n - less, expected)

    extra = value(1.0).expected
    dead = None if share is None else Interval.of(n * (1 - share))

    def at_cost(level: str) -> AtCost:
        year = float(getattr(costs.handler_year_sek, level))
        staff = staff_sek(pilot, year, pilot.months)
        within = staff_sek(pilot, year, min(horizon_months, pilot.months))

        def payback(exits: float) -> int | None:
            return payback_month(pilot, exits, horizon_months, costs, year)

        saves = None if share is None else float(np.mean(per_exit * n * share > staff))
        return AtCost(
            level=level,
            handler_year_sek=year,
            staff_sek=staff,
            staff_within_sek=within,
            net_sek=value(per_exit, staff),
            net_within_sek=value(per_exit, within),
            breakeven=_breakeven(pilot, staff / per_exit),
            payback=Payback(payback(n))
            if extra is None
            else Payback(*map(payback, (n, extra.mean, extra.high, extra.low))),
            probability_saves=saves,
        )

    levels = tuple(at_cost(level) for level in LEVELS)
    priced = {d: x for d, x in pilot.to_state.items() if d in costs.state}
    unpriced = [d for d in pilot.to_state if d not in priced]
    unpriced += [UNSPECIFIED] * bool(pilot.exits.get(UNSPECIFIED))
    state_month = sum(x * costs.state[d].sek_month for d, x in priced.items())
    per_state = horizon_months * state_month / n if n else 0.0
    return Appraisal(
        horizon_months=horizon_months,
        exits=n,
        extra_exits=extra,
        deadweight_exits=dead,
        deadweight_sek=None
        if share is None
        else Interval.of(per_exit * n * (1 - share)),
        benefit_sek=value(per_exit),
        at_cost=levels,
        to_state=pilot.to_state,
        unpriced=tuple(unpriced),
        state_sek=value(per_state) if priced else None,
        public_net_sek=None
        if unpriced
        else value(per_exit - per_state, levels[1].staff_sek),
        source="" if counterfactual is None else counterfactual.source,
    )


def _breakeven(pilot: Pilot, exits: float) -> BreakEven:
    n, before, after = pilot.total, pilot.caseload_before, pilot.caseload_after
    ratio = n / (n - exits) if exits < n else None
    theta = None
    if ratio is not None and before is not None and after is not None:
        theta = math.log(ratio) / math.log(before / after)
    return BreakEven(
        exits=exits,
        share=exits / n if n else None,
        rate_ratio=ratio,
        theta=theta,
        log_hr_halving=None if theta is None else theta * math.log(2),
    )
