"""What kommun.toml says, as frozen values: every field described, with its range.

Keys are English, comments in the template Swedish. An unknown key is a fault, never
ignored, since a mistyped limit would otherwise silently not apply. `configfile`
reads the file and turns what is wrong into faults.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ..models.caseload import MONTHS
from .intakesettings import Intake
from .leversettings import Lever, Levers
from .sources import (
    Columns,
    ColumnSource,
    Data,
    FileName,
    Files,
    MonthText,
    Municipality,
    Part,
    Rows,
    Section,
    Share,
)

__all__ = ["ColumnSource", "Lever", "Settings"]

#: Monthly pay of a handler that is believed when the currency is SEK.
SALARY_SEK = (15_000.0, 150_000.0)
#: Benefit per household and month that is believed when the currency is SEK.
BENEFIT_SEK = (500.0, 100_000.0)
#: KPIF of a year not built in, 1987 = 100; it passed 200 in 2013.
KPIF = (200.0, 1_000.0)
#: What one hire may cost, SEK; beyond it a zero too many is likelier.
HIRE_SEK = 3_000_000.0
#: About 2.5 bn SEK over two years for some 7,000 hires (Akademikerförbundet SSR, 2017).
HIRE_COST_SEK = 357_000.0
#: Socialsekreterare who left their post in 2023 (Akademikern).
TURNOVER_YEAR_SHARE = 0.271

Destination = Literal[
    "work", "sickness_compensation", "activity_support", "studies", "moved", "other"
]
Year = Annotated[str, Field(pattern=r"^(19|20|21)\d{2}$")]
SekByYear = dict[Year, Annotated[float, Field(gt=0)]]


class Economy(Section):
    """Prices, in `currency`; names end in _sek whatever the currency is."""

    currency: str = Field(default="SEK", pattern=r"^[A-Z]{3}$")
    """Currency of every amount, three letters, e.g. SEK."""
    price_year: int = Field(ge=1990, le=2100)
    """Year whose prices the costs are in, 1990-2100."""
    salary_month_sek: float = Field(gt=0)
    """Monthly pay of a handler before employer charges; 15000-150000 in SEK."""
    employer_charge_share: Share
    """Employer charges (PO-pålägg) as a share of pay, 0-1; 0.4453 in 2023."""
    overhead_share: Share
    """Rooms, IT and management as a share of pay with charges, 0-1. No published rate
    was found: ask your controller."""
    hire_cost_sek: float = Field(default=HIRE_COST_SEK, ge=0)
    """Cost of one hire (advert, introduction); 0-3000000 in SEK."""
    release_cost_sek: float = Field(default=0.0, ge=0)
    """Cost of ending one post beyond ordinary pay; 0-3000000 in SEK."""
    overtime_factor: float = Field(default=2.0, ge=1, le=10)
    """Price of bought time (consultants) relative to an employed handler, 1-10; about 2
    in Vimmerby 2024."""
    handler_cost_source: str = ""
    """Where the costs come from."""
    benefit_sek_month: float | None = Field(default=None, gt=0)
    """Benefit per household and month, needed only where paid_sek is missing;
    500-100000 in SEK."""
    price_index: dict[Year, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Calendar year = mean consumer price index, for fixed prices of years that are not
    built in: KPIF with 1987 = 100 (Statistics Sweden), 200-1000 in SEK."""

    @field_validator("salary_month_sek", "benefit_sek_month")
    @classmethod
    def _believable(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is None or info.data.get("currency") != "SEK":
            return value
        salary = info.field_name == "salary_month_sek"
        low, high = SALARY_SEK if salary else BENEFIT_SEK
        return _within(value, low, high)

    @field_validator("price_index")
    @classmethod
    def _same_base(
        cls, value: dict[str, float], info: ValidationInfo
    ) -> dict[str, float]:
        if info.data.get("currency") == "SEK":  # another base year cannot be this high
            low, high = KPIF
            if not all(low <= index <= high for index in value.values()):
                raise PydanticCustomError("other_base", "1987 = 100")
        return value

    @field_validator("hire_cost_sek", "release_cost_sek")
    @classmethod
    def _believable_once(cls, value: float, info: ValidationInfo) -> float:
        known = info.data.get("currency") == "SEK"
        return _within(value, 0.0, HIRE_SEK) if known else value

    @model_validator(mode="after")
    def _own_hire_cost_abroad(self) -> Self:
        if self.currency != "SEK" and "hire_cost_sek" not in self.model_fields_set:
            raise PydanticCustomError("hire_cost_abroad", "hire_cost_sek is needed")
        return self

    @property
    def handler_cost_month_sek(self) -> float:
        """Full cost of one handler-month: pay, employer charges and overhead."""
        charges = 1 + self.employer_charge_share
        return self.salary_month_sek * charges * (1 + self.overhead_share)


def _within(value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise PydanticCustomError("absurd_cost", "range", {"low": low, "high": high})
    return value


class Staff(Section):
    """How many handlers there are, and how they come and go."""

    handlers: float | None = Field(default=None, gt=0, le=100_000)
    """Full-time equivalents today, where there is no staff table (over 0)."""
    assumed_cases_per_handler: float | None = Field(default=None, gt=0, le=1000)
    """Assumed caseload where staff is unknown (over 0, at most 1000); labelled as an
    assumption in every result."""
    turnover_year_share: Part = TURNOVER_YEAR_SHARE
    """Share of handlers who leave in a year, 0-1; 0.271 nationally in 2023."""
    absence_share: Part = 0.0
    """Share of employed time that is absent, 0-1; 0 = caseloads are per employed."""
    ramp: tuple[Share, ...] = (0.5, 0.75)
    """Productivity of a newly hired handler in months 0, 1, ... (each 0-1), then full.
    An assumption: no published figure was found."""
    lead_months: int = Field(default=3, ge=0, le=24)
    """Months from decision until a hire arrives, 0-24. An assumption."""
    hire_max_month: float | None = Field(default=None, ge=0)
    """Most hires that can arrive in a month, though leavers can always be replaced;
    left out: as many as there are handlers, and one."""
    release_max_month: float = Field(default=0.0, ge=0)
    """Most posts that can be ended in a month; 0 = staff shrinks only as people
    leave."""
    post_step: float = Field(default=1.0, ge=0.1, le=1)
    """Smallest part of a post that the plan may add, 0.1-1; 0.5 where half posts can
    be filled."""
    turnover_follows_caseload: float = Field(default=0.0, ge=0, le=1)
    """Elasticity of turnover to cases per handler, 0-1: at 1, half the cases halve it.
    Left out: 0, for no published figure was found."""
    absence_follows_caseload: float = Field(default=0.0, ge=0, le=1)
    """The same of absence, 0-1."""


class Pilot(Section):
    """A unit that has already tried a lighter caseload."""

    unit: str = Field(min_length=1)
    """Its name in the figures."""
    from_month: MonthText
    """First month with the lighter caseload, YYYY-MM."""


class Effort(Section):
    """Own view of what halving the caseload does, instead of published evidence."""

    log_hr_mean: float | None = Field(default=None, ge=-2, le=2)
    """Mean of the log hazard ratio of halving the caseload, -2 to 2."""
    log_hr_sd: float | None = Field(default=None, gt=0, le=2)
    """Its standard deviation (over 0, at most 2)."""
    source: str = ""
    """Where it comes from; needed when it is given."""
    pilot: Pilot | None = None
    """An own pilot to learn from; left out: none."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = [self.log_hr_mean is not None, self.log_hr_sd is not None]
        if any(given) and not (all(given) and self.source.strip()):
            raise PydanticCustomError("effort_half", "mean, sd and source")
        return self


class Segment(Section):
    """What a group of households takes."""

    weight: float = Field(default=1.0, gt=0, le=20)
    """Handling time of a case relative to a normal one (over 0, at most 20)."""


class Run(Section):
    """How the run is made."""

    horizon_months: int = Field(default=36, ge=6, le=120)
    """Months ahead, 6-120."""
    duration_starts: tuple[int, ...] = (0, 3, 6, 12, 24)
    """Months on assistance at which each duration group starts; begins at 0 and rises,
    at most 119."""
    discount_year_share: Share = 0.03
    """Yearly discount rate, 0-1."""
    seed: int = Field(default=1, ge=0)
    """Start of the random numbers, 0 or more: the same seed gives the same result."""
    replications: int = Field(default=10_000, ge=100, le=1_000_000)
    """Simulated futures in the check of the plan, 100-1000000."""
    paths: int = Field(default=500, ge=100, le=20_000)
    """Simulated futures in the forecast, 100-20000."""
    documents: bool = True
    """Whether a run draws up the budget proposal: letter, workbook and what-if page."""
    driver: str = ""
    """Column of drivers.csv, such as unemployment, whose effect on new cases the
    forecast may use; months after the history are its assumed future."""

    @field_validator("duration_starts")
    @classmethod
    def _rising(cls, starts: tuple[int, ...]) -> tuple[int, ...]:
        rising = list(starts) == sorted(set(starts))
        if not starts or starts[0] != 0 or not rising or starts[-1] >= MONTHS:
            raise PydanticCustomError("duration_starts", "0 and rising")
        return starts


class Documents(Section):
    """How the documents of a budget proposal look."""

    template: FileName | None = None
    """Own Word template of the letter, .docx or .dotx: header, footer and styles are
    kept. Left out: a plain page."""


class Settings(Section):
    """All of kommun.toml."""

    municipality: Municipality
    """Whose figures these are."""
    data: Data = Data()
    """What the figures count and how far they are trusted."""
    files: Files = Files()
    """Where the tables are."""
    columns: Columns = Columns()
    """What the columns are called in the files."""
    rows: Rows = Rows()
    """Which rows of the files to keep."""
    destinations: dict[str, Destination] = Field(default_factory=dict)
    """Own word for why a household left = work, sickness_compensation,
    activity_support, studies, moved or other."""
    economy: Economy
    """Prices."""
    staff: Staff = Staff()
    """Handlers."""
    budget: SekByYear = Field(default_factory=dict)
    """Calendar year = budget for benefits and staff together."""
    staff_budget: SekByYear = Field(default_factory=dict)
    """Calendar year = limit on staff cost, a limit that the plan keeps."""
    levers: Levers = Levers()
    """What the plan may choose between."""
    effort: Effort = Effort()
    """What a lighter caseload does; left out: published evidence."""
    intake: Intake | None = None
    """What applications take of handlers' time; left out: they take none."""
    segments: dict[str, Segment] = Field(default_factory=dict)
    """Group of households = what it takes."""
    run: Run = Run()
    """How the run is made."""
    documents: Documents = Documents()
    """How the documents look."""

    def weight(self, segment: str) -> float:
        """Give the handling weight of a group; 1 where nothing is said."""
        return self.segments[segment].weight if segment in self.segments else 1.0
