"""From a case folder to a case: read, check, complete, or refuse with every fault."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from ..models import tables
from ..models.nowcast import MATURE
from . import agreement, checks, language, mapping, parsing, stocks, vintages
from .applications import counted
from .case import Case
from .config import Settings
from .configfile import check_against_figures, check_folder, read_settings
from .eventfile import read_events
from .faults import Report
from .intake import check_intake
from .payments import agreed, by_duration
from .plausible import check_payments
from .privacy import find_personnummer
from .reading import RawTable, read_table
from .spellrows import rows_for_exits
from .staffing import handlers
from .stocks import SERIES, flows_from_spells

__all__ = [
    "Case",
    "flows_from_spells",
    "headline",
    "read_case",
    "rows_for_exits",
]

#: What was read, in one line.
HEADLINE = "{rows} rows, units: {units}, groups: {segments}, {first} to {last}."
#: What a table may be saved as when kommun.toml does not name the file.
SUFFIXES = (".csv", ".xlsx", ".parquet", ".txt", ".tsv")
CANONICAL = ["unit", "segment", "month", *stocks.FLOW_COLUMNS, "paid_sek"]


def read_case(folder: Path, sprak: str = "sv", as_of: date | None = None) -> Case:
    """Read and check a case folder.

    Parameters
    ----------
    folder : Path
        Holds kommun.toml, the tables it names and perhaps events.toml.
    sprak : str
        Language of faults and warnings, "sv" or "en".
    as_of : date, optional
        The day the figures were taken; overrides kommun.toml. Default today.

    Raises
    ------
    InputError
        With every fault and warning found.
    """
    report = Report(sprak)
    folder = Path(folder)
    check_folder(folder, report)
    settings = read_settings(folder, report)
    case = None
    if settings is not None:
        taken = as_of or settings.data.as_of
        case = _Reading(folder, settings, report, taken).case()
    events = read_events(folder, case, report)
    check_intake(case, report)
    report.stop_if_faulty()
    if case is None:
        raise AssertionError("the case is missing without a fault")
    case = replace(case, events=events, warnings=report.warnings)
    tables.CASE_FLOWS.validate(case.flows)  # what the models are promised
    return case


class _Reading:
    """One reading of one folder: what each step needs of the others."""

    def __init__(
        self, folder: Path, settings: Settings, report: Report, taken: date | None
    ) -> None:
        self.folder, self.settings, self.report = folder, settings, report
        self.taken = taken
        self.last = pd.Timestamp(taken or date.today()).replace(day=1)
        #: Whether the settings are the user's, not mended to go on looking for faults.
        self.sound = not report.faults
        first = settings.data.from_month
        self.first = None if first is None else pd.Timestamp(first)

    def case(self) -> Case | None:
        """Read every table, then hold them against each other."""
        spells, spells_file = self.spells()
        table, paid_file = self.table(mapping.PAYMENTS)
        payments = by_duration(table, spells, self.last, paid_file, self.report)
        flows, flows_file = self.flows()
        if flows is None and spells is None:
            if not self.report.faults:
                self.report.add("no_figures", file=str(self.folder.name))
            return None
        if flows is None or flows.empty:
            if self.report.faults or spells is None or spells.empty:
                return None
            flows, flows_file = self._counted(spells), spells_file
            checks.check_length(flows, flows_file, self.report)
        elif spells is not None:
            flows = self._with_spells(flows, spells, spells_file)
        if payments is not None:
            flows = agreed(flows, payments, paid_file, self.settings, self.report)
        if self.sound:
            check_payments(flows, self.settings, flows_file, self.report)
        edge = self._edge(flows)
        flows = flows[~flows["month"].isin(edge.months)].reset_index(drop=True)
        table, staff_file = self.table(mapping.STAFF)
        staff, assumed = handlers(
            table, flows, self.settings, self.last, staff_file, self.report
        )
        check_against_figures(self.settings, flows, spells is not None, self.report)
        table, file = self.table(mapping.APPLICATIONS)
        applications = counted(
            table, flows, self.settings, self.last, file, self.report
        )
        drivers, _ = self.table(mapping.DRIVERS)
        population, _ = self.table(mapping.POPULATION)
        if spells is not None:
            spells = _until(spells, flows["month"].max())
            if not self.report.faults and spells["end"].isna().all():
                self.report.add("no_exits", file=spells_file)
        return Case(
            folder=self.folder,
            settings=self.settings,
            flows=flows,
            spells=spells,
            staff=staff,
            staff_assumed=assumed,
            warnings=self.report.warnings,
            simulated=self.settings.data.simulated,
            drivers=None if drivers is None else _numeric(drivers),
            population=population,
            edge=edge,
            payments=payments,
            applications=applications,
        )

    def raw(self, kind: mapping.Kind) -> RawTable | None:
        """Read a table's file; None without one. A file that is named must exist."""
        named = getattr(self.settings.files, kind.name)
        if named is not None:
            path = (self.folder / named).resolve()
            if not path.is_file():
                column = f"files.{kind.name}"
                self.report.add(
                    "file_missing", file="kommun.toml", column=column, value=named
                )
                return None
            if find_personnummer(path.name):
                self.report.add("personnummer_name", file=path.name)
            return read_table(path, self.report)
        paths = [self.folder / f"{kind.name}{suffix}" for suffix in SUFFIXES]
        found = [path for path in paths if path.is_file()]
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            self.report.add("several_files", file=found[0].name, value=names)
        return read_table(found[0], self.report) if found else None

    def table(self, kind: mapping.Kind) -> tuple[pd.DataFrame | None, str]:
        """Read a table, map it and make values of it; index = line of the file."""
        raw = self.raw(kind)
        if raw is None:
            return None, ""
        frame = mapping.canonical(raw, kind, self.settings, self.report)
        if frame is None or frame.empty:
            return None, raw.name
        if self.first is not None and kind.month == ("month",):
            # rows before the figures are used are not worth a warning
            frame = frame[~(parsing.months(frame["month"]) < self.first)]
            if frame.empty:
                self.report.add("file_empty", file=raw.name)
                return None, raw.name
        if "household" in kind.required:
            frame = mapping.pseudonymised(frame, self.folder, raw.name, self.report)
        return checks.typed(frame, raw, kind, self.settings, self.report), raw.name

    def flows(self) -> tuple[pd.DataFrame | None, str]:
        """Monthly figures, checked and complete."""
        table, file = self.table(mapping.FLOWS)
        if table is None:
            return None, file
        flows = checks.check_flows(table, self.settings, self.last, file, self.report)
        return _canonical(flows), file

    def spells(self) -> tuple[pd.DataFrame | None, str]:
        """Spells, pseudonymised and checked."""
        table, file = self.table(mapping.SPELLS)
        if table is None:
            return None, file
        if "destination" not in table:
            # every exit is then of the one kind the register knows
            ended = table["end"].notna()
            table["destination"] = ended.map({True: "other", False: ""}).astype("str")
        table["destination"] = parsing.destinations(
            table["destination"], self.settings.destinations
        )
        checks.check_spells(table, self.last, file, self.report)
        unsaid = table["end"].notna() & (table["destination"] == "")
        table["destination"] = table["destination"].mask(unsaid, "other")
        if self.first is not None:
            table = table[~(table["end"] < self.first)]
        order = ["household", *SERIES, "start", "end", "destination"]
        others = [name for name in table if name not in order]
        return table[[*order, *others]].reset_index(drop=True), file

    def _counted(self, spells: pd.DataFrame) -> pd.DataFrame:
        first, last = stocks.register_months(spells, self.settings.data.from_month)
        counted = flows_from_spells(spells, first, last)
        return counted.assign(paid_sek=float("nan"))[
            [*CANONICAL, *tables.EXITS_BY_DESTINATION]
        ]

    def _with_spells(
        self, flows: pd.DataFrame, spells: pd.DataFrame, file: str
    ) -> pd.DataFrame:
        """Hold spells against flows; take flows that only spells know from them."""
        first, last = flows["month"].min(), flows["month"].max()
        counted = flows_from_spells(spells, first, last)
        if not self.report.faults:  # else the difference follows from them
            seen = spells[~(spells["end"] < first) & (spells["start"] <= last)]
            agreement.check_names(flows, seen, file, self.report)
        if not self.report.faults:
            data = self.settings.data
            agreement.check_sums(flows, counted, data, file, self.report)
        if flows[["inflow", "exits"]].notna().any().any():
            return flows
        paid = flows[[*SERIES, "month", "paid_sek"]]
        both = counted.merge(paid, on=[*SERIES, "month"], how="inner")
        return both[[*CANONICAL, *tables.EXITS_BY_DESTINATION]]

    def _edge(self, flows: pd.DataFrame) -> vintages.Edge:
        """Find the months that are still being filled in, which are nowcast."""
        data = self.settings.data
        table, file = self.table(mapping.VINTAGES)
        if table is not None:
            args = (flows, data.stock_is, self.last, file, self.report)
            table = vintages.check_vintages(table, *args)
        known = not self.report.faults
        stated = data.provisional_months
        edge = vintages.edge_of(
            table if known else None, flows, data.stock_is, stated, self.taken
        )
        if known and table is not None and not edge.completion:
            self.report.add("vintages_short", file=file, value=MATURE)
        count = len(edge.months)
        if count > stated:
            self.report.add("provisional", file=file, column="month", value=count)
        elif count:
            column = "data.provisional_months"
            toml = "kommun.toml"
            self.report.add("provisional", file=toml, column=column, value=count)
        return edge


