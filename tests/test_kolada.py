"""Kolada's answers, of both versions, from files and by address."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websites import Answer, Site

from bemanna.models.domain import InputError
from bemanna.pipelines.fetching import Manners
from bemanna.pipelines.kolada import (
    HOUSEHOLDS,
    PAID_TKR,
    fetch_catalogue,
    fetch_kolada,
    read_catalogue,
    read_kolada,
    yearly,
)
from bemanna.pipelines.koladapages import addresses
from bemanna.pipelines.official import Official, source_line

QUICK = Manners(pause=0.0, timeout=5.0)


def item(code: str, year: int, kpi: str, *cells: dict[str, Any]) -> dict[str, Any]:
    return {"kpi": kpi, "municipality": code, "period": year, "values": list(cells)}


def cell(
    value: float | None, gender: str = "T", status: str | None = "", **more: Any
) -> dict[str, Any]:
    return {"gender": gender, "count": 1, "status": status, "value": value} | more


def page(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"count": len(items), "values": list(items)} | more


def save(folder: Path, **pages: Any) -> Path:
    for name, content in pages.items():
        text = json.dumps(content, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text, "utf-8")
    return folder


def faults(given: Path, sprak: str = "sv") -> list[tuple[str, str, str]]:
    with pytest.raises(InputError) as error:
        read_kolada(given, sprak=sprak)
    return [(f.rule, f.column, f.value) for f in error.value.faults]


def test_figures_are_tidy_by_gender(tmp_path: Path) -> None:
    save(
        tmp_path,
        one=page(
            item("0180", 2023, HOUSEHOLDS, cell(9000.0)),
            item("0114", 2023, "U1", cell(1.5), cell(2, "M"), cell(1, "K", "note")),
            item("0000", 2023, HOUSEHOLDS, cell(145_740)),
        ),
    )
    table, source = read_kolada(tmp_path / "one.json")
    assert list(table) == ["code", "year", "kpi", "gender", "value", "status"]
    assert table.to_numpy().tolist() == [
        ["00", 2023, HOUSEHOLDS, "T", 145_740.0, ""],
        ["0114", 2023, "U1", "K", 1.0, "note"],
        ["0114", 2023, "U1", "M", 2.0, ""],
        ["0114", 2023, "U1", "T", 1.5, ""],
        ["0180", 2023, HOUSEHOLDS, "T", 9000.0, ""],
    ]
    assert source.day == datetime.now(UTC).date()


def test_withdrawn_missing_and_regions_are_left_out_and_counted(tmp_path: Path) -> None:
    save(
        tmp_path,
        one=page(
            item("0180", 2023, HOUSEHOLDS, cell(1, isdeleted=False)),
            item("0114", 2023, HOUSEHOLDS, cell(7, isdeleted=True)),
            item("0115", 2023, HOUSEHOLDS, cell(None), cell(None, "M", None)),
            item("0117", 2023, HOUSEHOLDS, cell(0, status="Missing")),
            item("0001", 2023, HOUSEHOLDS, cell(5)),
            item("G35874", 2023, HOUSEHOLDS, cell(5)),
        ),
    )
    table, source = read_kolada(tmp_path)
    assert table[["code", "value"]].to_numpy().tolist() == [["0180", 1.0]]
    assert source.left_out == {"deleted": 1, "missing": 3, "beyond": 2}
    line = source_line(source, processed=False)
    assert "Återkallade uppgifter, används inte: 1." in line
    assert "saknas hos utgivaren: 3." in line


def test_versions_are_read_alike(tmp_path: Path) -> None:
    first = item("0180", 2023, HOUSEHOLDS, cell(1))
    second = item("0114", 2023, HOUSEHOLDS, cell(2))
    where = "http://api.kolada.se/v2/data/kpi/N31910/year/2023?page="
    v2 = tmp_path / "v2"
    v3 = tmp_path / "v3"
    v2.mkdir()
    v3.mkdir()
    save(
        v2,
        a=page(first, next_page=f"{where}2", previous_page=None),
        b=page(second, next_page=None, previous_page=f"{where}1"),
    )
    save(
        v3,
        a=page(first, next_url=f"{where}2", previous_url=None),
        b=page(second, next_url=None, previous_url=f"{where}1"),
    )
    pd.testing.assert_frame_equal(read_kolada(v2).table, read_kolada(v3).table)
    assert len(read_kolada(v2).table) == 2
    # a part of the answer is not the answer
    assert faults(v2 / "a.json") == [("official_pages", "", f"{where}2")]
    assert faults(v3 / "a.json") == [("official_pages", "", f"{where}2")]
    (v3 / "b.json").unlink()
    assert faults(v3) == [("official_pages", "", f"{where}2")]


def test_a_gap_in_the_middle_is_seen(tmp_path: Path) -> None:
    where = "http://api.kolada.se/v3/data/kpi/N31910/year/2023?per_page=1&page="
    codes = ["0114", "0115", "0117", "0120"]
    pages = {
        f"p{i}": page(
            item(code, 2023, HOUSEHOLDS, cell(i)),
            next_url=f"{where}{i + 1}" if i < 4 else None,
            previous_url=f"{where}{i - 1}" if i > 1 else None,
        )
        for i, code in enumerate(codes, 1)
    }
    save(tmp_path, **pages)
    assert read_kolada(tmp_path).table["code"].tolist() == codes
    (tmp_path / "p3.json").unlink()
    with pytest.raises(InputError) as error:
        read_kolada(tmp_path)
    (fault,) = error.value.faults
    assert fault.rule == "official_pages"
    assert f"{where}3" in fault.message  # whole: it is to be opened and saved


def test_a_last_page_that_names_no_neighbour_is_believed(tmp_path: Path) -> None:
    where = "http://api.kolada.se/v2/data/kpi/N31910/year/2023?page=2"
    save(
        tmp_path,
        a=page(item("0114", 2023, HOUSEHOLDS, cell(1)), next_page=where),
        b=page(item("0115", 2023, HOUSEHOLDS, cell(1))),
    )
    assert len(read_kolada(tmp_path).table) == 2


def test_overlapping_files_agree_or_are_refused(tmp_path: Path) -> None:
    save(
        tmp_path,
        a=page(item("0180", 2023, HOUSEHOLDS, cell(1))),
        b=page(item("0180", 2023, HOUSEHOLDS, cell(1))),
    )
    assert len(read_kolada(tmp_path).table) == 1
    save(tmp_path, c=page(item("0180", 2023, HOUSEHOLDS, cell(2))))
    with pytest.raises(InputError) as error:
        read_kolada(tmp_path)
    (fault,) = error.value.faults
    assert (fault.rule, fault.file, fault.value) == (
        "official_conflict",
        "c.json",
        "2",
    )
    assert "0180, 2023, N31910, T" in fault.message


def test_what_was_withdrawn_does_not_come_back_from_an_older_file(
    tmp_path: Path,
) -> None:
    save(
        tmp_path,
        a=page(item("0180", 2023, HOUSEHOLDS, cell(1))),
        b=page(item("0180", 2023, HOUSEHOLDS, cell(None, isdeleted=True))),
    )
    assert faults(tmp_path) == [("official_conflict", "value", "–")]


def test_every_fault_is_gathered(tmp_path: Path) -> None:
    (tmp_path / "html.json").write_text("<html>429</html>")
    save(
        tmp_path,
        detail={"detail": "Not found"},
        many=page(
            item("0180", 2023, HOUSEHOLDS, cell(1, "X")),
            item("0180", 223, HOUSEHOLDS, cell(1)),
            {"kpi": "N1"},
            item("0180", 2023, HOUSEHOLDS, {"gender": "T", "value": "12"}),
            item("0180", 2023, HOUSEHOLDS) | {"values": None},
            item("0180", 2023, HOUSEHOLDS) | {"values": ["T"]},
            item("0180", 2023, HOUSEHOLDS, cell(True), cell(float("inf"), "M")),
        ),
        row=[1, 2],
    )
    found = faults(tmp_path)
    assert [(rule, place) for rule, place, _ in found] == [
        ("official_shape", "values"),
        ("official_json", ""),
        ("official_shape", "values[0].values[0].gender"),
        ("official_shape", "values[1].period"),
        ("official_shape", "values[2]"),
        ("official_shape", "values[3].values[0].value"),
        ("official_shape", "values[4].values"),
        ("official_shape", "values[5].values[0]"),
        ("official_shape", "values[6].values[0].value"),
        ("official_shape", "values[6].values[1].value"),
        ("official_shape", "$"),
    ]
    assert found == faults(tmp_path, "en")


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path / "no.json")[0][0] == "official_missing"
    assert faults(tmp_path)[0][0] == "official_missing"
    with pytest.raises(InputError):
        read_kolada([])


def test_an_answer_without_figures_is_told(tmp_path: Path) -> None:
    save(tmp_path, none=page())
    assert faults(tmp_path) == [("file_empty", "", "")]
    save(tmp_path, none=page(item("0180", 2030, HOUSEHOLDS, cell(None))))
    table, source = read_kolada(tmp_path)
    assert table.empty
    assert (source.table, source.left_out) == (
        HOUSEHOLDS,
        {"deleted": 0, "missing": 1, "beyond": 0},
    )
    assert yearly(Official(table, source)).empty


def test_a_year_has_households_and_kronor(tmp_path: Path) -> None:
    save(
        tmp_path,
        one=page(
            item("0180", 2023, HOUSEHOLDS, cell(100), cell(40, "M")),
            item("0180", 2023, PAID_TKR, cell(7504.5)),
            item("0114", 2023, PAID_TKR, cell(10)),
            item("0000", 2023, HOUSEHOLDS, cell(145_740)),
        ),
    )
    official = read_kolada(tmp_path)
    table = yearly(official)
    assert list(table) == ["code", "year", "households", "paid_sek", "source"]
    assert table["code"].tolist() == ["0114", "0180"]
    assert table["households"].fillna(-1).tolist() == [-1, 100]
    assert table["paid_sek"].tolist() == [10_000.0, 7_504_500.0]
    assert table["source"].unique().tolist() == [source_line(official.source, False)]
    save(tmp_path, two=page(item("0180", 2023, "N9", cell(3), cell(None, "M"))))
    pd.testing.assert_frame_equal(yearly(read_kolada(tmp_path)), table)


def test_what_was_worked_out_does_not_name_kolada(tmp_path: Path) -> None:
    save(tmp_path, one=page(item("0180", 2023, HOUSEHOLDS, cell(1))))
    source = read_kolada(tmp_path).source
    assert source_line(source, False).startswith("Källa: Kolada, N31910.")
    assert source_line(source, False, "en").startswith("Source: Kolada, N31910.")
    for sprak in ("sv", "en"):
        line = source_line(source, True, sprak)
        assert "kolada" not in line.casefold()
        assert "källa:" not in line.casefold()
        assert "Socialstyrelsen, N31910" in line
    assert "bearbetning av uppgifter från Socialstyrelsen" in source_line(source, True)


def test_the_catalogue_tells_who_collected_the_figures(tmp_path: Path) -> None:
    kpis = tmp_path / "kpis"
    kpis.mkdir()
    described = {"id": "N01951", "title": "Invånare totalt, antal"}
    save(
        kpis,
        v2=page(described | {"description": "Antal. Källa: SCB.", "auspices": "E"}),
        v3={"id": "N9", "title": "Annat", "auspice": "X", "is_divided_by_gender": 1},
    )
    catalogue = read_catalogue(kpis)
    assert [*catalogue.loc["N01951", ["auspice", "collected"]]] == ["E", "SCB"]
    assert [*catalogue.loc["N9", ["auspice", "collected"]]] == ["X", ""]
    assert catalogue["by_gender"].tolist() == [False, True]
    data = tmp_path / "data"
    data.mkdir()
    items = [item("0180", 2023, kpi, cell(1)) for kpi in ("N01951", "N9")]
    save(data, a=page(*items))
    line = source_line(read_kolada(data, catalogue=catalogue).source, True)
    assert "från SCB, Rådet för främjande av kommunala analyser, N01951, N9" in line


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 60))
def test_every_combination_is_asked_for_once(n: int, years: int, codes: int) -> None:
    asked: list[tuple[str, str, str]] = []
    urls = addresses(
        [f"N{i}" for i in range(n)],
        [1990 + i for i in range(years)],
        [f"{i:04}" for i in range(codes)],
    )
    for url in urls:
        parts = url.partition("/data/")[2].partition("?")[0].split("/")
        named = dict(zip(parts[::2], parts[1::2], strict=True))
        lists = {name: ids.split(",") for name, ids in named.items()}
        assert all(len(ids) <= 25 for ids in lists.values())
        asked += [
            (kpi, code, year)
            for kpi in lists["kpi"]
            for code in lists.get("municipality", ["all"])
            for year in lists["year"]
        ]
    assert len(asked) == len({*asked}) == n * years * max(codes, 1)


class Api:
    """Answers one figure a page, as the API does; and fails as it is told to.

    `next_page` is the address of the page after; `broken_from` the page from which it
    is out of order; pages in `busy` are refused once.
    """

    codes = ("0114", "0115", "0117", "0120", "0123")

    def __init__(self, site: Site) -> None:
        self.site, self.base = site, site.url.replace("/page", "/v3")
        self.busy: set[int] = set()
        self.broken_from = 99
        self.next_page = "?per_page=1&page={n}"
        site.answer = self.answer

    def answer(self, path: str) -> Answer:
        """Page of a path."""
        at = int(([*path.split("&page="), "1"])[1])
        if at in self.busy:
            self.busy.discard(at)
            return 429, {"Retry-After": "0"}, b""
        if at >= self.broken_from:
            return 503, {}, b""
        after = self.next_page.format(n=at + 1) if at < len(self.codes) else None
        figure = item(self.codes[at - 1], 2023, HOUSEHOLDS, cell(at))
        return 200, {}, json.dumps(page(figure, next_url=after)).encode()

    def fetched(self, cache: Path, manners: Manners = QUICK) -> Official:
        """Everything that it has."""
        return fetch_kolada(
            [HOUSEHOLDS], [2023], cache, base=self.base, manners=manners
        )


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Site() as site:
        yield Api(site)


def test_pages_are_followed_to_the_last(api: Api, tmp_path: Path) -> None:
    api.busy = {3}
    table = api.fetched(tmp_path).table
    assert table["code"].tolist() == list(api.codes)
    assert table["value"].tolist() == [1, 2, 3, 4, 5]
    assert api.site.asked == 6


def test_a_download_that_was_cut_off_goes_on_where_it_stopped(
    api: Api, tmp_path: Path
) -> None:
    api.broken_from = 4
    with pytest.raises(InputError, match="503"):
        api.fetched(tmp_path)
    before = api.site.asked
    api.broken_from = 99
    assert len(api.fetched(tmp_path).table) == 5
    assert api.site.asked == before + 2


def test_without_a_network_the_kept_pages_answer(api: Api, tmp_path: Path) -> None:
    whole = api.fetched(tmp_path).table
    api.broken_from, before = 1, api.site.asked
    old = Manners(pause=0.0, tries=2, fresh=timedelta(0))
    official = api.fetched(tmp_path, old)
    pd.testing.assert_frame_equal(official.table, whole)
    # nobody answered the first page: the others are not asked for
    assert api.site.asked == before + 2
    later = datetime.now(UTC).date() + timedelta(days=3)
    line = source_line(official.source, False, today=later)
    assert "för 3 dagar sedan; ingen svarade nu" in line
    shutil.rmtree(tmp_path)
    with pytest.raises(InputError) as error:
        api.fetched(tmp_path, old)
    assert [f.rule for f in error.value.faults] == ["fetch_unreachable"]


def test_the_catalogue_is_fetched_in_parts(api: Api, tmp_path: Path) -> None:
    def answer(path: str) -> Answer:
        ids = path.rpartition("/")[2].split(",")
        found = page(*({"id": kpi, "title": kpi.lower()} for kpi in ids))
        return 200, {}, json.dumps(found).encode()

    api.site.answer = answer
    kpis = [f"N{i}" for i in range(30)]
    catalogue = fetch_catalogue(kpis, tmp_path, base=api.base, manners=QUICK)
    assert catalogue["title"].tolist() == [kpi.lower() for kpi in kpis]
    assert api.site.asked == 2


@pytest.mark.parametrize("after", ["http://localhost:1/v3?page=2", "?a&page=2"])
def test_pages_elsewhere_or_in_a_circle_are_not_followed(
    api: Api, tmp_path: Path, after: str
) -> None:
    api.next_page = after
    with pytest.raises(InputError) as error:
        api.fetched(tmp_path)
    assert [f.rule for f in error.value.faults] == ["fetch_elsewhere"]
