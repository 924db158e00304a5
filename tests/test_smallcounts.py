"""Few households are not published: not in a table, a figure, a sentence or MLflow."""

import re
from dataclasses import replace
from pathlib import Path

from outcomes import SEGMENTS, outcome
from test_figures import texts
from test_page import Reader, text_of, written

from bemanna.pipelines.modelruns import model_runs
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.outlook import forecast_picture, segments_picture
from bemanna.pipelines.page import write_results
from bemanna.pipelines.sentences import expected
from bemanna.pipelines.tables import read_table


def test_few_households_are_not_published(tmp_path: Path) -> None:
    found = outcome("hires", cases=12.0)
    html = written(tmp_path, found)
    assert "Från 0,2 handläggare i dag" in Reader(html).text
    last = found.case.flows[found.case.flows["month"] == found.case.months[-1]]
    small = last.loc[last["served"].between(1, 4), "segment"]
    assert len(small) > 0
    for name in ("forecast", "plan_groups"):
        table = read_table(tmp_path / f"{name}.csv")
        numbers = table[table["segment"].isin(small)].select_dtypes("number")
        counts = numbers.drop(columns=numbers.filter(like="per_handler"))
        assert counts.isna().all().all()
        assert table[table["segment"] == SEGMENTS[0]].notna().all().all()


def three_units() -> Outcome:
    """Nord has nine households, Syd three, Väst nineteen or so in each group."""
    found = outcome("hires", ("Nord", "Syd", "Väst"), cases=9.0)
    flows = found.case.flows.copy()
    south = flows["unit"] == "Syd"
    flows.loc[south, ["served", "start", "end"]] = 0.0
    flows.loc[south & (flows["segment"] == SEGMENTS[0]), "served"] = 3.0
    flows.loc[flows["unit"] == "Väst", "served"] += 10.0
    return replace(found, case=replace(found.case, flows=flows))


def test_a_unit_of_a_few_households_is_not_counted(tmp_path: Path) -> None:
    small = three_units()
    write_results(tmp_path, small)
    plan = read_table(tmp_path / "plan.csv").set_index("unit")
    saving = read_table(tmp_path / "saving.csv").set_index("unit")
    hidden = ["Nord", "Syd"]  # Syd, and what would give it away by subtraction
    assert plan.loc[hidden].filter(regex="^(cases|benefit)").isna().all().all()
    assert saving.loc[hidden].filter(regex="^benefit").isna().all().all()
    assert plan.loc[hidden, "handlers"].notna().all()
    assert plan.loc["Väst"].notna().all().all()
    text = text_of(small)
    assert re.search("Syd 0,[12] 0,[12] – –", text)
    assert not re.search("Väst 0,[12] 0,[12] –", text)


def test_mlflow_is_told_no_more_than_the_tables() -> None:
    __, models = model_runs(three_units())
    series = {model.name: set(model.series) for model in models}
    for unit in ("Nord", "Syd"):
        assert series[f"plan {unit}"] == {"handlers", "handlers_today_path"}
    assert "cases_per_handler" in series["plan Väst"]


def test_a_group_of_a_few_households_gets_no_panel() -> None:
    few = segments_picture(outcome("hires", cases=18.0), "sv")
    assert few is not None
    words = texts(few)
    assert SEGMENTS[0] in words  # nine households
    assert SEGMENTS[2] not in words  # four


def test_fewer_than_five_households_in_all_are_not_counted() -> None:
    few = outcome("hires", cases=3.0)
    assert expected(few) == "Färre än 5 hushåll har bistånd."
    picture = forecast_picture(few)
    assert picture is not None
    assert not any("Hushåll" in word for word in texts(picture))
    assert "12 i oktober 2026" in expected(outcome("hires", cases=12.0))


def test_a_group_that_follows_from_the_others_gets_no_panel() -> None:
    few = segments_picture(outcome("hires", cases=18.0))
    assert few is not None
    words = texts(few)  # nine households; five; four
    assert [name for name in SEGMENTS if name in words] == [SEGMENTS[0]]


def test_months_of_a_few_households_leave_a_gap_in_the_line() -> None:
    found = outcome("hires")
    flows = found.case.flows.copy()
    of_group = flows["segment"] == SEGMENTS[0]
    then = of_group & (flows["month"] == flows["month"].unique()[30])
    flows.loc[then, "served"] = 3.0
    gap = segments_picture(replace(found, case=replace(found.case, flows=flows)))
    whole = segments_picture(found)
    assert gap is not None
    assert whole is not None
    starts = [
        len(re.findall(r"M [\d.]+ [\d.]+", picture.svg)) for picture in (gap, whole)
    ]
    assert starts[0] == starts[1] + 1  # the pen is lifted once
