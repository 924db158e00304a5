"""What kommun.toml says of applications: the time that each takes, and a promise."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from .sources import Section, not_percent


class Intake(Section):
    """What applications take of handlers' time, and how soon they are decided."""

    hours_new: float = Field(gt=0, le=200)
    """Handler hours for a new application, from when it comes in until it is decided
    and carried out (over 0, at most 200). An assumption: measure your own."""
    hours_renewed: float = Field(ge=0, le=200)
    """Handler hours for a renewed application, 0-200; 0 where nobody handles it."""
    hours_day: float = Field(gt=0, le=24)
    """Hours that a handler who is there has for cases and applications in a working
    day (over 0, at most 24), e.g. less meetings and travel."""
    decide_within_day_share: (
        Annotated[float, BeforeValidator(not_percent), Field(gt=0, lt=1)] | None
    ) = None
    """Share of working days on which all that came in is decided the same day, between
    0 and 1, e.g. 0.95; left out: no such promise. Today's staffing keeps it too."""
    day_dispersion: float | None = Field(default=None, gt=0)
    """How even days are (over 0): a day's number has variance mean + mean squared /
    day_dispersion; left out: as applications.csv shows, else as even as chance
    allows."""
    wait_days_max: float = Field(default=0.0, ge=0, le=30)
    """Most days, 0-30, that the work of an application may wait in a busy time; left
    out: 0, it is done in its month."""
