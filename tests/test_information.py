"""What it is worth to know the effect of effort, for certain or from a pilot."""

from dataclasses import replace

import numpy as np
import pytest
from instances import generator
from scipy import stats
from staffing import make_unit
from test_regret import one_hire

from bemanna.models.effect import EffortEffect
from bemanna.models.power import LotteryPlan, PilotPlan
from bemanna.optimisation.information import Information, information, pilot_cost
from bemanna.optimisation.problem import Problem, Unit

LOTTERY = LotteryPlan(cases=400, months=6, hazard=0.07)
UNITS = PilotPlan(2, 8, 150, 24, 6, 0.07, 0.1)


def under(log_hr: float) -> Unit:
    """Make a municipality under an assumed effect."""
    limited = np.r_[np.zeros(3), np.full(9, 1.4)]
    return make_unit(
        log_hr=log_hr, hire_max=limited, segments=2, months=12, levels=5, cases=400
    )


@pytest.fixture(scope="module")
def valued() -> Information:
    effect = EffortEffect.fixed(0.15, 0.2)
    problem = Problem((under(0.15),))
    return information(
        problem, under, effect, generator(1), pilot=LOTTERY, draws=4_000, nodes=9
    )


def test_no_study_is_worth_more_than_the_truth(valued: Information) -> None:
    sample, net, waiting = valued.sample, valued.net, valued.waiting
    assert sample is not None
    assert net is not None
    assert waiting is not None
    assert valued.perfect.mean > 3 * valued.perfect.error
    assert -3 * sample.error <= sample.mean <= valued.perfect.mean
    assert waiting.mean >= -3 * waiting.error
    assert net.mean == pytest.approx(sample.mean - waiting.mean - valued.handlers_sek)
    assert 0 < valued.changed < 1
    assert valued.pilot_sd == pytest.approx(LOTTERY.sd(0.15))


def test_a_larger_pilot_is_worth_more(valued: Information) -> None:
    problem, effect = Problem((under(0.15),)), EffortEffect.fixed(0.15, 0.2)
    worth = []
    for cases in (50, 40_000):
        pilot = replace(LOTTERY, cases=cases)
        found = information(
            problem, under, effect, generator(1), pilot=pilot, draws=4_000, nodes=9
        )
        assert found.perfect == valued.perfect
        assert found.sample is not None
        worth.append(found.sample.mean)
    assert worth[0] < worth[1]
    assert worth[1] == pytest.approx(valued.perfect.mean, rel=0.1)


def test_nothing_to_learn_where_the_effect_is_certain() -> None:
    found = information(
        Problem((under(0.3),)),
        under,
        EffortEffect.fixed(0.3),
        generator(1),
        pilot=UNITS,
        draws=100,
    )
    assert found.perfect.mean == found.perfect.error == 0
    assert found.sample is not None
    assert found.sample.mean == 0
    assert found.changed == 0


def test_by_hand_one_hire_that_may_pay() -> None:
    """One hire for 100 saves 1000 theta, theta ~ N(0.12, 0.1^2).

    Cost is linear in theta, so perfect information is the unit normal loss integral,
    and a pilot's the same with the standard deviation of the posterior mean.
    """
    mean, sd = 0.12, 0.1

    def world(theta: float) -> Unit:
        # 0.4 leave anyway, so that an effect below zero can do harm
        unit = one_hire(saves=0.0)
        return replace(unit, exit_probability=np.array([[[[0.4, 0.4 + theta]]]]))

    pilot = LotteryPlan(cases=300, months=6, hazard=0.07)
    found = information(
        Problem((world(mean),)),
        world,
        EffortEffect.fixed(mean, sd),
        generator(2),
        pilot=pilot,
        draws=40_000,
        nodes=81,
    )

    def loss(spread: float) -> float:
        apart = (mean - 0.1) / spread
        return 1000 * spread * (stats.norm.pdf(apart) - apart * stats.norm.sf(apart))

    assert found.perfect.mean == pytest.approx(loss(sd), abs=4 * found.perfect.error)
    sample = found.sample
    assert sample is not None
    spread = sd**2 / np.hypot(sd, found.pilot_sd)
    assert sample.mean == pytest.approx(loss(spread), abs=4 * sample.error)


def test_what_the_handlers_of_a_pilot_cost() -> None:
    unit = under(0.3)
    each = 6 * 62e3 + 90e3 + 40e3
    treated = unit.handlers * 200 / unit.stock.sum()
    assert pilot_cost(LOTTERY, unit) == pytest.approx(treated * each)
    several = replace(UNITS, ratio=1.5)
    half = 0.5 * 300 * unit.handlers / unit.stock.sum()
    assert pilot_cost(several, unit) == pytest.approx(half * each)


def test_the_same_generator_gives_the_same_figures() -> None:
    problem, effect = Problem((under(0.15),)), EffortEffect.fixed(0.15, 0.2)
    first, second = (
        information(problem, under, effect, generator(3), draws=50, nodes=3)
        for _ in range(2)
    )
    assert first == second
    assert first.sample is None
