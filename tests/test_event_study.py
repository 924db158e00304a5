"""An effect quarter by quarter: equal to other software, and honest about drift."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hazards import draw_rows
from pilotworld import World, draw, oe_by_month
from scipy import stats
from shared import shared_data

from bemanna.models.event_study import (
    EventStudy,
    pilot_by_period,
    two_way_event_study,
)
from bemanna.models.exits import ExitModel
from bemanna.models.pilot import expected_by_period

#: pyfixest 0.60.0 on the state panel (51 states, 117 months):
#:     rel = floor((trend - T0 - 1) / 3) clipped to [-8, 7], -1 where never treated
#:     feols("lncase ~ i(rel, ref=-1) + unemp | state + trend", vcov={"CRV1": "state"})
#: first without and then with unemp; period, coefficient, standard error each.
PLAIN = """
-8 0.0451788 0.0389215, -7 0.0379742 0.0184055, -6 0.0367290 0.0155380,
-5 0.0309099 0.0127277, -4 0.0218355 0.0096798, -3 0.0157026 0.0066982,
-2 0.0112579 0.0044032, 0 -0.0097486 0.0067757, 1 -0.0074021 0.0131988,
2 -0.0042780 0.0173433, 3 -0.0103681 0.0240805, 4 -0.0069169 0.0323161,
5 0.0070111 0.0451268, 6 0.0251076 0.0501001, 7 -0.0649271 0.0427461"""
UNEMPLOYMENT = """
-8 0.0499960 0.0342234, -7 0.0410920 0.0173928, -6 0.0439255 0.0143372,
-5 0.0408481 0.0124588, -4 0.0317524 0.0102414, -3 0.0201841 0.0073027,
-2 0.0155466 0.0048832, 0 -0.0075773 0.0074329, 1 -0.0096281 0.0130061,
2 -0.0031981 0.0160468, 3 -0.0110824 0.0211043, 4 -0.0061490 0.0281646,
5 -0.0035225 0.0374475, 6 0.0135277 0.0409540, 7 -0.0584904 0.0325497"""


@pytest.mark.parametrize(
    ("covariates", "table"), [([], PLAIN), (["unemp"], UNEMPLOYMENT)]
)
def test_staggered_adoption_gives_the_numbers_of_pyfixest(
    covariates: list[str], table: str
) -> None:
    panel = pd.read_csv(shared_data("spells/us_state_afdc_caseload_panel.csv"))
    panel["start"] = (panel["T0"] + 1).where(panel["treated"] == 1)
    found = two_way_event_study(
        panel, "lncase", covariates, unit="state", month="trend"
    )
    wanted = np.array([row.split() for row in table.split(",")], dtype=float)
    assert found.periods.tolist() == wanted[:, 0].tolist()
    np.testing.assert_allclose(found.effect, wanted[:, 1], atol=1e-6)
    np.testing.assert_allclose(found.sd, wanted[:, 2], atol=1e-6)


def adopters(
    rng: np.random.Generator, units: int = 40, adopt: int = 20, effect: float = 0.0
) -> pd.DataFrame:
    """Log caseload over 30 months of units of which some adopt, at staggered months."""
    months = 30
    begins = rng.integers(12, 24, units).astype(float)
    begins[adopt:] = np.nan  # never
    when = np.arange(months)
    y = rng.normal(0, 0.3, (units, 1)) + rng.normal(0, 0.1, months)
    y = y + 0.02 * rng.standard_normal((units, months)).cumsum(1)
    y += effect * (when >= begins[:, None])
    return pd.DataFrame(
        {
            "unit": np.repeat([f"k{i:02d}" for i in range(units)], months),
            "month": np.tile(when, units),
            "start": np.repeat(begins, months),
            "log_caseload": y.ravel(),
        }
    )


def test_missing_months_give_the_regression_on_dummies() -> None:
    rng = np.random.default_rng(1)
    panel = adopters(rng).sample(frac=0.8, random_state=rng)
    panel["jobless"] = rng.normal(0, 1, len(panel))
    found = two_way_event_study(panel, covariates=["jobless"], window=(-2, 2))
    since = np.floor((panel["month"] - panel["start"]) / 3).clip(-2, 2).fillna(-1)
    panel["since"] = since.astype(int)
    dummies = smf.ols(
        "log_caseload ~ C(since, Treatment(-1)) + jobless + C(unit) + C(month)", panel
    ).fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(panel["unit"])[0]})
    names = [f"C(since, Treatment(-1))[T.{q}]" for q in (-2, 0, 1, 2)]
    assert found.effect == pytest.approx(dummies.params[names].to_numpy(), abs=1e-8)
    # statsmodels counts unit effects as learnt although they are nested in clusters
    rows, units = len(panel), panel["unit"].nunique()
    ratio = (rows - len(dummies.params)) / (rows - len(dummies.params) + units - 1)
    wanted = dummies.bse[names].to_numpy() * np.sqrt(ratio)
    assert found.sd == pytest.approx(wanted, rel=1e-6)


def test_a_known_step_is_found_and_nothing_before_it() -> None:
    rng = np.random.default_rng(2)
    inside, before = [], []
    for _ in range(60):
        panel = adopters(rng, effect=-0.2)
        study = two_way_event_study(panel, window=(-3, 3))
        found = study.frame()
        truth = np.where(found["period"] >= 0, -0.2, 0.0)
        inside.append(((found["low"] <= truth) & (truth <= found["high"])).mean())
        before.append(study.before)
    assert np.mean(inside) >= 0.93
    assert np.mean(np.array(before) < 0.05) <= 0.15
    assert found.loc[found["period"] == -1, "effect"].tolist() == [0.0]


def test_few_adopters_among_many_get_wider_intervals() -> None:
    """Ten of fifty: the t of ten covers where that of fifty falls short."""
    rng = np.random.default_rng(10)
    score = []
    for _ in range(120):
        study = two_way_event_study(adopters(rng, 50, adopt=10), window=(-3, 3))
        assert study.df == 9
        score.append(np.abs(study.effect) / study.sd)
    inside = [np.mean(np.array(score) <= stats.t.ppf(0.975, df)) for df in (9, 49)]
    assert inside[0] >= 0.93 > inside[1]


def test_a_panel_that_cannot_tell_is_refused() -> None:
    panel = adopters(np.random.default_rng(3))
    few = panel.assign(start=panel["start"].where(panel["unit"] == "k01"))
    with pytest.raises(ValueError, match="at least 10 treated and 10 untreated"):
        two_way_event_study(few)
    with pytest.raises(ValueError, match="must be known"):
        two_way_event_study(panel.assign(log_caseload=np.nan))
    with pytest.raises(ValueError, match="nothing to tell"):
        two_way_event_study(panel.assign(m=panel["month"] * 1.0), covariates=["m"])


# One pilot, observed against expected


def quarters(world: World, runs: int, log_hr: float, seed: int) -> list[EventStudy]:
    """Event studies of pilots drawn in offices with shocks of their own."""
    truth = np.full(runs, log_hr)
    exits, served = draw(np.random.default_rng(seed), world, truth)
    expected = oe_by_month(exits, served, world.before)
    found = []
    for o, e in zip(exits.sum(3), expected, strict=True):
        units = len(o)
        period = np.arange(-world.before // 3, world.months // 3)
        table = pd.DataFrame(
            {
                "unit": np.repeat([f"u{i:02d}" for i in range(units)], len(period)),
                "period": np.tile(period, units),
                "observed": o.reshape(units, -1, 3).sum(2).ravel(),
                "expected": e.reshape(units, -1, 3).sum(2).ravel(),
            }
        )
        found.append(pilot_by_period(table, ["u00"]))
    return found


@pytest.mark.parametrize("log_hr", [0.0, 0.4])
def test_quarterly_intervals_carry_the_drift_between_controls(log_hr: float) -> None:
    studies = quarters(World(shock=0.15), 120, log_hr, seed=4)
    frames = pd.concat([s.frame() for s in studies])
    frames = frames[frames["period"] != -1]
    truth = np.where(frames["period"] >= 0, log_hr * 0.96, 0.0)
    inside = (frames["low"] <= truth) & (truth <= frames["high"])
    assert 0.93 <= inside.mean() <= 0.99
    error = (frames["effect"] - truth).groupby(frames["period"]).mean()
    assert error.abs().max() < 4 * frames["sd"].mean() / np.sqrt(len(studies))
    # a test of what came before at .10: some 12 of 120, and three standard errors
    assert sum(s.before <= 0.10 for s in studies) <= 22


def one_table(rng: np.random.Generator) -> pd.DataFrame:
    """Seven units in five quarters."""
    units = [f"u{i}" for i in range(7) for _ in range(5)]
    table = pd.DataFrame({"unit": units, "period": np.tile(range(-3, 2), 7)})
    table["expected"] = rng.uniform(20, 40, 35)
    drift = np.exp(rng.normal(0, 0.3, 35))
    return table.assign(observed=rng.poisson(table["expected"] * drift))


def test_one_quarter_is_the_difference_in_differences_of_that_quarter() -> None:
    table = one_table(np.random.default_rng(5))
    found = pilot_by_period(table, ["u0"])
    assert found.periods.tolist() == [-3, -2, 0, 1]
    observed = (table["observed"] + 0.5).to_numpy().reshape(7, 5)
    log = np.log(observed / table["expected"].to_numpy().reshape(7, 5))
    noise = 1 / observed
    delta, v = log[:, 4] - log[:, 2], noise[:, 4] + noise[:, 2]
    # DerSimonian and Laird by hand
    w = 1 / v[1:]
    q = (w * (delta[1:] - np.average(delta[1:], weights=w)) ** 2).sum()
    tau2 = max(0, (q - 5) / (w.sum() - (w**2).sum() / w.sum()))
    assert tau2 > 0
    w = 1 / (v[1:] + tau2)
    assert found.effect[3] == pytest.approx(
        delta[0] - np.average(delta[1:], weights=w), abs=1e-6
    )
    assert found.sd[3] == pytest.approx(np.sqrt(v[0] + tau2 + 1 / w.sum()), rel=1e-6)


def test_an_early_start_is_seen_before_the_start() -> None:
    table = one_table(np.random.default_rng(6))
    early = (table["unit"] == "u0") & (table["period"] == -3)
    table.loc[early, "observed"] *= 20
    assert pilot_by_period(table, ["u0"]).before == pytest.approx(1 / 7)
    later = table[table["period"] >= -1]
    assert np.isnan(pilot_by_period(later, ["u0"]).before)


def test_two_pilots_are_read_together() -> None:
    rng = np.random.default_rng(7)
    table = one_table(rng).assign(expected=2000.0, observed=2000.0)
    for unit in ("u0", "u1"):
        after = (table["unit"] == unit) & (table["period"] >= 0)
        table.loc[after, "observed"] = 3000.0
    both = pilot_by_period(table, ["u0", "u1"])
    assert both.effect == pytest.approx([0, 0, np.log(1.5), np.log(1.5)], abs=1e-3)
    assert both.df == 4
    alone = pilot_by_period(table[table["unit"] != "u1"], ["u0"])
    assert (both.sd < alone.sd).all()


def test_a_table_that_cannot_be_judged_is_refused() -> None:
    table = one_table(np.random.default_rng(8))
    with pytest.raises(ValueError, match="after it are needed"):
        pilot_by_period(table[table["period"] < 0], ["u0"])
    with pytest.raises(ValueError, match="no household-months"):
        pilot_by_period(table.drop(index=0), ["u0"])
    with pytest.raises(ValueError, match="no household-months"):
        pilot_by_period(table, ["u9"])
    with pytest.raises(ValueError, match="at least 2 control units"):
        pilot_by_period(table.head(10), ["u0"])


def test_quarters_are_read_from_spells() -> None:
    rng = np.random.default_rng(9)
    parts = []
    for period in range(-2, 2):
        for unit in range(5):
            caseload = np.full(500, 30.0 if unit == 0 and period >= 0 else 60.0)
            drawn = draw_rows(rng, 500, 6, 0.7, caseload, 1.2)
            parts.append(drawn.X.assign(unit=f"u{unit}", period=period).join(drawn.y))
    rows = pd.concat(parts, ignore_index=True)
    X = rows[["segment", "hard", "unit", "caseload"]]
    y = rows[["entry", "stop", "exit"]]
    when = rows["period"].to_numpy(np.intp)
    table = expected_by_period(ExitModel(), X, y, when, ["u0"])
    assert table["period"].tolist() == [-2, -1, 0, 1] * 5
    assert table["observed"].sum() == y["exit"].notna().sum()
    assert table.loc[2, "caseload"] == pytest.approx(30)
    found = pilot_by_period(table, ["u0"])
    truth = np.array([0, 1, 1]) * 1.2 * np.log(2) * 0.95
    assert (np.abs(found.effect - truth) < 3 * found.sd).all()
    assert found.effect[1:].min() > found.effect[0]
