"""What a run offers the registry: its exit models, by municipality, with their test."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from ..models.kept_exits import KeptExits
from ..models.selection import Contest
from .outcome import Outcome
from .privacy import guard

#: Names of registered models begin so; then the municipality's code.
PREFIX = "bemanna-utgang-"
SIMULATED = "-simulerat"


@dataclass(frozen=True)
class Offer:
    """Both exit models of a run, to be stored.

    Attributes
    ----------
    name : str
        Of the registered model.
    models : mapping of str to KeptExits
        "logit" and "trees".
    judged : Contest
    tags : mapping of str to str
        Of every version.
    """

    name: str
    models: Mapping[str, KeptExits]
    judged: Contest
    tags: Mapping[str, str]

    def tags_of(self, kind: str) -> dict[str, str]:
        """Tags of one version, with its advantage over the other and its error."""
        trees, judged = kind == "trees", self.judged
        return {
            **self.tags,
            "kind": kind,
            "won": str(trees == judged.is_won).lower(),
            "out_of_sample": repr(judged.challenger if trees else judged.champion),
            "gain": repr(judged.gain if trees else -judged.gain),
            "gain_se": repr(judged.se),
            "households": str(judged.households),
        }

    @property
    def description(self) -> str:
        """What the registered model is, in Swedish: MLflow has one text for all."""
        about = self.tags["municipality"]
        kind = "simulerat register" if self.tags["simulated"] == "true" else "register"
        return (
            f"{about} ({kind}): sannolikheten att lämna försörjningsstödet inom "
            "`months` månader, per anledning. In: målgrupp och `elapsed` (hela månader "
            "hittills); därtill alla uppgifter om hushållet (text, eller tal med "
            "decimaler) eller ingen: då svarar modellen för målgruppens medel. "
            "@antagen är den modell som gäller, @utmanare den som prövas."
        )


def offer(outcome: Outcome, run: str | None) -> Offer | None:
    """Give what a run has to store; None where no exit models were compared.

    Raises
    ------
    PrivacyError
        A name or level holds a personnummer.
    """
    candidates, judged = outcome.exit_models, outcome.exit_contest
    if candidates is None or judged is None:
        return None
    case = outcome.case
    about = case.settings.municipality
    tags = {
        "run": str(run),
        "run_name": outcome.info.run_id,
        "municipality": about.name,
        "simulated": str(case.simulated).lower(),
        "last_month": f"{case.months[-1]:%Y-%m}",
        "figures": candidates.figures,
        "bemanna_version": outcome.info.version,
    }
    name = registered_name(about.code, about.name, case.simulated)
    models = {"logit": candidates.logit, "trees": candidates.trees}
    guard(" ".join([name, *tags.values()]))
    for kept in models.values():
        guard(offered_text(kept))
    return Offer(name, models, judged, tags)


def registered_name(code: str, municipality: str, simulated: bool) -> str:
    """Name the registered model: by code where there is one, ASCII.

    >>> registered_name("2180", "Gävle", False), registered_name("", "Gävle", True)
    ('bemanna-utgang-2180', 'bemanna-utgang-gavle-simulerat')
    """
    plain = unicodedata.normalize("NFKD", code or municipality).encode(
        "ascii", "ignore"
    )
    word = re.sub(r"[^a-z0-9]+", "-", plain.decode().lower()).strip("-")
    return f"{PREFIX}{word}{SIMULATED if simulated else ''}"


def offered_text(kept: KeptExits) -> str:
    """Write a model as it is stored."""
    return json.dumps(kept.to_json(), ensure_ascii=False)
