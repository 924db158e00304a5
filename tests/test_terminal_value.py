"""What open cases and handlers are worth after the horizon."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from instances import generator, plain, random_unit

from bemanna.models.domain import Array
from bemanna.optimisation.problem import Problem, Unit
from bemanna.optimisation.programme import solve
from bemanna.optimisation.terminal import (
    handler_value,
    long_run_capacity_price,
    terminal_value,
)


def stationary(months: int, **changes: Any) -> Unit:
    """Give a unit that is the same every month, with bought capacity only."""
    # what intake takes, whoever comes, is no part of a case's value
    none = {"intake_effort": 0.0, "intake_extra": np.zeros(1)}
    base = plain(turnover=0.02, discount=0.99, **none, **changes)
    level = {
        name: np.repeat(getattr(base, name)[:, :1], months, axis=1)
        for name in ("weight", "benefit")
    }
    unit = replace(
        base,
        **level,
        exit_probability=np.repeat(base.exit_probability[:, :, :1], months, axis=2),
        inflow=np.zeros((2, months)),
        absence=np.full(months, 0.1),
        handlers=0.0,
        hire_max=np.zeros(months),
        release_max=np.zeros(months),
        cost_overtime=base.cost_handler * 1.05,
    )
    return replace(unit, terminal_value=terminal_value(unit))


def test_a_longer_horizon_adds_nothing_to_the_terminal_value() -> None:
    # capacity at the price that the terminal value assumes: V is the cost of a case
    # for ever, however many months of it are spelled out
    short, long = stationary(6), stationary(36)
    assert long_run_capacity_price(short) == short.cost_overtime
    value = float((short.stock * short.terminal_value).sum())
    for unit in (short, long):
        found = solve(Problem((unit,)))
        assert found.objective == pytest.approx(value, rel=1e-9)
        assert found.units[0].balance[:, :, 0] == pytest.approx(unit.terminal_value)


def test_the_terminal_value_by_hand() -> None:
    # one bucket, one level, no re-entry: a geometric series
    unit = random_unit(
        generator(0),
        (1, 1, 4, 1),
        discount=0.99,
        renewal_effort=0.001,
        reentry=np.zeros((1, 0)),
        exit_probability=np.full((1, 1, 4, 1), 0.1),
        weight=np.full((1, 4), 1.2),
        benefit=np.full((1, 4), 9.0),
    )
    price = long_run_capacity_price(unit)
    month = 9.0 + price * (1.2 / unit.caseloads[0] + 0.001)
    value = month / (1 - 0.99 * 0.9)
    assert terminal_value(unit)[0, 0] == pytest.approx(value, rel=1e-12)


def test_terminal_value_by_long_simulation_of_the_recursion() -> None:
    unit = stationary(3, renewal_effort=0.003)
    unit = replace(unit, intake_effort=0.02)
    price = long_run_capacity_price(unit)
    value = np.zeros((2, 3))
    history: list[Array] = [value[:, 0]] * 3  # of a fresh case, 1..3 months ahead
    p, a = unit.exit_probability[:, :, 0], unit.ageing[:, :, None]
    effort = unit.weight[:, :1] / unit.caseloads + unit.renewal_effort
    month = unit.benefit[:, :1] + price * effort
    for _ in range(6000):
        older = np.pad(value[:, 1:], ((0, 0), (0, 1)))[:, :, None]
        stays = (1 - a) * value[:, :, None] + a * older
        back = np.zeros(2)
        for k, ahead in enumerate(history, start=1):
            share = unit.discount**k * unit.reentry[:, k - 1]
            back += share * (ahead + price * 0.02)
        levels = month[:, None] + p * back[:, None, None]
        value = (levels + unit.discount * (1 - p) * stays).min(2)
        history = [value[:, 0], *history[:2]]
    assert terminal_value(unit) == pytest.approx(value, rel=1e-9)


def test_an_infinite_value_is_refused() -> None:
    unit = plain(discount=1.0)
    for_ever = replace(unit, exit_probability=unit.exit_probability * 0)
    with pytest.raises(ValueError, match="infinite"):
        terminal_value(for_ever)


def test_long_run_price_by_hand() -> None:
    unit = plain(
        absence=np.full(10, 0.2),
        turnover=0.1,
        ramp=np.array([0.5, 0.75]),
        cost_handler=60.0,
        cost_hire=100.0,
        cost_overtime=1e6,
    )
    lost = 0.5 + 0.25 * 0.9
    price = (60 + 0.1 * 100) / (0.8 * (1 - 0.1 * lost))
    assert long_run_capacity_price(unit) == pytest.approx(price)
    assert handler_value(unit) == pytest.approx(100 + price * 0.8 * lost)
    cheap = replace(unit, cost_overtime=50.0)
    assert long_run_capacity_price(cheap) == 50.0
    # a handler costs 60 and replaces 40 of bought time: worth nothing
    assert handler_value(cheap) == 0.0


def test_a_handler_is_worth_what_replacing_one_costs() -> None:
    # in the long run each leaver is replaced: hold the cost of a steady state of J
    # handlers, who deliver J present effective months, against the price
    unit = plain(turnover=0.05, cost_overtime=1e6, absence=np.full(10, 0.15))
    loss = (1 - unit.ramp) * 0.95 ** np.arange(len(unit.ramp))
    delivered = 0.85 * (1 - 0.05 * loss.sum())
    paid = unit.cost_handler + 0.05 * unit.cost_hire
    assert long_run_capacity_price(unit) * delivered == pytest.approx(paid)


def test_the_end_of_the_horizon_does_not_stop_hiring() -> None:
    # a steady state for 24 months: with the values of cases and handlers the program
    # keeps its handlers to the last month; without, it lets them go to the end
    months = 24
    base = stationary(months)
    unit = replace(
        base,
        cost_overtime=base.cost_handler * 4,
        inflow=np.full((2, months), 4.0),
        hire_max=np.full(months, 1.0),
        release_max=np.full(months, 1.0),
        handlers=4.0,
        cost_hire=20.0,
        cost_release=5.0,
    )
    valued = replace(
        unit, terminal_value=terminal_value(unit), handler_value=handler_value(unit)
    )
    blind = replace(unit, terminal_value=np.zeros((2, 3)), handler_value=0.0)
    with_end = solve(Problem((valued,))).units[0]
    without = solve(Problem((blind,))).units[0]
    assert with_end.releases[-6:].sum() <= 1e-9
    assert with_end.handlers[-1] >= 0.95 * with_end.handlers[12:].mean()
    assert without.handlers[-1] < with_end.handlers[-1]
