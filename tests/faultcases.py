"""Folders broken in one place each: what must be said of them, and where."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from casefolder import HEADER, TOML, Rows, flow_rows, lines, staff_rows, write

SPELLS = "household;unit;segment;start;end;destination\n"
SPELL = "{};Provköping;vuxna;{};{};{}\n"


def changed(row: int, column: int, value: str) -> Rows:
    """Sound rows with one cell changed; `row` is the line in the file."""
    rows = flow_rows()
    rows[row - 2][column] = value
    return rows


def spells(*rows: tuple[str, str, str, str]) -> str:
    return SPELLS + "".join(SPELL.format(*row) for row in rows)


@dataclass(frozen=True)
class Broken:
    """A folder broken in one place, and what must be said of it."""

    rule: str
    write: Callable[[Path], Path]
    file: str = "flows.csv"
    row: int | None = None
    column: str = ""
    value: str = ""
    also: frozenset[str] = field(default_factory=frozenset)


def cell(rule: str, row: int, column: str, value: str, shown: str = "") -> Broken:
    number = HEADER.split(";").index(column)
    return Broken(
        rule,
        lambda p: write(p, changed(row, number, value)),
        row=row,
        column=column,
        value=shown or value,
    )


def toml(rule: str, text: str, column: str, value: str) -> Broken:
    return Broken(
        rule,
        lambda p: write(p, toml=text),
        file="kommun.toml",
        column=column,
        value=value,
    )


def spell(
    rule: str, column: str, value: str, *rows: tuple[str, str, str, str]
) -> Broken:
    return Broken(
        rule,
        lambda p: write(p, spells=spells(*rows)),
        file="spells.csv",
        row=1 + len(rows),
        column=column,
        value=value,
    )


def few(stock: str = "1", unit: str = "Provköping", first: int = 0) -> Rows:
    """Give a group with as many cases in every month, none of whom come or leave."""
    rows = flow_rows(unit=unit)[first:]
    return [[*r[:3], stock, "0", "0", str(8500 * int(stock))] for r in rows]


def as_groups(rows: Rows, name: str) -> Rows:
    return [[r[0], name, *r[2:]] for r in rows]


def times(rows: Rows, factor: int) -> Rows:
    return [[*r[:3], *(str(int(v) * factor) for v in r[3:])] for r in rows]


ALONE = ("H1", "2024-01", "", "")


def without(column: str) -> str:
    at = HEADER.split(";").index(column)
    rows = [[v for i, v in enumerate(r) if i != at] for r in flow_rows()]
    return lines(";".join(h for h in HEADER.split(";") if h != column), rows)


PILOT = '[effort.pilot]\nunit = "Provköping"\nfrom_month = "{}"\n'
UNITS = ("Provköping", "Söder", "Väst")


def three_units(rows: Callable[..., Rows] = few) -> Rows:
    return [row for unit in UNITS for row in rows(unit=unit)]


def two_files(folder: Path) -> Path:
    text = lines(HEADER, flow_rows())
    (write(folder) / "flows.txt").write_text(text, "utf-8")
    return folder


def three_spells() -> str:
    (row,) = spells(ALONE).splitlines()[1:]
    rows = [row.replace("Provköping", u).replace("H1", f"H{u}") for u in UNITS]
    return SPELLS + "\n".join(rows) + "\n"


LAST = 25  # line of the last month
BROKEN = [
    Broken("missing_column", lambda p: write(p, without("stock")), column="stock",
           value="stock"),
    toml("unknown_mapping", '[columns.flows]\nstock = "hushål"\n',
         "columns.flows.stock", "hushål"),
    toml("unknown_canonical", '[columns.flows]\nstok = "stock"\n',
         "columns.flows.stok", "stok"),
    Broken("row_filter_empty",
           lambda p: write(p, toml='[rows.flows]\nunit = ["Provköping", "Lund"]\n'),
           column="unit", value="Lund"),
    cell("not_a_number", 7, "stock", "hundra"),
    cell("thousands_point", 7, "paid_sek", "850.000,5"),
    cell("thousands_point", 9, "paid_sek", "850.000"),
    cell("negative_count", 5, "inflow", "−7", "-7"),
    cell("bad_month", 9, "month", "maj"),
    cell("empty_text", 9, "segment", ""),
    Broken("duplicate_row", lambda p: write(p, [*flow_rows(), flow_rows()[3]]),
           row=26, value="Provköping, vuxna, 2024-04"),
    Broken("gap_in_months", lambda p: write(p, flow_rows()[:8] + flow_rows()[9:]),
           row=10, column="month", value="2024-08 – 2024-10"),
    cell("stock_identity", 25, "stock", "190", "+44"),
    Broken("ends_early",
           lambda p: write(p, flow_rows() + [
               [r[0], "unga", *r[2:]] for r in flow_rows()[:14]]),
           row=39, column="month", value="2025-02"),
    Broken("future_month", lambda p: write(p, flow_rows("2024-06")), row=22,
           column="month", value="2026-02", also=frozenset({"many"})),
    Broken("too_few_months", lambda p: write(p, flow_rows(months=11)),
           column="month", value="11"),
    Broken("file_empty", lambda p: write(p, HEADER + "\n")),
    Broken("file_empty", lambda p: write(p, " \n")),
    Broken("encoding", lambda p: write(p, HEADER.encode() + b"\nK\x8fping;a;b\n")),
    Broken("mojibake",
           lambda p: write(p, lines(HEADER, flow_rows()).encode().decode("cp1252")),
           row=2, value="ProvkÃ¶ping;vuxna;2024-01;100;7;5;850000"),
    Broken("row_too_long", lambda p: write(p, changed(6, 6, "850;000")), row=6),
    Broken("duplicate_header",
           lambda p: write(p, lines(HEADER + ";Stock", flow_rows())), row=1,
           value="Stock"),
    Broken("column_empty",
           lambda p: write(p, [[*r[:3], "..", *r[4:]] for r in flow_rows()]),
           column="stock", value="stock"),
    Broken("exits_by_destination",
           lambda p: write(p, lines(HEADER + ";exits_work;exits_moved", [
               [*r, "4", "1" if i != 5 else "3"] for i, r in enumerate(flow_rows())])),
           row=7, column="exits", value="7"),
    Broken("exits_exceed_cases",
           lambda p: write(p, [[*r[:3], "5", "7", "7" if i != 4 else "50", r[6]]
                               for i, r in enumerate(flow_rows())]),
           row=6, column="exits", value="50", also=frozenset({"stock_identity"})),
    cell("absurd_count", 7, "inflow", "12000000"),
    Broken("total_row",
           lambda p: write(p, flow_rows() + as_groups(flow_rows(), "Summa")),
           row=26, column="segment", value="Provköping, Summa"),
    Broken("total_row",
           lambda p: write(p, flow_rows() + as_groups(times(flow_rows(), 2), "unga")
                           + as_groups(times(flow_rows(), 3), "hela")),
           row=50, column="segment", value="Provköping, hela"),
    Broken("total_row",
           lambda p: write(p, flow_rows() + flow_rows(unit="Totalt"),
                           staff_rows() + staff_rows(unit="Totalt")),
           row=26, column="unit", value="Totalt"),
    Broken("paid_absurd",
           lambda p: write(p, [[*r[:6], "850"] for r in flow_rows()]),
           column="paid_sek", value="7"),
    Broken("paid_missing_group",
           lambda p: write(p, flow_rows() + [
               [*r[:6], ""] for r in as_groups(times(flow_rows(), 2), "unga")]),
           column="paid_sek", value="unga"),
    Broken("old_excel", lambda p: write(p, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
    toml("toml_twice", "[data]\n", "", "[data]"),
    toml("toml_backslash", '[files]\nflows = "C:\\Users\\flows.csv"\n', "",
         'flows = "C:\\Users\\flows.csv"'),
    toml("toml_syntax", "[levers]\nlevels = 8,0\n", "", "levels = 8,0"),
    toml("duration_starts", "[run]\nduration_starts = [0, 120]\n",
         "run.duration_starts", "[0, 120]"),
    toml("wrong_value", "[levers]\nlevels = true\n", "levers.levels", "True"),
    toml("personnummer_settings", '[effort]\nsource = "Anna 19121212-1212"\n', "", ""),
    Broken("missing_section",
           lambda p: write(p, base=TOML.replace("[economy]", "[staff]").replace(
               TOML.split("[economy]")[1], "")),
           file="kommun.toml", column="economy"),
    Broken("pilot_outside",
           lambda p: write(p, three_units(), three_units(staff_rows),
                           spells=three_spells(), toml=PILOT.format("2026-01")),
           file="kommun.toml", column="effort.pilot.from_month", value="2026-01"),
    Broken("pilot_controls",
           lambda p: write(p, few(), spells=spells(ALONE),
                           toml=PILOT.format("2025-01")),
           file="kommun.toml", column="effort.pilot", value="1"),
    Broken("spells_unknown",
           lambda p: write(p, few(), spells=spells(ALONE).replace(
               "H1;Provköping", "H2;Provkoping") + spells(ALONE)[len(SPELLS):]),
           file="spells.csv", column="unit", value="Provkoping"),
    Broken("spells_missing",
           lambda p: write(p, few() + as_groups(few("7"), "äldre"),
                           spells=spells(ALONE)),
           file="spells.csv", column="segment", value="äldre"),
    Broken("no_exits", lambda p: write(p, few(), spells=spells(ALONE)),
           file="spells.csv"),
    Broken("spells_apart", lambda p: write(p, spells=spells(ALONE)),
           file="spells.csv", value="12"),
    spell("end_before_start", "", "2024-02", ("H1", "2024-03", "2024-02", "work")),
    spell("bad_month", "end", "2024-13", ("H1", "2024-02", "2024-13", "work")),
    spell("unknown_destination", "destination", "wrk",
          ("H1", "2024-02", "2024-03", "wrk")),
    spell("overlapping_spells", "start", "2024-05",
          ("H1", "2024-02", "2024-05", "work"), ("H1", "2024-05", "", "")),
    spell("overlapping_spells", "start", "2024-05",
          ("H1", "2024-02", "", ""), ("H2", "2024-05", "", ""),
          ("H1", "2024-05", "2024-06", "work")),
    spell("destination_open", "", "Provköping, vuxna, H1",
          ("H1", "2024-02", "", "work")),
    Broken("zero_handlers",
           lambda p: write(p, staff=[[*r[:2], "0" if i == 3 else r[2]]
                                     for i, r in enumerate(staff_rows())]),
           file="staff.csv", row=5, column="handlers_fte", value="0"),
    Broken("staff_missing", lambda p: write(p, staff=""), file="kommun.toml",
           column="staff"),
    Broken("staff_missing_unit",
           lambda p: write(p, staff=staff_rows(unit="Provkoping")),
           file="staff.csv", column="unit", value="Provköping"),
    toml("unknown_segment", '[segments.vuxn]\nweight = 1.2\n', "segments.vuxn", "vuxn"),
    toml("unknown_pilot_unit",
         '[effort.pilot]\nunit = "Norr"\nfrom_month = "2025-01"\n',
         "effort.pilot.unit", "Norr"),
    toml("file_missing", '[files]\nstaff = "personal.csv"\n', "files.staff",
         "personal.csv"),
    Broken("missing_key",
           lambda p: write(p, base=TOML.replace("salary_month_sek = 38600", "")),
           file="kommun.toml", row=6, column="economy.salary_month_sek"),
]  # fmt: skip

WARNED = [
    ("suppressed", lambda p: write(p, changed(8, 5, "<5")), "<5"),
    ("suppressed", lambda p: write(p, changed(8, 6, "..")), ".."),
    ("negative_paid", lambda p: write(p, changed(8, 6, "-1200")), "-1200"),
    ("stock_identity_near", lambda p: write(p, changed(25, 3, "148")), "+2"),
    ("short_history", lambda p: write(p, flow_rows(months=23)), "23"),
    ("staff_gap", lambda p: write(p, staff=staff_rows()[:20]), "4"),
    ("provisional", lambda p: write(
        p, base=TOML.replace("[data]", "[data]\nprovisional_months = 2")), "2"),
    ("staff_assumed", lambda p: write(
        p, staff="", toml="[staff]\nassumed_cases_per_handler = 40\n"), "40"),
    ("budget_absurd", lambda p: write(p, toml="[budget]\n2026 = 10500\n"), "10500"),
    ("staff_unknown_unit", lambda p: write(
        p, staff=staff_rows() + staff_rows(unit="Annan")), "Annan"),
    ("begins_late", lambda p: write(
        p, flow_rows() + as_groups(times(flow_rows(), 2), "unga")[6:]), "2024-07"),
    ("several_files", two_files, "flows.csv, flows.txt"),
    ("pilot_without_spells", lambda p: write(p, toml=PILOT.format("2025-01")), ""),
    ("destination_missing", lambda p: write(
        p, few(), spells=spells(("H1", "2024-02", "2024-03", ""))),
     "Provköping, vuxna, H1"),
]  # fmt: skip
