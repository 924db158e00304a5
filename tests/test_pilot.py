"""A pilot is judged against its controls, and its interval holds what it says."""

import numpy as np
import pandas as pd
import pytest
from hazards import draw_rows
from numpy.typing import NDArray
from pilots import coverage, oe_table, pilots

from bemanna.models.exits import ExitModel
from bemanna.models.pilot import difference_in_differences, observed_expected

LN2 = np.log(2)


def test_one_pilot_has_the_published_variance() -> None:
    table = oe_table(np.random.default_rng(3), drift=0.3)
    pilot = difference_in_differences(table, ["u00"])
    wide = (table["observed"] + 0.5).to_numpy().reshape(-1, 2)
    log_oe = np.log(wide / table["expected"].to_numpy().reshape(-1, 2))
    delta, v = log_oe[:, 1] - log_oe[:, 0], (1 / wide).sum(1)
    assert pilot.tau2 > 0
    weight = 1 / (v[1:] + pilot.tau2)
    expected = delta[0] - weight @ delta[1:] / weight.sum()
    variance = v[0] + pilot.tau2 + 1 / weight.sum()
    assert pilot.log_hr == pytest.approx(expected, abs=1e-4)
    assert pilot.sd == pytest.approx(np.sqrt(variance), rel=1e-4)
    assert pilot.df == 10


def test_no_effect_is_found_where_there_is_none() -> None:
    estimates = pilots(200, seed=21)
    assert coverage(estimates, 0.0) >= 0.93
    assert abs(np.mean([p.log_hr for p in estimates])) < 0.03


def test_a_known_effect_is_found() -> None:
    estimates = pilots(200, seed=22, log_hr=0.31)
    assert np.mean([p.log_hr for p in estimates]) == pytest.approx(0.31, abs=0.03)
    assert 0.93 <= coverage(estimates, 0.31) <= 0.99


@pytest.mark.soak
@pytest.mark.parametrize("log_hr", [0.0, 0.14, 0.31])
@pytest.mark.parametrize("drift", [0.0, 0.15])
@pytest.mark.parametrize("controls", [5, 11, 30])
def test_pilot_intervals_cover(log_hr: float, drift: float, controls: int) -> None:
    world = {"log_hr": log_hr, "drift": drift, "controls": controls}
    covered = coverage(pilots(1000, 23, **world), log_hr)
    assert covered >= 0.93
    if drift:  # controls that do not drift leave t with few degrees too careful
        assert covered <= 0.99


@pytest.mark.parametrize("drift", [0.08, 0.2])
def test_several_pilots_of_different_dose_agree_on_a_halving(drift: float) -> None:
    rng = np.random.default_rng(5)
    dose = np.log2([1.25, 1.5, 2.0, 2.5, 4.0])
    names = [f"u{i:02d}" for i in range(5)]
    found = []
    for _ in range(200):
        table = oe_table(rng, 0.31, drift=drift, treated=5, dose=tuple(dose))
        found.append(difference_in_differences(table, names))
    assert found[0].halvings[:6] == pytest.approx([*dose, 0])
    mean = np.mean([p.log_hr for p in found])
    assert mean == pytest.approx(0.31, abs=3 * found[0].sd / np.sqrt(200))
    assert 0.93 <= coverage(found, 0.31) <= 0.99


def test_more_pilots_and_wider_doses_tell_more() -> None:
    def mean_sd(treated: int, dose: tuple[float, ...]) -> float:
        rng = np.random.default_rng(15)
        names = [f"u{i:02d}" for i in range(treated)]
        tables = [oe_table(rng, treated=treated, dose=dose) for _ in range(20)]
        return float(np.mean([difference_in_differences(t, names).sd for t in tables]))

    assert mean_sd(3, (1.0, 1.0, 1.0)) < mean_sd(1, (1.0,))
    assert mean_sd(3, (0.5, 1.0, 2.0)) < mean_sd(3, (1.0, 1.0, 1.0))


def test_a_smaller_change_is_scaled_to_a_halving() -> None:
    table = oe_table(np.random.default_rng(6), log_hr=0.3)
    whole = difference_in_differences(table, ["u00"])
    table.loc[1, "caseload"] = 60 / 2**0.5
    half = difference_in_differences(table, ["u00"])
    assert half.log_hr == pytest.approx(2 * whole.log_hr)
    assert half.sd == pytest.approx(2 * whole.sd)
    # controls that grew as much heavier as the pilot grew lighter double the contrast
    table.loc[table["after"] & (table["unit"] != "u00"), "caseload"] *= 2**0.5
    assert difference_in_differences(table, ["u00"]).log_hr == pytest.approx(
        whole.log_hr
    )


