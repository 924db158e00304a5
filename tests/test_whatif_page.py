"""The what-if page: one small file that holds the solved answers, to the krona."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from catalogue import recorded
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from outcomes import outcome
from surfaces import nodes, surface
from test_page import Reader
from test_reportlanguage import PIPELINES

from bemanna.models.domain import Array
from bemanna.pipelines import language
from bemanna.pipelines.asking import read_questions
from bemanna.pipelines.findings import findings
from bemanna.pipelines.layout import Desk
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.privacy import PrivacyError
from bemanna.pipelines.proposal import Proposal
from bemanna.pipelines.rendering import digest
from bemanna.pipelines.surface import Surface
from bemanna.pipelines.whatifdata import benefit_stops, effect_stops, packed
from bemanna.pipelines.whatifpage import whatif_page, write_whatif_page
from bemanna.pipelines.whatifpagewords import live_words

SIX = ("Centrum", "Sätra", "Norr", "Söder", "Valbo", "Hille")
CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def solved(found: Outcome, surfaces: Sequence[Surface], sprak: str = "sv") -> Proposal:
    return Proposal(Desk(found, findings(found.plans), {}, sprak), tuple(surfaces))


def page(found: Outcome, surfaces: Sequence[Surface], sprak: str = "sv") -> str:
    made = solved(found, surfaces, sprak)
    return whatif_page(made.desk, made.surfaces)


def block(html: str) -> dict[str, object]:
    """Read the data that the script reads."""
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', html)
    assert found is not None
    data: dict[str, object] = json.loads(found[1])
    return data


def units(html: str) -> list[dict[str, object]]:
    found = block(html)["units"]
    assert isinstance(found, list)
    return found


def unpacked(text: str, shape: tuple[int, ...]) -> Array:
    """Read base64 VLQ differences back, written apart from what wrote them."""
    values, value, shift = [], 0, 0
    for letter in text:
        digit = CODE.index(letter)
        value |= (digit & 31) << shift
        shift += 5
        if digit < 32:
            values.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    grid = np.array(values, dtype=float).reshape(shape)
    for axis in range(4):
        grid = grid.cumsum(axis)
    return grid


@pytest.fixture(scope="module")
def html() -> str:
    return page(outcome("hires"), [surface()])


@given(arrays(np.int64, (3, 2, 2, 2, 2), elements=st.integers(-(10**11), 10**11)))
def test_sums_come_back_as_they_were(grid: Array) -> None:
    assert (unpacked(packed(grid), grid.shape) == grid).all()


def test_the_page_holds_every_answer_to_the_krona(html: str) -> None:
    made, unit = surface(), units(html)[0]
    shape = made.total_sek.shape
    barred = np.argwhere(np.isnan(made.total_sek))
    flat = np.ravel_multi_index(tuple(barred.T), shape)
    assert unit["forbidden"] == flat.tolist()
    grids = unit["grids"]
    assert isinstance(grids, dict)
    allowed = tuple(nodes(made).T)
    expected = {
        "benefit": made.yearly["benefit_sek"],
        "staff": made.yearly["staff_sek"],
        "saved": made.saved,
        "caseload": 10 * made.caseload[..., None],
    }
    assert set(grids) == set(expected)
    for name, values in expected.items():
        read = unpacked(grids[name], values.shape)
        assert (read[allowed] == np.rint(values[allowed])).all()
    for name in ("benefit", "staff"):
        today = np.rint(made.today_yearly[f"{name}_sek"])[None, :, :, None, :]
        read = unpacked(str(unit[f"today_{name}"]), today.shape)
        assert (read == today).all()


def test_every_node_is_asked_for_as_the_command_line_reads_it(html: str) -> None:
    made, unit = surface(), units(html)[0]
    parts = unit["asked"]
    assert isinstance(parts, dict)
    texts = {}
    for node in np.ndindex(made.total_sek.shape):
        said = [parts[axis][at] for axis, at in zip(parts, node, strict=True)]
        texts[node] = " ".join(filter(None, said))
        assert texts[node] == made.question(*node)
    # each node of each axis once, for reading is slow
    some = [tuple(min(k, n - 1) for n in made.total_sek.shape) for k in range(8)]
    read = read_questions([texts[node] for node in some], {})
    for (h, e, b, r), asked in zip(some, read, strict=True):
        assert asked.numbers["handlers"] == made.handlers[h]
        effect = asked.numbers.get("effect", made.effects[made.own])
        assert effect == pytest.approx(made.effects[e], abs=1e-12)
        assert asked.numbers.get("benefit", 1) == pytest.approx(made.benefits[b])
        assert asked.months.get("robot") == made.robots[r]


def test_the_command_names_folder_unit_and_a_seed_of_its_own() -> None:
    found = outcome("hires", ("Södra, norr",))
    case = replace(found.case, folder=Path("min kommun"))
    made = [surface("Södra, norr")]

    def words(seed: int) -> list[str]:
        info = replace(found.info, seed=seed)
        html = page(replace(found, case=case, info=info), made)
        return shlex.split(str(units(html)[0]["command"]))

    plain = "bemanna plan|min kommun|--unit|Södra, norr|--what-if"
    own = found.case.settings.run.seed
    assert words(own) == ["bemanna", *plain.removeprefix("bemanna ").split("|")]
    assert words(own + 7)[5:7] == ["--seed", str(own + 7)]


def test_sliders_stop_at_every_node(html: str) -> None:
    unit = units(html)[0]
    stops = unit["stops"]
    assert isinstance(stops, dict)
    for axis in ("handlers", "effects", "benefits"):
        every = stops[axis]
        assert every == sorted(set(every))
        own = unit[axis]
        assert isinstance(own, list)
        assert set(own) <= set(every)
        assert (every[0], every[-1]) == (own[0], own[-1])
    strong = effect_stops(np.array([0.0, 26.0, 52.3, 105.0]), 2)
    assert {0.0, 26.0, 52.3, 105.0} <= set(strong)
    assert 52.0 not in strong  # the unit's own stands for what is next to it
    assert benefit_stops(np.array([-10.0, 0.0, 10.0]))[::10] == [-10.0, 0.0, 10.0]


def test_it_can_be_sent_and_asks_nobody(html: str) -> None:
    reader = Reader(html)
    for tag in ("img", "iframe", "object", "form", "base", "audio", "video"):
        assert not reader.all(tag)
    for tag, attributes in reader.tags:
        for name in ("src", "href", "srcset", "action"):
            assert "//" not in (attributes.get(name) or ""), f"{tag} {name}"
        assert not any(name.startswith("on") for name in attributes)
        assert "style" not in attributes
    code = re.findall(r"<(?:script|style)>(.*?)</", html, re.DOTALL)
    for word in ("http", "fetch(", "XMLHttp", "import(", "@import", "url(", "eval("):
        own = "".join(code).replace("http://www.w3.org/2000/svg", "")
        assert word not in own
    policy = next(
        attributes["content"] or ""
        for attributes in reader.all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    for rule, texts in (("style-src", styles), ("script-src", scripts)):
        assert rules[rule].split() == [f"'sha256-{digest(text)}'" for text in texts]
    assert len(scripts) == 3


def test_a_name_cannot_end_the_data_or_become_code() -> None:
    name = '</script><b>Norr & "Söder" \''
    html = page(outcome("hires", (name,)), [surface(name)])
    assert units(html)[0]["name"] == name
    assert "<b>" not in html


def test_it_is_small_with_six_units_and_the_same_every_time() -> None:
    found = outcome("hires", SIX, cases=3_000.0)
    made = [surface(name, cases=3_000.0, seed=i) for i, name in enumerate(SIX)]
    html = page(found, made)
    assert len(html.encode()) < 200_000
    assert html == page(found, made)
    assert [unit["name"] for unit in units(html)] == list(SIX)
    assert len(Reader(html).all("option")) == 6 + 4


def test_without_script_the_solved_points_stand_as_a_table(html: str) -> None:
    table = html.split("<noscript>")[1].split("</noscript>")[0]
    made, text = surface(), Reader(table).text
    rows = table.count("<tr") - 1
    assert rows == len(made.handlers)
    paid = made.yearly["benefit_sek"][3, made.own, 1, 0].sum()
    assert language.number(paid / 1e6, 1) in text.replace(" ", "\u202f")
    assert "10,9 % fler lämnar" in text


def test_simulated_registers_are_labelled(html: str) -> None:
    assert "Simulerat register." in Reader(html).text
    real = page(outcome("hires", simulated=False), [surface()])
    assert "Simulerat register." not in Reader(real).text


def test_a_run_without_a_plan_says_why(tmp_path: Path) -> None:
    path = write_whatif_page(tmp_path, solved(outcome("stock"), ()))
    html = path.read_text("utf-8")
    assert path.name == "vad-om.html"
    assert "räcker inte" in Reader(html).text
    assert "<script" not in html
    assert "script-src 'none'" in html
    assert "Registret skiljer inte nya ärenden" in html


def test_few_households_are_not_told() -> None:
    few = outcome("hires", ("Liten", "Stor"), cases=4.0)
    flows = few.case.flows.copy()
    big = flows["unit"] == "Stor"
    counts = ["inflow", "start", "exits", "served", "end"]
    flows.loc[big, counts] = 500.0
    case = replace(few.case, flows=flows)
    made = [surface("Liten", cases=4.0), surface("Stor")]
    html = page(replace(few, case=case), made)
    small = units(html)[0]
    grids = small["grids"]
    assert isinstance(grids, dict)
    assert "caseload" not in grids
    assert small["household"] is None
    assert small["late"] is None
    text = Reader(html).text
    assert "För en enhet med för få hushåll visas varken" in text
    first_row = re.search(r"<tbody>.*?</tr>", html, re.DOTALL)
    assert first_row is not None
    assert "<td>–</td>" in first_row[0]


def test_nobody_is_named(tmp_path: Path) -> None:
    name = "Enhet 19121212-1212"
    with pytest.raises(PrivacyError):
        write_whatif_page(tmp_path, solved(outcome("hires", (name,)), [surface(name)]))
    assert not list(tmp_path.iterdir())


def test_a_milliard_is_not_taken_for_a_person(tmp_path: Path) -> None:
    made = surface()
    sums = made.today_yearly["benefit_sek"].copy()
    sums[:] = 1_212_121_212  # a date and a check digit
    large = replace(made, today_yearly={**made.today_yearly, "benefit_sek": sums})
    assert write_whatif_page(tmp_path, solved(outcome("hires"), [large])).exists()


def test_everything_is_said_in_swedish(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, swedish = recorded(monkeypatch)
    found = outcome("hires", ("Centrum", "Sätra"))
    page(found, [surface("Centrum"), surface("Sätra", robots=1)])
    page(outcome("stock"), ())
    as_published = set(found.effect.sources)
    assert {"Choose", "How it was counted", "solved"} <= asked
    assert asked - set(swedish) - as_published - {""} == set()
    template = (PIPELINES / "templates" / "vad-om.html.j2").read_text("utf-8")
    texts = re.findall(r"""_\("([^"]*)"\)|_\('([^']*)'\)""", template)
    assert {a or b for a, b in texts} <= set(swedish)


def test_no_sentence_is_the_same_in_both_languages() -> None:
    swedish, english = live_words("sv"), live_words("en")
    assert [key for key in swedish if swedish[key] == english[key]] == []
    found = replace(outcome("hires"), cannot_tell=())
    text = Reader(page(found, [surface()], "en")).text
    for word in ("handläggare", "mnkr", "ärende", "Välj", "besparing"):
        assert word not in text.replace("Gävle", "")


def test_scripts_say_only_what_they_are_told() -> None:
    """No word is written in a script: each comes translated, by its name."""
    names = set(live_words("sv"))
    used = set()
    for script in sorted((PIPELINES / "templates").glob("vad-om*.js")):
        text = script.read_text("utf-8")
        used |= set(re.findall(r"\bwords\.(\w+)", text))
    assert used == names
