"""Why next year differs: parts that add up to the krona, and known truths."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcomes import PAST, outcome

from bemanna.models.domain import Array, Paths
from bemanna.optimisation.decompose import shapley
from bemanna.pipelines.drawing import SVG
from bemanna.pipelines.findings import YEAR
from bemanna.pipelines.forecast import Forecast
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.privacy import find_personnummer
from bemanna.pipelines.registers import Case
from bemanna.pipelines.yearbridge import YearBridge, year_bridge
from bemanna.pipelines.yearbridgefigure import why_next_year, year_bridge_picture
from bemanna.pipelines.yearforecast import helarsprognos

NAMES = "abc"


@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=8))
@settings(max_examples=50, deadline=None)
def test_every_order_has_its_say(values: list[float]) -> None:
    """Shapley's axioms: efficiency, and his own formula for three factors."""
    sets = [frozenset(c for c in NAMES if k >> NAMES.index(c) & 1) for k in range(8)]
    worth = dict(zip(sets, values, strict=True))
    bars = {bar.name: bar.mean for bar in shapley(worth.__getitem__, NAMES)}
    whole = worth[frozenset(NAMES)] - worth[frozenset()]
    assert sum(bars.values()) == pytest.approx(whole, abs=1e-5)
    weight = {0: 1 / 3, 1: 1 / 6, 2: 1 / 3}
    for name, found in bars.items():
        rest = [others for others in sets if name not in others]
        truth = sum(
            weight[len(others)] * (worth[others | {name}] - worth[others])
            for others in rest
        )
        assert found == pytest.approx(truth, abs=1e-5)


def alike(case: Case, years: int = 2) -> tuple[Case, Forecast]:
    """Let coming years be the last twelve months again, from January on."""
    case = replace(case, flows=case.flows[case.flows["month"] < "2026-01-01"])
    case = replace(case, staff=case.staff[case.staff["month"] < "2026-01-01"])
    labels = tuple(f"{u}|{s}" for u in case.units for s in case.segments)
    months = pd.date_range("2026-01-01", periods=YEAR * years, freq="MS")
    last = case.flows[case.flows["month"] >= "2025-01-01"]

    def paths(column: str) -> Paths:
        values = last[column].to_numpy(float).reshape(len(labels), YEAR)
        return Paths(np.tile(values, (3, 1, years)), labels, months, "")

    inflow, served, exits, paid = map(paths, ("inflow", "served", "exits", "paid_sek"))
    return case, Forecast(inflow, served, exits, paid)


def bars(found: YearBridge | None) -> dict[str, float]:
    assert found is not None
    return {bar.name: bar.mean for bar in found.bars}


def scaled(paths: Paths | None, times: float | Array) -> Paths:
    assert paths is not None
    return replace(paths, values=paths.values * times)


@pytest.fixture(scope="module")
def made() -> Outcome:
    return outcome("hires", ("Norr", "Söder"))


def test_parts_add_up_to_the_full_year_forecast(made: Outcome) -> None:
    found = year_bridge(made.case, made.forecast, made.plans)
    assert found is not None
    assert (found.year, found.since[0], found.since[-1]) == (2027, PAST[-12], PAST[-1])
    assert found.start + sum(bars(found).values()) == pytest.approx(
        found.end.mean, abs=1e-3
    )
    table = helarsprognos(made.case, made.forecast).table.set_index("year")
    ends = (found.end.mean, found.end.low, found.end.high)
    told = table.loc[2027, ["total_sek", "lo-80", "hi-80"]].to_numpy(float)
    assert ends == pytest.approx(told.tolist(), abs=1e-3)
    last = made.case.flows["month"] >= PAST[-12]
    paid = made.case.flows.loc[last, "paid_sek"].sum()
    handlers = made.case.staff.loc[made.case.staff["month"] == PAST[-1]]
    month = made.case.settings.economy.handler_cost_month_sek
    staff = 12 * month * handlers["handlers_fte"].sum()
    assert found.start == pytest.approx(paid + staff, abs=1e-3)


def test_a_year_like_the_last_has_no_change(made: Outcome) -> None:
    case, forecast = alike(made.case)
    found = year_bridge(case, forecast)
    assert found is not None
    assert (found.year, found.plan, found.with_plan) == (2026, None, None)
    assert max(map(abs, bars(found).values())) < 1e-3
    assert found.end.mean == pytest.approx(found.start, abs=1e-3)


