"""The words of the rules that fetched statistics must keep.

Messages and remedies as in `ruletexts`; Swedish lies in `templates/sv-fetch.po`.
"""

from .filetexts import RuleText

FETCH = {
    "fetch_address": RuleText(
        "{address} is not an address that begins with http:// or https://.",
        "Copy the whole address from the browser, without spaces.",
    ),
    "fetch_unreachable": RuleText(
        "{address} could not be fetched ({reason}), and no earlier copy is kept.",
        "Try again when there is a network, or open the address in a browser, save the"
        " answer and give the file.",
    ),
    "fetch_refused": RuleText(
        "{address} was refused: {reason}.",
        "Correct the address: the table, the figure or the year may have been removed,"
        " or too much was asked for at once.",
    ),
    "fetch_elsewhere": RuleText(
        "The next page, {address}, is on another host, or was already read.",
        "Save the pages one by one and give the folder.",
    ),
    "official_missing": RuleText(
        "There is no file at {address}, or the folder has none of {known}.",
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
        "The answer goes on at {address}, which is not among the files.",
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

#: Of municipal figures that a user gives for the nation.
MORE = {
    "more_column": RuleText(
        "The municipal figures have no column {column}.",
        "Name the columns {columns}.",
    ),
    "more_code": RuleText(
        "{value} is not the code of a municipality.",
        "Write SCB's code of four digits, e.g. 0180; leave out counties and the"
        " nation.",
    ),
    "more_year": RuleText(
        "{value} is not a year from {first} to {last}.",
        "Leave out other years: the nation's figures are known for these.",
    ),
    "more_figure": RuleText(
        "{value} is not a number above 0.",
        "Leave the field empty where the figure is not known or suppressed.",
    ),
    "more_source": RuleText(
        "The figure has no source.",
        "Write who published it, and the table.",
    ),
    "more_twice": RuleText(
        "{code} has two rows for {year}.",
        "Keep the row that is right.",
    ),
    "more_absurd": RuleText(
        "{value} is {times} times what residents and the nation's total say of {code}.",
        "Give SEK, not tkr, and households in the year.",
    ),
    "more_sum": RuleText(
        "The municipalities' figures for {year} sum to {value}; the nation's are"
        " {total}.",
        "Give households in the year, not in an average month, and SEK, not tkr; leave"
        " out sums.",
    ),
}

#: Of where a nation is planned.
NATION = {
    "no_dask": RuleText(
        "Dask is not installed.", 'Run pip install "bemanna[cluster]".'
    ),
    "cluster_silent": RuleText(
        "Nobody answers at {address}.",
        "Check the address, or run without --cluster. What is finished is kept.",
    ),
    "workers_killed": RuleText(
        "Processes were killed: {done} of {all} municipalities are finished.",
        "Run again: what is finished is kept. Fewer --workers need less memory.",
    ),
}
