"""The words of rules about files and settings: what is wrong and what to do.

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
    "payments_without_spells": RuleText(
        "Payments by household are not used: there are no spells to place them by.",
        "Add spells.csv with the same households, or remove the file.",
        _W,
    ),
    "payments_unplaced": RuleText(
        "{value} of {got} payments fall in no spell of their household, and are left"
        " out.",
        "See that households have the same id in both files, and that the spells cover"
        " every month with assistance.",
        _W,
    ),
    "payments_apart": RuleText(
        "Payments by household add up to {value}, the monthly figures to {got} for the"
        " same months.",
        "See that both count the same assistance, in kronor. The plan and the budget"
        " follow the monthly figures.",
        _W,
    ),
    "folder_missing": RuleText(
        "The folder {value} does not exist.",
        "Correct the name, or make the folder with `bemanna new DIR`.",
    ),
    "several_files": RuleText(
        "{value} lie beside each other; only {file} is read.",
        "Remove the one that is old, or name the right one under [files] in"
        " kommun.toml.",
        _W,
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
    "old_excel": RuleText(
        "The file is an old Excel file (.xls), or has a password.",
        "Save it in Excel as a workbook (.xlsx) without a password, or as CSV UTF-8.",
    ),
    "row_too_long": RuleText(
        "The row has more fields than the header.",
        "Separate with semicolons where numbers have a decimal comma, or put quotation"
        " marks around fields that hold the separator.",
    ),
    "encoding": RuleText(
        "The text cannot be decoded: neither UTF-8 nor Windows-1252 (ANSI).",
        "Save the file as text in UTF-8; in Excel: CSV UTF-8.",
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
    "personnummer_name": RuleText(
        "The name of the folder or the file holds a personnummer.",
        "Rename it: names are written in results.",
    ),
    "personnummer_settings": RuleText(
        "{file} holds a personnummer.",
        "Remove it: bemanna does not need it.",
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

SETTINGS = {
    "template_missing": RuleText(
        "The Word template {value} is missing.",
        "Put it in the case folder, or correct its name under [documents] in"
        " kommun.toml.",
    ),
    "template_unreadable": RuleText(
        "The Word template {value} cannot be read: it is damaged, or no Word file"
        " without macros.",
        "Open it in Word and save it as .docx or .dotx.",
    ),
    "settings_missing": RuleText(
        "kommun.toml is missing.",
        "Make a folder with `bemanna new DIR`, or put kommun.toml in this one.",
    ),
    "toml_twice": RuleText(
        "The setting or section is already there: {value}",
        "Keep one of them.",
    ),
    "toml_backslash": RuleText(
        "{file} cannot be read: {value}",
        "Write / instead of \\ in file names.",
    ),
    "toml_syntax": RuleText(
        "{file} cannot be read: {value}",
        "Correct the line. Text has quotation marks, and so do names with å, ä, ö or"
        " spaces; decimals have a point (0.4453) and large numbers no spaces (36500 or"
        " 36_500).",
    ),
    "unknown_key": RuleText(
        "{column} is not a setting.",
        "Remove it or correct its name.{nearest}",
    ),
    "missing_section": RuleText(
        "The section [{column}] is missing.",
        "Add it with {keys}; `bemanna new DIR` writes an example.",
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
        "Write {hint} (in {file} with a point).",
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
    "lever_order": RuleText(
        "The change of process must start no later than the robot, and the two free "
        "less than all time together.",
        "Correct from_month or freed_share under [levers.process] or [levers.robot].",
    ),
    "effort_half": RuleText(
        "An own view of the effect needs log_hr_mean, log_hr_sd and source together.",
        "Give all three, or none and published evidence is used.",
    ),
    "duration_starts": RuleText(
        "{column} is {value}; it must begin at 0 and rise, to 119 at most.",
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
    "pilot_without_spells": RuleText(
        "The pilot is not used: it can only be judged from spells.",
        "Add spells.csv, or remove [effort.pilot].",
        _W,
    ),
    "pilot_controls": RuleText(
        "A pilot is judged against at least 2 other units; the figures have {value} in"
        " all.",
        "Add the other units, or remove [effort.pilot].",
    ),
    "pilot_outside": RuleText(
        "The pilot starts {value}, but the figures cover {first} to {last}.",
        "Correct from_month under [effort.pilot], or remove the section until figures"
        " from the pilot exist.",
    ),
    "budget_absurd": RuleText(
        "The budget for {column} is {value}, against {got} paid in the latest 12"
        " months.",
        "Write kronor, not tkr or mnkr.",
        _W,
    ),
}

EVENTS = {
    "event_brackets": RuleText(
        "A second event begins with {value}.",
        "Write [[event]], in two brackets, above each event.",
    ),
    "effect_as_percent": RuleText(
        "{column} is {value}; an effect is written as a share: -0.2 is 20 % lower.",
        "Write {hint} (in {file} with a point).",
    ),
    "event_order": RuleText(
        "The event ends {value}, before it starts.",
        "Correct start or end; end is the last month with any effect.",
    ),
    "event_source": RuleText(
        "{column} is empty, but the event is active.",
        "Say where the assumption comes from, or set active = false.",
    ),
    "event_twice": RuleText(
        "Two events are called {value}.",
        "Give them different names, or remove one.",
    ),
    "event_unknown_segment": RuleText(
        "The event touches the group {value}, which the figures do not have.",
        "Use {known}, or leave segments empty for all.{nearest}",
    ),
    "event_unknown_unit": RuleText(
        "The event touches the unit {value}, which the figures do not have.",
        "Use {known}, or leave units empty for all.{nearest}",
    ),
    "event_no_effect": RuleText(
        "{value} is active but has no effect: inflow, exits, benefit and handling_time"
        " are all 0.",
        "Fill in what it is assumed to do, or set active = false.",
        _W,
    ),
    "event_beyond": RuleText(
        "{value} starts {start}, after the forecast ends ({last}): it is not counted.",
        "Correct start, or raise horizon_months under [run] in kommun.toml.",
        _W,
    ),
}
