"""What a plan saves, when it pays and how sure that is, as sentences.

No saving is praised that is not there: it is claimed only where the whole interval is
above nought, and what costs more is called a cost. Cash and the value after the period
are told apart, and a plan that rests on the latter says so.
"""

import numpy as np
from scipy import stats

from ..models.domain import Interval
from ..models.effect import EffortEffect
from ..optimisation.plan import FLAT_SEK, StaffingPlan
from .findings import NOUGHT_SEK, Findings, findings
from .language import money, number, percent, translator
from .outcome import Outcome
from .wording import amount, direction, halving, interval, people, risk


def saving(found: Findings, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what the plan saves in cash, or that no saving is certain."""
    _ = translator(sprak)
    months, cash = len(found.months), found.saving
    if found.nothing_saved:
        return _("It makes no difference to what is paid over {n} months.").format(
            n=months
        )
    if found.claims_saving:
        return _("Expected saving in cash over {n} months: {saving}.").format(
            n=months, saving=interval(cash, sprak, currency)
        )
    if found.costs_more:
        cost = Interval(-cash.mean, -cash.high, -cash.low, cash.level)
        return _("The plan costs more in cash over {n} months: {cost}.").format(
            n=months, cost=interval(cost, sprak, currency)
        )
    return _(
        "No saving is certain. Expected in cash over {n} months: {mean}. The outcome "
        "lies between {low} and {high} ({level}% interval)."
    ).format(
        n=months,
        low=direction(cash.low, sprak, currency),
        high=direction(cash.high, sprak, currency),
        mean=direction(cash.mean, sprak, currency),
        level=number(100 * cash.level, 0, sprak),
    )


def worth(found: Findings, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what the plan is worth with the value after the period, and how surely.

    This is why a plan is proposed that costs cash, so it stands beside the cash.
    """
    _ = translator(sprak)
    total = found.total
    if not found.changes or found.nothing_saved:
        return ""
    whole = interval(total, sprak, currency)
    if total.mean <= NOUGHT_SEK:
        return _(
            "With the value after the period counted, the plan is not expected to "
            "pay: {x}. Read it as an example, not as a proposal."
        ).format(x=whole)
    if found.claims_saving:
        return _("With the value after the period counted: {x}.").format(x=whole)
    text = (
        _(
            "The plan is proposed because it is expected to be worth more than it "
            "costs once the value after the period is counted: {x}."
        )
        if found.saving.mean < NOUGHT_SEK
        else _("With the value after the period counted, it is expected to pay: {x}.")
    )
    if total.low > NOUGHT_SEK:
        return text.format(x=whole)
    return f"{text.format(x=whole)} {_('That is not certain either.')}"


def payback(found: Findings, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say when the plan has paid for itself in cash, as expected by calendar year."""
    _ = translator(sprak)
    if not found.changes or found.nothing_saved:
        return ""
    years, saved = found.cash["year"].to_numpy(), found.cash["saving_sek"].to_numpy()
    back = _years_since(saved.cumsum() > -NOUGHT_SEK)
    if back == len(saved):
        return _("In cash the plan is expected never to be behind at a year's end.")
    if back:
        text = _("In cash the plan is expected to have paid for itself during {year}.")
        return text.format(year=years[-back])
    owed = amount(-saved.sum(), sprak, currency)
    gains = _years_since(saved > NOUGHT_SEK)
    if gains:
        return _(
            "In cash each year from {year} is expected to save, but {x} of the cost "
            "is not won back within the planning period."
        ).format(year=years[-gains], x=owed)
    return _(
        "In cash the cost is not won back within the planning period: {x} is left."
    ).format(x=owed)


def _years_since(holds: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> int:
    """How many of the last years it has held without a break."""
    return int(np.cumprod(holds[::-1]).sum())


def from_exits(found: Findings, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what more exits save in assistance, or that this is not certain."""
    _ = translator(sprak)
    part, months = found.benefit, len(found.months)
    if found.nothing_saved or not found.changes:
        return ""
    if part.low > NOUGHT_SEK:
        text = _("Assistance not paid because more leave, over {n} months: {x}.")
        return text.format(n=months, x=interval(part, sprak, currency))
    return _(
        "It is not certain that assistance falls: over {n} months it changes by {low} "
        "to {high} ({level}% interval)."
    ).format(
        n=months,
        low=amount(-part.high, sprak, currency),
        high=amount(-part.low, sprak, currency),
        level=number(100 * part.level, 0, sprak),
    )


def known(effect: EffortEffect, sprak: str = "sv") -> str:
    """Say what effect of a lighter caseload is counted with, and whose word it is."""
    _ = translator(sprak)
    texts = {
        "evidence": _("Borrowed from published studies, without a pilot here: {x}."),
        "assumed": _("Assumed by the municipality: {x}."),
        "pilot": _("From a pilot here: {x}."),
        "both": _("From studies and a pilot here: {x}."),
    }
    return texts[effect.parts[-1].name].format(x=halving(effect, sprak))


def breakeven(
    outcome: Outcome, plan: StaffingPlan, sprak: str = "sv", *, source: bool = True
) -> str:
    """Say how strong the effect of a lighter caseload must be for the plan to pay.

    Parameters
    ----------
    source : bool
        Whether to say what effect is counted with, and whose word it is.
    """
    _ = translator(sprak)
    effect, found = outcome.effect, findings((plan,))
    if found is None or not found.changes:
        return ""
    if plan.breakeven_log_hr is None:
        text = _(
            "No effect of a lighter caseload within reason makes the plan and today "
            "cost the same."
        )
        return f"{text} {known(effect, sprak) * source}".strip()
    grows = plan.proposed.handlers.mean() > plan.today.handlers.mean()
    text = (
        _(
            "The plan pays if halving the cases per handler raises exits by at least "
            "{x}, the value after the period counted."
        )
        if grows
        else _(
            "The plan pays as long as halving the cases per handler would raise exits "
            "by no more than {x}, the value after the period counted."
        )
    )
    level = float(np.expm1(plan.breakeven_log_hr))
    said = [text.format(x=percent(level, 1, sprak))] + [known(effect, sprak)] * source
    if effect.sd > 0:
        far = (plan.breakeven_log_hr - effect.mean) / effect.sd
        below = float(stats.t.cdf(far, effect.df))
        chance_of = risk(1 - below if grows else below, sprak)
        said.append(
            _(
                "Counting only how unsure the effect is, it pays with a probability "
                "of {p}."
            ).format(p=chance_of)
        )
    return " ".join(said)


def reallocation(plan: StaffingPlan, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say what today's handlers could gain by sharing their time differently."""
    _ = translator(sprak)
    gain = plan.today.total_sek - plan.reallocated.total_sek
    if gain < NOUGHT_SEK:
        return _("Sharing today's time differently between groups gains nothing.")
    return _(
        "Only sharing today's time differently between groups, without more handlers, "
        "is expected to be worth {gain}, the value after the period counted."
    ).format(gain=amount(gain, sprak, currency))


def chance(plan: StaffingPlan, sprak: str = "sv") -> str:
    """Say in how many simulated futures cash is saved."""
    _ = translator(sprak)
    return _("Cash is saved in {p} of the simulated futures.").format(
        p=risk(plan.probability_saves, sprak)
    )


def flat(plan: StaffingPlan, sprak: str = "sv", currency: str = "SEK") -> str:
    """Say how many handlers do about as well."""
    _ = translator(sprak)
    text = _(
        "The exact number matters little: between {low} and {high} handlers on average "
        "the total cost differs by less than 1% or {x}, whichever is more."
    )
    low, high = people(plan.flat_low, sprak), people(plan.flat_high, sprak)
    return text.format(low=low, high=high, x=money(FLAT_SEK, sprak, currency))
