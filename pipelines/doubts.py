"""How sure the plans are, in figures: another effect, and what to know it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..models.domain import Array
from ..models.power import LotteryPlan
from ..optimisation.information import Information
from ..optimisation.regret import RegretTable

#: What the proposed plan is called in a `RegretTable`.
PLAN = "plan"
#: Effects with a plan of their own when information is valued: with ten times as many
#: both values are a few per cent higher on the demo.
NODES = 5


@dataclass(frozen=True)
class Doubts:
    """What speaks against trusting one unit's plan.

    Attributes
    ----------
    regret : RegretTable or None
        Of `today`, the plan and `least regret`. None where the estimate is no gain,
        where turnover follows the caseload, or where no plan keeps every limit under
        some effect.
    information : Information or None
        None where the effect is assumed for certain, or as above.
    pilot : LotteryPlan or None
        The pilot that is priced, all units together.
    """

    regret: RegretTable | None
    information: Information | None
    pilot: LotteryPlan | None


@dataclass(frozen=True)
class Regrets:
    """Regret of all units together.

    Attributes
    ----------
    factors, effects : array (E,)
        Of the point estimate; log hazard ratio of halving the caseload.
    names : tuple of str, length P
    regret : array (P, E)
        SEK above the best for the effect.
    late_handlers : array (P,)
        Mean number over the last year.
    best_late_handlers : array (E,)
        The same, with the best staffing for each effect.
    """

    factors: Array
    effects: Array
    names: tuple[str, ...]
    regret: Array
    late_handlers: Array
    best_late_handlers: Array

    def of(self, name: str) -> Array:
        """Regret of one plan under every effect, SEK, (E,)."""
        row: Array = self.regret[self.names.index(name)]
        return row

    def handlers(self, name: str) -> float:
        """Mean number of handlers of one plan over the last year."""
        return float(self.late_handlers[self.names.index(name)])


def regrets(doubts: Sequence[Doubts]) -> Regrets | None:
    """Add up the regret of all units; None where that of one is not known.

    One effect is true everywhere, so sums are exact; the least regret is then that of
    every unit by itself, no smaller than that of the whole.
    """
    tables = [one.regret for one in doubts if one.regret is not None]
    if not tables or len(tables) < len(doubts):
        return None
    first = tables[0]
    return Regrets(
        factors=first.factors,
        effects=first.effects,
        names=first.names,
        regret=np.sum([table.regret for table in tables], axis=0),
        late_handlers=_late([table.handlers for table in tables]),
        best_late_handlers=_late([table.best_handlers for table in tables]),
    )


def _late(handlers: list[Array]) -> Array:
    """Mean over the last year of handlers (units of (P, T)), shape (P,)."""
    late: Array = np.sum(handlers, axis=0)[:, -12:].mean(1)
    return late


def information_of(doubts: Sequence[Doubts]) -> Information | None:
    """Add up what knowledge is worth to all units; None where one is not known.

    The chance that a plan changes is the largest of the units'.
    """
    found = [one.information for one in doubts if one.information is not None]
    if not found or len(found) < len(doubts):
        return None
    return Information(
        perfect=sum(one.perfect for one in found),
        sample=sum(one.sample for one in found),
        waiting=sum(one.waiting for one in found),
        handlers_sek=sum(one.handlers_sek for one in found),
        changed=max(one.changed for one in found),
        pilot_sd=found[0].pilot_sd,
    )
