"""resultat.html: the index of a run, on one page, in one file, asking nobody."""

import json
from pathlib import Path

from . import grounds, sections, sentences, verdict
from .benefits import benefit_part
from .cards import key_figures
from .certainty import certainty_part
from .documents import desk_of, write_documents
from .intakewords import intake_part
from .layout import Desk, Part
from .outcome import Outcome
from .proposal import Proposal
from .rendering import Document, FileLine, render
from .summary import summary_json
from .tables import write_tables
from .wording import span
from .worth import worth_part
from .writing import write_text

PAGE = "resultat.html"
#: What the files of the run hold, by their stem, in the order of the page.
CONTENTS = {
    "tjansteskrivelse": "The budget proposal as a letter to the committee (Word)",
    "underlag": "The workbook behind it, which recalculates (Excel)",
    "vad-om": "What if: handlers, effect, benefit and robot to try out",
    "plan": "The plan month by month beside today's staffing",
    "plan_groups": "Cases and cases per handler by group",
    "saving": "Cash per calendar year",
    "costcurve": "Cost of the period by number of handlers",
    "regret": "What a staffing costs too much if the effect is another",
    "alternatives": "Other plans that cost about the same",
    "fans": "Simulated futures: cases, handlers and what has been paid",
    "sensitivity": "How far each assumption moves the saving",
    "yearbridge": "Why next year differs",
    "comparison-paid": "Published cost per inhabitant beside others",
    "forecast": "The forecast",
    "nowcast": "Provisional months: nowcast and reported",
    "forecast_groups": "The forecast by group",
    "helarsprognos": "Full-year forecast against the budget",
    "year": "Full-year forecast against the budget",
    "exits": "Chance of leaving by months on assistance",
    "duration_mix": "What another course of the chance of leaving would change",
    "calibration": "Exits against what was expected, by group",
    "benefit": "Households and amount per household by year, group and duration",
    "effect": "The effect of a lighter caseload, by source",
    "backtest": "Track record of the forecast",
    "resultat": "Everything on this page, for machines",
}


def write_results(
    folder: Path,
    outcome: Outcome,
    sprak: str = "sv",
    mlflow_run: str | None = None,
    mlflow_command: str = "",
    proposal: Proposal | None = None,
) -> list[Path]:
    """Write every result of a run: tables, figures, JSON, documents, the page last.

    Parameters
    ----------
    folder : Path
        Empty; see `writing.whole_folder`.
    outcome : Outcome
    sprak : {"sv", "en"}
    mlflow_run, mlflow_command : str
        As `tracking.Tracker.run` and `.command`.
    proposal : Proposal, optional
        Of the same outcome, in the same language; its documents are written too.

    Returns
    -------
    list of Path
        The page first.

    Raises
    ------
    PrivacyError
        If any text would hold a personnummer.
    """
    desk = desk_of(outcome, sprak) if proposal is None else proposal.desk
    written = write_tables(folder, outcome, sprak)
    for picture in desk.drawn.values():
        written += picture.save(folder)
    summary = json.dumps(summary_json(outcome), ensure_ascii=False, indent=1)
    written.append(write_text(folder / "resultat.json", summary + "\n"))
    if proposal is not None:
        written += write_documents(folder, proposal)
    text = page(desk, [path.name for path in written], mlflow_run, mlflow_command)
    return [write_text(folder / PAGE, text), *written]


def page(
    desk: Desk,
    file_names: list[str],
    mlflow_run: str | None = None,
    mlflow_command: str = "",
) -> str:
    """Render the page.

    Parameters
    ----------
    desk : Desk
        Outcome, findings and pictures.
    file_names : list of str
        Files beside the page.
    """
    outcome, found = desk.outcome, desk.found
    name = outcome.case.settings.municipality.name
    document = Document(
        title=(
            desk.say("Staffing plan for {name}", name=name)
            if found
            else desk.say("Forecast for {name}", name=name)
        ),
        kicker=_kicker(desk),
        headline=sentences.headline(outcome, desk.sprak),
        lead=_lead(desk),
        caveats=_caveats(desk),
        cards=key_figures(desk),
        parts=_parts(desk),
        files=_files(desk, file_names),
        info=outcome.info,
        simulated=outcome.case.simulated,
        mlflow_run=mlflow_run,
        mlflow_command=mlflow_command,
    )
    return render(document, desk.sprak)


def _parts(desk: Desk) -> list[Part]:
    """Every section that has something to say."""
    made = [
        sections.plan_part(desk),
        sections.economy_part(desk),
        sections.units_part(desk),
        certainty_part(desk),
        worth_part(desk),
        sections.year_part(desk),
        benefit_part(desk),
        intake_part(desk),
        grounds.forecast_part(desk),
        grounds.effect_part(desk),
        grounds.checks_part(desk),
        grounds.assumptions_part(desk),
        grounds.input_part(desk),
        Part("run", desk.say("About the run"), texts=(grounds.version_line(desk),)),
    ]
    return [part for part in made if part is not None]


def _lead(desk: Desk) -> tuple[str, ...]:
    """Say what the plan costs and is worth, under the headline."""
    if desk.found is None:
        return ()
    texts = [
        verdict.saving(desk.found, desk.sprak, desk.currency),
        verdict.worth(desk.found, desk.sprak, desk.currency),
    ]
    return tuple(filter(None, texts))


def _caveats(desk: Desk) -> tuple[str, ...]:
    """Say when it pays, what is borrowed or assumed, and what an interval is."""
    outcome, sprak = desk.outcome, desk.sprak
    texts = sentences.caveats(outcome, sprak)
    if len(outcome.plans) == 1:
        texts.insert(0, verdict.breakeven(outcome, outcome.plans[0], sprak))
    elif outcome.plans:
        about = desk.say("Effect of half as many cases per handler on exits.")
        texts.insert(0, f"{about} {verdict.known(outcome.effect, sprak)}")
    if outcome.plans or outcome.forecast.served is not None:
        texts.append(sentences.eighty(sprak))
    return tuple(filter(None, texts))


def _files(desk: Desk, names: list[str]) -> list[FileLine]:
    """Files by what they hold, in the order of `CONTENTS`."""
    held: dict[str, list[str]] = {what: [] for what in CONTENTS.values()}
    for name in sorted(names):
        held.setdefault(CONTENTS.get(Path(name).stem, name), []).append(name)
    return [
        FileLine(desk.say(what), tuple(files_of))
        for what, files_of in held.items()
        if files_of
    ]


def _kicker(desk: Desk) -> str:
    outcome = desk.outcome
    months = desk.found.months if desk.found else outcome.forecast.months
    return desk.say(
        "Municipal social assistance, {when}",
        when=span(months[0], months[-1], desk.sprak),
    )
