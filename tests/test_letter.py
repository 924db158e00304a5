"""What a letter to a committee says: in order, honest, and nothing but the run's."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from catalogue import recorded
from letters import (
    bytes_of,
    letter,
    lines,
    opened,
    proposal,
    text_of,
    told,
    under,
    whole,
    with_settings,
)
from outcomes import outcome

from bemanna.models.domain import Interval
from bemanna.pipelines import letterchoices, lettersummary
from bemanna.pipelines.findings import findings
from bemanna.pipelines.layout import Grid
from bemanna.pipelines.summary import summary_json
from bemanna.pipelines.wording import amount, interval, people
from bemanna.pipelines.wordpack import readable


def test_it_comes_in_the_order_of_a_committee() -> None:
    headings = [
        (int(str(p.style.name)[-1]), p.text)
        for p in opened(whole()).paragraphs
        if p.style is not None and str(p.style.name).startswith("Heading")
    ]
    assert [text for level, text in headings if level == 1] == [
        "Sammanfattning",
        "Förslag till beslut",
        "Ärendet",
        "Nuläge",
        "Alternativ",
        "Ekonomiska konsekvenser",
        "Osäkerhet och känslighet",
        "Konsekvenser för människor",
        "Jämförelse med andra",
        "Antaganden",
        "Källor, och hur körningen görs om",
        "Beslutet skickas till",
    ]
    levels = [1, *(level for level, _ in headings)]
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_summary_is_short_and_says_what_the_run_says() -> None:
    for kind in ("hires", "unsure", "loses", "same"):
        sentences = " ".join(under(letter(kind), "Sammanfattning"))
        assert len(re.findall(r"\.(?= |$)", sentences)) <= 8
    plan, known = outcome("hires").plans[0], findings(outcome("hires").plans)
    assert known is not None
    said = " ".join(under(whole(), "Sammanfattning"))
    for number in (
        interval(plan.saving_total),
        interval(plan.total_saving),
        amount(known.cash["staff_plan_sek"].sum()),
        amount(known.cash["staff_today_sek"].sum()),
        "83 %",
        "8,4 %",
    ):
        assert " ".join(number.split()) in said


def test_numbers_stand_in_the_result_for_machines() -> None:
    result = json.loads(json.dumps(summary_json(outcome("hires"))))
    text, total = "\n".join(lines(whole())), result["total"]
    decided = " ".join(under(whole(), "Förslag till beslut"))
    assert f"från {people(total['handlers_today'])} till" in decided
    assert f"till {people(total['handlers'][-1])}," in decided
    for row in total["cash_by_year"]:
        assert " ".join(amount(row["staff_plan_sek"]).split()) in decided
        for name in ("benefit_today_sek", "benefit_plan_sek", "saving_sek"):
            thousands = f"{row[name] / 1e3:,.0f}".replace(",", " ").replace("-", "−")
            assert thousands.replace("−0", "0") in text
    year = result["year_forecast"][0]
    assert " ".join(amount(year["total_sek"]).split()) in text
    assert result["run"]["id"] in text
    assert result["run"]["command"] in text


@pytest.mark.parametrize(
    ("kind", "stance", "decision"),
    [
        ("hires", "plan", "att ändra antalet handläggare från 8 till 12"),
        ("unsure", "plan", "att ändra antalet handläggare från 8 till 12"),
        ("loses", "keep", "att behålla dagens bemanning, 8 handläggare"),
        ("same", "keep", "att behålla dagens bemanning, 8 handläggare"),
        ("stock", "nothing", "att ta del av prognosen"),
    ],
)
def test_only_what_the_run_supports_is_proposed(
    kind: str, stance: str, decision: str
) -> None:
    made = proposal(outcome(kind))
    assert lettersummary.stance(made.desk) == stance
    decided = under(bytes_of(made), "Förslag till beslut")
    assert decided[1].startswith(decision)
    if stance != "plan":
        assert "ändra antalet" not in " ".join(decided)


def test_a_plan_that_the_simulation_contradicts_is_no_proposal() -> None:
    found = outcome("hires")
    plan = found.plans[0]
    doubted = replace(plan, check_grid=replace(plan.check_grid, ok=False))
    text = text_of(replace(found, plans=(doubted,)))
    assert "Ingen ändring föreslås: simuleringen stämmer inte med planen." in text
    assert "ändra antalet" not in text
    assert "Väntad besparing" not in text


def test_no_saving_is_praised_that_is_not_sure() -> None:
    unsure, loses = told("unsure"), told("loses")
    for text in (unsure, loses):
        assert "Väntad besparing" not in text
        assert not re.search("−0(?![,\\d])", text)
    assert "Ingen besparing i kassan är säker" in unsure
    assert "Planen kostar mer i utbetalda pengar" in loses
    assert "Dagens bemanning föreslås, så ingen kostnad ändras." in loses
    assert "Planen föreslås" not in loses


def test_an_unchanged_plan_shows_one_choice() -> None:
    text = told("same")
    assert "Den föreslagna planen" not in text
    assert "Behåll dagens 8 handläggare" in text
    assert "Tiden för varje hushåll ändras inte av förslaget." in text


def test_without_payments_or_flows_it_is_a_forecast() -> None:
    text = told("stock")
    assert "Prognos för försörjningsstödet" in text
    assert "Siffrorna räcker inte till en bemanningsplan." in text
    assert "Ekonomiska konsekvenser" not in text
    assert "Helårsprognos 2026: 53,0 mnkr" in text


def test_simulated_figures_are_no_ground_for_a_decision() -> None:
    assert "Simulerat register." in told("hires")
    assert "Simulerat" not in text_of(outcome("hires", simulated=False))


def test_few_households_are_not_counted() -> None:
    few = told("hires", 3.0)
    assert "Färre än 5 hushåll har bistånd." in few
    for counts in ("Ärenden per handläggare i dag", "Utbetalt bistånd de senaste"):
        assert counts in told("hires")
        assert counts not in few
    assert "hushållen lottas" in told("hires")
    assert "hushållen lottas" not in few
    cells = _cells(letter("hires", 3.0))
    today = next(row for row in cells if row[0] == "Dagens bemanning")
    assert today[2:4] == ["–", "–"]
    twelve = told("hires", 12.0)
    assert "Hushåll med bistånd: 12 i oktober 2026" in twelve


def _cells(data: bytes) -> list[list[str]]:
    tables = opened(data).tables
    return [[cell.text for cell in row.cells] for t in tables for row in t.rows]


def test_groups_with_children_are_told_and_small_ones_hidden() -> None:
    def named(cases: float) -> str:
        found = outcome("hires", cases=cases)
        names = {"Sociala hinder": "Barnfamiljer"}
        flows = found.case.flows.assign(
            segment=found.case.flows["segment"].replace(names)
        )
        return text_of(replace(found, case=replace(found.case, flows=flows)))

    assert "säger inte i vilka hushåll det finns barn" in told("hires")
    assert re.search(r"Barnfamiljer: \d+ hushåll i oktober 2026", named(480.0))
    assert "Barnfamiljer: hur många hushåll det är får inte visas." in named(12.0)


def test_the_states_share_is_told_without_a_price() -> None:
    found = outcome("hires")
    flows = found.case.flows
    moved = {"exits_sickness_compensation": 0.25 * flows["exits"]}

    def with_exits(columns: Mapping[str, Any]) -> str:
        case = replace(found.case, flows=flows.assign(**columns))
        return text_of(replace(found, case=case))

    assert "gick 25 % av dem som lämnade till sjukersättning" in with_exits(moved)
    none = {"exits_sickness_compensation": 0.01 * flows["exits"]}
    last = flows["month"] > flows["month"].max() - pd.DateOffset(years=1)
    assert 0 < 0.01 * flows.loc[last, "exits"].sum() < 5
    assert "av dem som lämnade till" not in with_exits(none)
    assert "Priset finns inte i underlaget" in text_of(found)


def test_the_letterhead_is_filled_or_left_to_be_filled_in() -> None:
    head_lines = {p.text for p in opened(whole()).paragraphs[:6]}
    assert {"Förvaltning\t[fylls i]", "Diarienummer\t[fylls i]"} <= head_lines
    assert "Kommun\tGävle" in head_lines
    head = {
        "administration": "Socialförvaltningen",
        "committee": "socialnämnden",
        "diary_number": "SN 2026/123",
        "author": "Kim Ek",
    }
    data = bytes_of(proposal(with_settings(outcome("hires"), municipality=head)))
    text = "\n".join(lines(data))
    for value in head.values():
        assert value in text
    assert "Socialnämnden föreslås besluta" in text
    assert "[fylls i]" not in text.split("Sammanfattning")[0]
    assert opened(data).core_properties.author == "Kim Ek"


def test_no_english_is_left_in_swedish(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, swedish = recorded(monkeypatch)
    for found in (
        outcome("hires", ("Centrum", "Sätra")),
        outcome("unsure"),
        outcome("loses"),
        outcome("same"),
        outcome("stock"),
    ):
        text_of(found)
    as_published = set(outcome("hires").effect.sources)
    assert {"Proposed decision", "The proposed plan", "Table {n}"} <= asked
    assert asked - set(swedish) - as_published - {""} == set()


@pytest.mark.parametrize("kind", ["hires", "unsure", "loses", "same", "stock"])
def test_no_swedish_is_left_in_english(kind: str) -> None:
    found = outcome(kind)
    bare = replace(
        found,
        assumptions=(),
        cannot_tell=(),
        year=replace(found.year, notes=()),
        case=replace(found.case, warnings=()),
    )
    text = readable(bytes_of(proposal(bare, "en"))).replace("Gävle", "")
    for source in found.effect.sources:  # titles are as they were published
        text = text.replace(source, "")
    assert not re.findall(r"\b\w*[åäö]\w*\b", text, re.IGNORECASE)
    assert not re.findall(r"\b(och|mnkr|tkr|till|inte|planen)\b", text)
    if kind != "stock":
        assert "Proposed decision" in text


def test_words_of_several_units_are_told_unit_by_unit() -> None:
    text = text_of(outcome("hires", ("Centrum", "Sätra")))
    assert "Centrum: Planen lönar sig" in text
    assert "Sätra: Planen lönar sig" in text


def test_the_robot_is_a_choice_beside_the_plan() -> None:
    made = proposal(outcome("hires"))
    robot = replace(made.choices[1], kind="robot", saving=Interval(-2e6, -3e6, -1e6))
    chapter = letterchoices.alternatives(made.desk, [*made.choices, robot])
    assert chapter is not None
    grid = next(b for b in chapter.blocks if isinstance(b, Grid))
    assert [row[0] for row in grid.rows] == [
        "Dagens bemanning",
        "Den föreslagna planen",
        "Roboten och dagens handläggare",
    ]
    assert grid.rows[2][5:] == ("−2,0", "−3,0 till −1,0")
