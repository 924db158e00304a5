"""`bemanna national` on a few municipalities: files, words and refusals."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from bemanna.models.domain import Array
from bemanna.pipelines import nationrun
from bemanna.pipelines.cli import app
from bemanna.pipelines.municipalities import known_figures

#: A small, a middling and a large municipality, one of them published.
CHOSEN = ("0980", "2180", "2026", "1480")
DRAWS = 50


def few(table: pd.DataFrame) -> list[int]:
    return [table.index.get_loc(code) for code in CHOSEN]


@pytest.fixture(scope="module")
def of_few() -> Iterator[pytest.MonkeyPatch]:
    """Let the country be four municipalities."""
    known = known_figures(2024, None, "sv")
    everyone = known.table()
    at = few(everyone)

    class OfFew:
        def table(self) -> pd.DataFrame:
            return everyone.iloc[at]

        def draws(self, n: int, rng: np.random.Generator) -> Array:
            return known.draws(n, rng)[..., at]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nationrun, "known_figures", lambda *_: OfFew())
        yield patch


def command(out: Path, *more: str) -> list[str]:
    return [
        "national",
        "--out",
        str(out),
        "--draws",
        str(DRAWS),
        "--workers",
        "1",
        *more,
    ]


@pytest.fixture(scope="module")
def told(
    of_few: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    out = tmp_path_factory.mktemp("riket")
    answer = CliRunner().invoke(app, command(out, "--floor", "0.9"))
    assert answer.exit_code == 0, answer.output
    (folder,) = (path for path in out.glob("riket-*") if path.is_dir())
    return answer.stdout, folder


def test_the_terminal_tells_the_bridge(told: tuple[str, Path]) -> None:
    text = told[0]
    assert "634,5 mnkr" in text.replace("\u00a0", " ")
    assert "600,0 mnkr" in text.replace("\u00a0", " ")
    for english in ("Optimal staffing", "Handlers", "Of that", "One more krona"):
        assert english not in text


def test_every_file_is_there_and_linked(told: tuple[str, Path]) -> None:
    folder = told[1]
    page = (folder / "riket.html").read_text("utf-8")
    for name in ("bridge", "counties", "tornado", "frontier"):
        assert (folder / f"{name}.svg").exists()
        assert f'href="{name}.png"' in page
    for name in ("kommuner.csv", "bridge.csv", "riket.json"):
        assert (folder / name).exists()
        assert f'href="{name}"' in page
    assert not re.search(r"(src|href)=.http", page)


def test_estimates_are_marked(told: tuple[str, Path]) -> None:
    table = pd.read_csv(
        told[1] / "kommuner.csv", sep=";", decimal=",", dtype={"code": str}
    )
    table = table.set_index("code")
    assert list(table.index) == list(CHOSEN)
    assert bool(table.loc["0980", "households_is_published"])
    assert not bool(table.loc["1480", "households_is_published"])
    assert table.loc["1480", "households_source"] == "skattad"
    assert table.loc["1480", "households_low"] < table.loc["1480", "households_high"]
    assert sorted(table["next_handler_rank"]) == [1, 2, 3, 4]
    # the floor holds: nobody below nine tenths of today's
    assert (table["handlers_national"] >= 0.9 * 0.98 * table["handlers_today"]).all()


def test_numbers_agree(told: tuple[str, Path]) -> None:
    folder = told[1]
    found = json.loads((folder / "riket.json").read_text("utf-8"))
    bridge = pd.read_csv(folder / "bridge.csv", sep=";", decimal=",").set_index("row")
    worth = found["worth_tkr_year"]
    assert bridge.loc["optimal", "total_tkr"] == pytest.approx(worth["mean"], abs=1)
    assert worth["low"] <= worth["mean"] <= worth["high"]
    assert found["budget"]["gap"] <= 1e-6
    saved = [point["saved_tkr"] for point in found["budget"]["frontier"]]
    assert np.diff(saved).min() >= -1  # more money never does worse
    table = pd.read_csv(folder / "kommuner.csv", sep=";", decimal=",")
    assert table["handlers_plan"].sum() == pytest.approx(
        found["handlers_plan"], abs=0.1
    )


def test_it_tells_in_english_too(
    of_few: pytest.MonkeyPatch, told: tuple[str, Path], tmp_path: Path
) -> None:
    answer = CliRunner().invoke(app, command(told[1].parent, "--sprak", "en", "--json"))
    assert answer.exit_code == 0, answer.output
    again = json.loads(answer.stdout)
    first = json.loads((told[1] / "riket.json").read_text("utf-8"))
    assert again["worth_tkr_year"] == first["worth_tkr_year"]
    page = next(told[1].parent.glob("riket-*/riket.html"))
    assert page.exists()


def test_a_file_that_is_no_answer_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "svar.json").write_text("<html>", "utf-8")
    answer = CliRunner().invoke(
        app, command(tmp_path / "out", "--kolada", str(tmp_path / "svar.json"))
    )
    assert answer.exit_code == 2
    assert "svar.json" in answer.output
    assert not (tmp_path / "out").exists()


def test_a_budget_that_nobody_can_keep_is_told(
    of_few: pytest.MonkeyPatch, told: tuple[str, Path], tmp_path: Path
) -> None:
    answer = CliRunner().invoke(app, command(told[1].parent, "--budget", "0.01"))
    assert answer.exit_code == 3
    assert "Traceback" not in answer.output
