"""Applications in the program: hours, the promise, and today as it was before."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from outcomes import outcome
from test_planning import gathered
from test_run import small_case

from bemanna.models.caseload import Buckets, bucket_hazards, occupancy
from bemanna.models.domain import InfeasibleError
from bemanna.models.effect import EffortEffect, shift_odds
from bemanna.optimisation.course import course_of
from bemanna.optimisation.limits import limits_of
from bemanna.optimisation.problem import Problem
from bemanna.optimisation.programme import relaxed, solve
from bemanna.optimisation.servicelevel import DAYS
from bemanna.optimisation.value import today
from bemanna.pipelines.conflicts import in_words
from bemanna.pipelines.findings import findings
from bemanna.pipelines.futures import Future
from bemanna.pipelines.intake import as_one, intake_work, latest_of, rates_of
from bemanna.pipelines.intakeprice import SIZES, intake_price
from bemanna.pipelines.intakesettings import Intake
from bemanna.pipelines.intakewords import (
    intake_assumptions,
    intake_json,
    intake_part,
)
from bemanna.pipelines.layout import Desk
from bemanna.pipelines.levels import cases_at, level, now_level, present_share
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.page import write_results
from bemanna.pipelines.planning import program_unit, unit_twin, with_allowed
from bemanna.pipelines.registers import Case
from bemanna.pipelines.run import find_out

NEW, RENEWED, DAY = 4.0, 0.5, 7.0
MONTH = DAYS * DAY
SAID = f"[intake]\nhours_new = {NEW}\nhours_renewed = {RENEWED}\nhours_day = {DAY}"
PROMISE = f"{SAID}\ndecide_within_day_share = 0.9"
#: New applications for each new case, renewed ones a month for each case served.
PER_NEW, PER_SERVED = 1.5, 0.8


def with_applications(folder: Path) -> Path:
    """Write as many applications for each case as `PER_NEW` and `PER_SERVED` say."""
    flows = pd.read_csv(folder / "flows.csv", sep=";")
    sums = flows.groupby(["unit", "month"])[["stock", "inflow"]].sum().reset_index()
    sums["new"] = PER_NEW * sums["inflow"]
    sums["renewed"] = PER_SERVED * (sums["stock"] + sums["inflow"])
    rows = sums.melt(
        ["unit", "month"], ["new", "renewed"], "kind", "applications"
    ).assign(within_day=lambda d: 0.6 * d["applications"])
    rows.to_csv(folder / "applications.csv", sep=";", decimal=",", index=False)
    return folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Future]:
    """Gather the templates' example with applications and a promise."""
    folder = tmp_path_factory.mktemp("kept") / "case"
    return gathered(with_applications(small_case(folder, PROMISE)))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Future]:
    """Gather the same example with nothing said of applications."""
    return gathered(small_case(tmp_path_factory.mktemp("bare") / "case"))


def test_nothing_said_is_no_intake(bare: tuple[Case, Future]) -> None:
    case, future = bare
    unit = program_unit(case, future, 0.1).unit
    assert unit.intake_effort == unit.renewal_effort == future.intake.per_case == 0
    assert not unit.intake_extra.any()
    assert now_level(future, unit) == future.caseload / present_share(unit)


def test_rates_of_the_file_are_found_and_make_handler_months(
    kept: tuple[Case, Future],
) -> None:
    case, future = kept
    rates = rates_of(case, case.units[0])
    assert (rates.new, rates.renewed) == pytest.approx((PER_NEW, PER_SERVED))
    assert rates.counted_new
    assert rates.counted_renewed
    unit = program_unit(case, future, 0.1).unit
    assert unit.intake_effort == pytest.approx(PER_NEW * NEW / MONTH)
    assert unit.renewal_effort == pytest.approx(PER_SERVED * RENEWED / MONTH)
    assert unit.intake_extra.shape == (12,)
    assert (unit.intake_extra > 0).all()


def test_without_the_file_there_is_one_for_each(tmp_path: Path) -> None:
    case, future = gathered(small_case(tmp_path / "case", SAID))
    rates = rates_of(case, case.units[0])
    assert (rates.new, rates.renewed) == (1, 1)
    assert not rates.counted_new
    assert future.intake.effort == pytest.approx(NEW / MONTH)
    assert future.intake.renewal == pytest.approx(RENEWED / MONTH)
    assert not future.intake.extra.any()  # no promise


@pytest.mark.parametrize("log_hr", [0.0, 0.3])
def test_today_has_the_exits_of_the_forecast(
    kept: tuple[Case, Future], log_hr: float
) -> None:
    case, future = kept
    unit = program_unit(case, future, log_hr).unit
    course = today(unit, future.months)
    np.testing.assert_allclose(course.exits, future.exits.mean(0), rtol=1e-6)
    np.testing.assert_allclose(course.cases, future.served.mean(0), rtol=1e-6)
    # the time of those who are there is spent on cases and applications, all of it
    case_time = (course.cases / course.segment_caseload * unit.weight).sum(0)
    taken = unit.intake_effort * future.inflow.mean(0).sum(0)
    taken += unit.renewal_effort * course.cases.sum(0) + unit.intake_extra
    present = unit.handlers * present_share(unit)
    np.testing.assert_allclose((case_time + taken)[6:], present, rtol=0.02)


