"""Prices: signs, and that one more really costs what its price says."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from staffing import calendar, make_unit

from bemanna.optimisation.prices import Prices, prices_of
from bemanna.optimisation.problem import Budget, Problem, Unit
from bemanna.optimisation.programme import relaxed, solve
from bemanna.optimisation.question import Change
from bemanna.optimisation.whatif import WhatIf


def priced(unit: Unit, *budgets: Budget) -> tuple[Prices, float, pd.DatetimeIndex]:
    problem = relaxed(Problem((unit,), budgets))
    found = solve(problem)
    months = calendar(unit)
    return prices_of(problem, found, months), found.objective, months


def test_one_more_case_costs_its_price() -> None:
    unit = make_unit(months=18)
    prices, base, _ = priced(unit)
    assert (prices.open_case > 0).all()
    assert (prices.new_case > 0).all()
    for s in range(3):
        share = unit.stock[s] / unit.stock[s].sum()
        stock = unit.stock.copy()
        stock[s] += 0.01 * share
        more = solve(relaxed(Problem((replace(unit, stock=stock),)))).objective
        assert (more - base) / 0.01 == pytest.approx(prices.open_case[s], rel=1e-3)


def test_whole_handlers_have_two_sides() -> None:
    unit = make_unit(months=18)
    prices, base, months = priced(unit)
    # at an optimum neither side saves
    assert prices.handler_more > 0
    assert prices.handler_less > 0
    asked = WhatIf(Problem((unit,)), months).ask(Change(handlers=1.0))
    assert prices.handler_more == pytest.approx(asked.course.total_sek - base, rel=1e-6)


def test_sooner_saves_and_later_costs() -> None:
    unit = make_unit(months=18, caseload=60, log_hr=0.8)
    prices, _, _ = priced(unit)
    assert prices.month_sooner < 0 < prices.month_later
    at_once = replace(unit, hire_max=np.full(18, 2.0))
    assert np.isnan(priced(at_once)[0].month_sooner)


def test_a_krona_of_budget_saves_what_it_says() -> None:
    unit = make_unit(months=18, caseload=60, log_hr=0.8)
    months = tuple(range(6, 18))
    free = solve(relaxed(Problem((unit,)))).units[0]
    spent = unit.cost_handler * free.handlers + unit.cost_hire * free.hires
    spent = spent + unit.cost_overtime * free.overtime
    tight = Budget(months, 0.97 * float(spent[list(months)].sum()), "2027")
    prices, base, _ = priced(unit, tight)
    ((label, gross),) = prices.budget
    assert label == "2027"
    assert gross > 1
    step = 100.0
    more = replace(tight, limit=tight.limit + step)
    saved = base - solve(relaxed(Problem((unit,), (more,)))).objective
    discount = (unit.discount ** np.arange(18))[list(months)].mean()
    assert saved / step / discount == pytest.approx(gross - 1, rel=1e-3)
    loose = replace(tight, limit=1e12)
    assert priced(unit, loose)[0].budget == (("2027", 0.0),)
