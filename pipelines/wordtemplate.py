"""Open a Word file to write in: the municipality's own template, or an empty one.

A low room, for a template is checked where kommun.toml is read.
"""

import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.document import Document as Word
from docx.opc.exceptions import PackageNotFoundError

#: What a document and a template (.dotx) call their main part.
_DOCUMENT, _TEMPLATE = b"document.main+xml", b"template.main+xml"
_TYPES = "[Content_Types].xml"


class NotWordError(ValueError):
    """The file is no Word document that can be written in."""


def open_word(path: Path | None = None) -> Word:
    """Open a document or a template without its text.

    Header, footer, styles and page of its first section are kept.

    Parameters
    ----------
    path : Path, optional
        A .docx or .dotx; an empty document unless given.

    Raises
    ------
    NotWordError
        The file is missing, damaged or of another kind.
    """
    if path is None:
        return Document()
    try:
        word = Document(BytesIO(_as_document(path.read_bytes())))
        page = word.sections[0]._sectPr  # headers may hang on the first one only
        body = word.element.body
        for child in list(body):
            body.remove(child)
        body.append(page)
    except (
        OSError,
        PackageNotFoundError,
        zipfile.BadZipFile,
        zlib.error,
        AttributeError,
        IndexError,
        KeyError,
        SyntaxError,  # lxml's own error is one
        ValueError,
    ) as error:
        raise NotWordError(str(error)) from error
    return word


def _as_document(data: bytes) -> bytes:
    """Say of a template that it is a document; the library opens nothing else."""
    with zipfile.ZipFile(BytesIO(data)) as old:
        if _TEMPLATE not in old.read(_TYPES):
            return data
        made = BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                part = old.read(name)
                if name == _TYPES:
                    part = part.replace(_TEMPLATE, _DOCUMENT)
                new.writestr(name, part)
    return made.getvalue()
