"""Nobody can be found in what is written.

Personnummer here are Skatteverket's published 19121212-1212, or made at run time.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from casefolder import faults_of, read, write
from faultcases import few
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bemanna.pipelines import privacy

KEY = b"en hemlig nyckel"
TEST_NUMBER = "191212121212"


def made(year: int, month: int, day: int, serial: int) -> str:
    """Twelve digits with a right check digit."""
    nine = f"{year % 100:02d}{month:02d}{day:02d}{serial:03d}"
    digits = [int(d) * (2 - i % 2) for i, d in enumerate(nine)]
    check = -sum(d // 10 + d % 10 for d in digits) % 10
    return f"{year // 100}{nine}{check}"


people = st.builds(
    made,
    st.integers(1900, 2020),
    st.integers(1, 12),
    st.one_of(st.integers(1, 28), st.integers(61, 88)),
    st.integers(0, 999),
)


@given(
    people,
    st.sampled_from(["", "-", "+", "\u2013", "\u2212", " ", " - ", "\u00a0"]),
    st.booleans(),
)
def test_every_way_of_writing_is_found(person: str, sign: str, century: bool) -> None:
    text = f"{person if century else person[2:]}"
    text = text[:-4] + sign + text[-4:]
    assert privacy.find_personnummer(f"ärende ({text});") == [text]
    assert privacy.find_personnummer(f"a;{text},b") == [text]
    assert text not in privacy.mask(f"id {text}")
    with pytest.raises(privacy.PrivacyError) as caught:
        privacy.guard(f"rad 1\n{text}", "plan.csv")
    assert "plan.csv, line 2" in str(caught.value)
    assert person[-4:] not in str(caught.value)


@given(people)
def test_a_share_in_a_swedish_table_is_no_personnummer(person: str) -> None:
    ten = person[2:]
    assert privacy.guard(f"a;0,{ten};1\nb;-0,{ten};\u22120,{ten}")
    # where commas part the fields, what follows a 0 is a field of its own
    assert privacy.find_personnummer(f"a,0,{ten}\n0,{ten}") == [ten, ten]


@given(people)
def test_a_wrong_check_digit_is_no_personnummer(person: str) -> None:
    wrong = person[:-1] + str((int(person[-1]) + 1) % 10)
    assert privacy.find_personnummer(wrong) == []


@pytest.mark.parametrize(
    "text",
    [
        "12345.1212121212",  # decimals of a figure
        "1" + TEST_NUMBER,  # part of a longer number
        "2026-03-01T12:12:12.121212+01:00",
        "0" * 6 + TEST_NUMBER + "abcdef0123456789abcdef",  # a hash
        "7 500 000 kr",
    ],
)
def test_figures_times_and_hashes_pass(text: str) -> None:
    assert privacy.guard(text) == text


def test_pseudonyms_are_keyed_stable_and_never_numbers() -> None:
    forms = pd.Series([TEST_NUMBER, "19121212-1212", "121212+1212", "H17", "H17"])
    names = privacy.pseudonymise(forms, KEY)
    assert names.nunique() == 2
    assert names[3] == names[4]
    other = privacy.pseudonymise(forms, b"en annan hemlig nyckel")
    assert not set(names) & set(other)
    assert names.str.fullmatch("[a-z]{24}").all()


def test_a_short_key_is_refused() -> None:
    with pytest.raises(privacy.PrivacyError):
        privacy.pseudonymise(pd.Series(["a"]), b"kort")
    with pytest.raises(privacy.PrivacyError):
        privacy.read_key(environ={"BEMANNA_NYCKEL": "kort"})
    assert privacy.read_key(environ={}) is None


def test_key_file_may_not_lie_with_the_results(tmp_path: Path) -> None:
    inside, outside = tmp_path / "ut" / "nyckel", tmp_path / "nyckel"
    inside.parent.mkdir()
    for path in (inside, outside):
        path.write_bytes(KEY + b"\n")
    environ = {"BEMANNA_NYCKELFIL": str(outside)}
    assert privacy.read_key([inside.parent], environ) == KEY
    with pytest.raises(privacy.PrivacyError):
        privacy.read_key([inside.parent], {"BEMANNA_NYCKELFIL": str(inside)})


counts = hnp.arrays(
    float,
    st.tuples(st.integers(1, 7), st.integers(1, 5)),
    elements=st.integers(0, 30).map(float),
)


@given(counts)
def test_no_suppressed_count_follows_from_the_totals(table: np.ndarray) -> None:
    names = [f"c{i}" for i in range(table.shape[1])]
    shown = privacy.suppress(pd.DataFrame(table, columns=names), names).to_numpy()
    hidden = np.isnan(shown)
    assert hidden[(table > 0) & (table < 5)].all()
    assert (shown[~hidden] == table[~hidden]).all()
    # the margins as equations in the hidden counts: none may have one solution only
    unknown = np.argwhere(hidden)
    if len(unknown) == 0 or table.size == 1:
        return
    equations = []
    if table.shape[1] > 1:
        equations += [unknown[:, 0] == i for i in range(table.shape[0])]
    if table.shape[0] > 1:
        equations += [unknown[:, 1] == j for j in range(table.shape[1])]
    margins = np.array(equations, dtype=float)
    _, size, right = np.linalg.svd(margins)
    free = right[(size > 1e-9).sum() :]
    alone = hidden.sum() == 1 and (table == table[tuple(unknown[0])]).all()
    if not alone:
        assert (np.abs(free).max(axis=0, initial=0) > 1e-9).all()


def test_tables_without_small_counts_stay_whole() -> None:
    table = pd.DataFrame({"a": [0, 5, 9], "b": [7, 0, 30]})
    pd.testing.assert_frame_equal(
        privacy.suppress(table, ["a", "b"]), table, check_dtype=False
    )


SPELLS = (
    "household;unit;segment;start;end;destination\n{id};Provköping;vuxna;2024-02;;\n"
)


def test_households_named_by_personnummer_are_refused(tmp_path: Path) -> None:
    spells = SPELLS.format(id="19121212-1212")
    found = faults_of(write(tmp_path, spells=spells))
    (fault,) = [f for f in found if f.rule == "personnummer_household"]
    assert (fault.file, fault.row, fault.column) == ("spells.csv", 2, "household")
    assert "BEMANNA_NYCKEL" in fault.remedy
    assert "1212" not in repr(found)


def test_households_become_pseudonyms_when_there_is_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEMANNA_NYCKEL", KEY.decode())
    spells = SPELLS.format(id="19121212-1212")
    spells += "H2;Provköping;vuxna;2024-02;2024-03\n"
    case = read(write(tmp_path, few(), spells=spells))
    assert case.spells is not None
    name = case.spells["household"][0]
    assert name == privacy.pseudonymise(pd.Series([TEST_NUMBER]), KEY)[0]
    assert "1212" not in case.spells.to_csv()


@pytest.mark.parametrize("short", [False, True])
def test_a_useless_key_is_told_and_nothing_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: bool
) -> None:
    value = "kort" if short else ""
    monkeypatch.setenv("BEMANNA_NYCKEL", value)
    key = tmp_path / "nyckel.txt"
    key.write_bytes(KEY)
    monkeypatch.setenv("BEMANNA_NYCKELFIL", str(key))
    found = faults_of(write(tmp_path, spells=SPELLS.format(id=TEST_NUMBER)))
    wanted = "key_too_short" if short else "key_in_folder"
    assert {wanted, "personnummer_household"} <= {f.rule for f in found}
    assert TEST_NUMBER not in repr(found)


def test_a_household_number_beside_a_missing_one_is_seen(tmp_path: Path) -> None:
    folder = write(tmp_path, few())
    spells = pd.DataFrame(
        {
            "household": [float(TEST_NUMBER), np.nan],
            "unit": "Provköping",
            "segment": "vuxna",
            "start": "2024-01",
            "end": "",
        }
    )
    spells.to_parquet(folder / "spells.parquet")
    found = {f.rule for f in faults_of(folder)}
    assert found == {"personnummer_household", "empty_text"}


def test_names_of_folder_and_file_and_settings_are_looked_at(tmp_path: Path) -> None:
    folder = write(tmp_path / f"akt {TEST_NUMBER}", toml='[files]\nflows = "x.csv"\n')
    (folder / "flows.csv").rename(folder / f"{TEST_NUMBER}.csv")
    text = (folder / "kommun.toml").read_text("utf-8")
    text = text.replace("x.csv", f"{TEST_NUMBER}.csv")
    (folder / "kommun.toml").write_text(f"{text}\n[effort]\nsource = '{TEST_NUMBER}'\n")
    found = faults_of(folder)
    rules = [f.rule for f in found]
    assert rules.count("personnummer_name") == 2
    assert rules.count("personnummer_settings") == 2
    assert TEST_NUMBER not in repr(found)


@pytest.mark.parametrize("where", ["header", "text", "unit"])
def test_personnummer_elsewhere_are_refused(tmp_path: Path, where: str) -> None:
    header, row = SPELLS.format(id="H1").strip().split("\n")
    if where == "header":
        header, row = f"{header};x{TEST_NUMBER}", f"{row};1"
    elif where == "text":
        header, row = f"{header};anteckning", f"{row};ringde {TEST_NUMBER} om hyran"
    else:
        row = row.replace("Provköping", TEST_NUMBER[2:])
    found = faults_of(write(tmp_path, spells=f"{header}\n{row}\n"))
    rule = "personnummer_header" if where == "header" else "personnummer_text"
    assert rule in {f.rule for f in found}
    assert TEST_NUMBER[2:] not in repr(found)


def test_numbers_of_a_large_page_are_no_persons() -> None:
    text = "0.12345678901234 850101-123 abc " * 20_000
    assert privacy.guard(text) == text


def test_one_small_count_blanks_no_more_than_a_square_of_four() -> None:
    table = pd.DataFrame(
        [[18.2, 18.2, 5.0, 13.9], [13.2, 12.3, 6.7, 12.1], [8.2, 9.9, 2.7, 9.6]],
        columns=list("abcd"),
    )
    blank = privacy.suppress(table, list("abcd")).isna()
    assert blank.to_numpy().sum() == 4
    assert blank.loc[2, "c"]
    # the cheapest square: 6.7 + 8.2 + 13.2 is the least that hides 2.7
    shown = table.to_numpy()[blank.to_numpy()]
    assert sorted(shown) == [2.7, 6.7, 8.2, 13.2]
