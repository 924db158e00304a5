"""kommun.toml: what it says, and what is said when it is wrong."""

import json
import re
import tomllib
import typing
from pathlib import Path

import pytest
from casefolder import TOML, faults_of, write
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bemanna.models.domain import Fault, InputError
from bemanna.pipelines.config import Settings
from bemanna.pipelines.configfile import read_settings, validate
from bemanna.pipelines.faults import Report
from bemanna.pipelines.tomlfile import line_of

ECONOMY = {
    "price_year": 2023,
    "salary_month_sek": 38_600,
    "employer_charge_share": 0.4453,
    "overhead_share": 0.2,
}


def settings(**sections: object) -> Settings:
    return Settings.model_validate(
        {"municipality": {"name": "Provköping"}, "economy": ECONOMY, **sections}
    )


def faults(sprak: str = "sv", **sections: object) -> list[Fault]:
    report = Report(sprak)
    data = {"municipality": {"name": "Provköping"}, "economy": ECONOMY, **sections}
    validate(data, report)
    return report.found


def every_field() -> typing.Iterator[tuple[str, FieldInfo]]:
    def walk(model: type[BaseModel]) -> typing.Iterator[tuple[str, FieldInfo]]:
        for name, field in model.model_fields.items():
            yield f"{model.__name__}.{name}", field
            for part in [field.annotation, *typing.get_args(field.annotation)]:
                if isinstance(part, type) and issubclass(part, BaseModel):
                    yield from walk(part)

    yield from walk(Settings)


def test_a_handler_costs_salary_charges_and_overhead() -> None:
    # 38 600 x 1.4453 is the published pay and PO of 2023: 669 tkr a year
    year = 12 * settings().economy.handler_cost_month_sek
    assert year == pytest.approx(669_463 * 1.2, rel=1e-5)


def test_kommunkod_gets_its_zero_back() -> None:
    assert settings(municipality={"name": "Sthlm", "code": 180}).municipality.code == (
        "0180"
    )


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(settings().run, "seed", 2)  # noqa: B010


@pytest.mark.parametrize("salary", [3_000, 3_000_000])
def test_absurd_salary_is_refused_with_what_is_allowed(salary: float) -> None:
    (fault,) = faults(economy=ECONOMY | {"salary_month_sek": salary})
    assert fault.rule == "absurd_cost"
    assert fault.column == "economy.salary_month_sek"
    assert str(salary) in fault.value
    assert "15\u202f000 till 150\u202f000" in fault.remedy


def test_salary_in_another_currency_is_not_judged_by_swedish_pay() -> None:
    abroad = ECONOMY | {"currency": "USD", "salary_month_sek": 6_000}
    kept = settings(economy=abroad | {"hire_cost_sek": 30_000})
    assert kept.economy.salary_month_sek == 6_000
    (fault,) = faults(economy=abroad)  # its hire cost cannot be the Swedish one
    assert fault.rule == "hire_cost_abroad"


def test_share_in_per_cent_is_told_how_to_be_written() -> None:
    (fault,) = faults(economy=ECONOMY | {"employer_charge_share": 38.46})
    assert fault.rule == "share_as_percent"
    assert "0,3846" in fault.remedy
    (fault,) = faults("en", economy=ECONOMY | {"employer_charge_share": 38.46})
    assert "0.3846" in fault.remedy


def test_unknown_key_suggests_the_nearest() -> None:
    (fault,) = faults(levers={"caseload_mx": 40})
    assert fault.rule == "unknown_key"
    assert fault.column == "levers.caseload_mx"
    assert "Menade du caseload_max?" in fault.remedy


def test_every_fault_is_told_at_once() -> None:
    found = faults(
        economy={"price_year": 2023, "salary_month_sek": 3000},
        data={"stock_is": "middle"},
        run={"horizon_months": 3},
        budget={"27": 1.0},
        effort={"log_hr_mean": 0.1},
        levers={"caseload_min": 40, "caseload_max": 30},
        columns={"flows": {"stock": {"column": "a", "value": "b"}}},
    )
    assert {(f.rule, f.column) for f in found} == {
        ("absurd_cost", "economy.salary_month_sek"),
        ("missing_key", "economy.employer_charge_share"),
        ("missing_key", "economy.overhead_share"),
        ("wrong_value", "data.stock_is"),
        ("wrong_value", "run.horizon_months"),
        ("wrong_value", "budget.27"),
        ("effort_half", "effort"),
        ("caseload_order", "levers"),
        ("one_source", "columns.flows.stock"),
    }
    assert all(f.message and f.remedy and f.file == "kommun.toml" for f in found)


LEVER = {"fixed_cost_sek": 1, "running_cost_sek_month": 1, "freed_share": 0.3}


