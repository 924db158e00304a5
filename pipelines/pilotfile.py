"""Read pilot.toml: what a pilot did and what things cost, or every fault in it."""

from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from ..optimisation.pilotinput import Costs, Pilot, Range, StateCost
from .faults import Report
from .sources import MonthText, Section, not_percent
from .tomlfile import TomlFile, line_of, read_toml, report_breaches

NAME = "pilot.toml"
#: What is believed when the currency is SEK: per household and month, per year.
BENEFIT_SEK = (500.0, 100_000.0)
HANDLER_SEK = (200_000.0, 3_000_000.0)
#: A stated share with its 80 % interval.
SHARES = ("extra_share", "extra_share_low", "extra_share_high")

Count = Annotated[float, Field(ge=0, le=1_000_000)]
Money = Annotated[float, Field(ge=0)]
Source = Annotated[str, Field(pattern=r"\S")]
#: A share of exits; below 0 where the pilot held people back.
ExtraShare = Annotated[float, BeforeValidator(not_percent), Field(ge=-1, le=1)]


class Project(Section):
    """What was done."""

    name: Source
    """What the pilot is called in the results."""
    units: tuple[str, ...] = ()
    """Units that took part; may be left out."""
    first_month: MonthText
    """First month with the added handlers, YYYY-MM."""
    months: int = Field(ge=1, le=120)
    """How many months the pilot and its added staff lasted, 1-120."""
    handlers_added: float = Field(ge=0, le=100_000)
    """Handlers added, full-time equivalents, 0 or more."""
    caseload_before: float | None = Field(default=None, gt=0, le=1000)
    """Cases per handler before (over 0, at most 1000); left out: not known."""
    caseload_after: float | None = Field(default=None, gt=0, le=1000)
    """Cases per handler during the pilot, fewer than before; left out: not known."""
    exits_by_month: tuple[Count, ...] = ()
    """How the exits spread over the months, one number for each; left out: evenly."""
    currency: str = Field(default="SEK", pattern=r"^[A-Z]{3}$")
    """Currency of every amount, three letters, e.g. SEK."""
    benefit_sek_month: float = Field(gt=0)
    """Benefit per household and month; 500-100000 in SEK."""
    simulated: bool = False
    """true = made-up figures, and every result says so."""

    @field_validator("caseload_after")
    @classmethod
    def _fewer(cls, after: float | None, info: ValidationInfo) -> float | None:
        before = info.data.get("caseload_before")
        if after is not None and before is not None and after >= before:
            raise PydanticCustomError("pilot_caseload", "fewer after")
        return after

    @field_validator("exits_by_month")
    @classmethod
    def _one_a_month(
        cls, profile: tuple[float, ...], info: ValidationInfo
    ) -> tuple[float, ...]:
        months = info.data.get("months")
        whole = months is None or len(profile) == months
        if profile and not (whole and sum(profile) > 0):
            raise PydanticCustomError("pilot_profile", "months", {"months": months})
        return profile

    @field_validator("benefit_sek_month")
    @classmethod
    def _believable(cls, value: float, info: ValidationInfo) -> float:
        low, high = BENEFIT_SEK
        if info.data.get("currency") == "SEK" and not low <= value <= high:
            raise PydanticCustomError(
                "absurd_cost", "range", {"low": low, "high": high}
            )
        return value


class Exits(Section):
    """Cases that left during the pilot, by where to."""

    work: Count = 0.0
    """Left for work, 0 or more."""
    sickness_compensation: Count = 0.0
    """Left for sickness or activity compensation (Försäkringskassan), 0 or more."""
    activity_support: Count = 0.0
    """Left for activity support (Arbetsförmedlingen), 0 or more."""
    studies: Count = 0.0
    """Left for studies, 0 or more."""
    moved: Count = 0.0
    """Moved away, 0 or more."""
    other: Count = 0.0
    """Left for another reason, 0 or more."""
    unspecified: Count = 0.0
    """Left, and nobody knows where to, 0 or more."""


class HandlerCost(Section):
    """Full cost of one handler for a year, with a range."""

    low_sek_year: float = Field(ge=0)
    """The least a handler may cost a year; 200000-3000000 in SEK."""
    middle_sek_year: float = Field(ge=0)
    """Likeliest cost of a handler a year, charges and overhead included; between low
    and high."""
    high_sek_year: float = Field(ge=0)
    """The most a handler may cost a year; 200000-3000000 in SEK."""
    source: Source
    """Where the cost comes from."""

    @field_validator("middle_sek_year", "high_sek_year")
    @classmethod
    def _rising(cls, value: float, info: ValidationInfo) -> float:
        below = (
            "low_sek_year" if "middle" in str(info.field_name) else "middle_sek_year"
        )
        if value < info.data.get(below, value):
            raise PydanticCustomError("pilot_cost_order", "low <= middle <= high")
        return value


