"""A nation planned municipality by municipality: the same wherever it is done."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bemanna.models.domain import InputError
from bemanna.models.steady import year_of
from bemanna.pipelines.nation import (
    Assumptions,
    Locality,
    World,
    draw_world,
    national_case,
    place_future,
    yearly_change,
)
from bemanna.pipelines.nationresult import PlannedNation
from bemanna.pipelines.nationwork import Planned, plan_nation, plan_place, program_of

SMALL = Assumptions(replications=40)


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(SMALL, np.random.default_rng(1))


@pytest.fixture(scope="module")
def places() -> list[Locality]:
    rng = np.random.default_rng(2)
    found = []
    for code, households in (("0001", 24.0), ("0002", 300.0), ("0003", 6_000.0)):
        spread = np.exp(rng.normal(0, 0.1, SMALL.replications))
        found.append(
            Locality(
                code, f"K{code}", households * spread, 70_000 * households * spread
            )
        )
    return found


def test_a_steady_caseload_stays_where_new_cases_do(
    world: World, places: list[Locality]
) -> None:
    """Without drift in new cases, each draw's cases go to what its own months give."""
    still = World(
        world.log_hr,
        np.full_like(world.mean_months, 7.0),
        np.tile(world.hazard[:1], (SMALL.replications, 1)),
        np.ones_like(world.inflow),
        world.handler_cost,
    )
    future = place_future(places[1], still, SMALL)
    served = future.served.mean(0)[0]
    assert served == pytest.approx(np.full(36, served[0]), rel=1e-9)
    assert future.first_month.sum() == pytest.approx(
        places[1].households.mean() * 7 / 12
    )
    assert future.exits.mean(0)[0] == pytest.approx(future.inflow.mean(0)[0], rel=1e-9)


def test_payments_are_what_was_published(world: World, places: list[Locality]) -> None:
    """Cases times benefit is what is paid in a year, in every draw."""
    future = place_future(places[2], world, SMALL)
    paid = 12 * places[2].stock(world) * future.benefit[:, 0]
    assert paid == pytest.approx(places[2].paid_sek)


def test_draws_lie_where_they_are_said_to(world: World) -> None:
    low, high = SMALL.mean_months
    assert ((world.mean_months >= low) & (world.mean_months <= high)).all()
    months = [year_of(hazard).mean_months for hazard in world.hazard]
    # read off between nodes
    assert months == pytest.approx(world.mean_months, abs=0.01)
    wide = draw_world(Assumptions(replications=20_000), np.random.default_rng(3))
    step = yearly_change()
    after = np.log(wide.inflow[:, -1])
    spread = np.hypot(
        35 / 12 * step.std(ddof=1) / len(step) ** 0.5, step.std(ddof=1) * 3**0.5
    )
    assert after.mean() == pytest.approx(
        35 / 12 * step.mean(), abs=4 * spread / 20_000**0.5
    )
    assert after.std() == pytest.approx(spread, rel=0.03)


def test_today_keeps_today(world: World, places: list[Locality]) -> None:
    """The program under no effect at all gains nothing by hiring."""
    wide = program_of(places[1], world, SMALL)
    assert wide.unit.handlers == pytest.approx(
        places[1].stock(world).mean() / SMALL.cases_per_handler
    )
    assert (
        national_case(places[1], SMALL).settings.staff.assumed_cases_per_handler == 60
    )


@pytest.fixture(scope="module")
def planned(world: World, places: list[Locality]) -> list[Planned]:
    return [plan_place(place, world, SMALL) for place in places]


def assert_same(one: list[Planned], other: list[Planned]) -> None:
    for a, b in zip(one, other, strict=True):
        for name in (
            "handlers",
            "benefit_sek",
            "staff_sek",
            "after_sek",
            "total_sek",
            "exits",
        ):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name


def test_processes_give_the_same_bits(
    world: World, places: list[Locality], planned: list[Planned], tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    found = plan_nation(
        places,
        world,
        SMALL,
        tmp_path,
        workers=2,
        tell=lambda done, of, left: told.append((done, of)),
    )
    assert_same(found, planned)
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)


def test_what_is_finished_is_not_done_again(
    world: World, places: list[Locality], planned: list[Planned], tmp_path: Path
) -> None:
    plan_nation(places[:2], world, SMALL, tmp_path, workers=1)
    (folder,) = tmp_path.iterdir()
    (folder / "0002.npz").write_bytes(b"cut off")  # a file that was cut off
    kept = (folder / "0001.npz").stat().st_mtime_ns
    found = plan_nation(places[:2], world, SMALL, tmp_path, workers=1)
    assert_same(found, planned[:2])
    assert (folder / "0001.npz").stat().st_mtime_ns == kept
    # other numbers are another nation
    other = Assumptions(replications=40, cases_per_handler=50)
    plan_nation(places[:1], world, other, tmp_path, workers=1)
    assert len(list(tmp_path.iterdir())) == 2


def test_sums_and_what_drives_them(
    world: World, places: list[Locality], planned: list[Planned]
) -> None:
    nation = PlannedNation(SMALL, world, places, planned)
    table = nation.table
    assert nation.per_year.mean() == pytest.approx(table["cash_sek_year"].sum())
    assert nation.total_sek.mean() == pytest.approx(table["total_sek"].sum())
    assert table["handlers_today"].sum() == pytest.approx(
        sum(place.stock(world).mean() for place in places) / 60, rel=0.02
    )
    swings = nation.swings()
    assert swings[0].driver == "log_hr"
    assert swings[0].saving_high > swings[0].saving_low  # a stronger effect saves more
    assert [swing.width for swing in swings] == sorted(
        (s.width for s in swings), reverse=True
    )


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_gives_the_same_bits(
    scheduler: str,
    world: World,
    places: list[Locality],
    planned: list[Planned],
    tmp_path: Path,
) -> None:
    found = plan_nation(places, world, SMALL, tmp_path, cluster=scheduler)
    assert_same(found, planned)


def test_a_killed_process_loses_nothing(
    world: World, places: list[Locality], planned: list[Planned], tmp_path: Path
) -> None:
    psutil = pytest.importorskip("psutil")
    killed: list[int] = []

    def tell(done: int, of: int, left: float) -> None:
        if done == 1 and not killed:
            for child in psutil.Process().children(recursive=True):
                if "LokyProcess" in " ".join(child.cmdline()):
                    killed.append(child.pid)
                    child.kill()

    found = plan_nation(places, world, SMALL, tmp_path, workers=2, tell=tell)
    assert killed
    assert_same(found, planned)


def test_a_killed_worker_of_a_cluster_loses_nothing(
    world: World, places: list[Locality], planned: list[Planned], tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    killed: list[int] = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:

        def tell(done: int, of: int, left: float) -> None:
            if done == 1 and not killed:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        address = cluster.scheduler_address
        found = plan_nation(places, world, SMALL, tmp_path, cluster=address, tell=tell)
    assert killed
    assert_same(found, planned)


def test_a_silent_cluster_is_one_clear_error(
    world: World,
    places: list[Locality],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("bemanna.pipelines.nationwork.PATIENCE", "1s")
    with pytest.raises(InputError, match=r"tcp://127\.0\.0\.1:9"):
        plan_nation(places, world, SMALL, tmp_path, cluster="tcp://127.0.0.1:9")
