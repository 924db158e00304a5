"""The letter to a committee: read back as Word has it, honest, and readable by all."""

import json
import re
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from casefolder import only, read
from casefolder import write as case_folder
from catalogue import recorded
from docx import Document
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import RGBColor
from outcomes import outcome

from bemanna.models.domain import Interval
from bemanna.pipelines import letterchoices, lettersummary, wordfile
from bemanna.pipelines.choices import choices
from bemanna.pipelines.drawing import Picture
from bemanna.pipelines.figures import plan_picture, saving_picture
from bemanna.pipelines.findings import findings
from bemanna.pipelines.layout import Desk, Grid
from bemanna.pipelines.letter import write_letter
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.privacy import PrivacyError
from bemanna.pipelines.proposal import Proposal
from bemanna.pipelines.summary import summary_json
from bemanna.pipelines.wording import amount, interval, people
from bemanna.pipelines.wordpack import readable
from bemanna.pipelines.wordtemplate import open_word

#: Ten digits with a date and a right check digit; nobody's.
NOBODY = "19121212-1212"


def proposal(found: Outcome, sprak: str = "sv", *, drawn: bool = False) -> Proposal:
    """Gather what a letter is written from; pictures only where they are looked at."""
    made: list[Picture | None] = []
    if drawn:
        made = [draw(found, sprak) for draw in (plan_picture, saving_picture)]
    pictures = {picture.name: picture for picture in made if picture is not None}
    known = findings(found.plans)
    desk = Desk(found, known, pictures, sprak)
    return Proposal(desk, choices=choices((), known) if known else ())


@cache
def whole(kind: str = "hires", sprak: str = "sv") -> bytes:
    """Write the letter of a made-up outcome, with pictures, once."""
    return bytes_of(proposal(outcome(kind), sprak, drawn=True))


