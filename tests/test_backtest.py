"""Forecasts remade at earlier months are scored right, told, written and tracked."""

import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from casefolder import flow_rows, write
from flowcases import case_of
from mlflow.tracking import MlflowClient
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner, Result

from bemanna.models import scoring
from bemanna.models.accuracy import ALL, MODELS, accuracy, by_month, closer
from bemanna.models.domain import InputError
from bemanna.models.events import Event
from bemanna.models.inflow import PanelForecaster
from bemanna.models.members import MEMBERS
from bemanna.models.rolling import DECILES
from bemanna.pipelines.backtest import Backtest, backtest
from bemanna.pipelines.backtestrun import backtest_runs
from bemanna.pipelines.backtesttables import windows_table
from bemanna.pipelines.backtestwords import print_backtest, verdicts
from bemanna.pipelines.case import Case
from bemanna.pipelines.cli import app
from bemanna.pipelines.newcase import new_case
from bemanna.pipelines.scenario import onsets
from bemanna.pipelines.tables import read_table
from bemanna.pipelines.writing import Place

BOUNDS = ("lo-80", "hi-80", "lo-95", "hi-95")


def row(
    name: str, step: int, y: float, mean: float, naive: float, level: float = 40.0
) -> dict[str, object]:
    """One forecast month at scale 2, deciles a step apart around the mean."""
    around = {q: mean + i for i, q in enumerate(DECILES, start=-4)}
    bounds = dict(zip(BOUNDS, (mean - 4, mean + 4, mean - 6, mean + 6), strict=True))
    return {
        "quantity": "inflow",
        "unique_id": name,
        "cutoff": pd.Timestamp("2024-01-01"),
        "ds": pd.Timestamp("2024-01-01") + pd.DateOffset(months=step),
        "step": step,
        "y": y,
        "mean": mean,
        **bounds,
        **around,
        "seasonal_naive": naive,
        "last_value": y,
        "naive2": naive,
        **dict.fromkeys(MEMBERS, np.nan),
        "theta": mean,
        "scale": 2.0,
        "level": level,
    }


