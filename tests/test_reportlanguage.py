"""Every text of the results has its Swedish, with the same places for numbers."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from catalogue import recorded
from outcomes import outcome
from test_page import text_of

from bemanna.pipelines import certainty, grounds, language, page, sentences

PIPELINES = Path(page.__file__).parent
ROOMS = (
    "assumptions certainty drawing figures findings grounds layout outlook page "
    "regretfigure sections sentences tables terminal tracking verdict wording "
    "yearforecast"
)


def messages() -> set[str]:
    """Every English text of the rooms that write for readers."""
    found: set[str] = set()
    for room in ROOMS.split():
        with (PIPELINES / f"{room}.py").open("rb") as code:
            keywords = {"_": None, "say": None}
            texts = extract("python", code, keywords=keywords)
            found |= {text for _, text, _, _ in texts if isinstance(text, str)}
    template = (PIPELINES / "templates" / "resultat.html.j2").read_text("utf-8")
    found |= set(re.findall(r"""_\(["']([^"']*(?:'s [^"']*)?)["']\)""", template))
    rooms = (sentences.LIMITS, page.CONTENTS, certainty.KINDS)
    for words in (*rooms, grounds.EVIDENCE, grounds.COLUMNS):
        found |= set(words.values())
    return {message for message in found if message}


def test_every_text_has_its_swedish() -> None:
    missing = sorted(messages() - set(language.catalogue()))
    assert missing == []


def test_swedish_keeps_the_places_for_numbers() -> None:
    catalogue = language.catalogue()
    for message in messages():
        places = sorted(re.findall(r"\{\w+\}", message))
        assert sorted(re.findall(r"\{\w+\}", catalogue[message])) == places


def test_headings_of_tables_are_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    # headings are translated in a loop, out of sight of the extraction above
    asked, swedish = recorded(monkeypatch)
    text_of(outcome("hires", ("Centrum", "Sätra")))
    text_of(outcome("stock"))
    assert {"Benefit today", "Weight", "Handlers"} <= asked
    as_published = set(outcome("hires").effect.sources)
    assert asked - set(swedish) - as_published - {""} == set()
