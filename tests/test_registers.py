"""A case folder becomes a case: habits of offices, the identity, spells as rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from babel.dates import format_date
from casefolder import (
    HEADER,
    TOML,
    faults_of,
    flow_rows,
    lines,
    read,
    staff_rows,
    write,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import shared_data

from bemanna.models.domain import StockIs
from bemanna.pipelines import parsing, stocks
from bemanna.pipelines.registers import (
    Case,
    headline,
    read_case,
)

ROOT = Path(__file__).parents[1]
SPACES = ["", " ", "\u00a0", "\u2009", "\u202f"]
NAMES = [*"ABC"]


@given(
    st.integers(-(10**7), 10**7),
    st.integers(0, 99),
    st.sampled_from(SPACES),
    st.sampled_from(["-", "\u2212"]),
)
def test_swedish_numbers_are_read_as_written(
    whole: int, hundredths: int, space: str, minus: str
) -> None:
    groups = f"{abs(whole):,}".replace(",", space)
    text = (minus if whole < 0 else "") + f"{groups},{hundredths:02d}"
    sign = -1 if whole < 0 else 1
    for point in (False, True):
        read_as = parsing.numbers(pd.Series([text]), point)
        assert not read_as.wrong.any()
        assert read_as.values[0] == pytest.approx(
            sign * (abs(whole) + hundredths / 100), abs=1e-6
        )


def test_a_point_is_a_decimal_sign_only_where_it_must_be() -> None:
    unclear = parsing.numbers(pd.Series(["1.234", "5"]), decimal_point=False)
    assert unclear.ambiguous.tolist() == [True, False]
    clear = parsing.numbers(pd.Series(["1.234", "0.5"]), decimal_point=False)
    assert clear.values.tolist() == [1.234, 0.5]
    comma = parsing.numbers(pd.Series(["1,234"]), decimal_point=True)
    assert comma.ambiguous.all()
    both = parsing.numbers(pd.Series(["1.234,5", "1,234.5"]), decimal_point=True)
    assert both.ambiguous.all()


@pytest.mark.parametrize("mark", [";", ",", "\t"])
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_way_to_save_a_csv_reads_the_same(
    tmp_path: Path, mark: str, code: str, end: str
) -> None:
    rows = [[*r[:6], "850 000,50" if mark != "," else '"850 000,50"']
            for r in flow_rows()]  # fmt: skip
    text = lines(HEADER, rows, mark).replace("\n", end)
    case = read(write(tmp_path, text.encode(code)))
    assert case.units == ("Provköping",)
    assert case.flows["paid_sek"].unique().tolist() == [850_000.5]
    assert case.warnings == ()


FORMS = ["%Y-%m", "%Y-%m-%d", "%Y%m", "%YM%m", "%Y-%-m", "%B %Y", "%b-%y", "excel"]


@pytest.mark.parametrize("form", FORMS)
def test_months_come_in_every_form(tmp_path: Path, form: str) -> None:
    wanted = pd.date_range("2024-01", periods=24, freq="MS", name="month")
    if form == "excel":
        texts = [str((month - pd.Timestamp("1899-12-30")).days) for month in wanted]
    else:  # %B in Swedish, whatever the machine speaks
        swedish = {n: format_date(n, "MMMM", locale="sv_SE") for n in wanted}
        texts = [
            n.strftime(form.replace("%B", swedish[n]).replace("%b", swedish[n][:3]))
            for n in wanted
        ]
    rows = [[*r[:2], text, *r[3:]] for r, text in zip(flow_rows(), texts, strict=True)]
    assert read(write(tmp_path, rows)).months.equals(wanted)


@pytest.mark.parametrize("text", ["2026-13", "mars", "marsipan 2026", "12026", "26"])
def test_what_is_no_month_is_said_once(tmp_path: Path, text: str) -> None:
    rows = flow_rows()
    for row in rows[3:6]:
        row[2] = text
    assert [f.rule for f in faults_of(write(tmp_path, rows))] == ["bad_month"] * 3


@pytest.mark.parametrize("text", ["saknas", "Uppgift saknas", "NULL", "n/a", "NaN"])
def test_words_for_what_is_not_known_are_no_faults(tmp_path: Path, text: str) -> None:
    rows = flow_rows()
    rows[8][5] = text
    assert [f.rule for f in read(write(tmp_path, rows)).warnings] == ["suppressed"]


def test_a_file_is_told_by_its_content_not_its_name(tmp_path: Path) -> None:
    plain = read(write(tmp_path / "csv"))
    folder = write(tmp_path / "named", flows="", toml='[files]\nflows = "flows.csv"\n')
    table = pd.DataFrame(flow_rows(), columns=HEADER.split(";"))
    table.to_excel(folder / "x.xlsx", index=False)
    (folder / "x.xlsx").rename(folder / "flows.csv")
    pd.testing.assert_frame_equal(read(folder).flows, plain.flows)
    folder = write(tmp_path / "text", toml='[files]\nflows = "flows.xlsx"\n')
    (folder / "flows.csv").rename(folder / "flows.xlsx")
    pd.testing.assert_frame_equal(read(folder).flows, plain.flows)
    (folder / "flows.xlsx").write_bytes(b"PK\x03\x04 cut short")
    (fault,) = faults_of(folder)
    assert fault.rule == "file_unreadable"
    assert "skadad" in fault.message


def test_excel_files_read_like_csv(tmp_path: Path) -> None:
    plain = read(write(tmp_path / "csv"))
    folder = write(tmp_path / "xlsx", flows="", staff="")
    table = pd.DataFrame(flow_rows(), columns=HEADER.split(";"))
    table = table.astype(dict.fromkeys(HEADER.split(";")[3:], float))
    table["month"] = pd.to_datetime(table["month"])
    table.to_excel(folder / "flows.xlsx", index=False)
    staff = pd.DataFrame(staff_rows(), columns=["unit", "month", "handlers_fte"])
    staff["handlers_fte"] = 3.5
    staff.to_excel(folder / "staff.xlsx", index=False)
    case = read(folder)
    pd.testing.assert_frame_equal(case.flows, plain.flows)
    pd.testing.assert_frame_equal(case.staff, plain.staff)


def test_kommunkod_that_excel_shortened_is_made_whole(tmp_path: Path) -> None:
    rows = flow_rows(unit="180") + flow_rows(unit="1480")
    staff = staff_rows(unit="0180") + staff_rows(unit="1480")
    assert read(write(tmp_path, rows, staff)).units == ("0180", "1480")


def test_line_numbers_are_those_of_an_editor(tmp_path: Path) -> None:
    rows = flow_rows()
    rows[4][0] = '"Prov-\nköping"'  # a quoted field over two lines
    rows[20][3] = "tjugo"
    text = "sep=;\n\n" + lines(HEADER, rows[:10]) + "\n;;;;;;\n" + lines("", rows[10:])
    folder = write(tmp_path, text)
    (fault,) = [f for f in faults_of(folder) if f.rule == "not_a_number"]
    assert (folder / "flows.csv").read_text("utf-8").split("\n")[
        int(fault.row or 0) - 1
    ].split(";")[3] == "tjugo"


def test_mapping_scale_constant_and_rows_come_from_the_settings(tmp_path: Path) -> None:
    header = "Enhet;Månad;Antal hushåll;Nya;Avslut;Utbetalt tkr;Ålder"
    rows = [
        [r[0], *r[2:6], "850,5", age] for r in flow_rows() for age in ("20", "alla")
    ]
    toml = """
