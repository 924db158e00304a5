"""The exit model on simulated registers: cost, truth and its own identity."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from document import table
from exitbands import BANDS, MANY, codes, misplaced, most_off
from exitscores import Array, tenths
from exittables import verdict
from numpy.typing import NDArray
from peers.cost import Cost, measured
from registers import DESTINATIONS, TRAITS, People, Register, leaves_within, simulate

from bemanna.models.exits import ExitModel

SEED = 20261125
#: Households watched at a time: 1.0, 6.9 and 27.6 million household-months.
SIZES = {"1M": 8_334, "7M": 57_500, "28M": 230_000}
SMALL, LARGE = "1M", "28M"
AHEAD, STOCK, LONG = 12, 20_000, 24
COX, DTS = "lifelines CoxPH", "PyDTS TwoStages"
#: Predicted less true chance of leaving within a year, by tenths of the prediction.
MOST_APART = {"mean": 0.002, "most": 0.005, "long": 0.003}
#: Own cost on the large register; times that a peer's must exceed it.
MOST_SECONDS, MOST_MB = 8.0, 500.0
FASTER_COX, FASTER_DTS, SMALLER_DTS = 10.0, 25.0, 4.0
MOST_OFF = 1e-4
#: Runs `peers/registers.py`.
Peers = Callable[..., None]


class Banded(NamedTuple):
    """What duration bands of their own change on one register.

    Attributes
    ----------
    without, given : float
        What `most_off` finds of the model as it comes, and of the model with bands.
    cost : Cost
    apart : array (10,)
        As in `Fitted`.
    """

    without: float
    given: float
    cost: Cost
    apart: Array


class Fitted(NamedTuple):
    """The package on one register.

    Attributes
    ----------
    months, rows, cells : int
    cost : Cost
    apart, long : arrays (10,)
        Predicted less true, by tenths; of those over `LONG` months on assistance.
    stock : People
    truth : array
    identity, misplaced : float
        What `identity` and `misplaced` find.
    banded : Banded
    """

    months: int
    rows: int
    cells: int
    cost: Cost
    apart: Array
    long: Array
    stock: People
    truth: Array
    identity: float
    misplaced: float
    banded: Banded


def by_tenths(chance: Array, truth: Array) -> Array:
    """Mean predicted less mean true chance, by tenths of the prediction, (10,)."""
    tenth = tenths(chance)
    count = np.bincount(tenth, minlength=10)
    apart: Array = np.bincount(tenth, chance - truth, minlength=10) / count
    return apart


def own(name: str, folder: Path) -> Fitted:
    """Simulate a register, keep it for the peers and fit it with the package."""
    rng = np.random.default_rng(SEED)
    register = simulate(rng, SIZES[name])
    pick = rng.permutation(len(register.stock.elapsed))[:STOCK]
    stock = register.stock.take(pick)
    keep(name, register, stock, folder)
    X, y, truth = register.X, register.y, leaves_within(stock, AHEAD)

    def fitted(**settings: Any) -> tuple[tuple[Array, int, float, float, float], Cost]:
        def fit(rows: slice) -> ExitModel:
            return ExitModel(destinations=DESTINATIONS, **settings).fit(
                X[rows], y[rows]
            )

        def read(model: ExitModel) -> tuple[Array, int, float, float, float]:
            stays = model.predict_survival(stock.frame(), AHEAD, stock.elapsed)
            wrong = misplaced(model, register) if name == SMALL else np.nan
            off = identity(model, register), most_off(model, register)
            return 1 - stays[:, -1], model.n_cells_, *off, wrong

        return measured(lambda: fit(slice(None)), read, lambda: fit(slice(500)))

    (chance, cells, off, without, wrong), cost = fitted()
    (stepped, _, _, given, _), more = fitted(bands=BANDS)
    long = stock.elapsed > LONG
    return Fitted(
        register.months,
        len(X),
        cells,
        cost,
        by_tenths(chance, truth),
        by_tenths(chance[long], truth[long]),
        stock,
        truth,
        off,
        wrong,
        Banded(without, given, more, by_tenths(stepped, truth)),
    )


def keep(name: str, register: Register, stock: People, folder: Path) -> None:
    """Write a register where the peers read it; only where it would differ."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = stock.frame().assign(elapsed=stock.elapsed)
    rows = pd.concat([register.X, register.y], axis=1)
    for file, frame in (
        (folder / f"{name}.stock.parquet", seen),
        (folder / f"{name}.parquet", rows),
    ):
        if not file.exists() or not pd.read_parquet(file).equals(frame):
            frame.to_parquet(file)


def identity(model: ExitModel, register: Register) -> float:
    """Largest |predicted - observed| / observed by destination and level of a column.

    Exits over the training rows: the model solves for this to be nought.
    """
    return max(
        float(off.max())
        for trait in TRAITS
        for off in _off(model, register.X, register.y, codes(register.X[trait]))
    )


def _off(
    model: ExitModel, X: pd.DataFrame, y: pd.DataFrame, groups: NDArray
) -> Iterator[pd.Series]:
    found = model.observed_expected(X, y, groups)
    for name in model.destinations_:
        yield (found[f"expected_{name}"] / found[f"observed_{name}"] - 1).abs()


class Rival(NamedTuple):
    """A peer on one register."""

    cost: Cost
    apart: Array
    long: Array


def rival(name: str, peer: str, fit: Fitted, folder: Path) -> Rival | None:
    """Read what a peer said of a register; None where it was not run."""
    file = folder / f"{name}.{peer}.npz"
    if not file.exists():
        return None
    long = fit.stock.elapsed > LONG
    with np.load(file) as said:
        chance = said["leaves"]
        cost = Cost(float(said["seconds"]), float(said["mb"]))
    apart = by_tenths(chance, fit.truth)
    return Rival(cost, apart, by_tenths(chance[long], fit.truth[long]))


