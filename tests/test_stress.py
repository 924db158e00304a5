"""Random programs of every kind: a fixed sample, and two thousand as a soak test."""

import pandas as pd
import pytest
from stress import KINDS, SEEDS, stress


def assert_held(found: pd.DataFrame) -> None:
    assert not (found["outcome"] == "failed").any()
    assert found["gap"].max() <= 1e-8
    assert not (found["score"] < -3).any()
    assert set(found["kind"]) == {kind.__name__ for kind in KINDS}
    assert (found["outcome"] == "solved").mean() > 0.5


def test_programs_of_every_kind() -> None:
    assert_held(stress(SEEDS[:48]))


@pytest.mark.soak
def test_two_thousand_programs() -> None:
    assert_held(stress())
