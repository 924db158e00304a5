"""What kommun.toml says of levers: what a plan may choose between, and its limits."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from .sources import MonthText, Part, Section, not_percent


class Triage(Section):
    """New cases that labour-market staff may take; what is left out has no default."""

    share_max: Part
    """Largest share of new cases that may go to them, 0 or more and below 1."""
    groups: tuple[str, ...] = ()
    """Groups of households whose cases may; left out: all."""
    staff_max: float = Field(gt=0, le=100_000)
    """Most labour-market staff, present full-time equivalents (over 0)."""
    cost_month_sek: float = Field(gt=0)
    """What one of them costs in a month (over 0), in the currency of [economy]."""
    from_month: MonthText | None = None
    """First month in which cases may go, YYYY-MM; left out: the first of the plan."""


class ClientTime(Section):
    """A least share of working time in direct contact with clients."""

    share_today: Annotated[float, BeforeValidator(not_percent), Field(gt=0, lt=1)]
    """What it is today, as measured, between 0 and 1."""
    share_least: Annotated[float, BeforeValidator(not_percent), Field(gt=0, lt=1)]
    """What it must be in every month of the plan, between 0 and 1."""


class Lever(Section):
    """What is bought once and frees handler time."""

    fixed_cost_sek: float = Field(ge=0)
    """Cost once, 0 or more."""
    running_cost_sek_month: float = Field(ge=0)
    """Cost per month, 0 or more."""
    freed_share: Part
    """Share of handlers' time that it frees, 0-1."""
    from_month: MonthText | None = None
    """First month in which it can work, YYYY-MM; left out: the first of the plan."""


class Levers(Section):
    """What the plan may choose between."""

    caseload_max: float | None = Field(default=None, gt=0)
    """Work-environment cap, cases per handler, kept by buying time where needed; left
    out: the caseload that today's staffing leads to, which is no promise."""
    caseload_min: float | None = Field(default=None, gt=0)
    """Lightest caseload considered; left out: half of today's, as far as published
    evidence reaches."""
    levels: int = Field(default=8, ge=2, le=30)
    """Number of caseloads between them, 2-30."""
    fair_floor_cases: float | None = Field(default=None, gt=0)
    """No group of households gets less time than at this caseload; left out: none."""
    robot: Lever | None = None
    """Automation that may be bought; left out: none."""
    process: Lever | None = None
    """Change of process that must come before the robot; left out: none is needed."""
    triage: Triage | None = None
    """A part of new cases to labour-market staff; left out: none."""
    client_time: ClientTime | None = None
    """Least direct time with clients; left out: no limit."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.caseload_min, self.caseload_max
        if low is not None and high is not None and low >= high:
            raise PydanticCustomError("caseload_order", "min below max")
        if self.robot is not None and self.process is not None:
            starts = self.process.from_month or "", self.robot.from_month or ""
            freed = self.process.freed_share + self.robot.freed_share
            # a robot that starts at once leaves no month for a later change
            if starts[0] > starts[1] or freed >= 1:
                raise PydanticCustomError("lever_order", "process before robot")
        return self
