"""Answers on a grid are what the command line answers; choices add up."""

import numpy as np
import pytest
from test_run import small_case

from bemanna.pipelines import surface as rooms
from bemanna.pipelines import whatifdesk
from bemanna.pipelines.asking import read_questions
from bemanna.pipelines.choices import Choice, choices
from bemanna.pipelines.findings import findings
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.registers import read_case
from bemanna.pipelines.run import find_out
from bemanna.pipelines.surface import Surface, desks_of, surfaces
from bemanna.pipelines.whatif import Session

ROBOT = """[levers.robot]
fixed_cost_sek = 300000
running_cost_sek_month = 2000
freed_share = 0.1
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = small_case(tmp_path_factory.mktemp("kommun") / "case", ROBOT)
    return find_out(read_case(folder), seed=1)


@pytest.fixture(scope="module")
def solved(outcome: Outcome) -> Surface:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whatifdesk, "PAIRS", 60)
        patch.setattr(rooms, "BENEFITS", (1.0, 1.1))
        patch.setattr(rooms, "ROBOTS", (0,))
        patch.setattr(rooms, "AROUND", (0.0, 2.0))
        patch.setattr(rooms, "MOST", 5)
        return surfaces(outcome, desks_of(outcome), workers=1)[0]


def test_a_node_is_what_the_command_line_answers(
    outcome: Outcome, solved: Surface
) -> None:
    session = Session(outcome.case.folder, seed=1)
    last = len(solved.handlers) - 1
    nodes = [(0, solved.own, 0, 0), (last, 0, 1, 1), (2, len(solved.effects) - 1, 0, 1)]
    asked = read_questions([solved.question(*node) for node in nodes], {})
    for node, reply in zip(nodes, session.ask(asked).answers, strict=True):
        course, today = reply.parts[0].course, reply.parts[0].today
        cash = course.cash_by_year()
        assert solved.total_sek[node] == pytest.approx(course.total_sek, abs=0.5)
        for name in ("benefit_sek", "staff_sek"):
            found = solved.yearly[name][node]
            assert found == pytest.approx(cash[name].to_numpy(), abs=0.5)
        held = solved.today_yearly["benefit_sek"][node[1:3]]
        assert held == pytest.approx(today.cash_by_year()["benefit_sek"], abs=0.5)


def test_the_grid_spans_today_and_what_may_be_asked(
    outcome: Outcome, solved: Surface
) -> None:
    today = outcome.plans[0].today.handlers[0]
    assert solved.handlers.min() < today < solved.handlers.max()
    assert np.ptp(np.diff(solved.handlers)) == pytest.approx(0, abs=1e-9)
    assert solved.effects[solved.own] == outcome.effect.mean
    assert solved.robots[0] is None
    shape = solved.total_sek.shape
    assert shape == tuple(
        map(len, (solved.handlers, solved.effects, solved.benefits, solved.robots))
    )
    assert np.isfinite(solved.total_sek).all()


def test_more_effect_costs_less_and_more_benefit_more(solved: Surface) -> None:
    benefit = solved.yearly["benefit_sek"].sum(-1)
    # effort is above what it was only where handlers are many
    assert (np.diff(benefit[-2:], axis=1) <= 1).all()
    assert (np.diff(solved.total_sek, axis=2) > 0).all()
    _mean, low, high = np.moveaxis(solved.saved, -1, 0)
    assert (low <= high).all()
    months = solved.yearly["handler_months"].sum(-1)
    assert (np.diff(months, axis=0) > 0).all()


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        (0.1, [0.0, 0.05, 0.1052, 0.16, 0.21]),
        (0.0, [0.0, 0.05, 0.10, 0.20]),
        (-0.2, [-0.1813, 0.0, 0.05, 0.10, 0.20]),
    ],
)
def test_effects_lie_around_the_estimate(own: float, wanted: list[float]) -> None:
    effects, place = rooms.effect_nodes(own)
    assert np.expm1(effects) == pytest.approx(wanted, abs=5e-5)
    assert effects[place] == own


@pytest.mark.parametrize(
    ("of_interest", "first", "step"),
    [([5.0, 6.6], 3.0, 1.0), ([0.25, 0.3], 0.15, 0.05), ([180.0, 230.0], 140.0, 20.0)],
)
def test_handlers_go_in_even_steps(
    of_interest: list[float], first: float, step: float
) -> None:
    nodes = rooms.handler_nodes(np.array(of_interest))
    assert nodes[0] == pytest.approx(first)
    assert np.diff(nodes) == pytest.approx(step)
    assert nodes[-1] > max(of_interest)
    assert len(nodes) <= rooms.MOST


@pytest.fixture(scope="module")
def chosen(outcome: Outcome) -> dict[str, Choice]:
    found = findings(outcome.plans)
    assert found is not None
    return {one.kind: one for one in choices(desks_of(outcome), found)}


def test_choices_stand_beside_todays_cash(
    outcome: Outcome, chosen: dict[str, Choice]
) -> None:
    assert list(chosen) == ["today", "plan", "robot", "mix"]
    today, cash = chosen["today"], outcome.plans[0].cash
    assert today.saving is None
    assert today.cash_sek == pytest.approx(
        cash[["benefit_today_sek", "staff_today_sek"]].sum().sum()
    )
    for kind in ("plan", "robot", "mix"):
        one = chosen[kind]
        assert one.saving is not None
        assert one.saving.low <= one.saving.mean <= one.saving.high
        assert today.cash_sek - one.cash_sek == pytest.approx(one.saving.mean, abs=1)
        assert one.cash["saving_sek"].sum() == pytest.approx(one.saving.mean, abs=1)


def test_the_robot_alone_keeps_todays_handlers(
    outcome: Outcome, chosen: dict[str, Choice]
) -> None:
    robot, today = chosen["robot"], chosen["today"]
    # until anyone can be hired a leaver is replaced as in the plan, in fractions
    assert robot.handlers == pytest.approx(today.handlers, abs=0.02)
    assert robot.cash["staff_sek"].sum() > today.cash["staff_sek"].sum()


def test_without_a_robot_there_are_two_choices(outcome: Outcome) -> None:
    found = findings(outcome.plans)
    assert found is not None
    assert [one.kind for one in choices([], found)] == ["today", "plan"]


def test_what_the_limits_forbid_is_not_a_number(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bemanna.models.domain import InfeasibleError

    def refuse(*_: object) -> None:
        raise InfeasibleError("for dear", ["budget"])

    monkeypatch.setattr(rooms, "answer_to", refuse)
    grid = rooms._one_effect(outcome, 0, rooms._grid(desks_of(outcome)[0]), 0)
    assert np.isnan(grid.total_sek).all()
    assert np.isnan(grid.saved).all()