def registers(names: Sequence[str], folder: Path, results: Path, peers: Peers) -> str:
    """Fit registers with the package and its peers, and tabulate everyone.

    Parameters
    ----------
    folder, results : Path
        Where the registers are kept, and what the peers said of them.
    peers : callable
        Runs `peers/registers.py` with the arguments that it is given.
    """
    fits = {name: own(name, folder) for name in names}
    peers(folder, results, DTS, SMALL)
    peers(folder, results, COX, *names)
    found = {
        (name, peer): rival(name, peer, fit, results)
        for name, fit in fits.items()
        for peer in (COX, DTS)
    }
    known = {key: value for key, value in found.items() if value is not None}
    return f"{_costs(fits, known)}\n\n{_asked(fits, known)}"


def _costs(fits: dict[str, Fitted], rivals: dict[tuple[str, str], Rival]) -> str:
    """Cost and distance from the truth, of everyone on every register."""
    rows = []
    for name, fit in fits.items():
        size = (f"{fit.months / 1e6:.1f} million", f"{fit.rows:,}")
        everyone: list[tuple[str, Fitted | Rival]] = [("**ExitModel**", fit)]
        everyone += [(p, rivals[name, p]) for p in (COX, DTS) if (name, p) in rivals]
        for title, entry in everyone:
            apart, long = np.abs(entry.apart), np.abs(entry.long)
            times = entry.cost.seconds / fit.cost.seconds
            cells = [
                f"{entry.cost.seconds:.1f}",
                f"{times:.1f}",
                f"{entry.cost.mb:.0f}",
            ]
            cells += [f"{x:.4f}" for x in (apart.mean(), apart.max(), long.mean())]
            rows.append((*size, f"{title} x 4" if title == COX else title, *cells))
    head = ["household-months", "rows", "model", "CPU s", "in times own", "MB added"]
    head += ["apart from the truth, mean", "most", f"over {LONG} months, mean"]
    return table(head, rows)


def _asked(fits: dict[str, Fitted], rivals: dict[tuple[str, str], Rival]) -> str:
    """Judge what was measured by what is asked."""
    rows: list[tuple[str, str, str, str]] = []

    def ask(
        what: str, found: float, most: float, form: str, least: bool = False
    ) -> None:
        met = verdict(found >= most if least else found <= most)
        sign = "≥" if least else "≤"
        rows.append((what, format(found, form), f"{sign} {most:g}", met))

    for name, fit in fits.items():
        size, apart = f"{fit.months / 1e6:.1f} million", np.abs(fit.apart)
        ask(f"{size}: apart, mean of tenths", apart.mean(), MOST_APART["mean"], ".4f")
        ask(f"{size}: apart, worst tenth", apart.max(), MOST_APART["most"], ".4f")
        what = f"{size}: apart, over {LONG} months"
        ask(what, np.abs(fit.long).mean(), MOST_APART["long"], ".4f")
        ask(f"{size}: exits by destination and level", fit.identity, MOST_OFF, ".1e")
        what = f"{size}: predicted = observed per destination x segment x band"
        off = f"{fit.banded.without:.1e}"
        rows.append((f"{what}, as it comes", off, "no identity", ""))
        ask(f"{what}, with `bands`", fit.banded.given, MOST_OFF, ".1e")
        theirs = rivals.get((name, DTS))
        if theirs is not None:
            times = theirs.cost.seconds / fit.cost.seconds
            ask(f"{size}: times as fast as {DTS}", times, FASTER_DTS, ".1f", True)
            # what adds less than 1 MB is taken for 1 MB
            times = theirs.cost.mb / max(fit.cost.mb, 1)
            what = f"{size}: memory of {DTS} in times own"
            ask(what, times, SMALLER_DTS, ".1f", True)
        if name != LARGE:
            continue
        ask(f"{size}: CPU s", fit.cost.seconds, MOST_SECONDS, ".1f")
        ask(f"{size}: MB added", fit.cost.mb, MOST_MB, ".0f")
        theirs = rivals.get((name, COX))
        if theirs is not None:
            times = theirs.cost.seconds / fit.cost.seconds
            ask(f"{size}: times as fast as {COX} x 4", times, FASTER_COX, ".1f", True)
    head = ["household-months: what", "measured", "asked for", ""]
    return "\n\n".join([table(head, rows), *_in_words(list(fits.values()))])


def _in_words(fits: list[Fitted]) -> Iterator[str]:
    """Say what bands change on the last register, and what months leave over."""
    last = fits[-1]
    size, more = f"{last.months / 1e6:.1f} million household-months", last.banded
    yield (
        f"Bands begin in months 0, {', '.join(map(str, BANDS))}, and count where "
        f"{MANY} exits or more were observed; what stands in the table is the largest "
        f"relative difference. On {size} `bands` take {more.cost.seconds:.1f} CPU s "
        f"instead of {last.cost.seconds:.1f}, and predict "
        f"{np.abs(more.apart).mean():.4f} apart from the truth, mean of tenths, "
        f"instead of {np.abs(last.apart).mean():.4f}."
    )
    for fit in fits:
        if np.isfinite(fit.misplaced):
            yield (
                f"By destination, segment and single month, {fit.misplaced:.1%} of the "
                "exits stand in another place than predicted, chance included: the "
                "hazard is a broken line in log month, which knows no single month."
            )
