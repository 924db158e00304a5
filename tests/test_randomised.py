"""A randomised trial: the exit model finds what drawing lots shows without a model."""

import numpy as np
import pandas as pd
import pytest
from shared import shared_data

from bemanna.models.domain import Interval
from bemanna.models.exits import ExitModel

WEEKS = 26  # benefits last no longer: who is still there at 27 is censored
BONUS = (4, 6)  # the high bonus with a long time to find work, with and without a cap
COVARIATES = [
    *("female", "black", "hispanic", "othrace", "recall", "agelt35", "agegt54"),
    *("durable", "nondurable", "lusd", "husd", "dep", "q2", "q3", "q4", "q5", "q6"),
]


def trial(groups: tuple[int, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Covariates and arm of each claim, and its weeks as counting-process rows."""
    claims = pd.read_csv(shared_data("spells/pennsylvania_ui_bonus_experiment.csv"))
    claims = claims[claims["treatment_group"].isin([0, *groups])].reset_index()
    arm = np.where(claims["treatment_group"] > 0, "bonus", "control")
    weeks = claims["ui_weeks_first_spell"]
    y = pd.DataFrame({"entry": 0, "stop": np.minimum(weeks, WEEKS)})
    y["exit"] = pd.Series("left", index=y.index).where(weeks <= WEEKS)
    return claims[COVARIATES].assign(arm=arm), y


def mean_weeks(hazard: np.ndarray) -> np.ndarray:
    """Mean weeks on benefits within the first 26, from weekly hazards (..., 26)."""
    stay = np.cumprod(1 - hazard, axis=-1)
    return np.asarray(1 + stay[..., :-1].sum(-1))


def effect(X: pd.DataFrame, y: pd.DataFrame) -> Interval:
    """Weeks that the bonus adds, standardised over who was in the trial."""
    model = ExitModel(segment="arm", destinations=("left",)).fit(X, y)
    rng = np.random.default_rng(1)
    drawn = mean_weeks(model.draws(rng, 4000, ("bonus", "control"), WEEKS))
    return Interval.of(drawn[:, 0] - drawn[:, 1], 0.95)


def in_means(X: pd.DataFrame, y: pd.DataFrame) -> tuple[float, float]:
    """Difference in mean weeks, and its standard error."""
    weeks, given = y["stop"].to_numpy(float), (X["arm"] == "bonus").to_numpy()
    arms = [weeks[given], weeks[~given]]
    gap = arms[0].mean() - arms[1].mean()
    return float(gap), float(np.sqrt(sum(a.var(ddof=1) / len(a) for a in arms)))


@pytest.mark.parametrize("groups", [BONUS, (4,)], ids=["4 and 6", "4"])
@pytest.mark.parametrize("covariates", [[], COVARIATES], ids=["arm", "arm + x"])
def test_the_randomised_effect_is_recovered(
    groups: tuple[int, ...], covariates: list[str]
) -> None:
    X, y = trial(groups)
    gap, error = in_means(X, y)
    found = effect(X[["arm", *covariates]], y)
    assert found.low <= gap <= found.high
    # and it is no wider than what drawing lots tells without a model
    assert found.high - found.low <= 2 * 1.96 * error * 1.05
    assert found.mean == pytest.approx(gap, abs=error / 2)


def test_the_bonus_shortens_benefits_by_the_published_tenth_of_a_log_week() -> None:
    """Arms of 3,354 and 3,030 claims with mean log weeks 2.06 and 1.98 are published.

    J. Hong, Pennsylvania re-employment bonus, jerry-hong7.github.io/my-portfolio, on
    the data of Corson et al. (1992).
    """
    X, y = trial(BONUS)
    assert X["arm"].value_counts().to_dict() == {"control": 3354, "bonus": 3030}
    model = ExitModel(segment="arm", destinations=("left",)).fit(X[["arm"]], y)
    hazard = model.draws(np.random.default_rng(2), 4000, ("bonus", "control"), WEEKS)
    stay = np.cumprod(1 - hazard, axis=-1)
    leave = -np.diff(stay, axis=-1, prepend=1)
    logs = np.log(np.arange(1, WEEKS + 2))
    mean = leave @ logs[:WEEKS] + stay[..., -1] * logs[WEEKS]
    interval = Interval.of(mean[:, 0] - mean[:, 1], 0.95)
    assert interval.low <= 1.98 - 2.06 <= interval.high
    assert interval.high < 0