def bytes_of(made: Proposal) -> bytes:
    """Write a letter and read its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        return write_letter(Path(folder), made).read_bytes()


def opened(data: bytes) -> Word:
    return Document(BytesIO(data))


def lines(data: bytes) -> list[str]:
    """Every paragraph of the body, tables too, with plain spaces."""
    body = opened(data).element.body
    paragraphs = body.iter(qn("w:p"))
    texts = ("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in paragraphs)
    return [" ".join(text.split()) for text in texts]


def text_of(found: Outcome, sprak: str = "sv") -> str:
    return "\n".join(lines(bytes_of(proposal(found, sprak))))


@cache
def letter(kind: str = "hires", cases: float = 480.0) -> bytes:
    """Write the letter of a made-up outcome, without pictures, once."""
    return bytes_of(proposal(outcome(kind, cases=cases)))


def told(kind: str = "hires", cases: float = 480.0) -> str:
    return "\n".join(lines(letter(kind, cases)))


def languages(word: Word) -> set[str]:
    """Every language that a style names."""
    return {lang.get(qn("w:val")) for lang in word.styles.element.iter(qn("w:lang"))}


def under(data: bytes, title: str) -> list[str]:
    """Paragraphs between a heading and the next."""
    told: list[str] = []
    inside = False
    for paragraph in opened(data).paragraphs:
        assert paragraph.style is not None
        if str(paragraph.style.name).startswith("Heading"):
            inside = paragraph.text == title
        elif inside:
            told.append(" ".join(paragraph.text.split()))
    return told


def with_settings(found: Outcome, **sections: Mapping[str, object]) -> Outcome:
    """Change sections of the settings."""
    settings = found.case.settings
    new = {
        name: getattr(settings, name).model_copy(update=values)
        for name, values in sections.items()
    }
    settings = settings.model_copy(update=new)
    return replace(found, case=replace(found.case, settings=settings))


def test_it_comes_in_the_order_of_a_committee() -> None:
    headings = [
        (int(str(p.style.name)[-1]), p.text)
        for p in opened(whole()).paragraphs
        if p.style is not None and str(p.style.name).startswith("Heading")
    ]
    assert [text for level, text in headings if level == 1] == [
        "Sammanfattning",
        "Förslag till beslut",
        "Ärendet",
        "Nuläge",
        "Alternativ",
        "Ekonomiska konsekvenser",
        "Osäkerhet och känslighet",
        "Konsekvenser för människor",
        "Jämförelse med andra",
        "Antaganden",
        "Källor, och hur körningen görs om",
        "Beslutet skickas till",
    ]
    levels = [1, *(level for level, _ in headings)]
    assert all(b - a <= 1 for a, b in pairwise(levels))


@pytest.mark.parametrize(("sprak", "code"), [("sv", "sv-SE"), ("en", "en-GB")])
def test_word_is_told_title_and_language(sprak: str, code: str) -> None:
    word = opened(whole("unsure", sprak))
    about = word.core_properties
    assert about.title.endswith("Gävle")
    assert about.language == code
    assert f"{about.created:%Y-%m-%d %H:%M}" == "2026-11-22 08:12"
    assert languages(word) == {code}
    outline = word.styles["Heading 1"].element.find(f".//{qn('w:outlineLvl')}")
    assert outline.get(qn("w:val")) == "0"


def test_every_table_has_a_header_a_caption_and_columns_that_line_up() -> None:
    word = opened(whole())
    assert len(word.tables) >= 5
    for table in word.tables:
        rows = table._tbl.tr_lst
        marked = [row.find(f".//{qn('w:tblHeader')}") is not None for row in rows]
        assert marked == [True] + [False] * (len(rows) - 1)
        assert all(row.find(f".//{qn('w:cantSplit')}") is not None for row in rows)
        look = table._tbl.tblPr.find(qn("w:tblLook"))
        assert look.get(qn("w:firstRow")) == "1"
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        before = table._tbl.getprevious()
        assert before.find(f".//{qn('w:pStyle')}").get(qn("w:val")) == "Caption"
    cash = word.tables[3]
    assert {c.paragraphs[0].alignment for c in cash.columns[1].cells} == {2}  # right
    assert cash.columns[0].cells[1].paragraphs[0].alignment is None
    captions = [line for line in lines(whole()) if line.startswith("Tabell ")]
    numbers = [int(re.findall(r"\d+", text)[0]) for text in captions]
    assert numbers == list(range(1, len(word.tables) + 1))


def test_every_picture_is_described_and_sharp() -> None:
    word = opened(whole())
    drawn = list(word.element.body.iter(qn("wp:docPr")))
    assert len(drawn) == 2
    for words in drawn:
        assert len(words.get("descr")) > len(words.get("title")) > 10
    section = word.sections[0]
    edges = (section.page_width, section.left_margin, section.right_margin)
    page, left, right = (edge or 0 for edge in edges)
    for shape in word.inline_shapes:
        assert shape.width == page - left - right
        blip = shape._inline.graphic.graphicData.pic.blipFill.blip.embed
        image = word.part.related_parts[blip].image
        assert image.px_width / (shape.width / 914_400) >= 200


@pytest.mark.parametrize("kind", ["hires", "same", "stock"])
def test_nothing_is_spaced_with_empty_paragraphs(kind: str) -> None:
    word = opened(letter(kind))
    section = word.sections[0]
    for part in (word.element.body, section.header._element, section.footer._element):
        for paragraph in part.iter(qn("w:p")):
            filled = [*paragraph.iter(qn("w:t")), *paragraph.iter(qn("w:drawing"))]
            assert filled


def test_pages_are_numbered() -> None:
    footer = opened(whole()).sections[0].footer._element
    codes = [f.get(qn("w:instr")) for f in footer.iter(qn("w:fldSimple"))]
    assert codes == ["PAGE", "NUMPAGES"]
    assert "gavle-2026-11-22-081233" in "".join(footer.itertext())


def test_decisions_are_a_numbered_list() -> None:
    word = opened(whole())
    items = [p for p in word.paragraphs if p.style and p.style.name == "List Number"]
    assert [p.text[:4] for p in items] == ["att "] * len(items)
    assert [p.text[-1] for p in items] == [","] * (len(items) - 1) + ["."]
    marks = [p._p.find(f".//{qn('w:numId')}") for p in items]
    ids = {int(mark.get(qn("w:val"))) for mark in marks}
    assert len(ids) == 1
    numbering = word.part.numbering_part.element
    num = next(n for n in numbering.num_lst if n.numId in ids)
    kinds = {
        a.get(qn("w:abstractNumId")): a.find(f".//{qn('w:numFmt')}").get(qn("w:val"))
        for a in numbering.findall(qn("w:abstractNum"))
    }
    assert kinds[str(num.abstractNumId.val)] == "decimal"


def test_the_same_outcome_gives_the_same_bytes() -> None:
    again = bytes_of(proposal(outcome("hires"), drawn=True))
    assert again == whole()


def test_the_summary_is_short_and_says_what_the_run_says() -> None:
    for kind in ("hires", "unsure", "loses", "same"):
        sentences = " ".join(under(letter(kind), "Sammanfattning"))
        assert len(re.findall(r"\.(?= |$)", sentences)) <= 8
    plan, known = outcome("hires").plans[0], findings(outcome("hires").plans)
    assert known is not None
    said = " ".join(under(whole(), "Sammanfattning"))
    for number in (
        interval(plan.saving_total),
        interval(plan.total_saving),
        amount(known.cash["staff_plan_sek"].sum()),
        amount(known.cash["staff_today_sek"].sum()),
        "83 %",
        "8,4 %",
    ):
        assert " ".join(number.split()) in said


def test_numbers_stand_in_the_result_for_machines() -> None:
    result = json.loads(json.dumps(summary_json(outcome("hires"))))
    text, total = "\n".join(lines(whole())), result["total"]
    decided = " ".join(under(whole(), "Förslag till beslut"))
    assert f"från {people(total['handlers_today'])} till" in decided
    assert f"till {people(total['handlers'][-1])}," in decided
    for row in total["cash_by_year"]:
        assert " ".join(amount(row["staff_plan_sek"]).split()) in decided
        for name in ("benefit_today_sek", "benefit_plan_sek", "saving_sek"):
            thousands = f"{row[name] / 1e3:,.0f}".replace(",", " ").replace("-", "−")
            assert thousands.replace("−0", "0") in text
    year = result["year_forecast"][0]
    assert " ".join(amount(year["total_sek"]).split()) in text
    assert result["run"]["id"] in text
    assert result["run"]["command"] in text


@pytest.mark.parametrize(
    ("kind", "stance", "decision"),
    [
        ("hires", "plan", "att ändra antalet handläggare från 8 till 12"),
        ("unsure", "plan", "att ändra antalet handläggare från 8 till 12"),
        ("loses", "keep", "att behålla dagens bemanning, 8 handläggare"),
        ("same", "keep", "att behålla dagens bemanning, 8 handläggare"),
        ("stock", "nothing", "att ta del av prognosen"),
    ],
)
def test_only_what_the_run_supports_is_proposed(
    kind: str, stance: str, decision: str
) -> None:
    made = proposal(outcome(kind))
    assert lettersummary.stance(made.desk) == stance
    decided = under(bytes_of(made), "Förslag till beslut")
    assert decided[1].startswith(decision)
    if stance != "plan":
        assert "ändra antalet" not in " ".join(decided)


def test_a_plan_that_the_simulation_contradicts_is_no_proposal() -> None:
    found = outcome("hires")
    plan = found.plans[0]
    doubted = replace(plan, check_grid=replace(plan.check_grid, ok=False))
    text = text_of(replace(found, plans=(doubted,)))
    assert "Ingen ändring föreslås: simuleringen stämmer inte med planen." in text
    assert "ändra antalet" not in text
    assert "Väntad besparing" not in text


def test_no_saving_is_praised_that_is_not_sure() -> None:
    unsure, loses = told("unsure"), told("loses")
    for text in (unsure, loses):
        assert "Väntad besparing" not in text
        assert not re.search("−0(?![,\\d])", text)
    assert "Ingen besparing i kassan är säker" in unsure
    assert "Planen kostar mer i utbetalda pengar" in loses
    assert "Dagens bemanning föreslås, så ingen kostnad ändras." in loses
    assert "Planen föreslås" not in loses


def test_an_unchanged_plan_shows_one_choice() -> None:
    text = told("same")
    assert "Den föreslagna planen" not in text
    assert "Behåll dagens 8 handläggare" in text
    assert "Tiden för varje hushåll ändras inte av förslaget." in text


def test_without_payments_or_flows_it_is_a_forecast() -> None:
    text = told("stock")
    assert "Prognos för försörjningsstödet" in text
    assert "Siffrorna räcker inte till en bemanningsplan." in text
    assert "Ekonomiska konsekvenser" not in text
    assert "Helårsprognos 2026: 53,0 mnkr" in text


def test_simulated_figures_are_no_ground_for_a_decision() -> None:
    assert "Simulerat register." in told("hires")
    assert "Simulerat" not in text_of(outcome("hires", simulated=False))


def test_few_households_are_not_counted() -> None:
    few = told("hires", 3.0)
    assert "Färre än 5 hushåll har bistånd." in few
    for counts in ("Ärenden per handläggare i dag", "Utbetalt bistånd de senaste"):
        assert counts in told("hires")
        assert counts not in few
    assert "hushållen lottas" in told("hires")
    assert "hushållen lottas" not in few
    cells = _cells(letter("hires", 3.0))
    today = next(row for row in cells if row[0] == "Dagens bemanning")
    assert today[2:4] == ["–", "–"]
    twelve = told("hires", 12.0)
    assert "Hushåll med bistånd: 12 i oktober 2026" in twelve


def _cells(data: bytes) -> list[list[str]]:
    tables = opened(data).tables
    return [[cell.text for cell in row.cells] for t in tables for row in t.rows]


def test_groups_with_children_are_told_and_small_ones_hidden() -> None:
    def named(cases: float) -> str:
        found = outcome("hires", cases=cases)
        names = {"Sociala hinder": "Barnfamiljer"}
        flows = found.case.flows.assign(
            segment=found.case.flows["segment"].replace(names)
        )
        return text_of(replace(found, case=replace(found.case, flows=flows)))

    assert "säger inte i vilka hushåll det finns barn" in told("hires")
    assert re.search(r"Barnfamiljer: \d+ hushåll i oktober 2026", named(480.0))
    assert "Barnfamiljer: hur många hushåll det är får inte visas." in named(12.0)


def test_the_states_share_is_told_without_a_price() -> None:
    found = outcome("hires")
    flows = found.case.flows
    moved = {"exits_sickness_compensation": 0.25 * flows["exits"]}

    def with_exits(columns: Mapping[str, Any]) -> str:
        case = replace(found.case, flows=flows.assign(**columns))
        return text_of(replace(found, case=case))

    assert "gick 25 % av dem som lämnade till sjukersättning" in with_exits(moved)
    none = {"exits_sickness_compensation": 0.01 * flows["exits"]}
    last = flows["month"] > flows["month"].max() - pd.DateOffset(years=1)
    assert 0 < 0.01 * flows.loc[last, "exits"].sum() < 5
    assert "av dem som lämnade till" not in with_exits(none)
    assert "Priset finns inte i underlaget" in text_of(found)


def test_the_letterhead_is_filled_or_left_to_be_filled_in() -> None:
    head_lines = {p.text for p in opened(whole()).paragraphs[:6]}
    assert {"Förvaltning\t[fylls i]", "Diarienummer\t[fylls i]"} <= head_lines
    assert "Kommun\tGävle" in head_lines
    head = {
        "administration": "Socialförvaltningen",
        "committee": "socialnämnden",
        "diary_number": "SN 2026/123",
        "author": "Kim Ek",
    }
    data = bytes_of(proposal(with_settings(outcome("hires"), municipality=head)))
    text = "\n".join(lines(data))
    for value in head.values():
        assert value in text
    assert "Socialnämnden föreslås besluta" in text
    assert "[fylls i]" not in text.split("Sammanfattning")[0]
    assert opened(data).core_properties.author == "Kim Ek"


@pytest.mark.parametrize("place", ["author", "committee", "picture", "assumption"])
def test_nobody_is_found_in_it_or_it_is_not_written(place: str, tmp_path: Path) -> None:
    found = outcome("hires")
    made = proposal(found, drawn=place == "picture")
    if place == "picture":
        plan = replace(made.desk.drawn["plan"], description=f"Av {NOBODY}.")
        made = replace(made, desk=replace(made.desk, drawn={"plan": plan}))
    elif place == "assumption":
        row = replace(found.assumptions[0], source=NOBODY)
        made = proposal(replace(found, assumptions=(row,)))
    else:
        made = proposal(with_settings(found, municipality={place: NOBODY}))
    with pytest.raises(PrivacyError):
        write_letter(tmp_path, made)
    assert not list(tmp_path.iterdir())


def test_no_english_is_left_in_swedish(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, swedish = recorded(monkeypatch)
    for found in (
        outcome("hires", ("Centrum", "Sätra")),
        outcome("unsure"),
        outcome("loses"),
        outcome("same"),
        outcome("stock"),
    ):
        text_of(found)
    as_published = set(outcome("hires").effect.sources)
    assert {"Proposed decision", "The proposed plan", "Table {n}"} <= asked
    assert asked - set(swedish) - as_published - {""} == set()


@pytest.mark.parametrize("kind", ["hires", "unsure", "loses", "same", "stock"])
def test_no_swedish_is_left_in_english(kind: str) -> None:
    found = outcome(kind)
    bare = replace(
        found,
        assumptions=(),
        cannot_tell=(),
        year=replace(found.year, notes=()),
        case=replace(found.case, warnings=()),
    )
    text = readable(bytes_of(proposal(bare, "en"))).replace("Gävle", "")
    for source in found.effect.sources:  # titles are as they were published
        text = text.replace(source, "")
    assert not re.findall(r"\b\w*[åäö]\w*\b", text, re.IGNORECASE)
    assert not re.findall(r"\b(och|mnkr|tkr|till|inte|planen)\b", text)
    if kind != "stock":
        assert "Proposed decision" in text


def test_words_of_several_units_are_told_unit_by_unit() -> None:
    text = text_of(outcome("hires", ("Centrum", "Sätra")))
    assert "Centrum: Planen lönar sig" in text
    assert "Sätra: Planen lönar sig" in text


def template(folder: Path, name: str = "mall.docx", *, styles: bool = True) -> Path:
    """Save a municipality's template: header, footer, one colour, some old text."""
    word = Document()
    word.add_paragraph("Gammal text som ska bort")
    word.sections[0].header.paragraphs[0].text = "Provkommunens sidhuvud"
    word.sections[0].footer.paragraphs[0].text = "Provkommunens sidfot"
    word.styles["Heading 1"].font.color.rgb = RGBColor(0xAA, 0x00, 0x55)
    if not styles:
        for style_name in ("Caption", "List Number", "List Bullet", "Title"):
            word.styles[style_name].delete()
    path = folder / name
    word.save(str(path))
    return path


