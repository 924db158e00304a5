"""A Word file that everybody can read: one room for the craft of python-docx.

Real headings, tables whose header row is marked and repeated, pictures with words,
numbers that line up, a title and a language. The same blocks give the same bytes.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pandas as pd
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Emu, Mm, Pt
from docx.text.paragraph import Paragraph

from .drawing import Picture
from .language import LOCALES, translator
from .layout import Grid
from .privacy import guard
from .wordmarks import (
    add_field,
    column_widths,
    has_content,
    keep_row,
    mark_table,
    set_page,
)
from .wordpack import plain, readable, settled
from .wordstyles import TABLE, add_lists, add_styles, set_language
from .wordtemplate import open_word

#: Letters that a property may have.
_LONGEST = 255
_AFTER_TABLE, _LABEL_WIDTH = Pt(8), Mm(42)


@dataclass(frozen=True)
class Points:
    """A list; numbered where its order matters."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Note:
    """A remark in smaller type."""

    text: str


@dataclass(frozen=True)
class Chapter:
    """A heading and what stands under it, in order.

    Attributes
    ----------
    title : str
    blocks : tuple of str, Grid, Picture, Points or Note
        A text is a paragraph.
    level : int
        1 or 2.
    """

    title: str
    blocks: tuple["Block", ...]
    level: int = 1


Block = str | Grid | Picture | Points | Note


@dataclass(frozen=True)
class Properties:
    """What the file says of itself.

    Attributes
    ----------
    title, subject, author : str
    made : pandas.Timestamp
    sprak : {"sv", "en"}
    """

    title: str
    subject: str
    author: str
    made: pd.Timestamp
    sprak: str


