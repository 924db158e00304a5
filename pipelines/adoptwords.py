"""What `bemanna adopt` says: the versions there are, what was compared and moved."""

from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from .language import number, translator
from .printing import aligned, copyable, fitted, paragraph, section
from .registry import ADOPTED, CHALLENGER, REASON, Adoption, Version

KINDS = {"logit": "logit", "trees": "trees"}
#: Decimals of log-likelihoods.
DECIMALS = 4


def called(one: Version, sprak: str = "sv") -> str:
    """Name a version by its kind and run."""
    _ = translator(sprak)
    text = _("the model {kind} of run {run}")
    return text.format(kind=_(KINDS[one.kind]), run=one.tags["run_name"])


def beside_other(one: Version, sprak: str = "sv") -> str:
    """Set a version beside the other model of its run."""
    _ = translator(sprak)
    text = _(
        "log-likelihood out of sample {x} per household-month, {gain} ± {se} against "
        "the other model of the run"
    )
    return text.format(
        x=_number(one, "out_of_sample", sprak),
        gain=_number(one, "gain", sprak),
        se=_number(one, "gain_se", sprak),
    )


def beside_held(one: Version, held: Version, sprak: str = "sv") -> str:
    """Set a version beside the one that is adopted, where that can be done."""
    _ = translator(sprak)
    if held.tags.get("figures") != one.tags.get("figures"):
        return _(
            "it was judged on other figures than the adopted one, so the two cannot be "
            "compared: each was judged within its own run"
        )
    text = _("log-likelihood out of sample {x} against {y}, on the same figures")
    x, y = (_number(v, "out_of_sample", sprak) for v in (one, held))
    return text.format(x=x, y=y)


def upper_first(text: str) -> str:
    """Begin a sentence; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def print_versions(
    found: list[Version], sprak: str = "sv", console: Console | None = None
) -> None:
    """Print every version, a table per municipality."""
    _ = translator(sprak)
    out = fitted(console)
    if not found:
        paragraph(out, _("No run has an exit model that can be adopted yet."))
        return
    heads = [
        _("Alias"),
        _("Run"),
        _("Model"),
        _("Log likelihood"),
        _("Gain ± error"),
        _("Stored"),
    ]
    for name, group in groupby(found, key=lambda v: v.name):
        own = list(group)
        about = own[0].tags.get("municipality", "")
        table = aligned(f"{about}: {name}", heads)
        for one in own:
            table.add_row(
                f"@{one.alias}" if one.alias else "",
                one.tags.get("run_name", ""),
                _(KINDS[one.kind]),
                _number(one, "out_of_sample", sprak),
                f"{_number(one, 'gain', sprak)} ± {_number(one, 'gain_se', sprak)}",
                f"{one.made:%Y-%m-%d}",
            )
        out.print()
        out.print(table)
        if own[0].simulated:
            paragraph(
                out, _("Simulated register: nobody's real figures."), style="yellow"
            )
    explained = [
        _(
            "Log-likelihood: per household-month, of households that the model had not "
            "seen; higher is better. Gain: over the other model of the run, with its "
            "standard error."
        ),
        _(
            "The trees lead only where their gain is larger than its error; a tie "
            "keeps the logit. `bemanna adopt RUN` moves @antagen to the run's winner."
        ),
    ]
    section(out, _("How to read this"), explained)


def print_adoption(
    done: Adoption, sprak: str = "sv", console: Console | None = None
) -> None:
    """Say what was compared and what was moved."""
    _ = translator(sprak)
    out = fitted(console)
    chosen, before = done.chosen, done.before
    name = chosen.tags.get("municipality", "")
    text = (
        _("{name}: {model} is now @antagen.")
        if done.moved
        else _("{name}: {model} was @antagen already.")
    )
    out.print()
    said = text.format(name=name, model=called(chosen, sprak))
    out.print(Text(said, style="bold"), soft_wrap=True)
    if chosen.simulated:
        paragraph(out, _("Simulated register: nobody's real figures."), style="yellow")
    compared = [beside_other(chosen, sprak)]
    if before is not None and done.moved:
        compared.append(beside_held(chosen, before, sprak))
    lines = [f"{upper_first(line)}." for line in compared]
    section(out, _("What was compared"), lines)
    if done.against:
        paragraph(out, _("The test does not hold; your reason is stored."), "yellow")
    if before is not None and done.moved:
        text = _("{model} was @antagen and is now @utmanare.")
        paragraph(out, upper_first(text.format(model=called(before, sprak))))
    out.print()
    copyable(out, f'mlflow.pyfunc.load_model("models:/{chosen.name}@{ADOPTED}")')


def versions_json(found: list[Version]) -> dict[str, Any]:
    """Give every version for machines."""
    return {"versions": [_as_json(one) for one in found]}


def adoption_json(done: Adoption) -> dict[str, Any]:
    """Give what was moved for machines."""
    before = None if done.before is None else _as_json(done.before)
    if before is not None and done.moved:
        before["alias"] = CHALLENGER
    return {
        "moved": done.moved,
        "against_test": done.against,
        "adopted": _as_json(done.chosen),
        "before": before,
    }


def _as_json(one: Version) -> dict[str, Any]:
    numbers = ("out_of_sample", "gain", "gain_se")
    texts = ("municipality", "run", "run_name", "last_month", "bemanna_version")
    return {
        "name": one.name,
        "version": int(one.number),
        "alias": one.alias,
        "model": one.kind,
        **{tag: one.tags.get(tag, "") for tag in texts},
        **{tag: one.number_of(tag) for tag in numbers},
        "households": int(one.number_of("households")),
        "won": one.won,
        "simulated": one.simulated,
        "by_hand": one.by_hand,
        "because": one.tags.get(REASON, ""),
        "made": one.made.isoformat(timespec="seconds"),
    }


def _number(one: Version, tag: str, sprak: str) -> str:
    return number(one.number_of(tag), DECIMALS, sprak)
