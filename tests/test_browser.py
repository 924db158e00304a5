"""The pages in a real browser: for everybody, by keyboard alone, and no network."""

import shutil
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from outcomes import outcome
from scipy.interpolate import RegularGridInterpolator
from surfaces import nodes, surface

from bemanna.models.domain import Interval
from bemanna.pipelines.findings import findings
from bemanna.pipelines.language import number
from bemanna.pipelines.layout import Desk
from bemanna.pipelines.page import write_results
from bemanna.pipelines.proposal import Proposal
from bemanna.pipelines.surface import Surface
from bemanna.pipelines.whatifdata import benefit_percent, effect_percent
from bemanna.pipelines.whatifpage import write_whatif_page
from bemanna.pipelines.wording import Scale, amount, direction, interval

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NEEDED = {
    "Playwright": find_spec("playwright"),
    "axe-playwright-python": find_spec("axe_playwright_python"),
    "chromium": CHROMIUM,
}
MISSING = [name for name, there in NEEDED.items() if there is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed here: {', '.join(MISSING)}"
)

UNITS = ("Centrum", "Sätra")
MADE = (surface("Centrum"), surface("Sätra", seed=8))
#: Width of the window, and what else the reader has asked for.
MODES: dict[str, tuple[int, dict[str, Any]]] = {
    "light": (1280, {"color_scheme": "light"}),
    "dark": (1280, {"color_scheme": "dark"}),
    "narrow": (320, {"color_scheme": "light"}),
    "print": (800, {"media": "print"}),
}


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        opened = running.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write both pages once."""
    made = tmp_path_factory.mktemp("run")
    found = outcome("hires", UNITS)
    write_results(made, found)
    desk = Desk(found, findings(found.plans), {}, "sv")
    write_whatif_page(made, Proposal(desk, MADE))
    return made


@pytest.fixture
def page(browser: "Browser", folder: Path) -> "Iterator[Page]":
    """Open the what-if page; whatever it complains of or asks for is a fault."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    shown = context.new_page()
    complaints, asked = listening(shown)
    shown.goto((folder / "vad-om.html").as_uri())
    yield shown
    assert complaints == []
    assert set(asked) == {shown.url}
    context.close()


def listening(shown: "Page") -> tuple[list[str], list[str]]:
    """Collect what the console says, and every address that is asked for."""
    complaints: list[str] = []
    asked: list[str] = []
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("request", lambda request: asked.append(request.url))
    return complaints, asked


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["vad-om.html", "resultat.html"])
def test_everybody_can_use_the_page(
    browser: "Browser", folder: Path, name: str, mode: str
) -> None:
    import axe_playwright_python

    axe = Path(str(axe_playwright_python.__file__)).with_name("axe.min.js")
    width, asked = MODES[mode]
    context = browser.new_context(viewport={"width": width, "height": 900})
    shown = context.new_page()
    complaints, _urls = listening(shown)
    shown.emulate_media(**asked)
    shown.goto((folder / name).as_uri())
    shown.evaluate(
        "for (const one of document.querySelectorAll('details')) one.open = 1"
    )
    shown.evaluate(axe.read_text("utf-8"))
    found = shown.evaluate("axe.run({ resultTypes: ['violations'] })")
    said = [
        (v["id"], [n["html"][:90] for n in v["nodes"]]) for v in found["violations"]
    ]
    assert said == []
    assert len(found["passes"]) > 20  # it did look
    assert complaints == []
    sizes = shown.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert sizes[0] <= sizes[1]
    context.close()


def choose(page: "Page", choices: Sequence[Sequence[float]]) -> list[dict[str, object]]:
    """Ask the page's own arithmetic for choices of the first unit."""
    found: list[dict[str, object]] = page.evaluate(
        """(choices) => choices.map(([handlers, effects, benefits, robots]) => bemanna
             .answer(bemanna.units[0], { handlers, effects, benefits, robots }))""",
        choices,
    )
    return found


def axes(made: Surface) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return made.handlers, effect_percent(made), benefit_percent(made)


def test_a_node_is_the_programs_answer_to_the_krona(page: "Page") -> None:
    made, places = MADE[0], nodes(MADE[0])
    sides = (*axes(made), np.arange(len(made.robots)))
    choices = [[float(s[i]) for s, i in zip(sides, p, strict=True)] for p in places]
    for node, answer in zip(map(tuple, places), choose(page, choices), strict=True):
        assert answer["exact"] is True
        assert answer["question"] == made.question(*node)
        assert answer["benefit"] == np.rint(made.yearly["benefit_sek"][node]).tolist()
        assert answer["staff"] == np.rint(made.yearly["staff_sek"][node]).tolist()
        assert answer["saved"] == np.rint(made.saved[node]).tolist()
        today = made.today_yearly["benefit_sek"][node[1], node[2]]
        assert answer["today"]["benefit"] == np.rint(today).tolist()  # type: ignore[index]
        assert answer["caseload"] == np.rint(10 * made.caseload[node]) / 10


