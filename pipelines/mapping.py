"""From a file's own columns and rows to canonical ones, as kommun.toml maps them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..models.tables import EXITS_BY_DESTINATION
from . import parsing, privacy
from .config import ColumnSource, Settings
from .faults import Report
from .reading import RawTable
from .ruletexts import RULES


@dataclass(frozen=True)
class Kind:
    """What a table holds.

    Attributes
    ----------
    name : str
    required, optional : tuple of str
        Canonical columns.
    number, month : tuple of str
        Those that are numbers, or months; the others are text.
    free : bool
        Whether other columns may come along (covariates, drivers).
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    month: tuple[str, ...] = ("month",)
    free: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        """Every canonical column."""
        return self.required + self.optional


FLOWS = Kind(
    "flows",
    required=("unit", "segment", "month", "stock"),
    optional=("inflow", "exits", "paid_sek", *EXITS_BY_DESTINATION),
    number=("stock", "inflow", "exits", "paid_sek", *EXITS_BY_DESTINATION),
)
SPELLS = Kind(
    "spells",
    required=("household", "unit", "segment", "start", "end"),
    optional=("destination",),
    month=("start", "end"),
    free=True,
)
STAFF = Kind(
    "staff",
    required=("unit", "month", "handlers_fte"),
    optional=("pool",),
    number=("handlers_fte",),
)
PAYMENTS = Kind(
    "payments", required=("household", "month", "paid_sek"), number=("paid_sek",)
)
#: A month of each row, or the day of one application; see `applications`.
APPLICATIONS = Kind(
    "applications",
    required=("unit", "kind"),
    optional=("month", "date", "applications", "within_day", "complete", "decided"),
    number=("applications", "within_day"),
    month=(),
)
DRIVERS = Kind("drivers", required=("month",), optional=("unit",), free=True)
VINTAGES = Kind(
    "vintages",
    required=("retrieved", "unit", "segment", "month"),
    optional=("stock", "inflow", "exits", "paid_sek"),
    number=("stock", "inflow", "exits", "paid_sek"),
)
POPULATION = Kind(
    "population",
    required=("unit", "year", "population"),
    number=("year", "population"),
    month=(),
)


def canonical(
    raw: RawTable, kind: Kind, settings: Settings, report: Report
) -> pd.DataFrame | None:
    """Give the wanted rows with canonical columns, still as text.

    Parameters
    ----------
    raw : RawTable
    kind : Kind
    settings : Settings
    report : Report
        Gets unknown mappings, missing columns and personnummer.

    Returns
    -------
    DataFrame or None
        Canonical columns, and others where `kind.free`; None if a column that is
        needed is missing. Index = line of the file.
    """
    sources: dict[str, ColumnSource] = getattr(settings.columns, kind.name)
    numeric = {sources[n].column if n in sources else n for n in kind.number}
    exempt = {*numeric}
    if "household" in kind.known:
        exempt.add(
            sources["household"].column if "household" in sources else "household"
        )
    if _names_people(raw, exempt, report):
        return None
    frame = _kept_rows(raw, kind, settings, report)
    by_fold = {title.casefold(): title for title in raw.frame.columns}
    taken: dict[str, pd.Series[Any]] = {}
    unknown: list[str] = []
    for name, source in sources.items():
        section = f"columns.{kind.name}"
        if name not in kind.known and not kind.free:
            report.add(
                "unknown_canonical",
                file="kommun.toml",
                column=f"{section}.{name}",
                value=name,
                table=kind.name,
                known=", ".join(kind.known),
                section=section,
                nearest=report.nearest(name, kind.known),
            )
        elif source.value is not None:
            taken[name] = pd.Series(source.value, index=frame.index, dtype="str")
        elif source.column and source.column.casefold() in by_fold:
            taken[name] = frame[by_fold[source.column.casefold()]]
        else:
            _add_unknown(raw, str(source.column), section, name, report)
            unknown.append(name)
    used = {str(s.column).casefold() for s in sources.values()}
    for title in raw.frame.columns:
        name = title.casefold() if title.casefold() in kind.known else title
        wanted = name in kind.known or (kind.free and title.casefold() not in used)
        if name not in taken and wanted:
            taken[name] = frame[title]
    missing = [name for name in kind.required if name not in [*taken, *unknown]]
    for name in missing:
        report.add(
            "missing_column",
            file=raw.name,
            column=name,
            value=name,
            table=kind.name,
            known=", ".join(raw.frame.columns),
            nearest=report.nearest(name, raw.frame.columns),
        )
    if missing or unknown:
        return None
    return pd.DataFrame(taken, index=frame.index)


