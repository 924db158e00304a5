"""The result page: one file, readable by all, honest about what is not known."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from outcomes import outcome
from test_figures import contrast

from bemanna.models.domain import Interval
from bemanna.optimisation.plan import Limit
from bemanna.pipelines import page, wording
from bemanna.pipelines.findings import findings
from bemanna.pipelines.layout import Desk
from bemanna.pipelines.outcome import Outcome
from bemanna.pipelines.page import write_results
from bemanna.pipelines.privacy import PrivacyError
from bemanna.pipelines.tables import read_table

PIPELINES = Path(page.__file__).parent
VOID = {"meta", "link", "br", "path", "use", "rect", "input"}
#: What stands in these is not read.
SILENT = ("style", "script", "text", "title", "desc")


class Reader(HTMLParser):
    """Collects what a browser and a screen reader would meet."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag without content."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect what is read."""
        if self.open and self.open[-1] not in SILENT:
            self.words.append(data)

    @property
    def text(self) -> str:
        """Readable text, with plain spaces."""
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of every tag of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def written(folder: Path, found: Outcome, sprak: str = "sv") -> str:
    write_results(folder, found, sprak, "0123456789abcdef0123456789abcdef", "mlflow ui")
    return (folder / "resultat.html").read_text("utf-8")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the results of a plan that saves, once."""
    folder = tmp_path_factory.mktemp("run")
    written(folder, outcome("hires"))
    return folder


@pytest.fixture(scope="module")
def html(result: Path) -> str:
    return (result / "resultat.html").read_text("utf-8")


def text_of(found: Outcome, sprak: str = "sv") -> str:
    """Read the page of an outcome, without drawing its figures."""
    desk = Desk(found, findings(found.plans), {}, sprak)
    return Reader(page.page(desk, ["plan.csv"])).text


def test_nothing_is_asked_of_anybody(html: str) -> None:
    reader = Reader(html)
    for tag in ("script", "img", "iframe", "object", "form", "base", "audio", "video"):
        assert not reader.all(tag)
    for tag, attributes in reader.tags:
        for name in ("src", "href", "xlink:href", "srcset", "action"):
            target = attributes.get(name) or ""
            assert "//" not in target, f"{tag} {name}={target}"
        assert not any(name.startswith("on") for name in attributes)
        assert "style" not in attributes
    css = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert css is not None
    assert "url(" not in css[1]
    assert "@import" not in css[1]


