"""What one assumption does to the saving: known truths, and what a reader sees."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from outcomes import outcome
from test_planning import gathered
from test_run import small_case

from bemanna.models.domain import Interval
from bemanna.models.effect import EffortEffect
from bemanna.optimisation.plan import StaffingPlan
from bemanna.pipelines import sensitivity as room
from bemanna.pipelines.drawing import SVG, Picture
from bemanna.pipelines.futures import Future
from bemanna.pipelines.planning import plan_unit, program_unit
from bemanna.pipelines.registers import Case
from bemanna.pipelines.sensitivity import COST, Sensitivity, Swing, sensitivity
from bemanna.pipelines.sensitivityfigure import (
    end_words,
    sensitivity_picture,
    sorted_swings,
    swing_picture,
)

EFFECT = EffortEffect.fixed(0.4, 0.15)
Planned = tuple[Case, Future, StaffingPlan]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """Plan a unit whose plan hires."""
    case, future = gathered(small_case(tmp_path_factory.mktemp("swing") / "case"))
    plan = plan_unit(case, future, EFFECT, np.random.default_rng(1))
    assert np.ptp(plan.proposed.handlers) > 0.5
    return case, future, plan


@pytest.fixture(scope="module")
def found(planned: Planned) -> Sensitivity:
    case, future, plan = planned
    made = sensitivity(case, [(future, plan)], EFFECT)
    assert made is not None
    return made


def swing(found: Sensitivity, name: str) -> Swing:
    return next(one for one in found.swings if one.name == name)


def test_the_middle_is_the_plan_against_today(
    planned: Planned, found: Sensitivity
) -> None:
    plan = planned[2]
    cash = (plan.today.cash_sek - plan.proposed.cash_sek).sum()
    total = plan.today.total_sek - plan.proposed.total_sek
    assert found.cash == pytest.approx(cash, rel=1e-6, abs=1.0)
    assert found.total == pytest.approx(total, rel=1e-6, abs=1.0)
    assert (found.all_cash, found.all_total) == (plan.saving_total, plan.total_saving)
    assert {one.name for one in found.swings} == {
        *("effect", "inflow", "exits", "benefit"),
        *("handler_cost", "turnover", "lead"),
    }
    assert {one.name for one in found.swings if one.trial} == set(room.TRIALS)
    assert not found.left_out


def test_a_stronger_effect_saves_more(found: Sensitivity) -> None:
    effect = swing(found, "effect")
    half = 1.2815515655446004 * EFFECT.sd  # the normal's 90 % point
    assert effect.ends == pytest.approx((EFFECT.mean - half, EFFECT.mean + half))
    assert effect.total[0] < found.total < effect.total[1]
    assert effect.cash[0] < found.cash < effect.cash[1]


def test_cash_is_linear_in_prices(planned: Planned, found: Sensitivity) -> None:
    """Nobody changes what is done, so that each price multiplies its own part."""
    plan = planned[2]
    benefit, cost = swing(found, "benefit"), swing(found, "handler_cost")
    saved = (plan.today.benefit_sek - plan.proposed.benefit_sek).sum()
    for end, cash in zip(benefit.ends, benefit.cash, strict=True):
        assert cash == pytest.approx(found.cash + (end - 1) * saved, rel=1e-6, abs=1.0)
    more = (plan.proposed.handlers - plan.today.handlers).sum() * plan.unit.cost_handler
    more += (plan.proposed.shortage_sek - plan.today.shortage_sek).sum()
    ends = (found.cash + COST * more, found.cash - COST * more)
    assert cost.cash == pytest.approx(ends, rel=1e-6, abs=1.0)
    assert cost.ends == (1 - COST, 1 + COST)


def test_intervals_are_those_of_the_forecast(
    planned: Planned, found: Sensitivity
) -> None:
    case, future, plan = planned
    for name, draws in (
        ("inflow", future.new_cases.sum((1, 2))),
        ("benefit", future.benefit @ future.served.mean(0).sum(1)),
    ):
        truth = np.quantile(draws, [0.1, 0.9]) / draws.mean()
        assert swing(found, name).ends == pytest.approx(truth.tolist())
    desk = room._Desk(case, future, plan, program_unit(case, future, EFFECT.mean))
    share = future.exits.sum((1, 2)) / future.served.sum((1, 2))
    ends = swing(found, "exits").ends
    assert ends == pytest.approx(np.quantile(share, [0.1, 0.9]) / share.mean())
    # the factors give today's staffing the forecast's share who leave
    left, served = desk.leaving(1.0)
    for factor, end in zip(room._exit_factors([desk], ends), ends, strict=True):
        fewer, cases = desk.leaving(factor)
        assert fewer / cases == pytest.approx(end * left / served, rel=1e-3)


def test_ends_without_width_change_nothing(planned: Planned) -> None:
    case, future, plan = planned
    desk = room._Desk(case, future, plan, program_unit(case, future, EFFECT.mean))
    middle = desk.saved("", 0.0)
    same = {"effect": EFFECT.mean, "lead": 0.0, "inflow": 1.0, "exits": 1.0}
    same |= {"benefit": 1.0, "handler_cost": 1.0}
    same |= {"turnover": case.settings.staff.turnover_year_share}
    for name, end in same.items():
        assert desk.saved(name, end) == pytest.approx(middle, rel=1e-9, abs=1.0), name


def test_a_plan_that_comes_later_has_the_same_handlers_later() -> None:
    handlers = np.array([5.0, 5.0, 6.0, 7.0, 7.0])
    assert room._moved(handlers, 1).tolist() == [5, 5, 5, 6, 7]
    assert room._moved(handlers, -1).tolist() == [5, 6, 7, 7, 7]
    assert room._moved(handlers, 0).tolist() == handlers.tolist()


def test_units_add_up(planned: Planned, found: Sensitivity) -> None:
    """Two units that are one another's image swing twice as far, and no wider."""
    case, future, plan = planned
    both = sensitivity(case, [(future, plan), (future, plan)], EFFECT)
    assert both is not None
    assert len(both.units) == 2
    assert (both.cash, both.total) == pytest.approx((2 * found.cash, 2 * found.total))
    for one in found.swings:
        two = swing(both, one.name)
        assert two.ends == pytest.approx(one.ends, rel=1e-3)
        assert two.cash == pytest.approx([2 * x for x in one.cash], rel=1e-3)