def test_a_level_is_the_time_that_applications_leave(
    kept: tuple[Case, Future],
) -> None:
    case, future = kept
    unit = program_unit(case, future, 0.1).unit
    latest, intake = latest_of(case, unit.name), future.intake.per_case
    handlers = latest.served / future.caseload
    left = handlers * present_share(unit)
    left -= unit.intake_effort * latest.inflow + unit.renewal_effort * latest.served
    left -= latest.intake.extra(0.9).mean()
    assert now_level(future, unit) == pytest.approx(latest.served / left)
    for k in (10.0, future.caseload):
        assert cases_at(unit, level(unit, k, intake), intake) == pytest.approx(k)
    assert cases_at(unit, unit.caseloads.min(), intake) == pytest.approx(
        0.5 * future.caseload
    )


def test_half_the_caseload_has_the_effect_of_the_studies(
    kept: tuple[Case, Future],
) -> None:
    case, future = kept
    wide = program_unit(case, future, 0.3)
    half = np.argmin(wide.unit.caseloads)
    buckets = Buckets(case.settings.run.duration_starts)
    mix = occupancy(future.hazard)
    lighter = bucket_hazards(shift_odds(future.hazard, np.exp(0.3)), mix, buckets)
    found = wide.unit.exit_probability[..., half] / wide.factor[:, None]
    expected = lighter[..., None] * future.event_exits[:, None]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    # the twin spreads the same effect over the time that cases get, with intake
    time = now_level(future, wide.unit) / wide.unit.caseloads.min()
    assert time > 2
    known = replace(EffortEffect.from_evidence(), mean=0.3, sd=0.0, df=np.inf)
    twin = unit_twin(case, future, known, wide, np.random.default_rng(5))
    np.testing.assert_allclose(time**twin.theta, np.exp(0.3))


def test_a_cap_keeps_its_meaning(tmp_path: Path) -> None:
    cap = 28.0
    folder = small_case(tmp_path / "case", PROMISE, f"[levers]\ncaseload_max = {cap}")
    case, future = gathered(folder)
    wide = program_unit(case, future, 0.1)
    heaviest = with_allowed(wide).caseloads.max()
    # at the cap, cases and applications of the latest year take N / cap handlers
    latest, unit = latest_of(case, case.units[0]), wide.unit
    needed = latest.served * (1 / heaviest + unit.renewal_effort)
    needed += unit.intake_effort * latest.inflow + latest.intake.extra(0.9).mean()
    assert latest.served / (needed / present_share(unit)) == pytest.approx(cap)


def test_what_leaves_no_time_is_said(kept: tuple[Case, Future]) -> None:
    case, future = kept
    unit = program_unit(case, future, 0.1).unit
    with pytest.raises(InfeasibleError) as caught:
        level(
            unit, present_share(unit) / future.intake.per_case, future.intake.per_case
        )
    assert "ansökningar" in in_words(caught.value.conflict, [])
    much = replace(future.intake, renewal=1.0)
    with pytest.raises(InfeasibleError):
        program_unit(case, replace(future, intake=much), 0.1)
    assert "inom en dag" in in_words(["intake_extra[3]"], [])


@pytest.mark.parametrize("spread", [3.0, np.inf])
def test_work_of_two_lengths_has_its_mean_and_variance(spread: float) -> None:
    said = Intake(hours_new=5, hours_renewed=0.5, hours_day=7)
    monthly = pd.DataFrame({"new": [60.0], "renewed": [400.0]})
    one = as_one(monthly, said, spread)
    rng, n = np.random.default_rng(1), 400_000
    good = rng.gamma(spread, 1 / spread, n) if np.isfinite(spread) else np.ones(n)
    work = 5 * rng.poisson(60 / DAYS * good) + 0.5 * rng.poisson(400 / DAYS * good)
    assert one.daily[0] * one.hours == pytest.approx(work.mean(), rel=0.01)
    assert one.variance[0] * one.hours**2 == pytest.approx(work.var(), rel=0.02)
    hours = one.handlers_at(0.9)[0] * 7
    # the share of days kept: right to within one unit of work
    assert np.mean(work <= hours + one.hours) >= 0.9
    assert np.mean(work <= hours - one.hours) < 0.9


def test_the_promise_is_priced_through_the_program(kept: tuple[Case, Future]) -> None:
    case, future = kept
    wide = program_unit(case, future, 0.1)
    problem = Problem((with_allowed(wide),))
    best = solve(relaxed(problem))
    course = course_of(problem.units[0], best.units[0], "best", future.months)
    (found,) = [
        limit
        for limit in limits_of(problem, best, course, wide.unit)
        if limit.kind == "intake_extra"
    ]
    free = replace(problem.units[0], intake_extra=np.zeros(1))
    without = solve(relaxed(Problem((free,)))).objective
    assert found.price_sek == pytest.approx(best.objective - without)
    assert found.months == tuple(range(12))
    # the time could be bought instead, so it is no dearer than that
    months = problem.units[0].intake_extra @ free.discount ** np.arange(12)
    assert 0 < found.price_sek <= months * free.cost_overtime


