"""From a case to the program: levels, the cap, budgets, and one exit forecast."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_run import small_case

from bemanna.pipelines.config import Settings
from bemanna.pipelines.forecast import forecast_flows
from bemanna.pipelines.futures import Future, unit_future
from bemanna.pipelines.learning import learn
from bemanna.pipelines.levels import level
from bemanna.pipelines.planning import (
    program_unit,
    staff_budgets,
    with_allowed,
)
from bemanna.pipelines.registers import Case, read_case
from bemanna.pipelines.run import find_out


def gathered(folder: Path) -> tuple[Case, Future]:
    case = read_case(folder)
    rng = np.random.default_rng(1)
    learned = learn(case, rng, 120)
    forecast = forecast_flows(case, rng, learned.exit_draws, learned.benefit_draws)
    return case, unit_future(case, case.units[0], learned, forecast)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Future]:
    """Learn once: levers and budgets change nothing of what is learnt."""
    return gathered(small_case(tmp_path_factory.mktemp("planning") / "case"))


def told(case: Case, **sections: Any) -> Case:
    """Return the case with other parts of kommun.toml."""
    written = case.settings.model_dump(exclude_unset=True) | sections
    return replace(case, settings=Settings.model_validate(written))


def test_without_a_cap_today_is_inside_the_levels(learnt: tuple[Case, Future]) -> None:
    case, future = learnt
    wide = program_unit(case, future, 0.1)
    now = level(wide.unit, future.caseload)
    assert wide.allowed.all()
    assert wide.unit.caseloads.min() == pytest.approx(0.5 * now)
    assert wide.unit.caseloads.max() >= now * (1 - 1e-12)


def test_a_cap_holds_for_the_plan_and_not_for_today(
    learnt: tuple[Case, Future],
) -> None:
    case, future = learnt
    assert future.caseload > 25
    wide = program_unit(told(case, levers={"caseload_max": 25}), future, 0.1)
    cap = level(wide.unit, 25)
    assert with_allowed(wide).caseloads.max() == pytest.approx(cap)
    assert wide.unit.caseloads.max() > cap


def test_a_lightest_caseload_above_today_keeps_today(
    learnt: tuple[Case, Future],
) -> None:
    case, future = learnt
    wide = program_unit(told(case, levers={"caseload_min": 90}), future, 0.1)
    assert wide.unit.caseloads.min() <= level(wide.unit, future.caseload) * (1 + 1e-9)


def test_lighter_caseloads_never_lower_exits_when_effort_helps(
    learnt: tuple[Case, Future],
) -> None:
    case, future = learnt
    chance = program_unit(case, future, 0.2).unit.exit_probability
    assert (np.diff(chance, axis=-1) >= 0).all()  # heaviest level first
    same = program_unit(case, future, 0.0).unit.exit_probability
    assert np.ptp(same, axis=-1).max() < 1e-12


def test_returns_are_not_counted_twice(learnt: tuple[Case, Future]) -> None:
    future = learnt[1]
    fresh, every = future.new_cases.mean(0), future.inflow.mean(0)
    assert (fresh <= every + 1e-12).all()
    lags = future.reentry.shape[1]
    exits = future.exits.mean(0)
    returns = np.zeros_like(every)
    for t in range(every.shape[1]):
        for k in range(1, min(lags, t) + 1):
            returns[:, t] += future.reentry[:, k - 1] * exits[:, t - k]
    np.testing.assert_allclose(fresh + np.minimum(returns, every), every, rtol=1e-9)


def test_a_budget_for_part_of_a_year_is_its_part(learnt: tuple[Case, Future]) -> None:
    case, future = learnt
    budgets = staff_budgets(
        told(case, staff_budget={"2026": 2_400_000.0}).settings, future
    )
    (budget,) = budgets
    assert budget.label == "2026"
    assert budget.limit == pytest.approx(200_000 * len(budget.months))


def rewrite(folder: Path, name: str, edit: Callable[[pd.DataFrame], Any]) -> None:
    """Edit a table of the example as text."""
    table = pd.read_csv(folder / name, sep=";", dtype=str, encoding="utf-8-sig")
    edit(table).to_csv(folder / name, sep=";", index=False)


def flows_alone(folder: Path) -> Path:
    """Take the spells away."""
    toml = folder / "kommun.toml"
    text = toml.read_text("utf-8").replace('spells = "spells.csv"', "")
    toml.write_text(text, encoding="utf-8")
    (folder / "spells.csv").unlink()
    return folder


def test_a_unit_that_has_closed_gets_no_plan_and_it_is_said(tmp_path: Path) -> None:
    def closing(table: pd.DataFrame) -> pd.DataFrame:
        west = table.assign(unit="Väst")
        if "stock" in west:
            last, after = west["month"] == "2024-12", west["month"] > "2024-12"
            served = west[["stock", "inflow"]].astype(int).sum(axis=1).astype(str)
            west["exits"] = west["exits"].mask(last, served)
            counts = ["stock", "inflow", "exits", "paid_sek"]
            west.loc[after, counts] = "0"
        return pd.concat([table, west])

    folder = flows_alone(small_case(tmp_path / "case"))
    rewrite(folder, "flows.csv", closing)
    rewrite(folder, "staff.csv", closing)
    outcome = find_out(read_case(folder), seed=1)
    assert [plan.unit.name for plan in outcome.plans] == ["Exempelstad"]
    assert any("Väst" in text for text in outcome.cannot_tell)


def test_a_unit_without_one_of_the_groups_is_planned(tmp_path: Path) -> None:
    def smaller(table: pd.DataFrame) -> pd.DataFrame:
        west = table.assign(unit="Väst")
        if "segment" in west:
            west = west[west["segment"] == west["segment"].iloc[0]]
        return pd.concat([table, west])

    folder = flows_alone(small_case(tmp_path / "case"))
    rewrite(folder, "flows.csv", smaller)
    rewrite(folder, "staff.csv", smaller)
    outcome = find_out(read_case(folder), seed=1)
    assert [plan.unit.name for plan in outcome.plans] == ["Exempelstad", "Väst"]
    for plan in outcome.plans:
        assert np.isfinite(plan.cash.to_numpy(float)).all()


def test_without_payments_the_forecast_is_still_given(tmp_path: Path) -> None:
    folder = flows_alone(small_case(tmp_path / "case"))
    rewrite(folder, "flows.csv", lambda table: table.assign(paid_sek=""))
    outcome = find_out(read_case(folder), seed=1)
    assert not outcome.plans
    assert outcome.cannot_tell
    assert {"inflow", "served"} <= set(outcome.forecast.frame()["quantity"])
