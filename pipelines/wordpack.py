"""The file that a Word document is: a zip of parts, and every text inside it.

Packed again without the time of day, so that the same document is the same bytes.
"""

import re
import zipfile
from io import BytesIO

from docx.oxml.ns import qn
from lxml import etree

#: Signs that XML cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: A zip file knows no time before this; a real one would differ from run to run.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def plain(text: str) -> str:
    r"""Put a space where a sign is that XML cannot hold, as spreadsheets may leave.

    >>> plain("Enhet\x0bNorr")
    'Enhet Norr'
    """
    return _FORBIDDEN.sub(" ", text)


def settled(data: bytes) -> bytes:
    """Pack the parts again without the time of day."""
    made = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = zipfile.ZipInfo(name, _NO_TIME)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return made.getvalue()


def readable(data: bytes) -> str:
    """Give every text of a Word file: paragraphs, descriptions, properties."""
    lines = []
    with zipfile.ZipFile(BytesIO(data)) as parts:
        for name in parts.namelist():
            if not name.endswith(".xml"):
                continue
            root = etree.fromstring(parts.read(name))
            for element in root.iter():
                if element.tag == qn("w:p"):
                    lines.append("".join(t.text or "" for t in element.iter(qn("w:t"))))
                elif element.text and element.tag != qn("w:t"):
                    lines.append(element.text)
                lines += [element.get(key, "") for key in ("descr", "title")]
                if element.tag in (qn("w:tblCaption"), qn("w:tblDescription")):
                    lines.append(element.get(qn("w:val"), ""))
    return "\n".join(line for line in lines if line.strip())
