r"""Turnover and absence that follow the caseload: HASKY's third gain, none by default.

With elasticity e in [0, 1], base rate r (turnover or absence) and C cases of J handlers
in a month,

    rate = r (1 - e + e (C / J) / K0)

so that those who leave, or are absent, are r (1 - e) J + (r e / K0) C: linear in
handlers and cases, and the program stays exact. Halving the caseload lowers the rate by
a share e / 2. No published figure of e was found: it is a scenario, never an estimate.
"""

from dataclasses import dataclass

from ..models.domain import Array


@dataclass(frozen=True)
class Strain:
    """How much turnover and absence follow the caseload.

    Attributes
    ----------
    caseload : float
        Cases per handler employed at which `Unit.turnover` and `Unit.absence` hold
        [K0].
    turnover, absence : float
        Elasticities [e]; 0 for rates that do not depend on the caseload.
    """

    caseload: float = 1.0
    turnover: float = 0.0
    absence: float = 0.0

    def __post_init__(self) -> None:
        """Refuse rates that would fall below nothing at a light caseload."""
        if self.caseload <= 0:
            raise ValueError(f"caseload must be above 0, got {self.caseload}")
        for name in ("turnover", "absence"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"{name} must be in [0, 1], got {value}")

    def leaving(self, turnover: float) -> tuple[float, float]:
        """Handlers who leave in a month, per handler and per case."""
        return (
            turnover * (1 - self.turnover),
            turnover * self.turnover / self.caseload,
        )

    def absent(self, absence: Array) -> tuple[Array, Array]:
        """Handler-months of absence, per handler and per case, each (T,)."""
        return absence * (1 - self.absence), absence * self.absence / self.caseload
