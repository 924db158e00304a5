"""Three public files of spells, and the folds in which everyone predicts them.

Time is counted in whole periods (months, weeks, fortnights): a spell that ends by an
exit in period t has time t, and a censored one is known to have lasted t periods. None
is Swedish or of social assistance: they test estimators, and say nothing of Sweden.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

FOLDS = 5
DAYS_IN_MONTH = 30.4375
#: What the peers need to know of a spell; every other column is a covariate.
COLUMNS = ("time", "event", "moment", "fold")


class Spells(NamedTuple):
    """A file of spells.

    Attributes
    ----------
    table : frame with columns time, event, moment, fold and covariates
        `event` is 0 for a censored spell or 1..J; `moment` is the time in a continuous
        model, where an exit happens in the middle of its period unless known better.
    destinations : tuple of str
    numbers : tuple of str
        Covariates that take many values.
    last : int
        Predictions are scored in periods 1..last.
    ahead : int
        The period at which calibration is read.
    unit : str
    """

    table: pd.DataFrame
    destinations: tuple[str, ...]
    numbers: tuple[str, ...]
    last: int
    ahead: int
    unit: str

    @property
    def covariates(self) -> pd.DataFrame:
        """Everything known of a spell when it begins."""
        return self.table.drop(columns=list(COLUMNS))

    @property
    def rows(self) -> pd.DataFrame:
        """Counting-process rows, as the package takes them."""
        names = np.array([None, *self.destinations], dtype=object)
        exits = names[self.table["event"].to_numpy()]
        return pd.DataFrame({"entry": 0, "stop": self.table["time"], "exit": exits})


def _spells(
    covariates: pd.DataFrame,
    time: NDArray,
    event: NDArray,
    moment: NDArray,
    destinations: tuple[str, ...],
    numbers: tuple[str, ...],
    last: int,
    ahead: int,
    unit: str,
) -> Spells:
    table = covariates.astype(float).reset_index(drop=True)
    table = table.assign(time=time, event=event, moment=moment, fold=-1)
    deal = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for i, (_, test) in enumerate(deal.split(table, table["event"])):
        table.loc[test, "fold"] = i
    return Spells(table, destinations, numbers, last, ahead, unit)


def german(folder: Path) -> Spells:
    """West German unemployment, 1996-97, in months; shorter than one: left out."""
    data = pd.read_csv(folder / "german_unemployment_register.csv")
    months = (data["duration_days"] / DAYS_IN_MONTH).to_numpy()
    event = data["exited"].to_numpy()
    time = np.where(event == 1, np.ceil(months), np.floor(months)).astype(int)
    known = data[["female", "age", "daily_wage_before"]]
    # a wage of 0 is of those who had none: no point on the scale of wages
    known = known.assign(no_wage=known["daily_wage_before"] == 0)
    keep = time >= 1
    time, event, moment = time[keep], event[keep], np.maximum(months, 0.02)[keep]
    numbers = ("age", "daily_wage_before")
    return _spells(
        known[keep], time, event, moment, ("exit",), numbers, 60, 12, "month"
    )


def displaced(folder: Path) -> Spells:
    """Displaced workers of the USA, in fortnights, to three destinations."""
    data = pd.read_csv(folder / "us_displaced_workers_competing.csv")
    data = data[data["exit_to"] != "no_flag"]
    destinations = ("full_time_job", "part_time_job", "job_type_unknown")
    codes = {"censored": 0} | {name: 1 + j for j, name in enumerate(destinations)}
    event = data["exit_to"].map(codes).to_numpy()
    time = data["duration_2weeks"].to_numpy().astype(int)
    known = data.drop(columns=["spell_id", "duration_2weeks", "exit_to"])
    numbers = ("reprate", "disrate", "logwage", "tenure", "stateur", "age")
    moment = time - 0.5 * (event > 0)
    return _spells(known, time, event, moment, destinations, numbers, 24, 13, "2 weeks")


def pennsylvania(folder: Path) -> Spells:
    """Unemployment insurance of Pennsylvania, in weeks; 27 is the benefit's end."""
    data = pd.read_csv(folder / "pennsylvania_ui_bonus_experiment.csv")
    weeks = data["ui_weeks_first_spell"].to_numpy()
    event = (weeks <= 26).astype(int)
    time = np.where(event == 1, weeks, 26)
    # q6 and the middling unemployment are what the others are compared with
    names = "female black hispanic othrace dep q1 q2 q3 q4 q5 recall agelt35 agegt54"
    known = data[[*names.split(), "durable", "nondurable", "lusd", "husd"]]
    groups = {f"group{g}": data["treatment_group"] == g for g in range(1, 7)}
    moment = time - 0.5 * event
    return _spells(
        known.assign(**groups), time, event, moment, ("exit",), (), 25, 12, "week"
    )


FILES: dict[str, Callable[[Path], Spells]] = {
    "german_unemployment_register": german,
    "us_displaced_workers_competing": displaced,
    "pennsylvania_ui_bonus_experiment": pennsylvania,
}


def dump(files: dict[str, Spells], folder: Path) -> None:
    """Write the spells where the peers read them; a file only where it would differ."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, spells in files.items():
        file = folder / f"{name}.parquet"
        # what else a peer must know goes with the columns' names
        marks = {column: f"number {column}" for column in spells.numbers}
        table = spells.table.rename(columns=marks).assign(last=spells.last)
        if not file.exists() or not pd.read_parquet(file).equals(table):
            table.to_parquet(file)
