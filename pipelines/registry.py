"""The exit models in MLflow's registry: versions of a municipality, and who leads.

Every run that held a trial of exit models stores both of them, fitted on all
households. One is the municipality's adopted model (`@antagen`), one its challenger
(`@utmanare`); which is which is said by one rule, `promote`. Each municipality has a
name of its own, and a simulated register another, so that neither takes the place of
the other.

Inflow, benefit and effect predict no household: they stay as runs with their numbers.
"""

import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from ..models.kept_exits import KeptExits
from ..models.selection import Contest
from .offers import PREFIX, Offer, offered_text

ADOPTED, CHALLENGER = "antagen", "utmanare"
#: Tags of a version that a person put first against the rule; see `promote`.
BY_HAND, REASON = "adopted_by_hand", "adopted_because"
#: What a served model needs, at the versions that it was stored with.
NEEDS = ("bemanna", "mlflow", "numpy", "pandas", "scipy", "scikit-learn")
#: The served model's code.
CODE = Path(__file__).with_name("served.py")


class Version(NamedTuple):
    """A version of a registered exit model.

    Attributes
    ----------
    name, number : str
    made : datetime
        Local time.
    alias : str
        "antagen", "utmanare" or empty.
    tags : mapping of str to str
    """

    name: str
    number: str
    made: datetime
    alias: str
    tags: Mapping[str, str]

    @property
    def kind(self) -> str:
        """Which model: "logit" or "trees"."""
        return self.tags["kind"]

    @property
    def simulated(self) -> bool:
        """Whether nobody's real figures are behind it."""
        return self.tags.get("simulated") == "true"

    @property
    def won(self) -> bool:
        """Whether it won its run's test."""
        return self.tags.get("won") == "true"

    @property
    def by_hand(self) -> bool:
        """Whether a person put it first against the rule."""
        return BY_HAND in self.tags

    def number_of(self, tag: str) -> float:
        """Read a tag as a number; NaN where it is missing."""
        return float(self.tags.get(tag, "nan"))


class Adoption(NamedTuple):
    """What `bemanna adopt` did.

    Attributes
    ----------
    chosen : Version
        Now `@antagen`.
    before : Version or None
        The one that was; the same as `chosen` where nothing was moved.
    against : str
        "lost", "worse" (`objection`), or empty where the test held.
    """

    chosen: Version
    before: Version | None
    against: str

    @property
    def moved(self) -> bool:
        """Whether another version was `@antagen` before, or none."""
        return self.before is None or self.before.number != self.chosen.number


def promote(judged: Contest, by_hand: bool) -> dict[str, str]:
    """Say which model of a run takes which alias: the one rule.

    The trees lead only if they predict households that they have not seen better by
    more than a standard error (`Contest.is_won`); a tie keeps the logit. The other one
    is the challenger. What a person put first against the rule stays first until a
    person moves it, and the run's winner is then its challenger.

    Returns
    -------
    dict
        Alias -> "logit" or "trees", in the order in which they are to be moved.
    """
    winner, loser = ("trees", "logit") if judged.is_won else ("logit", "trees")
    if by_hand:
        return {CHALLENGER: winner}
    return {CHALLENGER: loser, ADOPTED: winner}


def register(client: Any, run: str, offered: Offer) -> None:
    """Store both models under a run, make them versions, then move the aliases.

    Last things last: killed at any point, it leaves files or versions that nobody
    points to, and the next run works.

    Parameters
    ----------
    client : mlflow.tracking.MlflowClient
    run : str
        Whose artefacts the models are.
    """
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as place:
        for kind, kept in offered.models.items():
            _save(Path(place) / kind, kept)
        client.log_artifacts(run, place, "models")
    with suppress(MlflowException):  # there already
        client.create_registered_model(offered.name, description=offered.description)
    held = adopted(versions(client, offered.name))
    source = f"{client.get_run(run).info.artifact_uri}/models"
    made = {
        kind: client.create_model_version(
            offered.name, f"{source}/{kind}", run, tags=offered.tags_of(kind)
        ).version
        for kind in offered.models
    }
    by_hand = held is not None and held.by_hand
    for alias, kind in promote(offered.judged, by_hand).items():
        client.set_registered_model_alias(offered.name, alias, made[kind])


