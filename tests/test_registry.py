"""Exit models in MLflow's registry: what is stored, who leads, and `bemanna adopt`."""

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from hazards import SEGMENTS, Drawn, draw_rows
from mlflow.tracking import MlflowClient
from typer.testing import CliRunner

from bemanna.models.boosted_exits import BoostedExitModel
from bemanna.models.exits import ExitModel
from bemanna.models.kept_exits import KeptExits, of_few
from bemanna.models.selection import Contest
from bemanna.pipelines.cli import app
from bemanna.pipelines.modelruns import ModelRun
from bemanna.pipelines.offers import Offer, registered_name
from bemanna.pipelines.registry import Version, objection, promote, versions
from bemanna.pipelines.tracking import Tracker, tracked

NAME = registered_name("2180", "Gävle", False)
#: The trees win, lose, or gain no more than their error.
WON = Contest(-0.40, -0.38, 0.02, 0.005, 300, 5)
LOST = Contest(-0.40, -0.41, -0.01, 0.005, 300, 5)
TIE = Contest(-0.40, -0.396, 0.004, 0.004, 300, 5)


class Learned:
    """Both models of 500 households, fitted and kept; every age is one person's."""

    def __init__(self) -> None:
        rng = np.random.default_rng(3)
        drawn = draw_rows(rng, 500)
        size = len(drawn.X)
        home = rng.choice(["hyresrätt", "äger"], size)
        home[:2] = "husbil"
        age = rng.uniform(18, 64, size).round(6)
        self.rows = Drawn(drawn.X.assign(home=home, age=age), drawn.y)
        self.households = np.array([f"hushåll-{i:04}" for i in range(size)])
        few = of_few(self.rows.X, self.households, 5)
        self.models = {
            "logit": ExitModel().fit(self.rows.X, self.rows.y),
            "trees": BoostedExitModel(rounds=20).fit(self.rows.X, self.rows.y),
        }
        self.kept = {k: KeptExits.of(m, few) for k, m in self.models.items()}

    def offer(
        self, run: str, name: str, judged: Contest, model: str = NAME, figures: str = ""
    ) -> Offer:
        """Give what a run of that name has to store."""
        tags = {
            "run": run,
            "run_name": name,
            "municipality": "Gävle",
            "simulated": str(model.endswith("simulerat")).lower(),
            "last_month": "2026-10",
            "figures": figures or name,
            "bemanna_version": "0.1.0",
        }
        return Offer(model, self.kept, judged, tags)


@pytest.fixture(scope="module")
def learned() -> Learned:
    return Learned()


def one_run(
    out: Path, learned: Learned, name: str, judged: Contest, **more: str
) -> Tracker:
    """Track a run with its models."""
    with tracked(name, out) as tracker:
        (out / name).mkdir()
        tracker.log(ModelRun(name), [ModelRun("exits")], out / name)
        tracker.register(learned.offer(str(tracker.run), name, judged, **more))
    assert tracker.warning == ""
    return tracker