def _kept_rows(
    raw: RawTable, kind: Kind, settings: Settings, report: Report
) -> pd.DataFrame:
    """Keep the rows that `[rows.<table>]` asks for; a filter without a match faults."""
    frame = raw.frame
    by_fold = {title.casefold(): title for title in frame.columns}
    for column, values in getattr(settings.rows, kind.name).items():
        title = by_fold.get(column.casefold())
        if title is None:
            _add_unknown(raw, column, f"rows.{kind.name}", column, report)
            continue
        shown = parsing.text(raw.frame[title])
        code = shown.str.lstrip("0")  # a kommunkod may have lost its zero on the way
        wanted = {v.strip().lstrip("0") for v in values}
        for value in values:
            if not (code == value.strip().lstrip("0")).any():
                report.add(
                    "row_filter_empty",
                    file=raw.name,
                    column=title,
                    value=value,
                    table=kind.name,
                    nearest=report.nearest(value, shown.unique()),
                )
        frame = frame[code.loc[frame.index].isin(wanted)]
    return frame


def _add_unknown(
    raw: RawTable, column: str, section: str, name: str, report: Report
) -> None:
    report.add(
        "unknown_mapping",
        file="kommun.toml",
        column=f"{section}.{name}",
        value=column,
        known=", ".join(raw.frame.columns),
        section=section,
        nearest=report.nearest(column, raw.frame.columns),
    )


def _names_people(raw: RawTable, exempt: "set[str | None]", report: Report) -> bool:
    """Report personnummer in headers and texts; figures and households are exempt.

    Households are looked at when they become pseudonyms.
    """
    found = False
    folded = {str(title).casefold() for title in exempt}
    for title in raw.frame.columns:
        if privacy.find_personnummer(title):
            report.add("personnummer_header", file=raw.name, column=title)
            found = True
        if title.casefold() in folded:
            continue
        held = raw.frame[title][people_in(raw.frame[title])]
        report.add_rows("personnummer_text", held, file=raw.name, column=title)
        found |= len(held) > 0
    return found


def people_in(values: "pd.Series[Any]") -> "pd.Series[bool]":
    """Mark values that hold a personnummer, whatever the type of the column."""
    if pd.api.types.is_numeric_dtype(values):
        values = values.where(values > 10**9)  # shorter numbers cannot be one
    elif not (
        pd.api.types.is_object_dtype(values)
        or pd.api.types.is_string_dtype(values)
        or isinstance(values.dtype, pd.CategoricalDtype)
    ):
        return pd.Series(False, index=values.index)
    return privacy.holds_personnummer(_whole(values))


def _whole(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Text of values; 191212121212.0 is a personnummer beside a missing one."""
    shown = parsing.text(values)
    if pd.api.types.is_float_dtype(values):
        shown = shown.str.removesuffix(".0")
    return shown


def pseudonymised(
    frame: pd.DataFrame, folder: Path, file: str, report: Report
) -> pd.DataFrame:
    """Replace personnummer of households by pseudonyms; refuse them without a key.

    Either way none is left in the table that comes back. The key may not lie in
    `folder`.
    """
    household = _whole(frame["household"])
    held = people_in(frame["household"])
    frame = frame.assign(household=household)
    if not held.any():
        return frame
    key = None
    try:
        key = privacy.read_key([folder])
    except privacy.PrivacyError as error:
        rule = str(error) if str(error) in RULES else "key_unreadable"
        report.add(rule, file=privacy.KEY_VARIABLE)
    if key is not None:
        return frame.assign(household=privacy.pseudonymise(household, key))
    values = pd.Series(privacy.MASK, index=frame.index[held])
    report.add_rows("personnummer_household", values, file=file, column="household")
    return frame.assign(household=household.mask(held, privacy.MASK))
