"""One simulated municipality: what each way of staffing costs in its truth.

Simulate a register of one unit, learn, forecast and plan from its folder as a user's
run does (the published evidence is all that is known of the effect; there is no
pilot), and follow the plan, the rules of `rules.py` and the plan of someone who knows
the truth through the true world: in expectation, or simulated where units are so small
that chance has a price. Nothing of the truth reaches the plan.
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from rules import rules
from trueworld import true_future, true_twin

from bemanna.models.boosted_exits import BoostedExitModel
from bemanna.models.caseload import MONTHS as FOLLOWED
from bemanna.models.effect import LN2
from bemanna.models.exits import ExitModel
from bemanna.models.selection import BLOCKS, contest
from bemanna.optimisation.policy import Policy, growing, policy_of
from bemanna.optimisation.posts import whole_posts
from bemanna.optimisation.problem import Unit
from bemanna.optimisation.programme import relaxed, solve
from bemanna.optimisation.twin import simulate_pair
from bemanna.optimisation.value import follow
from bemanna.pipelines.forecast import forecast_flows
from bemanna.pipelines.futures import Future, unit_future
from bemanna.pipelines.learning import (
    Learned,
    describing,
    learn_benefit,
    learn_effect,
    learn_returns,
)
from bemanna.pipelines.levels import LIGHTEST
from bemanna.pipelines.planning import (
    ProgramUnit,
    program_unit,
    unit_problem,
    with_allowed,
)
from bemanna.pipelines.registers import Case, read_case, rows_for_exits
from bemanna.pipelines.synthetic import (
    Truth,
    default_truth,
    simulate_register,
    write_register,
)

MONTHS, CASELOAD = 72, 50
#: Forecast paths and draws of what is estimated; a plan takes their means.
PATHS = 300
#: The true world is followed on a finer grid than plans are made on, and out to
#: twice the heaviest norm.
FINE_LEVELS, HEAVIEST = 30, 120.0
#: Units of fewer cases are simulated: chance costs much of what a plan saves.
SIMULATED_BELOW, REPLICATIONS = 500, 200


class Job(NamedTuple):
    """One register: cases, true log hazard ratio of halving, and how it was drawn."""

    size: int
    effect: float
    seed: int
    drawn: bool


class World(NamedTuple):
    """One register's future as a user sees it, as it is, and ways of staffing.

    Attributes
    ----------
    case : Case
    seen, known : Future
    wide : ProgramUnit
        The user's program.
    truth : Truth
    true : Unit
        The true unit, on a fine grid of caseloads.
    policies : dict of Policy
        "today", the rules, "plan" and "perfect".
    """

    case: Case
    seen: Future
    known: Future
    wide: ProgramUnit
    truth: Truth
    true: Unit
    policies: dict[str, Policy]

    def expected(self) -> dict[str, float]:
        """Cost of every policy in the expected course of the true world, SEK."""
        return {
            name: follow(self.true, policy, self.seen.months).total_sek
            for name, policy in self.policies.items()
        }

    def simulated(
        self, rng: np.random.Generator, replications: int = REPLICATIONS
    ) -> dict[str, float]:
        """Cost of every policy where people and households are whole, SEK.

        Each policy runs as a pair with today's; today's cost is the expected one.
        """
        twin = true_twin(self.case, self.truth, self.known, self.true, rng)
        today, costs = self.policies["today"], self.expected()
        seed = int(rng.integers(2**32))  # the same luck for every policy
        for name in self.policies.keys() - {"today"}:
            luck = np.random.default_rng(seed)
            pair = simulate_pair(twin, self.policies[name], today, luck, replications)
            own, held = (side.total(self.true.discount) for side in pair)
            costs[name] = costs["today"] + float((own - held).mean())
        return costs


def municipality(size: int, effect: float) -> Truth:
    """One unit of the default truth with so many cases; no pilot."""
    usual = default_truth(size)
    handlers = max(round(size / CASELOAD), 1)
    return replace(
        usual,
        units=("Kommunen",),
        inflow=usual.inflow.sum(0, keepdims=True),
        handlers=np.array([handlers], float),
        caseload_reference=size / handlers,
        theta=effect / LN2,
        pilot=None,
    )


def score(job: Job) -> dict[str, float]:
    """Cost of every way of staffing in the true world of one register, SEK.

    Returns
    -------
    dict
        The job; `today`, the rules, `plan`, `perfect`: all costs with the value after
        the horizon, discounted. `own_today, own_plan`: the same as the user's own
        program expects them. `handlers, handlers_plan`: now, and mean of the plan.
    """
    world = imagine(job)
    months, policies = world.seen.months, world.policies
    costs = world.expected()
    if job.size < SIMULATED_BELOW:
        costs = world.simulated(np.random.default_rng([job.seed, job.size, 1]))
    own = {
        f"own_{name}": follow(world.wide.unit, policies[name], months).total_sek
        for name in ("today", "plan")
    }
    staff = {
        "handlers": world.seen.handlers,
        "handlers_plan": float(policies["plan"].handlers.mean()),
    }
    return {**job._asdict(), **costs, **own, **staff}


def imagine(job: Job) -> World:
    """Simulate a register, plan from its folder, and build its true world."""
    truth = municipality(job.size, job.effect)
    rng = np.random.default_rng([job.seed, job.size])
    register = simulate_register(truth, MONTHS, rng)
    with TemporaryDirectory() as folder:
        write_register(register, Path(folder) / "case")
        case = read_case(Path(folder) / "case")
    learned = estimates(case, rng, PATHS)
    forecast = forecast_flows(case, rng, learned.exit_draws, learned.benefit_draws)
    seen = unit_future(case, case.units[0], learned, forecast)
    wide = program_unit(case, seen, learned.effect.mean)
    known = true_future(case, truth, seen)
    true = program_unit(case, known, job.effect)
    policies = rules(case, seen, wide.unit)
    policies["plan"] = plan_of(case, seen, wide, whole=True)
    policies["perfect"] = plan_of(case, known, true, whole=False)
    fine = fine_grid(case, known, job.effect, true.unit)
    return World(case, seen, known, wide, truth, fine, policies)


def estimates(case: Case, rng: np.random.Generator, draws: int) -> Learned:
    """Learn what a plan rests on, and leave out what only a reader sees.

    The same numbers as `learn` from the same generator: the exit model and its
    challenger are tried as there, but the loser is not fitted to be stored.
    """
    for_exits, for_benefit = rng.spawn(2)
    rows, outcome = rows_for_exits(case)
    covariates = describing(rows).drop(columns="unit", errors="ignore")
    model, households = ExitModel(), rows["household"]
    if households.nunique() >= BLOCKS:
        deal, _check = for_exits.spawn(2)
        trees = BoostedExitModel()
        if contest(model, trees, covariates, outcome, households, deal).is_won:
            model = trees
    exits = model.fit(covariates, outcome).draws(
        for_exits, draws, case.segments, FOLLOWED
    )
    return Learned(
        effect=learn_effect(case),
        reentry=learn_returns(case),
        exit_draws={case.units[0]: exits},
        benefit_draws=learn_benefit(case, for_benefit, draws)[0],
    )


def plan_of(case: Case, future: Future, wide: ProgramUnit, *, whole: bool) -> Policy:
    """Plan, and read the plan as bemanna follows it.

    Parameters
    ----------
    whole : bool
        In whole posts, as a user's plan; or the optimum with fractions. In both
        leavers are replaced one by one, as today.
    """
    unit = with_allowed(wide)
    problem = unit_problem(unit, case.settings, future)
    found = whole_posts(problem) if whole else solve(relaxed(problem))
    policy = replace(policy_of(unit, found.units[0], "plan"), whole_hires=False)
    capped = case.settings.levers.caseload_max is not None
    return policy if capped else growing(policy)


def fine_grid(case: Case, known: Future, effect: float, coarse: Unit) -> Unit:
    """Put the true unit on a fine grid of caseloads, valued after the horizon alike.

    A plan mixes a few caseloads; other rules lead to any, also beyond those.
    """
    levers = case.settings.levers.model_copy(
        update={
            "levels": FINE_LEVELS,
            "caseload_min": LIGHTEST * known.caseload,
            "caseload_max": max(HEAVIEST, 2 * known.caseload),
        }
    )
    settings = case.settings.model_copy(update={"levers": levers})
    fine = program_unit(replace(case, settings=settings), known, effect).unit
    return replace(
        fine,
        terminal_value=coarse.terminal_value,
        handler_value=coarse.handler_value,
        month_value=coarse.month_value,
    )
