"""What a national run found, and its tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..models.domain import Array
from .bridge import Bridge
from .nationbudget import Budgeted
from .nationresult import PlannedNation
from .outcome import RunInfo


@dataclass(frozen=True)
class NationReport:
    """A national run.

    Attributes
    ----------
    nation : PlannedNation
        Every municipality planned for itself.
    table : DataFrame indexed by code
        As from `municipalities`.
    budget : Budgeted
        All under one budget.
    bridge : Bridge
    sources : tuple of str
        Of figures that the user has fetched.
    info : RunInfo
    """

    nation: PlannedNation
    table: pd.DataFrame
    budget: Budgeted
    bridge: Bridge
    sources: tuple[str, ...]
    info: RunInfo

    @property
    def estimated(self) -> Array:
        """Municipalities of which households or payments are estimates, a flag each."""
        known = (
            self.table["households_is_published"] & self.table["paid_sek_is_published"]
        )
        return ~known.to_numpy(bool)

    def counties(self) -> pd.DataFrame:
        """Sum by county: `county, handlers_today, handlers_plan`, indexed by code."""
        table = self.nation.table.set_index("code").join(
            self.table[["county_code", "county"]]
        )
        sums = table.groupby(["county_code", "county"])[
            ["handlers_today", "handlers_plan"]
        ]
        return sums.sum().reset_index("county")

    def municipal_rows(self) -> pd.DataFrame:
        """One row per municipality: figures, estimates, own plan, national plan.

        Money in thousand SEK: an amount in kronor of ten digits would look like a
        personnummer.
        """
        figures = self.table.drop(columns=["municipality"])
        own = self.nation.table.set_index("code")
        national = self.budget
        table = figures.join(own)
        rank = np.empty(len(table), dtype=int)
        rank[national.next_handler.order] = np.arange(1, len(table) + 1)
        table["next_handler_rank"] = rank
        table["next_handler_sek_year"] = national.next_handler.more
        plans = national.plan.solution.units
        table["handlers_national"] = [float(plan.handlers.mean()) for plan in plans]
        for year in range(national.grants.shape[1]):
            table[f"grant_{year + 1}_sek"] = national.grants[:, year]
        if national.floor_costs is not None:
            table["floor_sek"] = national.floor_costs
        money = [str(name) for name in table if "_sek" in str(name)]
        money = [name for name in money if pd.api.types.is_float_dtype(table[name])]
        table[money] = (table[money] / 1e3).round(0)
        names = {name: name.replace("_sek", "_tkr") for name in money}
        first = ["municipality", "county_code", "county"]
        table = table.rename(columns=names).reset_index()
        return table[["code", *first, *table.columns.drop(["code", *first])]].round(2)
