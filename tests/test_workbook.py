"""The workbook: what stands in its cells is what the program says, and stays so."""

import io
import shutil
import subprocess
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from openpyxl import Workbook, load_workbook
from outcomes import outcome
from scipy.interpolate import RegularGridInterpolator
from surfaces import surface

from bemanna.models.domain import Array
from bemanna.pipelines.findings import findings
from bemanna.pipelines.layout import Desk
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.privacy import PrivacyError
from bemanna.pipelines.proposal import Proposal
from bemanna.pipelines.surface import Surface
from bemanna.pipelines.workbook import WORKBOOK, workbook, write_workbook
from bemanna.pipelines.workbookcells import Block, Live, block_of, rounded, when
from bemanna.pipelines.workbookcosts import judged

#: A name that would be a formula, and one with a pattern of MATCH in it.
UNITS = ('=SUM("a")', "Norr* & Söder?")
SOFFICE = shutil.which("soffice")
#: Asked for in LibreOffice.
NODE = (4, 3, 2, 1)
YELLOW = {
    "unit": "Enhet",
    "handlers": "Handläggare",
    "effect": "Effekt_procent",
    "benefit": "Bistånd_faktor",
    "robot": "Robot",
}

Cells = dict[str, dict[str, Any]]


def proposed(
    found: Outcome, surfaces: tuple[Surface, ...] = (), sprak: str = "sv"
) -> Proposal:
    return Proposal(Desk(found, findings(found.plans), {}, sprak), surfaces)


def fewer(made: Surface, handlers: int, effects: int) -> Surface:
    """Keep only the first nodes, as a unit of another size may have."""

    def cut(grid: Array) -> Array:
        return grid[:handlers, :effects]

    return replace(
        made,
        handlers=made.handlers[:handlers],
        effects=made.effects[:effects],
        yearly={name: cut(grid) for name, grid in made.yearly.items()},
        total_sek=cut(made.total_sek),
        caseload=cut(made.caseload),
        saved=cut(made.saved),
        today_yearly={n: grid[:effects] for n, grid in made.today_yearly.items()},
        today_total_sek=made.today_total_sek[:effects],
    )


def two_units(sprak: str = "sv") -> Proposal:
    found = outcome("hires", UNITS)
    first = fewer(surface(UNITS[0], robots=2), 5, 4)
    second = fewer(surface(UNITS[1], seed=5, cases=300.0, robots=2), 4, 3)
    return proposed(found, (first, second), sprak)


