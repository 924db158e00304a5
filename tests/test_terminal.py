"""The summary fits a terminal, lines up, and says no more than is known."""

import io
import json
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from outcomes import outcome
from rich.cells import cell_len
from rich.console import Console

from bemanna.models.domain import Interval
from bemanna.pipelines.findings import findings, steps
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.sentences import caveats, headline, hiring
from bemanna.pipelines.terminal import print_summary, progress, summary_json
from bemanna.pipelines.verdict import breakeven, payback, saving, worth
from bemanna.pipelines.wording import Scale, amount
from bemanna.pipelines.writing import Place

FOLDER = Path("/home/anna/kommuner/gavle/demo/out/gavle-2026-11-22-081233")
COMMAND = "mlflow ui --backend-store-uri sqlite:////home/anna/kommuner/gavle/mlflow.db"
PLACE = Place(FOLDER, "0123456789abcdef0123456789abcdef", COMMAND)
KINDS = ["hires", "unsure", "same", "loses", "stock"]


def printed(found: Outcome, sprak: str = "sv", place: Place = PLACE) -> str:
    stream = io.StringIO()
    print_summary(found, place, sprak, Console(file=stream, highlight=False))
    return stream.getvalue()


def plain(text: str) -> str:
    """Join lines and odd spaces, so that a sentence can be found."""
    return " ".join(text.split())


