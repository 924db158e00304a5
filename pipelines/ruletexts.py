"""The words of every rule that input must keep: what is wrong and what to do.

Texts are English message ids; Swedish lies in `templates/sv-check.po`. A rule's name
never changes: machines read it.
"""

from typing import NamedTuple

from ..models.domain import Severity


class RuleText(NamedTuple):
    """Message and remedy with places for words, and how grave it is unless said."""

    message: str
    remedy: str
    severity: Severity = Severity.FAULT


_W = Severity.WARNING

FILES = {
    "file_missing": RuleText(
        "The file {value} is missing.",
        "Put the file there, or correct its name under [files] in kommun.toml.",
    ),
    "no_figures": RuleText(
        "The folder has neither monthly figures (flows) nor spells.",
        "Put flows.csv or spells.csv in the folder; `bemanna new DIR` writes examples.",
    ),
    "file_exists": RuleText(
        "{value} is already there and is not overwritten.",
        "Choose another folder, or move the file.",
    ),
    "not_a_folder": RuleText(
        "{value} is a file, not a folder.",
        "Choose another name.",
    ),
    "cannot_write": RuleText(
        "The folder cannot be written: {reason}.",
        "Choose a folder that you may write to.",
    ),
    "file_empty": RuleText(
        "The file has no rows of figures.",
        "Export the file again and see that it has a header and rows below it.",
    ),
    "file_unreadable": RuleText(
        "The file cannot be read: {reason}.",
        "Open the file, save it again as CSV (UTF-8) or .xlsx, and retry.",
    ),
    "row_too_long": RuleText(
        "The row has more fields than the header.",
        "Separate with semicolons where numbers have a decimal comma, or put quotation"
        " marks around fields that hold the separator.",
    ),
    "encoding": RuleText(
        "The text cannot be decoded: neither UTF-8 nor Windows-1252 (ANSI).",
        "Save the file as CSV UTF-8.",
    ),
    "mojibake": RuleText(
        "Å, ä or ö are broken in the text: {value}",
        "The file was once opened with the wrong encoding. Export it again from the"
        " source and save it as CSV UTF-8.",
    ),
    "duplicate_header": RuleText(
        "Two columns have the same name, {value}.",
        "Rename or remove one of them.",
    ),
    "missing_column": RuleText(
        "The column {value} is missing. The file has: {known}.",
        'Add the column, or say what it is called: {value} = "name in the file" under'
        " [columns.{table}] in kommun.toml.{nearest}",
    ),
    "unknown_mapping": RuleText(
        "kommun.toml points to the column {value}, which the file does not have."
        " The file has: {known}.",
        "Correct the name under [{section}] in kommun.toml.{nearest}",
    ),
    "unknown_canonical": RuleText(
        "{value} is not a column that {table} can have.",
        "Use one of {known} under [{section}] in kommun.toml.{nearest}",
    ),
    "row_filter_empty": RuleText(
        "No row has {value} in the column {column}.",
        "Correct the value under [rows.{table}] in kommun.toml.{nearest}",
    ),
    "personnummer_header": RuleText(
        "A column name holds a personnummer.",
        "Rename the column and send no personnummer: bemanna does not need them.",
    ),
    "personnummer_household": RuleText(
        "The household column holds personnummer.",
        "Replace them by pseudonyms before export, or set the environment variable"
        " BEMANNA_NYCKEL (at least 16 characters) and bemanna makes pseudonyms as it"
        " reads; the numbers are never stored.",
    ),
    "personnummer_text": RuleText(
        "The column holds a personnummer.",
        "Remove the column or the numbers from the file: bemanna does not need them.",
    ),
    "key_too_short": RuleText(
        "The key for pseudonyms is too short.",
        "Use a secret key of at least 16 characters.",
    ),
    "key_unreadable": RuleText(
        "The key file that BEMANNA_NYCKELFIL names cannot be read.",
        "Correct the path, or put the key in BEMANNA_NYCKEL.",
    ),
    "key_in_folder": RuleText(
        "The key file lies in the folder of figures or results.",
        "Move it elsewhere: whoever has the key can find out who is who.",
    ),
}