def test_between_nodes_it_is_plain_interpolation(page: "Page") -> None:
    made, rng = MADE[0], np.random.default_rng(11)
    sides = axes(made)
    points = np.column_stack([rng.uniform(s[0], s[-1], 60) for s in sides])
    robots = rng.integers(len(made.robots), size=60)
    choices = [[*map(float, p), int(r)] for p, r in zip(points, robots, strict=True)]
    answers = choose(page, choices)
    grid = np.rint(
        np.concatenate(
            [made.yearly["benefit_sek"], made.yearly["staff_sek"], made.saved], axis=-1
        )
    )
    none = 0
    for point, robot, answer in zip(points, robots, answers, strict=True):
        expected = RegularGridInterpolator(sides, grid[:, :, :, robot])(point)[0]
        assert answer["exact"] is False
        if np.isnan(expected).any():  # a node beside it is forbidden
            assert answer["forbidden"] is True
            none += 1
            continue
        said = [*answer["benefit"], *answer["staff"], *answer["saved"]]  # type: ignore[misc]
        assert said == pytest.approx(expected.tolist(), rel=1e-10, abs=1e-3)
    assert 0 < none < 30


def test_numbers_are_written_as_in_the_reports(page: "Page") -> None:
    rng = np.random.default_rng(5)
    sums = (10 ** rng.uniform(0, 10, 200) * rng.choice([-1, 1], 200)).round()
    edges = [0, 499, -499, 500, -500, 999.4, 999_499, 999_500, 999_600, -1_000_000]
    edges += [2_500, 3_500, -2_500, 1_250_000, 1_350_000, 50_000, 12_345_678_901]
    values = [float(value) for value in (*sums, *edges)]
    written = page.evaluate("(values) => values.map(bemanna.amount)", values)
    assert written == [amount(value) for value in values]
    ties = [0.5, 1.5, 2.5, -0.5, -2.5, 0.25, 0.35, 0.05, -0.04, 1234.5, 0.125]
    for decimals in (0, 1, 2):
        written = page.evaluate(
            "([values, n]) => values.map((value) => bemanna.number(value, n))",
            [ties, decimals],
        )
        assert written == [number(value, decimals) for value in ties]
    for table in (values, values[:3], [120.0, 3.5], [8e6, -2.5e6], [0.0]):
        written = page.evaluate(
            "(all) => { const s = bemanna.scaleOf(all); return all.map(s.write); }",
            table,
        )
        assert written == [Scale.of(table).write(value) for value in table]


def said_of(saved: np.ndarray, months: int = 36) -> str:
    """Write the verdict of a choice, apart from the page's own script."""
    mean, low, high = np.rint(saved)
    over = f"mot i dag under {months} månader"
    if low > 500:
        words = interval(Interval(mean, low, high))
        return f"Väntad besparing i utbetalda pengar {over}: {words}."
    if high < -500:
        words = interval(Interval(-mean, -high, -low))
        lead = "Det här valet kostar mer än i dag i utbetalda pengar under"
        return f"{lead} {months} månader: {words}."
    return (
        f"Ingen säkerställd besparing. Väntat i utbetalda pengar {over}: "
        f"{direction(mean)}. Utfallet ligger mellan {direction(low)} och "
        f"{direction(high)} (80-procentsintervall)."
    )


def write(page: "Page", field: str, text: str) -> None:
    page.fill(f"#{field}-number", text)
    page.press(f"#{field}-number", "Enter")


def test_a_saving_is_praised_only_where_it_is_sure(page: "Page") -> None:
    made = MADE[0]
    saved = made.saved[:, made.own, 1, 0]
    kinds = set()
    for handlers, found in zip(made.handlers, saved, strict=True):
        write(page, "handlers", number(handlers, 2))
        headline = page.inner_text("#headline")
        assert headline.split() == said_of(found).split()
        kinds.add(headline.split()[0])
        assert page.inner_text("#kind") == "En löst punkt: exakt programmets svar."
    assert kinds == {"Väntad", "Det", "Ingen"}


