"""SCB's tables, saved as text or as cubes, or by address, are tidy."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from exported import save
from websites import Site

from bemanna.models.domain import InputError
from bemanna.pipelines.fetching import Manners
from bemanna.pipelines.official import (
    source_line,
)
from bemanna.pipelines.scb import fetch_scb, read_scb

CUBE: dict[str, Any] = {
    "version": "2.0",
    "class": "dataset",
    "label": "Helårsekvivalenter efter region, kön, tabellinnehåll och månad",
    "source": "SCB",
    "id": ["Region", "Kon", "ContentsCode", "Tid"],
    "size": [3, 2, 1, 2],
    "dimension": {
        "Region": {
            "label": "region",
            "category": {
                # the order is that of the positions, not of the list
                "index": {"0114": 1, "00": 0, "01": 2},
                "label": {
                    "00": "Riket",
                    "0114": "Upplands Väsby",
                    "01": "Stockholms län",
                },
            },
        },
        "Kon": {"label": "kön", "category": {"index": ["1", "2"]}},
        "ContentsCode": {
            "label": "tabellinnehåll",
            "category": {"label": {"0000053B": "Ekonomiskt bistånd"}},
        },
        "Tid": {"label": "månad", "category": {"index": ["2024M01", "2024M02"]}},
    },
    "value": [1, 2, 3, 4, 5, 6, None, 8, 9, 10, 11, 12],
    "role": {"time": ["Tid"], "geo": ["Region"], "metric": ["ContentsCode"]},
    "extension": {"px": {"tableid": "TAB1386"}},
}


def cube(path: Path, **changes: Any) -> Path:
    path.write_text(json.dumps(CUBE | changes, ensure_ascii=False), "utf-8")
    return path


def test_a_cube_is_unfolded_in_the_order_of_its_positions(tmp_path: Path) -> None:
    table, source = read_scb(cube(tmp_path / "a.json"))
    assert list(table) == ["code", "year", "month", "measure", "kön", "value"]
    assert table[["code", "kön", "value"]].to_numpy().tolist() == [
        *(["00", "1", 1.0], ["00", "2", 3.0], ["00", "1", 2.0], ["00", "2", 4.0]),
        *(["0114", "1", 5.0], ["0114", "1", 6.0], ["0114", "2", 8.0]),
    ]
    assert table["measure"].unique().tolist() == ["Ekonomiskt bistånd"]
    assert table["month"].iloc[0] == pd.Timestamp("2024-01-01")
    assert source.left_out == {"missing": 1, "beyond": 4}
    assert "Källa: SCB, TAB1386 Helårsekv" in source_line(source, False)
    worked_out = source_line(source, True)
    assert worked_out.startswith("Egen bearbetning av uppgifter från SCB, TAB1386")
    assert "Källa" not in worked_out


def test_a_sparse_cube_without_roles_is_the_same(tmp_path: Path) -> None:
    dense = read_scb(cube(tmp_path / "a.json")).table
    values = {str(i): v for i, v in enumerate(CUBE["value"]) if v is not None}
    sparse = read_scb(cube(tmp_path / "b.json", value=values, role={})).table
    pd.testing.assert_frame_equal(dense, sparse)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"value": [1, 2]}, "official_json"),
        ({"value": {"12": 1}}, "official_json"),
        ({"value": {"0": "many"}}, "official_json"),
        ({"size": [2, 2, 1, 3]}, "official_json"),
        ({"id": ["Region"]}, "official_json"),
        ({"dimension": {}}, "official_json"),
        ({"role": {"time": ["Year"], "geo": ["Region"]}}, "official_shape"),
    ],
)
def test_a_broken_cube_is_told(
    changes: dict[str, Any], rule: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as error:
        read_scb(cube(tmp_path / "a.json", **changes))
    assert [f.rule for f in error.value.faults] == [rule]


RESIDENTS = [
    ["Folkmängden efter region, kön och år"],
    [],
    ["region", "kön", "Folkmängd 2018", "Folkmängd 2019"],
    ["00 Riket", "män", "5142438", "5195814"],
    ["0114 Upplands Väsby", "män", "22780", ".."],
    ["0114 Upplands Väsby", "kvinnor", "22763", "23296"],
]


@pytest.mark.parametrize("sep", [";", "\t", ","])
def test_a_table_saved_as_text_is_tidy(sep: str, tmp_path: Path) -> None:
    table, source = read_scb(save(tmp_path / "a.csv", RESIDENTS, sep, "cp1252"))
    assert table.drop(columns="month").to_numpy().tolist() == [
        ["00", 2018, "Folkmängd", "män", 5142438.0],
        ["00", 2019, "Folkmängd", "män", 5195814.0],
        ["0114", 2018, "Folkmängd", "kvinnor", 22763.0],
        ["0114", 2018, "Folkmängd", "män", 22780.0],
        ["0114", 2019, "Folkmängd", "kvinnor", 23296.0],
    ]
    assert table["month"].isna().all()
    assert source.left_out == {"missing": 1, "beyond": 0}
    assert source.table == "Folkmängden efter region, kön och år"


def test_two_figures_for_one_year_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "a.csv", RESIDENTS)
    save(tmp_path / "b.csv", [*RESIDENTS[:-1], [*RESIDENTS[-1][:-1], "23297"]])
    cube(tmp_path / "c.json", value=[9, *CUBE["value"][1:]])
    cube(tmp_path / "d.json")
    with pytest.raises(InputError) as error:
        read_scb(tmp_path)
    assert [(f.file, f.row, f.value) for f in error.value.faults] == [
        ("b.csv", 6, "23297"),
        ("d.json", None, "1"),
    ]
    assert "0114, 2019, Folkmängd, kvinnor" in error.value.faults[0].message


def test_a_table_in_long_form_is_the_same(tmp_path: Path) -> None:
    wide = read_scb(save(tmp_path / "a.csv", RESIDENTS)).table
    head, *rows = RESIDENTS[2:]
    tall = [["region", "kön", "år", "Folkmängd"]]
    for row in rows:
        tall += [[*row[:2], h[-4:], c] for h, c in zip(head[2:], row[2:], strict=True)]
    pd.testing.assert_frame_equal(read_scb(save(tmp_path / "b.csv", tall)).table, wide)


def test_a_table_by_address_is_kept_for_when_nobody_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    body = cube(tmp_path / "a.json").read_bytes()
    saved = read_scb(tmp_path / "a.json").table
    cache, quick = tmp_path / "cache", Manners(pause=0.0, fresh=timedelta(0))
    with Site((200, {}, body), (200, {}, b"<html>Log in</html>")) as site:
        first = fetch_scb(site.url, cache, manners=quick)
        again = fetch_scb(site.url, cache, manners=quick)
    pd.testing.assert_frame_equal(first.table, saved)
    pd.testing.assert_frame_equal(again.table, saved)
    assert "Hämtad " in source_line(first.source, False)
    assert "ingen svarade nu" in source_line(again.source, False)
    with pytest.raises(InputError) as error:
        fetch_scb(site.url, tmp_path / "empty", manners=quick)
    assert [f.rule for f in error.value.faults] == ["fetch_unreachable"]
