"""Tables of forecasts against peers: accuracy, distributions, coverage, seconds."""

from collections.abc import Sequence

import numpy as np
from contest import FOUR, KNOWN_MASE, PEERS, THREE, Field
from document import table
from forecastscores import LEVELS, Array, Ratio, owa

#: Highest OWA in times that of a peer; against the median of three the whole interval
#: must also lie below 1.
MOST_OWA = {
    ("m3", PEERS[0]): 0.94,
    ("m3", THREE): 0.975,
    ("m3", FOUR): 0.98,
    ("hospital", THREE): 0.975,
    ("sim_lowcount", THREE): 0.975,
    ("california_inflow", PEERS[0]): 1.0,
    ("newyork_cases", PEERS[0]): 0.92,
    ("newyork_closings", PEERS[0]): 0.96,
}
#: Highest sCRPS in times the best peer's, to be met on so many of these panels; on none
#: of all panels may it be above 1, nor the interval score.
SHARPER, SHARPER_ON = 0.97, 3
SHARPER_PANELS = ("m3", "hospital", "sim_lowcount", "tourism")
#: Range of the coverage of each interval, for panels of at least so many series.
COVERAGE = {80: (0.77, 0.84), 95: (0.93, 0.97)}
FEWEST_SERIES = 30
#: Highest CPU in times that of AutoETS.
MOST_CPU = 0.1


def verdict(met: bool) -> str:
    """Mark a figure that misses its target."""
    return "met" if met else "**missed**"


def known_scores(found: dict[str, float]) -> str:
    """Tabulate the check of the scores by the seasonal naive."""
    rows = [
        (name, f"{KNOWN_MASE[name]:.4f}", f"{mase:.4f}")
        for name, mase in found.items()
        if name in KNOWN_MASE
    ]
    return table(["seasonal naive, MASE", "expected", "measured"], rows)


def accuracy(fields: Sequence[Field]) -> str:
    """OWA of the package and its ratio to peers."""
    rows = []
    for field in fields:
        mine = owa(field.weights, field.own, field.naive2)
        median = owa(field.weights, field.own_median, field.naive2)
        cells = [_owa_cell(field, mine, rival) for rival in (PEERS[0], THREE, FOUR)]
        rows.append(
            (
                field.name,
                str(field.series),
                f"{mine[0]:.3f}",
                f"{median[0]:.3f}",
                *cells,
            )
        )
    head = ["panel", "series", "OWA", "OWA of the median"]
    head += [f"/ {rival}" for rival in (PEERS[0], THREE, FOUR)]
    return table(head, rows)


def _owa_cell(field: Field, mine: Array, rival: str) -> str:
    if rival not in field.peers:
        return "not run" if (field.name, rival) in MOST_OWA else "-"
    theirs = owa(field.weights, field.peers[rival], field.naive2)
    ratio = Ratio.of(mine / theirs)
    most = MOST_OWA.get((field.name, rival))
    if most is None:
        return str(ratio)
    asked, met = f"≤ {most:g}", ratio.value <= most
    if rival == THREE:
        asked, met = f"{asked}, all < 1", met and ratio.high < 1
    return f"{ratio}; {asked}: {verdict(met)}"


def distributions(fields: Sequence[Field]) -> str:
    """Write sCRPS and interval score, and their ratios to the best peer's."""
    rows, sharp = [], 0
    for field in fields:
        cells: list[str] = []
        for what in ("crps", "msis"):
            mine, theirs, best = _against_best(field, what)
            ratio = Ratio.of(mine / theirs)
            sharp += (
                what == "crps"
                and field.name in SHARPER_PANELS
                and ratio.value <= SHARPER
            )
            cells += [
                f"{mine[0]:.3f}",
                f"{theirs[0]:.3f} ({best})",
                f"{ratio}; ≤ 1: {verdict(ratio.value <= 1)}",
            ]
        rows.append((field.name, *cells))
    head = ["panel", "sCRPS", "best peer", "ratio", "MSIS 95", "best peer", "ratio"]
    if not {field.name for field in fields}.issuperset(SHARPER_PANELS):
        return table(head, rows)
    line = (
        f"sCRPS at most {SHARPER:g} of the best peer's on {sharp} of "
        f"{len(SHARPER_PANELS)} panels ({', '.join(SHARPER_PANELS)}); asked for on "
        f"{SHARPER_ON}: "
        f"{verdict(sharp >= SHARPER_ON)}."
    )
    return f"{table(head, rows)}\n\n{line}"


def _against_best(field: Field, what: str) -> tuple[Array, Array, str]:
    """Own score and that of the peer or ensemble whose is lowest, of panels drawn."""
    size = field.weights.sum(1)
    everyone = {
        name: field.weights @ getattr(scores, what) / size
        for name, scores in field.peers.items()
    }
    best = min(everyone, key=lambda name: float(everyone[name][0]))
    return field.weights @ getattr(field.own, what) / size, everyone[best], best


def coverage(fields: Sequence[Field]) -> str:
    """Share of outcomes inside the intervals, by thirds of the horizon."""
    rows = []
    for field in fields:
        thirds = [part.mean(0) for part in np.array_split(field.cover, 3)]
        cells = []
        for i, level in enumerate(LEVELS):
            low, high = COVERAGE[level]
            shares = [float(third[i]) for third in thirds]
            text = " / ".join(f"{share:.3f}" for share in shares)
            met = all(low <= round(share, 3) <= high for share in shares)
            large = field.series >= FEWEST_SERIES
            asked = f"; {low:.2f}-{high:.2f}: {verdict(met)}"
            cells.append(text + asked if large else text)
        how = "randomised transform" if field.by_pit else "interval"
        rows.append((field.name, how, *cells))
    head = ["panel", "read off", *(f"{level} %, by thirds" for level in LEVELS)]
    return table(head, rows)


def seconds(fields: Sequence[Field]) -> str:
    """CPU seconds of one thread, everything a forecast needs included."""
    rows = []
    for field in fields:
        mine, theirs = field.seconds["own"], field.seconds.get(PEERS[0])
        cells = ["-", "-"]
        if theirs is not None:
            ratio = mine / theirs
            met = verdict(ratio <= MOST_CPU)
            cells = [f"{theirs:.1f}", f"{ratio:.3f}; ≤ {MOST_CPU:g}: {met}"]
        others = [
            f"{field.seconds[model]:.1f}" if model in field.seconds else "-"
            for model in PEERS[1:]
        ]
        rows.append((field.name, f"{mine:.1f}", *cells, *others))
    head = ["panel", "package", PEERS[0], "ratio", *PEERS[1:]]
    return table(head, rows)