def cell(table: pd.DataFrame, model: str, **where: str) -> "pd.Series[float]":
    """Scores of one cell of the table, which must be there once."""
    keys = {"model": model, "months_ahead": ALL, "size": ALL, **where}
    found = table[np.all([table[k] == v for k, v in keys.items()], axis=0)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture(scope="module")
def tiny() -> pd.DataFrame:
    """Two series: a small one seen three months ahead, a large one far ahead."""
    return pd.DataFrame(
        [
            row("a", 1, y=10, mean=11, naive=14, level=2.9),
            row("a", 3, y=10, mean=10, naive=12, level=2.9),
            row("a", 4, y=10, mean=15, naive=12, level=2.9),
            row("b", 13, y=20, mean=13, naive=24, level=30.5),
        ]
    )


def test_scores_are_as_by_hand(tiny: pd.DataFrame) -> None:
    table = accuracy(tiny)
    mix = cell(table, "mix")
    assert mix["windows"] == 2
    assert mix["mase"] == pytest.approx(np.mean([1, 0, 5, 7]) / 2)
    # within 4 of the mean are two of four, within 6 three
    assert (mix["coverage_80"], mix["coverage_95"]) == (0.5, 0.75)
    naive = cell(table, "seasonal_naive")
    assert naive["mase"] == pytest.approx(np.mean([4, 2, 2, 4]) / 2)
    assert naive["owa"] == pytest.approx(1.0)  # it is Naive2 here
    smape = np.mean([1 / 21, 0, 5 / 25, 7 / 33])
    plain = np.mean([4 / 24, 2 / 22, 2 / 22, 4 / 44])
    assert mix["owa"] == pytest.approx(0.5 * (smape / plain + (13 / 4) / 3))
    assert naive[["coverage_80", "coverage_95"]].isna().all()
    assert cell(table, "last_value")["mase"] == 0
    # a decile d below the outcome costs p d, one above it (1 - p) d
    exact = cell(table, "mix", months_ahead="1 to 3")["scrps"]
    p, place = np.arange(1, 10) / 10, np.arange(-4, 5)
    losses = [np.where(d > 0, p * d, (p - 1) * d).mean() for d in (-1 - place, -place)]
    assert exact == pytest.approx(2 * np.mean(losses) / 2)


def test_cells_hold_their_months_and_sizes(tiny: pd.DataFrame) -> None:
    table = accuracy(tiny)
    assert cell(table, "mix", months_ahead="1 to 3")["mase"] == 0.25
    assert cell(table, "mix", months_ahead="4 to 12")["mase"] == 2.5
    assert cell(table, "mix", months_ahead="13 on")["mase"] == 3.5
    assert cell(table, "mix", size="under 3")["mase"] == 1.0
    assert cell(table, "mix", size="over 30", months_ahead="13 on")["windows"] == 1
    assert not (table["size"] == "3 to 30").any()
    assert list(table["months_ahead"].unique()) == [ALL, "1 to 3", "4 to 12", "13 on"]
    # only those that forecast anything
    assert list(table["model"].unique()) == [*MODELS[:3], "theta"]
    monthly = by_month(tiny).query("model == 'mix'").set_index("step")
    assert monthly["mase"].to_dict() == {1: 0.5, 3: 0.0, 4: 2.5, 13: 3.5}


def test_a_point_alone_has_its_error_as_crps_and_no_coverage(
    tiny: pd.DataFrame,
) -> None:
    theta = cell(accuracy(tiny), "theta")
    assert theta["scrps"] == theta["mase"] == cell(accuracy(tiny), "mix")["mase"]


def test_a_perfect_forecast_scores_nought(tiny: pd.DataFrame) -> None:
    y = tiny["y"]
    exact = dict.fromkeys(("mean", *BOUNDS, *DECILES), y)
    mix = cell(accuracy(tiny.assign(**exact)), "mix")
    assert (mix[["mase", "owa", "scrps"]] == 0).all()
    assert (mix[["coverage_80", "coverage_95"]] == 1).all()


def test_owa_is_not_defined_where_naive2_is_exact(tiny: pd.DataFrame) -> None:
    table = accuracy(tiny.assign(naive2=tiny["y"]))
    assert np.isnan(cell(table, "mix")["owa"])
    assert cell(table, "mix")["mase"] > 0


def test_closer_counts_windows_and_no_ties(tiny: pd.DataFrame) -> None:
    won = closer(tiny, "seasonal_naive").loc["inflow"]
    assert (won["closer"], won["windows"]) == (1, 2)  # 6 of 8 missed; 7 of 4
    tied = closer(tiny.assign(seasonal_naive=tiny["mean"]), "seasonal_naive")
    assert tied.loc["inflow", "closer"] == 0


def test_a_whole_panel_is_scored_as_series_by_series() -> None:
    months = pd.date_range("2019-01-01", periods=72, freq="MS")
    rng = np.random.default_rng(5)
    season = 30 + 12 * np.sin(np.arange(72) * np.pi / 6)
    y = {name: rng.poisson(season) + 1.0 for name in "abc"}
    y["c"][:20] = np.nan  # a shorter one
    panel = pd.DataFrame(y, index=months).rename_axis("ds").reset_index()
    df = panel.melt("ds", var_name="unique_id", value_name="y").dropna()
    windows = PanelForecaster(12).fit(df).backtest(2)
    windows = windows.groupby(["unique_id", "cutoff"]).filter(lambda g: len(g) == 12)
    windows = windows.assign(quantity="inflow", level=30.0)
    cases, singles = [], []
    for (name, cutoff), part in windows.groupby(["unique_id", "cutoff"]):
        history = panel.loc[panel["ds"] <= cutoff, str(name)].dropna()
        plain = scoring.naive2(history, 12)
        np.testing.assert_allclose(part["naive2"], plain, rtol=1e-9)
        cases.append((history, part["y"], part["mean"]))
        scale = scoring.naive_scale(history)
        chances = list(DECILES.values())
        singles.append(
            (
                scoring.mase(part["y"], part["mean"], scale),
                scoring.scrps(part["y"], part[list(DECILES)], chances, scale),
                scoring.coverage(part["y"], part["lo-80"], part["hi-80"]),
            )
        )
    mix = cell(accuracy(windows), "mix")
    assert mix["windows"] == len(cases) >= 3
    assert mix["owa"] == pytest.approx(scoring.owa(cases))
    expected = np.mean(singles, axis=0)
    scores = mix[["mase", "scrps", "coverage_80"]].astype(float)
    np.testing.assert_allclose(scores, expected)


@pytest.fixture(scope="module")
def case() -> Case:
    return case_of(np.random.default_rng(1))


@pytest.fixture(scope="module")
def found(case: Case) -> Backtest:
    return backtest(case, horizon=12, origins=3)


LAW = Event("Lagen", pd.Timestamp("2025-02-01"), inflow=-0.3, ramp_months=1)


def test_every_quantity_is_tested_on_its_bottom_series(found: Backtest) -> None:
    assert found.quantities == ("inflow", "served", "paid")
    assert set(found.windows["unique_id"]) == {
        f"Norr|{name}" for name in found.case.segments
    }
    served = found.windows[found.windows["quantity"] == "served"]
    paid = found.windows[found.windows["quantity"] == "paid"]
    assert set(paid["level"]) == set(served["level"])  # in households, not in money
    assert any("egen historik" in note for note in found.notes)


def test_onsets_are_the_months_that_change_what_they_touch(case: Case) -> None:
    law = replace(LAW, end=pd.Timestamp("2025-06-01"), segments=case.segments[:1])
    dated = replace(case, events=(law, replace(LAW, active=False)))
    labels = [f"Norr|{name}" for name in case.segments]
    for quantity in ("inflow", "served", "paid"):
        changed = onsets(dated, quantity, labels)
        assert set(changed["unique_id"]) == {labels[0]}
        months = list(changed["ds"].dt.strftime("%Y-%m"))
        assert months == ["2025-02", "2025-03", "2025-07"]
    assert onsets(dated, "benefit", labels).empty
    assert onsets(case, "inflow", labels).empty


def test_months_after_an_event_are_left_out(case: Case, found: Backtest) -> None:
    dated = replace(case, events=(LAW,))
    after = backtest(dated, horizon=12, origins=3)
    across = "cutoff < @LAW.start and ds >= @LAW.start"
    assert not found.windows.query(across).empty
    assert after.windows.query(across).empty
    assert not after.windows.query("ds < @LAW.start").empty
    assert any("Lagen" in note for note in after.notes)


def test_events_may_leave_nothing_to_compare_with(case: Case) -> None:
    always = replace(LAW, start=case.months[0], ramp_months=500)
    with pytest.raises(InputError) as error:
        backtest(replace(case, events=(always,)), horizon=6, origins=2)
    assert [f.rule for f in error.value.faults] == ["nothing_to_backtest"]


def test_a_quantity_with_a_short_group_is_left_out_and_said(case: Case) -> None:
    first = case.flows["segment"] == case.segments[0]
    late = first & (case.flows["month"] < case.months[-6])
    flows = case.flows.assign(paid_sek=case.flows["paid_sek"].mask(late))
    short = backtest(replace(case, flows=flows), horizon=6, origins=2)
    assert short.quantities == ("inflow", "served")
    assert any("Utbetalt prövas inte" in note for note in short.notes)


def test_few_households_are_blank_in_the_windows(found: Backtest) -> None:
    flows = found.case.flows.copy()
    one, other = found.case.segments
    last = flows["month"] == found.case.months[-1]
    flows.loc[last & (flows["segment"] == one), ["served", "start", "end"]] = 3.0
    # of another a total would tell, so both are hidden
    hidden = windows_table(replace(found, case=replace(found.case, flows=flows)))
    assert hidden.loc[:, "y":"theta"].isna().all().all()
    open_ = windows_table(found)
    counts = open_[open_["quantity"] != "paid"]
    for name in ("y", "last_value", "seasonal_naive"):
        assert not counts[name].between(0.5, 4.5).any()
    assert open_.loc[open_["quantity"] == "served", "y"].notna().all()
    assert open_["mean"].notna().all()
    # a month of few in the past: what was paid then is not shown
    then = flows["month"] == found.case.months[20]
    flows = found.case.flows.copy()
    flows.loc[then & (flows["segment"] == other), "served"] = 2.0
    past = windows_table(replace(found, case=replace(found.case, flows=flows)))
    paid = past[past["quantity"] == "paid"]
    of_few = paid[paid["segment"] == other]
    assert of_few[["y", "last_value", "naive2"]].isna().all().all()
    assert paid.loc[paid["segment"] == one, "y"].notna().all()


@pytest.mark.parametrize("sprak", ["sv", "en"])
def test_the_terminal_fits_and_lines_up(found: Backtest, sprak: str) -> None:
    place = Place(Path("/tmp/kommun/out/backtest-1"), "0" * 32, "mlflow ui")
    stream = io.StringIO()
    print_backtest(found, place, sprak, Console(file=stream, highlight=False))
    text = stream.getvalue()
    assert all(cell_len(line.rstrip()) <= 80 for line in text.splitlines())
    assert "…" not in text
    assert "nan" not in text.lower()
    lines = [line.rstrip() for line in text.splitlines()]
    name = "Prognosen" if sprak == "sv" else "The forecast"
    rows = [line for line in lines if line.startswith(f"{name}  ")]
    assert len(rows) == 3
    assert len({cell_len(line) for line in rows}) == 1
    first = " ".join(verdicts(found, sprak)[0].split())
    assert first in " ".join(text.split())


def test_verdicts_say_better_worse_and_as_good(tiny: pd.DataFrame) -> None:
    def said(**columns: float) -> str:
        rows = tiny.assign(**columns)
        test = Backtest(None, 12, rows, accuracy(rows), by_month(rows), ())  # type: ignore[arg-type]
        return verdicts(test)[0].replace("\u00a0", " ")

    # 13 in all missed against 12, and against nought
    assert "prognosen är 8 % sämre än samma månad förra året och sämre än" in said()
    assert "I 1 av 2 prognoser" in said()
    assert "täckte 50 % av utfallen (ska vara 80 %)" in said()
    assert "lika bra som samma månad" in said(mean=12, seasonal_naive=12)
    assert "67 % bättre än samma månad" in said(mean=10, seasonal_naive=5)


def test_mlflow_gets_a_record_per_model(found: Backtest) -> None:
    parent, children = backtest_runs(found, "backtest-1", 3)
    names = [child.name for child in children]
    assert names[:3] == ["mix", "seasonal_naive", "last_value"]
    assert set(names[3:]) <= set(MEMBERS)
    assert parent.params["horizon"] == 12
    mix = children[0]
    whole = cell(found.accuracy[found.accuracy["quantity"] == "inflow"], "mix")
    assert mix.metrics["inflow/mase"] == whole["mase"]
    assert mix.metrics["paid/coverage_95"] > 0
    series = mix.series["inflow/mase_by_month"]
    assert np.isnan(series[0])  # the step is the month ahead
    assert len(series) == 13


def command(folder: Path, *words: str) -> Result:
    result = CliRunner().invoke(app, ["backtest", str(folder), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_the_command_writes_tells_and_tracks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    new_case(tmp_path / "minkommun")
    words = ("--json", "--horizon", "6", "--origins", "3")
    result = command(tmp_path / "minkommun", *words)
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["status"] == "ok"
    assert answer["horizon"] == 6
    assert len(answer["cutoffs"]) == 3
    assert all("80-procentsintervallen" in line for line in answer["verdicts"])
    folder = Path(answer["folder"])
    assert folder.parent == tmp_path / "minkommun" / "out"
    files = {path.name for path in folder.iterdir()}
    assert files == {
        *("backtest.csv", "backtest_windows.csv", "backtest.svg", "backtest.png"),
    }
    table = read_table(folder / "backtest.csv")
    assert len(table) == len(answer["accuracy"])
    assert cell(table[table["quantity"] == "paid"], "mix")["mase"] > 0
    windows = read_table(folder / "backtest_windows.csv")
    assert set(windows["step"]) == set(range(1, 7))
    texts = [e.text for e in ET.parse(folder / "backtest.svg").iter()]
    for said in ("prognosen", "samma månad förra året", "Månader framåt"):
        assert said in texts
    assert "Utbetalt: täckning, %" in texts

    client = MlflowClient(f"sqlite:///{folder.parent / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("bemanna")
    assert experiment is not None
    runs = {
        run.info.run_name: run for run in client.search_runs([experiment.experiment_id])
    }
    parent = runs.pop(folder.name)
    assert parent.info.run_id == answer["mlflow_run"]
    assert set(runs) == set(table["model"])
    for run in [parent, *runs.values()]:
        assert run.info.status == "FINISHED"
    for run in runs.values():
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert run.data.metrics["inflow/mase"] > 0
    mix = runs["mix"]
    scores = {name.split("/")[1] for name in mix.data.metrics if "by_month" not in name}
    assert scores == {"mase", "owa", "scrps", "coverage_80", "coverage_95", "windows"}
    steps = client.get_metric_history(mix.info.run_id, "served/mase_by_month")
    assert [m.step for m in steps] == list(range(1, 7))


@pytest.mark.parametrize(
    ("months", "says"), [(20, "20 kända månader, men det behövs 24"), (10, "minst 12")]
)
def test_too_short_a_history_is_refused_in_words(
    tmp_path: Path, months: int, says: str
) -> None:
    folder = write(tmp_path, flow_rows("2024-01", months))
    result = command(folder)
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert not (folder / "out").exists()
    answer = json.loads(command(folder, "--json").stdout)
    assert answer["status"] == "input"
    assert answer["faults"][0]["remedy"]


def test_a_horizon_of_nought_is_refused(tmp_path: Path) -> None:
    assert command(tmp_path, "--horizon", "0").exit_code == 2
    assert command(tmp_path, "--origins", "0").exit_code == 2
