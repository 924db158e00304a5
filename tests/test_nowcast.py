"""The ragged edge: months still being filled in are nowcast, and told apart."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from casefolder import TOML, faults_of, flow_rows, lines, only, read, write
from shared import shared_data
from typer.testing import CliRunner

from bemanna.models.domain import Array
from bemanna.models.nowcast import AGES, OWN, Completion
from bemanna.models.updating import combine, condition
from bemanna.pipelines.cli import app
from bemanna.pipelines.forecast import forecast_flows
from bemanna.pipelines.newcase import new_case
from bemanna.pipelines.registers import Case
from bemanna.pipelines.run import run_case
from bemanna.pipelines.tables import read_table

#: True shares reported at ages 0, 1 and 2 months.
REPORTED = np.array([0.7, 0.9, 1.0])
HEADER = "retrieved;unit;segment;month;inflow"


def vintages(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["unique_id", "ds", "retrieved", "y"])
    for name in ("ds", "retrieved"):
        table[name] = pd.to_datetime(table[name])
    return table


def test_one_revision_is_its_own_spread() -> None:
    rows = [("A", "2026-01", "2026-02-10", 80.0), ("A", "2026-01", "2026-09-01", 99.5)]
    found = Completion.learn(vintages(rows), offset=0.5)
    size = np.log(100 / 80.5)
    assert found.revisions.tolist() == [0, 1, *[0] * (AGES - 2)]
    assert found.location[-1, 1] == pytest.approx(size)
    # the mean as one more deviation, and its own uncertainty: s2 (1 + 1 / n)
    assert found.spread[-1, 1] == pytest.approx(size * np.sqrt(2))
    assert np.isinf(found.spread[-1, 0])
    assert found.oldest == 1


def test_series_with_revisions_of_their_own_leave_the_pool() -> None:
    rows = [
        (name, f"{year}-01", f"{year + late}-{month}-05", value)
        for name, first in (("A", 50.0), ("B", 100.0))
        for year in range(2010, 2016)
        for late, month, value in ((0, "01", first), (1, "01", 100.0))
    ]
    found = Completion.learn(vintages(rows), offset=1e-9)
    pool = np.log(2) / 2
    assert found.location[-1, 0] == pytest.approx(pool)
    at_six = (6 * np.log(2) + OWN * pool) / (6 + OWN)
    assert found.location[0, 0] == pytest.approx(at_six)
    assert found.location[1, 0] == pytest.approx(OWN * pool / (6 + OWN))
    variance = (12 * pool**2 + pool**2) / 12
    own = (6 * (np.log(2) - at_six) ** 2 + OWN * variance) / (6 + OWN)
    wanted = np.sqrt(own * (1 + 1 / (6 + OWN)))
    assert found.spread[0, 0] == pytest.approx(wanted)
    other = found.nowcast(50.0, 0, "C")  # never seen: the pool's
    s2 = variance * (1 + 1 / 12)
    assert other.mean == pytest.approx(50 * np.exp(pool + s2 / 2))
    assert other.sd == pytest.approx(other.mean * np.sqrt(np.expm1(s2)))


def test_what_is_never_revised_is_complete() -> None:
    rows = [
        ("A", "2026-01", day, 0.0) for day in ("2026-01-31", "2026-03-01", "2026-08-01")
    ]
    found = Completion.learn(vintages(rows))
    assert found.oldest == -1
    assert found.nowcast(0.0, 0) == (0.0, 0.0)
    assert found.nowcast(7.0, 2, "A") == (7.0, 0.0)
    assert found.nowcast(7.0, 40) == (7.0, 0.0)
    assert np.isnan(found.nowcast(7.0, 1).mean)  # never seen at that age
    assert np.isinf(found.nowcast(7.0, 1).sd)


def test_the_latest_retrieval_of_a_month_is_used() -> None:
    rows = [
        ("A", "2026-01", "2026-02-03", 10.0),
        ("A", "2026-01", "2026-02-28", 20.0),
        ("A", "2026-01", "2026-08-01", 40.0),
        ("A", "2026-01", "2026-12-01", 20.0),
    ]
    found = Completion.learn(vintages(rows))
    assert found.ratio[1] == pytest.approx(1)
    assert found.revisions.tolist()[1] == 1
    assert found.revisions.tolist()[7] == 1  # the last one replaced it


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("A", "2026-03", "2026-02-10", 1.0)], "before the month"),
        ([("A", "2026-01", "2026-02-10", -1.0)], "at least 0"),
    ],
)
def test_impossible_vintages_are_refused(
    rows: list[tuple[str, str, str, float]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Completion.learn(vintages(rows))
    with pytest.raises(ValueError, match="lack columns"):
        Completion.learn(vintages(rows).drop(columns="y"))
    with pytest.raises(ValueError, match="mature"):
        Completion.learn(vintages([]), mature=0)


def test_two_views_are_weighed_by_precision() -> None:
    mean, variance = combine([10.0, 10, 10, 10], [4.0, np.inf, 0, 4], 16.0, 2.0)
    np.testing.assert_allclose(mean, [14, 16, 10, 14])
    np.testing.assert_allclose(variance, [4 / 3, 2, 0, 4 / 3])
    mean, variance = combine(10.0, 4.0, np.nan, np.inf)
    assert (float(mean), float(variance)) == (10, 4)


def test_futures_take_the_weighed_mean_and_variance_and_later_months_follow() -> None:
    rng = np.random.default_rng(1)
    z = 4 + 0.2 * np.cumsum(rng.standard_normal((400, 4)), axis=1)
    draws = np.exp(z) - 0.5
    seen, spread = np.array([4.3, np.nan]), np.array([0.1, np.inf])
    given = np.log(condition(draws, seen, spread) + 0.5)
    mean, variance = combine(z[:, 0].mean(), z[:, 0].var(ddof=1), 4.3, 0.1**2)
    assert given[:, 0].mean() == pytest.approx(float(mean))
    assert given[:, 0].var(ddof=1) == pytest.approx(float(variance))
    slope = np.cov(z[:, 3], z[:, 0])[0, 1] / z[:, 0].var(ddof=1)
    moved = given.mean(0) - z.mean(0)
    assert moved[3] == pytest.approx(slope * moved[0])
    alone = condition(draws, seen, spread, carry=False)
    np.testing.assert_array_equal(alone[:, 2:], draws[:, 2:])
    np.testing.assert_allclose(np.log(alone[:, 0] + 0.5), given[:, 0])
    exact = condition(draws, np.log([80.5]), np.zeros(1))
    np.testing.assert_allclose(exact[:, 0], 80)
    dead = condition(np.zeros((10, 3)), np.log([2.5]), np.zeros(1))
    np.testing.assert_allclose(dead[:, 0], 2)
    nothing = condition(draws, np.full(2, np.nan), np.full(2, np.inf))
    np.testing.assert_array_equal(nothing, draws)


def late_register(
    rng: np.random.Generator, series: int = 3, months: int = 36
) -> tuple[Completion, Array]:
    """Make counts around 80 that are reported with a delay, and learn the delay."""
    true = rng.poisson(80, (series, months))
    stamps = pd.date_range("2020-01-01", periods=months, freq="MS")
    rows = []
    for i in range(series):
        for t in range(months):
            for age in (*range(3), 7):
                if t + age < months:
                    share = REPORTED[min(age, 2)]
                    y = float(rng.binomial(true[i, t], share)) if share < 1 else 0.0
                    y = y if share < 1 else float(true[i, t])
                    rows.append((f"s{i}", stamps[t], stamps[t + age], y))
    return Completion.learn(vintages(rows)), true


def test_nowcast_beats_use_as_is_and_drop_and_covers() -> None:
    rng = np.random.default_rng(2)
    completion, _ = late_register(rng)
    assert completion.oldest == 1
    np.testing.assert_allclose(1 / completion.ratio[:3], REPORTED, rtol=0.03)
    as_is, drop, now, inside, inside_drop = [], [], [], [], []
    rho, noise = 0.8, 0.12
    for _ in range(400):
        x = noise / np.sqrt(1 - rho**2) * rng.standard_normal()
        level = [x]
        for _ in range(2):
            level.append(rho * level[-1] + noise * rng.standard_normal())
        true = rng.poisson(80 * np.exp(level[1:]))
        told = rng.binomial(true, REPORTED[[1, 0]])
        # a forecaster who knows the process and the last complete month
        ahead = np.full(300, x)
        draws = np.empty((300, 2))
        for h in range(2):
            ahead = rho * ahead + noise * rng.standard_normal(300)
            draws[:, h] = rng.poisson(80 * np.exp(ahead))
        seen, spread = completion.view(told, np.array([1, 0]), "s1")
        given = condition(draws, seen, spread)
        low, high = np.quantile(given, [0.1, 0.9], axis=0)
        as_is.append(abs(told - true))
        drop.append(abs(draws.mean(0) - true))
        now.append(abs(given.mean(0) - true))
        inside.append((low <= true) & (true <= high))
        low, high = np.quantile(draws, [0.1, 0.9], axis=0)
        inside_drop.append((low <= true) & (true <= high))
    for h in range(2):
        error = np.mean(now, axis=0)[h]
        assert error < 0.85 * np.mean(drop, axis=0)[h]
        assert error < 0.85 * np.mean(as_is, axis=0)[h]
    assert 0.75 <= np.mean(inside) <= 0.88
    assert 0.75 <= np.mean(inside_drop) <= 0.88


def test_dalarna_is_complete_when_first_published() -> None:
    table = pd.read_csv(
        shared_data("se_dalarna_ekonomiskt_bistand_vintages.csv"),
        parse_dates=["retrieved", "month"],
    )
    for column in ("households", "paid_tkr"):
        rows = table.rename(columns={"month": "ds", column: "y"})
        found = Completion.learn(rows.assign(unique_id="Dalarna"))
        assert found.oldest == -1
        assert found.revisions[2] == 10
        np.testing.assert_allclose(found.ratio, 1, atol=1e-4)
    newest = table.groupby("retrieved")["month"].max()
    taken = pd.DatetimeIndex(newest.index)
    month = pd.DatetimeIndex(newest)
    lag = 12 * (taken.year - month.year) + taken.month - month.month
    assert set(lag) == {1, 2}  # whole months between the month and the retrieval


def vintage_lines(months: int = 24, until: int = 24) -> str:
    """Earlier retrievals of `flow_rows`, monthly, with true shares `REPORTED`."""
    stamps = pd.date_range("2024-01", periods=months + 1, freq="MS")
    rows = []
    for taken in range(8, until):
        for month in range(max(0, taken - 9), taken):
            share = REPORTED[min(taken - month - 1, 2)]
            # now and then one fewer, so that there is a spread
            figure = round(70 * share) - (taken % 3 == 0) * (share < 1)
            day = f"{stamps[taken]:%Y-%m}-15"
            text = f"{stamps[month]:%Y-%m}"
            rows.append([day, "Provköping", "vuxna", text, str(figure)])
    return lines(HEADER, rows)


def late_rows() -> list[list[str]]:
    """Months with 70 in and 70 out, the last two of which are incomplete."""
    rows = [[*r[:3], "200", "70", "70", r[6]] for r in flow_rows()]
    rows[-2][4:6], rows[-1][4:6] = ["63", "63"], ["49", "49"]
    return rows


@pytest.fixture
def late(tmp_path: Path) -> Path:
    folder = write(tmp_path / "sen", late_rows())
    (folder / "vintages.csv").write_text(vintage_lines(), "utf-8")
    return folder


def forecast(case: Case, sprak: str = "sv") -> tuple[pd.DataFrame, pd.DataFrame, str]:
    draws = {"Provköping": np.full((200, 1, 24), 0.25)}
    rng = np.random.default_rng(3)
    told = forecast_flows(case, rng, draws, horizon=8, sprak=sprak)
    return told.frame(), told.nowcast, " ".join(told.notes)


def test_vintages_show_which_months_are_late_and_how_much(late: Path) -> None:
    case = read(late)
    assert [f.rule for f in case.warnings] == ["provisional"]
    assert case.warnings[0].value == "2"
    assert case.warnings[0].file == "vintages.csv"
    assert case.months[-1] == pd.Timestamp("2025-10-01")
    assert [f"{m:%Y-%m}" for m in case.edge.months] == ["2025-11", "2025-12"]
    assert case.edge.ages(case.edge.months).tolist() == [2, 1]
    table, now, notes = forecast(case)
    kinds = table[table["quantity"] == "inflow"].groupby("month")["kind"].first()
    assert kinds.tolist() == ["nowcast"] * 2 + ["forecast"] * 6
    inflow = now[now["quantity"] == "inflow"]
    assert inflow["reported"].tolist() == [63, 49]
    assert inflow["basis"].unique().tolist() == ["reported_and_forecast"]
    assert inflow["ratio"].to_numpy() == pytest.approx([1 / 0.9, 1 / 0.7], rel=0.03)
    assert inflow["mean"].to_numpy() == pytest.approx([70, 70], abs=2.5)
    assert (now.loc[now["quantity"] != "inflow", "basis"] == "forecast").all()
    assert "Preliminära månader, skattade: 2025-11, 2025-12." in notes
    assert "Nya ärenden: det rapporterade räknas upp" in notes
    english = forecast(case, "en")[2]
    assert "weighed with the forecast by precision: 2025-11 × 1.1" in english


def test_stated_months_are_nowcast_without_what_is_reported(tmp_path: Path) -> None:
    base = TOML.replace("[data]", "[data]\nprovisional_months = 3")
    case = read(write(tmp_path, base=base))
    assert case.horizon == 3 + case.settings.run.horizon_months
    table, now, notes = forecast(case)
    assert set(table.loc[table["kind"] == "nowcast", "month"]) == {*case.edge.months}
    assert (now["basis"] == "forecast").all()
    assert now.loc[now["quantity"] == "inflow", "reported"].tolist() == [7, 7, 7]
    assert "inte ens som undre gräns" in notes
    assert "80-procentsintervall" in notes
    changed = flow_rows()
    for row in changed[-3:]:
        row[4:6] = ["1", "1"]
    changed[-2][3], changed[-1][3] = changed[-3][3], changed[-3][3]
    other = read(write(tmp_path / "b", changed, base=base))
    pd.testing.assert_frame_equal(forecast(other)[0], table)


def test_vintages_without_revisions_leave_the_figures_alone(tmp_path: Path) -> None:
    folder = write(tmp_path)
    text = [
        [f"2025-{taken:02d}-20", r[0], r[1], r[2], r[4]]
        for taken in (2, 4, 9)
        for r in flow_rows()[: 12 + taken - 1]
    ]
    (folder / "vintages.csv").write_text(lines(HEADER, text), "utf-8")
    case = read(folder)
    assert case.warnings == ()
    assert case.months[-1] == pd.Timestamp("2025-12-01")
    table, now, notes = forecast(case)
    assert now.empty
    assert set(table["kind"]) == {"forecast"}
    assert "Månader är kompletta när de först tas ut" in notes


BAD = [
    ("2025-13-01", "2024-05", "7", "bad_day", "retrieved"),
    ("2024-04-20", "2024-05", "7", "retrieved_early", ""),
    ("2024-06-20", "2024-05", "-7", "negative_count", "inflow"),
    ("2024-06-20", "maj", "7", "bad_month", "month"),
    ("2030-06-20", "2024-05", "7", "future_month", "retrieved"),
]


def test_bad_vintages_are_told_all_at_once(late: Path) -> None:
    path = late / "vintages.csv"
    text = path.read_text("utf-8")
    more = [f"{day};Provköping;vuxna;{month};{value}" for day, month, value, *_ in BAD]
    path.write_text(text + "\n".join(more) + "\n", "utf-8")
    answer = CliRunner().invoke(app, ["check", str(late), "--json"])
    assert answer.exit_code == 2
    found = [f for f in json.loads(answer.stdout)["faults"] if f["severity"] == "fault"]
    last = text.count("\n")
    assert {(f["file"], f["row"], f["rule"], f["column"]) for f in found} == {
        ("vintages.csv", last + i + 1, rule, column)
        for i, (*_, rule, column) in enumerate(BAD)
    }


def test_vintages_of_another_register_are_refused(late: Path) -> None:
    path = late / "vintages.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace(";70\n", ";7\n"), "utf-8")
    assert only(late, "vintages_apart").column == "inflow"
    path.write_text(text.replace("inflow", "antal"), "utf-8")
    assert only(late, "vintages_empty").file == "vintages.csv"
    path.write_text(vintage_lines(until=9), "utf-8")
    assert "vintages_short" not in {f.rule for f in faults_of(late)}  # today counts
    short = lines(HEADER, [["2025-12-20", "Provköping", "vuxen", "2025-11", "70"]])
    path.write_text(short, "utf-8")
    found = {f.rule: f for f in faults_of(late)}
    assert {"vintages_short", "vintages_unknown"} == {*found}
    assert "Menade du Provköping, vuxna?" in found["vintages_unknown"].remedy


def test_a_run_says_what_is_nowcast(tmp_path: Path) -> None:
    folder = tmp_path / "kommun"
    new_case(folder)
    toml = folder / "kommun.toml"
    text = toml.read_text("utf-8").replace(
        "provisional_months = 0", "provisional_months = 3"
    )
    run = "[run]\nhorizon_months = 9\nreplications = 100\npaths = 100\n"
    toml.write_text(text[: text.index("[run]")] + run, "utf-8")
    checked = CliRunner().invoke(app, ["check", str(folder)])
    assert checked.exit_code == 0
    assert "skattas: 3" in " ".join(checked.stdout.split())
    outcome, place = run_case(folder, tmp_path / "out", documents=False)
    assert len(outcome.forecast.months) == 12
    told = read_table(place.folder / "forecast.csv")
    assert set(told.loc[told["kind"] == "nowcast", "month"]) == set(
        pd.to_datetime(["2025-10", "2025-11", "2025-12"])
    )
    now = read_table(place.folder / "nowcast.csv")
    assert now["reported"].notna().any()
    assert not now["reported"].between(1, 4).any()
    page = (place.folder / "resultat.html").read_text("utf-8")
    assert "Preliminära månader, skattade: 2025-10, 2025-11, 2025-12." in page
    (plan,) = outcome.plans
    # nobody can be hired, beyond those who leave, in months that have been
    ahead = plan.unit.hire_max > plan.unit.hire_max[0] + 1e-9
    assert np.flatnonzero(ahead)[0] == 3 + outcome.case.settings.staff.lead_months
