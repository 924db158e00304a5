"""A reader sees count and amount apart, what prices did, and no few households."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from casefolder import only, read, write
from outcomes import SEGMENTS, outcome
from test_page import text_of

from bemanna.models.amounts import BANDS, COLUMNS
from bemanna.pipelines.benefits import CHANGES, KEYS, benefit_file, benefit_lines
from bemanna.pipelines.language import number
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.registers import Case

STEPS = (0.93, 1.0, 1.02, 1.05, 1.08)
SHARES = (0.30, 0.20, 0.20, 0.15, 0.15)


def priced(case: Case, index: dict[str, float] | None) -> Case:
    economy = case.settings.economy.model_copy(update={"price_index": index or {}})
    return replace(case, settings=case.settings.model_copy(update={"economy": economy}))


def with_durations(case: Case) -> Case:
    """Give every group's payments by duration, dearer the longer."""
    flows = case.flows
    parts = [
        flows.assign(
            duration=label,
            household_months=flows["served"] * share,
            paid_sek=flows["paid_sek"] * share * step,
        )
        for label, share, step in zip(BANDS.labels, SHARES, STEPS, strict=True)
    ]
    return replace(case, payments=pd.concat(parts, ignore_index=True))


def of(case: Case) -> Outcome:
    return replace(outcome("hires"), case=case)


def test_without_durations_the_table_is_by_group_and_says_so() -> None:
    case = outcome("hires").case
    table = benefit_lines(case)
    assert list(table) == COLUMNS
    assert set(table["segment"]) == {"", *SEGMENTS}
    assert set(table["duration"]) == {""}
    text = text_of(of(case))
    assert "Hur beloppet beror på tiden i bistånd är inte känt" in text
    assert "Belopp efter målgrupp, 2025" in text
    assert "Fasta priser visas inte för 2024, 2025" in text
    assert "Antal och belopp var för sig" in text


def test_with_durations_it_is_by_both() -> None:
    case = with_durations(outcome("hires").case)
    table = benefit_lines(case)
    last = table[(table["year"] == 2025) & (table["segment"] == "")]
    amounts = last.set_index("duration")["sek_month"]
    assert amounts[list(BANDS.labels)].to_numpy() == pytest.approx(
        8_900 * np.array(STEPS)
    )
    text = text_of(of(case))
    assert "Belopp efter målgrupp och månader i bistånd, 2025" in text
    assert "36+" in text
    assert "är inte känt" not in text


def test_fixed_prices_follow_the_users_own_index() -> None:
    own = {str(year): 200.0 * 1.1**i for i, year in enumerate(range(2022, 2026))}
    case = priced(outcome("hires").case, own)
    table = benefit_lines(case)
    assert (table["price_year"] == 2025).all()
    real = table["real_change_share"].dropna().to_numpy()
    assert real == pytest.approx(1 / 1.1 - 1)  # the amount stayed, prices rose
    text = text_of(of(case))
    assert "Fasta priser visas inte" not in text
    assert "I 2025 års priser" in text
    first = table["sek_month_fixed"].iloc[0]
    assert " ".join(number(first).split()) in text


def test_swedish_prices_say_nothing_of_another_currency() -> None:
    case = outcome("hires").case
    economy = case.settings.economy.model_copy(update={"currency": "USD"})
    abroad = replace(
        case, settings=case.settings.model_copy(update={"economy": economy})
    )
    assert benefit_lines(abroad)["sek_month_fixed"].isna().all()


def test_an_index_of_another_base_is_refused(tmp_path: Path) -> None:
    good = '[economy.price_index]\n"2024" = 261.5\n'
    assert read(write(tmp_path / "a", toml=good)).settings.economy.price_index
    bad = '[economy.price_index]\n"2024" = 118.2\n'
    fault = only(write(tmp_path / "b", toml=bad), "wrong_value")
    assert "price_index" in fault.message
    assert "1987 = 100" in fault.remedy


def test_few_households_are_not_shown_nor_given_away() -> None:
    case = outcome("hires").case
    flows = case.flows.copy()
    small = flows["segment"] == "Sociala hinder"
    flows.loc[small & (flows["month"].dt.year == 2024), "served"] = 3.0
    case = replace(case, flows=flows)
    table = benefit_lines(case).set_index(["year", "segment"])
    numbers = [name for name in COLUMNS if name not in KEYS]
    assert table.loc[(2024, "Sociala hinder"), numbers].isna().all()
    # one more is blank, since the whole is shown
    assert table.loc[2024, "household_months"].isna().sum() == 2
    assert np.isfinite(table.loc[(2024, ""), "household_months"])
    # the change to next year would tell this year's count
    assert table.loc[(2025, "Sociala hinder"), CHANGES].isna().all()
    assert np.isfinite(table.loc[(2025, "Sociala hinder"), "sek_month"])


def test_durations_of_a_blank_group_are_blank_too() -> None:
    case = with_durations(outcome("hires", cases=20.0).case)
    table = benefit_lines(case)
    groups = table[(table["duration"] == "") & (table["segment"] != "")]
    blank = groups[groups["sek_month"].isna()]
    assert len(blank)
    for row in blank.itertuples():
        inside = (table["year"] == row.year) & (table["segment"] == row.segment)
        assert table.loc[inside, "household_months"].isna().all()
    shown = table["household_months"].dropna()
    assert (shown >= 5 * 12).all()


def test_without_payments_there_is_no_section() -> None:
    found = outcome("hires")
    bare = replace(found.case, flows=found.case.flows.assign(paid_sek=np.nan))
    assert benefit_file(bare).empty
    assert "Bistånd per hushåll " not in text_of(of(bare)).replace(
        "Bistånd per hushåll och månad", ""
    )