def test_an_own_template_keeps_header_footer_and_styles(tmp_path: Path) -> None:
    path = template(tmp_path, styles=False)
    found = with_settings(outcome("hires"), documents={"template": str(path)})
    word = opened(bytes_of(proposal(found)))
    section = word.sections[0]
    assert section.header.paragraphs[0].text == "Provkommunens sidhuvud"
    assert section.footer.paragraphs[0].text == "Provkommunens sidfot"
    assert word.styles["Heading 1"].font.color.rgb == RGBColor(0xAA, 0x00, 0x55)
    text = "\n".join(p.text for p in word.paragraphs)
    assert "Gammal text" not in text
    assert "Förslag till beslut" in text
    names = {s.name for s in word.styles if s.type == WD_STYLE_TYPE.PARAGRAPH}
    assert {"Caption", "List Number", "Title"} <= names  # as ours, where it had none
    assert word.styles["List Number"].font.name is None  # but in the template's font
    assert languages(word) == {"sv-SE"}


def test_a_template_without_lists_gets_them(tmp_path: Path) -> None:
    path = template(tmp_path)
    word = Document(str(path))
    part = word.part
    rel = next(r for r in part.rels.values() if r.reltype.endswith("/numbering"))
    for style in word.styles.element.iter(qn("w:numPr")):
        style.getparent().remove(style)
    part.drop_rel(rel.rId) if part._rel_ref_count(rel.rId) < 2 else None
    part.rels.pop(rel.rId, None)
    word.save(str(path))
    found = with_settings(outcome("hires"), documents={"template": str(path)})
    numbering = opened(bytes_of(proposal(found))).part.numbering_part.element
    assert len(numbering.findall(qn("w:abstractNum"))) == 2


