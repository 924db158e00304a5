"""`bemanna national`: the country, from published figures."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from .answering import answering, print_json
from .options import AsJson, Out, Seed, Sprak, says

HELP = says(
    "Riket: vad bättre bemanning i alla 290 kommuner är värd.",
    "The nation: what better staffing of all 290 municipalities is worth.",
)

Budget = Annotated[
    float,
    typer.Option(
        "--budget",
        min=0.0,
        max=10.0,
        help=says(
            "Statens personalbudget, gånger dagens.",
            "National staff budget, times today's.",
        ),
    ),
]
Floor = Annotated[
    float,
    typer.Option(
        "--floor",
        min=0.0,
        max=1.0,
        help=says(
            "Ingen kommun får färre handläggare än denna andel av dagens.",
            "No municipality gets fewer handlers than this share of today's.",
        ),
    ),
]
Caseload = Annotated[
    float | None,
    typer.Option(
        "--cases-per-handler",
        min=5.0,
        max=300.0,
        help=says(
            "Ärenden per handläggare i dag (antagande, annars 60).",
            "Cases per handler today (an assumption, 60 unless given).",
        ),
    ),
]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws", min=50, max=100_000, help=says("Antal framtider.", "Futures.")
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        min=1,
        help=says("Processer på datorn.", "Processes on this machine."),
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar=says("ADRESS", "ADDRESS"),
        help=says(
            "Kör på ett Dask-kluster, t.ex. tcp://10.0.0.1:8786.",
            "Run on a Dask cluster, e.g. tcp://10.0.0.1:8786.",
        ),
    ),
]
Kolada = Annotated[
    list[Path] | None,
    typer.Option(
        "--kolada",
        metavar=says("FIL", "FILE"),
        help=says(
            "Sparade svar från Kolada (N31910, N31857); fil eller mapp, kan upprepas.",
            "Saved answers of Kolada (N31910, N31857); file or folder, repeatable.",
        ),
    ),
]
Monthly = Annotated[
    list[Path] | None,
    typer.Option(
        "--socialstyrelsen",
        metavar=says("FIL", "FILE"),
        help=says(
            "Uttag ur Socialstyrelsens månadsdatabas; fil eller mapp, kan upprepas.",
            "Exports of Socialstyrelsen's monthly database; repeatable.",
        ),
    ),
]
Fetch = Annotated[
    bool,
    typer.Option(
        "--fetch",
        help=says(
            "Hämta hushåll och utbetalt från Kolada; svaren sparas.",
            "Fetch households and payments from Kolada; answers are kept.",
        ),
    ),
]


def national(
    out: Out = None,
    sprak: Sprak = "sv",
    as_json: AsJson = False,
    seed: Seed = None,
    budget: Budget = 1.0,
    floor: Floor = 0.0,
    cases_per_handler: Caseload = None,
    draws: Draws = None,
    workers: Workers = 2,
    cluster: Cluster = None,
    kolada: Kolada = None,
    monthly: Monthly = None,
    fetch: Fetch = False,
) -> None:
    """Plan every municipality and tell what it is worth to the country."""
    from .nation import Assumptions
    from .nationrecord import nation_json
    from .nationrun import FOLDER, run_nation
    from .nationsources import fetched_figures
    from .nationterminal import print_nation
    from .printing import progress

    assumed = Assumptions()
    if cases_per_handler is not None:
        assumed = replace(assumed, cases_per_handler=cases_per_handler)
    if draws is not None:
        assumed = replace(assumed, replications=draws)
    if seed is not None:
        assumed = replace(assumed, seed=seed)
    with answering(sprak, as_json):
        more, sources = fetched_figures(
            kolada or (),
            monthly or (),
            fetch=fetch,
            year=assumed.year,
            cache=(out or FOLDER / "out") / "kolada",
            sprak=sprak,
        )
        with progress(sprak, quiet=as_json) as step:
            found, place = run_nation(
                out,
                sprak,
                assumed=assumed,
                more=more,
                sources=sources,
                budget=budget,
                floor=floor,
                workers=workers,
                cluster=cluster,
                step=step,
            )
        if as_json:
            print_json(nation_json(found))
        else:
            print_nation(found, place, sprak)
