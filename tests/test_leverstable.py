"""The table by levers: the best mix is no worse than any lever alone."""

from leverstable import levers


def test_the_best_mix_saves_most() -> None:
    told = levers(robot_sek=5e5, robot_freed=0.25, process_sek=1e5, process_freed=0.05)
    lines = [line.strip("| ").split("|") for line in told.splitlines()[2:]]
    saved = {line[0].strip(): float(line[-1].replace("−", "-")) for line in lines}
    assert saved["today"] == 0
    assert saved["best mix"] >= max(saved.values()) - 0.01
    assert saved["robot after process"] >= saved["process only"] - 0.01 >= -0.01
