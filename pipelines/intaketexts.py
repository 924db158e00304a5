"""The words of the rules that applications and `[intake]` must keep."""

from ..models.domain import Severity
from .filetexts import RuleText

_W = Severity.WARNING

INTAKE = {
    "applications_unused": RuleText(
        "Applications are not used: nothing says what one takes.",
        "Add [intake] with hours_new, hours_renewed and hours_day to kommun.toml, or"
        " remove the file.",
        _W,
    ),
    "unknown_kind": RuleText(
        "{value} is not a kind of application.",
        "Write new or renewed.{nearest}",
    ),
    "within_day_more": RuleText(
        "{value} were decided within a day, of {got} applications.",
        "Correct one of the two; within_day counts some of the applications.",
    ),
    "decided_early": RuleText(
        "Decided {value}, before the application came in.",
        "Correct one of the days.",
    ),
    "applications_missing_unit": RuleText(
        "The applications do not have the unit {value}: one new application is assumed"
        " for each new case, and one renewed a month for each case.",
        "Add its applications, or correct the name so that it is the same in both"
        " files.{nearest}",
        _W,
    ),
    "applications_unknown_unit": RuleText(
        "The applications have the unit {value}, which the figures do not have.",
        "Correct the name if it is a slip; its rows are not used.{nearest}",
        _W,
    ),
    "intake_too_much": RuleText(
        "Applications take {value} of the {got} handlers who are there in {series}:"
        " hardly any time is left for cases.",
        "Check the hours under [intake]: handler hours for one application, and hours a"
        " day for cases and applications together. The promise takes time too.",
    ),
}
