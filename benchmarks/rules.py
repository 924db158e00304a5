"""Staffing rules that a municipality may follow instead of a plan.

Each rule says how many handlers it wants month by month, in full-time equivalents,
from what a user sees: the forecast of cases, today's caseload, the register's exits and
what is paid. It hires towards that number within the plan's own limits (lead time, most
hires a month) and replaces who leaves at once, as today's staffing does; where it wants
fewer it ends no posts, but lets those who leave go unreplaced. Every case gets equal
time.
"""

from dataclasses import replace

import numpy as np

from bemanna.models.domain import Array
from bemanna.optimisation.policy import Policy, today_policy
from bemanna.optimisation.problem import Unit
from bemanna.pipelines.exposure import monthly
from bemanna.pipelines.futures import Future
from bemanna.pipelines.levels import LIGHTEST
from bemanna.pipelines.registers import Case

#: Cases per handler of the fixed norms.
NORMS = (30, 40, 60)


def rules(case: Case, future: Future, unit: Unit) -> dict[str, Policy]:
    """Every rule as a policy, by name; today's staffing first.

    Parameters
    ----------
    case : Case
    future : Future
        As a user's run foresees it.
    unit : Unit
        Of the user's program, with levels out to the caseload of today.
    """
    cases = future.served.mean(0).sum(0)
    wanted = {f"norm_{norm}": cases / norm for norm in NORMS}
    wanted["proportional"] = cases / future.caseload
    wanted["count_exits"] = count_every_exit(case, future)
    hiring = {name: hire_towards(unit, number, name) for name, number in wanted.items()}
    return {"today": today_policy(unit), **hiring}


def count_every_exit(case: Case, future: Future) -> Array:
    """Handlers wanted where every exit counts as saved for twelve months, (T,).

    As HASKY was published (PwC/Vision 2015): all 107 exits of the year after three
    handlers were added were counted, each as twelve months' benefit, with no thought
    of those who would have left anyway. Read as a rule: a handler is credited with the
    exits per handler of the latest twelve months, so hire while

        12 b (exits in a year / handlers)  >  cost of a handler for a year.

    It stops at half of today's caseload, as HASKY did.
    """
    exits = np.nansum(monthly(case, future.unit, "exits", case.months[-12:]), axis=1)
    credited = 12 * float(exits @ future.benefit.mean(0))
    pays = credited / (12 * case.settings.economy.handler_cost_month_sek)
    cases = future.served.mean(0).sum(0)
    halved: Array = cases / (LIGHTEST * future.caseload)
    return np.minimum(pays, halved)


def hire_towards(unit: Unit, wanted: Array, name: str) -> Policy:
    """Hire towards a number, within the unit's limits on hiring.

    Parameters
    ----------
    wanted : array (T,)
        Handlers employed. Where they are fewer than there are, leavers are not
        replaced; nobody is let go.
    """
    hires, handlers = np.zeros((2, len(wanted)))
    there = unit.handlers
    for t, number in enumerate(wanted.tolist()):
        there *= 1 - unit.turnover if t else 1.0
        hires[t] = np.clip(number - there, 0.0, unit.hire_max[t])
        there += hires[t]
        handlers[t] = there
    return replace(today_policy(unit, name), handlers=handlers, hires=hires)
