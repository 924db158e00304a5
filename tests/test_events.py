"""Dated events: what they multiply, what is left out of scores, and events.toml."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from casefolder import HEADER, faults_of, flow_rows, lines, only, read, write
from test_language import descriptions
from test_planning import gathered
from test_run import small_case
from typer.testing import CliRunner

from bemanna.models.domain import Array
from bemanna.models.events import (
    EFFECTS,
    MOVED_BY,
    Event,
    factors,
    masked,
    relative,
    spans,
)
from bemanna.optimisation.value import today
from bemanna.pipelines.cli import app
from bemanna.pipelines.eventfile import EventFile, EventRow
from bemanna.pipelines.forecast import Forecast, forecast_flows
from bemanna.pipelines.language import catalogue
from bemanna.pipelines.newcase import new_case
from bemanna.pipelines.planning import program_unit
from bemanna.pipelines.registers import Case, read_case
from bemanna.pipelines.run import find_out

MONTHS = pd.date_range("2026-01-01", periods=12, freq="MS")
LABELS = ("Norr|vuxna", "Norr|unga", "Söder|vuxna")
SOURCE = 'source = "egen bedömning"\n'


def event(start: str = "2026-04", end: str | None = None, **fields: Any) -> Event:
    until = None if end is None else pd.Timestamp(end)
    return Event("Lag", pd.Timestamp(start), until, **fields)


def inflow(found: Event) -> Array:
    return found.factor("inflow", MONTHS, "Norr", "vuxna")


# --- what an event multiplies


def test_a_factor_is_one_plus_share_times_effect_from_the_start_on() -> None:
    found = inflow(event(inflow=-0.4, share_affected=0.5))
    np.testing.assert_allclose(found, [1] * 3 + [0.8] * 9)
    assert (event(exits=0.3).factor("inflow", MONTHS, "Norr", "vuxna") == 1).all()


def test_a_phase_in_rises_in_equal_steps_to_full_effect() -> None:
    found = inflow(event(inflow=-0.4, ramp_months=3))
    np.testing.assert_allclose(found, [1] * 3 + [0.9, 0.8, 0.7] + [0.6] * 6)


def test_the_last_month_of_an_event_is_inside_it() -> None:
    found = inflow(event("2026-04", "2026-06", inflow=0.5))
    np.testing.assert_allclose(found, [1] * 3 + [1.5] * 3 + [1] * 6)
    cut = inflow(event("2026-04", "2026-05", inflow=0.3, ramp_months=2))
    np.testing.assert_allclose(cut, [1] * 3 + [1.1, 1.2] + [1] * 7)


def test_only_what_is_touched_changes_and_several_multiply() -> None:
    two = (
        event(inflow=-0.5, units=("Norr",)),
        event("2026-06", inflow=0.2, segments=("vuxna",)),
        event("2026-01", inflow=9.0, active=False),
    )
    last = factors(two, "inflow", LABELS, MONTHS)[:, -1]
    np.testing.assert_allclose(last, [0.6, 0.5, 1.2])
    with pytest.raises(ValueError, match="unit"):
        factors(two, "inflow", ["total"], MONTHS)


def test_what_the_history_holds_is_not_applied_twice() -> None:
    def ahead(found: Event, last: str) -> Array:
        known = pd.Timestamp(last)
        return relative([found], "inflow", LABELS[:1], MONTHS, known).ravel()

    begun = event("2025-06", inflow=-0.4)
    np.testing.assert_allclose(ahead(begun, "2025-12"), 1)
    coming = event("2026-04", inflow=-0.4)
    np.testing.assert_allclose(ahead(coming, "2025-12"), inflow(coming))
    half_way = event("2025-12", inflow=-0.4, ramp_months=1)
    np.testing.assert_allclose(ahead(half_way, "2025-12"), 0.6 / 0.8)
    over = event("2025-06", "2026-03", inflow=-0.5)
    np.testing.assert_allclose(ahead(over, "2025-12"), [1] * 3 + [2] * 9)


@pytest.mark.parametrize(
    "fields", [{"share_affected": 0.0}, {"exits": -1.0}, {"ramp_months": -1}]
)
def test_what_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(fields))):
        event(**fields)
    with pytest.raises(ValueError, match="end"):
        event("2026-04", "2026-03")


# --- what is left out of scores


def test_a_window_is_masked_if_the_strength_changes_inside_it() -> None:
    rng = np.random.default_rng(1)
    index = pd.date_range("2025-01-01", periods=36, freq="MS")
    for _ in range(40):
        start, length, ramp = rng.integers([3, 0, 0], [20, 15, 8])
        end = None if rng.random() < 0.3 else index[start + length]
        law = Event("x", index[start], end, exits=0.2, ramp_months=int(ramp))
        known = rng.integers(0, 34, 30)
        target = known + rng.integers(1, 3, 30)
        found = spans([law], "served", ["a|b"], index[known], index[target])[0]
        step = np.diff(law.phase(index), prepend=0) != 0
        wanted = [step[k + 1 : t + 1].any() for k, t in zip(known, target, strict=True)]
        np.testing.assert_array_equal(found, wanted)


def test_masked_months_are_those_of_change_for_series_that_move() -> None:
    law = event("2026-04", "2026-09", ramp_months=2, benefit=-0.1, units=("Norr",))
    found = masked([law], "paid", [*LABELS, "total"], MONTHS)
    changed = [3, 4, 5, 9]  # April to June, and the month after September
    assert np.flatnonzero(found[0]).tolist() == changed
    assert np.flatnonzero(found[3]).tolist() == changed  # a sum holds what is touched
    assert not found[2].any()
    assert not masked([law], "inflow", LABELS, MONTHS).any()
    assert not masked([replace(law, active=False)], "paid", LABELS, MONTHS).any()
    assert set(EFFECTS) < set(MOVED_BY)


# --- the file


def row(name: str = "Lag", start: str = "2026-03", **keys: object) -> str:
    more = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return f'[[event]]\nname = "{name}"\nactive = true\nstart = "{start}"\n{more}'


def folder_with(path: Path, text: str, **parts: Any) -> Path:
    folder = write(path, **parts)
    (folder / "events.toml").write_text(text, "utf-8")
    return folder


def test_events_are_read_and_may_be_left_out(tmp_path: Path) -> None:
    assert read(write(tmp_path)).events == ()
    text = row(inflow=-0.25, segments=["vuxna"]) + SOURCE
    text = text.replace('"2026-03"', "2026-03-01")  # a date, as TOML has them
    (law,) = read(folder_with(tmp_path, text)).events
    assert law.start == pd.Timestamp("2026-03-01")
    assert law.segments == ("vuxna",)
    assert (law.inflow, law.exits, law.active) == (-0.25, 0.0, True)
    assert law.source == "egen bedömning"


def test_every_fault_of_the_file_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = (
        row(inflow=-20, end="'2026-01'", segments=["vuxnna"], sourc="'x'")
        + row("LAG", "2026-13", share_affected=30, units=["Norr"])
        + row("Ny", ramp_months=-1)
        + SOURCE
        + "[[evnt]]\n"
    )
    found = faults_of(folder_with(tmp_path, text))
    assert {(f.rule, f.column) for f in found} == {
        ("effect_as_percent", "event.1.inflow"),
        ("event_order", "event.1.end"),
        ("event_unknown_segment", "event.1.segments"),
        ("unknown_key", "event.1.sourc"),
        ("event_source", "event.1.source"),
        ("event_twice", "event.2.name"),
        ("wrong_value", "event.2.start"),
        ("share_as_percent", "event.2.share_affected"),
        ("event_unknown_unit", "event.2.units"),
        ("event_source", "event.2.source"),
        ("wrong_value", "event.3.ramp_months"),
        ("unknown_key", "evnt"),
    }
    assert all(f.message and f.remedy and f.file == "events.toml" for f in found)
    told = {f.column: f for f in found}
    lines_of = text.split("\n")
    assert lines_of[(told["event.2.units"].row or 0) - 1] == "units = ['Norr']"
    assert "Provköping" in told["event.2.units"].remedy  # what is allowed
    assert "Menade du vuxna?" in told["event.1.segments"].remedy
    assert "-0,2 " in told["event.1.inflow"].remedy


def test_faults_of_tables_and_events_come_together(tmp_path: Path) -> None:
    rows = flow_rows()
    rows[3][4] = "sju"
    found = faults_of(folder_with(tmp_path, row(exits=-1.5) + SOURCE, flows=rows))
    assert {f.file for f in found} == {"flows.csv", "events.toml"}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("toml_syntax", "[[event]]\nname = Lag"),
        ("event_brackets", '[event]\nname = "a"\n[event]\nname = "b"'),
        ("personnummer_settings", row(inflow=0.1) + 'source = "19121212-1212"'),
        ("wrong_value", row(inflow="nan") + SOURCE),
        ("wrong_value", "event = 3"),
        ("missing_key", row().replace('name = "Lag"\n', "") + SOURCE),
    ],
)
def test_a_file_that_is_wrong_is_told_so(tmp_path: Path, rule: str, text: str) -> None:
    fault = only(folder_with(tmp_path, text), rule)
    assert fault.file == "events.toml"
    assert "kommun.toml" not in fault.message


def test_one_event_may_have_one_bracket(tmp_path: Path) -> None:
    text = row(inflow=0.1).replace("[[event]]", "[event]") + SOURCE
    assert len(read(folder_with(tmp_path, text)).events) == 1


def test_an_active_event_that_changes_nothing_is_warned_of(tmp_path: Path) -> None:
    text = row() + SOURCE + row("Sen", "2199-01", exits=0.1) + SOURCE
    warned = read(folder_with(tmp_path, text)).warnings
    assert {f.rule for f in warned} == {"event_no_effect", "event_beyond"}
    off = text.replace("active = true", "active = false")
    assert not read(folder_with(tmp_path, off)).warnings


def test_check_answers_in_words(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, row(inflow=-200, units=["Norr"]))
    for command in ("check", "run"):
        answer = CliRunner().invoke(app, [command, str(folder)])
        assert answer.exit_code == 2
        assert "Traceback" not in answer.output
        assert answer.output.count("events.toml") >= 3
    folder_with(tmp_path, row(inflow=-0.2) + SOURCE)
    assert CliRunner().invoke(app, ["check", str(folder)]).exit_code == 0


def test_the_schema_describes_every_key_in_swedish() -> None:
    answer = CliRunner().invoke(app, ["schema", "--events"])
    schema = json.loads(answer.stdout)
    assert set(schema["$defs"]["EventRow"]["properties"]) == set(EventRow.model_fields)
    for field in EventRow.model_fields.values():
        assert " ".join((field.description or "").split()) in catalogue()
    told = {" ".join(d.split()) for d in descriptions(EventFile.model_json_schema())}
    assert told <= set(catalogue())


def test_the_templates_are_off_and_have_no_figures(tmp_path: Path) -> None:
    new_case(tmp_path / "ny")
    case = read_case(tmp_path / "ny")
    assert [e.name for e in case.events] == ["Aktivitetskrav", "Bidragstak"]
    for law, first in zip(case.events, ("2026-07", "2027-01"), strict=True):
        assert f"{law.start:%Y-%m}" == first
        assert not law.active
        assert not law.has_effect
    path = tmp_path / "ny" / "events.toml"
    text = path.read_text("utf-8")
    assert text.lower().count("kontrollera den beslutade lagtexten") >= 3
    assert not {key for key in EventRow.model_fields if key not in text}
    # to switch them on without saying whose assumption it is does not go unnoticed
    path.write_text(text.replace("active = false  ", "active = true "), "utf-8")
    assert "event_source" in {f.rule for f in faults_of(tmp_path / "ny")}


# --- the forecast


def forecast_of(case: Case, *events: Event, sprak: str = "sv") -> Forecast:
    draws = {"Provköping": np.full((150, 1, 120), 0.05)}
    paid = {"Provköping": np.full((150, 1), 8000.0)}
    with_events = replace(case, events=events)
    rng = np.random.default_rng(3)
    return forecast_flows(with_events, rng, draws, paid, horizon=12, sprak=sprak)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return read(write(tmp_path_factory.mktemp("case")))


def values(forecast: Forecast, quantity: str) -> Array:
    paths = getattr(forecast, quantity)
    assert paths is not None
    return np.asarray(paths.values[:, 0])


def test_a_halved_inflow_halves_the_paths_and_is_called_a_scenario(case: Case) -> None:
    law = event("2026-04", inflow=-0.5, source="egen bedömning")
    plain, changed = forecast_of(case), forecast_of(case, law)
    before, after = values(plain, "inflow"), values(changed, "inflow")
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    # whole households: both are rounded at random
    assert np.abs(after[:, 3:] - before[:, 3:] / 2).max() < 1.5
    ratio = after[:, 3:].mean() / before[:, 3:].mean()
    assert ratio == pytest.approx(0.5, abs=0.03)
    (note,) = [text for text in changed.notes if "Lag" in text]
    assert note.startswith("Scenario")
    for part in ("april 2026", "inflöde −50\xa0%", "100\xa0%", "egen bedömning"):
        assert part in note
    assert not [text for text in plain.notes if "Scenario" in text]
    english = forecast_of(case, law, sprak="en").notes
    assert any("an assumption and no forecast" in text for text in english)


def test_exits_and_benefit_follow_from_their_month_on(case: Case) -> None:
    law = event("2026-07", exits=0.6, benefit=-0.25, source="x")
    plain, changed = forecast_of(case), forecast_of(case, law)
    np.testing.assert_array_equal(
        values(plain, "served")[:, :7], values(changed, "served")[:, :7]
    )
    share = values(changed, "exits").sum(0) / values(changed, "served").sum(0)
    base = values(plain, "exits").sum(0) / values(plain, "served").sum(0)
    np.testing.assert_allclose(share[6:] / base[6:], 1.6, atol=0.2)
    per_case = values(changed, "paid") / values(changed, "served")
    np.testing.assert_allclose(per_case[:, :6], 8000)
    np.testing.assert_allclose(per_case[:, 6:], 6000)


def test_what_is_not_counted_is_told_too(case: Case) -> None:
    old = event("2025-03", inflow=-0.5, source="x")
    off = replace(old, name="Av", active=False, start=pd.Timestamp("2026-02-01"))
    plain, changed = forecast_of(case), forecast_of(case, old, off)
    np.testing.assert_array_equal(values(plain, "inflow"), values(changed, "inflow"))
    assert any("redan i siffrorna" in text for text in changed.notes)
    assert any("inte räknas" in t and t.endswith(": Av.") for t in changed.notes)
    begun = event("2025-12", inflow=-0.5, ramp_months=3, source="x")
    assert any("hade börjat" in text for text in forecast_of(case, begun).notes)


def test_from_cases_alone_only_benefit_can_be_counted(tmp_path: Path) -> None:
    rows = [[*r[:4], "", "", r[6]] for r in flow_rows()]
    whole = read(folder_with(tmp_path, "", flows=lines(HEADER, rows)))
    known = whole.flows.assign(inflow=np.nan, exits=np.nan)
    case = replace(whole, flows=known)
    law = event("2026-03", benefit=-0.1, exits=0.3, source="x")

    def direct(*events: Event) -> Forecast:
        rng = np.random.default_rng(5)
        return forecast_flows(replace(case, events=events), rng, horizon=12, paths=100)

    plain, changed = direct(), direct(law)
    ratio = values(changed, "paid") / values(plain, "paid")
    np.testing.assert_allclose(ratio, np.tile([1] * 2 + [0.9] * 10, (100, 1)))
    np.testing.assert_array_equal(values(plain, "served"), values(changed, "served"))
    (left,) = [text for text in changed.notes if "räcker" in text]
    assert "sannolikhet att lämna +30\xa0%" in left


# --- the plan

HALF_WAY = "2026-07"


def planned(path: Path, **keys: object) -> Path:
    folder, text = small_case(path), row("Lag", HALF_WAY, **keys) + SOURCE
    (folder / "events.toml").write_text(text, "utf-8")
    return folder


def test_a_coming_cut_of_benefit_reaches_the_plans_cost(tmp_path: Path) -> None:
    costs = []
    for folder in (
        small_case(tmp_path / "plain"),
        planned(tmp_path / "cut", benefit=-0.2, share_affected=0.5),
    ):
        case, future = gathered(folder)
        unit = program_unit(case, future, 0.1).unit
        costs.append(today(unit, future.months).benefit_sek)
    wanted = np.where(future.months < pd.Timestamp(HALF_WAY), 1.0, 0.9)
    np.testing.assert_allclose(costs[1] / costs[0], wanted, rtol=1e-9)


def test_a_plan_under_events_agrees_with_forecast_proof_and_simulation(
    tmp_path: Path,
) -> None:
    folder = planned(tmp_path / "x", exits=0.5, handling_time=0.25, benefit=-0.1)
    outcome = find_out(read_case(folder), seed=7)
    (plan,) = outcome.plans
    weight, benefit = plan.unit.weight, plan.unit.benefit
    np.testing.assert_allclose(weight[:, 6:] / weight[:, :1], 1.25)
    np.testing.assert_allclose(benefit[:, 6:] / benefit[:, :1], 0.9)
    # today's staffing still has the exits of the forecast, where cases leave faster
    assert outcome.forecast.exits is not None
    forecast = outcome.forecast.exits.mean()
    np.testing.assert_allclose(plan.today.exits, forecast, rtol=1e-6)
    chance = plan.today.exits.sum(0) / plan.today.cases.sum(0)
    assert chance[6:].mean() > 1.2 * chance[:6].mean()
    assert plan.certificate.gap <= 1e-8
    assert plan.check_grid.ok
    # in single months too: 10 % apart if the twin's cases did not leave faster
    assert abs(plan.check_continuous.model_error_share) < 0.05
    assert any(a.name.startswith("Scenario") for a in outcome.assumptions)