def test_dearer_households_alone_are_all_of_the_change(made: Outcome) -> None:
    case, forecast = alike(made.case)
    dearer = replace(forecast, paid=scaled(forecast.paid, 1.1))
    found = bars(year_bridge(case, dearer))
    paid = case.flows.loc[case.flows["month"] >= "2025-01-01", "paid_sek"].sum()
    assert found.pop("amount") == pytest.approx(0.1 * paid, rel=1e-9)
    assert max(map(abs, found.values())) < 1e-3


def test_one_handler_more_is_told_from_what_is_paid(made: Outcome) -> None:
    case, forecast = alike(made.case)
    staff = case.staff.copy()
    staff.loc[staff["month"] == "2025-12-01", "handlers_fte"] += 0.5  # in two units
    found = bars(year_bridge(replace(case, staff=staff), forecast))
    month = case.settings.economy.handler_cost_month_sek
    # eleven months without, and December already with
    assert found.pop("staff") == pytest.approx(11 * month, rel=1e-9)
    assert max(map(abs, found.values())) < 1e-3


def test_more_new_cases_cost_more_and_are_nothing_else(made: Outcome) -> None:
    case, forecast = alike(made.case)
    assert forecast.inflow is not None
    assert forecast.served is not None
    assert forecast.paid is not None
    more = 5.0  # new households in one group in one month, who all leave in the next
    inflow, served, paid = (
        x.values.copy() for x in (forecast.inflow, forecast.served, forecast.paid)
    )
    inflow[:, 0, 11] += more
    served[:, 0, 11] += more
    paid[:, 0, 11] *= served[:, 0, 11] / (served[:, 0, 11] - more)
    changed = replace(
        forecast,
        inflow=replace(forecast.inflow, values=inflow),
        served=replace(forecast.served, values=served),
        paid=replace(forecast.paid, values=paid),
    )
    found = bars(year_bridge(case, changed))
    assert found.pop("inflow") == pytest.approx(more * 8_900, rel=1e-9)
    assert max(map(abs, found.values())) < 1e-3


def test_the_plan_adds_what_its_cash_says(made: Outcome) -> None:
    found = year_bridge(made.case, made.forecast, made.plans)
    assert found is not None
    assert found.plan is not None
    assert found.with_plan is not None
    rows = pd.concat([plan.cash for plan in made.plans])
    row = rows[rows["year"] == 2027].sum()
    assert found.plan.mean == pytest.approx(-row["saving_sek"])
    assert found.plan.low == pytest.approx(-row["saving_hi_80"])
    assert found.with_plan.mean == pytest.approx(found.end.mean + found.plan.mean)
    assert found.with_plan.high >= max(found.end.high + found.plan.low, found.end.mean)
    same = outcome("same")
    kept = year_bridge(same.case, same.forecast, same.plans)
    assert kept is not None
    assert kept.plan is None


def test_what_is_not_known_is_not_drawn(made: Outcome) -> None:
    stock = outcome("stock")
    assert year_bridge(stock.case, stock.forecast) is None
    unpaid = replace(made.case, flows=made.case.flows.assign(paid_sek=np.nan))
    assert year_bridge(unpaid, made.forecast) is None
    assert year_bridge(made.case, replace(made.forecast, paid=None)) is None
    late = made.case.flows["month"] > PAST[-12]
    assert (
        year_bridge(replace(made.case, flows=made.case.flows[late]), made.forecast)
        is None
    )
    few = outcome("hires", cases=4.0)
    assert year_bridge(few.case, few.forecast, few.plans) is None
    assert year_bridge_picture(few) is None


def test_without_staff_benefit_alone_is_counted(made: Outcome) -> None:
    found = year_bridge(replace(made.case, staff=made.case.staff[:0]), made.forecast)
    assert found is not None
    assert not found.knows_staff
    assert "staff" not in bars(found)
    assert found.start + sum(bars(found).values()) == pytest.approx(found.end.mean)


@pytest.mark.parametrize("sprak", ["sv", "en"])
def test_every_bar_is_named_with_its_interval(made: Outcome, sprak: str) -> None:
    picture = year_bridge_picture(made, sprak)
    assert picture is not None
    root = ET.fromstring(picture.svg)
    drawn = [element.text or "" for element in root.iter(f"{{{SVG}}}text")]
    amounts = [text for text in drawn if re.search(r"\d \(.*\d\)$", text)]
    # four parts, the year as today, the plan and the year with it; staff is known
    assert len(amounts) == 7
    assert not find_personnummer(picture.svg)
    found = year_bridge(made.case, made.forecast, made.plans)
    assert found is not None
    assert why_next_year(found, sprak) == picture.description
    assert "2027" in picture.title
