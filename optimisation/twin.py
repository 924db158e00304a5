"""The unit as it might really turn out: whole households, month by month.

The twin knows what the program leaves out: months on assistance one by one, the
continuous effect of effort, whole people who come and leave by chance, and what is
not known for certain (inflow, exit hazards, the effect, benefit).

Two courses can run as a pair in which every household has the same luck in both: it
leaves in both, or in neither, except for the difference that effort makes. Their
difference is then free of luck that has nothing to do with the choice.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..models.caseload import Buckets, bucket_ageing, bucket_hazards, occupancy
from ..models.domain import Array
from ..models.household import Counts, draw_by_odds, draw_returns, grow_older
from .policy import Policy
from .problem import Unit
from .side import Side, SimulatedCourse

#: Months on assistance are followed one by one so long, then in these groups.
SINGLE_MONTHS, GROUPS = 24, (24, 36, 60)


@dataclass(frozen=True)
class Twin:
    """A unit with monthly hazards, and draws of what is uncertain.

    Attributes
    ----------
    unit : Unit
        Costs, absence, turnover, ramp, weights, intake and value after the horizon.
    buckets : Buckets
        The program's duration buckets.
    stock : int array (S, M)
        Cases served in month 0 by elapsed months; as in `Unit.stock`, new cases of
        month 0 are inside. The last of the M months means "that long or longer".
    hazard : array (n, S, M)
        Draws of the monthly exit probability at the reference caseload.
    theta : array (n,)
        Draws of the elasticity of exit odds to effort; negative draws are kept.
    inflow : array (n, S, T)
        Draws of new cases, returns that `return_share` generates excluded. Month 0
        only loads intake.
    benefit : array (n, S) or (n, S, T)
        SEK per household-month.
    caseload_reference : float
        Intensity (cases of weight 1 per present handler) at which `hazard` holds.
    return_share : array (S, R)
        Share of exits that return 1, 2, ... months later.
    hazard_factor : array (S, T) or None
        Known calendar effects on the hazard.
    poisson : bool
        Whether `inflow` holds means around which arrivals vary by chance; otherwise
        it holds outcomes.
    """

    unit: Unit
    buckets: Buckets
    stock: Counts
    hazard: Array
    theta: Array
    inflow: Array
    benefit: Array
    caseload_reference: float
    return_share: Array
    hazard_factor: Array | None = None
    poisson: bool = False

    def __post_init__(self) -> None:
        segments, _, months, _ = self.unit.shape
        n = len(self.theta)
        shapes = {
            "stock": (self.stock.shape, (segments, self.hazard.shape[-1])),
            "hazard": (self.hazard.shape[:2], (n, segments)),
            "inflow": (self.inflow.shape, (n, segments, months)),
            "benefit": (self.benefit.shape[:2], (n, segments)),
            "return_share": (self.return_share.shape[:1], (segments,)),
        }
        for name, (got, wanted) in shapes.items():
            if got != wanted:
                raise ValueError(f"{name} must have shape {wanted}, got {got}")
        if self.stock.shape[-1] <= self.buckets.starts[-1]:
            raise ValueError(
                f"stock must follow more than {self.buckets.starts[-1]} months, got "
                f"{self.stock.shape[-1]}"
            )
        if len(self.buckets) != self.unit.shape[1]:
            raise ValueError(
                f"buckets must number {self.unit.shape[1]}, got {len(self.buckets)}"
            )

    def known(self) -> "Twin":
        """Return the twin in which everything but luck is known: means of the draws."""
        return replace(
            self,
            hazard=self.hazard.mean(0, keepdims=True),
            theta=self.theta.mean(keepdims=True),
            inflow=self.inflow.mean(0, keepdims=True),
            benefit=self.benefit.mean(0, keepdims=True),
            poisson=True,
        )

    @cached_property
    def states(self) -> Buckets:
        """Duration states that are followed: single months, then groups."""
        longest = self.stock.shape[1]
        starts = {*range(SINGLE_MONTHS), *GROUPS, *self.buckets.starts}
        return Buckets(tuple(sorted(m for m in starts if m < longest)))

    @cached_property
    def bucket_of(self) -> NDArray[np.intp]:
        """The program's bucket of each state, shape (H,)."""
        return self.buckets.of(self.states.starts)

    @cached_property
    def chances(self) -> tuple[Array, Array]:
        """Exit probability (n, S, H) and ageing (S, H) of the states."""
        mean = self.hazard.mean(0)
        weight = occupancy(mean)
        hazard = bucket_hazards(np.moveaxis(self.hazard, 0, -1), weight, self.states)
        return np.moveaxis(hazard, -1, 0), bucket_ageing(mean, weight, self.states)


def simulate(
    twin: Twin, policy: Policy, rng: np.random.Generator, replications: int
) -> SimulatedCourse:
    """Follow one policy through the twin; run r lives in draw r modulo n."""
    return _run(twin, (policy,), rng, replications)[0]


def simulate_pair(
    twin: Twin,
    first: Policy,
    second: Policy,
    rng: np.random.Generator,
    replications: int,
) -> tuple[SimulatedCourse, SimulatedCourse]:
    """Follow two policies through the same futures, household by household.

    Each course alone has the distribution that `simulate` gives it. Households open
    in both leave both with the smaller of the two probabilities and only one with
    the difference (the maximal coupling), so at no effect the courses never part.
    """
    one, two = _run(twin, (first, second), rng, replications)
    return one, two