def versions(client: Any, name: str | None = None) -> list[Version]:
    """List versions of one registered exit model, or of all; the newest first."""
    found = []
    for model in client.search_registered_models(
        f"name = '{name}'" if name else f"name LIKE '{PREFIX}%'", max_results=1000
    ):
        # older stores leave the aliases out of a search
        held = client.get_registered_model(model.name).aliases
        alias = {str(number): alias for alias, number in held.items()}
        for one in _all_versions(client, model.name):
            made = datetime.fromtimestamp(one.creation_timestamp / 1000)
            found.append(
                Version(
                    model.name,
                    str(one.version),
                    made,
                    alias.get(str(one.version), ""),
                    one.tags,
                )
            )
    return sorted(found, key=lambda v: (v.name, -int(v.number)))


def adopted(found: list[Version]) -> Version | None:
    """Give the version that is `@antagen`, among those of one registered model."""
    return next((one for one in found if one.alias == ADOPTED), None)


def objection(chosen: Version, others: list[Version]) -> str:
    """Say why the test does not hold for a version that is to be adopted.

    Returns
    -------
    str
        "lost": the other model of its run won. "worse": the adopted model predicted the
        same figures better, by more than the version's standard error. Empty: it holds.
    """
    if not chosen.won:
        return "lost"
    held = adopted(others)
    if held is None or held.tags.get("figures") != chosen.tags.get("figures"):
        return ""  # of other figures nothing can be compared
    behind = held.number_of("out_of_sample") - chosen.number_of("out_of_sample")
    return "worse" if behind > chosen.number_of("gain_se") else ""


def adopt(client: Any, chosen: Version, others: list[Version], reason: str) -> None:
    """Make a version `@antagen`; the one that was becomes `@utmanare`.

    The newest winner is what the rule would have chosen: with it the rule leads again.

    Parameters
    ----------
    others : list of Version
        Every version of the registered model, newest first.
    reason : str
        Why a person goes against the test; empty where it holds.
    """
    name, number = chosen.name, chosen.number
    newest = next((one for one in others if one.won), None)
    if reason or newest is None or newest.number != number:
        client.set_model_version_tag(name, number, BY_HAND, "true")
    elif chosen.by_hand:
        client.delete_model_version_tag(name, number, BY_HAND)
    if reason:
        client.set_model_version_tag(name, number, REASON, reason)
    held = adopted(others)
    if held is not None and held.number != number:
        client.set_registered_model_alias(name, CHALLENGER, held.number)
    client.set_registered_model_alias(name, ADOPTED, number)


def _all_versions(client: Any, name: str) -> list[Any]:
    found, token = [], None
    while True:
        page = client.search_model_versions(f"name = '{name}'", page_token=token)
        found += list(page)
        token = page.token
        if not token:
            return found


def _save(place: Path, kept: KeptExits) -> None:
    """Write the model as MLflow's model from code."""
    import mlflow.pyfunc

    with tempfile.TemporaryDirectory() as aside, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # asks for an example: a person's
        file = Path(aside) / "exits.json"
        file.write_text(offered_text(kept), "utf-8")
        mlflow.pyfunc.save_model(
            place,
            python_model=str(CODE),
            artifacts={"exits": str(file)},
            signature=_signature(kept),
            pip_requirements=[f"{need}=={version(need)}" for need in NEEDS],
        )


def _signature(kept: KeptExits) -> Any:
    """Columns in and out, and the parameter `months`."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    types = {"level": "string", "number": "double", "caseload": "double"}
    optional = [
        ColSpec(types[column.kind], name, required=False)
        for name, column in kept.covariates.items()
        if name != kept.segment
    ]
    return ModelSignature(
        Schema(
            [ColSpec("string", kept.segment), ColSpec("long", "elapsed"), *optional]
        ),
        Schema([ColSpec("double", name) for name in (*kept.destinations, "any")]),
        ParamSchema([ParamSpec("months", "long", 12)]),
    )
