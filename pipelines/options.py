"""What the commands can be told, with help in the reader's language."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


def asked_language() -> str:
    """Read the language before the parser runs: help must be in it too."""
    words = sys.argv
    if "--sprak" in words[:-1]:
        return words[words.index("--sprak") + 1]
    joined = next((w for w in words if w.startswith("--sprak=")), "")
    return joined.removeprefix("--sprak=") or os.environ.get("BEMANNA_SPRAK", "sv")


def says(swedish: str, english: str) -> str:
    """Choose the help text of the reader's language."""
    return english if asked_language() == "en" else swedish


Sprak = Annotated[
    str,
    typer.Option(
        "--sprak",
        help=says("Språk: sv eller en.", "Language: sv or en."),
        envvar="BEMANNA_SPRAK",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help=says("Svara som JSON.", "Answer as JSON."))
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help=says(
            "Var resultaten läggs (annars out/ i mappen).",
            "Where results go (default: out/ in the folder).",
        ),
    ),
]
Folder = Annotated[
    Path,
    typer.Argument(
        metavar=says("MAPP", "DIR"),
        help=says("Kommunens mapp.", "The municipality's folder."),
    ),
]
Seed = Annotated[
    int | None, typer.Option("--seed", min=0, help=says("Slumpfrö.", "Random seed."))
]
FirstSeed = Annotated[
    int, typer.Option("--seed", min=0, help=says("Slumpfrö.", "Random seed."))
]
CoreFile = Annotated[Path, typer.Argument(metavar=says("FIL", "FILE"))]
ForEvents = Annotated[
    bool,
    typer.Option(
        "--events",
        help=says("För events.toml i stället.", "Of events.toml instead."),
    ),
]
Horizon = Annotated[
    int | None,
    typer.Option(
        "--horizon",
        min=1,
        max=120,
        help=says(
            "Månader framåt (annars som i kommun.toml, högst 24).",
            "Months ahead (default: as in kommun.toml, at most 24).",
        ),
    ),
]
Origins = Annotated[
    int,
    typer.Option(
        "--origins",
        min=1,
        max=60,
        help=says(
            "Hur många tidigare månader prognosen görs om vid.",
            "At how many earlier months the forecast is remade.",
        ),
    ),
]
PilotFolder = Annotated[
    Path | None,
    typer.Argument(
        metavar=says("MAPP", "DIR"),
        help=says("Mapp med pilot.toml.", "Folder with pilot.toml."),
        show_default=False,
    ),
]
Hasky = Annotated[
    bool,
    typer.Option(
        "--hasky",
        help=says(
            "Bedöm HASKY i Gävle som det publicerades.",
            "Appraise HASKY in Gävle as it was published.",
        ),
    ),
]


class Kind(StrEnum):
    """The exit models of a run."""

    LOGIT = "logit"
    TREES = "trees"


Run = Annotated[
    str | None,
    typer.Argument(
        metavar=says("KÖRNING", "RUN"),
        help=says(
            "Körningens mapp, namn eller id i MLflow; kommunens mapp visar alla.",
            "The run's folder, name or id in MLflow; a municipality's shows all.",
        ),
        show_default=False,
    ),
]
Model = Annotated[
    Kind | None,
    typer.Option(
        "--model",
        help=says(
            "Vilken av körningens modeller (annars den som vann provet).",
            "Which model of the run (default: the one that won its test).",
        ),
        show_default=False,
    ),
]
Anyway = Annotated[
    str | None,
    typer.Option(
        "--anyway",
        metavar=says("SKÄL", "REASON"),
        help=says(
            "Anta modellen även om provet inte håller; skälet sparas.",
            "Adopt the model although its test does not hold; the reason is stored.",
        ),
        show_default=False,
    ),
]

Documents = Annotated[
    bool | None,
    typer.Option(
        "--documents/--no-documents",
        help=says(
            "Skriv budgetförslagets dokument, eller inte; annars som i kommun.toml.",
            "Write the proposal's documents, or not; otherwise as kommun.toml says.",
        ),
        show_default=False,
    ),
]
