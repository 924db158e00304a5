"""The stage that asks how sure a plan is, on a small case from folder to figures."""

from dataclasses import replace

import numpy as np
import pytest
from test_planning import gathered
from test_run import small_case

from bemanna.models.domain import InfeasibleError
from bemanna.models.effect import EffortEffect
from bemanna.models.power import LotteryPlan
from bemanna.optimisation.plan import StaffingPlan
from bemanna.optimisation.regret import FACTORS, LEAST, TODAY
from bemanna.optimisation.strain import Strain
from bemanna.pipelines import doubting
from bemanna.pipelines.doubting import cases_now, doubts_of, pilot_in
from bemanna.pipelines.doubts import PLAN, Doubts, regrets
from bemanna.pipelines.futures import Future
from bemanna.pipelines.planning import plan_unit
from bemanna.pipelines.registers import Case

EFFECT = EffortEffect.fixed(0.2, 0.15)
Planned = tuple[Case, Future, StaffingPlan]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    robot = """
        [levers.robot]
        freed_share = 0.05
        fixed_cost_sek = 50000
        running_cost_sek_month = 1000
        """
    folder = small_case(tmp_path_factory.mktemp("doubts") / "case", robot)
    case, future = gathered(folder)
    return case, future, plan_unit(case, future, EFFECT, np.random.default_rng(3))


@pytest.fixture(scope="module")
def doubt(planned: Planned) -> Doubts:
    case, future, plan = planned
    (found,) = doubts_of(case, [(future, plan)], EFFECT)
    return found


def test_at_the_estimate_regret_is_what_the_page_already_says(
    planned: Planned, doubt: Doubts
) -> None:
    plan, found = planned[2], regrets((doubt,))
    assert found is not None
    assert found.names == (TODAY, PLAN, LEAST)
    at = FACTORS.index(1.0)
    best = plan.alternatives[0].cost_sek
    size = 1e-6 * abs(best)
    whole = plan.proposed.total_sek - best
    assert found.of(PLAN)[at] == pytest.approx(whole, abs=size)
    assert found.of(TODAY)[at] == pytest.approx(plan.today.total_sek - best, abs=size)
    assert found.of(PLAN).min() >= -size
    # as exact as the page writes
    least = found.of(LEAST)
    assert least.max() <= found.of(PLAN).max() + 10 * size
    assert found.best_late_handlers[at] == pytest.approx(
        plan.alternatives[0].late_handlers, abs=1e-3
    )


def test_the_pilot_is_of_all_units_and_each_pays_its_own(
    planned: Planned, doubt: Doubts
) -> None:
    case, future, plan = planned
    here = cases_now(plan)
    assert doubt.pilot == pilot_in([plan])
    assert doubt.pilot is not None
    assert doubt.pilot.cases == pytest.approx(here)
    # hired for half of the cases, at half of what each has today
    unit = plan.unit
    each = 6 * unit.cost_handler + unit.cost_hire + unit.cost_release
    expected = 0.5 * here * unit.handlers / unit.stock.sum() * each
    assert doubt.information is not None
    assert doubt.information.handlers_sek == pytest.approx(expected)
    both = doubts_of(case, [(future, plan)] * 2, EFFECT)
    for one in both:
        assert one.pilot is not None
        assert one.information is not None
        assert one.pilot.cases == pytest.approx(2 * here)
        assert one.information.handlers_sek == pytest.approx(expected)
        # a larger pilot, a surer answer
        assert one.information.sample > doubt.information.sample


def test_nobody_is_counted_where_there_are_too_few(planned: Planned) -> None:
    plan = planned[2]
    few = 3 / cases_now(plan)
    small = replace(
        plan.today, cases=few * plan.today.cases, exits=few * plan.today.exits
    )
    assert pilot_in([replace(plan, today=small)]) is None
    assert isinstance(pilot_in([plan]), LotteryPlan)


def test_a_certain_effect_or_none_leaves_nothing_to_ask(planned: Planned) -> None:
    case, future, plan = planned
    (certain,) = doubts_of(case, [(future, plan)], EffortEffect.fixed(0.2))
    assert certain.information is None
    assert certain.regret is not None
    (none,) = doubts_of(case, [(future, plan)], EffortEffect.fixed(0.0))
    assert none.regret is none.information is None


def test_turnover_that_follows_the_caseload_has_no_shared_staffing(
    planned: Planned,
) -> None:
    case, future, plan = planned
    strain = Strain(caseload=float(plan.unit.caseloads[0]), turnover=0.1)
    strained = replace(plan.unit, strain=strain)
    (found,) = doubts_of(
        case, [(future, replace(plan, unit=strained))], EffortEffect.fixed(0.2)
    )
    assert found.regret is None


def test_an_effect_without_a_plan_stops_no_run(
    planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InfeasibleError("no staffing satisfies every limit", [])

    case, future, plan = planned
    monkeypatch.setattr(doubting, "regret_table", refuse)
    monkeypatch.setattr(doubting, "information", refuse)
    (found,) = doubts_of(case, [(future, plan)], EFFECT)
    assert found == Doubts(None, None, found.pilot)
