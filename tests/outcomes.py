"""A made-up outcome for the tests of what is shown: plausible, and nobody's figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bemanna.models.domain import Array, Fault, Interval, Paths, Severity
from bemanna.models.effect import EffortEffect
from bemanna.models.power import LotteryPlan
from bemanna.optimisation.alternatives import Alternative
from bemanna.optimisation.certificate import Certificate
from bemanna.optimisation.course import Course
from bemanna.optimisation.information import Information
from bemanna.optimisation.levers import LeverWorth
from bemanna.optimisation.plan import Limit, StaffingPlan
from bemanna.optimisation.policy import Policy, today_policy
from bemanna.optimisation.problem import Unit
from bemanna.optimisation.regret import RegretTable
from bemanna.optimisation.simulation import SimulationCheck
from bemanna.pipelines.assumption import Assumption
from bemanna.pipelines.config import Settings
from bemanna.pipelines.doubts import Doubts
from bemanna.pipelines.forecast import Forecast, YearForecast
from bemanna.pipelines.outcome import Outcome, RunInfo
from bemanna.pipelines.registers import Case

SEGMENTS = ("Arbetslösa", "Sjuka utan ersättning", "Sociala hinder")
PAST = pd.date_range("2022-01-01", "2026-10-01", freq="MS")
FUTURE = pd.date_range("2026-11-01", periods=36, freq="MS")
HAZARD = np.array([0.085, 0.04, 0.025])
BENEFIT = np.array([8_900.0, 8_300.0, 9_800.0])
HANDLER_COST = 62_000.0


def outcome(
    kind: str = "hires",
    units: tuple[str, ...] = ("Gävle",),
    cases: float = 480.0,
    simulated: bool = True,
) -> Outcome:
    """Make an outcome.

    Parameters
    ----------
    kind : str
        `hires` (a plan that saves), `unsure` (interval around nought), `same` (today
        is best), `loses` (costs cash, pays later), `stock` (no plan, no flows).
    units : tuple of str
    cases : float
        Cases per unit in the first month.
    simulated : bool
    """
    rng = np.random.default_rng(7)
    case = _case(units, cases, simulated, knows_flows=kind != "stock")
    effect = EffortEffect.from_evidence()
    plans = () if kind == "stock" else tuple(_plan(u, cases, kind, rng) for u in units)
    return Outcome(
        case=case,
        forecast=_forecast(case, rng),
        year=_year(case),
        effect=effect,
        plans=plans,
        exit_curve=pd.DataFrame() if kind == "stock" else _exit_curve(),
        cannot_tell=("Registret skiljer inte nya ärenden från återkommande.",),
        assumptions=(
            Assumption("Lön per månad", "38 600 kr", "SCB, prognos för 2023"),
            Assumption("PO-pålägg", "44,53 %", "SKR 2023"),
        ),
        backtest=_backtest(),
        doubts=tuple(_doubts(plan, len(plans)) for plan in plans),
        info=RunInfo(
            run_id="gavle-2026-11-22-081233",
            started=pd.Timestamp("2026-11-22 08:12"),
            version="0.1.0",
            seed=1,
            seconds=21.4,
            command="bemanna run demo --seed 1",
        ),
    )


def _case(
    units: tuple[str, ...], cases: float, simulated: bool, knows_flows: bool
) -> Case:
    index = pd.MultiIndex.from_product(
        [units, SEGMENTS, PAST], names=["unit", "segment", "month"]
    )
    flows = index.to_frame(index=False)
    share = flows["segment"].map(dict(zip(SEGMENTS, (0.5, 0.3, 0.2), strict=True)))
    season = 1 + 0.03 * np.sin(2 * np.pi * (flows["month"].dt.month - 2) / 12)
    trend = 1.25 - 0.25 * (flows["month"] - PAST[0]).dt.days / (PAST[-1] - PAST[0]).days
    served = (cases * share * season * trend).round()
    hazard = flows["segment"].map(dict(zip(SEGMENTS, HAZARD, strict=True)))
    flows["inflow"] = (served * hazard).round()
    flows["start"] = served - flows["inflow"]
    flows["exits"] = (served * hazard).round()
    flows["served"] = served
    flows["end"] = served - flows["exits"]
    flows["paid_sek"] = served * 8_900
    if not knows_flows:
        flows[["inflow", "exits", "served", "end"]] = np.nan
        flows["start"] = served
    staff = pd.MultiIndex.from_product([units, PAST], names=["unit", "month"])
    handlers = staff.to_frame(index=False).assign(
        handlers_fte=cases / 60, caseload=60.0
    )
    warning = Fault(
        rule="short_history",
        message="Bara 58 månader i flows.csv.",
        remedy="Lämna helst fem år.",
        severity=Severity.WARNING,
        file="flows.csv",
    )
    settings = Settings.model_validate(
        {
            "municipality": {"code": "2180", "name": "Gävle"},
            "economy": {
                "price_year": 2026,
                "salary_month_sek": 38_600,
                "employer_charge_share": 0.4453,
                "overhead_share": 0.1,
            },
            "budget": {"2026": 60e6 * len(units), "2027": 55e6 * len(units)},
        }
    )
    return Case(
        folder=Path("demo"),
        settings=settings,
        flows=flows,
        spells=None,
        staff=handlers,
        staff_assumed=False,
        warnings=(warning,),
        simulated=simulated,
    )


def _course(name: str, handlers: Array, cases: float, theta: float) -> Course:
    """Roll a course forward with the effect of its own caseload."""
    months = len(FUTURE)
    served = np.empty((3, months))
    exits = np.empty((3, months))
    now = cases * np.array([0.5, 0.3, 0.2])
    for t in range(months):
        caseload = now.sum() / handlers[t]
        served[:, t] = now
        exits[:, t] = now * HAZARD * (60 / caseload) ** theta
        now = now - exits[:, t] + cases * np.array([0.5, 0.3, 0.2]) * HAZARD
    hires = np.maximum(np.diff(handlers, prepend=handlers[0]), 0)
    releases = np.maximum(-np.diff(handlers, prepend=handlers[0]), 0)
    caseload = served.sum(axis=0) / handlers
    return Course(
        name=name,
        months=FUTURE,
        handlers=handlers,
        hires=hires,
        releases=releases,
        shortage=np.zeros(months),
        cases=served,
        exits=exits,
        caseload=caseload,
        segment_caseload=np.tile(caseload, (3, 1)) * [[1.1], [0.9], [1.0]],
        benefit_sek=BENEFIT @ served,
        staff_sek=HANDLER_COST * handlers + 357_000 * hires,
        shortage_sek=np.zeros(months),
        terminal_sek=float(BENEFIT @ served[:, -1] * 12),
        total_sek=0.0,
    )


def _plan(unit: str, cases: float, kind: str, rng: np.random.Generator) -> StaffingPlan:
    today_handlers = np.full(len(FUTURE), cases / 60)
    handlers = today_handlers.copy()
    if kind != "same":
        handlers[4:] += cases / 240
        handlers[9:] += cases / 240
    theta = {"hires": 0.9, "unsure": 0.5, "loses": 0.05, "same": 0.2}[kind]
    today = _course("today", today_handlers, cases, theta)
    proposed = _course("proposed", handlers, cases, theta)
    year = FUTURE.year.to_numpy()
    cash = pd.DataFrame(
        {
            "benefit_today_sek": today.benefit_sek,
            "benefit_plan_sek": proposed.benefit_sek,
            "staff_today_sek": today.staff_sek,
            "staff_plan_sek": proposed.staff_sek,
        }
    )
    cash = cash.groupby(year).sum().rename_axis("year").reset_index()
    saved = cash.filter(like="today").sum(axis=1) - cash.filter(like="plan").sum(axis=1)
    spread = {"hires": 0.6, "unsure": 2.5, "loses": 0.4, "same": 0.0}[kind]
    half = spread * saved.abs().to_numpy()
    cash["saving_sek"] = saved
    cash["saving_lo_80"] = saved - half
    cash["saving_hi_80"] = saved + half
    total, wide = float(saved.sum()), float(spread * abs(saved.sum()))
    later = today.terminal_sek - proposed.terminal_sek
    world = _unit(unit, cases)
    staff = proposed.handlers, proposed.hires, proposed.releases
    followed = Policy(
        "proposed", *staff, proposed.shortage, np.ones((3, 1, len(FUTURE))), 30.0, 60.0
    )
    return StaffingPlan(
        unit=world,
        policy=followed,
        status_quo=today_policy(world),
        months=FUTURE,
        proposed=proposed,
        relaxed=proposed,
        today=today,
        reallocated=replace(today, name="reallocated"),
        certificate=Certificate(bound=1.0e8, gap=2.1e-11),
        integrality_gap=0.0004,
        cash=cash,
        saving_total=Interval(total, total - wide, total + wide),
        benefit_saving=Interval(total + 5e6, total - wide, total + wide + 9e6),
        after_horizon=Interval(later, 0.4 * later, 1.7 * later),
        total_saving=Interval(
            total + later, total - wide + 0.4 * later, total + wide + 1.7 * later
        ),
        probability_saves=0.5 if kind == "same" else 0.83,
        probability_pays=0.5 if kind == "same" else 0.9,
        breakeven_log_hr=None if kind == "same" else 0.081,
        flat_low=float(handlers.mean() * 0.92),
        flat_high=float(handlers.mean() * 1.06),
        limits=() if kind == "same" else (Limit("lead_time", (0, 1, 2), 41_000.0),),
        check_grid=_check(1.001e8),
        check_continuous=_check(1.012e8),
        claims_saving=kind == "hires",
        levers=(LeverWorth("robot", 6, False, 900_000.0, -250_000.0, None),),
        alternatives=_alternatives(handlers),
    )


def _alternatives(handlers: Array) -> tuple[Alternative, ...]:
    """Make plans of a few handlers less and more than the best."""
    none = np.zeros(len(FUTURE))
    return tuple(
        Alternative(kind, handlers * f, none, none, none, False, None, up, up)
        for kind, f, up in (
            ("best", 1.0, 0.0),
            ("fewest", 0.75, 1_900_000.0),
            ("most", 1.5, 1_900_000.0),
        )
    )


def _doubts(plan: StaffingPlan, units: int) -> Doubts:
    """Make regrets around nought at the estimate, today's least where none is true."""
    factors = np.array([0.0, 0.5, 1.0, 1.5])
    optimum = np.full(4, 2e8)
    regret = 1e6 * np.array(
        [[-0.2, 0.1, 0.6, 2.4], [1.3, 0.5, 0.0, 1.1], [0.9, 0.4, 0.1, 0.9]]
    )
    paths = np.array([plan.today.handlers, plan.proposed.handlers])
    least = paths.mean(0)
    return Doubts(
        regret=RegretTable(
            effects=0.1 * factors,
            factors=factors,
            names=("today", "plan", "least regret"),
            staffing=np.zeros((3, 2 * len(FUTURE))),
            cost=optimum + regret,
            best=np.zeros((4, 2 * len(FUTURE))),
            optimum=optimum,
            handlers=np.vstack([paths, least]),
            best_handlers=np.vstack([paths, least, 1.1 * paths[1]]),
        ),
        information=Information(4_300_000.0, 1_900_000.0, 20_000.0, 1.4e6, 0.8, 0.28),
        pilot=LotteryPlan(
            cases=units * float(plan.today.cases[:, 0].sum()), months=6, hazard=0.06
        ),
    )