def client_of(out: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{out / 'mlflow.db'}")


def leads(out: Path, name: str = NAME) -> dict[str, tuple[str, str]]:
    """Run and kind of each alias."""
    return {
        v.alias: (v.tags["run_name"], v.kind)
        for v in versions(client_of(out), name)
        if v.alias
    }


def answer(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["adopt", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture
def served(out: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that loads a model by its alias as an analyst does."""
    # `set_tracking_uri` would leave the variable behind for every later test
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{out / 'mlflow.db'}")
    return lambda alias: mlflow.pyfunc.load_model(f"models:/{NAME}@{alias}")


def test_what_is_served_is_what_was_fitted(
    out: Path, learned: Learned, served: Any
) -> None:
    one_run(out, learned, "first", LOST)
    X, y = learned.rows.X, learned.rows.y
    rented = X["home"] != "husbil"
    asked = X[rented].astype({"hard": float}).assign(elapsed=y["entry"])
    logit, trees = served("antagen"), served("utmanare")
    told = logit.predict(asked, params={"months": 6})
    model = learned.models["logit"]
    wanted = model.cumulative_incidence(X[rented], 6, y.loc[rented, "entry"])[:, -1]
    assert list(told) == [*model.destinations_, "any"]
    np.testing.assert_allclose(told[list(model.destinations_)], wanted, atol=1e-12)
    np.testing.assert_allclose(told["any"], wanted.sum(1), atol=1e-12)
    groups = pd.DataFrame({"segment": SEGMENTS, "elapsed": [0, 4, 30]})
    for kind, loaded in (("logit", logit), ("trees", trees)):
        hazard = learned.models[kind].hazard_by_destination(SEGMENTS, 60).sum(-1)
        left = [
            1 - np.prod(1 - hazard[s, start : start + 12])
            for s, start in enumerate((0, 4, 30))
        ]
        np.testing.assert_allclose(loaded.predict(groups)["any"], left, atol=1e-12)
        assert loaded.metadata.signature.params.params[0].default == 12
    with pytest.raises(Exception, match="husbil was never seen"):
        logit.predict(asked.head(1).assign(home="husbil"))
    with pytest.raises(Exception, match="months must be at least 1"):
        logit.predict(groups, params={"months": 0})


def test_no_household_is_in_the_store(out: Path, learned: Learned) -> None:
    one_run(out, learned, "first", WON)
    ages = {repr(age) for age in learned.rows.X["age"]}
    files = [path for path in (out / "mlartifacts").rglob("*") if path.is_file()]
    stored = [path for path in files if path.name == "exits.json"]
    assert len(stored) == 2
    for path in files:
        text = path.read_text("utf-8")
        assert "hushåll-0" not in text
        assert "husbil" not in text  # two households have it
        assert not [age for age in ages if age in text]
        assert path.suffix not in (".pkl", ".joblib")
    for path in stored:
        kept = json.loads(path.read_text("utf-8"))
        table = np.array(kept["hazard"])
        assert table.shape == (3, 120, 3)  # a mean per segment, no pattern
        logit = kept["logit"] or {"columns": [], "coef": []}
        assert set(logit) <= {
            "caseload", "caseload_reference", "columns", "over_time", "knots", "terms",
            "coef", "covariance",
        }  # fmt: skip
        # quartiles of a number are rounded: they are nobody's value
        knots = [k for column in logit["columns"] for k in column["knots"]]
        assert knots == [round(k, 1) for k in knots]
    found = versions(client_of(out))
    requirements = (stored[0].parents[1] / "requirements.txt").read_text("utf-8")
    assert "bemanna==" in requirements
    assert not list((out / "mlartifacts").rglob("*input_example*"))
    assert {v.tags["households"] for v in found} == {"300"}


@pytest.mark.parametrize(
    ("judged", "winner"), [(WON, "trees"), (LOST, "logit"), (TIE, "logit")]
)
def test_the_one_rule(judged: Contest, winner: str) -> None:
    other = {"trees": "logit", "logit": "trees"}[winner]
    assert promote(judged, by_hand=False) == {"utmanare": other, "antagen": winner}
    assert list(promote(judged, by_hand=False))[-1] == "antagen"
    assert promote(judged, by_hand=True) == {"utmanare": winner}


def test_the_test_decides_until_a_person_does(out: Path, learned: Learned) -> None:
    one_run(out, learned, "first", WON)
    assert leads(out) == {"antagen": ("first", "trees"), "utmanare": ("first", "logit")}
    one_run(out, learned, "second", TIE)
    assert leads(out) == {
        "antagen": ("second", "logit"),
        "utmanare": ("second", "trees"),
    }
    code, text = answer("first", "--out", str(out))
    assert code == 0
    assert "modellen träd från körningen first är nu @antagen" in text
    assert "går inte att jämföra" in text
    assert leads(out) == {
        "antagen": ("first", "trees"),
        "utmanare": ("second", "logit"),
    }
    one_run(out, learned, "third", LOST)
    assert leads(out) == {"antagen": ("first", "trees"), "utmanare": ("third", "logit")}
    # with the newest winner the test leads again
    assert answer(str(out / "third"))[0] == 0
    one_run(out, learned, "fourth", WON)
    assert leads(out)["antagen"] == ("fourth", "trees")


def test_a_simulated_register_takes_no_ones_place(out: Path, learned: Learned) -> None:
    one_run(out, learned, "real", LOST)
    simulated = registered_name("2180", "Gävle", True)
    elsewhere = registered_name("2104", "Hofors", False)
    for i, name in enumerate((simulated, elsewhere)):
        one_run(out, learned, f"other {i}", WON, model=name)
        assert leads(out, name)["antagen"] == (f"other {i}", "trees")
    assert leads(out)["antagen"] == ("real", "logit")
    code, text = answer("--out", str(out))
    assert code == 0
    for word in (
        NAME,
        simulated,
        elsewhere,
        "@antagen",
        "−0,4000",
        "Simulerat register",
    ):
        assert word in text
    assert "…" not in text  # nothing is cut off
    code, text = answer("--out", str(out), "--sprak", "en", "--json")
    told = json.loads(text)["versions"]
    assert len(told) == 6
    assert told[0].keys() >= {
        "alias",
        "run",
        "out_of_sample",
        "gain",
        "gain_se",
        "made",
    }


def test_a_loser_is_adopted_only_with_a_reason(out: Path, learned: Learned) -> None:
    tracker = one_run(out, learned, "run", LOST)
    words = [str(tracker.run), "--out", str(out), "--model", "trees"]
    code, text = answer(*words)
    assert code == 2
    assert "Modellen träd från körningen run vann inte sin körnings prov" in text
    assert "−0,0100 ± 0,0050" in text
    assert answer(*words, "--anyway", " ")[0] == 2
    assert leads(out)["antagen"] == ("run", "logit")
    code, text = answer(*words, "--anyway", "Nämnden vill pröva", "--json")
    assert code == 0
    told = json.loads(text)
    assert (told["moved"], told["against_test"]) == (True, "lost")
    assert told["before"]["alias"] == "utmanare"
    assert leads(out)["antagen"] == ("run", "trees")
    stored = next(v for v in versions(client_of(out)) if v.alias == "antagen")
    assert stored.tags["adopted_because"] == "Nämnden vill pröva"
    assert "var redan @antagen" in answer(*words)[1]


def test_worse_on_the_same_figures_is_refused(out: Path, learned: Learned) -> None:
    one_run(out, learned, "old", replace_scores(LOST, -0.02), figures="same")
    one_run(out, learned, "new", LOST, figures="same")
    code, text = answer("old", "--out", str(out))
    assert code == 2
    assert "sämre än den antagna" in text
    assert answer("old", "--out", str(out), "--anyway", "äldre är bättre")[0] == 0


def replace_scores(judged: Contest, by: float) -> Contest:
    return judged._replace(
        champion=judged.champion + by, challenger=judged.challenger + by
    )


def test_objections_are_within_the_error() -> None:
    def version(score: float, won: bool = True, alias: str = "") -> Version:
        tags = {"won": str(won).lower(), "figures": "x", "gain_se": "0.01"}
        stamp = pd.Timestamp("2026-11-01").to_pydatetime()
        return Version(NAME, "1", stamp, alias, tags | {"out_of_sample": str(score)})

    held = version(-0.40, alias="antagen")
    assert objection(version(-0.405), [held]) == ""
    assert objection(version(-0.42), [held]) == "worse"
    assert objection(version(-0.42), []) == ""
    assert objection(version(-0.30, won=False), [held]) == "lost"


def test_what_cannot_be_adopted_is_told_in_words(
    out: Path, learned: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracked("empty", out) as tracker:
        tracker.register(None)
    one_run(out, learned, "2026-11-26-120000", LOST)
    one_run(out, learned, "twin", LOST)
    (out / "twin").rename(out / "elder")
    one_run(out, learned, "twin", LOST)
    for run, word in (
        ("2026-11-26-120001", "Menade du 2026-11-26-120000"),
        ("empty", "ingen avslutsmodell"),
        ("it's", "Det finns ingen körning"),
        ("twin", "Flera körningar heter twin"),
    ):
        code, text = answer(run, "--out", str(out))
        assert (code, word in text) == (2, True), text
        assert "Traceback" not in text
    code, text = answer("--out", str(out / "nowhere"))
    assert code == 2
    assert "inga körningar" in text
    assert not (out / "nowhere").exists()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    code, text = answer("twin")
    assert code == 2
    assert "servern svarar inte" in text
    assert "secret" not in text


def test_a_registration_cut_short_does_not_break_the_next(
    out: Path, learned: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    for cut in ("log_artifacts", "create_model_version", "set_registered_model_alias"):
        with tracked(cut, out) as tracker:
            (out / cut).mkdir()
            tracker.log(ModelRun(cut), [ModelRun("exits")], out / cut)
            with monkeypatch.context() as patch:
                patch.setattr(MlflowClient, cut, broken)
                tracker.register(learned.offer(str(tracker.run), cut, WON))
        assert "disk full" in tracker.warning
        assert leads(out) == {}
    one_run(out, learned, "whole", LOST)
    assert leads(out)["antagen"] == ("whole", "logit")


def test_a_dead_server_costs_a_warning(
    tmp_path: Path, learned: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with tracked("alone", tmp_path) as tracker:
        tracker.register(learned.offer("", "alone", WON))
    assert "svarar inte" in tracker.warning


def test_names_are_plain() -> None:
    tags = {"municipality": "Gävle", "simulated": "true"}
    assert Offer(NAME, {}, TIE, tags).description.startswith("Gävle (simulerat")
    assert (
        registered_name("", "Älvdalen & Mora", False) == "bemanna-utgang-alvdalen-mora"
    )
