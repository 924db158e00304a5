"""Where the shared real data lie; tests skip with a plain reason where they do not."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def shared_data(relative: str) -> Path:
    """Path of a shared data file or folder, or a skip that says what is missing."""
    base = Path(os.environ.get("BEMANNA_SHARED", ROOT.parent / "shared"))
    path = base / "data" / relative
    if not path.exists():
        pytest.skip(f"real data not on this machine: {relative} (set BEMANNA_SHARED)")
    return path