class Comparison(Section):
    """What is known of how many would have left anyway."""

    kind: Literal["share", "evidence", "register"]
    """"share" = a stated share was extra, "evidence" = published studies of cases per
    handler, "register" = this folder's own figures and [effort.pilot]."""
    extra_share: ExtraShare | None = None
    """Share of the exits that would not have come anyway, -1 to 1."""
    extra_share_low: ExtraShare | None = None
    """Lower end of its 80% interval, -1 to 1."""
    extra_share_high: ExtraShare | None = None
    """Upper end of its 80% interval, -1 to 1."""
    source: str = Field(default="", validate_default=True)
    """Where the share comes from; needed when it is given."""

    @field_validator("extra_share_low", "extra_share_high")
    @classmethod
    def _around(cls, end: float | None, info: ValidationInfo) -> float | None:
        middle = info.data.get("extra_share")
        if end is None or middle is None:
            return end
        low = info.field_name == "extra_share_low"
        if end > middle if low else end < middle:
            raise PydanticCustomError("pilot_share_order", "low <= share <= high")
        return end

    @field_validator("source")
    @classmethod
    def _whole(cls, source: str, info: ValidationInfo) -> str:
        # a share that was refused is not here, and has its own fault
        given = [info.data.get(name, ...) is not None for name in SHARES]
        if info.data.get("kind") == "share" and not (all(given) and source.strip()):
            raise PydanticCustomError("pilot_share_half", "all three and source")
        if info.data.get("kind") in ("evidence", "register") and any(given):
            raise PydanticCustomError("pilot_share_unused", "not a share")
        return source


class StatePrice(Section):
    """What the state pays for one who left there."""

    sek_month: Money
    """What the state pays a month for each, 0 or more."""
    source: Source
    """Where the price comes from."""


class StatePrices(Section):
    """What the state pays, by destination; left out: counted and not priced."""

    sickness_compensation: StatePrice | None = None
    """For sickness or activity compensation."""
    activity_support: StatePrice | None = None
    """For activity support."""
    studies: StatePrice | None = None
    """For studies."""


class PilotFile(Section):
    """All of pilot.toml."""

    pilot: Project
    """What was done."""
    exits: Exits
    """Cases that left, by where to."""
    handler_cost: HandlerCost
    """What a handler costs."""
    counterfactual: Comparison | None = None
    """What is known of how many would have left anyway; left out: nothing."""
    state_cost: StatePrices = StatePrices()
    """What the state pays for those who left to it."""

    def to_pilot(self) -> Pilot:
        """Give what was done as the appraisal takes it."""
        done = self.pilot
        exits = {name: n for name, n in self.exits.model_dump().items() if n > 0}
        return Pilot(
            exits=exits,
            months=done.months,
            handlers_added=done.handlers_added,
            caseload_before=done.caseload_before,
            caseload_after=done.caseload_after,
            profile=done.exits_by_month,
        )

    def to_costs(self) -> Costs:
        """Give the prices as the appraisal takes them."""
        cost = self.handler_cost
        levels = (cost.low_sek_year, cost.middle_sek_year, cost.high_sek_year)
        given = self.state_cost.model_dump(exclude_none=True)
        state = {name: StateCost(**price) for name, price in given.items()}
        prices = Range(*levels, source=cost.source)
        return Costs(self.pilot.benefit_sek_month, prices, state)

    @property
    def first(self) -> pd.Timestamp:
        """First month."""
        return pd.Timestamp(self.pilot.first_month)


def read_pilot(folder: Path, report: Report) -> tuple[PilotFile, TomlFile] | None:
    """Read a folder's pilot.toml; None, with every fault in `report`, if it is wrong.

    Returns
    -------
    PilotFile and the file it was read from, so that later faults can name a line
    """
    path = folder / NAME
    if not path.is_file():
        report.add("pilot_missing", file=str(path))
        return None
    file = read_toml(path, report)
    if file is None:
        return None
    before = len(report.faults)
    _check_across(file, report)
    try:
        read = PilotFile.model_validate(file.data)
    except ValidationError as error:
        report_breaches(error, PilotFile, file, report)
        return None
    return None if len(report.faults) > before else (read, file)


def _check_across(file: TomlFile, report: Report) -> None:
    """Hold sections against each other as they stand, so that no fault hides one."""
    done, given = file.data.get("pilot"), file.data.get("counterfactual")
    done = done if isinstance(done, dict) else {}
    given = given if isinstance(given, dict) else {}
    kind = given.get("kind")
    if kind in ("evidence", "register"):
        for key in ("caseload_before", "caseload_after"):
            if key not in done:
                row = line_of(("counterfactual", "kind"), file.text)
                column, rule = f"pilot.{key}", "pilot_caseload_needed"
                report.add(rule, file=NAME, row=row, column=column, value=kind)
    cost = file.data.get("handler_cost")
    if done.get("currency", "SEK") == "SEK" and isinstance(cost, dict):
        low, high = HANDLER_SEK
        for key, value in cost.items():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if number and key.endswith("_sek_year") and not low <= value <= high:
                column = f"handler_cost.{key}"
                row = line_of(("handler_cost", key), file.text)
                report.add(
                    "pilot_handler_cost", file=NAME, row=row, column=column, value=value
                )
