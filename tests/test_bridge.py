"""The bridge reproduces what was published, and hides nothing on the way from it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bemanna.models.amounts import price_index
from bemanna.models.domain import Array
from bemanna.models.effect import LN2, EffortEffect
from bemanna.optimisation.appraisal import appraise
from bemanna.optimisation.counterfactual import Counterfactual
from bemanna.optimisation.pilotinput import Costs, Range
from bemanna.pipelines import bridge as room
from bemanna.pipelines.bridge import OPTIMAL, ORDER, Bridge, bridge
from bemanna.pipelines.bridgetable import bridge_table, headline, why_scalings_differ
from bemanna.pipelines.bridgetexts import told
from bemanna.pipelines.cases import hasky_figures, national_figures
from bemanna.pipelines.nationalinputs import NationalInputs, Sourced

DRAWS = 4_000


def effects(mean: float = 0.10, sd: float = 0.20) -> Array:
    return np.random.default_rng(5).normal(mean, sd, DRAWS)


def given(**changed: Any) -> NationalInputs:
    """Give made-up figures of today beside the published ones."""
    inputs = NationalInputs.published(
        handler_year_sek=Sourced(700_000.0, "made up", 2023),
        months_spared=Sourced(8.0, "made up", 2024),
        log_hr_halving=Sourced(effects(), "made up", 2024),
        saving_sek=Sourced(50e6 + 900e6 * effects(), "made up", 2023),
    )
    return replace(inputs, **changed)


@pytest.fixture(scope="module")
def built() -> Bridge:
    return bridge(given())


def test_gavle_as_published(built: Bridge) -> None:
    gross, staff = built.gavle.steps
    assert gross.mean == pytest.approx(7.5e6)
    assert staff.mean == pytest.approx(-1.1e6)
    assert built.gavle.end.mean == pytest.approx(6.4e6)
    assert built.gavle.interaction.mean == 0
    assert built.case_month_sek == pytest.approx(5_841, abs=1)


@pytest.mark.parametrize(
    ("key", "ratio", "msek"),
    [
        ("residents", 99.1, 634.5),
        ("households", 103.9, 664.9),
        ("payments", 124.8, 798.9),
        ("households_year", 188.9, 1_209.0),
    ],
)
def test_the_country_as_published(
    built: Bridge, key: str, ratio: float, msek: float
) -> None:
    assert built.scalings[key].ratio == pytest.approx(ratio, abs=0.05)
    assert built.scalings[key].sek == pytest.approx(msek * 1e6, abs=0.05e6)
    assert built.published == (600e6, 650e6)
    low, high = built.published
    assert low < built.scalings["residents"].sek < high
    assert built.rollout.start.mean == pytest.approx(built.scalings["residents"].sek)


def gross(b: Bridge) -> float:
    return b.gavle.steps[0].mean


def staff(b: Bridge) -> float:
    return b.gavle.steps[1].mean


def by(key: str) -> Callable[[Bridge], float]:
    return lambda b: b.scalings[key].ratio


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("benefit_avoided_sek_year", gross),
        ("staff_cost_sek_year", staff),
        ("exits_year", lambda b: b.case_month_sek),
        ("handlers_extra", lambda b: b.exit_ratio - 1),
        ("handlers_regular", lambda b: b.exit_ratio - 1),
        ("handlers_extra", lambda b: b.pilot.handlers_added),
        ("cases_per_handler_before", lambda b: b.pilot.caseload_before or 0),
        ("residents_gavle", by("residents")),
        ("residents_sweden", by("residents")),
        ("households_now", by("households")),
        ("households_now", by("payments")),
        ("national_sek_year_press", lambda b: b.published[0]),
        ("national_sek_year_report", lambda b: b.published[1]),
    ],
)
def test_every_published_figure_is_read(
    monkeypatch: pytest.MonkeyPatch,
    built: Bridge,
    key: str,
    seen: Callable[[Bridge], float],
) -> None:
    figures = hasky_figures()
    more = 1 + 0.01 * (figures.index == key)
    changed = figures.assign(value=figures["value"] * more)
    monkeypatch.setattr(room, "hasky_figures", lambda: changed)
    assert abs(seen(bridge(given())) / seen(built) - 1) > 1e-3


@pytest.mark.parametrize(
    ("column", "year", "key"),
    [
        ("households", 2014, "households"),
        ("households", 2014, "households_year"),
        ("mean_months", 2013, "households"),
        ("paid_sek", 2014, "payments"),
    ],
)
def test_every_national_figure_is_read(
    monkeypatch: pytest.MonkeyPatch, built: Bridge, column: str, year: int, key: str
) -> None:
    nation = national_figures()
    more = 1 + 0.01 * (nation.index == year)
    changed = nation.assign(**{column: nation[column] * more})
    monkeypatch.setattr(room, "national_figures", lambda: changed)
    ratio = bridge(given()).scalings[key].ratio / built.scalings[key].ratio
    assert ratio == pytest.approx(1.01)


def test_the_latest_published_year_is_today() -> None:
    inputs = given()
    assert inputs.households.value == 145_456
    assert inputs.paid_sek.value == 10_915_807_000
    assert inputs.mean_months.value == 6.6
    assert (inputs.households.year, inputs.mean_months.year) == (2024, 2013)
    assert "Socialstyrelsen, 2024" in inputs.paid_sek.source
    assert inputs.households_month == pytest.approx(80_000.8)
    # the latest whole year with an index; a month's index is no year
    assert inputs.today == 2023
    assert inputs.inflation == pytest.approx(256.79 / 201.81)


def test_deadweight_is_the_appraisal_s(built: Bridge) -> None:
    # the same pilot appraised by itself, with the same effect, times the country
    central = EffortEffect.from_evidence().mean
    costs = Costs(built.case_month_sek, Range.exactly(1.1e6 / 3, "published"))
    share = 1 - (37.5 / 60) ** (central / LN2)
    without = Counterfactual(np.array([share]), "studies")
    expected = appraise(built.pilot, without, 12, costs).middle.net_sek.expected
    assert expected is not None
    after = built.rollout.totals()[0]
    assert after.mean == pytest.approx(expected.mean * 9_747_355 / 98_314)
    assert built.exit_ratio == pytest.approx(1 / (1 - share))


def test_the_bridge_ends_where_its_formula_does(built: Bridge) -> None:
    share = 1 - (37.5 / 60) ** (effects() / LN2)
    gavles = 145_456 * 6.6 / 12 / 1_200
    # money of 2024 has no index yet, so that it is taken to be of 2023
    month = 10_915_807_000 / (145_456 * 6.6)
    net = gavles * (107 * share * month * 8 - 3 * 700_000)
    np.testing.assert_allclose(built.rollout.end.values, net)
    assert built.optimal is not None
    np.testing.assert_allclose(built.end.values, 50e6 + 900e6 * effects())
    step = built.optimal.steps[0]
    np.testing.assert_allclose(step.values, built.end.values - net)


def test_bars_add_up_and_totals_may_be_negative(built: Bridge) -> None:
    rollout = built.rollout
    change = rollout.end.mean - rollout.start.mean
    assert tuple(bar.name for bar in rollout.steps) == ORDER
    alone = [*rollout.alone, rollout.interaction]
    for bars in (rollout.steps, alone):
        assert sum(bar.mean for bar in bars) == pytest.approx(change, rel=1e-12)
    assert abs(rollout.interaction.mean) > 50e6
    assert min(bar.mean for bar in rollout.totals()) < 0
    # nothing to weigh the effect by while every exit counts
    assert rollout.alone[ORDER.index("effect")].mean == 0


def test_each_step_goes_where_it_must(built: Bridge) -> None:
    alone = {bar.name: bar.mean for bar in built.rollout.alone}
    assert alone["prices"] == pytest.approx(634.53e6 * 0.27243, rel=1e-4)
    assert alone["months"] == pytest.approx(-7.5e6 * 4 / 12 * 99.145, rel=1e-4)
    dearer = 700_000 * 201.81 / 256.79 - 1.1e6 / 3
    assert alone["handler_cost"] == pytest.approx(-3 * dearer * 99.145, rel=1e-4)
    gavles = 80_000.8 / 1_200
    assert alone["households"] == pytest.approx(6.4e6 * (gavles - 99.145), rel=1e-4)


def test_months_of_a_household_cancel_in_its_benefit() -> None:
    # more months are more households in a month, each with less of the same payments
    def end(months: float) -> Array:
        free = Sourced(1e-9, "made up", 2023)
        made = given(mean_months=Sourced(months, "x", 2024), handler_year_sek=free)
        return bridge(made).rollout.end.values

    np.testing.assert_allclose(end(6.6), end(7.8))


def test_no_effect_saves_nothing_and_costs_the_staff() -> None:
    none = Sourced(np.zeros(10), "made up", 2024)
    found = bridge(given(log_hr_halving=none, saving_sek=None))
    staff = 3 * 700_000 * 145_456 * 6.6 / 12 / 1_200
    np.testing.assert_allclose(found.end.values, -staff)
    assert found.optimal is None
    assert found.probability_of_claim == 0
    assert "HASKY in every municipality today is worth −140" in headline(found, "en")
    assert OPTIMAL not in set(bridge_table(found)["row"])


def test_the_published_figure_in_today_s_prices(built: Bridge) -> None:
    assert built.claim_sek == pytest.approx(600e6 * 256.79 / 201.81)
    rich = Sourced(np.linspace(0, 2 * 256.79 / 201.81 * 600e6, DRAWS), "made up", 2023)
    assert bridge(given(saving_sek=rich)).probability_of_claim == pytest.approx(0.5)


def test_money_is_brought_to_today_s_prices(built: Bridge) -> None:
    index = {**price_index(), 2024: 260.0}
    later = bridge(given(prices=index))
    month = 10_915_807_000 / (145_456 * 6.6)
    for found, factor in ((built, 1.0), (later, 260.0 / 256.79)):
        # 2024's payments stand; 2023's handlers and saving follow the index
        share = 1 - (37.5 / 60) ** (effects() / LN2)
        gavles = 145_456 * 6.6 / 12 / 1_200
        net = gavles * (107 * share * month * 8 - 3 * 700_000 * factor)
        np.testing.assert_allclose(found.rollout.end.values, net)
        saved = (50e6 + 900e6 * effects()) * factor
        np.testing.assert_allclose(found.end.values, saved)
    beyond = "taken to be in its prices"
    assert beyond in told(built, "en")["prices"].assumes
    assert beyond not in told(later, "en")["prices"].assumes


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"mean_months": Sourced(12.5, "x", 2024)}, "12 months of a year"),
        ({"households": Sourced(0.0, "x", 2024)}, "households must be above 0"),
        ({"months_spared": Sourced(np.nan, "x", 2024)}, "months_spared must be fin"),
        ({"paid_sek": Sourced(np.ones((2, 2)), "x", 2024)}, "paid_sek must be finite"),
        ({"months_spared": Sourced(np.ones(7), "x", 2024)}, "equally many"),
        ({"prices": {2023: 1.0}}, "prices must hold 2014"),
    ],
)
def test_inputs_that_cannot_be_are_refused(changed: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        given(**changed)


def test_an_amount_of_an_unknown_year_is_refused() -> None:
    old = Sourced(700_000.0, "x", 1980)
    with pytest.raises(ValueError, match="prices must hold 1980"):
        bridge(given(handler_year_sek=old))


def test_the_table_is_the_bridge_in_thousands(built: Bridge) -> None:
    table = bridge_table(built).set_index("row")
    assert table.index.is_unique
    assert list(table.loc[["gross", "staff"], "change_tkr"]) == [7_500, -1_100]
    assert table.loc["gavle", "total_tkr"] == 6_400
    assert table.loc["by_residents", "total_tkr"] == 634_529
    assert table.loc["by_households_year", "kind"] == "comparison"
    steps = table.loc[list(ORDER)]
    running = 634_529 + steps["change_tkr"].cumsum()
    assert (running - steps["total_tkr"]).abs().max() <= len(ORDER)
    left = float(table["alone_tkr"][[*ORDER, "interaction"]].sum())
    assert left == pytest.approx(table["total_tkr"]["rollout"] - 634_529, abs=8)
    end = table.loc["optimal"]
    assert end["total_lo_80_tkr"] < end["total_tkr"] < end["total_hi_80_tkr"]
    assert steps.loc["deadweight", ["change_lo_80_tkr"]].isna().all()


def test_every_step_says_what_it_assumes_and_rests_on(built: Bridge) -> None:
    tables = [bridge_table(built, sprak) for sprak in ("sv", "en")]
    for table in tables:
        for column in ("name", "assumes", "source"):
            assert (table[column].str.strip() != "").all()
            assert not table[column].str.contains(r"[{}]").any()
        assert table["name"].is_unique
        # what was computed from Kolada's figures may not name it as its source
        assert not table["source"].str.contains("Kolada").any()
    assert (tables[0]["name"] != tables[1]["name"]).all()
    words = ["name", "assumes", "source"]
    swedish, english = (table.drop(columns=words) for table in tables)
    pd.testing.assert_frame_equal(swedish, english)
    said = told(built, "en")
    assert "60 cases per handler became 37.5" in said["deadweight"].assumes
    assert "124,676 in a mean month" in said["by_households"].assumes
    assert "count each of them 1.8 times" in said["by_households_year"].assumes


def test_it_is_said_in_a_sentence_or_two(built: Bridge) -> None:
    assert "600\u00a0mnkr, vilket är 763\u00a0mnkr" in headline(built)
    assert "80-procentsintervall" in headline(built)
    assert "under noll" in headline(built)
    said = why_scalings_differ(built, "en")
    for figure in ("634.5", "664.9", "798.9", "1,209", "12.2", "12.8", "7,018"):
        assert figure in said