@pytest.mark.parametrize("sprak", ["sv", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_fits_eighty_columns_and_cuts_no_figure(kind: str, sprak: str) -> None:
    text = printed(outcome(kind, ("Centrum", "Sätra")), sprak)
    copied = (str(FOLDER / "resultat.html"), COMMAND)  # must not be broken
    for line in text.splitlines():
        assert cell_len(line.rstrip()) <= 80 or line.strip() in copied
    assert "…" not in text
    assert "nan" not in text.lower().split()


def test_figures_stand_under_each_other() -> None:
    lines = printed(outcome("hires")).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("År"))
    table = [line.rstrip() for line in lines[start : start + 7]]
    assert [line.split()[0] for line in table] == [
        *("År", "2026", "2027", "2028", "2029", "Totalt", "Värde"),
    ]
    assert len({cell_len(line) for line in table}) == 1
    decimal = {line.rindex(",") for line in table[1:]}
    assert len(decimal) == 1


def test_a_planner_finds_what_was_asked_for() -> None:
    text = plain(printed(outcome("hires")))
    for told in (
        "Simulerat register",
        "Från 8 handläggare i dag till 12, på plats i augusti 2027.",
        "aug 2027–okt 2029 12",
        "Utbetalda pengar per kalenderår, mnkr",
        "Värde efter",
        "Ärenden per handläggare: 60 i dag",
        "Planen begränsas av: Tiden innan en anställd är på plats",
        "minst 8,4 %",
        "Helårsprognos, mnkr",
        "under 1 %",
        str(FOLDER / "resultat.html"),
        "0123456789abcdef0123456789abcdef",
        COMMAND,
    ):
        assert plain(told) in text


def test_english() -> None:
    text = plain(printed(outcome("hires"), "en"))
    assert "From 8 handlers today to 12, in place by August 2027." in text
    assert "MSEK" in text
    assert "mnkr" not in text


def test_why_it_was_not_tracked_is_said() -> None:
    place = Place(FOLDER, None, "", "Körningen spårades inte i MLflow.")
    text = printed(outcome("hires"), place=place)
    assert "spårades inte" in text
    assert "MLflow:" not in text


def test_without_a_plan_the_forecast_is_told() -> None:
    text = plain(printed(outcome("stock")))
    assert "Underlaget räcker inte för en bemanningsplan" in text
    assert "Hushåll med bistånd: 468 i oktober 2026" in text
    assert "Helårsprognos" in text
    assert "Handläggare" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_json_is_plain_and_whole(kind: str) -> None:
    found = outcome(kind, ("Centrum", "Sätra"))
    answer = json.loads(json.dumps(summary_json(found, PLACE), allow_nan=False))
    assert answer["folder"] == str(FOLDER)
    assert answer["mlflow_run"] == PLACE.mlflow_run
    assert answer["simulated"] is True
    assert [row["year"] for row in answer["year_forecast"]] == [2026, 2027]
    if kind == "stock":
        assert answer["status"] == "forecast_only"
        assert answer["total"] is None
        return
    assert answer["status"] == "plan"
    total = answer["total"]
    assert len(total["handlers"]) == len(total["months"]) == 36
    both = sum(unit["saving_sek"]["mean"] for unit in answer["units"])
    assert total["saving_sek"]["mean"] == pytest.approx(both)
    assert total["claims_saving"] is (kind == "hires")


def test_json_has_null_for_an_unknown_budget() -> None:
    found = outcome("hires")
    table = found.year.table.copy()
    table.loc[0, ["budget_sek", "deviation_sek", "probability_exceeds"]] = np.nan
    unknown = replace(found, year=replace(found.year, table=table))
    answer = json.loads(json.dumps(summary_json(unknown), allow_nan=False))
    assert answer["year_forecast"][0]["budget_sek"] is None
    assert "–" in printed(unknown)
    none = replace(found.year, table=table.assign(budget_sek=np.nan))
    assert "Avvikelse" not in printed(replace(found, year=none))
    assert "Avvikelse" in printed(found)


def test_progress_is_on_stderr_and_can_be_quiet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress("sv") as step:
        step("The forecast")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Prognosen" in captured.err
    with progress("sv", quiet=True) as step:
        step("The forecast")
    assert capsys.readouterr() == ("", "")


def test_steps_are_the_changes_only() -> None:
    found = findings(outcome("hires").plans)
    assert found is not None
    told = steps(found)
    assert [step.handlers for step in told] == [8, 10, 12]
    assert [step.hires for step in told] == [0, 2, 2]
    assert told[0].first == found.months[0]
    assert told[-1].last == found.months[-1]


def test_a_restless_plan_is_told_in_few_steps_that_cover_every_month() -> None:
    found = findings(outcome("hires").plans)
    assert found is not None
    rng = np.random.default_rng(3)
    handlers = 20 + rng.normal(0, 2, 36)
    handlers[30:] += 15  # a jump that must not be averaged away
    restless = replace(found, plan=replace(found.plan, handlers=handlers))
    told = steps(restless)
    assert len(told) <= 8
    firsts = [step.first for step in told]
    lasts = [step.last for step in told]
    assert firsts[0] == found.months[0]
    assert lasts[-1] == found.months[-1]
    assert firsts[1:] == [last + pd.offsets.MonthBegin() for last in lasts[:-1]]
    assert found.months[30] in firsts


def test_intervals_of_units_add_up_and_never_shrink() -> None:
    one, two = outcome("unsure"), outcome("unsure", ("Centrum", "Sätra"))
    single, both = findings(one.plans), findings(two.plans)
    assert single is not None
    assert both is not None
    assert both.saving.mean == pytest.approx(2 * single.saving.mean)
    assert both.saving.low == pytest.approx(2 * single.saving.low)
    assert not both.claims_saving
    assert both.cash["saving_sek"].sum() == pytest.approx(both.saving.mean)


@pytest.mark.parametrize(
    ("low", "high", "claims", "costs"),
    [
        (1e6, 3e6, True, False),
        (-1e6, 3e6, False, False),
        (-3e6, -1e6, False, True),
        (0.0, 3e6, False, False),
        (100.0, 3e6, False, False),
    ],
)
def test_a_saving_is_claimed_only_above_nought(
    low: float, high: float, claims: bool, costs: bool
) -> None:
    found = findings(outcome("hires").plans)
    assert found is not None
    cash = Interval((low + high) / 2, low, high)
    text = saving(replace(found, saving=cash))
    assert ("Väntad besparing" in text) is claims
    assert ("Planen kostar mer" in text) is costs
    assert ("Ingen säkerställd besparing" in text) is not (claims or costs)


def between(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high)


@pytest.mark.parametrize(
    ("cash", "after", "told", "sure"),
    [
        ((2e6, 4e6), (1e6, 3e6), "Med värdet efter planperioden inräknat: 5,0", True),
        ((-3e6, 1e6), (1e6, 9e6), "Planen föreslås för att den väntas", False),
        ((-3e6, -1e6), (4e6, 9e6), "Planen föreslås för att den väntas", True),
        ((-1e6, 4e6), (-1e6, 1e6), "inräknat väntas planen löna sig: 1,5", False),
        ((-3e6, 1e6), (-1e6, 1e6), "inräknat väntas planen inte löna sig: −", True),
        ((-1e6, 4e6), (-9e6, -1e6), "inräknat väntas planen inte löna sig: −", True),
    ],
)
def test_why_a_plan_is_proposed_and_how_sure_that_is(
    cash: tuple[float, float], after: tuple[float, float], told: str, sure: bool
) -> None:
    found = findings(outcome("hires").plans)
    assert found is not None
    saving, later = between(*cash), between(*after)
    ends = zip(astuple(saving)[:3], astuple(later)[:3], strict=True)
    total = Interval(*(now + then for now, then in ends))
    text = worth(replace(found, saving=saving, after=later, total=total))
    assert told in text
    assert ("Inte heller det är säkert" in text) is not sure


@pytest.mark.parametrize(
    ("saved", "told"),
    [
        ((-5, 1, 2, 3), "ha betalat sig under 2029"),
        ((-5, 9, -2, 3), "ha betalat sig under 2027"),
        ((-5, 2, -1, 3), "Från 2029 väntas planen spara"),
        ((-5, -1, -1, -1), "är inte intjänad i utbetalda pengar"),
        ((5, -1, -1, -1), "inte ligga back"),
        ((5, -1, -9, -1), "är inte intjänad i utbetalda pengar"),
    ],
)
def test_when_it_pays_in_cash(saved: tuple[float, ...], told: str) -> None:
    found = findings(outcome("hires").plans)
    assert found is not None
    cash = found.cash.assign(saving_sek=np.array(saved) * 1e6)
    assert told in payback(replace(found, cash=cash))


def test_hires_are_dated_and_many_are_counted() -> None:
    found = findings(outcome("hires").plans)
    assert found is not None
    assert hiring(found) == "Nya tjänster: 2 i mars 2027, 2 i augusti 2027."
    more = found.today.handlers[0] + np.arange(1.0, 37.0)
    often = replace(found.plan, handlers=more, releases=np.eye(36)[5])
    text = hiring(replace(found, plan=often))
    assert text.startswith("Nya tjänster i 36 av månaderna.")
    assert text.endswith("Tjänster att avsluta: 1 i april 2027.")
    fewer = replace(found.plan, handlers=more[0] - np.linspace(0.1, 3.1, 36))
    assert "Låt 3 tjänster stå tomma" in hiring(replace(found, plan=fewer))


def test_nothing_to_warn_of_is_no_warning() -> None:
    assert caveats(outcome("hires")) == []
    assert caveats(outcome("stock")) == []


def test_how_likely_the_plan_pays_follows_from_the_effect() -> None:
    found = outcome("hires")
    plan = found.plans[0]
    even = replace(plan, breakeven_log_hr=found.effect.mean)
    assert plain("sannolikheten 50 %") in plain(breakeven(found, even))
    fewer = replace(plan.proposed, handlers=plan.today.handlers - 2)
    odds = []
    for proposed in (plan.proposed, fewer):
        text = plain(breakeven(found, replace(plan, proposed=proposed)))
        odds.append(int(text.split("sannolikheten ")[1].split()[0]))
    assert sum(odds) == 100  # the same break-even from its two sides
    assert odds[0] > 50  # the assumed effect is above it


def test_a_plan_that_sheds_staff_breaks_even_from_below() -> None:
    found = outcome("hires")
    plan = found.plans[0]
    fewer = replace(plan.proposed, handlers=plan.today.handlers - 2)
    text = breakeven(found, replace(plan, proposed=fewer))
    assert "med högst" in text
    assert "med minst" in breakeven(found, plan)


def test_the_headline_dates_the_plan_when_it_is_in_place() -> None:
    found = outcome("hires")
    plan = found.plans[0]
    handlers = plan.proposed.handlers.copy()
    handlers[20:] *= 0.97  # some have left, and nobody is hired yet
    worn = replace(plan, proposed=replace(plan.proposed, handlers=handlers))
    assert "augusti 2027" in headline(replace(found, plans=(worn,)))


def test_a_small_change_is_not_dated() -> None:
    found = outcome("hires")
    plan = found.plans[0]
    handlers = plan.today.handlers * 0.98
    less = replace(plan, proposed=replace(plan.proposed, handlers=handlers))
    said = headline(replace(found, plans=(less,)))
    assert said == "Från 8 handläggare i dag till 7,8 i snitt."


def test_money_in_tables_has_one_scale() -> None:
    scale = Scale.of([1.5e6, 400.0, -20e6])
    assert (scale.unit, scale.write(1.5e6), scale.write(-20e6)) == (
        "mnkr",
        "1,5",
        "\u221220,0",
    )
    assert Scale.of([]).write(float("nan")) == "–"
    assert Scale.of([5e6], "en", "USD").unit == "m USD"
    assert amount(-300.0) == "0\u00a0kr"
