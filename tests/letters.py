"""Letters of a made-up outcome, for the tests, and how Word reads them back."""

import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.document import Document as Word
from docx.oxml.ns import qn
from docx.shared import RGBColor
from outcomes import outcome

from bemanna.pipelines.choices import choices
from bemanna.pipelines.drawing import Picture
from bemanna.pipelines.figures import plan_picture, saving_picture
from bemanna.pipelines.findings import findings
from bemanna.pipelines.layout import Desk
from bemanna.pipelines.letter import write_letter
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.proposal import Proposal


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


def as_template(path: Path) -> Path:
    """Make a .dotx of a .docx."""
    made = path.with_suffix(".dotx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name).replace(b"document.main+xml", b"template.main+xml")
            new.writestr(name, part)
    return made