def test_what_has_no_room_is_told_in_words(page: "Page") -> None:
    made = MADE[0]
    write(page, "handlers", number(made.handlers[0], 2))
    write(page, "effects", "0")
    assert page.inner_text("#headline") == "Valet ryms inte i gränserna."
    assert page.inner_text("#card-cash") == "–"
    assert page.inner_text("#command").endswith('"handlers=6 effect=0%"')
    write(page, "effects", "2,5")
    assert "ligger för nära gränserna" in page.inner_text("#headline")
    assert "Räknat som om det vore säkert att 2,5" in page.inner_text("#supposed")
    write(page, "effects", "ett")
    assert page.get_attribute("#effects-number", "aria-invalid") == "true"
    assert page.inner_text("#effects-wrong") == "Skriv ett tal från 0,0 till 22,0."


def test_the_whole_page_by_keyboard_alone(page: "Page") -> None:
    met: list[str] = []
    for _step in range(60):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => { const e = document.activeElement;
               return [e.id || e.tagName, getComputedStyle(e).outlineStyle]; }"""
        )
        if here[0] == "BODY":
            break
        assert here[1] != "none", f"no one sees that {here[0]} is in focus"
        met.append(here[0])
        if here[0] == "handlers":
            before = page.inner_text("#handlers-value")
            page.keyboard.press("ArrowRight")
            assert page.inner_text("#handlers-value") != before
            assert "Mellan lösta punkter" in page.inner_text("#kind")
            assert page.get_attribute("#handlers", "aria-valuetext") == (
                page.inner_text("#handlers-value")
            )
        if here[0] == "SUMMARY":
            page.keyboard.press("Enter")
    sliders = ("handlers", "effects", "benefits")
    boxes = [name for axis in sliders for name in (axis, f"{axis}-number")]
    assert met[0] == "A"
    assert met[1:11] == ["unit", *boxes, "robots", "as-plan", "as-today"]
    assert met.count("SUMMARY") == 2
    assert page.locator("details[open]").count() == 2
    rows = page.locator("#curve-rows tr").count()
    assert rows == len(MADE[0].handlers)


def test_reset_unit_and_robot_follow(page: "Page") -> None:
    page.press("#as-today", "Enter")
    assert page.inner_text("#card-handlers") == "8"
    page.select_option("#robots", "2")
    assert "robot=2027-07" in page.inner_text("#command")
    page.select_option("#unit", "1")
    assert "--unit Sätra" in page.inner_text("#command")
    assert "robot" not in page.inner_text("#command")
    made, course = MADE[1], outcome("hires", UNITS).plans[1].proposed
    assert page.inner_text("#card-handlers") == number(np.median(course.handlers[12:]))
    node = (int(np.flatnonzero(made.handlers == 12)[0]), made.own, 1, 0)
    assert page.inner_text("#headline").split() == said_of(made.saved[node]).split()


def test_pictures_tell_what_they_show_and_the_answer_is_read_aloud(
    page: "Page",
) -> None:
    page.clock.install()
    page.reload()
    page.clock.pause_at(page.evaluate("Date.now() + 3600000"))
    write(page, "handlers", "11")
    title, desc = page.text_content("#curve-title"), page.text_content("#curve-desc")
    assert title == "Sparade pengar mot i dag efter antal handläggare"
    saved = MADE[0].saved[5, MADE[0].own, 1, 0]
    assert interval(Interval(*np.rint(saved))) in str(desc)
    assert "2027, valet:" in str(page.text_content("#years-desc"))
    assert page.text_content("#status") == ""  # not at every step of a slider
    page.clock.run_for(1000)
    assert str(page.text_content("#status")).startswith(page.inner_text("#headline"))


def test_paper_shows_what_was_chosen(page: "Page") -> None:
    write(page, "benefits", "-5")
    page.emulate_media(media="print")
    assert page.is_hidden("#handlers")
    assert page.is_hidden("#as-today")
    assert page.inner_text("#chosen-benefits").startswith("−5")
    assert page.is_visible("#years-rows tr >> nth=0")
    page.emulate_media(media="screen")


def test_it_stands_without_script_and_without_a_plan(
    browser: "Browser", folder: Path, tmp_path: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto((folder / "vad-om.html").as_uri())
    rows = shown.locator("main table tbody tr:visible").count()
    kept = len(outcome().assumptions)
    assert rows == sum(len(made.handlers) for made in MADE) + kept
    assert shown.is_hidden("#handlers")
    desk = Desk(outcome("stock"), None, {}, "sv")
    shown.goto(write_whatif_page(tmp_path, Proposal(desk)).as_uri())
    assert "finns inget att välja" in shown.inner_text("header")
    context.close()