def test_the_policy_lets_in_nothing_but_the_pages_own_style(html: str) -> None:
    policies = [
        attributes["content"] or ""
        for attributes in Reader(html).all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert "unsafe" not in policies[0]
    css = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert css is not None
    digest = base64.b64encode(hashlib.sha256(css[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policies[0]


def test_the_page_can_be_read_aloud_and_by_keyboard(html: str) -> None:
    reader = Reader(html)
    assert reader.all("html")[0]["lang"] == "sv"
    assert len(reader.all("h1")) == 1
    assert len(reader.all("main")) == 1
    for landmark in ("header", "nav", "footer"):
        assert len(reader.all(landmark)) == 1
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    ids = [a["id"] for _, a in reader.tags if "id" in a]
    assert len(ids) == len(set(ids))
    targets = [a["href"] or "" for a in reader.all("a")]
    for target in targets:
        assert not target.startswith("#") or target[1:] in ids
    assert targets[0] == "#main"
    for section in reader.all("section"):
        assert section["aria-labelledby"] in ids
    assert all(a.get("scope") in ("row", "col") for a in reader.all("th"))
    assert len(reader.all("caption")) == len(reader.all("table")) > 5
    scrolling = [a for a in reader.all("div") if a.get("class") == "scroll"]
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in scrolling)
    viewport = [a for a in reader.all("meta") if a.get("name") == "viewport"]
    assert "user-scalable" not in (viewport[0]["content"] or "")


def test_text_stands_out_in_light_and_dark() -> None:
    css = (PIPELINES / "templates" / "resultat.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    for block in blocks[:2]:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for back in ("page", "card"):
            for front in ("ink", "muted", "accent"):
                assert contrast(colours[front], colours[back]) >= 4.5
        assert contrast(colours["ink"], colours["warn"]) >= 4.5
        assert contrast(colours["paper"], colours["today"]) >= 4.5  # "so far"
        assert contrast(colours["ink"], colours["band"]) >= 4.5  # "forecast"
        for line in ("today", "plan", "short"):
            assert contrast(colours[line], colours["card"]) >= 3


def test_the_page_tells_what_the_plan_is(html: str) -> None:
    text = Reader(html).text
    plan = outcome("hires").plans[0]
    for expected in (
        "Från 8 handläggare i dag till 12, på plats i augusti 2027.",
        "Väntad besparing i utbetalda pengar under 36 månader:",
        "Simulerat register.",
        "Värde efter planperioden",
        "Planen lönar sig om halverat antal ärenden per handläggare ökar utflödet med "
        "minst 8,4 %",
        "Det exakta antalet betyder lite",
        "Nya tjänster: 2 i mars 2027, 2 i augusti 2027.",
        "Planen jämförs med dagens bemanning i samma modell",
        "Lånat från publicerade studier, utan egen pilot: 11 %",
        "i åtta fall av tio",
        "Det är inga pengar i något års budget.",
        "Tiden innan en anställd är på plats (nov 2026–jan 2027): gör planen 41 tkr "
        "dyrare",
        "Enbart publicerade studier",
        "Egen pilot finns inte",
        "Lånad effekt",
        "stämmer",
        "SCB, prognos för 2023",
        "Bara 58 månader i flows.csv.",
        "Registret skiljer inte nya ärenden från återkommande.",
        "bemanna run demo --seed 1",
        "0123456789abcdef0123456789abcdef",
        "helarsprognos.csv",
    ):
        assert " ".join(expected.split()) in text
    saving = wording.interval(plan.saving_total)
    assert " ".join(saving.split()) in text


def test_the_files_it_lists_are_there(result: Path, html: str) -> None:
    listed = {
        a["href"] for a in Reader(html).all("a") if not str(a["href"]).startswith("#")
    }
    there = {path.name for path in result.iterdir()} - {"resultat.html"}
    assert listed == there
    assert {
        "plan.csv",
        "forecast.csv",
        "helarsprognos.csv",
        "resultat.json",
        "plan.png",
        "plan.svg",
    } <= there


def test_the_tables_hold_the_outcome_in_swedish_form(result: Path) -> None:
    raw = (result / "plan.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfunit;month;")  # Excel opens it as it should
    plan = read_table(result / "plan.csv")
    course = outcome("hires").plans[0].proposed
    assert list(plan["month"]) == list(course.months)
    assert plan["handlers"].to_numpy() == pytest.approx(course.handlers)
    assert plan["staff_sek"].sum() == pytest.approx(course.staff_sek.sum(), rel=1e-6)
    forecast = read_table(result / "forecast.csv")
    assert list(forecast.columns) == [
        *("unit", "segment", "month", "quantity"),
        *("mean", "lo-80", "hi-80", "lo-95", "hi-95"),
        "kind",
    ]
    assert set(forecast["quantity"]) == {"inflow", "served", "exits", "paid_sek"}
    year = read_table(result / "helarsprognos.csv")
    pd.testing.assert_frame_equal(year, outcome("hires").year.table, check_dtype=False)
    answer = json.loads((result / "resultat.json").read_text("utf-8"))
    assert answer["total"]["handlers_today"] == 8
    assert answer["total"]["claims_saving"] is True


def test_english_tables_and_page(tmp_path: Path) -> None:
    html = written(tmp_path, outcome("unsure"), "en")
    assert Reader(html).all("html")[0]["lang"] == "en"
    text = Reader(html).text
    assert "No saving is certain" in text
    assert "handläggare" not in text
    assert "mnkr" not in text
    assert (tmp_path / "plan.csv").read_text("utf-8").startswith("unit,month,")
    assert read_table(tmp_path / "plan.csv")["handlers"].iloc[-1] == 12


def test_no_saving_is_claimed_that_is_not_sure() -> None:
    text = text_of(outcome("unsure"))
    assert "Ingen säkerställd besparing" in text
    assert "Väntad besparing" not in text
    assert "mellan en merkostnad på" in text
    assert "Det är inte säkerställt att utbetalt bistånd minskar" in text


def test_a_plan_that_costs_cash_is_called_a_cost() -> None:
    text = text_of(outcome("loses"))
    assert "Planen kostar mer i utbetalda pengar" in text
    assert "En merkostnad på" in text
    assert "Väntad besparing" not in text
    assert "en besparing på" not in text


def test_it_is_said_when_only_the_years_after_pay_for_the_plan() -> None:
    found = outcome("loses")
    late = replace(
        found.plans[0],
        after_horizon=Interval(30e6, 20e6, 40e6),
        total_saving=Interval(20e6, 10e6, 30e6),
    )
    text = text_of(replace(found, plans=(late,)))
    assert "Planen föreslås för att den väntas vara värd mer än den kostar" in text
    assert "föreslås" not in text_of(found)
    assert "Läs den som ett räkneexempel" in text_of(found)


def test_a_cap_that_nobody_stated_is_not_called_one() -> None:
    found = outcome("hires")
    held = replace(found.plans[0], limits=(Limit("caseload_cap", (0, 35), 90_000.0),))
    text = text_of(replace(found, plans=(held,)))
    assert "som dagens bemanning leder till (inget tak är angivet)" in text
    assert "Taket" not in text
    settings = found.case.settings
    levers = settings.levers.model_copy(update={"caseload_max": 60.0})
    stated = replace(
        found.case, settings=settings.model_copy(update={"levers": levers})
    )
    text = text_of(replace(found, case=stated, plans=(held,)))
    assert "Taket för ärenden per handläggare (nov 2026–okt 2029): gör planen" in text


def test_what_is_assumed_and_what_failed_stands_before_the_figures() -> None:
    found = outcome("hires")
    failed = replace(found.plans[0].check_grid, ok=False)
    broken = replace(found.plans[0], check_grid=failed)
    case = replace(found.case, staff_assumed=True)
    text = text_of(replace(found, case=case, plans=(broken,)))
    for caveat in (
        "Antalet handläggare är ett antagande",
        "Simuleringen stämmer inte med planen för Gävle",
    ):
        assert caveat in text
        assert text.index(caveat) < text.index("Föreslagna handläggare")
        assert caveat not in text_of(found)


def test_a_plan_equal_to_today_praises_nothing() -> None:
    text = text_of(outcome("same"))
    assert "Behåll dagens 8 handläggare" in text
    assert "Det gör ingen skillnad" in text
    assert "lönar sig om" not in text


@pytest.mark.parametrize("kind", ["hires", "unsure", "same", "loses", "stock"])
def test_nought_is_never_written_with_a_sign(kind: str) -> None:
    text = text_of(outcome(kind))
    assert not re.search(r"\u22120(?![,.\d])|\u22120[,.]0+(?!\d)", text)
    assert "nan" not in text.lower().split()
    assert "None" not in text


def test_stock_alone_gives_a_forecast_and_says_why_no_plan() -> None:
    text = text_of(outcome("stock"))
    assert "Prognos för Gävle" in text
    assert "Underlaget räcker inte för en bemanningsplan" in text
    assert "Hushåll med bistånd: 468 i oktober 2026" in text
    assert "Helårsprognos" in text
    assert "Besparing" not in text


def test_several_units_are_added_up_and_listed() -> None:
    text = text_of(outcome("hires", ("Centrum", "Sätra", "Valbo")))
    assert "Från 24 handläggare i dag till 36" in text
    assert "Per enhet" in text
    for unit in ("Centrum", "Sätra", "Valbo"):
        assert (
            f"{unit}: Nya tjänster: 2 i mars 2027, 2 i augusti 2027. Planen lönar"
            in text
        )
    assert "enheternas gränser hopräknade" in text


def test_a_real_case_has_no_banner() -> None:
    assert "Simulerat" not in text_of(outcome("hires", simulated=False))


def test_names_from_the_register_are_text_not_markup() -> None:
    found = outcome("hires", ("<script>alert(1)</script>", "A&B"))
    desk = Desk(found, findings(found.plans), {}, "sv")
    html = page.page(desk, [])
    assert "<script" not in html
    assert "A&amp;B" in html


def test_a_personnummer_in_the_input_stops_the_page(tmp_path: Path) -> None:
    found = outcome("hires", ("19121212-1212",))
    with pytest.raises(PrivacyError):
        write_results(tmp_path, found, "sv")
    assert not (tmp_path / "resultat.html").exists()
