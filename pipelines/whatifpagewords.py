"""What the what-if page says; its script fills in the numbers."""

from .language import translator


def live_words(sprak: str) -> dict[str, str]:
    """Give the sentences that change with the choice, by the name the script uses."""
    _ = translator(sprak)
    return {
        # the same sentences as in the report
        "around": _("{mean} ({level}% interval {low} to {high})"),
        "nodifference": _("no difference"),
        "asaving": _("a saving of {x}"),
        "acost": _("an extra cost of {x}"),
        "saves": _("Expected saving in cash against today over {n} months: {saving}."),
        "unsure": _(
            "No saving is certain. Expected in cash against today over {n} months: "
            "{mean}. The outcome lies between {low} and {high} ({level}% interval)."
        ),
        "same": _(
            "It makes no difference to what is paid against today over {n} months."
        ),
        "costs": _("This choice costs more than today over {n} months: {cost}."),
        "forbidden": _("This choice has no room within the limits."),
        "besideforbidden": _("No answer here: it is too close to the limits."),
        "whyforbidden": _(
            "The limits in kommun.toml (budget, cap on cases, hires) cannot hold "
            "together with this choice. Choose another number of handlers."
        ),
        "whybeside": _(
            "At least one of the solved points around this choice has no room within "
            "the limits, so nothing can be said in between. Choose a solved point."
        ),
        "exact": _("A solved point: exactly the program's answer."),
        "between": _(
            "Between solved points: the answer and its interval are interpolated."
        ),
        "supposed": _(
            "Counted as if it were certain that {x} more leave at half as many cases "
            "per handler: the interval does not hold how unsure that is."
        ),
        "command": _("The same answer from the program:"),
        "commandnear": _("The nearest solved point, from the program:"),
        "commandforbidden": _("The program says which limits stand in the way:"),
        "solved": _("solved"),
        "mixed": _("interpolated"),
        "outside": _("no room within the limits"),
        "todayis": _("today {x}"),
        "todaydiffers": _("today {x}; difference {y}"),
        "keptis": _("last year; {x} with today's staffing"),
        "few": _("not shown: too few households"),
        "perhousehold": _(": {x} per household and month"),
        "handlershint": _("Today {today}. The plan settles at {plan}."),
        "effecthint": _("The plan rests on {x}."),
        "wrong": _("Write a number from {low} to {high}."),
        "yearscaption": _("Paid per calendar year, {unit}"),
        "curvecaption": _("Cash saved against today by number of handlers, {unit}"),
        "yearstitle": _("Paid per calendar year: today and this choice"),
        "curvetitle": _("Cash saved against today by number of handlers"),
        "curvehere": _("This choice, {n} handlers: {x}."),
        "curvedesc": _("Highest expectation at a solved point, {n} handlers: {x}."),
        "axis": _("Saved, {unit}; below nought it costs more"),
        "now": _("today"),
        "choice": _("choice"),
        "all": _("All years"),
        "handlers": _("Handlers"),
    }
