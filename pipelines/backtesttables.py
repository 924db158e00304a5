"""The tables of a backtest as they are published: few households are never shown."""

import numpy as np
import pandas as pd

from ..models.members import MEMBERS
from .backtest import Backtest
from .tables import small_groups, too_few
from .wide import wide

#: Columns that hold figures of the register itself, or give them away.
REGISTERED = ("y", "seasonal_naive", "last_value", "naive2")


def accuracy_table(found: Backtest) -> pd.DataFrame:
    """Accuracy by quantity, model, months ahead and size of series.

    Returns
    -------
    pandas.DataFrame
        As from `models.accuracy.accuracy`, rounded. `scrps` of a model that gives a
        point alone is its `mase`.
    """
    return found.accuracy.round(4)


def windows_table(found: Backtest) -> pd.DataFrame:
    """Every remade forecast beside what came; what is of few households is blank.

    Groups that are small now are blank as in forecast.csv, and so is every count of 1
    to 4 among what came. Payments show what came only where a group never had so few.

    Returns
    -------
    pandas.DataFrame
        `quantity, unit, segment, cutoff` (last month known), `month, step, y, mean`,
        bounds, deciles, benchmarks, a column per member, and `scale` (what the seasonal
        naive missed by in the history).
    """
    table = found.windows.rename(columns={"ds": "month"}).drop(columns="level")
    names = table.pop("unique_id")
    parts = names.str.split("|", n=1, expand=True)
    table.insert(1, "unit", parts[0])
    table.insert(2, "segment", parts[1])
    paid = table["quantity"].eq("paid").to_numpy()
    registered = table[list(REGISTERED)]
    few = registered.map(too_few).to_numpy(copy=True)
    # Naive2 of a series without a season is its last value
    few[:, -1] |= few[:, -2]
    few[paid] = names[paid].isin(_ever_few(found)).to_numpy()[:, None]
    table[list(REGISTERED)] = registered.mask(few)
    small = small_groups(found.case)
    at = small.index.get_indexer(pd.Index(table["unit"]))
    hidden = small.to_numpy()[at, small.columns.get_indexer(pd.Index(table["segment"]))]
    numbers = [*table.loc[:, "y":"scale"].columns]
    table.loc[hidden, numbers] = np.nan
    order = [*table.columns[:7], *[c for c in numbers if c not in ("y", *MEMBERS)]]
    table[numbers] = table[numbers].round(2)
    return table[[*order, *MEMBERS]]


def _ever_few(found: Backtest) -> set[str]:
    """Series that ever had so few households that they are not published."""
    columns = [wide(found.case, name) for name in ("served", "start", "end")]
    few = [table.map(too_few).any() for table in columns]
    return {str(label) for flags in few for label in flags.index[flags]}