def test_nothing_is_drawn_where_nothing_is_proposed_or_few_are_known(
    planned: Planned,
) -> None:
    case, future, plan = planned
    assert sensitivity(case, [], EFFECT) is None
    kept = replace(plan, proposed=plan.today)
    assert sensitivity(case, [(future, kept)], EFFECT) is None
    few = replace(plan, today=replace(plan.today, cases=plan.today.cases * 0 + 1.0))
    assert sensitivity(case, [(future, few)], EFFECT) is None
    assert swing_picture(None) is None
    assert sensitivity_picture(outcome("stock")) is None  # no plan, so no futures


def test_a_world_that_cannot_be_followed_is_left_out_and_told(
    planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, future, plan = planned

    def no_time(*_: object) -> None:
        raise ValueError("no time left")

    monkeypatch.setattr(room, "changed_world", no_time)
    found = sensitivity(case, [(future, plan)], EFFECT)
    assert found is not None
    assert found.left_out == ("inflow", "benefit", "handler_cost")
    assert {one.name for one in found.swings} == {"effect", "exits", "turnover", "lead"}
    monkeypatch.setattr(room, "follow", no_time)
    assert sensitivity(case, [(future, plan)], EFFECT) is None


def made_up() -> Sensitivity:
    return Sensitivity(
        units=("Norr",),
        cash=2e6,
        total=5e6,
        all_cash=Interval(2.2e6, -1e6, 5e6),
        all_total=Interval(5.2e6, -2e6, 9e6),
        swings=(
            Swing("lead", (-3.0, 3.0), (2.1e6, 1.8e6), (5.1e6, 4.6e6), True),
            Swing("effect", (0.0, 0.2), (-1e6, 4e6), (-1e6, 9e6), False),
            Swing("benefit", (0.99, 1.01), (2e6, 2e6 + 90), (5e6, 5e6 + 90), False),
            Swing("inflow", (0.9, 1.2), (1.5e6, 1.9e6), (4e6, 6e6), False),
        ),
        left_out=("exits",),
    )


def texts(picture: Picture | None) -> list[str]:
    assert picture is not None
    root = ET.fromstring(picture.svg)
    return [element.text or "" for element in root.iter(f"{{{SVG}}}text")]


def test_the_largest_swing_comes_first_and_what_is_not_seen_is_left_out() -> None:
    by_cash = [one.name for one in sorted_swings(made_up(), "cash")]
    assert by_cash == ["effect", "inflow", "lead"]
    by_total = [one.name for one in sorted_swings(made_up(), "total")]
    assert by_total == ["effect", "inflow", "lead"]


def test_both_ends_the_middle_and_trials_are_written() -> None:
    picture = swing_picture(made_up())
    drawn = texts(picture)
    nbsp = "\u00a0"
    for text in (
        f"0{nbsp}%: −1,00",
        f"+22{nbsp}%: 4,00",
        "3 mån tidigare: 2,10",
        "3 mån senare: 1,80",
        f"−10{nbsp}%: 1,50; +20{nbsp}%: 1,90",  # both below the middle
        "allt i mitten: 2,00",
        "2,20",  # as it is reported, with its interval
        "−1,00",
        "Tid tills en nyanställd är på plats (prov)",
        "Kassan mot i dag, mnkr; plus är sparat",
    ):
        assert text in drawn, text
    assert picture is not None
    assert "hur många som lämnar per månad" in picture.description
    assert "80-procentsintervall −1,0" in picture.description


def test_ends_are_written_in_their_own_unit() -> None:
    turnover = Swing("turnover", (0.05, 0.15), (0.0, 1.0), (0.0, 1.0), True)
    nbsp = "\u00a0"
    assert end_words(turnover) == (f"5{nbsp}%", f"15{nbsp}%")
    at_once = Swing("lead", (0.0, 3.0), (0.0, 1.0), (0.0, 1.0), True)
    assert end_words(at_once, "en") == ("as assumed", "3 mo later")