def _check(mean: float) -> SimulationCheck:
    return SimulationCheck(
        mean_sek=mean,
        se_sek=2e4,
        bound_sek=1.0e8,
        model_sek=1.0004e8,
        ok=True,
        cases=np.zeros(len(FUTURE)),
        shortage=np.zeros(len(FUTURE)),
        replications=10_000,
    )


def _unit(name: str, cases: float) -> Unit:
    s, d, t, levels = 3, 1, len(FUTURE), 2
    return Unit(
        name=name,
        weight=np.ones((s, t)),
        benefit=np.repeat(BENEFIT[:, None], t, axis=1),
        caseloads=np.array([60.0, 30.0]),
        exit_probability=np.broadcast_to(
            HAZARD[:, None, None, None], (s, d, t, levels)
        ),
        ageing=np.zeros((s, d)),
        stock=np.full((s, d), cases / 3),
        inflow=np.full((s, t), cases / 60),
        terminal_value=np.zeros((s, d)),
        absence=np.zeros(t),
        turnover=0.0,
        discount=1.0,
        cost_handler=HANDLER_COST,
        cost_hire=357_000.0,
        cost_release=0.0,
        cost_overtime=2 * HANDLER_COST,
        handlers=cases / 60,
        hire_max=np.full(t, np.inf),
        release_max=np.full(t, np.inf),
        segments=SEGMENTS,
        months=tuple(FUTURE.strftime("%Y-%m")),
    )


