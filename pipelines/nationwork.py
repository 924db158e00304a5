"""A nation planned municipality by municipality, on one machine or on a cluster.

Every municipality is a job of its own with random numbers of its own, so that who does
it, where and when changes no bit of it. What is finished is kept in a folder at once: a
run that was killed, or lost its cluster, goes on where it was.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, astuple, dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky.process_executor import TerminatedWorkerError

from ..models.domain import Array, InputError
from ..models.effect import EffortEffect
from ..optimisation.policy import growing, policy_of, today_policy
from ..optimisation.posts import whole_posts
from ..optimisation.twin import simulate_pair
from .faults import Report
from .levels import halving
from .nation import Assumptions, Locality, World, national_case, place_future
from .planning import ProgramUnit, program_unit, unit_problem, unit_twin, with_allowed

YEAR = 12
#: How long a scheduler may take to answer.
PATIENCE = "15s"
#: How often processes may be killed before it is told.
TRIES = 3


@dataclass(frozen=True)
class Planned:
    """One municipality's own best staffing, and what it leads to in every draw.

    Attributes
    ----------
    handlers, handlers_today : array (T,)
    cases, cases_today : array (T,)
        Mean over the draws.
    benefit_sek, staff_sek : array (n, years)
        Saved beside today's staffing, cash of the year; staff is negative where the
        plan has more of it.
    after_sek : array (n,)
        What the state after the horizon is worth, discounted.
    total_sek : array (n,)
        All of it, discounted.
    exits : array (n,)
        Cases fewer than under today's staffing when the horizon ends.
    """

    handlers: Array
    handlers_today: Array
    cases: Array
    cases_today: Array
    benefit_sek: Array
    staff_sek: Array
    after_sek: Array
    total_sek: Array
    exits: Array


def program_of(
    place: Locality, world: World, assumed: Assumptions, *, shrinking: bool = False
) -> ProgramUnit:
    """Write one municipality's unit under the mean effect of the evidence."""
    case = national_case(place, assumed, shrinking=shrinking)
    future = place_future(place, world, assumed)
    return program_unit(case, future, EffortEffect.from_evidence().mean)


def plan_place(place: Locality, world: World, assumed: Assumptions) -> Planned:
    """Plan one municipality in whole posts and follow plan and today in every draw."""
    case, future = national_case(place, assumed), place_future(place, world, assumed)
    effect = EffortEffect.from_evidence()
    wide = program_unit(case, future, effect.mean)
    unit = with_allowed(wide)
    plan = whole_posts(unit_problem(unit, case.settings, future)).units[0]
    policy = growing(policy_of(unit, plan, "proposed"))
    rng = np.random.default_rng([assumed.seed, int(place.code)])
    # all municipalities live in the same draw of the effect
    twin = replace(
        unit_twin(case, future, effect, wide, rng),
        theta=world.log_hr / halving(future, wide.unit),
    )
    n = assumed.replications
    own, today = simulate_pair(twin, policy, today_policy(wide.unit), rng, n)
    size, months = place.size(world), len(future.months)
    costs = (today.cash - today.benefit) - (own.cash - own.benefit)
    costs = costs * world.handler_cost[:, None]
    saved = today.benefit - own.benefit
    discount = unit.discount ** np.arange(months)
    after = today.terminal - own.terminal
    return Planned(
        handlers=own.handlers.mean(0),
        handlers_today=today.handlers.mean(0),
        cases=own.cases.mean(0),
        cases_today=today.cases.mean(0),
        benefit_sek=size[:, None] * _yearly(saved),
        staff_sek=size[:, None] * _yearly(costs),
        after_sek=size * after,
        total_sek=size * ((saved + costs) @ discount + after),
        exits=size * (today.cases[:, -1] - own.cases[:, -1]),
    )


def _yearly(monthly: Array) -> Array:
    """Sum months (n, T) by year, (n, years); what is left of a last year is a year."""
    starts = np.arange(0, monthly.shape[1], YEAR)
    return np.add.reduceat(monthly, starts, axis=1)