VALUES = {
    "column_empty": RuleText(
        "The column {value} has no figure at all.",
        "Export it again, or point to another column in kommun.toml.",
    ),
    "not_a_number": RuleText(
        "{value} is not a number.",
        "Write a number, e.g. 1234 or 1 234,5; leave the field empty where the figure"
        " is not known.",
    ),
    "thousands_point": RuleText(
        "{value} can be read in two ways: the sign may group thousands or be a decimal"
        " sign.",
        "Write thousands with a space or together: 1 234,5 or 1234,5.",
    ),
    "bad_month": RuleText(
        "{value} is not a month.",
        "Write YYYY-MM, e.g. 2026-03.",
    ),
    "empty_text": RuleText(
        "The field is empty.",
        "Fill in the field on every row.",
    ),
    "negative_count": RuleText(
        "{value} is negative; a count cannot be.",
        "Correct the figure, or leave the field empty where it is not known.",
    ),
    "negative_paid": RuleText(
        "{value} is negative: more was repaid than paid.",
        "Nothing if that is right; the figure is used as it stands.",
        _W,
    ),
    "suppressed": RuleText(
        "The figure is missing or suppressed.",
        "Nothing needs to be done: the month is left out of what needs the figure, and"
        " intervals widen. Fill it in if you have it.",
        _W,
    ),
    "future_month": RuleText(
        "{value} lies after {last}, when the figures were taken.",
        "Remove months that have not been, or correct as_of under [data] in"
        " kommun.toml.",
    ),
    "duplicate_row": RuleText(
        "The row repeats {value}, which an earlier row already has.",
        "Keep one row per unit, group and month; add up the figures if they are parts.",
    ),
    "end_before_start": RuleText(
        "The spell ends {value}, before it starts.",
        "Correct the start or the end.",
    ),
    "unknown_destination": RuleText(
        "{value} is not a known reason for leaving.",
        "Use one of {known}, or translate it under [destinations] in kommun.toml:"
        ' "{value}" = "work".{nearest}',
    ),
    "destination_missing": RuleText(
        "The spell has ended but its reason is empty.",
        'Fill in the reason; until then the exit counts as "other".',
        _W,
    ),
    "destination_open": RuleText(
        "A reason for leaving is given but no end.",
        "Fill in the end, or empty the reason if the household is still on assistance.",
    ),
    "overlapping_spells": RuleText(
        "The household already has a spell that covers {value}.",
        "Join spells that overlap; a household is one case in a month.",
    ),
}

SERIES = {
    "gap_in_months": RuleText(
        "Months are missing between {value} for {series}.",
        "Add the months (0 where there were no cases), or start later with from_month"
        " under [data] in kommun.toml.",
    ),
    "ends_early": RuleText(
        "{series} ends {value}, but the figures go on to {last}.",
        "Add the months; write 0 where the group no longer has cases.",
    ),
    "stock_identity": RuleText(
        "Stock, inflow and exits disagree by {value} cases for {series}: expected"
        " {expected}, the file says {got}.",
        "Check the figures and what stock counts (stock_is under [data]). If the"
        " difference is known, raise identity_tolerance_share or"
        " identity_tolerance_cases.",
    ),
    "stock_identity_near": RuleText(
        "Stock, inflow and exits disagree by {value} cases for {series}, within the"
        " tolerance.",
        "Nothing if the difference is known; the figures are used as they stand.",
        _W,
    ),
    "exits_exceed_cases": RuleText(
        "More exits ({value}) than cases ({got}) for {series}.",
        "Check the figures and what stock counts (stock_is under [data]).",
    ),
    "exits_by_destination": RuleText(
        "Exits by reason add up to {value}, but exits is {got}.",
        "Correct the figures so that the parts do not exceed the whole.",
    ),
    "too_few_months": RuleText(
        "{value} months for {series}; at least 12 are needed.",
        "Export more months.",
    ),
    "short_history": RuleText(
        "{value} months for {series}: the season cannot be told, intervals are wide.",
        "Export at least 24 months if they exist.",
        _W,
    ),
    "provisional": RuleText(
        "The latest {value} months are provisional and left out.",
        "Nothing; provisional_months under [data] says how many.",
        _W,
    ),
    "spells_disagree": RuleText(
        "Spells give {value} {quantity} for {series}, the monthly figures {got}.",
        "See that both come from the same register and count the same households.",
        _W,
    ),
    "staff_missing": RuleText(
        "Nothing says how many handlers there are.",
        "Add staff.csv, or set handlers or assumed_cases_per_handler under [staff] in"
        " kommun.toml.",
    ),
    "staff_missing_unit": RuleText(
        "The staff table has no row for the unit {value}.",
        "Add its handlers, or correct the name so that it is the same in both files."
        "{nearest}",
    ),
    "staff_unknown_unit": RuleText(
        "The staff table has the unit {value}, which the figures do not have.",
        "Correct the name if it is a slip; its rows are not used.{nearest}",
        _W,
    ),
    "staff_split": RuleText(
        "One number of handlers is given for {value} units.",
        "Nothing if handlers follow the cases: they are shared in proportion to them."
        " Otherwise add staff.csv.",
        _W,
    ),
    "staff_gap": RuleText(
        "Handlers are missing for {value} months of {series}; the nearest known month"
        " is used.",
        "Add the months to the staff table.",
        _W,
    ),
    "staff_assumed": RuleText(
        "Handlers are not known: {value} cases per handler are assumed.",
        "Add staff.csv for a plan that starts from today's staffing.",
        _W,
    ),
    "pool_exceeds_total": RuleText(
        "Handlers by pool add up to {value}, but the total without a pool is {got}.",
        "Correct the figures; the total is used.",
        _W,
    ),
    "zero_handlers": RuleText(
        "No handlers for {series}, although it has {got} cases.",
        "Fill in the handlers who did the work, also if they were borrowed.",
    ),
}