def as_template(path: Path) -> Path:
    """Make a .dotx of a .docx."""
    made = path.with_suffix(".dotx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name).replace(b"document.main+xml", b"template.main+xml")
            new.writestr(name, part)
    return made


def test_a_word_template_file_opens_too(tmp_path: Path) -> None:
    word = open_word(as_template(template(tmp_path)))
    assert word.sections[0].header.paragraphs[0].text == "Provkommunens sidhuvud"
    assert [p.text for p in word.paragraphs] == []


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "template_missing"),
        (b"inte Word", "template_unreadable"),
        (b"PK\x03\x04trasig", "template_unreadable"),
    ],
)
def test_a_template_that_cannot_be_used_is_one_fault(
    content: bytes | None, rule: str, tmp_path: Path
) -> None:
    toml = '\n[documents]\ntemplate = "mall.docx"\n'
    folder = case_folder(tmp_path / "case", toml=toml)
    if content is not None:
        (folder / "mall.docx").write_bytes(content)
    fault = only(folder, rule)
    assert (fault.column, fault.value) == ("documents.template", "mall.docx")
    template(folder)
    assert read(folder).settings.documents.template == "mall.docx"


def test_columns_are_as_wide_as_their_words() -> None:
    from bemanna.pipelines.wordmarks import column_widths

    rows = [("År", "Bistånd", "80-procentsintervall"), ("2027", "1 234", "5 till 6")]
    widths = column_widths(rows, 400.0)
    assert sum(widths) == pytest.approx(400.0)
    assert widths[2] > widths[1] > widths[0]
    tight = column_widths(rows, 100.0)
    assert sum(tight) == pytest.approx(100.0)


