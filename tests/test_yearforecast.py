"""Helårsprognos: the sums a controller would make by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flowcases import settings

from bemanna.models.domain import Paths
from bemanna.pipelines.forecast import Forecast
from bemanna.pipelines.registers import Case
from bemanna.pipelines.yearforecast import helarsprognos, staff_cost

#: 35,000 x 1.4 x 1.2
HANDLER = 58_800.0


def case_until(last: str, paid: float = 1e6, budget: float = 15e6) -> Case:
    """One unit, two groups paid `paid` each a month, two handlers."""
    months = pd.date_range("2025-01-01", last, freq="MS")
    flows = pd.MultiIndex.from_product(
        [["Norr"], ["a", "b"], months], names=["unit", "segment", "month"]
    ).to_frame(index=False)
    return Case(
        folder=Path("case"),
        settings=settings(budget={"2026": budget, "2027": budget}),
        flows=flows.assign(paid_sek=paid),
        spells=None,
        staff=pd.DataFrame({"unit": "Norr", "month": months, "handlers_fte": 2.0}),
        staff_assumed=False,
        warnings=(),
        simulated=True,
    )


def ahead(first: str, values: list[float], months: int = 15) -> Forecast:
    """Forecast whose path i pays `values[i]` a month, split over two groups."""
    index = pd.date_range(first, periods=months, freq="MS")
    table = np.array(values)[:, None, None] / 2 * np.ones((len(values), 2, months))
    return Forecast(None, None, None, Paths(table, ("Norr|a", "Norr|b"), index, "SEK"))


def test_outcome_and_forecast_add_up_to_the_year() -> None:
    year = helarsprognos(case_until("2026-09-01"), ahead("2026-10-01", [1e6, 3e6]))
    table = year.table.set_index("year")
    assert list(table.index) == [2026, 2027]
    row = table.loc[2026]
    assert row["months_so_far"] == 9
    assert row["months_forecast"] == 3
    assert row["benefit_sek"] == pytest.approx(9 * 2e6 + 3 * 2e6)
    assert row["staff_sek"] == pytest.approx(12 * 2 * HANDLER)
    assert row["so_far_sek"] == pytest.approx(18e6 + 9 * 2 * HANDLER)
    assert row["total_sek"] == pytest.approx(row["so_far_sek"] + row["forecast_sek"])
    assert row["total_sek"] == pytest.approx(row["benefit_sek"] + row["staff_sek"])
    assert row["deviation_sek"] == pytest.approx(15e6 - row["total_sek"])
    assert row["lo-80"] <= row["total_sek"] <= row["hi-80"]
    assert "Personalkostnaden" in year.notes[0]


def test_interval_and_probability_come_from_whole_paths() -> None:
    values = list(np.linspace(0, 2e6, 101))  # the year's sum is uniform
    case = case_until("2026-06-01", budget=12e6 + 9e6)
    staff = pd.Series(0.0, index=pd.date_range("2025-01-01", "2027-12-01", freq="MS"))
    row = helarsprognos(case, ahead("2026-07-01", values, 18), staff).table.iloc[0]
    assert row["total_sek"] == pytest.approx(12e6 + 6e6)
    assert row["lo-80"] == pytest.approx(12e6 + 1.2e6)
    assert row["hi-80"] == pytest.approx(12e6 + 10.8e6)
    assert row["probability_exceeds"] == pytest.approx(
        25 / 101
    )  # over 1.5 MSEK a month


def test_only_whole_years_get_a_total() -> None:
    case = case_until("2026-09-01")
    year = helarsprognos(case, ahead("2026-10-01", [1e6], months=12))
    assert list(year.table["year"]) == [2026]
    assert any("2027" in note for note in year.notes)


def test_a_month_without_payments_known_leaves_no_total() -> None:
    case = case_until("2026-09-01")
    flows = case.flows.copy()
    flows.loc[flows["month"] == pd.Timestamp("2026-03-01"), "paid_sek"] = np.nan
    year = helarsprognos(replace(case, flows=flows), ahead("2026-10-01", [1e6]))
    assert list(year.table["year"]) == [2027]
    assert any("2026" in note for note in year.notes)


def test_later_outcome_never_counts_twice() -> None:
    # the forecast starts before the table ends: those months are forecast
    case = case_until("2026-12-01")
    row = helarsprognos(case, ahead("2026-10-01", [1e6])).table.iloc[0]
    assert row["months_so_far"] == 9
    assert row["benefit_sek"] == pytest.approx(9 * 2e6 + 3 * 1e6)


def test_staff_path_is_taken_as_given_and_must_cover_the_year() -> None:
    case, forecast = case_until("2026-09-01"), ahead("2026-10-01", [1e6])
    months = pd.date_range("2026-01-01", "2027-12-01", freq="MS")
    plan = pd.Series(
        np.where(months < pd.Timestamp("2026-11-01"), 1e5, 3e5), index=months
    )
    table = helarsprognos(case, forecast, plan).table.set_index("year")
    assert table.loc[2026, "staff_sek"] == pytest.approx(10 * 1e5 + 2 * 3e5)
    assert table.loc[2027, "staff_sek"] == pytest.approx(12 * 3e5)
    with pytest.raises(ValueError, match="12 months of 2026"):
        helarsprognos(case, forecast, plan.iloc[3:])


def test_without_budget_or_payments_nothing_is_compared() -> None:
    case = case_until("2026-09-01")
    bare = replace(case, settings=settings())
    year = helarsprognos(bare, ahead("2026-10-01", [1e6]))
    budget_columns = ["budget_sek", "deviation_sek", "probability_exceeds"]
    assert year.table[budget_columns].isna().all(axis=None)
    assert any("kommun.toml" in note for note in year.notes)
    nothing = helarsprognos(case, Forecast(None, None, None, None))
    assert nothing.table.empty
    assert nothing.notes


def test_unknown_handlers_are_left_out_and_said() -> None:
    case = case_until("2026-09-01")
    bare = replace(case, staff=case.staff.assign(handlers_fte=np.nan))
    year = helarsprognos(bare, ahead("2026-10-01", [1e6]), sprak="en")
    assert (year.table["staff_sek"] == 0).all()
    assert "left out" in year.notes[0]
    assumed = helarsprognos(
        replace(case, staff_assumed=True), ahead("2026-10-01", [1e6]), sprak="en"
    )
    assert any("assumption" in note for note in assumed.notes)


def test_staff_cost_keeps_the_latest_number_of_handlers() -> None:
    case = case_until("2026-09-01")
    staff = case.staff.copy()
    staff.loc[staff.index[-1], "handlers_fte"] = 3.0
    months = pd.date_range("2026-08-01", "2027-01-01", freq="MS")
    cost = staff_cost(replace(case, staff=staff), months)
    np.testing.assert_allclose(cost / HANDLER, [2, 3, 3, 3, 3, 3])
