"""Marks in a Word file that python-docx has no name for: fields, header rows, page."""

import re
from collections.abc import Sequence

from docx.document import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

#: A column is no narrower than so many letters, and asks for no more than so many.
_NARROW, _WIDE = 6, 34
#: Letters are about so many points wide in a table; a cell has room beside them.
_LETTER, _ROOM = 5.1, 2.0
#: Where a line may be broken: at a space, and after a hyphen.
_BREAK = re.compile(r" |(?<=-)")


def add_field(line: Paragraph, code: str, shown: str) -> None:
    """Add a field that Word counts by itself, with what it shows until then."""
    text = f'<w:fldSimple {nsdecls("w")} w:instr="{code}"/>'
    field = parse_xml(text)
    run = line.add_run(shown)._r
    line._p.remove(run)
    field.append(run)
    line._p.append(field)


def mark_table(table: Table, caption: str) -> None:
    """Say that the first row and column are headings, and what the table shows."""
    properties = table._tbl.tblPr
    for old in properties.findall(qn("w:tblLook")):
        properties.remove(old)
    ns = nsdecls("w")
    properties.append(
        parse_xml(
            f'<w:tblLook {ns} w:val="00A0" w:firstRow="1" w:lastRow="0" '
            'w:firstColumn="1" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
        )
    )
    described = parse_xml(f"<w:tblCaption {ns}/>")
    described.set(qn("w:val"), caption)
    properties.append(described)


def keep_row(row: etree._Element, *, is_head: bool) -> None:
    """Keep a row on one page; repeat the header on every page."""
    properties = row.get_or_add_trPr()
    properties.append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
    if is_head:
        properties.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))


def column_widths(rows: Sequence[Sequence[str]], width: float) -> list[float]:
    """Divide the width of a table, in points: no word is broken while there is room.

    Every column has room for its longest word; what is left goes to those that want
    their longest cell on one line, in proportion to what they lack.
    """
    columns = list(zip(*rows, strict=True))
    least = [
        max(_NARROW, *(len(word) for cell in column for word in _BREAK.split(cell)))
        for column in columns
    ]
    wanted = [
        max(low, min(_WIDE, max(map(len, column[1:]), default=0)))
        for low, column in zip(least, columns, strict=True)
    ]
    narrow, wide = ([_LETTER * (n + _ROOM) for n in side] for side in (least, wanted))
    spare = width - sum(narrow)
    lack = sum(wide) - sum(narrow)
    if spare <= 0 or lack <= 0 or spare >= lack:
        base = narrow if spare <= 0 else wide
        return [width * part / sum(base) for part in base]
    return [
        low + (high - low) * spare / lack
        for low, high in zip(narrow, wide, strict=True)
    ]


def set_page(word: Word) -> None:
    """Set the page and its margins; and what Word it was made for."""
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin, section.bottom_margin = Mm(24), Mm(22)
    settings = word.settings.element
    for old in settings.findall(qn("w:compat")):
        old.clear()
        old.append(
            parse_xml(
                f'<w:compatSetting {nsdecls("w")} w:name="compatibilityMode" '
                'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
            )
        )


def has_content(part: etree._Element) -> bool:
    """Whether a header or footer holds text, a field or a picture."""
    kinds = ("w:t", "w:fldSimple", "w:instrText", "w:drawing", "w:pict", "w:tbl")
    return any(part.find(f".//{qn(kind)}") is not None for kind in kinds)
