"""The embedded cases: Gävle (HASKY) and the nation, with every figure's source.

`gavle` is what was published about the project, with its conflicts, around a
simulated register calibrated to it. `riket` is the published yearly tables.
"""

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from ..models.domain import Array, Fault, InputError
from .language import translator
from .synthetic import (
    Register,
    Truth,
    calibrate,
    simulate_register,
    write_register,
)

#: Cases that `write_case` knows.
NAMES = ("gavle",)
#: 2009-2012: the plan starts in January 2013, like the project.
GAVLE_MONTHS = 48
#: Table values that disagree by more than this share of each other are a misprint.
NATIONAL_TOLERANCE, MUNICIPAL_TOLERANCE = 1e-4, 2e-3


def hasky_figures() -> pd.DataFrame:
    """Give what was published about HASKY, one row per figure.

    Returns
    -------
    DataFrame indexed by `key`
        `quantity` (Swedish), `value` or a range `low`-`high`, `unit`, `period`,
        `publisher`, `source`, `url` (empty where none was kept), `conflict` (Swedish;
        what it does not agree with).
    """
    figures = packaged_table("gavle-hasky.csv", {"key": str, "period": str}).set_index(
        "key"
    )
    figures[["value", "low", "high"]] = figures[["value", "low", "high"]].astype(float)
    return figures


def gavle_assumptions() -> pd.DataFrame:
    """Give what the Gävle case needs and HASKY did not publish, one row per number.

    Returns
    -------
    DataFrame indexed by `key`
        `quantity`, `value`, `unit`, `year`, `kind` (antagande, publicerad, härledd),
        `source`.
    """
    return packaged_table("gavle-assumptions.csv", {"value": float}).set_index("key")


def hasky_arithmetic(figures: pd.DataFrame) -> pd.Series:
    """Compute what follows from the published figures; `hasky` appraises them.

    Parameters
    ----------
    figures : DataFrame
        From `hasky_figures`.

    Returns
    -------
    Series
        SEK unless the name says otherwise; `_share` and `_ratio` are pure numbers.
    """
    value = figures["value"]
    gross, staff = value["benefit_avoided_sek_year"], value["staff_cost_sek_year"]
    exits, regular = value["exits_year"], value["handlers_regular"]
    handlers = regular + value["handlers_extra"]
    before = regular * value["cases_per_handler_before"]
    per_year = gross / exits
    nation = value["residents_sweden"] / value["residents_gavle"]
    return pd.Series(
        {
            "benefit_case_year": per_year,
            "benefit_case_month": per_year / 12,
            "cases_before": before,
            "cases_after": handlers * value["cases_per_handler_after"],
            "cases_per_handler_reconciled": before / handlers,
            "caseload_reduction_share": 1 - regular / handlers,
            "exits_month_share_low": exits / 12 / before,
            "staff_handler_year": staff / value["handlers_extra"],
            "residents_ratio": nation,
        },
        name="value",
    )


def gavle_truth() -> Truth:
    """Give the truth of the simulated Gävle register: published figures + assumptions.

    One team of five handlers with 60 cases each, the benefit per case-month of the
    published 7.5 MSEK / 107 exits, and an assumed exit rate. No pilot: the project
    had no comparison group, so the register starts before it and holds none.
    """
    figures = hasky_figures()["value"]
    assumed = gavle_assumptions()["value"]
    handlers = figures["handlers_regular"]
    caseload = figures["cases_per_handler_before"]
    destinations = ("work", "sickness_compensation", "activity_support", "other")
    # Shape only: `calibrate` sets the level of every destination.
    alpha = [
        [-4.6, -4.2, -4.6, -5.0],
        [-4.8, -4.5, -4.7, -4.6],
        [-3.6, -5.2, -4.3, -4.8],
    ]
    beta = [
        [-0.3, 0.10, -0.1, -0.2],
        [-0.3, 0.10, -0.1, -0.2],
        [-0.4, 0.15, -0.1, -0.2],
    ]
    shape = Truth(
        units=("Rehabteamet",),
        segments=("Psykisk ohälsa", "Missbruk", "Långtidsarbetslös"),
        destinations=destinations,
        first_month="2009-01",
        alpha=np.array(alpha),
        beta=np.array(beta),
        inflow=np.array([[0.40, 0.25, 0.35]]),
        benefit=np.array([1.0, 0.95, 1.05]),
        handlers=np.array([handlers]),
        caseload_reference=float(caseload),
        theta=float(assumed["log_hr_halving"] / np.log(2)),
        hard_share=0.3,
        hard_shift=-0.4,
        light_if_hard=0.6,
        light_if_easy=0.45,
        light_caseload_ratio=0.85,
        season_exits=0.08,
        season_inflow=0.08,
        unemployment_inflow=0.05,
        unemployment_mean=float(assumed["unemployment_mean"]),
        return_share=_returns(float(assumed["return_year_share"]))[None],
    )
    shares = [assumed[f"share_{name}"] for name in destinations]
    return calibrate(
        shape,
        [handlers * caseload],
        float(assumed["exit_rate"]),
        float(hasky_arithmetic(hasky_figures())["benefit_case_month"]),
        shares,
    )