def _forecast(case: Case, rng: np.random.Generator) -> Forecast:
    labels = tuple(f"{u}|{s}" for u in case.units for s in SEGMENTS)
    column = "served" if case.flows["served"].notna().any() else "start"
    last = case.flows[case.flows["month"] == PAST[-1]]
    level = last.set_index(["unit", "segment"])[column]
    base = np.array([level[tuple(label.split("|"))] for label in labels])
    noise = rng.normal(0, 0.018, (300, len(labels), len(FUTURE))).cumsum(axis=2)
    served = Paths(base[:, None] * np.exp(noise), labels, FUTURE, "households")
    paid = replace(served, values=served.values * 9_100, unit="SEK")
    flows = case.flows["inflow"].notna().any()
    inflow = replace(served, values=served.values * 0.055)
    return Forecast(
        inflow=inflow if flows else None,
        served=served,
        exits=inflow if flows else None,
        paid=paid,
        notes=("Sammanvägd prognos av fem modeller.",),
    )


def _year(case: Case) -> YearForecast:
    n = len(case.units)
    table = pd.DataFrame(
        {
            "year": [2026, 2027],
            "months_so_far": [10, 0],
            "months_forecast": [2, 12],
            "benefit_sek": [n * 47.0e6, n * 48.0e6],
            "staff_sek": [n * 6.0e6, n * 6.0e6],
            "so_far_sek": [n * 43.9e6, 0.0],
            "forecast_sek": [n * 9.1e6, n * 54.0e6],
            "total_sek": [n * 53.0e6, n * 54.0e6],
            "lo-80": [n * 52.1e6, n * 49.2e6],
            "hi-80": [n * 54.0e6, n * 59.5e6],
            "budget_sek": [n * 60.0e6, n * 55.0e6],
            "deviation_sek": [n * 7.0e6, n * 1.0e6],
            "deviation_share": [0.117, 0.018],
            "probability_exceeds": [0.001, 0.41],
        }
    )
    return YearForecast(table, ("Bistånd och personal räknas, inte lokaler.",))


def _backtest() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "quantity": ["inflow", "served"],
            "mase": [0.81, 0.74],
            "coverage_80": [0.79, 0.82],
            "coverage_95": [0.94, 0.96],
            "windows": [12, 12],
        }
    )


def _exit_curve() -> pd.DataFrame:
    elapsed = np.arange(36)
    frames = []
    for name, level in zip(SEGMENTS, HAZARD, strict=True):
        hazard = level * (1 + elapsed) ** -0.25 * 1.6
        frames.append(
            pd.DataFrame(
                {
                    "segment": name,
                    "elapsed": elapsed,
                    "hazard": hazard,
                    "lo-95": hazard * 0.86,
                    "hi-95": hazard * 1.16,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
