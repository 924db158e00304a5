"""The amount per household-month follows the latest year, and says how sure it is."""

import numpy as np
import pandas as pd
import pytest

from bemanna.models.amounts import BANDS
from bemanna.models.benefit import BenefitModel
from bemanna.models.domain import InputError

MONTHS = pd.date_range("2022-01-01", periods=36, freq="MS")


def flows(
    rng: np.random.Generator,
    sek: tuple[float, ...] = (7000.0, 9500.0),
    noise: float = 0.03,
    rho: float = 0.0,
    shared: float = 0.0,
) -> pd.DataFrame:
    """Monthly totals of two units; log amounts vary by an AR(1) of sd `noise`."""
    together = rng.normal(0, shared, len(MONTHS))
    parts = []
    for segment, amount in zip(("ung", "vuxen"), sek, strict=True):
        error = np.zeros(len(MONTHS))
        error[0] = rng.normal(0, noise)
        for t in range(1, len(error)):
            step = rng.normal(0, noise * np.sqrt(1 - rho**2))
            error[t] = rho * error[t - 1] + step
        for unit in ("Norr", "Syd"):
            served = rng.poisson(150, len(MONTHS)).astype(float)
            paid = served * amount * np.exp(error + together)
            parts.append(
                pd.DataFrame(
                    {
                        "unit": unit,
                        "segment": segment,
                        "month": MONTHS,
                        "served": served,
                        "paid_sek": paid,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def test_the_level_is_payments_over_household_months_of_the_last_year() -> None:
    table = flows(np.random.default_rng(1))
    old = table["month"] < "2024-01-01"
    table.loc[old, "paid_sek"] *= 0.7  # what was paid before is no longer the level
    model = BenefitModel().fit(table)
    late = table[~old].groupby("segment")[["paid_sek", "served"]].sum()
    assert model.segments_ == ("ung", "vuxen")
    assert model.mean_ == pytest.approx(
        (late["paid_sek"] / late["served"]).to_numpy(), rel=1e-12
    )


@pytest.mark.parametrize(("rho", "least"), [(0.0, 0.88), (0.6, 0.80)])
def test_intervals_cover_the_true_level(rho: float, least: float) -> None:
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(60):
        draws = BenefitModel().fit(flows(rng, rho=rho)).draws(rng, 400)
        low, high = np.quantile(draws, [0.05, 0.95], axis=0)
        inside += [low[0] <= 7000 <= high[0], low[1] <= 9500 <= high[1]]
    assert least <= np.mean(inside) <= 0.98


def test_draws_centre_on_the_mean_and_move_together() -> None:
    rng = np.random.default_rng(2)
    model = BenefitModel().fit(flows(rng, noise=0.01, shared=0.05))
    draws = model.draws(rng, 20_000)
    assert draws.shape == (20_000, 2)
    assert draws.mean(0) == pytest.approx(model.mean_, rel=0.002)
    assert np.corrcoef(draws[:, 0], draws[:, 1])[0, 1] > 0.7
    assert (draws > 0).all()


def test_the_level_stays_unless_growth_is_given() -> None:
    table = flows(np.random.default_rng(3))
    flat = BenefitModel().fit(table)
    assert flat.path(24) == pytest.approx(np.repeat(flat.mean_[:, None], 24, 1))
    growing = BenefitModel(growth_year_share=0.04).fit(table).path(24)
    assert growing[:, 11] == pytest.approx(flat.mean_ * 1.04)
    assert growing[:, 23] == pytest.approx(flat.mean_ * 1.04**2)


def test_months_without_payments_are_skipped() -> None:
    table = flows(np.random.default_rng(5))
    table.loc[table["month"] >= "2024-10-01", "paid_sek"] = np.nan
    model = BenefitModel().fit(table)
    known = table[(table["month"] >= "2023-10-01") & table["paid_sek"].notna()]
    late = known.groupby("segment")[["paid_sek", "served"]].sum()
    assert model.mean_ == pytest.approx((late.paid_sek / late.served).to_numpy())


def test_missing_payments_are_an_error_or_a_stated_assumption() -> None:
    table = flows(np.random.default_rng(6))
    table.loc[table["segment"] == "ung", "paid_sek"] = np.nan
    with pytest.raises(InputError, match="ung has no payments"):
        BenefitModel().fit(table)
    with pytest.raises(InputError, match="ung has no payments"):
        BenefitModel(assumed_sek_month={"vuxen": 8000}).fit(table)
    model = BenefitModel(assumed_sek_month=6500).fit(table)
    assert model.mean_[0] == 6500
    assert model.mean_[1] == pytest.approx(9500, rel=0.05)
    assert model.assumed_.tolist() == [True, False]
    spread = model.draws(np.random.default_rng(1), 5000).std(0) / model.mean_
    assert spread[0] > spread[1]  # an assumption is less sure than a register
    nothing = BenefitModel(assumed_sek_month=6500).fit(table.assign(paid_sek=np.nan))
    assert nothing.mean_.tolist() == [6500, 6500]


@pytest.mark.parametrize("amount", [-5.0, 0.0])
def test_amounts_that_cannot_be_are_refused(amount: float) -> None:
    table = flows(np.random.default_rng(7))
    with pytest.raises(InputError, match="not above 0"):
        BenefitModel().fit(table.assign(paid_sek=amount))


def test_a_month_paid_back_is_part_of_the_level() -> None:
    table = flows(np.random.default_rng(7))
    last = table["month"] == table["month"].max()
    table.loc[last, "paid_sek"] = -1_000.0
    model = BenefitModel().fit(table)
    assert (model.mean_ > 0).all()
    assert np.isfinite(model.draws(np.random.default_rng(1), 50)).all()


def test_amounts_by_duration_keep_the_level_of_the_totals() -> None:
    table = flows(np.random.default_rng(8))
    plain = BenefitModel().fit(table)
    same = np.repeat(plain.mean_[:, None], len(BANDS), 1)
    assert plain.by_duration_ == pytest.approx(same)
    steps = np.linspace(0.9, 1.1, len(BANDS))
    count = np.arange(1.0, len(BANDS) + 1)
    served = table.groupby(["segment", "month"])["served"].sum()
    cells = pd.concat(
        [
            pd.DataFrame(
                {
                    "household_months": served * share,
                    "paid_sek": served * share * 7_000 * step,
                    "duration": label,
                }
            ).reset_index()
            for label, step, share in zip(
                BANDS.labels, steps, count / count.sum(), strict=True
            )
        ]
    )
    model = BenefitModel().fit(table, cells)
    assert model.mean_ == pytest.approx(plain.mean_)
    assert model.path(3) == pytest.approx(plain.path(3))
    assert model.covariance_ == pytest.approx(plain.covariance_)
    ratio = model.by_duration_ / model.by_duration_[:, :1]
    assert ratio[0] == pytest.approx(steps / steps[0])
    assert model.by_duration_ @ (count / count.sum()) == pytest.approx(model.mean_)
    elapsed = model.by_elapsed(40)
    assert elapsed[:, [0, 5, 6, 36]] == pytest.approx(
        model.by_duration_[:, [0, 0, 1, 4]]
    )
    only = BenefitModel().fit(table, cells[cells["segment"] == "ung"])
    assert only.by_duration_[1] == pytest.approx(same[1])