def read(content: bytes, *, values: bool = True) -> Cells:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl does not read every chart
        book = load_workbook(io.BytesIO(content), data_only=values)
    return {
        sheet.title: {
            cell.coordinate: cell.value
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book
    }


def written(made: Proposal, start: Mapping[str, float | str] | None = None) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return workbook(made, start or {}).save(Path(folder) / WORKBOOK).read_bytes()


@pytest.fixture(scope="module")
def base() -> bytes:
    """Make a workbook of two units, one with fewer nodes than the other."""
    return written(two_units())


def beside(cells: dict[str, Any], label: str, column: str = "B") -> Any:
    """Value in the last row that begins with a label."""
    row = [at[1:] for at, v in cells.items() if at[0] == "A" and v == label][-1]
    return cells.get(f"{column}{row}")


def asked(made: Surface, place: tuple[int, int, int, int]) -> dict[str, float | str]:
    """Yellow cells that ask for a node."""
    h, e, b, r = place
    month = made.robots[r]
    return {
        "unit": made.unit,
        "handlers": float(made.handlers[h]),
        "effect": float(np.expm1(made.effects[e])),
        "benefit": float(made.benefits[b]),
        "robot": "ingen robot" if month is None else f"från {month:%Y-%m}",
    }


@pytest.mark.parametrize(
    ("unit", "place"),
    [
        (0, (4, 1, 2, 1)),
        (0, (1, 3, 0, 0)),
        (1, (3, 0, 1, 1)),
    ],
)
def test_a_node_is_the_programs_own_answer(
    unit: int, place: tuple[int, int, int, int]
) -> None:
    made = two_units()
    one = made.surfaces[unit]
    costs = read(written(made, asked(one, place)))["Kalkyl"]
    own = {name: one.yearly[name][place] for name in one.yearly}
    now = {name: one.today_yearly[name][place[1:3]] for name in one.yearly}
    years = "BCDE"[: len(one.years)]
    for label, name in (
        ("Bistånd: de två gånger varandra", "benefit_sek"),
        ("Ärendemånader, antal", "case_months"),
        ("Handläggarmånader, antal", "handler_months"),
    ):
        rows = [at[1:] for at, v in costs.items() if at[0] == "A" and v == label]
        for row, values in zip(rows, (now[name], own[name]), strict=True):
            got = [costs[f"{column}{row}"] for column in years]
            assert_allclose(got, values, rtol=1e-12)
    staff = [at[1:] for at, v in costs.items() if v == "Personal, allt"][1]
    got = [costs[f"{column}{staff}"] for column in years]
    assert_allclose(got, own["staff_sek"], rtol=1e-12)
    assert beside(costs, "Slags svar") == "nod: exakt programmets svar"
    command = beside(costs, "Samma sak ur programmet")
    assert command.endswith(f'--what-if "{one.question(*place)}"')
    for label, k in (
        ("Sparat i kassan, simulerat medelvärde, tkr", 0),
        ("80-procentsintervall, nedre gräns, tkr", 1),
        ("80-procentsintervall, övre gräns, tkr", 2),
    ):
        assert beside(costs, label) == pytest.approx(one.saved[place][k], rel=1e-12)


def test_between_nodes_it_is_multilinear() -> None:
    made = two_units()
    one = made.surfaces[0]
    more = np.expm1(one.effects)
    rng = np.random.default_rng(8)
    for _trial in range(2):
        point = [
            rng.uniform(axis[1], axis[-1])
            for axis in (one.handlers, more, one.benefits)
        ]
        robot = int(rng.integers(len(one.robots)))
        start = {
            **asked(one, (1, 1, 1, robot)),
            **dict(zip(("handlers", "effect", "benefit"), point, strict=True)),
        }
        costs = read(written(made, start))["Kalkyl"]
        assert beside(costs, "Slags svar") == "mellan noder: interpolerat"
        for label, grid in (
            ("Sparat i kassan, simulerat medelvärde, tkr", one.saved[..., robot, 0]),
            ("80-procentsintervall, övre gräns, tkr", one.saved[..., robot, 2]),
            ("Ärenden per handläggare, sista året", one.caseload[..., robot]),
        ):
            exact = RegularGridInterpolator((one.handlers, more, one.benefits), grid)
            got = beside(costs, label)
            assert got == pytest.approx(exact(point)[0], rel=1e-9)
        cash = sum(
            one.yearly[n][..., robot, :].sum(-1) for n in ("benefit_sek", "staff_sek")
        )
        exact = RegularGridInterpolator((one.handlers, more, one.benefits), cash)
        rows = [a for a, v in costs.items() if v == "Kassa: bistånd och personal"]
        total = costs["BCDEF"[len(one.years)] + rows[1][1:]]
        assert total == pytest.approx(exact(point)[0], rel=1e-9)


def test_another_cost_moves_staff_and_the_interval_alike() -> None:
    made = two_units()
    one, place = made.surfaces[0], (4, 2, 1, 0)
    cost = made.desk.outcome.case.settings.economy.handler_cost_month_sek
    dearer = read(written(made, {**asked(one, place), "cost": cost + 1_000}))["Kalkyl"]
    months = one.yearly["handler_months"][place].sum()
    now = one.today_yearly["handler_months"][place[1:3]].sum()
    for label, k in (
        ("Sparat i kassan, simulerat medelvärde, tkr", 0),
        ("80-procentsintervall, nedre gräns, tkr", 1),
    ):
        change = beside(dearer, label) - one.saved[place][k]
        assert change == pytest.approx(-1_000 * (months - now))
    assert beside(dearer, "Slags svar").startswith("en nod med en annan lönekostnad")
    assert "handler-cost=+" in beside(dearer, "Samma sak ur programmet")


def test_what_the_limits_forbid_has_no_numbers() -> None:
    made = two_units()
    one = made.surfaces[0]
    sheets = read(written(made, asked(one, (0, 0, 1, 0))))
    costs = sheets["Kalkyl"]
    assert beside(costs, "Slags svar") == "ryms inte i planens gränser"
    assert beside(costs, "Sparat i kassan, simulerat medelvärde, tkr") == "–"
    assert sheets["Kontroll"]["A3"].endswith("Ja")


def test_outside_the_nodes_it_stays_at_the_edge_and_says_so() -> None:
    made = two_units()
    one, edge = made.surfaces[0], (4, 2, 1, 0)
    far = {**asked(one, edge), "handlers": 1e4}
    beyond = read(written(made, far))["Kalkyl"]
    assert beside(beyond, "Slags svar").startswith("utanför de lösta punkterna")
    got = beside(beyond, "Sparat i kassan, simulerat medelvärde, tkr")
    assert got == pytest.approx(one.saved[edge][0], rel=1e-12)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (501.0, 9e6, "en besparing"),
        (-1.0, 9e6, "ingen besparing är säker"),
        (-9e6, -501.0, "kostar mer"),
        (-20.0, 20.0, "ingen besparing är säker"),
    ],
)
def test_a_saving_is_praised_only_where_the_interval_is_above_nought(
    low: float, high: float, said: str
) -> None:
    desk = proposed(outcome("stock")).desk
    assert str(judged(desk, Live("l", low), Live("h", high)).value).startswith(said)


