"""A reader of a run on totals alone is told what was assumed, and what it moves."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from flowcases import HAZARD, SEGMENTS, case_of
from outcomes import outcome
from test_page import text_of

from bemanna.pipelines.durationmix import (
    COUNTS,
    cannot_say,
    course_assumption,
    learn_duration_mix,
)
from bemanna.pipelines.language import percent
from bemanna.pipelines.learning import learn
from bemanna.pipelines.registers import Case
from bemanna.pipelines.tables import mix_table


@pytest.fixture(scope="module")
def case() -> Case:
    return case_of(np.random.default_rng(1), with_spells=False, inflow=90.0)


def value_of(rows: pd.DataFrame) -> dict[tuple[str, float], float]:
    """Values of one group by what they are and by the fall."""
    return dict(
        zip(zip(rows["what"], rows["fall"], strict=True), rows["value"], strict=True)
    )


def test_the_truth_lies_within_what_the_courses_span(case: Case) -> None:
    table = learn(case, np.random.default_rng(1), 50).duration_mix
    for name, hazard in zip(SEGMENTS, HAZARD, strict=True):
        true = 1 - np.prod(1 - hazard[:12])
        told = value_of(table[table["segment"] == name])
        assert told["new_12", 0.0] < true < told["new_12", 0.5]


def test_the_sentence_carries_the_figures_of_the_table(case: Case) -> None:
    table = learn_duration_mix(case)
    new = table[table["what"] == "new_12"].sort_values("largest")
    where = str(new["segment"].iloc[-1])
    values = value_of(table[table["segment"] == where])
    for sprak, words in (
        ("sv", ("bara månadssummor", "28", where, "i stället för")),
        ("en", ("only monthly totals", "28", where, "instead of")),
    ):
        text = cannot_say(table, case, sprak)
        assert all(word in text for word in words)
        for what in ("new_12", "open_12"):
            for fall in (0.0, 0.5):
                assert percent(values[what, fall], sprak=sprak) in text
        row = course_assumption(table, sprak)
        assert percent(values["new_12", 0.5], sprak=sprak) in row.value
    alone = cannot_say(table[table["segment"] == where], case)
    assert where not in alone


def test_the_page_shows_it() -> None:
    found = outcome("hires")
    table = learn_duration_mix(found.case)
    text = cannot_say(table, found.case)
    row = course_assumption(table)
    told = text_of(replace(found, cannot_tell=(text,), assumptions=(row,)))
    plain = " ".join(text.split())
    assert plain in told
    assert " ".join(row.value.split()) in told


def test_too_little_is_said_to_be_too_little(case: Case) -> None:
    flows = case.flows.copy()
    flows.loc[flows["month"] == flows["month"].unique()[-6], "inflow"] = np.nan
    holed = replace(case, flows=flows)
    table = learn_duration_mix(holed)
    assert table.empty
    assert "kan inte räknas ut" in cannot_say(table, holed)
    assert course_assumption(table).value == "densamma varje månad"


def test_small_groups_show_chances_and_no_households() -> None:
    found = outcome("hires", cases=30.0)
    flows = found.case.flows.copy()
    last = flows["segment"] == "Sociala hinder"
    flows.loc[last, ["start", "served", "end"]] = 3.0
    flows.loc[last, ["inflow", "exits"]] = 1.0
    flows.loc[last, "start"] = 2.0
    flows.loc[last, "end"] = 2.0
    case = replace(found.case, flows=flows)
    table = mix_table(replace(found, case=case, duration_mix=learn_duration_mix(case)))
    small = table["segment"] == "Sociala hinder"
    counts = table["what"].isin(COUNTS)
    assert table.loc[small & counts, "value"].isna().all()
    assert table.loc[small & ~counts, "value"].notna().all()
    assert table.loc[small, "value"].notna().any()


def test_spells_tell_it_themselves() -> None:
    assert learn_duration_mix(case_of(np.random.default_rng(2), months=30)).empty