[columns.flows]
unit = "Enhet"
segment = { value = "samtliga" }
month = "månad"
stock = "Antal hushåll"
inflow = "Nya"
exits = "Avslut"
paid_sek = { column = "Utbetalt tkr", scale = 1000 }
[rows.flows]
"Ålder" = ["alla"]
"""
    case = read(write(tmp_path, lines(header, rows), toml=toml))
    assert case.segments == ("samtliga",)
    assert len(case.flows) == 24
    assert case.flows["paid_sek"].unique().tolist() == [850_500.0]


flow_series = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=12, max_size=15
)


@settings(deadline=None, max_examples=25)
@given(st.integers(150, 400), flow_series, st.sampled_from(["inflow", "exits", None]))
def test_the_identity_gives_what_a_register_leaves_out(
    opening: int, series: list[tuple[int, int]], missing: str | None
) -> None:
    """Whatever stock counts, the same register becomes the same flows."""
    inflow, exits = np.array(series, dtype=float).T
    end = opening + np.cumsum(inflow - exits)
    start = end - inflow + exits
    truth = pd.DataFrame(
        {
            "start": start,
            "inflow": inflow,
            "exits": exits,
            "served": start + inflow,
            "end": end,
        }
    )
    for stock_is in StockIs:
        frame = pd.DataFrame(
            {
                "unit": "A",
                "segment": "x",
                "month": pd.date_range("2024-01", periods=len(series), freq="MS"),
                "stock": truth[str(stock_is)],
                "inflow": inflow,
                "exits": exits,
            }
        ).drop(columns=missing or [])
        flows = stocks.complete(frame.sample(frac=1, random_state=1), stock_is)
        assert (flows["carried"].dropna() == 0).all()
        # the first or last month cannot always be known
        known = slice(1, -1) if missing else slice(None)
        got = flows[list(truth)].iloc[known].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            got, truth.iloc[known].reset_index(drop=True), check_exact=True
        )


def test_suppressed_months_are_filled_from_their_neighbours(tmp_path: Path) -> None:
    rows = flow_rows()
    rows[8][3] = "<5"  # start follows from the month before
    rows[12][5] = ".."  # exits follow from the next stock
    flows = read(write(tmp_path, rows)).flows
    assert flows.loc[8, "start"] == 116
    assert flows.loc[12, "exits"] == 5


def test_stock_alone_says_what_cannot_be_known(tmp_path: Path) -> None:
    rows = [[*r[:4], r[6]] for r in flow_rows()]
    case = read(write(tmp_path, lines("unit;segment;month;stock;paid_sek", rows)))
    assert not case.knows_flows
    assert case.flows[["inflow", "exits"]].isna().all(axis=None)


def test_earlier_and_provisional_months_are_left_out(tmp_path: Path) -> None:
    rows = flow_rows("2022-01", 48)
    rows[3][3] = "fel"  # before from_month, so nobody minds
    base = TOML.replace(
        "[data]", '[data]\nfrom_month = "2023-01"\nprovisional_months = 3'
    )
    case = read(write(tmp_path, rows, staff_rows("2022-01", 48), base=base))
    assert f"{case.months[0]:%Y-%m} {case.months[-1]:%Y-%m}" == "2023-01 2025-09"
    assert len(case.staff) == len(case.months)


def test_pools_add_up_unless_there_is_a_total(tmp_path: Path) -> None:
    rows = [f"{u};{m};{n};{p}" for u, m, _ in staff_rows()
            for n, p in (("2", "mottagning"), ("1,5", "rehab"))]  # fmt: skip
    header = "unit;month;handlers_fte;pool"
    folder = write(tmp_path, staff="\n".join([header, *rows]))
    assert read(folder).staff["handlers_fte"].unique().tolist() == [3.5]
    total = [f"{u};{m};4;" for u, m, _ in staff_rows()]
    folder = write(tmp_path, staff="\n".join([header, *rows, *total]))
    assert read(folder).staff["handlers_fte"].unique().tolist() == [4.0]


def test_a_pool_away_for_a_while_is_told_and_kept(tmp_path: Path) -> None:
    rows = [[u, m, "2", "mottagning"] for u, m, _ in staff_rows()]
    rows += [[*r[:2], "1,5", "rehab"] for i, r in enumerate(staff_rows()) if i != 7]
    text = lines("unit;month;handlers_fte;pool", rows)
    case = read(write(tmp_path, staff=text))
    assert case.staff["handlers_fte"].unique().tolist() == [3.5]
    (gap,) = case.warnings
    assert gap.rule == "staff_gap"
    assert "Provköping, rehab" in gap.message
    late = rows[:24] + rows[24 + 12 :]  # a pool that is new is no gap
    case = read(write(tmp_path, staff=lines("unit;month;handlers_fte;pool", late)))
    assert case.staff["handlers_fte"].unique().tolist() == [2.0, 3.5]
    assert case.warnings == ()


def test_staff_is_read_stated_or_assumed(tmp_path: Path) -> None:
    told = read(write(tmp_path / "a"))
    assert not told.staff_assumed
    assert told.staff.loc[0, "caseload"] == pytest.approx(107 / 3.5)
    both = flow_rows() + flow_rows(unit="Annan")
    stated = read(write(tmp_path / "b", both, staff="", toml="[staff]\nhandlers = 5\n"))
    assert stated.staff.groupby("month")[
        "handlers_fte"
    ].sum().unique() == pytest.approx([5.0])
    assert [f.rule for f in stated.warnings] == ["staff_split"]
    toml = "[staff]\nassumed_cases_per_handler = 40\n"
    assumed = read(write(tmp_path / "c", staff="", toml=toml))
    assert assumed.staff_assumed
    assert assumed.staff["caseload"].unique() == pytest.approx([40.0])


def real(name: str, file: str, tmp_path: Path) -> Case:
    """Read a folder of docs/real-data, with its data wherever it lies here."""
    data = shared_data(file)
    text = (ROOT / "docs" / "real-data" / name / "kommun.toml").read_text("utf-8")
    (tmp_path / "kommun.toml").write_text(
        text.replace(f"../../../../shared/data/{file}", data.as_posix()), "utf-8"
    )
    return read_case(tmp_path)


def test_california_is_read_by_settings_alone(tmp_path: Path) -> None:
    file = "us_california_general_relief_monthly_county.csv"
    case = real("california", file, tmp_path)
    assert case.units == ("Los Angeles", "San Bernardino", "Solano")
    assert len(case.months) == 115
    assert case.knows_flows
    assert case.staff_assumed
    raw = pd.read_csv(shared_data(file)).set_index(["county", "month"])
    flows = case.flows.set_index(["unit", "month"])
    read_row = flows.xs(("Solano", pd.Timestamp("2019-06-01")))
    source = raw.xs(("Solano", "2019-06"))
    assert read_row["start"] == source["cases_brought_forward"]
    assert read_row["paid_sek"] == source["gr_amount_usd"]
    assert {"suppressed", "stock_identity_near", "staff_assumed"} == {
        f.rule for f in case.warnings
    }
    # Los Angeles corrects its opening cases in most months
    assert sum("Los Angeles" in f.message for f in case.warnings) > 80


def test_dalarna_is_read_without_flows(tmp_path: Path) -> None:
    case = real("dalarna", "se_dalarna_ekonomiskt_bistand_monthly.csv", tmp_path)
    assert not case.knows_flows
    assert case.warnings == ()
    assert headline(case) == (
        "84 rader, enheter: 1, målgrupper: 1, 2018-01 till 2024-12."
    )
    assert case.flows["paid_sek"].iloc[-1] == 29_054_000
