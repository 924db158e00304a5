"""Figures say what the tables say, look the same every time, and hurt no reader."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from outcomes import outcome

from bemanna.pipelines.drawing import COLOURS, SVG, Picture
from bemanna.pipelines.figures import pictures, plan_picture, saving_picture
from bemanna.pipelines.findings import findings
from bemanna.pipelines.outlook import exit_picture
from bemanna.pipelines.privacy import find_personnummer

ALL = {"plan", "saving", "regret", "year", "forecast", "forecast_groups", "exits"}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Picture]:
    return pictures(outcome("hires"), "sv")


def texts(picture: Picture) -> list[str]:
    root = ET.fromstring(picture.svg)
    return [element.text or "" for element in root.iter(f"{{{SVG}}}text")]


def test_every_figure_is_drawn_and_named(drawn: dict[str, Picture]) -> None:
    assert set(drawn) == ALL
    for name, picture in drawn.items():
        root = ET.fromstring(picture.svg)
        assert root.get("role") == "img"
        title, description = root[0], root[1]
        assert (title.tag, title.text) == (f"{{{SVG}}}title", picture.title)
        assert (description.tag, description.text) == (
            f"{{{SVG}}}desc",
            picture.description,
        )
        named = f"{title.get('id')} {description.get('id')}"
        assert root.get("aria-labelledby") == named
        assert picture.description, f"{name} says nothing to who cannot see it"


def test_a_strict_page_can_hold_and_recolour_every_figure(
    drawn: dict[str, Picture],
) -> None:
    roles = {f"{kind}-{role}" for kind in "fs" for role in COLOURS}
    for picture in drawn.values():
        root = ET.fromstring(picture.svg)
        for element in root.iter():
            assert "style" not in element.attrib
            assert element.tag not in (f"{{{SVG}}}style", f"{{{SVG}}}script")
            assert set(element.get("class", "").split()) <= roles
        assert not re.search(r'(href|src)="(?!#)', picture.svg)
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", picture.svg)


def test_ids_never_clash_between_figures_on_one_page(
    drawn: dict[str, Picture],
) -> None:
    ids: list[str] = []
    for picture in drawn.values():
        own = re.findall(r'\bid="([^"]*)"', picture.svg)
        used = re.findall(r'(?:href="#|url\(#)([^")]*)', picture.svg)
        assert set(used) <= set(own)
        ids += own
    assert len(ids) == len(set(ids))


def test_the_same_run_draws_the_same_bytes(drawn: dict[str, Picture]) -> None:
    found = outcome("hires")
    for draw in (plan_picture, saving_picture, exit_picture):
        again = draw(found, "sv")
        assert again is not None
        assert again.svg == drawn[again.name].svg


def test_no_id_or_coordinate_passes_for_a_personnummer(
    drawn: dict[str, Picture],
) -> None:
    for picture in drawn.values():
        assert find_personnummer(picture.svg) == []


def test_the_plan_shows_the_plans_numbers(drawn: dict[str, Picture]) -> None:
    words = texts(drawn["plan"])
    for expected in ("Handläggare", "Ärenden per handläggare"):
        assert expected in words
    assert words.count("planen") == words.count("som i dag") == 2
    found = findings(outcome("hires").plans)
    assert found is not None
    told = drawn["plan"].description
    assert "Från 8 handläggare i dag till 12" in told
    assert f"{found.plan.late_caseload:.0f} med planen" in told


def test_numbers_and_words_follow_the_language() -> None:
    swedish = saving_picture(outcome("hires"), "sv")
    english = saving_picture(outcome("hires"), "en")
    assert swedish is not None
    assert english is not None
    assert any("mnkr" in word for word in texts(swedish))
    assert any("MSEK" in word for word in texts(english))
    assert not any("MSEK" in word for word in texts(swedish))
    assert not any(re.search(r"\d\.\d", word) for word in texts(swedish))


def test_a_loss_is_drawn_below_nought_and_named(drawn: dict[str, Picture]) -> None:
    losing = saving_picture(outcome("loses"), "sv")
    assert losing is not None
    amounts = [word for word in texts(losing) if "mnkr" in word and "år" not in word]
    assert amounts
    assert all(word.startswith("\u2212") for word in amounts)


def test_no_saving_figure_where_nothing_is_saved() -> None:
    assert saving_picture(outcome("same"), "sv") is None


def test_stock_alone_still_gives_forecast_and_year() -> None:
    drawn = pictures(outcome("stock"), "sv")
    assert set(drawn) == {"forecast", "forecast_groups", "year"}


def test_bought_time_is_marked() -> None:
    found = outcome("hires")
    plan = found.plans[0]
    shortage = np.zeros(len(plan.months))
    shortage[3:5] = 0.4
    short = replace(plan, proposed=replace(plan.proposed, shortage=shortage))
    picture = plan_picture(replace(found, plans=(short,)), "sv")
    assert picture is not None
    assert "köpt tid" in texts(picture)
    without = plan_picture(found, "sv")
    assert without is not None
    assert "köpt tid" not in texts(without)


def test_files_are_svg_and_png_of_two_hundred_dots(
    drawn: dict[str, Picture], tmp_path: Path
) -> None:
    svg, png = drawn["year"].save(tmp_path)
    assert svg.read_text("utf-8") == drawn["year"].svg
    data = png.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") == 1440  # 7.2 inches


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours as in WCAG 2.1."""

    def luminance(colour: str) -> float:
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(
            parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("role", ["ink", "muted", "today", "plan", "short"])
def test_lines_and_labels_stand_out_from_the_paper(role: str) -> None:
    assert contrast(COLOURS[role], COLOURS["paper"]) >= 4.5
