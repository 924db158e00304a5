"""Settings of what comes in: whose figures, which files, columns and rows."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ..models.domain import StockIs


def not_percent(value: Any) -> Any:
    """Catch a share written in per cent before the range check calls it too large."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and 1 < value <= 100:
        raise PydanticCustomError(
            "share_as_percent", "use {hint}", {"hint": f"{value / 100:.10g}"}
        )
    return value


def _code(value: Any) -> Any:
    """Give back the leading zero that a spreadsheet took from a kommunkod."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.zfill(4) if isinstance(value, str) and value.isdigit() else value


def month_text(value: Any) -> Any:
    """Take a date, as TOML has them, for its month."""
    return value.strftime("%Y-%m") if isinstance(value, date) else value


Share = Annotated[float, BeforeValidator(not_percent), Field(ge=0, le=1)]
Part = Annotated[float, BeforeValidator(not_percent), Field(ge=0, lt=1)]
MonthText = Annotated[
    str, BeforeValidator(month_text), Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
]


class Section(BaseModel):
    """A frozen part of a file of settings that refuses keys it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false for a number, which Python counts as 1 and 0."""
        field = cls.model_fields[str(info.field_name)]
        if isinstance(value, bool) and field.annotation is not bool:
            raise ValueError("a number is needed")
        return value


class Municipality(Section):
    """Whose figures these are."""

    code: Annotated[str, BeforeValidator(_code)] = Field(
        default="", pattern=r"^(\d{4})?$"
    )
    """Kommunkod as text, four digits, e.g. "0180"; may be left out."""
    name: str = Field(min_length=1)
    """Name shown in reports."""
    administration: str = Field(default="", max_length=200)
    """Administration that a letter to a committee comes from; may be left out."""
    committee: str = Field(default="", max_length=200)
    """Committee that the letter goes to; may be left out."""
    diary_number: str = Field(default="", max_length=200)
    """The letter's registration number; may be left out."""
    author: str = Field(default="", max_length=200)
    """Who has drawn up the letter; may be left out."""


class Data(Section):
    """What the figures count and how far they are trusted."""

    stock_is: StockIs = StockIs.START
    """What stock counts: "start" open at the start of the month, "served" all cases
    handled in it, "end" open at its end."""
    as_of: date | None = None
    """The day the figures were taken, YYYY-MM-DD; later months are refused. Left out:
    today."""
    from_month: MonthText | None = None
    """First month to use, YYYY-MM; earlier rows are skipped."""
    identity_tolerance_share: Share = 0.02
    """Share of the stock, 0-1, by which stock, inflow and exits may disagree."""
    identity_tolerance_cases: float = Field(default=2.0, ge=0)
    """Cases by which they may disagree, where that is more; 0 or more."""
    provisional_months: int = Field(default=0, ge=0, le=12)
    """Latest months that are still being filled in and are nowcast, 0-12; more where
    earlier retrievals (vintages) show it."""
    simulated: bool = False
    """true where the figures are made up; every result is then labelled."""


FileName = Annotated[str, Field(pattern=r"^[^\x00]+$")]


class Files(Section):
    """Where the tables are, relative to the case folder."""

    flows: FileName | None = None
    """Monthly figures; left out: flows.csv or flows.xlsx."""
    spells: FileName | None = None
    """One row per period on assistance; left out: spells.csv, .parquet or .xlsx."""
    payments: FileName | None = None
    """Paid per household and month, for the amount by months on assistance; left out:
    payments.csv, .parquet or .xlsx."""
    staff: FileName | None = None
    """Handlers per month; left out: staff.csv or staff.xlsx."""
    drivers: FileName | None = None
    """Monthly drivers, e.g. unemployment; left out: drivers.csv or drivers.xlsx."""
    applications: FileName | None = None
    """New and renewed applications; left out: applications.csv or applications.xlsx."""
    population: FileName | None = None
    """Residents per year; left out: population.csv or population.xlsx."""
    vintages: FileName | None = None
    """Earlier retrievals of the monthly figures; left out: vintages.csv or
    vintages.xlsx."""


class ColumnSource(Section):
    """Where a canonical column comes from: a column of the file, or one fixed text."""

    column: str | None = None
    """Name in the file's header."""
    scale: float = Field(default=1.0, gt=0)
    """Factor on the numbers (over 0), e.g. 1000 where the file counts in tkr."""
    value: str | None = None
    """The same text on every row, instead of a column."""

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, data: Any) -> Any:
        return {"column": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise PydanticCustomError("one_source", "column or value")
        return self


_Columns = dict[str, ColumnSource]
_Rows = dict[str, tuple[str, ...]]


class Columns(Section):
    """Canonical column = where it is in the file; unmapped columns keep their name."""

    flows: _Columns = Field(default_factory=dict)
    """Columns of the monthly figures: ours = "name in the file"."""
    spells: _Columns = Field(default_factory=dict)
    """Columns of the spells: ours = "name in the file"."""
    payments: _Columns = Field(default_factory=dict)
    """Columns of the payments: ours = "name in the file"."""
    staff: _Columns = Field(default_factory=dict)
    """Columns of the staff table: ours = "name in the file"."""
    drivers: _Columns = Field(default_factory=dict)
    """Columns of the drivers: ours = "name in the file"."""
    applications: _Columns = Field(default_factory=dict)
    """Columns of the applications: ours = "name in the file"."""
    population: _Columns = Field(default_factory=dict)
    """Columns of the population table: ours = "name in the file"."""
    vintages: _Columns = Field(default_factory=dict)
    """Columns of the earlier retrievals: ours = "name in the file"."""


class Rows(Section):
    """Column of the file = the values to keep; other rows are skipped."""

    flows: _Rows = Field(default_factory=dict)
    """Rows of the monthly figures: column = ["values", "to keep"]."""
    spells: _Rows = Field(default_factory=dict)
    """Rows of the spells: column = ["values", "to keep"]."""
    payments: _Rows = Field(default_factory=dict)
    """Rows of the payments: column = ["values", "to keep"]."""
    staff: _Rows = Field(default_factory=dict)
    """Rows of the staff table: column = ["values", "to keep"]."""
    drivers: _Rows = Field(default_factory=dict)
    """Rows of the drivers: column = ["values", "to keep"]."""
    applications: _Rows = Field(default_factory=dict)
    """Rows of the applications: column = ["values", "to keep"]."""
    population: _Rows = Field(default_factory=dict)
    """Rows of the population table: column = ["values", "to keep"]."""
    vintages: _Rows = Field(default_factory=dict)
    """Rows of the earlier retrievals: column = ["values", "to keep"]."""
