"""The frame of every result page: one file, no script, no request.

Pictures are inline, and the style sheet's hash is the only thing that the content
security policy lets in. It reads on paper, on a dark screen, on a phone, and aloud.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from .cards import Card
from .language import translator
from .layout import Part
from .outcome import RunInfo

TEMPLATE, STYLE = "resultat.html.j2", "resultat.css"


@dataclass(frozen=True)
class FileLine:
    """The files of the run that hold one thing, e.g. as a table and as a picture."""

    what: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """What a result page says, from top to bottom.

    Attributes
    ----------
    title, kicker, headline : str
    lead, caveats : sequence of str
        Below the headline, and below the key figures.
    cards : sequence of Card
    parts : sequence of Part
        The one with the id "run" also gets the files.
    files : sequence of FileLine
    info : RunInfo
    simulated : bool
    mlflow_run, mlflow_command : str or None
    """

    title: str
    kicker: str
    headline: str
    lead: Sequence[str]
    caveats: Sequence[str]
    cards: Sequence[Card]
    parts: Sequence[Part]
    files: Sequence[FileLine]
    info: RunInfo
    simulated: bool = False
    mlflow_run: str | None = None
    mlflow_command: str = ""


def render(document: Document, sprak: str = "sv") -> str:
    """Write a page as HTML."""
    css = _template(STYLE)
    digest = hashlib.sha256(css.encode()).digest()
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            vars(document),
            _=translator(sprak),
            sprak=sprak,
            css=css,
            css_hash=base64.b64encode(digest).decode(),
        )
    )


@cache
def _template(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