def write_case(name: str, folder: Path, seed: int = 1, sprak: str = "sv") -> Register:
    """Write an embedded case as a case folder that a run takes.

    Parameters
    ----------
    name : {"gavle"}
    folder : Path
        An earlier simulated case there is replaced.
    seed : int
    sprak : {"sv", "en"}
        Language of the errors.

    Returns
    -------
    Register
        What was written; the published figures lie beside it in `hasky.csv`.

    Raises
    ------
    InputError
        Unknown name, or a folder that holds a municipality's own case.
    """
    if name not in NAMES:
        raise InputError([_unknown_case(name, sprak)])
    truth = gavle_truth()
    register = simulate_register(truth, GAVLE_MONTHS, np.random.default_rng(seed))
    figures, assumed = hasky_figures(), gavle_assumptions()
    write_register(
        register,
        folder,
        "gavle-kommun.toml.j2",
        sprak,
        a=assumed["value"].to_dict(),
        cases=hasky_arithmetic(figures)["cases_before"],
        benefit=hasky_arithmetic(figures)["benefit_case_month"],
        caseload_max=figures["high"]["cases_per_handler_before_safety_rep"],
        caseload_min=figures["value"]["cases_per_handler_after"],
    )
    figures.to_csv(folder / "hasky.csv", sep=";", decimal=",", encoding="utf-8")
    assumed.to_csv(folder / "assumptions.csv", sep=";", decimal=",", encoding="utf-8")
    return register


def national_figures() -> pd.DataFrame:
    """Give Sweden's published yearly figures, one row per year.

    Returns
    -------
    DataFrame indexed by `year`
        `households`, `paid_sek`, `paid_per_household_sek`,
        `paid_per_inhabitant_sek`, `mean_months`, `long_term_share_adults` (of those
        supported >= 10 months), `persons`, `adults`; missing where not published.
        Refugee introduction benefit is included through 2011, not after.

    Raises
    ------
    ValueError
        If paid / households is not the published SEK per household.
    """
    table, units = _by_metric("value"), _by_metric("unit")
    table["paid_total"] *= 1000.0  # published in tkr
    table["long_term_share_adults"] /= 100.0
    names = {
        "paid_total": "paid_sek",
        "paid_per_household": "paid_per_household_sek",
        "paid_per_inhabitant": "paid_per_inhabitant_sek",
    }
    table = table.rename(columns=names).rename_axis(columns=None)
    exact = units["paid_total"] == "kSEK"  # the others are rounded
    stated = table["paid_per_household_sek"].where(exact)
    ratio = table["paid_sek"] / table["households"]
    _check(ratio, stated, NATIONAL_TOLERANCE, "riket-national.csv")
    return table


def national_sources() -> pd.DataFrame:
    """Give the same figures as printed: `year, metric, value, unit, publisher, url`.

    `note` says what is weak or broken about a figure.
    """
    return packaged_table("riket-national.csv", {"year": int, "value": float})


def municipal_figures() -> pd.DataFrame:
    """Give published yearly figures of the municipalities that were found.

    Returns
    -------
    DataFrame
        `code` (text, four digits), `municipality`, `county`, `year`, `households`,
        `paid_sek`, `paid_per_household_sek`, `paid_per_inhabitant_sek` (floats,
        missing where not published), `publisher`, `url`, `note`.

    Raises
    ------
    ValueError
        If paid / households is not the published SEK per household.
    """
    table = packaged_table("riket-kommuner.csv", {"code": str, "year": int})
    figures = ["households", "paid_tkr", "sek_per_household", "sek_per_inhabitant"]
    table[figures] = table[figures].astype(float)
    table["paid_tkr"] *= 1000.0
    names = {
        "paid_tkr": "paid_sek",
        "sek_per_household": "paid_per_household_sek",
        "sek_per_inhabitant": "paid_per_inhabitant_sek",
    }
    table = table.rename(columns=names)
    ratio = table["paid_sek"] / table["households"]
    stated = table["paid_per_household_sek"]
    _check(ratio, stated, MUNICIPAL_TOLERANCE, "riket-kommuner.csv")
    return table


def _returns(within_a_year: float) -> Array:
    """Spread a share of returns over lags 2-12, most of them early; lag 1 is none."""
    early = np.concatenate([[0.0], np.linspace(2, 1, 11)])
    shares: Array = within_a_year * early / early.sum()
    return shares


def _by_metric(values: str) -> pd.DataFrame:
    """Spread the printed figures over columns, one per metric."""
    # `pivot` refuses a figure typed twice; `pivot_table` would average it.
    return national_sources().pivot(  # noqa: PD010
        index="year", columns="metric", values=values
    )


def _check(ratio: pd.Series, stated: pd.Series, tolerance: float, name: str) -> None:
    """Refuse a table where three published figures of a row contradict each other."""
    wrong = (ratio / stated - 1).abs() > tolerance
    if wrong.any():
        rows = list(ratio.index[wrong])
        raise ValueError(f"{name}: paid / households is not as published in {rows}")


def packaged_table(name: str, types: dict[str, type]) -> pd.DataFrame:
    """Read a table of the package; empty text stays text."""
    with as_file(files(__package__).joinpath("templates", name)) as path:
        table = pd.read_csv(path, dtype=types, encoding="utf-8")
    text = table.select_dtypes(include=["object", "string"]).columns
    return table.assign(**{column: table[column].fillna("") for column in text})


def _unknown_case(name: str, sprak: str) -> Fault:
    _ = translator(sprak)
    return Fault(
        rule="unknown_case",
        message=_("There is no embedded case named {name}.").format(name=name),
        remedy=_("Choose one of: {names}.").format(names=", ".join(NAMES)),
    )
