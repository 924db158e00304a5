"""Styles of a Word file: the house's own, where a template has none of that name.

Sizes in points. Colours have at least 4.5:1 contrast to white.
"""

from dataclasses import dataclass

from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.parts.numbering import NumberingPart
from docx.shared import Pt, RGBColor
from docx.styles.style import ParagraphStyle

from .language import LOCALES

FONT, INK, ACCENT = "Arial", "1F2933", "00527F"
TABLE = "Bemanna Table"


@dataclass(frozen=True)
class Dress:
    """How a paragraph looks where the template does not say."""

    size: float = 10.5
    bold: bool = False
    colour: str = INK
    before: float = 0
    after: float = 6
    next_too: bool = False


STYLES = {
    "Normal": Dress(),
    "Title": Dress(20, True, ACCENT, 14, 8, True),
    "Heading 1": Dress(14, True, ACCENT, 18, 5, True),
    "Heading 2": Dress(11.5, True, ACCENT, 11, 4, True),
    "Caption": Dress(9, True, INK, 8, 4),
    "List Number": Dress(after=4),
    "List Bullet": Dress(after=4),
    "Header": Dress(9, after=0),
    "Footer": Dress(9, after=0),
    "Bemanna Letterhead": Dress(after=2),
    "Bemanna Notice": Dress(10.5, True, "7A2E00", 6, 6),
    "Bemanna Note": Dress(9, after=4),
    "Bemanna Table Text": Dress(9, before=1.5, after=1.5),
}

_TABLE = """
<w:style {ns} w:type="table" w:customStyle="1" w:styleId="BemannaTable">
  <w:name w:val="{name}"/><w:uiPriority w:val="99"/><w:qFormat/>
  <w:tblPr>
    <w:tblBorders>
      <w:top w:val="single" w:sz="8" w:space="0" w:color="{ink}"/>
      <w:bottom w:val="single" w:sz="8" w:space="0" w:color="{ink}"/>
      <w:insideH w:val="single" w:sz="4" w:space="0" w:color="BFC7CE"/>
    </w:tblBorders>
    <w:tblCellMar>
      <w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/>
    </w:tblCellMar>
  </w:tblPr>
  <w:tblStylePr w:type="firstRow">
    <w:rPr><w:b/></w:rPr>
    <w:tcPr>
      <w:tcBorders>
        <w:bottom w:val="single" w:sz="8" w:space="0" w:color="{ink}"/>
      </w:tcBorders>
      <w:shd w:val="clear" w:color="auto" w:fill="E6EDF2"/>
    </w:tcPr>
  </w:tblStylePr>
</w:style>
"""
_LIST = """
<w:abstractNum {ns} w:abstractNumId="{id}">
  <w:multiLevelType w:val="singleLevel"/>
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>
    <w:lvlText w:val="{mark}"/><w:lvlJc w:val="left"/>
    <w:pPr><w:ind w:left="425" w:hanging="425"/></w:pPr></w:lvl>
</w:abstractNum>
"""
_NUM = '<w:num {ns} w:numId="{id}"><w:abstractNumId w:val="{of}"/></w:num>'
_MARKS = {"decimal": "%1.", "bullet": "•"}


def add_styles(word: Word, *, own: bool) -> None:
    """Add and dress the styles that are missing; all of them where the file is ours."""
    there = {style.name for style in word.styles}
    for name, dress in STYLES.items():
        if name not in there:
            made = word.styles.add_style(
                name, WD_STYLE_TYPE.PARAGRAPH, builtin=not name.startswith("Bemanna")
            )
            assert isinstance(made, ParagraphStyle)
            made.base_style = None if name == "Normal" else word.styles["Normal"]
            made.quick_style = True
        if own or name not in there:
            style = word.styles[name]
            assert isinstance(style, ParagraphStyle)
            _put_on(style, dress, own=own)
            if name.startswith("Heading"):
                _outline(style, int(name[-1]) - 1)
    if TABLE not in there:
        text = _TABLE.format(ns=nsdecls("w"), name=TABLE, ink=INK)
        word.styles.element.append(parse_xml(text))


def _put_on(style: ParagraphStyle, dress: Dress, *, own: bool) -> None:
    """Dress a style; in a template's file it takes font and ink from the template."""
    style.font.bold = dress.bold
    if own or dress.size != STYLES["Normal"].size:
        style.font.size = Pt(dress.size)
    space = style.paragraph_format
    space.space_before, space.space_after = Pt(dress.before), Pt(dress.after)
    space.keep_with_next, space.widow_control = dress.next_too, True
    if not own:
        return
    style.font.italic, style.font.color.rgb = False, RGBColor.from_string(dress.colour)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()  # a theme's font would win
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)
    space.line_spacing = 1.12
    for border in style.element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)


def _outline(style: ParagraphStyle, level: int) -> None:
    """Say that a style is a heading, whatever its name is in the user's Word."""
    ppr = style.element.get_or_add_pPr()
    for old in ppr.findall(qn("w:outlineLvl")):
        ppr.remove(old)
    ppr.append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="{level}"/>'))


def set_language(word: Word, sprak: str) -> None:
    """Say in which language every style is, so that it is read aloud in it."""
    code = LOCALES[sprak]
    styles = word.styles.element
    defaults = styles.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    if defaults is not None and defaults.find(qn("w:lang")) is None:
        defaults.append(parse_xml(f"<w:lang {nsdecls('w')}/>"))
    for lang in styles.iter(qn("w:lang")):
        lang.set(qn("w:val"), code)
    normal = word.styles["Normal"].element.get_or_add_rPr()
    if normal.find(qn("w:lang")) is None:
        normal.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="{code}"/>'))
    for lang in word.settings.element.iter(qn("w:themeFontLang")):
        lang.set(qn("w:val"), code)


def add_lists(word: Word) -> dict[str, int]:
    """Define a numbered and a bulleted list; their ids by `decimal` and `bullet`."""
    try:
        numbering = word.part.numbering_part.element
    except NotImplementedError:  # the template has no lists
        numbering = parse_xml(f"<w:numbering {nsdecls('w')}/>")
        part = NumberingPart(
            PackURI("/word/numbering.xml"),
            CONTENT_TYPE.WML_NUMBERING,
            numbering,
            word.part.package,
        )
        word.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)
    taken = [
        int(element.get(qn(name)))
        for tag, name in (
            ("w:abstractNum", "w:abstractNumId"),
            ("w:num", "w:numId"),
        )
        for element in numbering.findall(qn(tag))
    ]
    first, ids = max(taken, default=0) + 1, {}
    for number, (kind, mark) in enumerate(_MARKS.items(), first):
        ns = nsdecls("w")
        text = _LIST.format(ns=ns, id=number, kind=kind, mark=mark)
        # the schema has every abstractNum before the first num
        nums = numbering.findall(qn("w:num"))
        place = numbering.index(nums[0]) if nums else len(numbering)
        numbering.insert(place, parse_xml(text))
        nums = numbering.findall(qn("w:num"))
        place = numbering.index(nums[-1]) + 1 if nums else len(numbering)
        numbering.insert(place, parse_xml(_NUM.format(ns=ns, id=number, of=number)))
        ids[kind] = number
    return ids
