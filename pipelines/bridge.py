r"""From the published 600 MSEK a year to what today's inputs give, step by step.

Gävle's net, `appraise`d as any pilot's, is scaled to the country as it seems to have
been in 2015. From there one assumption at a time is replaced. With E exits in a project
of H handlers, of which a share s came because of it,

    v = q N (E s b h - H c)

N is how many Gävles there are in the country, b what a case costs a month and h the
months of it that an extra exit spares, c what a handler costs a year, q the prices of
today over those of then. s is 1 as published; with an effect theta of cases per handler
it is 1 - 1/R, where R = (K0 / K1)^theta are exits over those without the project. Last,
v gives way to what optimal staffing saves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..models.domain import Array
from ..models.effect import LN2, EffortEffect
from ..optimisation.appraisal import appraise
from ..optimisation.decompose import Bar, Factors, Waterfall, decompose
from ..optimisation.pilotinput import UNSPECIFIED, Costs, Pilot, Range
from .cases import hasky_arithmetic, hasky_figures, national_figures
from .haskyconflicts import MONTHS_YEAR, NATION_YEAR
from .nationalinputs import NationalInputs

#: What is replaced on the way, in this order.
ORDER = (
    "deadweight",
    "handler_cost",
    "months",
    "prices",
    "households",
    "amounts",
    "effect",
)
#: The last step, from HASKY everywhere to optimal staffing.
OPTIMAL = "staffing"


class Scaling(NamedTuple):
    """Gävle's net a year, times how many Gävles there are in the country."""

    ratio: float
    sek: float


@dataclass(frozen=True)
class Bridge:
    """From Gävle's published figures to the country's optimal staffing, SEK a year.

    Attributes
    ----------
    inputs : NationalInputs
    pilot : Pilot
        HASKY, with the cases per handler that its cases and handlers give.
    case_month_sek : float
        Benefit of a case in a month, as follows from the published figures.
    gavle : Waterfall
        Gross less staff.
    scalings : mapping of key to Scaling
        By `residents`, `households` of a mean month and `payments`; by
        `households_year`, those of a year, which is an error of unit.
    published : tuple of float
        What press and report say of the country.
    central_log_hr : float
        Effect of halving the caseload on which the deadweight rests.
    rollout : Waterfall
        From the scaling by residents to HASKY everywhere today, in today's prices.
    optimal : Waterfall or None
        From there to optimal staffing; None where that is not known.
    """

    inputs: NationalInputs
    pilot: Pilot
    case_month_sek: float
    gavle: Waterfall
    scalings: Mapping[str, Scaling]
    published: tuple[float, float]
    central_log_hr: float
    rollout: Waterfall
    optimal: Waterfall | None

    @property
    def end(self) -> Bar:
        """Where the bridge ends, in today's prices."""
        return (self.optimal or self.rollout).end

    @property
    def claim_sek(self) -> float:
        """What the press published, in today's prices."""
        return self.published[0] * self.inputs.inflation

    @property
    def probability_of_claim(self) -> float:
        """That the end is above the published figure in today's prices."""
        return float(np.mean(self.end.values > self.claim_sek))

    @property
    def exit_ratio(self) -> float:
        """Exits of the project over those without it, at the central effect."""
        return 1 / (1 - float(_extra_share(self.pilot, self.central_log_hr)))


def bridge(inputs: NationalInputs) -> Bridge:
    """Build the bridge; the formula stands at the top of the room."""
    figures = hasky_figures()
    value, derived = figures["value"], hasky_arithmetic(figures)
    pilot = Pilot(
        exits={UNSPECIFIED: float(value["exits_year"])},
        months=12,
        handlers_added=float(value["handlers_extra"]),
        caseload_before=float(value["cases_per_handler_before"]),
        caseload_after=float(derived["cases_per_handler_reconciled"]),
    )
    case_month, handler = (
        float(derived[key]) for key in ("benefit_case_month", "staff_handler_year")
    )
    costs = Costs(case_month, Range.exactly(handler, ""))
    stated = appraise(pilot, None, pilot.months, costs)
    gavle = decompose(
        lambda f: f["gross"] - f["staff"],
        {"gross": 0.0, "staff": 0.0},
        {"gross": stated.benefit_sek.if_all_extra, "staff": stated.middle.staff_sek},
    )
    scalings = {
        key: Scaling(ratio, gavle.end.mean * ratio)
        for key, ratio in _ratios(case_month).items()
    }
    central = EffortEffect.from_evidence().mean
    before = {
        "deadweight": False,
        "handler_cost": handler,
        "months": float(pilot.months),
        "prices": 1.0,
        "households": scalings["residents"].ratio,
        "amounts": case_month,
        "effect": central,
    }
    household_months = inputs.households.value * inputs.mean_months.value
    after = {
        "deadweight": True,
        "handler_cost": inputs.then(inputs.handler_year_sek),
        "months": inputs.months_spared.value,
        "prices": inputs.inflation,
        "households": inputs.households_month / float(value["households_now"]),
        "amounts": inputs.then(inputs.paid_sek) / household_months,
        "effect": inputs.log_hr_halving.value,
    }
    rollout = decompose(lambda f: _rolled_out(pilot, f), before, after, ORDER)
    optimal = None
    if inputs.saving_sek is not None:
        saving = inputs.then(inputs.saving_sek) * inputs.inflation
        optimal = decompose(
            lambda f: f[OPTIMAL], {OPTIMAL: rollout.end.values}, {OPTIMAL: saving}
        )
    press, report = (
        float(value[f"national_sek_year_{teller}"]) for teller in ("press", "report")
    )
    return Bridge(
        inputs=inputs,
        pilot=pilot,
        case_month_sek=case_month,
        gavle=gavle,
        scalings=scalings,
        published=(press, report),
        central_log_hr=central,
        rollout=rollout,
        optimal=optimal,
    )


def _rolled_out(pilot: Pilot, f: Factors) -> Array:
    """Net a year of the project in all the country's Gävles."""
    share = _extra_share(pilot, f["effect"]) if f["deadweight"] else np.ones(())
    benefit = pilot.total * share * f["amounts"] * f["months"]
    staff = pilot.handlers_added * f["handler_cost"]
    net: Array = f["prices"] * f["households"] * (benefit - staff)
    return net


def _extra_share(pilot: Pilot, log_hr: float | Array) -> Array:
    """Share of the exits that the lighter caseload brought, below 0 where it held."""
    before, after = pilot.caseload_before, pilot.caseload_after
    assert before is not None  # both are published of HASKY
    assert after is not None
    share: Array = -np.expm1(np.asarray(log_hr) / LN2 * np.log(after / before))
    return share


def _ratios(case_month_sek: float) -> dict[str, float]:
    """Count the Gävles in the country, by what is published of both.

    Gävle's payments are not: its households of a day, each paid as one of the project,
    stand for them.
    """
    value, nation = hasky_figures()["value"], national_figures()
    here = float(value["households_now"])
    in_year = float(nation["households"][NATION_YEAR])
    in_month = in_year * float(nation["mean_months"][MONTHS_YEAR]) / 12
    paid = float(nation["paid_sek"][NATION_YEAR])
    return {
        "residents": float(value["residents_sweden"] / value["residents_gavle"]),
        "households": in_month / here,
        "payments": paid / (12 * here * case_month_sek),
        "households_year": in_year / here,
    }