def test_signs_that_word_cannot_hold_are_left_out() -> None:
    name = {"name": "Gävle\x0bkommun" + 300 * "x", "committee": "a\x00b"}
    data = bytes_of(proposal(with_settings(outcome("stock"), municipality=name)))
    assert "Kommun\tGävle kommunxxx" in opened(data).paragraphs[0].text
    assert len(opened(data).core_properties.title) == 255


def test_empty_cells_are_read_as_a_dash(tmp_path: Path) -> None:
    told = wordfile.Properties("T", "S", "A", pd.Timestamp("2026-01-02"), "sv")
    file = wordfile.WordFile(told)
    file.chapter(wordfile.Chapter("R", (Grid("C", ("a", "b"), (("x", ""),)),)))
    word = opened(file.save(tmp_path / "t.docx").read_bytes())
    assert word.tables[0].cell(1, 1).text == "–"


def test_the_robot_is_a_choice_beside_the_plan() -> None:
    made = proposal(outcome("hires"))
    robot = replace(made.choices[1], kind="robot", saving=Interval(-2e6, -3e6, -1e6))
    chapter = letterchoices.alternatives(made.desk, [*made.choices, robot])
    assert chapter is not None
    grid = next(b for b in chapter.blocks if isinstance(b, Grid))
    assert [row[0] for row in grid.rows] == [
        "Dagens bemanning",
        "Den föreslagna planen",
        "Roboten och dagens handläggare",
    ]
    assert grid.rows[2][5:] == ("−2,0", "−3,0 till −1,0")
