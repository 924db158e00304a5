"""The command line: `bemanna COMMAND`.

Heavy imports happen inside the commands, so that `bemanna --help` answers at once.
"""

import os

import typer

from .answering import INFEASIBLE, answering, print_json, tell_faults
from .comparecommand import HELP as COMPARE
from .comparecommand import compare
from .nationalcommand import HELP as NATIONAL
from .nationalcommand import national
from .options import (
    Anyway,
    AsJson,
    CoreFile,
    FirstSeed,
    Folder,
    ForEvents,
    Hasky,
    Horizon,
    Model,
    Origins,
    Out,
    PilotFolder,
    Run,
    Seed,
    Sprak,
    says,
)
from .plancommand import HELP, plan
from .runcommands import DEMO, PROPOSE, RUN, demo, propose, run

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=says(
        "Prognos och bemanningsplan för försörjningsstöd.",
        "Forecasts and staffing plans for municipal social assistance.",
    ),
)


@app.callback()
def everywhere(sprak: Sprak = "sv") -> None:
    """Take the language before the command too: `bemanna --sprak en --help`."""
    os.environ["BEMANNA_SPRAK"] = sprak


app.command(help=DEMO)(demo)


@app.command(
    help=says(
        "Skriv mallar med ett litet exempel i en ny mapp.",
        "Write templates with a small example to a new folder.",
    )
)
def new(folder: Folder, sprak: Sprak = "sv") -> None:
    """Write commented templates that run as they are."""
    from .newcase import new_case

    with answering(sprak):
        for path in new_case(folder, sprak):
            typer.echo(str(path))


@app.command(
    help=says(
        "Kontrollera underlaget: alla fel på en gång.",
        "Check the input: every fault at once.",
    )
)
def check(folder: Folder, sprak: Sprak = "sv", as_json: AsJson = False) -> None:
    """Read and check a case folder without running it."""
    from .registers import headline, read_case

    with answering(sprak, as_json):
        case = read_case(folder, sprak)
        if not as_json:
            typer.echo(headline(case, sprak))
        tell_faults(case.warnings, "ok", sprak, as_json)


app.command(help=RUN)(run)
app.command(help=PROPOSE)(propose)
app.command(help=HELP)(plan)
app.command(help=NATIONAL)(national)
app.command(help=COMPARE)(compare)


@app.command(
    help=says(
        "Pröva prognosen bakåt: hur väl hade den träffat?",
        "Test the forecast on earlier months: how close did it come?",
    )
)
def backtest(
    folder: Folder,
    out: Out = None,
    sprak: Sprak = "sv",
    as_json: AsJson = False,
    horizon: Horizon = None,
    origins: Origins = 6,
) -> None:
    """Remake forecasts at earlier months and tell how good they were."""
    from .backtestrun import run_backtest
    from .backtestwords import backtest_json, print_backtest
    from .printing import progress

    with answering(sprak, as_json):
        with progress(sprak, quiet=as_json) as step:
            found, place = run_backtest(
                folder, out, sprak, horizon=horizon, origins=origins, step=step
            )
        if as_json:
            print_json(backtest_json(found, place, sprak))
        else:
            print_backtest(found, place, sprak)


@app.command(
    help=says(
        "Bedöm en satsning i efterhand: vad var den värd? Utan mapp: HASKY.",
        "Appraise a pilot afterwards: what was it worth? Without DIR: HASKY.",
    )
)
def appraise(
    folder: PilotFolder = None,
    out: Out = None,
    sprak: Sprak = "sv",
    as_json: AsJson = False,
    seed: Seed = None,
    hasky: Hasky = False,
) -> None:
    """Appraise a pilot and tell what it takes to pay for itself."""
    from .appraisalreport import print_appraisal
    from .appraisalrun import run_appraisal
    from .appraisaltables import appraisal_json
    from .printing import progress

    with answering(sprak, as_json):
        with progress(sprak, quiet=as_json) as step:
            found, place = run_appraisal(
                folder, out, sprak, published=hasky, seed=seed, step=step
            )
        if as_json:
            print_json(appraisal_json(found, place, sprak))
        else:
            print_appraisal(found, place, sprak)


@app.command(
    help=says(
        "Gör en körnings avslutsmodell till @antagen. Utan körning: visa modellerna.",
        "Make a run's exit model @antagen. Without a run: show the models.",
    )
)
def adopt(
    run: Run = None,
    out: Out = None,
    model: Model = None,
    anyway: Anyway = None,
    sprak: Sprak = "sv",
    as_json: AsJson = False,
) -> None:
    """Move the alias of the adopted exit model, or list the versions."""
    from . import adoptwords as words
    from .adoption import adopt_run, find_store, list_versions

    with answering(sprak, as_json):
        root, name = find_store(run, out)
        if name:
            kind = None if model is None else model.value
            done = adopt_run(root, name, sprak, kind=kind, anyway=anyway)
            if as_json:
                print_json(words.adoption_json(done))
            else:
                words.print_adoption(done, sprak)
        else:
            found = list_versions(root, sprak)
            if as_json:
                print_json(words.versions_json(found))
            else:
                words.print_versions(found, sprak)


@app.command(
    name="simulate-register",
    help=says(
        "Skriv ett simulerat register med känd sanning.",
        "Write a simulated register with known truth.",
    ),
)
def simulate_register(
    folder: Folder,
    seed: FirstSeed = 1,
    sprak: Sprak = "sv",
) -> None:
    """Write a simulated register, labelled as simulated."""
    from .synthetic import simulate_default

    with answering(sprak):
        simulate_default(folder, seed, sprak=sprak)
        typer.echo(str(folder))


@app.command(
    help=says(
        "Lös en fil i formatet caseload-lp-core/1; svaret är JSON.",
        "Solve a caseload-lp-core/1 file; the answer is JSON.",
    )
)
def solve(
    file: CoreFile,
    sprak: Sprak = "sv",
) -> None:
    """Solve one core file and print its answer as JSON."""
    from ..optimisation.corefile import answer

    with answering(sprak, as_json=True):
        found = answer(file)
        print_json(found)
        if found["status"] == "infeasible":
            raise typer.Exit(INFEASIBLE)


@app.command(
    help=says(
        "Skriv JSON-schemat för kommun.toml.", "Print the JSON schema of kommun.toml."
    )
)
def schema(
    events: ForEvents = False,
) -> None:
    """Print the schema that editors can check kommun.toml or events.toml against."""
    from .config import Settings
    from .eventfile import EventFile

    print_json((EventFile if events else Settings).model_json_schema())


def main() -> None:
    """Entry point of the `bemanna` command."""
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = says("Argument", "Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = says("Val", "Options")
    rich_utils.COMMANDS_PANEL_TITLE = says("Kommandon", "Commands")
    rich_utils.ERRORS_PANEL_TITLE = says("Fel", "Error")
    app()
