"""The words of every rule that input must keep: what is wrong and what to do.

Those about files, settings and events lie in `filetexts`, those about an appraised
pilot in `pilottexts`, those about adopting a model in `adopttexts`, those about what-if
questions in `whatiftexts`, those about applications in `intaketexts`, those about
figures here.
"""

from ..models.domain import Severity
from .adopttexts import ADOPTION
from .fetchtexts import FETCH, MORE, NATION
from .filetexts import EVENTS, FILES, SETTINGS, RuleText
from .intaketexts import INTAKE
from .pilottexts import PILOT
from .whatiftexts import WHATIF

_W = Severity.WARNING

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
        "Fill in the field on every row; remove rows that are totals.",
    ),
    "absurd_count": RuleText(
        "{value} is too large to be a number of cases or handlers.",
        "Correct the figure, or leave the field empty where it is not known.",
    ),
    "paid_absurd": RuleText(
        "Payments are {value} SEK per household and month for {series}; between {low}"
        " and {high} is believed.",
        "If the file counts in tkr, map paid_sek with scale = 1000 under"
        " [columns.flows] in kommun.toml, as in the template. Otherwise correct the"
        " figures.",
    ),
    "paid_missing_group": RuleText(
        "{value} has no payments, though others have.",
        "Fill in paid_sek, or set benefit_sek_month under [economy] in kommun.toml.",
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
    "begins_late": RuleText(
        "{series} begins {value}, but the figures begin {first}.",
        "Nothing if it is new. Otherwise add the months, 0 where it had no cases.",
        _W,
    ),
    "total_row": RuleText(
        "{value} is the sum of the others, so its cases would be counted twice.",
        "Remove its rows, or choose what to keep under [rows.flows] in kommun.toml.",
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
        "Months for {series}: {value}; at least 12 are needed.",
        "Export more months.",
    ),
    "short_history": RuleText(
        "Months for {series}: {value}. The season cannot be told, intervals are wide.",
        "Export at least 24 months if they exist.",
        _W,
    ),
    "provisional": RuleText(
        "Provisional months at the end are nowcast: {value}.",
        "Nothing; provisional_months under [data] says how many, or the earlier"
        " retrievals in vintages show it.",
        _W,
    ),
    "bad_day": RuleText(
        "{value} is not a day.",
        "Write YYYY-MM-DD, e.g. 2026-03-15.",
    ),
    "vintages_apart": RuleText(
        "Months that were complete have {value} in the earlier retrievals and {got} in"
        " the monthly figures: they cannot be one register.",
        "See that both count the same, in the same unit (scale under"
        " [columns.vintages] in kommun.toml).",
    ),
    "retrieved_early": RuleText(
        "Retrieved {value}, before the month that the row is about.",
        "Correct the day or the month: a register cannot know a month to come.",
    ),
    "vintages_empty": RuleText(
        "The earlier retrievals have no figures: none of {known}.",
        "Add one of the columns, or remove the file.",
    ),
    "vintages_short": RuleText(
        "The earlier retrievals reach too little back to show how months are filled"
        " in: no month is seen both early and {value} months old.",
        "Keep more retrievals; until then provisional_months under [data] says how many"
        " months are nowcast.",
        _W,
    ),
    "vintages_unknown": RuleText(
        "The earlier retrievals have {value}, which the monthly figures do not have.",
        "Correct the name if it is a slip; its revisions only count for the"
        " others.{nearest}",
        _W,
    ),
    "no_exits": RuleText(
        "No spell has ended, so nothing can be learnt of who leaves.",
        "Fill in end where assistance has ended, or remove the spells file: the"
        " monthly figures serve alone.",
    ),
    "spells_unknown": RuleText(
        "The spells have {value}, which the monthly figures do not have.",
        "Correct the name so that it is the same in both files.{nearest}",
    ),
    "spells_missing": RuleText(
        "The spells do not have {value}, which the monthly figures have.",
        "Add its spells, or correct the name. Without spells for all, remove the spells"
        " file: the monthly figures serve alone.{nearest}",
    ),
    "spells_apart": RuleText(
        "In the latest 12 months spells give {value} case-months for {series}, the"
        " monthly figures {got}: they cannot be one register.",
        "Export both again for the same households, or remove the spells file: the"
        " monthly figures serve alone.",
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
        "Handlers are missing for {series}, months: {value}; the nearest known month"
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

RULES: dict[str, RuleText] = {
    **FILES,
    **VALUES,
    **SERIES,
    **SETTINGS,
    **EVENTS,
    **PILOT,
    **ADOPTION,
    **WHATIF,
    **INTAKE,
    **FETCH,
    **MORE,
    **NATION,
}
