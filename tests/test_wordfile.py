"""A letter as a Word file: readable by all, in an own template, and nobody in it."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from casefolder import only, read
from casefolder import write as case_folder
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import RGBColor
from letters import (
    as_template,
    bytes_of,
    languages,
    letter,
    lines,
    opened,
    proposal,
    template,
    whole,
    with_settings,
)
from outcomes import outcome

from bemanna.pipelines import wordfile
from bemanna.pipelines.layout import Grid
from bemanna.pipelines.letter import write_letter
from bemanna.pipelines.privacy import PrivacyError
from bemanna.pipelines.wordtemplate import open_word

#: Ten digits with a date and a right check digit; nobody's.
NOBODY = "19121212-1212"


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


def test_printed_it_is_a_tagged_file_in_its_language(tmp_path: Path) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    (tmp_path / "brev.docx").write_bytes(whole())
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    tagged = 'pdf:writer_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"}}'
    command = [soffice, profile, "--headless", "--convert-to", tagged]
    command += ["--outdir", str(tmp_path), str(tmp_path / "brev.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    printed = (tmp_path / "brev.pdf").read_bytes()
    assert re.search(rb"/MarkInfo\s*<<\s*/Marked true", printed)
    assert b"/Lang(sv-SE)" in printed
    for kind, least in ((b"H1", 10), (b"Table", 3), (b"TH", 3), (b"Figure", 2)):
        assert len(re.findall(rb"/S\s*/" + kind + rb"\b", printed)) >= least
