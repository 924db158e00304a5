"""What it is worth to know the effect of effort, for certain or from a pilot."""

from dataclasses import replace

import numpy as np
import pytest
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
    return information(problem, under, effect, pilot=LOTTERY, nodes=9)


def test_no_study_is_worth_more_than_the_truth(valued: Information) -> None:
    assert 0 < valued.sample < valued.perfect
    assert valued.waiting > 0
    assert valued.net == valued.sample - valued.waiting - valued.handlers_sek
    assert 0 < valued.changed < 1
    assert valued.pilot_sd == pytest.approx(LOTTERY.sd(0.15))


def test_a_larger_pilot_is_worth_more(valued: Information) -> None:
    problem, effect = Problem((under(0.15),)), EffortEffect.fixed(0.15, 0.2)
    worth = []
    for cases in (50, 40_000):
        pilot = replace(LOTTERY, cases=cases)
        found = information(problem, under, effect, pilot=pilot, nodes=9)
        assert found.perfect == valued.perfect
        worth.append(found.sample)
    assert worth[0] < valued.sample < worth[1]
    assert worth[1] == pytest.approx(valued.perfect, rel=0.1)


def test_more_plans_to_choose_from_are_worth_more(valued: Information) -> None:
    problem, effect = Problem((under(0.15),)), EffortEffect.fixed(0.15, 0.2)
    more = information(problem, under, effect, pilot=LOTTERY, nodes=17)
    assert valued.perfect == pytest.approx(more.perfect, rel=0.1)
    assert valued.sample == pytest.approx(more.sample, rel=0.1)


def test_nothing_to_learn_where_the_effect_is_certain() -> None:
    certain = EffortEffect.fixed(0.3)
    found = information(Problem((under(0.3),)), under, certain, pilot=UNITS)
    assert found.perfect == found.sample == found.changed == 0
    assert information(Problem((under(0.3),)), under, certain).handlers_sek == 0


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
        pilot=pilot,
        nodes=9,
    )

    def loss(spread: float) -> float:
        apart = (mean - 0.1) / spread
        return 1000 * spread * (stats.norm.pdf(apart) - apart * stats.norm.sf(apart))

    # two plans are all that there are, so that few nodes lose nothing
    assert found.perfect == pytest.approx(loss(sd), rel=0.01)
    spread = sd**2 / np.hypot(sd, found.pilot_sd)
    assert found.sample == pytest.approx(loss(spread), rel=0.01)


def test_what_the_handlers_of_a_pilot_cost() -> None:
    unit = under(0.3)
    each = 6 * 62e3 + 90e3 + 40e3
    treated = unit.handlers * 200 / unit.stock.sum()
    assert pilot_cost(LOTTERY, unit) == pytest.approx(treated * each)
    several = replace(UNITS, ratio=1.5)
    half = 0.5 * 300 * unit.handlers / unit.stock.sum()
    assert pilot_cost(several, unit) == pytest.approx(half * each)
    here = pilot_cost(LOTTERY, unit, cases=50)
    assert here == pytest.approx(pilot_cost(LOTTERY, unit) / 4)
