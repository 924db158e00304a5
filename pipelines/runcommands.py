"""`bemanna demo`, `run` and `propose`: a case folder from beginning to end."""

from pathlib import Path
from typing import Annotated

import typer

from .answering import answering, print_json
from .options import AsJson, Documents, Folder, Out, Seed, Sprak, says

DEMO = says(
    "Kör det inbyggda Gävlefallet från början till slut.",
    "Run the embedded Gävle case from beginning to end.",
)
RUN = says(
    "Kör en kommuns mapp: prognos, plan och kontroll.",
    "Run a municipality's folder: forecast, plan and check.",
)
PROPOSE = says(
    "Kör en kommuns mapp och skriv tjänsteskrivelse, underlag och vad om-sida.",
    "Run a municipality's folder and write letter, workbook and what-if page.",
)


def demo(
    folder: Annotated[Path, typer.Argument(metavar=says("MAPP", "DIR"))] = Path("demo"),
    out: Out = None,
    sprak: Sprak = "sv",
    as_json: AsJson = False,
    seed: Seed = None,
) -> None:
    """Write the embedded case to a folder and run it."""
    from .cases import write_case

    with answering(sprak, as_json):
        write_case("gavle", folder, sprak=sprak)
    _run_and_tell(folder, out, sprak, as_json, seed)


def run(
    folder: Folder,
    out: Out = None,
    sprak: Sprak = "sv",
    as_json: AsJson = False,
    seed: Seed = None,
    documents: Documents = None,
) -> None:
    """Run a case folder."""
    _run_and_tell(folder, out, sprak, as_json, seed, documents)


def propose(
    folder: Folder,
    out: Out = None,
    sprak: Sprak = "sv",
    as_json: AsJson = False,
    seed: Seed = None,
) -> None:
    """Run a case folder and draw up the budget proposal, whatever kommun.toml says."""
    _run_and_tell(folder, out, sprak, as_json, seed, documents=True)


def _run_and_tell(
    folder: Path,
    out: Path | None,
    sprak: str,
    as_json: bool,
    seed: int | None,
    documents: bool | None = None,
) -> None:
    """Run a case folder and tell the planner what came out."""
    from .run import run_case
    from .terminal import print_summary, progress, summary_json

    with answering(sprak, as_json):
        with progress(sprak, quiet=as_json) as step:
            outcome, place = run_case(
                folder, out, sprak, seed=seed, documents=documents, step=step
            )
        if as_json:
            print_json(summary_json(outcome, place))
        else:
            print_summary(outcome, place, sprak)
