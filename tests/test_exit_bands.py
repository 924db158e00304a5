"""Predicted exits equal observed ones per destination, segment and duration band."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hazards import SEGMENTS, Drawn, draw_rows
from scipy.special import logit
from scipy.stats import norm
from sklearn.base import clone

from bemanna.models.exits import ExitModel
from bemanna.models.kept_exits import KeptExits

BANDS = (3, 6, 12, 24, 48)
MANY, CLOSE = 20, 1e-4


def in_band(drawn: Drawn, first: int, end: int) -> Drawn:
    """Keep the part of every row in months first..end - 1."""
    y = drawn.y[(drawn.y["entry"] < end) & (drawn.y["stop"] > first)]
    inside = y.assign(
        entry=y["entry"].clip(lower=first),
        stop=y["stop"].clip(upper=end),
        exit=y["exit"].where(y["stop"] <= end),
    )
    return Drawn(drawn.X.loc[y.index], inside)


def by_band(
    model: ExitModel, drawn: Drawn, bands: tuple[int, ...] = BANDS
) -> tuple[np.ndarray, np.ndarray]:
    """Observed and predicted exits by band, segment and destination, (B, S, J)."""
    found = []
    for first, end in pairwise([0, *bands, 10**6]):
        part = in_band(drawn, first, end)
        names = (
            part.X["segment"]
            if "segment" in part.X
            else pd.Series(SEGMENTS[0], part.X.index)
        )
        groups = pd.Index(SEGMENTS).get_indexer(pd.Index(names))
        table = model.observed_expected(part.X, part.y, groups)
        table = table.reindex(range(3), fill_value=0)
        pairs = [
            [table[f"{what}_{name}"] for name in model.destinations_]
            for what in ("observed", "expected")
        ]
        found.append(np.array(pairs))  # (2, J, S)
    observed, expected = np.moveaxis(np.stack(found), 1, 0).swapaxes(2, 3)
    return observed, expected


def apart(observed: np.ndarray, expected: np.ndarray) -> float:
    """Largest |predicted - observed| / observed where exits are many."""
    many = observed >= MANY
    assert many.any()
    return float(np.abs(expected[many] / observed[many] - 1).max())


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw_rows(np.random.default_rng(11), 12_000)


@pytest.fixture(scope="module")
def small() -> Drawn:
    """Draw a register where most segments have few exits in a band."""
    return draw_rows(np.random.default_rng(12), 1_200)


# months at which the cells of the model begin, and months within them
@pytest.mark.parametrize("bands", [BANDS, (1, 2, 14), (5, 26, 50, 65), (60,)])
@pytest.mark.parametrize("refine", [True, False])
def test_predicted_exits_equal_observed_ones(
    drawn: Drawn, bands: tuple[int, ...], refine: bool
) -> None:
    model = ExitModel(bands=bands, refine=refine).fit(drawn.X, drawn.y)
    observed, expected = by_band(model, drawn, bands)
    assert observed.sum() == drawn.y["exit"].notna().sum()
    assert (observed >= MANY).sum() >= 9
    assert apart(observed, expected) <= CLOSE


def test_the_curve_alone_is_no_identity(drawn: Drawn) -> None:
    assert apart(*by_band(ExitModel().fit(drawn.X, drawn.y), drawn)) > 100 * CLOSE


def test_levels_of_other_columns_keep_their_identity(drawn: Drawn) -> None:
    rng = np.random.default_rng(13)
    home = pd.Series(rng.choice(["hyr", "äger"], len(drawn.X)))
    X = drawn.X.assign(home=home)
    single = tuple(range(1, 40))  # many steps of few exits to every destination
    model = ExitModel(bands=single).fit(X, drawn.y)
    observed, _ = by_band(model, Drawn(X, drawn.y), single)
    assert (np.where(observed < MANY, observed, 0).sum((0, 1)) > MANY).all()
    codes = (home == "hyr").to_numpy().astype(int)
    found = model.observed_expected(X, drawn.y, codes)
    for name in model.destinations_:
        off = found[f"expected_{name}"] / found[f"observed_{name}"] - 1
        assert np.abs(off).max() <= CLOSE


def test_predictions_month_by_month_sum_to_the_same(drawn: Drawn) -> None:
    # cells are single months to 24, so that the bands before it leave nothing to round
    model = ExitModel(bands=BANDS).fit(drawn.X, drawn.y)
    young = drawn.X["segment"] == "ung"
    part = in_band(Drawn(drawn.X[young], drawn.y[young]), 6, 12)
    predicted = np.zeros(len(model.destinations_))
    for month in range(6, 12):
        there = (part.y["entry"] <= month) & (part.y["stop"] > month)
        predicted += model.predict_hazard(part.X[there], month).sum(0)
    happened = [(part.y["exit"] == name).sum() for name in model.destinations_]
    assert min(happened) >= MANY
    assert predicted == pytest.approx(happened, rel=CLOSE)


def test_few_exits_are_drawn_to_the_curve(small: Drawn) -> None:
    curve = ExitModel().fit(small.X, small.y)
    model = ExitModel(bands=BANDS).fit(small.X, small.y)
    observed, expected = by_band(model, small)
    assert apart(observed, expected) <= CLOSE
    _, fitted = by_band(curve, small)
    few = observed < MANY
    assert few.sum() > 20
    assert (observed[few] == 0).any()
    assert np.isfinite(model.coef_).all()
    assert (expected[few] > 0).all()
    # between what happened and what the curve says, and nearer to the curve
    moved = np.abs(expected - fitted)[few].sum()
    assert 0 < moved < np.abs(observed - fitted)[few].sum() / 2


def test_a_band_that_nobody_reached_stays_near_the_curve(small: Drawn) -> None:
    reached = (small.X["segment"] != "ung") | (small.y["stop"] <= 12)
    model = ExitModel(bands=BANDS).fit(small.X[reached], small.y[reached])
    curve = ExitModel().fit(small.X[reached], small.y[reached])
    asked = pd.DataFrame({"segment": ["ung"] * 3, "hard": 0})
    ours, theirs = (m.predict_hazard(asked, [15, 30, 60]) for m in (model, curve))
    assert np.abs(np.log(ours / theirs)).max() < 0.5
    found = model.hazard_interval(asked, [15, 30, 60])
    # a step that no exit speaks of keeps its prior, sd .2 for each of 3 destinations
    least = 2 * norm.ppf(0.975) * 0.2 / np.sqrt(3)
    assert (np.log(found["high"] / found["low"]) > least).all()


def test_a_segment_of_few_households_is_finite(small: Drawn) -> None:
    rare = small.X["segment"].mask(small.X.index < 4, "egen")
    model = ExitModel(bands=BANDS).fit(small.X.assign(segment=rare), small.y)
    hazard = model.hazard_by_destination(["egen"], 120)
    assert ((hazard > 0) & (hazard < 0.5)).all()
    draws = model.draws(np.random.default_rng(1), 20, ["egen"])
    assert np.isfinite(draws).all()


def test_a_segment_never_seen_is_refused(small: Drawn) -> None:
    model = ExitModel(bands=BANDS).fit(small.X, small.y)
    unknown = small.X.head(2).assign(segment="okänd")
    with pytest.raises(ValueError, match="segment okänd was never seen"):
        model.predict_hazard(unknown)
    with pytest.raises(ValueError, match="okänd"):
        model.hazard_by_destination(["okänd"])


def test_without_segments_bands_are_of_everybody(drawn: Drawn) -> None:
    rows = Drawn(drawn.X[["hard"]], drawn.y)
    model = ExitModel(bands=BANDS).fit(rows.X, rows.y)
    assert apart(*by_band(model, rows)) <= CLOSE
    assert model.segments_ == ("all",)


def test_means_and_draws_of_segments_know_the_steps(small: Drawn) -> None:
    X = small.X[["segment"]]  # so that a segment is one household many times over
    model = ExitModel(bands=BANDS).fit(X, small.y)
    hazard = model.hazard_by_destination(SEGMENTS, 60)
    drawn = model.draws(np.random.default_rng(14), 4000, SEGMENTS, 60)
    for s, segment in enumerate(SEGMENTS):
        asked = pd.DataFrame({"segment": [segment] * 60})
        ours = model.predict_hazard(asked, np.arange(60))
        np.testing.assert_allclose(hazard[s], ours, rtol=1e-12)
        low, high = model.hazard_interval(asked, np.arange(60))[
            ["low", "high"]
        ].T.values
        sd = (logit(high) - logit(low)) / 2 / norm.ppf(0.975)
        np.testing.assert_allclose(logit(drawn[:, s]).std(0), sd, rtol=0.06)


def test_kept_and_read_again_it_predicts_the_same(small: Drawn) -> None:
    model = ExitModel(bands=BANDS).fit(small.X, small.y)
    for few in ({}, {"segment": ("rehab",)}):
        told = json.dumps(KeptExits.of(model, few).to_json())
        kept = KeptExits.from_json(json.loads(told))
        assert kept.logit is not None
        asked = small.X[~small.X["segment"].isin(few.get("segment", ()))]
        elapsed = small.y.loc[asked.index, "entry"]
        np.testing.assert_allclose(
            kept.cumulative_incidence(asked, 30, elapsed),
            model.cumulative_incidence(asked, 30, elapsed),
            atol=1e-12,
        )
        np.testing.assert_allclose(
            kept.logit.hazard_interval(asked, elapsed),
            model.hazard_interval(asked, elapsed),
            atol=1e-12,
        )


def test_months_of_bands_are_all_that_is_kept_beside(small: Drawn) -> None:
    plain, banded = (
        KeptExits.of(ExitModel(bands=bands).fit(small.X, small.y)).to_json()["logit"]
        for bands in (None, BANDS)
    )
    assert banded.keys() - plain.keys() == {"bands"}
    assert banded["bands"] == list(BANDS)
    assert plain.keys() <= banded.keys()


def test_as_it_comes_there_are_no_bands(small: Drawn) -> None:
    model, off = ExitModel(), ExitModel(bands=None)
    assert model.get_params() == off.get_params()
    for one in (model, off):
        one.fit(small.X, small.y)
        assert one.design_.steps.size == 0
    np.testing.assert_array_equal(model.coef_, off.coef_)
    # the curve is fitted first, as if there were no steps
    banded = ExitModel(bands=BANDS).fit(small.X, small.y)
    assert len(banded.coef_) == len(model.coef_) + 3 * 6
    assert banded.design_.terms.sizes == model.design_.terms.sizes
    assert clone(banded).bands == BANDS


@pytest.mark.parametrize(
    "bands", [(), (6, 3), (3, 3), (0, 3), (-1,), (1.5, 3), "36", 6, (True,), ((3, 6),)]
)
def test_bands_that_are_none_are_refused(small: Drawn, bands: Any) -> None:
    with pytest.raises(ValueError, match=r"^bands must be None or .*; got ") as told:
        ExitModel(bands=bands).fit(small.X, small.y)
    assert repr(bands) in str(told.value)


def test_rows_that_stop_early_are_placed_in_their_own_months(drawn: Drawn) -> None:
    """The last cell of rows is no mean over all later months of training."""
    model = ExitModel().fit(drawn.X, drawn.y)
    early = in_band(drawn, 0, 5)
    there = (early.y["entry"] <= 4) & (early.y["stop"] > 4)
    month = early.y[there].assign(entry=4)
    found = model.observed_expected(early.X[there], month, np.zeros(len(month), int))
    hazard = model.predict_hazard(early.X[there], 4).sum()
    assert found["expected"].item() == pytest.approx(hazard, rel=1e-9)
