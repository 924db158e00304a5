"""The appraisal against its closed form, with every input varied."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bemanna.models.effect import EffortEffect
from bemanna.models.pilot import PilotEstimate
from bemanna.optimisation.appraisal import Appraisal, Payback, appraise
from bemanna.optimisation.counterfactual import Counterfactual
from bemanna.optimisation.payback import cumulated, payback_month
from bemanna.optimisation.pilotinput import Costs, Pilot, Range, StateCost

PILOT = Pilot(
    exits={"work": 40.0, "sickness_compensation": 50.0, "moved": 17.0},
    months=12,
    handlers_added=3.0,
    caseload_before=60.0,
    caseload_after=30.0,
)
COSTS = Costs(
    benefit_case_month_sek=6_000.0,
    handler_year_sek=Range(350_000.0, 400_000.0, 500_000.0, "budget"),
    state={"sickness_compensation": StateCost(9_000.0, "price list")},
)


def against(share: float, spread: float = 0.1, seed: int = 1) -> Counterfactual:
    rng = np.random.default_rng(seed)
    low, high = share - spread, min(share + spread, 1.0)
    return Counterfactual.from_share(share, low, high, "guess", rng, 500)


def exactly(share: float) -> Counterfactual:
    return Counterfactual(np.full(3, share), "known")


pilots = st.builds(
    Pilot,
    exits=st.fixed_dictionaries(
        {
            "work": st.floats(0, 500),
            "sickness_compensation": st.floats(0, 500),
            "unspecified": st.floats(0, 50),
        }
    ),
    months=st.integers(1, 36),
    handlers_added=st.floats(0, 50),
    caseload_before=st.floats(40, 80),
    caseload_after=st.floats(10, 39),
)
prices = st.builds(
    lambda benefit, low, more, most, state: Costs(
        benefit,
        Range(low, low + more, low + more + most, "x"),
        {"sickness_compensation": StateCost(state, "y")},
    ),
    st.floats(500, 20_000),
    st.floats(2e5, 1e6),
    st.floats(0, 1e5),
    st.floats(0, 1e5),
    st.floats(0, 20_000),
)


@given(pilots, prices, st.integers(1, 60), st.floats(-0.5, 1))
@settings(max_examples=200, deadline=None)
def test_every_sum_is_its_closed_form(
    pilot: Pilot, costs: Costs, horizon: int, share: float
) -> None:
    found = appraise(pilot, exactly(share), horizon, costs)
    n, b, h = sum(pilot.exits.values()), costs.benefit_case_month_sek, horizon
    assert found.exits == pytest.approx(n)
    assert found.benefit_sek.if_all_extra == pytest.approx(b * h * n)
    assert found.extra_exits is not None
    assert found.deadweight_exits is not None
    assert found.extra_exits.mean == pytest.approx(share * n)
    assert found.deadweight_exits.mean == pytest.approx((1 - share) * n)
    assert found.deadweight_sek is not None
    assert found.benefit_sek.expected is not None
    both = found.deadweight_sek.mean + found.benefit_sek.expected.mean
    assert both == pytest.approx(b * h * n)
    state = costs.state["sickness_compensation"].sek_month
    moved = pilot.exits["sickness_compensation"]
    if moved:
        assert found.state_sek is not None
        assert found.state_sek.if_all_extra == pytest.approx(state * h * moved)
        assert found.state_sek.expected is not None
        assert found.state_sek.expected.mean == pytest.approx(state * h * moved * share)
    for at, level in zip(found.at_cost, ("low", "middle", "high"), strict=True):
        year = getattr(costs.handler_year_sek, level)
        staff = year * pilot.handlers_added * pilot.months / 12
        within = year * pilot.handlers_added * min(h, pilot.months) / 12
        assert at.staff_sek == pytest.approx(staff)
        assert at.net_sek.if_all_extra == pytest.approx(b * h * n - staff, abs=1e-3)
        assert at.net_within_sek.if_all_extra == pytest.approx(
            b * h * n - within, abs=1e-3
        )
        assert at.net_sek.expected is not None
        net = b * h * n * share - staff
        assert at.net_sek.expected.mean == pytest.approx(net, abs=1e-3)
        even = at.breakeven
        assert b * h * even.exits == pytest.approx(staff)
        if even.rate_ratio is not None:
            assert even.exits < n
            assert n / even.rate_ratio == pytest.approx(n - even.exits)
            assert even.theta is not None
            assert pilot.caseload_before is not None
            assert pilot.caseload_after is not None
            halvings = np.log2(pilot.caseload_before / pilot.caseload_after)
            assert even.log_hr_halving is not None
            effect = np.exp(even.log_hr_halving * halvings)
            assert effect == pytest.approx(even.rate_ratio)
    if "unspecified" in found.unpriced:
        assert found.public_net_sek is None
    elif found.public_net_sek is not None:
        expected = n and b * h * n - (state * h * moved if moved else 0)
        assert found.public_net_sek.if_all_extra == pytest.approx(
            expected - found.middle.staff_sek, abs=1e-3
        )


def numbers(found: Appraisal) -> dict[str, float | None]:
    """Everything that an input should move."""
    at = found.middle
    assert at.net_sek.expected is not None
    return {
        "gross": found.benefit_sek.if_all_extra,
        "staff": at.staff_sek,
        "net": at.net_sek.expected.mean,
        "within": at.net_within_sek.if_all_extra,
        "even": at.breakeven.exits,
        "theta": at.breakeven.theta,
        "paid": at.payback.if_all_extra,
        "state": found.state_sek.if_all_extra if found.state_sek else None,
        "public": found.public_net_sek.if_all_extra if found.public_net_sek else None,
        "low": found.at_cost[0].staff_sek,
        "high": found.at_cost[2].staff_sek,
        "chance": at.probability_saves,
    }


LATE = (*[0.0] * 11, 1.0)
DEARER = replace(COSTS.handler_year_sek, middle=450_000.0)


@pytest.mark.parametrize(
    ("pilot", "share", "horizon", "costs", "moved"),
    [
        (replace(PILOT, exits={**PILOT.exits, "work": 60.0}), 0.2, 12, COSTS, "gross"),
        (replace(PILOT, months=24), 0.2, 12, COSTS, "staff even net theta paid"),
        (replace(PILOT, handlers_added=4.0), 0.2, 12, COSTS, "staff low high even net"),
        (replace(PILOT, caseload_before=80.0), 0.2, 12, COSTS, "theta"),
        (replace(PILOT, caseload_after=20.0), 0.2, 12, COSTS, "theta"),
        (replace(PILOT, profile=LATE), 0.2, 12, COSTS, "paid"),
        (PILOT, 0.3, 12, COSTS, "net chance"),
        (PILOT, 0.2, 6, COSTS, "gross net within even state public theta"),
        (PILOT, 0.2, 12, replace(COSTS, benefit_case_month_sek=2e4), "gross net paid"),
        (PILOT, 0.2, 12, replace(COSTS, handler_year_sek=DEARER), "staff net even"),
        (
            PILOT,
            0.2,
            12,
            replace(COSTS, state={"sickness_compensation": StateCost(1.0, "z")}),
            "state public",
        ),
        (PILOT, 0.2, 12, replace(COSTS, state={}), "state public"),
    ],
)
def test_no_input_is_without_influence(
    pilot: Pilot, share: float, horizon: int, costs: Costs, moved: str
) -> None:
    before = numbers(appraise(PILOT, against(0.2), 12, COSTS))
    after = numbers(appraise(pilot, against(share), horizon, costs))
    changed = {name for name in before if before[name] != after[name]}
    assert set(moved.split()) <= changed


@pytest.mark.parametrize("level", ["low", "high"])
def test_the_ends_of_the_handler_cost_move_their_own_results(level: str) -> None:
    factor = {"low": 0.9, "high": 1.1}[level]
    cost = COSTS.handler_year_sek
    other = replace(cost, **{level: getattr(cost, level) * factor})
    before, after = (
        appraise(PILOT, None, 12, replace(COSTS, handler_year_sek=c))
        for c in (cost, other)
    )
    same = [b == a for b, a in zip(before.at_cost, after.at_cost, strict=True)]
    assert same == [level != "low", True, level != "high"]


def test_spread_of_the_counterfactual_widens_and_does_not_shift() -> None:
    narrow, wide = (
        appraise(PILOT, against(0.2, s, 3), 12, COSTS).middle.net_sek.expected
        for s in (0.05, 0.2)
    )
    assert narrow is not None
    assert wide is not None
    assert wide.high - wide.low == pytest.approx(4 * (narrow.high - narrow.low))
    assert narrow.level == 0.8


def test_a_stated_interval_is_kept_even_where_lopsided() -> None:
    rng = np.random.default_rng(0)
    found = Counterfactual.from_share(0.3, 0.25, 0.6, "s", rng, 200_000).interval
    assert found.low == pytest.approx(0.25, abs=0.005)
    assert found.high == pytest.approx(0.6, abs=0.005)
    assert Counterfactual.from_share(0.9, 0.8, 1.0, "s", rng).extra_share.max() <= 1


def test_an_effect_becomes_a_share_and_harm_is_kept() -> None:
    rng = np.random.default_rng(0)
    effect = EffortEffect.fixed(np.log(1.15))
    found = Counterfactual.from_effect(effect, 60, 30, "studies", rng)
    # about 14 of 107 exits, as a hazard ratio of 1.15 at half the caseload means
    assert 107 * found.interval.mean == pytest.approx(107 * (1 - 1 / 1.15))
    for before, after in ((60, 40), (90, 30)):
        share = Counterfactual.from_effect(
            effect, before, after, "s", rng
        ).interval.mean
        assert share == pytest.approx(1 - (after / before) ** effect.theta)
    harm = Counterfactual.from_effect(EffortEffect.fixed(-0.2), 60, 30, "s", rng)
    appraised = appraise(PILOT, harm, 12, COSTS)
    assert appraised.extra_exits is not None
    assert appraised.extra_exits.high < 0
    net = appraised.middle.net_sek.expected
    assert net is not None
    assert net.high < -appraised.middle.staff_sek
    assert appraised.middle.payback.expected is None
    none = Counterfactual.from_effect(EffortEffect.fixed(0.0), 60, 30, "s", rng)
    nothing = appraise(PILOT, none, 12, COSTS).middle
    assert nothing.net_sek.expected is not None
    assert nothing.net_sek.expected.mean == -nothing.staff_sek
    assert nothing.probability_saves == 0


def test_draws_depend_on_the_generator_alone() -> None:
    effect = EffortEffect.from_evidence()

    def drawn(seed: int) -> Counterfactual:
        rng = np.random.default_rng(seed)
        return Counterfactual.from_effect(effect, 60, 30, "s", rng)

    assert (drawn(1).extra_share == drawn(1).extra_share).all()
    assert (drawn(1).extra_share != drawn(2).extra_share).any()


def test_heavy_tails_are_refused_since_their_ratio_has_no_mean() -> None:
    no = np.zeros(3)
    alone = PilotEstimate(0.1, 0.1, 2.0, 0.0, ("a", "b", "c"), no, no + 1, no)
    effect = EffortEffect.from_pilot(alone)
    with pytest.raises(ValueError, match="combine"):
        Counterfactual.from_effect(effect, 60, 30, "s", np.random.default_rng(0))


@given(pilots, prices)
@settings(max_examples=50, deadline=None)
def test_a_longer_horizon_never_costs(pilot: Pilot, costs: Costs) -> None:
    found = [appraise(pilot, None, h, costs) for h in (6, 12, 24)]
    for short, long in pairwise(found):
        assert long.middle.net_sek.if_all_extra >= short.middle.net_sek.if_all_extra
        assert long.middle.breakeven.exits <= short.middle.breakeven.exits
        assert long.middle.staff_sek == short.middle.staff_sek
        paid = [f.middle.payback.if_all_extra or np.inf for f in (short, long)]
        assert paid[1] <= paid[0]


def test_without_a_counterfactual_only_the_gross_is_said() -> None:
    found = appraise(PILOT, None, 12, COSTS)
    assert found.source == ""
    assert found.extra_exits is found.deadweight_exits is found.deadweight_sek is None
    assert found.benefit_sek.expected is None
    for at in found.at_cost:
        assert at.net_sek.expected is None
        assert at.probability_saves is None
        assert at.payback == Payback(at.payback.if_all_extra)
        assert at.breakeven.exits > 0


def test_nobody_left() -> None:
    nobody = replace(PILOT, exits={"work": 0.0})
    found = appraise(nobody, against(0.2), 12, COSTS)
    even = found.middle.breakeven
    assert found.middle.net_sek.if_all_extra == -found.middle.staff_sek
    assert (even.share, even.rate_ratio, even.theta) == (None, None, None)
    assert found.middle.payback == Payback(None)
    assert found.to_state == {}
    assert found.state_sek is None


def test_more_staff_than_benefit_never_breaks_even() -> None:
    found = appraise(replace(PILOT, handlers_added=100.0), None, 12, COSTS).middle
    assert found.breakeven.share is not None
    assert found.breakeven.share > 1
    assert found.breakeven.rate_ratio is None
    assert found.payback.if_all_extra is None


def test_unknown_caseloads_leave_the_effect_unknown() -> None:
    found = appraise(replace(PILOT, caseload_after=None), None, 12, COSTS).middle
    assert found.breakeven.rate_ratio is not None
    assert found.breakeven.theta is None
    assert found.breakeven.log_hr_halving is None


def test_the_state_is_priced_only_where_a_price_is_given() -> None:
    exits = {"work": 10.0, "studies": 20.0, "sickness_compensation": 30.0}
    pilot = replace(PILOT, exits=exits)
    some = appraise(pilot, exactly(0.5), 12, COSTS)
    assert some.to_state == {"sickness_compensation": 30.0, "studies": 20.0}
    assert some.unpriced == ("studies",)
    assert some.state_sek is not None
    assert some.state_sek.if_all_extra == 12 * 30 * 9_000
    assert some.public_net_sek is None
    both = {**COSTS.state, "studies": StateCost(3_000.0, "CSN")}
    all_of_it = appraise(pilot, exactly(0.5), 12, replace(COSTS, state=both))
    assert all_of_it.unpriced == ()
    assert all_of_it.state_sek is not None
    assert all_of_it.state_sek.expected is not None
    state = all_of_it.state_sek.expected.mean
    assert state == pytest.approx(12 * 0.5 * (30 * 9_000 + 20 * 3_000))
    assert all_of_it.public_net_sek is not None
    assert all_of_it.public_net_sek.expected is not None
    own = all_of_it.middle.net_sek.expected
    assert own is not None
    assert all_of_it.public_net_sek.expected.mean == pytest.approx(own.mean - state)
    none = appraise(pilot, None, 12, replace(COSTS, state={}))
    assert none.state_sek is None
    assert none.unpriced == ("sickness_compensation", "studies")


def test_exits_to_work_alone_cost_the_state_nothing() -> None:
    found = appraise(replace(PILOT, exits={"work": 100.0}), None, 12, COSTS)
    assert found.state_sek is None
    assert found.public_net_sek == found.middle.net_sek


@given(
    pilots,
    prices,
    st.integers(1, 36),
    st.floats(-50, 500),
    st.lists(st.floats(0, 9), min_size=36, max_size=36),
)
@settings(max_examples=100, deadline=None)
def test_payback_is_the_first_month_that_stays_paid(
    pilot: Pilot, costs: Costs, horizon: int, extra: float, profile: list[float]
) -> None:
    shape = tuple(profile[: pilot.months])
    pilot = replace(pilot, profile=shape if sum(shape) > 0.1 else ())
    year = costs.handler_year_sek.middle
    benefit, staff = cumulated(pilot, extra, horizon, costs, year)
    by_hand = [
        costs.benefit_case_month_sek
        * extra
        * sum(
            share * min(max(t - m, 0), horizon)
            for m, share in enumerate(pilot.arrivals, start=1)
        )
        for t in range(1, len(benefit) + 1)
    ]
    assert benefit == pytest.approx(np.array(by_hand))
    assert staff[-1] == pytest.approx(year * pilot.handlers_added * pilot.months / 12)
    assert benefit[-1] == pytest.approx(costs.benefit_case_month_sek * extra * horizon)
    paid = payback_month(pilot, extra, horizon, costs, year)
    covered = benefit >= staff * (1 - 1e-12)
    if paid is None:
        assert not covered[-1]
    else:
        assert covered[paid - 1 :].all()
        assert paid == 1 or not covered[paid - 2]


def test_payback_waits_for_late_exits_and_ends_where_staff_goes_on() -> None:
    costs = Costs(10_000.0, Range.exactly(120_000.0, "x"))
    pilot = Pilot({"work": 2.0}, 12, 1.0)
    early = replace(pilot, profile=(1.0, *[0.0] * 11))
    late = replace(pilot, profile=LATE)

    def paid(which: Pilot, horizon: int) -> int | None:
        return payback_month(which, 2.0, horizon, costs, 120_000.0)

    # 20 000 a month from month 2 against 10 000 a month from month 1
    assert paid(early, 12) == 2
    assert paid(late, 12) == 18
    # covered in month 2 already, but three months of benefit do not pay a year
    assert paid(early, 3) is None
    assert paid(early, 6) == 2
    assert payback_month(replace(pilot, handlers_added=0.0), 2, 12, costs, 1.0) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: replace(PILOT, months=0),
        lambda: replace(PILOT, handlers_added=-1.0),
        lambda: replace(PILOT, exits={"work": -1.0}),
        lambda: replace(PILOT, exits={"work": float("nan")}),
        lambda: replace(PILOT, caseload_after=60.0),
        lambda: replace(PILOT, caseload_after=0.0),
        lambda: replace(PILOT, profile=(1.0,)),
        lambda: replace(PILOT, profile=(0.0,) * 12),
        lambda: replace(COSTS, benefit_case_month_sek=0.0),
        lambda: replace(COSTS, state={"work": StateCost(1.0, "x")}),
        lambda: Range(2.0, 1.0, 3.0, "x"),
        lambda: appraise(PILOT, None, 0, COSTS),
        lambda: Counterfactual(np.array([]), "x"),
        lambda: Counterfactual(np.array([1.1]), "x"),
        lambda: Counterfactual(np.array([np.nan]), "x"),
        lambda: against(0.5, -0.1),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        wrong()  # type: ignore[operator]