def _run(
    twin: Twin, policies: tuple[Policy, ...], rng: np.random.Generator, runs: int
) -> list[SimulatedCourse]:
    """Households in groups: open under every policy, then under one alone."""
    unit, months = twin.unit, twin.unit.shape[2]
    draw = np.arange(runs) % len(twin.theta)
    if len(twin.theta) == 1:
        draw = draw[:1]
    chance, ageing = twin.chances
    starts = np.searchsorted(twin.bucket_of, np.arange(unit.shape[1]))
    alone = 0 if len(policies) == 1 else len(policies)
    groups = [[0, 1 + k] if alone else [0] for k in range(len(policies))]
    lags = twin.return_share.shape[1]
    cases = np.zeros((1 + alone, runs, *ageing.shape), dtype=np.int64)
    cases[0] = np.add.reduceat(twin.stock, twin.states.starts, axis=1)
    due = np.zeros((*cases.shape[:3], months + lags), dtype=np.int64)
    sides = [Side(unit, policy, runs) for policy in policies]
    benefit = np.broadcast_to(
        twin.benefit if twin.benefit.ndim == 3 else twin.benefit[..., None],
        twin.inflow.shape,
    )
    for t in range(months):
        mean = np.broadcast_to(twin.inflow[draw, :, t], cases.shape[1:3])
        new = _arrivals(twin, mean, t, rng)
        if t:
            cases[..., 0] += due[..., t] + _placed(sides, len(cases), t, new, rng)
        luck = 1 - rng.random((2, *sides[0].staff.tenure.shape))
        coin = rng.random(runs)
        odds = _odds(twin, chance, t)[draw]
        leaving = []
        for side, group in zip(sides, groups, strict=True):
            own = cases[group].sum(0) if alone else cases[0]
            side.staff_month(t, luck, coin)
            own = np.add.reduceat(own, starts, axis=2)
            side.benefit[:, t] = (own.sum(2) * benefit[draw, :, t]).sum(1)
            intake = new.sum(1) + due[group, :, :, t].sum((0, 2))
            effort = side.effort(t, own, intake)
            uplift = (twin.caseload_reference * effort) ** twin.theta[draw, None, None]
            raised = uplift.take(twin.bucket_of, axis=2)
            raised *= odds
            leaving.append(raised)
        cases, gone = _leave(cases, leaving, rng)
        older = grow_older(cases, ageing, rng)
        cases -= older
        cases[..., 1:] += older[..., :-1]
        if lags:
            later = slice(t + 1, t + 1 + lags)
            due[..., later] += draw_returns(gone, twin.return_share, rng)
    stock = np.add.reduceat(cases, starts, axis=3)
    return [
        side.course(stock[group].sum(0), due[group, :, :, months:].sum(0))
        for side, group in zip(sides, groups, strict=True)
    ]


def _arrivals(twin: Twin, mean: Array, t: int, rng: np.random.Generator) -> Counts:
    """Draw the new cases of a month, whole, shape (R, S)."""
    if twin.poisson and t:  # new cases of month 0 have been seen: they are in stock
        return rng.poisson(mean)
    return np.floor(mean + rng.random(mean.shape)).astype(np.int64)


def _placed(
    sides: list[Side], groups: int, t: int, new: Counts, rng: np.random.Generator
) -> Counts:
    """Put new cases (R, S) where each policy has them, (G, R, S).

    A case that one policy routes and the other does not is from its first month open
    under each of them alone.
    """
    placed = np.zeros((groups, *new.shape), dtype=np.int64)
    placed[0] = new
    unit = sides[0].unit
    if unit.triage is None:
        return placed
    source, others = unit.triage.source, unit.routed
    luck = 1 - rng.random((len(new), len(source)))
    sent = [side.routed(t, new, luck) for side in sides]
    least, most = np.minimum.reduce(sent), np.maximum.reduce(sent)
    placed[0][:, others] = least
    placed[0][:, source] -= most
    for group, own in zip(placed[1:], sent, strict=False):
        group[:, others] = own - least
        group[:, source] += most - own
    return placed


def _odds(twin: Twin, chance: Array, t: int) -> Array:
    """Exit odds at the reference caseload in a month, shape (n, S, H)."""
    if twin.hazard_factor is not None:
        chance = chance * twin.hazard_factor[:, t, None]
    chance = np.clip(chance, 0.0, 1 - 1e-12)
    odds: Array = chance / (1 - chance)
    return odds


def _leave(
    cases: Counts, odds: list[Array], rng: np.random.Generator
) -> tuple[Counts, Counts]:
    """Draw who leaves: cases still open (G, R, S, H) and exits (G, R, S) by group."""
    if len(odds) == 1:
        exits = draw_by_odds(cases, odds[0], rng)
        return cases - exits, exits.sum(3)
    # under one policy at least, and then under the other too with what is left of it
    least, most = np.minimum(*odds), np.maximum(*odds)
    some = draw_by_odds(cases[0], most, rng)
    share = np.divide(
        least * (1 + most), most * (1 + least), out=np.ones_like(most), where=most > 0
    )
    both = rng.binomial(some, np.minimum(share, 1.0))
    first = np.where(odds[0] > odds[1], some - both, 0)
    parted = np.stack([first, some - both - first])
    single = draw_by_odds(cases[1:], np.stack(odds), rng)
    # who leaves under the first policy alone is from now on open under the second
    alone = cases[1:] - single + parted[::-1]
    left = np.concatenate([(cases[0] - some)[None], alone])
    gone = np.concatenate([both[None], single + parted])
    return left, gone.sum(3)