@pytest.fixture(scope="module")
def ran(kept: tuple[Case, Future]) -> Outcome:
    return find_out(kept[0], seed=1)


def test_the_page_tells_in_both_languages(ran: Outcome, tmp_path: Path) -> None:
    pages = []
    for sprak, name in (("sv", "24-timmarsregeln"), ("en", "24-hour rule")):
        (tmp_path / sprak).mkdir()
        write_results(tmp_path / sprak, ran, sprak)
        pages.append((tmp_path / sprak / "resultat.html").read_text("utf-8"))
        assert 'id="intake"' in pages[-1]
        assert len(re.findall(name, pages[-1])) >= 2  # the section, and the limit
    assert "24-hour" not in pages[0]
    told = json.loads((tmp_path / "sv" / "resultat.json").read_text("utf-8"))["intake"]
    kinds = {limit.kind: limit.price_sek for limit in ran.plans[0].limits}
    assert told["promise"]["plan_price_sek"] == pytest.approx(kinds["intake_extra"])
    assert told["decided_within_day_share"] == pytest.approx(0.6)
    assert [row["cases"] for row in told["promise"]["by_size"]] == list(SIZES)


def test_the_run_still_has_one_exit_forecast(ran: Outcome) -> None:
    (plan,) = ran.plans
    assert ran.forecast.exits is not None
    exits = ran.forecast.exits.mean().sum(0)
    np.testing.assert_allclose(plan.today.exits.sum(0), exits, rtol=1e-6)
    assert plan.certificate.gap <= 1e-8
    assert plan.check_grid.ok


def test_what_it_rests_on_is_listed(ran: Outcome) -> None:
    rows = {a.name: a for a in ran.assumptions}
    assert rows["Nyansökningar för varje nytt ärende"].value == "1,50"
    assert "applications.csv" in rows["Nyansökningar för varje nytt ärende"].source
    assert rows["Tid för en nyansökan"].value.startswith("4,00")
    none = intake_assumptions(replace(ran.case, applications=None), ran.plans, "en")
    source = next(a for a in none if a.name.startswith("Renewed")).source
    assert source.startswith("assumed: one each")


def test_a_small_municipality_pays_more_and_a_neighbour_helps(ran: Outcome) -> None:
    price = intake_price(ran.case, ran.plans)
    assert price is not None
    table = price.by_size()
    assert (np.diff(table["promise_sek_case_year"]) < 0).all()
    assert (np.diff(table["promise_sek_year"]) > 0).all()
    assert (table["neighbour_saves_sek_year"] >= 0).all()
    assert (table["neighbour_saves_sek_year"] < table["promise_sek_year"]).all()
    (own,) = price.by_size((price.served,)).to_dict("records")
    assert own["promise_sek_year"] == pytest.approx(price.year_sek)
    assert own["handlers_mean"] == pytest.approx(price.handlers)
    # four times the size needs about twice the margin
    wide = price.by_size((1_000.0, 4_000.0))["handlers_extra"]
    assert wide[1] / wide[0] == pytest.approx(2, rel=0.1)


def test_units_that_share_an_intake_save(ran: Outcome) -> None:
    price = intake_price(ran.case, ran.plans)
    assert price is not None
    assert price.shared_sek == 0
    two = {name: latest_of(ran.case, ran.case.units[0]) for name in ("a", "b")}
    both = pd.concat([one.applications for one in two.values()])
    said = ran.case.settings.intake
    assert said is not None
    whole = as_one(both.groupby(level="month").sum(), said, np.inf)
    pair = replace(price, units=two, whole=whole)
    assert pair.year_sek == pytest.approx(2 * price.year_sek)
    assert 0 < pair.shared_sek < pair.year_sek


def test_without_the_section_nothing_is_shown() -> None:
    found = outcome("hires")
    desk = Desk(found, findings(found.plans), {}, "sv")
    assert intake_part(desk) is None
    assert intake_json(found) == {}
    assert intake_assumptions(found.case, found.plans, "sv") == []


def test_without_a_promise_only_the_time_is_shown(ran: Outcome) -> None:
    said = ran.case.settings.intake
    assert said is not None
    plain = said.model_copy(update={"decide_within_day_share": None})
    settings = ran.case.settings.model_copy(update={"intake": plain})
    found = replace(ran, case=replace(ran.case, settings=settings))
    part = intake_part(Desk(found, findings(found.plans), {}, "sv"))
    assert part is not None
    assert not part.tables
    assert intake_json(found)["intake"]["promise"] is None
    none = np.zeros(1)
    assert not intake_work(found.case, found.case.units[0], none, none).extra.any()