def test_ratios_are_carried_to_the_odds_scale() -> None:
    table = oe_table(np.random.default_rng(7))
    rare = difference_in_differences(table, ["u00"])
    often = difference_in_differences(
        table.assign(months=table["expected"] / 0.2), ["u00"]
    )
    assert often.log_hr == pytest.approx(rare.log_hr / 0.8, rel=1e-4)
    assert often.sd == pytest.approx(rare.sd / 0.8, rel=1e-4)


def test_a_pilot_without_exits_is_wide_and_not_infinite() -> None:
    table = oe_table(np.random.default_rng(8), expected=4)
    table.loc[[0, 1], "observed"] = 0
    pilot = difference_in_differences(table, ["u00"])
    assert np.isfinite([pilot.log_hr, pilot.sd]).all()
    assert pilot.sd > 1.9


def test_placebo_share_ranks_the_pilot_among_its_controls() -> None:
    strong = difference_in_differences(
        oe_table(np.random.default_rng(9), log_hr=1.5, drift=0.05), ["u00"]
    )
    assert strong.placebo_share == pytest.approx(1 / 12)
    shares = [p.placebo_share for p in pilots(100, 10)]
    assert 0.4 < np.mean(shares) < 0.7


def test_a_pilot_that_cannot_be_judged_is_refused() -> None:
    table = oe_table(np.random.default_rng(11))
    with pytest.raises(ValueError, match="at least 2 control units"):
        difference_in_differences(table.head(4), ["u00"])
    with pytest.raises(ValueError, match="before or after"):
        difference_in_differences(table.drop(index=0), ["u00"])
    with pytest.raises(ValueError, match="before or after"):
        difference_in_differences(table, ["u99"])
    with pytest.raises(ValueError, match=r"less than a factor 1\.1"):
        difference_in_differences(table.assign(caseload=60.0), ["u00"])


def pilot_rows(
    rng: np.random.Generator, log_hr: float
) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[np.bool_]]:
    """Six units followed for 24 months; u0 halves its caseload in the second year."""
    parts = []
    for after in (False, True):
        for unit in range(6):
            pilot = unit == 0 and after
            caseload = np.full(900, 30.0 if pilot else 60.0)
            rows = draw_rows(rng, 900, 12, 0.7, caseload, log_hr / LN2)
            parts.append(rows.X.assign(unit=f"u{unit}", after=after).join(rows.y))
    table = pd.concat(parts, ignore_index=True)
    y = table[["entry", "stop", "exit"]]
    X = table[["segment", "hard", "unit", "caseload"]]
    return X, y, table["after"].to_numpy(bool)


def test_a_pilot_is_read_from_spells() -> None:
    rng = np.random.default_rng(12)
    found = []
    for _ in range(8):
        X, y, after = pilot_rows(rng, 0.4)
        table = observed_expected(ExitModel(), X, y, after, ["u0"])
        assert table["observed"].sum() == y["exit"].notna().sum()
        assert table.loc[1, "caseload"] == pytest.approx(30)
        pilot = difference_in_differences(table, ["u0"])
        found.append((pilot.log_hr - 0.4) / pilot.sd)
    # eight standardised errors: their mean has standard deviation .35
    assert abs(np.mean(found)) < 1.0


def test_expectation_never_saw_the_pilot() -> None:
    rng = np.random.default_rng(13)
    X, y, after = pilot_rows(rng, 0.0)
    learned = after & (X["unit"] == "u0").to_numpy()
    table = observed_expected(ExitModel(), X, y, after, ["u0"])
    everyone_left = y.assign(exit=y["exit"].where(~learned, "work"))
    again = observed_expected(ExitModel(), X, everyone_left, after, ["u0"])
    assert again["expected"].to_numpy() == pytest.approx(table["expected"].to_numpy())
    unknown = X.assign(caseload=np.nan)
    with pytest.raises(ValueError, match="cases per handler must be known"):
        observed_expected(ExitModel(), unknown, y, after, ["u0"])
    with pytest.raises(ValueError, match="no rows of pilot unit Lund"):
        observed_expected(ExitModel(), X, y, after, ["Lund"])
