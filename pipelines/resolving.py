"""What a question means for a unit: months to places, caseloads to levels."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..optimisation.problem import Automation, Budget, Unit
from ..optimisation.question import Change
from .arrangements import MOST_HANDLERS
from .asking import Question
from .case import Case
from .faults import Report
from .futures import Future
from .language import number
from .levels import cases_at, level


def plan_months(case: Case) -> pd.DatetimeIndex:
    """Months of the plan, provisional ones first."""
    first = case.months[-1] + pd.DateOffset(months=1)
    return pd.date_range(first, periods=case.horizon, freq="MS")


def check_units(case: Case, unit: str | None, report: Report) -> tuple[str, ...]:
    """Name the units to plan: all, or the one that was asked for."""
    if unit is None or unit in case.units:
        return case.units if unit is None else (unit,)
    near = report.nearest(unit, case.units)
    report.add("whatif_no_unit", value=unit, known=", ".join(case.units), nearest=near)
    return ()


def check_questions(
    asked: Sequence[Question], case: Case, units: Sequence[str], report: Report
) -> None:
    """Gather what does not fit the case, before anything is learned."""
    months = plan_months(case)
    first, last = f"{months[0]:%Y-%m}", f"{months[-1]:%Y-%m}"
    years = [str(year) for year in months.year.unique()]
    for question in asked:
        for key, month in question.months.items():
            if month not in months:
                report.add(
                    "whatif_month",
                    column=key,
                    value=f"{month:%Y-%m}",
                    first=first,
                    last=last,
                )
        for year in question.budgets:
            if year and str(year) not in years:
                known = ", ".join(years)
                report.add("whatif_year", column="budget", value=year, known=known)
        own = {"fixed", "running", "freed"} & set(question.numbers)
        described = len(own) == 3 or (case.settings.levers.robot and not own)
        if (own or "robot" in question.numbers) and not described:
            report.add("whatif_robot", column="robot")
        if "triage" in question.numbers and case.settings.levers.triage is None:
            report.add("whatif_triage", column="triage")
        if len(units) > 1 and ("handlers" in question.numbers or question.budgets):
            known = ", ".join(units)
            report.add("whatif_which_unit", value=question.text, known=known)


def change_of(
    question: Question, case: Case, unit: Unit, future: Future, report: Report
) -> Change:
    """Read a question as a change of the program.

    Parameters
    ----------
    unit : Unit
        With every level that is known.
    future : Future
        Of the same unit.
    report : Report
        Takes up a cap that is heavier than any level.
    """
    given, months = question.numbers, plan_months(case)
    place = {key: list(months).index(month) for key, month in question.months.items()}
    cap, intake = given.get("cap"), future.intake.per_case
    most = cases_at(unit, float(unit.caseloads.max()), intake)
    if cap is not None and cap > most * (1 + 1e-9):
        report.add(
            "whatif_cap",
            column="cap",
            value=number(cap, 0, report.sprak),
            unit=unit.name,
            most=number(most, 0, report.sprak),
        )
        cap = most
    lead = given.get("lead-time")
    return Change(
        handlers=given.get("handlers"),
        relative=question.relative or "handlers" not in given,
        since=place.get("handlers"),
        hire_max=given.get("hires-max"),
        # months that have been already: nobody can be hired in them any more
        lead_months=None if lead is None else int(lead) + len(case.edge.months),
        budgets=_budgets(question, months),
        caseload_max=None if cap is None else level(unit, cap, intake),
        robot=_robot(question, case, future.handlers, place.get("robot")),
        triage_share=given.get("triage"),
        log_hr=given.get("effect"),
        inflow=given.get("inflow", 1.0),
        benefit=given.get("benefit", 1.0),
        handler_cost=given.get("handler-cost", 1.0),
    )


def _budgets(question: Question, months: pd.DatetimeIndex) -> tuple[Budget, ...]:
    """Limits per calendar year; a part of a year gets its part."""
    found = []
    for year in months.year.unique():
        limit = question.budgets.get(int(year), question.budgets.get(0))
        if limit is not None:
            inside = tuple(int(t) for t in np.flatnonzero(months.year == year))
            found.append(Budget(inside, limit * len(inside) / 12, str(year)))
    return tuple(found)


def _robot(
    question: Question, case: Case, handlers: float, first: int | None
) -> Automation | None:
    """Give the robot, from the month asked for or the one in kommun.toml."""
    given, known = question.numbers, case.settings.levers.robot
    if first is None and known is not None and known.from_month is not None:
        first = int(plan_months(case).searchsorted(f"{known.from_month}-01"))
    if "fixed" in given:
        costs = given["fixed"], given["running"], given["freed"]
    elif "robot" in given and known is not None:
        costs = known.fixed_cost_sek, known.running_cost_sek_month, known.freed_share
    else:
        return None
    # in months that have been already nothing can start any more
    start = max(first or 0, len(case.edge.months))
    most = MOST_HANDLERS * handlers
    return Automation(*costs, handlers_max=most, from_month=start)