SETTINGS = {
    "settings_missing": RuleText(
        "kommun.toml is missing.",
        "Make a folder with `bemanna new DIR`, or put kommun.toml in this one.",
    ),
    "toml_syntax": RuleText(
        "kommun.toml cannot be read: {reason}.",
        "Correct the line. Text has quotation marks, and so do names with å, ä, ö or"
        " spaces; decimals have a point (0.4453) and large numbers no spaces (36500 or"
        " 36_500).",
    ),
    "unknown_key": RuleText(
        "{column} is not a setting.",
        "Remove it or correct its name.{nearest}",
    ),
    "missing_key": RuleText(
        "{column} is missing.",
        "Add it: {allowed}",
    ),
    "wrong_value": RuleText(
        "{column} is {value}, which is not allowed.",
        "Allowed: {allowed}",
    ),
    "share_as_percent": RuleText(
        "{column} is {value}; a share is written between 0 and 1.",
        "Write {hint} (in kommun.toml with a point).",
    ),
    "absurd_cost": RuleText(
        "{column} is {value}, which cannot be right.",
        "Allowed: {low} to {high}. Write kronor, not tkr, and pay per month, not per"
        " year.",
    ),
    "hire_cost_abroad": RuleText(
        "hire_cost_sek is missing; its default is Swedish.",
        "Give the cost of one hire in your own currency.",
    ),
    "one_source": RuleText(
        "{column} must say either column or value.",
        'Write column = "name in the file", or value = "the same text on every row".',
    ),
    "caseload_order": RuleText(
        "caseload_min must be below caseload_max.",
        "Correct one of them under [levers].",
    ),
    "effort_half": RuleText(
        "An own view of the effect needs log_hr_mean, log_hr_sd and source together.",
        "Give all three, or none and published evidence is used.",
    ),
    "duration_starts": RuleText(
        "{column} is {value}; it must begin at 0 and rise.",
        "Write e.g. [0, 3, 6, 12, 24].",
    ),
    "unknown_segment": RuleText(
        "kommun.toml has the group {value}, which the figures do not have.",
        "Correct its name or remove it.{nearest}",
    ),
    "unknown_pilot_unit": RuleText(
        "The pilot's unit {value} is not in the figures.",
        "Correct unit under [effort.pilot].{nearest}",
    ),
    "budget_absurd": RuleText(
        "The budget for {column} is {value}, against {got} paid in the latest 12"
        " months.",
        "Write kronor, not tkr or mnkr.",
        _W,
    ),
}

RULES: dict[str, RuleText] = {**FILES, **VALUES, **SERIES, **SETTINGS}
