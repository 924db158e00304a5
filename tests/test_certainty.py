"""What is said of how sure a plan is: another effect, other plans, knowing more."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from outcomes import outcome
from test_figures import texts
from test_page import text_of, written
from test_smallcounts import three_units

from bemanna.optimisation.alternatives import Alternative
from bemanna.pipelines.certainty import (
    knowing,
    least_regret,
    other_effect,
    too_much,
)
from bemanna.pipelines.doubts import Doubts, information_of, regrets
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.page import write_results
from bemanna.pipelines.regretfigure import regret_picture
from bemanna.pipelines.summary import summary_json
from bemanna.pipelines.tables import read_table

THIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2212": "-"})


def plain(text: str) -> str:
    """Write spaces and minus as a keyboard does."""
    return text.translate(THIN)


def with_regret(found: Outcome, regret: list[list[float]]) -> Outcome:
    """Replace the regret of today, plan and least regret at the four effects."""
    (doubt,) = found.doubts
    assert doubt.regret is not None
    cost = doubt.regret.optimum + np.array(regret)
    table = replace(doubt.regret, cost=cost)
    return replace(found, doubts=(replace(doubt, regret=table),))


def test_a_politician_reads_what_a_wrong_guess_costs() -> None:
    found = outcome("hires")
    assert plain(other_effect(found)) == (
        "Om effekten av färre ärenden per handläggare är noll kostar planen 1,3 mnkr "
        "för mycket och dagens bemanning 200 tkr mindre än någon plan; om effekten är "
        "1,5 gånger skattningen 1,1 mnkr för mycket respektive 2,4 mnkr för mycket. "
        "Det räknas från den bästa bemanningen för varje effekt."
    )
    english = plain(other_effect(found, "en"))
    assert "the plan costs 1.3 MSEK too much and today's staffing 200 kSEK" in english


def test_regret_in_words() -> None:
    assert too_much(499.0) == "inget för mycket"
    assert plain(too_much(-2e6, "en")) == "2.0 MSEK less than any plan"
    assert too_much(np.inf) == "går inte att genomföra"


def test_another_plan_is_named_only_where_its_worst_case_is_much_better() -> None:
    found = outcome("hires")  # at worst 1.3 against 0.9 MSEK
    assert "i värsta fall 900 tkr för mycket, planen 1,3 mnkr" in plain(
        least_regret(found)
    )
    near = [[0.0] * 4, [1e6, 0, 0, 9e5], [9.5e5, 0, 0, 9.5e5]]
    assert "som mest 1,0 mnkr för mycket" in plain(
        least_regret(with_regret(found, near))
    )


def test_a_pilot_is_said_to_pay_only_where_it_does() -> None:
    found = outcome("hires")
    sure, pilot = map(plain, knowing(found))
    assert "omkring 4,3 mnkr" in sure
    for expected in ("6 månader", "480 hushållen", "1,4 mnkr", "20 tkr", "80 %"):
        assert expected in pilot
    assert pilot.endswith("Försöket lönar sig, med 480 tkr.")
    (doubt,) = found.doubts
    assert doubt.information is not None
    poor = replace(doubt.information, sample=1e6)
    less = replace(found, doubts=(replace(doubt, information=poor),))
    end = "Det fattas 420 tkr för att försöket ska löna sig."
    assert plain(knowing(less)[1]).endswith(end)
    none = replace(found, doubts=(replace(doubt, pilot=None),))
    assert knowing(none) == (knowing(found)[0], "")


def test_units_are_added_up() -> None:
    one, three = outcome("hires"), outcome("hires", ("A", "B", "C"))
    single, total = regrets(one.doubts), regrets(three.doubts)
    assert single is not None
    assert total is not None
    assert total.regret == pytest.approx(3 * single.regret)
    assert total.handlers("plan") == pytest.approx(3 * single.handlers("plan"))
    worth, of_all = information_of(one.doubts), information_of(three.doubts)
    assert worth is not None
    assert of_all is not None
    assert of_all.net == pytest.approx(3 * worth.net)
    # a sum with an unknown part is not known
    unknown = (*three.doubts[:2], Doubts(None, None, three.doubts[0].pilot))
    assert regrets(unknown) is information_of(unknown) is None


def test_the_page_carries_every_doubt() -> None:
    text = plain(text_of(outcome("hires")))
    for expected in (
        "Hur säker är planen?",
        "0,00 (0 %) -0,20 1,30 0,90",
        "1,00 (11 %) 0,60 0,00 0,10",
        "Så få handläggare som möjligt 9 8,5 0 1,90",
        "Det exakta antalet betyder lite",
        "Minus: dagens bemanning håller inte de gränser",
        "så den kan ligga utanför tabellen",
        "planer för 5 effekter",
    ):
        assert expected in text
    assert text.count("Det exakta antalet betyder lite") == 1


def test_minus_is_explained_only_where_there_is_one() -> None:
    above = with_regret(outcome("hires"), [[1e5] * 4, [0.0] * 4, [0.0] * 4])
    assert "Minus: dagens" not in plain(text_of(above))


def test_what_cannot_be_put_into_figures_is_said_to_be_so() -> None:
    found = outcome("hires")
    unknown = replace(found, doubts=(Doubts(None, None, None),))
    text = text_of(unknown)
    assert "går inte att räkna ut här" in text
    assert "gånger skattningen" not in text
    assert regret_picture(unknown) is None
    assert "Hur säker är planen?" not in text_of(outcome("stock"))


def test_english_page_and_picture() -> None:
    found = outcome("hires")
    text = text_of(found, "en")
    assert "How sure is the plan?" in text
    assert not re.search("handläggare|skattning|för mycket", text)
    picture = regret_picture(found, "en")
    assert picture is not None
    words = texts(picture)
    assert {"plan", "as today", "best worst case"} <= set(words)
    assert "the plan costs" in picture.description


def test_what_an_alternative_buys_stands_in_its_name() -> None:
    found = outcome("hires")
    (plan,) = found.plans
    buys: tuple[Alternative, ...] = tuple(
        replace(one, robot=one.kind == "fewest") for one in plan.alternatives
    )
    text = text_of(replace(found, plans=(replace(plan, alternatives=buys),)))
    assert "Så få handläggare som möjligt, med roboten" in text
    assert "Så många handläggare som möjligt, med" not in text


def test_files_hold_it_for_every_unit(tmp_path: Path) -> None:
    small = three_units()
    write_results(tmp_path, small)
    regret = read_table(tmp_path / "regret.csv").set_index("unit")
    assert set(regret["plan"]) == {"today", "plan", "least regret"}
    # a total that holds the assistance paid would give the number of cases away
    assert list(regret) == ["plan", "factor", "log_hr", "regret_sek"]
    assert set(regret.index) == {"Nord", "Syd", "Väst"}
    assert regret.notna().all().all()
    other = read_table(tmp_path / "alternatives.csv")
    assert set(other["plan"]) == {"best", "fewest", "most"}
    assert len(other) == 3 * 3 * 36
    few = other[other["plan"] == "fewest"].groupby("month")["handlers"].sum()
    best = other[other["plan"] == "best"].groupby("month")["handlers"].sum()
    assert few.to_numpy() == pytest.approx(0.75 * best.to_numpy(), abs=0.005)


def test_the_page_names_the_files(tmp_path: Path) -> None:
    html = written(tmp_path, outcome("hires"))
    assert "Andra planer som kostar ungefär lika mycket: <a" in html
    assert {path.suffix for path in tmp_path.glob("regret.*")} == {
        ".csv",
        ".svg",
        ".png",
    }


def test_machines_get_it_too() -> None:
    answer = json.loads(json.dumps(summary_json(outcome("hires", ("A", "B")))))
    total, unit = answer["how_sure"], answer["units"][0]
    assert total["regret"]["regret_sek"]["plan"] == [2.6e6, 1e6, 0, 2.2e6]
    assert unit["how_sure"]["regret"]["regret_sek"]["plan"] == [1.3e6, 5e5, 0, 1.1e6]
    pilot = total["information"]["pilot"]
    assert pilot["net_sek"] == pytest.approx(2 * 480_000)
    assert pilot["households"] == 960
    (lever,) = unit["levers"]
    assert lever == {
        "kind": "robot",
        "from_month": "2027-05",
        "bought": False,
        "cost_sek": 900_000,
        "net_sek": -250_000,
        "breakeven_share": None,
    }
    assert [one["kind"] for one in unit["alternatives"]] == ["best", "fewest", "most"]
    assert unit["alternatives"][1]["above_cheapest_sek"] == 1.9e6
    bare = summary_json(outcome("stock"))
    assert bare["how_sure"] == {"regret": None, "information": None}
