"""`bemanna plan`: its options, and what it answers."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from .answering import answering, print_json
from .options import AsJson, Folder, Seed, Sprak, says

if TYPE_CHECKING:
    from .whatif import Replies

HELP = says(
    "Planera och fråga vad som händer om ...: utan rapport, skriver inga filer.",
    "Plan, and ask what happens if ...: no report, writes no files.",
)
_PANEL = says("Vad händer om (gäller varje fråga)", "What if (part of every question)")
Texts = list[str] | None


def _option(
    name: str, example: str, swedish: str, english: str
) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        name,
        metavar=example,
        help=says(swedish, english),
        show_default=False,
        rich_help_panel=_PANEL,
    )
    return option


WhatIfs = Annotated[
    Texts,
    typer.Option(
        "--what-if",
        metavar='"handlers=+3 ..."',
        help=says(
            "En fråga: en eller flera ändringar. Flera --what-if blir rader i en "
            "tabell.",
            "A question: one or more changes. Several --what-if are rows of a table.",
        ),
        show_default=False,
    ),
]
OneUnit = Annotated[
    str | None,
    typer.Option(
        "--unit",
        metavar=says("ENHET", "UNIT"),
        help=says("Bara den här enheten.", "This unit alone."),
        show_default=False,
    ),
]
Handlers = Annotated[
    Texts,
    _option(
        "--handlers",
        "+3",
        "Fler eller färre handläggare än planen, eller ett antal.",
        "More or fewer handlers than the plan, or a number.",
    ),
]
Robot = Annotated[
    Texts,
    _option(
        "--robot",
        "from=2027-03",
        "Köp roboten: från månad, fixed=, running=, freed=.",
        "Buy the robot: from a month, fixed=, running=, freed=.",
    ),
]
StaffBudget = Annotated[
    Texts,
    _option(
        "--budget",
        "12,5mnkr",
        "Personalbudget per kalenderår, eller 2027=12,5mnkr.",
        "Staff budget per calendar year, or 2027=12.5mnkr.",
    ),
]
Cap = Annotated[
    Texts,
    _option("--cap", "40", "Flest ärenden per handläggare.", "Most cases per handler."),
]
Triage = Annotated[
    Texts,
    _option(
        "--triage",
        "20%",
        "Största andel av nya ärenden till arbetsmarknadspersonal.",
        "Largest share of new cases to labour-market staff.",
    ),
]
Effect = Annotated[
    Texts,
    _option(
        "--effect",
        "0,1 | 15%",
        "Hur många fler som lämnar vid halva antalet ärenden: log eller %.",
        "How many more leave at half the caseload: log or %.",
    ),
]
HiresMax = Annotated[
    Texts,
    _option(
        "--hires-max", "1", "Flest anställningar per månad.", "Most hires per month."
    ),
]
LeadTime = Annotated[
    Texts,
    _option(
        "--lead-time",
        "4",
        "Månader från beslut till att någon börjar.",
        "Months from decision until a hire arrives.",
    ),
]
Inflow = Annotated[
    Texts, _option("--inflow", "+10%", "Fler nya ärenden.", "More new cases.")
]
Benefit = Annotated[
    Texts,
    _option("--benefit", "-5%", "Bistånd per hushåll.", "Benefit per household."),
]
HandlerCost = Annotated[
    Texts,
    _option(
        "--handler-cost",
        "+3%",
        "Kostnad per handläggare.",
        "Cost of a handler.",
    ),
]

Asking = Annotated[
    bool,
    typer.Option(
        "--ask",
        help=says(
            "Ställ sedan en fråga i taget; en tom rad avslutar.",
            "Then ask one question at a time; an empty line ends.",
        ),
    ),
]


def plan(
    folder: Folder,
    what_if: WhatIfs = None,
    unit: OneUnit = None,
    handlers: Handlers = None,
    robot: Robot = None,
    budget: StaffBudget = None,
    cap: Cap = None,
    triage: Triage = None,
    effect: Effect = None,
    hires_max: HiresMax = None,
    lead_time: LeadTime = None,
    inflow: Inflow = None,
    benefit: Benefit = None,
    handler_cost: HandlerCost = None,
    ask: Asking = False,
    sprak: Sprak = "sv",
    as_json: AsJson = False,
    seed: Seed = None,
) -> None:
    """Plan a case folder and answer what-if questions on the plan."""
    from .asking import read_questions
    from .language import translator
    from .printing import progress
    from .whatif import Session

    common = {
        "handlers": handlers,
        "robot": robot,
        "budget": budget,
        "cap": cap,
        "triage": triage,
        "effect": effect,
        "hires-max": hires_max,
        "lead-time": lead_time,
        "inflow": inflow,
        "benefit": benefit,
        "handler-cost": handler_cost,
    }
    given = {key: texts for key, texts in common.items() if texts}
    with answering(sprak, as_json):
        first = read_questions(what_if or [], given, sprak)
        with progress(sprak, quiet=as_json) as step:
            session = Session(
                folder, sprak, unit=unit, seed=seed, first=first, step=step
            )
            if first:
                step(translator(sprak)("Answers the questions"))
            found = session.ask(first)
        _show(found, sprak, as_json)
    while ask and (text := _next_question(sprak)):
        with suppress(typer.Exit), answering(sprak, as_json):
            _show(session.ask(read_questions([text], {}, sprak)), sprak, as_json)


def _show(found: "Replies", sprak: str, as_json: bool) -> None:
    from .whatifjson import replies_json
    from .whatifwords import print_replies

    if as_json:
        print_json(replies_json(found))
    else:
        print_replies(found, sprak)


def _next_question(sprak: str) -> str:
    """Wait for a question; empty where there are no more."""
    from .language import translator

    try:
        asked: str = typer.prompt(
            translator(sprak)("What if"), default="", show_default=False, err=True
        )
    except typer.Abort:  # the end of the input
        return ""
    return asked.strip()
