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
    css = template(STYLE)
    return filled(TEMPLATE, sprak, **vars(document), css=css, css_hash=digest(css))


def filled(name: str, sprak: str, **values: object) -> str:
    """Fill in a template, with `_` and `sprak` beside the values."""
    _ = translator(sprak)
    return _environment().get_template(name).render(values, _=_, sprak=sprak)


def digest(text: str) -> str:
    """Hash of a style sheet or script, as a content security policy names it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def template(name: str) -> str:
    """Read a file of `templates/`."""
    return files(__package__).joinpath("templates", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
