"""`bemanna appraise`: HASKY to the krona, its conflicts, faults, files whole."""

import json
import re
import typing
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from catalogue import recorded
from mlflow.tracking import MlflowClient
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from bemanna.models.effect import EffortEffect, Line
from bemanna.optimisation.counterfactual import Counterfactual
from bemanna.pipelines import appraisalrun, language, pilotcase
from bemanna.pipelines.appraisalgrids import by_cost, worth
from bemanna.pipelines.appraisalreport import text
from bemanna.pipelines.appraisaltables import appraisal_json, appraisal_table
from bemanna.pipelines.appraisalwords import headline, needed, state, verdict
from bemanna.pipelines.cases import hasky_figures
from bemanna.pipelines.cli import app
from bemanna.pipelines.hasky import hasky
from bemanna.pipelines.newcase import new_case
from bemanna.pipelines.pilotcase import Appraised, PilotCase, appraised
from bemanna.pipelines.pilotfile import PilotFile
from bemanna.pipelines.tables import read_table

SOUND = """
[pilot]
name = "Färre ärenden"
first_month = "2025-01"
months = 12
handlers_added = 3
caseload_before = 60
caseload_after = 30
benefit_sek_month = 6000
[exits]
work = 40
sickness_compensation = 50
moved = 10
[handler_cost]
low_sek_year = 350000
middle_sek_year = 400000
high_sek_year = 500000
source = "budget 2025"
"""
EVIDENCE = '[counterfactual]\nkind = "evidence"\n'
SHARE = """[counterfactual]
kind = "share"
extra_share = 0.5
extra_share_low = 0.4
extra_share_high = 0.6
source = "jämförelse"
"""
STATE = '[state_cost.sickness_compensation]\nsek_month = 9000\nsource = "prislista"\n'


@pytest.fixture(scope="module")
def project() -> Appraised:
    return appraised(hasky(np.random.default_rng(1)))


def read(folder: Path, toml: str, sprak: str = "sv") -> Appraised:
    """Appraise a pilot.toml."""
    folder.mkdir(exist_ok=True)
    (folder / "pilot.toml").write_text(toml, "utf-8")
    rng = np.random.default_rng(1)
    return appraised(pilotcase.read_pilot_case(folder, rng, sprak))