def plan_nation(
    places: Sequence[Locality],
    world: World,
    assumed: Assumptions,
    kept: Path,
    *,
    workers: int = 2,
    cluster: str | None = None,
    sprak: str = "sv",
    tell: Callable[[int, int, float], None] = lambda done, of, left: None,
) -> list[Planned]:
    """Plan every municipality; those found in `kept` are not planned again.

    Parameters
    ----------
    kept : Path
        Folder of finished municipalities; they hold for the very same inputs only.
    workers : int
        Processes on this machine.
    cluster : str or None
        Address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``; its workers do
        the work, and must have bemanna installed.
    sprak : {"sv", "en"}
    tell : callable
        Told how many are finished, of how many, and the seconds left.

    Raises
    ------
    InputError
        The scheduler does not answer or is lost, or processes are killed again and
        again. What is finished is kept.
    """
    folder = kept / fingerprint(places, world, assumed)
    folder.mkdir(parents=True, exist_ok=True)
    left = list(places)
    for _try in range(TRIES):
        left = [place for place in left if _read(folder, place.code) is None]
        done, start = len(places) - len(left), time.monotonic()
        if not left:
            break
        tell(done, len(places), np.nan)
        # a process that was killed takes its pool with it, but nothing that is kept
        with suppress(TerminatedWorkerError), _backend(workers, cluster, sprak):
            jobs = (delayed(_job)(place, world, assumed) for place in left)
            finished = Parallel(return_as="generator_unordered")(jobs)
            for new, (code, planned) in enumerate(finished, 1):
                _write(folder, code, planned)
                each = (time.monotonic() - start) / new
                tell(done + new, len(places), each * (len(left) - new))
    found = [_read(folder, place.code) for place in places]
    whole = [planned for planned in found if planned is not None]
    if len(whole) < len(places):
        raise _refused(sprak, "workers_killed", done=len(whole), all=len(places))
    return whole


def fingerprint(places: Sequence[Locality], world: World, assumed: Assumptions) -> str:
    """Tell runs apart that do not rest on the very same numbers and version."""
    parts = hashlib.sha256(repr((version("bemanna"), asdict(assumed))).encode())
    for value in astuple(world):
        parts.update(np.ascontiguousarray(value).tobytes())
    for place in places:
        parts.update(place.code.encode())
        parts.update(np.ascontiguousarray(place.households).tobytes())
        parts.update(np.ascontiguousarray(place.paid_sek).tobytes())
    return parts.hexdigest()[:16]


def _job(place: Locality, world: World, assumed: Assumptions) -> tuple[str, Planned]:
    return place.code, plan_place(place, world, assumed)


@contextmanager
def _backend(workers: int, cluster: str | None, sprak: str) -> Iterator[None]:
    """Run joblib on this machine's processes, or on a Dask cluster that is there."""
    if cluster is None:
        with parallel_config(backend="loky", n_jobs=workers, inner_max_num_threads=1):
            yield
        return
    try:
        from distributed import CancelledError, Client
        from distributed.comm.core import CommClosedError
    except ModuleNotFoundError as missing:
        raise _refused(sprak, "no_dask") from missing
    lost: tuple[type[Exception], ...] = (CommClosedError, CancelledError)
    try:
        client = Client(cluster, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as silent:
        raise _refused(sprak, "cluster_silent", address=cluster) from silent
    try:
        with client, parallel_config(backend="dask", client=client):
            yield
    except lost as gone:
        raise _refused(sprak, "cluster_silent", address=cluster) from gone


def _write(folder: Path, code: str, planned: Planned) -> None:
    """Write one municipality, whole or not at all."""
    part = folder / f".{code}.part-{os.getpid()}"
    with part.open("wb") as file:
        np.savez(file, **{f.name: getattr(planned, f.name) for f in fields(planned)})
    part.replace(folder / f"{code}.npz")


def _read(folder: Path, code: str) -> Planned | None:
    """Read one municipality; what is missing or cannot be read is planned again."""
    try:
        with np.load(folder / f"{code}.npz", allow_pickle=False) as found:
            return Planned(**{f.name: found[f.name] for f in fields(Planned)})
    except (OSError, ValueError, KeyError, EOFError):
        return None


def _refused(sprak: str, rule: str, **words: object) -> InputError:
    report = Report(sprak)
    report.add(rule, row=None, **{name: str(word) for name, word in words.items()})
    return InputError(report.found)
