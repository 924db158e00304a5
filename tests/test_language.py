"""Nothing a Swedish reader sees is left in English, and numbers look Swedish."""

import ast
import string
from pathlib import Path

import pytest

from bemanna.pipelines.config import Settings
from bemanna.pipelines.language import catalogue, money, number, translator

ROOMS = sorted((Path(__file__).parents[1] / "pipelines").glob("*.py"))
TRANSLATES = ("_", "say")


def messages(file: Path) -> set[str]:
    """Texts that a room hands to its translator: `_("...")` or `desk.say("...")`."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        text = node.args[0]
        literal = isinstance(text, ast.Constant) and isinstance(text.value, str)
        if name in TRANSLATES and literal:
            found.add(text.value)
    return found


@pytest.mark.parametrize("file", ROOMS, ids=lambda f: f.name)
def test_every_text_has_its_swedish(file: Path) -> None:
    assert not {text for text in messages(file) if text not in catalogue()}


def descriptions(schema: object) -> set[str]:
    """Every description in a JSON schema."""
    if isinstance(schema, list):
        return set().union(*map(descriptions, schema))
    if not isinstance(schema, dict):
        return set()
    own = schema.get("description")
    inside = set().union(*map(descriptions, schema.values()))
    return inside | ({own} if isinstance(own, str) and "default" in schema else set())


def test_every_setting_is_described_in_swedish() -> None:
    told = {" ".join(d.split()) for d in descriptions(Settings.model_json_schema())}
    assert len(told) > 20
    assert not {text for text in told if text not in catalogue()}


def test_translations_keep_their_fields() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for english, swedish in catalogue().items():
        assert fields(english) == fields(swedish), english


def test_money_and_numbers_are_swedish() -> None:
    assert money(1_234_567_890).split() == ["1,23", "mdkr"]
    assert money(-5_500_000).startswith("−5,5")
    assert number(-0.4) == "0"
    assert number(12345.678, 2) == "12\u202f345,68"


def test_english_on_request() -> None:
    assert translator("en")("Absence") == "Absence"
    assert translator("sv")("Absence") == "Frånvaro"
    with pytest.raises(ValueError, match="sprak"):
        translator("fi")
