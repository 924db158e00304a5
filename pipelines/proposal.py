"""What the documents of a budget proposal are written from."""

from dataclasses import dataclass

from .choices import Choice
from .comparison import Comparison
from .layout import Desk
from .surface import Surface


@dataclass(frozen=True)
class Proposal:
    """One run, and the what-if answers and comparisons that its documents add.

    Attributes
    ----------
    desk : layout.Desk
        Outcome, findings, every picture, language.
    surfaces : tuple of Surface
        One per unit with a plan.
    choices : tuple of Choice
        Side by side, all units together; empty where there is no plan.
    comparison : Comparison or None
        With similar municipalities; None where the municipality is not known.
    """

    desk: Desk
    surfaces: tuple[Surface, ...] = ()
    choices: tuple[Choice, ...] = ()
    comparison: Comparison | None = None