def command(*words: str) -> Result:
    result = CliRunner().invoke(app, ["appraise", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def sek(value: float) -> int:
    return round(value)


def test_hasky_to_the_krona(project: Appraised) -> None:
    half, year, _ = project.results
    assert year.exits == 107
    assert sek(year.benefit_sek.if_all_extra) == 7_500_000
    assert sek(year.middle.staff_sek) == 1_100_000
    assert sek(year.middle.net_sek.if_all_extra) == 6_400_000
    assert sek(12 * project.case.costs.benefit_case_month_sek) == 70_093
    assert sek(project.case.costs.benefit_case_month_sek) == 5_841
    assert sek(half.benefit_sek.if_all_extra) == 3_750_000
    assert sek(half.middle.net_sek.if_all_extra) == 2_650_000
    assert sek(half.middle.net_within_sek.if_all_extra) == 3_200_000
    assert round(year.middle.breakeven.exits, 1) == 15.7
    assert round(half.middle.breakeven.exits, 1) == 31.4
    assert year.at_cost[2].handler_year_sek == 500_000
    assert round(year.at_cost[2].breakeven.exits, 1) == 21.4
    shares = [at.breakeven.share for at in (year.middle, half.middle, year.at_cost[2])]
    assert [round(float(s or 0), 2) for s in shares] == [0.15, 0.29, 0.20]
    ratios = [at.breakeven.rate_ratio for at in (year.middle, half.middle)]
    assert [round(float(r or 0), 2) for r in ratios] == [1.17, 1.42]
    # exits all month long: 4.5 months until benefit overtakes staff
    assert year.middle.payback.if_all_extra == 5


def test_hasky_says_that_nobody_knows_the_deadweight(project: Appraised) -> None:
    assert "ingen jämförelsegrupp" in " ".join(project.case.notes)
    assert "publicerade studier" in project.year.source
    assert project.year.extra_exits is not None
    assert project.year.extra_exits.low < 0 < project.year.extra_exits.high
    assert project.year.to_state == {"sickness_compensation": 54}
    assert project.year.unpriced == ("sickness_compensation", "unspecified")
    assert project.year.public_net_sek is None


def test_every_figure_of_hasky_has_a_publisher_and_a_year(project: Appraised) -> None:
    assert len(project.case.stated) == 8
    assert all(re.search(r"20\d\d", s.source) for s in project.case.stated)
    said = {s.value for s in project.case.stated}
    assert {"107", "3", "60", "30", "en god hälft"} <= said


@pytest.mark.parametrize(
    ("key", "published", "computed", "says"),
    [
        ("cases_per_handler", [30], [300, 37.5, 0.26353], "37,5 var, inte 30"),
        ("fewer_cases", [0.4, 0.5], [0.375], "37,5 % färre; publicerat är 40 %"),
        (
            "net",
            [3.5e6, 7e6],
            [2.65e6, 3.2e6, 6.4e6, 0.5e6, 8.1e6],
            "2,65 mnkr till 3,2",
        ),
        ("nation", [600e6, 650e6], [634.53e6, 664.94e6], "634,5 mnkr"),
        ("target_group", [107, 100], [0.3567], "drygt 100 personer"),
        ("triple_gain", [3], [6.818, 3.409], "6,8 gånger"),
        ("staff_cost", [366_667], [456_918], "20 % mindre"),
        ("benefit", [5_841], [7_149], "18 % mindre"),
    ],
)
def test_each_conflict_is_computed_and_said(
    project: Appraised,
    key: str,
    published: list[float],
    computed: list[float],
    says: str,
) -> None:
    (found,) = [c for c in project.case.conflicts if c.key == key]
    assert found.published == pytest.approx(published, rel=1e-4)
    assert found.computed == pytest.approx(computed, rel=1e-3)
    assert says in found.text.replace("\u00a0", " ")


def test_conflicts_follow_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    from bemanna.pipelines import hasky as room
    from bemanna.pipelines import haskyconflicts

    figures = hasky_figures()
    figures.loc["handlers_regular", "value"] = 6
    for module in (room, haskyconflicts):
        monkeypatch.setattr(module, "hasky_figures", lambda: figures)
    found = {c.key: c for c in hasky(np.random.default_rng(1)).conflicts}
    assert found["cases_per_handler"].computed[:2] == (360, 40)


def test_the_headline_is_one_sentence_a_politician_understands(
    project: Appraised,
) -> None:
    assert headline(project) == (
        "Satsningen går ihop om minst 16 av 107 avslut inte hade skett ändå, med 12 "
        "månaders bistånd för vart och ett."
    )
    assert "at least 16 of 107 exits" in headline(project, "en")


def with_share(project: Appraised, share: float, **changes: float) -> Appraised:
    pilot = replace(project.case.pilot, **changes)  # type: ignore[arg-type]
    draws = np.full(9, share) + np.linspace(-0.01, 0.01, 9)
    against = Counterfactual(draws, "gissning")
    return appraised(replace(project.case, pilot=pilot, counterfactual=against))


def test_a_saving_is_claimed_only_where_the_whole_interval_is_one(
    project: Appraised,
) -> None:
    said = {s: " ".join(verdict(with_share(project, s))) for s in (0.8, 0.146, 0.05)}
    assert "Kommunen sparar" in said[0.8]
    assert "inte visat" in said[0.146]
    assert "kostade mer än den sparade" in said[0.05]
    for share in (0.146, 0.05):
        assert "Kommunen sparar" not in said[share]


def test_what_cannot_pay_for_itself_is_not_praised(project: Appraised) -> None:
    dear = with_share(project, 0.5, handlers_added=90.0)
    assert "gick inte ihop, inte ens om inget" in headline(dear)
    said = " ".join([*verdict(dear), *needed(dear)])
    assert "merkostnad" in said
    assert "en besparing på" not in said
    assert "aldrig" in said
    assert "aldrig till aldrig" not in said
    free = with_share(project, 0.5, handlers_added=0.0)
    assert "ingen personal" in headline(free)
    empty = replace(project.case.pilot, exits={"work": 0.0})
    nobody = appraised(replace(project.case, pilot=empty))
    assert "Ingen avslutades" in headline(nobody)
    for found in (dear, free, nobody):
        assert text(found)
        assert len(appraisal_table(found)) == 9


def test_without_a_counterfactual_that_is_said(project: Appraised) -> None:
    found = appraised(replace(project.case, counterfactual=None))
    assert "inte känt" in verdict(found)[0]
    rows = [row[0] for row in worth(found).rows]
    assert "Netto efter dödvikt" not in rows
    assert "  80-procentsintervall" not in rows
    cost = by_cost(found)
    assert cost is not None
    assert len(cost.head) == 4
    assert appraisal_table(found)["net_sek"].isna().all()


def test_nought_has_no_sign(project: Appraised) -> None:
    even = project.year.middle.breakeven.share
    assert even is not None
    written = text(with_share(project, even - 1e-9))
    assert not re.search(r"−0(?![,.\d]*[1-9])", written)


def test_a_cost_without_a_range_has_no_table_of_its_own(tmp_path: Path) -> None:
    toml = re.sub(r"(low|high)_sek_year = \d+", r"\1_sek_year = 400000", SOUND)
    found = read(tmp_path, toml.replace("months =", 'units = ["Norr"]\nmonths ='))
    assert "| Enheter som var med | Norr |" in text(found)
    assert by_cost(found) is None
    assert not any("Kostar en handläggare" in line for line in needed(found))


def test_the_file_becomes_the_appraisal(tmp_path: Path) -> None:
    found = read(tmp_path, SOUND + SHARE + STATE)
    pilot, costs = found.case.pilot, found.case.costs
    assert pilot.exits == {"work": 40, "sickness_compensation": 50, "moved": 10}
    assert (pilot.months, pilot.handlers_added) == (12, 3)
    assert (pilot.caseload_before, pilot.caseload_after) == (60, 30)
    assert costs.benefit_case_month_sek == 6000
    cost = costs.handler_year_sek
    assert (cost.low, cost.middle, cost.high) == (350_000, 400_000, 500_000)
    assert costs.state["sickness_compensation"].sek_month == 9000
    assert found.year.source == "jämförelse"
    assert found.year.extra_exits is not None
    assert found.year.extra_exits.mean == pytest.approx(50, abs=1)
    assert found.year.extra_exits.low == pytest.approx(40, abs=1)
    assert found.year.state_sek is not None
    assert found.year.state_sek.if_all_extra == 12 * 50 * 9000
    assert found.year.public_net_sek is not None
    said = " ".join(state(found))
    assert "sjukersättning (50)" in said
    assert "Vid 12 månader betalar staten" in said
    assert "Kommun och stat" in [row[0] for row in worth(found).rows]
    profile = "exits_by_month = [0,0,0,0,0,0,0,0,0,0,0,5]\n"
    late = read(tmp_path, SOUND.replace("months = 12\n", f"months = 12\n{profile}"))
    evenly = ["jämnt över" in text(f) for f in (found, late)]
    assert evenly == [True, False]
    paid = [f.year.middle.payback.if_all_extra for f in (found, late)]
    assert paid == [5, 14]


def test_few_who_left_are_not_shown(tmp_path: Path) -> None:
    toml = SOUND.replace("sickness_compensation = 50", "sickness_compensation = 3")
    found = read(tmp_path, toml + STATE)
    assert "sjukersättning (färre än 5)" in " ".join(state(found))
    assert appraisal_table(found)["state_gross_sek"].isna().all()
    first = appraisal_json(found)["results"][0]
    assert first["state_sek"] is None
    assert first["to_state"] == {"sickness_compensation": None}
    assert "Staten betalar" not in " ".join(row[0] for row in worth(found).rows)


BROKEN = [
    ("months = 12", "months = 0", "wrong_value", "pilot.months"),
    (
        "handlers_added = 3",
        "handlers_added = -1",
        "wrong_value",
        "pilot.handlers_added",
    ),
    ('"2025-01"', '"2025-13"', "wrong_value", "pilot.first_month"),
    ('name = "Färre ärenden"', 'name = " "', "wrong_value", "pilot.name"),
    (
        "benefit_sek_month = 6000",
        "benefit_sek_month = 6",
        "absurd_cost",
        "pilot.benefit",
    ),
    ("caseload_after = 30", "caseload_after = 60", "pilot_caseload", "pilot.caseload"),
    (
        "months = 12\n",
        "months = 12\nexits_by_month = [1, 2]\n",
        "pilot_profile",
        "pilot.exits_by_month",
    ),
    ("work = 40", "arbete = 40", "unknown_key", "exits.arbete"),
    ("work = 40", "work = -4", "wrong_value", "exits.work"),
    ("= 350000", "= 450000", "pilot_cost_order", "handler_cost.middle_sek_year"),
    ("= 500000", "= 390000", "pilot_cost_order", "handler_cost.high_sek_year"),
    ("= 350000", "= 350", "pilot_handler_cost", "handler_cost.low_sek_year"),
    ('source = "budget 2025"', "", "missing_key", "handler_cost.source"),
    (
        "extra_share = 0.5",
        "extra_share = 50",
        "share_as_percent",
        "counterfactual.extra",
    ),
    (
        "extra_share = 0.5",
        "extra_share = 0.3",
        "pilot_share_order",
        "counterfactual.extra",
    ),
    ("extra_share_low = 0.4\n", "", "pilot_share_half", "counterfactual.source"),
    ('"jämförelse"', '""', "pilot_share_half", "counterfactual.source"),
    ('kind = "share"', 'kind = "evidence"', "pilot_share_unused", "counterfactual"),
    ('kind = "share"', 'kind = "gissning"', "wrong_value", "counterfactual.kind"),
    ("sek_month = 9000", "sek_month = -1", "wrong_value", "state_cost.sickness"),
    ('source = "prislista"', "", "missing_key", "state_cost.sickness"),
    ("[state_cost.sickness_compensation]", "[state_cost.work]", "unknown_key", "state"),
    ("[handler_cost]", "[handler_kost]", "missing_section", "handler_cost"),
    ('"jämförelse"', '"19121212-1212"', "personnummer_settings", ""),
]


@pytest.mark.parametrize(("sound", "broken", "rule", "column"), BROKEN)
def test_each_fault_is_told_where_it_is(
    tmp_path: Path, sound: str, broken: str, rule: str, column: str
) -> None:
    whole = SOUND + SHARE + STATE
    assert sound in whole
    (tmp_path / "pilot.toml").write_text(whole.replace(sound, broken, 1), "utf-8")
    result = command(str(tmp_path), "--json")
    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    found = {fault["rule"]: fault for fault in answer["faults"]}
    assert rule in found
    assert found[rule]["file"] == "pilot.toml"
    assert found[rule]["column"].startswith(column)
    assert found[rule]["remedy"]
    if rule != "missing_section":
        assert found[rule]["row"]
    assert [path.name for path in tmp_path.iterdir()] == ["pilot.toml"]


def test_every_fault_comes_at_once(tmp_path: Path) -> None:
    toml = SOUND + SHARE
    for sound, broken, rule, _ in BROKEN:
        if rule in ("wrong_value", "pilot_handler_cost", "share_as_percent"):
            toml = toml.replace(sound, broken, 1)
    (tmp_path / "pilot.toml").write_text(toml, "utf-8")
    faults = json.loads(command(str(tmp_path), "--json").stdout)["faults"]
    columns = {fault["column"] for fault in faults}
    assert columns >= {
        *("pilot.name", "pilot.months", "pilot.handlers_added", "pilot.first_month"),
        *("exits.work", "handler_cost.low_sek_year", "counterfactual.kind"),
        "counterfactual.extra_share",
    }


@pytest.mark.parametrize("kind", ["evidence", "register"])
def test_an_effect_needs_the_caseloads_it_is_of(tmp_path: Path, kind: str) -> None:
    toml = SOUND.replace("caseload_after = 30\n", "")
    toml += EVIDENCE.replace("evidence", kind)
    (tmp_path / "pilot.toml").write_text(toml, "utf-8")
    faults = json.loads(command(str(tmp_path), "--json").stdout)["faults"]
    (fault,) = [f for f in faults if f["rule"] == "pilot_caseload_needed"]
    assert fault["column"] == "pilot.caseload_after"


def test_the_register_is_asked_only_for_a_pilot_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kommun"
    new_case(folder)
    toml = SOUND + EVIDENCE.replace("evidence", "register")
    (folder / "pilot.toml").write_text(toml, "utf-8")
    answer = json.loads(command(str(folder), "--json").stdout)
    assert [fault["rule"] for fault in answer["faults"]] == ["pilot_not_estimated"]
    line = Line("pilot", 0.3, 0.05)
    monkeypatch.setattr(
        pilotcase, "learn_effect", lambda case: EffortEffect(0.3, 0.05, (line,))
    )
    found = read(folder, toml)
    assert found.year.extra_exits is not None
    assert found.year.extra_exits.mean == pytest.approx(
        100 * (1 - np.exp(-0.3)), abs=0.5
    )
    assert "eget försök" in found.year.source
    assert found.case.simulated  # as the folder's figures are


def test_a_broken_register_is_told_with_the_rest(tmp_path: Path) -> None:
    toml = SOUND + EVIDENCE.replace("evidence", "register")
    (tmp_path / "pilot.toml").write_text(toml, "utf-8")
    answer = json.loads(command(str(tmp_path), "--json").stdout)
    assert "settings_missing" in [fault["rule"] for fault in answer["faults"]]


def test_a_folder_without_a_pilot_is_told_what_to_do(tmp_path: Path) -> None:
    for folder, says in ((tmp_path, "HASKY"), (tmp_path / "borta", "finns inte")):
        result = command(str(folder))
        assert result.exit_code == 2
        assert says in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())


def test_the_template_is_sound_and_labelled(tmp_path: Path) -> None:
    new_case(tmp_path)
    plain = (tmp_path / "pilot.toml").read_text("utf-8")
    found = appraised(
        pilotcase.read_pilot_case(tmp_path, np.random.default_rng(1), "sv")
    )
    assert found.case.simulated
    assert "Påhittade siffror" in text(found)
    option = re.compile(r"^# (?=\[[\w.]+\]|[\w]+ = )", re.MULTILINE)
    opened = option.sub("", plain).replace('kind = "evidence"', 'kind = "share"')
    full = read(tmp_path, opened)
    assert full.year.state_sek is not None
    for _, _, name in every_field(PilotFile):
        assert name in plain, name


def every_field(
    model: type[BaseModel],
) -> typing.Iterator[tuple[str, str, str]]:
    """Give the description of every field, with its model and name."""
    for name, field in model.model_fields.items():
        yield " ".join((field.description or "").split()), model.__name__, name
        for part in [field.annotation, *typing.get_args(field.annotation)]:
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from every_field(part)


def test_every_key_is_described_in_swedish() -> None:
    for described, model, name in every_field(PilotFile):
        assert described in language.catalogue(), f"{model}.{name}"


def test_nothing_is_left_in_english(
    project: Appraised, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked, swedish = recorded(monkeypatch)
    full = read(tmp_path, SOUND + SHARE + STATE)
    for found in (appraised(hasky(np.random.default_rng(1))), full):
        text(found)
    assert len(asked) > 60
    assert asked - set(swedish) == set()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Appraise HASKY by the command, once: its output root and what it printed."""
    out = tmp_path_factory.mktemp("ut")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        result = command("--out", str(out))
    assert result.exit_code == 0
    return out, result.stdout


def test_the_command_tells(told: tuple[Path, str]) -> None:
    printed = told[1]
    flat = " ".join(printed.split())
    assert "minst 16 av 107 avslut" in flat
    assert "2,65" in printed
    assert "6,40" in printed
    assert "37,5 var, inte 30" in flat
    assert max(map(len, printed.splitlines()[:60])) <= 80
    for english in ("pilot pays", "months", "Deadweight", "according to", "never"):
        assert english not in printed


def test_the_command_writes_and_tracks(told: tuple[Path, str]) -> None:
    out, printed = told
    (folder,) = [path for path in out.iterdir() if path.name.startswith("appraise-")]
    names = {path.name for path in folder.iterdir()}
    kinds = ("csv", "json", "md", "svg", "png")
    assert names == {f"appraisal.{kind}" for kind in kinds}
    assert "appraisal.md" in printed
    table = read_table(folder / "appraisal.csv")
    row = table[(table["horizon_months"] == 12) & (table["handler_cost"] == "middle")]
    assert row["net_gross_sek"].item() == 6_400_000
    assert row["breakeven_exits"].item() == 15.69
    assert row["payback_month_gross"].item() == 5
    assert (
        row["net_sek_lo_80"].item()
        < row["net_sek"].item()
        < row["net_sek_hi_80"].item()
    )
    answer = json.loads((folder / "appraisal.json").read_text("utf-8"))
    assert answer["headline"].startswith("Satsningen går ihop")
    assert len(answer["conflicts"]) == 8
    drawn = [e.text or "" for e in ET.parse(folder / "appraisal.svg").iter()]
    assert "Kommunens netto, mnkr" in drawn
    assert "extra avslut, 80-procentsintervall" in drawn
    client = MlflowClient(f"sqlite:///{out / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("bemanna")
    assert experiment is not None
    runs = {r.info.run_name: r for r in client.search_runs([experiment.experiment_id])}
    parent = runs.pop(folder.name)
    assert parent.info.status == "FINISHED"
    assert round(parent.data.metrics["net_gross_sek"]) == 6_400_000
    assert parent.data.metrics["net_sek_lo_80"] < parent.data.metrics["net_sek"]
    assert set(runs) == {"6 months", "12 months", "24 months"}
    files = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert "appraisal.md" in files


def test_english_and_json(tmp_path: Path, told: tuple[Path, str]) -> None:
    (tmp_path / "pilot.toml").write_text(SOUND + EVIDENCE, "utf-8")
    out = str(told[0])  # a store that is there already
    words = ("--sprak", "en", "--json", "--out", out, "--seed", "3")
    answer = json.loads(command(str(tmp_path), *words).stdout)
    assert answer["status"] == "ok"
    assert "at least 17 of 100 exits" in answer["headline"]
    assert answer["results"][1]["at_cost"][1]["net_sek"]["expected"]["level"] == 0.8
    written = Path(answer["folder"], "appraisal.md").read_text("utf-8")
    assert "Net after deadweight" in written
    assert not re.search("satsning|avslut|mnkr", written.replace("Färre ärenden", ""))
    published = json.loads(command(str(tmp_path), "--hasky", *words).stdout)
    assert published["name"] == "HASKY, Gävle"


def test_nothing_is_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: tuple[Path, str]
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device", "appraisal.svg")

    before = sorted(told[0].iterdir())
    monkeypatch.setattr(appraisalrun, "appraisal_picture", broken)
    result = command("--out", str(told[0]))
    assert result.exit_code == 2
    assert sorted(told[0].iterdir()) == before


def test_a_case_can_be_passed_on_and_appraised_again(project: Appraised) -> None:
    again = appraised(replace(project.case, name="x"))
    assert isinstance(again.case, PilotCase)
    assert again.results == project.results
