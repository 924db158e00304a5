"""The words of the rules that fetched statistics must keep.

Messages and remedies as in `ruletexts`; Swedish lies in `templates/sv-fetch.po`.
"""

from ..models.domain import Fault, Severity
from .faults import Report, shorten
from .filetexts import RuleText
from .language import translator
from .privacy import mask

FETCH = {
    "fetch_address": RuleText(
        "{value} is not an address that begins with http:// or https://.",
        "Copy the whole address from the browser, without spaces.",
    ),
    "fetch_unreachable": RuleText(
        "{value} could not be fetched ({reason}), and no earlier copy is kept.",
        "Try again when there is a network, or open the address in a browser, save the"
        " answer and give the file.",
    ),
    "fetch_refused": RuleText(
        "{value} was refused: {reason}.",
        "Correct the address: the table, the figure or the year may have been removed,"
        " or too much was asked for at once.",
    ),
    "fetch_elsewhere": RuleText(
        "The next page, {value}, is on another host, or was already read.",
        "Save the pages one by one and give the folder.",
    ),
    "official_missing": RuleText(
        "There is no file at {value}, or the folder has none of {known}.",
        "Correct the path.",
    ),
    "official_json": RuleText(
        "The file cannot be read as JSON: {reason}.",
        "Save the answer of the address itself, not the page that a browser shows.",
    ),
    "official_shape": RuleText(
        "{column} is {value}; it should be {allowed}.",
        "Fetch the file again; an error message has no figures.",
    ),
    "official_conflict": RuleText(
        "{series} has two figures, {value} and {got}.",
        "Keep the newer file only, or the row that is right.",
    ),
    "official_pages": RuleText(
        "The answer goes on at {value}, which is not among the files.",
        "Save that page too and give the folder, or let bemanna fetch it.",
    ),
    "official_header": RuleText(
        "No row is a header with a region and a year or month.",
        "Export the table with region, year and month; rows of title above the header"
        " may stay.",
    ),
    "official_region": RuleText(
        "{value} is not a municipality, a county or the nation.",
        "Correct the name, or export the table with region codes.{nearest}",
    ),
    "official_period": RuleText(
        "{value} is not a year or a month.",
        "Write 2024, 2024-03 or 2024M03, or a year and the name of the month.",
    ),
    "official_measure": RuleText(
        "The file has neither a number of households nor paid amounts: {value}.",
        "Choose Antal hushåll or Utbetalt ekonomiskt bistånd tkr, and export again.",
    ),
    "official_unit": RuleText(
        "{value} does not say whether amounts are kr or tkr.",
        "Keep the title row of the export, or write kr or tkr in the heading.",
    ),
    "official_part": RuleText(
        "The file counts some of the households only: {value}.",
        "Export all households, or every part in the same file.",
    ),
}


def tell(
    report: Report,
    rule: str,
    *,
    file: str = "",
    row: int | None = None,
    column: str = "",
    value: object = "",
    **words: object,
) -> None:
    """Add a fault of a rule of this room; personnummer in any text are masked."""
    _ = translator(report.sprak)
    texts = {"value": shorten(str(value), 120), "column": column, "file": file}
    texts |= {name: str(word) for name, word in words.items()}
    shown = {name: mask(text) for name, text in texts.items()}
    report.found.append(
        Fault(
            rule=rule,
            message=_(FETCH[rule].message).format(**shown),
            remedy=_(FETCH[rule].remedy).format(**shown),
            severity=Severity.FAULT,
            file=shown["file"],
            row=row,
            column=shown["column"],
            value=shown["value"],
        )
    )
