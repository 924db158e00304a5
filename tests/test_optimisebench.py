"""What the comparison of programs and simulations rests on: the same for everyone."""

import ast
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from contest import run_peers
from cvar import municipality
from document import ROOT
from routestable import dump, nation, own
from simtable import Both, compared, followed, on_grid, on_twin

PEERS = ROOT / ".venv-peers-optimise" / "bin" / "python"
#: Those that need nothing beyond the package's own environment.
OURS = ("textbook PuLP, CBC", "textbook PuLP, HiGHS", "matrix, scipy milp")


@pytest.fixture
def peers() -> Path:
    if not PEERS.exists():
        pytest.skip("the peers are installed by `make bench-optimise`")
    return PEERS


def small() -> dict[str, float]:
    return {"cases": 40.0, "months": 8, "levels": 3}


def solved(folder: Path, python: Path, script: str, *routes: str) -> pd.DataFrame:
    """Let routes solve two small programs, and hold each against ours."""
    units = {str(i): municipality(0.3, seed=i, **small()) for i in range(2)}
    dump(units, folder)
    out = folder / "out.csv"
    run_peers(python, script, folder, out, "1", *routes)
    found = pd.read_csv(out)
    for name, objective in zip(found["name"], found["objective"], strict=True):
        unit = units[str(name)]
        assert objective == pytest.approx(own(unit)["objective"], rel=1e-7)
    return found


def test_other_routes_solve_the_same_program(tmp_path: Path) -> None:
    found = solved(tmp_path, Path(sys.executable), "routes.py", *OURS)
    assert found["route"].tolist() == [name for name in OURS for _ in range(2)]
    assert (found[["build", "solve"]] > 0).all(axis=None)


@pytest.mark.parametrize(
    ("script", "route"),
    [("routes.py", "linopy, HiGHS in memory"), ("glop.py", "matrix, GLOP")],
)
def test_peers_solve_the_same_program(
    tmp_path: Path, peers: Path, script: str, route: str
) -> None:
    asked = [route] if script == "routes.py" else []
    assert set(solved(tmp_path, peers, script, *asked)["route"]) == {route}


def test_another_program_has_another_optimum(tmp_path: Path) -> None:
    unit = municipality(0.3, **small())
    dump({"0": unit}, tmp_path)
    with np.load(tmp_path / "0.npz") as file:
        arrays = dict(file)
    np.savez(tmp_path / "0.npz", **arrays | {"J0": 0.98 * arrays["J0"]})
    out = tmp_path / "out.csv"
    run_peers(Path(sys.executable), "routes.py", tmp_path, out, "1", OURS[-1])
    found = pd.read_csv(out)["objective"].item()
    assert abs(found / own(unit)["objective"] - 1) > 1e-5


def test_a_nation_has_towns_of_all_sizes_that_can_be_planned() -> None:
    units = list(nation(5).values())
    sizes = [unit.stock.sum() for unit in units]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 3 * sizes[-1]
    assert own(units[-1])["gap"] < 1e-8


@pytest.mark.parametrize("make", [on_grid, on_twin])
def test_simpy_has_the_same_office(tmp_path: Path, peers: Path, make: object) -> None:
    case = followed(cases=30.0, months=12)
    assert callable(make)
    both: Both = make(case)
    model, ours = both
    mean, se = ours(4_000)
    run = partial(run_peers, peers)
    theirs, their_se, seconds = compared(model, tmp_path / "model.npz", run, 1_500)
    assert seconds > 0
    assert abs(mean - theirs) <= 3 * np.hypot(se, their_se)
    # and it is told where it is another: more households cost more
    more = {**model, "inflow": 1.2 * model["inflow"]}
    other, other_se, _ = compared(more, tmp_path / "model.npz", run, 300)
    assert other - mean > 3 * np.hypot(se, other_se)


@pytest.mark.parametrize("name", ["core", "glop", "office", "routes", "timed"])
def test_what_the_peers_run_can_be_read(name: str) -> None:
    ast.parse((ROOT / "benchmarks" / "peers" / f"{name}.py").read_text("utf-8"))


def test_every_peer_is_pinned() -> None:
    pins = (ROOT / "benchmarks/peers/optimise-requirements.txt").read_text("utf-8")
    assert all("==" in line for line in pins.split())
