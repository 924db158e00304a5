"""An exit counts when it lasted, and only where a year could be seen."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from bemanna.models.exits import ExitModel
from bemanna.models.pilot import difference_in_differences, observed_expected
from bemanna.models.returns import durable_exits, return_shares

LAST = pd.Timestamp("2024-12-01")
MONTHS = pd.date_range("2020-01-01", LAST, freq="MS")


def rows(
    *spells: tuple[str, str, int, str | None],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows from (household, first month, months, exit)."""
    names, first, length, exits = zip(*spells, strict=True)
    X = pd.DataFrame({"household": names, "month": pd.to_datetime(list(first))})
    y = pd.DataFrame(
        {"entry": 0, "stop": length, "exit": pd.Series(exits, dtype=object)}
    )
    return X, y


def test_who_comes_back_within_a_year_never_left() -> None:
    X, y = rows(
        ("a", "2021-01", 3, "work"),  # last month March 2021
        ("a", "2022-03", 2, "work"),  # back after 12 months
        ("b", "2021-01", 3, "work"),
        ("b", "2022-04", 2, None),  # back after 13
        ("c", "2021-01", 3, "work"),  # never back
    )
    found = durable_exits(X, y, LAST)
    assert found["exit"].notna().tolist() == [False, True, True, False, True]
    assert found["followed"].all()
    assert found["stop"].tolist() == y["stop"].tolist()
    longer = durable_exits(X, y, LAST, within=13)
    assert longer["exit"].notna().tolist() == [False, True, False, False, True]


def test_months_that_no_year_follows_are_cut_off_with_or_without_an_exit() -> None:
    X, y = rows(
        ("a", "2023-10", 3, "work"),  # left December 2023: just followed
        ("b", "2023-11", 3, "work"),  # left January 2024: two months are followed
        ("c", "2023-11", 9, None),
        ("d", "2024-01", 1, "work"),
        ("e", "2024-01", 5, None),
    )
    found = durable_exits(X, y, LAST)
    assert found["exit"].notna().tolist() == [True, False, False, False, False]
    assert found["followed"].tolist() == [True, True, True, False, False]
    assert found["stop"][:3].tolist() == [3, 2, 2]
    with pytest.raises(ValueError, match="followed for 99 months"):
        durable_exits(X, y, LAST, within=99)


def test_order_of_rows_and_splits_do_not_matter() -> None:
    X, y = rows(
        ("a", "2021-03", 2, "work"),
        ("a", "2021-01", 2, None),  # the same spell, cut where a caseload changed
        ("a", "2021-08", 2, None),
        ("b", "2021-02", 2, "studies"),
    )
    found = durable_exits(X, y, LAST)
    assert found["exit"].isna().tolist() == [True, True, True, False]
    mixed = [3, 2, 0, 1]
    again = durable_exits(X.loc[mixed], y.loc[mixed], LAST)
    pd.testing.assert_frame_equal(again.sort_index(), found)


def register(
    rng: np.random.Generator, quick: float
) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[np.bool_]]:
    """Six units over five years; u0 halves its caseload from January 2023.

    The monthly chance of a lasting exit is the same everywhere. One of an exit that
    ends in a return three months later is `quick` in the pilot and .02 elsewhere.
    """
    out = []
    start = int(np.flatnonzero(pd.Timestamp("2023-01-01") == MONTHS)[0])
    for unit in range(6):
        for home in range(350):
            t = int(rng.integers(0, 40))
            while t < len(MONTHS):
                begin = t
                leaves, back = False, False
                while t < len(MONTHS) and not leaves:
                    pilot = unit == 0 and t >= start
                    leaves, back = _leaves(rng, quick if pilot else 0.02)
                    t += 1
                cuts = sorted({begin, t} | ({start} if begin < start < t else set()))
                for low, high in pairwise(cuts):
                    exit_ = "work" if leaves and high == t else None
                    light = unit == 0 and low >= start
                    spell = (f"{unit}-{home}", f"u{unit}", 30.0 if light else 60.0)
                    out.append((*spell, low, low - begin, high - begin, exit_))
                t = t + 2 if leaves and back else len(MONTHS)
    names = ["household", "unit", "caseload", "low", "entry", "stop", "exit"]
    table = pd.DataFrame(out, columns=names)
    table["month"] = MONTHS[table["low"]]
    X = table[["household", "month", "unit", "caseload"]]
    after = (table["low"] >= start).to_numpy(bool)
    return X, table[["entry", "stop", "exit"]], after


def _leaves(rng: np.random.Generator, quick: float) -> tuple[bool, bool]:
    draw = float(rng.random())
    return draw < 0.04 + quick, draw < quick


def test_a_pilot_that_only_turns_people_round_has_no_lasting_effect() -> None:
    X, y, after = register(np.random.default_rng(1), quick=0.06)
    covariates = X[["unit", "caseload"]].assign(place="all")
    told = observed_expected(ExitModel(), covariates, y, after, ["u0"])
    all_exits = difference_in_differences(told, ["u0"])
    lasting = durable_exits(X, y, LAST)
    keep = lasting["followed"].to_numpy(bool)
    told = observed_expected(
        ExitModel(), covariates[keep], lasting[keep], after[keep], ["u0"]
    )
    durable = difference_in_differences(told, ["u0"])
    assert all_exits.interval().low > 0.1
    assert all_exits.log_hr == pytest.approx(np.log(0.10 / 0.06), abs=0.25)
    assert durable.interval().low < 0 < durable.interval().high
    assert abs(durable.log_hr) < 2.5 * durable.sd
    assert told["observed"].sum() < y["exit"].notna().sum()


def test_lasting_exits_are_those_that_the_life_table_leaves() -> None:
    X, y, _ = register(np.random.default_rng(2), quick=0.02)
    lasting = durable_exits(X, y, LAST)
    keep = lasting["followed"].to_numpy(bool)
    at_end = X["month"].dt.to_period("M") + (y["stop"] - y["entry"] - 1)
    followed = keep & (at_end <= LAST.to_period("M") - 12).to_numpy()
    share = lasting.loc[followed, "exit"].notna().sum()
    share /= y.loc[followed, "exit"].notna().sum()
    # a spell is one row per household here once its cuts are joined
    spell = X.assign(
        begin=X["month"].dt.to_period("M") - y["entry"], end=at_end, left=y["exit"]
    )
    last_rows = spell.groupby(["household", "begin"]).tail(1)
    spells = pd.DataFrame(
        {
            "household": last_rows["household"],
            "unit": last_rows["unit"],
            "segment": "all",
            "start": last_rows["begin"].dt.to_timestamp(),
            "end": last_rows["end"].dt.to_timestamp().where(last_rows["left"].notna()),
        }
    )
    back = return_shares(spells, ("all",), LAST, 12).sum()
    assert share == pytest.approx(1 - back, abs=0.02)
