"""docs/benchmarks.md, made of parts: each command writes its own and keeps the others.

A part stands between HTML comments, which no reader of the page sees.
"""

import os
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "benchmarks.md"
#: Commands in the order of their parts on the page.
PARTS = (
    "make bench",
    "make bench-sizes",
    "make bench-forecast",
    "make bench-exits",
    "make bench-optimise",
    "make bench-national",
)


def write_part(command: str, text: str, document: Path = DOCUMENT) -> None:
    """Put `text` in the place of what `command` wrote before.

    Raises
    ------
    ValueError
        For a command that has no place on the page.
    """
    if command not in PARTS:
        raise ValueError(f"command must be one of {PARTS}, got {command!r}")
    page = document.read_text("utf-8") if document.exists() else ""
    found = {name: _part(name, page) for name in PARTS} | {command: text.strip()}
    parts = [
        f"<!-- {name} -->\n\n{part}\n\n<!-- end of {name} -->"
        for name, part in found.items()
        if part
    ]
    document.write_text("\n\n".join(["# Measured", *parts]) + "\n", "utf-8")


def _part(command: str, page: str) -> str:
    """Read what stands between the comments of a command; "" where they are not."""
    name = re.escape(command)
    match = re.search(f"<!-- {name} -->(.*)<!-- end of {name} -->", page, re.DOTALL)
    return match.group(1).strip() if match else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine(packages: Sequence[str], more: Sequence[str] = ()) -> str:
    """Say on what the figures were measured: own packages, then others as given."""
    versions = ", ".join([*(f"{name} {version(name)}" for name in packages), *more])
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}; {versions}; one BLAS thread."
    )


def shared() -> Path:
    """Folder of the shared data."""
    return Path(os.environ.get("BEMANNA_SHARED", ROOT.parent / "shared")) / "data"
