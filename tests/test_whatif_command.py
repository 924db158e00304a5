"""`bemanna plan` as a planner meets it: questions, faults, exit codes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from casefolder import flow_rows, staff_rows, write
from test_run import small_case
from typer.testing import CliRunner

from bemanna.models.domain import InfeasibleError, InputError
from bemanna.pipelines import whatif
from bemanna.pipelines.asking import Question, read_questions
from bemanna.pipelines.cli import app
from bemanna.pipelines.faults import Report
from bemanna.pipelines.registers import read_case
from bemanna.pipelines.resolving import check_questions, check_units
from bemanna.pipelines.whatif import Replies, Reply
from bemanna.pipelines.whatifdesk import Desk

QUESTIONS = ["handlers=+1", "inflöde=+10% tak=30", "effect=0,3"]


def answer(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["plan", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, " ".join(result.stderr.split())


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Desk]]:
    """Learn a small case once."""
    folder = small_case(tmp_path_factory.mktemp("kommun") / "case")
    case = read_case(folder)
    made = whatif._desks(case, case.units, 1, "sv", lambda text: None)
    return folder, made


@pytest.fixture
def folder(desks: tuple[Path, dict[str, Desk]], monkeypatch: pytest.MonkeyPatch) -> str:
    """Take what is learned instead of learning again."""
    monkeypatch.setattr(whatif, "_desks", lambda *_: desks[1])
    return str(desks[0])


def asked(*questions: str, **common: list[str]) -> list[Question]:
    options = {key.replace("_", "-"): texts for key, texts in common.items()}
    return read_questions(questions, options)


def rules(*questions: str, **common: list[str]) -> list[str]:
    with pytest.raises(InputError) as error:
        asked(*questions, **common)
    return [fault.rule for fault in error.value.faults]


def test_questions_are_read_as_swedes_write_them() -> None:
    (first,) = asked("handläggare=+3 från=mars 2027; budget=12,5 mnkr, tak=40")
    assert first.numbers == {"handlers": 3.0, "cap": 40.0}
    assert first.relative
    assert first.months == {"handlers": pd.Timestamp("2027-03-01")}
    assert first.budgets == {0: 12.5e6}
    (second,) = asked("2027=800 tkr 2028=1 200 tkr handlers=18")
    assert second.budgets == {2027: 8e5, 2028: 1.2e6}
    assert not second.relative
    (third,) = asked("handlers=−2")
    assert (third.numbers["handlers"], third.relative) == (-2.0, True)
    assert asked("inflow=-10%")[0].numbers["inflow"] == pytest.approx(0.9)
    assert asked("effect=15%")[0].numbers["effect"] == pytest.approx(np.log(1.15))


@pytest.mark.parametrize("text", ["12.5", "12,5", "12,5mnkr", "12500 tkr", "12500000"])
def test_an_amount_has_many_faces(text: str) -> None:
    assert asked(budget=[text])[0].budgets == {0: 12.5e6}


def test_options_are_part_of_every_question() -> None:
    robot = ["from=2027-03 fixed=2mnkr running=20tkr freed=10%"]
    rows = asked("handlers=+1", "cap=40", robot=robot, lead_time=["4"])
    assert [row.numbers["lead-time"] for row in rows] == [4.0, 4.0]
    assert rows[0].numbers["freed"] == pytest.approx(0.1)
    assert rows[1].months == {"robot": pd.Timestamp("2027-03-01")}
    (alone,) = asked(hires_max=["1"], effect=["0,1"])
    assert alone.text == "hires-max=1 effect=0,1"
    assert asked() == []


def test_every_fault_of_every_question_is_told_at_once() -> None:
    found = rules(
        "handelrs=3", "cap=x", "from=2027-03", "inflow=10", "", budget=["12000"]
    )
    assert set(found) == {
        "whatif_unknown",
        "whatif_unreadable",
        "whatif_alone",
        "whatif_money",
    }
    assert found.count("whatif_money") == 1  # shared by five questions, said once
    assert rules("cap=40 tak=50") == ["whatif_twice"]
    assert rules(cap=["5000"]) == ["whatif_range"]
    assert rules("handlers=+3 hello") == ["whatif_unreadable"]
    assert rules("freed=300%") == ["whatif_range"]


def test_what_does_not_fit_the_plan_is_told_at_once(folder: str) -> None:
    words = ["--budget", "2099=1mnkr", "--handlers", "+1", "--robot", "from=2027-03"]
    code, out, _ = answer(folder, *words, "--what-if", "from=2099-01", "--json")
    assert code == 2
    found = {fault["rule"] for fault in json.loads(out)["faults"]}
    assert found >= {"whatif_month", "whatif_year", "whatif_robot"}
    code, out, _ = answer(folder, "--unit", "Exempelstadt")
    assert code == 2
    assert "Exempelstad" in out
    code, out, _ = answer(folder, "--cap", "900")
    assert code == 2
    assert "tyngre" in " ".join(out.split())


def test_handlers_of_several_units_need_a_name(tmp_path: Path) -> None:
    flows = [*flow_rows(unit="Norr"), *flow_rows(unit="Söder")]
    staff = [*staff_rows(unit="Norr"), *staff_rows(unit="Söder")]
    case = read_case(write(tmp_path / "case", flows, staff))
    questions = asked("handlers=+1", "lead-time=6", "budget=2mnkr")
    report = Report()
    check_questions(questions, case, check_units(case, None, report), report)
    assert [fault.rule for fault in report.found] == ["whatif_which_unit"] * 2
    assert "--unit: Norr, Söder" in report.found[0].remedy
    report = Report()
    check_questions(questions, case, check_units(case, "Söder", report), report)
    assert not report.found


def test_answers_are_shown_in_both_languages(folder: str) -> None:
    code, out, _ = answer(folder, "--what-if", QUESTIONS[0])
    assert code == 0
    for words in ("i dag", "Planen", "Om handlers=+1", "80-procent", "Bevisat"):
        assert words in out
    assert max(map(len, out.splitlines())) <= 80
    many = [word for text in QUESTIONS for word in ("--what-if", text)]
    code, out, _ = answer(folder, *many, "--sprak", "en")
    assert code == 0
    for text in QUESTIONS:
        assert f"What if {text}" in out
    assert "80% intervals" in out
    assert max(map(len, out.splitlines())) <= 80
    code, out, _ = answer(folder)
    assert code == 0
    assert "Om " not in out


def test_json_stands_alone_and_adds_up(folder: str) -> None:
    code, out, err = answer(folder, "--what-if", QUESTIONS[1], "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    (reply,) = found["answers"]
    (unit,) = reply["units"]
    assert reply["question"] == QUESTIONS[1]
    assert len(unit["answer"]["handlers"]) == len(found["months"])
    years = unit["answer"]["cash_by_year"]
    cash = sum(year["benefit_sek"] + year["staff_sek"] for year in years)
    assert cash == pytest.approx(unit["answer"]["cash_sek"], abs=1)
    assert abs(unit["certificate_gap"]) < 1e-8
    saving = reply["saving_to_today_sek"]
    assert saving["low"] <= saving["mean"] <= saving["high"]
    assert found["plan"]["question"] is None


def test_limits_that_collide_are_told_in_words(folder: str) -> None:
    code, out, err = answer(folder, "--budget", "1000kr")
    assert code == 3
    assert "personalbudgeten" in err
    assert "Ingen plan klarar det" in err
    code, out, err = answer(folder, "--budget", "1000kr", "--json")
    assert code == 3
    assert json.loads(out)["status"] == "infeasible"


def both(folder: str, *questions: str) -> tuple[Reply, Replies]:
    session = whatif.Session(Path(folder))
    found = session.ask(asked(*questions))
    return found.answers[0], found


def test_point_and_simulated_savings_agree(folder: str) -> None:
    reply, found = both(folder, "handlers=+1")
    (part,) = reply.parts
    point = float((part.plan.cash_sek - part.course.cash_sek).sum())
    size = float(part.plan.cash_sek.sum())
    assert reply.against_plan.mean == pytest.approx(point, abs=0.01 * size)
    nothing, _ = both(folder, "inflow=+0%")
    assert nothing.parts[0].course.total_sek == pytest.approx(
        found.plan.parts[0].course.total_sek, rel=1e-9
    )
    assert nothing.against_plan.mean == 0
    assert nothing.against_today == found.plan.against_today


def test_an_unanswerable_question_names_itself(folder: str) -> None:
    with pytest.raises(InfeasibleError, match=r"cap=10 .*\n?.*budget"):
        whatif.Session(Path(folder), "en").ask(
            asked("cap=10 budget=1000kr", "handlers=+1")
        )


def test_questions_one_at_a_time(folder: str) -> None:
    """A question with a fault is told and the next one answered; a blank line ends."""
    result = CliRunner().invoke(
        app, ["plan", folder, "--ask"], input="handlers=+1\nhandlers=många\ncap=30\n\n"
    )
    assert result.exit_code == 0
    assert "Om handlers=+1" in result.stdout
    assert "Om cap=30" in result.stdout
    assert "många" in result.output
    # the input may also just end
    result = CliRunner().invoke(app, ["plan", folder, "--ask"], input="cap=30\n")
    assert result.exit_code == 0
    assert "Om cap=30" in result.stdout


def test_triage_has_to_be_described(folder: str) -> None:
    code, out, err = answer(folder, "--triage", "20%")
    assert code == 2
    assert "levers.triage" in out + err
    assert asked("triage=20%")[0].numbers == {"triage": 0.2}
