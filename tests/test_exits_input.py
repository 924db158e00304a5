"""The exit model names what is wrong with its input, and is unsure where it should."""

import numpy as np
import pandas as pd
import pytest
from hazards import Drawn, draw_rows

from bemanna.models.domain import InputError
from bemanna.models.exits import ExitModel


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw_rows(np.random.default_rng(7), 3000)


@pytest.fixture(scope="module")
def fitted(drawn: Drawn) -> ExitModel:
    return ExitModel().fit(drawn.X, drawn.y)


BROKEN: dict[str, tuple[dict[str, object], str]] = {
    "exit before entry": ({"stop": 1, "entry": 3}, "exit_before_entry"),
    "negative entry": ({"entry": -1}, "entry_negative"),
    "no month": ({"stop": np.nan}, "spell_months"),
    "unknown destination": ({"exit": "månen"}, "unknown_destination"),
}


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_faulty_rows_are_named(broken: str, drawn: Drawn) -> None:
    change, rule = BROKEN[broken]
    y = drawn.y.head(50).astype({"entry": float, "stop": float})
    for column, value in change.items():
        y.loc[7, column] = value
    with pytest.raises(InputError) as caught:
        ExitModel().fit(drawn.X.head(50), y)
    assert [f.rule for f in caught.value.faults] == [rule]
    assert "first at position 7" in str(caught.value)


def test_every_fault_is_gathered(drawn: Drawn) -> None:
    y = drawn.y.head(50).copy()
    y.loc[1, "entry"] = -1
    y.loc[2, "exit"] = "månen"
    with pytest.raises(InputError) as caught:
        ExitModel().fit(drawn.X.head(50), y)
    assert {f.rule for f in caught.value.faults} == {
        "entry_negative",
        "unknown_destination",
    }


def test_nothing_to_learn_from_is_said(drawn: Drawn) -> None:
    X, y = drawn.X.head(50), drawn.y.head(50)
    with pytest.raises(InputError, match="no household ever left"):
        ExitModel().fit(X, y.assign(exit=None))
    with pytest.raises(InputError, match="no spells"):
        ExitModel().fit(X.head(0), y.head(0))
    with pytest.raises(ValueError, match="lacks"):
        ExitModel().fit(X, y.drop(columns="exit"))
    with pytest.raises(ValueError, match="50 rows and y 49"):
        ExitModel().fit(X, y.head(49))
    with pytest.raises(InputError, match="missing values"):
        ExitModel().fit(X.assign(segment=None), y)
    with pytest.raises(InputError, match="above 0"):
        ExitModel().fit(X.assign(caseload=0.0), y)
    with pytest.raises(ValueError, match="over_time must be"):
        ExitModel(over_time=("postnummer",)).fit(X, y)


def test_one_household_gives_a_wide_answer() -> None:
    X = pd.DataFrame({"segment": ["ung"]})
    y = pd.DataFrame({"entry": [0], "stop": [8], "exit": ["work"]})
    model = ExitModel().fit(X, y)
    interval = model.hazard_interval(X, 4)
    assert 0 < interval["low"][0] < 0.05
    assert interval["high"][0] > 0.3


def test_a_segment_that_nobody_left_borrows_and_stays_uncertain(
    drawn: Drawn,
) -> None:
    still = pd.DataFrame({"segment": ["ny"] * 10, "hard": 0})
    X = pd.concat([drawn.X, still])
    on = pd.DataFrame({"entry": 0, "stop": [12] * 10, "exit": None})
    model = ExitModel().fit(X, pd.concat([drawn.y, on]))
    interval = model.hazard_interval(still.head(1), 5)
    assert 0.0005 < interval["mean"].iloc[0] < 0.05
    assert interval["high"].iloc[0] > 2 * interval["mean"].iloc[0]


def test_what_was_never_seen_is_refused(drawn: Drawn, fitted: ExitModel) -> None:
    with pytest.raises(ValueError, match="segment marsian was never seen"):
        fitted.predict_hazard(pd.DataFrame({"segment": ["marsian"], "hard": [0]}), 0)
    with pytest.raises(ValueError, match="segment marsian was never seen"):
        fitted.hazard_by_destination(["marsian"], 12)
    with pytest.raises(ValueError, match="X lacks hard"):
        fitted.predict_hazard(pd.DataFrame({"segment": ["ung"]}), 0)
    moved = drawn.y.head(9).assign(exit="moved")
    with pytest.raises(ValueError, match="exits to moved were never seen"):
        fitted.score(drawn.X.head(9), moved)


def test_another_destination_may_be_allowed(drawn: Drawn) -> None:
    y = drawn.y.replace({"exit": {"other": "folkhögskola"}})
    model = ExitModel(destinations=("folkhögskola", "work", "sickness_compensation"))
    assert "folkhögskola" in model.fit(drawn.X, y).destinations_
