"""The tables of a run, as data frames and as files that Excel opens in the language.

In Swedish: semicolons, decimal commas and a byte order mark; in English: commas and
points. Column names are the same in both. Groups so small that their figures could
point to a household are blanked.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from .benefits import benefit_file
from .doubttables import alternative_rows, fan_rows, regret_rows
from .durationmix import COUNTS
from .outcome import Outcome
from .privacy import SMALLEST as SMALLEST
from .privacy import suppress
from .registers import Case
from .writing import write_text

#: What a row of forecast.csv is about.
KEYS = ("unit", "segment", "month", "quantity", "kind")


def write_tables(folder: Path, outcome: Outcome, sprak: str = "sv") -> list[Path]:
    """Write every table that the outcome has numbers for.

    Returns
    -------
    list of Path
        Among `plan.csv, plan_groups.csv, saving.csv, regret.csv, alternatives.csv,
        fans.csv, forecast.csv, nowcast.csv, helarsprognos.csv, exits.csv,
        calibration.csv, duration_mix.csv, benefit.csv, effect.csv, backtest.csv`.
    """
    tables = {
        "plan": plan_table(outcome),
        "plan_groups": group_table(outcome),
        "saving": saving_table(outcome),
        "regret": regret_rows(outcome),
        "alternatives": alternative_rows(outcome),
        "fans": _blank_units(fan_rows(outcome), outcome.case, ["value"]),
        "forecast": forecast_table(outcome),
        "nowcast": nowcast_table(outcome),
        "helarsprognos": year_table(outcome),
        "exits": outcome.exit_curve,
        "calibration": calibration_table(outcome.exit_check),
        "duration_mix": mix_table(outcome),
        "benefit": benefit_file(outcome.case, sprak),
        "effect": outcome.effect.lines(),
        "backtest": outcome.backtest,
    }
    return [
        write_table(folder / f"{name}.csv", table, sprak)
        for name, table in tables.items()
        if not table.empty
    ]


def write_table(path: Path, table: pd.DataFrame, sprak: str = "sv") -> Path:
    """Write one table as CSV; months as YYYY-MM."""
    shown = table.copy()
    for name in shown.select_dtypes("datetime"):
        shown[name] = shown[name].dt.strftime("%Y-%m")
    swedish = sprak == "sv"
    text = shown.to_csv(
        index=False,
        sep=";" if swedish else ",",
        decimal="," if swedish else ".",
        float_format="%.10g",
        lineterminator="\n",
    )
    return write_text(path, text, encoding="utf-8-sig" if swedish else "utf-8")


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that `write_table` wrote, in either language."""
    with path.open(encoding="utf-8-sig") as text:
        swedish = ";" in text.readline()
    table = pd.read_csv(
        path,
        sep=";" if swedish else ",",
        decimal="," if swedish else ".",
        encoding="utf-8-sig",
    )
    if "month" in table:
        table["month"] = pd.to_datetime(table["month"], format="%Y-%m")
    return table


def plan_table(outcome: Outcome) -> pd.DataFrame:
    """Plan and today side by side: one row per unit and month."""
    tables = []
    for plan in outcome.plans:
        new, now = plan.proposed, plan.today
        tables.append(
            pd.DataFrame(
                {
                    "unit": plan.unit.name,
                    "month": plan.months,
                    "handlers": new.handlers.round(3),
                    "handlers_today": now.handlers.round(3),
                    "hires": new.hires.round(3),
                    "releases": new.releases.round(3),
                    "shortage": new.shortage.round(3),
                    "cases": new.cases.sum(axis=0).round(1),
                    "cases_today": now.cases.sum(axis=0).round(1),
                    "cases_per_handler": new.caseload.round(1),
                    "cases_per_handler_today": now.caseload.round(1),
                    "benefit_sek": new.benefit_sek.round(),
                    "benefit_today_sek": now.benefit_sek.round(),
                    "staff_sek": (new.staff_sek + new.shortage_sek).round(),
                    "staff_today_sek": (now.staff_sek + now.shortage_sek).round(),
                }
            )
        )
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True)
    shows_cases = table.filter(regex="^(cases|benefit)").columns
    return _blank_units(table, outcome.case, list(shows_cases))


def group_table(outcome: Outcome) -> pd.DataFrame:
    """Cases and caseload per group and month; small groups are blank."""
    tables = []
    for plan in outcome.plans:
        segments = list(plan.unit.segments)
        index = pd.MultiIndex.from_product(
            [[plan.unit.name], segments, plan.months],
            names=["unit", "segment", "month"],
        )
        columns = {
            "cases": plan.proposed.cases,
            "cases_today": plan.today.cases,
            "cases_per_handler": plan.proposed.segment_caseload,
            "cases_per_handler_today": plan.today.segment_caseload,
        }
        data = {name: values.round(1).ravel() for name, values in columns.items()}
        tables.append(pd.DataFrame(data, index=index).reset_index())
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True)
    return _blanked(table, outcome.case, ["cases", "cases_today"])


def saving_table(outcome: Outcome) -> pd.DataFrame:
    """Cash per unit and calendar year, today and plan, with the saving's interval."""
    tables = [
        plan.cash.assign(unit=plan.unit.name)[["unit", *plan.cash.columns]]
        for plan in outcome.plans
    ]
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True).round()
    shows_cases = table.filter(regex="^benefit").columns
    return _blank_units(table, outcome.case, list(shows_cases))