@pytest.mark.parametrize(
    ("kind", "sprak"),
    [("unsure", "en"), ("same", "sv"), ("loses", "sv"), ("stock", "sv")],
)
def test_every_kind_of_run_agrees_with_its_workbook(kind: str, sprak: str) -> None:
    found = outcome(kind)
    small = fewer(surface(robots=1), 4, 3)
    solved = (small,) if kind in ("unsure", "same") else ()
    sheets = read(written(proposed(found, solved, sprak)))
    yes = "Ja" if sprak == "sv" else "Yes"
    assert all(cells["A3"].endswith(yes) for cells in sheets.values())
    assert {"Plan", "Plan by month"}.isdisjoint(sheets) == (not found.plans)
    assert {"Noder", "Nodes"}.isdisjoint(sheets) == (not solved)
    label = {"sv": "Simulerat register", "en": "Simulated register"}[sprak]
    assert all(label in cells["A2"] for cells in sheets.values())


def test_no_text_is_a_formula(base: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(base)) as inside:
        texts = inside.read("xl/sharedStrings.xml").decode()
        pages = [n for n in inside.namelist() if n.startswith("xl/worksheets/sheet")]
        formulas = "".join(inside.read(name).decode() for name in pages)
        looks = inside.read("xl/styles.xml").decode()
    assert UNITS[0] in texts
    assert "<f>SUM(&quot;a&quot;)" not in formulas
    assert '<f>SUM("a")' not in formulas
    assert 'quotePrefix="1"' in looks  # nor when it is typed over


def test_small_units_and_small_totals_are_left_out() -> None:
    found = outcome("hires", ("Norr", "Söder"), cases=4.0)
    made = (surface("Norr"), surface("Söder"))
    sheets = read(written(proposed(found, made)))
    assert "Noder" not in sheets
    assert "För få hushåll för att visas." in sheets["Prognos"].values()
    heads = {v: at for at, v in sheets["Plan"].items() if isinstance(v, str)}
    column = heads["Ärenden, planen"].rstrip("0123456789")
    first = int(heads["Ärenden, planen"].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) + 1
    assert f"{column}{first}" not in sheets["Plan"]


def test_a_personnummer_leaves_no_file(tmp_path: Path) -> None:
    number = "19121212-1212"
    made = proposed(outcome("hires", (number,)), (surface(number),))
    with pytest.raises(PrivacyError):
        write_workbook(tmp_path, made)
    assert not list(tmp_path.iterdir())


def test_the_same_run_gives_the_same_bytes(base: bytes, tmp_path: Path) -> None:
    assert write_workbook(tmp_path, two_units()).read_bytes() == base
    assert [path.name for path in tmp_path.iterdir()] == [WORKBOOK]


def test_every_chart_has_a_text_and_cells_have_names(base: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(base)) as inside:
        drawings = [n for n in inside.namelist() if n.startswith("xl/drawings/drawing")]
        texts = [inside.read(name).decode() for name in drawings]
        book = inside.read("xl/workbook.xml").decode()
        pages = [
            inside.read(n).decode()
            for n in inside.namelist()
            if n.startswith("xl/worksheets/sheet")
        ]
        assert "sv-SE" in inside.read("docProps/custom.xml").decode()
    charts = sum(text.count("<xdr:graphicFrame") for text in texts)
    assert charts == sum(text.count("descr=") for text in texts) == 5
    for name in YELLOW.values():
        assert f'definedName name="{name}"' in book
    assert not [page for page in pages if "mergeCell" in page]
    assert all('orientation="landscape"' in page for page in pages[1:])


