"""The table by levers: the best mix is no worse than any lever alone."""

import leverstable
import pytest
from leverstable import Assumed, levers


def test_the_best_mix_saves_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leverstable, "DRAWS", 5)
    told = levers(Assumed(robot_freed=0.25))
    lines = [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in told.splitlines()[2:]
        if line.startswith("|")
    ]
    saved = {line[0]: float(line[4].replace("−", "-")) for line in lines}
    assert saved["today"] == 0
    assert saved["best mix"] >= max(saved.values()) - 0.1
    assert saved["hire what pays"] >= saved["hire three"] - 0.1
    assert saved["robot after process"] >= saved["change of process"] - 0.1 >= -0.1
    for line in lines[1:]:
        low, high = (float(x.replace("−", "-")) for x in line[5].split(" to "))
        assert low <= high
