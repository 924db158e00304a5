"""A Gävle-like unit by levers: hire three, a robot, a process, triage, the best mix.

Cases, caseload and benefit are those of HASKY (five handlers, 60 cases each, 5,841 SEK
a month), as are exits (3.6-4.8 % a month); a handler costs 457 tkr a year (2014, before
overhead), a hire 357 tkr (SSR, 2017), and 27.1 % leave in a year (2023). What halving
the caseload does to exits is the published evidence, with its spread. A robot runs for
17,900 SEK a month (Skurup, 2019). What it or a change of process costs to put in place,
what each frees, and what labour-market staff may take has no published figure:
`Assumed` says what is taken. The price years differ; costs include the value of what is
open after 36 months.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from document import table

from bemanna.models.caseload import effort_levels
from bemanna.models.domain import Array, Interval
from bemanna.models.effect import LN2, EffortEffect
from bemanna.optimisation.course import Course
from bemanna.optimisation.levers import worth_of
from bemanna.optimisation.limits import breakeven
from bemanna.optimisation.policy import policy_of, today_policy
from bemanna.optimisation.problem import Automation, Problem, Unit
from bemanna.optimisation.programme import solve
from bemanna.optimisation.terminal import (
    handler_value,
    long_run_capacity_price,
    terminal_value,
)
from bemanna.optimisation.triage import with_triage
from bemanna.optimisation.value import follow

HANDLERS, MORE, CASELOAD, LIGHTEST = 5.0, 3.0, 60.0, 30.0
BENEFIT_SEK, EXITS = 5_841.0, 0.042
HANDLER_YEAR_SEK, HIRE_SEK, OVERTIME = 457_000.0, 357_000.0, 2.0
TURNOVER_YEAR = 0.271
ROBOT_MONTH_SEK = 17_900.0
MONTHS, LEAD, LEVELS, DISCOUNT_YEAR = 36, 3, 8, 0.03
CALENDAR = pd.date_range("2013-01-01", periods=MONTHS, freq="MS")
#: Draws of the effect behind each interval, and where they start.
DRAWS, SEED = 200, 1


@dataclass(frozen=True)
class Assumed:
    """What no published figure says.

    Attributes
    ----------
    robot_sek, process_sek : float
        What putting it in place costs.
    robot_freed, process_freed : float
        Share of handlers' time that it frees.
    triage_share, triage_staff : float
        Largest share of new cases that labour-market staff take, and most of them,
        each at the price of a handler.
    """

    robot_sek: float = 500_000.0
    robot_freed: float = 0.10
    process_sek: float = 100_000.0
    process_freed: float = 0.05
    triage_share: float = 0.2
    triage_staff: float = 1.0


def unit(log_hr: float) -> Unit:
    """Five handlers with 60 cases each, in a steady state."""
    caseloads = effort_levels(LIGHTEST, CASELOAD, LEVELS)
    odds = EXITS / (1 - EXITS) * (CASELOAD / caseloads) ** (log_hr / LN2)
    cases, month = HANDLERS * CASELOAD, HANDLER_YEAR_SEK / 12
    turnover = 1 - (1 - TURNOVER_YEAR) ** (1 / 12)
    made = Unit(
        name="Gävle-like",
        weight=np.ones((1, MONTHS)),
        benefit=np.full((1, MONTHS), BENEFIT_SEK),
        caseloads=caseloads,
        exit_probability=np.tile(odds / (1 + odds), (1, 1, MONTHS, 1)),
        ageing=np.zeros((1, 1)),
        stock=np.full((1, 1), cases),
        inflow=np.full((1, MONTHS), cases * EXITS),
        terminal_value=np.zeros((1, 1)),
        absence=np.zeros(MONTHS),
        turnover=turnover,
        discount=(1 + DISCOUNT_YEAR) ** (-1 / 12),
        cost_handler=month,
        cost_hire=HIRE_SEK,
        cost_release=0.0,
        cost_overtime=OVERTIME * month,
        handlers=HANDLERS,
        hire_max=np.where(np.arange(MONTHS) < LEAD, turnover * HANDLERS, 2 * HANDLERS),
        release_max=np.zeros(MONTHS),
    )
    made = replace(
        made,
        handler_value=handler_value(made),
        month_value=long_run_capacity_price(made),
    )
    return replace(made, terminal_value=terminal_value(made))


def levers(assumed: Assumed | None = None) -> str:
    """Tabulate what each lever costs and saves over 36 months and after.

    A lever is chosen at the mean effect and then kept, with its shares of time, in
    every drawn world; saved = today's total cost less its own, in the same world.
    """
    assumed = assumed or Assumed()
    effect = EffortEffect.from_evidence()
    draws = effect.draws(np.random.default_rng(SEED), DRAWS) * LN2
    before = [_today(unit(e)) for e in draws]
    today = follow(unit(effect.mean), today_policy(unit(effect.mean)), CALENDAR)
    rows = []
    for name, offer in offers(assumed).items():

        def world(log_hr: float, offer: Offer = offer) -> Unit:
            return offer.dress(unit(log_hr))

        mean = world(effect.mean)
        held = None if offer.hires is None else np.zeros(MONTHS)
        own = solve(Problem((mean,)), offer.hires, held).units[0]
        policy = policy_of(mean, own, name)
        if offer.forced:  # bought for nothing in the program, paid for when followed
            policy = replace(policy, levers=offer.forced)
        course = follow(mean, policy, CALENDAR)
        after = [follow(world(e), policy, CALENDAR).total_sek for e in draws]
        saved = Interval.of(np.array(before) - np.array(after))
        at = breakeven(world, policy, CALENDAR)
        rows.append(
            [
                name,
                f"{own.handlers[-1]:.1f}",
                _bought(own.process, own.robot, course),
                _msek(course.staff_sek.sum() - today.staff_sek.sum()),
                _msek(today.total_sek - course.total_sek),
                f"{saved.low / 1e6:.1f} to {saved.high / 1e6:.1f}".replace("-", "−"),
                "-" if at is None else f"{np.expm1(at):+.0%} exits".replace("-", "−"),
                _breakeven_share(assumed, effect.mean, name),
            ]
        )
    head = ["lever", "handlers at the end", "bought", "costs beside today, MSEK"]
    head += ["saves, MSEK", "80 % interval", "pays from an effect of", "pays from"]
    return table(head, rows) + _told(assumed, effect)


@dataclass(frozen=True)
class Offer:
    """A lever: what it adds to a unit.

    Attributes
    ----------
    dress : callable
        From the unit to the unit with the lever.
    hires : array (T,) or None
        Those that are given.
    forced : tuple of Automation
        Bought whether they pay or not, at their price.
    """

    dress: Callable[[Unit], Unit]
    hires: Array | None
    forced: tuple[Automation, ...] = ()


def offers(assumed: Assumed) -> dict[str, Offer]:
    """Return every lever by its name."""
    process, robot = priced(assumed)
    turnover = unit(0.0).turnover
    kept = np.full(MONTHS, turnover * HANDLERS)
    kept[0] = 0.0
    three = kept.copy()
    three[LEAD] += MORE
    three[LEAD + 1 :] += turnover * MORE

    def free(*levers: Automation) -> Callable[[Unit], Unit]:
        given = [replace(v, fixed_cost=0.0, running_cost=0.0) for v in levers]
        named = dict(zip(("process", "automation"), given, strict=False))
        return lambda plain: replace(plain, **named)

    def triage(plain: Unit) -> Unit:
        share = np.where(np.arange(MONTHS) < LEAD, 0.0, assumed.triage_share)
        return with_triage(plain, share, plain.cost_handler, assumed.triage_staff)

    return {
        "today": Offer(free(), kept),
        "hire three": Offer(free(), three),
        "hire what pays": Offer(free(), None),
        "change of process": Offer(free(process), kept, (process,)),
        "robot after process": Offer(free(process, robot), kept, (process, robot)),
        "triage": Offer(triage, kept),
        "best mix": Offer(
            lambda plain: replace(triage(plain), automation=robot, process=process),
            None,
        ),
    }


def priced(assumed: Assumed) -> tuple[Automation, Automation]:
    """Return the change of process and the robot at their prices."""
    most = 5 * HANDLERS
    return (
        Automation(assumed.process_sek, 0.0, assumed.process_freed, most),
        Automation(assumed.robot_sek, ROBOT_MONTH_SEK, assumed.robot_freed, most, LEAD),
    )


def _today(world: Unit) -> float:
    return follow(world, today_policy(world), CALENDAR).total_sek


def _bought(process: bool | None, robot: bool | None, course: Course) -> str:
    names = ["process"] * bool(process) + ["robot"] * bool(robot)
    if course.partners.mean() > 0.005:
        names.append(f"{course.partners.mean():.1f} labour-market staff")
    return ", ".join(names) or "none"


def _breakeven_share(assumed: Assumed, log_hr: float, name: str) -> str:
    """Share of time that the lever of a row must free, every other choice open."""
    kind = {"change of process": "process", "robot after process": "robot"}.get(name)
    process, robot = priced(assumed)
    mean = replace(unit(log_hr), automation=robot, process=process)
    for worth in worth_of(Problem((mean,))) if kind else ():
        if worth.kind == kind and worth.breakeven_share is not None:
            return f"{worth.breakeven_share:.1%} of time freed"
    return "-"


def _msek(value: float) -> str:
    return f"{value / 1e6 + 0.0:.1f}".replace("-", "−")


def _told(assumed: Assumed, effect: EffortEffect) -> str:
    return (
        f"\n\nHalving the caseload: log HR {effect.mean:.2f}, SD {effect.sd:.2f} "
        f"(published studies); {DRAWS} draws, each lever and today in the same world. "
        f"Assumed, for no figure is published: the robot costs "
        f"{assumed.robot_sek / 1e3:.0f} tkr to put in place and frees "
        f"{assumed.robot_freed:.0%}, the change of process "
        f"{assumed.process_sek / 1e3:.0f} tkr and {assumed.process_freed:.0%}; "
        f"labour-market staff take at most {assumed.triage_share:.0%} of new cases, "
        f"{assumed.triage_staff:.0f} of them at a handler's price."
    )


if __name__ == "__main__":
    print(levers())