def _canonical(flows: pd.DataFrame) -> pd.DataFrame:
    parts = [name for name in tables.EXITS_BY_DESTINATION if name in flows]
    canonical: pd.DataFrame = flows[[*CANONICAL, *parts]].reset_index(drop=True)
    return canonical


def _until(spells: pd.DataFrame, last: pd.Timestamp) -> pd.DataFrame:
    """Forget what happened after the last month: later exits are still open then."""
    begun = spells[spells["start"] <= last]
    later = begun["end"] > last
    closed = begun.assign(
        end=begun["end"].mask(later), destination=begun["destination"].mask(later, "")
    )
    known: pd.DataFrame = closed.reset_index(drop=True)
    return known


def _numeric(drivers: pd.DataFrame) -> pd.DataFrame:
    """Make numbers of the drivers that are numbers."""
    named: dict[str, Any] = {}
    for name in drivers:
        read = parsing.numbers(drivers[name], decimal_point=False)
        plain = name not in ("unit", "month") and not read.wrong.any()
        named[str(name)] = read.values if plain else drivers[name]
    return pd.DataFrame(named).reset_index(drop=True)


def headline(case: Case, sprak: str = "sv") -> str:
    """Say in one line what was read: rows, units, groups, first and last month."""
    text = language.translator(sprak)(HEADLINE)
    return text.format(
        rows=language.number(len(case.flows), 0, sprak),
        units=len(case.units),
        segments=len(case.segments),
        first=f"{case.months[0]:%Y-%m}",
        last=f"{case.months[-1]:%Y-%m}",
    )