def year_table(outcome: Outcome) -> pd.DataFrame:
    """Full-year forecast, money to the krona."""
    table = outcome.year.table
    money = [name for name in map(str, table) if name.endswith(("_sek", "-80"))]
    return table.round(dict.fromkeys(money, 0))


def forecast_table(outcome: Outcome) -> pd.DataFrame:
    """Forecast per unit, group, month and quantity; small groups are blank."""
    table = outcome.forecast.frame()
    numbers = [str(column) for column in table.columns if column not in KEYS]
    table[numbers] = table[numbers].round(2)
    return _blanked(_few_blanked(table), outcome.case, numbers)


def nowcast_table(outcome: Outcome) -> pd.DataFrame:
    """Provisional months beside what is reported of them; small groups are blank."""
    table = outcome.forecast.nowcast
    if table.empty:
        return table
    shown = [*table.loc[:, "mean":"hi-95"], "reported"]
    table = table.assign(**table[shown].round(2)).round({"ratio": 4, "spread": 4})
    few = (table["quantity"] != "paid_sek") & table["reported"].map(too_few)
    # the ratio would give a hidden count away
    table.loc[few, "reported"] = np.nan
    return _blanked(_few_blanked(table), outcome.case, shown)


def mix_table(outcome: Outcome) -> pd.DataFrame:
    """Give what other courses of the chance of leaving would change.

    Small groups show chances, as in exits.csv, but no numbers of households.
    """
    table = outcome.duration_mix
    if table.empty:
        return table
    hidden = table["segment"].map(small_totals(outcome.case)).eq(True)
    numbers = table[["value", "largest"]].round(4)
    numbers[hidden & table["what"].isin(COUNTS)] = np.nan
    return table.assign(**numbers)


def calibration_table(check: pd.DataFrame) -> pd.DataFrame:
    """Set exits against those expected (`models.reliability`); few are blank.

    The groups of each kind sum to all exits, so that where one count could be worked
    out from the others another is blanked too.
    """
    if check.empty:
        return check
    kinds = [part for _, part in check.groupby("by", sort=False)]
    table = pd.concat([suppress(part, ["observed"], SMALLEST) for part in kinds])
    hidden = table["observed"].isna()
    table.loc[hidden, ["ratio", "low", "high"]] = np.nan
    return table.round({"expected": 2, "ratio": 4, "low": 4, "high": 4})


def small_groups(case: Case) -> pd.DataFrame:
    """Mark the groups whose number of households now is too small to publish.

    Units' and groups' totals are published, so that where one small group could be
    worked out from them another is blanked too.

    Returns
    -------
    DataFrame of bool
        Units by groups; True = blank.
    """
    return _hidden(_counts(case))


def small_units(case: Case) -> "pd.Series[bool]":
    """Mark the units whose number of households is too small to publish, by unit."""
    return _hidden(_counts(case).sum(axis=1).to_frame("all"))["all"]


def small_totals(case: Case) -> "pd.Series[bool]":
    """Mark the groups whose number of households, all units together, is too small."""
    totals = _counts(case).sum(axis=0).to_frame("all")
    return _hidden(totals)["all"]


def too_few(count: float) -> bool:
    """Whether so few households are not to be published."""
    return 0 < count < SMALLEST


def _counts(case: Case) -> pd.DataFrame:
    """Households in the last known month, units by groups."""
    last = case.flows[case.flows["month"] == case.months[-1]]
    count = last["served"].fillna(last["start"]).fillna(last["end"])
    return pd.crosstab(
        last["unit"], last["segment"], values=count, aggfunc="sum", dropna=False
    )


def _hidden(counts: pd.DataFrame) -> pd.DataFrame:
    return suppress(counts, list(counts.columns), SMALLEST).isna() & counts.notna()


def _blank_units(table: pd.DataFrame, case: Case, columns: list[str]) -> pd.DataFrame:
    """Blank what shows the number of households of a small unit."""
    if table.empty:
        return table
    hidden = table["unit"].map(small_units(case)).eq(True)
    result = table.astype(dict.fromkeys(columns, float))
    result.loc[hidden, columns] = np.nan
    return result


def _few_blanked(table: pd.DataFrame) -> pd.DataFrame:
    """Blank what is known exactly, and of too few: a nowcast of a complete month."""
    exact = (table["hi-95"] - table["lo-95"]) < 1
    if "kind" in table:
        exact &= table["kind"] == "nowcast"
    few = exact & (table["quantity"] != "paid_sek") & table["mean"].map(too_few)
    numbers = ["mean", "lo-80", "hi-80", "lo-95", "hi-95"]
    table.loc[few, numbers] = np.nan
    return table


def _blanked(table: pd.DataFrame, case: Case, columns: list[str]) -> pd.DataFrame:
    small = small_groups(case)
    row = small.index.get_indexer(pd.Index(table["unit"]))
    column = small.columns.get_indexer(pd.Index(table["segment"]))
    hidden = small.to_numpy()[row, column] & (row >= 0) & (column >= 0)
    result = table.astype(dict.fromkeys(columns, float))
    result.loc[hidden, columns] = np.nan
    return result
