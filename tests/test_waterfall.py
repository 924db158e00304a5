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
        Row("Start", 500.4e6, "total", decimals=1),
        Row("Ned", -800.4e6),
        Row("Upp", 100e6),
        Row("Slut", -200e6, "total", Interval(-200e6, -400e6, 100e6)),
    ]
    picture = waterfall_picture(
        "w", "Titel", "Text", [Panel("Allt, {unit}", rows, [(400e6, "press")])]
    )
    drawn = texts(picture)
    expected = ["500,4", "−800", "+100", "−200 (−400 till 100)", "press 400", "Slut"]
    for text in [*expected, "Allt, mnkr"]:
        assert text in drawn
    (ax,) = picture.figure.axes
    left, right = ax.get_xlim()
    assert left < -400e6
    assert right > 500.4e6
    whiskers = [x for x in ax.lines if np.array_equal(x.get_xdata(), [-400e6, 100e6])]
    assert whiskers


@pytest.mark.parametrize(
    ("sek", "written", "unit"),
    [
        (1.26e9, "1\u202f260", "mnkr"),
        (34.6e9, "34,6", "mdkr"),
        (7.5e6, "7\u202f500", "tkr"),
        (12.3e6, "12,3", "mnkr"),
    ],
)
def test_the_unit_leaves_every_amount_its_digits(
    sek: float, written: str, unit: str
) -> None:
    panel = Panel("{unit}", [Row("Allt", sek, "total")])
    drawn = texts(waterfall_picture("w", "Titel", "Text", [panel]))
    assert {written, unit} <= set(drawn)


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
    assert "the chance that it is worth more" in english.description
    roles = {f"{kind}-{role}" for kind in "fs" for role in COLOURS}
    for element in ET.fromstring(swedish.svg).iter():
        assert "style" not in element.attrib
        assert set(element.get("class", "").split()) <= roles
    assert bridge_picture(found).svg == swedish.svg
    svg, png = swedish.save(tmp_path)
    assert svg.stat().st_size > 5_000
    assert png.read_bytes()[:4] == b"\x89PNG"


def test_seen_close_a_level_is_a_point_and_a_step_carries_its_whisker() -> None:
    rows = [
        Row("Start", 500e6, "total"),
        Row("Upp", 6e6, "step", Interval(6e6, 4e6, 9e6)),
        Row("Inget", 1.0, "step"),
        Row("Slut", 506e6 + 1, "total", Interval(506e6 + 1, 503e6, 510e6)),
    ]
    picture = waterfall_picture(
        "w", "Titel", "Text", [Panel("Allt, {unit}", rows)], close=True
    )
    (ax,) = picture.figure.axes
    left, right = ax.get_xlim()
    assert 490e6 < left < 500e6
    assert 510e6 < right < 520e6
    assert len(ax.patches) == 2  # the steps alone: no level's length would be true
    points = [x for x in ax.lines if x.get_marker() == "D"]
    assert np.ravel([np.asarray(x.get_xdata()) for x in points]).tolist() == [
        500e6,
        506e6 + 1,
    ]
    whiskers = [np.asarray(x.get_xdata()) for x in ax.lines if x.get_marker() == "|"]
    assert np.array(whiskers).tolist() == [[504e6, 509e6], [503e6, 510e6]]
    drawn = texts(picture)
    for text in ("500,0", "+6,0 (4,0 till 9,0)", "0,0", "506,0 (503,0 till 510,0)"):
        assert text in drawn
    assert "Axeln börjar inte vid noll" in drawn