class WordFile:
    """A document that grows from top to bottom.

    Parameters
    ----------
    properties : Properties
    template : Path, optional
        Word file whose header, footer, page and styles are kept.

    Raises
    ------
    NotWordError
        The template cannot be read.
    """

    def __init__(self, properties: Properties, template: Path | None = None) -> None:
        self.sprak = properties.sprak
        self.word = open_word(template)
        add_styles(self.word, own=template is None)
        set_language(self.word, self.sprak)
        self._lists = add_lists(self.word)
        # looked up once: the library goes through every style for each paragraph
        self._ids = {style.name: style.style_id for style in self.word.styles}
        self._counts = {"table": 0, "figure": 0}
        self._below_table = False
        if template is None:
            set_page(self.word)
        section = self.word.sections[0]
        margins = (section.left_margin or Mm(25)) + (section.right_margin or Mm(25))
        self.width = Emu((section.page_width or Mm(210)) - margins)
        _describe(self.word, properties)

    def running_head(self, head: str, foot: str) -> None:
        """Fill header and footer, with page numbers, where they are empty."""
        section = self.word.sections[0]
        if not has_content(section.header._element):
            section.header.paragraphs[0].add_run(plain(head))
        if not has_content(section.footer._element):
            line = section.footer.paragraphs[0]
            text = translator(self.sprak)("Page {n} of {all}")
            before, rest = text.split("{n}")
            middle, after = rest.split("{all}")
            line.add_run(before)
            add_field(line, "PAGE", "1")
            line.add_run(middle)
            add_field(line, "NUMPAGES", "1")
            line.add_run(f"{after} · {foot}")

    def title(self, text: str) -> None:
        """Write the document's title."""
        self._paragraph(text, "Title")

    def label(self, name: str, value: str) -> None:
        """Write a line of the letterhead."""
        line = self._paragraph("", "Bemanna Letterhead")
        line.paragraph_format.tab_stops.add_tab_stop(_LABEL_WIDTH)
        line.paragraph_format.left_indent = _LABEL_WIDTH
        line.paragraph_format.first_line_indent = Emu(-_LABEL_WIDTH)
        line.add_run(name).bold = True
        line.add_run(plain(f"\t{value}"))

    def notice(self, text: str) -> None:
        """Write what must not be missed."""
        self._paragraph(text, "Bemanna Notice")

    def chapter(self, chapter: Chapter) -> None:
        """Write a heading and its blocks."""
        self._paragraph(chapter.title, f"Heading {chapter.level}")
        for block in chapter.blocks:
            if isinstance(block, Grid):
                self._table(block)
            elif isinstance(block, Picture):
                self._picture(block)
            elif isinstance(block, Points):
                self._points(block)
            elif isinstance(block, Note):
                self._paragraph(block.text, "Bemanna Note")
            else:
                self._paragraph(block, "Normal")

    def save(self, path: Path) -> Path:
        """Write the file if nobody can be found in it, whole or not at all.

        Raises
        ------
        PrivacyError
            If any text, description or property holds a personnummer.
        """
        stream = BytesIO()
        self.word.save(stream)
        data = settled(stream.getvalue())
        guard(readable(data), path.name)
        path.write_bytes(data)
        return path

    def _paragraph(self, text: str, style: str) -> Paragraph:
        made = self.word.add_paragraph(plain(text))
        made._p.style = self._ids[style]
        if self._below_table and not style.startswith("Heading"):
            made.paragraph_format.space_before = _AFTER_TABLE
        self._below_table = False
        return made

    def _points(self, points: Points) -> None:
        kind = "decimal" if points.numbered else "bullet"
        style = "List Number" if points.numbered else "List Bullet"
        for item in points.items:
            ppr = self._paragraph(item, style)._p.get_or_add_pPr()
            numbered = ppr.get_or_add_numPr()
            numbered.get_or_add_ilvl().val = 0
            numbered.get_or_add_numId().val = self._lists[kind]

    def _picture(self, picture: Picture) -> None:
        guard(picture.svg, picture.name)  # the bitmap has the same words
        place = self._paragraph("", "Normal")
        place.paragraph_format.keep_with_next = True
        place.paragraph_format.space_after = Pt(0)
        shape = place.add_run().add_picture(BytesIO(picture.png()), width=self.width)
        words = shape._inline.docPr
        words.set("name", picture.name)
        words.set("title", plain(picture.title))
        words.set("descr", plain(f"{picture.title}. {picture.description}"))
        below = self._caption("figure", picture.title)
        below.paragraph_format.space_before = Pt(2)
        below.paragraph_format.space_after = Pt(10)

    def _caption(self, kind: str, text: str) -> Paragraph:
        _ = translator(self.sprak)
        name = _("Table {n}") if kind == "table" else _("Figure {n}")
        before, after = name.split("{n}")
        self._counts[kind] += 1
        line = self._paragraph(before, "Caption")
        add_field(line, f"SEQ {before.strip()} \\* ARABIC", str(self._counts[kind]))
        line.add_run(plain(f"{after}. {text}"))
        return line

    def _table(self, grid: Grid) -> None:
        self._caption("table", grid.caption).paragraph_format.keep_with_next = True
        table = self.word.add_table(0, len(grid.head))
        table._tbl.tblStyle_val = self._ids[TABLE]
        table.autofit = False
        mark_table(table, plain(grid.caption))
        rows = (grid.head, *grid.rows)
        widths = column_widths(rows, self.width.pt)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Pt(width)
        for r, cells in enumerate(rows):
            row = table.add_row()
            keep_row(row._tr, is_head=r == 0)
            for c, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
                cell.width = Pt(widths[c])
                line = cell.paragraphs[0]
                line._p.style = self._ids["Bemanna Table Text"]
                run = line.add_run(plain(text) or "–")
                run.bold = r == 0 or r - 1 in grid.totals
                if c and not grid.words:
                    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                # a table of a page or less is not broken
                line.paragraph_format.keep_with_next = r < min(len(rows) - 1, 24)
        self._below_table = True


def _describe(word: Word, told: Properties) -> None:
    about, made = word.core_properties, told.made.to_pydatetime()
    author = plain(told.author)[:_LONGEST]
    about.title, about.subject = plain(told.title)[:_LONGEST], told.subject
    about.author = about.last_modified_by = author
    about.language = LOCALES[told.sprak]
    about.created = about.modified = made.replace(microsecond=0)
    about.comments = about.keywords = about.category = ""
    about.revision = 1