def test_formulas_carry_their_value() -> None:
    two, three = Live("$A$1", 2.0), Live("$A$2", 3.0)
    made = (two + 1) * three / (1 - three)
    assert (made.formula, made.value) == ("((($A$1+1)*$A$2)/(1-$A$2))", -4.5)
    guarded = when(two > 0, three / two, 0.0)
    assert guarded.value == 1.5
    assert (two / "–").value == "#VALUE!"
    assert rounded(Live("x", -2.5), 0).value == -3
    both = block_of([two, three])
    assert (both.formula, both.total().value) == ("$A$1:$A$2", 5.0)
    assert Block("r", ("a*", "a")).place_of(Live("x", "a")).value == 2


def changes() -> dict[str, dict[str, float | str]]:
    """Yellow cells to change: to a node, and of the other unit to between nodes."""
    first, second = two_units().surfaces
    node = asked(first, NODE)
    del node["unit"]  # chosen already
    between = {"handlers": 4.4, "effect": 0.07, "benefit": 0.96}
    return {"node": node, "between": {**asked(second, (2, 1, 1, 1)), **between}}


def changed(content: bytes, change: Mapping[str, float | str], more: float) -> Workbook:
    """Change yellow cells, and add to the benefit of every node."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl does not read every chart
        book = load_workbook(io.BytesIO(content))
    for what, value in change.items():
        [(sheet, cell)] = book.defined_names[YELLOW[what]].destinations
        book[sheet][cell.replace("$", "")] = value
    if more:
        nodes = book["Noder"]
        head = next(c for c in nodes[5] if str(c.value).startswith("Bistånd tkr"))
        for row in range(head.row + 1, nodes.max_row + 1):
            cell = nodes.cell(row, head.column)
            cell.value = (cell.value or 0) + more
    return book


@pytest.fixture(scope="module")
def recalculated(
    base: bytes, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Cells]:
    """Calculate changed workbooks anew in LibreOffice, all at once.

    openpyxl keeps formulas and drops their values, so that each must be worked out.
    """
    if SOFFICE is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    folder = tmp_path_factory.mktemp("calc")
    for key, change in changes().items():
        changed(base, change, 0.0).save(folder / f"{key}.xlsx")
    changed(base, {}, 5.0).save(folder / "spoilt.xlsx")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    to = ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", f"{folder}/out"]
    files = sorted(map(str, folder.glob("*.xlsx")))
    command = [SOFFICE, profile, "--headless", *to, *files]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {p.stem: read(p.read_bytes()) for p in (folder / "out").glob("*.xlsx")}


@pytest.mark.parametrize("key", ["node", "between"])
def test_libreoffice_comes_to_the_same(
    recalculated: dict[str, Cells], key: str
) -> None:
    theirs, content = recalculated[key], written(two_units(), changes()[key])
    mine, formulas = read(content), read(content, values=False)
    count = 0
    for sheet, cells in formulas.items():
        for at, formula in cells.items():
            if not str(formula).startswith("="):
                continue
            a, b = mine[sheet].get(at, ""), theirs[sheet].get(at, "")
            if isinstance(a, int | float):
                assert a == pytest.approx(b, rel=1e-9, abs=1e-9), (sheet, at, formula)
            else:
                assert a == b, (sheet, at, formula)
            count += 1
    assert count > 1000
    assert theirs["Läs mig"]["A3"].endswith("Ja")


def test_a_changed_node_is_found_out(recalculated: dict[str, Cells]) -> None:
    theirs = recalculated["spoilt"]
    assert all(cells["A3"].endswith("Nej") for cells in theirs.values())


def test_a_changed_yellow_cell_gives_the_nodes_answer(
    recalculated: dict[str, Cells],
) -> None:
    one, costs = two_units().surfaces[0], recalculated["node"]["Kalkyl"]
    assert beside(costs, "Slags svar") == "nod: exakt programmets svar"
    label = "Sparat i kassan, simulerat medelvärde, tkr"
    assert beside(costs, label) == pytest.approx(one.saved[NODE][0], abs=0.5)
    total = [at for at, v in costs.items() if v == "Kassa: bistånd och personal"][1]
    cash = one.yearly["benefit_sek"][NODE] + one.yearly["staff_sek"][NODE]
    column = "BCDEF"[len(one.years)]
    assert costs[f"{column}{total[1:]}"] == pytest.approx(cash.sum(), abs=0.5)
