"""The cost curve: the right nodes, parts that add up, and what a reader sees."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from outcomes import FUTURE, outcome

from bemanna.models.domain import Array
from bemanna.optimisation.plan import StaffingPlan
from bemanna.pipelines.costcurve import CostCurve, cost_curve
from bemanna.pipelines.costcurvefigure import (
    cost_curve_picture,
    cost_curve_pictures,
    flat_bottom,
)
from bemanna.pipelines.drawing import SVG
from bemanna.pipelines.privacy import find_personnummer
from bemanna.pipelines.surface import YEARLY, Surface

HANDLERS = np.array([6.0, 7.0, 8.0, 9.0, 10.0, 11.0])
YEARS = tuple(int(year) for year in FUTURE.year.unique())
#: Own effect, benefit as today, no robot: elsewhere lies what must not be read.
OWN, AS_TODAY, NO_ROBOT = 1, 1, 0
HERE = (slice(None), OWN, AS_TODAY, NO_ROBOT)


def node(values: Array, rest: tuple[int, ...] = (3, 3, 2)) -> Array:
    """Put values (H, ...) where they are to be read, and a million elsewhere."""
    grid = np.full((len(HANDLERS), *rest, *values.shape[1:]), 1e6)
    grid[HERE] = values
    return grid


def surface(unit: str = "Gävle") -> Surface:
    """Staff cost grows by handlers; cases fall less and less, so that costs curve."""
    months = np.array([(FUTURE.year == year).sum() for year in YEARS])
    cases = 480 * (8 / HANDLERS) ** 0.5
    per_month = {
        "benefit_sek": 9_000 * cases,
        "staff_sek": 62_000 * HANDLERS,
        "case_months": cases,
        "handler_months": HANDLERS,
    }
    yearly = {name: np.outer(per_month[name], months) for name in YEARLY}
    cash = yearly["benefit_sek"] + yearly["staff_sek"]
    total = cash.sum(1) + 9_000 * 12 * cases
    today = {name: np.full((3, 3, len(YEARS)), 1e6) for name in YEARLY}
    for name in YEARLY:
        today[name][OWN, AS_TODAY] = yearly[name][2]  # today's are 8
    today_total = np.full((3, 3), 1e6)
    today_total[OWN, AS_TODAY] = total[2]
    saved = cash[2].sum() - cash.sum(1)
    return Surface(
        unit=unit,
        months=FUTURE,
        handlers=HANDLERS,
        effects=np.array([0.0, 0.1, 0.2]),
        own=OWN,
        benefits=np.array([0.9, 1.0, 1.1]),
        robots=(None, FUTURE[0]),
        years=YEARS,
        yearly={name: node(values) for name, values in yearly.items()},
        total_sek=node(total),
        caseload=node(cases / HANDLERS),
        saved=node(np.stack([saved, saved - 1e6, saved + 1e6], axis=1)),
        today_yearly=today,
        today_total_sek=today_total,
    )


@pytest.fixture(scope="module")
def plan() -> StaffingPlan:
    return outcome("hires").plans[0]


def read(surface: Surface, plan: StaffingPlan) -> CostCurve:
    found = cost_curve(surface, plan)
    assert found is not None
    return found


def test_parts_add_up_and_today_is_nought(plan: StaffingPlan) -> None:
    curve = read(surface(), plan)
    parts = curve.staff + curve.benefit + curve.after
    assert parts == pytest.approx(curve.total, abs=1e-3)
    assert curve.handlers == pytest.approx(HANDLERS)
    for values in (curve.staff, curve.benefit, curve.after, curve.total):
        assert values[2] == pytest.approx(0, abs=1e-3)
    assert (np.diff(curve.staff) > 0).all()
    assert (np.diff(curve.benefit) < 0).all()
    assert (np.diff(curve.after) < 0).all()
    assert (np.diff(curve.total, 2) > 0).all()  # costs curve upwards
    # one handler more, every month
    assert np.diff(curve.staff) == pytest.approx(62_000 * len(FUTURE))
    assert (curve.saved[1] < curve.saved[0]).all()
    assert (curve.saved[0] < curve.saved[2]).all()
    assert curve.saved[0] == pytest.approx(-curve.staff - curve.benefit, abs=1e-3)


def test_handlers_are_a_mean_as_those_of_plan_and_today(plan: StaffingPlan) -> None:
    """A number kept from the fourth month on is on average nearer to today's."""
    made = surface()
    months = made.yearly["handler_months"].copy()
    months[HERE][:, 0] = 8 * (FUTURE.year == YEARS[0]).sum()  # the first year as today
    curve = read(replace(made, yearly={**made.yearly, "handler_months": months}), plan)
    away = np.abs(curve.handlers - 8)
    assert (away[HANDLERS != 8] < np.abs(HANDLERS - 8)[HANDLERS != 8]).all()
    assert curve.today == pytest.approx(plan.today.handlers.mean())
    assert curve.plan == pytest.approx(plan.proposed.handlers.mean())
    assert curve.flat == (plan.flat_low, plan.flat_high)


def test_what_limits_forbid_is_left_out(plan: StaffingPlan) -> None:
    made = surface()
    total = made.total_sek.copy()
    total[0] = np.nan
    curve = read(replace(made, total_sek=total), plan)
    assert curve.handlers == pytest.approx(HANDLERS[1:])
    total[:4] = np.nan
    assert cost_curve(replace(made, total_sek=total), plan) is None


def test_few_cases_are_not_shown() -> None:
    assert cost_curve(surface(), outcome("hires", cases=4.0).plans[0]) is None
    assert cost_curve_picture(None) is None


@pytest.mark.parametrize("sprak", ["sv", "en"])
def test_today_plan_and_flat_bottom_are_marked(plan: StaffingPlan, sprak: str) -> None:
    curve = read(surface(), plan)
    picture = cost_curve_picture(curve, sprak)
    assert picture is not None
    root = ET.fromstring(picture.svg)
    drawn = [element.text or "" for element in root.iter(f"{{{SVG}}}text")]
    words = {
        "sv": ("personal", "bistånd", "efter perioden", "tillsammans", "i dag 8"),
        "en": ("staff", "assistance", "after the period", "together", "today 8"),
    }[sprak]
    assert set(words) <= set(drawn)
    assert picture.description == flat_bottom(curve, sprak)
    assert "80" in picture.description
    assert not find_personnummer(picture.svg)
    upper, lower = picture.figure.axes
    (low, high) = upper.get_xlim()
    assert low < min(curve.today, curve.plan, 6)
    assert high > max(curve.today, curve.plan, 11)
    for ax, mean in (
        (upper, -curve.plan_total.mean),
        (lower, curve.plan_saved.mean),
    ):
        (point,) = (line for line in ax.lines if line.get_marker() == "D")
        assert np.asarray(point.get_xydata()) == pytest.approx(
            np.array([[curve.plan, mean]])
        )


def test_every_unit_has_its_own_picture() -> None:
    made = outcome("hires", ("Norr", "Söder"))
    drawn = cost_curve_pictures(made, [surface("Norr"), surface("Söder")])
    names = [picture.name for picture in drawn]
    assert names == ["costcurve", "costcurve-1", "costcurve-2"]
    assert "Söder" in drawn[2].title
    titles = [ax.get_title(loc="left") for ax in drawn[0].figure.axes]
    assert titles == ["Norr, mnkr", "Söder, mnkr"]
    one = outcome("hires")
    (alone,) = cost_curve_pictures(one, [surface()])
    assert alone.name == "costcurve"