@pytest.mark.parametrize(
    ("process", "robot"),
    [
        ({"from_month": "2027-03"}, {"from_month": "2027-02"}),
        ({"from_month": "2027-03"}, {}),
        ({"freed_share": 0.7}, {}),
    ],
)
def test_a_change_of_process_comes_before_the_robot(
    process: dict[str, object], robot: dict[str, object]
) -> None:
    levers = {"process": {**LEVER, **process}, "robot": {**LEVER, **robot}}
    (fault,) = faults(levers=levers)
    assert (fault.rule, fault.column) == ("lever_order", "levers")
    assert not faults(levers={"process": LEVER, "robot": LEVER})


@pytest.mark.parametrize("starts", [[], [1, 3], [0, 6, 3], [0, 3, 3], [0, 120]])
def test_duration_groups_begin_at_zero_and_rise(starts: list[int]) -> None:
    (fault,) = faults(run={"duration_starts": starts})
    assert fault.rule == "duration_starts"


def test_decimal_comma_in_the_file_is_a_fault_with_its_line(tmp_path: Path) -> None:
    text = TOML.replace("0.4453", "0,4453")
    (tmp_path / "kommun.toml").write_text(text, "utf-8")
    report = Report()
    assert read_settings(tmp_path, report) is None
    (fault,) = report.found
    assert fault.rule == "toml_syntax"
    wanted = 1 + next(i for i, t in enumerate(text.split("\n")) if "0,4453" in t)
    assert fault.row == wanted
    assert "punkt" in fault.remedy


UNREADABLE = [
    ("toml_syntax", "overhead_share = 0.2", "overhead_share = 0,2"),
    ("toml_syntax", 'name = "Provköping"', 'name = "Provköping'),
    ("toml_twice", "[economy]", "[municipality]\n[economy]"),
    ("toml_backslash", "[economy]", '[files]\nflows = "C:\\Users"\n[economy]'),
]


@pytest.mark.parametrize(("rule", "was", "now"), UNREADABLE)
def test_what_cannot_be_read_is_shown_in_the_readers_language(
    tmp_path: Path, rule: str, was: str, now: str
) -> None:
    (tmp_path / "kommun.toml").write_text(TOML.replace(was, now), "utf-8")
    report = Report()
    assert read_settings(tmp_path, report) is None
    (fault,) = report.found
    assert fault.rule == rule
    assert (
        fault.value
        == (tmp_path / "kommun.toml")
        .read_text("utf-8")
        .split("\n")[int(fault.row or 0) - 1]
        .strip()
    )
    assert not re.search(r"\b(Invalid|Expected|Cannot|line|Illegal)\b", fault.message)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("[levers]\ncaseload_max = 0\nlevels = 5", True),
        ("[levrs]\ncaseload_max = 40", True),  # a slip of a section that is not used
        ("[staff]\nhandlers = 'tre'", True),
        ("[segments.vuxna]\nweight = -1", True),
        ("[colums.flows]\nunit = 'Enhet'", False),  # the tables would look wrong
        ("[flows]\nunit = 'Enhet'", False),
        ("[files]\nflows = ''", False),
    ],
)
def test_what_is_wrong_is_left_out_to_find_faults_in_the_tables(
    text: str, kept: bool
) -> None:
    report = Report()
    mended = validate(tomllib.loads(TOML + text), report, TOML + text)
    assert len(report.faults) == 1
    assert (mended is not None) == kept
    if mended is not None and "levels" in text:
        assert mended.levers.levels == 5
        assert mended.levers.caseload_max is None


def test_a_wrong_number_of_handlers_is_not_called_missing_too(tmp_path: Path) -> None:
    folder = write(tmp_path, staff="", toml="[staff]\nhandlers = 'tre'\n")
    assert [f.rule for f in faults_of(folder)] == ["wrong_value"]


@pytest.mark.parametrize(
    "part",
    [{"staff": {"lead_months": True}}, {"levers": {"caseload_max": False}}],
)
def test_true_is_no_number(part: dict[str, object]) -> None:
    assert [f.rule for f in faults(**part)] == ["wrong_value"]
    assert settings(data={"simulated": True}).data.simulated


def test_file_saved_as_ansi_is_read(tmp_path: Path) -> None:
    (tmp_path / "kommun.toml").write_bytes(TOML.encode("cp1252"))
    kept = read_settings(tmp_path, Report())
    assert kept is not None
    assert kept.municipality.name == "Provköping"


def test_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    report = Report()
    assert read_settings(tmp_path, report) is None
    assert "bemanna new" in report.found[0].remedy
    with pytest.raises(InputError, match="saknas"):
        report.stop_if_faulty()


def test_faults_name_their_line() -> None:
    text = "[economy]\nprice_year = 2023\n\n[segments.'unga vuxna']\nweight = 0\n"
    assert line_of(["economy", "price_year"], text) == 2
    assert line_of(["segments", "unga vuxna", "weight"], text) == 5
    assert line_of(["economy", "salary_month_sek"], text) == 1
    assert line_of(["staff"], text) is None


def test_schema_describes_every_field() -> None:
    schema = json.dumps(Settings.model_json_schema())
    for name, field in every_field():
        assert field.description, name
        assert json.dumps(field.description)[1:-1].split("\\n")[0] in schema
