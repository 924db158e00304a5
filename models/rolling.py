"""Rolling origins: forecasts as they would have been made, beside what came.

At each origin weights, intervals and reconciliation are learnt from windows that had
ended by then. The members are run once over all histories of all origins; windows to
learn from are the other origins, and further ones beyond the oldest.
"""

import numpy as np
import pandas as pd

from .domain import Array, Ints
from .driven import Driven, said
from .hierarchy import Hierarchy
from .members import MEMBERS
from .origins import LEAST_TO_LEARN, MONTHS_TO_LEARN, Origins
from .panel import Panel, month_starts
from .predictive import Learnt
from .seasons import multiplicative

#: Months of the latest origin that must have come, where there are as many.
LATEST = 12
#: Windows to learn from begin at most this many horizons before an origin.
LEARN_FROM = 3
#: Whole futures at each origin from which a hierarchy's quantiles are read.
PATHS = 250
#: Probabilities by column: bounds of the intervals, and deciles to score the whole
#: distribution by.
CHANCES = {"lo-80": 0.1, "hi-80": 0.9, "lo-95": 0.025, "hi-95": 0.975}
DECILES = {f"q-{10 * i}": i / 10 for i in range(1, 10)}


def rolling(
    panel: Panel,
    hierarchy: Hierarchy | None,
    driven: Driven | None,
    horizon: int,
    m: int,
    origins: int,
    step: int,
) -> pd.DataFrame:
    """Backtest a panel; `PanelForecaster.backtest` describes the table."""
    scored = scored_cuts(int(panel.known.max()), horizon, origins, step)
    every = np.unique([*scored, *(scored[-1] + horizon * np.arange(1, LEARN_FROM))])
    least = np.minimum(MONTHS_TO_LEARN, np.maximum(panel.known // 2, LEAST_TO_LEARN))
    room = panel.known - least
    cuts = np.where(every <= room[:, None], every, -1)
    where = Origins.of(panel, cuts, horizon, m)
    ahead = said(where, horizon, m, driven)
    tables = []
    for cut in scored:
        now = where.cut == cut
        if not now.any():
            continue
        back = (where.cut > cut) & (where.cut <= cut + LEARN_FROM * horizon)
        learning = where.backcast(ahead, back)
        # months of those windows that lay ahead of this origin too
        unseen = np.arange(horizon) >= (where.cut[back] - cut)[:, None]
        whole = hierarchy if now.sum() == len(panel.labels) else None
        learnt = Learnt.of(learning.masked(unseen), ahead.rows(now), whole)
        outlook = learnt.outlook(ahead.rows(now), where.histories.y[now])
        columns = {"y": where.actual[now], "mean": outlook.mean}
        columns |= learnt.quantiles(outlook, CHANCES | DECILES, paths=PATHS)
        columns |= _plain(where.histories.y[now], horizon, m)
        columns |= {k: ahead.members[now, i] for i, k in enumerate(MEMBERS)}
        frame = pd.DataFrame({name: table.ravel() for name, table in columns.items()})
        series, end = where.series[now], panel.end[where.series[now]] - cut
        steps = np.tile(np.arange(1, horizon + 1), len(series))
        frame.insert(0, "unique_id", np.repeat(np.array(panel.labels)[series], horizon))
        frame.insert(1, "cutoff", month_starts(np.repeat(end, horizon)))
        frame.insert(2, "ds", month_starts(np.repeat(end, horizon) + steps))
        frame.insert(3, "step", steps)
        tables.append(frame.assign(scale=np.repeat(where.scale[now], horizon)))
    whole_table = pd.concat(tables, ignore_index=True)
    return whole_table.dropna(subset=["y"], ignore_index=True)


def scored_cuts(longest: int, horizon: int, origins: int, step: int) -> Ints:
    """Months before the end at which forecasts are remade, the latest first.

    So many that the latest origin sees a year come, or the horizon; closer to each
    other than `step` where the history would not hold them all.
    """
    room = max(longest - min(MONTHS_TO_LEARN, max(longest // 2, LEAST_TO_LEARN)), 1)
    latest = max(1, min(horizon, LATEST, (room + 1) // 2))
    furthest = min(latest + step * (origins - 1), room)
    return np.unique(np.linspace(latest, furthest, origins).round().astype(np.intp))


def _plain(y: Array, horizon: int, m: int) -> dict[str, Array]:
    """Seasonal naive, last value and Naive2: what any forecast must beat."""
    months = y.shape[1]
    last = np.repeat(y[:, -1:], horizon, axis=1)
    season = y[:, -m:] if months >= m else last[:, :1]
    repeated = np.tile(season, -(-horizon // season.shape[1]))[:, :horizon]
    index = multiplicative(y, m)
    ahead = index[:, np.arange(months, months + horizon) % m]
    return {
        "seasonal_naive": np.where(np.isfinite(repeated), repeated, last),
        "last_value": last,
        "naive2": last / index[:, [(months - 1) % m]] * ahead,
    }
