"""A Gävle-like unit by levers: hire, a robot, a change of process, the best of all.

Cases, caseload and benefit are those of HASKY (five handlers, 60 cases each, 5,841 SEK
a month), as are exits (3.6-4.8 % a month); a handler costs 457 tkr a year (2014, before
overhead), a hire 357 tkr (SSR, 2017), and 27.1 % leave in a year (2023). Halving the
caseload makes exits 2^0.2 times as likely (Böheim et al. 2023, read as a hazard ratio).
A robot runs for 17,900 SEK a month (Skurup, 2019). What it or a change of process costs
to put in place, and the time that each frees, has no published figure: they are asked
for. The price years differ; costs include the value of what is open after 36 months.
"""

from dataclasses import replace

import numpy as np
from document import table

from bemanna.models.caseload import effort_levels
from bemanna.optimisation.problem import Automation, Problem, Unit
from bemanna.optimisation.programme import solve
from bemanna.optimisation.terminal import (
    handler_value,
    long_run_capacity_price,
    terminal_value,
)

HANDLERS, CASELOAD, LIGHTEST = 5.0, 60.0, 30.0
BENEFIT_SEK, EXITS = 5_841.0, 0.042
HANDLER_YEAR_SEK, HIRE_SEK, OVERTIME = 457_000.0, 357_000.0, 2.0
TURNOVER_YEAR, ELASTICITY = 0.271, 0.2
ROBOT_MONTH_SEK = 17_900.0
MONTHS, LEAD, LEVELS, DISCOUNT_YEAR = 36, 3, 8, 0.03


def unit() -> Unit:
    """Five handlers with 60 cases each, in a steady state."""
    caseloads = effort_levels(LIGHTEST, CASELOAD, LEVELS)
    exits = EXITS * (CASELOAD / caseloads) ** ELASTICITY
    cases, month = HANDLERS * CASELOAD, HANDLER_YEAR_SEK / 12
    turnover = 1 - (1 - TURNOVER_YEAR) ** (1 / 12)
    made = Unit(
        name="Gävle-like",
        weight=np.ones((1, MONTHS)),
        benefit=np.full((1, MONTHS), BENEFIT_SEK),
        caseloads=caseloads,
        exit_probability=np.tile(exits, (1, 1, MONTHS, 1)),
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


def levers(
    *,
    robot_sek: float,
    robot_freed: float,
    process_sek: float,
    process_freed: float,
) -> str:
    """Tabulate what each lever costs and saves over 36 months and after.

    Parameters
    ----------
    robot_sek, process_sek : float
        What putting it in place costs.
    robot_freed, process_freed : float
        Share of handlers' time that it frees.
    """
    plain, most = unit(), 5 * HANDLERS
    robot = Automation(robot_sek, ROBOT_MONTH_SEK, robot_freed, most, LEAD)
    process = Automation(process_sek, 0.0, process_freed, most)
    kept = np.full(MONTHS, plain.turnover * HANDLERS)
    kept[0] = 0.0
    everything = replace(plain, automation=robot, process=process)
    cases = {
        "today": (plain, kept),
        "hire only": (plain, None),
        "process only": (replace(plain, process=process), kept),
        "robot after process": (everything, kept),
        "best mix": (everything, None),
    }
    rows, today = [], None
    for name, (world, hires) in cases.items():
        held = None if hires is None else np.zeros(MONTHS)
        found = solve(Problem((world,)), hires, held)
        today = found.objective if today is None else today
        own = found.units[0]
        bought = [n for n in ("process", "robot") if getattr(own, n)]
        rows.append(
            [
                name,
                f"{own.handlers[-1]:.1f}",
                ", ".join(bought) or "none",
                f"{found.objective / 1e6:.2f}",
                f"{(today - found.objective) / 1e6:.2f}",
            ]
        )
    head = ["lever", "handlers at the end", "bought", "cost, MSEK", "saves, MSEK"]
    return table(head, rows)
