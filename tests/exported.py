"""Files as offices export them, for tests that read them."""

from pathlib import Path
from typing import Any

import pandas as pd


def save(
    path: Path, rows: list[list[str]], sep: str = ";", code: str = "utf-8"
) -> Path:
    """Write rows as a workbook or a text file, by the name."""
    if path.suffix == ".xlsx":
        width = max(map(len, rows))
        padded = [row + [""] * (width - len(row)) for row in rows]
        cells = pd.DataFrame([[as_cell(c) for c in row] for row in padded])
        cells.to_excel(path, header=False, index=False)
        return path
    quoted = [[f'"{c}"' if sep in c else c for c in row] for row in rows]
    text = "\r\n".join(sep.join(row) for row in quoted)
    path.write_bytes(text.encode(code, errors="strict"))
    return path


def as_cell(text: str) -> Any:
    """Give a number where Excel would have one."""
    return int(text) if text.isdigit() and text[:1] != "0" else text or None
