"""The command line answers every mishap in words and with its exit code."""

from pathlib import Path

import pytest
from casefolder import write
from typer.testing import CliRunner

from bemanna.pipelines import run
from bemanna.pipelines.cli import app
from bemanna.pipelines.newcase import new_case

TEST_NUMBER = "19121212-1212"


def answer(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, " ".join(result.output.split())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, text = answer("check", str(tmp_path / "borta"))
    assert code == 2
    assert "finns inte" in text
    code, text = answer("check", str(write(tmp_path) / "flows.csv"))
    assert code == 2
    assert "inte en mapp" in text


def test_results_that_cannot_be_written_are_the_users_to_mend(tmp_path: Path) -> None:
    (tmp_path / "upptagen").write_text("", "utf-8")
    folder = write(tmp_path / "case")
    code, text = answer("run", str(folder), "--out", str(tmp_path / "upptagen"))
    assert code == 2
    assert "Det går inte att skriva" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(("sprak", "words"), [("sv", "Felet ligger"), ("en", "fault")])
def test_our_own_fault_is_owned_up_to_without_a_personnummer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sprak: str, words: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError(TEST_NUMBER)

    monkeypatch.setattr(run, "find_out", broken)
    code, text = answer("run", str(write(tmp_path)), "--sprak", sprak)
    assert code == 1
    assert words in text
    assert "KeyError" in text  # for whoever mends it
    assert TEST_NUMBER not in text


@pytest.mark.parametrize("command", ["demo", "simulate-register"])
def test_a_planners_own_folder_is_never_replaced(tmp_path: Path, command: str) -> None:
    new_case(tmp_path)
    before = (tmp_path / "flows.csv").read_bytes()
    code, text = answer(command, str(tmp_path))
    assert code == 2
    assert "skrivs aldrig över" in text
    assert (tmp_path / "flows.csv").read_bytes() == before


def test_a_seed_below_zero_is_refused(tmp_path: Path) -> None:
    assert answer("simulate-register", str(tmp_path / "x"), "--seed", "-3")[0] == 2
    assert answer("run", str(tmp_path), "--seed", "-3")[0] == 2
