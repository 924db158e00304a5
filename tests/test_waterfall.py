"""A waterfall shows every level and bar as they are, below nought too."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from bemanna.models.domain import Interval
from bemanna.optimisation.decompose import decompose
from bemanna.pipelines.bridge import bridge
from bemanna.pipelines.bridgefigure import bridge_picture
from bemanna.pipelines.drawing import COLOURS, SVG, Picture
from bemanna.pipelines.nationalinputs import NationalInputs, Sourced
from bemanna.pipelines.waterfall import (
    Panel,
    Row,
    change_rows,
    edges,
    waterfall_picture,
)

NAMES = {"price": "Pris", "volume": "Antal", "interaction": "Tillsammans"}


def texts(picture: Picture) -> list[str]:
    root = ET.fromstring(picture.svg)
    return [element.text or "" for element in root.iter(f"{{{SVG}}}text")]


def test_bars_start_where_the_last_one_ended() -> None:
    found = decompose(
        lambda f: f["price"] * f["volume"],
        {"price": 2.0, "volume": 10.0},
        {"price": -1.0, "volume": 14.0},
    )
    start, end = Row("Före", 20.0, "total"), Row("Efter", -14.0, "total")
    ordered = [start, *change_rows(found, NAMES), end]
    # -30 by price, then -4 by volume at the new price
    assert edges(ordered).tolist() == [[0, 20], [20, -10], [-10, -14], [0, -14]]
    alone = [start, *change_rows(found, NAMES, alone=True), end]
    # -30 by price, +8 by volume at the old price, -12 by both
    assert edges(alone).tolist() == [[0, 20], [20, -10], [-10, -2], [-2, -14], [0, -14]]
    assert [row.kind for row in alone[1:-1]] == ["step", "step", "interaction"]
    with pytest.raises(ValueError, match=r"Efter is 3\.0, the bars give -14"):
        edges([*ordered[:-1], Row("Efter", 3.0, "total")])


def test_amounts_are_written_beside_bars_and_whiskers() -> None:
    rows = [
        Row("Start", 5e6, "total", decimals=1),
        Row("Ned", -8e6),
        Row("Upp", 1e6),
        Row("Slut", -2e6, "total", Interval(-2e6, -4e6, 1e6)),
    ]
    picture = waterfall_picture(
        "w", "Titel", "Text", [Panel("Allt, {unit}", rows, [(4e6, "press")])]
    )
    drawn = texts(picture)
    expected = ["5,0", "−8", "+1", "−2 (−4 till 1)", "press 4", "Allt, mnkr", "Slut"]
    for text in expected:
        assert text in drawn
    (ax,) = picture.figure.axes
    left, right = ax.get_xlim()
    assert left < -4e6
    assert right > 5e6
    whiskers = [x for x in ax.lines if np.array_equal(x.get_xdata(), [-4e6, 1e6])]
    assert whiskers


def test_the_bridge_is_drawn_in_both_languages(tmp_path: Path) -> None:
    log_hr = np.random.default_rng(1).normal(0.1, 0.2, 500)
    found = bridge(
        NationalInputs.published(
            Sourced(700_000.0, "påhittat", 2023),
            Sourced(8.0, "påhittat", 2024),
            Sourced(log_hr, "påhittat", 2024),
            Sourced(900e6 * log_hr, "påhittat", 2023),
        )
    )
    swedish, english = bridge_picture(found), bridge_picture(found, "en")
    drawn = texts(swedish)
    assert {"634,5", "+744", "−109", "pressen 600", "rapporten 650"} <= set(drawn)
    assert "Gävle: bistånd som undviks × 99,1" in drawn
    assert "Vad ändringarna gör tillsammans" in drawn
    assert any(re.fullmatch(r"\d+ \(−\d+ till \d+\)", text) for text in drawn)
    assert "What the changes do together" in texts(english)
    assert "chance of" in english.description
    roles = {f"{kind}-{role}" for kind in "fs" for role in COLOURS}
    for element in ET.fromstring(swedish.svg).iter():
        assert "style" not in element.attrib
        assert set(element.get("class", "").split()) <= roles
    assert bridge_picture(found).svg == swedish.svg
    svg, png = swedish.save(tmp_path)
    assert svg.stat().st_size > 5_000
    assert png.read_bytes()[:4] == b"\x89PNG"
